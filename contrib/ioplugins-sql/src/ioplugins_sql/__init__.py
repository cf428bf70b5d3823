"""SQL databases for integrator.io: ping, export, import and forms, built on ioplugins.

Once it is installed, its functions are there under DIY names, or under the ``_connectorId`` that
the environment variable ``IOPLUGINS_SQL_CONNECTOR_ID`` gives.
"""

from ioplugins_sql.connector import SQLConnector

__all__ = ["SQLConnector"]

__version__ = "0.1.0"
