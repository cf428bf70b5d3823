"""The one event loop of the process: all async functions share it, so clients can be reused."""

from __future__ import annotations

import asyncio
import inspect
import os
import threading
from collections.abc import Awaitable, Callable
from typing import Any

from ioplugins.answering import Answering, log_stray_error, returned


def start(awaitable: Awaitable[object], answering: Answering) -> None:
    """On the loop: begin a call's task; it can be cancelled through its answering.

    The call may have ended before its turn came: then its caller was told so, and whatever the
    task would still do could be done twice.
    """
    if answering.settled:
        if inspect.iscoroutine(awaitable):
            awaitable.close()
        return
    task = asyncio.get_running_loop().create_task(_settle(awaitable, answering))
    answering.cancel = lambda: submit(task.cancel)


async def _settle(awaitable: Awaitable[object], answering: Answering) -> None:
    try:
        answer = await awaitable
    except BaseException as error:  # noqa: BLE001 - it would end the loop of all calls
        if not answering.fail(error) and not isinstance(error, asyncio.CancelledError):
            answering.late(f"raised {type(error).__name__} after its answer")
        return
    returned(answer, answering)


class EventLoop:
    """An event loop on a thread of its own, started by its first use."""

    def __init__(self) -> None:
        self._starting = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None

    def submit(self, callback: Callable[..., object], *arguments: object) -> None:
        """Call *callback* on the loop, in a copy of the caller's context."""
        loop = self._loop
        if loop is None:
            with self._starting:
                loop = self._loop or self._start()
        loop.call_soon_threadsafe(callback, *arguments)

    def _start(self) -> asyncio.AbstractEventLoop:
        loop = asyncio.new_event_loop()
        loop.set_exception_handler(_log_stray)
        threading.Thread(
            target=_run_for_ever, args=(loop,), name="ioplugins-loop", daemon=True
        ).start()
        self._loop = loop
        return loop


def _run_for_ever(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    while True:
        try:
            loop.run_forever()
        except BaseException as error:  # noqa: BLE001 - a stray task's SystemExit ends no other call
            log_stray_error(error)


def _log_stray(_: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    log_stray_error(context.get("exception"))


_shared = EventLoop()


def submit(callback: Callable[..., object], *arguments: object) -> None:
    """Call *callback* on the process's loop, in a copy of the caller's context."""
    _shared.submit(callback, *arguments)


def _forget_loop() -> None:
    """After a fork: the parent's thread does not exist here."""
    global _shared  # noqa: PLW0603 - one loop a process
    _shared = EventLoop()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_loop)
