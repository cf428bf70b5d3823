"""Sources of extension functions: what may hold them, and which of its contents count.

* a mapping in the form of Celigo's documentation is an explicit list: all its functions count,
  ``{"hooks": {"f": f}}`` by section, ``{"f": f}`` flat;
* of a module (with its submodules when it is a package) only what a decorator marked counts, and
  what is named like a section and is a mapping (``hooks = {...}``) or has marked methods; a mere
  object or module of such a name is none, as ``settings`` is a common name for other things;
* of an instance of an author's class, what is marked, or all its public methods when nothing on
  it is marked (Celigo's "instance" modules); properties are never evaluated;
* a function counts by its marks, or flat under its own name when it has none.

A section may itself be a mapping, a module or an instance. Nothing else can be called: no name
by chance, no attribute of a base type, no import.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Iterator, Mapping
from functools import partial
from types import ModuleType
from typing import Any, Final

from ioplugins.decorators import Mark, marks_of
from ioplugins.errors import InvalidFunction, InvalidSource
from ioplugins.functions import (
    ExtensionFunction,
    extension_function,
    where,
    why_not_callable,
)
from ioplugins.functionset import Contents, Entry, Skipped
from ioplugins.kinds import SECTIONS

_SECTION_NAMES: Final = frozenset(SECTIONS.values())
_VALUES: Final = (str, bytes, bytearray, int, float, complex, list, tuple, set, frozenset)


def contents_of(source: object) -> Contents:
    """Collect the extension functions of *source*.

    Raises:
        InvalidSource: It cannot hold functions, or a submodule of it cannot be imported.
        InvalidFunction: A marked function cannot be called as one.
    """
    if isinstance(source, Mapping):
        return _of_mapping(source)
    if isinstance(source, ModuleType):
        return _of_module(source)
    if isinstance(source, type):
        raise InvalidSource(source, "it is a class; give an instance of it")
    if inspect.isroutine(source) or marks_of(source) or isinstance(source, partial):
        return _of_function(source)
    if isinstance(source, _VALUES) or source is None:
        raise InvalidSource(
            source, "give a module, an instance of a class of yours, a function or a mapping"
        )
    return _of_instance(source)


# ----------------------------------------------------------------------------- each source


def _of_function(function: Any) -> Contents:
    marked = _marked(function)
    if marked:
        return Contents(tuple(marked))
    name = getattr(function, "__name__", "<none>")
    if name.startswith("<"):
        raise InvalidFunction(
            where(function), "it has no name; register it with registry.hook(..., name=)"
        )
    return Contents((Entry(extension_function(function, name=name), flat=True),))


def _of_module(module: ModuleType) -> Contents:
    entries: list[Entry] = []
    sections: list[str] = []
    skipped: list[Skipped] = []
    seen: set[int] = set()
    for part in (module, *_submodules(module)):
        for name, value in list(vars(part).items()):
            if marks_of(value) and not isinstance(value, type) and id(value) not in seen:
                seen.add(id(value))
                entries += _marked(value)
            elif name in _SECTION_NAMES and _is_listed(value):
                inner = _of_section(name, value)
                entries += inner.entries
                sections.append(name)
                skipped += inner.skipped
    return Contents(tuple(entries), tuple(sections), tuple(skipped))


def _is_listed(value: object) -> bool:
    """Whether a module's attribute that is named like a section is meant as one.

    A mapping is a list; of an object, the author marked what counts. Other objects and modules
    of such a name (``settings``) must not become callable by chance.
    """
    if isinstance(value, Mapping):
        return True
    if isinstance(value, ModuleType) or not _may_be_section(value):
        return False
    try:
        return any(marks_of(member) for _, member in _members(value))
    except Exception:  # noqa: BLE001 - a proxy that may not be asked
        return False


def _submodules(module: ModuleType) -> Iterator[ModuleType]:
    if not hasattr(module, "__path__"):
        return
    import pkgutil  # noqa: PLC0415 - for packages only: it costs a cold start a millisecond

    for found in pkgutil.walk_packages(module.__path__, f"{module.__name__}."):
        if found.name.rpartition(".")[2] == "__main__":
            continue  # importing it would run it
        try:
            yield importlib.import_module(found.name)
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            raise InvalidSource(
                module, f"{found.name} cannot be imported: {type(error).__name__}: {error}"
            ) from error


def _of_instance(instance: object) -> Contents:
    members = dict(_members(instance))
    marked = [entry for value in members.values() for entry in _marked(value)]
    sections: list[str] = []
    inside: list[Contents] = []
    for name, value in getattr(instance, "__dict__", {}).items():
        if name in _SECTION_NAMES and _may_be_section(value):
            sections.append(name)
            inside.append(_of_section(name, value))
    own = Contents(tuple(marked)) if marked else _listed(members, None)
    return Contents(
        own.entries + tuple(entry for part in inside for entry in part.entries),
        tuple(sections),
        own.skipped + tuple(skip for part in inside for skip in part.skipped),
    )


def _members(instance: object) -> Iterator[tuple[str, Any]]:
    """Methods of the author's classes, bound, and functions stored on the instance itself."""
    classes = [cls for cls in type(instance).__mro__ if cls.__module__ != "builtins"]
    for name in dict.fromkeys(name for cls in reversed(classes) for name in vars(cls)):
        # What stands in the nearest class counts: it may be a property in place of a method.
        value = inspect.getattr_static(type(instance), name, None)
        method = isinstance(value, (staticmethod, classmethod)) or inspect.isfunction(value)
        public = bool(marks_of(value)) or not name.startswith("_")
        if method and public and not name.startswith("__"):
            yield name, getattr(instance, name)
    for name, value in getattr(instance, "__dict__", {}).items():
        if callable(value) and not isinstance(value, type) and not name.startswith("_"):
            yield name, value


