"""Give every record a price, found or not."""

from ioplugins import hook
from ioplugins.options import PostResponseMapOptions


@hook("postResponseMap")
def default_price(options: PostResponseMapOptions) -> list[dict]:
    return [{"price": None, **record} for record in options.post_response_map_data]
