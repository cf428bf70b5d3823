"""A contestant that runs: a real process on a free loopback port, pinned to its cores."""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Final, final

import psutil

from benchmarks.pages import TOKEN

_START_SECONDS: Final = 30
#: Callers are gone by then: a server that still waits for them is killed.
_STOP_SECONDS: Final = 1


class ServerFailed(Exception):
    """A contestant did not start or gave up; the message holds the end of its log."""


@final
class Server:
    """A running contestant; a context that ends it.

    Args:
        command: Its command line.
        environment: On top of ours.
        port: Where it listens.
        log: The file that both its outputs go to.
        pinned_to: Cores, as taskset takes them.
    """

    def __init__(
        self,
        command: list[str],
        environment: dict[str, str],
        port: int,
        log: Path,
        pinned_to: str,
    ) -> None:
        self.port = port
        self._log = log
        self.began = time.perf_counter()
        with log.open("wb") as output:
            self.process = subprocess.Popen(
                ["taskset", "-c", pinned_to, *command],
                env={**os.environ, "INTEGRATOR_EXTENSION_SYSTEM_TOKEN": TOKEN, **environment},
                cwd=log.parent,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def __enter__(self) -> Server:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/function"

    def wait(self, body: bytes) -> float:
        """Call it until it answers 200; gives the seconds since it was started.

        Raises:
            ServerFailed: It ended, or does not answer.
        """
        while self.process.poll() is None and time.perf_counter() - self.began < _START_SECONDS:
            try:
                status, _ = self.call(body)
            except OSError:
                time.sleep(0.001)
                continue
            if status == 200:
                return time.perf_counter() - self.began
            raise ServerFailed(f"It answers {status}.\n{self.log_end()}")
        raise ServerFailed(f"It does not answer.\n{self.log_end()}")

    def call(self, body: bytes) -> tuple[int, bytes]:
        """One call on a connection of its own: status and body."""
        return self._request("POST", "/function", body)

    def health(self) -> bytes:
        """What it answers to ``GET /``."""
        return self._request("GET", "/", None)[1]

    def _request(self, method: str, path: str, body: bytes | None) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {TOKEN}"}
        with contextlib.closing(connection):
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            return response.status, response.read()

    def log_end(self) -> str:
        """The last lines it has logged."""
        return self._log.read_text("utf-8", "replace")[-2000:]

    def processes(self) -> list[psutil.Process]:
        """The main process, then those under it, helpers of multiprocessing left out."""
        main = psutil.Process(self.process.pid)
        under = [
            one for one in main.children(recursive=True) if "resource_tracker" not in _line(one)
        ]
        return [main, *under]

    def workers(self) -> list[psutil.Process]:
        """The processes that answer: those under the main one, or itself."""
        main, *under = self.processes()
        return under or [main]

    def cpu_seconds(self) -> float:
        """CPU time that all of its processes have used."""
        return sum(sum(one.cpu_times()[:2]) for one in self.processes())

    def stop(self) -> None:
        """End it; it has a moment for that."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(_STOP_SECONDS)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)  # workers that it left behind
        self.process.wait()


def _line(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.NoSuchProcess:
        return ""


def free_port() -> int:
    """A port of the loopback that nobody listens on now."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port
