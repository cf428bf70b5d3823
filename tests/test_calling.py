"""One call: the protocol of the Node packages, and the checks around the function."""

from __future__ import annotations

import asyncio
import json
import logging
import math
import threading
from datetime import datetime, timezone
from decimal import Decimal
from typing import Any

import attrs
import pytest

from ioplugins import ExtensionError, Outcome, Registry, call_function, current_call
from ioplugins.configuration import Configuration
from ioplugins.errors import (
    CALL_ERRORS,
    FunctionFailed,
    PluginError,
    object_not_found,
    response_size_exceeded,
)
from ioplugins.jsonvalue import Wire


def configured(functions: object, **settings: Any) -> Configuration:
    registry = Registry()
    registry.add(functions)
    return registry.configuration(**settings)


def ask(configuration: Configuration, **request: Any) -> Outcome:
    """A call of the DIY function f, changed by *request*."""
    asked = {"diy": True, "function": "f", "options": {"a": 1}, **request}
    return call_function(configuration, {k: v for k, v in asked.items() if v is not LEFT_OUT})


LEFT_OUT = object()


def called(function: Any, options: object = None, **settings: Any) -> tuple[int, Any]:
    outcome = ask(configured({"f": function}, **settings), options=options or {"a": 1})
    return outcome.status, json.loads(outcome.body)


def error_of(function: Any, **settings: Any) -> dict[str, Any]:
    status, body = called(function, **settings)
    assert 422 == status
    [error] = body["errors"]
    return error


def codes(outcome: Outcome) -> list[Any]:
    assert 422 == outcome.status
    assert {"errors": list(map(dict, outcome.errors))} == json.loads(outcome.body)
    return [error["code"] for error in outcome.errors]


# ---------------------------------------------------------------------- what is asked for

NO_SELECTOR, NO_DIY, UNKNOWN = (
    CALL_ERRORS[name] for name in ("no_selector", "no_diy", "unknown_connector")
)
NO_FUNCTION, NOT_TEXT, NO_OPTIONS = (
    CALL_ERRORS[name] for name in ("no_function", "function_not_text", "no_options")
)
INVALID = CALL_ERRORS["unknown_function"]

DIY = configured({"f": lambda options: "flat", "hooks": {"f": lambda options: "hook", "g": len}})


def connectors() -> Configuration:
    return Configuration.from_mapping(
        {
            "connectors": {
                "c1": {"f": lambda options: "first"},
                "c2": {"f": lambda options: "second"},
                "": {"f": lambda options: "nameless"},
            }
        }
    )


@pytest.mark.parametrize("request_", [{}, [], "text", None, 5, [{"diy": True}]])
def test_what_is_no_request_gets_the_three_errors(request_: object) -> None:
    """In the order of the Node packages: selector, function, options."""
    assert (NO_SELECTOR, NO_FUNCTION, NO_OPTIONS) == call_function(DIY, request_).errors


@pytest.mark.parametrize(
    ("request_", "errors"),
    [
        ({"diy": False}, [NO_SELECTOR]),
        ({"diy": 0}, [NO_SELECTOR]),
        ({"diy": LEFT_OUT}, [NO_SELECTOR]),
        ({"diy": None, "_connectorId": ""}, [NO_SELECTOR]),
        ({"diy": LEFT_OUT, "_connectorId": "c1"}, [UNKNOWN]),
        ({"function": LEFT_OUT}, [NO_FUNCTION]),
        ({"function": ""}, [NO_FUNCTION]),
        ({"function": 0}, [NO_FUNCTION]),
        ({"function": 5}, [NOT_TEXT]),
        ({"function": ["f"]}, [NOT_TEXT]),
        ({"function": {}}, [NOT_TEXT]),
        ({"options": LEFT_OUT}, [NO_OPTIONS]),
        ({"options": ""}, [NO_OPTIONS]),
        ({"options": 0}, [NO_OPTIONS]),
        ({"diy": False, "function": 5, "options": False}, [NO_SELECTOR, NOT_TEXT, NO_OPTIONS]),
        # The rest is looked at only when none of these three failed.
        ({"type": "nowhere", "options": None}, [NO_OPTIONS]),
        ({"function": "nothing", "diy": False}, [NO_SELECTOR]),
        ({"maxResponseSize": "lots", "options": None}, [NO_OPTIONS]),
    ],
)
def test_what_is_missing_is_told_at_once(
    request_: dict[str, Any], errors: list[dict[str, str]]
) -> None:
    """All of it, exactly as the Node packages say."""
    outcome = ask(DIY, **request_)

    assert errors == [dict(error) for error in outcome.errors]
    assert {"errors": errors} == json.loads(outcome.body)


