"""What a function is, found out once when it is registered."""

from __future__ import annotations

import functools
import inspect
import subprocess
import sys
from typing import TYPE_CHECKING, Any
from unittest.mock import AsyncMock

import attrs
import pytest

from ioplugins.errors import InvalidFunction
from ioplugins.functions import extension_function, where, why_not_callable
from ioplugins.kinds import KINDS
from ioplugins.options import ExportOptions, HookOptions, PreMapOptions

if TYPE_CHECKING:
    from collections.abc import Callable

    from nowhere import Unknown

    from ioplugins import options as for_type_checkers
    from ioplugins.options import PostMapOptions

PRE_MAP = KINDS["preMap"]


def plain(options):
    """Do the work.

    More about it.
    """
    return options


def node_style(options, callback):
    callback(None, options)


async def coroutine(options):
    return options


def generator(options):
    yield options


async def async_generator(options):
    yield options


class Shop:
    """A shop."""

    def method(self, options):
        return options

    @classmethod
    def of_class(cls, options):
        return options

    @staticmethod
    def static(options):
        return options


class Callable_:
    """An object that is called."""

    def __call__(self, options):
        return options


class AsyncCallable:
    async def __call__(self, options):
        return options


class GeneratorCallable:
    def __call__(self, options):
        yield options


class WithoutSignature:
    __signature__ = "none that inspect understands"

    def __call__(self, options):
        return options


# ----------------------------------------------------------------------------- signatures


@pytest.mark.parametrize(
    ("function", "callback"),
    [
        (plain, False),
        (node_style, True),
        (coroutine, False),
        (lambda options, /: 1, False),
        (lambda options, callback=None: 1, True),
        (lambda options, done: 1, True),
        (lambda options=None: 1, False),
        (lambda options, extra=1: 1, False),
        (lambda options, *, extra=1: 1, False),
        (lambda options, callback, extra=1: 1, True),
        (lambda *arguments: 1, False),
        (lambda options, *rest, **named: 1, False),
        (lambda **named: 1, None),
        (lambda: 1, None),
        (lambda *, options: 1, None),
        (lambda options, *, key: 1, None),
        (lambda options, callback, third: 1, None),
        (Shop().method, False),
        (Shop.of_class, False),
        (Shop.static, False),
        (Callable_(), False),
        (functools.partial(node_style, callback=print), False),
        (functools.partial(node_style, {}), False),
        (functools.partial(lambda shop, options, callback: 1, Shop()), True),
        (len, False),
        (WithoutSignature(), False),
    ],
)
def test_the_signature_says_how_it_is_called(
    function: Callable[..., Any], callback: bool | None
) -> None:
    """(options), or (options, callback); whatever else it takes must have a default."""
    if callback is None:
        with pytest.raises(InvalidFunction, match=r"must take \(options\) or \(options, callback"):
            extension_function(function, name="f")
    else:
        assert callback == extension_function(function, name="f").takes_callback


def test_a_refused_signature_is_told_with_its_place() -> None:
    """So that nobody has to search."""

    def three(options, callback, third):
        return third

    with pytest.raises(InvalidFunction) as caught:
        extension_function(three, name="f")

    assert caught.value.where.endswith("test_functions:" + three.__qualname__)
    assert "it takes (options, callback, third)" in caught.value.reason


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (plain, False),
        (coroutine, True),
        (functools.partial(coroutine), True),
        (AsyncCallable(), True),
        (Callable_(), False),
        (AsyncMock(spec=plain), True),
        (len, False),
    ],
)
def test_coroutine_functions_are_known(function: Callable[..., Any], expected: bool) -> None:
    """Also inside a partial, or as __call__ of an instance."""
    assert expected == extension_function(function, name="f").is_async


@pytest.mark.parametrize(
    ("function", "reason"),
    [
        (Shop, "it is a class; register an instance or its methods"),
        (5, "it is not callable but int"),
        (None, "it is not callable but NoneType"),
        (generator, "it is a generator; return the whole answer instead of yielding it"),
        (async_generator, "it is a generator; return the whole answer instead of yielding it"),
        (functools.partial(generator), "it is a generator; return the whole answer instead"),
        (GeneratorCallable(), "it is a generator; return the whole answer instead"),
    ],
)
def test_what_cannot_be_a_function(function: Any, reason: str) -> None:
    """The error names the place, why, and what to do."""
    told = why_not_callable(function)
    assert told is not None
    assert told.startswith(reason)
    with pytest.raises(InvalidFunction) as caught:
        extension_function(function, name="f")
    assert (where(function), told) == (caught.value.where, caught.value.reason)


def test_functions_of_every_form_can_be() -> None:
    """Then there is no reason."""
    for function in (plain, coroutine, Shop().method, Callable_(), functools.partial(plain), len):
        assert why_not_callable(function) is None


# --------------------------------------------------------------------------------- places


