"""The plugin manager: pluggy's, plus which package a plugin came from and which one raised.

pluggy lets an exception of a plugin through as it is, so that nobody learns whose it was. Here
every call of a hook ends in an answer or in a :class:`~ioplugins.errors.PluginError` that names
the plugin and its package.
"""

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING, Final

import pluggy
from attrs import evolve

from ioplugins import hookspecs
from ioplugins.errors import ExtensionError, FunctionFailed, IopluginsError, PluginError
from ioplugins.hookspecs import PROJECT, hookimpl

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from types import CodeType

    from ioplugins.callinfo import Call

_CALL: Final = "ioplugins_call"
_INNERMOST: Final = "ioplugins itself"
_ONE_YIELD: Final = "its generator must yield exactly once"


class HookManager(pluggy.PluginManager):
    """pluggy's manager with this project's specifications, which knows its plugins' packages."""

    def __init__(self) -> None:
        super().__init__(PROJECT)
        self.add_hookspecs(hookspecs)
        self.packages: dict[str, str] = {}

    def adopt(self, name: str, plugin: object, package: str = "") -> None:
        """Register *plugin* if its hooks are right; else leave everything as it was.

        Args:
            name: Its entry point's name.
            plugin: A module or an instance; it must be hashable.
            package: Its distribution and version, for messages.

        Raises:
            pluggy.PluginValidationError: It implements a hook that does not exist, or with
                parameters that the specification does not have.
            ValueError: The name or the object is registered already.
        """
        try:
            self.register(plugin, name)
            self.check_pending()
        except pluggy.PluginValidationError:
            if self.has_plugin(name):
                self.unregister(name=name)
            raise
        self.packages[name] = package

    def implementers(self, hook: str) -> tuple[str, ...]:
        """The names of the plugins that implement *hook*, in the order they are called."""
        implementations = getattr(self.hook, hook).get_hookimpls()
        return tuple(dict.fromkeys(impl.plugin_name for impl in reversed(implementations)))


class _Innermost:
    """The framework's own implementation of ioplugins_call, around which all others are."""

    @hookimpl(trylast=True)
    def ioplugins_call(self, call: Call) -> object:
        return call.run()


def call_one(manager: HookManager, name: str, hook: str, **arguments: object) -> None:
    """Call *hook* of the one plugin *name*.

    Raises:
        PluginError: The plugin raised; ``__cause__`` is what it raised.
    """
    others = [plugin for other, plugin in manager.list_name_plugin() if other != name]
    try:
        manager.subset_hook_caller(hook, others)(**arguments)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # a plugin's SystemExit must not end the host either
        raise _plugin_error(manager, name, hook, why(error)) from error


def call_each(manager: HookManager, hook: str, **arguments: object) -> tuple[PluginError, ...]:
    """Call *hook* of each plugin by itself, so that one that raises stops no other.

    Returns:
        The errors, none when all went well. A host raises the first one of its startup, and
        logs those of its shutdown.
    """
    errors: list[PluginError] = []
    for name in manager.implementers(hook):
        try:
            call_one(manager, name, hook, **arguments)
        except PluginError as error:
            errors.append(error)
    return tuple(errors)


def call_wrapper(manager: HookManager) -> Callable[[Call], object] | None:
    """What a call goes through: ``wrapper(call)`` runs ``call.run()`` inside all plugins.

    The wrapper raises what ``call.run()`` raised, :class:`~ioplugins.errors.FunctionFailed`
    with the ExtensionError that a plugin chose to answer, or PluginError.

    Returns:
        None when no plugin implements ``ioplugins_call``, so that a call pays nothing.
    """
    hook = manager.hook.ioplugins_call
    owners = _owners(hook.get_hookimpls())
    if not owners:
        return None
    if not manager.has_plugin(_INNERMOST):
        # Registered after all others: pluggy calls the last of the trylast ones last.
        manager.register(_Innermost(), _INNERMOST)

    def wrapped(call: Call) -> object:
        own: list[tuple[BaseException, BaseException]] = []

        def run() -> object:
            try:
                return call.run()
            except BaseException as error:  # noqa: BLE001 - raised below, all of them
                carried = error
            # Plugins see what the author raised, not how the framework carries it; raised
            # out here, so that its own context stays.
            inner = carried.error if isinstance(carried, FunctionFailed) else carried
            seen = inner if isinstance(inner, BaseException) else carried
            own.append((seen, carried))
            raise seen

        try:
            return hook(call=evolve(call, run=run))
        except BaseException as error:
            told = _told(manager, error, own, owners)
            if told is error:
                raise
            raise told from error

    return wrapped


def why(error: BaseException) -> str:
    """*error* in one line: class, text and the module and line that raised it."""
    text = " ".join(str(error).split())
    if isinstance(error, (IopluginsError, pluggy.PluginValidationError)):
        return text
    kind = type(error).__name__
    where = "" if isinstance(error, SyntaxError) else _where(error)
    return f"{kind}: {text}{where}" if text else f"{kind}{where}"


def _where(error: BaseException) -> str:
    """The deepest author's line in the traceback; a module's name, as paths are nobody's."""
    place = ""
    for frame, line in traceback.walk_tb(error.__traceback__):
        module = str(frame.f_globals.get("__name__", ""))
        if module.partition(".")[0] not in {PROJECT, "importlib", "pluggy", ""}:
            place = f" ({module}, line {line})"
    return place


def _told(
    manager: HookManager,
    error: BaseException,
    own: Iterable[tuple[BaseException, BaseException]],
    owners: Mapping[CodeType, tuple[str, ...]],
) -> BaseException:
    """What the caller gets for *error*, which came out of the plugins."""
    for seen, carried in own:
        if error is seen:
            return carried  # the function's own error, which all of them let pass
    if isinstance(error, (PluginError, KeyboardInterrupt)):
        return error
    if isinstance(error, ExtensionError):
        return FunctionFailed(error)
    name, reason = _culprit(error, owners)
    return _plugin_error(manager, name, _CALL, reason)


def _culprit(error: BaseException, owners: Mapping[CodeType, tuple[str, ...]]) -> tuple[str, str]:
    """Which plugin raised *error*, and why.

    An error passes through the wrappers further out, so the deepest implementation counts.
    Plugins that share one function (made by one decorator) cannot be told apart: all are named.
    """
    names: tuple[str, ...] = ()
    for frame, _ in traceback.walk_tb(error.__traceback__):
        names = owners.get(frame.f_code, names)
    if names:
        return " or ".join(names), why(error)
    # pluggy's own complaint, raised while no frame of the plugin runs, quotes its place.
    text = str(error)
    blamed = dict.fromkeys(_of_place(text, owners))
    return " or ".join(blamed) or "unknown", _ONE_YIELD if blamed else why(error)


def _of_place(text: str, owners: Mapping[CodeType, tuple[str, ...]]) -> Iterator[str]:
    for code, names in owners.items():
        if f"{code.co_filename}:{code.co_firstlineno} " in text:
            yield from names


def _owners(implementations: Iterable[pluggy.HookImpl]) -> Mapping[CodeType, tuple[str, ...]]:
    """Whose code each implementation of a plugin is."""
    owners: dict[CodeType, tuple[str, ...]] = {}
    for impl in implementations:
        if impl.plugin_name != _INNERMOST:
            code = getattr(impl.function, "__func__", impl.function).__code__
            owners[code] = (*owners.get(code, ()), impl.plugin_name)
    return owners


def _plugin_error(manager: HookManager, name: str, hook: str, reason: str) -> PluginError:
    return PluginError(name, manager.packages.get(name, ""), f"running {hook}", reason)
