"""Dates as V8 reads them: ECMAScript's ISO format, and the many older forms it also takes.

Data that is known to be ISO 8601 needs only `ioplugins.javascript.date_time`. A port needs this
where people typed the dates: ``2/5/2024``, ``Feb 5, 2024 10:30 PM``, ``5 Feb 2024 GMT+2``.
"""

import math
import re
from datetime import datetime, timedelta, timezone
from typing import Final

from ioplugins.javascript import text
from ioplugins.jsonvalue import JSON

from .javascript import BLANKS, UNDEFINED

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=timezone.utc)
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun",
                  "jul", "aug", "sep", "oct", "nov", "dec")  # fmt: skip
_ZONES: Final = {
    "ut": 0, "utc": 0, "z": 0, "gmt": 0, "edt": -4, "est": -5, "cdt": -5, "cst": -6,
    "mdt": -6, "mst": -7, "pdt": -7, "pst": -8,
}  # fmt: skip
_ISO: Final = re.compile(
    r"(?P<year>[0-9]{4}|[+-][0-9]{6})(?:-(?P<month>[0-9]{2})(?:-(?P<day>[0-9]{2}))?)?"
    r"(?:[tT](?P<hour>[0-9]{2}):(?P<minute>[0-9]{2})"
    r"(?::(?P<second>[0-9]{2})(?:\.(?P<fraction>[0-9]+))?)?"
    r"(?:(?P<utc>[zZ])|(?P<sign>[+-])(?P<hours>[0-9]{2}):?(?P<minutes>[0-9]{2}))?)?"
)
# How far V8 follows the ISO format before it goes on with the older forms.
_ISO_HEAD: Final = re.compile(
    r"([0-9]{4}|[+-][0-9]{6})(?![0-9])"
    r"(?:-(?:(0[1-9]|1[0-2])(?![0-9])(?:-(?:(0[1-9]|[12][0-9]|3[01])(?![0-9]))?)?)?)?"
)
# Numbers, words (everything from "A" on that is not blank), blanks, and any other character.
_TOKENS: Final = re.compile(rf"[0-9]+|(?:(?![{BLANKS}])[A-\U0010ffff])+|.", re.DOTALL)


def parse_date(value: JSON) -> datetime | None:
    """``new Date(value)`` in UTC; None for an invalid date or one outside the years 1 to 9999.

    A date alone in ISO format is UTC, everything else without an offset is local time.
    """
    try:
        if isinstance(value, (int, float)) or value is None:
            return _EPOCH + timedelta(milliseconds=math.trunc(value or 0))
        if value is UNDEFINED:
            return None
        written = text(value)
        match = _ISO.fullmatch(written)
        return _iso(match) if match else _OlderForm(written).read()
    except (ValueError, OverflowError):
        return None


def iso_text(moment: datetime) -> str:
    """``date.toISOString()``: UTC with milliseconds and Z."""
    moment = moment.astimezone(timezone.utc).replace(tzinfo=None)
    return f"{moment.isoformat(timespec='milliseconds')}Z"


def _moment(days: list[int], clock: list[int], offset: timedelta | None) -> datetime:
    """The moment in UTC; the 30th of February is the 1st or 2nd of March, as in JavaScript."""
    year, month, day = days
    hour, minute, second, millisecond = clock
    midnight = hour == 24 and not (minute or second or millisecond)
    if not (1 <= day <= 31 and (hour < 24 or midnight) and minute < 60 and second < 60):
        raise ValueError("out of range")
    moment = datetime(year, month, 1) + timedelta(  # noqa: DTZ001 - its zone comes below
        days=day - 1, hours=hour, minutes=minute, seconds=second, milliseconds=millisecond
    )
    if offset is None:
        return moment.astimezone(timezone.utc)
    return (moment - offset).replace(tzinfo=timezone.utc)


def _iso(match: re.Match[str]) -> datetime:
    part = match.groupdict(default="")
    days = [int(part["year"]), int(part["month"] or 1), int(part["day"] or 1)]
    clock = [int(part[name] or 0) for name in ("hour", "minute", "second")]
    clock.append(_milliseconds(part["fraction"]))
    hours, minutes = int(part["hours"] or 0), int(part["minutes"] or 0)
    if hours > 23 or minutes > 59:
        raise ValueError("out of range")
    offset = timedelta(hours=hours, minutes=minutes) * (-1 if part["sign"] == "-" else 1)
    local = part["hour"] and not (part["utc"] or part["sign"])
    return _moment(days, clock, None if local else offset)


def _milliseconds(fraction: str) -> int:
    """The digits after the second's point; those beyond milliseconds are cut, not rounded."""
    return int(f"{fraction}000"[:3])


def _is_number(word: str) -> bool:
    return word[:1].isascii() and word[:1].isdigit()


