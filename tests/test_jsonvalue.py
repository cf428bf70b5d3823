"""JSON in and out: the same outcome whichever way it takes."""

from __future__ import annotations

import dataclasses
import enum
import json
import math
import sys
import types
import uuid
from collections import Counter, OrderedDict, defaultdict, deque, namedtuple
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from pathlib import PurePosixPath

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ioplugins import jsonvalue
from ioplugins.errors import AnswerTooLarge, NotJSON, RequestRefused
from ioplugins.javascript import number_text
from ioplugins.jsonvalue import Limit, Wire, _write, encode, encode_slices, parse

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters()), inner),
    max_leaves=20,
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


# ------------------------------------------------------------------------ size, fixed vectors


@pytest.mark.parametrize(
    ("value", "size"),
    [
        ("", 2),
        ("é", 3),
        ("世", 3),
        ("😀", 4),
        ("\n", 4),
        ('"', 4),
        ("\\", 4),
        ("\b\t\f\r", 10),
        ("/", 3),
        ("\x01", 8),
        ("\x1f", 8),
        ("\x7f", 3),
        ("\u2028", 3),
        ("\ud800", 8),
        ("\ude00\ud83d", 14),
        ("\ud83d\ude00", 4),
        (["\ud83d", "\ude00"], 19),
        ({"\ud800": 1}, 12),
        (None, 4),
        (True, 4),
        (False, 5),
        (0, 1),
        (-0.0, 1),
        (1.0, 1),
        (-1.5, 4),
        (1e16, 17),
        (1e20, 21),
        (-1e20, 22),
        (1e21, 5),
        (1.5e21, 7),
        (1e-6, 8),
        (1.5e-6, 9),
        (1e-7, 4),
        (math.inf, 4),
        (math.nan, 4),
        (2**53, 16),
        (2**64, 20),
        (10**21, 5),
        (99999999999999999, 18),
        ([], 2),
        ({}, 2),
        ([1, 2], 5),
        ({"a": 1, "b": [None]}, 18),
    ],
)
def test_sizes_are_those_of_json_stringify(value, size) -> None:
    """UTF-16 units of what JavaScript writes, whichever way it is written here."""
    assert size == javascript_length(value)
    for written, length in (
        (value, size),
        ([value], size + 2),
        (["\ud800", value], size + 11),  # what the fast way cannot write
        ([10**30, value], size + 8),
        ({"key": [value] * 3}, 3 * size + 12),
    ):
        assert encode(written) == encode(written, Limit(length, ""))
        with pytest.raises(AnswerTooLarge):
            encode(written, Limit(length - 1, ""))


@pytest.mark.parametrize("units", [-1, 0, 3, 3.9])
def test_null_needs_four_units(units) -> None:
    """A negative limit always fails."""
    with pytest.raises(AnswerTooLarge, match="limit of -1 bytes"):
        encode(None, Limit(units, "-1"))
    assert b"null" == encode(None, Limit(4, ""))


def test_there_may_be_no_limit() -> None:
    """None, or one that is infinite."""
    long = ["x" * 1000] * 100

    assert 100_301 == len(encode(long)) == len(encode(long, Limit(math.inf, "")))


@pytest.mark.parametrize("items", [0, 1, 1000, 1001, 2500])
def test_a_long_answer_comes_in_slices(items: int) -> None:
    """At the top or as a member, it is the same JSON, and no slice has it all."""
    records = [{"id": number} for number in range(items)]
    for value in (records, {"data": records, "lastPage": True}):
        slices = encode_slices(value, Limit(math.inf, ""))
        assert value == json.loads(b"".join(slices))
        assert (len(slices) > 1) is (items > 1000)


# ------------------------------------------------------------------- everything that is JSON


class Level(enum.IntEnum):
    HIGH = 3


class Word(str, enum.Enum):
    HELLO = "hello"


