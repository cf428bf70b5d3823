"""The load generators: wrk for so many seconds, h2load for so many calls.

Neither shares an interpreter with a server.
"""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Final

from attrs import frozen

from benchmarks.pages import TOKEN

_SCRIPT: Final = Path(__file__).with_name("post.lua")
_SECONDS_PER: Final = {"us": 1e-6, "ms": 1e-3, "s": 1.0}


class LoadFailed(Exception):
    """A load generator failed, or got other answers than 200."""


@frozen
class Load:
    """What clients saw.

    Attributes:
        calls: Answered with 200.
        seconds: From the first call to the last answer.
        p50: Median latency in seconds; of h2load the mean.
        p99: In seconds; of h2load the slowest.
        errors: Calls that had no answer or another than 200.
    """

    calls: int
    seconds: float
    p50: float
    p99: float
    errors: int

    @property
    def rate(self) -> float:
        """Calls a second."""
        return self.calls / self.seconds


def load_for(url: str, body: Path, connections: int, seconds: float, pinned_to: str) -> Load:
    """Call *url* for so many seconds over so many connections.

    Raises:
        LoadFailed: wrk failed, or nothing was answered.
    """
    command = [
        *("taskset", "-c", pinned_to, "wrk", "--threads", "1", "--latency", "--timeout", "120s"),
        *("--connections", str(connections), "--duration", f"{max(1, round(seconds))}s"),
        *("--script", str(_SCRIPT), url, "--", str(body), TOKEN),
    ]
    return read_wrk(_run(command))


def load_times(url: str, body: Path, connections: int, calls: int, pinned_to: str) -> Load:
    """Make exactly so many calls of *url*, over so many connections side by side.

    Raises:
        LoadFailed: h2load failed.
    """
    command = [
        *("taskset", "-c", pinned_to, "h2load", "--h1", "--threads", "1"),
        *("--clients", str(connections), "--requests", str(calls), "--data", str(body)),
        *("--header", "Content-Type: application/json"),
        *("--header", f"Authorization: Bearer {TOKEN}", url),
    ]
    return read_h2load(_run(command))


def read_wrk(printed: str) -> Load:
    """Read what wrk and our script print.

    Raises:
        LoadFailed: There is no line of ours, or no call was answered.
    """
    line = next((one for one in printed.splitlines() if one.startswith('{"requests"')), None)
    if line is None:
        raise LoadFailed(f"wrk printed no result:\n{printed[-1000:]}")
    told = json.loads(line)
    errors = sum(told[name] for name in ("connect", "read", "write", "status", "timeout"))
    calls = told["requests"] - told["status"]
    if not calls:
        raise LoadFailed(f"No call was answered with 200: {line}")
    return Load(calls, told["microseconds"] / 1e6, told["p50"] / 1e6, told["p99"] / 1e6, errors)


def read_h2load(printed: str) -> Load:
    """Read what h2load prints.

    Raises:
        LoadFailed: It says nothing about requests.
    """
    finished = re.search(r"^finished in ([\d.]+)(us|ms|s),", printed, re.MULTILINE)
    requests = re.search(r"^requests: (\d+) total,", printed, re.MULTILINE)
    codes = re.search(r"^status codes: (\d+) 2xx", printed, re.MULTILINE)
    times = re.search(
        r"^time for request:\s+\S+\s+([\d.]+)(us|ms|s)\s+([\d.]+)(us|ms|s)", printed, re.MULTILINE
    )
    if not (finished and requests and codes and times):
        raise LoadFailed(f"h2load printed no result:\n{printed[-1000:]}")
    calls = int(codes[1])
    return Load(
        calls,
        float(finished[1]) * _SECONDS_PER[finished[2]],
        float(times[3]) * _SECONDS_PER[times[4]],
        float(times[1]) * _SECONDS_PER[times[2]],
        int(requests[1]) - calls,
    )


def _run(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise LoadFailed(f"{' '.join(command)} failed:\n{(done.stdout + done.stderr)[-1000:]}")
    return done.stdout
