"""The machine, its tools and their versions, as they are told in the results."""

from __future__ import annotations

import functools
import os
import platform
import resource
import shutil
import subprocess
from pathlib import Path
from typing import Final

import psutil

#: Command, Debian package.
TOOLS: Final = {"wrk": "wrk", "h2load": "nghttp2-client", "taskset": "util-linux", "node": "nodejs"}


class Missing(Exception):
    """Something that the benchmarks need cannot be had; the message says how to install it."""


def check_tools() -> None:
    """See that the load generators and Node.js are there.

    Raises:
        Missing: One of them is not.
    """
    packages = [package for tool, package in TOOLS.items() if shutil.which(tool) is None]
    if packages:
        raise Missing(f"Install what is missing: apt-get install {' '.join(packages)}")
    if shutil.which("npm") is None:
        raise Missing("Install what is missing: apt-get install npm")


def raise_file_limit() -> None:
    """1,000 connections need as many files, on both sides."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


@functools.cache
def cores() -> tuple[str, str]:
    """The cores of the server and of the client, as taskset takes them.

    Raises:
        Missing: There is only one.
    """
    allowed = sorted(os.sched_getaffinity(0))
    if len(allowed) < 2:
        raise Missing("The server and its client need a core each; there is only one.")
    return str(allowed[0]), str(allowed[1])


def keep_to_client_core() -> None:
    """Keep this process, and what it starts without saying where, off the server's core."""
    os.sched_setaffinity(0, {int(cores()[1])})


def all_cores() -> str:
    """Both of them, for what has two workers."""
    return ",".join(cores())


def output(*command: str) -> str:
    """What *command* prints, on whichever of its two outputs."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return (done.stdout or done.stderr).strip()


def describe() -> dict[str, str]:
    """What the results say about the machine."""
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines()
            if line.startswith("model name")
        ),
        platform.processor() or "unknown",
    )
    system = platform.freedesktop_os_release().get("PRETTY_NAME", platform.system())
    return {
        "CPU": f"{model}, {os.cpu_count()} cores",
        "Memory": f"{psutil.virtual_memory().total / 2**30:.0f} GB",
        "System": f"{system}, Linux {platform.release()}",
        "Node": output("node", "--version"),
        "wrk": output("wrk", "--version").partition(" [")[0],
        "h2load": output("h2load", "--version"),
    }
