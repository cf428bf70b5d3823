"""A host's life: plugins are told in order, and nothing that fails goes unsaid."""

from __future__ import annotations

import logging
import os
import threading
from typing import TYPE_CHECKING

import pytest

from ioplugins import Registry
from ioplugins.errors import PluginError
from ioplugins.plugins import discover
from ioplugins.server.hosting import Hosting, log_stray_threads

if TYPE_CHECKING:
    from conftest import Packages

    from ioplugins.configuration import Configuration

PLUGIN = """
from ioplugins import hookimpl
HOSTS = []

@hookimpl
def ioplugins_startup(host):
    HOSTS.append(("startup", host))
    {startup}

@hookimpl
def ioplugins_shutdown(host):
    HOSTS.append(("shutdown", host))
    {shutdown}
"""


@pytest.fixture
def configuration() -> Configuration:
    """One function."""
    registry = Registry()
    registry.add({"f": lambda options: options})
    return registry.configuration(system_token="t")


def install(packages: Packages, name: str, *, startup: str = "pass", shutdown: str = "pass"):
    """A plugin t_NAME that does that."""
    source = PLUGIN.format(startup=startup, shutdown=shutdown)
    packages.install(
        name, modules={f"hosting_{name}": source}, plugins={f"t_{name}": f"hosting_{name}"}
    )


def seen_by(name: str) -> list[tuple[str, object]]:
    """What the plugin was told."""
    import sys

    return sys.modules[f"hosting_{name}"].HOSTS


def test_each_plugin_is_told_of_the_start_and_the_end(
    packages: Packages, configuration: Configuration
) -> None:
    """With one record of the host, which says where it runs."""
    install(packages, "a")
    install(packages, "b")
    hosting = Hosting("granian", configuration, discover())
    hosting.startup()
    hosting.shutdown()
    for name in ("a", "b"):
        [(first, started), (second, stopped)] = seen_by(name)
        assert ("startup", "shutdown") == (first, second)
        assert started is stopped
        assert ("granian", os.getpid()) == (started.name, started.pid)
        assert started.configuration is configuration


def test_the_end_is_told_once(
    packages: Packages, configuration: Configuration, caplog: pytest.LogCaptureFixture
) -> None:
    """However often a host ends, and not by one that did not start."""
    install(packages, "once")
    hosting = Hosting("werkzeug", configuration, discover())
    with caplog.at_level(logging.INFO):
        hosting.shutdown()
        hosting.startup()
        hosting.shutdown()
        hosting.shutdown()
    assert ["startup", "shutdown"] == [what for what, _ in seen_by("once")]
    assert ["logName=serverStopped"] == caplog.messages


def test_a_plugin_that_fails_at_the_start(packages: Packages, configuration: Configuration) -> None:
    """It is named; those that had started are stopped again, each once."""
    install(packages, "good")
    install(packages, "bad", startup="raise ValueError('no luck')")
    hosting = Hosting("granian", configuration, discover())
    expected = r"'t_bad' \(package bad 1.0\).*ioplugins_startup: ValueError: no luck"
    with pytest.raises(PluginError, match=expected):
        hosting.startup()
    hosting.shutdown()
    assert ["startup", "shutdown"] == [what for what, _ in seen_by("good")]


def test_a_plugin_that_fails_at_the_end(
    packages: Packages, configuration: Configuration, caplog: pytest.LogCaptureFixture
) -> None:
    """A log line names it, and the others are told all the same."""
    install(packages, "a_bad", shutdown="raise SystemExit(3)")
    install(packages, "b_good")
    hosting = Hosting("granian", configuration, discover())
    hosting.startup()
    hosting.shutdown()
    assert ["startup", "shutdown"] == [what for what, _ in seen_by("b_good")]
    [line] = caplog.messages
    assert line.startswith("logName=pluginFailed, plugin=t_a_bad")
    assert "SystemExit: 3" in line


def test_packages_that_did_not_load_are_told_at_the_start(
    packages: Packages, configuration: Configuration, caplog: pytest.LogCaptureFixture
) -> None:
    """They keep nobody else from working."""
    packages.install("lost", plugins={"t_lost": "no_such_module"})
    Hosting("granian", configuration, discover()).startup()
    [line] = caplog.messages
    assert line.startswith("logName=pluginFailed, plugin=t_lost")


def test_a_host_without_plugins(
    configuration: Configuration, caplog: pytest.LogCaptureFixture
) -> None:
    """Its end is told in the log."""
    hosting = Hosting("werkzeug", configuration, None)
    with caplog.at_level(logging.INFO):
        hosting.startup()
        hosting.shutdown()
    assert ["logName=serverStopped"] == caplog.messages


def test_a_thread_that_dies_is_one_line(
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Its class and place; no traceback, and none of its text."""
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    log_stray_threads()

    def die() -> None:
        raise ValueError("a secret")

    thread = threading.Thread(target=die)
    thread.start()
    thread.join()
    [line] = caplog.messages
    assert line.startswith("logName=strayError, error=ValueError, at=")
    assert "secret" not in line
    assert ("", "") == tuple(capfd.readouterr())
