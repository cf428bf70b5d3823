"""JSON values as values of columns, by the kind of the column; clear errors where it cannot be."""

from __future__ import annotations

import re
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time, timezone
from decimal import Decimal, InvalidOperation
from functools import partial
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

import orjson
from sqlalchemy import types as sqltypes

from ioplugins.jsontypes import json_type
from ioplugins.jsonvalue import JSON
from ioplugins_sql.tables import kind_of

_TRUTH: Final[Mapping[Any, bool]] = MappingProxyType(
    {True: True, False: False, "true": True, "false": False, "1": True, "0": False}
)
_INTEGER: Final = re.compile(r"[+-]?[0-9]{1,40}")
_FRACTION: Final = re.compile(r"(\.[0-9]{1,6})[0-9]*")


class _Unfit(ValueError):
    """A value cannot be read; the reader says what it must be."""


class NotOfType(ValueError):
    """A value does not fit its column; the message says what would."""


#: What a reader of values raises when one does not fit.
_WRONG: Final = (ValueError, OverflowError, InvalidOperation)


class Reader:
    """Makes JSON values ones for a column.

    Args:
        kind: The column's kind; errors say what it takes.
        read: Makes a value of one that is not None; raises one of `_WRONG`.
        finish: What the dialect wants made of that.
        fitting: The types whose values need no *read*.
    """

    def __init__(
        self,
        kind: str,
        read: Callable[[JSON], Any],
        finish: Callable[[Any], Any] | None = None,
        fitting: frozenset[type] = frozenset(),
    ) -> None:
        self._kind = kind
        self._read = read
        self._finish = finish
        self._fitting = fitting | {type(None)}

    def one(self, value: JSON) -> Any:
        """The value that *value*, not None, becomes.

        Raises:
            NotOfType: It does not fit.
        """
        try:
            read = self._read(value)
            return read if self._finish is None else self._finish(read)
        except NotOfType:
            raise
        except _WRONG:
            raise _expected(value, self._kind) from None

    def column(self, values: Sequence[JSON]) -> tuple[Sequence[Any], Mapping[int, NotOfType]]:
        """The values that *values* become, and the errors of those that do not fit, by place."""
        try:
            read, finish = self._read, self._finish
            found: Sequence[Any] = values
            if not (self._fitting.issuperset(map(type, values)) and _no_nul(values)):
                found = [None if value is None else read(value) for value in values]
            if finish is not None:
                found = [None if value is None else finish(value) for value in found]
        except _WRONG:
            return self._one_by_one(values)
        return found, {}

    def _one_by_one(self, values: Sequence[JSON]) -> tuple[list[Any], dict[int, NotOfType]]:
        found: list[Any] = []
        errors: dict[int, NotOfType] = {}
        for place, value in enumerate(values):
            made = None
            if value is not None:
                try:
                    made = self.one(value)
                except NotOfType as error:
                    errors[place] = error
            found.append(made)
        return found, errors


def _no_nul(values: Sequence[Any]) -> bool:
    """Whether no text of values, which are of one type or null, holds NUL."""
    texts = [value for value in values if value.__class__ is str]
    return not texts or "\0" not in "".join(texts)


def reader(kind: str, type_: sqltypes.TypeEngine[Any], dialect: str) -> Reader:
    """What makes JSON values ones for a column.

    Args:
        kind: The column's kind, one of those of `ioplugins_sql.tables`.
        type_: The column's type.
        dialect: ``"mysql"``, ``"postgresql"`` or ``"sqlite"``.
    """
    if kind == "json":
        return Reader(kind, _itself if dialect == "postgresql" else _json_text)
    if kind == "datetime" and dialect == "sqlite":
        return Reader(kind, _datetime_text)
    if kind == "array":
        return Reader(kind, partial(_array, item=reader_of_items(type_, dialect)))
    if kind == "enum" and isinstance(type_, sqltypes.Enum):
        return Reader(kind, partial(_one_of, allowed=type_.enums))
    if kind not in _READERS:
        return Reader(kind, _text, fitting=_FITTING["text"])
    return Reader(
        kind, _READERS[kind], _finish(kind, type_, dialect), _FITTING.get(kind, frozenset())
    )


def reader_of_items(type_: Any, dialect: str) -> Reader:
    """The reader of what an array holds."""
    return reader(kind_of(type_.item_type), type_.item_type, dialect)


def _finish(kind: str, type_: Any, dialect: str) -> Callable[[Any], Any] | None:
    """What a dialect wants made of a value that was read."""
    if dialect == "sqlite":
        return _SQLITE.get(kind)
    if kind == "datetime" and dialect == "postgresql" and getattr(type_, "timezone", False):
        return _with_zone
    return None


def _with_zone(moment: datetime) -> datetime:
    return moment.replace(tzinfo=timezone.utc)


def _itself(value: JSON) -> JSON:
    return value


def _json_text(value: JSON) -> str:
    return orjson.dumps(value).decode()


def _one_of(value: JSON, allowed: Sequence[str]) -> JSON:
    if value not in allowed:
        raise NotOfType(f"it must be one of {', '.join(map(str, allowed))}")
    return value


