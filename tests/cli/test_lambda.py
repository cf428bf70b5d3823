"""The command lambda."""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from ioplugins.aws_lambda.invoking import deployed, emulator
from ioplugins.aws_lambda.invoking.exchange import Reply
from ioplugins.aws_lambda.packaging.package import Package, Request
from ioplugins.aws_lambda.packaging.platforms import Platform, here
from ioplugins.cli import lambda_, main
from ioplugins.cli.lambda_ import command

if TYPE_CHECKING:
    from collections.abc import Callable

FUNCTIONS = """
from ioplugins import hook

@hook("preMap")
def f(options: dict):
    return [{"data": {**record, "seen": True}} for record in options["data"]]
"""


def run(*arguments: str, stdin: str | None = None) -> Any:
    return CliRunner().invoke(command, list(arguments), input=stdin)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An author's folder, the working directory."""
    (tmp_path / "functions.py").write_text(FUNCTIONS, encoding="utf-8")
    (tmp_path / "page.json").write_text('{"data":[{"id":1}]}', encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Request]:
    """The packages that were asked for; none is made."""
    requests: list[Request] = []

    def make(request: Request, path: Path, tell: Callable[[str], None]) -> Package:
        requests.append(request)
        tell("a step")
        return Package(path, 60 << 20, 70 << 20, {"numpy": 50 << 20})

    monkeypatch.setattr(lambda_, "make_package", make)
    return requests


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in list(os.environ):
        if variable.startswith(("IOPLUGINS_", "AWS_")):
            monkeypatch.delenv(variable)


# ------------------------------------------------------------------------------------- package


def test_it_packages_and_tells_how_to_go_on(folder: Path, asked: list[Request]) -> None:
    """Steps, sizes and warnings to standard error; the stack's form to standard output."""
    (folder / "requirements.txt").write_text("")
    result = run("package", "functions.py:X", "--python", "3.13", "--arch", "arm64")
    assert 0 == result.exit_code, result.output
    (request,) = asked
    assert Platform("3.13", "arm64") == request.platform
    assert [folder / "requirements.txt"] == list(request.requirements)
    assert ("functions:X", {"functions.py"}) == (request.author.target, set(request.author.files))
    assert [
        "a step",
        "Wrote function.zip, 60.0 MB (70.0 MB unzipped), and template.yaml.",
    ] == result.stderr.splitlines()[:2]
    assert "Warning: The zip has 60.0 MB" in result.stderr
    assert result.stdout.startswith("integrator.io: Resources > Stacks > Create stack\n")
    assert "Language           Other" in result.stdout
    template = (folder / "template.yaml").read_text(encoding="utf-8")
    assert "Runtime: python3.13" in template
    assert "Architectures: [arm64]" in template
    assert "AWS::Lambda::Url" not in template


def test_defaults(folder: Path, asked: list[Request], monkeypatch: pytest.MonkeyPatch) -> None:
    """This machine and its Python; no requirements where there is no file."""
    result = run("package", "functions.py")
    assert 0 == result.exit_code, result.output
    (request,) = asked
    expected = Request(request.author, here(), (), (), False, True)
    assert expected == request


def test_all_options(folder: Path, asked: list[Request]) -> None:
    """Each reaches the package."""
    for place in ("one.txt", "two.txt", "rows.csv"):
        (folder / place).write_text("")
    (folder / "shop").mkdir()
    result = run(
        "package", "functions.py", "-r", "one.txt", "-r", "two.txt", "--package", "shop",
        "--include", "rows.csv", "--function-url", "--no-check", "-o", "sub.zip",
    )  # fmt: skip
    assert 0 == result.exit_code, result.output
    (request,) = asked
    assert (Path("one.txt"), Path("two.txt")) == request.requirements
    assert (Path("shop"),) == request.packages
    assert (True, False) == (request.http, request.check)
    assert {"functions.py", "rows.csv"} == set(request.author.files)
    assert "the output FunctionUrl" in result.stdout
    assert "AWS::Lambda::Url" in (folder / "template.yaml").read_text(encoding="utf-8")


