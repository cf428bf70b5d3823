"""``ioplugins list``: what would be served, where it comes from, and what does not load."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import attrs
import click

from ioplugins.cli.shared import Command, connector_option, target_argument
from ioplugins.installed import packages_of_modules
from ioplugins.targets import load

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from ioplugins.plugins import Plugins
    from ioplugins.registry import Registered
    from ioplugins.targets import Loaded

_INSTALLED: Final = frozenset({"site-packages", "dist-packages"})


@attrs.frozen
class Row:
    """One function as it is listed; None where there is nothing to tell."""

    name: str
    kind: str | None
    section: str | None
    connector: str | None
    where: str
    package: str | None
    version: str | None
    doc: str | None


@click.command("list", cls=Command)
@target_argument
@connector_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(target: str | None, connectors: Sequence[str], *, as_json: bool) -> None:
    """List the extension functions of TARGET, or of everything installed.

    Also lists the installed connector packages and plugins, and why one does not load.

    \b
    Examples:
      ioplugins list functions.py
      ioplugins list --json
    """  # noqa: D301 - \b is click's mark for text that keeps its lines
    loaded = load(target, connectors)
    rows = list(_rows(loaded))
    if as_json:
        click.echo(json.dumps(_document(rows, loaded.plugins), indent=2, ensure_ascii=False))
    else:
        click.echo("\n".join(_lines(rows, loaded.plugins)))


def _rows(loaded: Loaded) -> Iterator[Row]:
    announced = {
        entry.value.partition(":")[0].partition(".")[0]: (entry.distribution, entry.version)
        for entry in loaded.plugins
        if entry.status == "loaded"
    }
    installed: Mapping[str, tuple[str, str]] | None = None
    for registered in loaded.registry:
        function = registered.function
        module = function.where.partition(":")[0]
        top = module.partition(".")[0]
        package = announced.get(top)
        if package is None and _is_installed(module):
            installed = packages_of_modules() if installed is None else installed
            package = installed.get(top)
        yield _row(registered, package or ("", ""))


def _is_installed(module: str) -> bool:
    """Whether pip put it there: a file of the user's may have the name of a package's module."""
    file = getattr(sys.modules.get(module), "__file__", None) or ""
    return not _INSTALLED.isdisjoint(Path(file).parts)


def _row(registered: Registered, package: tuple[str, str]) -> Row:
    function = registered.function
    name, version = package
    return Row(
        name=function.name,
        kind=function.kind.id if function.kind else None,
        section=function.section,
        connector=registered.connector_id,
        where=function.where,
        package=name or None,
        version=version or None,
        doc=function.summary or None,
    )


def _document(rows: Iterable[Row], plugins: Plugins) -> dict[str, object]:
    return {
        "functions": [attrs.asdict(row) for row in rows],
        "packages": [attrs.asdict(entry) for entry in plugins],
        "problems": [str(problem) for problem in plugins.problems],
    }


def _lines(rows: Sequence[Row], plugins: Plugins) -> Iterator[str]:
    for connector in dict.fromkeys(row.connector for row in rows):
        yield f"Connector {connector}" if connector else "DIY functions"
        yield from _table(
            (
                row.name,
                row.kind or "-",
                row.section or "-",
                row.where,
                f"{row.package} {row.version or ''}".strip() if row.package else "-",
                row.doc or "",
            )
            for row in rows
            if row.connector == connector
        )
        yield ""
    if not rows:
        yield "No extension functions."
        yield ""
    if len(plugins):
        yield "Packages"
        yield from _table(
            (entry.name, entry.status, entry.group, entry.value or "-", entry.package or "-")
            for entry in plugins
        )
    else:
        yield "No connector package or plugin is installed."
    problems = plugins.problems
    if problems:
        yield ""
        yield "Problems"
        yield from (f"  {problem}" for problem in problems)


def _table(rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    """Columns as wide as their widest cell."""
    table = list(rows)
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for row in table:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield f"  {'  '.join(cells)}".rstrip()
