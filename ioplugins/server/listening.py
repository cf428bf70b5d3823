"""The listening socket: a free or a given port, a Unix socket, a clear error when it is taken."""

from __future__ import annotations

import errno
import socket
import ssl
import stat
from pathlib import Path
from typing import Final

from ioplugins.errors import ConfigurationError

_BACKLOG: Final = 4096


def listen(host: str, port: int, unix_socket: Path | None = None) -> socket.socket:
    """Open a listening socket.

    Args:
        host: The address to listen on.
        port: The port; 0 lets the system choose a free one.
        unix_socket: A path to listen on in place of host and port.

    Raises:
        ConfigurationError: It is in use (code ``address_in_use``) or cannot be had
            (``address_not_available``).
    """
    place = str(unix_socket) if unix_socket else f"{host} port {port}"
    try:
        if unix_socket:
            return _listen_unix(unix_socket)
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listener = socket.socket(family, socket.SOCK_STREAM)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((host, port))
            listener.listen(_BACKLOG)
        except BaseException:
            listener.close()
            raise
    except OverflowError:
        raise ConfigurationError(f"There is no port {port}.", "invalid_field") from None
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            message = f"Cannot listen on {place}: another program does. End it or choose another."
            raise ConfigurationError(message, "address_in_use") from error
        message = f"Cannot listen on {place}: {error.strerror or error}."
        raise ConfigurationError(message, "address_not_available") from error
    return listener


def _listen_unix(path: Path) -> socket.socket:
    """A socket file that nobody answers on is left over from a server that was killed."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        if path.exists() and stat.S_ISSOCK(path.stat().st_mode):
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
                if probe.connect_ex(str(path)) == errno.ECONNREFUSED:
                    path.unlink()
        listener.bind(str(path))
        listener.listen(_BACKLOG)
    except BaseException:
        listener.close()
        raise
    return listener


def check_certificate(certificate: Path, key: Path) -> None:
    """Look whether TLS can be served with them, before a host tries.

    Raises:
        ConfigurationError: They are no PEM files, do not belong together, or need a password.
    """
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key, password="")
    except OSError as error:
        reason = error.strerror
        if isinstance(error, ssl.SSLError):
            reason = "they are no PEM certificate and its key, or the key needs a password"
        message = f"Cannot serve TLS with {certificate} and {key}: {reason}."
        raise ConfigurationError(message, "invalid_field") from error