class Nested(enum.Enum):
    INNER = Color.RED
    PAIR = (1, 2)
    LIST = [uuid.UUID(int=2)]  # noqa: RUF012 - an enum member, not a class attribute


class Box(Wire):
    """An object that knows its wire form."""

    __slots__ = ("inside",)

    def __init__(self, inside) -> None:
        self.inside = inside

    def to_json(self):
        return self.inside


class Text(str):
    __slots__ = ()


class Whole(int):
    pass


class Real(float):
    pass


class Items(list):
    pass


class Map(dict):
    pass


LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(), max_size=5)
    | st.uuids()
    | st.sampled_from([Color.RED, Level.HIGH, Word.HELLO, *Nested])
    | st.integers().map(Whole)
    | st.floats().map(Real)
    | st.text(st.characters(), max_size=5).map(Text)
)
KEYS = st.text(st.characters(), max_size=5)
WIRES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.lists(inner, max_size=4).map(Items)
        | st.dictionaries(KEYS | KEYS.map(Text), inner, max_size=4)
        | st.dictionaries(KEYS, inner, max_size=4).map(Map)
        | inner.map(Box)
    ),
    max_leaves=12,
)


def plain(value):
    """The plain JSON of *value*, as one would write it down."""
    while isinstance(value, (Box, enum.Enum)):
        value = value.inside if isinstance(value, Box) else value.value
    if isinstance(value, uuid.UUID):
        return str(value)
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value


@given(WIRES)
def test_objects_are_written_as_their_plain_json(value) -> None:
    """By both ways, with the same length."""
    expected = as_javascript(plain(value))
    slow, length = _write(value)

    assert expected == json.loads(encode(value), parse_int=float)
    assert expected == json.loads(slow, parse_int=float)
    assert javascript_length(plain(value)) == length
    encode(value, Limit(length, ""))
    with pytest.raises(AnswerTooLarge):
        encode(value, Limit(length - 1, ""))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (2**63 - 1, "9223372036854775807"),
        (2**64 - 1, "18446744073709551615"),
        (2**64, "18446744073709551616"),
        (-(2**63) - 1, "-9223372036854775809"),
        (math.nan, "null"),
        (-math.inf, "null"),
        (Level.HIGH, "3"),
        (Word.HELLO, '"hello"'),
        (Nested.INNER, '"red"'),
        (Nested.PAIR, "[1,2]"),
        (Nested.LIST, '["00000000-0000-0000-0000-000000000002"]'),
        (Counter("aab"), '{"a":2,"b":1}'),
        ({Word.HELLO: 1}, '{"hello":1}'),
        ({"\ud83d\ude00": "\ud800\ud83d\ude00"}, '{"😀":"\\ud800😀"}'),
        (["\ud83d", "\ude00"], '["\\ud83d","\\ude00"]'),
        ("\x7f\u2028\x1f", '"\x7f\u2028\\u001f"'),
        (Box(Box({"a": (Box(None),)})), '{"a":[null]}'),
    ],
)
def test_how_it_is_written(value, text) -> None:
    """Whether orjson writes it or what orjson refuses stands beside it."""
    assert text.encode() == encode(value)
    assert f"[{10**30},{text}]".encode() == encode([10**30, value])


def test_a_wire_object_without_a_form_says_so() -> None:
    """Whoever makes such a class gives it to_json()."""
    with pytest.raises(NotImplementedError):
        Wire().to_json()


def test_wire_objects_are_asked_once() -> None:
    """The whole page is written in one go."""
    asked: list[int] = []

    class Counting(Wire):
        def to_json(self):
            asked.append(1)
            return 1

    assert b"[1,1]" == encode([Counting(), Counting()])
    assert 2 == len(asked)


# ---------------------------------------------------------------------------- what is not JSON


