"""The command check."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from ioplugins.cli.check import command
from ioplugins.installed import CONNECTORS, Installed
from ioplugins.manifest import write

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Packages

GOOD = """
from ioplugins import hook

@hook("preMap")
def add_region(options):
    return []
"""

IDLE = """
from ioplugins import hookimpl

@hookimpl
def ioplugins_startup(host): ...
"""


def check(*arguments: str) -> Result:
    """Run the command."""
    return CliRunner().invoke(command, arguments)


def a_file(folder: Path, source: str) -> str:
    """A TARGET with *source*."""
    path = folder / "checked_functions.py"
    path.write_text(source, encoding="utf-8")
    return str(path)


def test_nothing_wrong_is_exit_0(packages: Packages, tmp_path: Path) -> None:
    """A good TARGET beside a good plugin passes."""
    result = check(a_file(tmp_path, GOOD))
    assert (0, "Nothing is wrong.\n") == (result.exit_code, result.stdout)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (
            "from ioplugins import hook\n@hook('preMapp')\ndef f(options): ...",
            ["@hook has no kind 'preMapp'", "'preMap'"],
        ),
        (
            """
from ioplugins import hook

@hook("preMap", name="n")
def f(options): ...

@hook("postMap", name="n")
def g(options): ...
""",
            ["checked_functions:f", "checked_functions:g", "another name="],
        ),
        (
            "from ioplugins import hook\n@hook('preMap')\ndef f(): ...",
            ["checked_functions:f", "(options) or (options, callback)"],
        ),
        (
            """
from ioplugins import hook
from ioplugins.options import PostMapOptions

@hook("preMap")
def f(options: PostMapOptions): ...
""",
            ["checked_functions:f", "PostMapOptions", "PreMapOptions"],
        ),
        ("def f(:", ["syntax error", "line 1"]),
        ("import not_there_at_all", ["not_there_at_all"]),
    ],
    ids=["unknown kind", "conflict", "signature", "annotation", "syntax", "import"],
)
def test_what_is_wrong_in_a_module_is_found(
    packages: Packages, tmp_path: Path, source: str, expected: list[str]
) -> None:
    """Exit 1, with the place and what to do."""
    result = check(a_file(tmp_path, source))
    assert 1 == result.exit_code, result.output
    for text in expected:
        assert text in result.stdout
    assert "1 finding." in result.stdout
    assert "Traceback" not in result.output


def test_all_findings_of_a_module_are_told_at_once(packages: Packages, tmp_path: Path) -> None:
    """It does not stop at the first function that is wrong, nor before the packages."""
    packages.install("broken", modules={"broken": "1/0"}, plugins={"t_broken": "broken"})
    source = (
        "from ioplugins import hook\n"
        "@hook('preMap')\ndef a(): ...\n"
        "@hook('preMap')\ndef b(x, y, z): ...\n"
        "@hook('preMap', name='n')\ndef c(options): ...\n"
        "@hook('postMap', name='n')\ndef d(options): ...\n"
    )
    result = check(a_file(tmp_path, source))
    assert 1 == result.exit_code
    places = [line for line in result.stdout.splitlines() if not line.startswith("  ")]
    expected = [
        "checked_functions:a",
        "checked_functions:b",
        "checked_functions:d",
        "t_broken (broken 1.0)",
        "4 findings.",
    ]
    assert expected == places


def test_submodules_are_checked_function_by_function(packages: Packages) -> None:
    """A package's findings are in whichever of its modules they are."""
    packages.install(
        "many",
        modules={
            "many_parts.__init__": "",
            "many_parts.one": "from ioplugins import hook\n@hook('preMap')\ndef a(): ...",
            "many_parts.two": "from ioplugins import hook\n@hook('preMap')\ndef b(): ...",
        },
    )
    result = check("many_parts")
    assert 1 == result.exit_code
    assert "many_parts.one:a" in result.stdout
    assert "many_parts.two:b" in result.stdout


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("FUNCTIONS = {'hook': {'f': lambda options: 1}}", "DIY functions: hook"),
        ("FUNCTIONS = {'hooks': {'f': dict, 'g': print}}", "DIY functions: hooks.f"),
    ],
    ids=["unknown section", "class"],
)
def test_what_no_call_can_reach_is_found(
    packages: Packages, tmp_path: Path, source: str, expected: str
) -> None:
    """A misspelt section and a class in the place of a function."""
    result = check(a_file(tmp_path, source) + ":FUNCTIONS")
    assert 1 == result.exit_code, result.output
    assert expected in result.stdout


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("FUNCTIONS = 1", "int is not a source of extension functions"),
        ("FUNCTIONS = {'hooks': {'f': lambda: 1}}", "(options) or (options, callback)"),
        ("FUNCTIONS = {'diy': {'f': print}, 'port': 'x'}", "The port field must be a whole number"),
        ("FUNCTIONS = {'diy': {'f': lambda: 1}}", "(options) or (options, callback)"),
    ],
)
def test_what_is_wrong_with_another_source_is_found(
    packages: Packages, tmp_path: Path, source: str, expected: str
) -> None:
    """A source that is no module is one finding, whatever is wrong with it."""
    result = check(a_file(tmp_path, source) + ":FUNCTIONS")
    assert 1 == result.exit_code, result.output
    assert expected in result.output
    assert "1 finding." in result.output
    assert "install a connector package" not in result.output


