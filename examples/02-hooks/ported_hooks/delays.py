"""Wait after a submit, by calling integrator.io back (postSubmit)."""

import json
import logging
import os
from typing import Final
from urllib.parse import quote
from urllib.request import Request, urlopen

from ioplugins import hook
from ioplugins.jsonvalue import JSON
from ioplugins.options import PostSubmitOptions

LOGGER: Final = logging.getLogger(__name__)

#: Another region, or a fake in a test, is set in the environment.
API_VARIABLE: Final = "INTEGRATOR_IO_API"
API: Final = "https://api.integrator.io/v1"

#: An export that only waits; put your own connection to integrator.io here.
DELAY: Final = {
    "_connectionId": "<IO Connection ID>",
    "http": {"relativeURI": "/netsuite/v1/sleep/100", "method": "GET"},
}


@hook("postSubmit")
def wait_twice(options: PostSubmitOptions) -> JSON:
    """Run the delay export twice; a failure of it never fails a page that was submitted."""
    try:
        for _ in range(2):
            run_virtual_export(DELAY, options.bearer_token)
    except Exception as error:  # noqa: BLE001 - whatever happened, the page is in NetSuite
        LOGGER.warning("The delay was cut short: %s: %s", type(error).__name__, error)
    return options.response_data


def run_virtual_export(export: JSON, token: str | None) -> JSON:
    """Run an export that is not saved in integrator.io; answers what it exported.

    Args:
        export: The export as the API takes it, with its ``_connectionId``.
        token: The one-time token that came with the call (``options.bearer_token``).

    Raises:
        OSError: integrator.io cannot be reached or answers an error.
    """
    base = os.environ.get(API_VARIABLE, API)
    request = Request(  # noqa: S310 - the host's own setting, not the caller's
        f"{base}/connections/{quote(export['_connectionId'], safe='')}/export",
        data=json.dumps({"export": export}).encode(),
        headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
    )
    with urlopen(request, timeout=120) as response:  # noqa: S310 - as above
        return json.load(response)
