"""The plugin that pip installs: it registers the connector's functions and closes its pools."""

from __future__ import annotations

import os
from typing import Final

from ioplugins import Registry, hookimpl
from ioplugins.hookspecs import Host
from ioplugins_sql.connector import SQLConnector

#: The ``_connectorId`` that the functions are served under; without it they are DIY functions.
CONNECTOR_ID: Final = "IOPLUGINS_SQL_CONNECTOR_ID"


class SQLPlugin:
    """Registers an `SQLConnector` at the start of a host and closes it at its end."""

    def __init__(self) -> None:
        self._connector = SQLConnector()

    @hookimpl
    def ioplugins_register(self, registry: Registry) -> None:
        """Add the functions, under the id that the environment gives."""
        registry.add(self._connector, connector_id=os.environ.get(CONNECTOR_ID) or None)

    @hookimpl
    def ioplugins_shutdown(self, host: Host) -> None:  # noqa: ARG002 - the hook's parameter
        """Close all connections of this process."""
        self._connector.close()


plugin: Final = SQLPlugin()
