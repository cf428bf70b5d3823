"""The Werkzeug host: a server to embed, and what `serve` falls back to without Granian."""

from __future__ import annotations

import os
import socket
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from ioplugins.configuration import Configuration
from ioplugins.errors import configuration_error
from ioplugins.server.app import Application
from ioplugins.server.body import UNREAD
from ioplugins.server.drain import Drain
from ioplugins.server.hosting import Hosting
from ioplugins.server.listening import listen

if TYPE_CHECKING:
    from typing_extensions import Self

    from ioplugins.plugins import Plugins

_LINGER_SECONDS: Final = 2.0


class Server:
    """An extension server in this process: `start` and `stop` it, or use it as a context.

    Args:
        configuration: What it serves; its settings say where.
        plugins: The installed plugins, told when it starts and stops.
        unix_socket: A path to listen on in place of host and port.
        tls: The paths of a certificate and its key.

    Raises:
        ConfigurationError: There is no system token, or the port is taken.
    """

    def __init__(
        self,
        configuration: Configuration,
        *,
        plugins: Plugins | None = None,
        unix_socket: Path | None = None,
        tls: tuple[str, str] | None = None,
    ) -> None:
        self.configuration = configuration
        self._unix_socket = unix_socket
        self._tls = tls
        self._hosting = Hosting("werkzeug", configuration, plugins)
        self._drain = Drain()
        self._answering: set[object] = set()
        Application(configuration)  # there is a token
        self._server: BaseWSGIServer | None = None
        self._thread: threading.Thread | None = None
        self._stopped = threading.Event()

    @property
    def port(self) -> int:
        """The port it listens on; the one the system chose when it was asked for port 0."""
        return self._server.port if self._server else self.configuration.settings.port

    @property
    def url(self) -> str:
        """Its base URL."""
        if self._unix_socket:
            return f"unix:{self._unix_socket}"
        host = self.configuration.settings.host
        shown = f"[{host}]" if ":" in host else host
        return f"{'https' if self._tls else 'http'}://{shown}:{self.port}"

    def start(self) -> None:
        """Listen, and answer on threads of their own until `stop`.

        Raises:
            ConfigurationError: The port is taken.
            PluginError: A plugin failed in its startup.
        """
        self._stopped.clear()
        settings = self.configuration.settings
        listener = listen(settings.host, settings.port, self._unix_socket)
        self._drain = Drain()  # the last one's probes answer 503 for good
        app = Application(self.configuration, drain=self._drain, stop=self.stop_later)
        with listener:
            self._server = make_server(
                f"unix://{self._unix_socket}" if self._unix_socket else settings.host,
                listener.getsockname()[1] if not self._unix_socket else 0,
                app,
                threaded=True,
                request_handler=handler(
                    settings.keep_alive_timeout / 1000,
                    tcp=self._unix_socket is None,
                    answering=self._answering,
                ),
                ssl_context=self._tls,
                fd=listener.fileno(),
            )
        if self._tls:
            # In the thread of the connection: one that says nothing must not keep others away.
            self._server.socket.do_handshake_on_connect = False  # type: ignore[attr-defined]
        try:
            self._hosting.startup()
        except BaseException:
            self._server.server_close()
            self._server = None
            raise
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), name="ioplugins-server", daemon=True
        )
        self._thread.start()
        message = f"ioplugins server listening on port: {self.port}"
        settings.logger.info(message if not self._unix_socket else f"listening on {self.url}")

    def stop(self) -> None:
        """Refuse new calls, let the running ones finish, and end.

        Raises:
            ConfigurationError: It does not run.
        """
        server, self._server = self._server, None
        if server is None or self._thread is None:
            raise configuration_error("not_deployed")
        port = server.port
        self._drain.terminate()
        server.shutdown()
        server.server_close()
        self._thread.join()
        if self._unix_socket:
            self._unix_socket.unlink(missing_ok=True)
        # Calls are bounded by their time limit, answers by that of a connection.
        while self._drain.running() or self._answering:
            time.sleep(0.01)
        self._hosting.shutdown()
        log = self.configuration.settings.logger
        log.info("ioplugins server stopped listening on port: %s", port)
        self._stopped.set()

    def wait(self) -> None:
        """Wait until it was stopped, by `stop` or by ``GET /stopServer``."""
        # A signal that comes just before a wait without an end would not end it.
        while not self._stopped.wait(0.5):
            pass

    def stop_later(self) -> None:
        """Stop soon, from a thread of its own: for signals and for the answer to /stopServer."""
        threading.Timer(0.1, self._stop_once).start()

    def _stop_once(self) -> None:
        if self._server is not None:
            self.stop()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stop_once()

    def __repr__(self) -> str:
        return f"<Server: {self.url if self._server else 'stopped'}, pid {os.getpid()}>"


