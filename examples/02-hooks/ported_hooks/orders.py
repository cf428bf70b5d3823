"""Order pages: merge lines by SKU, make records of header and line rows (preSavePage)."""

from typing import Final

from ioplugins import hook
from ioplugins.jsonvalue import JSON
from ioplugins.options import PreSavePageOptions

from .javascript import (
    elements,
    get,
    loosely_equal,
    parse_float,
    put,
    strictly_equal,
    to_fixed,
)


@hook("preSavePage")
def combine_skus(options: PreSavePageOptions) -> JSON:
    """Merge the ``line_items`` of each order by SKU: count them, sum ``tax`` and ``refund``.

    ``line_items`` becomes a list that holds one list, the merged lines.
    """
    for order in options.data:
        put(order, "line_items", [_merged(elements(get(order, "line_items")))])
    return {"data": options.data, "errors": options.errors}


def _merged(lines: list[JSON]) -> list[JSON]:
    merged: list[JSON] = []
    for line in lines:
        amounts = {name: parse_float(get(line, name)) for name in ("tax", "refund")}
        first = next((m for m in merged if strictly_equal(get(m, "sku"), get(line, "sku"))), None)
        if first is None:
            merged.append({**line, **amounts, "quantity": 1})
            continue
        first["quantity"] += 1
        for name, amount in amounts.items():
            first[name] += amount
    for line in merged:
        line.update(tax=to_fixed(line["tax"], 2), refund=to_fixed(line["refund"], 2))
    return merged


_ITEM_FIELDS: Final = {
    "itemName": "Item",
    "description": "Description",
    "upcCode": "UPC Code",
    "quantity": "Quantity",
    "rate": "Rate",
}


@hook("preSavePage")
def group_header_and_items(options: PreSavePageOptions) -> JSON:
    """Make one record, with ``items``, of the consecutive rows of a search that share an id.

    A row whose ``*`` field is not ``*`` is a line and becomes an item. Rows with the id 0 belong
    to no record.
    """
    records: list[JSON] = []
    record: JSON = {"id": 0}
    items: list[JSON] = []
    for row in options.data:
        if not isinstance(row, (dict, list)):
            raise TypeError(f"a row is {type(row).__name__}, which cannot hold items")
        if not strictly_equal(get(record, "id"), get(row, "id")):
            if not strictly_equal(get(record, "id"), 0):
                records.append(record)
            record, items = row, []
            put(record, "items", items)
        if get(row, "*") != "*":
            items.append(_item(row))
    if not loosely_equal(get(record, "id"), 0):
        records.append(record)
    return {"data": records, "errors": options.errors, "abort": False}


def _item(row: JSON) -> JSON:
    item: JSON = {}
    for name, column in _ITEM_FIELDS.items():
        put(item, name, get(row, column))
    return item
