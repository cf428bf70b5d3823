"""The command serve: what may be given to it, and what it says."""

from __future__ import annotations

import gc
import importlib.util
import json
import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from ioplugins.cli import main, serve
from ioplugins.server import on_granian
from ioplugins.server.listening import listen
from tests.server.running import (
    TOKEN,
    ask,
    call,
    ends,
    leaks,
    make_certificate,
    request,
    serving,
    write_functions,
)

if TYPE_CHECKING:
    from click.testing import Result
    from conftest import Packages

    from ioplugins.server.on_granian import Serving
    from ioplugins.server.recipe import Recipe

VARIABLE = "INTEGRATOR_EXTENSION_SYSTEM_TOKEN"
FUNCTIONS = """
from ioplugins import Configuration, Registry, utility

@utility
def one(options: dict):
    return 1

mapping = {"diy": {"one": one}, "systemToken": "its-own"}
registry = Registry()
registry.add(one)
configuration = Configuration.from_mapping({"diy": {"one": one}})

class Shop:
    def one(self, options):
        return 1

shop = Shop()
"""


@pytest.fixture
def folder(tmp_path: Path, packages: Packages, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the command runs, with functions."""
    (tmp_path / "serve_functions.py").write_text(FUNCTIONS, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Recipe, Serving]]:
    """What Granian is asked to serve."""
    given: list[tuple[Recipe, Serving]] = []
    monkeypatch.setattr(on_granian, "serve", lambda *both: given.append(both))
    return given


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["serve", *map(str, arguments)])


def wrong(result: Result) -> str:
    """What is said on standard error; exit code 2, and never a traceback."""
    assert 2 == result.exit_code, result.output
    assert isinstance(result.exception, SystemExit)
    assert "is serving on" not in result.stdout
    return result.stderr


# ------------------------------------------------------------------------------------ the token


def test_without_a_token(folder: Path, served: list[Any]) -> None:
    """The documented error, exit code 2."""
    assert "Error: systemToken not provided in options.\n" == wrong(run("serve_functions.py"))
    assert [] == served


@pytest.mark.parametrize(
    ("text", "tokens"), [("t\n", ("t",)), ("old new", ("old", "new")), ("a\nb\n", ("a", "b"))]
)
def test_a_token_of_a_file(
    folder: Path,
    served: list[Any],
    text: str,
    tokens: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Before that of the environment and of the TARGET; two of them are valid at once."""
    monkeypatch.setenv(VARIABLE, "of the environment")
    (folder / "token").write_text(text, encoding="utf-8")
    for target in ("serve_functions.py", "serve_functions.py:mapping"):
        result = run(target, "--system-token-file", "token")
        assert 0 == result.exit_code, result.output
        assert tokens == served.pop()[0].load().configuration.settings.system_token


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "systemToken not provided in options."),
        (b" \n", "systemToken not provided in options."),
        (b"\xff\xfe", "it is not UTF-8 text"),
        (None, "token: No such file or directory"),
    ],
)
def test_a_file_that_holds_no_token(
    folder: Path, served: list[Any], data: bytes | None, reason: str
) -> None:
    """Empty, no text, not there."""
    if data is not None:
        (folder / "token").write_bytes(data)
    assert reason in wrong(run("serve_functions.py", "--system-token-file", "token"))
    assert [] == served


