"""JavaScript's truth, numbers, text and dates."""

from __future__ import annotations

import math
import time
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ioplugins.javascript import date_time, number_text, text, truthy

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.mark.parametrize("value", [{}, [], {"a": 1}, [0], "0", "false", " ", -1, 0.1, True, 10**30])
def test_true_in_javascript(value: Any) -> None:
    """Empty lists and objects too, where Python says no."""
    assert truthy(value) is True


@pytest.mark.parametrize("value", ["", 0, 0.0, -0.0, None, False, math.nan])
def test_false_in_javascript(value: Any) -> None:
    """NaN too, where Python says yes."""
    assert truthy(value) is False


# ------------------------------------------------------------------------------- numbers


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (0, "0"),
        (-0.0, "0"),
        (1.0, "1"),
        (-1.0, "-1"),
        (10.0, "10"),
        (1.5, "1.5"),
        (-123.456, "-123.456"),
        (0.1, "0.1"),
        (0.000001, "0.000001"),
        (0.0000015, "0.0000015"),
        (0.0000001, "1e-7"),
        (1.5e-10, "1.5e-10"),
        (-1.5e-10, "-1.5e-10"),
        (5e-324, "5e-324"),
        (1e16, "10000000000000000"),
        (1e20, "100000000000000000000"),
        (1.2345678901234568e20, "123456789012345680000"),
        (123456789.12345678, "123456789.12345678"),
        (1e21, "1e+21"),
        (-1.5e21, "-1.5e+21"),
        (1.7976931348623157e308, "1.7976931348623157e+308"),
        (2**53 + 1, "9007199254740992"),
        (2**63, "9223372036854776000"),
        (10**21, "1e+21"),
        (10**30, "1e+30"),
        (math.nan, "null"),
        (math.inf, "null"),
        (-math.inf, "null"),
        pytest.param(10**400, "null", id="beyond doubles"),
    ],
)
def test_numbers_as_text(number: float, expected: str) -> None:
    """Exponents from 1e21 and below 1e-6; what JSON has no number for is null."""
    assert expected == number_text(number)


def as_the_standard_says(number: float) -> str:
    """ECMA-262, Number::toString, step by step (finite and not 0)."""
    sign, digits, exponent = Decimal(repr(number)).as_tuple()
    s = "".join(map(str, digits)).rstrip("0")
    n = len(digits) + int(exponent)  # the value is 0.s times ten to the power of n
    s, n = s.lstrip("0"), n - (len(s) - len(s.lstrip("0")))
    k = len(s)
    if k <= n <= 21:
        written = s + "0" * (n - k)
    elif 0 < n <= 21:
        written = f"{s[:n]}.{s[n:]}"
    elif -6 < n <= 0:
        written = "0." + "0" * -n + s
    else:
        e = f"e{'-' if n - 1 < 0 else '+'}{abs(n - 1)}"
        written = s + e if k == 1 else f"{s[0]}.{s[1:]}{e}"
    return "-" * sign + written


@given(st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(10**25), 10**25))
def test_every_number_is_written_as_the_standard_says(number: float) -> None:
    """And is read back as the same double."""
    written = number_text(number)

    assert float(number) == float(written)
    if number:
        assert as_the_standard_says(float(number)) == written


# ---------------------------------------------------------------------------------- text


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("as it is", "as it is"),
        (None, "null"),
        (True, "true"),
        (False, "false"),
        (5, "5"),
        (5.0, "5"),
        (1e21, "1e+21"),
        (math.nan, "NaN"),
        (math.inf, "Infinity"),
        (-math.inf, "-Infinity"),
        pytest.param(10**400, "Infinity", id="beyond doubles"),
        pytest.param(-(10**400), "-Infinity", id="beyond doubles, negative"),
        ([], ""),
        ([1, [2, [None]], None, "x"], "1,2,,,x"),
        ([{}], "[object Object]"),
        ({"a": 1}, "[object Object]"),
    ],
)
def test_values_as_text(value: Any, expected: str) -> None:
    """As String(value) writes them."""
    assert expected == text(value)


def test_a_list_of_any_depth_becomes_text() -> None:
    """A caller's deep nesting is no error of ours."""
    deep: list[Any] = ["x"]
    for _ in range(1000):
        deep = [deep]

    assert "x" == text(deep)


# --------------------------------------------------------------------------------- dates


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=timezone.utc)  # type: ignore[misc, arg-type]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2024", utc(2024, 1, 1)),
        ("2024-05", utc(2024, 5, 1)),
        ("2024-05-31", utc(2024, 5, 31)),
        ("+002024-05-31", utc(2024, 5, 31)),
        ("2024-05-31T08:00Z", utc(2024, 5, 31, 8)),
        ("2024-05-31T08:00:07Z", utc(2024, 5, 31, 8, 0, 7)),
        ("2024-05-31T08:00:07.5Z", utc(2024, 5, 31, 8, 0, 7, 500_000)),
        ("2024-05-31T08:00:07.123Z", utc(2024, 5, 31, 8, 0, 7, 123_000)),
        ("2024-05-31T08:00:07.1239999Z", utc(2024, 5, 31, 8, 0, 7, 123_000)),
        ("2024-05-31T08:00:07.0009Z", utc(2024, 5, 31, 8, 0, 7)),
        ("2024-05-31T08:00:00+02:00", utc(2024, 5, 31, 6)),
        ("2024-05-31T08:00:00-05:30", utc(2024, 5, 31, 13, 30)),
        ("2024-05-31T00:30:00+23:59", utc(2024, 5, 30, 0, 31)),
        ("2024-12-31T24:00:00Z", utc(2025, 1, 1)),
        ("2024-05T08:00Z", utc(2024, 5, 1, 8)),
        ("0001-01-01", utc(1, 1, 1)),
        ("9999-12-31T23:59:59.999Z", utc(9999, 12, 31, 23, 59, 59, 999_000)),
        (0, utc(1970, 1, 1)),
        (1_717_142_407_123, utc(2024, 5, 31, 8, 0, 7, 123_000)),
        (1.9, utc(1970, 1, 1, 0, 0, 0, 1_000)),
        (-1.9, utc(1969, 12, 31, 23, 59, 59, 999_000)),
        (253_402_300_799_999, utc(9999, 12, 31, 23, 59, 59, 999_000)),
    ],
)
def test_date_times(value: Any, expected: datetime) -> None:
    """ISO 8601 as ECMAScript reads it, or milliseconds; digits beyond milliseconds are cut."""
    moment = date_time(value)

    assert expected == moment
    assert timezone.utc is moment.tzinfo


