"""From an HTTP response to what the API said: JSON, a text, an empty list, or an error."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import Final

import httpx

from ioplugins.api.errors import ApiError, Locked, RateLimited, Unauthorized
from ioplugins.api.exchange import Answer, Call
from ioplugins.api.token import Token
from ioplugins.errors import RequestRefused
from ioplugins.jsonvalue import JSON, parse

_LOCKED: Final = "field_locked_by_integration_app"
# What a wrong token is told: usually with 401, but with 400 for "Bearer Bearer ...".
_BAD_BEARER: Final = "Bearer Authentication Failed"


def decode(call: Call, response: httpx.Response, token: Token) -> Answer | ApiError:
    """The answer to *call*, or the error that it is; an error holds no token."""
    body, is_json = _body(response)
    if response.is_success and (is_json or not _is_html(body)):
        if response.status_code == 204 and call.method == "GET":
            body = []  # how several routes say that a list is empty
        return Answer(body, response.links.get("next", {}).get("url", ""))
    return _error(call, response, _without(token, body))


def _body(response: httpx.Response) -> tuple[JSON, bool]:
    """The body and whether it is JSON; some routes answer a plain text such as ``OK``."""
    if not response.content:
        return None, True
    kind = response.headers.get("content-type", "")
    if "json" in kind or not kind.startswith("text/"):
        try:
            return parse(response.content), True
        except RequestRefused:
            pass  # whatever the header says: a proxy's page, or text
    return response.text, False


def _without(token: Token, body: JSON) -> JSON:
    """*body* without the token, should a proxy have echoed the request."""
    if isinstance(body, str):
        return token.masked(body)
    if isinstance(body, dict):
        return {token.masked(key): _without(token, value) for key, value in body.items()}
    if isinstance(body, list):
        return [_without(token, value) for value in body]
    return body


def _is_html(body: JSON) -> bool:
    return isinstance(body, str) and body.lstrip().startswith("<")


def _error(call: Call, response: httpx.Response, body: JSON) -> ApiError:
    status = response.status_code
    errors = _errors(body)
    kind: type[ApiError] = ApiError
    if status == 401 or (status == 400 and _BAD_BEARER in str(body)):
        kind = Unauthorized
    elif status == 429:
        kind = RateLimited
    elif any(error.get("code") == _LOCKED for error in errors):
        kind = Locked
    return kind(
        status,
        errors,
        body,
        method=call.method,
        path=call.path,
        retry_after=_retry_after(response),
    )


def _errors(body: JSON) -> list[Mapping[str, JSON]]:
    """``{errors: [...]}``, a lone ``{message}``, or nothing that tells."""
    if not isinstance(body, dict):
        return []
    told = body.get("errors")
    if isinstance(told, list) and told:
        return [error if isinstance(error, dict) else {"message": str(error)} for error in told]
    if body.get("message") or body.get("code"):
        return [{key: body[key] for key in ("code", "message", "field") if body.get(key)}]
    return []


def _retry_after(response: httpx.Response) -> float | None:
    """The seconds of a Retry-After header, which may be a date too; None for none."""
    text = response.headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return float(text)
    when = _date(text)
    if when is None:
        return None
    # By the clock of the one who wrote the date.
    now = _date(response.headers.get("date", "")) or datetime.now(timezone.utc)
    return max(0.0, (when - now).total_seconds())


def _date(text: str) -> datetime | None:
    try:
        when = parsedate_to_datetime(text)
    except ValueError:
        return None
    return when if when.tzinfo else when.replace(tzinfo=timezone.utc)
