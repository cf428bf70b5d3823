"""One page: rows read piece by piece until it holds enough records or bytes.

Memory is bounded by the size of a page, whatever the rows hold: they come from the database
through a cursor, first a few, then as many as their size lets expect room for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any, Final

from attrs import define, field
from sqlalchemy import Connection, Select, select

from ioplugins import ExtensionError
from ioplugins.answers import WrapperError
from ioplugins.jsonvalue import JSON
from ioplugins_sql.configuration import PAGE_BYTES
from ioplugins_sql.cursors import Key, key_size
from ioplugins_sql.sources import Source
from ioplugins_sql.values import keys_text, records, size_of

_FIRST: Final = 50  # rows in the first piece
_GROWTH: Final = 20
_PIECE: Final = 2_000  # rows in a piece, at most
_ENVELOPE: Final = 16_384  # bytes of the answer around the records

_Row = Sequence[Any]


@define
class Page:
    """The records of a page.

    Attributes:
        data: The records.
        keys: once: the keys of the rows in them.
        position: The position of the last row that was read; None when there was none.
        is_last: Whether the source had no more rows than these.
        errors: What was left out, and why.
    """

    data: list[JSON] = field(factory=list)
    keys: list[Key] = field(factory=list)
    position: Key | None = None
    is_last: bool = True
    errors: list[WrapperError] = field(factory=list)


@define
class _Filling:
    """A page while it is filled."""

    source: Source
    most_bytes: int
    keeps_keys: bool
    page: Page = field(factory=Page)
    used: int = 0
    read: int = 0
    places: Sequence[int] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.places = [self.source.names.index(name) for name in self.source.key]

    def key(self, row: _Row) -> Key:
        return tuple([row[place] for place in self.places])

    def leave_out(self, row: _Row, size: int) -> None:
        """Make an error of a record that fits in no page; *row* is the last one of its rows."""
        self._reached(row)
        self.page.errors.append(too_large(self.page.position or (), size, self.most_bytes))

    def add(self, data: Sequence[JSON], rows: Sequence[Sequence[_Row]]) -> bool:
        """Add records, each with the rows it was made of; gives whether the page is full."""
        size = size_of(data) + self._keys_size(rows)
        if self.used + size <= self.most_bytes:
            self._take(data, rows, size)
            return False
        for record, its_rows in zip(data, rows, strict=True):
            size = size_of([record]) + self._keys_size([its_rows])
            if size > self.most_bytes:
                self.leave_out(its_rows[-1], size)
            elif self.used + size > self.most_bytes:
                self.page.is_last = False
                return True
            else:
                self._take([record], [its_rows], size)
        return False

    def _take(self, data: Sequence[JSON], rows: Sequence[Sequence[_Row]], size: int) -> None:
        self.used += size
        self.page.data.extend(data)
        if self.keeps_keys:
            self.page.keys.extend(self.key(row) for one in rows for row in one)
        self._reached(rows[-1][-1])

    def _reached(self, row: _Row) -> None:
        self.page.position = self.key(row)[: self.source.group or None]

    def _keys_size(self, rows: Sequence[Sequence[_Row]]) -> int:
        if not self.keeps_keys:
            return 0
        return sum(key_size(self.key(row)) for one in rows for row in one)


def too_large(key: Key, size: int, most: int) -> WrapperError:
    """The error of a record that fits in no page."""
    return WrapperError(
        "record_too_large",
        f"The record with the key {keys_text(key)} was left out: it has {size} bytes or more, a "
        f"page holds {most}.",
    )


def read_page(
    connection: Connection,
    source: Source,
    statement: Select[Any],
    *,
    size: int,
    most_bytes: int,
    keeps_keys: bool = False,
) -> Page:
    """Read a page of rows, each of which is a record.

    Args:
        connection: In a reading transaction.
        source: Where the rows come from.
        statement: The rows from the position on, in order, without a limit.
        size: Records at most.
        most_bytes: Bytes at most.
        keeps_keys: Whether the keys of the rows are wanted.

    Raises:
        ExtensionError: The key is not unique, so that rows would be lost between two pages.
    """
    # One more than wanted shows whether two rows with the same key lie on both sides of the end.
    limit = size if source.is_sure else size + 1
    filling = _Filling(source, _room(most_bytes), keeps_keys)
    before: Key | None = None
    for rows in _pieces(connection, statement.limit(limit), filling):
        if not source.is_sure:
            before = _check_unique(filling, rows, before)
        wanted = rows[: size - filling.read]
        filling.read += len(rows)
        if wanted and filling.add(
            records(source.names, wanted, source.special), [(row,) for row in wanted]
        ):
            return filling.page
    filling.page.is_last = filling.read < size
    return filling.page


def read_groups(
    connection: Connection,
    source: Source,
    statement: Select[Any],
    *,
    last: Key,
    is_last: bool,
    most_bytes: int,
    keeps_keys: bool = False,
) -> Page:
    """Read a page of groups of rows, each of which is a record: an array.

    Args:
        connection: In a reading transaction.
        source: Where the rows come from.
        statement: All rows of the groups, in order.
        last: The last of the groups.
        is_last: Whether no group comes after it.
        most_bytes: Bytes at most.
        keeps_keys: Whether the keys of the rows are wanted.
    """
    filling = _Filling(source, _room(most_bytes), keeps_keys)
    for rows, size in _groups(connection, statement, filling):
        if size > filling.most_bytes:
            filling.leave_out(rows[-1], size)
        elif filling.add([records(source.names, rows, source.special)], [rows]):
            return filling.page
    # Not the position of the last row: others may have deleted the last group meanwhile.
    filling.page.position, filling.page.is_last = last, is_last
    return filling.page


def _groups(
    connection: Connection, statement: Select[Any], filling: _Filling
) -> Iterator[tuple[list[_Row], int]]:
    """The rows of each group; of one that fits in no page only the last, with its size."""
    width = filling.source.group
    open_rows: list[_Row] = []
    size = 0
    for rows in _pieces(connection, statement, filling):
        filling.read += len(rows)
        for key, members in groupby(rows, lambda row: filling.key(row)[:width]):
            found = list(members)
            if open_rows and filling.key(open_rows[-1])[:width] != key:
                yield open_rows, size
                open_rows, size = [], 0
            size += size_of(records(filling.source.names, found, filling.source.special))
            open_rows = [found[-1]] if size > filling.most_bytes else [*open_rows, *found]
    if open_rows:
        yield open_rows, size


def _room(most_bytes: int) -> int:
    """Bytes for records in an answer that integrator.io takes."""
    return min(most_bytes, PAGE_BYTES - _ENVELOPE)


def _pieces(
    connection: Connection, statement: Select[Any], filling: _Filling
) -> Iterator[Sequence[_Row]]:
    """The rows in pieces that are not expected to exceed the room that is left by much."""
    with connection.execute(
        statement, execution_options={"stream_results": True, "max_row_buffer": _FIRST}
    ) as result:
        size = _FIRST
        while True:
            rows = result.fetchmany(size)
            if not rows:
                return
            yield rows
            expected = max(1, filling.used // max(1, filling.read))
            room = max(0, filling.most_bytes - filling.used) // expected
            size = max(1, min(room + 1, size * _GROWTH, _PIECE))


def _check_unique(filling: _Filling, rows: Sequence[_Row], before: Key | None) -> Key | None:
    for row in rows:
        key = filling.key(row)
        if key == before:
            raise ExtensionError(
                f"Two rows have the key ({', '.join(filling.source.key)}) = {keys_text(key)}; name "
                "further columns in configuration.key, so that it is different in each row."
            )
        before = key
    return before


def group_keys(
    connection: Connection, source: Source, statement: Select[Any], size: int
) -> list[Key]:
    """The next groups, in order: the values of their columns."""
    columns = source.position_columns
    wanted = statement.with_only_columns(*columns).group_by(*columns)
    rows = connection.execute(wanted.order_by(None).order_by(*columns).limit(size))
    return [tuple(row) for row in rows]


def all_rows(source: Source) -> Select[Any]:
    """A statement for all columns of all rows in the order of the key."""
    return select(*(source.rows.c[name] for name in source.names)).order_by(*source.key_columns)
