"""Running a function: every form, every way to answer, and the limits around it."""

from __future__ import annotations

import asyncio
import contextvars
import logging
import math
import os
import subprocess
import sys
import threading
import time
import weakref
from concurrent.futures import ThreadPoolExecutor
from textwrap import dedent
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from ioplugins import execution
from ioplugins.answering import Answering
from ioplugins.errors import FunctionFailed, FunctionTimeout
from ioplugins.execution import execute
from ioplugins.functions import extension_function
from ioplugins.turns import QUANTUM, Turns

if TYPE_CHECKING:
    from collections.abc import Callable

LONG = 30.0  # seconds that no test waits for
SHORT = 0.05  # seconds that a test waits for


def run(function: Callable[..., Any], options: object = "o", **arguments: Any) -> Any:
    """The answer of *function* to *options*, under a limit that no test reaches."""
    described = extension_function(function, name="f")
    return execute(described, options, **{"limit": LONG, **arguments})


def failure(function: Callable[..., Any]) -> Any:
    """What *function* fails with."""
    with pytest.raises(FunctionFailed) as caught:
        run(function)
    return caught.value.error


def plainly(function: Callable[..., Any]) -> Callable[..., Any]:
    """A plain function that gives the awaitable of an async one."""

    def plain(options: object) -> object:
        return function(options)

    return plain


def until(condition: Callable[[], object]) -> None:
    """Wait for what another thread does; fails when it never happens."""
    end = time.monotonic() + LONG
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.005)


# -------------------------------------------------------------------------- ways to answer


async def async_answer(options):
    await asyncio.sleep(0)
    return ["async", options]


def awaitable_of_plain(options):
    return async_answer(options)


def future_of_plain(options):
    class Later:
        def __await__(self):
            return (yield from async_answer(options).__await__())

    return Later()


def calls_back(options, callback):
    callback(None, ["called back", options])


def calls_back_from_a_thread(options, callback):
    threading.Thread(target=callback, args=(None, ["later", options])).start()


def calls_back_from_a_timer(options, callback):
    threading.Timer(0, callback, [None, ["timer", options]]).start()


def returns_instead(options, callback):
    return ["returned", options]


async def async_calls_back(options, callback):
    callback(None, ["from a task", options])


async def async_calls_back_later(options, callback):
    asyncio.get_running_loop().call_later(0, callback, None, ["from the loop", options])


async def async_returns_instead(options, callback):
    return ["async returned", options]


def awaitable_that_calls_back(options, callback):
    return async_calls_back(options, callback)


class AsyncCallable:
    async def __call__(self, options):
        return ["object", options]


@pytest.mark.parametrize(
    ("function", "answer"),
    [
        (lambda options: ["plain", options], ["plain", "o"]),
        (lambda options: None, None),
        (async_answer, ["async", "o"]),
        (awaitable_of_plain, ["async", "o"]),
        (future_of_plain, ["async", "o"]),
        (calls_back, ["called back", "o"]),
        (calls_back_from_a_thread, ["later", "o"]),
        (calls_back_from_a_timer, ["timer", "o"]),
        (returns_instead, ["returned", "o"]),
        (async_calls_back, ["from a task", "o"]),
        (async_calls_back_later, ["from the loop", "o"]),
        (async_returns_instead, ["async returned", "o"]),
        (awaitable_that_calls_back, ["from a task", "o"]),
        (AsyncCallable(), ["object", "o"]),
        (lambda options, callback: callback("", "falsy error"), "falsy error"),
        (lambda options, callback: callback(), None),
    ],
)
@pytest.mark.parametrize("limit", [LONG, None])
def test_every_form_of_function_answers(
    function: Callable[..., Any], answer: object, limit: float | None
) -> None:
    """By returning or through its callback, at once or later, with a limit or without."""
    assert answer == run(function, limit=limit)


class OfAuthor(Exception):
    pass


ERROR = OfAuthor("m")


def raises(options):
    raise ERROR


async def async_raises(options):
    raise ERROR


def raises_instead(options, callback):
    raise ERROR


@pytest.mark.parametrize(
    "function",
    [
        raises,
        async_raises,
        plainly(async_raises),
        raises_instead,
        lambda options, callback: callback(ERROR),
        lambda options, callback: callback(ERROR, "and an answer"),
    ],
)
def test_every_form_of_function_fails(function: Callable[..., Any]) -> None:
    """With the very object that it raised or called back with."""
    assert ERROR is failure(function)


@pytest.mark.parametrize("error", ["text", 1, {}, [], {"message": "m"}])
def test_an_error_need_not_be_an_exception(error: object) -> None:
    """As in JavaScript."""
    assert error == failure(lambda options, callback: callback(error))


