"""The oracle for a whole test session."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from .peer import Missing, Peer, install

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def peer() -> Iterator[Peer]:
    """The Node packages' core; without Node.js the tests are skipped, but not under CI."""
    try:
        install()
    except Missing as reason:
        if os.environ.get("CI"):
            pytest.fail(str(reason))
        pytest.skip(str(reason))
    one = Peer()
    yield one
    one.close()
