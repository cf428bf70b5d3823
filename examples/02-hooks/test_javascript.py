"""The JavaScript that ports lean on; the expected values are what Node.js 20 gives."""

from __future__ import annotations

import math
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ioplugins.targets import load_target

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent

DATES = [
    ("2024-02-05", "2024-02-05T00:00:00.000Z"),
    ("2024", "2024-01-01T00:00:00.000Z"),
    ("2024-02", "2024-02-01T00:00:00.000Z"),
    ("2024-02-05T10:30", "2024-02-05T05:00:00.000Z"),
    ("2024-02-05T10:30:00Z", "2024-02-05T10:30:00.000Z"),
    ("2024-02-05T10:30:00.1239Z", "2024-02-05T10:30:00.123Z"),
    ("2024-02-05T10:30:00+02:00", "2024-02-05T08:30:00.000Z"),
    ("2024-02-05T10:30:00.000+0000", "2024-02-05T10:30:00.000Z"),
    ("2024-02-05T24:00:00Z", "2024-02-06T00:00:00.000Z"),
    ("2024-02-30", "2024-03-01T00:00:00.000Z"),
    ("2024-13-01", None),
    ("2024-02-05T25:00", None),
    ("2/5/2024", "2024-02-04T18:30:00.000Z"),
    ("2/5/24", "2024-02-04T18:30:00.000Z"),
    ("31/12/2024", None),
    ("2024/02/05 10:30", "2024-02-05T05:00:00.000Z"),
    ("2024-02-05 10:30:00", "2024-02-05T05:00:00.000Z"),
    ("2024-2-5", "2024-02-04T18:30:00.000Z"),
    ("Feb 5, 2024", "2024-02-04T18:30:00.000Z"),
    ("5 February 2024 10:30 PM", "2024-02-05T17:00:00.000Z"),
    ("Mon, 05 Feb 2024 00:00:00 GMT", "2024-02-05T00:00:00.000Z"),
    ("Mon Feb 05 2024 10:00:00 GMT+0200 (CEST)", "2024-02-05T08:00:00.000Z"),
    ("12:30 am 1/1/2000", "1999-12-31T19:00:00.000Z"),
    ("13:30 pm 1/1/2000", None),
    ("Dec 25, 1995 EST", "1995-12-25T05:00:00.000Z"),
    ("not a date", None),
    ("", None),
    ("2024-W05", None),
    (0, "1970-01-01T00:00:00.000Z"),
    (1707127200000, "2024-02-05T10:00:00.000Z"),
    (-1.5, "1969-12-31T23:59:59.999Z"),
    (None, "1970-01-01T00:00:00.000Z"),
    (True, "1970-01-01T00:00:00.001Z"),
    (["2024-02-05"], "2024-02-05T00:00:00.000Z"),
    ({}, None),
    ([2024, 2], "2024-01-31T18:30:00.000Z"),
]


@pytest.fixture(autouse=True)
def _india(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A zone that no value is in by chance: UTC+05:30 all year."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "IST-5:30")
        time.tzset()
        yield
    time.tzset()


@pytest.fixture
def javascript() -> Any:
    """The module under test."""
    load_target(str(HERE / "ported_hooks"))
    return load_target("ported_hooks.javascript")


@pytest.fixture
def dates() -> Any:
    """The module under test."""
    load_target(str(HERE / "ported_hooks"))
    return load_target("ported_hooks.javascript_dates")


@pytest.mark.parametrize(("value", "expected"), DATES, ids=repr)
def test_parse_date(dates: Any, value: Any, expected: str | None) -> None:
    """A date is read as new Date(value) reads it."""
    moment = dates.parse_date(value)

    assert expected == (moment and dates.iso_text(moment))


def test_parse_date_of_nothing(javascript: Any, dates: Any) -> None:
    """A missing date is invalid, and one beyond Python's years counts as invalid."""
    assert [None, None, None] == [
        dates.parse_date(value) for value in (javascript.UNDEFINED, 1e15, "-000001-01-01")
    ]


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ("10.00", 10, True),
        (300, "300", True),
        ("", 0, True),
        (None, 0, False),
        (True, "1", True),
        ([5], 5, True),
        ({}, "[object Object]", True),
        ([], [], False),
        ("0x10", 16, True),
        (" 12\u00a0", 12, True),
        ("1_0", 10, False),
        ("inf", math.inf, False),
        ("Infinity", math.inf, True),
        pytest.param(10**400, "Infinity", True, id="huge"),
        ("a", "A", False),
        (0.3 / 3, 0.1, False),
        (math.nan, math.nan, False),
    ],
)
def test_loosely_equal(javascript: Any, left: Any, right: Any, *, expected: bool) -> None:
    """== converts, in both directions."""
    assert expected is javascript.loosely_equal(left, right)
    assert expected is javascript.loosely_equal(right, left)


def test_undefined_equals_null_only_loosely(javascript: Any) -> None:
    """Null equals undefined with ==, but not with ===."""
    assert javascript.loosely_equal(None, javascript.UNDEFINED)
    assert not javascript.strictly_equal(None, javascript.UNDEFINED)
    assert not javascript.loosely_equal(javascript.UNDEFINED, 0)


def test_strictly_equal(javascript: Any) -> None:
    """=== compares numbers by value, True with no number, lists and maps with themselves."""
    same: list[Any] = []

    assert javascript.strictly_equal(1, 1.0)
    assert not javascript.strictly_equal(1, True)
    assert not javascript.strictly_equal(1, "1")
    assert javascript.strictly_equal(same, same)
    assert not javascript.strictly_equal([], [])


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1.005, "1.00"),
        (0.125, "0.13"),
        (-0.001, "-0.00"),
        (-0.0, "0.00"),
        (1e21, "1e+21"),
        (math.nan, "NaN"),
        (-math.inf, "-Infinity"),
        (8.32, "8.32"),
    ],
)
def test_to_fixed(javascript: Any, value: float, expected: str) -> None:
    """Two decimals of the exact binary value; halves go up."""
    assert expected == javascript.to_fixed(value, 2)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("12.50 USD", 12.5),
        (".5x", 0.5),
        ("-1e3e", -1000),
        ("0x10", 0),
        ("1_0", 1),
        ("Infinity!", math.inf),
        ([1.5], 1.5),
        ("", math.nan),
        (None, math.nan),
        (True, math.nan),
    ],
)
def test_parse_float(javascript: Any, value: Any, expected: float) -> None:
    """The number a text starts with, else NaN."""
    assert expected == pytest.approx(javascript.parse_float(value), nan_ok=True, abs=0)


def test_divide_by_zero(javascript: Any) -> None:
    """Infinite or NaN, with the sign of both sides."""
    assert [math.inf, -math.inf, -math.inf] == [
        javascript.divide(1, 0),
        javascript.divide(-1, 0),
        javascript.divide(1, -0.0),
    ]
    assert math.isnan(javascript.divide(0, 0))


def test_get_and_put(javascript: Any) -> None:
    """A missing last step is undefined, reading on from it raises; undefined takes a key away."""
    record: dict[str, Any] = {"a": [{"b": 1}], "n": None}

    assert 1 == javascript.get(record, "a", 0, "b")
    assert javascript.UNDEFINED is javascript.get(record, "a", 1)
    with pytest.raises(TypeError, match="Cannot read 'b' of undefined"):
        javascript.get(record, "a", 1, "b")
    with pytest.raises(TypeError, match="Cannot set 'b' of nothing"):
        javascript.put(record["n"], "b", 1)
    javascript.put(record, "a", javascript.UNDEFINED)
    assert {"n": None} == record
