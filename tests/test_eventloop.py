"""The one loop of the process: shared by all calls, ended by none of them."""

from __future__ import annotations

import asyncio
import contextvars
import logging
import os
import subprocess
import sys
import threading
from concurrent.futures import Future
from textwrap import dedent
from typing import TYPE_CHECKING, Any

import pytest

from ioplugins.answering import Answering
from ioplugins.eventloop import EventLoop, start, submit
from ioplugins.functions import extension_function
from ioplugins.logs import LOGGER

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

CALLER = contextvars.ContextVar("caller", default="nobody")


def asked(function: Callable[[], object]) -> Any:
    """What *function* gives on the process's loop."""
    answer: Future[object] = Future()

    def ask() -> None:
        answer.set_result(function())

    submit(ask)
    return answer.result(5)


def placed(callback: bool = False) -> Answering:
    function = (lambda options, callback: None) if callback else (lambda options: None)
    return Answering(extension_function(function, name="f"), LOGGER)


def begun(awaitable: Awaitable[object], place: Answering | None = None) -> Answering:
    """The place for the answer of a task on the process's loop."""
    place = place or placed()
    submit(start, awaitable, place)
    return place


async def answer(value: object) -> object:
    await asyncio.sleep(0)
    return value


def test_one_loop_and_one_thread_serve_all() -> None:
    """A daemon, so that a task that never ends keeps no process alive."""
    assert asked(asyncio.get_running_loop) is asked(asyncio.get_running_loop)
    thread = asked(threading.current_thread)
    assert thread is asked(threading.current_thread)
    assert ("ioplugins-loop", True) == (thread.name, thread.daemon)


def test_the_loop_is_started_once_by_whoever_comes_first() -> None:
    """However many come at the same time; and nobody ends it."""
    loop = EventLoop()
    together = threading.Barrier(8)
    loops: list[asyncio.AbstractEventLoop] = []
    seen = threading.Semaphore(0)

    def see() -> None:
        loops.append(asyncio.get_running_loop())
        seen.release()

    def ask() -> None:
        together.wait(5)
        loop.submit(see)

    for _ in range(8):
        threading.Thread(target=ask).start()

    assert all(seen.acquire(timeout=5) for _ in range(8))
    assert 1 == len(set(loops))
    loops[0].call_soon_threadsafe(loops[0].stop)
    loop.submit(see)
    assert seen.acquire(timeout=5)


def test_arguments_and_context_of_the_caller_come_along() -> None:
    """So that a function knows its call on the loop's thread too."""
    done: Future[tuple[object, ...]] = Future()
    context = contextvars.copy_context()
    context.run(CALLER.set, "me")
    context.run(submit, lambda *given: done.set_result((*given, CALLER.get())), 1, 2)

    assert (1, 2, "me") == done.result(5)


def test_a_task_settles_its_answer() -> None:
    """What it returns."""
    place = begun(answer({"a": 1}))

    assert place.wait(5)
    assert (False, {"a": 1}) == (place.failed, place.answer)


def test_what_await_takes_is_taken() -> None:
    """Not only coroutines."""

    class Later:
        def __await__(self):
            yield from asyncio.sleep(0).__await__()
            return "later"

    place = begun(Later())

    assert place.wait(5)
    assert "later" == place.answer


@pytest.mark.parametrize("error", [ValueError("m"), SystemExit(3), KeyboardInterrupt()])
def test_a_task_that_raises_fails_its_call_only(error: BaseException) -> None:
    """Whatever it raises, the loop goes on."""

    async def raises() -> None:
        raise error

    place = begun(raises())

    assert place.wait(5)
    assert place.failed
    assert error is place.error
    assert begun(answer(1)).wait(5)


def test_a_cancelled_task_is_silent(caplog: pytest.LogCaptureFixture) -> None:
    """The call has its answer, and nothing went wrong."""
    entered, left = threading.Event(), threading.Event()

    async def waits() -> None:
        try:
            entered.set()
            await asyncio.Event().wait()
        finally:
            left.set()

    place = begun(waits())
    assert entered.wait(5)
    assert place.settle("too late")
    assert place.cancel is not None
    place.cancel()

    assert left.wait(5)
    assert "done" == asked(lambda: "done")
    assert [] == caplog.messages


def test_a_task_that_fails_after_its_answer_is_told(caplog: pytest.LogCaptureFixture) -> None:
    """By the class of its error."""
    place = placed(callback=True)

    async def raises() -> None:
        place.callback(None, "answer")
        raise ValueError("a secret")

    begun(raises(), place)
    asked(lambda: None)
    asked(lambda: None)

    assert "answer" == place.answer
    [line] = [message for message in caplog.messages if "lateAnswer" in message]
    assert "it raised ValueError after its answer; ignored" in line
    assert "secret" not in caplog.text


def test_a_task_whose_call_has_ended_does_not_begin() -> None:
    """The caller was told that it timed out, and may ask for the same again."""
    ran: list[int] = []

    async def works() -> None:
        ran.append(1)

    place = placed()
    place.fail("the time is over")
    begun(works(), place)
    asked(lambda: None)
    asked(lambda: None)

    assert [] == ran


# ------------------------------------------------------------------------------ stray errors


def fails() -> None:
    raise ValueError("a secret")


def exits() -> None:
    raise SystemExit(3)


def interrupts() -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("function", "error"),
    [(fails, "ValueError"), (exits, "SystemExit"), (interrupts, "KeyboardInterrupt")],
)
@pytest.mark.parametrize("way", ["timer", "task"])
def test_what_nobody_waits_for_is_one_log_line(
    function: Callable[[], None], error: str, way: str, caplog: pytest.LogCaptureFixture
) -> None:
    """No traceback, no text of the error; the loop goes on, whatever was raised."""

    async def task() -> None:
        function()

    def leave_behind() -> None:
        loop = asyncio.get_running_loop()
        if way == "timer":
            loop.call_later(0, function)
        else:
            loop.create_task(task())  # noqa: RUF006 - an author who forgets it is the point

    asked(leave_behind)
    for _ in range(100):  # a few turns of the loop later
        asked(lambda: None)
        if caplog.records:
            break

    line = function.__code__.co_firstlineno + 1
    told = f"logName=strayError, error={error}, at={__name__}:{line}"
    assert [(LOGGER.name, logging.ERROR, told)] == caplog.record_tuples
    assert caplog.records[0].exc_info is None
    assert "answer" == asked(lambda: "answer")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
def test_a_forked_process_starts_a_loop_of_its_own() -> None:
    """The parent's thread does not exist in the child."""
    code = """
        import os, sys, threading
        from ioplugins.eventloop import submit

        def alive():
            done = threading.Event()
            submit(done.set)
            return done.wait(10)

        assert alive()
        child = os.fork()
        if child == 0:
            os._exit(0 if alive() else 1)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), alive())
        """
    done = subprocess.run(
        # Python 3.12 warns of every fork of a process with threads.
        [sys.executable, "-W", "ignore", "-c", dedent(code)],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )

    assert "0 True" == done.stdout.strip()
