"""``ioplugins invoke``: call one function as integrator.io would, without a server."""

from __future__ import annotations

from pathlib import Path
from typing import IO

import click

from ioplugins.callinfo import new_request_id
from ioplugins.calling import call_function
from ioplugins.cli.shared import Command
from ioplugins.configuration import Configuration
from ioplugins.errors import RequestRefused
from ioplugins.jsonvalue import JSON, encode, parse
from ioplugins.targets import load


@click.command("invoke", cls=Command)
@click.argument("names", nargs=-1, metavar="[TARGET] NAME")
@click.option(
    "--options",
    "options_file",
    type=click.File("rb"),
    required=True,
    help="JSON file with what the function receives; - reads standard input.",
)
@click.option("--type", "type_", metavar="T", help="Framework 1.0 type: hook, wrapper, ...")
@click.option("--connector", "connector_id", metavar="ID", help="The _connectorId to call.")
@click.option(
    "--output", type=click.Path(dir_okay=False, path_type=Path), help="Write the answer here."
)
def command(
    names: tuple[str, ...],
    options_file: IO[bytes],
    type_: str | None,
    connector_id: str | None,
    output: Path | None,
) -> None:
    """Call the function NAME of TARGET (or of an installed connector) once.

    The answer goes to standard output. An error goes to standard error as JSON, as a caller
    would get it, with the place of what is not JSON; the exit code is then 1.

    \b
    Examples:
      ioplugins invoke functions.py add_region --options page.json
      ioplugins kinds preMap --example | ioplugins invoke functions.py add_region --options -
    """  # noqa: D301 - \b is click's mark for text that keeps its lines
    if not 1 <= len(names) <= 2:
        raise click.UsageError("Give [TARGET] NAME.")
    *targets, name = names
    try:
        options = parse(options_file.read())
    except RequestRefused as error:
        message = f"{options_file.name}: {error.message}"
        raise click.BadParameter(message, param_hint="--options") from error
    configuration = _configuration(targets[0] if targets else None, connector_id)
    request: dict[str, JSON] = {"function": name, "options": options}
    if type_ is not None:
        request["type"] = type_
    request |= {"_connectorId": connector_id} if connector_id else {"diy": True}
    outcome = call_function(configuration, request, request_id=new_request_id())
    if outcome.errors:
        report: dict[str, JSON] = {"errors": outcome.errors}
        if outcome.detail:
            report["detail"] = outcome.detail
        click.echo(encode(report), err=True)
        raise click.exceptions.Exit(1)
    if output is not None:
        try:
            output.write_bytes(outcome.body + b"\n")
        except OSError as error:
            raise click.ClickException(f"Cannot write {output}: {error.strerror}.") from error
    else:
        click.echo(outcome.body)


def _configuration(target: str | None, connector_id: str | None) -> Configuration:
    """Of a plain TARGET the functions are those of the connector that is called."""
    loaded = load(target)
    configuration = loaded.configuration()
    if target and connector_id and configuration.diy is not None:
        return load(None, [f"{connector_id}={target}"]).configuration()
    return configuration
