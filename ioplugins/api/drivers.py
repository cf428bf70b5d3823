"""The I/O of both clients: carrying steps out with httpx, blocking or awaited."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import httpx

from ioplugins.api.exchange import Broken, Call, Item, Paged, Send, Steps, Wait
from ioplugins.api.pool import AsyncPool, Pool
from ioplugins.api.token import Token


class BlockingDriver:
    """Carries steps out with blocking calls. Its *own* pool is closed with it."""

    def __init__(self, token: Token, timeout: float, pool: Pool, *, own: bool) -> None:
        self._auth = _Bearer(token)
        self._timeout = timeout
        self._pool = pool
        self._own = own

    def run(self, steps: Steps[Any]) -> Any:
        """Carry the steps out and give the outcome."""
        done: object = None
        while True:
            try:
                step = steps.send(done)
            except StopIteration as stop:
                return stop.value
            done = self._do(step)

    def iterate(self, steps: Paged[Any]) -> Iterator[Any]:
        """Carry the steps out as far as each next item needs."""
        done: object = None
        while True:
            try:
                step = steps.send(done)
            except StopIteration:
                return
            done = None
            if isinstance(step, Item):
                yield step.value
            else:
                done = self._do(step)

    def _do(self, step: Send | Wait) -> httpx.Response | Broken | None:
        if isinstance(step, Wait):
            time.sleep(step.seconds)
            return None
        try:
            return self._pool.request(**_arguments(step.call, self._auth, self._timeout))
        except httpx.RequestError as error:
            # Told in words of ours: the exception holds the request, and that the token.
            return Broken(_reason(error))

    def close(self) -> None:
        """Close its own connections."""
        if self._own:
            self._pool.close()


class AwaitedDriver:
    """Carries steps out on the running event loop.

    *pool* gives the connections when a request is sent: those of one loop serve no other. Its
    *own* pool is closed with it.
    """

    def __init__(
        self,
        token: Token,
        timeout: float,
        pool: Callable[[], AsyncPool],
        own: AsyncPool | None = None,
    ) -> None:
        self._auth = _Bearer(token)
        self._timeout = timeout
        self._pool = pool
        self._own = own

    async def run(self, steps: Steps[Any]) -> Any:
        """Carry the steps out and give the outcome."""
        done: object = None
        while True:
            try:
                step = steps.send(done)
            except StopIteration as stop:
                return stop.value
            done = await self._do(step)

    async def iterate(self, steps: Paged[Any]) -> AsyncIterator[Any]:
        """Carry the steps out as far as each next item needs."""
        done: object = None
        while True:
            try:
                step = steps.send(done)
            except StopIteration:
                return
            done = None
            if isinstance(step, Item):
                yield step.value
            else:
                done = await self._do(step)

    async def _do(self, step: Send | Wait) -> httpx.Response | Broken | None:
        if isinstance(step, Wait):
            await asyncio.sleep(step.seconds)
            return None
        try:
            return await self._pool().request(**_arguments(step.call, self._auth, self._timeout))
        except httpx.RequestError as error:
            # Told in words of ours: the exception holds the request, and that the token.
            return Broken(_reason(error))

    async def close(self) -> None:
        """Close its own connections."""
        if self._own is not None:
            await self._own.close()


class _Bearer(httpx.Auth):
    """Adds the token at the last moment, so that nothing else ever holds it."""

    def __init__(self, token: Token) -> None:
        self._token = token

    def auth_flow(self, request: httpx.Request) -> Any:
        request.headers["Authorization"] = self._token.header()
        yield request


def _arguments(call: Call, auth: httpx.Auth, timeout: float) -> dict[str, Any]:
    headers = {"Accept": "application/json", **call.headers}
    if call.content is not None:
        headers.setdefault("Content-Type", "application/json")
    return {
        "method": call.method,
        "url": call.url,
        "content": call.content,
        "headers": headers,
        "auth": auth,
        "timeout": timeout,
    }


def _reason(error: httpx.RequestError) -> str:
    kinds = {
        httpx.ConnectTimeout: "the connection was not made in time",
        httpx.ConnectError: "the connection could not be made",
        httpx.TimeoutException: "it took too long",
    }
    for kind, words in kinds.items():
        if isinstance(error, kind):
            return words
    return "the connection broke"
