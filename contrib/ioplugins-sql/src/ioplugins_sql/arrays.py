"""Columns of values as arrays of PostgreSQL, so that a statement stays the same for any number.

An array is sent as one text that the server splits: for a page of records that takes the driver a
fraction of the time that it needs to write an array of its own, value by value.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from attrs import frozen
from sqlalchemy import ColumnElement, bindparam, cast, func, literal_column
from sqlalchemy import types as sqltypes
from sqlalchemy.dialects import postgresql

from ioplugins_sql.tables import Described

#: Between two values, and in place of a null: control characters that no text should hold.
_BETWEEN: Final = "\x1f"
_NULL: Final = "\x1e"

#: Kinds of columns to types without length: a cast to one with would cut off.
_TYPES: Final[Mapping[str, sqltypes.TypeEngine[Any]]] = MappingProxyType(
    {
        "boolean": sqltypes.Boolean(),
        "integer": sqltypes.BigInteger(),
        "float": sqltypes.Double(),
        "decimal": sqltypes.Numeric(),
        "text": sqltypes.Text(),
        "date": sqltypes.Date(),
        "datetime": postgresql.TIMESTAMP(),
        "uuid": sqltypes.Uuid(),
    }
)


def item_type(described: Described, name: str) -> sqltypes.TypeEngine[Any] | None:
    """The type of an array of values of a column; None where there is none."""
    kind = described.kinds[name]
    if kind == "datetime" and getattr(described.table.c[name].type, "timezone", False):
        return postgresql.TIMESTAMP(timezone=True)
    return _TYPES.get(kind)


@frozen
class Values:
    """Values of one column, to be sent.

    Attributes:
        parameter: The values as a text or, where a value holds what stands between them, a list.
    """

    parameter: str | list[Any]

    @classmethod
    def of(cls, values: Sequence[Any]) -> Values:
        """The *values*, of a type that `item_type()` has."""
        text = _BETWEEN.join([_NULL if value is None else str(value) for value in values])
        # An empty text has no values, not one that is empty.
        split_right = text and text.count(_BETWEEN) == len(values) - 1
        if split_right and text.count(_NULL) == values.count(None):
            return cls(text)
        return cls(list(values))

    @property
    def is_text(self) -> bool:
        """Whether it is a text."""
        return isinstance(self.parameter, str)


def array(
    name: str, type_: sqltypes.TypeEngine[Any], *, is_text: bool
) -> ColumnElement[Sequence[Any]]:
    """The array that the parameter *name* is, of items of *type_*."""
    whole: sqltypes.TypeEngine[Any] = postgresql.ARRAY(type_)
    if not is_text:
        return bindparam(name, type_=whole)
    marks: list[ColumnElement[str]] = [literal_column(r"E'\x1f'"), literal_column(r"E'\x1e'")]
    return cast(func.string_to_array(bindparam(name, type_=sqltypes.Text()), *marks), whole)
