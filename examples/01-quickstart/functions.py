"""The quickstart: a hook that changes records, and the ping of a wrapper connection."""

from ioplugins import hook, wrapper
from ioplugins.jsonvalue import JSON
from ioplugins.options import PingOptions, PreMapOptions


@hook("preMap")
def add_region(options: PreMapOptions) -> list[JSON]:
    """Give every record of the page a region."""
    return [{"data": {**record, "region": "EU"}} for record in options.data]


@wrapper("ping", name="pingShop")
def ping_shop(options: PingOptions) -> JSON:
    """Say whether the connection can be used: it must name a user."""
    if options.connection.unencrypted.get("user"):
        return {"statusCode": 200}
    return {"statusCode": 401, "errors": [{"code": "no_user", "message": "Enter a user."}]}
