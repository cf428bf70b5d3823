"""The handler as a plain Python callable."""

from __future__ import annotations

import json
import logging
import time
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from ioplugins import Registry, current_call
from ioplugins.aws_lambda import Handler, create_handler
from ioplugins.aws_lambda.client_context import ATTRIBUTE
from ioplugins.aws_lambda.faults import LIMIT
from ioplugins.aws_lambda.marshalling import Answer
from ioplugins.configuration import Configuration

if TYPE_CHECKING:
    from collections.abc import Callable


def asking(function: str = "f", **more: Any) -> SimpleNamespace:
    """A context that asks for *function*."""
    return SimpleNamespace(client_context={"diy": True, "function": function, **more})


def serving(function: Callable[..., Any], **settings: Any) -> Handler:
    """A handler of one function, f."""
    return create_handler({"diy": {"f": function}, **settings})


def errors_of(handler: Handler, event: Any, context: object) -> list[dict[str, Any]]:
    """The errors that the handler raises."""
    with pytest.raises(Exception, match="statusCode") as raised:
        handler(event, context)
    told = json.loads(str(raised.value))
    assert 422 == told["statusCode"]
    errors: list[dict[str, Any]] = told["errors"]
    return errors


def handle_event_request(handler: Handler, event: Any, context: object) -> Any:
    """As the runtime's function of this name, which takes the bytes of an answer."""
    return handler(event, context)


# ------------------------------------------------------------------------------------- answers


def test_the_event_is_the_options() -> None:
    """Options in the client context are not looked at."""
    handler = serving(lambda options: options)
    assert {"a": 1} == handler({"a": 1}, asking(options={"b": 2}))


def test_the_answer_is_plain_json() -> None:
    """Whatever the function answers with is what a caller will read."""
    handler = serving(lambda options: [float("nan"), (1, 2), "x\ud800y"])
    assert [None, [1, 2], "x\ud800y"] == handler({}, asking())


def test_under_a_runtime_the_answer_is_written_already() -> None:
    """So that it is written once."""
    answer = handle_event_request(serving(lambda options: {"é": 1}), {}, asking())
    assert isinstance(answer, Answer)
    assert '{"é":1}'.encode() == answer


def test_the_kept_client_context_is_used() -> None:
    """As `keep_client_context` leaves it on the runtime's context."""
    context = SimpleNamespace(client_context=None, **{ATTRIBUTE: {"diy": True, "function": "f"}})
    assert 1 == serving(lambda options: 1)({"a": 1}, context)


def test_the_request_id_is_the_callers(caplog: pytest.LogCaptureFixture) -> None:
    """For the log and for the function; a call without one has none."""
    seen = []

    def function(options: object) -> None:
        info = current_call()
        assert info is not None
        seen.append(info.request_id)

    handler = serving(function)
    caplog.set_level("INFO", logger="ioplugins")
    handler({}, asking(_reqId="abc"))
    handler({}, asking(_reqId=5))
    assert ["abc", ""] == seen
    assert "logName=callFunctionInvoked, function=f, _reqId=abc" in caplog.messages


# -------------------------------------------------------------------------------------- errors


def test_without_a_client_context_the_call_is_refused() -> None:
    """The error says what is missing; Node's shim dies there."""
    (error,) = errors_of(serving(lambda options: 1), {}, SimpleNamespace(client_context=None))
    assert "missing_required_field" == error["code"]
    assert "ClientContext" in error["message"]


@pytest.mark.parametrize("client_context", [[1], "text", 5])
def test_a_client_context_that_is_no_object_is_an_empty_one(client_context: object) -> None:
    """It is refused for all that is missing in it."""
    context = SimpleNamespace(**{ATTRIBUTE: client_context})
    errors = errors_of(serving(lambda options: 1), {"a": 1}, context)
    assert ["missing_required_field"] * 2 == [error["code"] for error in errors]


@pytest.mark.parametrize("raised", [SystemExit(3), KeyboardInterrupt(), GeneratorExit()])
def test_nothing_a_function_raises_comes_through(raised: BaseException) -> None:
    """It is an error of that call."""

    def function(options: object) -> None:
        raise raised

    (error,) = errors_of(serving(function), {}, asking())
    assert type(raised).__name__ == error["code"]


@pytest.mark.parametrize("raised", [SystemExit(3), KeyboardInterrupt(), MemoryError("secret")])
def test_nothing_that_happens_in_the_host_comes_through(
    raised: BaseException, caplog: pytest.LogCaptureFixture
) -> None:
    """The caller learns that it failed; the log says where, and neither has the text."""

    class Context:
        @property
        def client_context(self) -> object:
            raise raised

    (error,) = errors_of(serving(lambda options: 1), {}, Context())
    assert "internal_error" == error["code"]
    (line,) = [line for line in caplog.messages if line.startswith("logName=internalError")]
    assert f"error={type(raised).__name__}, at=" in line
    assert "secret" not in line


