"""Where log lines go, on real files, pipes, sockets and terminals."""

from __future__ import annotations

import os
import pty
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TextIO

import pytest

from ioplugins.logstream import LogStream

LONG = 30.0  # seconds that no test waits for
LINES = 4  # that the test of their order writes

#: What is written to, and what reads all of it afterwards.
Ends = tuple[TextIO, Callable[[], bytes]]


def open_file(folder: Path) -> Ends:
    path = folder / "lines"
    return path.open("w"), path.read_bytes


def open_pipe(_: Path) -> Ends:
    reading, writing = os.pipe()
    return os.fdopen(writing, "w"), lambda: read_to_end(reading)


def open_socket(_: Path) -> Ends:
    reading, writing = socket.socketpair()
    return os.fdopen(writing.detach(), "w"), lambda: read_to_end(reading.detach())


def open_terminal(_: Path) -> Ends:
    reading, writing = pty.openpty()

    def read() -> bytes:
        # A terminal hands on what was written to it piece by piece, and has no end while it is open.
        lines = b""
        with os.fdopen(reading, "rb", 0) as source:
            while lines.count(b"\n") < LINES:
                lines += source.read(1000)
        return lines.replace(b"\r\n", b"\n")

    return os.fdopen(writing, "w"), read


def read_to_end(file: int) -> bytes:
    with os.fdopen(file, "rb") as source:
        return source.read()


@pytest.fixture(params=[open_file, open_pipe, open_socket, open_terminal])
def ends(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ends]:
    with ExitStack() as stack:
        sink, read = request.param(tmp_path)
        stack.enter_context(sink)
        yield sink, read


def test_lines_stay_in_order_with_what_is_printed(ends: Ends) -> None:
    """Whatever standard output is; and nothing that was there before is written over."""
    sink, read = ends
    print("first", file=sink, flush=True)
    stream = LogStream(sink)
    stream.write("second")
    print("third", file=sink)
    stream.write("fourth \u00e9\ud800")
    del stream
    if not sink.isatty():
        sink.close()

    received = read().decode()
    assert "first\nsecond\nthird\nfourth \u00e9\\ud800\n" == received
    assert LINES == received.count("\n")


@pytest.mark.parametrize("open_ends", [open_pipe, open_socket])
def test_a_line_longer_than_there_is_room_for_arrives_whole(
    open_ends: Callable[[Path], Ends], tmp_path: Path
) -> None:
    """What does not fit waits until somebody reads."""
    sink, read = open_ends(tmp_path)
    received: list[bytes] = []
    reader = threading.Thread(target=lambda: received.append(read()))
    reader.start()
    with sink:
        LogStream(sink).write("x" * 1_000_000)
    reader.join()

    assert [b"x" * 1_000_000 + b"\n"] == received


@pytest.mark.parametrize("open_ends", [open_pipe, open_socket])
def test_whoever_waits_for_a_reader_stops_nobody_else(
    open_ends: Callable[[Path], Ends], tmp_path: Path
) -> None:
    """Nobody reads, one thread cannot write its line: the process lives on and loses none."""
    script = """
import sys, threading
from ioplugins.logstream import LogStream

stream, lines = LogStream(sys.stdout), []
def write():
    for number in range(50_000):
        lines.append(number)
        stream.write(f"{number:05d}")
writer = threading.Thread(target=write)
writer.start()
seen = -1
while seen != len(lines):  # until it stands still
    seen = len(lines)
    writer.join(0.2)
print(seen < 50_000, file=sys.stderr, flush=True)
writer.join()
"""
    sink, read = open_ends(tmp_path)
    with sink:
        process = subprocess.Popen(
            [sys.executable, "-c", script], stdout=sink, stderr=subprocess.PIPE, text=True
        )
    assert process.stderr is not None
    with process.stderr:
        watchdog = threading.Timer(LONG, process.kill)
        watchdog.start()
        assert "True\n" == process.stderr.readline()
        received = read().decode()
    watchdog.cancel()
    assert 0 == process.wait()
    assert [f"{number:05d}" for number in range(50_000)] == received.split()


def test_a_pipe_that_cannot_be_opened_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may belong to another user: lines are written all the same."""
    sink, read = open_pipe(tmp_path)

    def refuse(path: str, _: int) -> int:
        raise PermissionError(path)

    monkeypatch.setattr(os, "open", refuse)
    stream = LogStream(sink)
    monkeypatch.undo()
    with sink:
        stream.write("line")
    assert b"line\n" == read()


def test_whatever_was_opened_is_closed(tmp_path: Path) -> None:
    """With the stream; a reader then sees the end."""
    sink, read = open_pipe(tmp_path)
    with sink:
        stream = LogStream(sink)
        stream.write("line")
    del stream

    assert b"line\n" == read()
