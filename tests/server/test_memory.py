"""The allocator of a worker: it keeps memory while pages come, and gives it back afterwards."""

from __future__ import annotations

import platform
import subprocess
import sys
from textwrap import dedent

import pytest

from ioplugins.jsonvalue import JSON
from ioplugins.server.memory import Allocator

ON_GLIBC = platform.libc_ver()[0] == "glibc"

#: What the scripts ask: a process of its own each, as the allocator is one for all of a process.
MEASURES = """
import time
from pathlib import Path

def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096

def falls_to(size):
    end = time.monotonic() + 60
    while resident() > size:
        assert time.monotonic() < end, "it is not given back"
        time.sleep(0.05)
"""


def run(script: str) -> None:
    """Run *script* in a process of its own, which must end well."""
    done = subprocess.run(
        [sys.executable, "-c", MEASURES + dedent(script)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "" == done.stderr
    assert 0 == done.returncode


@pytest.mark.skipif(not ON_GLIBC, reason="the allocator is glibc's; elsewhere nothing is set")
def test_what_is_kept_is_given_back_when_idle() -> None:
    """Blocks that were freed are resident until no page has come for a while."""
    script = """
        import ctypes
        from ioplugins.server.memory import Allocator

        libc = ctypes.CDLL(None)
        libc.malloc.restype = ctypes.c_void_p
        libc.free.argtypes = [ctypes.c_void_p]

        allocator = Allocator()
        allocator.keep()
        idle = resident()
        blocks = [libc.malloc(1_000_000) for _ in range(50)]
        for block in blocks:
            ctypes.memset(block, 1, 1_000_000)
        for block in blocks:
            libc.free(block)
        kept = resident() - idle
        assert kept > 40_000_000, kept
        allocator.used()
        allocator.used()
        falls_to(idle + 10_000_000)
    """
    run(script)


@pytest.mark.skipif(not ON_GLIBC, reason="the allocator is glibc's; elsewhere nothing is set")
def test_pages_in_a_row_find_their_memory_again() -> None:
    """The third brings few page faults; when none comes any more, most is given back."""
    script = """
        import json, resource
        from ioplugins.jsonvalue import parse
        from ioplugins.server.memory import Allocator

        data = [{"id": n, "rows": [{"sku": f"{n}-{m}", "n": m} for m in range(20)]}
                for n in range(5_000)]
        body = json.dumps({"options": {"data": data}}).encode()
        del data
        parse(body)
        allocator = Allocator()
        allocator.keep()
        idle, faults = resident(), []
        for _ in range(3):
            before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
            page = parse(body)
            faults.append(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
            allocator.hold(page, len(body))
            del page
            allocator.used()
        assert 2_000 < faults[1] > 2 * faults[2], faults
        kept = resident() - idle
        assert kept > 20_000_000, kept
        falls_to(idle + kept / 2)  # the allocators keep some of it for good
    """
    run(script)


@pytest.fixture(scope="module")
def allocator() -> Allocator:
    """One for which a page has come; it watches from then on, so that there is but one."""
    allocator = Allocator()
    allocator.used()
    return allocator


@pytest.mark.parametrize(
    "request_",
    [
        [],
        {},
        {"options": []},
        {"options": {"data": []}},
        {"options": {"data": [{}, [], None, True, 1, "", {"a": None, "b": []}], "more": {}}},
    ],
)
def test_pages_of_any_shape_are_taken(allocator: Allocator, request_: JSON) -> None:
    """What holds no text is no reason to stop."""
    allocator.hold(request_, 1_000_000)


def test_elsewhere_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    """Other C libraries have no such options."""
    monkeypatch.setattr(platform, "libc_ver", lambda: ("", ""))
    allocator = Allocator()
    allocator.keep()
    allocator.hold({"options": {"data": [{"id": "a1"}]}}, 1_000_000)
    allocator.used()