def test_an_answer_that_lambda_does_not_take_is_refused() -> None:
    """Within maxResponseSize by its characters, beyond six megabytes by its bytes."""
    text = "é" * (LIMIT // 2)
    errors = errors_of(serving(lambda options: text), {}, asking())
    assert [
        {
            "message": f"response stream exceeded limit of {LIMIT} bytes.",
            "code": "response_size_exceeded",
        }
    ] == errors


def test_an_answer_that_lambda_just_takes_is_given() -> None:
    """Two bytes are its quotes."""
    text = "é" * (LIMIT // 2 - 1)
    assert text == serving(lambda options: text)({}, asking())


def test_the_callers_own_limit_holds() -> None:
    """It is told as the caller wrote it."""
    (error,) = errors_of(serving(lambda options: "abc"), {}, asking(maxResponseSize=4))
    assert "response stream exceeded limit of 4 bytes." == error["message"]


# ------------------------------------------------------------------------------- configurations


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ({}, "missing_parameter"),
        ({"a": 1}, "missing_required_field"),
        ({"diy": 5, "connectors": {"a": {}}}, "invalid_configuration"),
        ({"connectors": {}}, "invalid_field"),
        ({"diy": {}, "timeout": -1}, "invalid_field"),
        (Registry(), "missing_required_field"),
        ("there_is_no_such_module", "TargetError"),
        (5, "InvalidSource"),
    ],
)
def test_a_wrong_configuration_is_told_to_every_call(source: object, code: str) -> None:
    """Before anything else about the call."""
    handler = create_handler(source)
    for context in (asking(), SimpleNamespace(client_context=None), None):
        assert [code] == [error["code"] for error in errors_of(handler, {}, context)]


def test_a_wrong_configuration_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    """When the handler is made, so that it is seen before the first call."""
    create_handler({})
    assert [
        "logName=configurationError, message=Options parameter is not provided., "
        "code=missing_parameter"
    ] == caplog.messages


def test_it_shows_what_it_serves() -> None:
    """Not its settings' secrets."""
    handler = serving(lambda options: 1, systemToken="the-token")
    assert "the-token" not in repr(handler)
    assert "<Handler: not configured>" == repr(create_handler({}))


def test_each_call_is_logged_unless_lambda_was_told_otherwise(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The runtime's own level is WARNING; AWS_LAMBDA_LOG_LEVEL is the author's word."""
    logger = logging.getLogger("ioplugins")
    monkeypatch.setattr(logger, "level", logging.NOTSET)
    monkeypatch.setenv("AWS_LAMBDA_LOG_LEVEL", "ERROR")
    serving(lambda options: 1)
    assert logging.NOTSET == logger.level
    monkeypatch.delenv("AWS_LAMBDA_LOG_LEVEL")
    serving(lambda options: 1)
    assert logging.INFO == logger.level
    logger.setLevel(logging.ERROR)
    serving(lambda options: 1)
    assert logging.ERROR == logger.level


# ---------------------------------------------------------------------------------- time limits


def ending_in(milliseconds: int) -> SimpleNamespace:
    """A context whose invocation Lambda ends after that time."""
    context = asking()
    context.get_remaining_time_in_millis = lambda: milliseconds
    return context


def test_a_call_ends_before_lambda_ends_the_process() -> None:
    """The caller gets an error of its own, and the process lives on."""
    handler = serving(lambda options: time.sleep(30))
    (error,) = errors_of(handler, {}, ending_in(1900))
    assert "function_timeout" == error["code"]
    assert "within 1 seconds" in error["message"]


@pytest.mark.parametrize("left", [0, 900, 400_000])
def test_other_times_leave_the_configured_limit(left: int) -> None:
    """When Lambda gives more time than it, or none that could be kept back."""
    handler = serving(lambda options: 1)
    made = handler.configuration
    assert made is not None
    assert made is handler._within(made, ending_in(left))


def test_calls_with_the_same_time_share_a_configuration() -> None:
    """What was reported of its functions is remembered with it."""
    handler = serving(lambda options: 1, functionTimeout=0, timeout=0)
    made = handler.configuration
    assert made is not None
    first, second = (handler._within(made, ending_in(left)) for left in (9_999, 9_001))
    assert first is second
    assert 9 == first.settings.call_limit


def test_a_configuration_is_served_as_it_is() -> None:
    """It is not made again."""
    configuration = Configuration.from_mapping({"diy": {"f": lambda options: 1}})
    assert configuration is create_handler(configuration).configuration
