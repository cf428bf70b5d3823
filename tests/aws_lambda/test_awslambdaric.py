"""AWS's runtime client itself, newest and older ones, against a Runtime API: what it posts."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ioplugins.aws_lambda.invoking.emulator import runtime_client
from ioplugins.aws_lambda.packaging.installing import uv

from .conftest import downloads
from .fake_runtime_api import Running, running

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

FUNCTION = Path(__file__).parent / "function"
ASKED = '{"diy":true,"function":"%s"}'

#: The newest ("") and older ones; 2.2.1 has no wheel for Python 3.13 and newer.
VERSIONS = ["", "4.0.0", "3.0.2", "2.2.1"]


@pytest.fixture(scope="session")
def clients(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("awslambdaric")


def installed(version: str, folder: Path) -> Path:
    """A folder with that version of AWS's runtime client for this Python."""
    if version != "2.2.1" or sys.version_info < (3, 13):
        return runtime_client(version, folder)
    # Its Python code, with the compiled module of the next one, which has the same functions.
    made = folder / "2.2.1"
    if not made.exists():
        compiled = runtime_client("3.0.2", folder)
        uv(
            "pip", "install", "-q", "--target", str(made), "--no-deps", "--only-binary", ":all:",
            "--python-version", "3.12", "awslambdaric==2.2.1",
        )  # fmt: skip
        shutil.copytree(compiled / "simplejson", made / "simplejson")
        for module in compiled.glob("runtime_client.*"):
            shutil.copy(module, made)
    return made


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(v, id=v or "newest", marks=pytest.mark.xdist_group(f"ric{v}"))
        for v in VERSIONS
    ],
)
def client(
    request: pytest.FixtureRequest, clients: Path, environment: Mapping[str, str]
) -> dict[str, str]:
    """The environment in which that version runs, as on a runtime that writes UTF-8."""
    with downloads():
        folder = installed(request.param, clients)
    path = f"{folder}:{environment['PYTHONPATH']}"
    return {**environment, "PYTHONPATH": path, "AWS_EXECUTION_ENV": "AWS_Lambda_python3.12"}


def command(handler: str) -> list[str]:
    return [sys.executable, "-m", "awslambdaric", f"lambda_function.{handler}"]


