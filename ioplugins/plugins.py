"""Discovery: find, choose and load what installed packages announce, each on its own.

Nothing that one package does (an import that fails, ``sys.exit()``, a hook that does not exist,
two functions of one name) keeps another from working. The report says what became of each::

    registry = Registry()
    plugins = discover().register(registry)
    for problem in plugins.problems:
        log.warning("%s", problem)
"""

from __future__ import annotations

import os
import re
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from attrs import evolve, field, frozen

from ioplugins.errors import PluginError
from ioplugins.installed import CONNECTORS, GROUPS, PLUGINS, Installed, scan
from ioplugins.manifest import read, write
from ioplugins.registry import Registry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from ioplugins.callinfo import Call
    from ioplugins.manager import HookManager

#: Names to load, separated by commas or blanks; nothing else is loaded. Empty: all.
LOAD: Final = "IOPLUGINS_LOAD"

#: Names not to load, separated by commas or blanks.
DISABLE: Final = "IOPLUGINS_DISABLE"

#: The path of a frozen manifest to read instead of scanning the installed packages.
MANIFEST: Final = "IOPLUGINS_MANIFEST"

_NO_FUNCTION: Final = (
    "it holds no extension function; decorate them (@hook, @wrapper, ...) or name a mapping, "
    "a Registry or an instance"
)
_MIXED: Final = (
    "a configuration holds either DIY functions or connectors, and this plugin registers the one "
    "beside the other; give its functions the _connectorId of a connector, or none"
)
_NO_HOOK: Final = "it implements no hook; decorate its functions with @ioplugins.hookimpl"
_NO_PLUGIN: Final = "it is a class or cannot be hashed; name a module or an instance"


@frozen
class Plugins:
    """What a discovery found, what became of it, and what it loaded.

    Iterating gives each entry point, sorted by group and name.

    Attributes:
        entries: Each entry point found.
        unknown: The names in IOPLUGINS_LOAD and IOPLUGINS_DISABLE that nothing installed has.
        manager: The plugin manager, which has all that may implement hooks.
        sources: The loaded object of each connector, by ``_connectorId``.
    """

    entries: tuple[Installed, ...]
    unknown: tuple[PluginError, ...]
    manager: HookManager = field(repr=False, eq=False)
    sources: Mapping[str, object] = field(repr=False, eq=False)

    def __iter__(self) -> Iterator[Installed]:
        return iter(self.entries)

    def __len__(self) -> int:
        return len(self.entries)

    @property
    def call_wrapper(self) -> Callable[[Call], object] | None:
        """What each call goes through; None when no plugin implements ioplugins_call."""
        from ioplugins.manager import call_wrapper  # noqa: PLC0415 - see discover()

        return call_wrapper(self.manager)

    @property
    def problems(self) -> tuple[PluginError, ...]:
        """What failed or conflicts, and the unknown names; empty when all is well."""
        return self.unknown + tuple(
            PluginError(
                entry.name, entry.package, f"loading {entry.value or entry.group}", entry.reason
            )
            for entry in self.entries
            if entry.status in {"failed", "conflicting"}
        )

    def require(self) -> None:
        """Make the first problem an error.

        Raises:
            PluginError: There is one; its reason says how many more there are.
        """
        problems = self.problems
        if problems:
            first, more = problems[0], len(problems) - 1
            reason = (
                f"{first.reason} (and {more} more: `ioplugins check`)" if more else first.reason
            )
            raise PluginError(first.plugin, first.distribution, first.doing, reason)

    def register(self, registry: Registry, *, strict: bool = False) -> Plugins:
        """Add to *registry* what each connector holds and what each plugin registers.

        One whose functions cannot be registered adds none of them, and its hooks are off.

        Args:
            registry: Gets the functions, those of a connector under its ``_connectorId``.
            strict: Whether a problem is an error.

        Returns:
            The report in which those are failed.

        Raises:
            PluginError: There is a problem, and *strict*.
        """
        failed: dict[str, str] = {}
        loaded = {entry.name for entry in self.entries if entry.status == "loaded"}
        # Connectors first: whether a plugin's functions may join must not depend on its name.
        for name in sorted(loaded, key=lambda name: (name not in self.sources, name)):
            reason = self._register_one(name, registry)
            if reason:
                failed[name] = reason
                if self.manager.has_plugin(name):
                    self.manager.unregister(name=name)
        report = evolve(
            self,
            entries=tuple(
                entry.become("failed", failed[entry.name])
                if entry.status == "loaded" and entry.name in failed
                else entry
                for entry in self.entries
            ),
        )
        if strict:
            report.require()
        return report

    def _register_one(self, name: str, registry: Registry) -> str:
        from ioplugins.manager import call_one, why  # noqa: PLC0415 - see discover()

        own = Registry()
        try:
            if name in self.sources:
                own.add(self.sources[name], connector_id=name)
                foreign = {one.connector_id for one in own} - {name}
                if foreign:
                    return f"its registry has functions of another _connectorId: {foreign}"
            if name in self.manager.implementers("ioplugins_register"):
                call_one(self.manager, name, "ioplugins_register", registry=own)
            if name in self.sources and not len(own):
                return _NO_FUNCTION
            if name not in self.sources and _mixes(own, registry):
                return _MIXED
            registry.add(own)
        except KeyboardInterrupt:
            raise
        except PluginError as error:
            return f"{error.doing}: {error.reason}"
        except BaseException as error:  # noqa: BLE001 - importing a submodule may do anything
            return why(error)
        return ""