@pytest.mark.parametrize("error", [SystemExit(3), KeyboardInterrupt(), GeneratorExit()])
def test_no_exception_ends_more_than_its_call(error: BaseException) -> None:
    """Neither the worker thread nor the loop; it is this call's failure."""

    def raises(options):
        raise error

    async def async_raises(options):
        raise error

    assert error is failure(raises)
    assert error is failure(async_raises)
    assert error is failure(plainly(async_raises))
    assert "plain" == run(lambda options: "plain")
    assert ["async", "o"] == run(async_answer)


def test_sync_functions_run_on_threads_of_their_own() -> None:
    """Daemons, so that one that hangs cannot keep the process from ending."""
    thread = run(lambda options: threading.current_thread())

    assert threading.current_thread() is not thread
    assert ("ioplugins-function", True) == (thread.name, thread.daemon)


def test_async_functions_share_one_loop() -> None:
    """A client made in one call can be used in the next."""

    async def loop(options):
        return asyncio.get_running_loop()

    assert run(loop) is run(loop) is run(plainly(loop))


# ------------------------------------------------------------------------------- late answers


def late_lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [message for message in caplog.messages if "lateAnswer" in message]


def answers_twice(options, callback):
    callback(None, 1)
    callback(None, 2)


def error_afterwards(options, callback):
    callback(None, 1)
    callback("error", None)


def then_raises(options, callback):
    callback(None, 1)
    raise ValueError("a secret")


def then_returns(options, callback):
    callback(None, 1)
    return 2


def then_exits(options, callback):
    callback(None, 1)
    raise SystemExit


async def async_then_raises(options, callback):
    callback(None, 1)
    raise ValueError("a secret")


async def async_then_returns(options, callback):
    callback(None, 1)
    return 2


@pytest.mark.parametrize(
    ("function", "told"),
    [
        (answers_twice, "it answered a second time"),
        (error_afterwards, "it answered a second time"),
        (then_raises, "it raised ValueError after its answer"),
        (then_returns, "it returned an answer after its answer"),
        (then_exits, "it raised SystemExit after its answer"),
        (async_then_raises, "it raised ValueError after its answer"),
        (async_then_returns, "it returned an answer after its answer"),
    ],
)
def test_what_comes_after_the_answer_is_told_once_and_dropped(
    function: Callable[..., Any], told: str, caplog: pytest.LogCaptureFixture
) -> None:
    """To the host's logger, as a warning, without what it was."""
    assert 1 == run(function, logger=logging.getLogger("of.the.host"))
    until(lambda: late_lines(caplog))

    line = f"logName=lateAnswer, function=f, message={told}; ignored"
    assert [("of.the.host", logging.WARNING, line)] == caplog.record_tuples
    assert "secret" not in caplog.text


def test_an_answer_after_the_limit_is_told(caplog: pytest.LogCaptureFixture) -> None:
    """The function ran on; what it gave nobody took."""
    go_on = threading.Event()

    def slow(options):
        go_on.wait(LONG)
        return "too late"

    with pytest.raises(FunctionTimeout):
        run(slow, limit=SHORT)
    assert [] == late_lines(caplog)
    go_on.set()
    until(lambda: late_lines(caplog))

    assert "returned an answer after its answer" in late_lines(caplog)[0]


# --------------------------------------------------------------------------------- the limit


def test_a_sync_function_ends_at_its_limit() -> None:
    """The call does; its thread goes on, and the next call gets another one."""
    go_on = threading.Event()

    with pytest.raises(FunctionTimeout, match=r"The function f gave no answer within 0\.05 sec"):
        run(lambda options: go_on.wait(LONG), limit=SHORT)
    assert "next" == run(lambda options: "next")
    go_on.set()


def test_a_callback_that_is_never_called_ends_at_the_limit() -> None:
    """Sync or async."""

    async def never(options, callback):
        pass

    for function in (lambda options, callback: None, never):
        with pytest.raises(FunctionTimeout) as caught:
            run(function, limit=SHORT)
        assert ("f", SHORT) == (caught.value.name, caught.value.seconds)


@pytest.mark.parametrize("wrap", [False, True])
def test_an_async_function_is_cancelled_at_its_limit(wrap: bool) -> None:
    """It does not go on behind the caller's back; also one that a plain function gave."""
    cancelled = threading.Event()

    async def never(options):
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.set()
            raise

    with pytest.raises(FunctionTimeout):
        run(plainly(never) if wrap else never, limit=SHORT)
    assert cancelled.wait(LONG)


