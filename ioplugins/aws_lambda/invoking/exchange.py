"""One exchange with a Lambda function: what integrator.io sends, and what it makes of the reply."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any, Final

from attrs import field, frozen

from ioplugins.aws_lambda.invoking import InvokingError
from ioplugins.errors import RequestRefused
from ioplugins.jsonvalue import JSON, encode, parse

#: The most characters of base64 that the Invoke API takes as client context.
CONTEXT_LIMIT: Final = 3583


@frozen
class Reply:
    """What a function replied.

    Attributes:
        body: The JSON of the answer, or of ``{"errors": [...]}``.
        failed: Whether it is errors.
    """

    body: bytes = field(repr=False)
    failed: bool


def client_context(request: Mapping[str, JSON]) -> str:
    """The client context of *request*, base64.

    Args:
        request: ``function``, ``diy`` or ``_connectorId``, and maybe ``type`` and
            ``maxResponseSize``.

    Raises:
        InvokingError: It is longer than the Invoke API takes.
    """
    text = base64.b64encode(encode(dict(request))).decode()
    if len(text) > CONTEXT_LIMIT:
        raise InvokingError(
            f"The client context has {len(text)} characters and AWS takes {CONTEXT_LIMIT}; the "
            "function's name is too long."
        )
    return text


def reply(payload: bytes, *, failed: bool) -> Reply:
    """What *payload* says: an answer, the errors of a call, or that no call took place.

    Args:
        payload: The body of the invocation's response.
        failed: Whether the invocation failed (``FunctionError``).

    Raises:
        InvokingError: The function did not get as far as the call: it could not be started, it
            ran out of time, or it is no extension function.
    """
    if not failed:
        return Reply(payload, failed=False)
    error = _parsed(payload)
    message = error.get("errorMessage") if isinstance(error, dict) else None
    told = _parsed(message.encode()) if isinstance(message, str) else None
    if isinstance(told, dict) and isinstance(told.get("errors"), list):
        return Reply(encode({"errors": told["errors"]}), failed=True)
    kind: Any = error.get("errorType") if isinstance(error, dict) else None
    raise InvokingError(f"The function failed before the call: {kind or 'error'}: {message}")


def _parsed(text: bytes) -> JSON:
    try:
        return parse(text)
    except RequestRefused:
        return None
