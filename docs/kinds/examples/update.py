"""Say which integration was updated."""

import logging

from ioplugins import installer
from ioplugins.options import UpdateOptions

logger = logging.getLogger(__name__)


@installer("update")
def log_update(options: UpdateOptions) -> None:
    integration = options.integration_id or (options.resource or {}).get("_id")
    logger.info("updated integration %s", integration)
