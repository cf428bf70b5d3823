"""The records of a page as rows to be: values by column, the key, and what becomes of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from attrs import define, field

from ioplugins.answers import ImportResult
from ioplugins.jsontypes import json_type
from ioplugins.jsonvalue import JSON
from ioplugins_sql.conversion import NotOfType, Reader, reader
from ioplugins_sql.cursors import Key
from ioplugins_sql.tables import Described
from ioplugins_sql.values import keys_text


@define(eq=False)
class Row:
    """One record of the page.

    Attributes:
        values: The values for the columns that the record names.
        key: The values of the key; None when the record has it not, or the database makes it.
        id: The primary key of its row, once it is known.
        result: What became of it; None until that is known.
    """

    values: dict[str, Any] = field(factory=dict)
    key: Key | None = None
    id: Key | None = None
    result: ImportResult | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of its columns."""
        return tuple(self.values)

    def fail(self, code: str, message: str) -> None:
        """The record failed."""
        self.result = ImportResult.failed(code, message)

    def succeed(self) -> None:
        """The record's row is written."""
        self.result = ImportResult.ok(self._id_text())

    def ignore(self) -> None:
        """The record was left out on purpose."""
        self.result = ImportResult.ignored(self._id_text())

    def _id_text(self) -> str | None:
        values = self.id if self.id is not None else self.key
        return None if values is None else keys_text(values)


class RowMaker:
    """Makes rows of the records of a page; what depends on the columns alone is done once."""

    def __init__(self, described: Described, key: Sequence[str], dialect: str) -> None:
        self._name = described.table.name
        self._key = tuple(key)
        self._primary_key = described.primary_key
        self._generated = {name for name in described.primary_key if described.is_generated(name)}
        self._readers: dict[str, Reader] = {
            name: reader(kind, described.table.c[name].type, dialect)
            for name, kind in described.kinds.items()
        }

    def row_of(self, record: JSON) -> Row:
        """The row that *record* is to be; failed when it cannot be one."""
        row = Row()
        if not isinstance(record, dict):
            row.fail("invalid_record", f"The record is {json_type(record)}, but must be an object.")
            return row
        readers, values = self._readers, row.values
        for name, value in record.items():
            read = readers.get(name)
            if read is None:
                row.fail("unknown_column", f"{self._name} has no column {name!r}.")
                return row
            if value is not None:
                try:
                    values[name] = read(value)
                except NotOfType as error:
                    row.fail("invalid_value", f"The column {name!r}: {error}.")
                    return row
            elif name not in self._generated:  # which the database makes
                values[name] = None
        row.key = self._values(values, self._key)
        row.id = self._values(values, self._primary_key)
        return row

    @staticmethod
    def _values(values: Mapping[str, Any], names: Sequence[str]) -> Key | None:
        found = tuple([values.get(name) for name in names])
        return None if not found or None in found else found


def waves(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """The rows in turns, so that no two in one have the same key: what comes later comes later.

    Texts that some database could take for equal count as equal.
    """
    seen: Counter[Any] = Counter()
    turns: list[list[Row]] = []
    for row in rows:
        turn = 0
        if row.key is not None:
            alike = tuple([comparable(value) for value in row.key])
            turn = seen[alike]
            seen[alike] += 1
        if turn == len(turns):
            turns.append([])
        turns[turn].append(row)
    yield from turns


def comparable(value: Any) -> Any:
    """Equal for all values that a database might take for equal."""
    if isinstance(value, str):
        return value.casefold().rstrip()
    return repr(value) if isinstance(value, (dict, list)) else value


def by_columns(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """The rows in groups that one statement can write: those that name the same columns."""
    groups: dict[frozenset[str], list[Row]] = {}
    for row in rows:
        groups.setdefault(frozenset(row.values), []).append(row)
    yield from groups.values()


def parameters(rows: Sequence[Row]) -> list[Mapping[str, Any]]:
    """The values of the rows, as a statement takes them."""
    return [row.values for row in rows]
