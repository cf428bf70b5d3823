"""The WSGI application: routes, authentication, one call, its log lines."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import parse_qs

from ioplugins.answering import raised_at
from ioplugins.callinfo import new_request_id
from ioplugins.calling import call_function
from ioplugins.configuration import Configuration
from ioplugins.errors import CALL_ERRORS, RequestRefused, configuration_error
from ioplugins.jsonvalue import JSON, encode
from ioplugins.logs import LogLine, inform, safe_url
from ioplugins.server.authentication import Tokens
from ioplugins.server.body import UNREAD, read_json
from ioplugins.server.drain import Drain
from ioplugins.turns import Turns

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_JSON: Final = ("Content-Type", "application/json; charset=utf-8")
_TEXT: Final = ("Content-Type", "text/plain; charset=utf-8")
_UNAUTHENTICATED: Final = ("WWW-Authenticate", "invalid system token")
_STATUS: Final = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}
_HEALTHY: Final = b'{"success":true}'
_HEARTBEAT: Final = b"HTTP/1.1 102 Processing\r\n\r\n"
_PROBES: Final = frozenset({"/livez", "/readyz"})


class _Reply(NamedTuple):
    """What a route answers; the body in pieces, as a long answer is written."""

    status: int
    slices: list[bytes]
    headers: tuple[tuple[str, str], ...] = (_JSON,)


class Application:
    """The WSGI application of a configuration.

    Args:
        configuration: What it serves.
        drain: What it shares with other workers of the same host; its own when left out.
        stop: Ends the host after its running calls; None where it cannot be ended by a request.
        turns: Where large pages take turns; its own when left out.

    Raises:
        ConfigurationError: There is no system token.
    """

    def __init__(
        self,
        configuration: Configuration,
        *,
        drain: Drain | None = None,
        stop: Callable[[], None] | None = None,
        turns: Turns | None = None,
    ) -> None:
        self.configuration = configuration
        self.drain = drain or Drain()
        self._stop = stop
        self._turns = turns or Turns()
        settings = configuration.settings
        if not settings.system_token:
            raise configuration_error("no_token")
        self._log = settings.logger
        self._tokens = Tokens(settings.system_token)
        self._routes: dict[str, Callable[[WSGIEnvironment], _Reply]] = {
            "POST /function": self._function,
            "GET /": self._health,
            "GET /healthcheck": self._health,
            "GET /livez": self._probe,
            "GET /readyz": self._probe,
            "GET /openconnections": self._open_connections,
            "GET /stopserver": self._stop_server,
        }

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        """Answer one request."""
        began = time.perf_counter_ns()
        method = environ["REQUEST_METHOD"]
        path = _raw_path(environ)
        environ[UNREAD] = _announces_body(environ)
        route = self._routes.get(f"{method} {path}") or self._other_spelling(method, path)
        try:
            reply = route(environ)
        except RequestRefused as refused:
            reply = _refusal(refused)
        except Exception as error:  # noqa: BLE001 - a fault of ours: no stack to the caller
            reply = self._internal_error(error)
        headers = [*reply.headers, ("Content-Length", str(sum(map(len, reply.slices))))]
        if environ[UNREAD]:
            headers.append(("Connection", "close"))
        start_response(_STATUS[reply.status], headers)
        if path not in _PROBES:
            self._log_finished(environ, method, path, reply, began)
        return [b""] if method == "HEAD" else reply.slices

    # ------------------------------------------------------------------------------- routes

    def _other_spelling(self, method: str, path: str) -> Callable[[WSGIEnvironment], _Reply]:
        """The route for HEAD, for another case (ASCII only) and for one trailing slash."""
        lower = path.encode("latin-1", "replace").lower().decode("latin-1")
        if len(lower) > 2 and lower.endswith("/"):
            lower = lower[:-1]
        return self._routes.get(f"{'GET' if method == 'HEAD' else method} {lower}", _not_found)

    def _function(self, environ: WSGIEnvironment) -> _Reply:
        request_id = environ["ioplugins.request_id"] = new_request_id()
        header = environ.get("HTTP_AUTHORIZATION", "")
        settings = self.configuration.settings
        try:
            if header:
                if not self._tokens.accept_header(header):
                    return _unauthorized()
                request = read_json(environ, settings.max_body_size, self._turns)
            else:
                request = self._anonymous(environ, settings.max_anonymous_body_size)
                if request is None:
                    return _unauthorized()
            self.drain.enter()
            try:
                outcome = call_function(
                    self.configuration,
                    request,
                    request_id=request_id,
                    trace_id=environ.get("HTTP_TRACEID", ""),
                    heartbeat=_heartbeat(environ),
                    turns=self._turns,
                )
            finally:
                self.drain.leave()
            del request  # a large page is freed before the next one has its turn
        finally:
            self._turns.give()
        return _Reply(outcome.status, outcome.slices)

    def _anonymous(self, environ: WSGIEnvironment, limit: int) -> JSON:
        """The request of a caller that brings its token in the body; None without a valid one.

        Nobody has to be told what is wrong with a body that comes without a token.
        """
        try:
            request = read_json(environ, limit)
        except RequestRefused as refused:
            if refused.status != HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
                return None
            raise RequestRefused(
                413,
                refused.code,
                f"Without an Authorization header a call may send {limit} bytes; send the system "
                "token in that header.",
            ) from refused
        return request if self._tokens.accept_body(request) else None

    def _health(self, _: WSGIEnvironment) -> _Reply:
        return _Reply(200, [_HEALTHY])

    def _probe(self, _: WSGIEnvironment) -> _Reply:
        if self.drain.terminating:
            fields = {"message": "applicationInTerminatingState"}
            self._log.error(LogLine("healthCheckFailure", fields))
            return _Reply(503, [b"Service Unavailable"], (_TEXT,))
        return _Reply(200, [b"OK"], (_TEXT,))

    def _open_connections(self, environ: WSGIEnvironment) -> _Reply:
        """The number of running calls of all workers; ``?terminate=true`` starts the drain."""
        self._authenticate(environ)
        query = parse_qs(environ.get("QUERY_STRING", ""), keep_blank_values=True)
        if query.get("terminate") == ["true"]:
            self.drain.terminate()
        count = self.drain.running()
        fields = {"noOfOpenConnections": count, "isTerminating": self.drain.terminating}
        self._log.info(LogLine("noOfOpenConnections", fields))
        return _Reply(200, [str(count).encode()], ())

    def _stop_server(self, environ: WSGIEnvironment) -> _Reply:
        self._authenticate(environ)
        self._log.info(LogLine("serverHit", {"u": "/stopServer"}))
        if self._stop is None:
            raise RequestRefused(
                422, "not_supported", "This host cannot be stopped by a request; send it SIGTERM."
            )
        self.drain.terminate()
        self._stop()
        return _Reply(200, [b"preparing to shut down."], ())

    def _authenticate(self, environ: WSGIEnvironment) -> None:
        if not self._tokens.accept_header(environ.get("HTTP_AUTHORIZATION", "")):
            raise RequestRefused(401, **CALL_ERRORS["unauthorized"])

    # ------------------------------------------------------------------------------- the log

    def _internal_error(self, error: Exception) -> _Reply:
        fields = {"error": type(error).__name__, "at": raised_at(error, own=True)}
        debug = self.configuration.settings.debug
        self._log.error(LogLine("internalError", fields), exc_info=error if debug else None)
        return _refusal(RequestRefused(500, "internal_error", "The extension server failed."))

    def _log_finished(
        self, environ: WSGIEnvironment, method: str, path: str, reply: _Reply, began: int
    ) -> None:
        query = environ.get("QUERY_STRING")
        fields: dict[str, Any] = {
            "method": method,
            "url": safe_url(f"{path}?{query}") if query else path,
            "statusCode": reply.status,
            "responseTime": f"{(time.perf_counter_ns() - began + 500_000) // 1_000_000}ms",
        }
        request_id = environ.get("ioplugins.request_id")
        if request_id:
            fields["_reqId"] = request_id
        fields["traceId"] = environ.get("HTTP_TRACEID", "")
        inform(self._log, LogLine("reqFinished", fields))


def _raw_path(environ: WSGIEnvironment) -> str:
    """The path as it was sent: ``/function%2F`` is no route. Servers that tell it use two names."""
    raw: str | None = environ.get("RAW_URI") or environ.get("REQUEST_URI")
    if raw is None:
        return str(environ.get("PATH_INFO") or "/")
    path = raw.partition("?")[0]
    if not path.startswith("/"):  # absolute form, as a proxy sends it
        path = "/" + path.partition("://")[2].partition("/")[2]
    return path


def _announces_body(environ: WSGIEnvironment) -> bool:
    return environ.get("CONTENT_LENGTH", "") not in {"", "0"} or bool(
        environ.get("HTTP_TRANSFER_ENCODING")
    )


def _heartbeat(environ: WSGIEnvironment) -> Callable[[], None] | None:
    """Sends 102 Processing where the server gives its socket; not to HTTP/1.0 callers."""
    socket = environ.get("gunicorn.socket") or environ.get("werkzeug.socket")
    if socket is None or environ.get("SERVER_PROTOCOL") == "HTTP/1.0":
        return None

    def beat() -> None:
        with suppress(OSError):  # the caller has gone: writing the answer will tell
            socket.sendall(_HEARTBEAT)

    return beat


def _refusal(refused: RequestRefused) -> _Reply:
    if refused.status == HTTPStatus.UNAUTHORIZED:
        return _unauthorized()
    error = {"message": refused.message, "code": refused.code}
    return _Reply(refused.status, [encode({"errors": [error]})])


def _unauthorized() -> _Reply:
    body = encode({"errors": [CALL_ERRORS["unauthorized"]]})
    return _Reply(401, [body], (_JSON, _UNAUTHENTICATED))


def _not_found(environ: WSGIEnvironment) -> _Reply:
    path = _raw_path(environ)[:200]
    return _refusal(RequestRefused(404, "not_found", f"Cannot {environ['REQUEST_METHOD']} {path}."))