class _OlderForm:
    """One pass over a date that is not ISO: V8 takes numbers and known words as they come."""

    def __init__(self, written: str) -> None:
        head = _ISO_HEAD.match(written)
        self.days = [int(number) for number in head.groups() if number] if head else []
        rest = written[head.end() :] if head else written
        self.tokens = _TOKENS.findall(_without_parentheses(rest))
        self.at = 0
        self.month = 0
        self.clock: list[int] = []
        self.half_day: int | None = None
        self.sign = 0  # of the offset; 0 means none was given
        self.hours: int | None = None
        self.minutes: int | None = None
        self.number_read = bool(self.days)

    def read(self) -> datetime:
        while word := self.take():
            if _is_number(word):
                self.read_number(word)
            elif word[0] >= "A" and word not in BLANKS:
                self.read_name(word.lower())
            elif word in "+-" and (self.clock or (self.hours, self.minutes) == (0, 0)):
                self.read_offset(word)
            elif word in "+-)" and self.number_read:
                raise ValueError(f"{word} after a number")
        return self.moment()

    def take(self) -> str:
        word = self.peek()
        self.at += 1
        return word

    def peek(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def skip(self, symbol: str) -> bool:
        found = self.peek() == symbol
        self.at += found
        return found

    def read_number(self, word: str) -> None:
        self.number_read = True
        value = int(word.lstrip("0")[:9] or 0)
        if self.skip(":"):
            self.read_clock(value)
        elif self.skip(".") and self.clock_expects(value):
            if not _is_number(self.peek()):
                raise ValueError("no digits after the point")
            self.close_clock(value, _milliseconds(self.take()))
        elif self.hours is not None and self.minutes is None and value < 60:
            self.minutes = value
        elif self.clock_expects(value):
            self.close_clock(value)
            if self.peek() not in {"", "z", "Z", "+", "-", *BLANKS}:
                raise ValueError("no end after the time")
        else:
            self.days.append(value)
            self.skip("-")

    def read_clock(self, value: int) -> None:
        if self.skip(":"):
            if self.clock:
                raise ValueError("a second time")
            self.clock = [value, 0]
            return
        self.clock.append(value)
        self.skip(".")

    def clock_expects(self, value: int) -> bool:
        return value < (60, 60, 1000)[len(self.clock) - 1] if 1 <= len(self.clock) <= 3 else False

    def close_clock(self, *values: int) -> None:
        self.clock = [*self.clock, *values, 0, 0, 0][:4]

    def read_name(self, name: str) -> None:
        if name in {"am", "pm"} and self.clock:
            self.half_day = 12 if name == "pm" else 0
        elif name[:3] in _MONTHS:
            self.month = _MONTHS.index(name[:3]) + 1
            self.skip("-")
        elif name in _ZONES and self.number_read:
            self.sign = -1 if _ZONES[name] < 0 else 1
            self.hours, self.minutes = abs(_ZONES[name]), 0
        elif self.number_read or _is_number(self.peek()):
            raise ValueError(f"{name} is no part of a date")

    def read_offset(self, sign: str) -> None:
        self.number_read = True
        self.sign = 1 if sign == "+" else -1
        digits = self.take() if _is_number(self.peek()) else ""
        value = int(digits.lstrip("0")[:9] or 0)
        if self.peek() == ":":
            self.hours, self.minutes = value, None
        elif len(digits) in {1, 2}:
            self.hours, self.minutes = value, 0
        elif len(digits) in {3, 4}:
            self.hours, self.minutes = divmod(value, 100)
        else:
            raise ValueError("no offset")

    def moment(self) -> datetime:
        if not 1 <= len(self.days) <= 3 or len(self.clock) > 4:
            raise ValueError("too few or too many numbers")
        first, second, third = [*self.days, 1, 1][:3]
        if self.month:
            day, year = (first, second) if 1 <= first <= 31 else (second, first)
            days = [year, self.month, day]
        else:
            days = [third, first, second] if 1 <= first <= 31 else [first, second, third]
        if 0 <= days[0] < 100:
            days[0] += 2000 if days[0] < 50 else 1900
        clock = [*self.clock, 0, 0, 0, 0][:4]
        if self.half_day is not None:
            if clock[0] > 12:
                raise ValueError("no hour of half a day")
            clock[0] = clock[0] % 12 + self.half_day
        if not self.sign:
            return _moment(days, clock, None)
        offset = timedelta(hours=self.hours or 0, minutes=self.minutes or 0)
        return _moment(days, clock, self.sign * offset)


def _without_parentheses(written: str) -> str:
    """*written* with each remark in parentheses, closed or not, as one comma."""
    kept = ""
    depth = 0
    for character in written:
        if character == "(":
            kept += "" if depth else ","
            depth += 1
        elif depth:
            depth -= character == ")"
        else:
            kept += character
    return kept
