"""The command invoke: one call without a server."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from ioplugins.cli import main

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result
    from conftest import Packages

FUNCTIONS = """
from ioplugins import ExtensionError, hook, utility, wrapper

@utility
def echo(options: dict):
    return options

@utility
def text(options: dict):
    return "ü€😀"

@hook("preMap")
def mapped(options):
    return [{"data": record} for record in options.data]

@hook("preMap")
async def mapped_later(options):
    return [{"data": record} for record in options.data]

@wrapper("ping")
def wrong(options: dict):
    return "well"

@utility
def not_json(options: dict):
    return {"page": [{"when": 1}, {"when": {2}}]}

@utility
def refuse(options: dict):
    raise ExtensionError("out of stock", code="no_stock")

@utility
def fail(options: dict):
    raise ValueError("it failed")

configured = {"connectors": {"c1": {"hooks": {"one": echo}}}}
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, packages: Packages, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the command runs, with functions and a page."""
    (tmp_path / "invoke_functions.py").write_text(FUNCTIONS, encoding="utf-8")
    (tmp_path / "page.json").write_text('{"data": [{"id": 1}]}', encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def invoke(*arguments: str, options: str = "page.json", stdin: str | bytes | None = None) -> Result:
    return CliRunner().invoke(main, ["invoke", *arguments, "--options", options], input=stdin)


def errors(result: Result) -> Any:
    """What a call that failed has told: JSON is the last line, log lines may stand before it."""
    assert 1 == result.exit_code
    assert "" == result.stdout
    return json.loads(result.stderr.splitlines()[-1])


@pytest.mark.parametrize("target", ["invoke_functions.py", "invoke_functions"])
def test_the_answer_goes_to_standard_output(target: str) -> None:
    """As it would go to the caller, and nothing else does; exit code 0."""
    result = invoke(target, "echo")
    assert (0, '{"data":[{"id":1}]}\n', "") == (result.exit_code, result.stdout, result.stderr)


def test_an_answer_is_utf_8() -> None:
    """Whatever the terminal speaks."""
    assert '"ü€😀"\n'.encode() == invoke("invoke_functions.py", "text").stdout_bytes


@pytest.mark.parametrize("name", ["mapped", "mapped_later"])
def test_options_are_converted(name: str) -> None:
    """For a decorated function, sync or async."""
    result = invoke("invoke_functions.py", name)
    assert [{"data": {"id": 1}}] == json.loads(result.stdout)


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_options_come_from_standard_input(mark: bytes) -> None:
    """With or without a byte order mark."""
    result = invoke("invoke_functions.py", "echo", options="-", stdin=mark + b'{"a": [2]}')
    assert (0, '{"a":[2]}\n') == (result.exit_code, result.stdout)


def test_the_answer_goes_to_a_file(folder: Path) -> None:
    """--output, and nothing is printed."""
    result = invoke("invoke_functions.py", "echo", "--output", "out.json")
    assert (0, "") == (result.exit_code, result.output)
    assert b'{"data":[{"id":1}]}\n' == (folder / "out.json").read_bytes()


def test_an_error_writes_no_file(folder: Path) -> None:
    """An old one stays as it was."""
    (folder / "out.json").write_text("old", encoding="utf-8")
    errors(invoke("invoke_functions.py", "fail", "--output", "out.json"))
    assert "old" == (folder / "out.json").read_text(encoding="utf-8")


@pytest.mark.parametrize("output", ["no/such/folder/out.json", "."])
def test_a_file_that_cannot_be_written(output: str) -> None:
    """One clear line that names it."""
    result = invoke("invoke_functions.py", "echo", "--output", output)
    assert result.exit_code in {1, 2}
    assert isinstance(result.exception, SystemExit)
    assert output in result.stderr


def test_a_type_of_framework_1() -> None:
    """--type looks into that section."""
    assert 0 == invoke("invoke_functions.py", "mapped", "--type", "hook").exit_code
    told = errors(invoke("invoke_functions.py", "mapped", "--type", "wrapper"))
    assert "invalid_function" == told["errors"][0]["code"]
    told = errors(invoke("invoke_functions.py", "mapped", "--type", "nonsense"))
    assert "object_not_found" == told["errors"][0]["code"]


def test_a_connector() -> None:
    """--connector: a plain TARGET is that connector's; a configuration has its own."""
    assert 0 == invoke("invoke_functions.py", "echo", "--connector", "c7").exit_code
    target = "invoke_functions.py:configured"
    assert 0 == invoke(target, "one", "--connector", "c1", "--type", "hook").exit_code
    told = errors(invoke(target, "one", "--connector", "c2", "--type", "hook"))
    assert "invalid_field" == told["errors"][0]["code"]
    told = errors(invoke(target, "one", "--type", "hook"))
    assert "DIY is not configured" in told["errors"][0]["message"]


