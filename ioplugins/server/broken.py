"""What stands in for functions that cannot be loaded: it says so to every call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ioplugins.jsonvalue import encode

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


def broken_app(reason: str) -> WSGIApplication:
    """An application that answers 503 with *reason*; for the author's own machine only."""
    body = encode({"errors": [{"message": reason, "code": "not_loaded"}]})

    def app(_: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        headers = [
            ("Content-Type", "application/json; charset=utf-8"),
            ("Content-Length", str(len(body))),
            ("Connection", "close"),
        ]
        start_response("503 Service Unavailable", headers)
        return [body]

    return app
