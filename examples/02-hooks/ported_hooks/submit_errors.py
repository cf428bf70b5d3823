"""Errors of a submitted page: say what they usually mean (postSubmit)."""

from typing import Final

from ioplugins import hook
from ioplugins.javascript import truthy
from ioplugins.jsonvalue import JSON
from ioplugins.options import PostSubmitOptions

from .javascript import elements, get

_CLOSED: Final = "the order is already closed."
_MEANING: Final = (
    " This error usually means that the sales order has already been fufilled or cancelled in"
    " NetSuite."
)


@hook("postSubmit")
def explain_closed_order(options: PostSubmitOptions) -> JSON:
    """Extend NetSuite's message about a closed order."""
    for response in options.response_data:
        errors = get(response, "errors")
        for error in elements(errors) if truthy(errors) else ():
            if get(error, "source") != "netsuite":
                continue
            message = get(error, "message")
            if not isinstance(message, str):
                raise TypeError("an error of NetSuite has no message that is text")
            if message.endswith(_CLOSED):
                error["message"] = f"Original Error: {message}{_MEANING}"
    return options.response_data
