"""TARGETs of the command line."""

from __future__ import annotations

import pytest

from ioplugins import Registry
from ioplugins.errors import ConfigurationError, TargetError
from ioplugins.targets import load, load_target

SOURCE = """
from ioplugins import Registry, utility
from sibling_of_target import helper

@utility
def marked(options: dict):
    return helper(options)

registry = Registry()
registry.add({"in_registry": marked})
class Holder: inner = registry
configuration = {"diy": {"hooks": {"f": marked}}, "systemToken": "t", "port": 5, "timeout": 7}
connectors = {"connectors": {"c1": {"f": marked}}}
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    (tmp_path / "target_functions.py").write_text(SOURCE)
    (tmp_path / "sibling_of_target.py").write_text("def helper(options): return options\n")
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    import sys

    for name in [n for n in sys.modules if n.startswith(("target_", "sibling_of", "json@"))]:
        del sys.modules[name]


def names(registry: Registry) -> list[str]:
    return [one.function.name for one in registry]


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("target_functions.py", ["marked"]),
        ("target_functions", ["marked"]),
        ("target_functions.py:registry", ["in_registry"]),
        ("target_functions:Holder.inner", ["in_registry"]),
        ("target_functions.py:marked", ["marked"]),
        ("target_functions.py:configuration", ["f"]),
    ],
)
def test_every_form_of_target(folder, target, expected) -> None:
    """File, module, attribute of either; siblings can be imported."""
    assert expected == names(load(target).registry)
    assert expected == names(load(str(folder / target) if ".py" in target else target).registry)


def test_settings_of_a_configuration_can_be_laid_over(folder) -> None:
    """Those given win, the others stay."""
    made = load("target_functions.py:configuration").configuration(port=9)
    assert (9, 7, ("t",)) == (made.settings.port, made.settings.timeout, made.settings.system_token)


def test_connectors_beside_and_inside_a_target(folder) -> None:
    """ID=TARGET, and a configuration that holds some."""
    given = load(None, ["c9=target_functions.py"])
    assert ["c9"] == list(given.configuration().connectors)
    assert ["c1"] == list(load("target_functions.py:connectors").configuration().connectors)
    with pytest.raises(TargetError, match="ID=TARGET"):
        load(None, ["nonsense"])


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("missing.py", "there is no such file"),
        ("no_such_module_here", "there is no module 'no_such_module_here'"),
        ("target_functions.py:nothing", "target_functions.py has no attribute 'nothing'"),
        ("target_functions:a.b", "has no attribute 'a.b'"),
        ("target_syntax.py", "syntax error in target_syntax.py line 2"),
        ("target_raises.py", r"ZeroDivisionError: division by zero \(target_raises.py line 2\)"),
        ("target_exits.py", "SystemExit"),
        ("target_imports.py", "ModuleNotFoundError: No module named 'not_installed_at_all'"),
        ("./notes.txt", "it is no Python file"),
        ("./empty_folder", "folder without __init__.py"),
    ],
)
def test_a_target_that_cannot_be_loaded_says_where(folder, target, reason) -> None:
    """The file and line of the author's mistake."""
    (folder / "target_syntax.py").write_text("x = 1\ndef broken(:\n")
    (folder / "target_raises.py").write_text("x = 1\n1 / 0\n")
    (folder / "target_exits.py").write_text("raise SystemExit\n")
    (folder / "target_imports.py").write_text("import not_installed_at_all\n")
    (folder / "notes.txt").write_text("")
    (folder / "empty_folder").mkdir()
    with pytest.raises(TargetError, match=reason):
        load_target(target)


def test_a_file_may_have_the_name_of_an_installed_module(folder) -> None:
    """The installed one keeps it."""
    (folder / "json.py").write_text(
        "from ioplugins import utility\n@utility\ndef mine(options): ..."
    )
    assert ["mine"] == names(load("json.py").registry)
    import json

    assert json.loads("1") == 1


def test_a_package_is_a_target(folder) -> None:
    """With its submodules."""
    package = folder / "target_package"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "inside.py").write_text(
        "from ioplugins import utility\n@utility\ndef deep(options): ..."
    )
    assert ["deep"] == names(load("target_package").registry)
    assert ["deep"] == names(load("./target_package").registry)


def test_a_configuration_that_is_wrong_says_its_error(folder) -> None:
    """As Configuration.from_mapping does."""
    (folder / "target_wrong.py").write_text("both = {'diy': {}, 'connectors': {'a': {}}}\n")
    with pytest.raises(ConfigurationError, match="only have one"):
        load("target_wrong.py:both")
