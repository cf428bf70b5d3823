"""A request as the fake's routes see it, and what they give back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from attrs import field, frozen

from ioplugins.jsonvalue import JSON

if TYPE_CHECKING:
    from ioplugins.api.fake.tokens import IssuedToken

#: Marks an answer without a body.
NOTHING: Final[Any] = object()


@frozen
class Asked:
    """A request that was let in.

    Attributes:
        method: The HTTP method.
        url: Its URL without the query.
        query: The query; the last of repeated parameters.
        headers: The headers that routes read, by their names in lower case.
        body: The JSON that was sent; None without one.
        token: Who asks.
    """

    method: str
    url: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: JSON
    token: IssuedToken


@frozen
class Reply:
    """An answer: JSON, or a text, or nothing but a status."""

    status: int = 200
    json: JSON = field(default=NOTHING)
    text: str | None = None
    headers: Mapping[str, str] = field(factory=dict[str, str])


class Refused(Exception):
    """The request is not carried out; *errors* as the API words them."""

    def __init__(
        self,
        status: int,
        *errors: Mapping[str, JSON],
        headers: Mapping[str, str] | None = None,
        message: str = "",
    ) -> None:
        super().__init__(message or "; ".join(str(error["message"]) for error in errors))
        body: JSON = {"errors": list(errors)} if errors else {"message": message}
        self.reply = Reply(status, body, headers=headers or {})


def refused(status: int, code: str, message: str, field_name: str = "") -> Refused:
    """A refusal with one error."""
    error = {"code": code, "message": message}
    return Refused(status, {**error, "field": field_name} if field_name else error)


def listed(items: Sequence[JSON]) -> Reply:
    """A list; an empty one is 204 without a body, as on several routes of the API."""
    return Reply(200, list(items)) if items else Reply(204)
