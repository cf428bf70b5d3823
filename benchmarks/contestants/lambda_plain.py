"""A Lambda function whose options are plain dicts."""

from __future__ import annotations

from typing import Any

from ioplugins import hook, wrapper


@hook("preMap", name="addRegion")
def add_region(options: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"data": {**record, "region": "EU"}} for record in options["data"]]


@wrapper("ping", name="pingShop")
def ping_shop(options: dict[str, Any]) -> dict[str, Any]:
    return {"statusCode": 200 if options.get("connection") else 401}