def test_an_async_function_that_swallows_its_cancellation_changes_nothing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The call has ended; its answer is told as late."""

    async def stubborn(options):
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            return "after all"

    with pytest.raises(FunctionTimeout):
        run(stubborn, limit=SHORT)
    until(lambda: late_lines(caplog))


def test_an_async_function_that_never_got_its_turn_does_not_run_later() -> None:
    """Another one held the loop; the caller of this one was told that it timed out."""
    held, let_go = threading.Event(), threading.Event()
    ran: list[int] = []

    async def holds_the_loop(options):
        held.set()
        let_go.wait(LONG)

    async def works(options):
        ran.append(1)

    with ThreadPoolExecutor(1) as pool:
        holding = pool.submit(run, holds_the_loop)
        assert held.wait(LONG)
        with pytest.raises(FunctionTimeout):
            run(works, limit=SHORT)
        let_go.set()
        holding.result(LONG)
    run(async_answer)  # its turn comes after that of the other

    assert [] == ran


def test_an_answer_in_the_last_moment_counts() -> None:
    """Between the end of the wait and the end of the call."""

    class Sudden(Answering):
        def wait(self, seconds: float) -> bool:
            self.settle("just in time")
            return False

    place = Sudden(extension_function(len, name="f"), logging.getLogger("t"))
    execution._await_answer(place, 0, None, 0)

    assert "just in time" == place.answer


# -------------------------------------------------------------------------------- heartbeats


def test_heartbeats_come_while_it_runs() -> None:
    """On the thread of the host, and none after the answer."""
    third = threading.Event()
    beats: list[int] = []

    def heartbeat() -> None:
        beats.append(threading.get_ident())
        if len(beats) == 3:
            third.set()

    answer = run(lambda options: third.wait(LONG), heartbeat=heartbeat, interval=0.001)
    counted = len(beats)
    time.sleep(0.01)

    assert answer is True
    assert 3 <= counted == len(beats)
    assert {threading.get_ident()} == set(beats)


class Clocked(Answering):
    """Answers at a moment of a clock that only its waits move on."""

    now = 0.0
    answers_at: float | None = None

    def wait(self, seconds: float) -> bool:
        end = math.inf if seconds == -1 else self.now + seconds
        if self.answers_at is not None and self.answers_at <= end:
            self.now = self.answers_at
            return self.settle("answer")
        self.now = end
        return False


@pytest.mark.parametrize(
    ("limit", "interval", "answers_at", "beats", "ends_at"),
    [
        (10, 3, None, [3, 6, 9], 10),  # no heartbeat prolongs the limit
        (10, 3, 7, [3, 6], 7),
        (10, 5, None, [5], 10),  # at the very limit it would come too late
        (10, 10, None, [], 10),
        (10, 30, None, [], 10),
        (10, 0, None, [], 10),  # 0 switches heartbeats off
        (10, 0, 7, [], 7),
        (None, 3, 7, [3, 6], 7),  # a function may run for ever and is not forgotten
        (None, 0, 7, [], 7),
    ],
)
def test_heartbeats_and_limit_come_in_the_order_of_time(
    limit: float | None,
    interval: float,
    answers_at: float | None,
    beats: list[float],
    ends_at: float,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A heartbeat each interval, then the answer or the end."""
    place = Clocked(extension_function(len, name="f"), logging.getLogger("t"))
    place.answers_at = answers_at
    monkeypatch.setattr(execution, "time", SimpleNamespace(monotonic=lambda: place.now))
    beaten: list[float] = []

    def wait() -> None:
        execution._await_answer(place, limit, lambda: beaten.append(place.now), interval)

    if answers_at is None:
        with pytest.raises(FunctionTimeout):
            wait()
    else:
        wait()

    assert (beats, ends_at) == (beaten, place.now)


# ----------------------------------------------------------------------------------- threads


def test_a_hundred_calls_run_side_by_side() -> None:
    """Each waits until all the others of its kind are there too, sync and async."""
    everybody = threading.Barrier(50)
    arrived: list[int] = []

    async def meets(options):
        arrived.append(options)
        while len(arrived) < 50:
            await asyncio.sleep(0.001)
        return options

    def meets_in_threads(options):
        everybody.wait(LONG)
        return options

    def call(number: int) -> Any:
        return run(meets if number % 2 else meets_in_threads, number)

    with ThreadPoolExecutor(100) as pool:
        assert list(range(100)) == list(pool.map(call, range(100)))


OTHERS = contextvars.ContextVar("others", default="unset")


def test_each_call_has_a_context_of_its_own() -> None:
    """A copy of the caller's, on its thread or in its task; nothing is left behind in either."""

    def seen(options):
        before = OTHERS.get()
        OTHERS.set("left behind")
        return before

    async def seen_async(options):
        return seen(options)

    for function in (seen, seen_async, plainly(seen_async), seen):
        context = contextvars.copy_context()
        context.run(OTHERS.set, f"of {function}")
        assert f"of {function}" == context.run(run, function)
        assert f"of {function}" == context.run(OTHERS.get)
    assert "unset" == run(seen)


