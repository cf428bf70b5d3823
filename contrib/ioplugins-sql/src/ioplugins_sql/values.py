"""Values of rows as JSON, by the rules that the README documents.

A page is converted column by column: most columns hold nothing that has to be converted, and that
is seen without looking at each value in Python.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from itertools import chain
from math import isfinite
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

import orjson

from ioplugins.jsonvalue import JSON
from ioplugins_sql.tables import Described

#: The largest integer that JavaScript, and so integrator.io, holds exactly.
SAFE: Final = 2**53 - 1

_DIGITS: Final = 15  # decimal digits that a JSON number keeps in any case
_AS_THEY_ARE: Final = frozenset({str, bool, type(None)})
_AS_IN_IDS: Final = frozenset({int, str})
#: As SQLAlchemy writes it; most columns hold nothing else.
_SQLITE_DATETIME: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}000"
)

Row = Sequence[Any]


def records(
    names: Sequence[str], rows: Sequence[Row], kinds: Mapping[str, str]
) -> list[dict[str, JSON]]:
    """The rows as JSON objects.

    Args:
        names: The columns' names.
        rows: Their values, as the driver gave them.
        kinds: The kinds of the columns whose values do not tell by themselves what they are.
    """
    columns = [
        _column(values, kinds.get(name, ""))
        for name, values in zip(names, zip(*rows, strict=True), strict=False)
    ]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def to_json(value: Any) -> JSON:
    """One value as JSON."""
    write = _WRITERS.get(type(value))
    if write is not None:
        return write(value)
    if isinstance(value, (str, dict)) or value is None or isinstance(value, bool):
        return value
    for kind, writer in _WRITERS.items():
        if isinstance(value, kind):
            return writer(value)
    return str(value)  # network addresses, ranges, ...


def _column(values: Sequence[Any], kind: str) -> Sequence[JSON]:
    if kind == "short decimal":  # no need to count the digits of each
        numbers = [None if value is None else float(value) for value in values]
        if all(map(isfinite, filter(None, numbers))):
            return numbers
    special = _OF_KIND.get(kind)
    if special is not None:
        return [None if value is None else special(value) for value in values]
    types = set(map(type, values))
    types -= _AS_THEY_ARE
    if not types:
        return values
    if types <= {int, float} and _all_as_they_are(values):
        return values
    if len(types) == 1:
        write = _WRITERS.get(types.pop())
        if write is not None and set(map(type, values)).isdisjoint({str, bool}):
            return [None if value is None else write(value) for value in values]
    return [to_json(value) for value in values]


def _all_as_they_are(values: Sequence[Any]) -> bool:
    """Whether the numbers among values, one or more, are finite, and exact as integers."""
    numbers = [value for value in values if isinstance(value, (int, float))]
    # Comparisons with NaN are false, whatever is on its other side: it has to be looked for.
    return max(numbers) <= SAFE and min(numbers) >= -SAFE and all(map(isfinite, numbers))


def _integer(value: int) -> JSON:
    return value if -SAFE <= value <= SAFE else str(value)


def _float(value: float) -> JSON:
    return value if isfinite(value) else None


def _decimal(value: Decimal) -> JSON:
    if not value.is_finite():
        return None
    # Text is the quick way to count: it has more characters than digits, but seldom.
    if len(str(value)) > _DIGITS and len(value.normalize().as_tuple().digits) > _DIGITS:
        return format(value, "f")
    return float(value)


def _datetime(value: datetime) -> str:
    if value.tzinfo is not None:
        value = value.astimezone(timezone.utc).replace(tzinfo=None)
    unit = "microseconds" if value.microsecond % 1000 else "milliseconds"
    return value.isoformat("T", unit) + "Z"


def _interval(value: timedelta) -> str:
    """``[-]HH:MM:SS[.ffffff]``; the hours may be more than 24."""
    microseconds = (value.days * 86_400 + value.seconds) * 1_000_000 + value.microseconds
    sign, microseconds = ("-", -microseconds) if microseconds < 0 else ("", microseconds)
    seconds, rest = divmod(microseconds, 1_000_000)
    text = f"{sign}{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return f"{text}.{rest:06}" if rest else text


def _bytes(value: Any) -> str:
    return b64encode(value).decode("ascii")


def _json_text(value: Any) -> JSON:
    """JSON that a database keeps as text; what is none after all stays text."""
    if not isinstance(value, (str, bytes)):
        return to_json(value)
    try:
        return orjson.loads(value)
    except orjson.JSONDecodeError:
        return value if isinstance(value, str) else _bytes(value)


def _bits(value: Any) -> JSON:
    return _integer(int.from_bytes(value, "big")) if isinstance(value, bytes) else to_json(value)


def _sqlite_boolean(value: Any) -> JSON:
    return bool(value) if isinstance(value, int) and value in {0, 1} else to_json(value)


def _sqlite_datetime(value: Any) -> JSON:
    """SQLite has no dates; text that is one is written as other databases' are."""
    if not isinstance(value, str):
        return to_json(value)
    try:
        if _SQLITE_DATETIME.fullmatch(value):
            datetime.fromisoformat(value)  # there is such a day and time
            return f"{value[:10]}T{value[11:23]}Z"
        text = value.strip()
        moment = datetime.fromisoformat(f"{text[:-1]}+00:00" if text[-1:] in {"Z", "z"} else text)
    except ValueError:
        return value
    return _datetime(moment)


