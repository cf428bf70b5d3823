"""Running a function: sync ones on worker threads, async ones on the event loop, all bounded.

A function answers once: by returning, by raising, or through its callback. What comes later is
logged and dropped, and nothing a function leaves behind (a timer, a task) can harm the process.
"""

from __future__ import annotations

import contextvars
import inspect
import logging
import os
import threading
import time
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Final

from ioplugins.errors import FunctionFailed, FunctionTimeout
from ioplugins.functions import ExtensionFunction
from ioplugins.javascript import truthy
from ioplugins.jsonvalue import JSON
from ioplugins.logs import LOGGER, LogLine

_IDLE_SECONDS: Final = 30.0


class Answering:
    """The place for the answer of one call; the first one counts."""

    __slots__ = ("_lock", "_logger", "_settled", "answer", "cancel", "error", "failed", "function")

    def __init__(self, function: ExtensionFunction, logger: logging.Logger) -> None:
        self.function = function
        self._logger = logger
        self._settled = threading.Lock()  # held by whoever answers first
        self._lock = threading.Lock()
        self._lock.acquire()  # released when there is an answer
        self.answer: object = None
        self.error: object = None
        self.failed = False
        self.cancel: Callable[[], object] | None = None  # stops a task that took too long

    def settle(self, answer: object = None) -> bool:
        """Take the answer unless there is one already; False when it came too late."""
        if not self._settled.acquire(blocking=False):
            return False
        self.answer = answer
        self._lock.release()
        return True

    def fail(self, error: object) -> bool:
        """Take the error unless there is an answer already; False when it came too late."""
        if not self._settled.acquire(blocking=False):
            return False
        self.error, self.failed = error, True
        self._lock.release()
        return True

    def callback(self, error: object = None, answer: object = None) -> None:
        """What a function gets as its callback: ``callback(error, answer)``."""
        if isinstance(error, BaseException) or truthy(error):
            in_time = self.fail(error)
        else:
            in_time = self.settle(answer)
        if not in_time:
            self.late("answered a second time")

    def late(self, what: str) -> None:
        """Say in the log that what came after the answer was dropped."""
        fields = {"function": self.function.name, "message": f"it {what}; ignored"}
        self._logger.warning(LogLine("lateAnswer", fields))

    def wait(self, seconds: float) -> bool:
        """Wait for the answer; False when there is none after *seconds* (-1: for ever)."""
        return self._lock.acquire(timeout=seconds)


def execute(
    function: ExtensionFunction,
    options: object,
    limit: float | None = None,
    heartbeat: Callable[[], None] | None = None,
    interval: float = 0,
    logger: logging.Logger = LOGGER,
) -> JSON:
    """Call *function* with *options* and give its answer.

    Args:
        function: What to call.
        options: What it receives.
        limit: Seconds it may take; None for ever.
        heartbeat: Called each *interval* seconds while it runs.
        interval: Seconds between heartbeats; 0 for none.
        logger: Where answers that come too late are told.

    Raises:
        FunctionTimeout: There was no answer within *limit*.
        FunctionFailed: The function failed; *error* is what it raised or called back with.
    """
    answering = Answering(function, logger)
    arguments = (options, answering.callback) if function.takes_callback else (options,)
    if function.is_async:
        _on_loop(function.function(*arguments), answering)
    else:
        context = contextvars.copy_context()
        _WORKERS.run(lambda: context.run(_call, arguments, answering))
    _await_answer(answering, limit, heartbeat, interval)
    if answering.failed:
        raise FunctionFailed(answering.error)
    return answering.answer


