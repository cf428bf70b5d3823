"""The command dev: a token, reloads, and what cannot be loaded, on this machine only."""

from __future__ import annotations

import atexit
import os
import threading
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from werkzeug.test import Client

from ioplugins.cli import dev, main
from ioplugins.server.app import Application
from tests.server.running import TOKEN, ask, call, free_port, leaks, request, running, until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from conftest import Packages

    from tests.server.running import Answer, Host

VARIABLE = "INTEGRATOR_EXTENSION_SYSTEM_TOKEN"
NEWLINE = "\n"
FUNCTIONS = """
from ioplugins import utility

@utility
def version(options: dict):
    return 1

@utility
def fail(options: dict):
    raise ValueError("it failed")
"""


@pytest.fixture
def folder(tmp_path: Path, packages: Packages, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the command runs, with functions."""
    (tmp_path / "dev_functions.py").write_text(FUNCTIONS, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


# ------------------------------------------------------------------------ as the author runs it


def develop(folder: Path, **more: str | None) -> AbstractContextManager[Host]:
    """``ioplugins dev dev_functions.py``; it listens when the context begins."""
    port = free_port()
    line = ["ioplugins", "dev", "dev_functions.py", "--port", str(port)]
    return running(folder, line, f"http://127.0.0.1:{port}", **more)


def answers(host: Host, token: str, status: int, body: bytes) -> Answer:
    """The answer to a call, once it is this one: a reload takes its time."""

    def holds() -> Answer | None:
        try:
            answer = ask(host.port, request("POST", "/function", call("version"), token=token))
        except (OSError, AssertionError):
            return None
        return answer if answer.status == status and body in answer.body else None

    return until(holds)


def test_it_reloads_and_survives_what_cannot_be_loaded(folder: Path) -> None:
    """A token is printed; a change is served; a syntax error is told until it is mended."""
    source = folder / "dev_functions.py"
    with develop(folder, **{VARIABLE: None}) as host:
        [line] = [text for text in host.output().splitlines() if "System token: " in text]
        token = line.split()[-1]
        answers(host, token, 200, b"1")
        source.write_text(FUNCTIONS.replace("return 1", "return 22"), encoding="utf-8")
        answers(host, token, 200, b"22")
        text = FUNCTIONS + "def broken(:\n"
        source.write_text(text, encoding="utf-8")
        broken = answers(host, token, 503, b"not_loaded")
        [error] = broken.json["errors"]
        assert f"syntax error in dev_functions.py line {text.count(NEWLINE)}:" in error["message"]
        assert 503 == ask(host.port, request()).status, "probes too"
        source.write_text(FUNCTIONS.replace("return 1", "return 333"), encoding="utf-8")
        answers(host, token, 200, b"333")
        failed = ask(host.port, request("POST", "/function", call("fail"), token=token))
    assert len(token) > 20
    assert "ioplugins is serving on http://127.0.0.1:" in host.output()
    assert [] == leaks(failed.body.decode(), folder)
    assert "ValueError: it failed" in host.output(), "a traceback, for the author alone"
    assert "Error: Cannot load 'dev_functions.py': syntax error" in host.output()


def test_a_token_of_the_environment_is_taken_and_not_printed(folder: Path) -> None:
    """Two of them while one replaces the other."""
    with develop(folder, **{VARIABLE: f"old {TOKEN}"}) as host:
        answers(host, TOKEN, 200, b"1")
        answers(host, "old", 200, b"1")
    assert TOKEN not in host.output()
    assert "System token" not in host.output()


# --------------------------------------------------------------------------- in this process


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[str, int, Any, dict[str, Any]]]]:
    """What Werkzeug's server is asked to serve; what is registered for the end is called then."""
    given: list[tuple[str, int, Any, dict[str, Any]]] = []
    at_end: list[Any] = []
    monkeypatch.setattr(dev, "run_simple", lambda *args, **more: given.append((*args, more)))
    monkeypatch.setattr(atexit, "register", at_end.append)
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    monkeypatch.setenv(VARIABLE, "")
    monkeypatch.setenv("IOPLUGINS_DEV_PORT", "")
    yield given
    for ends in at_end:
        ends()


def serves(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the command be the process that the reloader has made."""
    monkeypatch.setenv("WERKZEUG_RUN_MAIN", "true")
    monkeypatch.setenv("IOPLUGINS_DEV_PORT", "1234")
    monkeypatch.setenv(VARIABLE, TOKEN)


def test_it_listens_on_this_machine_only(folder: Path, served: list[Any]) -> None:
    """On the loopback address, and there is no option to change that."""
    assert 0 == CliRunner().invoke(main, ["dev", "dev_functions.py", "--port", "0"]).exit_code
    [(host, port, _, options)] = served
    assert "127.0.0.1" == host
    assert port > 0
    assert options["use_reloader"]
    assert "stat" == options["reloader_type"]
    assert 2 == CliRunner().invoke(main, ["dev", "--host", "0.0.0.0"]).exit_code


def test_a_reload_keeps_port_and_token(folder: Path, served: list[Any]) -> None:
    """The processes that serve get both by their environment."""
    result = CliRunner().invoke(main, ["dev", "dev_functions.py", "--port", "0"])
    assert f"System token: {os.environ[VARIABLE]}\n" == result.output
    assert str(served[0][1]) == os.environ["IOPLUGINS_DEV_PORT"]


def test_each_start_has_a_token_of_its_own(
    folder: Path, served: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that leaks is worth nothing the next day."""
    outputs = set()
    for _ in range(3):
        monkeypatch.setenv(VARIABLE, "")
        outputs.add(CliRunner().invoke(main, ["dev", "--port", "0"]).output)
    assert 3 == len(outputs)


def test_the_process_that_serves(
    folder: Path, served: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says where; tracebacks are logged."""
    serves(monkeypatch)
    result = CliRunner().invoke(main, ["dev", "dev_functions.py"])
    [(_, port, app, _)] = served
    assert 1234 == port
    assert "ioplugins is serving on http://127.0.0.1:1234 (reloads on change)\n" in result.output
    assert isinstance(app, Application)
    assert app.configuration.settings.debug
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
    answer = Client(app).post("/function", data=call("version"), headers=headers)
    assert (200, b"1") == (answer.status_code, answer.data)


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("def broken(:", "syntax error in dev_functions.py line 1"),
        ("1 / 0", "ZeroDivisionError: division by zero (dev_functions.py line 1)"),
        ("import sys; sys.exit(3)", "SystemExit: 3"),
        ("import no_such_module", "no_such_module"),
        ("from ioplugins import hook\n@hook('premap')\ndef f(o): pass", "has no kind 'premap'"),
    ],
)
def test_what_cannot_be_loaded_is_told_to_callers(
    folder: Path, served: list[Any], monkeypatch: pytest.MonkeyPatch, source: str, reason: str
) -> None:
    """Every request answers 503 with the reason, which is printed too."""
    serves(monkeypatch)
    (folder / "dev_functions.py").write_text(source, encoding="utf-8")
    result = CliRunner().invoke(main, ["dev", "dev_functions.py"])
    assert 0 == result.exit_code, result.output
    answer = Client(served[0][2]).get("/livez")
    assert 503 == answer.status_code
    assert reason in answer.json["errors"][0]["message"]
    assert reason in result.stderr
    assert "Traceback" not in result.output


def test_a_plugin_that_fails_at_the_start_is_told_to_callers(
    folder: Path, served: list[Any], packages: Packages, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a file that cannot be loaded."""
    source = """
        from ioplugins import hookimpl
        @hookimpl
        def ioplugins_startup(host):
            raise ValueError("no luck")
    """
    packages.install("bad", modules={"dev_bad": source}, plugins={"t_bad": "dev_bad"})
    serves(monkeypatch)
    CliRunner().invoke(main, ["dev", "dev_functions.py"])
    answer = Client(served[0][2]).get("/livez")
    assert "'t_bad'" in answer.json["errors"][0]["message"]


def test_a_taken_port(folder: Path, served: list[Any]) -> None:
    """A clear error, exit code 2."""
    from ioplugins.server.listening import listen

    with listen("127.0.0.1", 0) as taken:
        port = str(taken.getsockname()[1])
        result = CliRunner().invoke(main, ["dev", "dev_functions.py", "--port", port])
    assert 2 == result.exit_code
    assert "another program does" in result.stderr
    assert [] == served
