"""JSON values as values of columns, by the kind of the column; clear errors where it cannot be."""

from __future__ import annotations

import re
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timezone
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

import orjson
from ioplugins.jsonvalue import JSON
from ioplugins.jsontypes import json_type
from sqlalchemy import types as sqltypes

from ioplugins_sql.tables import kind_of

_TRUTH: Final[Mapping[Any, bool]] = MappingProxyType(
    {True: True, False: False, "true": True, "false": False, "1": True, "0": False}
)
_INTEGER: Final = re.compile(r"[+-]?[0-9]{1,40}")
_FRACTION: Final = re.compile(r"(\.[0-9]{1,6})[0-9]*")
_ISO: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}.*", re.DOTALL)


class NotOfType(ValueError):
    """A value does not fit its column; the message says what would."""


def from_json(value: JSON, kind: str, type_: sqltypes.TypeEngine[Any], dialect: str) -> Any:
    """*value* for a column of *kind*.

    Args:
        value: As it came.
        kind: One of those of `ioplugins_sql.tables`.
        type_: The column's type.
        dialect: ``"mysql"``, ``"postgresql"`` or ``"sqlite"``.

    Raises:
        NotOfType: It does not fit.
    """
    if value is None:
        return None
    if kind == "json":
        return value if dialect == "postgresql" else orjson.dumps(value).decode()
    if kind == "array":
        return _array(value, type_, dialect)
    if kind == "enum" and isinstance(type_, sqltypes.Enum) and value not in type_.enums:
        raise NotOfType(f"it must be one of {', '.join(map(str, type_.enums))}")
    read = _READERS.get(kind, _text)
    try:
        read_value = read(value)
    except (ValueError, OverflowError, InvalidOperation) as error:
        if isinstance(error, NotOfType):
            raise
        raise _expected(value, kind) from None
    return _for_dialect(read_value, kind, type_, dialect)


def _for_dialect(value: Any, kind: str, type_: Any, dialect: str) -> Any:
    if kind == "datetime":
        aware = dialect == "postgresql" and getattr(type_, "timezone", False)
        if not aware:
            value = value.astimezone(timezone.utc).replace(tzinfo=None)
    if dialect != "sqlite":
        return value
    if isinstance(value, datetime):
        return value.isoformat(" ")
    if isinstance(value, (date, time, UUID)):
        return str(value)
    if isinstance(value, Decimal):  # its numeric columns make a number of it where they can
        return str(value)
    return int(value) if isinstance(value, bool) else value


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
        raise ValueError
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
        raise ValueError
    return float(value)


def _decimal(value: JSON) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise ValueError
    number = Decimal(str(value).strip())
    if not number.is_finite():
        raise ValueError
    return number


def _text(value: JSON) -> str:
    if not isinstance(value, str):
        return orjson.dumps(value).decode()  # 12, true, {"a":1}
    if "\0" in value:
        raise NotOfType("it holds the character NUL, which databases take for the end of text")
    return value


def _datetime(value: JSON) -> datetime:
    if not isinstance(value, str) or not _ISO.fullmatch(value.strip()):
        raise ValueError
    text = _FRACTION.sub(_six_digits, value.strip())
    if text[-1] in "zZ":
        text = f"{text[:-1]}+00:00"
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=timezone.utc)


def _six_digits(match: re.Match[str]) -> str:
    return match[1].ljust(7, "0")  # Python 3.10 reads three or six


def _date(value: JSON) -> date:
    if isinstance(value, str) and len(value.strip()) == 10:
        return date.fromisoformat(value.strip())
    return _datetime(value).astimezone(timezone.utc).date()


def _time(value: JSON) -> time:
    if not isinstance(value, str):
        raise ValueError  # noqa: TRY004 - from_json() says what it must be
    return time.fromisoformat(_FRACTION.sub(_six_digits, value.strip()))


def _bytes(value: JSON) -> bytes:
    if not isinstance(value, str):
        raise ValueError  # noqa: TRY004 - as above
    try:
        return b64decode(value, validate=True)
    except Base64Error:
        raise ValueError from None


def _uuid(value: JSON) -> UUID:
    if not isinstance(value, str):
        raise ValueError  # noqa: TRY004 - as above
    return UUID(value)


def _array(value: JSON, type_: Any, dialect: str) -> list[Any]:
    if not isinstance(value, list):
        raise _expected(value, "array")
    item = type_.item_type
    kind = kind_of(item)
    return [
        _array(one, type_, dialect)
        if isinstance(one, list)
        else from_json(one, kind, item, dialect)
        for one in value
    ]


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
