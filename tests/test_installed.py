"""Entry points as records, and which package a module belongs to."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING

import pytest

from ioplugins.installed import CONNECTORS, PLUGINS, Installed, packages_of_modules, scan, unique

if TYPE_CHECKING:
    from conftest import Packages


def entry(**changes: str) -> Installed:
    """An entry with *changes*."""
    values = {"group": CONNECTORS, "name": "a", "value": "m", "distribution": "d", "version": "1"}
    return Installed(**{**values, **changes})  # type: ignore[arg-type]  # no status among them


def test_entries_are_sorted_and_equal_ones_are_one() -> None:
    """Distribution and version do not make a difference; group, name and value do."""
    one, other = entry(), entry(distribution="e")
    plugin, named = entry(group=PLUGINS), entry(name="0")
    assert (named, one, plugin) == unique([plugin, other, one, named])


def test_a_package_is_named_with_its_version() -> None:
    """Where either is unknown, what is known is shown."""
    assert "d 1" == entry().package
    assert "d" == entry(version="").package
    assert "" == entry(distribution="", version="").package


@pytest.mark.parametrize(
    "value", ["collections:OrderedDict.fromkeys", "collections : OrderedDict.fromkeys [x]"]
)
def test_a_value_names_a_module_and_attributes_of_attributes(value: str) -> None:
    """The form is that of entry points, blanks and extras included."""
    from collections import OrderedDict

    assert OrderedDict.fromkeys == entry(value=value).load()


@pytest.mark.parametrize("value", ["", ":x", "a-b", "a:b:c", "a b"])
def test_a_malformed_value_is_an_error(value: str) -> None:
    """It says what form a value has."""
    with pytest.raises(ValueError, match="module or module:attribute"):
        entry(value=value).load()


def test_scanning_imports_nothing(packages: Packages) -> None:
    """What is found is not loaded yet."""
    packages.install("bomb", modules={"bomb": "1/0"}, connectors={"t_bomb": "bomb"})
    found = [one for one in scan() if one.name == "t_bomb"]
    assert [Installed(CONNECTORS, "t_bomb", "bomb", "bomb", "1.0", "found")] == found


def test_a_package_hidden_by_another_of_its_name_is_not_scanned_beside_a_mangled_one(
    packages: Packages, tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Package by package, too, only the first of one name on sys.path counts."""
    info = packages.install("mangled")
    (info / "entry_points.txt").write_text("[ioplugins.plugins]\nno equals sign\n")
    packages.install("shop", "1.0", connectors={"t_shop": "old"})
    newer = packages.folder.parent / "newer"
    newer.mkdir()
    type(packages)(newer).install("shop", "2.0", connectors={"t_shop": "new"})
    monkeypatch.syspath_prepend(str(newer))
    values = [one.value for one in scan() if one.name == "t_shop"]
    assert ["new"] == values


def test_installed_modules_are_known_with_their_package() -> None:
    """For functions that no entry point announces."""
    assert ("click", version("click")) == packages_of_modules()["click"]
