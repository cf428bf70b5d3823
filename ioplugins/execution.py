"""Running a function: sync ones on worker threads, async ones on the event loop, all bounded.

A sync function whose runs are short runs where it is called, unless the caller waits for
heartbeats: see `ioplugins.pace`.

A function answers once: by returning, by raising, or through its callback. What comes later is
logged and dropped, and nothing a function leaves behind (a timer, a task) can harm the process.
"""

from __future__ import annotations

import contextvars
import inspect
import logging
import math
import os
import threading
import time
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Final

from ioplugins.answering import Answering, returned
from ioplugins.errors import FunctionFailed, FunctionTimeout
from ioplugins.functions import ExtensionFunction
from ioplugins.jsonvalue import JSON
from ioplugins.logs import LOGGER
from ioplugins.turns import QUANTUM, Turns

_IDLE_SECONDS: Final = 30.0
#: What nearly every answer is; asking whether it is awaitable takes longer than this look.
_PLAIN: Final = frozenset({list, dict, type(None)})


def execute(
    function: ExtensionFunction,
    options: object,
    limit: float | None = None,
    heartbeat: Callable[[], None] | None = None,
    interval: float = 0,
    logger: logging.Logger = LOGGER,
    turns: Turns | None = None,
) -> JSON:
    """Call *function* with *options* and give its answer.

    Args:
        function: What to call.
        options: What it receives.
        limit: Seconds it may take; None for ever.
        heartbeat: Called each *interval* seconds while it runs; it must not raise.
        interval: Seconds between heartbeats; 0 for none.
        logger: Where answers that come too late are told.
        turns: Where a large page has its turn; others have theirs while the function waits.

    Raises:
        FunctionTimeout: There was no answer within *limit*.
        FunctionFailed: The function failed; *error* is what it raised or called back with.
    """
    began = time.monotonic()
    in_place = heartbeat is None and function.pace.begin_in_place(began)
    if in_place and not function.takes_callback:
        answer = _in_place(function, options, began)
        if answer.__class__ in _PLAIN or not inspect.isawaitable(answer):
            return answer
        answering = Answering(function, logger)
        _on_loop(answer, answering)
    else:
        answering = Answering(function, logger)
        _start(function, options, answering, in_place=in_place)
    if turns is None:
        _await_answer(answering, limit, heartbeat, interval)
    elif _waits(function) or not answering.wait(QUANTUM):
        gave = turns.give()
        try:
            _await_answer(answering, limit, heartbeat, interval)
        finally:
            if gave:
                turns.take()
    if answering.failed:
        raise FunctionFailed(answering.error)
    return answering.answer


def _waits(function: ExtensionFunction) -> bool:
    """Whether it will wait for something, so that its turn is of use to others."""
    return function.is_async or function.takes_callback or function.pace.waits


def _await_answer(
    answering: Answering,
    limit: float | None,
    heartbeat: Callable[[], None] | None,
    interval: float,
) -> None:
    if answering.wait(0):
        return
    end = math.inf if limit is None else time.monotonic() + limit
    pause = interval if heartbeat and interval > 0 else threading.TIMEOUT_MAX
    while True:
        left = end - time.monotonic()
        if answering.wait(max(0.0, min(left, pause))):
            return
        if time.monotonic() >= end:
            break
        if heartbeat is not None:
            heartbeat()
    if not answering.settle():
        return  # it answered in this very moment
    if answering.cancel is not None:
        answering.cancel()
    raise FunctionTimeout(answering.function.name, limit or 0)


# ------------------------------------------------------------------------- running the function


def _start(
    function: ExtensionFunction, options: object, answering: Answering, *, in_place: bool
) -> None:
    """Call a function whose answer may come later, from wherever."""
    arguments = (options, answering.callback) if function.takes_callback else (options,)
    if function.is_async:
        _on_loop(function.function(*arguments), answering)
        return
    context = contextvars.copy_context()
    if in_place:
        context.run(_call, arguments, answering)
    else:
        _workers.run(lambda: context.run(_call, arguments, answering))


def _in_place(function: ExtensionFunction, options: object, began: float) -> object:
    """Call a function that takes no callback on this thread, in the context of its call."""
    try:
        return function.function(options)
    except BaseException as error:  # noqa: BLE001 - SystemExit of one call must not end others
        raise FunctionFailed(error) from None
    finally:
        function.pace.end(time.monotonic() - began)


def _call(arguments: tuple[object, ...], answering: Answering) -> None:
    """Run a function on this thread and settle its answer, whatever happens in it."""
    function = answering.function
    began, computing = time.monotonic(), time.thread_time()
    try:
        answer = function.function(*arguments)
    except BaseException as error:  # noqa: BLE001 - SystemExit of one call must not end others
        if not answering.fail(error):
            answering.late(f"raised {type(error).__name__} after its answer")
        return
    finally:
        function.pace.end(time.monotonic() - began, time.thread_time() - computing)
    if inspect.isawaitable(answer):
        _on_loop(answer, answering)
    else:
        returned(answer, answering)


def _on_loop(awaitable: Awaitable[object], answering: Answering) -> None:
    # Imported by the first async function: asyncio costs a cold start its time.
    from ioplugins import eventloop  # noqa: PLC0415

    eventloop.submit(eventloop.start, awaitable, answering)


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
            del work  # it holds the page, and this thread may now sleep for a while
            self._idle.append(worker)


class _Worker:
    __slots__ = ("wake", "work")

    def __init__(self) -> None:
        self.wake = threading.Lock()
        self.wake.acquire()
        self.work: Callable[[], None] | None = None


_workers = _Workers()


def _forget_threads() -> None:
    """After a fork: the parent's threads do not exist here."""
    global _workers  # noqa: PLW0603 - one set of threads a process
    _workers = _Workers()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_threads)
