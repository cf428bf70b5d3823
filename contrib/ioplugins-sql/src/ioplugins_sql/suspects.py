"""Suspects: the rows that most likely made a statement fail.

The verdict, with its message, is the database's: suspects are only written one by one, so that all
others can go in with one statement again. What is not suspected is found by halving.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import Connection
from sqlalchemy import types as sqltypes

from ioplugins_sql.finding import rows_with
from ioplugins_sql.rows import Row, column_of, comparable_keys
from ioplugins_sql.tables import Described


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
    suspects = set(map(id, _unfit(described, rows)))
    if added:
        for key in described.unique:
            if set(key) <= set(rows[0].columns):
                suspects.update(map(id, _taken(connection, described, key, rows)))
    good = [row for row in rows if id(row) not in suspects]
    alone = [[row] for row in rows if id(row) in suspects]
    return [part for part in (good, *alone) if part]


def _unfit(described: Described, rows: Sequence[Row]) -> Iterator[Row]:
    """The rows with null where there must be none, or a text that is too long."""
    for name in rows[0].columns:
        column = described.table.c[name]
        values = column_of(rows, name)
        if not column.nullable and None in values:
            yield from (row for row, value in zip(rows, values, strict=True) if value is None)
        length = column.type.length if isinstance(column.type, sqltypes.String) else None
        if length is not None:
            for row, value in zip(rows, values, strict=True):
                if isinstance(value, str) and len(value) > length:
                    yield row


def _taken(
    connection: Connection, described: Described, key: Sequence[str], rows: Sequence[Row]
) -> Iterator[Row]:
    """The rows whose value of a unique key is in the table, or in a row before."""
    columns = [column_of(rows, name) for name in key]
    whole = [
        (row, one)
        for row, one in zip(rows, zip(*columns, strict=True), strict=True)
        if None not in one
    ]
    keys = [one for _, one in whole]
    taken = set(comparable_keys(list(rows_with(connection, described, key, key, keys))))
    for (row, _), alike in zip(whole, comparable_keys(keys), strict=True):
        if alike in taken:
            yield row
        taken.add(alike)
