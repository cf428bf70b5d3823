"""One call: functions of every form, their limits, and the checks around them."""

from __future__ import annotations

import asyncio
import json
import logging
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from ioplugins import ExtensionError, Registry, call_function, current_call
from ioplugins.configuration import Configuration
from ioplugins.eventloop import submit
from ioplugins.execution import execute
from ioplugins.functions import extension_function


def configured(functions: dict, **settings) -> Configuration:
    registry = Registry()
    registry.add(functions)
    return registry.configuration(**settings)


def called(function, options=None, **settings):
    configuration = configured({"f": function}, **settings)
    outcome = call_function(configuration, {"diy": True, "function": "f", "options": options or {}})
    return outcome.status, json.loads(outcome.body)


def error_of(function, **settings) -> dict:
    status, body = called(function, **settings)
    assert 422 == status
    return body["errors"][0]


async def answer_later(options):
    await asyncio.sleep(0)
    return {"async": True}


def call_back(options, callback):
    callback(None, "called back")


def call_back_from_a_thread(options, callback):
    threading.Timer(0.01, callback, (None, "later")).start()


def return_instead(options, callback):
    return "returned"


def return_awaitable(options):
    return answer_later(options)


async def call_back_async(options, callback):
    callback(None, "from a task")


@pytest.mark.parametrize(
    ("function", "answer"),
    [
        (lambda options: 1, 1),
        (answer_later, {"async": True}),
        (return_awaitable, {"async": True}),
        (call_back, "called back"),
        (call_back_from_a_thread, "later"),
        (return_instead, "returned"),
        (call_back_async, "from a task"),
        (lambda options, callback=None: callback(0, "falsy error"), "falsy error"),
    ],
)
def test_every_form_of_function_answers(function, answer) -> None:
    """Sync, async, awaitable, callback at once or later, and a return instead of the callback."""
    assert (200, answer) == called(function)


async def never(options):
    await asyncio.Event().wait()


@pytest.mark.parametrize(
    "function", [never, lambda options: time.sleep(5), lambda o, callback: None]
)
def test_a_call_ends_at_its_limit(function) -> None:
    """Whatever the function does, the caller gets function_timeout."""
    error = error_of(function, function_timeout=50)

    expected = "The function f gave no answer within 0.05 seconds."
    assert {"code": "function_timeout", "message": expected} == error


def test_a_task_that_took_too_long_is_cancelled() -> None:
    """It does not go on behind the caller's back."""
    cancelled = threading.Event()

    async def waits(options):
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    error_of(waits, function_timeout=30)
    assert cancelled.wait(5)


def test_heartbeats_are_sent_until_the_answer() -> None:
    """One each interval, none after the limit."""
    beats: list[int] = []
    function = extension_function(lambda options: time.sleep(0.2) or "ok", name="f")

    assert "ok" == execute(function, {}, 5, lambda: beats.append(1), 0.05)
    assert 1 <= len(beats) <= 4


@pytest.mark.parametrize("error", [SystemExit(3), KeyboardInterrupt(), GeneratorExit()])
def test_no_exception_of_a_function_ends_more_than_its_call(error) -> None:
    """Sync or async."""

    def raises(options):
        raise error

    async def raises_async(options):
        raise error

    for function in (raises, raises_async):
        assert type(error).__name__ == error_of(function)["code"]
    assert (200, {"async": True}) == called(answer_later)


def test_a_second_answer_is_dropped_and_told(caplog) -> None:
    """By the callback, by raising, by returning."""

    def twice(options, callback):
        callback(None, 1)
        callback(None, 2)

    def then_raises(options, callback):
        callback(None, 1)
        raise ValueError("late")

    def then_returns(options, callback):
        callback(None, 1)
        return 2

    async def then_raises_async(options, callback):
        callback(None, 1)
        raise ValueError("late")

    for function in (twice, then_raises, then_returns, then_raises_async):
        assert (200, 1) == called(function)
    until(lambda: len([r for r in caplog.messages if "lateAnswer" in r]) == 4)