def test_the_place_is_module_and_qualified_name() -> None:
    """Of what the author wrote: the method, what is inside a partial, the class called."""
    here = __name__

    assert f"{here}:plain" == where(plain)
    assert f"{here}:plain" == where(functools.partial(functools.partial(plain)))
    assert f"{here}:Shop.method" == where(Shop().method)
    assert f"{here}:Shop.method" == where(functools.partial(Shop().method))
    assert f"{here}:Shop.of_class" == where(Shop.of_class)
    assert f"{here}:Callable_" == where(Callable_())
    assert "builtins:len" == where(len)
    assert "builtins:list.append" == where([].append)
    assert "builtins:int" == where(5)


def test_the_record_is_frozen_and_says_what_matters() -> None:
    """Its repr has name, kind, section and place, not the function's insides."""
    made = extension_function(plain, name="wire", kind=PRE_MAP, section="hooks")

    assert plain is made.function
    assert ("wire", PRE_MAP, "hooks") == (made.name, made.kind, made.section)
    assert f"where='{__name__}:plain'" in repr(made)
    assert "0x" not in repr(made)
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        made.name = "other"


@pytest.mark.parametrize(
    ("function", "summary"),
    [
        (plain, "Do the work."),
        (functools.partial(plain), "Do the work."),
        (coroutine, ""),
        (Callable_(), "An object that is called."),
    ],
)
def test_the_summary_is_the_first_line_of_the_docstring(
    function: Callable[..., Any], summary: str
) -> None:
    """Of the author's function; nothing when there is none."""
    assert summary == extension_function(function, name="f").summary


# ------------------------------------------------------------------------------- options


def unannotated(options):
    return options


def raw_dict(options: dict):
    return options


def raw_any(options: Any):
    return options


def raw_generic(options: dict[str, Any]):
    return options


def own_class(options: PreMapOptions):
    return options


def what_kinds_share(options: HookOptions):
    return options


def for_checkers_only(options: PostMapOptions):
    return options


def for_checkers_only_dotted(options: for_type_checkers.PostMapOptions):
    return options


def of_nowhere(options: Unknown):
    return options


def wrapped(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def around(*arguments: Any, **named: Any) -> Any:
        return function(*arguments, **named)

    return around


@pytest.mark.parametrize(
    ("function", "kind", "expected"),
    [
        (unannotated, "preMap", "PreMapOptions"),
        (own_class, "preMap", "PreMapOptions"),
        (what_kinds_share, "preMap", "PreMapOptions"),
        (for_checkers_only, "postMap", "PostMapOptions"),
        (for_checkers_only_dotted, "postMap", "PostMapOptions"),
        (of_nowhere, "preMap", "PreMapOptions"),
        (wrapped(own_class), "preMap", "PreMapOptions"),
        (functools.partial(own_class), "preMap", "PreMapOptions"),
        (raw_dict, "preMap", None),
        (raw_any, "preMap", None),
        (raw_generic, "preMap", None),
        (unannotated, None, None),
        (raw_dict, None, None),
        (raw_any, None, None),
        (raw_generic, None, None),
        (own_class, None, "PreMapOptions"),
        (of_nowhere, None, None),
    ],
)
def test_the_annotation_decides_what_it_receives(
    function: Callable[..., Any], kind: str | None, expected: str | None
) -> None:
    """An options class, or the raw JSON; nothing written means the kind's own class."""
    made = extension_function(function, name="f", kind=KINDS[kind] if kind else None)

    assert expected == (made.convert.options_class.__name__ if made.convert else None)


def test_an_annotation_need_not_be_text() -> None:
    """A module without `from __future__ import annotations` has the class itself."""

    def function(options):
        return options

    function.__annotations__["options"] = ExportOptions
    made = extension_function(function, name="f", kind=KINDS["wrapperExport"])

    assert made.convert is not None
    assert ExportOptions is made.convert.options_class


@pytest.mark.parametrize(
    ("annotation", "reason"),
    [
        (ExportOptions, "its options are annotated ExportOptions, but a function of this kind"),
        (int, "the annotation <class 'int'> of its options is no options class"),
        ("int", "the annotation <class 'int'> of its options is no options class"),
    ],
)
def test_a_wrong_annotation_is_told_at_registration(annotation: object, reason: str) -> None:
    """With the place of the function and what it may be."""

    def function(options):
        return options

    function.__annotations__["options"] = annotation
    with pytest.raises(InvalidFunction) as caught:
        extension_function(function, name="f", kind=PRE_MAP)

    assert caught.value.where.endswith(function.__qualname__)
    assert caught.value.reason.startswith(reason)


def test_dates_are_written_as_text_on_wish() -> None:
    """Without it the answer is left alone."""
    from ioplugins.isoanswers import to_iso_json

    assert extension_function(plain, name="f").finish is None
    assert to_iso_json is extension_function(plain, name="f", dates="iso").finish


def test_a_function_without_a_kind_needs_no_converter() -> None:
    """The converter and the options classes cost a cold start their time."""
    code = inspect.cleandoc(
        """
        import sys
        from ioplugins import Registry
        registry = Registry()
        registry.add({"f": lambda options: options})
        registry.configuration()
        print([m for m in ("cattrs", "ioplugins.conversion", "ioplugins.options")
               if m in sys.modules])
        """
    )
    printed = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout

    assert "[]" == printed.strip()
