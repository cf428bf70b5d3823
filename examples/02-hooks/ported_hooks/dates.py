"""Start dates: a number of days after the close date, by project template (preMap)."""

from datetime import timedelta
from typing import Final

from ioplugins import hook
from ioplugins.javascript import text
from ioplugins.jsonvalue import JSON
from ioplugins.options import PreMapOptions

from .javascript import UNDEFINED, get, put
from .javascript_dates import iso_text, parse_date

_DAYS_AFTER_CLOSE: Final = {"Hawk": 28, "Falcon": 7}


@hook("preMap")
def set_start_date(options: PreMapOptions) -> JSON:
    """Set ``StartDate`` from ``CloseDate``; null when that is missing or no date."""
    for record in options.data:
        template = get(record, "NS_Project_Template__c")
        days = 0 if template is UNDEFINED else _DAYS_AFTER_CLOSE.get(text(template), 0)
        put(record, "StartDate", _days_after(get(record, "CloseDate"), days))
    return [{"data": record} for record in options.data]


def _days_after(value: JSON, days: int) -> str | None:
    """The date as text: a datetime is not JSON, and Node's extension refuses a Date too."""
    moment = parse_date(value)
    if moment is None:
        return None
    # By the calendar of the process's time zone, so that summer time does not move the hour.
    local = moment.astimezone().replace(tzinfo=None, fold=0)
    try:
        return iso_text((local + timedelta(days=days)).astimezone())
    except OverflowError:
        return None
