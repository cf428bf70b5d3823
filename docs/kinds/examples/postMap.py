"""Round amounts after the mapping; plain JSON is as good as the answer classes."""

from ioplugins import hook
from ioplugins.options import PostMapOptions


@hook("postMap")
def round_amounts(options: PostMapOptions) -> list[dict]:
    return [
        {"data": {**record, "Amount": round(record.get("Amount", 0), 2)}}
        for record in options.post_map_data
    ]
