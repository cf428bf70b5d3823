"""``ioplugins freeze``: write the frozen manifest of what is installed."""

from __future__ import annotations

from pathlib import Path

import click

from ioplugins.cli.shared import Command
from ioplugins.plugins import MANIFEST, freeze


@click.command("freeze", cls=Command)
@click.option(
    "path",
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("ioplugins.json"),
    show_default=True,
    help="The file to write.",
)
def command(path: Path) -> None:
    """Write a manifest of the installed connectors and plugins.

    A host that has it in IOPLUGINS_MANIFEST loads them without a scan of all installed
    packages. Freeze with the Python and the packages that the host will have. What does not
    load is an error; leave it out with IOPLUGINS_DISABLE.

    \b
    Example:
      ioplugins freeze -o ioplugins.json
      IOPLUGINS_MANIFEST=ioplugins.json ioplugins serve
    """  # noqa: D301 - \b is click's mark for text that keeps its lines
    try:
        loaded = [entry for entry in freeze(path) if entry.status == "loaded"]
    except OSError as error:
        raise click.ClickException(f"Cannot write {path}: {error.strerror}.") from error
    for entry in loaded:
        click.echo(f"  {entry.name}  {entry.group}  {entry.value}  {entry.package}")
    click.echo(f"Wrote {len(loaded)} entry points to {path}. Run hosts with {MANIFEST}={path}.")
