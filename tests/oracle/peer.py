"""The Node packages' core as a process that answers questions: installed, started, asked."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
MODULES = HERE / "node_modules"


class Missing(Exception):
    """Node.js or the package cannot be had here; the message says which."""


def install() -> None:
    """Install what package.json names beside it, unless that was done before.

    Raises:
        Missing: There is no node or npm, or npm cannot reach its registry.
    """
    for tool in ("node", "npm"):
        if shutil.which(tool) is None:
            raise Missing(f"{tool} is not installed")
    wanted: dict[str, str] = json.loads((HERE / "package.json").read_text())["dependencies"]
    MODULES.mkdir(exist_ok=True)
    # Several test processes may come here at once.
    with (MODULES / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if all(installed(name) == version for name, version in wanted.items()):
            return
        done = subprocess.run(
            ["npm", "install", "--no-package-lock", "--ignore-scripts", "--no-audit", "--no-fund"],
            cwd=HERE,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise Missing(f"npm install failed: {done.stderr.strip()[-500:]}")


def installed(name: str) -> str | None:
    """The version of the package *name* that is installed, if any."""
    description = MODULES / name / "package.json"
    return json.loads(description.read_text())["version"] if description.is_file() else None


class Peer:
    """The running oracle.js."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            ["node", str(HERE / "oracle.js")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "TZ": "UTC"},
        )
        #: Names that JavaScript's own objects, texts, lists, numbers and functions carry.
        self.inherited: frozenset[str] = frozenset(self.read())

    def read(self) -> Any:
        """The next answer."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, "the oracle ended"
        return json.loads(line)

    def ask(self, task: str, text: str, **more: str) -> Any:
        """What JavaScript says to *task* (see oracle.js) about the JSON *text*."""
        assert self.process.stdin is not None
        line = json.dumps({"do": task, "text": text, **more})
        self.process.stdin.write(line.encode("ascii") + b"\n")
        self.process.stdin.flush()
        return self.read()

    def close(self) -> None:
        """End it: it ends by itself when its input does."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.wait(10)
        self.process.stdout.close()