def _zero_date(value: Any) -> JSON:
    """MariaDB's 0000-00-00, which its driver gives as text, is no date."""
    return None if isinstance(value, str) and value.startswith("0000-00-00") else to_json(value)


_WRITERS: Final[Mapping[type, Callable[[Any], JSON]]] = MappingProxyType(
    {
        int: _integer,
        float: _float,
        Decimal: _decimal,
        datetime: _datetime,
        date: date.isoformat,
        time: time.isoformat,
        timedelta: _interval,
        UUID: str,
        bytes: _bytes,
        bytearray: _bytes,
        memoryview: _bytes,
        list: lambda values: [to_json(value) for value in values],
        tuple: lambda values: [to_json(value) for value in values],
        set: lambda values: sorted(map(str, values)),
    }
)

#: Kinds of columns whose values are not what they seem; keys are those of `special_kinds()`.
_OF_KIND: Final[Mapping[str, Callable[[Any], JSON]]] = MappingProxyType(
    {
        "json text": _json_text,
        "bits": _bits,
        "sqlite boolean": _sqlite_boolean,
        "sqlite datetime": _sqlite_datetime,
        "mysql datetime": _zero_date,
    }
)


_SPECIAL: Final[Mapping[tuple[str, str], str]] = MappingProxyType(
    {
        ("mysql", "json"): "json text",
        ("sqlite", "json"): "json text",
        ("mysql", "bits"): "bits",
        ("sqlite", "boolean"): "sqlite boolean",
        ("sqlite", "datetime"): "sqlite datetime",
        ("mysql", "datetime"): "mysql datetime",
        ("mysql", "date"): "mysql datetime",
    }
)


def special_kinds(described: Described, dialect: str) -> dict[str, str]:
    """The kinds of the columns that `records()` has to know, as it wants them."""
    found = {}
    for name, kind in described.kinds.items():
        special = _SPECIAL.get((dialect, kind))
        if special is not None:
            found[name] = special
        elif kind == "decimal" and dialect != "sqlite":
            precision = getattr(described.table.c[name].type, "precision", None)
            if precision is not None and precision <= _DIGITS:
                found[name] = "short decimal"
    return found


def size_of(values: Sequence[JSON]) -> int:
    """Bytes of the values as JSON, with what separates them."""
    try:
        return len(orjson.dumps(values))
    except (orjson.JSONEncodeError, TypeError):  # integers beyond 64 bits within JSON
        import json  # noqa: PLC0415 - the rare case

        return len(json.dumps(values).encode("utf-8", "surrogatepass"))


def keys_text(values: Sequence[Any]) -> str:
    """The values of a key as an id: one as it is, several separated by commas."""
    if len(values) == 1 and values[0].__class__ in _AS_IN_IDS:
        return str(values[0])
    texts = (to_json(value) for value in values)
    return ",".join(chain(text if isinstance(text, str) else _number(text) for text in texts))


def _number(value: JSON) -> str:
    return orjson.dumps(value).decode()
