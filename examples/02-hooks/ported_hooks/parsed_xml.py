"""Parsed XML as npm's xml2js gives it, made plain (preSavePage).

There each element is a list of nodes, ``$`` holds a node's attributes and ``_`` its text.
"""

from collections.abc import Collection
from typing import Final

from ioplugins import ExtensionError, hook
from ioplugins.javascript import truthy
from ioplugins.jsonvalue import JSON
from ioplugins.options import PreSavePageOptions

from .javascript import get

#: Elements that stay lists even when there is only one of them.
LIST_PATHS: Final = (
    "FuelSales/Product",
    "PLUSales/PLU",
    "StorePurchases/Invoice",
    "StorePurchases/Invoice/InvoiceDetail/InvoiceDetail",
)

_ATTRIBUTES: Final = "$"
_TEXT: Final = "_"
_MIXED_TEXT: Final = "&txt"


@hook("preSavePage")
def simplify_parsed_xml(
    options: PreSavePageOptions, *, list_paths: Collection[str] = LIST_PATHS
) -> JSON:
    """Make each record plain: no lists of one, no ``$``, no ``_``."""
    paths = {path.removeprefix("/").removesuffix("/") for path in list_paths}
    data = [simplify(record, paths) for record in options.data]
    return {"data": data, "errors": options.errors}


def simplify(node: JSON, list_paths: Collection[str], path: str = "") -> JSON:
    """The plain form of *node*, children first.

    Args:
        node: A node and all that is below it.
        list_paths: Element names from the root, joined by ``/``, of what stays a list.
        path: Where the node is.

    Raises:
        ExtensionError: A child is not a list, or an attribute or text meets its own name.
    """
    if isinstance(node, (str, list)) and node:
        raise ExtensionError(_NO_LIST)
    if not isinstance(node, dict):
        get(node, _ATTRIBUTES)  # null has no properties, other values have none to change
        return node
    plain = {key: node[key] for key in (_ATTRIBUTES, _TEXT) if key in node}
    for name, children in node.items():
        if name in {_ATTRIBUTES, _TEXT}:
            continue
        if not isinstance(children, list):
            raise ExtensionError(_NO_LIST)
        below = f"{path}/{name}" if path else name
        nodes = [simplify(child, list_paths, below) for child in children]
        plain[name] = nodes if len(nodes) != 1 or below in list_paths else nodes[0]
    if truthy(plain.get(_ATTRIBUTES)):
        attributes = plain.pop(_ATTRIBUTES)
        for name, value in attributes.items() if isinstance(attributes, dict) else ():
            _put_new(plain, name, value)
    if not truthy(plain.get(_TEXT)):
        return plain
    text = plain.pop(_TEXT)
    if plain:
        _put_new(plain, _MIXED_TEXT, text)
    return plain or text


_NO_LIST: Final = "Invalid xml converted js tree structure. childNode should be always array."


def _put_new(node: JSON, name: str, value: JSON) -> None:
    if name in node:
        raise ExtensionError("PARSERS_XML_NAME_COLLISION")
    node[name] = value
