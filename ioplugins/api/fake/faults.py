"""Faults on demand: what an API, a proxy or a network does on a bad day."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase

from attrs import evolve, field, frozen, validators

from ioplugins.jsonvalue import JSON


def _header(value: float | str | None) -> str | None:
    return None if value is None else str(value)


@frozen(kw_only=True)
class Fault:
    """What goes wrong with the next requests that it fits.

    Attributes:
        path: The paths it fits, below the base URL; ``*`` is any text.
        method: The method it fits; None: any.
        times: How many requests it spoils.
        delay: Seconds before anything else happens.
        status: The status to answer in place of the API; None: what the API says.
        body: The JSON to answer with *status*.
        html: Answer an HTML page with *status*, as a proxy does; 502 when there is none.
        retry_after: The Retry-After header to send with *status*: seconds or a date.
        broken: Close the connection without an answer.
        after: Let the API do its work before *status*, *html* or *broken*.
    """

    path: str = field(default="*", validator=validators.instance_of(str))
    method: str | None = field(
        default=None, validator=validators.optional(validators.instance_of(str))
    )
    times: int = field(default=1, validator=validators.ge(1))
    delay: float = field(default=0.0, validator=validators.ge(0))
    status: int | None = field(
        default=None, validator=validators.optional([validators.ge(200), validators.le(599)])
    )
    body: JSON = None
    html: bool = False
    retry_after: str | None = field(default=None, converter=_header)
    broken: bool = False
    after: bool = False

    @property
    def answers(self) -> bool:
        """Whether it takes the API's answer away."""
        return self.broken or self.html or self.status is not None

    def fits(self, method: str, path: str) -> bool:
        """Whether it spoils such a request."""
        return fnmatchcase(path, self.path) and self.method in {None, method}


class Faults:
    """The faults that are still to come. The caller keeps it to one thread at a time."""

    def __init__(self) -> None:
        self._coming: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Let it happen, after those that were added before."""
        self._coming.append(fault)

    def next(self, method: str, path: str) -> Fault | None:
        """The fault of this request, which is then done once."""
        for index, fault in enumerate(self._coming):
            if fault.fits(method, path):
                left = [evolve(fault, times=fault.times - 1)] if fault.times > 1 else []
                self._coming[index : index + 1] = left
                return fault
        return None

    def __iter__(self) -> Iterator[Fault]:
        return iter(self._coming)

    def clear(self) -> None:
        """Let everything go well again."""
        self._coming.clear()
