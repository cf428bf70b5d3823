"""Builds of Python: the one that runs this, and others that ``--python`` names."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Final

from attrs import frozen

from benchmarks.machine import Missing
from benchmarks.peers import cache

REPOSITORY: Final = Path(__file__).resolve().parent.parent
#: Printed by the interpreter that is asked about itself.
_ASK: Final = """
import importlib.metadata, json, os, platform, subprocess, sys, sysconfig
real = os.path.realpath(sys.executable)
arguments = sysconfig.get_config_var("CONFIG_ARGS") or ""
try:
    owner = subprocess.run(["dpkg", "-S", real], capture_output=True, text=True).stdout
except OSError:
    owner = ""
names = sys.argv[1:]
print(json.dumps({
    "version": platform.python_version(),
    "compiler": platform.python_compiler(),
    "optimized": "--enable-optimizations" in arguments,
    "lto": "--with-lto" in arguments,
    "debian": owner.partition(":")[0],
    "packages": {n: importlib.metadata.version(n) for n in names},
}))
"""
_PACKAGES: Final = [
    *("ioplugins", "granian", "orjson", "gunicorn", "werkzeug", "flask", "functions-framework"),
    *("attrs", "cattrs", "pluggy"),
]


@frozen
class Build:
    """One interpreter with the project installed.

    Attributes:
        python: Its path.
        title: What the results call it.
        packages: Versions of what matters here.
    """

    python: str
    title: str
    packages: dict[str, str]

    @property
    def folder(self) -> Path:
        """Where its commands are."""
        return Path(self.python).parent


def this_build() -> Build:
    """The interpreter that runs this."""
    return _described(sys.executable)


def other_build(python: str) -> Build:
    """A virtual environment of the interpreter *python*, made once, the project in it.

    Raises:
        Missing: It cannot be made.
    """
    key = hashlib.sha256(f"{python} {REPOSITORY}".encode()).hexdigest()[:12]
    folder = cache() / f"venv-{key}"
    inside = folder / "bin" / "python"
    commands = [
        [python, "-m", "venv", str(folder)],
        [str(inside), "-m", "pip", "install", "-q", "-e", f"{REPOSITORY}[benchmarks]"],
    ]
    for command in commands[1:] if inside.exists() else commands:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise Missing(f"{' '.join(command)} failed: {(done.stderr or done.stdout)[-500:]}")
    return _described(str(inside))


def _described(python: str) -> Build:
    done = subprocess.run(
        [python, "-c", _ASK, *_PACKAGES], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise Missing(
            f"{python} lacks something; run pip install -e '.[benchmarks]' in it:\n"
            f"{done.stderr.strip()[-300:]}"
        )
    told = json.loads(done.stdout)
    how = _how(told["optimized"], told["lto"], told["debian"])
    return Build(python, f"Python {told['version']}, {how}", told["packages"])


def _how(optimized: bool, lto: bool, debian: str) -> str:
    if debian:  # its build rules run PGO by hand, so sysconfig does not tell
        return f"Debian's {debian}, built with PGO"
    return f"built {'with' if optimized else 'without'} PGO{' and LTO' if lto else ''}"
