"""The allocator of a worker process: keeps what a page needed, gives it back when idle.

By default glibc returns the big blocks of a page to the system at once, and the next page gets
them back 4 KB by 4 KB, zeroed: a tenth of its time. Python does the same with its arenas, blocks of
1 MB that hold small objects, as soon as one of them is empty: a sixth. A worker keeps both while
pages come.
"""

from __future__ import annotations

import ctypes
import platform
import threading
from collections.abc import Iterator
from itertools import islice
from typing import Final

from ioplugins.jsonvalue import JSON

#: malloc.h of glibc.
_TRIM_THRESHOLD: Final = -1
_MMAP_THRESHOLD: Final = -3
_ARENA_MAX: Final = -8

_MB: Final = 1024 * 1024
#: After so many seconds without a large page, what it needed is given back.
_IDLE_SECONDS: Final = 1.0
#: One text in so many bytes of JSON keeps the arenas of a page: 100 to 200 KB of it fill one, and
#: what is left in more places scatters the page that follows.
_APART: Final = 96 * 1024
#: Texts of a record that are looked at.
_TEXTS: Final = 32


class Allocator:
    """The C library's allocator, where it is glibc's; elsewhere nothing happens."""

    def __init__(self) -> None:
        self._libc = ctypes.CDLL(None) if platform.libc_ver()[0] == "glibc" else None
        self._held: list[str] = []
        self._in_a_row = False
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

    def hold(self, page: JSON, size: int) -> None:
        """Keep the arenas of *page*, just parsed from *size* bytes, when others came before it.

        An arena in which something is left is not given back: here it is a text out of every so
        many records. They are let go of when the next page is there, or none comes.
        """
        if self._in_a_row:
            self._held = list(_spread(page, size))

    def used(self) -> None:
        """A large page is done: what it needed is given back unless another comes soon."""
        if self._libc is None:
            return
        self._in_a_row = True
        self._used.set()
        if self._watching.acquire(blocking=False):
            threading.Thread(
                target=self._watch, args=(self._libc,), name="ioplugins-memory", daemon=True
            ).start()

    def _watch(self, libc: ctypes.CDLL) -> None:
        while True:
            self._used.wait()
            while self._used.is_set():
                self._used.clear()
                self._used.wait(_IDLE_SECONDS)
            self._in_a_row = False
            self._held = []
            libc.malloc_trim(0)


def _spread(request: JSON, size: int) -> Iterator[str]:
    """Texts of the arrays in the options of *request*, from the first record to the last.

    Texts alone, as Python itself keeps some of the lists, dicts and floats that are freed; now one
    and now another of a record, as those of different lengths lie in different places.
    """
    options = request.get("options") if isinstance(request, dict) else None
    for array in options.values() if isinstance(options, dict) else ():
        if isinstance(array, list):
            for number, record in enumerate(array[:: len(array) * _APART // size + 1]):
                texts = list(islice(_texts(record), _TEXTS))
                if texts:
                    yield texts[number % len(texts)]


def _texts(value: JSON) -> Iterator[str]:
    """The texts in *value*, however deep; without those that Python has only one of."""
    left = [value]
    while left:
        value = left.pop()
        if isinstance(value, dict):
            left.extend(value.values())
        elif isinstance(value, list):
            left.extend(value)
        elif isinstance(value, str) and len(value) > 1:
            yield value
