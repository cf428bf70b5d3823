"""A server for functions that cannot be loaded: it says so to every call until they are mended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from werkzeug.serving import make_server

from ioplugins.jsonvalue import encode

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


def serve_broken(reason: str, host: str, port: int) -> None:
    """Answer every request with 503 and *reason*; on the author's own machine only."""
    body = encode({"errors": [{"message": reason, "code": "not_loaded"}]})

    def app(_: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        headers = [("Content-Type", "application/json; charset=utf-8")]
        start_response("503 Service Unavailable", headers)
        return [body]

    make_server(host, port, app, threaded=True).serve_forever()
