"""The group of commands: help, versions, and the commands that plugins add."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING

import click
import pytest
from click.testing import CliRunner

import ioplugins
from ioplugins.cli import COMMANDS, Commands, main

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import Packages

GREETER = """
import click
from ioplugins import hookimpl

@hookimpl
def ioplugins_add_commands(group):
    @group.command("greet")
    def greet():
        "Say hello."
        click.echo("hello")

    @group.command("serve")
    def serve():
        click.echo("not the real one")
"""


@pytest.fixture
def group(packages: Packages) -> Commands:
    """The group as a new process has it: no plugin was asked yet."""
    return Commands("ioplugins", help=main.help, context_settings=main.context_settings)


def paths(group: click.Group, *path: str) -> Iterator[tuple[str, ...]]:
    """The names that lead to each command, those inside of groups too."""
    context = click.Context(group)
    for name in COMMANDS if group is main else group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from paths(command, *path, name)
        else:
            yield (*path, name)


@pytest.mark.parametrize("path", list(paths(main)), ids=" ".join)
def test_every_command_helps_with_an_example(path: tuple[str, ...]) -> None:
    """One that can be typed as it stands there."""
    result = CliRunner().invoke(main, [*path, "--help"])
    assert 0 == result.exit_code, result.output
    _, _, examples = result.output.partition("Example")
    assert f"ioplugins {' '.join(path)}" in examples


def test_every_command_is_listed_with_what_it_does() -> None:
    """Once, with words behind it."""
    listed = CliRunner().invoke(main, ["--help"]).output.partition("Commands:")[2]
    lines = [line.split() for line in listed.splitlines() if line.strip()]
    described = [words[0] for words in lines if len(words) > 3]
    assert [1] * len(COMMANDS) == [described.count(name) for name in COMMANDS]


@pytest.mark.parametrize("option", ["--help", "-h"])
def test_the_group_says_what_a_target_is(option: str) -> None:
    """Each command takes one."""
    assert "package.module" in CliRunner().invoke(main, [option]).output


def test_the_version() -> None:
    """Name and number."""
    expected = f"ioplugins {ioplugins.__version__}\n"
    assert expected == CliRunner().invoke(main, ["--version"], prog_name="ioplugins").output


def test_python_runs_the_package_as_the_command() -> None:
    """Where the script is not on the PATH."""
    done = subprocess.run(
        [sys.executable, "-m", "ioplugins", "--version"], capture_output=True, text=True, check=True
    )
    assert (f"ioplugins {ioplugins.__version__}\n", "") == (done.stdout, done.stderr)


@pytest.mark.parametrize("arguments", [["nonsense"], ["serve", "--nonsense"], ["serve", "a", "b"]])
def test_what_is_no_command_ends_with_2(arguments: list[str]) -> None:
    """And says how to go on: -h or --help, by the version of click."""
    result = CliRunner().invoke(main, arguments)
    assert 2 == result.exit_code
    assert re.search("Try '.* (-h|--help)' for help", result.output)


def test_commands_of_plugins(group: Commands, packages: Packages) -> None:
    """They are listed and run; they replace none of ours."""
    packages.install("greeter", modules={"main_greeter": GREETER}, plugins={"t_g": "main_greeter"})
    listed = CliRunner().invoke(group, ["--help"])
    assert 0 == listed.exit_code, listed.output
    assert all(f"\n  {name} " in listed.output for name in (*COMMANDS, "greet"))
    assert "Say hello." in listed.output
    assert "hello\n" == CliRunner().invoke(group, ["greet"]).output
    assert "not the real one" not in CliRunner().invoke(group, ["serve", "--help"]).output


def test_a_plugin_is_asked_once(group: Commands, packages: Packages) -> None:
    """And only for what is not our own: a scan costs each start its time."""
    source = """
        from ioplugins import hookimpl
        ASKED = []
        @hookimpl
        def ioplugins_add_commands(group):
            ASKED.append(group)
    """
    packages.install("counter", modules={"main_counter": source}, plugins={"t_c": "main_counter"})
    CliRunner().invoke(group, ["kinds", "--help"])
    assert "main_counter" not in sys.modules
    for arguments in (["nonsense"], ["--help"]):
        CliRunner().invoke(group, arguments)
    assert [group] == sys.modules["main_counter"].ASKED


def test_a_plugin_that_fails_is_a_warning(group: Commands, packages: Packages) -> None:
    """Which names it; the others' commands are there."""
    packages.install("greeter", modules={"main_greeter": GREETER}, plugins={"t_g": "main_greeter"})
    source = """
        from ioplugins import hookimpl
        @hookimpl
        def ioplugins_add_commands(group):
            raise ValueError("no luck")
    """
    packages.install("bad", modules={"main_bad": source}, plugins={"t_bad": "main_bad"})
    packages.install("lost", plugins={"t_lost": "no_such_module"})
    result = CliRunner().invoke(group, ["greet"])
    assert (0, "hello\n") == (result.exit_code, result.stdout)
    for name in ("t_bad", "t_lost"):
        assert 1 == result.stderr.count(f"Warning: Plugin '{name}'")
    assert "Traceback" not in result.stderr


def test_the_group_is_of_click() -> None:
    """Other tools can take it apart: completion, documentation."""
    assert isinstance(main, click.Group)
    assert all(
        isinstance(main.get_command(click.Context(main), name), click.Command) for name in COMMANDS
    )
