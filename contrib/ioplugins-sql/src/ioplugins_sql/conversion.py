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


Reader = Callable[[JSON], Any]


def reader(kind: str, type_: sqltypes.TypeEngine[Any], dialect: str) -> Reader:
    """What makes a JSON value one for a column.

    Args:
        kind: The column's kind, one of those of `ioplugins_sql.tables`.
        type_: The column's type.
        dialect: ``"mysql"``, ``"postgresql"`` or ``"sqlite"``.

    Returns:
        A function of the value, not None, that raises `NotOfType` when it does not fit.
    """
    if kind == "json":
        return _itself if dialect == "postgresql" else _json_text
    if kind == "array":
        return partial(_array, item=reader_of_items(type_, dialect))
    if kind == "enum" and isinstance(type_, sqltypes.Enum):
        return partial(_one_of, allowed=type_.enums)
    if kind not in _READERS:
        return _text
    read = _READERS[kind]
    finish = _finish(kind, type_, dialect)

    def checked(value: JSON) -> Any:
        try:
            return finish(read(value)) if finish is not None else read(value)
        except NotOfType:
            raise
        except (ValueError, OverflowError, InvalidOperation):
            raise _expected(value, kind) from None

    return checked


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
        None if one is None else _array(one, item) if isinstance(one, list) else item(one)
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
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise _Unfit
    number = Decimal(str(value).strip())
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
    if not isinstance(value, str):
        raise _Unfit
    text = value.strip()
    if text[4:5] != "-" or text[7:8] != "-":
        raise _Unfit
    if text[-1] in "zZ":
        text = text[:-1]
        if len(text) in {19, 23}:  # as integrator.io writes it
            return datetime.fromisoformat(text)
        text += "+00:00"
    moment = datetime.fromisoformat(_FRACTION.sub(_six_digits, text))
    return moment.astimezone(timezone.utc).replace(tzinfo=None) if moment.tzinfo else moment


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

#: SQLite has no such types; its numeric columns make a number of a decimal's text where they can.
_SQLITE: Final[Mapping[str, Callable[[Any], Any]]] = MappingProxyType(
    {
        "boolean": int,
        "decimal": str,
        "datetime": lambda moment: moment.isoformat(" "),
        "date": str,
        "time": str,
        "uuid": str,
    }
)
