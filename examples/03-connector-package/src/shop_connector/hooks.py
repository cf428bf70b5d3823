"""Hooks of the connector's flows."""

from ioplugins import hook
from ioplugins.answers import RecordAnswer
from ioplugins.jsonvalue import JSON
from ioplugins.options import PreMapOptions


@hook("preMap", name="skipCancelled")
def skip_cancelled(options: PreMapOptions) -> list[RecordAnswer]:
    """Leave out cancelled orders; report those without a number."""
    return [_answer(order) for order in options.data]


def _answer(order: JSON) -> RecordAnswer:
    if order.get("status") == "cancelled":
        return RecordAnswer.ignore()
    if not order.get("number"):
        return RecordAnswer.fail("no_number", "The order has no number.", source="shop")
    return RecordAnswer.keep(order)
