"""Answers of functions with ``dates="iso"``: what has an obvious form in JSON is written as it."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from typing import Any, Final
from uuid import UUID

import attrs

from ioplugins.jsonvalue import JSON, Wire
from ioplugins.options.envelope import iso_text


def to_iso_json(value: object) -> JSON:
    """*value* with what is not JSON, but has an obvious form in it, written as JSON.

    datetimes become text as JavaScript writes it (UTC, milliseconds, Z; without a zone they are
    taken as UTC), dates and times ISO 8601 text; a Decimal becomes the number when a float holds
    it exactly, else its text; UUIDs text, enum members their value; attrs and dataclass instances
    objects of their fields. What is left, such as bytes, is refused when the answer is encoded.

    Lists and dicts that hold nothing of the kind come back as they are, uncopied.
    """
    try:
        return _iso(value)
    except RecursionError:
        return value  # it contains itself, or is too deep: encoding it says where


def _iso(value: Any) -> JSON:
    kind = value.__class__
    if kind is str or kind is int or value is None or kind is float or kind is bool:
        return value
    if kind is dict:
        changed: dict[str, JSON] = {}
        for key, item in value.items():
            written = _iso(item)
            if written is not item:
                changed[key] = written
        return {**value, **changed} if changed else value
    if kind is list or kind is tuple:
        items = [_iso(item) for item in value]
        same = all(new is old for new, old in zip(items, value, strict=True))
        return value if same else items
    return _iso_instance(value)


def _iso_instance(value: Any) -> JSON:
    for written, write in _WRITERS:
        if isinstance(value, written):
            return write(value)
    kind = value.__class__
    if attrs.has(kind):
        return {a.name: _iso(getattr(value, a.name)) for a in attrs.fields(kind)}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: _iso(getattr(value, f.name)) for f in dataclasses.fields(value)}
    return value


def _date_time(value: datetime) -> str:
    try:
        return iso_text(value)
    except OverflowError:  # at the very ends of the calendar
        return value.isoformat()


def _number(value: Decimal) -> JSON:
    if value.is_nan():
        return math.nan
    number = float(value)
    if not math.isfinite(number):
        return str(value) if value.is_finite() else number
    if value == value.to_integral_value() and abs(value) < 2**53:
        return int(value)
    # The shortest text of a float: when it has the same digits, nothing is lost.
    return number if Decimal(repr(number)) == value else str(value)


#: How instances of a class are written; the first that fits counts.
_WRITERS: Final[tuple[tuple[type, Callable[[Any], JSON]], ...]] = (
    (Wire, lambda value: _iso(value.to_json())),
    (datetime, _date_time),
    (date, date.isoformat),
    (time, time.isoformat),
    (Decimal, _number),
    (UUID, str),
    (Enum, lambda value: _iso(value.value)),
    # Subclasses such as defaultdict and named tuples.
    (dict, lambda value: _iso(dict(value))),
    (list, lambda value: _iso(list(value))),
    (tuple, lambda value: _iso(list(value))),
)