@attrs.frozen
class Attrs:
    x: int = 1


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (datetime(2024, 1, 1, tzinfo=timezone.utc), 'datetime is not JSON: write it as text, or decorate the function with dates="iso"'),
        (date(2024, 1, 1), 'date is not JSON: write it as text, or decorate the function with dates="iso"'),
        (Decimal(1), 'Decimal is not JSON: write it as text or float, or decorate the function with dates="iso"'),
        (b"x", "bytes is not JSON: decode it, or write it as base64 text"),
        ({1}, "set is not JSON: make it a list"),
        (frozenset({1}), "frozenset is not JSON: make it a list"),
        ((x for x in ()), "generator is not JSON: make it a list"),
        ({}.keys(), "dict_keys is not JSON: make it a list"),
        ({}.values(), "dict_values is not JSON: make it a list"),
        (map(str, []), "map is not JSON: make it a list"),
        (types.MappingProxyType({}), "mappingproxy is not JSON: make it a dict"),
        (len, "a function or class (builtin_function_or_method) is not JSON"),
        (lambda: 1, "a function or class (function) is not JSON"),
        (Color, "a function or class (EnumType) is not JSON"),
        (Point(1), "Point is not JSON: answer dicts, lists, text, numbers, booleans and None"),
        (Data(), "Data is not JSON: answer dicts, lists"),
        (Attrs(), "Attrs is not JSON: answer dicts, lists"),
        (object(), "object is not JSON: answer dicts, lists"),
        (ValueError("a secret"), "ValueError is not JSON: answer dicts, lists"),
        (1j, "complex is not JSON"),
        (Fraction(1), "Fraction is not JSON"),
        (range(3), "range is not JSON"),
        (deque(), "deque is not JSON"),
        (time(), "time is not JSON"),
        (timedelta(), "timedelta is not JSON"),
        (bytearray(), "bytearray is not JSON"),
        (memoryview(b""), "memoryview is not JSON"),
        (PurePosixPath("x"), "PurePosixPath is not JSON"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("beside", ["", "\ud800", 10**30])
def test_what_is_refused_is_told_with_its_path_and_what_to_do(value, reason, beside) -> None:
    """The class, never the value; whichever way it is written."""
    if value is Color:  # its class has another name in Python 3.10
        reason = f"a function or class ({type(Color).__name__}) is not JSON"
    with pytest.raises(NotJSON) as caught:
        encode({"rows": [beside, {"it": value}]})
    assert "$.rows[1].it" == caught.value.path
    assert caught.value.reason.startswith(reason)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("value", "path"),
    [
        ({1}, "$"),
        ([[], [0, {1}]], "$[1][1]"),
        (((), (0, {1})), "$[1][1]"),
        ({"a": {"é": {1}}}, "$.a.é"),
        ({"a.b": {1}}, '$["a.b"]'),
        ({"": {1}}, '$[""]'),
        ({"0": {1}}, '$["0"]'),
        ({'say "hi"\n': {1}}, '$["say \\"hi\\"\\n"]'),
        ({"ok": 1, "no": {1}, "never": {2}}, "$.no"),
        (Box({"a": Box([{1}])}), "$.a[0]"),
        (Enum_ := enum.Enum("Enum_", {"ODD": {1}}), "$"),
        ([Enum_.ODD], "$[0]"),
        ({"a": [1, {2: 3}]}, "$.a[1]"),
        ({"a": {"b": 1, None: 2}}, "$.a"),
        ([{(1, 2): 3}], "$[0]"),
        ({"a": {Color.RED: 1}}, "$.a"),
    ],
)
def test_the_path_is_that_of_the_first_offender(value, path) -> None:
    """As JavaScript would write it; of a key, the path of its object."""
    with pytest.raises(NotJSON) as caught:
        encode(value)
    assert path == caught.value.path


@pytest.mark.parametrize("digits", [4299, 4300, 5000])
def test_numbers_of_any_length_are_json_or_refused(digits) -> None:
    """Python converts so many digits and no more; what it does not has a path."""
    try:
        assert digits + 1 == len(encode(10**digits))
    except NotJSON as refused:
        assert "$" == refused.path
        assert digits >= 4300


