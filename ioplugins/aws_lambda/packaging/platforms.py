"""Where a package runs: a Python and an architecture that Lambda has."""

from __future__ import annotations

import platform
import sys
from typing import Final

from attrs import frozen

#: Python versions with a managed runtime, and the C library of its Amazon Linux.
PYTHONS: Final = {
    # Amazon Linux 2 has glibc 2.26; uv knows 2_17 as the next one below it.
    "3.10": "manylinux_2_17",
    "3.11": "manylinux_2_17",
    "3.12": "manylinux_2_34",
    "3.13": "manylinux_2_34",
    "3.14": "manylinux_2_34",
}

#: Architectures by Lambda's names, and what Python calls them.
ARCHITECTURES: Final = {"arm64": "aarch64", "x86_64": "x86_64"}


@frozen
class Platform:
    """A managed runtime of Lambda.

    Attributes:
        python: Such as ``"3.13"``.
        architecture: ``"arm64"`` or ``"x86_64"``.
    """

    python: str
    architecture: str

    def __str__(self) -> str:
        return f"Python {self.python} on {self.architecture}"

    @property
    def runtime(self) -> str:
        """Lambda's name of the runtime."""
        return f"python{self.python}"

    @property
    def tags(self) -> str:
        """Uv's name for the wheels that run there: that C library's and all older ones."""
        return f"{ARCHITECTURES[self.architecture]}-{PYTHONS[self.python]}"

    @property
    def same_python(self) -> bool:
        """Whether bytecode of this very Python is right there."""
        return self.python == here().python

    @property
    def runs_here(self) -> bool:
        """Whether the package can be imported by this very Python."""
        return self == here() and sys.platform == "linux"


def here() -> Platform:
    """The platform of this Python and this machine."""
    arm = platform.machine().lower() in {"arm64", "aarch64"}
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    return Platform(version, "arm64" if arm else "x86_64")