def _of_mapping(mapping: Mapping[Any, Any]) -> Contents:
    flat: dict[str, Any] = {}
    sections: list[str] = []
    inside: list[Contents] = []
    for name, value in mapping.items():
        if not isinstance(name, str):
            raise InvalidSource(mapping, f"the key {name!r} is not text")
        if callable(value) and not _may_be_section(value):
            flat[name] = value
        elif _may_be_section(value):
            sections.append(name)
            inside.append(_of_section(name, value))
        elif value:
            # Text, numbers and lists are found by a request's type, and hold no functions.
            sections.append(name)
    own = _listed(flat, None)
    return Contents(
        own.entries + tuple(entry for part in inside for entry in part.entries),
        tuple(sections),
        own.skipped + tuple(skip for part in inside for skip in part.skipped),
    )


def _may_be_section(value: object) -> bool:
    if isinstance(value, (Mapping, ModuleType)):
        return True
    if value is None or isinstance(value, (type, *_VALUES)) or inspect.isroutine(value):
        return False
    return not callable(value)


def _of_section(section: str, value: Any) -> Contents:
    """The functions of one section; a module counts with what it defines when nothing is marked."""
    if isinstance(value, Mapping):
        members = {str(name): item for name, item in value.items()}
    elif isinstance(value, ModuleType):
        members = {
            name: item
            for name, item in vars(value).items()
            if getattr(item, "__module__", None) == value.__name__
            and inspect.isfunction(item)
            and (marks_of(item) or not name.startswith("_"))
        }
    else:
        members = dict(_members(value))
    marked = {name: item for name, item in members.items() if marks_of(item)}
    if marked and not isinstance(value, Mapping):
        members = marked
    return _listed(members, section)


def _listed(members: Mapping[str, Any], section: str | None) -> Contents:
    """Functions that a mapping or instance lists by name; marks add their kind."""
    entries: list[Entry] = []
    skipped: list[Skipped] = []
    for name, value in members.items():
        reason = why_not_callable(value)
        if reason is not None:
            skipped.append(Skipped(name, section, reason))
            continue
        mark = next((m for m in marks_of(value) if section in {None, m.section}), None)
        function = extension_function(
            value,
            name=name,
            kind=mark.kind if mark else None,
            section=section,
            dates=mark.dates if mark else None,
        )
        entries.append(Entry(function, flat=section is None))
    return Contents(tuple(entries), (section,) if section else (), tuple(skipped))


def _marked(function: Any) -> list[Entry]:
    return [Entry(described(function, mark), flat=True) for mark in marks_of(function)]


def described(function: Any, mark: Mark) -> ExtensionFunction:
    """The extension function that *mark* makes of *function*."""
    name = mark.name or getattr(function, "__name__", None)
    if not name or name.startswith("<"):
        raise InvalidFunction(where(function), "it has no name; give one with name=")
    return extension_function(
        function, name=name, kind=mark.kind, section=mark.section, dates=mark.dates
    )