def cycle_of_lists():
    value: list = [1]
    value.append(value)
    return value


def cycle_of_dicts():
    value: dict = {"a": {"b": [1]}}
    value["a"]["b"].append(value["a"])
    return value


def cycle_through_a_tuple():
    value: list = []
    value.append((1, value))
    return value


def cycle_through_a_wire_object():
    value: list = []
    value.append(Box({"rows": value}))
    return value


@pytest.mark.parametrize(
    ("make", "path"),
    [
        (cycle_of_lists, "$[1]"),
        (cycle_of_dicts, "$.a.b[1]"),
        (cycle_through_a_tuple, "$[0][1]"),
        (cycle_through_a_wire_object, "$[0].rows"),
    ],
)
def test_a_cycle_is_told_where_it_closes(make, path) -> None:
    """It would never end."""
    with pytest.raises(NotJSON) as caught:
        encode(make())
    assert (path, "it contains itself") == (caught.value.path, caught.value.reason)


def test_shared_parts_are_written_each_time() -> None:
    """By both ways: the same list, dict, tuple and object in many places."""
    row, pair, box = {"v": [1]}, (1, 2), Box([3])
    shared = [row, [row], pair, (pair, row["v"]), box, box, row]

    text = '[{"v":[1]},[{"v":[1]}],[1,2],[[1,2],[1]],[3],[3],{"v":[1]}]'
    assert text.encode() == encode(shared)
    assert f'["\\ud800",{text}]'.encode() == encode(["\ud800", shared])


@pytest.mark.parametrize(
    ("wrap", "levels", "units"),
    [
        (lambda value: [value], 100_000, 200_001),
        (lambda value: {"a": value}, 10_000, 60_001),
        (lambda value: Box([value]), 10_000, 20_001),
        (Box, 10_000, 1),
        # orjson 3.13 does not count tuples inside tuples, and fails hard at some thousands.
        (lambda value: (value,), 1_000, 2_001),
    ],
    ids=["lists", "dicts", "objects", "objects only", "tuples"],
)
def test_any_depth_is_written_and_any_offender_found(wrap, levels, units) -> None:
    """A limit of an engine is none of the protocol."""
    deep, odd = 1, {1}
    for _ in range(levels):
        deep, odd = wrap(deep), wrap(odd)

    assert units == len(encode(deep, Limit(units, "")))
    with pytest.raises(AnswerTooLarge):
        encode(deep, Limit(units - 1, ""))
    with pytest.raises(NotJSON, match="set is not JSON"):
        encode(odd)


# ---------------------------------------------------------------------------------- reading


FINITE = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(), max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


