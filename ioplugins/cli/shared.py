"""What commands share: the TARGET argument, connectors, the token, errors without a traceback."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from ioplugins.configuration import tokens_from
from ioplugins.errors import IopluginsError, configuration_error

F = TypeVar("F", bound=Callable[..., Any])


class Command(click.Command):
    """A command whose errors of this framework are one clear line, with exit code 2."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except IopluginsError as error:
            raise _Failure(str(error)) from error


class _Failure(click.ClickException):
    exit_code = 2


def target_argument(function: F) -> F:
    """The optional TARGET."""
    return click.argument("target", required=False)(function)


def connector_option(function: F) -> F:
    """``--connector ID=TARGET``, any number of times."""
    return click.option(
        "--connector",
        "connectors",
        multiple=True,
        metavar="ID=TARGET",
        help="Functions of a connector, under its _connectorId. Repeatable.",
    )(function)


def system_tokens(ctx: click.Context, file: Path | None) -> tuple[str, ...]:
    """The system tokens of a file, separated by blanks or lines, else those of the environment.

    Raises:
        ConfigurationError: The file holds none.
        click.BadParameter: The file cannot be read.
    """
    if file is None:
        return tokens_from(os.environ)
    try:
        tokens = tuple(file.read_text(encoding="utf-8").split())
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise click.BadParameter(
            f"{file}: {reason}", ctx, param_hint="--system-token-file"
        ) from error
    if not tokens:
        raise configuration_error("no_token")
    return tokens
