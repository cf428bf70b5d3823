"""The fake's server: Werkzeug's, with kept connections and, on demand, broken ones."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from ioplugins.api.fake.application import BROKEN
from ioplugins.errors import ConfigurationError

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication


class Serving:
    """A running server on this machine only.

    Args:
        app: What it serves.
        port: Its port; 0: a free one.

    Raises:
        ConfigurationError: The port is taken.
    """

    def __init__(self, app: WSGIApplication, port: int) -> None:
        listener = socket.socket()
        with listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                listener.bind(("127.0.0.1", port))
            except OSError as error:
                raise ConfigurationError(
                    f"Port {port} cannot be listened on: {error.strerror}.", "port_in_use"
                ) from error
            listener.listen(1024)
            self._open: set[socket.socket] = set()
            handler = type("Handler", (_Handler,), {"open_connections": self._open})
            self._server: BaseWSGIServer = make_server(
                "127.0.0.1",
                listener.getsockname()[1],
                app,
                threaded=True,
                request_handler=handler,
                fd=listener.fileno(),
            )
        self.port = self._server.port
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.01,), name="ioplugins-fake-api", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Stop listening and close all connections."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        for connection in list(self._open):
            with suppress(OSError):  # it was closed in this very moment
                connection.shutdown(socket.SHUT_RDWR)


class _Handler(WSGIRequestHandler):
    """Answers the requests of one connection, until the client closes it.

    Werkzeug's own closes after each, because it cannot know whether the body was read; this
    application reads all of it and gives every answer a length.
    """

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    open_connections: set[socket.socket]

    def setup(self) -> None:
        super().setup()
        self.open_connections.add(self.connection)

    def finish(self) -> None:
        self.open_connections.discard(self.connection)
        super().finish()

    def run_wsgi(self) -> None:
        self.environ = environ = self.make_environ()
        try:
            body = b"".join(self.server.app(environ, self._start))
            if environ.get(BROKEN):
                self.close_connection = True
                return
            self.end_headers()
            self.wfile.write(body)
            self.wfile.flush()
        except (ConnectionError, TimeoutError):
            self.close_connection = True  # the client has gone

    def _start(self, status: str, headers: list[tuple[str, str]], _: Any = None) -> Any:
        code, _, phrase = status.partition(" ")
        self.send_response(int(code), phrase)
        for name, value in headers:
            self.send_header(name, value)

    def version_string(self) -> str:
        return "ioplugins-fake"

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 - as it is overridden
        """Nothing: the index page shows the requests."""
