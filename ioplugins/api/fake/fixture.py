"""The pytest fixture `fake_api`, to be imported by a conftest.py.

::

    from ioplugins.api.fake.fixture import fake_api  # noqa: F401
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Final

import pytest

from ioplugins.api.fake.server import FakeAPI
from ioplugins.api.settings import REGION, URL

_ONETIME: Final = "ioplugins.api.onetime"


@pytest.fixture
def fake_api(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeAPI]:
    """An empty fake; ``options.client`` and clients without *base_url* call it."""
    with FakeAPI() as fake:
        monkeypatch.setenv(URL, fake.base_url)
        monkeypatch.delenv(REGION, raising=False)
        yield fake
        # Only when a client was made in the meantime: the fake itself needs no httpx.
        if _ONETIME in sys.modules:
            sys.modules[_ONETIME].start_over()
