"""Fixtures that several test modules share."""

from __future__ import annotations

import os
import sys
from importlib import invalidate_caches
from textwrap import dedent
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from ioplugins.logs import LOGGER

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

# No deadline and no complaint about slow drawing: a busy machine is no failure.
settings.register_profile(
    "steady", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("steady")

NOTHING: Mapping[str, str] = {}


@pytest.fixture(autouse=True)
def isolation(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No test sees the caller's environment, and none leaves its logging behind."""
    for variable in [name for name in os.environ if name.startswith("IOPLUGINS_")]:
        monkeypatch.delenv(variable)
    monkeypatch.delenv("INTEGRATOR_EXTENSION_SYSTEM_TOKEN", raising=False)
    handlers, level, propagate = LOGGER.handlers[:], LOGGER.level, LOGGER.propagate
    path = sys.path[:]
    yield
    LOGGER.handlers[:], LOGGER.propagate = handlers, propagate
    LOGGER.setLevel(level)
    sys.path[:] = path


class Packages:
    """Fake installed packages: modules and a dist-info directory, as pip leaves them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def install(
        self,
        name: str,
        version: str = "1.0",
        *,
        modules: Mapping[str, str] = NOTHING,
        connectors: Mapping[str, str] = NOTHING,
        plugins: Mapping[str, str] = NOTHING,
    ) -> Path:
        """Put the package *name* where Python finds it; gives its dist-info directory."""
        for module, source in modules.items():
            path = self.folder / f"{module.replace('.', '/')}.py"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(dedent(source), encoding="utf-8")
        info = self.folder / f"{name.replace('-', '_')}-{version}.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n", encoding="utf-8"
        )
        lines = [
            line
            for group, points in (("connectors", connectors), ("plugins", plugins))
            for line in (f"[ioplugins.{group}]", *(f"{n} = {v}" for n, v in points.items()))
        ]
        (info / "entry_points.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
        invalidate_caches()
        return info


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Packages]:
    """Somewhere to install fake packages; what they import is forgotten afterwards."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    for variable in ("IOPLUGINS_LOAD", "IOPLUGINS_DISABLE", "IOPLUGINS_MANIFEST"):
        monkeypatch.delenv(variable, raising=False)
    before = set(sys.modules)
    yield Packages(folder)
    for name in set(sys.modules) - before:
        if (getattr(sys.modules[name], "__file__", None) or "").startswith(str(tmp_path)):
            del sys.modules[name]
