"""``ioplugins serve``: serve functions on a server stack."""

from __future__ import annotations

import gc
import importlib.util
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from ioplugins.cli.shared import Command, connector_option, system_tokens, target_argument
from ioplugins.errors import configuration_error
from ioplugins.logs import configure_logging
from ioplugins.server.listening import check_certificate
from ioplugins.server.recipe import Recipe


@click.command("serve", cls=Command)
@target_argument
@connector_option
@click.option("--host", help="Address to listen on. [default: 127.0.0.1]")
@click.option("--port", type=click.IntRange(0, 65535), help="0: a free one. [default: 8080]")
@click.option("--unix-socket", type=click.Path(path_type=Path), help="Listen on this path instead.")
@click.option("--workers", type=click.IntRange(1), default=1, show_default=True, help="Processes.")
@click.option(
    "--threads",
    type=click.IntRange(1),
    default=1024,
    show_default=True,
    help="Calls that may run side by side in a worker; threads are made on demand.",
)
@click.option(
    "--pin-workers",
    is_flag=True,
    help="Keep each worker on a core of its own (Linux): more calls where many come at once, "
    "but one core for all that a function starts.",
)
@click.option("--tls-certificate", type=click.Path(exists=True, path_type=Path), help="PEM file.")
@click.option("--tls-key", type=click.Path(exists=True, path_type=Path), help="PEM file.")
@click.option("--tls-1.2", "tls_1_2", is_flag=True, help="Speak TLS 1.2 as well as 1.3.")
@click.option(
    "--drain",
    type=click.FloatRange(0),
    default=0.25,
    show_default=True,
    metavar="SECONDS",
    help="How long the probes answer 503 before connections are refused.",
)
@click.option(
    "--server",
    type=click.Choice(["granian", "werkzeug"]),
    help="[default: granian when it is installed]",
)
@click.option(
    "--log-format", type=click.Choice(["text", "json"]), default="text", show_default=True
)
@click.option(
    "--system-token-file",
    type=click.Path(path_type=Path),
    help="Read the token from a file, not from INTEGRATOR_EXTENSION_SYSTEM_TOKEN. "
    "Two tokens, separated by blanks or lines, are valid at once.",
)
@click.option("--strict", is_flag=True, help="An installed package that fails ends the start.")
@click.pass_context
def command(
    ctx: click.Context,
    target: str | None,
    connectors: tuple[str, ...],
    host: str | None,
    port: int | None,
    unix_socket: Path | None,
    workers: int,
    threads: int,
    pin_workers: bool,
    tls_certificate: Path | None,
    tls_key: Path | None,
    tls_1_2: bool,
    drain: float,
    server: str | None,
    log_format: str,
    system_token_file: Path | None,
    strict: bool,
) -> None:
    """Serve extension functions to integrator.io.

    \b
    Examples:
      ioplugins serve functions.py
      ioplugins serve --workers 2 --port 8080
      ioplugins serve --connector 5f1a00000000000000000c01=shop/connector.py
    """  # noqa: D301 - \b is click's mark for text that keeps its lines
    if pin_workers and not hasattr(os, "sched_setaffinity"):
        raise click.UsageError("--pin-workers needs Linux: here no process can be kept on a core.")
    if (tls_certificate is None) != (tls_key is None):
        raise click.UsageError("--tls-certificate and --tls-key go together.")
    if tls_certificate and tls_key:
        check_certificate(tls_certificate, tls_key)
    given: dict[str, Any] = {"host": host, "port": port}
    settings = {name: value for name, value in given.items() if value is not None}
    tokens = system_tokens(ctx, system_token_file)
    if tokens:
        settings["system_token"] = tokens
    recipe = Recipe(target, connectors, settings, log_format, strict)
    with _collector_off():
        configuration = recipe.load().configuration
    if not configuration.settings.system_token:
        raise configuration_error("no_token")
    configure_logging(log_format)
    configuration.announce()  # said before, when nobody listened yet
    if server is None:
        server = "granian" if importlib.util.find_spec("granian") else "werkzeug"
        if server == "werkzeug":
            click.echo(
                "Warning: serving on Werkzeug's threads, which is meant for development; "
                'pip install "ioplugins[server]" for Granian.',
                err=True,
            )
    if server == "werkzeug":
        if pin_workers:
            raise click.UsageError("--pin-workers needs Granian: Werkzeug's server has no workers.")
        _serve_on_werkzeug(recipe, unix_socket, tls_certificate, tls_key)
        return
    with _collector_off():
        from ioplugins.server.on_granian import Serving, serve  # noqa: PLC0415 - an extra

    serve(
        recipe,
        Serving(
            workers=workers,
            threads=threads,
            pinned=pin_workers,
            unix_socket=unix_socket,
            certificate=tls_certificate,
            key=tls_key,
            tls_1_2=tls_1_2,
            drain_seconds=drain,
            ready=announce,
        ),
    )


@contextmanager
def _collector_off() -> Iterator[None]:
    """For loading: what is imported stays, and a fifth of a start was looking for garbage in it."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def announce(url: str) -> None:
    """The one line that says the server is ready."""
    click.echo(f"ioplugins is serving on {url}")


def _serve_on_werkzeug(
    recipe: Recipe, unix_socket: Path | None, certificate: Path | None, key: Path | None
) -> None:
    from ioplugins.server.hosting import log_stray_threads  # noqa: PLC0415 - as below
    from ioplugins.server.on_werkzeug import Server  # noqa: PLC0415 - Granian needs none

    cooked = recipe.load()
    log_stray_threads()
    tls = (str(certificate), str(key)) if certificate else None
    server = Server(cooked.configuration, plugins=cooked.plugins, unix_socket=unix_socket, tls=tls)
    server.start()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: server.stop_later())
    announce(server.url)
    server.wait()
