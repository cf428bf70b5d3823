"""The command list."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

from click.testing import CliRunner

from ioplugins.cli.list import command

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Packages

FUNCTIONS = '''
from ioplugins import hook, wrapper

@hook("preMap")
def add_region(options):
    """Add the region.

    More text.
    """
    return []

@wrapper("export", name="exportOrders")
def export_orders(options):
    return {"data": [], "lastPage": True}
'''


def functions_file(folder: Path) -> Path:
    """A TARGET with two functions."""
    path = folder / "listed_functions.py"
    path.write_text(FUNCTIONS, encoding="utf-8")
    return path


def test_each_function_is_listed_with_all_that_is_known(packages: Packages, tmp_path: Path) -> None:
    """The JSON of a TARGET: name, kind, section, connector, place, package, version, doc."""
    result = CliRunner().invoke(command, [str(functions_file(tmp_path)), "--json"])
    assert 0 == result.exit_code, result.output
    document = json.loads(result.stdout)
    expected = [
        {
            "name": "add_region",
            "kind": "preMap",
            "section": "hooks",
            "connector": None,
            "where": "listed_functions:add_region",
            "package": None,
            "version": None,
            "doc": "Add the region.",
        },
        {
            "name": "exportOrders",
            "kind": "wrapperExport",
            "section": "wrappers",
            "connector": None,
            "where": "listed_functions:export_orders",
            "package": None,
            "version": None,
            "doc": None,
        },
    ]
    assert expected == document["functions"]
    assert [] == document["problems"]


def test_installed_connectors_are_listed_with_their_package(packages: Packages) -> None:
    """Without a TARGET: the functions of each connector, and what does not load and why."""
    packages.install(
        "shop-connector", "2.1", modules={"shop": FUNCTIONS}, connectors={"t_shop": "shop"}
    )
    packages.install("broken", modules={"broken": "1/0"}, connectors={"t_broken": "broken"})
    result = CliRunner().invoke(command, ["--json"])
    assert 0 == result.exit_code, result.output
    document = json.loads(result.stdout)
    functions = {row["name"]: row for row in document["functions"]}
    expected = ("t_shop", "shop-connector", "2.1")
    row = functions["exportOrders"]
    assert expected == (row["connector"], row["package"], row["version"])
    statuses = {row["name"]: row["status"] for row in document["packages"]}
    assert ("loaded", "failed") == (statuses["t_shop"], statuses["t_broken"])
    assert any("ZeroDivisionError" in problem for problem in document["problems"])


def test_functions_of_an_installed_module_have_its_package(packages: Packages) -> None:
    """A TARGET that pip installed is attributed without an entry point; a file is not."""
    source = """
        from click import echo
        FUNCTIONS = {"hooks": {"echo": echo}}
    """
    packages.install("uses-click", modules={"uses_click": source})
    result = CliRunner().invoke(command, ["uses_click:FUNCTIONS", "--json"])
    assert 0 == result.exit_code, result.output
    (row,) = json.loads(result.stdout)["functions"]
    assert "click" == row["package"]
    assert row["version"]


def test_connectors_of_the_command_line_are_listed(packages: Packages, tmp_path: Path) -> None:
    """--connector ID=TARGET puts the functions under that _connectorId."""
    path = functions_file(tmp_path)
    arguments = ["--connector", f"5f1a={path}", "--connector", f"5f1b={path}", "--json"]
    result = CliRunner().invoke(command, arguments)
    assert 0 == result.exit_code, result.output
    connectors = [row["connector"] for row in json.loads(result.stdout)["functions"]]
    assert ["5f1a", "5f1a", "5f1b", "5f1b"] == connectors


def test_the_table_is_for_people(packages: Packages, tmp_path: Path) -> None:
    """Aligned columns under the holder of the functions; packages and problems follow."""
    packages.install("watch", modules={"watch": "1/0"}, plugins={"t_watch": "watch"})
    result = CliRunner().invoke(command, [str(functions_file(tmp_path))])
    lines = result.stdout.splitlines()
    assert 0 == result.exit_code, result.output
    assert "DIY functions" == lines[0]
    expected = ["add_region", "preMap", "hooks", "listed_functions:add_region", "-"]
    assert expected == lines[1].split()[:5]
    assert lines[1].endswith("Add the region.")
    assert lines[1].index("preMap") == lines[2].index("wrapperExport")
    assert any(line.split()[:2] == ["t_watch", "failed"] for line in lines)
    assert "Problems" in lines
    assert "ZeroDivisionError: division by zero (watch, line 1)" in result.stdout


def test_nothing_at_all_is_said_so(packages: Packages, monkeypatch: object) -> None:
    """An empty connector list says that there is nothing, and is no error."""
    packages.install("quiet", modules={"quiet": "x = 1"})
    result = CliRunner().invoke(command, ["quiet"])
    assert 0 == result.exit_code, result.output
    assert "No extension functions." in result.stdout


def test_a_target_that_does_not_load_is_one_clear_line(packages: Packages, tmp_path: Path) -> None:
    """No stack trace; exit code 2."""
    path = tmp_path / "broken_functions.py"
    path.write_text("import not_there_at_all\n", encoding="utf-8")
    result = CliRunner().invoke(command, [str(path)])
    assert 2 == result.exit_code
    assert "not_there_at_all" in result.output
    assert "Traceback" not in result.output


def test_help_has_an_example() -> None:
    """--help shows how it is called."""
    assert "ioplugins list functions.py" in CliRunner().invoke(command, ["--help"]).stdout


def test_a_pip_installed_connector_is_listed(tmp_path: Path) -> None:
    """End to end: pip installs a package with an entry point, and the command lists it."""
    project = tmp_path / "project"
    project.mkdir()
    (project / "parcel_connector.py").write_text(FUNCTIONS, encoding="utf-8")
    (project / "setup.cfg").write_text(
        "[metadata]\nname = parcel-connector\nversion = 3.2.1\n"
        "[options]\npy_modules = parcel_connector\n"
        "[options.entry_points]\nioplugins.connectors =\n"
        "    5f1a2b3c4d5e6f708192a3b4 = parcel_connector\n",
        encoding="utf-8",
    )
    (project / "setup.py").write_text("from setuptools import setup\nsetup()\n", encoding="utf-8")
    site = tmp_path / "site"
    subprocess.run(
        [
            *(sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"),
            *("--no-build-isolation", "--disable-pip-version-check", "--target"),
            *(str(site), str(project)),
        ],
        check=True,
        capture_output=True,
    )

    done = subprocess.run(
        [sys.executable, "-m", "ioplugins", "list", "--json"],
        env={**os.environ, "PYTHONPATH": str(site), "IOPLUGINS_LOAD": "5f1a2b3c4d5e6f708192a3b4"},
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
    )

    document = json.loads(done.stdout)
    assert [] == document["problems"]
    expected = {
        (
            name,
            "5f1a2b3c4d5e6f708192a3b4",
            f"parcel_connector:{qualname}",
            "parcel-connector",
            "3.2.1",
        )
        for name, qualname in (("add_region", "add_region"), ("exportOrders", "export_orders"))
    }
    keys = ("name", "connector", "where", "package", "version")
    assert expected == {tuple(row[key] for key in keys) for row in document["functions"]}
