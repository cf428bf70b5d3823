"""Route by the partner who sent the message."""

from ioplugins.answers import FlowRoute
from ioplugins.options import ContentBasedFlowRouterOptions

PARTNERS = {"A": FlowRoute("5f1a00000000000000000f01", "5f1a00000000000000000e01")}


def by_partner(options: ContentBasedFlowRouterOptions) -> FlowRoute:
    return PARTNERS[options.http_headers["as2-from"]]