@pytest.mark.parametrize("diy", [True, "0", -1, {}, []])
def test_any_truthy_diy_selects_it(diy: object) -> None:
    """As JavaScript counts; also when there is a _connectorId."""
    assert b'"flat"' == ask(DIY, diy=diy, _connectorId="c1").body


def test_diy_wins_even_where_there_is_none() -> None:
    """Then only that error."""
    assert (NO_DIY,) == ask(connectors(), _connectorId="c1").errors


@pytest.mark.parametrize(
    ("connector_id", "body"),
    [("c1", b'"first"'), ("c2", b'"second"'), ("c3", None), ("C1", None), (42, None),
     (["c1"], None), ({}, None), ("toString", None), ("__class__", None)],
)  # fmt: skip
def test_a_connector_is_found_by_its_very_id(connector_id: object, body: bytes | None) -> None:
    """Text only, matched exactly."""
    outcome = ask(connectors(), diy=LEFT_OUT, _connectorId=connector_id)

    if body is None:
        assert (UNKNOWN,) == outcome.errors
    else:
        assert (200, body) == (outcome.status, outcome.body)


@pytest.mark.parametrize(
    ("type_", "body"),
    [
        (LEFT_OUT, b'"flat"'),
        (None, b'"flat"'),
        ("", b'"flat"'),
        (0, b'"flat"'),
        (False, b'"flat"'),
        ("hook", b'"hook"'),
        ("hooks", b'"hook"'),
    ],
)
def test_a_type_is_a_section(type_: object, body: bytes) -> None:
    """Singular or plural; falsy means the module itself."""
    assert body == ask(DIY, type=type_).body


@pytest.mark.parametrize(
    ("type_", "told"),
    [
        ("wrapper", "wrapper"),
        ("Hook", "Hook"),
        (" hook", " hook"),
        ("__class__", "__class__"),
        (42, "42"),
        (True, "true"),
        (["hooks"], "hooks"),
        ([], ""),
        ({}, "[object Object]"),
        (math.inf, "Infinity"),
    ],
)
def test_a_type_that_is_no_section_is_told_as_it_was_sent(type_: object, told: str) -> None:
    """As JavaScript writes it."""
    assert (object_not_found(told),) == ask(DIY, type=type_).errors


def test_a_type_may_be_nested_to_any_depth() -> None:
    """Whatever JSON a caller sends, there is an answer."""
    deep: list[Any] = []
    for _ in range(1000):
        deep = [deep]

    assert (object_not_found(""),) == ask(DIY, type=deep).errors


@pytest.mark.parametrize(
    "name", ["nothing", "F", " f", "hooks", "hooks.f", "__init__", "toString", "\ud800", "keys"]
)
@pytest.mark.parametrize("type_", [None, "hook"])
def test_a_function_is_found_by_its_very_name(name: str, type_: str | None) -> None:
    """No paths, no attributes, no other spelling."""
    assert (INVALID,) == ask(DIY, function=name, type=type_).errors


