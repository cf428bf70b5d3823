"""The Node packages to compare with: installed from npm by name, outside of the repository."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Final

from benchmarks.machine import Missing

#: Celigo's core is held at the version whose behaviour is recorded, Express at its generation, and
#: what logs at the versions that the package.json of Celigo's Express package names.
PACKAGES: Final = {
    "integrator-extension": "0.3.12",
    "express": "4",
    "body-parser": "1",
    "winston": "2.2.0",
    "express-winston": "2.5.1",
}
CORE: Final = "integrator-extension"


def cache() -> Path:
    """Where what was installed stays between two runs."""
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    folder = Path(home, "ioplugins-benchmarks")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def install() -> Path:
    """Install the packages unless they are there; gives the folder that node finds them from.

    Raises:
        Missing: npm failed.
    """
    folder = cache() / "node"
    wanted = {"private": True, "dependencies": PACKAGES}
    description = folder / "package.json"
    if description.is_file() and json.loads(description.read_text("utf-8")) == wanted:
        return folder
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir()
    (folder / "wanted.json").write_text(json.dumps(wanted), encoding="utf-8")
    (folder / "wanted.json").rename(description)
    done = subprocess.run(
        ["npm", "install", "--no-package-lock", "--ignore-scripts", "--no-audit", "--no-fund"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        description.unlink()  # so that the next run tries again
        raise Missing(f"npm install failed: {done.stderr.strip()[-500:]}")
    description.write_text(json.dumps(wanted), encoding="utf-8")  # npm writes it its own way
    return folder


def versions(folder: Path) -> dict[str, str]:
    """The versions that are installed, by package."""
    return {
        name: json.loads((folder / "node_modules" / name / "package.json").read_text("utf-8"))[
            "version"
        ]
        for name in PACKAGES
    }