def _array(value: JSON, item: Reader) -> list[Any]:
    if not isinstance(value, list):
        raise _expected(value, "array")
    return [
        None if one is None else _array(one, item) if isinstance(one, list) else item.one(one)
        for one in value
    ]


def _expected(value: JSON, kind: str) -> NotOfType:
    wanted = {
        "boolean": "true or false",
        "integer": "an integer",
        "bits": "an integer",
        "float": "a number",
        "decimal": "a number",
        "datetime": "a date with time in ISO 8601, such as 2024-01-31T12:30:00Z",
        "date": "a date in ISO 8601, such as 2024-01-31",
        "time": "a time, such as 12:30:00",
        "bytes": "bytes in base64",
        "uuid": "a UUID",
        "array": "an array",
    }.get(kind, "text")
    shown = json_type(value) if not isinstance(value, str) else f"the text {value[:40]!r}"
    return NotOfType(f"it is {shown}, but the column takes {wanted}")


def _boolean(value: JSON) -> bool:
    if isinstance(value, str):
        value = value.lower()
    if isinstance(value, (dict, list)) or value not in _TRUTH:
        raise _Unfit
    return _TRUTH[value]


def _integer(value: JSON) -> int:
    if isinstance(value, str) and _INTEGER.fullmatch(value.strip()):
        return int(value)
    if isinstance(value, (bool, int)):
        return int(value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    raise ValueError


def _float(value: JSON) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise _Unfit
    return float(value)


def _decimal(value: JSON) -> Decimal:
    if not isinstance(value, str):
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise _Unfit
        value = str(value)
    number = Decimal(value)
    if not number.is_finite():
        raise _Unfit
    return number


def _text(value: JSON) -> str:
    if not isinstance(value, str):
        return orjson.dumps(value).decode()  # 12, true, {"a":1}
    if "\0" in value:
        raise NotOfType("it holds the character NUL, which databases take for the end of text")
    return value


def _datetime(value: JSON) -> datetime:
    """In UTC, without a zone."""
    # As integrator.io writes it; most columns hold nothing else.
    usual = isinstance(value, str) and len(value) == 24
    if usual and value[4] + value[7] + value[19] + value[23] == "--.Z":
        return datetime.fromisoformat(value[:23])
    if not isinstance(value, str):
        raise _Unfit
    text = value.strip()
    if text[4:5] != "-" or text[7:8] != "-":
        raise _Unfit
    if text[-1] in "zZ":
        text = text[:-1] + "+00:00"
    moment = datetime.fromisoformat(_FRACTION.sub(_six_digits, text))
    return moment.astimezone(timezone.utc).replace(tzinfo=None) if moment.tzinfo else moment


def _datetime_text(value: JSON) -> str:
    """As SQLite's columns hold it: ``2024-01-31 12:30:00``, with microseconds if there are any."""
    # As integrator.io writes it; most columns hold nothing else.
    usual = isinstance(value, str) and len(value) == 24
    if usual and value[4] + value[7] + value[10] + value[19:] == "--T.000Z":
        datetime.fromisoformat(value[:19])  # there is such a day and time
        return f"{value[:10]} {value[11:19]}"
    return str(_datetime(value))


def _six_digits(match: re.Match[str]) -> str:
    return match[1].ljust(7, "0")  # Python 3.10 reads three or six


def _date(value: JSON) -> date:
    if isinstance(value, str) and len(value.strip()) == 10:
        return date.fromisoformat(value.strip())
    return _datetime(value).date()


def _time(value: JSON) -> time:
    if not isinstance(value, str):
        raise _Unfit
    return time.fromisoformat(_FRACTION.sub(_six_digits, value.strip()))


def _bytes(value: JSON) -> bytes:
    if not isinstance(value, str):
        raise _Unfit
    try:
        return b64decode(value, validate=True)
    except Base64Error:
        raise _Unfit from None


def _uuid(value: JSON) -> UUID:
    if not isinstance(value, str):
        raise _Unfit
    return UUID(value)


_READERS: Final[Mapping[str, Callable[[JSON], Any]]] = MappingProxyType(
    {
        "boolean": _boolean,
        "integer": _integer,
        "bits": _integer,
        "float": _float,
        "decimal": _decimal,
        "datetime": _datetime,
        "date": _date,
        "time": _time,
        "bytes": _bytes,
        "uuid": _uuid,
    }
)

#: The types of values that need no reading.
_FITTING: Final[Mapping[str, frozenset[type]]] = MappingProxyType(
    {
        "boolean": frozenset({bool}),
        "integer": frozenset({int}),
        "bits": frozenset({int}),
        "float": frozenset({float}),
        "text": frozenset({str}),
    }
)

#: SQLite has no such types; its numeric columns make a number of a decimal's text where they can.
_SQLITE: Final[Mapping[str, Callable[[Any], Any]]] = MappingProxyType(
    {
        "boolean": int,
        "decimal": str,
        "date": str,
        "time": str,
        "uuid": str,
    }
)
