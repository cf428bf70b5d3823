"""Lines of a document: wrap single ones, find their counterpart elsewhere (preMap)."""

from ioplugins import hook
from ioplugins.jsonvalue import JSON
from ioplugins.options import PreMapOptions

from .javascript import (
    UNDEFINED,
    divide,
    elements,
    get,
    loosely_equal,
    number,
    put,
    strictly_equal,
)


@hook("preMap")
def item_to_list(options: PreMapOptions) -> JSON:
    """Make ``item`` a list where it is none; a missing one becomes ``[None]``."""
    for record in options.data:
        item = get(record, "item")
        if not isinstance(item, list):
            put(record, "item", [None if item is UNDEFINED else item])
    return [{"data": record} for record in options.data]


@hook("preMap")
def copy_line_ids(options: PreMapOptions) -> JSON:
    """Copy ``POLineID`` and ``SOLineID`` from the first NS line with the same item and rate."""
    for record in options.data:
        for line in elements(get(record, "InvoiceLines")):
            item = get(line, "ProductMfrPart")
            rate = divide(number(get(line, "Price")), number(get(line, "Shipped")))
            for candidate in elements(get(record, "NS_Lines")):
                if loosely_equal(item, get(candidate, "Item")) and loosely_equal(
                    rate, get(candidate, "Rate")
                ):
                    put(line, "POLineID", get(candidate, "POLineID"))
                    put(line, "SOLineID", get(candidate, "SOLineID"))
                    break
    return [{"data": record} for record in options.data]


@hook("preMap")
def match_sku_to_parent(options: PreMapOptions) -> JSON:
    """Set ``NetSuiteSkuId`` of each item from the last parent row with its SKU."""
    for record in options.data:
        for item in elements(get(record, "Items")):
            for row in elements(get(record, "_PARENT")):
                if strictly_equal(get(row, "NetSuiteSKU"), get(item, "SellerSKU", 0, "_")):
                    put(item, "NetSuiteSkuId", get(row, "itemid"))
    return [{"data": record} for record in options.data]
