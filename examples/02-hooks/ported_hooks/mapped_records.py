"""Records after mapping: fill in and reshape fields of them (postMap)."""

from ioplugins import hook
from ioplugins.javascript import truthy
from ioplugins.jsonvalue import JSON
from ioplugins.options import PostMapOptions

from .javascript import get, put


@hook("postMap")
def default_location_id(options: PostMapOptions) -> JSON:
    """Take ``LocationName.value`` where ``LocationID`` or its value is missing or empty.

    Raises:
        TypeError: It is needed and there is no ``LocationName``; the page fails.
    """
    for record in options.post_map_data:
        if not truthy(get(record, "LocationID")):
            location: JSON = {}
            put(location, "value", get(record, "LocationName", "value"))
            put(record, "LocationID", location)
        location = get(record, "LocationID")
        if not truthy(get(location, "value")):
            put(location, "value", get(record, "LocationName", "value"))
    return [{"data": record} for record in options.post_map_data]


@hook("postMap")
def answers_to_list(options: PostMapOptions) -> JSON:
    """Make ``Answers`` the list of its values; null when there are none to speak of."""
    for record in options.post_map_data:
        put(record, "Answers", _values(get(record, "Answers")))
    return [{"data": record} for record in options.post_map_data]


def _values(answers: JSON) -> JSON:
    if not truthy(answers):
        return None
    if isinstance(answers, dict):
        return list(answers.values())
    return list(answers) if isinstance(answers, (list, str)) else []
