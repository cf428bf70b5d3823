"""The Lambda example, as its README shows it: packaged, and called under AWS's emulator."""

from __future__ import annotations

import json
import os
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import subprocess

    from examples.conftest import Example

pytestmark = pytest.mark.xdist_group("lambda-example")


def ran(example: Example, command: str) -> subprocess.CompletedProcess[str]:
    """Run a command of the README where its zip may lie; what cannot be downloaded is skipped."""
    done = example.run(command, cwd=example.work)
    if "uv pip install failed" in done.stderr and not os.environ.get("CI"):
        pytest.skip(f"it cannot be downloaded: {done.stderr.splitlines()[-1]}")
    return done


@pytest.fixture
def copied(example: Example) -> Example:
    """The example with a copy of its files in its work directory, where commands may write."""
    for file in example.folder.iterdir():
        if file.is_file():
            (example.work / file.name).write_bytes(file.read_bytes())
    return example


def test_the_commands_do_what_the_readme_shows(copied: Example) -> None:
    """Package and invoke print what they print there; the zip holds what it says."""
    for command, output in copied.shown("ioplugins lambda package", "ioplugins lambda invoke"):
        done = ran(copied, command)

        assert done.returncode == 0, done.stderr
        assert output == done.stdout.rstrip()

    with zipfile.ZipFile(copied.work / "function.zip") as archive:
        held = {Path(name).parts[0] for name in archive.namelist()}
    assert {"functions.py", "prices.py", "humanize", "ioplugins", "lambda_function.py"} <= held
    assert not {"werkzeug", "click", "granian", "page.json", "test_lambda.py"} & held


def test_an_error_of_a_function_is_told(copied: Example) -> None:
    """As the caller gets it, with exit code 1."""
    (copied.work / "page.json").write_text(json.dumps({"data": [{"id": 7}]}), encoding="utf-8")
    ran(copied, "ioplugins lambda package functions.py -o function.zip")
    done = ran(copied, "ioplugins lambda invoke add_total --options page.json")

    assert done.returncode == 1
    assert {"errors": [{"message": "Order 7 has no lines.", "code": "no_lines"}]} == json.loads(
        done.stderr
    )
