"""The body of a request: when it is read, how much of it, and what it may be."""

from __future__ import annotations

import gzip
import io
import json
import tracemalloc
import zlib
from typing import Any

import pytest

from ioplugins.errors import RequestRefused
from ioplugins.server import body as body_module
from ioplugins.server.body import UNREAD, read_json
from ioplugins.turns import LARGE, Turns

VALUE = {"diy": True, "function": "f", "options": {"text": "ü€😀"}}
DATA = json.dumps(VALUE, ensure_ascii=False).encode()
LIMIT = 100_000


def packed(data: bytes) -> bytes:
    """A gzip member without the time in it."""
    return gzip.compress(data, mtime=0)


class Unreadable(io.RawIOBase):
    """A body that nobody may touch."""

    def readinto(self, buffer: object) -> int:
        pytest.fail("it was read")  # no Exception: nobody may catch it


class Counted(io.BytesIO):
    """A body that knows how much of it was read."""

    @property
    def taken(self) -> int:
        return self.tell()


def environ(data: bytes | io.IOBase = DATA, content_type: str = "application/json", **more: Any):
    """A WSGI environ with a body of known length."""
    given: dict[str, Any] = {"CONTENT_TYPE": content_type, UNREAD: True, **more}
    if isinstance(data, bytes):
        given.setdefault("CONTENT_LENGTH", str(len(data)))
        given["wsgi.input"] = io.BytesIO(data)
    else:
        given["wsgi.input"] = data
    return given


def chunked(data: io.IOBase, **more: Any):
    """A WSGI environ with a body that ends when it ends."""
    return environ(data, **{"wsgi.input_terminated": True, **more})


def refused(given: Any, limit: int = LIMIT) -> tuple[int, str]:
    """How the body is refused; what is read of it is never quoted."""
    with pytest.raises(RequestRefused) as caught:
        read_json(given, limit)
    assert "text" not in caught.value.message
    return caught.value.status, caught.value.code


# ------------------------------------------------------------------------------- what is a body


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "application/json; charset=utf-8",
        'application/json;charset="UTF-8"',
        "APPLICATION/JSON",
        "application/json; odata=verbose",
    ],
)
def test_json_is_read(content_type: str) -> None:
    """Whatever the case and the parameters; the whole of it was read."""
    given = environ(content_type=content_type)
    assert VALUE == read_json(given, LIMIT)
    assert given[UNREAD] is False


@pytest.mark.parametrize(
    "content_type", ["", "text/plain", "application/x-www-form-urlencoded", "application/jsonp"]
)
def test_another_body_is_ignored_unread(content_type: str) -> None:
    """The call has no options then; the connection must close."""
    given = environ(Unreadable(), content_type, CONTENT_LENGTH="60000000")
    assert {} == read_json(given, LIMIT)
    assert given[UNREAD] is True


def test_no_body_at_all() -> None:
    """Neither a length nor chunks: nothing is waited for."""
    given = environ(Unreadable())
    assert {} == read_json(given, LIMIT)
    assert given[UNREAD] is False


def test_an_empty_body() -> None:
    """Of length 0, or chunks that hold nothing."""
    assert {} == read_json(environ(b""), LIMIT)
    assert {} == read_json(chunked(io.BytesIO()), LIMIT)


@pytest.mark.parametrize("value", [{}, [], {"a": 1}, [1]])
def test_an_object_or_a_list(value: object) -> None:
    """A list counts as an empty call later on."""
    assert value == read_json(environ(json.dumps(value).encode()), LIMIT)


@pytest.mark.parametrize(
    "data",
    [b"5", b"null", b"true", b'"text"', b"-0.5"],
)
def test_anything_else_is_no_request(data: bytes) -> None:
    """Strict JSON has an object or a list at its top."""
    assert (400, "invalid_json") == refused(environ(data))


@pytest.mark.parametrize(
    "data",
    [
        b'{"text": 1,}',
        b"{'text': 1}",
        b'{"text": NaN}',
        b'{"text": Infinity}',
        b'{"text": 01}',
        b'{"text": "a\nb"}',
        b'{"text": 1} // comment',
        b'{"text": 1}{"text": 2}',
        b'{"text"',
        b" \n",
        b'{"text": "\xff"}',
        b"[" * 200_000,
    ],
)
def test_what_is_not_strict_json(data: bytes) -> None:
    """400, however it is malformed."""
    assert (400, "invalid_json") == refused(environ(data), 1_000_000)


# -------------------------------------------------------------------------------- how much of it


@pytest.mark.parametrize("length", [LIMIT + 1, 60_000_000, 10**30])
def test_an_announced_oversize_is_refused_unread(length: int) -> None:
    """At once; the connection must close."""
    given = environ(Unreadable(), CONTENT_LENGTH=str(length))
    assert (413, "request_too_large") == refused(given)
    assert given[UNREAD] is True


