"""A Node.js configuration, moved as it is: functions with callbacks, listed in a mapping."""

import os
import threading
from collections.abc import Callable
from typing import Any

Options = dict[str, Any]
Callback = Callable[..., None]


def add_region(options: Options, callback: Callback) -> None:
    """Hand over the answer, as before."""
    region = options["settings"].get("region", "EU")
    callback(None, [{"data": {**record, "region": region}} for record in options["data"]])


def check_totals(options: Options, callback: Callback) -> None:
    """Fail: the first argument of the callback is the error."""
    for record in options["data"]:
        if record["total"] < 0:
            callback({"code": "negative_total", "message": f"Order {record['id']} owes us."})
            return
    callback(None, {"data": options["data"], "errors": options["errors"]})


def ping_shop(options: Options, callback: Callback) -> None:
    """Answer later, from another thread: the counterpart of setTimeout."""
    status = 200 if options["connection"]["unencrypted"].get("user") else 401
    threading.Timer(0.05, callback, (None, _ping_answer(status))).start()


def _ping_answer(status: int) -> dict[str, Any]:
    if status == 200:
        return {"statusCode": status}
    return {"statusCode": status, "errors": [{"message": "Enter a user."}]}


def refresh_metadata(options: Options) -> Any:
    """Or answer at once: a function that does not ask for a callback just returns."""
    return {"name": options["fieldName"], "options": [["1", "UPS"], ["2", "DHL"]]}


configuration = {
    "diy": {
        "hooks": {"addRegion": add_region, "checkTotals": check_totals},
        "wrappers": {"pingShop": ping_shop},
        "settings": {"refreshMetadata": refresh_metadata},
    },
    "systemToken": os.environ.get("INTEGRATOR_EXTENSION_SYSTEM_TOKEN"),
    "port": 8081,
}