def discover(
    *,
    strict: bool = False,
    manifest: Path | None = None,
    groups: Sequence[str] = GROUPS,
    environ: Mapping[str, str] | None = None,
) -> Plugins:
    """Find and load the connectors and plugins that installed packages announce.

    Args:
        strict: Whether a problem is an error.
        manifest: A frozen manifest to read instead of scanning; IOPLUGINS_MANIFEST otherwise.
        groups: The groups to load: with a TARGET given, ``[PLUGINS]``.
        environ: Where the IOPLUGINS_ variables are looked up; the process's environment.

    Returns:
        The report. Two different entry points of one name are ``"conflicting"`` and neither is
        loaded; order never decides a winner.

    Raises:
        ManifestError: The manifest cannot be read.
        PluginError: There is a problem, and *strict*.
    """
    # Imported here: pluggy costs a start its time, and tools import this module for its names.
    from ioplugins.manager import HookManager  # noqa: PLC0415

    environ = os.environ if environ is None else environ
    path = manifest or environ.get(MANIFEST)
    found = read(path) if path else scan()
    load, disable = _names(environ, LOAD), _names(environ, DISABLE)
    stale = f"; if {path} is out of date, write it again with `ioplugins freeze`" if path else ""
    chosen = (_chosen(entry, found, load, disable) for entry in found if entry.group in groups)
    loaded = [_load(entry, stale) for entry in chosen]
    manager = HookManager()
    # The last one that pluggy registers is called first: backwards, so that hooks run by name.
    loaded.sort(key=lambda pair: pair[0].name, reverse=True)
    adopted = [(_adopt(manager, entry, source), source) for entry, source in loaded]
    plugins = Plugins(
        entries=tuple(sorted(entry for entry, _ in adopted)),
        unknown=(*_unknown(load, LOAD, found), *_unknown(disable, DISABLE, found)),
        manager=manager,
        sources=MappingProxyType(
            {
                entry.name: source
                for entry, source in reversed(adopted)
                if entry.group == CONNECTORS and entry.status == "loaded"
            }
        ),
    )
    if strict:
        plugins.require()
    return plugins


def freeze(path: Path) -> Plugins:
    """Scan, load and register strictly, and write what was loaded as a frozen manifest.

    Raises:
        PluginError: Something cannot be loaded; a manifest with it would fail where it runs.
    """
    environ = {key: value for key, value in os.environ.items() if key != MANIFEST}
    plugins = discover(strict=True, environ=environ).register(Registry(), strict=True)
    write(path, (entry for entry in plugins if entry.status == "loaded"))
    return plugins


def _names(environ: Mapping[str, str], variable: str) -> tuple[str, ...]:
    return tuple(filter(None, re.split(r"[,\s]+", environ.get(variable, ""))))


def _unknown(
    names: Iterable[str], variable: str, found: Sequence[Installed]
) -> Iterator[PluginError]:
    known = dict.fromkeys(entry.name for entry in found)
    for name in names:
        if name not in known:
            reason = f"nothing installed has that name; there is {', '.join(known) or 'none'}"
            yield PluginError(name, "", f"being looked up for {variable}", reason)


def _chosen(
    entry: Installed, found: Sequence[Installed], load: Sequence[str], disable: Sequence[str]
) -> Installed:
    """*entry*, disabled or conflicting where it is."""
    if entry.name in disable:
        return entry.become("disabled", f"{DISABLE} names it")
    if load and entry.name not in load:
        return entry.become("disabled", f"{LOAD} does not name it")
    rivals = [one for one in found if one.name == entry.name and one.value != entry.value]
    if entry.status == "found" and rivals:
        others = " and ".join(f"{one.package} ({one.value})" for one in rivals)
        return entry.become(
            "conflicting",
            f"{entry.package} ({entry.value}) and {others} announce the same name; uninstall "
            f"one of them, or switch both off with {DISABLE}={entry.name}",
        )
    return entry


def _load(entry: Installed, stale: str) -> tuple[Installed, object]:
    from ioplugins.manager import why  # noqa: PLC0415 - see discover()

    if entry.status != "found":
        return entry, None
    try:
        return entry.become("loaded"), entry.load()
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 - a package's sys.exit() too is its own affair
        return entry.become("failed", why(error) + stale), None


def _adopt(manager: HookManager, entry: Installed, source: object) -> Installed:
    """Let the manager have what *entry* loaded, when it may implement hooks."""
    from ioplugins.manager import why  # noqa: PLC0415 - see discover()

    if entry.status != "loaded":
        return entry
    if isinstance(source, type) or source is None or not _hashable(source):
        # A mapping or a registry of functions has no hooks; what is no source fails later.
        return entry.become("failed", _NO_PLUGIN) if entry.group == PLUGINS else entry
    try:
        # A package may be both, or serve two connectors: its hooks are called once.
        if not manager.is_registered(source):
            manager.adopt(entry.name, source, entry.package)
    except Exception as error:  # noqa: BLE001 - pluggy looks at the author's object
        return entry.become("failed", why(error))
    if entry.group == PLUGINS and not manager.get_hookcallers(source):
        return entry.become("failed", _NO_HOOK)
    return entry


def _mixes(added: Registry, registry: Registry) -> bool:
    """Whether one has DIY functions where the other has connectors."""
    kinds = {one.connector_id is None for one in (*added, *registry)}
    return bool(len(added)) and len(kinds) > 1


def _hashable(source: object) -> bool:
    try:
        hash(source)
    except TypeError:
        return False
    return True
