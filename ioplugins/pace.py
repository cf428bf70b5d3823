"""How a function spends its time: a short one may run where it is called, without a thread."""

from __future__ import annotations

import threading
from typing import Final

#: A run is short up to here, in seconds.
_SHORT: Final = 0.005
#: So many short runs in a row make a function short.
_ENOUGH: Final = 16
#: A short function that has been running this long, in seconds, is none.
_OVERDUE: Final = 0.05


class Pace:
    """Whether the latest runs of a function were short, and whether the latest one only waited.

    A run on a worker thread can be given up at its time limit, whatever the function does; but
    handing the call over and back takes many times what a short function takes. One run that is
    not short, or is overdue, sends the next ones to the worker threads again.

    Attributes:
        waits: Whether the latest run on a worker thread computed less than half of its time.
    """

    __slots__ = ("_in_place", "_short", "waits")

    def __init__(self) -> None:
        self.waits = False
        self._short = 0
        # When each run in place began, the oldest first. Threads share it, so that each touch
        # of it is one step of the interpreter.
        self._in_place: dict[int, float] = {}

    def __repr__(self) -> str:
        return f"<Pace: {self._short} short runs in a row>"

    def begin_in_place(self, now: float) -> bool:
        """Whether a run that begins *now* may take place on this thread; `end` ends it."""
        if self._short < _ENOUGH:
            return False
        try:
            oldest = next(iter(self._in_place.values()), now)
        except RuntimeError:  # another run began or ended in this very moment
            oldest = now
        if now - oldest > _OVERDUE:
            self._short = 0
            return False
        self._in_place[threading.get_ident()] = now
        return True

    def end(self, seconds: float, computing: float | None = None) -> None:
        """A run on this thread took *seconds*; so many of them it was *computing*, if known."""
        if computing is not None:
            self.waits = 2 * computing < seconds
        self._in_place.pop(threading.get_ident(), None)
        self._short = self._short + 1 if seconds < _SHORT else 0
