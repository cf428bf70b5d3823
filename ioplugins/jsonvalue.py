"""JSON in and out: parsing a body, what counts as JSON, encoding once, size in UTF-16 units.

orjson does the work; the standard library and :func:`_write` do what orjson cannot, so that the
outcome is the same either way: lone surrogates, numbers beyond 64 bits, deep nesting, and the
path of whatever is not JSON.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from enum import Enum
from functools import cache
from json.encoder import encode_basestring
from typing import Any, Final, NamedTuple
from uuid import UUID

import orjson

from ioplugins.errors import AnswerTooLarge, NotJSON, RequestRefused
from ioplugins.javascript import number_text

#: A value as JSON gives it: dict, list, str, int, float, bool or None. The one use of Any.
JSON = Any

_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
#: Bodies of so many bytes are parsed by msgspec, where it is installed (the extra server brings
#: it): as fast, in two thirds of the memory.
_LONG: Final = 4 * 1024 * 1024
#: An array with more elements is written so many at a time: one that is too large is noticed early,
#: and there is little beside what is written already.
_MANY: Final = 1_000
_SLICE: Final = 100
_OPTIONS: Final = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_DATACLASS
# Patterns, here and elsewhere, are text: re compiles what a call needs, and keeps it.
_TOKENS: Final = r'"[^"\\]*(?:\\.[^"\\]*)*"|-?[0-9][0-9.eE+-]*'
_SURROGATE: Final = "[\ud800-\udfff]"


class Wire:
    """Base of the classes that know their wire form (options and answers)."""

    __slots__ = ()

    def to_json(self) -> JSON:
        """The plain JSON of this object; parts of it may be Wire objects again."""
        raise NotImplementedError


class Limit(NamedTuple):
    """The longest answer a caller takes.

    Attributes:
        units: UTF-16 code units of the compact JSON, as ``JSON.stringify(answer).length``.
        text: The number as the caller wrote it, for the error message.
    """

    units: float
    text: str


# ------------------------------------------------------------------------------- reading


def parse(body: bytes | memoryview) -> JSON:
    """Parse strict JSON as the Node packages do; one byte order mark is skipped.

    An integer beyond 64 bits is a float, as in JavaScript, or an int; either is the same double.

    Raises:
        RequestRefused: 400; *body* is malformed, not UTF-8 or nested too deeply. The message
            gives the position and never quotes the body.
    """
    if body[: len(_BYTE_ORDER_MARK)] == _BYTE_ORDER_MARK:
        body = body[len(_BYTE_ORDER_MARK) :]
    if len(body) >= _LONG:
        try:
            return _parse_long()(body)
        except Exception:  # noqa: BLE001, S110 - orjson reads it, or tells what is wrong with it
            pass
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return _parse_what_orjson_refuses(body)


@cache
def _parse_long() -> Callable[[bytes | memoryview], JSON]:
    """The parser of msgspec: the same values, without orjson's notes of three times the body."""
    import msgspec  # noqa: PLC0415 - hardly any body is long

    return msgspec.json.Decoder().decode


def _parse_what_orjson_refuses(body: bytes | memoryview) -> JSON:
    """1e400, lone surrogates, deep nesting; or the reason why it is malformed."""
    try:
        return json.loads(str(body, "utf-8"), parse_constant=_refuse, parse_int=_integer)
    except json.JSONDecodeError as error:
        reason = f"{error.msg.removesuffix(' at')} at line {error.lineno} column {error.colno}"
    except UnicodeDecodeError as error:
        reason = f"byte {error.start} is not UTF-8"
    except RecursionError:
        reason = "it is nested too deeply"
    except ValueError as error:
        reason = str(error)
    raise RequestRefused(400, "invalid_json", f"The body is not valid JSON: {reason}.")


def _refuse(name: str) -> float:
    raise ValueError(f"{name} is not JSON")


def _integer(digits: str) -> float:
    try:
        return int(digits)
    except ValueError:  # beyond the digits Python converts: a double, as in JavaScript
        return float(digits)


# ------------------------------------------------------------------------------- writing


def encode(value: JSON, limit: Limit | None = None) -> bytes:
    """As `encode_slices`, in one piece."""
    return b"".join(encode_slices(value, limit))


