"""Functions for a Lambda stack: a hook that prices orders, and the ping of a wrapper connection."""

from __future__ import annotations

import humanize
from prices import total

from ioplugins import ExtensionError, hook, wrapper
from ioplugins.jsonvalue import JSON
from ioplugins.options import PingOptions, PreMapOptions


@hook("preMap")
def add_total(options: PreMapOptions) -> list[JSON]:
    """Give every order its total, as a number and as a person reads it."""
    return [{"data": with_total(order)} for order in options.data]


def with_total(order: JSON) -> JSON:
    """*order* with its total.

    Raises:
        ExtensionError: It has no lines.
    """
    if not order.get("lines"):
        raise ExtensionError(f"Order {order.get('id')} has no lines.", code="no_lines")
    amount = total(order["lines"])
    return {**order, "total": amount, "totalText": f"{humanize.intcomma(amount, 2)} EUR"}


@wrapper("ping", name="pingShop")
def ping_shop(options: PingOptions) -> JSON:
    """Say whether the connection can be used: it must name a user."""
    if options.connection.unencrypted.get("user"):
        return {"statusCode": 200}
    return {"statusCode": 401, "errors": [{"code": "no_user", "message": "Enter a user."}]}
