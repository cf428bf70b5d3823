"""The records of a page as rows to be: values by column, the key, and what becomes of each.

Records that name the same columns are converted together, column by column: what depends on the
columns is found out once for them, and most columns hold nothing that has to be converted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, repeat
from typing import Any

from attrs import define

from ioplugins.answers import ImportResult
from ioplugins.jsontypes import json_type
from ioplugins.jsonvalue import JSON
from ioplugins_sql.conversion import Reader, reader
from ioplugins_sql.cursors import Key
from ioplugins_sql.tables import Described
from ioplugins_sql.values import keys_text

#: The places of the records of a page, by the columns that they name.
Shapes = Mapping[tuple[str, ...], Sequence[int]]


@define(eq=False)
class Row:
    """One record of the page.

    Attributes:
        columns: The names of the columns that the record names, in the order of the table.
        values: The values for them.
        key: The values of the key; None when the record has it not, or the database makes it.
        id: The primary key of its row, once it is known.
        result: What became of it, as JSON; None until that is known.
    """

    columns: tuple[str, ...] = ()
    values: tuple[Any, ...] = ()
    key: Key | None = None
    id: Key | None = None
    result: dict[str, JSON] | None = None

    @property
    def named(self) -> dict[str, Any]:
        """The values by their columns' names."""
        return dict(zip(self.columns, self.values, strict=True))

    def fail(self, code: str, message: str) -> None:
        """The record failed."""
        self.result = ImportResult.failed(code, message).to_json()

    def ignore(self) -> None:
        """The record was left out on purpose."""
        values = self.id or self.key
        self.result = ImportResult.ignored(keys_text(values) if values else None).to_json()


def succeed(rows: Iterable[Row]) -> None:
    """The rows of these records are written."""
    for row in rows:
        values = row.id or row.key
        # What `ImportResult.ok()` becomes; most results of most pages are this one.
        row.result = {"statusCode": 200, "id": keys_text(values)} if values else {"statusCode": 200}


def shapes_of(records: Sequence[JSON]) -> Shapes:
    """The places of records by what they name, in its order; of those that are objects."""
    if set(map(type, records)) == {dict}:
        names = set(map(tuple, records))
        if len(names) == 1:
            return {names.pop(): range(len(records))}
    shapes: dict[tuple[str, ...], list[int]] = {}
    for place, record in enumerate(records):
        if isinstance(record, dict):
            shapes.setdefault(tuple(record), []).append(place)
    return shapes


class RowMaker:
    """Makes rows of the records of a page."""

    def __init__(self, described: Described, key: Sequence[str], dialect: str) -> None:
        self._name = described.table.name
        self._order = tuple(described.kinds)
        self._key = tuple(key)
        self._primary_key = described.primary_key
        self._generated = [name for name in described.primary_key if described.is_generated(name)]
        self._readers: dict[str, Reader] = {
            name: reader(kind, described.table.c[name].type, dialect)
            for name, kind in described.kinds.items()
        }

    def rows_of(self, records: Sequence[JSON], shapes: Shapes) -> list[Row]:
        """The row that each record is to be; failed when it cannot be one.

        Args:
            records: The records.
            shapes: Their `shapes_of()`.
        """
        if len(shapes) == 1:
            ((names, places),) = shapes.items()
            if len(places) == len(records):
                return self._of_shape(names, records)
        rows: dict[int, Row] = {}
        for names, places in shapes.items():
            made = self._of_shape(names, [records[place] for place in places])
            rows.update(zip(places, made, strict=True))
        return [rows[place] if place in rows else _no_row(one) for place, one in enumerate(records)]

    def _of_shape(self, names: Sequence[str], records: Sequence[Any]) -> list[Row]:
        """The rows of records that name the same columns."""
        found = self._unfit(names)
        if found is not None:
            rows = [Row() for _ in records]
            for row in rows:
                row.fail(*found)
            return rows
        columns: dict[str, Sequence[Any]] = {}
        failures: dict[int, str] = {}
        # All values in a row, and each column of them: zip(*records) keeps an iterator a record.
        values = list(chain.from_iterable(map(dict.values, records)))
        for first, name in enumerate(names):
            column = values[first :: len(names)]
            columns[name], errors = self._readers[name].column(column)
            for place, error in errors.items():
                failures.setdefault(place, f"The column {name!r}: {error}.")
        rows = self._rows(columns, len(records))
        for place, message in failures.items():
            rows[place].fail("invalid_value", message)
        return rows

    def _unfit(self, names: Sequence[str]) -> tuple[str, str] | None:
        """Why records with *names* cannot be rows, as code and message."""
        unknown = next((name for name in names if name not in self._readers), None)
        if unknown is not None:
            return "unknown_column", f"{self._name} has no column {unknown!r}."
        missing = next((name for name in self._key if name not in names), None)
        if missing is not None:
            return "missing_key", no_key("The record has no", missing, self._name)
        return None

    def _rows(self, columns: Mapping[str, Sequence[Any]], count: int) -> list[Row]:
        # A null in what the database makes is left out, so that it makes one.
        made = [name for name in self._generated if None in columns.get(name, ())]
        if not made:
            return self._alike(columns, count)
        rows: dict[int, Row] = {}
        kinds: dict[tuple[str, ...], list[int]] = {}
        for place in range(count):
            left_out = tuple([name for name in made if columns[name][place] is None])
            kinds.setdefault(left_out, []).append(place)
        for left_out, places in kinds.items():
            some = {
                name: [values[place] for place in places]
                for name, values in columns.items()
                if name not in left_out
            }
            rows.update(zip(places, self._alike(some, len(places)), strict=True))
        return [rows[place] for place in range(count)]

    def _alike(self, columns: Mapping[str, Sequence[Any]], count: int) -> list[Row]:
        names = tuple([name for name in self._order if name in columns])
        keys = _joined(columns, self._key, count)
        ids = keys if self._key == self._primary_key else _joined(columns, self._primary_key, count)
        values = (
            zip(*[columns[name] for name in names], strict=True) if names else repeat((), count)
        )
        return list(map(Row, repeat(names), values, keys, ids))


