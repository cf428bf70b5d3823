"""The place for the answer of one call: the first counts, what comes later is told and dropped."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from ioplugins.functions import ExtensionFunction
from ioplugins.javascript import truthy
from ioplugins.logs import LOGGER, LogLine


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

    @property
    def settled(self) -> bool:
        """Whether there is an answer, or an error in its place."""
        return self._settled.locked()

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
        """Wait for the answer; False when there is none after *seconds*."""
        return self._lock.acquire(timeout=seconds)


def returned(answer: object, answering: Answering) -> None:
    """A returned None of a function with a callback says nothing: it will call back."""
    if answer is None and answering.function.takes_callback:
        return
    if not answering.settle(answer):
        answering.late("returned an answer after its answer")


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
