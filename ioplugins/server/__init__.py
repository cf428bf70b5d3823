"""The server stack: a WSGI application, and hosts that serve it.

* `create_app` for any WSGI server; `create_app_from_env` for
  ``gunicorn 'ioplugins.server:create_app_from_env()'``;
* `create_server` to start and stop a server in this process;
* ``ioplugins serve`` for production (Granian).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ioplugins.configuration import Configuration
from ioplugins.server.app import Application

if TYPE_CHECKING:
    from ioplugins.server.on_werkzeug import Server

__all__ = ["Application", "create_app", "create_app_from_env", "create_server"]


def create_app(configuration: Configuration) -> Application:
    """The WSGI application of *configuration*.

    Raises:
        ConfigurationError: It has no system token.
    """
    return Application(configuration)


def create_server(configuration: Configuration) -> Server:
    """Make a server to embed; a context that starts and stops it.

    Raises:
        ConfigurationError: It has no system token.
    """
    from ioplugins.server.on_werkzeug import Server  # noqa: PLC0415 - who has a server needs none

    return Server(configuration)


def create_app_from_env() -> Application:
    """The WSGI application that the environment describes, for gunicorn and its like.

    ``IOPLUGINS_TARGET`` is the TARGET of ``ioplugins serve`` (empty: everything installed),
    ``INTEGRATOR_EXTENSION_SYSTEM_TOKEN`` the token.

    Raises:
        ConfigurationError, TargetError, RegistrationError: As ``ioplugins serve`` says them.
    """
    from ioplugins.server.environment import app_from_env  # noqa: PLC0415

    return app_from_env()
