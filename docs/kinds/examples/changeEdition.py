"""Say which edition is installed now."""

import logging

from ioplugins import setting
from ioplugins.options import ChangeEditionOptions

logger = logging.getLogger(__name__)


@setting("changeEdition")
def log_edition(options: ChangeEditionOptions) -> None:
    logger.info("edition %s instead of %s", options.to_edition, options.from_edition)
