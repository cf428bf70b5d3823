"""Real servers for a test session: started as a user starts them, their output kept in files."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from typing import TYPE_CHECKING

from .replay import free_port, stop, wait_until_ready
from .serve import command

if TYPE_CHECKING:
    from pathlib import Path


class Server:
    """One running server process and the files that its two outputs go to.

    Args:
        kind: ``granian``, ``werkzeug`` or ``gunicorn``.
        config: The configuration of the fixture that it serves.
        folder: Where the files go; each server has names of its own.

    Raises:
        RuntimeError: It does not answer; the text holds what it printed.
    """

    def __init__(self, kind: str, config: str, folder: Path) -> None:
        port = free_port()
        self.base = f"http://127.0.0.1:{port}"
        self.stdout, self.stderr = (folder / f"{config}-{port}.{name}" for name in ("out", "err"))
        line, environment = command(config, port, kind)
        with self.stdout.open("wb") as out, self.stderr.open("wb") as err:
            self.process = subprocess.Popen(
                line, env=environment, stdout=out, stderr=err, start_new_session=True
            )
        try:
            wait_until_ready(self.base, self.process)
            # What it prints about its start and about the request above comes a moment later.
            self.wait_for_output("url=/, ")
            if kind != "gunicorn":
                self.wait_for_output(f"serving on {self.base}\n")
        except RuntimeError as error:
            self.kill()
            raise RuntimeError(f"{error}\n{self.output()}") from None

    def wait_for_output(self, text: str) -> None:
        """Return once *text* is on its standard output; RuntimeError after five seconds."""
        limit = time.monotonic() + 5
        while text not in self.stdout.read_text("utf-8"):
            if time.monotonic() > limit:
                raise RuntimeError(f"{text!r} is not printed")
            time.sleep(0.01)

    def output(self) -> str:
        """All that it has printed so far."""
        return self.stdout.read_text("utf-8") + self.stderr.read_text("utf-8")

    def stop(self) -> None:
        """End it, if it has not ended yet."""
        if self.process.poll() is None:
            stop(self.process)

    def kill(self) -> None:
        """End it and its workers at once, whatever calls are running."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


class Fleet:
    """One server of a kind for each configuration, started when it is first needed."""

    def __init__(self, kind: str, folder: Path) -> None:
        self.kind = kind
        self.folder = folder
        self.running: dict[str, Server] = {}
        self.ended: list[Server] = []

    def shared(self, config: str) -> Server:
        """The server of *config* that all cases use which leave it as it was."""
        if config not in self.running:
            self.running[config] = Server(self.kind, config, self.folder)
        return self.running[config]

    def fresh(self, config: str) -> Server:
        """A server of its own, for a case that changes or ends it."""
        server = Server(self.kind, config, self.folder)
        self.ended.append(server)
        return server

    def stop(self) -> None:
        """End them all; a later case starts them anew."""
        self.ended += self.running.values()
        self.running.clear()
        for server in self.ended:
            server.stop()

    def output(self) -> str:
        """All that any of them has printed."""
        return "".join(server.output() for server in (*self.ended, *self.running.values()))
