"""What both clients do, without I/O: build requests, try again, follow pages, read answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final
from urllib.parse import quote, unquote

import httpx
from attrs import frozen

from ioplugins.api.bucket import Bucket
from ioplugins.api.decoding import decode
from ioplugins.api.errors import ApiError, Locked, NoAnswer
from ioplugins.api.exchange import Answer, Broken, Call, Item, Paged, Send, Steps, Wait
from ioplugins.api.masks import (
    Change,
    Masks,
    changed,
    ignored_fields,
    refuse_masks,
    same,
    without_masks,
)
from ioplugins.api.retries import Retries
from ioplugins.api.token import Token
from ioplugins.jsonvalue import JSON, encode

#: Marks that a request has no body; None is the JSON null.
NO_BODY: Final = object()

#: A query: a list repeats its parameter, None leaves it out.
Params = Mapping[str, object]


def segment(value: str) -> str:
    """*value* as one segment of a path: an id or a key, whatever is in it.

    Raises:
        ValueError: It is empty, or would lead out of its place.
    """
    if value in {"", ".", ".."}:
        raise ValueError(f"an id or key is not empty, nor . or .., as {value!r} is")
    return quote(value, safe="")


@frozen
class Core:
    """A client's settings, and its requests as generators of steps.

    Attributes:
        base_url: Where the API is, without a slash at its end.
        token: What it is called with.
        bucket: The client's side of the rate limit.
        retries: When requests are sent again.
    """

    base_url: str
    token: Token
    bucket: Bucket
    retries: Retries

    # ------------------------------------------------------------------------- one request

    def request(
        self,
        method: str,
        path: str,
        json: object = NO_BODY,
        params: Params | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Steps[JSON]:
        """Send one request and give what was answered.

        Raises:
            ValueError: *path* leads out of the API.
            ApiError: As its subclasses say.
        """
        answer = yield from self.exchange(self.call(method, path, json, params, headers))
        return answer.json

    def call(
        self,
        method: str,
        path: str,
        json: object = NO_BODY,
        params: Params | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Call:
        """A request for *path*: below the base URL, or a whole URL of the same host."""
        url = self._url(path)
        if params:
            url = url.copy_merge_params({k: _texts(v) for k, v in params.items() if v is not None})
        content = None if json is NO_BODY else encode(json)
        return Call(method.upper(), url, content, dict(headers or {}))

    def exchange(self, call: Call) -> Steps[Answer]:
        """Send *call*, again when it may be, and give its answer."""
        pauses: list[float] = []
        for attempt in self.retries.attempts(call, self.token, pauses.append):
            if pauses:
                yield Wait(pauses.pop())
            outcome = yield from self._attempt(call)
            with attempt:
                if isinstance(outcome, ApiError):
                    raise outcome
                return outcome
        raise AssertionError("tenacity ends with an answer or an error")

    def _attempt(self, call: Call) -> Steps[Answer | ApiError]:
        turn = self.bucket.take(self.retries.longest_wait)
        if turn:
            yield Wait(turn)
        self.token.claim(call.method, call.path)
        response = yield Send(call)
        if isinstance(response, Broken):
            return NoAnswer(response.reason, method=call.method, path=call.path)
        return decode(call, response, self.token)

    def _url(self, path: str) -> httpx.URL:
        plain = path.partition("?")[0]
        if "://" in plain:
            return self._same_host(httpx.URL(path))
        if ".." in unquote(plain).replace("\\", "/").split("/"):
            raise ValueError(f"the path {path!r} leads out of the API")
        return self._same_host(httpx.URL(f"{self.base_url}/{path.removeprefix('/')}"))

    def _same_host(self, url: httpx.URL) -> httpx.URL:
        """*url*, when the token may go there."""
        if _origin(url) != _origin(httpx.URL(self.base_url)) or url.userinfo:
            raise ValueError(
                f"{url.scheme}://{url.host} is not the API's host, the token is not sent there"
            )
        return url

    # ------------------------------------------------------------------------------- pages

    def pages(self, path: str, params: Params | None = None) -> Paged[JSON]:
        """Hand on the answer of *path* and of every next page that it names.

        The next page is what the Link header or the body's ``nextPageURL`` says, on this host.
        """
        call = self.call("GET", path, params=params)
        asked: set[httpx.URL] = set()
        while True:
            asked.add(call.url)
            answer = yield from self.exchange(call)
            yield Item(answer.json)
            following = answer.next_url
            if not following and isinstance(answer.json, dict):
                following = answer.json.get("nextPageURL") or ""
            if not following:
                return
            call = Call("GET", self._next(call, following))
            if call.url in asked:
                raise _unusable(call, "bad_next_page", "The pages go in a circle")

    def _next(self, call: Call, following: str) -> httpx.URL:
        try:
            return self._same_host(call.url.join(following))
        except (httpx.InvalidURL, ValueError, TypeError) as error:
            reason = f"The next page cannot be asked for: {error}"
        raise _unusable(call, "bad_next_page", reason)

    def found(self, path: str, params: Params | None = None) -> Steps[list[JSON]]:
        """All items of a list route, of all its pages."""
        items: list[JSON] = []
        steps = self.pages(path, params)
        done: object = None
        while True:
            try:
                step = steps.send(done)
            except StopIteration:
                return items
            done = None
            if not isinstance(step, Item):
                done = yield step
            elif isinstance(step.value, list):
                items += step.value
            else:
                raise _unusable(self.call("GET", path), "no_list", "The answer is no list")

    # ------------------------------------------------------------------------------ writing

    def write(
        self,
        method: str,
        path: str,
        json: JSON,
        params: Params | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Steps[JSON]:
        """Send a document, in which no secret is masked.

        Raises:
            MaskedSecret: One is.
        """
        refuse_masks(json)
        return (yield from self.request(method, path, json, params, headers))

    def update(self, path: str, change: Change, masks: Masks = "refuse") -> Steps[dict[str, JSON]]:
        """GET, *change*, PUT; gives the document as the API answered it.

        Nothing is sent when nothing changed.

        Raises:
            MaskedSecret: As `ioplugins.api.masks.without_masks` says.
            Locked: The API answered 200 and changed nothing.
        """
        before = yield from self.request("GET", path)
        if not isinstance(before, dict):
            raise _unusable(self.call("GET", path), "no_document", "There is no document to change")
        wanted = changed(before, change)
        if same(wanted, before):
            return before
        written = without_masks(before, wanted, masks)
        after = yield from self.request("PUT", path, written)
        ignored = ignored_fields(before, wanted, after)
        if ignored:
            message = f"The API left as they were: {', '.join(ignored)}"
            raise Locked(
                200,
                [{"code": "change_ignored", "message": message}],
                method="PUT",
                path=self._url(path).path,
            )
        return after if isinstance(after, dict) else written


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    default = {"http": 80, "https": 443}
    return url.scheme, url.host, url.port or default.get(url.scheme)


def _texts(value: object) -> str | list[str]:
    """A query parameter as text; booleans as JSON has them."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Iterable) and not isinstance(value, str):
        return [str(item) for item in value]
    return str(value)


def _unusable(call: Call, code: str, message: str) -> ApiError:
    """An answer that came with 200 and cannot be worked with."""
    return ApiError(200, [{"code": code, "message": message}], method=call.method, path=call.path)
