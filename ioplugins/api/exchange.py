"""What the core asks of a driver: send a request, wait, hand on an item. It does no I/O itself.

An operation is a generator of these steps. `Client` runs it with blocking calls, `AsyncClient`
with awaited ones; whatever happens between the steps is written once.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from typing import Any, Generic, TypeVar, Union

import httpx
from attrs import field, frozen

from ioplugins.jsonvalue import JSON

T = TypeVar("T")


@frozen
class Call:
    """A request as it is sent, but for the token, which the driver adds.

    Attributes:
        method: The HTTP method, in capitals.
        url: The whole URL.
        content: The JSON to send; None sends no body.
        headers: Further headers.
    """

    method: str
    url: httpx.URL
    content: bytes | None = field(default=None, repr=False)
    headers: Mapping[str, str] = field(factory=dict[str, str], repr=False)

    @property
    def path(self) -> str:
        """The path for messages; the query may say too much."""
        return self.url.path


@frozen
class Send:
    """Send *call*; the driver answers with an `httpx.Response` or a `Broken`."""

    call: Call


@frozen
class Wait:
    """Wait so many seconds; the driver answers None."""

    seconds: float


@frozen
class Item(Generic[T]):
    """Hand *value* to whoever iterates; the driver answers None."""

    value: T


@frozen
class Broken:
    """There was no whole answer; *reason* says why, in words of ours."""

    reason: str


#: An operation: it yields steps and returns a T.
Steps = Generator[Union[Send, Wait], Any, T]  # noqa: UP007 - Python 3.10 evaluates it

#: An operation that hands on items of type T.
Paged = Generator[Union[Send, Wait, Item[T]], Any, None]  # noqa: UP007 - as above


@frozen
class Answer:
    """A successful answer.

    Attributes:
        json: Its body: JSON, text such as ``"OK"``, or None.
        next_url: Where its Link header says the next page is; "" for none.
    """

    json: JSON
    next_url: str = ""
