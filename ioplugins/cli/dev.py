"""``ioplugins dev``: serve functions on the desk, reloading when a file changes."""

from __future__ import annotations

import atexit
import logging
import os
import secrets
from typing import TYPE_CHECKING

import click
from werkzeug.serving import is_running_from_reloader, run_simple

from ioplugins.cli.shared import Command, connector_option, target_argument
from ioplugins.configuration import TOKEN_VARIABLE
from ioplugins.errors import IopluginsError
from ioplugins.logs import configure_logging
from ioplugins.server.app import Application
from ioplugins.server.broken import broken_app
from ioplugins.server.hosting import Hosting
from ioplugins.server.listening import listen
from ioplugins.server.on_werkzeug import handler
from ioplugins.server.recipe import Recipe

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

_HOST = "127.0.0.1"


@click.command("dev", cls=Command)
@target_argument
@connector_option
@click.option("--port", type=click.IntRange(0, 65535), default=8080, show_default=True)
def command(target: str | None, connectors: tuple[str, ...], port: int) -> None:
    """Serve on this machine only, and reload when a file changes.

    A token is made and printed unless INTEGRATOR_EXTENSION_SYSTEM_TOKEN holds one. Tracebacks
    are shown. A file that cannot be loaded is told to callers until it is mended.

    \b
    Example:
      ioplugins dev functions.py
    """  # noqa: D301 - \b is click's mark for text that keeps its lines
    # The reloader's parent process only listens; it runs this command again to serve.
    app: WSGIApplication = broken_app("not started")
    if is_running_from_reloader():
        app = _load(target, connectors)
        url = f"http://{_HOST}:{os.environ['IOPLUGINS_DEV_PORT']}"
        click.echo(f"ioplugins is serving on {url} (reloads on change)")
    else:
        if not os.environ.get(TOKEN_VARIABLE):
            os.environ[TOKEN_VARIABLE] = secrets.token_urlsafe(24)
            click.echo(f"System token: {os.environ[TOKEN_VARIABLE]}")
        with listen(_HOST, port) as listener:  # the same port after each reload
            port = listener.getsockname()[1]
        os.environ["IOPLUGINS_DEV_PORT"] = str(port)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # its banner says less than ours
    run_simple(
        _HOST,
        int(os.environ["IOPLUGINS_DEV_PORT"]),
        app,
        use_reloader=True,
        # Where watchdog happens to be installed, Werkzeug would take it; it misses a change that
        # comes while it still sets up its watches.
        reloader_type="stat",
        threaded=True,
        request_handler=handler(idle_seconds=300),
    )


def _load(target: str | None, connectors: tuple[str, ...]) -> WSGIApplication:
    configure_logging()
    try:
        recipe = Recipe(
            target, connectors, {"system_token": os.environ[TOKEN_VARIABLE].split(), "debug": True}
        )
        cooked = recipe.load()
        hosting = Hosting("werkzeug", cooked.configuration, cooked.plugins)
        hosting.startup()
    except IopluginsError as error:
        click.echo(f"Error: {error}", err=True)
        return broken_app(str(error))
    atexit.register(hosting.shutdown)
    return Application(cooked.configuration)
