"""The allocator of a worker process: keeps what a page needed, gives it back when idle.

By default glibc returns the big blocks of a page to the system at once, and the next page gets
them back page by page, zeroed: a tenth of its time. A worker keeps them while pages come.
"""

from __future__ import annotations

import ctypes
import platform
import threading
from typing import Final

#: malloc.h of glibc.
_TRIM_THRESHOLD: Final = -1
_MMAP_THRESHOLD: Final = -3
_ARENA_MAX: Final = -8

_MB: Final = 1024 * 1024
#: After so many seconds without a large page, what it needed is given back.
_IDLE_SECONDS: Final = 1.0


class Allocator:
    """The C library's allocator, where it is glibc's; elsewhere nothing happens."""

    def __init__(self) -> None:
        self._libc = ctypes.CDLL(None) if platform.libc_ver()[0] == "glibc" else None
        self._used = threading.Event()
        self._watching = threading.Lock()

    def keep(self) -> None:
        """From now on keep what is freed, in few places that threads share."""
        if self._libc is None:
            return
        for option, value in (
            (_MMAP_THRESHOLD, 32 * _MB),  # the most that glibc takes
            (_TRIM_THRESHOLD, 256 * _MB),
            (_ARENA_MAX, 1),
        ):
            self._libc.mallopt(option, value)

    def used(self) -> None:
        """A large page is done: what it needed is given back unless another comes soon."""
        self._used.set()
        if self._libc is not None and self._watching.acquire(blocking=False):
            threading.Thread(target=self._watch, name="ioplugins-memory", daemon=True).start()

    def _watch(self) -> None:
        while True:
            self._used.wait()
            while self._used.is_set():
                self._used.clear()
                self._used.wait(_IDLE_SECONDS)
            if self._libc is not None:
                self._libc.malloc_trim(0)
