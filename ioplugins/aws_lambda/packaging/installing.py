"""Installing: uv resolves the requirements for the platform and puts them into a folder."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from ioplugins.aws_lambda.packaging import PackagingError
from ioplugins.aws_lambda.packaging.platforms import Platform


def uv(*arguments: str) -> None:
    """Run uv.

    Raises:
        PackagingError: It is not installed, or it failed; with its own words.
    """
    done = subprocess.run(  # noqa: S603 - the program of the package uv
        [_program(), *arguments], capture_output=True, text=True, check=False
    )
    if done.returncode:
        words = done.stderr.strip() or done.stdout.strip()
        raise PackagingError(f"uv {' '.join(arguments[:2])} failed:\n{words}")


def _program() -> str:
    try:
        from uv import find_uv_bin  # noqa: PLC0415 - the extra "aws"

        return str(find_uv_bin())
    except (ImportError, FileNotFoundError):
        found = shutil.which("uv")
    if found is None:
        raise PackagingError('uv is not installed: pip install "ioplugins[aws]".')
    return found


def install(
    folder: Path,
    platform: Platform,
    wheels: Sequence[Path],
    requirements: Sequence[Path],
    names: Sequence[str] = (),
) -> None:
    """Install into *folder* what runs on *platform*, from wheels alone.

    Markers in the requirements are evaluated for the platform, not for this machine.

    Args:
        folder: Where to; it is made.
        platform: Where the package runs.
        wheels: Files to install.
        requirements: Files in pip's form.
        names: Further requirements.

    Raises:
        PackagingError: Something cannot be resolved or has no wheel for the platform.
    """
    uv(
        "pip", "install", "--quiet", "--target", str(folder), "--link-mode", "copy",
        "--python-version", platform.python, "--python-platform", platform.tags,
        "--only-binary", ":all:",
        *(argument for file in requirements for argument in ("-r", str(file))),
        *map(str, wheels), *names,
    )  # fmt: skip


def build_wheel(package: Path, folder: Path) -> Path:
    """Build the wheel of the package in the folder *package*; gives its path in *folder*.

    Raises:
        PackagingError: It cannot be built.
    """
    out = folder / package.resolve().name
    uv("build", "--quiet", "--wheel", "--out-dir", str(out), str(package))
    return next(out.glob("*.whl"))
