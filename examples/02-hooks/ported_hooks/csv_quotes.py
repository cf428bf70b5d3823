"""Grouped CSV rows: take the double quotes out of their values (preSavePage)."""

from ioplugins import hook
from ioplugins.jsonvalue import JSON
from ioplugins.options import PreSavePageOptions

from .javascript import elements


@hook("preSavePage")
def remove_quotes(options: PreSavePageOptions) -> JSON:
    """Remove every ``"`` from every value of every row; a value that is no text fails the page."""
    for group in options.data:
        for row in elements(group):
            if isinstance(row, (dict, list)):
                _unquote(row)
    return {"data": options.data, "errors": options.errors}


def _unquote(row: JSON) -> None:
    for key, value in list(row.items() if isinstance(row, dict) else enumerate(row)):
        if not isinstance(value, str):
            raise TypeError(f"the value of {key!r} is {type(value).__name__}, not text")
        row[key] = value.replace('"', "")