def _await_answer(
    answering: Answering,
    limit: float | None,
    heartbeat: Callable[[], None] | None,
    interval: float,
) -> None:
    beating = heartbeat is not None and interval > 0
    if not beating and answering.wait(-1 if limit is None else limit):
        return
    end = None if limit is None else time.monotonic() + (limit if beating else 0)
    while True:
        left = None if end is None else end - time.monotonic()
        if left is not None and left <= 0:
            break
        if answering.wait(min(part for part in (left, interval) if part is not None)):
            return
        if heartbeat is not None and (end is None or time.monotonic() < end):
            heartbeat()
    if not answering.settle():
        return  # it answered in this very moment
    if answering.cancel is not None:
        answering.cancel()
    raise FunctionTimeout(answering.function.name, limit or 0)


# ------------------------------------------------------------------------- running the function


def _call(arguments: tuple[object, ...], answering: Answering) -> None:
    """Run a function on this thread and settle its answer, whatever happens in it."""
    try:
        answer = answering.function.function(*arguments)
    except BaseException as error:  # noqa: BLE001 - SystemExit of one call must not end others
        if not answering.fail(error):
            answering.late(f"raised {type(error).__name__} after its answer")
        return
    if inspect.isawaitable(answer):
        _on_loop(answer, answering)
    else:
        returned(answer, answering)


def _on_loop(awaitable: Awaitable[object], answering: Answering) -> None:
    # Imported by the first async function: asyncio costs a cold start its time.
    from ioplugins import eventloop  # noqa: PLC0415

    eventloop.LOOP.submit(eventloop.start, awaitable, answering)


def returned(answer: object, answering: Answering) -> None:
    """A returned None of a function with a callback says nothing: it will call back."""
    if answer is None and answering.function.takes_callback:
        return
    if not answering.settle(answer):
        answering.late("returned an answer after its answer")


# ------------------------------------------------------------------------------------ threads


class _Workers:
    """Daemon threads that wait for work; made on demand, ended after a while without any.

    concurrent.futures joins its threads when the process ends, so that one function that hangs
    would keep it from ending; these do not.
    """

    def __init__(self) -> None:
        self._idle: deque[_Worker] = deque()

    def run(self, work: Callable[[], None]) -> None:
        """Do *work* on an idle thread, or on a new one."""
        try:
            worker = self._idle.pop()
        except IndexError:
            worker = _Worker()
            threading.Thread(
                target=self._work, args=(worker,), name="ioplugins-function", daemon=True
            ).start()
        worker.work = work
        worker.wake.release()

    def _work(self, worker: _Worker) -> None:
        while True:
            if not worker.wake.acquire(timeout=_IDLE_SECONDS):
                try:
                    self._idle.remove(worker)
                except ValueError:  # it was given work in this very moment
                    worker.wake.acquire()
                else:
                    return
            work, worker.work = worker.work, None
            if work is not None:
                work()
            self._idle.append(worker)


class _Worker:
    __slots__ = ("wake", "work")

    def __init__(self) -> None:
        self.wake = threading.Lock()
        self.wake.acquire()
        self.work: Callable[[], None] | None = None


def log_stray_error(error: BaseException | None) -> None:
    """One log line for what a timer, thread or task of a function raised when nobody waited."""
    LOGGER.error(
        LogLine("strayError", {"error": type(error).__name__, "at": raised_at(error)}),
        exc_info=error if LOGGER.isEnabledFor(logging.DEBUG) else None,
    )


def raised_at(error: object, *, own: bool = False) -> str:
    """``module:line`` where *error* was raised; empty when it was not. Never a path.

    Args:
        error: What was raised.
        own: Whether lines of the framework itself count.
    """
    traceback = getattr(error, "__traceback__", None)
    place = ""
    while traceback is not None:
        module = traceback.tb_frame.f_globals.get("__name__", "?")
        if own or not str(module).startswith("ioplugins."):
            place = f"{module}:{traceback.tb_lineno}"
        traceback = traceback.tb_next
    return place


_WORKERS = _Workers()


def _forget_threads() -> None:
    """After a fork: the parent's threads do not exist here."""
    global _WORKERS  # noqa: PLW0603 - one set of threads a process
    _WORKERS = _Workers()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_threads)