def test_idle_threads_are_used_again() -> None:
    """A call needs no new thread when one is free."""
    workers = execution._Workers()
    used: list[int] = []
    for count in range(1, 4):
        done = threading.Event()
        workers.run(lambda done=done: (used.append(threading.get_ident()), done.set()))
        assert done.wait(LONG)
        until(lambda: len(workers._idle) == 1)
        assert count == len(used)

    assert 1 == len(set(used))


def test_idle_threads_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """After a while without work."""
    monkeypatch.setattr(execution, "_IDLE_SECONDS", 0.01)
    workers = execution._Workers()
    threads: list[threading.Thread] = []
    workers.run(lambda: threads.append(threading.current_thread()))
    until(lambda: threads)
    threads[0].join(LONG)

    assert not threads[0].is_alive()
    assert 0 == len(workers._idle)


def test_work_given_in_the_moment_a_thread_ends_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    """It was taken from the idle ones already, so it must not end."""
    monkeypatch.setattr(execution, "_IDLE_SECONDS", 0.001)
    workers = execution._Workers()
    worker = execution._Worker()
    done = threading.Event()
    threading.Thread(target=workers._work, args=(worker,), daemon=True).start()
    time.sleep(0.02)  # its wait ends, and it is not among the idle ones
    worker.work = done.set
    worker.wake.release()

    assert done.wait(LONG)


def forked(code: str) -> str:
    """What a process of its own prints that runs *code*."""
    return subprocess.run(
        # Python 3.12 warns of every fork of a process with threads.
        [sys.executable, "-W", "ignore", "-c", dedent(code)],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    ).stdout.strip()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
def test_a_forked_process_has_threads_of_its_own() -> None:
    """It does not wait for those that only its parent has."""
    code = """
        import os
        from ioplugins.execution import execute
        from ioplugins.functions import extension_function

        async def answer(options): return options
        plain = extension_function(lambda options: options, name="plain")
        task = extension_function(answer, name="task")

        def alive():
            return [execute(plain, 1, limit=10), execute(task, 2, limit=10)] == [1, 2]

        assert alive()
        child = os.fork()
        if child == 0:
            os._exit(0 if alive() else 1)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), alive())
        """

    assert "0 True" == forked(code)


def test_a_function_that_hangs_does_not_keep_the_process_from_ending() -> None:
    """Sync or async: nothing is joined at the end."""
    code = """
        import asyncio, threading
        from ioplugins.errors import FunctionTimeout
        from ioplugins.execution import execute
        from ioplugins.functions import extension_function

        async def never(options): await asyncio.Event().wait()
        for function in (lambda options: threading.Event().wait(), never):
            try:
                execute(extension_function(function, name="f"), 1, limit=0.05)
            except FunctionTimeout:
                print("timeout")
        """

    assert ["timeout", "timeout"] == forked(code).split()


# ------------------------------------------------------------------------------------ turns


def test_a_function_that_waits_gives_its_turn() -> None:
    """Another page has it meanwhile, and the first has it again to write its answer."""
    turns = Turns()
    other: list[bool] = []

    def function(options: object) -> str:
        def page() -> None:
            turns.take()
            other.append(turns.give())

        thread = threading.Thread(target=page)
        thread.start()
        thread.join(LONG)
        return "answer"

    turns.take()

    assert "answer" == run(function, turns=turns)
    assert [True] == other
    assert turns.give()


def sleeping(options: object) -> bool:
    time.sleep(0.02)
    return True


def test_a_function_that_slept_before_gives_its_turn_at_once() -> None:
    """The second run is known to wait."""
    given: list[bool] = []

    class Told(Turns):
        def give(self) -> bool:
            given.append(super().give())
            return given[-1]

    described = extension_function(sleeping, name="f")
    for _ in range(2):
        turns = Told()
        turns.take()
        assert execute(described, {}, LONG, turns=turns)
        turns.give()

    assert [True, True, True] == given  # by the caller; by the function, by the caller


def test_a_function_that_fails_late_has_its_turn_again() -> None:
    """So that whoever called it may give it."""
    turns = Turns()
    turns.take()
    with pytest.raises(FunctionTimeout):
        run(lambda options: threading.Event().wait(LONG), turns=turns, limit=SHORT)

    assert turns.give()


def test_a_call_without_a_turn_gets_none() -> None:
    """However long it takes."""
    turns = Turns()

    assert 1 == run(lambda options: time.sleep(2 * QUANTUM) or 1, turns=turns)
    assert not turns.give()


def test_nothing_keeps_the_page_of_a_call_that_has_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the thread that ran it nor anything else, though it waits for more work."""
    monkeypatch.setattr(execution, "_IDLE_SECONDS", 10 * LONG)

    class Page:
        pass

    def function(options: Page) -> Page:
        return Page()

    page = Page()
    kept = [weakref.ref(page)]
    kept.append(weakref.ref(run(function, page)))
    del page
    until(lambda: [None, None] == [one() for one in kept])
