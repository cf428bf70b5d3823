"""Answers with ``dates="iso"``: what has an obvious form in JSON is written in it."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import Enum
from typing import NamedTuple
from uuid import UUID

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ioplugins.answers import RecordAnswer
from ioplugins.errors import NotJSON
from ioplugins.isoanswers import to_iso_json
from ioplugins.jsonvalue import encode


class Point(NamedTuple):
    """A named tuple."""

    x: int
    y: date


class Color(Enum):
    """A colour."""

    RED = "red"
    DAY = date(2024, 3, 1)


@attrs.frozen
class Line:
    """A line of an order."""

    sku: str
    price: Decimal
    key: UUID


@dataclass
class Box:
    """A box."""

    width: int
    shipped: date


UTC = timezone.utc
MOMENT = datetime(2024, 3, 1, 12, 30, 0, 123_456, tzinfo=UTC)
ID = UUID("12345678-1234-5678-1234-567812345678")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (MOMENT, "2024-03-01T12:30:00.123Z"),
        (MOMENT.astimezone(timezone(timedelta(hours=-5))), "2024-03-01T12:30:00.123Z"),
        (MOMENT.replace(tzinfo=None), "2024-03-01T12:30:00.123Z"),
        (datetime.min.replace(tzinfo=timezone(timedelta(hours=5))), "0001-01-01T00:00:00+05:00"),
        (date(2024, 3, 1), "2024-03-01"),
        (time(12, 30), "12:30:00"),
        (Decimal("10.50"), 10.5),
        (Decimal("7.0"), 7),
        (Decimal("1E+3"), 1000),
        (Decimal("0.1"), 0.1),
        (Decimal("1234567890.123456789012"), "1234567890.123456789012"),
        (Decimal(2**60 + 1), str(2**60 + 1)),
        (ID, "12345678-1234-5678-1234-567812345678"),
        (Color.RED, "red"),
        (Color.DAY, "2024-03-01"),
        (Line("a", Decimal("1.5"), ID), {"sku": "a", "price": 1.5, "key": str(ID)}),
        (Box(3, date(2024, 3, 1)), {"width": 3, "shipped": "2024-03-01"}),
        ([{"a": (1, MOMENT)}], [{"a": [1, "2024-03-01T12:30:00.123Z"]}]),
        (RecordAnswer.keep({"when": date(2024, 3, 1)}), {"data": {"when": "2024-03-01"}}),
        (defaultdict(list, {"a": date(2024, 3, 1)}), {"a": "2024-03-01"}),
        (Point(1, date(2024, 3, 1)), [1, "2024-03-01"]),
    ],
)  # fmt: skip
def test_iso(value: object, expected: object) -> None:
    """What has an obvious form in JSON is written in it."""
    written = to_iso_json(value)
    assert expected == written
    assert type(expected) is type(written)
    encode(written)


def test_iso_copies_only_what_changes() -> None:
    """Plain JSON comes back as it is; a date copies what is on the way to it."""
    plain = [{"a": [1, None, True, "x"]}]
    assert plain is to_iso_json(plain)
    mixed = {"plain": plain, "when": date(2024, 3, 1)}
    written = to_iso_json(mixed)
    assert written["plain"] is plain
    assert date(2024, 3, 1) == mixed["when"]


def test_iso_leaves_the_rest_to_the_encoder() -> None:
    """What has no obvious form is refused when it is encoded, with its path."""
    with pytest.raises(NotJSON) as refused:
        encode(to_iso_json({"when": date(2024, 3, 1), "raw": b"x"}))
    assert "$.raw" == refused.value.path
    endless: list[object] = []
    endless.append(endless)
    with pytest.raises(NotJSON, match="contains itself"):
        encode(to_iso_json(endless))
    assert math.isnan(to_iso_json(Decimal("NaN")))


@given(st.decimals(allow_nan=False, allow_infinity=False))
def test_decimals_lose_nothing(value: Decimal) -> None:
    """A Decimal is written as a number only when that says the same."""
    written = to_iso_json(value)
    assert value == Decimal(written if isinstance(written, str) else repr(written))
