"""The body of a request: read within its limit, inflated, decoded, parsed."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any, Final, NoReturn

from ioplugins.errors import RequestRefused
from ioplugins.jsonvalue import JSON, parse
from ioplugins.turns import LARGE, Turns

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

_PIECE: Final = 64 * 1024
#: A longer body is read in pieces.
_LONG: Final = 1024 * 1024
#: Inflated at a time: what a gzip member leaves of it is looked at again.
_INFLATED_PIECE: Final = 4 * 1024
_CHARSETS: Final = frozenset({"utf-8", "utf-16", "utf-16le", "utf-16be", "utf-32"})
_GZIP: Final = 16 + zlib.MAX_WBITS

#: In the environ: whether bytes of the body may still come, so that the connection must close.
UNREAD: Final = "ioplugins.unread_body"


def read_json(environ: WSGIEnvironment, limit: int, turns: Turns | None = None) -> JSON:
    """The JSON object or list that a request carries; ``{}`` when it carries none.

    Only ``application/json`` is read; any other body is ignored. gzip and deflate are inflated.

    Args:
        environ: The WSGI environ.
        limit: The most bytes, after inflating.
        turns: Where a large page waits for its turn before it is parsed.

    Raises:
        RequestRefused: 400 malformed, 413 larger than *limit*, 415 unknown charset or encoding.
    """
    charset = _charset(environ.get("CONTENT_TYPE", ""))
    if charset is None:
        return {}
    encoding = environ.get("HTTP_CONTENT_ENCODING", "identity")
    if encoding != "identity":
        encoding = encoding.strip().lower()
    if encoding not in {"identity", "gzip", "deflate"}:
        raise RequestRefused(
            415,
            "unsupported_encoding",
            f"The content encoding {encoding[:40]!r} is not supported; use gzip or deflate.",
        )
    data = _read(environ, limit)
    if encoding != "identity":
        data = _inflate(data, encoding, limit)
    elif not data:
        return {}
    large = turns if len(data) >= LARGE else None
    if large is not None:
        large.take()
    if charset != "utf-8":
        data = _to_utf8(data, charset)
    value = parse(data)
    if large is not None:
        large.parsed(value, len(data))
    if not isinstance(value, (dict, list)):
        raise RequestRefused(400, "invalid_json", "The body must be a JSON object.")
    return value


def _charset(content_type: str) -> str | None:
    """The charset of a JSON body; None when the body is said to be no JSON."""
    if content_type == "application/json":  # as integrator.io sends it
        return "utf-8"
    # Most workers never need it, and with its package it takes 2.6 MB.
    from werkzeug.http import parse_options_header  # noqa: PLC0415

    media_type, parameters = parse_options_header(content_type)
    if media_type.lower() != "application/json":
        return None
    charset = parameters.get("charset", "utf-8").lower()
    if charset not in _CHARSETS:
        raise RequestRefused(
            415,
            "unsupported_charset",
            f"The charset {charset[:40]!r} is not supported; use utf-8.",
        )
    return charset


def _read(environ: WSGIEnvironment, limit: int) -> bytes | memoryview:
    stream: Any = environ["wsgi.input"]
    announced = environ.get("CONTENT_LENGTH")
    if announced:
        if not (announced.isascii() and announced.isdigit()):
            raise RequestRefused(400, "bad_request", "Content-Length is not a number.")
        length = int(announced)
        if length > limit:
            _too_large(limit)
        data = _take(stream, length) if length <= _LONG else _take_long(stream, length)
        if len(data) < length:
            raise RequestRefused(400, "bad_request", "The body ended before its Content-Length.")
        environ[UNREAD] = False
        return data
    if not environ.get("wsgi.input_terminated"):
        environ[UNREAD] = False
        return b""  # neither a length nor chunks: there is no body
    pieces: list[bytes] = []
    size = 0
    # Counted by hand: limited streams of the library end at the limit without an error.
    while piece := _take(stream, _PIECE):
        size += len(piece)
        if size > limit:
            _too_large(limit)
        pieces.append(piece)
    environ[UNREAD] = False
    return b"".join(pieces)


def _take_long(stream: Any, size: int) -> memoryview:
    """A long body, piece by piece: of what is read at once, servers hold a second copy."""
    data = memoryview(bytearray(size))
    filled = 0
    while filled < size:
        piece = _take(stream, min(size - filled, _PIECE))
        if not piece:
            break
        data[filled : filled + len(piece)] = piece
        filled += len(piece)
    return data[:filled]


def _take(stream: Any, size: int) -> bytes:
    try:
        data: bytes = stream.read(size)
    except Exception as error:
        # Broken chunks, a caller that went silent or away: each server has its own exceptions.
        raise RequestRefused(400, "bad_request", "The body cannot be read.") from error
    return data


def _too_large(limit: int) -> NoReturn:
    raise RequestRefused(413, "request_too_large", f"The body is larger than {limit} bytes.")


def _inflate(data: bytes | memoryview, encoding: str, limit: int) -> bytes:
    """Inflate; gzip may have several members, and what follows the last one is no data."""
    out: list[bytes] = []
    left = limit
    rest = memoryview(data)
    gzip = encoding == "gzip"
    inflater = zlib.decompressobj(_GZIP if gzip else zlib.MAX_WBITS)
    while rest:
        # In pieces: each member copies what is behind it, and there may be 50,000 of them.
        piece = rest[:_INFLATED_PIECE]
        try:
            out.append(inflater.decompress(piece, left + 1))
        except zlib.error:
            break
        left -= len(out[-1])
        if left < 0:
            _too_large(limit)
        rest = rest[len(piece) - len(inflater.unused_data) :]
        if inflater.eof:
            if not gzip or bytes(rest[:2]) != b"\x1f\x8b":
                return b"".join(out)
            inflater = zlib.decompressobj(_GZIP)
    raise RequestRefused(400, "invalid_encoding", f"The body is not valid {encoding} data.")


def _to_utf8(data: bytes | memoryview, charset: str) -> bytes:
    try:
        return str(data, charset).encode()
    except UnicodeDecodeError as error:
        raise RequestRefused(400, "invalid_json", f"The body is not valid {charset}.") from error