@pytest.mark.parametrize(
    "options", [{}, [], "text", 5, -1, True, [1], {"a": {"b": 1}}, "0", 1.5, 10**30]
)
def test_options_reach_the_function_as_they_are(options: object) -> None:
    """Any truthy JSON, and nothing of the request beside them."""
    configuration = configured({"f": lambda given: [given]})
    outcome = ask(configuration, options=options, access_token="secret", traceId="t", _reqId="r")

    assert [options] == json.loads(outcome.body)


# ---------------------------------------------------------------------------- date-times

MOMENT = datetime(2024, 5, 31, 8, tzinfo=timezone.utc)


@pytest.mark.parametrize("name", ["lastExportDateTime", "currentExportDateTime"])
@pytest.mark.parametrize("value", ["2024-05-31T08:00:00.000Z", 1_717_142_400_000])
def test_date_times_of_an_export_are_datetimes(name: str, value: object) -> None:
    """For every function, from text or milliseconds, in UTC."""
    seen: list[Any] = []
    ask(configured({"f": seen.append}), options={name: value, "b": value})

    assert [{name: MOMENT, "b": value}] == seen


@pytest.mark.parametrize("value", [None, "", 0, False])
def test_falsy_date_times_stay(value: object) -> None:
    """As they are."""
    configuration = configured({"f": lambda options: [options]})

    assert [{"lastExportDateTime": value}] == json.loads(
        ask(configuration, options={"lastExportDateTime": value}).body
    )


@pytest.mark.parametrize("value", ["yesterday", True, [], {}, 1e300])
def test_what_is_no_date_time_is_refused(value: object) -> None:
    """The function does not run; the message names the option and never quotes it."""
    outcome = ask(DIY, options={"currentExportDateTime": value})

    assert ["invalid_field"] == codes(outcome)
    assert outcome.errors[0]["message"].startswith(
        "The option currentExportDateTime is not a date-time: it is "
    )


def test_the_request_is_left_as_it_was() -> None:
    """The same request asks the same thing again."""
    request = {"diy": 1, "function": "f", "options": {"lastExportDateTime": "2024-05-31"}}
    before = json.dumps(request)

    assert b'"flat"' == call_function(DIY, request).body
    assert before == json.dumps(request)
    assert b'"flat"' == call_function(DIY, request).body


def test_options_answered_whole_are_not_json_any_more() -> None:
    """As in Node, where a Date is none either."""
    outcome = ask(
        configured({"f": lambda options: options}), options={"lastExportDateTime": "2024-05-31"}
    )

    assert ["invalid_extension_response"] == codes(outcome)
    assert outcome.detail.startswith("$.lastExportDateTime: datetime is not JSON")


# ------------------------------------------------------------------------------ answers


@pytest.mark.parametrize(
    ("answer", "body"),
    [
        (None, b"null"),
        (False, b"false"),
        (0, b"0"),
        ("é", '"é"'.encode()),
        ([], b"[]"),
        ({"a": (1, math.nan)}, b'{"a":[1,null]}'),
    ],
)
def test_an_answer_is_the_json_of_the_result(answer: object, body: bytes) -> None:
    """At the top level, scalars included."""
    outcome = ask(configured({"f": lambda options: answer}))

    assert Outcome(200, [body]) == outcome
    assert ((), "") == (outcome.errors, outcome.detail)


def test_an_outcome_is_frozen() -> None:
    """A host only passes it on."""
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        ask(DIY).status = 500