def until(condition) -> None:
    end = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_stray_tasks_are_one_log_line(caplog) -> None:
    """A task that fails, or even exits, harms no other call."""

    async def leaves_tasks(options):
        async def fails():
            raise ValueError("secret text")

        async def exits():
            raise SystemExit

        asyncio.get_running_loop().create_task(exits())
        asyncio.get_running_loop().create_task(fails())
        await asyncio.sleep(0)
        return 1

    called(leaves_tasks)
    until(lambda: any("strayError" in message for message in caplog.messages))
    assert (200, {"async": True}) == called(answer_later)
    assert not any("secret text" in message for message in caplog.messages)


def test_async_functions_share_one_loop() -> None:
    """A client made in one call can be used in the next."""

    async def loop_id(options):
        return id(asyncio.get_running_loop())

    assert called(loop_id) == called(loop_id)


def test_a_hundred_calls_run_side_by_side() -> None:
    """Each waits until all the others are there too."""
    everybody = threading.Barrier(100)
    configuration = configured({"f": lambda options: everybody.wait(30) is None})
    request = {"diy": True, "function": "f", "options": {}}
    with ThreadPoolExecutor(100) as pool:
        outcomes = list(pool.map(lambda _: call_function(configuration, request), range(100)))

    assert {200} == {outcome.status for outcome in outcomes}


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_the_running_call_is_known_inside(kind) -> None:
    """On the worker thread and in the task."""

    def sync(options):
        info = current_call()
        return [info.request_id, info.trace_id]

    async def of_task(options):
        return sync(options)

    configuration = configured({"f": sync if kind == "sync" else of_task})
    outcome = call_function(
        configuration,
        {"diy": True, "function": "f", "options": {}},
        request_id="r1",
        trace_id="t1",
    )
    assert ["r1", "t1"] == json.loads(outcome.body)


def test_threads_and_loop_are_made_anew_after_a_fork() -> None:
    """A forked worker does not wait for threads that only its parent has."""
    code = """
import os
from ioplugins import Registry, call_function
async def a(options): return 1
registry = Registry()
registry.add({"a": a, "s": lambda options: 2})
configuration = registry.configuration()
def ask():
    return [call_function(configuration, {"diy": True, "function": f, "options": {}}).body for f in "as"]
ask()
pid = os.fork()
if pid == 0:
    os._exit(0 if ask() == [b"1", b"2"] else 1)
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
"""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, timeout=60
    )
    assert "0" == done.stdout.strip()


def test_idle_workers_end(monkeypatch) -> None:
    """Threads are made on demand and do not stay for ever."""
    from ioplugins import execution

    monkeypatch.setattr(execution, "_IDLE_SECONDS", 0.05)
    monkeypatch.setattr(execution, "_workers", type(execution._workers)())
    before = threading.active_count()
    called(lambda options: 1)
    until(lambda: threading.active_count() <= before)


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
    from datetime import datetime, timezone

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


def test_anything_that_is_no_request_gets_the_three_errors() -> None:
    """A list, a text, nothing."""
    for request in ([], "x", None):
        assert 3 == len(call_function(configured({"f": len}), request).errors)


def test_a_failing_function_is_one_log_line_without_its_message(caplog) -> None:
    """The place is module and line; debug adds the traceback."""
    with caplog.at_level(logging.ERROR):
        error_of(lambda options: 1 / 0)
    [record] = [r for r in caplog.records if "functionFailed" in r.getMessage()]
    assert "error=ZeroDivisionError" in record.getMessage()
    assert record.exc_info is None
    error_of(lambda options: 1 / 0, debug=True)
    assert caplog.records[-1].exc_info


def test_the_loop_takes_work_from_any_thread() -> None:
    """submit() starts it when it is needed."""
    done = threading.Event()
    submit(done.set)
    assert done.wait(5)
