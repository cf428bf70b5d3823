"""Shipwire orders: one tracking row for each SKU in each piece (preSavePage)."""

from typing import Final

from ioplugins import hook
from ioplugins.jsonvalue import JSON
from ioplugins.options import PreSavePageOptions

from .javascript import UNDEFINED, elements, get, put

#: What an empty page becomes, so that the steps behind it find the fields they map.
_PLACEHOLDER: Final = {
    "sku": "VG42252-0000",
    "tracking": "1234",
    "warehouseName": "Hermosa, CA",
    "quantity": 2,
    "cartonWeight": "1",
    "carrierCode": None,
    "serialShippingContainerCode": "00006629190663991447",
    "broken": True,
}


@hook("preSavePage")
def list_shipment_trackings(options: PreSavePageOptions) -> JSON:
    """Build ``resource.shipmentTrackingArray`` of each order from its pieces."""
    orders = options.data or [{"resource": {"shipmentTrackingArray": [dict(_PLACEHOLDER)]}}]
    for order in options.data:
        pieces = elements(get(order, "resource", "pieces", "resource", "items"))
        rows = [row for piece in pieces for row in _rows(order, piece)]
        put(order["resource"], "shipmentTrackingArray", rows)
    return {"data": orders, "errors": options.errors}


def _rows(order: JSON, piece: JSON) -> list[JSON]:
    contents = get(piece, "resource", "contents", "resource", "items")
    if get(piece, "resource", "trackings", "resource", "items") != []:
        tracking = _first_tracking(piece)
        carrier = get(tracking, "carrierCode")
        container = get(piece, "resource", "serialShippingContainerCode")
    else:
        tracking = _first_tracking(order)
        carrier = get(tracking, "scacCode")
        container = None
    rows: list[JSON] = []
    for content in elements(contents):
        sku = get(content, "resource", "sku")
        row = {
            "sku": sku,
            "matrixSku": matrix_sku(sku),
            "tracking": get(tracking, "tracking"),
            "warehouseName": get(order, "resource", "routing", "resource", "warehouseName"),
            "quantity": get(content, "resource", "quantity"),
            "cartonWeight": get(piece, "resource", "dimensions", "resource", "weight"),
            "carrierCode": carrier,
            "serialShippingContainerCode": container,
            "broken": False,
        }
        rows.append({name: value for name, value in row.items() if value is not UNDEFINED})
    return rows


def _first_tracking(holder: JSON) -> JSON:
    return get(holder, "resource", "trackings", "resource", "items", 0, "resource")


def matrix_sku(sku: JSON) -> str:
    """``PARENT : PARENT-SIZE``: what is before the last hyphen but a leading one, or ``none``."""
    elements(sku)  # a missing SKU fails the page
    hyphen = sku.rfind("-") if isinstance(sku, str) else -1
    return f"{sku[:hyphen]} : {sku}" if hyphen > 0 else "none"
