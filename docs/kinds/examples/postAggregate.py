"""Log where the file went."""

import logging

from ioplugins import hook
from ioplugins.options import PostAggregateOptions

logger = logging.getLogger(__name__)


@hook("postAggregate")
def log_upload(options: PostAggregateOptions) -> None:
    outcome = options.post_aggregate_data
    if outcome.success:
        logger.info("uploaded %s", outcome.json.get("fileMeta"))
    else:
        logger.error("not uploaded: %s (%s)", outcome.message, outcome.code)
