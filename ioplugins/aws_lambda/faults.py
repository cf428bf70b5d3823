"""Faults: how a failed call leaves the handler, as Node's shim posts it.

The caller gets ``{"errorType": "string", "errorMessage": "<JSON text>", ...}`` without a stack,
where the text is ``{"statusCode":422,"errors":[...]}``.
"""

from __future__ import annotations

import functools
import json
import sys
from typing import Any, Final

from ioplugins.errors import response_size_exceeded
from ioplugins.jsonvalue import encode

#: The most bytes that Lambda takes as an answer.
LIMIT: Final = 6_291_556

# What the runtime writes around the text.
_ENVELOPE: Final = 1024


class string(Exception):  # noqa: N801 - the class name is the errorType, and Node's is "string"
    """A failed call, where the runtime has no exception of its own for it."""


def fault(text: str) -> Exception:
    """The exception that makes the runtime post *text* as Node's would; its str() is *text*."""
    module = sys.modules.get("awslambdaric.lambda_runtime_exception")
    base = getattr(module, "FaultException", None)
    if base is None:
        return string(text)
    made: Exception = _fault_class(base)("string", text, [])
    return made


@functools.lru_cache(maxsize=1)
def _fault_class(base: type[Exception]) -> Any:
    """The runtime's FaultException, which it posts without a stack, with a text of its own."""

    def text(self: Any) -> str:
        message: str = self.msg
        return message

    return type("string", (base,), {"__str__": text, "__module__": __name__})


def fault_text(body: bytes) -> str:
    """The text of the fault for the *body* ``{"errors": [...]}`` of a 422.

    One that is longer than Lambda takes becomes the error that says so.
    """
    text = '{"statusCode":422,' + body[1:].decode()
    if _too_long(text):
        return fault_text(too_large())
    return text


def too_large() -> bytes:
    """The body of the 422 for an answer that is longer than Lambda takes."""
    return encode({"errors": [response_size_exceeded(str(LIMIT))]})


def _too_long(text: str) -> bool:
    """Whether *text* inside the runtime's JSON, with all its escapes, would be too long."""
    most = LIMIT - _ENVELOPE
    # No character becomes more than two escapes of six.
    return len(text) * 12 > most and len(json.dumps(text)) > most
