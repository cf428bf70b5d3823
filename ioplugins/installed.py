"""The entry points that installed packages announce, as found by scanning them.

A scan costs tens of milliseconds where many packages are installed; a frozen
:mod:`~ioplugins.manifest` has the same entries without it.
"""

from __future__ import annotations

import os
import re
import sys
from importlib import import_module
from importlib.machinery import PathFinder
from typing import TYPE_CHECKING, Final, Literal

from attrs import evolve, frozen

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from importlib.metadata import Distribution, EntryPoint

#: Entry points whose name is a ``_connectorId`` and whose object holds its functions.
CONNECTORS: Final = "ioplugins.connectors"

#: Entry points whose object implements hooks of this framework.
PLUGINS: Final = "ioplugins.plugins"

GROUPS: Final = (CONNECTORS, PLUGINS)

Status = Literal["found", "loaded", "failed", "disabled", "conflicting"]

#: How the names of folders with metadata end: of wheels; of older installs (p.egg-info, EGG-INFO).
_METADATA: Final = (".dist-info", "egg-info")

_VALUE: Final = r"([\w.]+)\s*(?::\s*([\w.]+)\s*)?(?:\[.*\]\s*)?"


@frozen(order=True)
class Installed:
    """One entry point and what became of it.

    Attributes:
        group: ``"ioplugins.connectors"`` or ``"ioplugins.plugins"``.
        name: The ``_connectorId`` or the plugin's name.
        value: ``module`` or ``module:attribute``.
        distribution: The pip package that announces it.
        version: The version of that package.
        status: ``"loaded"``; or ``"failed"``, ``"disabled"``, ``"conflicting"``, and *reason*
            says why; ``"found"`` before it is loaded.
        reason: One line; empty when it is loaded.
    """

    group: str
    name: str
    value: str
    distribution: str
    version: str
    status: Status = "found"
    reason: str = ""

    @property
    def package(self) -> str:
        """The distribution with its version, as messages name it."""
        return f"{self.distribution} {self.version}".strip()

    def become(self, status: Status, reason: str = "") -> Installed:
        """The same entry with another status."""
        return evolve(self, status=status, reason=reason)

    def load(self) -> object:
        """Import the object it names; whatever the import raises comes through.

        Raises:
            ValueError: The value is not ``module`` or ``module:attribute``.
        """
        match = re.fullmatch(_VALUE, self.value)
        if match is None:
            raise ValueError(f"{self.value!r} is not of the form module or module:attribute")
        found: object = import_module(match[1])
        for name in filter(None, (match[2] or "").split(".")):
            found = getattr(found, name)
        return found


def scan() -> tuple[Installed, ...]:
    """What the installed packages announce, sorted; of equal entries (editable installs) one.

    A package whose metadata cannot be read keeps no other from being found: it is an entry
    with the status ``"failed"``.
    """
    if not _may_announce():
        return ()
    # Imported here: it pulls in email, csv and zipfile, 1.5 MB that many a host does not need.
    from importlib.metadata import entry_points  # noqa: PLC0415

    try:
        announced = entry_points()
        points = [point for group in GROUPS for point in announced.select(group=group)]
    except Exception:  # noqa: BLE001 - one broken package must not hide all others
        return unique([*_scan_one_by_one()])
    return unique([_entry(point, point.dist) for point in points])


def unique(entries: Iterable[Installed]) -> tuple[Installed, ...]:
    """*entries* sorted, one for each group, name and value."""
    first: dict[tuple[str, str, str], Installed] = {}
    for entry in sorted(entries):
        first.setdefault((entry.group, entry.name, entry.value), entry)
    return tuple(first.values())


def packages_of_modules() -> Mapping[str, tuple[str, str]]:
    """Name and version of the package that each installed top-level module belongs to.

    Namespace packages, which several packages share, are left out.
    """
    # importlib.metadata's packages_distributions() reads top_level.txt only on Python 3.10.
    from importlib.metadata import distributions  # noqa: PLC0415

    owners: dict[str, set[tuple[str, str]]] = {}
    for distribution in distributions():
        name, version = _identity(distribution)
        listed = (distribution.read_text("top_level.txt") or "").split()
        modules = listed or {
            file.parts[0].removesuffix(".py")
            for file in distribution.files or ()
            if file.suffix == ".py"
        }
        for module in modules:
            owners.setdefault(module, set()).add((name, version))
    return {module: owned.pop() for module, owned in owners.items() if len(owned) == 1}


def _may_announce() -> bool:
    """Whether there is something to scan for: False only when no package names a group of ours.

    What importlib.metadata may find and this cannot read (an archive on sys.path, a folder without
    permission, a finder of another kind) is for the scan to tell.
    """
    if any(hasattr(one, "find_distributions") and one is not PathFinder for one in sys.meta_path):
        return True
    try:
        return any(
            _names_a_group(metadata.path)
            for folder in sys.path
            for metadata in _children(folder)
            if metadata.name.lower().endswith(_METADATA)
        )
    except (OSError, TypeError, ValueError):
        return True


def _children(folder: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder or os.curdir) as children:
            return list(children)
    except FileNotFoundError:
        return []


def _names_a_group(metadata: str) -> bool:
    try:
        with open(f"{metadata}/entry_points.txt", "rb") as file:  # noqa: PTH123 - a start's time
            text = file.read()
    except (FileNotFoundError, NotADirectoryError):  # it announces nothing, or is a single file
        return False
    return any(group.encode() in text for group in GROUPS)


def _scan_one_by_one() -> Iterator[Installed]:
    from importlib.metadata import distributions  # noqa: PLC0415

    seen: set[str] = set()
    for distribution in distributions():
        name, _ = _identity(distribution)
        if name and name in seen:
            continue  # hidden by one that stands earlier on sys.path
        seen.add(name)
        try:
            points = list(distribution.entry_points)
        except Exception as error:  # noqa: BLE001 - whatever its metadata makes of the parser
            reason = f"its entry_points.txt cannot be read ({type(error).__name__})"
            yield Installed(PLUGINS, name, "", *_identity(distribution), "failed", reason)
            continue
        yield from (_entry(point, distribution) for point in points if point.group in GROUPS)


def _entry(point: EntryPoint, distribution: Distribution | None) -> Installed:
    return Installed(point.group, point.name, point.value, *_identity(distribution))


def _identity(distribution: Distribution | None) -> tuple[str, str]:
    """Name and version; empty where the package's METADATA is missing or does not tell."""
    if distribution is None:
        return "", ""
    try:
        metadata = distribution.metadata
        return metadata["Name"] or "", metadata["Version"] or ""
    except Exception:  # noqa: BLE001 - which error a missing file is depends on the Python
        return "", ""
