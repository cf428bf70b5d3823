"""Say that it is gone."""

import logging

from ioplugins import uninstaller
from ioplugins.options import ConnectorUninstallerOptions

logger = logging.getLogger(__name__)


@uninstaller("connectorUninstaller")
def log_uninstall(options: ConnectorUninstallerOptions) -> None:
    logger.info("integration %s is uninstalled", options.integration_id)
