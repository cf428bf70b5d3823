"""Our own runtime: as functions in this process, and as a process against a Runtime API."""

from __future__ import annotations

import json
import logging
import os
import stat
import sys
import time
from contextlib import closing
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

import ioplugins.aws_lambda
from ioplugins.aws_lambda.faults import LIMIT, fault
from ioplugins.aws_lambda.marshalling import Answer
from ioplugins.aws_lambda.runtime import (
    Context,
    handle_event_request,
    load_handler,
    prepare_snapshot,
    serve_one,
)
from ioplugins.aws_lambda.runtime_api import Invocation, RuntimeAPI

from .fake_runtime_api import ARN, FakeRuntimeAPI, running

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

FUNCTION = Path(__file__).parent / "function"
ASKED = '{"diy":true,"function":"%s"}'


@pytest.fixture
def fake() -> Iterator[FakeRuntimeAPI]:
    api = FakeRuntimeAPI()
    yield api
    api.close()


@pytest.fixture
def api(fake: FakeRuntimeAPI) -> Iterator[RuntimeAPI]:
    with closing(RuntimeAPI(fake.address)) as one:
        yield one


def served(handler: Any, **fields: Any) -> tuple[bytes, dict[str, Any] | None]:
    invocation = Invocation(**{"request_id": "id", "event": b'{"a":1}', **fields})
    return handle_event_request(handler, invocation)


# ---------------------------------------------------------------------------- one invocation


def test_a_handler_gets_event_and_context(monkeypatch: pytest.MonkeyPatch) -> None:
    """The whole client context, and the attributes of AWS's own context."""
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "io")
    monkeypatch.setenv("AWS_LAMBDA_LOG_STREAM_NAME", "stream")
    seen: list[Any] = []
    deadline = int(time.time() * 1000) + 60_000
    body, error = served(
        lambda event, context: seen.append((event, context)),
        client_context='{"function":"Å…"}',
        identity='{"cognitoIdentityId":"i"}',
        function_arn=ARN,
        deadline_ms=deadline,
    )
    ((event, context),) = seen
    assert (b"null", None, {"a": 1}) == (body, error, event)
    assert ("id", ARN, "io", "stream", None) == (
        context.aws_request_id,
        context.invoked_function_arn,
        context.function_name,
        context.log_stream_name,
        context.memory_limit_in_mb,
    )
    assert {"function": "Å…"} == context.client_context
    assert {"cognitoIdentityId": "i"} == context.identity
    assert 0 < context.get_remaining_time_in_millis() <= 60_000


def test_past_the_deadline_no_time_is_left(capsys: pytest.CaptureFixture[str]) -> None:
    """Never a negative one; and log() prints."""
    context = Context("id", ARN, None, None, 1)
    assert 0 == context.get_remaining_time_in_millis()
    context.log("a line\n")
    assert "a line\n" == capsys.readouterr().out


def test_an_answer_is_posted_as_written() -> None:
    """Other values are written by us: NaN is null."""
    answer = Answer(b"[1]")
    assert (answer, None) == served(lambda event, context: answer)
    assert (b"[null]", None) == served(lambda event, context: [float("nan")])


@pytest.mark.parametrize(
    ("raised", "kind", "message"),
    [
        (fault('{"statusCode":422}'), "string", '{"statusCode":422}'),
        (SystemExit(3), "SystemExit", "3"),
        (KeyboardInterrupt(), "KeyboardInterrupt", ""),
        (ValueError("text"), "ValueError", "text"),
    ],
    ids=["fault", "exit", "interrupt", "exception"],
)
def test_what_a_handler_raises_is_an_error(raised: BaseException, kind: str, message: str) -> None:
    """Without a stack for the caller."""

    def handler(event: object, context: object) -> None:
        raise raised

    assert (
        b"",
        {"errorMessage": message, "errorType": kind, "requestId": "id", "stackTrace": []},
    ) == served(handler)


class Mute(Exception):
    def __str__(self) -> str:
        raise ValueError


