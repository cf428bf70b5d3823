"""``ioplugins new``: start a connector package or a project of your own."""

from __future__ import annotations

import keyword
import re
import shlex
import sys
from importlib.machinery import PathFinder
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, Literal

import click

from ioplugins import __version__
from ioplugins.cli.shared import Command, F

#: In the repository a link to contrib/template, in a distribution the files themselves.
TEMPLATE: Final = Path(__file__).with_name("template")

_NAME: Final = re.compile(r"[A-Za-z0-9]+(?:[-_.][A-Za-z0-9]+)*")
_CONNECTOR_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_LONGEST: Final = 60
#: What a project uses under these names, whether it is installed here or not.
_TAKEN: Final = frozenset(
    {"conftest", "ioplugins", "mypy", "pytest", "ruff", "setuptools", "src", "test", "tests"}
)


@click.group("new")
def command() -> None:
    """Start a connector package or a project of your own."""


def _shared_options(function: F) -> F:
    for decorate in (
        click.argument("name", callback=_checked_name),
        click.option(
            "-o",
            "--output",
            type=click.Path(path_type=Path),
            help="Folder to make; it may exist when it is empty. [default: NAME]",
        ),
        click.option(
            "--description",
            default="Extension functions for integrator.io",
            show_default=True,
            callback=_one_line,
            help="One line.",
        ),
        click.option("--author", default="", callback=_one_line, help="Whom setup.cfg names."),
    ):
        function = decorate(function)
    return function


def _checked_name(_ctx: click.Context, _parameter: click.Parameter, name: str) -> str:
    """*name* as it came, when a distribution and a Python package can be called so."""
    if not _NAME.fullmatch(name) or len(name) > _LONGEST:
        raise click.BadParameter(
            f"{name!r} cannot be the name of a package. Choose up to {_LONGEST} of the letters a "
            "to z and digits, with single - _ or . between them, such as my-shop; --output says "
            "where the folder goes."
        )
    package = _package(name)
    reason = _why_not(name, package)
    if reason:
        raise click.BadParameter(
            f"The Python package would be called {package!r}: {reason}. Choose another name, such "
            f"as io-{name}."
        )
    return name


def _package(name: str) -> str:
    """The name that Python imports."""
    return re.sub("[-.]", "_", name).lower()


def _why_not(name: str, package: str) -> str:
    """Why *package* cannot be the package of the distribution *name*; nothing when it can."""
    if not package.isidentifier():
        return "no name in Python begins with a digit"
    if keyword.iskeyword(package):
        return "that is a word of Python itself"
    if package in sys.stdlib_module_names:
        return "that is a module of Python itself"
    if package in _TAKEN:
        return "that name has its use already"
    # Not what this process has imported: what is there. A mere folder has no origin.
    module = PathFinder.find_spec(package)
    if module is not None and module.origin is not None:
        return "a module of that name can be imported here already"
    try:
        distribution(name)
    except PackageNotFoundError:
        return ""
    return f"{name} is installed here already"


def _one_line(_ctx: click.Context, parameter: click.Parameter, value: str) -> str:
    if not value.isprintable():
        raise click.BadParameter("Give one line of text, without control characters.")
    if value.startswith("file:"):
        # setuptools would read that file.
        raise click.BadParameter(f"{parameter.name} cannot begin with file:; reword it.")
    return value.strip()


def _checked_id(_ctx: click.Context, _parameter: click.Parameter, given: str | None) -> str | None:
    if given is not None and not _CONNECTOR_ID.fullmatch(given):
        raise click.BadParameter(
            f"{given!r} is no _connectorId. Those of integrator.io are 24 digits and letters a to "
            "f; any letters, digits and - _ . will do until you have it."
        )
    return given


@command.command("connector", cls=Command)
@_shared_options
@click.option(
    "--connector-id",
    metavar="ID",
    callback=_checked_id,
    help="The _connectorId that integrator.io calls it by. [default: NAME, until you have it]",
)
def connector(
    name: str, output: Path | None, description: str, author: str, connector_id: str | None
) -> None:
    """Start the connector package NAME: hooks, a wrapper connection, tests, CI.

    Once it is installed, every host finds it by its entry point.

    \b
    Examples:
      ioplugins new connector my-shop
      ioplugins new connector my-shop --connector-id 5f9b3c2a7d1e4f0011aa22bb
    """  # noqa: D301 - \b is click's mark for text that keeps its lines
    answers = {"description": description, "author": author, "connector_id": connector_id or name}
    _make("connector", name, output or Path(name), answers)


@command.command("project", cls=Command)
@_shared_options
def project(name: str, output: Path | None, description: str, author: str) -> None:
    """Start the project NAME: hooks for the stacks of your own account, tests, CI.

    \b
    Examples:
      ioplugins new project my-hooks
      ioplugins new project my-hooks --output ./extensions --author "Ada Lovelace"
    """  # noqa: D301 - as above
    _make("project", name, output or Path(name), {"description": description, "author": author})


def _make(
    kind: Literal["connector", "project"], name: str, output: Path, answers: dict[str, str]
) -> None:
    """Make the project in full beside *output* first: a failure leaves nothing half-written.

    Raises:
        click.ClickException: *output* is taken, cannot be written, or copier is missing.
    """
    answers |= {"kind": kind, "name": name, "package": _package(name), "ioplugins": __version__}
    try:
        _refuse_taken(output)
        # On the file system of the project, so that nothing has to be copied.
        beside = output if output.is_dir() else output.parent
        with TemporaryDirectory(prefix=".ioplugins-new-", dir=beside) as folder:
            made = Path(folder, "project")
            _render(made, answers)
            _move(made, output)
    except OSError as error:
        raise click.ClickException(f"Cannot write {output}: {error.strerror or error}.") from error
    click.echo(f"Made {output}. Go on with:\n")
    for line in (f"cd {shlex.quote(str(output))}", 'pip install -e ".[dev]"', "pytest"):
        click.echo(f"    {line}")


def _refuse_taken(output: Path) -> None:
    if not output.parent.is_dir():
        raise click.ClickException(f"There is no folder {output.parent} to put it in; make it.")
    if output.is_dir() and not any(output.iterdir()):
        return
    if output.exists() or output.is_symlink():
        raise click.ClickException(
            f"{output} is there already, and nothing in it is ever overwritten. Remove it, or "
            "choose another folder with --output."
        )


def _render(folder: Path, answers: dict[str, str]) -> None:
    try:
        from copier import run_copy  # noqa: PLC0415 - only this command needs it
    except ModuleNotFoundError as error:
        raise click.ClickException(
            f"Projects are made with copier, and {error.name} is not installed: "
            'pip install "ioplugins[new]"'
        ) from error
    run_copy(str(TEMPLATE), folder, data=answers, defaults=True, quiet=True)


def _move(made: Path, output: Path) -> None:
    """Put *made* where *output* is to be; an empty folder that is there stays that folder."""
    if not output.exists():
        made.rename(output)
        return
    for path in made.iterdir():
        path.rename(output / path.name)
