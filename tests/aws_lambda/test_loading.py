"""What a handler may be given."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING

import pytest

from ioplugins import Registry, hook
from ioplugins.aws_lambda.loading import load_configuration
from ioplugins.errors import ConfigurationError, PluginError
from ioplugins.manifest import ManifestError
from ioplugins.plugins import freeze

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Packages

CONNECTOR = 'FUNCTIONS = {"wrappers": {"ping": lambda options: {"statusCode": 200}}}'
PLUGIN = """
import ioplugins

STARTED = []

@ioplugins.hookimpl
def ioplugins_startup(host):
    STARTED.append(host.name)
"""


@hook("preMap")
def marked(options: dict[str, object]) -> list[object]:
    return []


def names(source: object) -> set[str]:
    """The names of all functions of the configuration of *source*."""
    sets = load_configuration(source).function_sets()
    return {function.name for _, held in sets for function in held}


def test_sources_of_functions() -> None:
    """A registry, a mapping of Celigo's documentation, a module, a function."""
    registry = Registry()
    registry.add(marked)
    module = ModuleType("functions")
    module.marked = marked  # type: ignore[attr-defined]
    for source in (registry, {"diy": {"marked": marked}}, module, marked):
        assert {"marked"} == names(source)


@pytest.mark.parametrize("frozen", [True, False], ids=["manifest", "scan"])
@pytest.mark.parametrize(
    "attribute", ["", ":FLAT", ":WHOLE", ":REGISTRY", ":CONFIGURATION"], ids=lambda a: a[1:] or "-"
)
def test_targets(
    attribute: str, frozen: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A module, or what an attribute of it holds; with a manifest and without."""
    (tmp_path / "lambda_target.py").write_text(
        "from ioplugins import Registry, hook\n"
        "@hook('preMap')\n"
        "def marked(options: dict): return []\n"
        "FLAT = {'marked': marked}\n"
        "WHOLE = {'diy': FLAT}\n"
        "REGISTRY = Registry()\n"
        "REGISTRY.add(marked)\n"
        "CONFIGURATION = REGISTRY.configuration()\n",
        encoding="utf-8",
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setitem(sys.modules, "lambda_target", None)
    monkeypatch.delitem(sys.modules, "lambda_target")
    if frozen:
        freeze(tmp_path / "m.json")
        monkeypatch.setenv("IOPLUGINS_MANIFEST", str(tmp_path / "m.json"))
    assert {"marked"} == names(f"lambda_target{attribute}")


@pytest.mark.parametrize("frozen", [True, False], ids=["manifest", "scan"])
def test_none_is_what_is_installed(
    frozen: bool, packages: Packages, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The connectors by their ids; from the manifest where there is one."""
    packages.install("shop", modules={"shop": CONNECTOR}, connectors={"t_shop": "shop:FUNCTIONS"})
    if frozen:
        freeze(tmp_path / "m.json")
        monkeypatch.setenv("IOPLUGINS_MANIFEST", str(tmp_path / "m.json"))
    monkeypatch.setenv("IOPLUGINS_LOAD", "t_shop")
    assert ["t_shop"] == list(load_configuration(None).connectors)


def test_nothing_installed_is_nothing_given(monkeypatch: pytest.MonkeyPatch) -> None:
    """As the Node packages say it."""
    monkeypatch.setattr("ioplugins.plugins.scan", lambda: ())
    with pytest.raises(ConfigurationError) as raised:
        load_configuration(None)
    assert "missing_parameter" == raised.value.code


def test_a_connector_that_fails_is_why_there_is_nothing(
    packages: Packages, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error names the package."""
    packages.install("broken", modules={"broken": "1/0"}, connectors={"t_broken": "broken"})
    monkeypatch.setenv("IOPLUGINS_LOAD", "t_broken")
    with pytest.raises(PluginError, match="broken 1.0"):
        load_configuration(None)


def test_plugins_are_told_that_a_host_starts(
    packages: Packages, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The host's name is lambda."""
    packages.install(
        "metrics",
        modules={"t_metrics_module": PLUGIN, "t_functions_module": CONNECTOR},
        plugins={"t_metrics": "t_metrics_module"},
    )
    monkeypatch.setenv("IOPLUGINS_LOAD", "t_metrics")
    assert {"ping"} == names("t_functions_module:FUNCTIONS")
    assert ["lambda"] == sys.modules["t_metrics_module"].STARTED


def test_a_plugin_that_cannot_start_is_an_error(
    packages: Packages, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It names the package."""
    packages.install(
        "metrics",
        modules={
            "t_metrics_module": PLUGIN.replace("STARTED.append(host.name)", "1/0"),
            "t_functions_module": CONNECTOR,
        },
        plugins={"t_metrics": "t_metrics_module"},
    )
    monkeypatch.setenv("IOPLUGINS_LOAD", "t_metrics")
    with pytest.raises(PluginError, match="metrics 1.0"):
        load_configuration("t_functions_module:FUNCTIONS")


def test_a_plugin_that_does_not_load_is_logged(
    packages: Packages, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The functions are served all the same."""
    packages.install(
        "metrics",
        modules={"t_metrics_module": "1/0", "t_functions_module": CONNECTOR},
        plugins={"t_metrics": "t_metrics_module"},
    )
    monkeypatch.setenv("IOPLUGINS_LOAD", "t_metrics")
    assert {"ping"} == names("t_functions_module:FUNCTIONS")
    assert any(
        line.startswith("logName=pluginFailed, plugin=t_metrics") for line in caplog.messages
    )


def test_a_manifest_that_cannot_be_read_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It names the file."""
    monkeypatch.setenv("IOPLUGINS_MANIFEST", str(tmp_path / "none.json"))
    for source in (None, "json"):
        with pytest.raises(ManifestError, match=r"none\.json"):
            load_configuration(source)
