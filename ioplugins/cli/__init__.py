"""The command line ``ioplugins``: a group whose commands are modules, imported when needed."""

from __future__ import annotations

import importlib
import keyword
from typing import Final

import click

__all__ = ["main"]


#: Each is a module of this package whose ``command`` it is.
COMMANDS: Final = (
    *("check", "demo", "dev", "fake-api", "freeze"),
    *("invoke", "kinds", "lambda", "list", "new", "serve"),
)


class Commands(click.Group):
    """Our own commands, and what plugins add."""

    _with_plugins = False

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All names, those of plugins included."""
        self._add_plugins()
        return sorted({*COMMANDS, *super().list_commands(ctx)})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name; plugins are asked only for what is not our own."""
        if cmd_name in COMMANDS:
            # No module can be called lambda: that one is lambda_.
            name = cmd_name.replace("-", "_")
            name += "_" * keyword.iskeyword(cmd_name)
            module = importlib.import_module(f"{__name__}.{name}")
            command: click.Command = module.command
            return command
        self._add_plugins()
        return super().get_command(ctx, cmd_name)

    def _add_plugins(self) -> None:
        if self._with_plugins:
            return
        self._with_plugins = True
        from ioplugins.installed import PLUGINS  # noqa: PLC0415
        from ioplugins.manager import call_each  # noqa: PLC0415 - a scan costs each start its time
        from ioplugins.plugins import discover  # noqa: PLC0415

        plugins = discover(groups=[PLUGINS])
        errors = call_each(plugins.manager, "ioplugins_add_commands", group=self)
        for problem in (*plugins.problems, *errors):
            click.echo(f"Warning: {problem}", err=True)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="ioplugins", message="ioplugins %(version)s")
def main() -> None:
    """Extension functions for integrator.io, in Python.

    A TARGET is functions.py or package.module, either with :attribute; without one, everything
    that pip has installed.
    """
