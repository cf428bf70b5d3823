"""Say who installs."""

import logging

from ioplugins import installer
from ioplugins.options import ConnectorInstallerOptions

logger = logging.getLogger(__name__)


@installer("connectorInstaller")
def log_install(options: ConnectorInstallerOptions) -> None:
    logger.info("edition %s of %s", options.opts.get("edition"), options.connector_id)
