"""Rows that have one of many keys, asked for with few statements, whose text is made once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any, Final

from sqlalchemy import Connection, CursorResult, Select, any_, bindparam, select, tuple_

from ioplugins_sql.arrays import Values, array, finds, item_type
from ioplugins_sql.cursors import Key
from ioplugins_sql.keyset import any_of
from ioplugins_sql.statements import prepared
from ioplugins_sql.tables import Described

_ASKED: Final = (500, 50, 5, 1)  # keys in one statement: few sizes, so that each is made but once


def rows_with(
    connection: Connection,
    described: Described,
    names: Sequence[str],
    key: Sequence[str],
    keys: Sequence[Key],
    *,
    lock: bool = False,
) -> Iterator[tuple[Any, ...]]:
    """The rows with one of *keys*.

    Args:
        connection: In a transaction.
        described: The table.
        names: The columns that are wanted of each row.
        key: The columns of the key.
        keys: Values for them, none of which is null.
        lock: Whether nobody else may change what was found until the transaction ends.
    """
    columns = [described.table.c[name] for name in key]
    wanted = select(*[described.table.c[name] for name in names])
    if lock:
        wanted = wanted.with_for_update()
    if connection.dialect.positional:
        yield from _counted(connection, described, wanted, key, keys, ("rows", tuple(names), lock))
    elif len(key) == 1 and finds(described, key[0]):
        values = Values.of([one for (one,) in keys])
        type_ = item_type(described, key[0]) or columns[0].type
        own = array("keys", type_, is_text=values.is_text)
        found = connection.execute(
            wanted.where(columns[0] == any_(own)), {"keys": values.parameter}
        )
        yield from map(tuple, found)
    else:
        for begin in range(0, len(keys), _ASKED[0]):
            some = wanted.where(any_of(columns, keys[begin : begin + _ASKED[0]]))
            yield from map(tuple, connection.execute(some))


def _counted(
    connection: Connection,
    described: Described,
    wanted: Select[Any],
    key: Sequence[str],
    keys: Sequence[Key],
    name: tuple[Any, ...],
) -> Iterator[tuple[Any, ...]]:
    begin = 0
    for size in _ASKED:
        parameters = {f"key {place}": key[place % len(key)] for place in range(size * len(key))}

        def make(parameters: Sequence[str] = tuple(parameters)) -> Select[Any]:
            columns = [described.table.c[one] for one in key]
            bound = [
                bindparam(one, type_=columns[place % len(key)].type)
                for place, one in enumerate(parameters)
            ]
            if len(key) == 1:
                return wanted.where(columns[0].in_(bound))
            together = [
                tuple_(*bound[first : first + len(key)]) for first in range(0, len(bound), len(key))
            ]
            return wanted.where(tuple_(*columns).in_(together))

        while len(keys) - begin >= size:
            statement = prepared(connection, described, (*name, tuple(key), size), parameters, make)
            some = tuple(chain.from_iterable(keys[begin : begin + size]))
            (values,) = statement.parameters([some])
            yield from _read(connection.exec_driver_sql(statement.text, values), wanted)
            begin += size


def _read(rows: CursorResult[Any], wanted: Select[Any]) -> Iterator[tuple[Any, ...]]:
    """The rows, their values made by the types of the columns, as SQLAlchemy would by itself."""
    dialect = rows.dialect
    processors = [
        one.type.dialect_impl(dialect).result_processor(dialect, None)
        for one in wanted.selected_columns
    ]
    if not any(processors):
        yield from map(tuple, rows)
        return
    for row in rows:
        yield tuple(
            [
                value if process is None else process(value)
                for value, process in zip(row, processors, strict=True)
            ]
        )