def test_without_anything_to_package(folder: Path) -> None:
    """There is neither a TARGET nor a connector."""
    result = run("package")
    assert 2 == result.exit_code
    assert "Give a TARGET" in result.stderr


def test_a_python_that_lambda_does_not_have(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Then one has to be chosen."""
    monkeypatch.setattr(lambda_, "here", lambda: Platform("3.99", "arm64"))
    result = run("package", "functions.py")
    assert 2 == result.exit_code
    assert "--python" in result.stderr


def test_what_cannot_be_packaged_is_one_clear_line(folder: Path) -> None:
    """Without a traceback."""
    result = run("package", "nothing.py")
    assert (2, "Error: nothing.py: there is no such file.\n") == (result.exit_code, result.stderr)


# -------------------------------------------------------------------------------------- invoke


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What was invoked, and how; a failing function is called fail."""
    calls: list[Any] = []

    def reply(context: str) -> Reply:
        request = json.loads(base64.b64decode(context))
        calls.append(request)
        failed = request["function"] == "fail"
        return Reply(b'{"errors":[]}' if failed else b"[1]", failed=failed)

    def local(path: Path, event: bytes, context: str) -> tuple[Reply, str]:
        calls.append((path, event))
        return reply(context), "what it printed"

    def far(name: str, event: bytes, context: str, *, region: str | None) -> Reply:
        calls.append((name, event, region))
        return reply(context)

    monkeypatch.setattr(emulator, "invoke", local)
    monkeypatch.setattr(deployed, "invoke", far)
    return calls


def test_it_invokes_the_zip(folder: Path, sent: list[Any]) -> None:
    """The event is the file as it is; the answer goes to standard output."""
    result = run("invoke", "f", "--options", "page.json")
    assert (0, "[1]\n", "") == (result.exit_code, result.stdout, result.stderr)
    assert [
        (Path("function.zip"), b'{"data":[{"id":1}]}'),
        {"function": "f", "diy": True},
    ] == sent


def test_it_invokes_a_connector_of_framework_1(folder: Path, sent: list[Any]) -> None:
    """With a type and the connector's id; and shows the log."""
    result = run(
        "invoke", "f", "--options", "-", "--type", "hook", "--connector", "c1", "--zip", "a.zip",
        "--log", stdin="{}",
    )  # fmt: skip
    assert (0, "what it printed\n") == (result.exit_code, result.stderr)
    assert [
        (Path("a.zip"), b"{}"),
        {"function": "f", "type": "hook", "_connectorId": "c1"},
    ] == sent


def test_it_invokes_a_deployed_function(folder: Path, sent: list[Any]) -> None:
    """Through boto3."""
    result = run(
        "invoke", "f", "--options", "page.json", "--function-name", "io", "--region", "us-west-2"
    )
    assert 0 == result.exit_code, result.output
    assert ("io", b'{"data":[{"id":1}]}', "us-west-2") == sent[0]


def test_errors_of_a_call_go_to_standard_error(folder: Path, sent: list[Any]) -> None:
    """With exit code 1."""
    result = run("invoke", "fail", "--options", "page.json")
    assert (1, "", '{"errors":[]}\n') == (result.exit_code, result.stdout, result.stderr)


def test_options_that_are_no_json(folder: Path, sent: list[Any]) -> None:
    """The file is named, and nothing is invoked."""
    (folder / "page.json").write_text("{")
    result = run("invoke", "f", "--options", "page.json")
    assert 2 == result.exit_code
    assert "page.json" in result.stderr
    assert [] == sent


def test_what_cannot_be_invoked_is_one_clear_line(folder: Path) -> None:
    """Without a traceback."""
    result = run("invoke", "f", "--options", "page.json")
    assert 2 == result.exit_code
    assert "There is no function.zip; make it with" in result.stderr


@pytest.mark.parametrize("name", ["package", "invoke"])
def test_help_has_an_example(name: str) -> None:
    """--help shows how it is called."""
    assert f"ioplugins lambda {name} " in run(name, "--help").stdout


def test_the_command_line_has_it() -> None:
    """Although no module can be called lambda."""
    assert "package" in CliRunner().invoke(main, ["lambda", "--help"]).stdout