def encode_slices(value: JSON, limit: Limit | None = None) -> list[bytes]:
    """The compact JSON of *value* in UTF-8, with lone surrogates escaped.

    It comes in slices of a hundred elements, so that a long answer need not be there twice.

    Plain JSON, :class:`Wire` objects, tuples, UUIDs (as text), enum members (as their value)
    and subclasses of the plain types are JSON; NaN and infinities become null.

    Raises:
        NotJSON: With the path of the first thing that is not JSON.
        AnswerTooLarge: It is longer than *limit*.
    """
    while isinstance(value, Wire):
        value = value.to_json()
    try:
        slices = _in_slices(value, limit) if _has_many(value) else [_dumps(value)]
    except TypeError:
        body, units = _write(value)
        if limit is not None and units > limit.units:
            raise AnswerTooLarge(limit.text) from None
        return [body]
    if limit is not None and _longer(slices, limit.units):
        raise AnswerTooLarge(limit.text)
    return slices


def _dumps(value: object) -> bytes:
    return orjson.dumps(value, _wire_form, _OPTIONS)


def _has_many(value: JSON) -> bool:
    """Whether *value* is, or holds at its top, an array that is written slice by slice."""
    if value.__class__ is list:
        return len(value) > _MANY
    return value.__class__ is dict and any(
        item.__class__ is list and len(item) > _MANY for item in value.values()
    )


def _in_slices(value: JSON, limit: Limit | None) -> list[bytes]:
    """As `_dumps`, but a long array is written a slice at a time, and no more than is needed.

    An answer has a quarter as many UTF-16 units as bytes, or more: ``-0.0`` is ``0`` in JavaScript.
    """
    slices: list[bytes] = []
    size = 0
    for part in _slices(value):
        slices.append(part)
        size += len(part)
        if limit is not None and size > 4 * limit.units:
            raise AnswerTooLarge(limit.text)
    return slices


def _slices(value: JSON) -> Iterator[bytes]:
    """A long array, or an object with long arrays at its top: what is deeper is written as ever."""
    if value.__class__ is list:
        yield from _slices_of_array(value)
        return
    opening = b"{"
    for key, item in value.items():
        if key.__class__ is not str:
            raise TypeError(key)
        yield opening + _dumps(key) + b":"
        if item.__class__ is list and item:
            yield from _slices_of_array(item)
        else:
            yield _dumps(item)
        opening = b","
    yield b"}"


def _slices_of_array(items: list[JSON]) -> Iterator[bytes]:
    opening = b"["
    for start in range(0, len(items), _SLICE):
        yield opening + _dumps(items[start : start + _SLICE])[1:-1]
        opening = b","
    yield b"]"


def _wire_form(value: object) -> JSON:
    if isinstance(value, Wire):
        return value.to_json()
    raise TypeError


def _longer(slices: list[bytes], limit: float) -> bool:
    """Whether JavaScript's text of the same value has more than *limit* UTF-16 units.

    Slices end between elements, never within a number or a text.

    A UTF-8 byte is at least as many as UTF-16 units, and a number is at most 18 longer in
    JavaScript (1e+20 has 21 for 5), so that most answers are known to fit without a look at them.
    """
    size = sum(map(len, slices))
    if size * 5 < limit:
        return False
    if size + sum(map(_most_longer, slices)) <= limit:
        return False
    texts = [part.decode() for part in slices]
    units = sum(map(_units, texts))
    # JavaScript writes 1.0 as 1 and 1.2345678901234568e+20 without its exponent.
    if units - sum(3 * text.count(".0") + 5 * text.count("e") for text in texts) > limit:
        return True
    return units + sum(map(_longer_numbers, texts)) > limit


def _most_longer(part: bytes) -> int:
    """How many characters more JavaScript may need than orjson for the numbers of *part*."""
    longer = part.count(b"e-6")
    if b"+" in part:  # a single byte is found in a third of the time
        longer += part.count(b"e+")
    return 18 * longer + part.count(b"9" * 15)


