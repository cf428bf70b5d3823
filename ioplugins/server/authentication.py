"""Who may call: the system token, in the Authorization header or the body, never in the query."""

from __future__ import annotations

import hmac
from collections.abc import Iterable

from ioplugins.jsonvalue import JSON


class Tokens:
    """The tokens that are valid; compared in constant time.

    Args:
        tokens: Usually one; two while one replaces the other.
    """

    def __init__(self, tokens: Iterable[str]) -> None:
        self._tokens = tuple(token.encode() for token in tokens)

    def __repr__(self) -> str:
        return f"<Tokens: {len(self._tokens)}>"

    def accept_header(self, header: str) -> bool:
        """Whether an Authorization header (as WSGI gives it) carries a valid token.

        It is a scheme ``Bearer`` in any case, one blank, and the token. Of several headers,
        which servers join with commas, the first counts.
        """
        header = header.strip(" \t")
        return self._accept(header) or ("," in header and self._accept(header.partition(",")[0]))

    def accept_body(self, body: JSON) -> bool:
        """Whether the ``access_token`` of a request body is a valid token."""
        token = body.get("access_token") if isinstance(body, dict) else None
        return isinstance(token, str) and self._valid(token.encode("utf-8", "surrogatepass"))

    def _accept(self, header: str) -> bool:
        scheme, _, token = header.partition(" ")
        if scheme.lower() != "bearer" or " " in token:
            return False
        return self._valid(token.encode("latin-1", "replace"))

    def _valid(self, given: bytes) -> bool:
        valid = False
        for token in self._tokens:  # all of them, so that the time tells nothing
            valid |= hmac.compare_digest(given, token)
        return valid
