"""What the tests of the examples share: they run the very commands that a README shows."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from attrs import field, frozen

if TYPE_CHECKING:
    from collections.abc import Iterator

_READY = re.compile(r"http://127\.0\.0\.1:[0-9]+")
_BLOCK = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)
_PATIENCE = 60.0  # seconds for a command to start or to end; no test is about them


@frozen
class Host:
    """A host that serves extension functions."""

    url: str
    token: str = field(repr=False)

    def call(self, request: Any) -> tuple[int, Any]:
        """POST the call *request* as integrator.io does; gives status and JSON."""
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        body = json.dumps(request).encode()
        try:
            with urlopen(Request(f"{self.url}/function", body, headers)) as response:  # noqa: S310
                return response.status, json.load(response)
        except HTTPError as error:
            with error:
                return error.code, json.load(error)


@frozen
class Example:
    """The directory of an example, and what its README shows.

    Attributes:
        folder: Where the example is.
        work: A directory for what its commands write.
        environment: Further environment variables of its commands.
    """

    folder: Path
    work: Path
    environment: dict[str, str] = field(factory=dict)
    token: str = "only-for-this-test"  # noqa: S105 - that is what it is

    def shown(self, *starts: str) -> list[tuple[str, str]]:
        """The commands of the README's console blocks, each with the output below it.

        Args:
            *starts: How the commands begin that are wanted; there is one for each at least.
        """
        readme = (self.folder / "README.md").read_text(encoding="utf-8")
        shown: list[tuple[str, str]] = []
        for block in _BLOCK.findall(readme):
            for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
                command, _, output = part.replace("\\\n", "").partition("\n")
                shown.append((" ".join(command.split()), output.rstrip()))
        for start in starts:
            assert any(command.startswith(start) for command, _ in shown), start
        return [one for one in shown if one[0].startswith(starts or "")]

    def host(self, url: str) -> Host:
        """The host at *url*, called with this example's token."""
        return Host(url, self.token)

    def run(self, command: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        """Run an ``ioplugins`` command that the README shows."""
        return subprocess.run(  # noqa: S603 - a command of this repository
            self._arguments(command),
            cwd=cwd or self.folder,
            env=self._environment(),
            capture_output=True,
            text=True,
            timeout=_PATIENCE,
            check=False,
        )

    @contextmanager
    def serve(self, command: str, cwd: Path | None = None) -> Iterator[Host]:
        """Run an ``ioplugins serve`` that the README shows, on a free port, until it is ready."""
        output = self.work / "serve.log"
        with output.open("w", encoding="utf-8") as log:
            process = subprocess.Popen(  # noqa: S603 - a command of this repository
                [*self._arguments(command), "--port", "0"],
                cwd=cwd or self.folder,
                env=self._environment(),
                stdout=log,
                stderr=subprocess.STDOUT,
            )
            try:
                yield self.host(_url(process, output))
            finally:
                process.terminate()
                process.wait(_PATIENCE)
        assert process.returncode == 0, output.read_text(encoding="utf-8")

    def _arguments(self, command: str) -> list[str]:
        assert command in [shown for shown, _ in self.shown()], f"the README shows no {command!r}"
        program, *arguments = shlex.split(command)
        assert program == "ioplugins"
        return [sys.executable, "-m", "ioplugins", *arguments]

    def _environment(self) -> dict[str, str]:
        token = {"INTEGRATOR_EXTENSION_SYSTEM_TOKEN": self.token}
        return {**os.environ, **token, **self.environment}


def _url(process: subprocess.Popen[bytes], output: Path) -> str:
    """The URL that the host prints when it is ready."""
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        found = _READY.search(output.read_text(encoding="utf-8"))
        if found:
            return found.group()
        time.sleep(0.05)
    raise AssertionError(f"the host did not get ready:\n{output.read_text(encoding='utf-8')}")


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing from outside decides what is served; where a TARGET lies is forgotten again."""
    monkeypatch.setattr(sys, "path", [*sys.path])
    for variable in list(os.environ):
        if variable.startswith(("IOPLUGINS_", "INTEGRATOR_")):
            monkeypatch.delenv(variable)


@pytest.fixture
def example(request: pytest.FixtureRequest, tmp_path: Path) -> Example:
    """The example whose test this is."""
    return Example(Path(request.path).parent, tmp_path)
