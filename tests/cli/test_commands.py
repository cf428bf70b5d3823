"""The commands that serve and call: serve, dev, invoke, demo, and the group they stand in."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from http.client import HTTPConnection

import click
import pytest
from click.testing import CliRunner

from ioplugins.cli import COMMANDS, main

FUNCTIONS = """
from ioplugins import hook, utility

@utility
def echo(options: dict): return options

@utility
def bad(options: dict): return {"a": [set()]}

@hook("preMap")
def mapped(options): return [{"data": record} for record in options.data]
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    (tmp_path / "cli_functions.py").write_text(FUNCTIONS)
    (tmp_path / "page.json").write_text('{"data": [{"id": 1}]}')
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    sys.modules.pop("cli_functions", None)


def run(*arguments, stdin=None):
    return CliRunner().invoke(main, [str(one) for one in arguments], input=stdin)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_helps_with_an_example(name) -> None:
    """Shown by --help."""
    result = run(name, "--help")
    assert 0 == result.exit_code, result.output
    assert "Example" in result.output
    assert f"ioplugins {name}" in result.output


def test_the_group_lists_its_commands_and_those_of_plugins(packages) -> None:
    """A plugin that fails is a warning, not the end."""
    adds = """
import click
from ioplugins import hookimpl
@hookimpl
def ioplugins_add_commands(group):
    @group.command("greet")
    def greet():
        click.echo("hello")
"""
    packages.install("greeter", modules={"cli_greeter": adds}, plugins={"greeter": "cli_greeter"})
    packages.install("lost", plugins={"lost": "no_such_module"})
    listed = run("--help")
    assert all(name in listed.output for name in (*COMMANDS, "greet"))
    main._with_plugins = False
    assert "hello" in run("greet").output
    assert 2 == run("nonsense").exit_code
    assert " 0." in run("--version").output
    main._with_plugins = False
    main.commands.pop("greet")


def test_invoke_writes_the_answer(folder) -> None:
    """To standard output, or to a file; options come from a file or standard input."""
    assert (
        '{"data":[{"id":1}]}\n'
        == run("invoke", "cli_functions.py", "echo", "--options", "page.json").stdout
    )
    piped = run(
        "invoke", "cli_functions.py", "mapped", "--options", "-", stdin='{"data": [{"id": 2}]}'
    )
    assert [{"data": {"id": 2}}] == json.loads(piped.stdout)
    run("invoke", "cli_functions.py", "echo", "--options", "page.json", "--output", "out.json")
    assert {"data": [{"id": 1}]} == json.loads((folder / "out.json").read_text())
    typed = run("invoke", "cli_functions.py", "echo", "--options", "page.json", "--type", "utility")
    assert 0 == typed.exit_code
    of_connector = run(
        "invoke", "cli_functions.py", "echo", "--options", "page.json", "--connector", "c1"
    )
    assert 0 == of_connector.exit_code, of_connector.output


def test_invoke_tells_an_error_as_json_with_the_place(folder) -> None:
    """On standard error, exit code 1."""
    result = run("invoke", "cli_functions.py", "bad", "--options", "page.json")
    told = json.loads(result.stderr.splitlines()[-1])
    assert 1 == result.exit_code
    assert "invalid_extension_response" == told["errors"][0]["code"]
    assert told["detail"].startswith("$.a[0]: set is not JSON")
    unknown = run("invoke", "cli_functions.py", "nope", "--options", "page.json")
    assert 1 == unknown.exit_code


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["invoke", "--options", "page.json"], "Give [TARGET] NAME."),
        (["invoke", "a", "b", "c", "--options", "page.json"], "Give [TARGET] NAME."),
        (
            ["invoke", "cli_functions.py", "echo", "--options", "broken.json"],
            "broken.json: The body is not valid JSON",
        ),
        (["invoke", "missing.py", "echo", "--options", "page.json"], "there is no such file"),
        (["serve", "cli_functions.py"], "systemToken not provided in options."),
        (["serve", "cli_functions.py", "--system-token-file", "missing"], "missing: No such file"),
        (["serve", "cli_functions.py", "--tls-key", "page.json"], "go together"),
        (["serve", "--connector", "nonsense"], "write it as ID=TARGET"),
    ],
)
def test_wrong_input_is_one_clear_line(folder, arguments, reason) -> None:
    """Exit code 2, never a traceback."""
    (folder / "broken.json").write_text("{")
    result = run(*arguments)
    assert 2 == result.exit_code
    assert reason in result.output
    assert "Traceback" not in result.output


def test_a_taken_port_ends_serve(folder) -> None:
    """With exit code 2 and what to do."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        (folder / "token").write_text("t\n")
        result = run("serve", "cli_functions.py", "--port", port, "--system-token-file", "token")
    assert 2 == result.exit_code
    assert "another program does" in result.output


def test_serve_falls_back_with_one_warning(folder, monkeypatch) -> None:
    """Without Granian it serves on Werkzeug's threads and says so."""
    from ioplugins.cli import serve

    monkeypatch.setenv("INTEGRATOR_EXTENSION_SYSTEM_TOKEN", "t")
    monkeypatch.setattr(serve.importlib.util, "find_spec", lambda name: None)
    seen = []
    monkeypatch.setattr(serve, "_serve_on_werkzeug", lambda *given: seen.append(given))
    result = run("serve", "cli_functions.py")
    assert 1 == len(seen)
    assert 1 == result.output.count('pip install "ioplugins[server]"')


def test_demo_shows_each_call() -> None:
    """A hook, a ping and three pages, from a real server."""
    done = subprocess.run(
        [sys.executable, "-m", "ioplugins", "demo"], capture_output=True, text=True, timeout=60
    )
    assert 0 == done.returncode, done.stderr
    assert 1 == done.stdout.count("add_region: ")
    assert 1 == done.stdout.count("pingShop: ")
    assert 3 == done.stdout.count("exportOrders: ")
    assert '"region": "EU"' in done.stdout


def test_dev_survives_a_syntax_error(folder) -> None:
    """It says so to callers until the file is mended; the token is printed."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "ioplugins", "dev", "cli_functions.py", "--port", str(port)],
        cwd=folder,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    source = folder / "cli_functions.py"
    try:
        token = next(line for line in process.stdout if line.startswith("System token: ")).split()[
            -1
        ]
        assert len(token) > 20
        until(port, 200)
        source.write_text(FUNCTIONS + "def broken(:\n")
        told = until(port, 503)
        assert "syntax error in cli_functions.py line" in json.loads(told)["errors"][0]["message"]
        source.write_text(FUNCTIONS)
        until(port, 200)
    finally:
        os.killpg(process.pid, 15)
        process.communicate(timeout=20)


def until(port: int, status: int) -> bytes:
    end = time.monotonic() + 30
    while True:
        try:
            connection = HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/livez")
            response = connection.getresponse()
            body = response.read()
            connection.close()
            if response.status == status:
                return body
        except OSError:
            pass
        assert time.monotonic() < end
        time.sleep(0.1)


def test_help_is_of_click() -> None:
    """The group is an ordinary one that other tools can use."""
    assert isinstance(main, click.Group)
