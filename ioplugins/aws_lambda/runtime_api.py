"""The Runtime API: how a runtime gets invocations from Lambda and posts what they came to."""

from __future__ import annotations

import json
import re
from http.client import HTTPConnection, HTTPException, HTTPMessage, HTTPResponse
from typing import TYPE_CHECKING, Any, Final

from attrs import field, frozen

if TYPE_CHECKING:
    from collections.abc import Mapping

_ROOT: Final = "/2018-06-01/runtime"
_ERROR_TYPE: Final = "Lambda-Runtime-Function-Error-Type"
_JSON: Final = {"Content-Type": "application/json"}
_NOT_ASCII: Final = re.compile("[^\x00-\x7f]")


class RuntimeAPIError(Exception):
    """The Runtime API refused a request; *status* says how."""

    def __init__(self, path: str, status: int) -> None:
        self.path = path
        self.status = status
        super().__init__(f"The Runtime API answered {status} to {path}.")


@frozen
class Invocation:
    """One invocation of the function.

    Attributes:
        request_id: AWS's id of it.
        event: The body, as it was sent.
        deadline_ms: When Lambda ends the process, in milliseconds since 1970.
        function_arn: What was invoked, with its version or alias.
        trace_id: The X-Ray trace header; empty without one.
        client_context: The JSON of the client context; empty without one.
        identity: The JSON of the caller's Cognito identity; empty without one.
    """

    request_id: str
    event: bytes = field(repr=False)
    deadline_ms: int = 0
    function_arn: str = ""
    trace_id: str = ""
    client_context: str = field(default="", repr=False)
    identity: str = field(default="", repr=False)


class RuntimeAPI:
    """A connection to the Runtime API, kept open between invocations.

    Args:
        address: ``host:port``, as AWS_LAMBDA_RUNTIME_API has it.
    """

    def __init__(self, address: str) -> None:
        # Without a time limit: between two invocations the process may be frozen for hours.
        self._connection = HTTPConnection(address)
        self._connection.response_class = _Response

    def close(self) -> None:
        """Close the connection; the next request opens another one."""
        self._connection.close()

    def next(self) -> Invocation:
        """Wait for the next invocation."""
        headers, body = self._request("GET", "/invocation/next")
        return Invocation(
            request_id=headers.get("Lambda-Runtime-Aws-Request-Id", ""),
            event=body,
            deadline_ms=int(headers.get("Lambda-Runtime-Deadline-Ms") or 0),
            function_arn=headers.get("Lambda-Runtime-Invoked-Function-Arn", ""),
            trace_id=headers.get("Lambda-Runtime-Trace-Id", ""),
            client_context=headers.get("Lambda-Runtime-Client-Context", ""),
            identity=headers.get("Lambda-Runtime-Cognito-Identity", ""),
        )

    def post_answer(self, request_id: str, body: bytes) -> None:
        """Post the answer of an invocation, JSON."""
        self._request("POST", f"/invocation/{request_id}/response", body, _JSON)

    def post_error(self, request_id: str, error: Mapping[str, object]) -> None:
        """Post that an invocation failed."""
        self._error(f"/invocation/{request_id}/error", error)

    def post_init_error(self, error: Mapping[str, object]) -> None:
        """Post that the function cannot be started."""
        self._error("/init/error", error)

    def restore_next(self) -> None:
        """Say that a snapshot may be taken; comes back in each process restored from it."""
        self._request("GET", "/restore/next")
        self.close()  # it was open in the snapshot; nobody is at its other end

    def post_restore_error(self, error: Mapping[str, object]) -> None:
        """Post that a restored process cannot go on."""
        self._error("/restore/error", error)

    def _error(self, path: str, error: Mapping[str, object]) -> None:
        headers = {**_JSON, _ERROR_TYPE: str(error["errorType"])}
        self._request("POST", path, json.dumps(error).encode(), headers)

    def _request(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> tuple[HTTPMessage, bytes]:
        try:
            response = self._send(method, path, body, headers)
        except (HTTPException, ConnectionError):
            # The other end had closed the idle connection, as it may.
            self.close()
            response = self._send(method, path, body, headers)
        content = response.read()
        if not 200 <= response.status < 300:
            raise RuntimeAPIError(_ROOT + path, response.status)
        return response.headers, content

    def _send(
        self, method: str, path: str, body: bytes | None, headers: Mapping[str, str] | None
    ) -> HTTPResponse:
        self._connection.request(method, _ROOT + path, body, dict(headers or {}))
        return self._connection.getresponse()


class _Response(HTTPResponse):
    """A response whose headers may hold UTF-8, as a client context does.

    http.client takes headers for latin-1 and ends a line at more characters than HTTP does,
    such as the second byte of an "Å". Only JSON holds others than ASCII, so they become escapes.
    """

    def begin(self) -> None:
        """Read the status line and the headers."""
        plain = self.fp
        lines: Any = _AsciiLines(plain)
        self.fp = lines
        super().begin()
        if self.fp is lines:  # it is closed and gone where there is no body
            self.fp = plain


class _AsciiLines:
    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def readline(self, limit: int = -1) -> bytes:
        line: bytes = self._stream.readline(limit)
        if line.isascii():
            return line
        text = line.decode("utf-8", "replace")
        return _NOT_ASCII.sub(lambda match: json.dumps(match.group())[1:-1], text).encode()
