"""JSON in and out: the same outcome whichever way it takes."""

from __future__ import annotations

import dataclasses
import enum
import json
import math
import uuid
from collections import OrderedDict, defaultdict, namedtuple
from datetime import date, datetime, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ioplugins.errors import AnswerTooLarge, NotJSON, RequestRefused
from ioplugins.javascript import number_text
from ioplugins.jsonvalue import Limit, Wire, _write, encode, parse

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters()), inner),
)


def units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def javascript_length(value) -> int:
    """JSON.stringify(value).length, written down as the standard says it."""
    if isinstance(value, str):
        short = {"\b", "\t", "\n", "\f", "\r", '"', "\\"}
        merged = value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
        return 2 + sum(
            2 if c in short else 6 if c < " " or "\ud800" <= c <= "\udfff" else units(c)
            for c in merged
        )
    if isinstance(value, list):
        return 2 + sum(map(javascript_length, value)) + max(0, len(value) - 1)
    if isinstance(value, dict):
        inside = sum(javascript_length(k) + 1 + javascript_length(v) for k, v in value.items())
        return 2 + inside + max(0, len(value) - 1)
    if value is None or isinstance(value, bool):
        return 5 if value is False else 4
    return len(number_text(value))


def as_javascript(value):
    """Halves of a character that meet are one; what is no number is null."""
    if isinstance(value, str):
        return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, list):
        return [as_javascript(item) for item in value]
    if isinstance(value, dict):
        return {as_javascript(key): as_javascript(item) for key, item in value.items()}
    return value


@given(VALUES)
def test_both_ways_write_the_same_value(value) -> None:
    """orjson, and the exact writer for what orjson refuses."""
    slow, length = _write(value)
    assert as_javascript(value) == json.loads(encode(value), parse_int=float)
    assert as_javascript(value) == json.loads(slow, parse_int=float)
    assert javascript_length(value) == length


@given(VALUES)
def test_the_limit_counts_as_json_stringify(value) -> None:
    """Exactly the limit is allowed, one less is not."""
    length = javascript_length(value)
    encode(value, Limit(length, ""))
    with pytest.raises(AnswerTooLarge):
        encode(value, Limit(length - 1, ""))


@pytest.mark.parametrize(
    "numbers",
    [[1e16, 1e20, 1e-6, 1.0, -0.0], [1.2345678901234568e20] * 9, [99999999999999999] * 9],
)
def test_numbers_near_the_limit_are_counted_as_javascript_writes_them(numbers) -> None:
    """Longer and shorter than orjson's."""
    length = javascript_length(numbers)
    encode(numbers, Limit(length, ""))
    with pytest.raises(AnswerTooLarge, match="limit of x bytes"):
        encode(numbers, Limit(length - 1, "x"))


class Color(enum.Enum):
    RED = "red"


class Answer(Wire):
    def to_json(self):
        return {"inner": [1]}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ((1, 2), b"[1,2]"),
        (Color.RED, b'"red"'),
        (uuid.UUID(int=1), b'"00000000-0000-0000-0000-000000000001"'),
        ([Answer()], b'[{"inner":[1]}]'),
        (OrderedDict(a=1), b'{"a":1}'),
        (defaultdict(int, a=1), b'{"a":1}'),
        (type("Boxed", (int,), {})(5), b"5"),
        (10**30, b"1000000000000000000000000000000"),
        ("\ud83d\ude00\ud800", '"😀\\ud800"'.encode()),
    ],
)
def test_what_counts_as_json(value, text) -> None:
    """Also beside what sends the whole answer the slow way."""
    assert text == encode(value)
    assert b'["\\ud800",' + text + b"]" == encode(["\ud800", value])


Point = namedtuple("Point", "x")


@dataclasses.dataclass
class Data:
    x: int = 1


@pytest.mark.parametrize(
    ("value", "path", "reason"),
    [
        ({"a": [{"b c": {1}}]}, '$.a[0]["b c"]', "set is not JSON: make it a list"),
        ([datetime.now(timezone.utc)], "$[0]", 'dates="iso"'),
        (date(2024, 1, 1), "$", 'dates="iso"'),
        ({"n": Decimal(1)}, "$.n", "Decimal is not JSON"),
        (b"x", "$", "base64"),
        ({1: 2}, "$", "the key 1 is not text"),
        ([print], "$[0]", "a function or class"),
        (Data(), "$", "Data is not JSON"),
        (Point(1), "$", "Point is not JSON"),
        ((x for x in ()), "$", "make it a list"),
    ],
)
def test_what_is_not_json_is_told_with_its_path(value, path, reason) -> None:
    """And what to do."""
    with pytest.raises(NotJSON) as caught:
        encode(value)
    assert path == caught.value.path
    assert reason in caught.value.reason


def test_cycles_are_refused_and_shared_parts_are_not() -> None:
    """The same list twice is fine; inside itself it is not."""
    shared = {"v": [1]}
    assert b'[{"v":[1]},{"v":[1]}]' == encode([shared, shared])
    shared["v"].append(shared)
    with pytest.raises(NotJSON, match="contains itself"):
        encode(shared)


def test_any_depth_is_written() -> None:
    """A limit of the engine is none of the protocol."""
    deep: list = []
    for _ in range(99_999):
        deep = [deep]
    assert 200_000 == len(encode(deep))


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b'\xef\xbb\xbf{"a":1}', {"a": 1}),
        (b"1e400", math.inf),
        (b'"\\ud800"', "\ud800"),
        (b"9" * 5000, math.inf),
        (b'{"a":1,"a":2}', {"a": 2}),
        (b"[" * 500 + b'"\\ud800"' + b"]" * 500, None),
    ],
)
def test_what_node_reads_is_read(body, value) -> None:
    """Beyond what orjson takes."""
    read = parse(body)
    assert value is None or value == read


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b'{"a":1,}', "line 1 column"),
        (b'{"a":NaN}', "NaN is not JSON"),
        (b'"\x80"', "byte 1 is not UTF-8"),
        (b"[" * 200_000, "nested too deeply"),
        (b'\xef\xbb\xbf\xef\xbb\xbf{"a":1}', "not valid JSON"),
        (b"", "line 1 column 1"),
    ],
)
def test_malformed_bodies_are_refused_with_the_place(body, reason) -> None:
    """400; the body is never quoted."""
    with pytest.raises(RequestRefused, match=reason) as caught:
        parse(body)
    assert (400, "invalid_json") == (caught.value.status, caught.value.code)
