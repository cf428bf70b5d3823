"""JavaScript where the wire depends on it: truth, numbers as text, values as text, dates.

The Node packages decide with JavaScript's own rules what counts as missing, how long an answer
is and when an export ran. These functions are those rules for values parsed from JSON.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any, Final

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=timezone.utc)

#: Up to here every int is a double and is written with the same digits.
_EXACT: Final = 2**53

# ECMAScript's date-time string format; [0-9] because \d knows more than ASCII.
_DATE: Final = (
    r"(?P<year>[0-9]{4}|[+-][0-9]{6})(?:-(?P<month>[0-9]{2})(?:-(?P<day>[0-9]{2}))?)?"
    r"(?:T(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2})"
    r"(?::(?P<second>[0-9]{2})(?:\.(?P<fraction>[0-9]+))?)?"
    r"(?P<offset>Z|[+-][0-9]{2}:[0-9]{2})?)?"
)


def truthy(value: Any) -> bool:
    """Whether JavaScript takes the JSON *value* as true: ``{}``, ``[]`` and ``"0"`` are."""
    if value:
        return value.__class__ is not float or value == value  # noqa: PLR0124 - NaN is not
    return isinstance(value, (dict, list))


def number_text(value: float) -> str:
    """*value* as ``String(value)`` writes it: 1.0 is ``1``, 1e21 is ``1e+21``.

    An int is taken as the double nearest to it, as JavaScript would have read it; what JSON
    cannot write (NaN and infinities) is ``null``.
    """
    try:
        value = float(value)
    except OverflowError:
        return "null"
    if not math.isfinite(value):
        return "null"
    if value == 0:
        return "0"
    sign = "-" if value < 0 else ""
    mantissa, _, exponent = repr(abs(value)).partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    # The value is 0.<digits> times ten to the power of point.
    point = len(digits) - len(fraction) + int(exponent or 0)
    digits = digits.rstrip("0")
    count = len(digits)
    if count <= point <= 21:
        return sign + digits.ljust(point, "0")
    if 0 < point <= 21:
        return f"{sign}{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    power = point - 1
    tail = f".{digits[1:]}" if count > 1 else ""
    return f"{sign}{digits[0]}{tail}e{'+' if power > 0 else '-'}{abs(power)}"


def text(value: Any) -> str:
    """The JSON *value* as ``String(value)`` writes it: an object is ``[object Object]``."""
    if isinstance(value, str):
        return value
    if type(value) is int and abs(value) <= _EXACT:
        return str(value)
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ",".join(_leaves(value))
    if isinstance(value, (int, float)):
        try:
            finite = math.isfinite(value)
        except OverflowError:  # an int beyond the range of doubles
            finite = False
        if finite:
            return number_text(value)
        return "NaN" if value != value else f"{'-' if value < 0 else ''}Infinity"  # noqa: PLR0124
    return "[object Object]"


def _leaves(value: list[Any]) -> Iterator[str]:
    """The texts that a list joins with commas; lists inside are joined the same way, any depth."""
    open_lists = [iter(value or ("",))]
    while open_lists:
        for item in open_lists[-1]:
            if isinstance(item, list):
                open_lists.append(iter(item or ("",)))
                break
            yield "" if item is None else text(item)
        else:
            open_lists.pop()


def date_time(value: Any) -> datetime:
    """What ``new Date(value)`` means, as a datetime in UTC with whole milliseconds.

    Args:
        value: Milliseconds since 1970, or text in ISO 8601 as ECMAScript reads it: a date alone
            is UTC, a date-time without offset is local time, digits beyond milliseconds are
            cut.

    Raises:
        ValueError: *value* is no such date-time, or is outside the years 1 to 9999.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise ValueError("it is neither text nor a number of milliseconds")  # noqa: TRY004
    try:
        if isinstance(value, str):
            return _parse(value)
        return _EPOCH + timedelta(milliseconds=math.trunc(value))
    except OverflowError:
        raise ValueError("it is outside the years 1 to 9999") from None


def _parse(value: str) -> datetime:
    match = re.fullmatch(_DATE, value)
    if match is None:
        raise ValueError("it is not an ISO 8601 date-time such as 2024-05-31T08:00:00.000Z")
    part = match.groupdict()
    year = int(part["year"])
    if not 1 <= year <= 9999 or part["year"] == "-000000":
        raise ValueError("it is outside the years 1 to 9999")
    hour = int(part["hour"] or 0)
    minute = int(part["minute"] or 0)
    second = int(part["second"] or 0)
    milliseconds = int(((part["fraction"] or "") + "000")[:3])
    # 24:00:00 is the end of the day, the only hour 24 there is.
    end_of_day = hour == 24 and not (minute or second or milliseconds)
    moment = datetime(  # noqa: DTZ001 - the zone is attached below
        year,
        int(part["month"] or 1),
        int(part["day"] or 1),
        0 if end_of_day else hour,
        minute,
        second,
        milliseconds * 1000,
    ) + timedelta(days=end_of_day)
    offset = part["offset"]
    if offset is None and part["hour"] is not None:
        # The hour that summer time leaves out is read with the offset before it, as in JavaScript.
        seconds = moment.replace(microsecond=0).timestamp()
        return _EPOCH + timedelta(seconds=seconds, microseconds=moment.microsecond)
    if offset is None or offset == "Z":
        return moment.replace(tzinfo=timezone.utc)
    hours, minutes = int(offset[1:3]), int(offset[4:6])
    if hours > 23 or minutes > 59:
        raise ValueError("its offset from UTC is out of range")
    shift = timedelta(hours=hours, minutes=minutes)
    moment = moment.replace(tzinfo=timezone.utc)
    return moment - shift if offset[0] == "+" else moment + shift
