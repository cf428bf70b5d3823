"""The manager names the plugin that raised, and lets a function's own error pass."""

from __future__ import annotations

from functools import wraps
from types import ModuleType
from typing import Any

import pytest

from ioplugins.callinfo import Call
from ioplugins.errors import ExtensionError, FunctionFailed, FunctionTimeout, PluginError
from ioplugins.functions import extension_function
from ioplugins.hookspecs import hookimpl
from ioplugins.manager import HookManager, call_each, call_one, call_wrapper, why


def module(name: str, **members: Any) -> ModuleType:
    """A plugin module with *members*."""
    made = ModuleType(name)
    vars(made).update(members)
    return made


def manager_of(hook: str = "ioplugins_call", **plugins: Any) -> HookManager:
    """A manager with an implementation of *hook* for each plugin, from ``<name>-package 1.0``."""
    manager = HookManager()
    for name, implementation in plugins.items():
        manager.adopt(name, module(name, **{hook: implementation}), f"{name}-package 1.0")
    return manager


def call_of(run: Any) -> Call:
    """A call whose function is *run*."""
    function = extension_function(lambda options: options, name="f")
    return Call(function, None, {}, "request", "trace", run)


def fails(error: BaseException) -> Any:
    """A function that raises *error*."""

    def run() -> None:
        raise error

    return run


# ------------------------------------------------------------------------------- call_each


def test_each_plugin_is_called_though_others_raise() -> None:
    """Every error names its plugin, package and hook; the plugins between are called."""
    seen: list[str] = []

    def startup(name: str, error: BaseException | None) -> Any:
        @hookimpl
        def ioplugins_startup(host: object) -> None:
            seen.append(name)
            if error is not None:
                raise error

        return ioplugins_startup

    manager = manager_of(
        "ioplugins_startup",
        c=startup("c", SystemExit(1)),
        b=startup("b", None),
        a=startup("a", OSError("full")),
    )

    errors = call_each(manager, "ioplugins_startup", host=None)

    assert ["a", "b", "c"] == seen
    assert [("a", "a-package 1.0"), ("c", "c-package 1.0")] == [
        (error.plugin, error.distribution) for error in errors
    ]
    expected = (
        "Plugin 'a' (package a-package 1.0) failed while running ioplugins_startup: "
        f"OSError: full ({__name__}, line "
    )
    assert str(errors[0]).startswith(expected)
    assert isinstance(errors[1].__cause__, SystemExit)


def test_one_plugin_is_called_alone() -> None:
    """call_one() leaves the other plugins alone."""
    seen: list[str] = []

    def startup(name: str) -> Any:
        @hookimpl
        def ioplugins_startup(host: object) -> None:
            seen.append(name)

        return ioplugins_startup

    manager = manager_of("ioplugins_startup", a=startup("a"), b=startup("b"))
    call_one(manager, "b", "ioplugins_startup", host=None)
    assert ["b"] == seen