def _longer_numbers(text: str) -> int:
    """How many characters more JavaScript does need."""
    more = 0
    for match in re.finditer(_TOKENS, text):
        token = match.group()
        if token[0] != '"' and (len(token) > 15 or "." in token or "e" in token):
            more += len(number_text(float(token))) - len(token)
    return more


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _write(root: object) -> tuple[bytes, int]:
    """The slow, exact way: any depth, any number, with the path of the offender.

    Returns the bytes and the length in UTF-16 units of what JavaScript would write.
    """
    parts: list[str] = []
    longer = 0  # how much longer our big integers are than JavaScript's
    frames: list[_Frame] = []
    inside: set[int] = set()
    value = root
    while True:
        value = _plain(value, frames)
        if isinstance(value, (dict, list, tuple)):
            if id(value) in inside:
                raise NotJSON(_path(frames), "it contains itself")
            inside.add(id(value))
            frames.append(_Frame(value))
        elif isinstance(value, int) and not isinstance(value, bool):
            try:
                parts.append(int.__repr__(value))
            except ValueError:  # beyond the digits Python converts
                raise NotJSON(_path(frames), "the number has too many digits") from None
            longer += len(parts[-1]) - len(number_text(value))
        else:
            parts.append(_scalar(value))
        while frames:
            try:
                value = frames[-1].next(parts, frames)
                break
            except StopIteration:
                inside.discard(id(frames.pop().container))
        else:
            break
    text = "".join(parts)
    if re.search(_SURROGATE, text):
        # Two halves that meet are one character in JavaScript; a lone one is escaped.
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
        text = re.sub(_SURROGATE, lambda match: f"\\u{ord(match.group()):04x}", text)
    return text.encode(), _units(text) - longer


class _Frame:
    """A list or map that is being written: what is left of it and where we are in it."""

    __slots__ = ("close", "container", "items", "separator", "step")

    def __init__(self, container: JSON) -> None:
        self.container = container  # kept, so that its id stays its own while it is open
        self.items: Iterator[Any] = iter(
            container.items() if isinstance(container, dict) else enumerate(container)
        )
        self.close = "}" if isinstance(container, dict) else "]"
        self.separator = "{" if isinstance(container, dict) else "["
        self.step: object = None

    def next(self, parts: list[str], frames: list[_Frame]) -> object:
        """The next value to write, after its comma and key; StopIteration after the bracket."""
        try:
            self.step, value = next(self.items)
        except StopIteration:
            parts.append(self.close if self.separator == "," else self.separator + self.close)
            raise
        parts.append(self.separator)
        self.separator = ","
        if self.close == "}":
            if not isinstance(self.step, str):
                key, self.step = self.step, None
                raise NotJSON(_path(frames), f"a key is {type(key).__name__}, not text")
            parts.append(encode_basestring(self.step))
            parts.append(":")
        return value


def _path(frames: list[_Frame]) -> str:
    """Where the writer is, such as ``$.data[3]["odd key"]``."""
    path = "$"
    for frame in frames:
        if isinstance(frame.step, str):
            path += (
                f".{frame.step}"
                if frame.step.isidentifier()
                else f"[{encode_basestring(frame.step)}]"
            )
        elif frame.step is not None:
            path += f"[{frame.step}]"
    return path


def _plain(value: object, frames: list[_Frame]) -> JSON:
    """*value* with Wire objects, UUIDs and enum members replaced; refuses what is not JSON."""
    while isinstance(value, (Wire, Enum)):
        value = value.to_json() if isinstance(value, Wire) else value.value
    if isinstance(value, UUID):
        return str(value)
    if value is None or isinstance(value, (str, int, float, dict, list)) or type(value) is tuple:
        return value
    raise NotJSON(_path(frames), _why_not(value))


def _scalar(value: JSON) -> str:
    if isinstance(value, str):
        return encode_basestring(value)
    if isinstance(value, float):
        return number_text(value)
    return {None: "null", True: "true", False: "false"}[value]


def _why_not(value: object) -> str:
    name = type(value).__name__
    if callable(value):
        return f"a function or class ({name}) is not JSON"
    advice = {
        "datetime": 'write it as text, or decorate the function with dates="iso"',
        "date": 'write it as text, or decorate the function with dates="iso"',
        "Decimal": 'write it as text or float, or decorate the function with dates="iso"',
        "bytes": "decode it, or write it as base64 text",
        "set": "make it a list",
        "frozenset": "make it a list",
        "generator": "make it a list",
        "dict_keys": "make it a list",
        "dict_values": "make it a list",
        "map": "make it a list",
        "mappingproxy": "make it a dict",
    }.get(name, "answer dicts, lists, text, numbers, booleans and None")
    return f"{name} is not JSON: {advice}"
