"""Keyset pagination: the rows after a key, and up to one, in the order of the key.

Unlike an offset, a key stays where it is while rows are inserted and deleted before it, and the
database finds it in its index at once, however far the export is.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, or_, tuple_
from sqlalchemy import types as sqltypes

from ioplugins_sql.cursors import Key

Columns = Sequence[ColumnElement[Any]]


def after(columns: Columns, key: Key, dialect: str) -> ColumnElement[bool]:
    """Whether a row comes after *key*."""
    bound = _bound(columns, key)
    if len(columns) == 1:
        return columns[0] > bound[0]
    if dialect == "mysql":  # it reads the whole index for (a, b) > (x, y)
        return and_(columns[0] >= bound[0], _beyond(columns, bound))
    return tuple_(*columns) > tuple_(*bound)


def up_to(columns: Columns, key: Key, dialect: str) -> ColumnElement[bool]:
    """Whether a row comes before *key* or is the one."""
    bound = _bound(columns, key)
    if len(columns) == 1:
        return columns[0] <= bound[0]
    if dialect == "mysql":
        return and_(columns[0] <= bound[0], ~_beyond(columns, bound))
    return tuple_(*columns) <= tuple_(*bound)


def any_of(columns: Columns, keys: Sequence[Key]) -> ColumnElement[bool]:
    """Whether a row has one of *keys*."""
    if len(columns) == 1:
        return columns[0].in_([key[0] for key in keys])
    return tuple_(*columns).in_(keys)


def _beyond(columns: Columns, bound: Columns) -> ColumnElement[bool]:
    """``a > x OR (a = x AND (b > y OR ...))``."""
    first = columns[0] > bound[0]
    if len(columns) == 1:
        return first
    return or_(first, and_(columns[0] == bound[0], _beyond(columns[1:], bound[1:])))


def _bound(columns: Columns, key: Key) -> list[ColumnElement[Any]]:
    return [
        bindparam(None, value, type_=bind_type(column, value))
        for column, value in zip(columns, key, strict=True)
    ]


def bind_type(column: ColumnElement[Any], value: Any) -> sqltypes.TypeEngine[Any] | None:
    """The type to bind *value* with; of columns of unknown type the database finds it out."""
    if not isinstance(column.type, sqltypes.NullType):
        return column.type
    if isinstance(value, datetime):
        return sqltypes.DateTime(timezone=value.tzinfo is not None)
    return sqltypes.NullType() if isinstance(value, str) else None
