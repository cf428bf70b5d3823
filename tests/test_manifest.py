"""The frozen manifest: written where packages are installed, read instead of a scan."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from ioplugins.errors import ManifestError, PluginError
from ioplugins.installed import CONNECTORS, PLUGINS, Installed
from ioplugins.manifest import read, write
from ioplugins.plugins import discover, freeze

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Packages

SHOP = Installed(CONNECTORS, "t_shop", "shop", "shop", "1.0")
WATCH = Installed(PLUGINS, "t_watch", "watch:plugin", "watch-package", "2.0")
PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"

CONNECTOR = """
    def ping(options):
        return {"statusCode": 200}

    FUNCTIONS = {"wrappers": {"ping": ping}}
"""


def test_what_was_written_is_read(tmp_path: Path) -> None:
    """Entries come back as found, sorted and without doubles."""
    path = tmp_path / "manifest.json"
    write(path, [WATCH.become("loaded"), SHOP, SHOP])
    assert (SHOP, WATCH) == read(path)


def test_the_file_has_a_stable_form(tmp_path: Path) -> None:
    """The form is documented in docs/plugins.md; the order of entries does not change a byte."""
    one, two = tmp_path / "one.json", tmp_path / "two.json"
    write(one, [SHOP, WATCH])
    write(two, [WATCH, SHOP])
    assert one.read_bytes() == two.read_bytes()
    expected = {
        "format": 1,
        "python": PYTHON,
        "entries": [
            {
                "group": "ioplugins.connectors",
                "name": "t_shop",
                "value": "shop",
                "distribution": "shop",
                "version": "1.0",
            },
            {
                "group": "ioplugins.plugins",
                "name": "t_watch",
                "value": "watch:plugin",
                "distribution": "watch-package",
                "version": "2.0",
            },
        ],
    }
    assert expected == json.loads(one.read_text(encoding="utf-8"))


def good(**changes: object) -> object:
    """A manifest's document with *changes*."""
    return {"format": 1, "python": PYTHON, "entries": [], **changes}


ROW = {"group": CONNECTORS, "name": "a", "value": "b", "distribution": "c", "version": "d"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (None, "No such file or directory"),
        (b"", "it is not JSON"),
        (b"\xff\xfe", "it is not JSON"),
        ([], "it is not a manifest of format 1"),
        (good(format=2), "it is not a manifest of format 1"),
        (good(python="2.7"), f"it was frozen by Python 2.7 and this is Python {PYTHON}"),
        (good(entries={}), "its entries are not a list"),
        (good(entries=[ROW, 1]), "entries[1] does not have the texts group, name, value"),
        (good(entries=[{**ROW, "name": 1}]), "entries[0] does not have the texts"),
        (good(entries=[{**ROW, "group": "x"}]), "entries[0].group is not one of"),
    ],
)
def test_a_manifest_that_cannot_be_used_says_why(
    tmp_path: Path, text: object, expected: str
) -> None:
    """The error names the file, the reason with its place, and the command that mends it."""
    path = tmp_path / "manifest.json"
    if text is not None:
        path.write_bytes(text if isinstance(text, bytes) else json.dumps(text).encode())
    with pytest.raises(ManifestError) as caught:
        discover(manifest=path)
    assert str(path) == caught.value.path
    assert expected in caught.value.reason
    assert f"ioplugins freeze -o {path}" in str(caught.value)


def test_freezing_and_thawing_give_the_same_report(packages: Packages, tmp_path: Path) -> None:
    """A host with the manifest loads what one that scans loads."""
    packages.install("shop", modules={"shop": CONNECTOR}, connectors={"t_shop": "shop:FUNCTIONS"})
    path = tmp_path / "manifest.json"
    freeze(path)
    scanned = discover()
    assert scanned == discover(manifest=path)
    assert scanned == discover(environ={"IOPLUGINS_MANIFEST": str(path)})
    assert "loaded" == next(entry.status for entry in scanned if entry.name == "t_shop")


def test_with_a_manifest_nothing_is_scanned(packages: Packages, tmp_path: Path) -> None:
    """A host that has it never imports importlib.metadata, and its functions are there."""
    packages.install("shop", modules={"shop": CONNECTOR}, connectors={"t_shop": "shop:FUNCTIONS"})
    path = tmp_path / "manifest.json"
    freeze(path)
    code = (
        "import sys\n"
        "from ioplugins.plugins import discover\n"
        "from ioplugins.registry import Registry\n"
        "registry = Registry()\n"
        "discover().register(registry, strict=True)\n"
        "print('ping' in registry, 'importlib.metadata' in sys.modules)\n"
    )
    environ = {"PYTHONPATH": str(packages.folder), "IOPLUGINS_MANIFEST": str(path)}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environ, capture_output=True, text=True, check=True
    )
    assert "True False\n" == done.stdout


def test_a_stale_manifest_says_what_to_do(packages: Packages, tmp_path: Path) -> None:
    """A package that is gone fails its own entry, with the command that mends it."""
    packages.install("shop", modules={"shop": CONNECTOR}, connectors={"t_shop": "shop:FUNCTIONS"})
    path = tmp_path / "manifest.json"
    gone = Installed(CONNECTORS, "t_gone", "gone_module", "gone", "1.0")
    write(path, [gone, Installed(CONNECTORS, "t_shop", "shop:FUNCTIONS", "shop", "1.0")])

    plugins = discover(manifest=path)

    assert {"t_gone": "failed", "t_shop": "loaded"} == {e.name: e.status for e in plugins}
    (problem,) = plugins.problems
    assert "No module named 'gone_module'" in problem.reason
    assert f"if {path} is out of date, write it again with `ioplugins freeze`" in problem.reason
    with pytest.raises(PluginError, match="gone_module"):
        discover(manifest=path, strict=True)


def test_the_choice_of_names_holds_for_a_manifest(packages: Packages, tmp_path: Path) -> None:
    """IOPLUGINS_DISABLE switches off what the manifest lists."""
    path = tmp_path / "manifest.json"
    write(path, [Installed(CONNECTORS, "t_gone", "gone_module", "gone", "1.0")])
    plugins = discover(manifest=path, environ={"IOPLUGINS_DISABLE": "t_gone"})
    assert ["disabled"] == [entry.status for entry in plugins]


@pytest.mark.parametrize("source", ["1/0", "x = 1"])
def test_what_fails_cannot_be_frozen(packages: Packages, tmp_path: Path, source: str) -> None:
    """Neither a broken import nor a connector without functions; no file is written."""
    packages.install("bad", modules={"bad": source}, connectors={"t_bad": "bad"})
    path = tmp_path / "manifest.json"
    with pytest.raises(PluginError, match="t_bad"):
        freeze(path)
    assert not path.exists()


def test_what_is_disabled_is_not_frozen(
    packages: Packages, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A broken package can be left out; an older manifest in the environment is not read."""
    packages.install("bad", modules={"bad": "1/0"}, connectors={"t_bad": "bad"})
    packages.install("shop", modules={"shop": CONNECTOR}, connectors={"t_shop": "shop:FUNCTIONS"})
    monkeypatch.setenv("IOPLUGINS_DISABLE", "t_bad")
    monkeypatch.setenv("IOPLUGINS_MANIFEST", str(tmp_path / "old.json"))
    path = tmp_path / "manifest.json"
    freeze(path)
    names = [entry.name for entry in read(path)]
    assert "t_shop" in names
    assert "t_bad" not in names
