"""What all workers of a host know of each other: is it terminating, how many calls are running."""

from __future__ import annotations

import mmap
import os
import struct
import threading
from pathlib import Path
from typing import Final

_SLOTS: Final = 256
_SLOT: Final = struct.Struct("qq")  # process id, running calls
_HEADER: Final = _SLOT.size  # its first byte: terminating
_SIZE: Final = _HEADER + _SLOTS * _SLOT.size


class Drain:
    """The terminating flag and the running calls of a host, shared by its worker processes.

    The state is a little memory that every worker maps. Workers made by fork share it by
    themselves; others name the same file.

    Args:
        path: The file; None for memory of this process and those it forks.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._map = mmap.mmap(-1, _SIZE) if path is None else _map_private(path)
        self._numbers = memoryview(self._map).cast("q")
        self._counting = threading.Lock()
        self._running = 0
        self._pid = 0
        self._count_at = 0  # among the numbers

    @property
    def terminating(self) -> bool:
        """Whether the probes answer 503; it never goes back."""
        return self._map[0] != 0

    def terminate(self) -> None:
        """Let the probes of every worker answer 503 from now on."""
        self._map[0] = 1

    def announce(self) -> None:
        """Say that this process serves now."""
        with self._counting:
            self._claim()

    def started(self) -> int:
        """How many workers serve."""
        slots = map(self._read, self._offsets())
        return sum(1 for pid, _ in slots if pid and _alive(pid))

    def enter(self) -> None:
        """A call begins in this process."""
        # Nothing is called under the lock, but once: no other thread can have its turn and wait.
        with self._counting:
            if self._pid != _process.id:
                self._claim()
            self._running += 1
            self._numbers[self._count_at] = self._running

    def leave(self) -> None:
        """A call has ended in this process."""
        with self._counting:
            self._running -= 1
            self._numbers[self._count_at] = self._running

    def running(self) -> int:
        """The running calls of all workers that are alive."""
        slots = map(self._read, self._offsets())
        return sum(count for pid, count in slots if count > 0 and _alive(pid))

    def _claim(self) -> None:
        """Take a free slot for this process.

        Each process begins to look at a place of its own, and looks again whether it has the
        slot, so that two that start together do not share one.
        """
        self._pid, self._running = _process.id, 0
        offsets = self._offsets()
        first = self._pid % _SLOTS
        for offset in (*offsets[first:], *offsets[:first]):
            pid = self._read(offset)[0]
            if pid not in {0, self._pid} and _alive(pid):
                continue
            _SLOT.pack_into(self._map, offset, self._pid, 0)
            self._count_at = offset // self._numbers.itemsize + 1
            if self._read(offset)[0] == self._pid:
                return

    def _read(self, offset: int) -> tuple[int, int]:
        pid, count = _SLOT.unpack_from(self._map, offset)
        return pid, count

    @staticmethod
    def _offsets() -> range:
        return range(_HEADER, _SIZE, _SLOT.size)


class _Process:
    """This process; asking the system at each call whether it has forked takes longer."""

    def __init__(self) -> None:
        self.look()

    def look(self) -> None:
        self.id = os.getpid()


_process: Final = _Process()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_process.look)


def _map_private(path: Path) -> mmap.mmap:
    """Map *path*, made for this user alone; a link in its place is refused."""
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
    with os.fdopen(os.open(path, flags, 0o600), "r+b") as file:
        if os.name == "posix" and os.fstat(file.fileno()).st_uid != os.getuid():
            raise PermissionError(f"{path} belongs to another user")
        file.truncate(_SIZE)
        return mmap.mmap(file.fileno(), _SIZE)


def _alive(pid: int) -> bool:
    if os.name != "posix":
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