def test_an_answer_that_is_not_json_is_told_to_the_author_only(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The caller gets the documented error; place and reason are in the log and the detail."""
    outcome = ask(configured({"f": lambda options: {"rows": [1, {2}]}}))

    assert (CALL_ERRORS["not_serializable"],) == outcome.errors
    assert "$.rows[1]: set is not JSON: make it a list" == outcome.detail
    expected = "function=f, path=$.rows[1], reason=set is not JSON: make it a list"
    assert [f"logName=invalidAnswer, {expected}"] == caplog.messages


@pytest.mark.parametrize(
    ("given", "answer", "printed"),
    [
        (4, "aa", None),
        (3, "aa", "3"),
        (4.0, "aaa", "4"),
        (10.5, "a" * 9, "10.5"),
        (1e3, "a" * 999, "1000"),
        ("4", "aa", None),
        ("4", "aaa", "4"),
        (" 4.0 ", "aaa", " 4.0 "),
        ("1e1", "a" * 9, "1e1"),
        ("+4", "aaa", "+4"),
        (".5", None, ".5"),
        (-1, None, "-1"),
        ("0", None, "0"),
        (5_242_881, "a" * 5_242_879, None),
        (0, "a" * 5_242_878, None),
        (0, "a" * 5_242_879, "5242880"),
        (None, "a" * 5_242_879, "5242880"),
        ("", "a" * 5_242_879, "5242880"),
        (math.inf, "a", None),
        (10**400, "a", None),
    ],
    ids=lambda value: None if value is None or len(str(value)) > 20 else repr(value),
)
def test_the_limit_is_the_callers(given: object, answer: object, printed: str | None) -> None:
    """In UTF-16 units; falsy is the default; exactly the limit is allowed."""
    outcome = ask(configured({"f": lambda options: answer}), maxResponseSize=given)

    if printed is None:
        assert 200 == outcome.status
    else:
        assert (response_size_exceeded(printed),) == outcome.errors


@pytest.mark.parametrize("given", ["lots", "4 units", "1_0", "\u0664", "nan", "inf", {}, [4], True])
def test_a_limit_that_is_no_number_is_refused(given: object) -> None:
    """Instead of lifting the limit, as Node does."""
    outcome = ask(DIY, maxResponseSize=given)

    message = "The maxResponseSize field in the extension options must be a number."
    assert ({"message": message, "code": "invalid_field"},) == outcome.errors


def test_the_limit_does_not_apply_to_errors() -> None:
    """A long message passes."""

    def fails(options):
        raise ExtensionError("m" * 100, code="c")

    outcome = ask(configured({"f": fails}), maxResponseSize=5)
    assert ({"message": "m" * 100, "code": "c"},) == outcome.errors


# -------------------------------------------------------------------------- what goes wrong


async def never(options):
    await asyncio.Event().wait()


@pytest.mark.parametrize("settings", [{"function_timeout": 50}, {"timeout": 50}])
def test_a_call_ends_at_its_limit(
    settings: dict[str, int], caplog: pytest.LogCaptureFixture
) -> None:
    """With function_timeout, whichever limit is the shorter one."""
    error = error_of(never, **settings)

    message = "The function f gave no answer within 0.05 seconds."
    assert {"code": "function_timeout", "message": message} == error
    assert [f"logName=callFailed, error={message}"] == caplog.messages


def test_heartbeats_are_the_hosts() -> None:
    """Each heartbeat_interval while the function runs."""
    second = threading.Event()
    beats: list[int] = []

    def heartbeat() -> None:
        beats.append(1)
        if len(beats) == 2:
            second.set()

    configuration = configured({"f": lambda options: second.wait(30)}, heartbeat_interval=1)
    request = {"diy": True, "function": "f", "options": {}}

    assert b"true" == call_function(configuration, request, heartbeat=heartbeat).body


class NoRepr:
    def __repr__(self) -> str:
        raise ValueError("no text of it")


class BrokenWire(Wire):
    def to_json(self) -> Any:
        raise ValueError("no JSON of it")


class BrokenCode(Exception):
    @property
    def code(self):
        raise ValueError("no code of it")


class BrokenText(Exception):
    def __str__(self) -> str:
        raise ValueError("no text of it")


def raising(error: BaseException) -> Any:
    def function(options):
        raise error

    return function


@pytest.mark.parametrize(
    ("function", "code"),
    [
        (lambda options: {NoRepr(): 1}, "invalid_extension_response"),
        (lambda options: [NoRepr()], "invalid_extension_response"),
        (lambda options: 10**5000, "invalid_extension_response"),
        (lambda options: {"a": BrokenWire()}, "invalid_extension_response"),
        (raising(BrokenCode("m")), "BrokenCode"),
        (raising(BrokenText("m")), "BrokenText"),
        (raising(SystemExit(3)), "SystemExit"),
        (raising(KeyboardInterrupt()), "KeyboardInterrupt"),
        (raising(ExtensionError("m", code=NoRepr())), "ExtensionError"),
        (raising(ExtensionError("\ud800", code="\ud800")), "\ud800"),
        (lambda options, callback: callback({"message": NoRepr()}), "Error"),
    ],
    ids=["repr of a key", "repr of a value", "many digits", "wire form", "code", "text", "exit",
         "interrupt", "code that is not JSON", "surrogates", "message"],
)  # fmt: skip
def test_whatever_a_function_does_there_is_an_answer(function: Any, code: str) -> None:
    """call_function() does not raise."""
    outcome = ask(configured({"f": function}))

    assert [code] == codes(outcome)


@pytest.mark.parametrize(
    ("value", "status", "body"),
    [(Decimal("sNaN"), 200, [None]), (BrokenWire(), 422, None)],
    ids=["Decimal", "wire form"],
)
def test_what_asks_for_dates_as_text_has_an_answer_too(
    value: object, status: int, body: object
) -> None:
    """dates="iso" asks more of an answer than JSON does; no number is null."""
    registry = Registry()
    registry.utility(name="f", dates="iso")(lambda options: [value])
    outcome = ask(registry.configuration())

    assert status == outcome.status
    if body is not None:
        assert body == json.loads(outcome.body)


def test_the_author_chooses_code_and_message() -> None:
    """By ExtensionError, by attributes, by the class."""

    class Custom(Exception):
        code = "from_class"

    class Shy(Exception):
        def __str__(self):
            raise ValueError

    def raising(error):
        def function(options):
            raise error

        return function

    named = Exception("m")
    named.name = "my_name"
    for error, expected in (
        (ExtensionError("m", code="c"), {"message": "m", "code": "c"}),
        (Custom("m"), {"message": "m", "code": "from_class"}),
        (named, {"message": "m", "code": "my_name"}),
        (AttributeError("m", name="x", obj=1), {"message": "m", "code": "AttributeError"}),
        (Shy(), {"message": "", "code": "Shy"}),
    ):
        assert expected == error_of(raising(error))


def test_dates_as_text_on_wish() -> None:
    """dates="iso" writes them as JavaScript does; without it they are refused with the path."""

    def dated(options: dict):
        return {"at": datetime(2024, 5, 31, 8, tzinfo=timezone.utc)}

    registry = Registry()
    registry.utility(name="iso", dates="iso")(dated)
    registry.utility(name="plain")(dated)
    configuration = registry.configuration()
    iso, plain = (
        call_function(configuration, {"diy": True, "function": f, "options": {}})
        for f in ("iso", "plain")
    )
    assert {"at": "2024-05-31T08:00:00.000Z"} == json.loads(iso.body)
    assert plain.detail.startswith("$.at: datetime is not JSON")


# ------------------------------------------------------------------------------ checked answers

PAGE = {"data": [{"id": 1}, {"id": 2}], "bearerToken": "t", "_importId": "i"}


def checked(answer, **settings):
    registry = Registry()
    registry.hook("preMap", name="f")(lambda options: answer)
    configuration = registry.configuration(**settings)
    return call_function(configuration, {"diy": True, "function": "f", "options": dict(PAGE)})


def test_an_answer_that_breaks_a_rule_is_refused() -> None:
    """The message names kind, function, rule and path."""
    outcome = checked([{"data": {"id": 1}}, {"data": "text"}])

    assert 422 == outcome.status
    [error] = outcome.errors
    assert "invalid_extension_response" == error["code"]
    assert error["message"].startswith("preMap f: ACT-DATA at $[1].data: ")


@pytest.mark.parametrize("policy", ["report", "off"])
def test_answers_may_be_reported_or_not_looked_at(policy, caplog) -> None:
    """Then the answer goes out as it is."""
    assert 200 == checked([], answers=policy).status
    told = [message for message in caplog.messages if "answerProblem" in message]
    assert (policy == "report") == bool(told)


def test_many_problems_are_told_in_few_errors() -> None:
    """Five, and how many more there are."""
    outcome = checked([{"a": 1}] * 2 + [{"b": 1}] * 18, answers="enforce")
    assert len(outcome.errors) <= 5
    registry = Registry()
    registry.hook("preMap", name="f")(lambda options: options["data"])
    many = {"diy": True, "function": "f", "options": {"data": [{"id": n} for n in range(12)]}}
    outcome = call_function(registry.configuration(), many)
    assert 5 == len(outcome.errors)
    assert "more)" in outcome.errors[-1]["message"]


def test_warnings_are_logged_once_with_a_count(caplog) -> None:
    """And again at ten times as many."""
    registry = Registry()
    registry.hook("preSavePage", name="f")(lambda options: {"data": []})  # errors is missing
    configuration = registry.configuration()
    request = {"diy": True, "function": "f", "options": {"data": [], "errors": [], "pageIndex": 0}}
    for _ in range(12):
        assert 200 == call_function(configuration, request).status

    told = [message for message in caplog.messages if "rule=PSP-NOERR" in message]
    assert ["count=1", "count=10"] == [
        t.partition("count=")[1] + t.partition("count=")[2].partition(",")[0] for t in told
    ]


def test_options_of_a_wrong_type_are_told_or_refused(caplog) -> None:
    """Logged by default; 422 in strict mode."""
    registry = Registry()
    registry.hook("preMap", name="f")(lambda options: [])
    request = {"diy": True, "function": "f", "options": {"data": [], "settings": 5}}

    assert 200 == call_function(registry.configuration(), request).status
    assert any(
        "invalidOptions" in message and "$.settings" in message for message in caplog.messages
    )
    strict = call_function(registry.configuration(strict_options=True), request)
    assert {"invalid_options"} == {error["code"] for error in strict.errors}


def test_plugins_wrap_the_call() -> None:
    """call_wrapper gets the call and decides; its answer is checked and encoded."""
    registry = Registry()
    registry.add({"f": lambda options: options["n"]})
    seen = []

    def twice(call):
        seen.append((call.function.name, call.connector_id))
        return call.run() * 2

    configuration = registry.configuration(call_wrapper=twice)
    outcome = call_function(configuration, {"diy": True, "function": "f", "options": {"n": 4}})
    assert (b"8", [("f", None)]) == (outcome.body, seen)


def test_a_failing_function_is_one_log_line_without_its_message(caplog) -> None:
    """The place is module and line; debug adds the traceback."""
    with caplog.at_level(logging.ERROR):
        error_of(lambda options: 1 / 0)
    [record] = [r for r in caplog.records if "functionFailed" in r.getMessage()]
    assert "error=ZeroDivisionError" in record.getMessage()
    assert record.exc_info is None
    error_of(lambda options: 1 / 0, debug=True)
    assert caplog.records[-1].exc_info


def test_an_error_that_the_author_chose_is_not_logged(caplog) -> None:
    """ExtensionError, or what went to the callback and is no exception."""
    error_of(raising(ExtensionError("m")))
    error_of(lambda options, callback: callback("text"))

    assert [] == [r for r in caplog.records if r.levelno >= logging.ERROR]


def test_a_plugins_error_names_it(caplog) -> None:
    """The caller learns who failed; the reason is in the log."""

    def fails(call):
        raise PluginError("audit", "audit 1.0", "running ioplugins_call", "a secret reason")

    outcome = ask(configured({"f": len}, call_wrapper=fails))

    assert ["plugin_error"] == codes(outcome)
    assert "audit" in outcome.errors[0]["message"]
    [line] = [message for message in caplog.messages if "callFailed" in message]
    assert "a secret reason" in line


def test_a_plugin_may_refuse_a_call() -> None:
    """As a function does; the function does not run."""

    def refuses(call):
        raise FunctionFailed(ExtensionError("not now", code="busy"))

    outcome = ask(configured({"f": raising(AssertionError())}, call_wrapper=refuses))

    assert ({"message": "not now", "code": "busy"},) == outcome.errors


def test_a_plugin_sees_the_call() -> None:
    """Function, connector, options and ids; an answer of its own is encoded as any other."""
    seen: list[Any] = []

    def answers_itself(call):
        seen.append((call.function.name, call.connector_id, call.options))
        seen.append((call.request_id, call.trace_id))
        return (1, 2)

    registry = Registry()
    registry.add({"f": raising(AssertionError())}, "c1")
    outcome = call_function(
        registry.configuration(call_wrapper=answers_itself),
        {"_connectorId": "c1", "function": "f", "options": {"a": 1}},
        request_id="r1",
        trace_id="t1",
    )

    assert b"[1,2]" == outcome.body
    assert [("f", "c1", {"a": 1}), ("r1", "t1")] == seen


# ----------------------------------------------------------------------------- who is asking


@pytest.mark.parametrize("kind", ["sync", "async", "callback"])
def test_the_running_call_is_known_inside(kind: str) -> None:
    """On the worker thread and in the task; outside of a call there is none."""

    def sync(options):
        info = current_call()
        return info and [info.request_id, info.trace_id, info.fields["function"]]

    async def of_task(options):
        await asyncio.sleep(0)
        return sync(options)

    def calls_back(options, callback):
        callback(None, sync(options))

    function = {"sync": sync, "async": of_task, "callback": calls_back}[kind]
    request = {"diy": True, "function": "f", "options": {}}
    configuration = configured({"f": function})
    assert current_call() is None
    outcome = call_function(configuration, request, request_id="r1", trace_id="t1")

    assert ["r1", "t1", "f"] == json.loads(outcome.body)
    assert current_call() is None


def test_a_call_inside_a_call_is_its_own() -> None:
    """Afterwards the outer one is the running one again."""

    def running(options):
        return current_call().request_id

    def outer(options):
        request = {"diy": True, "function": "inner", "options": {}}
        inner = call_function(configuration, request, request_id="inside")
        return [json.loads(inner.body), running(options)]

    configuration = configured({"f": outer, "inner": running})
    request = {"diy": True, "function": "f", "options": {}}
    outcome = call_function(configuration, request, request_id="outside")

    assert ["inside", "outside"] == json.loads(outcome.body)


def test_every_call_is_a_log_line(caplog) -> None:
    """As the Node packages print it, before anything is checked, without its options."""
    with caplog.at_level(logging.INFO):
        call_function(
            DIY,
            {
                "type": "hook",
                "function": "a, b=forged",
                "options": {"_flowId": "f1", "bearerToken": "secret"},
                "access_token": "secret",
            },
            request_id="r1",
            trace_id="t1",
        )

    line = 'type=hook, function="a, b=forged", _flowId=f1, _reqId=r1, traceId=t1'
    assert [f"logName=callFunctionInvoked, {line}"] == caplog.messages


def test_the_log_lines_go_to_the_hosts_logger(caplog) -> None:
    """All of one call."""
    logger = logging.getLogger("of.the.host")
    with caplog.at_level(logging.INFO):
        ask(configured({"f": raising(ValueError())}, logger=logger))

    names = {"callFunctionInvoked", "functionFailed"}
    assert names == {r.msg.name for r in caplog.records if hasattr(r.msg, "name")}
    assert {"of.the.host"} == {record.name for record in caplog.records}
