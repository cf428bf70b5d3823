"""The fake's tokens: of the account, and one-time tokens that expire."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from typing import Final

from attrs import define, field

from ioplugins.api.fake.messages import Refused, refused

LIFETIME: Final = 15 * 60.0  # seconds that a one-time token lives unused
_BEARER: Final = "Bearer "


@define
class IssuedToken:
    """A token that the fake gave out.

    Attributes:
        value: The token itself.
        one_time: Whether it expires on use, and unused after 15 minutes.
        made: When it was made, by the fake's clock.
        connector_id: The integration app whose resources alone it reaches; None: all.
        uses: How many requests it was good for.
        number: Its number, for people.
    """

    value: str = field(repr=False)
    one_time: bool
    made: float
    number: int
    connector_id: str | None = None
    uses: int = 0

    @property
    def label(self) -> str:
        """What it is called where it must not be shown."""
        return f"{'one-time' if self.one_time else 'account'} token {self.number}"


class Tokens:
    """All tokens of the fake. The caller keeps it to one thread at a time.

    Args:
        clock: The fake's clock.
        single_use: Whether a one-time token is refused after its first use, as documented.
            Celigo's own connectors use theirs again.
    """

    def __init__(self, clock: Callable[[], float], *, single_use: bool = True) -> None:
        self._clock = clock
        self._issued: dict[str, IssuedToken] = {}
        self.single_use = single_use

    def __iter__(self) -> Iterator[IssuedToken]:
        return iter(self._issued.values())

    def issue(
        self, value: str | None = None, *, one_time: bool = False, connector_id: str | None = None
    ) -> str:
        """Make a token; *value* chooses it."""
        value = value or secrets.token_hex(16)
        number = len(self._issued) + 1
        self._issued[value] = IssuedToken(value, one_time, self._clock(), number, connector_id)
        return value

    def check(self, header: str) -> IssuedToken:
        """The token of an Authorization header, when it is good for a request now.

        Raises:
            Refused: 401, or 400 for ``Bearer Bearer``.
        """
        value = header.removeprefix(_BEARER)
        if value.startswith(_BEARER):
            raise Refused(400, message="Bearer Authentication Failed")
        token = self._issued.get(value) if header.startswith(_BEARER) else None
        if token is None:
            raise refused(401, "unauthorized", "The token is not valid.")
        if token.one_time and self.single_use and token.uses:
            raise refused(401, "unauthorized", "The one-time token was used before.")
        if token.one_time and not token.uses and self._clock() - token.made > LIFETIME:
            raise refused(401, "unauthorized", "The one-time token has expired.")
        return token