def test_an_empty_file_is_not_made_good_by_the_environment(
    folder: Path, served: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who names a file means that file: a secret that was not mounted must not go unseen."""
    monkeypatch.setenv(VARIABLE, "of the environment")
    (folder / "token").write_bytes(b"\n")
    wrong(run("serve_functions.py", "--system-token-file", "token"))
    assert [] == served


def test_a_token_of_the_environment(
    folder: Path, served: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Several, separated by blanks; before that of a TARGET, which may bring its own."""
    monkeypatch.setenv(VARIABLE, "old new")
    for target in ("serve_functions.py", "serve_functions.py:mapping"):
        run(target)
        assert ("old", "new") == served.pop()[0].load().configuration.settings.system_token
    monkeypatch.delenv(VARIABLE)
    run("serve_functions.py:mapping")
    assert ("its-own",) == served.pop()[0].load().configuration.settings.system_token


# ---------------------------------------------------------------------------------- the options


@pytest.mark.parametrize(
    "target",
    [
        "serve_functions.py",
        "serve_functions",
        "serve_functions.py:mapping",
        "serve_functions:registry",
        "serve_functions:configuration",
        "serve_functions:shop",
        "serve_functions:one",
    ],
)
def test_targets(
    folder: Path, served: list[Any], target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file, a module, or an attribute of either: mapping, registry, configuration, instance."""
    monkeypatch.setenv(VARIABLE, "t")
    result = run(target)
    assert 0 == result.exit_code, result.output
    functions = served[0][0].load().configuration.diy
    assert any("one" in held for held in functions.sections.values())


def test_connectors(folder: Path, served: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """--connector ID=TARGET, any number of times."""
    monkeypatch.setenv(VARIABLE, "t")
    run("--connector", "c1=serve_functions.py", "--connector", "c2=serve_functions:shop")
    assert {"c1", "c2"} == set(served[0][0].load().configuration.connectors)


def test_defaults(folder: Path, served: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """As the help says."""
    monkeypatch.setenv(VARIABLE, "t")
    run("serve_functions.py")
    recipe, serving = served[0]
    settings = recipe.load().configuration.settings
    assert ("127.0.0.1", 8080) == (settings.host, settings.port)
    assert ("text", False) == (recipe.log_format, recipe.strict)
    assert (1, 1024, 0.25) == (serving.workers, serving.threads, serving.drain_seconds)
    assert not serving.pinned
    assert (None, None, None, False) == (
        serving.unix_socket,
        serving.certificate,
        serving.key,
        serving.tls_1_2,
    )


def test_all_options(folder: Path, served: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Each reaches the host."""
    monkeypatch.setenv(VARIABLE, "t")
    make_certificate(folder)
    result = run(
        "serve_functions.py",
        *("--host", "127.0.0.2", "--port", "0", "--unix-socket", "s", "--workers", "3"),
        *("--threads", "7", "--tls-certificate", "cert.pem", "--tls-key", "key.pem", "--tls-1.2"),
        *("--drain", "1.5", "--server", "granian", "--log-format", "json", "--strict"),
        "--pin-workers",
    )
    assert 0 == result.exit_code, result.output
    recipe, serving = served[0]
    settings = recipe.load().configuration.settings
    assert ("127.0.0.2", 0) == (settings.host, settings.port)
    assert ("json", True) == (recipe.log_format, recipe.strict)
    assert (3, 7, 1.5) == (serving.workers, serving.threads, serving.drain_seconds)
    assert serving.pinned
    assert (Path("s"), Path("cert.pem"), Path("key.pem"), True) == (
        serving.unix_socket,
        serving.certificate,
        serving.key,
        serving.tls_1_2,
    )
    assert "t" not in repr(recipe).split("'")


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--port", "70000"], "--port"),
        (["--port", "-1"], "--port"),
        (["--workers", "0"], "--workers"),
        (["--threads", "0"], "--threads"),
        (["--drain", "-1"], "--drain"),
        (["--server", "apache"], "--server"),
        (["--log-format", "xml"], "--log-format"),
        (["--tls-key", "serve_functions.py"], "--tls-certificate and --tls-key go together."),
        (["--tls-certificate", "serve_functions.py"], "go together."),
        (["--tls-certificate", "missing", "--tls-key", "missing"], "'missing' does not exist"),
        (["--connector", "nonsense"], "write it as ID=TARGET"),
        (["--connector", "=x"], "write it as ID=TARGET"),
    ],
)
def test_options_that_cannot_be(
    folder: Path, served: list[Any], arguments: list[str], reason: str
) -> None:
    """The option is named."""
    assert reason in wrong(run("serve_functions.py", *arguments))
    assert [] == served


@pytest.mark.parametrize("collecting", [True, False])
def test_the_collector_rests_while_functions_are_loaded(
    folder: Path, served: list[Any], monkeypatch: pytest.MonkeyPatch, collecting: bool
) -> None:
    """And is afterwards as it was, also when they cannot be."""
    monkeypatch.setenv(VARIABLE, "t")
    source = f"import gc\nsaw = gc.isenabled()\n{FUNCTIONS}"
    (folder / "rest_right.py").write_text(source, encoding="utf-8")
    (folder / "rest_wrong.py").write_text(f"{source}\n1 / 0\n", encoding="utf-8")
    before = gc.isenabled()
    try:
        (gc.enable if collecting else gc.disable)()
        assert 0 == run("rest_right:configuration").exit_code
        assert collecting == gc.isenabled()
        assert "ZeroDivisionError" in wrong(run("rest_wrong"))
        assert collecting == gc.isenabled()
    finally:
        (gc.enable if before else gc.disable)()
    assert not sys.modules["rest_right"].saw


