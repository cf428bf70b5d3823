"""Where log lines go: a file that takes each in one write, without a lock and without a buffer."""

from __future__ import annotations

import io
import os
import stat
import sys
import weakref
from collections.abc import Callable
from contextlib import suppress
from typing import TextIO


class LogStream:
    """A stream that lines are written to, by its file where it has one.

    Python lets go of the interpreter for each write, and a call among many then waits for its turn
    twice, once for each line. Where the system can say that a line would have to wait, it is
    written without that; if it has to wait, it does so as ever, and other calls go on.

    Args:
        stream: Gets the lines; None where the process has no such stream.
    """

    __slots__ = ("__weakref__", "_file", "_now_file", "_stream", "_write_now")

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream
        self._file: int | None = None
        #: Writes what the file takes at once: file, data, size; gives how much, -1 for none.
        self._write_now: Callable[[int, bytes, int], int] = _not_now
        self._now_file = 0
        if stream is None:
            return
        with suppress(OSError, ValueError):  # a stand-in for a stream, as tests have
            self._file = stream.fileno()
        if self._file is None:
            return
        if isinstance(stream, io.TextIOWrapper):
            # What functions print stays in order with the lines.
            stream.reconfigure(line_buffering=True)
        if sys.platform == "linux":
            self._prepare_now(self._file)

    def write(self, text: str) -> None:
        """Write *text* and the end of its line.

        Raises:
            OSError: It cannot be written; whoever read the lines may have gone.
        """
        if self._file is None:
            if self._stream is not None:
                self._stream.write(text + "\n")
                self._stream.flush()
            return
        data = f"{text}\n".encode("utf-8", "backslashreplace")
        size = len(data)
        written = self._write_now(self._now_file, data, size)
        if written == size:
            return
        written = max(written, 0)
        while written < size:  # it waits, takes a part, or says what is wrong
            written += os.write(self._file, data[written:])

    def _prepare_now(self, file: int) -> None:
        """Find out how *file* is written to without waiting, and without giving up the interpreter.

        Python's own functions all give it up; what is called by PyDLL does not.
        """
        # A Lambda's cold start has no use for these.
        import ctypes  # noqa: PLC0415
        from socket import MSG_DONTWAIT, MSG_NOSIGNAL  # noqa: PLC0415

        # Without types of arguments and results: ints and bytes are passed as they are, in half the
        # time, and no line is longer than a C int tells.
        libc = ctypes.PyDLL(None)
        mode = os.fstat(file).st_mode
        if stat.S_ISSOCK(mode):
            flags = MSG_DONTWAIT | MSG_NOSIGNAL
            self._write_now = lambda file, data, size: libc.send(file, data, size, flags)
        elif stat.S_ISREG(mode):  # what goes to a file stays in memory first
            self._write_now = libc.write
        else:
            # Opened once more, as others share what we have and do not expect it to refuse.
            try:
                file = os.open(f"/proc/self/fd/{file}", os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY)
            except OSError:  # it belongs to another user, or there is no /proc
                return
            weakref.finalize(self, os.close, file)
            self._write_now = libc.write
        self._now_file = file


def _not_now(_: int, __: bytes, ___: int) -> int:
    return 0
