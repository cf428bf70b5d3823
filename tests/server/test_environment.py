"""What the environment says: in a process of ours, and to gunicorn."""

from __future__ import annotations

import atexit
import os
import signal
import socket
import sys
import tempfile
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from werkzeug.test import Client

from ioplugins.configuration import tokens_from
from ioplugins.errors import ConfigurationError, TargetError
from ioplugins.server import create_app_from_env
from ioplugins.server.environment import _state_of

from .running import (
    TOKEN,
    WATCHER,
    ask,
    call,
    ends,
    free_port,
    is_alive,
    leaks,
    post,
    request,
    running,
    told,
    until,
    write_functions,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from conftest import Packages

    from .running import Host

pytestmark = pytest.mark.xdist_group("server-gunicorn")

APP = "ioplugins.server:create_app_from_env()"


@pytest.mark.parametrize(
    ("given", "tokens"),
    [
        ({}, ()),
        ({"INTEGRATOR_EXTENSION_SYSTEM_TOKEN": " \n"}, ()),
        ({"INTEGRATOR_EXTENSION_SYSTEM_TOKEN": "one"}, ("one",)),
        ({"INTEGRATOR_EXTENSION_SYSTEM_TOKEN": " one\ttwo\n"}, ("one", "two")),
    ],
)
def test_tokens_are_separated_by_blanks(given: dict[str, str], tokens: tuple[str, ...]) -> None:
    """Any number of them."""
    assert tokens == tokens_from(given)


# --------------------------------------------------------------------------- in this process


@pytest.fixture
def target(tmp_path: Path, packages: Packages, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file of functions, and what app_from_env() leaves in its process is put back."""
    path = tmp_path / "environment_functions.py"
    path.write_text("from ioplugins import utility\n@utility\ndef one(options: dict): return 1\n")
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    monkeypatch.setenv("IOPLUGINS_TARGET", str(path))
    monkeypatch.setenv("INTEGRATOR_EXTENSION_SYSTEM_TOKEN", "old new")
    return path


@pytest.fixture
def at_exit(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What is registered to be called at the end of the process."""
    registered: list[Any] = []
    monkeypatch.setattr(atexit, "register", registered.append)
    return registered


def ask_for_one(app: Any, **headers: str) -> int:
    body = {"diy": True, "function": "one", "options": {"a": 1}}
    return Client(app).post("/function", json=body, headers=headers).status_code


def test_the_environment_describes_an_application(target: Path, at_exit: list[Any]) -> None:
    """Its functions and its tokens; plugins are told of the end at the end."""
    app = create_app_from_env()
    for token, status in (("old", 200), ("new", 200), ("old new", 401)):
        assert status == ask_for_one(app, Authorization=f"Bearer {token}")
    [shutdown] = at_exit
    shutdown()


def test_connectors_and_the_form_of_the_log(
    target: Path,
    at_exit: list[Any],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """IOPLUGINS_CONNECTORS, separated by blanks, and IOPLUGINS_LOG_FORMAT."""
    monkeypatch.delenv("IOPLUGINS_TARGET")
    monkeypatch.setenv("IOPLUGINS_CONNECTORS", f"c1={target} c2={target}")
    monkeypatch.setenv("IOPLUGINS_LOG_FORMAT", "json")
    app = create_app_from_env()
    assert {"c1", "c2"} == set(app.configuration.connectors)
    Client(app).get("/")
    assert '"logName":"reqFinished"' in capsys.readouterr().out


def test_another_server_is_not_stopped_by_a_request(target: Path, at_exit: list[Any]) -> None:
    """Nobody knows how; the answer says what to do."""
    answer = Client(create_app_from_env()).get(
        "/stopServer", headers={"Authorization": "Bearer new"}
    )
    [error] = answer.json["errors"]
    assert (422, "not_supported") == (answer.status_code, error["code"])
    assert "SIGTERM" in error["message"]


def test_without_a_token(target: Path, at_exit: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """The documented error, unless the TARGET has one."""
    monkeypatch.delenv("INTEGRATOR_EXTENSION_SYSTEM_TOKEN")
    with pytest.raises(ConfigurationError, match="systemToken not provided in options"):
        create_app_from_env()
    target.write_text(target.read_text() + "configured = {'diy': {'one': one}, 'systemToken': 't'}")
    monkeypatch.setenv("IOPLUGINS_TARGET", f"{target}:configured")
    del sys.modules[target.stem]
    assert 200 == ask_for_one(create_app_from_env(), Authorization="Bearer t")


def test_a_target_that_cannot_be_loaded(
    target: Path, at_exit: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error of the command line."""
    monkeypatch.setenv("IOPLUGINS_TARGET", "missing.py")
    with pytest.raises(TargetError, match="there is no such file"):
        create_app_from_env()


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of temporary files."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path / f"ioplugins-{os.getuid()}"


def test_the_workers_of_a_master_know_one_file(temporary: Path) -> None:
    """In a folder of this user alone; it is another one for a later process of the same id."""
    first, second = _state_of(os.getpid()), _state_of(os.getpid())
    assert first is not None
    assert first == second
    assert temporary == first.parent
    assert 0o700 == temporary.stat().st_mode & 0o777
    assert first != _state_of(os.getppid())


def test_a_folder_of_somebody_else_is_not_used(
    temporary: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A link, or made by another user before us."""
    (tmp_path / "elsewhere").mkdir()
    temporary.symlink_to(tmp_path / "elsewhere")
    assert _state_of(os.getpid()) is None
    temporary.unlink()
    uid = os.getuid()
    (tmp_path / f"ioplugins-{uid + 1}").mkdir()
    monkeypatch.setattr(os, "getuid", lambda: uid + 1)
    assert _state_of(os.getpid()) is None


def test_where_nobody_tells_when_a_process_began(
    temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each worker drains alone."""

    def missing(self: Path, *_: object, **__: object) -> str:
        raise FileNotFoundError

    monkeypatch.setattr(Path, "read_text", missing)
    assert _state_of(os.getpid()) is None


# ------------------------------------------------------------------------------- gunicorn itself


def gunicorn(folder: Path, *arguments: str, **more: str | None) -> AbstractContextManager[Host]:
    """Let gunicorn serve `configuration` of functions.py; it answers when the context begins."""
    write_functions(folder)
    port = free_port()
    line = ["gunicorn", APP, "--bind", f"127.0.0.1:{port}", "--threads", "16"]
    variables = {"IOPLUGINS_TARGET": "functions.py:configuration", **more}
    url = f"http://127.0.0.1:{port}"
    return running(folder, [*line, "--log-level", "error", *arguments], url, **variables)


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    """One worker that tests leave as it was."""
    with gunicorn(tmp_path_factory.mktemp("gunicorn")) as one:
        until(lambda: one.ask().status == 200)
        yield one


def test_it_serves_the_application(host: Host) -> None:
    """Calls, probes, on a connection that is kept."""
    with host.connect() as wire:
        assert {"a": 1} == wire.send(post("echo", {"a": 1})).answer().json
        assert b"OK" == wire.send(request()).answer().body


def test_a_wrong_token_is_refused_before_the_body_comes(host: Host) -> None:
    """60 MB are announced and none of them is sent."""
    data = request("POST", "/function", token="wrong", Content_Length="60000000")
    assert 401 == ask(host.port, data).status
    data = request("POST", "/function", Content_Length="60000000")
    assert 413 == ask(host.port, data).status


def test_a_chunked_oversize_is_refused_as_soon_as_it_passes(host: Host) -> None:
    """Without a token in the header, after 1 MiB; the end of the body never comes."""
    head = request("POST", "/function", token=None, Transfer_Encoding="chunked")
    chunk = b"%x\r\n%b\r\n" % (1024, b" " * 1024)
    assert 413 == ask(host.port, head + chunk * 1100).status


@pytest.mark.parametrize(
    "chunks", [b"zz\r\nhello\r\n0\r\n\r\n", b"5\r\nhello!!0\r\n\r\n", b"5\r\nhe"]
)
def test_broken_chunks_are_the_callers_fault(host: Host, chunks: bytes) -> None:
    """400: no length, no end of a chunk, no end of the body."""
    with host.connect() as wire:
        wire.send(request("POST", "/function", Transfer_Encoding="chunked") + chunks)
        wire.connection.shutdown(socket.SHUT_WR)
        assert 400 == wire.answer().status


def test_a_long_call_is_told_that_it_runs(host: Host) -> None:
    """102 Processing, more than once, then the answer."""
    with host.begin("beaten") as wire:
        for _ in range(3):
            assert b"HTTP/1.1 102 Processing\r\n" == wire.line()
            assert b"\r\n" == wire.line()
        host.end("beaten")
        assert "beaten" == wire.answer().json


def test_http_1_0_cannot_be_told(host: Host) -> None:
    """It would take the interim answer for the answer."""
    data = request("POST", "/function", call("wait", {"name": "o", "seconds": 0.4}), version="1.0")
    answer = ask(host.port, data)
    assert (200, ()) == (answer.status, answer.interim)


@contextmanager
def paused(pid: int) -> Iterator[None]:
    """Another worker has to answer meanwhile."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def test_its_workers_are_one_host(tmp_path: Path, packages: Packages) -> None:
    """All know of all calls, drain together, tell the plugins, and end by /stopServer."""
    packages.install("watcher", modules={"watcher": WATCHER}, plugins={"t_watch": "watcher"})
    with gunicorn(tmp_path, "--workers", "2") as host:
        until(lambda: len(told(tmp_path)) == 2)
        first = host.call("pid").json
        with paused(first):
            second = host.call("pid").json
        assert first != second
        with paused(second):
            wire = host.begin("one")
        with wire:
            with paused(first):
                assert b"1" == host.ask(path="/openConnections?terminate=true").body
                assert 503 == host.ask().status
            with paused(second):
                assert b"1" == host.ask(path="/openConnections").body
                assert 503 == host.ask(path="/readyz").status
            assert b"preparing to shut down." == host.ask(path="/stopServer").body
            until(lambda: not is_alive(second))
            host.end("one")
            assert "one" == wire.answer().json
        assert 0 == host.finished()
    assert sorted(["startup gunicorn", "shutdown gunicorn"] * 2) == sorted(told(tmp_path))
    assert [] == leaks(host.output(), tmp_path)


def test_a_later_host_does_not_begin_where_one_ended(tmp_path: Path) -> None:
    """The drain of one that has ended is not that of the next."""
    for _ in range(2):
        with gunicorn(tmp_path) as host:
            assert 200 == until(host.ask).status
            host.ask(path="/openConnections?terminate=true")
            assert 503 == host.ask().status
            host.process.send_signal(signal.SIGTERM)
            assert 0 == host.finished()


def test_functions_that_cannot_be_loaded_are_told(tmp_path: Path) -> None:
    """By gunicorn, which does not serve then."""
    done = ends(tmp_path, "gunicorn", APP, "--bind", "127.0.0.1:0", IOPLUGINS_TARGET="missing.py")
    assert "Cannot load 'missing.py': there is no such file" in done.stderr
    assert 3 == done.returncode


def test_the_token_is_not_printed(host: Host) -> None:
    """Whatever has been asked before."""
    ask(host.port, request(path=f"/?access_token={TOKEN}"))
    assert until(lambda: "access_token=******" in host.output())
    assert TOKEN not in host.output()
