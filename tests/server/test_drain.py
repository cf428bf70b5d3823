"""What workers know of each other: the flag, the counts, the slots."""

from __future__ import annotations

import os
import stat
import warnings
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from ioplugins.server import drain as drain_module
from ioplugins.server.drain import Drain

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def fork() -> int:
    """As os.fork(), without its warning: the child only looks at memory and takes no lock."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return os.fork()


def in_a_child(does: Callable[[], bool]) -> bool:
    """What *does* gives in a forked process, which ends then without a word."""
    pid = fork()
    if pid == 0:
        os._exit(0 if does() else 1)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


def of_another(path: Path, *does: str) -> None:
    """Let a forked process do that to the drain at *path*."""
    pid = fork()
    if pid == 0:
        drain = Drain(path)
        for name in does:
            getattr(drain, name)()
        os._exit(0)
    os.waitpid(pid, 0)


def test_the_flag_never_goes_back(tmp_path: Path) -> None:
    """Those that map the same file see it, and those that come later."""
    here, there = Drain(tmp_path / "state"), Drain(tmp_path / "state")
    assert not there.terminating
    here.terminate()
    here.enter()
    here.leave()
    assert there.terminating
    assert Drain(tmp_path / "state").terminating


def test_the_flag_is_shared_by_fork() -> None:
    """Without a file, and in both directions."""
    shared = Drain()
    assert in_a_child(lambda: not shared.terminating)
    assert in_a_child(lambda: shared.terminate() is None)
    assert shared.terminating


def test_running_calls_are_counted(tmp_path: Path) -> None:
    """Of this process and of others that are alive, whoever asks."""
    here, there = Drain(tmp_path / "state"), Drain(tmp_path / "state")
    here.enter()
    here.enter()
    assert (2, 2) == (here.running(), there.running())
    assert in_a_child(lambda: (there.enter(), there.running())[1] == 3)
    assert 2 == there.running(), "the child has ended, with its call"
    here.leave()
    here.leave()
    assert (0, 0) == (here.running(), there.running())


def test_a_forked_worker_counts_its_own_calls(tmp_path: Path) -> None:
    """Not those that its parent had running."""
    drain = Drain(tmp_path / "state")
    drain.enter()

    def child() -> bool:
        drain.enter()
        counted = drain.running()
        drain.leave()
        return (2, 1) == (counted, drain.running())

    assert in_a_child(child)
    assert 1 == drain.running()


def test_workers_that_serve_are_counted(tmp_path: Path) -> None:
    """Once each, and only those that are alive."""
    drain = Drain(tmp_path / "state")
    assert 0 == drain.started()
    drain.announce()
    drain.announce()
    assert 1 == drain.started()
    assert in_a_child(lambda: (drain.announce(), drain.started())[1] == 2)
    assert 1 == drain.started()


def test_the_slots_of_the_dead_are_used_again(tmp_path: Path) -> None:
    """More workers may come and go than there are slots."""
    path = tmp_path / "state"
    for _ in range(drain_module._SLOTS + 10):
        of_another(path, "enter")
    drain = Drain(path)
    drain.enter()
    assert (1, 1) == (drain.running(), drain.started())


def test_two_that_start_together_do_not_share_a_slot(tmp_path: Path) -> None:
    """A slot that another process took in the same moment is left to it."""

    class Overtaken(Drain):
        taken = 0

        def _read(self, offset: int) -> tuple[int, int]:
            pid, count = super()._read(offset)
            if pid == os.getpid() and not self.taken:
                self.taken = offset
                drain_module._SLOT.pack_into(self._map, offset, os.getppid(), 5)
                return super()._read(offset)
            return pid, count

    drain = Overtaken(tmp_path / "state")
    drain.enter()
    assert (os.getppid(), 5) == drain._read(drain.taken)
    assert 6 == drain.running()


def test_the_file_is_for_this_user_alone(tmp_path: Path) -> None:
    """Mode 600 whatever the umask, and a link in its place is refused."""
    path = tmp_path / "state"
    Drain(path)
    assert 0o600 == stat.S_IMODE(path.stat().st_mode)
    (tmp_path / "link").symlink_to(path)
    with pytest.raises(OSError, match="link"):
        Drain(tmp_path / "link")


def test_a_file_of_another_user_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It could be changed by them."""
    path = tmp_path / "state"
    Drain(path)
    other = os.getuid() + 1
    monkeypatch.setattr(os, "getuid", lambda: other)
    with pytest.raises(PermissionError, match="belongs to another user"):
        Drain(path)


def test_a_process_of_another_user_is_alive(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The system says so by refusing to signal it."""
    drain = Drain(tmp_path / "state")
    drain.enter()

    def refuse(pid: int, number: int) -> None:
        raise PermissionError

    monkeypatch.setattr(drain_module.os, "kill", refuse)
    assert 1 == drain.running()


def test_where_nobody_can_be_asked_all_are_alive(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """os.kill() would end a process on Windows."""
    path = tmp_path / "state"
    of_another(path, "enter")
    drain = Drain(path)
    assert 0 == drain.running()
    monkeypatch.setattr(drain_module, "os", SimpleNamespace(name="nt"))
    assert 1 == drain.running()