def test_nothing_to_serve_is_a_finding(packages: Packages, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a TARGET nor a connector package: it says what to do."""
    packages.install("shop", modules={"shop": GOOD}, connectors={"t_shop": "shop"})
    packages.install("idle", modules={"idle": IDLE}, plugins={"t_idle": "idle"})
    monkeypatch.setenv("IOPLUGINS_LOAD", "t_idle")
    result = check()
    assert 1 == result.exit_code, result.output
    assert "Name a TARGET with extension functions, or install a connector" in result.output


def test_connectors_of_the_command_line_are_checked(packages: Packages, tmp_path: Path) -> None:
    """Each ID=TARGET is checked, also when an earlier one is wrong."""
    bad = a_file(tmp_path, "from ioplugins import hook\n@hook('preMap')\ndef a(): ...")
    result = check("--connector", f"5f1a={bad}", "--connector", "5f1b=not_a_module_at_all")
    assert 1 == result.exit_code
    assert "checked_functions:a" in result.stdout
    assert "not_a_module_at_all" in result.stdout
    malformed = check("--connector", "no-target")
    assert 1 == malformed.exit_code
    assert "ID=TARGET" in malformed.stdout


def test_installed_packages_are_checked(
    packages: Packages, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Broken and conflicting packages, empty connectors and unknown names are findings."""
    packages.install("broken", modules={"broken": "1/0"}, connectors={"t_broken": "broken"})
    packages.install("empty", modules={"empty": ""}, connectors={"t_empty": "empty"})
    packages.install("one", modules={"one": GOOD}, connectors={"t_same": "one"})
    packages.install("two", modules={"two": GOOD}, connectors={"t_same": "two"})
    monkeypatch.setenv("IOPLUGINS_DISABLE", "t_typo")
    result = check()
    assert 1 == result.exit_code, result.output
    for text in (
        "t_broken (broken 1.0)",
        "IOPLUGINS_DISABLE=t_broken",
        "t_empty (empty 1.0)",
        "t_same (one 1.0)",
        "t_same (two 1.0)",
        "t_typo",
    ):
        assert text in result.stdout


def test_a_target_beside_connectors_is_found(packages: Packages, tmp_path: Path) -> None:
    """A configuration has DIY functions or connectors, never both."""
    path = a_file(tmp_path, GOOD)
    result = check(path, "--connector", f"5f1a={path}")
    assert 1 == result.exit_code
    assert "only have one of the diy or connectors field" in result.stdout


def test_an_up_to_date_manifest_is_no_finding(
    packages: Packages, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was frozen here and now passes, with what was disabled left out."""
    packages.install("shop", modules={"shop": GOOD}, connectors={"t_shop": "shop"})
    packages.install("other", modules={"other": GOOD}, connectors={"t_other": "other"})
    path = tmp_path / "manifest.json"
    write(path, [Installed(CONNECTORS, "t_shop", "shop", "shop", "1.0")])
    monkeypatch.setenv("IOPLUGINS_MANIFEST", str(path))
    monkeypatch.setenv("IOPLUGINS_LOAD", "t_shop")
    result = check()
    assert 0 == result.exit_code, result.output


def test_a_manifest_out_of_date_is_found(
    packages: Packages, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An updated package is gone as it was and new as it is."""
    packages.install("shop", "1.1", modules={"shop": GOOD}, connectors={"t_shop": "shop"})
    path = tmp_path / "manifest.json"
    write(path, [Installed(CONNECTORS, "t_shop", "shop", "shop", "1.0")])
    monkeypatch.setenv("IOPLUGINS_MANIFEST", str(path))
    result = check()
    assert 1 == result.exit_code
    assert "t_shop (shop 1.0: shop) is gone" in result.stdout
    assert "t_shop (shop 1.1: shop) is new" in result.stdout
    assert f"ioplugins freeze -o {path}" in result.stdout


def test_an_unusable_manifest_is_one_finding(
    packages: Packages, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that is no manifest is told once."""
    path = tmp_path / "manifest.json"
    path.write_text("{}")
    monkeypatch.setenv("IOPLUGINS_MANIFEST", str(path))
    result = check()
    assert 1 == result.exit_code
    assert "it is not a manifest" in result.stdout
    assert "1 finding." in result.stdout


def test_help_has_an_example() -> None:
    """--help shows how it is called."""
    assert "ioplugins check functions.py" in check("--help").stdout


def test_the_command_line_has_it(tmp_path: Path) -> None:
    """In a process of its own, exit code and text are the same."""
    path = a_file(tmp_path, "from ioplugins import hook\n@hook('preMap')\ndef f(): ...")
    done = subprocess.run(
        [sys.executable, "-m", "ioplugins", "check", path],
        env={**os.environ},
        capture_output=True,
        text=True,
        check=False,
    )
    assert 1 == done.returncode, done.stderr
    assert "checked_functions:f" in done.stdout
    assert "" == done.stderr