def test_interrupts_are_not_a_plugins_fault() -> None:
    """Ctrl-C during a hook ends the host."""

    @hookimpl
    def ioplugins_startup(host: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        call_each(
            manager_of("ioplugins_startup", a=ioplugins_startup), "ioplugins_startup", host=None
        )


# ----------------------------------------------------------------------------- call_wrapper


def test_without_a_plugin_there_is_no_wrapper() -> None:
    """A call pays nothing when no plugin implements ioplugins_call."""

    @hookimpl
    def ioplugins_startup(host: object) -> None: ...

    assert call_wrapper(HookManager()) is None
    assert call_wrapper(manager_of("ioplugins_startup", a=ioplugins_startup)) is None


def wrapper_of(seen: list[object], name: str) -> Any:
    """An implementation that notes what it sees, and lets everything pass."""

    @hookimpl(wrapper=True)
    def ioplugins_call(call: Call) -> Any:
        seen.append(f"{name} before {call.function.name}")
        try:
            answer = yield
        except BaseException as error:
            seen.append((name, error))
            raise
        seen.append((name, answer))
        return answer

    return ioplugins_call


@pytest.mark.parametrize("answer", [None, 0, [], {"a": 1}])
def test_wrappers_see_the_call_and_its_answer(answer: object) -> None:
    """The alphabetically first is outermost; the answer, even None, comes back as it was."""
    seen: list[object] = []
    manager = manager_of(b=wrapper_of(seen, "b"), a=wrapper_of(seen, "a"))
    wrapper = call_wrapper(manager)
    assert wrapper is not None
    assert answer == wrapper(call_of(lambda: answer))
    assert ["a before f", "b before f", ("b", answer), ("a", answer)] == seen


@pytest.mark.parametrize(
    "error",
    [ValueError("mine"), StopIteration(), SystemExit(2), KeyboardInterrupt(),
     ExtensionError("x", code="c"), PluginError("p", "", "d", "r"), RuntimeError("again")],
    ids=lambda error: type(error).__name__,
)  # fmt: skip
def test_the_functions_own_error_passes_as_it_is(error: BaseException) -> None:
    """Each wrapper sees what the author raised; the caller gets what carries it."""
    seen: list[object] = []
    wrapper = call_wrapper(manager_of(b=wrapper_of(seen, "b"), a=wrapper_of(seen, "a")))
    assert wrapper is not None
    carried = FunctionFailed(error)
    with pytest.raises(FunctionFailed) as caught:
        wrapper(call_of(fails(carried)))
    assert carried is caught.value
    assert [("b", error), ("a", error)] == seen[2:]


@pytest.mark.parametrize("error", [FunctionFailed("text"), FunctionTimeout("f", 3)])
def test_an_error_that_is_no_authors_exception_passes_too(error: Exception) -> None:
    """What a callback was given, and a time limit, reach wrappers and caller alike."""
    seen: list[object] = []
    wrapper = call_wrapper(manager_of(a=wrapper_of(seen, "a")))
    assert wrapper is not None
    with pytest.raises(type(error)) as caught:
        wrapper(call_of(fails(error)))
    assert error is caught.value
    assert [("a", error)] == seen[1:]


def test_the_authors_chain_of_errors_stays() -> None:
    """What a host shows of it when it debugs is what it would show without plugins."""

    def run() -> None:
        try:
            {}["missing"]
        except KeyError:
            try:
                raise ValueError("mine")
            except ValueError as error:
                failed = error
        raise FunctionFailed(failed)

    wrapper = call_wrapper(manager_of(a=wrapper_of([], "a")))
    assert wrapper is not None
    with pytest.raises(FunctionFailed) as caught:
        wrapper(call_of(run))
    assert isinstance(caught.value.error, ValueError)
    assert isinstance(caught.value.error.__context__, KeyError)
    assert caught.value.error.__suppress_context__ is False


def test_a_wrapper_may_change_answer_and_error() -> None:
    """What it returns is the answer; an ExtensionError it raises is the call's error."""

    @hookimpl(wrapper=True)
    def ioplugins_call(call: Call) -> Any:
        try:
            return [(yield)]
        except ValueError as error:
            raise ExtensionError("retry later", code="busy") from error

    wrapper = call_wrapper(manager_of(a=ioplugins_call))
    assert wrapper is not None
    assert [1] == wrapper(call_of(lambda: 1))
    with pytest.raises(FunctionFailed) as caught:
        wrapper(call_of(fails(FunctionFailed(ValueError()))))
    assert isinstance(caught.value.error, ExtensionError)
    assert ("busy", "retry later") == (caught.value.error.code, caught.value.error.message)


def test_an_interrupt_in_a_wrapper_is_not_the_plugins_fault() -> None:
    """Ctrl-C ends the process wherever it strikes."""

    @hookimpl(wrapper=True)
    def ioplugins_call(call: Call) -> Any:
        yield
        raise KeyboardInterrupt

    wrapper = call_wrapper(manager_of(a=ioplugins_call))
    assert wrapper is not None
    with pytest.raises(KeyboardInterrupt):
        wrapper(call_of(lambda: 1))


def test_a_plain_implementation_stands_in_for_the_function() -> None:
    """Anything but None is the answer; None passes the call on to the function."""
    ran: list[object] = []

    @hookimpl
    def ioplugins_call(call: Call) -> object:
        return call.options.get("cached")

    wrapper = call_wrapper(manager_of(cache=ioplugins_call))
    assert wrapper is not None
    function = extension_function(lambda options: options, name="f")

    def run() -> str:
        ran.append(1)
        return "computed"

    assert "kept" == wrapper(Call(function, None, {"cached": "kept"}, "", "", run))
    assert [] == ran
    assert "computed" == wrapper(Call(function, None, {}, "", "", run))
    assert [1] == ran


def test_a_plain_implementation_may_run_the_function_again() -> None:
    """A retry: the error of the last try is still the function's own."""
    tries: list[int] = []

    @hookimpl(trylast=True)
    def ioplugins_call(call: Call) -> object:
        try:
            return call.run()
        except ConnectionError:
            return call.run()

    def run() -> None:
        tries.append(1)
        raise ConnectionError(len(tries))

    wrapper = call_wrapper(manager_of(retry=ioplugins_call))
    assert wrapper is not None
    with pytest.raises(ConnectionError, match="2"):
        wrapper(call_of(run))
    assert [1, 1] == tries


@hookimpl(wrapper=True)
def before(call: Call) -> Any:
    """Raises before the function runs."""
    raise LookupError("no trace")
    yield


@hookimpl(wrapper=True)
def after(call: Call) -> Any:
    """Raises after the function ran."""
    yield
    raise LookupError("no trace")


@hookimpl(wrapper=True)
def on_error(call: Call) -> Any:
    """Raises while it handles the function's error."""
    try:
        return (yield)
    except ValueError:
        raise LookupError("no trace") from None


@hookimpl
def plain(call: Call) -> Any:
    """Raises in place of the function."""
    raise LookupError("no trace")


def look_up() -> None:
    """A helper that raises."""
    raise LookupError("no trace")


@hookimpl
def in_a_helper(call: Call) -> Any:
    """Raises in something it calls."""
    look_up()


@hookimpl(hookwrapper=True)
def old_style(call: Call) -> Any:
    """Raises before the function, in the old form of wrapper that pluggy still takes."""
    raise LookupError("no trace")
    yield


@pytest.mark.parametrize("implementation", [before, after, on_error, plain, in_a_helper, old_style])
def test_a_plugins_own_error_names_it(implementation: Any) -> None:
    """Not the innocent wrappers that the error passes through, whether in- or outside."""
    seen: list[object] = []
    manager = manager_of(a=wrapper_of(seen, "a"), guilty=implementation, z=wrapper_of(seen, "z"))
    wrapper = call_wrapper(manager)
    assert wrapper is not None
    run = fails(ValueError()) if implementation is on_error else (lambda: 1)
    with pytest.raises(PluginError) as caught:
        wrapper(call_of(run))
    assert ("guilty", "guilty-package 1.0") == (caught.value.plugin, caught.value.distribution)
    assert "running ioplugins_call" == caught.value.doing
    assert caught.value.reason.startswith("LookupError: no trace")
    assert isinstance(caught.value.__cause__, LookupError)


@hookimpl(wrapper=True)
def never_yields(call: Call) -> Any:
    """Ends without its yield."""
    if call is None:
        yield


@hookimpl(wrapper=True)
def yields_twice(call: Call) -> Any:
    """Yields a second time."""
    yield
    yield


@pytest.mark.parametrize("implementation", [never_yields, yields_twice])
def test_a_generator_that_does_not_yield_once_is_named(implementation: Any) -> None:
    """The complaint is from pluggy: no frame of the plugin, and a path, which stays inside."""
    seen: list[object] = []
    manager = manager_of(a=wrapper_of(seen, "a"), guilty=implementation)
    wrapper = call_wrapper(manager)
    assert wrapper is not None
    with pytest.raises(PluginError) as caught:
        wrapper(call_of(lambda: 1))
    assert "guilty" == caught.value.plugin
    assert "its generator must yield exactly once" == caught.value.reason


def test_plugins_that_share_their_function_are_all_named() -> None:
    """Two plugins made by one decorator have one code object; neither is singled out."""

    def logged(function: Any) -> Any:
        @wraps(function)
        def inner(call: Call) -> Any:
            return function(call)

        return hookimpl(inner)

    def ioplugins_call(call: Call) -> Any:
        raise LookupError

    wrapper = call_wrapper(manager_of(a=logged(ioplugins_call), b=logged(ioplugins_call)))
    assert wrapper is not None
    with pytest.raises(PluginError) as caught:
        wrapper(call_of(lambda: 1))
    assert {"a", "b"} == set(caught.value.plugin.split(" or "))


def test_methods_of_an_instance_are_implementations() -> None:
    """A plugin with state is an instance; its errors are named as well."""

    class Counter:
        def __init__(self) -> None:
            self.calls = 0

        @hookimpl(wrapper=True)
        def ioplugins_call(self, call: Call) -> Any:
            self.calls += 1
            if self.calls == 2:
                raise LookupError
            return (yield)

    manager = HookManager()
    counter = Counter()
    manager.adopt("counter", counter)
    wrapper = call_wrapper(manager)
    assert wrapper is not None
    assert 1 == wrapper(call_of(lambda: 1))
    with pytest.raises(PluginError, match="'counter'"):
        wrapper(call_of(lambda: 1))
    assert 2 == counter.calls


def test_asking_again_gives_an_equal_wrapper() -> None:
    """Each configuration may ask for it; the innermost implementation stays one."""
    manager = manager_of(a=wrapper_of([], "a"))
    for _ in range(2):
        wrapper = call_wrapper(manager)
        assert wrapper is not None
        assert 7 == wrapper(call_of(lambda: 7))
    manager.unregister(name="a")
    assert call_wrapper(manager) is None


def test_a_reason_is_one_line_without_a_path(tmp_path: Any) -> None:
    """The text of an error may have many lines; its place is a module's name and a line."""
    namespace: dict[str, Any] = {"__name__": "shop.prices"}
    code = compile("def f():\n    raise ValueError('a\\n  b')", str(tmp_path / "prices.py"), "exec")
    exec(code, namespace)
    with pytest.raises(ValueError) as caught:
        namespace["f"]()
    assert "ValueError: a b (shop.prices, line 2)" == why(caught.value)
