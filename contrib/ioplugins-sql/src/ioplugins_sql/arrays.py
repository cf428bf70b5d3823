"""Columns of values as arrays of PostgreSQL, so that a statement stays the same for any number.

An array is sent as one text that the server splits: for a page of records that takes the driver a
fraction of the time that it needs to write an array of its own, value by value.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from attrs import frozen
from sqlalchemy import (
    ColumnElement,
    FromClause,
    bindparam,
    cast,
    column,
    func,
    literal_column,
)
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

_FINDING: Final = frozenset({"integer", "decimal", "date", "uuid"})


def item_type(described: Described, name: str) -> sqltypes.TypeEngine[Any] | None:
    """The type of an array of values of a column; None where there is none."""
    kind = described.kinds[name]
    if kind == "datetime" and getattr(described.table.c[name].type, "timezone", False):
        return postgresql.TIMESTAMP(timezone=True)
    return _TYPES.get(kind)


def finds(described: Described, name: str) -> bool:
    """Whether a column compared with such items still means what it does to the database.

    Not so for a CHAR or CITEXT, which would become TEXT, where spaces and case count; nor for a
    REAL: 1.1 is another number as DOUBLE.
    """
    kind = described.kinds[name]
    if kind == "text":
        return type(described.table.c[name].type) in {sqltypes.VARCHAR, sqltypes.TEXT}
    return kind in _FINDING


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


@frozen
class Arrays:
    """Columns of values, to be sent.

    Attributes:
        values: The values of each column, by its name.
    """

    values: Mapping[str, Values]

    @property
    def are_texts(self) -> tuple[bool, ...]:
        """Which are texts; the statement is another one for others."""
        return tuple([one.is_text for one in self.values.values()])

    @property
    def parameters(self) -> dict[str, Any]:
        """The parameters of `table()`."""
        return {f"array {place}": one.parameter for place, one in enumerate(self.values.values())}

    def table(self, described: Described) -> FromClause:
        """The values as rows of a table, each column with the type of its own in *described*."""
        types = [type_ for name in self.values if (type_ := item_type(described, name)) is not None]
        arrays = [
            array(f"array {place}", type_, is_text=is_text)
            for place, (type_, is_text) in enumerate(zip(types, self.are_texts, strict=True))
        ]
        columns = [column(f"c{place}", type_) for place, type_ in enumerate(types)]
        return func.unnest(*arrays).table_valued(*columns, name="rows").render_derived()
