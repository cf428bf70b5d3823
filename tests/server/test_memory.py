"""The allocator of a worker: it keeps memory while pages come, and gives it back afterwards."""

from __future__ import annotations

import platform
import subprocess
import sys
from textwrap import dedent

import pytest

from ioplugins.server.memory import Allocator

ON_GLIBC = platform.libc_ver()[0] == "glibc"


@pytest.mark.skipif(not ON_GLIBC, reason="the allocator is glibc's; elsewhere nothing is set")
def test_what_is_kept_is_given_back_when_idle() -> None:
    """Blocks that were freed are resident until no page has come for a while."""
    script = """
        import ctypes, time
        from pathlib import Path
        from ioplugins.server.memory import Allocator

        libc = ctypes.CDLL(None)
        libc.malloc.restype = ctypes.c_void_p
        libc.free.argtypes = [ctypes.c_void_p]

        def resident():
            return int(Path("/proc/self/statm").read_text().split()[1]) * 4096

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
        end = time.monotonic() + 60
        while resident() - idle > 10_000_000:
            assert time.monotonic() < end, "nothing was given back"
            time.sleep(0.05)
    """
    done = subprocess.run(
        [sys.executable, "-c", dedent(script)], capture_output=True, text=True, check=False
    )
    assert "" == done.stderr
    assert 0 == done.returncode


def test_elsewhere_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    """Other C libraries have no such options."""
    monkeypatch.setattr(platform, "libc_ver", lambda: ("", ""))
    allocator = Allocator()
    allocator.keep()
    allocator.used()
