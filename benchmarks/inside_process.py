"""Running the scripts of `benchmarks.inside` in the measured interpreter."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Mapping, Sequence

from benchmarks.bench import Bench
from benchmarks.builds import REPOSITORY
from benchmarks.machine import cores


class ScriptFailed(Exception):
    """A script ended with an error; the message holds what it printed."""


def run_inside(
    bench: Bench, script: str, *arguments: str, body: bytes = b"", path: Sequence[str] = ()
) -> str:
    """Run ``benchmarks/inside/<script>.py`` on the server's core; gives what it prints.

    Args:
        bench: Says which interpreter.
        script: Its name.
        arguments: For its command line.
        body: For its standard input.
        path: Folders on its import path.

    Raises:
        ScriptFailed: It failed.
    """
    command = [bench.build.python, "-m", f"benchmarks.inside.{script}", *arguments]
    environment = {"PYTHONPATH": os.pathsep.join([*path, str(REPOSITORY)])}
    return run_pinned(command, environment, body)


def run_pinned(command: Sequence[str], environment: Mapping[str, str], body: bytes = b"") -> str:
    """Run *command* on the server's core; gives what it prints.

    Raises:
        ScriptFailed: It failed.
    """
    done = subprocess.run(
        ["taskset", "-c", cores()[0], *command],
        input=body,
        env={**os.environ, **environment},
        capture_output=True,
        check=False,
    )
    if done.returncode:
        raise ScriptFailed(f"{' '.join(command)} failed: {done.stderr.decode()[-1500:]}")
    return done.stdout.decode()


def seconds_to_first_line(
    command: Sequence[str], environment: Mapping[str, str]
) -> tuple[float, bytes]:
    """Start *command* on the server's core; seconds to its first line, and that line.

    Raises:
        ScriptFailed: It printed none, or failed.
    """
    pinned = ["taskset", "-c", cores()[0], *command]
    began = time.perf_counter()
    with subprocess.Popen(
        pinned,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        taken = time.perf_counter() - began
        process.stdout.read()
    if process.returncode or not line:
        raise ScriptFailed(f"{' '.join(command)} ended with {process.returncode} and {line!r}")
    return taken, line.rstrip(b"\n")
