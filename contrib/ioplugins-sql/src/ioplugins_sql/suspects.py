"""Suspects: the rows that most likely made a statement fail.

The verdict, with its message, is the database's: suspects are only written one by one, so that all
others can go in with one statement again. What is not suspected is found by halving.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from sqlalchemy import Connection, select
from sqlalchemy import types as sqltypes

from ioplugins_sql.keyset import any_of
from ioplugins_sql.rows import Row, comparable
from ioplugins_sql.tables import Described

_ASKED: Final = 500  # keys in one statement


def apart(
    connection: Connection, described: Described, rows: Sequence[Row], *, added: bool
) -> list[Sequence[Row]]:
    """The rows in parts to be written again: those without suspicion, then each suspect.

    Args:
        connection: In the transaction.
        described: The table.
        rows: Rows that name the same columns.
        added: Whether they are to be new: then those whose unique values exist are suspects.
    """
    suspects = {id(row) for row in rows if _does_not_fit(described, row)}
    if added:
        for key in described.unique:
            if set(key) <= rows[0].values.keys():
                suspects.update(map(id, _taken(connection, described, key, rows)))
    good = [row for row in rows if id(row) not in suspects]
    alone = [[row] for row in rows if id(row) in suspects]
    return [part for part in (good, *alone) if part]


def _does_not_fit(described: Described, row: Row) -> bool:
    """Null where there must be none, or a text that is too long."""
    for name, value in row.values.items():
        column = described.table.c[name]
        if value is None:
            if not column.nullable:
                return True
        elif isinstance(value, str) and isinstance(column.type, sqltypes.String):
            length = column.type.length
            if length is not None and len(value) > length:
                return True
    return False


def _taken(
    connection: Connection, described: Described, key: Sequence[str], rows: Sequence[Row]
) -> Iterator[Row]:
    """The rows whose value of a unique key is in the table, or in a row before."""
    keys = [tuple([row.values[name] for name in key]) for row in rows]
    whole = [one for one in keys if None not in one]
    columns = [described.table.c[name] for name in key]
    taken: set[Any] = set()
    for begin in range(0, len(whole), _ASKED):
        wanted = select(*columns).where(any_of(columns, whole[begin : begin + _ASKED]))
        taken.update(_alike(tuple(found)) for found in connection.execute(wanted))
    for row, one in zip(rows, keys, strict=True):
        if None in one:
            continue
        alike = _alike(one)
        if alike in taken:
            yield row
        taken.add(alike)


def _alike(key: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple([comparable(value) for value in key])