@given(FINITE)
def test_what_the_standard_library_wrote_is_read(value) -> None:
    """Lone surrogates too; integers beyond 64 bits may become doubles, as in JavaScript."""
    assert as_javascript(value) == as_javascript(parse(json.dumps(value).encode()))


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b"null", None),
        (b" [1, 2.5] \n", [1, 2.5]),
        (b'\xef\xbb\xbf{"a":1}', {"a": 1}),
        (b"18446744073709551615", 2**64 - 1),
        (b"18446744073709551616", 2.0**64),
        (b"1" + b"0" * 400, 10**400),
        (b"-" + b"9" * 5000, -math.inf),
        (b"-1e400", -math.inf),
        (b"1e-400", 0.0),
        (b'"\\ud83d\\ude00"', "😀"),
        (b'"\\ude00\\ud83d"', "\ude00\ud83d"),
        (b'{"\\ud800": "\\u0000"}', {"\ud800": "\x00"}),
        (b'{"a":1e400,"a":2}', {"a": 2}),
        ('"\u2028"'.encode(), "\u2028"),
    ],
)
def test_what_is_json_is_read_exactly(body, value) -> None:
    """Also what orjson refuses; a byte order mark is skipped, and the last of two keys wins."""
    read = parse(body)

    assert (type(value), value) == (type(read), read)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "Expecting value at line 1 column 1"),
        (b" ", "Expecting value at line 1 column 2"),
        (b'{"a":\n 1,}', "at line 2 column"),
        (b"{'a':1}", "at line 1 column 2"),
        (b"[1] 2", "Extra data at line 1 column 5"),
        (b"01", "Extra data at line 1 column 2"),
        (b"1.", "Extra data at line 1 column 2"),
        (b"+1", "Expecting value at line 1 column 1"),
        (b"NaN", "NaN is not JSON"),
        (b"[Infinity]", "Infinity is not JSON"),
        (b'{"a":-Infinity}', "-Infinity is not JSON"),
        (b'"a\nb"', "at line 1 column 3"),
        (b'"\\x"', "Invalid \\escape"),
        (b'"\xff"', "byte 1 is not UTF-8"),
        (b'"\xed\xa0\x80"', "byte 1 is not UTF-8"),
        (b"[" * 100_000, "it is nested too deeply"),
        (b'{"a":' * 100_000, "it is nested too deeply"),
        (b"\xff\xfe[\x00]\x00", "byte 0 is not UTF-8"),
    ],
    ids=lambda value: repr(value[:20]),
)
def test_what_is_not_json_is_refused_with_its_place(body, reason) -> None:
    """A 400 without a word of the body."""
    with pytest.raises(RequestRefused) as caught:
        parse(body)
    assert (400, "invalid_json") == (caught.value.status, caught.value.code)
    assert caught.value.message.startswith("The body is not valid JSON: ")
    assert reason in caught.value.message


@pytest.mark.parametrize(
    "body", [b'{"token": s3cret}', b'{"token": "s3cret', b'"s3cret\xff"', b"[s3cret]"]
)
def test_a_refused_body_is_never_quoted(body) -> None:
    """It holds tokens and records."""
    with pytest.raises(RequestRefused) as caught:
        parse(body)
    assert "s3cret" not in caught.value.message


# ------------------------------------------------------------------------- long arrays


class Rows(Wire):
    """An answer object with an array in it."""

    def __init__(self, rows):
        self.rows = rows

    def to_json(self):
        return {"data": self.rows, "n": 1}


@given(st.lists(VALUES) | st.dictionaries(st.text(st.characters()), VALUES), st.integers(1, 4))
def test_slices_give_what_one_piece_gives(value, size) -> None:
    """Arrays, and objects with arrays in them, alone and in an answer object."""
    whole = [encode(value), encode(Rows(value))]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jsonvalue, "_MANY", 0)
        patch.setattr(jsonvalue, "_SLICE", size)
        slices = [encode_slices(one, Limit(math.inf, "")) for one in (value, Rows(value))]
    assert whole == [b"".join(parts) for parts in slices]


def test_a_long_array_is_written_in_slices() -> None:
    """Alone and in an object; a shorter one in one piece."""
    assert 1 == len(encode_slices([0] * 1000))
    assert 12 == len(encode_slices([0] * 1001))
    assert 12 < len(encode_slices({"data": [0] * 1001, "lastPage": True}))


@pytest.mark.parametrize(
    ("value", "path"),
    [
        ([0] * 2500 + [b""], "$[2500]"),
        ({"a": [0] * 2500, "b": [0] * 1500 + [{"c": {1}}]}, "$.b[1500].c"),
        ({"a": [0] * 2500, 1: 2}, "$"),
        ([0] * 2500 + [Rows([b""])], "$[2500].data[0]"),
    ],
)
def test_what_is_refused_in_a_slice_is_told_with_its_path(value, path) -> None:
    """That of the whole answer."""
    with pytest.raises(NotJSON) as refused:
        encode(value, Limit(math.inf, ""))

    assert path == refused.value.path


@pytest.mark.parametrize("limit", [1_000_000, math.inf])
def test_a_cycle_beside_a_long_array_is_told_where_it_closes(limit) -> None:
    """Not as an answer that is too large, nor as one that nobody can write."""
    cycle = {"data": [0] * 2500}
    cycle["self"] = cycle
    with pytest.raises(NotJSON) as refused:
        encode(cycle, Limit(limit, ""))

    assert "$.self" == refused.value.path
    assert "contains itself" in refused.value.reason