def test_a_chunked_oversize_is_refused_as_soon_as_it_passes() -> None:
    """Not read to its end, and not cut at the limit without a word."""
    stream = Counted(b" " * 10_000_000)
    given = chunked(stream)
    assert (413, "request_too_large") == refused(given)
    assert stream.taken <= LIMIT + 64 * 1024
    assert given[UNREAD] is True


def test_a_body_of_exactly_the_limit() -> None:
    """It is no oversize, whichever way it comes."""
    data = b"[" + b" " * (LIMIT - 2) + b"]"
    assert [] == read_json(environ(data), LIMIT)
    assert [] == read_json(chunked(io.BytesIO(data)), LIMIT)
    assert [] == read_json(environ(packed(data), HTTP_CONTENT_ENCODING="gzip"), LIMIT)
    more = b" " + data
    assert (413, "request_too_large") == refused(environ(more))
    assert (413, "request_too_large") == refused(chunked(io.BytesIO(more)))
    assert (413, "request_too_large") == refused(
        environ(packed(more), HTTP_CONTENT_ENCODING="gzip")
    )


def test_chunks_are_put_together() -> None:
    """More of them than one piece."""
    value = ["x" * 50_000] * 4
    given = chunked(io.BytesIO(json.dumps(value).encode()))
    assert value == read_json(given, 1_000_000)
    assert given[UNREAD] is False


@pytest.mark.parametrize("length", ["ten", "-1", "1_0", "+5", "5.0", "0x5"])
def test_a_length_that_is_none(length: str) -> None:
    """Digits alone; a negative one would read without a limit."""
    given = environ(Unreadable(), CONTENT_LENGTH=length)
    assert (400, "bad_request") == refused(given)


def test_a_body_that_ends_before_its_length() -> None:
    """400, and the caller is not taken for one that sent all."""
    assert (400, "bad_request") == refused(environ(DATA, CONTENT_LENGTH=str(len(DATA) + 1)))


# ---------------------------------------------------------------------------------- in disguise


@pytest.mark.parametrize(
    "charset",
    ["utf-8", "UTF-8", "utf-16", "utf-16le", "utf-16be", "UTF-16LE", "utf-32"],
)
def test_a_charset_that_is_read(charset: str) -> None:
    """utf- and a number."""
    data = DATA.decode().encode(charset)
    assert VALUE == read_json(environ(data, f"application/json; charset={charset}"), LIMIT)


def test_a_byte_order_mark_is_skipped() -> None:
    """In UTF-8 and in what is turned into it."""
    assert VALUE == read_json(environ(b"\xef\xbb\xbf" + DATA), LIMIT)
    data = "\ufeff".encode("utf-16le") + DATA.decode().encode("utf-16le")
    assert VALUE == read_json(environ(data, "application/json; charset=utf-16le"), LIMIT)


@pytest.mark.parametrize("charset", ["latin1", "utf8", "us-ascii", "utf-7", "punycode", "x" * 500])
def test_a_charset_that_is_refused_unread(charset: str) -> None:
    """415, and a long name is not repeated."""
    given = environ(Unreadable(), f"application/json; charset={charset}", CONTENT_LENGTH="5")
    with pytest.raises(RequestRefused) as caught:
        read_json(given, LIMIT)
    assert (415, "unsupported_charset") == (caught.value.status, caught.value.code)
    assert len(caught.value.message) < 100


@pytest.mark.parametrize(
    ("charset", "data"),
    [("utf-16le", b"\x00\xd8\x00"), ("utf-16be", b"\xd8\x00\x00\x41"), ("utf-32", b"\xff" * 8)],
)
def test_a_text_that_is_not_of_its_charset(charset: str, data: bytes) -> None:
    """Half a character, a lone surrogate, no code point."""
    given = environ(data, f"application/json; charset={charset}")
    assert (400, "invalid_json") == refused(given)


@pytest.mark.parametrize(
    ("encoding", "data"),
    [
        ("identity", DATA),
        ("gzip", packed(DATA)),
        ("GZIP", packed(DATA)),
        (" gzip ", packed(DATA)),
        ("deflate", zlib.compress(DATA)),
        ("gzip", packed(DATA[:20]) + packed(b"") + packed(DATA[20:])),
        ("gzip", packed(DATA) + b"\0" * 100),
        ("gzip", packed(DATA) + b"what follows is no data"),
        ("deflate", zlib.compress(DATA) + b"more"),
    ],
    ids=str,
)
def test_an_encoding_that_is_read(encoding: str, data: bytes) -> None:
    """Gzip with any number of members, deflate in its zlib form, in any case."""
    assert VALUE == read_json(environ(data, HTTP_CONTENT_ENCODING=encoding), LIMIT)


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, gzip", "x-gzip", "", "g" * 500])
def test_an_encoding_that_is_refused_unread(encoding: str) -> None:
    """415, and a long name is not repeated."""
    given = environ(Unreadable(), HTTP_CONTENT_ENCODING=encoding, CONTENT_LENGTH="5")
    with pytest.raises(RequestRefused) as caught:
        read_json(given, LIMIT)
    assert (415, "unsupported_encoding") == (caught.value.status, caught.value.code)
    assert len(caught.value.message) < 120


