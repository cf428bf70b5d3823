"""``ioplugins dev``: serve functions on the desk, reloading when a file changes."""

from __future__ import annotations

import os
import secrets
import signal

import click
from werkzeug.serving import is_running_from_reloader, run_with_reloader

from ioplugins.cli.shared import TOKEN, Command, connector_option, target_argument
from ioplugins.errors import IopluginsError
from ioplugins.logs import configure_logging
from ioplugins.server.broken import serve_broken
from ioplugins.server.listening import listen
from ioplugins.server.on_werkzeug import Server
from ioplugins.server.recipe import Recipe


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
    if not is_running_from_reloader():
        if not os.environ.get(TOKEN):
            os.environ[TOKEN] = secrets.token_urlsafe(24)
            click.echo(f"System token: {os.environ[TOKEN]}")
        with listen("127.0.0.1", port) as listener:  # the same port after each reload
            os.environ["IOPLUGINS_DEV_PORT"] = str(listener.getsockname()[1])
    run_with_reloader(lambda: _serve(target, connectors))


def _serve(target: str | None, connectors: tuple[str, ...]) -> None:
    configure_logging()
    settings = {
        "system_token": os.environ[TOKEN].split(),
        "host": "127.0.0.1",
        "port": int(os.environ["IOPLUGINS_DEV_PORT"]),
        "debug": True,
    }
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))  # the reloader starts another
    try:
        cooked = Recipe(target, connectors, settings).load()
    except IopluginsError as error:
        click.echo(f"Error: {error}", err=True)
        serve_broken(str(error), settings["host"], settings["port"])
        return
    with Server(cooked.configuration, plugins=cooked.plugins) as server:
        click.echo(f"ioplugins is serving on {server.url} (reloads on change)")
        server.wait()
