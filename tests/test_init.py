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


def test_lazy_names_are_those_of_their_modules() -> None:
    """The very objects; editors see all of them."""
    from ioplugins import decorators, eachrecord, hookspecs, paging

    assert eachrecord.each_record is ioplugins.each_record
    assert hookspecs.hookimpl is ioplugins.hookimpl
    assert paging.paginate is ioplugins.paginate
    assert decorators.hook is ioplugins.hook
    assert sorted(ioplugins.__all__) == ioplugins.__all__


@pytest.mark.parametrize("name", sorted(ioplugins._LAZY))
def test_a_lazy_name_costs_its_import_only_when_it_is_used(name: str) -> None:
    """In a process of its own."""
    module = f"ioplugins.{ioplugins._LAZY[name]}"
    code = (
        f"import sys, ioplugins; print({module!r} in sys.modules); "
        f"ioplugins.{name}; print({module!r} in sys.modules)"
    )

    printed = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout

    assert ["False", "True"] == printed.split()


def test_other_names_are_not() -> None:
    """A name that does not exist is an AttributeError as in any module."""
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = ioplugins.nothing
