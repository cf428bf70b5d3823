"""A recipe: settings over those of the TARGET, connectors, packages, and another process."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING

import pytest

from ioplugins.errors import PluginError, TargetError
from ioplugins.server.recipe import Recipe

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Packages

SOURCE = """
from ioplugins import utility

@utility
def one(options: dict):
    return 1

configured = {"diy": {"one": one}, "port": 1234, "systemToken": "its own", "maxSockets": 7}
"""


@pytest.fixture
def target(tmp_path: Path, packages: Packages) -> str:
    """A file with functions and a configuration."""
    path = tmp_path / "recipe_functions.py"
    path.write_text(SOURCE, encoding="utf-8")
    return str(path)


def test_settings_lie_over_those_of_the_target(target: str) -> None:
    """What the command line does not say stays as the TARGET says it."""
    recipe = Recipe(f"{target}:configured", settings={"port": 0, "system_token": ["given"]})
    settings = recipe.load().configuration.settings
    assert (0, ("given",), 7) == (settings.port, settings.system_token, settings.max_sockets)
    settings = Recipe(f"{target}:configured").load().configuration.settings
    assert (1234, ("its own",)) == (settings.port, settings.system_token)


def test_connectors_are_loaded_under_their_ids(target: str) -> None:
    """ID=TARGET, any number of them."""
    recipe = Recipe(connectors=(f"c1={target}", f"c2={target}"))
    assert {"c1", "c2"} == set(recipe.load().configuration.connectors)


def test_a_target_that_is_not_there() -> None:
    """The error of the command."""
    with pytest.raises(TargetError, match="there is no such file"):
        Recipe("missing.py").load()


def test_a_package_that_fails_is_told_or_an_error(target: str, packages: Packages) -> None:
    """Only when it is asked to be strict."""
    packages.install("lost", plugins={"t_lost": "no_such_module"})
    assert "t_lost" in [problem.plugin for problem in Recipe(target).load().plugins.problems]
    with pytest.raises(PluginError, match="no_such_module"):
        Recipe(target, strict=True).load()


def test_a_recipe_goes_to_another_process(target: str) -> None:
    """Where the system does not fork, a worker gets it pickled."""
    recipe = Recipe(target, (f"c1={target}",), {"system_token": ("s3cret",)}, "json", strict=True)
    assert recipe == pickle.loads(pickle.dumps(recipe))


def test_a_recipe_does_not_show_the_token(target: str) -> None:
    """Not in its repr, and not in that of what it makes."""
    recipe = Recipe(target, settings={"system_token": ("s3cret",)})
    assert "s3cret" not in repr(recipe) + repr(recipe.load())


def test_it_is_cooked_once_in_a_process(target: str) -> None:
    """What plugins register, they register once; a copy in another process cooks it again."""
    recipe = Recipe(target)
    assert recipe.load() is recipe.load()
    copy = pickle.loads(pickle.dumps(recipe))
    assert recipe == copy
    assert recipe.load() is not copy.load()


def test_a_target_without_functions_is_not_served(tmp_path: Path) -> None:
    """Every call would answer that there is no such function."""
    (tmp_path / "no_functions_here.py").write_text("x = 1\n", encoding="utf-8")
    name = str(tmp_path / "no_functions_here.py")
    with pytest.raises(TargetError, match="it holds no extension function"):
        Recipe(name).load()
