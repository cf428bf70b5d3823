"""Every hook: its documentation, and a plugin of a fake package that implements it."""

from __future__ import annotations

import inspect
import os
import re
import subprocess
import sys
from pathlib import Path
from textwrap import dedent
from typing import TYPE_CHECKING

import pytest

from ioplugins import Registry, call_function, hookspecs
from ioplugins.errors import PluginError
from ioplugins.hookspecs import Host
from ioplugins.manager import call_each
from ioplugins.plugins import discover

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Packages

PAGE = Path(__file__).parent.parent / "docs" / "plugins.md"

HOOKS = {
    name: function
    for name, function in vars(hookspecs).items()
    if hasattr(function, "ioplugins_spec")
}


def signature_of(function: Callable[..., object]) -> str:
    """The signature as the source has it, without the quotes of postponed annotations."""
    return f"{function.__name__}{inspect.signature(function)}".replace("'", "")


# --------------------------------------------------------------------------- documentation


def test_these_are_all_hooks() -> None:
    """A new hook is added here, to the page, and with a test of its own below."""
    expected = {
        "ioplugins_register",
        "ioplugins_startup",
        "ioplugins_shutdown",
        "ioplugins_call",
        "ioplugins_add_commands",
    }
    assert expected == set(HOOKS)


@pytest.mark.parametrize("name", HOOKS)
def test_a_hook_has_a_heading_with_its_signature(name: str) -> None:
    """docs/plugins.md shows each hook exactly as it is specified."""
    headings = re.findall(r"^### `(.+)`$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert signature_of(HOOKS[name]) in headings


def test_the_page_has_no_other_hook() -> None:
    """What was removed from the code is removed from the page."""
    headings = re.findall(r"^### `(ioplugins_\w+)", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(HOOKS) == sorted(headings)


@pytest.mark.parametrize("name", HOOKS)
def test_a_hook_has_a_test_named_after_it(name: str) -> None:
    """Each hook is implemented by a plugin in this module."""
    assert [test for test in globals() if test.startswith(f"test_{name}")]


@pytest.mark.parametrize("name", HOOKS)
def test_a_hook_says_what_when_and_with_what(name: str) -> None:
    """A summary line, when it is called, and every parameter."""
    text = inspect.getdoc(HOOKS[name]) or ""
    assert text.partition("\n")[0].endswith(".")
    assert "\nCalled " in text
    for parameter in inspect.signature(HOOKS[name]).parameters:
        assert f"\n    {parameter}: " in text.partition("Args:")[2]


def tutorial() -> str:
    """The plugin of the tutorial, which is the docstring of the module."""
    blocks = re.findall(r"::\n\n((?:    .*\n|\n)+)", hookspecs.__doc__ or "")
    return dedent(blocks[0])


def test_the_page_shows_the_plugin_of_the_tutorial() -> None:
    """The two do not drift apart."""
    assert tutorial().strip() in PAGE.read_text(encoding="utf-8")


def test_the_plugin_of_the_tutorial_works(
    packages: Packages, caplog: pytest.LogCaptureFixture
) -> None:
    """Installed as it stands, it logs how long a call took."""
    packages.install(
        "stopwatch", modules={"stopwatch": tutorial()}, plugins={"t_stopwatch": "stopwatch"}
    )
    caplog.set_level("INFO", "stopwatch")
    assert b"[1]" == call({"f": lambda options: [1]})
    assert re.fullmatch(r"f took \d+\.\d{3} s", caplog.messages[-1])


# -------------------------------------------------------------------------- in every process


def call(functions: dict[str, object]) -> bytes:
    """What a call of the function f is answered, through the installed plugins."""
    registry = Registry()
    registry.add(functions)
    plugins = discover(groups=["ioplugins.plugins"]).register(registry)
    configuration = registry.configuration(call_wrapper=plugins.call_wrapper)
    return call_function(
        configuration, {"diy": True, "function": "f", "options": {"a": 1}}, request_id="r"
    ).body


def test_ioplugins_call_sees_and_changes_a_call(packages: Packages) -> None:
    """What it returns is what the caller gets."""
    source = """
        from ioplugins import hookimpl

        @hookimpl(wrapper=True)
        def ioplugins_call(call):
            answer = yield
            told = [call.function.name, call.connector_id, call.options, call.request_id]
            return {"answer": answer, "told": told}
    """
    packages.install("teller", modules={"teller": source}, plugins={"t_teller": "teller"})
    expected = b'{"answer":2,"told":["f",null,{"a":1},"r"]}'
    assert expected == call({"f": lambda options: 2})


def test_ioplugins_call_refuses_a_call(packages: Packages) -> None:
    """An ExtensionError is the plugin's answer; the function is not run."""
    source = """
        from ioplugins import ExtensionError, hookimpl

        @hookimpl(wrapper=True)
        def ioplugins_call(call):
            raise ExtensionError("not today", code="closed")
            yield
    """
    packages.install("closed", modules={"closed": source}, plugins={"t_closed": "closed"})
    ran: list[object] = []
    expected = b'{"errors":[{"message":"not today","code":"closed"}]}'
    assert expected == call({"f": ran.append})
    assert [] == ran


def test_ioplugins_call_lets_a_functions_error_pass(packages: Packages) -> None:
    """A wrapper sees the author's exception; the answer is the one without the plugin."""
    source = """
        from ioplugins import hookimpl

        seen = []

        @hookimpl(wrapper=True)
        def ioplugins_call(call):
            try:
                return (yield)
            except ZeroDivisionError as error:
                seen.append(error)
                raise
    """

    def f(options: object) -> float:
        return 1 / 0

    without = call({"f": f})
    packages.install("seer", modules={"seer": source}, plugins={"t_seer": "seer"})
    assert without == call({"f": f})
    assert 1 == len(sys.modules["seer"].seen)


def test_ioplugins_call_that_raises_names_its_plugin(packages: Packages) -> None:
    """The caller and the log learn which package is at fault."""
    source = """
        from ioplugins import hookimpl

        @hookimpl(wrapper=True)
        def ioplugins_call(call):
            yield
            raise LookupError("no span")
    """
    packages.install("spans", "0.3", modules={"spans": source}, plugins={"t_spans": "spans"})
    body = call({"f": lambda options: 1}).decode()
    assert "t_spans" in body
    assert "spans 0.3" in body


LIFE = """
    from ioplugins import hookimpl

    seen = []

    @hookimpl
    def ioplugins_startup(host):
        seen.append(("up", host))
        {fault}

    @hookimpl
    def ioplugins_shutdown(host):
        seen.append(("down", host))
        {fault}
"""


@pytest.fixture
def host() -> Host:
    """A host with one function."""
    registry = Registry()
    registry.add({"f": print})
    return Host("werkzeug", registry.configuration(), os.getpid())


@pytest.mark.parametrize(
    ("hook", "word"), [("ioplugins_startup", "up"), ("ioplugins_shutdown", "down")]
)
def test_ioplugins_startup_and_shutdown_get_the_host(
    packages: Packages, host: Host, hook: str, word: str
) -> None:
    """Every plugin gets the record; the error of one names it and stops no other."""
    for name, fault in (("bad", "raise OSError('port')"), ("fine", "")):
        source = LIFE.replace("{fault}", fault)
        packages.install(name, modules={name: source}, plugins={f"t_{name}": name})
    (error,) = call_each(discover().manager, hook, host=host)
    assert isinstance(error, PluginError)
    assert ("t_bad", "bad 1.0", f"running {hook}") == (
        error.plugin, error.distribution, error.doing,
    )  # fmt: skip
    assert [(word, host)] == sys.modules["fine"].seen
    assert "configuration" not in repr(host)


def test_ioplugins_shutdown_is_called_with_the_record_of_startup(
    packages: Packages, host: Host
) -> None:
    """A plugin may keep what it opened by its host."""
    packages.install(
        "fine", modules={"fine": LIFE.replace("{fault}", "")}, plugins={"t_fine": "fine"}
    )
    manager = discover().manager
    for hook in ("ioplugins_startup", "ioplugins_shutdown"):
        assert () == call_each(manager, hook, host=host)
    assert [("up", host), ("down", host)] == sys.modules["fine"].seen


def test_ioplugins_register_adds_functions(packages: Packages) -> None:
    """What it registers can be called."""
    source = """
        from ioplugins import hookimpl

        @hookimpl
        def ioplugins_register(registry):
            @registry.hook("preMap", name="added")
            def function(options):
                return []
    """
    packages.install("adder", modules={"adder": source}, plugins={"t_adder": "adder"})
    registry = Registry()
    assert () == discover().register(registry).problems
    assert "added" in registry


def test_ioplugins_register_that_raises_names_its_plugin(packages: Packages) -> None:
    """The report says which hook of which package failed."""
    source = """
        from ioplugins import hookimpl

        @hookimpl
        def ioplugins_register(registry):
            raise OSError("no catalogue")
    """
    packages.install("adder", modules={"adder": source}, plugins={"t_adder": "adder"})
    (problem,) = discover().register(Registry()).problems
    assert ("t_adder", "adder 1.0") == (problem.plugin, problem.distribution)
    assert "running ioplugins_register: OSError: no catalogue (adder, line 6)" == problem.reason


COMMANDS = """
    import click
    from ioplugins import hookimpl

    @click.command()
    def greet():
        '''Say hello.'''
        click.echo("hello")

    @hookimpl
    def ioplugins_add_commands(group):
        group.add_command(greet)
        {fault}
"""


def ioplugins(packages: Packages, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command line in a process of its own, with the fake packages."""
    return subprocess.run(
        [sys.executable, "-m", "ioplugins", *arguments],
        env={**os.environ, "PYTHONPATH": str(packages.folder)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_ioplugins_add_commands_extends_the_command_line(packages: Packages) -> None:
    """The command runs and is listed among the others."""
    packages.install(
        "greeter",
        modules={"greeter": COMMANDS.replace("{fault}", "")},
        plugins={"t_greeter": "greeter"},
    )
    done = ioplugins(packages, "greet")
    assert (0, "hello\n", "") == (done.returncode, done.stdout, done.stderr)
    assert "Say hello." in ioplugins(packages, "--help").stdout


def test_ioplugins_add_commands_that_raises_names_its_plugin(packages: Packages) -> None:
    """A warning names it, and the other commands work."""
    packages.install(
        "greeter",
        modules={"greeter": COMMANDS.replace("{fault}", "raise OSError('no terminal')")},
        plugins={"t_greeter": "greeter"},
    )
    done = ioplugins(packages, "--help")
    assert 0 == done.returncode
    assert "serve" in done.stdout
    assert "Warning: Plugin 't_greeter' (package greeter 1.0)" in done.stderr
    assert "no terminal" in done.stderr
    assert "Traceback" not in done.stderr
