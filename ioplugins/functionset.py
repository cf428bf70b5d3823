"""Function sets: the functions of the DIY module or of one connector, ready to be looked up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple

from attrs import evolve, field, frozen

from ioplugins.errors import NameConflict
from ioplugins.functions import ExtensionFunction


class Entry(NamedTuple):
    """A function on its way into a function set.

    Attributes:
        function: The described function.
        flat: Whether a framework 2.0 request (no ``type``) finds it.
    """

    function: ExtensionFunction
    flat: bool


class Skipped(NamedTuple):
    """Something in a source that looks like a function and cannot be one."""

    name: str
    section: str | None
    reason: str


class Contents(NamedTuple):
    """What a source holds: functions, names that are sections, and what was passed over."""

    entries: tuple[Entry, ...] = ()
    sections: tuple[str, ...] = ()
    skipped: tuple[Skipped, ...] = ()


@frozen
class FunctionSet:
    """The functions of the DIY module or of one connector.

    Attributes:
        sections: By section name, and flat under None: functions by wire name. A request is
            answered from ``sections[type][function]``.
        skipped: What the sources hold that looks like a function and cannot be one.
    """

    sections: Mapping[str | None, Mapping[str, ExtensionFunction]]
    skipped: tuple[Skipped, ...] = field(default=(), repr=False)

    def contents(self) -> Contents:
        """What it holds, to be merged into another."""
        flat = self.sections[None]
        entries = [Entry(function, flat=True) for function in flat.values()]
        for name, held in self.sections.items():
            if name is not None:
                entries += [
                    Entry(f, flat=False) for f in held.values() if flat.get(f.name) is not f
                ]
        names = tuple(name for name in self.sections if name is not None)
        return Contents(tuple(entries), names, self.skipped)

    def __iter__(self) -> Iterator[ExtensionFunction]:
        """Each function once, flat ones first."""
        seen: set[tuple[str, int, str | None]] = set()
        for section in self.sections.values():
            for function in section.values():
                identity = (function.name, id(function.function), function.section)
                if identity not in seen:
                    seen.add(identity)
                    yield function

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __contains__(self, name: object) -> bool:
        return any(name in section for section in self.sections.values())


class FunctionSetBuilder:
    """Gathers what several sources hold; a conflict is an error when it is added."""

    def __init__(self) -> None:
        self._sections: dict[str | None, dict[str, ExtensionFunction]] = {None: {}}
        self._skipped: list[Skipped] = []

    def add(self, contents: Contents) -> None:
        """Take in *contents*, all of it or, after an error, nothing.

        Raises:
            NameConflict: One name would stand for two functions in a section, or flat.
        """
        new: dict[tuple[str | None, str], ExtensionFunction] = {}
        for entry in contents.entries:
            function = entry.function
            for section in {None, function.section} if entry.flat else {function.section}:
                held = self._sections.get(section, {}).get(function.name)
                old = new.setdefault((section, function.name), held or function)
                if not _same(old, function):
                    raise NameConflict(
                        function.name,
                        _place(old),
                        _place(function),
                        f"both in {section}" if section else "framework 2.0 knows no sections",
                    )
        for name in contents.sections:
            self._sections.setdefault(name, {})
        for (section, name), function in new.items():
            self._sections.setdefault(section, {})[name] = function
        self._skipped += [skip for skip in contents.skipped if skip not in self._skipped]

    def build(self) -> FunctionSet:
        """The frozen function set of all that was added."""
        return FunctionSet(
            MappingProxyType(
                {name: MappingProxyType(dict(held)) for name, held in self._sections.items()}
            ),
            tuple(self._skipped),
        )


def _same(one: ExtensionFunction, other: ExtensionFunction) -> bool:
    """Whether it makes no difference which of the two is called (a module added twice)."""
    return one is other or evolve(one, section=other.section) == other


def _place(function: ExtensionFunction) -> str:
    kind = f" as {function.kind.id}" if function.kind else ""
    section = f" in {function.section}" if function.section else ""
    return f"{function.where}{kind}{section}"
