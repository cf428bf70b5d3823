"""The archive: an installed folder is tidied, compiled and zipped, always to the same bytes."""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from ioplugins.aws_lambda.packaging import PackagingError

#: The most bytes that Lambda takes in a direct upload, and unzipped.
UPLOAD_LIMIT: Final = 50 * 1024 * 1024
UNZIPPED_LIMIT: Final = 250 * 1024 * 1024

# What an installer leaves for itself; some of it names folders of this machine.
_INSTALLERS: Final = (
    ".lock",
    "bin",
    "*.dist-info/INSTALLER",
    "*.dist-info/RECORD",
    "*.dist-info/REQUESTED",
    "*.dist-info/direct_url.json",
    "*.dist-info/uv_cache.json",
)
_TASK_ROOT: Final = "/var/task"


def entry(name: str, *, executable: bool = False) -> zipfile.ZipInfo:
    """The header of a file in an archive: the same time, system and modes for all."""
    info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    info.create_system = 3  # Unix, so that the modes count
    info.external_attr = (0o100755 if executable else 0o100644) << 16
    info.compress_type = zipfile.ZIP_DEFLATED
    return info


def tidy(folder: Path) -> None:
    """Remove from *folder* what is of no use where the package runs."""
    for pattern in _INSTALLERS:
        for path in folder.glob(pattern):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    for path in folder.rglob("__pycache__"):
        shutil.rmtree(path)


def compile_all(folder: Path) -> int:
    """Write bytecode of this Python beside each source in *folder*; gives how many there are.

    The folder is read-only on Lambda, so that Python could not keep its own. It is never
    compared with its source. Packages carry files that do not compile (for other Pythons); they
    stay without.
    """
    # In a process of its own: what a process has done before, and its hash seed, show in bytecode.
    subprocess.run(  # noqa: S603 - this Python
        [
            sys.executable, "-S", "-m", "compileall", "-qq", "-j", "1",
            "--invalidation-mode", "unchecked-hash", "-s", ".", "-p", _TASK_ROOT, ".",
        ],
        cwd=folder,
        env={**os.environ, "PYTHONHASHSEED": "0"},
        capture_output=True,
        check=False,
    )  # fmt: skip
    return sum(1 for _ in folder.rglob("*.pyc"))


def write_zip(folder: Path, path: Path) -> None:
    """Zip *folder* to *path*, in one order and with one time for all files."""
    path.parent.mkdir(parents=True, exist_ok=True)
    files = {file.relative_to(folder).as_posix(): file for file in folder.rglob("*")}
    with zipfile.ZipFile(path, "w") as archive:
        for name, file in sorted(files.items()):
            if file.is_file():
                executable = bool(file.stat().st_mode & 0o100)
                archive.writestr(entry(name, executable=executable), file.read_bytes())


def unzipped_size(folder: Path) -> int:
    """The bytes of all files in *folder*."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def sizes(folder: Path) -> dict[str, int]:
    """The bytes of each installed package in *folder*, the largest first."""
    found: dict[str, int] = {}
    for record in folder.glob("*.dist-info/RECORD"):
        with record.open(encoding="utf-8", newline="") as lines:
            files = [folder / row[0] for row in csv.reader(lines) if row]
        name = record.parent.name.partition("-")[0]
        found[name] = sum(file.stat().st_size for file in files if file.is_file())
    return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))


def check_unzipped(size: int, packages: Mapping[str, int]) -> None:
    """Refuse what Lambda would refuse.

    Raises:
        PackagingError: It is too large; the five largest packages are named.
    """
    if size > UNZIPPED_LIMIT:
        raise PackagingError(
            f"The package has {megabytes(size)} unzipped and Lambda takes "
            f"{megabytes(UNZIPPED_LIMIT)}. The largest in it: {largest(packages)}. Leave out what "
            "the functions do not need, or use a container image."
        )


def largest(packages: Mapping[str, int]) -> str:
    """The five largest packages, with their sizes."""
    return ", ".join(f"{name} {megabytes(size)}" for name, size in list(packages.items())[:5])


def megabytes(size: int) -> str:
    """*size* as people read it; Lambda's megabytes have 1024 times 1024 bytes."""
    return f"{size / 1024 / 1024:.1f} MB"
