"""What `import ioplugins` costs, and what it offers."""

from __future__ import annotations

import subprocess
import sys

import pytest

import ioplugins

HEAVY = (
    "werkzeug",
    "click",
    "httpx",
    "granian",
    "importlib.metadata",
    "asyncio",
    "pluggy",
    "cattrs",
)


def test_the_import_is_light() -> None:
    """A Lambda cold start pays for none of the libraries that only hosts and tools need."""
    code = f"import sys, ioplugins; print([m for m in {HEAVY} if m in sys.modules])"

    printed = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout

    assert "[]" == printed.strip()


@pytest.mark.parametrize("name", ioplugins.__all__)
def test_every_public_name_is_there(name: str) -> None:
    """Names that are imported when they are asked for too."""
    assert getattr(ioplugins, name).__doc__


def test_other_names_are_not() -> None:
    """A name that does not exist is an AttributeError as in any module."""
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = ioplugins.nothing
