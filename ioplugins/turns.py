"""Large pages take turns: one at a time works in the interpreter, however many are there.

Parsing a page, looping over it and writing the answer hold the interpreter anyway. Side by side
they only need the memory of all of them and take the interpreter from each other again and again.
A function that waits for something leaves its turn to the next page while it does: one that is
async or calls back, one whose latest run hardly computed, and any after 50 ms.
"""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable
from typing import Final

from ioplugins.jsonvalue import JSON

#: A body of so many bytes is a large page.
LARGE: Final = 512 * 1024
#: How long a function keeps the turn, in seconds, before it counts as waiting for something.
QUANTUM: Final = 0.05
#: How long a page waits for its turn, in seconds, before it goes ahead without.
_PATIENCE: Final = 10.0


class Turns:
    """The turns of one process; a thread has at most one.

    While a turn lasts, the collector rests: a page is some hundred thousand containers, and none
    of them is garbage before the answer is written.

    Args:
        parsed: Called with each page as soon as it is there, and with its size in bytes.
        ended: Called after each turn, by the thread that had it.
    """

    def __init__(
        self,
        parsed: Callable[[JSON, int], None] = lambda _, __: None,
        ended: Callable[[], None] = lambda: None,
    ) -> None:
        self._lock = threading.Lock()
        self._holder = 0  # a thread's identifier; none is 0
        self._collecting = False
        self._parsed = parsed
        self._ended = ended

    def take(self) -> None:
        """Wait for a turn of this thread; it may go ahead without one when that takes too long."""
        if self._lock.acquire(timeout=_PATIENCE):
            self._holder = threading.get_ident()
            self._collecting = gc.isenabled()
            gc.disable()

    def parsed(self, page: JSON, size: int) -> None:
        """Say that *page* is there, of *size* bytes, for which this thread took its turn."""
        if self._holder == threading.get_ident():
            self._parsed(page, size)

    def give(self) -> bool:
        """End the turn of this thread, so that the next page has its own.

        Returns:
            Whether it had one.
        """
        if self._holder != threading.get_ident():
            return False
        if self._collecting:
            gc.enable()
        self._holder = 0
        self._lock.release()
        self._ended()
        return True
