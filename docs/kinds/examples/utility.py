"""Whatever the integration's own UI asks for."""

from ioplugins import utility
from ioplugins.options import UtilityOptions


@utility
def count_requests(options: UtilityOptions) -> dict:
    return {"requests": len(options["options"]["requestOptions"])}
