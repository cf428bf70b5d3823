"""What the tests of the Lambda stack share: what they download, and the packaged example."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ioplugins.aws_lambda.packaging import PackagingError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ROOT = Path(__file__).resolve().parents[2]


#: What uv says when it reaches no index.
_OFFLINE = ("error sending request", "Failed to fetch", "dns error", "Could not connect")


@contextmanager
def downloads() -> Iterator[None]:
    """Around what needs PyPI: without it the tests are skipped, but never under CI."""
    try:
        yield
    except PackagingError as error:
        if os.environ.get("CI") or not any(sign in str(error) for sign in _OFFLINE):
            raise
        pytest.skip(f"it cannot be downloaded: {str(error).splitlines()[-1]}")


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing from outside decides what is served, and nothing a test loads stays on the path."""
    monkeypatch.setattr(sys, "path", [*sys.path])
    for variable in list(os.environ):
        if variable.startswith(("IOPLUGINS_", "INTEGRATOR_", "AWS_", "LAMBDA_", "_HANDLER")):
            monkeypatch.delenv(variable)


@pytest.fixture(scope="session")
def environment() -> Mapping[str, str]:
    """The environment of a runtime's process: this project, and nothing of the machine's AWS."""
    path = os.environ.get("PYTHONPATH")
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.pathsep.join(filter(None, (str(ROOT), path))),
        **{name: value for name, value in os.environ.items() if name.startswith("COV")},
    }