RAW_DEFLATE = zlib.compressobj(wbits=-15)


@pytest.mark.parametrize(
    ("encoding", "data"),
    [
        ("gzip", b""),
        ("gzip", DATA),
        ("gzip", packed(DATA)[:-12]),
        ("gzip", packed(DATA)[:-1]),
        ("gzip", packed(DATA)[:-8] + b"\0" * 8),
        ("gzip", packed(DATA) + packed(b"")[:-1]),
        ("gzip", packed(DATA) + b"\x1f\x8bno member"),
        ("gzip", zlib.compress(DATA)),
        ("deflate", b""),
        ("deflate", packed(DATA)),
        ("deflate", zlib.compress(DATA)[:-1]),
        ("deflate", RAW_DEFLATE.compress(DATA) + RAW_DEFLATE.flush()),
    ],
    ids=str,
)
def test_what_is_not_of_its_encoding(encoding: str, data: bytes) -> None:
    """Empty, cut anywhere, a wrong sum, a member that is none, another encoding."""
    given = environ(data, HTTP_CONTENT_ENCODING=encoding)
    assert (400, "invalid_encoding") == refused(given)
    assert given[UNREAD] is False


@pytest.mark.parametrize(
    ("encoding", "bomb"),
    [
        ("gzip", packed(b" " * 50_000_000)),
        ("deflate", zlib.compress(b" " * 50_000_000)),
        ("gzip", packed(b" " * 60_000) * 1000),
    ],
    ids=["gzip", "deflate", "members"],
)
def test_a_bomb_does_not_go_off(encoding: str, bomb: bytes) -> None:
    """It is refused after the limit, and no more than that was ever in memory."""
    given = environ(bomb, HTTP_CONTENT_ENCODING=encoding)
    tracemalloc.start()
    try:
        assert (413, "request_too_large") == refused(given)
        assert tracemalloc.get_traced_memory()[1] < 20 * LIMIT
    finally:
        tracemalloc.stop()


def test_many_members_cost_what_they_are_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """Twice the members, twice the work: a caller without a token may send 50,000 of them."""
    fed = 0
    real = zlib.decompressobj

    class Feeding:
        def __init__(self, bits: int) -> None:
            self._real = real(bits)

        def decompress(self, data: bytes, most: int) -> bytes:
            nonlocal fed
            fed += len(data)
            return self._real.decompress(data, most)

        def __getattr__(self, name: str) -> Any:
            return getattr(self._real, name)

    monkeypatch.setattr(body_module.zlib, "decompressobj", Feeding)
    work = []
    for members in (10_000, 20_000):
        fed = 0
        data = packed(b"") * (members - 1) + packed(b"[]")
        assert [] == read_json(environ(data, HTTP_CONTENT_ENCODING="gzip"), 1_000_000)
        work.append(fed)
    assert work[1] < 3 * work[0]


# ------------------------------------------------------------------------------- large pages


class InPieces(io.BytesIO):
    """A body that tells the largest piece it was asked for, and gives half of it."""

    largest = 0

    def read(self, size: int | None = -1) -> bytes:
        assert size is not None
        self.largest = max(self.largest, size)
        return super().read(max(1, size // 2))


def test_a_long_body_is_read_piece_by_piece() -> None:
    """Whatever the server gives of what is asked for; a server holds a copy of each piece."""
    value = {"text": "ü" * 3_000_000}
    data = json.dumps(value, ensure_ascii=False).encode()
    stream = InPieces(data)
    given = environ(stream, CONTENT_LENGTH=str(len(data)))

    assert value == read_json(given, 10_000_000)
    assert 64 * 1024 == stream.largest
    assert given[UNREAD] is False


@pytest.mark.parametrize("kept", [0, 1, 1024 * 1024, 3_000_000])
def test_a_long_body_that_ends_early(kept: int) -> None:
    """Wherever: before the first piece is full, or after it."""
    given = environ(io.BytesIO(b" " * kept), CONTENT_LENGTH="3000001")

    assert (400, "bad_request") == refused(given, 10_000_000)


@pytest.mark.parametrize("charset", ["utf-8", "utf-16"])
@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_a_long_body_in_any_form(charset: str, encoding: str) -> None:
    """Compressed, or in another charset."""
    value = {"text": [str(number * 7919) for number in range(600_000)]}
    data = json.dumps(value).encode(charset)
    data = packed(data) if encoding == "gzip" else data
    assert len(data) > 1024 * 1024
    given = environ(data, f"application/json; charset={charset}", HTTP_CONTENT_ENCODING=encoding)

    assert value == read_json(given, 50_000_000)


@pytest.mark.parametrize(("size", "turn"), [(LARGE - 1, False), (LARGE, True)])
def test_a_large_page_waits_for_its_turn(size: int, turn: bool) -> None:
    """A small one does not."""
    turns = Turns()
    read_json(environ(b"[" + b" " * (size - 2) + b"]"), size, turns)

    assert turn is turns.give()
