"""``ioplugins lambda``: make a package for AWS Lambda, and call it."""

from __future__ import annotations

from pathlib import Path
from typing import IO

import click

from ioplugins.aws_lambda.invoking import deployed, emulator
from ioplugins.aws_lambda.invoking.exchange import client_context
from ioplugins.aws_lambda.packaging.archive import megabytes
from ioplugins.aws_lambda.packaging.package import Request, make_package
from ioplugins.aws_lambda.packaging.platforms import ARCHITECTURES, PYTHONS, Platform, here
from ioplugins.aws_lambda.packaging.sources import author_files
from ioplugins.aws_lambda.packaging.template import stack_form, template
from ioplugins.cli.shared import Command
from ioplugins.errors import RequestRefused
from ioplugins.jsonvalue import JSON, parse

_FILE = click.Path(dir_okay=False, path_type=Path)
_EXISTING = click.Path(exists=True, path_type=Path)


@click.group("lambda")
def command() -> None:
    """Make a package for AWS Lambda, and call it."""


@command.command("package", cls=Command)
@click.argument("target", required=False)
@click.option(
    "-o", "--output", type=_FILE, default=Path("function.zip"), show_default=True, help="The zip."
)
@click.option(
    "--python",
    type=click.Choice(list(PYTHONS)),
    help="Python of the managed runtime. [default: that of this command, where Lambda has it]",
)
@click.option(
    "--arch", type=click.Choice(list(ARCHITECTURES)), help="[default: that of this machine]"
)
@click.option(
    "-r",
    "--requirements",
    multiple=True,
    type=_EXISTING,
    help="What the functions need. Repeatable. [default: requirements.txt beside the TARGET]",
)
@click.option(
    "--package",
    "packages",
    multiple=True,
    type=_EXISTING,
    help="Folder of a package to build and install, such as a connector. Repeatable.",
)
@click.option(
    "--include",
    multiple=True,
    type=click.Path(path_type=Path),
    help="A further file or folder to put in. Repeatable.",
)
@click.option("--function-url", "http", is_flag=True, help="Serve a server stack, too, over HTTP.")
@click.option("--check/--no-check", default=True, help="Import the finished package here.")
def package(
    target: str | None,
    output: Path,
    python: str | None,
    arch: str | None,
    requirements: tuple[Path, ...],
    packages: tuple[Path, ...],
    include: tuple[Path, ...],
    http: bool,
    check: bool,
) -> None:
    """Package TARGET, or the connectors of the requirements, for AWS Lambda.

    Writes the zip, and beside it template.yaml, an AWS CloudFormation template of the function
    and of the user that integrator.io calls it with; prints what to enter in the form of the
    integrator.io stack. Nothing is sent to AWS.

    \b
    Examples:
      ioplugins lambda package functions.py -o function.zip
      ioplugins lambda package functions.py --python 3.13 --arch arm64
      ioplugins lambda package --package ./shop-connector
    """  # noqa: D301 - \b is click's mark for text that keeps its lines
    if python is None and here().python not in PYTHONS:
        raise click.UsageError(f"Lambda has no Python {here().python}; choose one with --python.")
    platform = Platform(python or here().python, arch or here().architecture)
    author = author_files(target, include)
    beside = author.folder / "requirements.txt"
    if not requirements and beside.exists():
        requirements = (beside,)
    if target is None and not requirements and not packages:
        raise click.UsageError("Give a TARGET, or connectors: -r requirements.txt or --package.")
    request = Request(author, platform, requirements, packages, http, check)
    made = make_package(request, output, lambda line: click.echo(line, err=True))
    beside = output.with_name("template.yaml")
    beside.write_text(template(platform, http=http), encoding="utf-8")
    click.echo(
        f"Wrote {output}, {megabytes(made.size)} ({megabytes(made.unzipped)} unzipped), "
        f"and {beside}.",
        err=True,
    )
    if made.warning:
        click.echo(f"Warning: {made.warning}", err=True)
    click.echo(stack_form(http=http))


@command.command("invoke", cls=Command)
@click.argument("name")
@click.option(
    "--options",
    "options_file",
    type=click.File("rb"),
    required=True,
    help="JSON file with what the function receives; - reads standard input.",
)
@click.option("--zip", "path", type=_FILE, default=Path("function.zip"), show_default=True)
@click.option("--function-name", metavar="ARN", help="Call the deployed function instead.")
@click.option("--region", help="Of --function-name, where it is no ARN.")
@click.option("--type", "type_", metavar="T", help="Framework 1.0 type: hook, wrapper, ...")
@click.option("--connector", "connector_id", metavar="ID", help="The _connectorId to call.")
@click.option("--log", is_flag=True, help="Print to standard error what the zip printed.")
def invoke(
    name: str,
    options_file: IO[bytes],
    path: Path,
    function_name: str | None,
    region: str | None,
    type_: str | None,
    connector_id: str | None,
    log: bool,
) -> None:
    """Call the function NAME of a package as integrator.io does.

    The zip runs on this machine, on AWS's runtime client under AWS's Runtime Interface Emulator
    (downloaded once). The answer goes to standard output; an error to standard error as JSON,
    with exit code 1.

    \b
    Examples:
      ioplugins lambda invoke add_region --options page.json
      ioplugins lambda invoke add_region --options page.json \\
        --function-name arn:aws:lambda:eu-central-1:123456789012:function:io
    """  # noqa: D301 - \b is click's mark for text that keeps its lines
    event = options_file.read()
    try:
        parse(event)
    except RequestRefused as error:
        message = f"{options_file.name}: {error.message}"
        raise click.BadParameter(message, param_hint="--options") from error
    request: dict[str, JSON] = {"function": name}
    if type_ is not None:
        request["type"] = type_
    request |= {"_connectorId": connector_id} if connector_id else {"diy": True}
    context = client_context(request)
    if function_name is not None:
        answer = deployed.invoke(function_name, event, context, region=region)
    else:
        answer, printed = emulator.invoke(path, event, context)
        if log:
            click.echo(printed, err=True)
    click.echo(answer.body, err=answer.failed)
    if answer.failed:
        raise click.exceptions.Exit(1)