@pytest.fixture(scope="module")
def runtime(client: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One process of it, which serves all these tests: none of them may end it."""
    log = tmp_path_factory.mktemp("runtime") / "log"
    with running(command("handler"), FUNCTION, client, log) as one:
        yield one


def fault(body: bytes) -> dict[str, Any]:
    """What was posted as an error, without the request id."""
    error: dict[str, Any] = json.loads(body)
    assert error.pop("requestId")
    return error


def refused(message: str, code: str) -> dict[str, Any]:
    """The fault of a call that failed, as Node's shim posts it."""
    text = json.dumps(
        {"statusCode": 422, "errors": [{"message": message, "code": code}]},
        ensure_ascii=False,
        separators=(",", ":"),
    )
    return {"errorMessage": text, "errorType": "string", "stackTrace": []}


@pytest.mark.parametrize(
    ("function", "event", "answer"),
    [
        ("answer", '{"answer":{"b":[1.5,"é",null],"a":{}}}', '{"b":[1.5,"é",null],"a":{}}'),
        ("answer", '{"answer":null}', "null"),
        ("nan", "{}", '[null,{"big":null}]'),
        ("surrogate", "{}", '"x\\ud800y"'),
    ],
)
def test_answers(runtime: Running, function: str, event: str, answer: str) -> None:
    """Our own compact JSON, byte for byte."""
    posted = runtime.invoke(event.encode(), ASKED % function)
    assert ("response", answer) == (posted.kind, posted.body.decode())
    assert "application/json" == posted.headers["content-type"]


@pytest.mark.parametrize(
    ("function", "message", "code"),
    [
        ("fail", "m é", "my_code"),
        ("exit", "3", "SystemExit"),
        ("interrupt", "", "KeyboardInterrupt"),
        ("date", "Extension response is not serializable.", "invalid_extension_response"),
        ("large", "response stream exceeded limit of 6291556 bytes.", "response_size_exceeded"),
        (
            "nothing",
            "The function passed in the extension options doesn't map to a function.",
            "invalid_function",
        ),
    ],
)
def test_faults(runtime: Running, function: str, message: str, code: str) -> None:
    """As Node's shim posts them, without a stack."""
    posted = runtime.invoke(b'{"a":1}', ASKED % function)
    assert "error" == posted.kind
    assert refused(message, code) == fault(posted.body)


def test_a_fault_that_would_be_too_large(runtime: Running) -> None:
    """It is replaced; the runtime would end over it."""
    event = json.dumps({"message": "é" * 2_000_000}).encode()
    error = fault(runtime.invoke(event, ASKED % "fail").body)
    assert (
        refused("response stream exceeded limit of 6291556 bytes.", "response_size_exceeded")
        == error
    )


@pytest.mark.parametrize("client_context", [None, "[1]", "5", "{}", '{"custom":{}}'])
def test_a_missing_client_context(runtime: Running, client_context: str | None) -> None:
    """A fault that says what is missing, also where the runtime itself would fail."""
    error = fault(runtime.invoke(b'{"a":1}', client_context).body)
    assert ("string", []) == (error["errorType"], error["stackTrace"])
    codes = {one["code"] for one in json.loads(error["errorMessage"])["errors"]}
    assert {"missing_required_field"} == codes


def test_a_client_context_in_custom(runtime: Running) -> None:
    """As AWS's mobile SDKs send it."""
    posted = runtime.invoke(b'{"answer":1}', '{"custom":%s}' % (ASKED % "answer"))
    assert b"1" == posted.body


def test_many_in_a_row(runtime: Running) -> None:
    """The process is the same one, and each answer belongs to its call."""
    before = runtime.process.pid
    for number in range(200):
        posted = runtime.invoke(b'{"answer":%d}' % number, ASKED % "answer")
        assert str(number).encode() == posted.body
    assert None is runtime.process.poll()
    assert before == runtime.process.pid


def test_where_the_runtime_is_on_another_thread(client: dict[str, str], tmp_path: Path) -> None:
    """The kept client context needs no stack; the plain answer is written by the runtime."""
    with running(command("on_another_thread"), FUNCTION, client, tmp_path / "log") as runtime:
        posted = runtime.invoke(b'{"answer":["x"]}', ASKED % "answer")
        assert ["x"] == json.loads(posted.body)


def test_where_the_import_comes_late(client: dict[str, str], tmp_path: Path) -> None:
    """The first invocation finds its client context on the stack, the second one kept."""
    with running(command("late"), FUNCTION, client, tmp_path / "log") as runtime:
        for _ in range(2):
            posted = runtime.invoke(b'{"answer":["x"]}', ASKED % "answer")
            assert ["x"] == json.loads(posted.body), runtime.printed()


def test_under_snap_start(client: dict[str, str], tmp_path: Path) -> None:
    """What was put in place before the snapshot is there after it."""
    environment = {**client, "AWS_LAMBDA_INITIALIZATION_TYPE": "snap-start"}
    with running(command("handler"), FUNCTION, environment, tmp_path / "log") as runtime:
        posted = runtime.invoke(b'{"answer":1}', ASKED % "answer")
        # Versions before 3 know no snapshots and ask for an invocation at once.
        if posted.kind == "restore/next":
            posted = runtime.next_post()
        assert b"1" == posted.body


def test_processes_that_share_a_function(client: dict[str, str], tmp_path: Path) -> None:
    """Forked workers (newer versions; older ones ignore the variable) serve as one does."""
    environment = {**client, "AWS_LAMBDA_MAX_CONCURRENCY": "2"}
    with running(command("handler"), FUNCTION, environment, tmp_path / "log") as runtime:
        for number in range(6):
            posted = runtime.invoke(b'{"answer":%d}' % number, ASKED % "answer")
            assert str(number).encode() == posted.body