def test_an_answer_that_is_too_large_is_not_written_to_its_end() -> None:
    """What comes after the limit is not even looked at."""
    asked = Counter()

    class Row(Wire):
        def to_json(self):
            asked["rows"] += 1
            return "x" * 100

    with pytest.raises(AnswerTooLarge) as refused:
        encode({"data": [Row() for _ in range(100_000)]}, Limit(100_000, "100000"))

    assert "100000" == refused.value.limit
    assert 3900 == asked["rows"]


# ------------------------------------------------------------------------- long bodies


@pytest.fixture
def msgspec_only(monkeypatch):
    """Every body is long."""
    monkeypatch.setattr(jsonvalue, "_LONG", 0)


def read(body):
    """The value, or how the body is refused."""
    try:
        return parse(body)
    except RequestRefused as refused:
        return refused.code, refused.message


def same(one, other) -> bool:
    """Whether both are the same JSON; beyond 64 bits one may be an int and the other a float."""
    if type(one) is not type(other):
        numbers = {type(one), type(other)} == {int, float}
        return numbers and abs(one) >= 2**63 and float(one) == float(other)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict):
        return list(one) == list(other) and all(map(same, one.values(), other.values()))
    return repr(one) == repr(other)


@settings(suppress_health_check=list(HealthCheck))
@given(FINITE, st.integers(0, 10**6), st.binary(max_size=3))
def test_a_long_body_is_read_as_a_short_one(msgspec_only, value, place, put) -> None:
    """Valid, and with bytes put into it anywhere."""
    body = json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")
    at = place % (len(body) + 1)
    for given_body in (body, body[:at] + put + body[at:]):
        long = read(given_body)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(jsonvalue, "_LONG", math.inf)
            short = read(given_body)
        assert same(long, short), given_body


@pytest.mark.parametrize(
    "body",
    [
        b"1e400", b"-1e400", b'"\\ud800"', b"\xef\xbb\xbf[1]", b"NaN",
        b'{"a":1,"a":2}', b"-0", b"-0.0", b"1.0", b"5e-324", b"", b" ", b"[1] x", b'"\xff"',
        b"9223372036854775808", b"18446744073709551616", b"1" * 30, b"[1]\x00",
    ],
)  # fmt: skip
@pytest.mark.parametrize("kind", [bytes, memoryview])
def test_what_one_parser_refuses_the_next_one_reads(msgspec_only, body, kind) -> None:
    """Whatever kind of bytes they are."""
    long = read(kind(body))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jsonvalue, "_LONG", math.inf)
        assert same(long, read(body))


@pytest.mark.parametrize("depth", [900, 1000, 1024, 1025, 1500])
def test_a_deep_body_is_read_or_refused_as_a_short_one(msgspec_only, depth) -> None:
    """How deep Python reads depends on its version; that both agree does not."""
    body = b"[" * depth + b"]" * depth
    long = read(body)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jsonvalue, "_LONG", math.inf)
        short = read(body)

    if isinstance(long, tuple):
        assert long == short
    else:
        assert body == encode(long) == encode(short)


def test_a_body_of_that_length_is_long() -> None:
    """The real thing, of 5 MB."""
    value = [{"id": number, "text": "ü" * 50, "price": number / 7} for number in range(40_000)]

    assert value == parse(json.dumps(value).encode())


def test_without_msgspec_orjson_reads_all(monkeypatch) -> None:
    """Whoever serves without the extra server needs more memory, nothing else."""
    jsonvalue._parse_long.cache_clear()
    monkeypatch.setitem(sys.modules, "msgspec", None)
    monkeypatch.setattr(jsonvalue, "_LONG", 0)

    assert [1.5] == parse(b"[1.5]")
