"""What all workers of a host know of each other: is it terminating, how many calls are running."""

from __future__ import annotations

import mmap
import os
import struct
import tempfile
import threading
from pathlib import Path
from typing import IO, Final

if os.name == "posix":
    import fcntl

_SLOTS: Final = 256
_SLOT: Final = struct.Struct("<qq")  # process id, running calls
_HEADER: Final = _SLOT.size  # its first byte: terminating
_SIZE: Final = _HEADER + _SLOTS * _SLOT.size


class Drain:
    """The terminating flag and the running calls of a host, shared by its worker processes.

    The state is a small file that every worker maps. Workers made by fork share it by
    themselves; others name the same *path*.

    Args:
        path: The file; None makes a private one.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._file: IO[bytes] = (
            tempfile.TemporaryFile() if path is None else _open_private(path)  # noqa: SIM115
        )
        self._file.truncate(_SIZE)
        self._map = mmap.mmap(self._file.fileno(), _SIZE)
        self._counting = threading.Lock()
        self._running = 0
        self._pid = 0
        self._offset = 0

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
        slots = (_SLOT.unpack_from(self._map, offset) for offset in self._offsets())
        return sum(1 for pid, _ in slots if pid and _alive(pid))

    def enter(self) -> None:
        """A call begins in this process."""
        with self._counting:
            if self._pid != os.getpid():
                self._claim()
            self._running += 1
            _SLOT.pack_into(self._map, self._offset, self._pid, self._running)

    def leave(self) -> None:
        """A call has ended in this process."""
        with self._counting:
            self._running -= 1
            _SLOT.pack_into(self._map, self._offset, self._pid, self._running)

    def running(self) -> int:
        """The running calls of all workers that are alive."""
        slots = (_SLOT.unpack_from(self._map, offset) for offset in self._offsets())
        return sum(count for pid, count in slots if count > 0 and _alive(pid))

    def _claim(self) -> None:
        """Take a slot for this process; the lock keeps two workers from taking the same."""
        self._pid, self._running = os.getpid(), 0
        if os.name == "posix":
            fcntl.lockf(self._file, fcntl.LOCK_EX)
        try:
            free = (
                offset
                for offset in self._offsets()
                if (pid := _SLOT.unpack_from(self._map, offset)[0]) in {0, self._pid}
                or not _alive(pid)
            )
            self._offset = next(free, _HEADER)  # with more workers than slots, one is shared
            _SLOT.pack_into(self._map, self._offset, self._pid, 0)
        finally:
            if os.name == "posix":
                fcntl.lockf(self._file, fcntl.LOCK_UN)

    @staticmethod
    def _offsets() -> range:
        return range(_HEADER, _SIZE, _SLOT.size)


def _open_private(path: Path) -> IO[bytes]:
    """Open or make *path* for this user alone; a link in its place is refused."""
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
    file = os.fdopen(os.open(path, flags, 0o600), "r+b")
    if os.name == "posix" and os.fstat(file.fileno()).st_uid != os.getuid():
        file.close()
        raise PermissionError(f"{path} belongs to another user")
    return file


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
