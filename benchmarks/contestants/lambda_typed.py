"""The same Lambda function with options classes."""

from __future__ import annotations

from typing import Any

from ioplugins import hook, wrapper
from ioplugins.options import PingOptions, PreMapOptions


@hook("preMap", name="addRegion")
def add_region(options: PreMapOptions) -> list[dict[str, Any]]:
    return [{"data": {**record, "region": "EU"}} for record in options.data]


@wrapper("ping", name="pingShop")
def ping_shop(options: PingOptions) -> dict[str, Any]:
    return {"statusCode": 200 if options.connection else 401}
