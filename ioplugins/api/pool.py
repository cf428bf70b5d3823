"""Connections to the API: kept, shared by threads or tasks, and bounded.

httpcore looks at each connection of a pool and at each request that waits for one whenever
anything happens, so that hundreds of them cost more than what they carry. A gate in front of it
keeps both few; twenty connections carry the whole rate limit.
"""

from __future__ import annotations

import asyncio
import ssl
import threading
from functools import cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any, Final

import httpx

CONNECTIONS: Final = 20


class Pool:
    """Connections of `Client`; threads may share it.

    Args:
        connections: How many there are at most; further requests wait for one.
        transport: What carries the requests in place of the network: in tests, a
            `httpx.WSGITransport` to the application of a fake.
    """

    def __init__(
        self, connections: int = CONNECTIONS, transport: httpx.BaseTransport | None = None
    ) -> None:
        self._gate = threading.Semaphore(connections)
        self._http = httpx.Client(transport=transport, **_settings(connections))

    def request(self, **arguments: Any) -> httpx.Response:
        """As `httpx.Client.request`."""
        with self._gate:
            return self._http.request(**arguments)

    def close(self) -> None:
        """Close all connections."""
        self._http.close()


class AsyncPool:
    """Connections of `AsyncClient`, for the tasks of one event loop.

    Args:
        connections: As for `Pool`.
        transport: As for `Pool`.
    """

    def __init__(
        self, connections: int = CONNECTIONS, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self._gate = asyncio.Semaphore(connections)
        self._http = httpx.AsyncClient(transport=transport, **_settings(connections))

    async def request(self, **arguments: Any) -> httpx.Response:
        """As `httpx.AsyncClient.request`."""
        async with self._gate:
            return await self._http.request(**arguments)

    async def close(self) -> None:
        """Close all connections."""
        await self._http.aclose()


def _settings(connections: int) -> dict[str, Any]:
    return {
        "limits": httpx.Limits(max_connections=connections, max_keepalive_connections=connections),
        "verify": _tls(),
        # The calls of many accounts share these connections: what one was given is not the next's.
        "cookies": CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        # A redirect would take the token along.
        "follow_redirects": False,
    }


@cache
def _tls() -> ssl.SSLContext:
    # Reading the certificates takes 20 ms and more; all connections trust the same.
    return httpx.create_ssl_context()