def test_an_installed_connector(packages: Packages) -> None:
    """Without a TARGET."""
    source = """
        from ioplugins import utility
        @utility
        def twice(options: dict):
            return [options, options]
    """
    packages.install("shop", modules={"invoke_shop": source}, connectors={"5f1a": "invoke_shop"})
    result = invoke("twice", "--connector", "5f1a", options="-", stdin="[1]")
    assert (0, "[[1],[1]]\n") == (result.exit_code, result.stdout)


@pytest.mark.parametrize(
    ("name", "code", "message"),
    [
        ("refuse", "no_stock", "out of stock"),
        ("fail", "ValueError", "it failed"),
        ("nope", "invalid_function", "doesn't map to a function"),
        ("not_json", "invalid_extension_response", "not serializable"),
        ("wrong", "invalid_extension_response", "wrong"),
    ],
)
def test_an_error_is_json_on_standard_error(name: str, code: str, message: str) -> None:
    """As a caller would get it, exit code 1."""
    [error] = errors(invoke("invoke_functions.py", name))["errors"]
    assert code == error["code"]
    assert message in error["message"]


def test_the_place_of_what_is_not_json() -> None:
    """For the author, who sees no log."""
    told = errors(invoke("invoke_functions.py", "not_json"))
    assert "$.page[1].when: set is not JSON: make it a list" == told["detail"]
    assert "detail" not in errors(invoke("invoke_functions.py", "fail"))


def test_an_error_in_a_process_of_its_own(folder: Path) -> None:
    """Standard output stays empty; standard error ends with the JSON and has no traceback."""
    done = subprocess.run(
        [
            *(sys.executable, "-m", "ioplugins", "invoke", "invoke_functions.py", "fail"),
            *("--options", "page.json"),
        ],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
    )
    assert (1, "") == (done.returncode, done.stdout)
    expected = {"errors": [{"message": "it failed", "code": "ValueError"}]}
    assert expected == json.loads(done.stderr.splitlines()[-1])
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ([], "Give [TARGET] NAME."),
        (["a", "b", "c"], "Give [TARGET] NAME."),
        (["missing.py", "echo"], "there is no such file"),
        (["invoke_functions.py:nope", "echo"], "has no attribute 'nope'"),
        (["broken.py", "echo"], "syntax error in broken.py line 1"),
        (["failing.py", "echo"], "ZeroDivisionError: division by zero (failing.py line 1)"),
    ],
)
def test_wrong_input_is_one_clear_line(folder: Path, arguments: list[str], reason: str) -> None:
    """Exit code 2, never a traceback."""
    (folder / "broken.py").write_text("def broken(:\n", encoding="utf-8")
    (folder / "failing.py").write_text("1 / 0\n", encoding="utf-8")
    result = invoke(*arguments)
    assert 2 == result.exit_code
    assert reason in result.stderr
    assert "Traceback" not in result.output


@pytest.mark.parametrize("data", ["{", "", "{'a': 1}", '{"a": NaN}', '{"a": "s3cret" '])
def test_options_that_are_not_json(folder: Path, data: str) -> None:
    """The file is named and the place told; what it holds is not."""
    (folder / "broken.json").write_text(data, encoding="utf-8")
    result = invoke("invoke_functions.py", "echo", options="broken.json")
    assert 2 == result.exit_code
    assert "broken.json: " in result.stderr
    assert "is not valid JSON" in result.stderr
    assert "s3cret" not in result.stderr


@pytest.mark.parametrize("options", ["missing.json", "."])
def test_options_that_are_not_there(options: str) -> None:
    """A missing file, a folder."""
    result = invoke("invoke_functions.py", "echo", options=options)
    assert 2 == result.exit_code
    assert f"'{options}'" in result.stderr


def test_options_must_be_given() -> None:
    """Nothing is called without them."""
    result = CliRunner().invoke(main, ["invoke", "invoke_functions.py", "echo"])
    assert 2 == result.exit_code
    assert "--options" in result.stderr
