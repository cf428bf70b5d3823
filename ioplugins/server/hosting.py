"""A host's life, the same for every server: plugins started and stopped, strays told in the log."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

from ioplugins.answering import log_stray_error
from ioplugins.configuration import Configuration
from ioplugins.errors import PluginError
from ioplugins.hookspecs import Host
from ioplugins.logs import LogLine
from ioplugins.manager import call_each

if TYPE_CHECKING:
    from ioplugins.plugins import Plugins


class Hosting:
    """Tells the plugins of one worker process that it starts and that it stops.

    Args:
        name: The kind of host: ``"granian"``, ``"werkzeug"``, ``"gunicorn"``.
        configuration: What it serves.
        plugins: The installed plugins; None when there are none to tell.
    """

    def __init__(self, name: str, configuration: Configuration, plugins: Plugins | None) -> None:
        self._name = name
        self._configuration = configuration
        self._plugins = plugins
        self._host: Host | None = None

    def startup(self) -> None:
        """Call each plugin's ``ioplugins_startup``.

        Raises:
            PluginError: One of them failed; those that had started are stopped again.
        """
        self._host = Host(self._name, self._configuration, os.getpid())
        if self._plugins is None:
            return
        for problem in self._plugins.problems:
            self._log(problem)
        errors = call_each(self._plugins.manager, "ioplugins_startup", host=self._host)
        if errors:
            self.shutdown()
            raise errors[0]

    def shutdown(self) -> None:
        """Call each plugin's ``ioplugins_shutdown``, once; what fails is logged."""
        host, self._host = self._host, None
        if host is None:
            return
        self._configuration.settings.logger.info(LogLine("serverStopped", {}))
        if self._plugins is None:
            return
        for error in call_each(self._plugins.manager, "ioplugins_shutdown", host=host):
            self._log(error)

    def _log(self, error: PluginError) -> None:
        fields = {"plugin": error.plugin, "error": str(error)}
        self._configuration.settings.logger.error(LogLine("pluginFailed", fields))


def log_stray_threads() -> None:
    """In a process that only serves: one log line for a thread that dies, not a traceback."""

    def told(arguments: threading.ExceptHookArgs) -> None:
        log_stray_error(arguments.exc_value)

    threading.excepthook = told
