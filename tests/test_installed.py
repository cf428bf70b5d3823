"""Entry points as records, and which package a module belongs to."""

from __future__ import annotations

import sys
from importlib.metadata import Distribution, DistributionFinder, version
from typing import TYPE_CHECKING
from zipfile import ZipFile

import pytest

from ioplugins.installed import CONNECTORS, PLUGINS, Installed, packages_of_modules, scan, unique

if TYPE_CHECKING:
    from pathlib import Path

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


@pytest.fixture
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is all of a sys.path of its own, so that nothing else is installed."""
    folder = tmp_path / "alone"
    folder.mkdir()
    monkeypatch.setattr("sys.path", [str(folder), str(tmp_path / "missing.zip")])
    return folder


def announce(folder: Path, text: str = "[ioplugins.plugins]\np = m\n") -> Path:
    """Metadata of a package in *folder*, with the entry points *text*."""
    folder.mkdir(parents=True)
    for name in ("METADATA", "PKG-INFO"):
        (folder / name).write_text("Name: p\nVersion: 1\n", encoding="utf-8")
    (folder / "entry_points.txt").write_text(text, encoding="utf-8")
    return folder


def test_where_nothing_is_announced_the_parser_of_metadata_is_not_loaded(
    alone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A host without connector packages does without it; other packages' entry points are none."""
    announce(alone / "other-1.dist-info", "[console_scripts]\nioplugins = ioplugins.cli:main\n")
    (alone / "older-1.egg-info").write_text("Name: older\nVersion: 1\n")
    (alone / "bare-1.dist-info").mkdir()
    monkeypatch.delitem(sys.modules, "importlib.metadata")
    assert () == scan()
    assert "importlib.metadata" not in sys.modules


@pytest.mark.parametrize(
    "name", ["p-1.dist-info", "P-1.DIST-INFO", "p.egg-info", "p-1-py3.egg/EGG-INFO"]
)
def test_every_form_of_metadata_is_scanned(alone: Path, name: str) -> None:
    """As pip, setuptools and easy_install leave them; an egg stands on sys.path itself."""
    metadata = announce(alone / name)
    sys.path.insert(0, str(metadata.parent))
    assert ["p"] == [one.name for one in scan()]


def test_packages_in_an_archive_are_scanned(alone: Path) -> None:
    """A zip on sys.path, which cannot be listed as a folder."""
    archive = alone / "packages.zip"
    with ZipFile(archive, "w") as opened:
        opened.writestr("p-1.dist-info/METADATA", "Name: p\nVersion: 1\n")
        opened.writestr("p-1.dist-info/entry_points.txt", "[ioplugins.plugins]\np = m\n")
    sys.path.insert(0, str(archive))
    assert ["p"] == [one.name for one in scan()]


def test_packages_that_another_finder_knows_are_scanned(
    alone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever provides distributions by the protocol of importlib.metadata."""
    metadata = announce(alone.parent / "elsewhere" / "p-1.dist-info")

    class Finder(DistributionFinder):
        def find_distributions(self, _: object = None) -> list[Distribution]:
            return [Distribution.at(metadata)]

    monkeypatch.setattr("sys.meta_path", [*sys.meta_path, Finder()])
    assert ["p"] == [one.name for one in scan()]


def test_installed_modules_are_known_with_their_package() -> None:
    """For functions that no entry point announces."""
    assert ("click", version("click")) == packages_of_modules()["click"]
