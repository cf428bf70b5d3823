"""What can go wrong with the integrator.io API, and what to do about each.

* :class:`Unauthorized` and :class:`TokenUsed`: another token.
* :class:`RateLimited`: later, or slower.
* :class:`Locked`: the integration app that owns the resource must change it.
* :class:`NoAnswer`: the network, or the address.
* :class:`MaskedSecret`: give the secret itself, or leave the field out.
* :class:`ApiError`: any of the above but the last, and every other status.

No token is ever in one of these objects: what the API answered is masked before it gets here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import ClassVar, Final

from ioplugins.errors import IopluginsError
from ioplugins.jsonvalue import JSON

_LONGEST_TEXT: Final = 200  # characters of a body that a message shows

_ADVICE: Final[Mapping[int, str]] = MappingProxyType(
    {
        400: "Mend what the errors name in the request.",
        403: "Give the token the permission, or use one that has it; the one-time token of an "
        "integration app reaches that app's own resources only.",
        404: "Check the id, and the region: each has its own accounts.",
        405: "This route does not take this method.",
        409: "Read it again and repeat your change on what you read.",
        422: "Mend what the errors name in what you sent.",
    }
)
_REDIRECTED: Final = "A redirect is not followed, so that the token stays here: set base_url to it."
_FAILED: Final = "integrator.io or a gateway before it failed: try again later."


class ApiError(IopluginsError):
    """The API refused a request, failed at it, or was not reached.

    Attributes:
        status: The HTTP status; None when nothing was answered.
        errors: What the API said, as ``{"code", "message"}`` and maybe ``"field"``; () when its
            answer was no such JSON.
        body: The answer: JSON, or text, with the token masked; None without one.
        method: The HTTP method of the request.
        path: Its path, without the query.
        retry_after: Seconds after which the API wants to be asked again; None when it said none.
        code: The first error's code, or ``http_<status>``; integrator.io shows it for a function
            that lets this error pass.
    """

    advice: ClassVar[str] = ""

    def __init__(
        self,
        status: int | None,
        errors: Sequence[Mapping[str, JSON]] = (),
        body: JSON = None,
        *,
        method: str = "",
        path: str = "",
        retry_after: float | None = None,
    ) -> None:
        self.status = status
        self.errors = tuple(errors)
        self.body = body
        self.method = method
        self.path = path
        self.retry_after = retry_after
        code = self.errors[0].get("code") if self.errors else None
        self.code: str = str(code) if code else f"http_{status}"
        super().__init__(status, self.errors, body)

    def __str__(self) -> str:
        request = f"{self.method} {self.path}".strip() or "The request"
        happened = f"{request} {self._happened()}"
        what_next = self._what_next()
        return f"{happened} {what_next}" if what_next else happened

    def _happened(self) -> str:
        said = "; ".join(_told(error) for error in self.errors) or _short(self.body)
        return f"was answered {self.status}{f': {said}' if said else ''}."

    def _what_next(self) -> str:
        if self.advice:
            return self.advice
        status = self.status or 0
        if 300 <= status < 400:
            return _REDIRECTED
        return _FAILED if status >= 500 else _ADVICE.get(status, "")


class Unauthorized(ApiError):
    """The API does not take the token."""

    advice = (
        "Check that the token is valid, and the region: each has its own accounts. A one-time "
        "token is good for one use within 15 minutes; take a token of the account for more."
    )


class TokenUsed(Unauthorized):
    """A one-time token was used before or is too old, so nothing was sent (``strict``)."""

    advice = (
        "Make do with one request a call, take a token of the account, or set "
        'single_use="warn" when integrator.io takes the token more than once.'
    )

    def __init__(self, why: str, *, method: str = "", path: str = "") -> None:
        self.why = why
        errors = [{"code": "one_time_token_used", "message": why}]
        super().__init__(None, errors, method=method, path=path)

    def _happened(self) -> str:
        return f"was not sent: {self.why}."


class RateLimited(ApiError):
    """Too many requests: the API said so, or the wait for the client's own bucket is too long."""

    def _happened(self) -> str:
        if self.status is None:
            return "was not sent: this process has used up its share of the rate limit."
        return super()._happened()

    def _what_next(self) -> str:
        when = f"in {self.retry_after:g} seconds" if self.retry_after is not None else "later"
        return (
            f"Try again {when}. The limit is the account's: let fewer processes ask, each with "
            "its share."
        )


class Locked(ApiError):
    """An integration app owns the resource, and only that app may change it."""

    advice = (
        "Change it from a function of the app, with the one-time token of that call, or change "
        "what the app's settings offer."
    )


class NoAnswer(ApiError):
    """Nothing came back: no connection, a broken one, or none in time."""

    advice = "Check base_url and the network. Whether the API did what was asked is not known."

    def __init__(self, reason: str, *, method: str = "", path: str = "") -> None:
        self.reason = reason
        errors = [{"code": "no_answer", "message": reason}]
        super().__init__(None, errors, method=method, path=path)

    def _happened(self) -> str:
        return f"got no answer: {self.reason}."


class MaskedSecret(IopluginsError, ValueError):
    """A ``******`` that stands for a secret was about to be written as the secret itself.

    Attributes:
        places: The paths of the masks, such as ``$.http.auth.token.token``.
    """

    def __init__(self, places: Sequence[str], advice: str) -> None:
        self.places = tuple(places)
        super().__init__(
            "The API masks secrets, and ****** must not be written back: "
            f"{', '.join(self.places)}. {advice}"
        )


def _told(error: Mapping[str, JSON]) -> str:
    code, message, field = (error.get(key) for key in ("code", "message", "field"))
    text = ": ".join(str(part).rstrip(".") for part in (code, message) if part)
    return f"{text} (field {field})" if field else text


def _short(body: JSON) -> str:
    if not isinstance(body, str):
        return ""
    text = " ".join(body.split())
    if text.startswith("<"):
        return "an HTML page, of a proxy or gateway and not of the API"
    return text if len(text) <= _LONGEST_TEXT else f"{text[:_LONGEST_TEXT]}..."