@pytest.fixture
def new_york(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    if not hasattr(time, "tzset"):
        pytest.skip("this system cannot change the time zone of a process")
    # The rules in the text of TZ, so that the system needs no database of zones.
    monkeypatch.setenv("TZ", "EST5EDT,M3.2.0,M11.1.0")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2024-01-31T08:00", utc(2024, 1, 31, 13)),
        ("2024-07-31T08:00:00.5", utc(2024, 7, 31, 12, 0, 0, 500_000)),
        ("2024-07-31T24:00", utc(2024, 8, 1, 4)),
        ("2024-03-10T02:30", utc(2024, 3, 10, 7, 30)),  # the hour that does not exist
        ("2024-11-03T01:30", utc(2024, 11, 3, 5, 30)),  # the hour that is there twice
        ("2024-07-31", utc(2024, 7, 31)),  # a date alone is UTC
        ("2024-07-31T08:00Z", utc(2024, 7, 31, 8)),
    ],
)
def test_a_date_time_without_an_offset_is_local_time(
    new_york: None, value: str, expected: datetime
) -> None:
    """Of a zone with summer time; around its changes as JavaScript decides."""
    moment = date_time(value)

    assert expected == moment
    assert timedelta(0) == moment.utcoffset()


@pytest.mark.parametrize(
    "value",
    [
        "",
        "yesterday",
        "2024-5-31",
        "2024-05-31 08:00",
        "2024-05-31T08",
        "2024-05-31t08:00z",
        "2024-05-31T08:00:00.Z",
        "2024-05-31T08:00:00,5Z",
        "2024-05-31T08:00+0200",
        "2024-05-31T08:00Z ",
        "2024-05-31\n",
        "\u0662\u0660\u0662\u0664-05-31",
        "02024-05-31",
    ],
)
def test_text_that_is_no_date_time(value: str) -> None:
    """The message shows one that is."""
    with pytest.raises(ValueError, match="not an ISO 8601 date-time such as 2024-05-31T08"):
        date_time(value)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (None, "neither text nor a number"),
        (True, "neither text nor a number"),
        ([2024], "neither text nor a number"),
        ({}, "neither text nor a number"),
        ("0000-01-01", "outside the years 1 to 9999"),
        ("-000000-01-01", "outside the years 1 to 9999"),
        ("-000001-01-01", "outside the years 1 to 9999"),
        ("+010000-01-01", "outside the years 1 to 9999"),
        ("0001-01-01T00:00:00+00:01", "outside the years 1 to 9999"),
        ("9999-12-31T23:59:00-00:01", "outside the years 1 to 9999"),
        ("9999-12-31T24:00:00Z", "outside the years 1 to 9999"),
        (8.64e15, "outside the years 1 to 9999"),
        (-62_135_596_800_001, "outside the years 1 to 9999"),
        pytest.param(10**400, "outside the years 1 to 9999", id="beyond doubles"),
        (math.inf, "outside the years 1 to 9999"),
        ("2024-13-01", "month"),
        ("2023-02-29", "day"),
        ("2024-05-31T24:00:01Z", "hour"),
        ("2024-05-31T24:30Z", "hour"),
        ("2024-05-31T25:00Z", "hour"),
        ("2024-05-31T08:60Z", "minute"),
        ("2024-05-31T08:00:60Z", "second"),
        ("2024-05-31T08:00+24:00", "offset from UTC is out of range"),
        ("2024-05-31T08:00-00:60", "offset from UTC is out of range"),
    ],
)
def test_what_is_no_date_time(value: Any, reason: str) -> None:
    """The reason says which part is wrong."""
    with pytest.raises(ValueError, match=reason):
        date_time(value)


def test_local_time_beyond_the_end_of_the_calendar(new_york: None) -> None:
    """The last evening of the calendar is next year in UTC."""
    with pytest.raises(ValueError, match="outside the years 1 to 9999"):
        date_time("9999-12-31T23:59")


@given(st.integers(-62_135_596_800_000, 253_402_300_799_999))
def test_milliseconds_and_their_text_are_one_moment(milliseconds: int) -> None:
    """Over the whole range, to the millisecond."""
    moment = date_time(milliseconds)
    written = moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")

    assert moment == date_time(written)
    assert milliseconds == (moment - utc(1970, 1, 1)) // timedelta(milliseconds=1)