def no_key(who: str, name: str, table: str) -> str:
    """The message for records without the column *name* of the key, told of *who*."""
    return (
        f"{who} {name!r}, the key of {table}. Map it; with null the database makes a new one where "
        "it can. Or name another unique key in configuration.key."
    )


def _no_row(record: JSON) -> Row:
    row = Row()
    row.fail("invalid_record", f"The record is {json_type(record)}, but must be an object.")
    return row


def _joined(
    columns: Mapping[str, Sequence[Any]], names: Sequence[str], count: int
) -> Sequence[Key | None]:
    """The keys that the columns *names* make; None where one has no value."""
    if not names or not columns.keys() >= set(names):
        return [None] * count
    keys = list(zip(*[columns[name] for name in names], strict=True))
    if any(None in columns[name] for name in names):
        return [None if None in key else key for key in keys]
    return keys


def waves(rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
    """The rows in turns, so that no two in one have the same key: what comes later comes later.

    Texts that some database could take for equal count as equal.
    """
    keyed = [row for row in rows if row.key is not None]
    keys = comparable_keys([row.key for row in keyed if row.key is not None])
    if len(set(keys)) == len(keys):
        if rows:
            yield rows
        return
    seen: Counter[Any] = Counter()
    turn_of: dict[int, int] = {}
    for row, key in zip(keyed, keys, strict=True):
        turn_of[id(row)] = seen[key]
        seen[key] += 1
    turns: list[list[Row]] = [[] for _ in range(max(seen.values()))]
    for row in rows:
        turns[turn_of.get(id(row), 0)].append(row)
    yield from turns


def comparable_keys(keys: Sequence[Key]) -> list[Key]:
    """Keys that are equal for all keys that a database might take for equal."""
    if not keys:
        return []
    columns: list[Sequence[Any]] = []
    for values in zip(*keys, strict=True):
        plain = set(map(type, values)) <= {int}
        columns.append(values if plain else [comparable(value) for value in values])
    return list(zip(*columns, strict=True))


def comparable(value: Any) -> Any:
    """Equal for all values that a database might take for equal."""
    if isinstance(value, str):
        return value.casefold().rstrip()
    return repr(value) if isinstance(value, (dict, list)) else value


def by_columns(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """The rows in groups that one statement can write: those that name the same columns."""
    groups: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        groups.setdefault(row.columns, []).append(row)
    yield from groups.values()


def column_of(rows: Sequence[Row], name: str) -> list[Any]:
    """The values of one column of rows that name the same columns."""
    place = rows[0].columns.index(name)
    return [row.values[place] for row in rows]