def test_workers_cannot_be_pinned_everywhere(
    folder: Path, served: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The option is named, and where it can be used."""
    monkeypatch.setenv(VARIABLE, "t")
    on_werkzeug = run("serve_functions.py", "--pin-workers", "--server", "werkzeug")
    assert "--pin-workers needs Granian" in wrong(on_werkzeug)
    monkeypatch.delattr(os, "sched_setaffinity")
    assert "--pin-workers needs Linux" in wrong(run("serve_functions.py", "--pin-workers"))
    assert [] == served


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("missing.py", "Cannot load 'missing.py': there is no such file"),
        ("no_such_module_here", "there is no module 'no_such_module_here'"),
        ("serve_functions.py:nope", "has no attribute 'nope'"),
        ("broken.py", "syntax error in broken.py line 1"),
        ("failing.py", "ZeroDivisionError: division by zero (failing.py line 1)"),
    ],
)
def test_targets_that_cannot_be_loaded(
    folder: Path, served: list[Any], target: str, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Said before anything listens."""
    monkeypatch.setenv(VARIABLE, "t")
    (folder / "broken.py").write_text("def broken(:\n", encoding="utf-8")
    (folder / "failing.py").write_text("1 / 0\n", encoding="utf-8")
    assert reason in wrong(run(target))
    assert [] == served


def test_a_package_that_fails(
    folder: Path, served: list[Any], packages: Packages, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is an error when --strict is given; else the host tells it."""
    monkeypatch.setenv(VARIABLE, "t")
    packages.install("lost", plugins={"t_lost": "no_such_module"})
    assert "'t_lost'" in wrong(run("serve_functions.py", "--strict"))
    assert 0 == run("serve_functions.py").exit_code
    assert 1 == len(served)


@pytest.mark.parametrize("server", ["granian", "werkzeug"])
def test_a_certificate_that_is_none(
    folder: Path, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A clear error that names it, and not a traceback of the TLS library."""
    monkeypatch.setenv(VARIABLE, "t")
    (folder / "bad.pem").write_text("nonsense", encoding="utf-8")
    given = ("--tls-certificate", "bad.pem", "--tls-key", "bad.pem", "--port", "0")
    assert "bad.pem" in wrong(run("serve_functions.py", "--server", server, *given))


@pytest.mark.parametrize("server", ["granian", "werkzeug"])
def test_a_taken_port(folder: Path, server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A clear error, exit code 2; Granian would share it with whoever has it."""
    monkeypatch.setenv(VARIABLE, "t")
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        told = wrong(run("serve_functions.py", "--server", server, "--port", port))
    expected = f"Error: Cannot listen on 127.0.0.1 port {port}: another program does."
    assert told.startswith(expected)


def test_a_fallback_says_so_in_one_line(
    folder: Path, served: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without Granian it serves on Werkzeug's threads; who asks for them is not warned."""
    monkeypatch.setenv(VARIABLE, "t")
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    started: list[object] = []
    monkeypatch.setattr(serve, "_serve_on_werkzeug", lambda *given: started.append(given))
    [line] = run("serve_functions.py").stderr.splitlines()
    assert line.startswith("Warning: ")
    assert 'pip install "ioplugins[server]"' in line
    assert "" == run("serve_functions.py", "--server", "werkzeug").stderr
    assert (2, []) == (len(started), served)


# ----------------------------------------------------------------------------------- for real


@pytest.mark.parametrize("server", ["granian", "werkzeug"])
def test_one_line_says_that_it_is_ready(tmp_path: Path, server: str) -> None:
    """With the URL, and it answers there at once; both of two tokens are valid."""
    (tmp_path / "token").write_text(f"old\n{TOKEN}\n", encoding="utf-8")
    arguments = ("--server", server, "--system-token-file", "token")
    with serving(tmp_path, *arguments, **{VARIABLE: None}) as host:
        assert re.fullmatch(r"http://127\.0\.0\.1:[1-9][0-9]+", host.url)
        for token, status in (("old", 200), (TOKEN, 200), ("wrong", 401)):
            answer = ask(host.port, request("POST", "/function", call("echo"), token=token))
            assert status == answer.status
        host.process.terminate()
        assert 0 == host.finished()
    lines = host.out.read_text("utf-8").splitlines()
    assert 1 == lines.count(f"ioplugins is serving on {host.url}")
    assert 1 == host.output().count("is serving on")
    assert 1 == lines.count("Loaded DIY module.")
    assert "" == host.err.read_text("utf-8")


def test_installed_connectors_are_served(tmp_path: Path, packages: Packages) -> None:
    """Without a TARGET: everything that pip has installed."""
    source = """
        from ioplugins import hook
        @hook("preMap")
        def add_region(options):
            return [{"data": {**record, "region": "EU"}} for record in options.data]
    """
    packages.install("shop", modules={"serve_shop": source}, connectors={"5f1a": "serve_shop"})
    body = {"_connectorId": "5f1a", "function": "add_region", "options": {"data": [{"id": 1}]}}
    with serving(tmp_path, target=None) as host:
        answer = host.ask("POST", "/function", json.dumps(body).encode())
    assert [{"data": {"id": 1, "region": "EU"}}] == answer.json


@pytest.mark.parametrize("server", ["granian", "werkzeug"])
def test_lines_are_json(tmp_path: Path, server: str) -> None:
    """All but the ready line, and in them no secret and no path."""
    with serving(tmp_path, "--server", server, "--log-format", "json") as host:
        host.call("echo", {"bearerToken": TOKEN})
        host.call("fail")
        host.ask(path=f"/?access_token={TOKEN}")
        host.process.terminate()
        host.finished()
    lines = [line for line in host.output().splitlines() if "is serving on" not in line]
    documents = [json.loads(line) for line in lines]
    assert {"info", "error"} == {document["level"] for document in documents}
    assert 3 == len([one for one in documents if one.get("logName") == "reqFinished"])
    assert [] == leaks(host.output(), tmp_path)


def test_a_token_that_is_missing_in_a_process_of_its_own(tmp_path: Path) -> None:
    """What a supervisor sees: one line on standard error, exit code 2."""
    write_functions(tmp_path)
    done = ends(tmp_path, "ioplugins", "serve", "functions.py", **{VARIABLE: None})
    expected = (2, "", "Error: systemToken not provided in options.\n")
    assert expected == (done.returncode, done.stdout, done.stderr)
