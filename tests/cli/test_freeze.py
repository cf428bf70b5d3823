"""The command freeze."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

from click.testing import CliRunner

from ioplugins.cli.freeze import command

if TYPE_CHECKING:
    from pathlib import Path

    import pytest
    from conftest import Packages

CONNECTOR = 'FUNCTIONS = {"wrappers": {"ping": lambda options: {"statusCode": 200}}}'


def test_it_writes_the_manifest_and_says_so(packages: Packages, tmp_path: Path) -> None:
    """The file has the entries; the text says how to use it."""
    packages.install("shop", modules={"shop": CONNECTOR}, connectors={"t_shop": "shop:FUNCTIONS"})
    path = tmp_path / "manifest.json"
    result = CliRunner().invoke(command, ["-o", str(path)])
    assert 0 == result.exit_code, result.output
    assert f"IOPLUGINS_MANIFEST={path}" in result.stdout
    entries = json.loads(path.read_text(encoding="utf-8"))["entries"]
    assert "t_shop" in {entry["name"] for entry in entries}


def test_the_file_has_a_default_name(
    packages: Packages, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without -o it is ioplugins.json in the working directory."""
    monkeypatch.chdir(tmp_path)
    assert 0 == CliRunner().invoke(command, []).exit_code
    assert (tmp_path / "ioplugins.json").exists()


def test_what_does_not_load_is_an_error(packages: Packages, tmp_path: Path) -> None:
    """The error names the package; no file is left."""
    packages.install("broken", modules={"broken": "1/0"}, connectors={"t_broken": "broken"})
    path = tmp_path / "manifest.json"
    result = CliRunner().invoke(command, ["-o", str(path)])
    assert 0 != result.exit_code
    assert "broken 1.0" in result.output
    assert "ZeroDivisionError" in result.output
    assert "Traceback" not in result.output
    assert not path.exists()


def test_a_folder_that_is_not_there_is_an_error(packages: Packages, tmp_path: Path) -> None:
    """One clear line."""
    path = tmp_path / "nowhere" / "manifest.json"
    result = CliRunner().invoke(command, ["-o", str(path)])
    assert 1 == result.exit_code
    assert f"Error: Cannot write {path}: No such file or directory.\n" == result.output


def test_help_has_an_example() -> None:
    """--help shows how it is called."""
    assert "ioplugins freeze -o" in CliRunner().invoke(command, ["--help"]).stdout


def test_the_command_line_has_it(packages: Packages, tmp_path: Path) -> None:
    """Frozen in one process, listed from the manifest in another."""
    packages.install("shop", modules={"shop": CONNECTOR}, connectors={"t_shop": "shop:FUNCTIONS"})
    environ = {**os.environ, "PYTHONPATH": str(packages.folder)}
    path = str(tmp_path / "manifest.json")
    ioplugins = [sys.executable, "-m", "ioplugins"]
    subprocess.run([*ioplugins, "freeze", "-o", path], env=environ, check=True, capture_output=True)
    done = subprocess.run(
        [*ioplugins, "list", "--json"],
        env={**environ, "IOPLUGINS_MANIFEST": path},
        check=True,
        capture_output=True,
    )
    assert "ping" in {row["name"] for row in json.loads(done.stdout)["functions"]}