@pytest.mark.parametrize(
    ("handler", "fields", "kind"),
    [
        (lambda event, context: {1}, {}, "Runtime.MarshalError"),
        (lambda event, context: 1, {"event": b"{"}, "Runtime.UnmarshalError"),
        (lambda event, context: 1, {"client_context": "{"}, "Runtime.UnmarshalError"),
        (lambda event, context: "x" * LIMIT, {}, "Function.ResponseSizeTooLarge"),
        (lambda event, context: (_ for _ in ()).throw(Mute()), {}, "Mute"),
    ],
    ids=["answer", "event", "client context", "size", "exception without text"],
)
def test_what_cannot_be_read_or_written_is_an_error(
    handler: Any, fields: dict[str, Any], kind: str
) -> None:
    """With the names of AWS's runtimes."""
    body, error = served(handler, **fields)
    assert error is not None
    assert (b"", kind) == (body, error["errorType"])


def test_the_stack_is_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    """With the line that raised."""
    served(lambda event, context: 1 / 0)
    kinds = [record.exc_info[0] for record in caplog.records if record.exc_info]
    assert [ZeroDivisionError] == kinds


# ----------------------------------------------------------------------------- the Runtime API


def test_one_after_another_is_served(
    fake: FakeRuntimeAPI, api: RuntimeAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each under its own id, with its trace id in the environment."""
    monkeypatch.setenv("_X_AMZN_TRACE_ID", "old")
    for _ in range(2):
        fake.ask(b'"x"')
        serve_one(api, lambda event, context: [event, os.environ.get("_X_AMZN_TRACE_ID")])
        answer = json.loads(fake.posted.get().body)
        assert ["x", f"Root=1-5bef4de7-{fake.invoked:024d};Sampled=0"] == answer
    fake.ask(b'"x"', **{"Lambda-Runtime-Trace-Id": ""})
    serve_one(api, lambda event, context: os.environ.get("_X_AMZN_TRACE_ID"))
    assert b"null" == fake.posted.get().body


def test_a_refused_post_ends_nothing(
    fake: FakeRuntimeAPI, api: RuntimeAPI, caplog: pytest.LogCaptureFixture
) -> None:
    """It is logged; the next invocation is served."""
    fake.answers["response"] = 413
    for _ in range(2):
        fake.ask(b"1")
        serve_one(api, lambda event, context: event)
    assert 2 == sum("answered 413" in line for line in caplog.messages)


def test_a_broken_runtime_api_ends_the_process(fake: FakeRuntimeAPI, api: RuntimeAPI) -> None:
    """As Lambda asks for: it starts another one."""
    fake.answers["response"] = 500
    fake.ask(b"1")
    with pytest.raises(SystemExit):
        serve_one(api, lambda event, context: event)


def test_a_client_context_in_utf8_arrives_whole(fake: FakeRuntimeAPI, api: RuntimeAPI) -> None:
    """http.client alone would take the second byte of Å for the end of a line."""
    text = json.dumps({"function": "Å é 世界 \U0001f600 \x85", "diy": True}, ensure_ascii=False)
    fake.ask(b"{}", text, **{"Lambda-Runtime-Cognito-Identity": "{}"})
    invocation = api.next()
    assert json.loads(text) == json.loads(invocation.client_context)
    assert ("{}", b"{}", ARN) == (invocation.identity, invocation.event, invocation.function_arn)


# ----------------------------------------------------------------------------------- the start


def test_a_handler_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the function's folder, also below it, and with a slash as AWS takes it."""
    (tmp_path / "t_inner").mkdir()
    (tmp_path / "t_inner" / "module.py").write_text("def handle(event, context): return event")
    monkeypatch.setenv("LAMBDA_TASK_ROOT", str(tmp_path))
    assert 1 == load_handler("t_inner/module.handle")(1, None)
    assert str(tmp_path) == sys.path[0]


@pytest.mark.parametrize("name", ["", "handler", ".handler"])
def test_a_handler_needs_module_and_attribute(name: str) -> None:
    """The error says how it is named."""
    with pytest.raises(ValueError, match=r"lambda_function\.handler"):
        load_handler(name)


class Hooks(ModuleType):
    """As ``snapshot_restore_py``, the module in which functions register their hooks."""

    def __init__(self, before: list[Any], after: list[Any]) -> None:
        super().__init__("snapshot_restore_py")
        self.get_before_snapshot = lambda: before
        self.get_after_restore = lambda: after


def test_snapshot_hooks_run_around_the_snapshot(
    fake: FakeRuntimeAPI, api: RuntimeAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those before it last one first, those after it in order."""
    ran: list[Any] = []
    before = [(ran.append, ("b1",), {}), (ran.append, ("b2",), {})]
    after = [(ran.append, ("a1",), {}), (ran.append, ("a2",), {})]
    monkeypatch.setitem(sys.modules, "snapshot_restore_py", Hooks(before, after))
    prepare_snapshot(api)
    assert ["b2", "b1", "a1", "a2"] == ran
    assert "restore/next" == fake.posted.get().kind
    fake.ask(b"1")
    serve_one(api, lambda event, context: event)
    assert b"1" == fake.posted.get().body


def test_without_hooks_the_snapshot_is_taken_at_once(
    fake: FakeRuntimeAPI, api: RuntimeAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The module is never imported for it."""
    monkeypatch.delitem(sys.modules, "snapshot_restore_py", raising=False)
    prepare_snapshot(api)
    assert "restore/next" == fake.posted.get().kind


def failing() -> None:
    raise ValueError("no")


@pytest.mark.parametrize(
    ("hooks", "posted", "kind", "status"),
    [
        (([(failing, (), {})], []), ["init/error"], "Runtime.BeforeSnapshotError", 64),
        (
            ([], [(failing, (), {})]),
            ["restore/next", "restore/error"],
            "Runtime.AfterRestoreError",
            65,
        ),
    ],
    ids=["before", "after"],
)
def test_a_snapshot_hook_that_fails_ends_the_start(
    hooks: Any,
    posted: list[str],
    kind: str,
    status: int,
    fake: FakeRuntimeAPI,
    api: RuntimeAPI,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Lambda learns which one, and the process ends as AWS's own does."""
    monkeypatch.setitem(sys.modules, "snapshot_restore_py", Hooks(*hooks))
    with pytest.raises(SystemExit) as ended:
        prepare_snapshot(api)
    got = [fake.posted.get() for _ in posted]
    assert (status, posted) == (ended.value.code, [one.kind for one in got])
    assert kind == json.loads(got[-1].body)["errorType"]
    assert "ValueError: no" == json.loads(got[-1].body)["errorMessage"]


# ------------------------------------------------------------------------------- as a process


def command(handler: str) -> list[str]:
    return [sys.executable, "-m", "ioplugins.aws_lambda.runtime", f"lambda_function.{handler}"]


def test_a_process_serves_and_survives(environment: Mapping[str, str], tmp_path: Path) -> None:
    """Answers and faults as Node's shim posts them, whatever the function does."""
    with running(command("handler"), FUNCTION, environment, tmp_path / "log") as runtime:
        posted = runtime.invoke('{"answer":["é",1.5]}'.encode(), ASKED % "answer")
        assert ("response", '["é",1.5]'.encode()) == (posted.kind, posted.body)
        assert b'[null,{"big":null}]' == runtime.invoke(b"{}", ASKED % "nan").body
        assert b'"x\\ud800y"' == runtime.invoke(b"{}", ASKED % "surrogate").body
        posted = runtime.invoke(b"{}", ASKED % "fail")
        assert "string" == posted.headers["lambda-runtime-function-error-type"]
        error = json.loads(posted.body)
        assert error.pop("requestId")
        assert {
            "errorMessage": '{"statusCode":422,"errors":[{"message":"m é","code":"my_code"}]}',
            "errorType": "string",
            "stackTrace": [],
        } == error
        for name in ("exit", "interrupt", "large", "date"):
            assert "error" == runtime.invoke(b"{}", ASKED % name).kind
        assert "error" == runtime.invoke(b"{}").kind
        assert "error" == runtime.invoke(b"{", ASKED % "answer").kind
        assert b"null" == runtime.invoke(b"{}", ASKED % "print").body
        lines = runtime.printed().split("\n")
    assert "a line of the function" in lines
    (called,) = [line for line in lines if "function=print" in line]
    level, when, request_id, message = called.split("\t")
    assert ("[INFO]", "logName=callFunctionInvoked, function=print") == (level, message)
    assert time.strptime(when.partition(".")[0], "%Y-%m-%dT%H:%M:%S")
    assert request_id.startswith("8476a536")


def test_a_foreign_handler_is_served(environment: Mapping[str, str], tmp_path: Path) -> None:
    """With AWS's names for what goes wrong; its stack is one event in the log."""
    with running(command("plain"), FUNCTION, environment, tmp_path / "log") as runtime:
        answer = json.loads(runtime.invoke(b'"e"').body)
        assert "e" == answer["event"]
        assert 0 < answer["left"] <= 60_000
        kinds = [
            json.loads(runtime.invoke(event).body)["errorType"]
            for event in (b'"exit"', b'"set"', b'"large"')
        ]
        lines = runtime.printed().split("\n")
    assert ["SystemExit", "Runtime.MarshalError", "Function.ResponseSizeTooLarge"] == kinds
    (failed,) = [line for line in lines if "The handler failed." in line]
    assert "the handler's own exit" in failed
    assert "Traceback" in failed


def test_a_function_that_cannot_start(environment: Mapping[str, str], tmp_path: Path) -> None:
    """Lambda learns why, and the process ends."""
    with running(command("nothing"), FUNCTION, environment, tmp_path / "log") as runtime:
        posted = runtime.api.posted.get(timeout=30)
        assert 1 == runtime.process.wait(30)
    assert "init/error" == posted.kind
    error = json.loads(posted.body)
    assert "Runtime.ImportModuleError" == error["errorType"]
    assert "nothing" in error["errorMessage"]


def test_the_wrapper_starts_it_on_a_managed_runtime(
    environment: Mapping[str, str], tmp_path: Path
) -> None:
    """Called with the command of AWS's runtime; the handler comes from _HANDLER."""
    wrapper = Path(ioplugins.aws_lambda.__file__).with_name("exec-wrapper")
    assert wrapper.stat().st_mode & stat.S_IXUSR
    env = {
        **environment,
        "LAMBDA_TASK_ROOT": str(FUNCTION),
        "_HANDLER": "lambda_function.handler",
        "AWS_LAMBDA_LOG_FORMAT": "JSON",
        "AWS_LAMBDA_LOG_LEVEL": "TRACE",
    }
    commanded = [str(wrapper), sys.executable, "/var/runtime/bootstrap.py"]
    with running(commanded, tmp_path, env, tmp_path / "log") as runtime:
        assert b"[1]" == runtime.invoke(b'{"answer":[1]}', ASKED % "answer").body
        lines = runtime.printed().split("\n")
    (called,) = [json.loads(line) for line in lines if "callFunctionInvoked" in line]
    assert "answer" == called["function"]
    assert called["requestId"].startswith("8476a536")


# -------------------------------------------------------------------------------------- logging


def test_a_level_that_is_none_is_ignored(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The root logger keeps its level."""
    from ioplugins.aws_lambda.runtime_logging import configure_logging, set_request_id

    root = logging.getLogger()
    monkeypatch.setattr(root, "handlers", [])
    monkeypatch.setattr(root, "level", logging.WARNING)
    configure_logging({"AWS_LAMBDA_LOG_LEVEL": "LOUD"})
    assert logging.WARNING == root.level
    set_request_id("id")
    root.warning("two\nlines")
    set_request_id("")
    assert capsys.readouterr().out.endswith("\tid\ttwo\rlines\n")
