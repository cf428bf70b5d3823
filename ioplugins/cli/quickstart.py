"""The functions that ``ioplugins demo`` serves: a hook, a ping and an export by pages."""

from __future__ import annotations

from typing import Final

from ioplugins import hook, wrapper
from ioplugins.jsonvalue import JSON

_ORDERS: Final = [{"id": number, "total": 10 * number} for number in range(1, 6)]
_PAGE: Final = 2


@hook("preMap")
def add_region(options: dict[str, JSON]) -> list[JSON]:
    """Give each record a region before it is mapped."""
    return [{"data": {**record, "region": "EU"}} for record in options["data"]]


@wrapper("ping", name="pingShop")
def ping_shop(options: dict[str, JSON]) -> JSON:
    """The connection is well when it names a host."""
    if options["connection"].get("unencrypted", {}).get("host"):
        return {"statusCode": 200}
    error = {"code": "no_host", "message": "Give the connection a host."}
    return {"statusCode": 401, "errors": [error]}


@wrapper("export", name="exportOrders")
def export_orders(options: dict[str, JSON]) -> JSON:
    """Two orders a page; the state says where the next page begins."""
    begin = options.get("state", {}).get("next", 0)
    end = begin + _PAGE
    return {
        "data": _ORDERS[begin:end],
        "state": {"next": end},
        "lastPage": end >= len(_ORDERS),
    }
