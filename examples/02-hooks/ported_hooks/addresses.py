"""Web addresses: give those without a scheme one (preSavePage)."""

from typing import Final

from ioplugins import hook
from ioplugins.javascript import text, truthy
from ioplugins.jsonvalue import JSON
from ioplugins.options import PreSavePageOptions

from .javascript import get, put

_SCHEMES: Final = ("http://", "https://", "ftp://")


@hook("preSavePage")
def complete_url(options: PreSavePageOptions) -> JSON:
    """Put https:// before each ``url`` that names no scheme anywhere."""
    for record in options.data:
        url = get(record, "url")
        if not truthy(url):
            continue
        if not isinstance(url, (str, list)):
            raise TypeError(f"url must be text, not {text(url)}")
        # Of a text, a part of it; of a list, one of its items.
        if not any(scheme in url for scheme in _SCHEMES):
            put(record, "url", f"https://{text(url)}")
    return {"data": options.data, "errors": options.errors}