def handler(
    idle_seconds: float, *, tcp: bool = True, answering: set[object] | None = None
) -> type[WSGIRequestHandler]:
    """The request handler.

    Args:
        idle_seconds: The time a connection may be idle; 0 for ever.
        tcp: Whether it has the options of TCP.
        answering: Holds each connection while a request of it is answered.
    """
    members = {
        "timeout": idle_seconds or None,
        "disable_nagle_algorithm": tcp,
        "answering": set() if answering is None else answering,
    }
    return type("Handler", (_Handler,), members)


class _Handler(WSGIRequestHandler):
    """Werkzeug's handler, but connections are kept alive.

    Werkzeug closes them all because it cannot know whether an application read the whole body.
    This application says so (:data:`~ioplugins.server.body.UNREAD`) and gives every answer a
    length.
    """

    protocol_version = "HTTP/1.1"
    default_request_version = "HTTP/1.0"  # of a request without one: 0.9 has no status line
    answering: set[object]
    error_content_type = "application/json; charset=utf-8"
    error_message_format = (
        '{"errors":[{"message":"The request is not valid HTTP.","code":"bad_request"}]}'
    )

    def version_string(self) -> str:
        """The Server header, without the versions of what runs here."""
        return "ioplugins"

    def parse_request(self) -> bool:
        """Refuse what http.server lets pass and other servers may read differently."""
        if not super().parse_request():
            return False
        lengths = {value.strip() for value in self.headers.get_all("Content-Length", [])}
        codings = [v.strip().lower() for v in self.headers.get_all("Transfer-Encoding", [])]
        if (
            self.headers.defects  # a line without a colon, a blank in a name
            or any("\0" in value for value in self.headers.values())
            or len(lengths) > 1
            or not all(length.isascii() and length.isdigit() for length in lengths)
            or (codings and (lengths or codings != ["chunked"]))
        ):
            self.send_error(400)
            return False
        return True

    def run_wsgi(self) -> None:
        """Answer one request of the connection."""
        self.environ = environ = self.make_environ()
        self.answering.add(self)
        try:
            body = b"".join(self.server.app(environ, self._start))
            self.end_headers()
            self.wfile.write(body)
            self.wfile.flush()
            if environ.get(UNREAD):
                self._linger()
        except OSError as error:  # the caller has gone
            self.close_connection = True
            self.connection_dropped(error, environ)
        finally:
            self.answering.discard(self)

    def _start(self, status: str, headers: list[tuple[str, str]], _: Any = None) -> Any:
        code, _, phrase = status.partition(" ")
        self.send_response(int(code), phrase)
        for name, value in headers:
            self.send_header(name, value)

    def _linger(self) -> None:
        """Take what the caller still sends, for a while: a reset would lose it the answer."""
        self.connection.shutdown(socket.SHUT_WR)
        self.connection.settimeout(_LINGER_SECONDS)
        end = time.monotonic() + _LINGER_SECONDS
        while time.monotonic() < end and self.connection.recv(1 << 20):
            pass

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 - as it is overridden
        """Nothing: the application logs its requests, and what is no request is no news."""
