"""The clients of the integrator.io API: `Client` blocks, `AsyncClient` is awaited."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from ioplugins.api import onetime
from ioplugins.api.bucket import Bucket
from ioplugins.api.core import NO_BODY, Core, Params
from ioplugins.api.drivers import AwaitedDriver, BlockingDriver
from ioplugins.api.exchange import Paged, Steps
from ioplugins.api.masks import Change, Masks
from ioplugins.api.operations import Area, Awaited, Blocking, D, operation, paged
from ioplugins.api.pool import AsyncPool, Pool
from ioplugins.api.resources import (
    Connections,
    Exports,
    Flows,
    Imports,
    Integrations,
    Jobs,
    Resource,
    Stacks,
)
from ioplugins.api.retries import Retries
from ioplugins.api.settings import SingleUse, base_url_of, single_use_of
from ioplugins.api.shapes import TokenInfo
from ioplugins.api.state import AsyncState, State
from ioplugins.api.token import Token
from ioplugins.jsonvalue import JSON

if TYPE_CHECKING:
    from typing_extensions import Self

TIMEOUT: Final = 60.0  # seconds for a connection, and between two parts of an answer


class _Api(Area[D]):
    """What both clients offer; each method is written once, as steps."""

    __slots__ = ()

    @operation
    def request(
        self,
        method: str,
        path: str,
        json: object = NO_BODY,
        params: Params | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Steps[JSON]:
        """Any request, and what is answered: JSON, a text such as ``"OK"``, [] or None.

        Unlike the other methods it lets a ``******`` through.

        Args:
            method: The HTTP method.
            path: Below the base URL, such as ``/exports``; or a whole URL of the same host.
            json: The body; none when left out.
            params: The query; lists repeat a parameter, None leaves it out.
            headers: Further headers.
        """
        return self._core.request(method, path, json, params, headers)

    @operation
    def get(self, path: str, params: Params | None = None) -> Steps[JSON]:
        """GET *path*; an empty list may come as 204, which is [] here."""
        return self._core.request("GET", path, params=params)

    @operation
    def put(self, path: str, json: JSON) -> Steps[JSON]:
        """PUT *json*, which replaces the whole resource; see `update`."""
        return self._core.write("PUT", path, json)

    @operation
    def post(self, path: str, json: JSON = None) -> Steps[JSON]:
        """POST *json*, or nothing."""
        if json is None:
            return self._core.request("POST", path)
        return self._core.write("POST", path, json)

    @operation
    def patch(self, path: str, json: JSON) -> Steps[JSON]:
        """PATCH *json*."""
        return self._core.write("PATCH", path, json)

    @operation
    def delete(self, path: str) -> Steps[JSON]:
        """DELETE *path*."""
        return self._core.request("DELETE", path)

    @paged
    def pages(self, path: str, params: Params | None = None) -> Paged[JSON]:
        """Iterate over the pages of a list, asking for the next when it is wanted.

        Follows the Link header and ``nextPageURL``, on the same host only.
        """
        yield from self._core.pages(path, params)

    @operation
    def update(self, path: str, change: Change, masks: Masks = "refuse") -> Steps[dict[str, JSON]]:
        """GET, change, PUT; gives the document as the API answered it.

        Args:
            path: The resource, such as ``/exports/5f1a...``.
            change: A JSON Merge Patch (objects are merged, None removes), or a function that
                changes the document it gets or gives another.
            masks: What to do with secrets that the API shows as ``******``: ``refuse`` the
                update, or ``drop`` them. A PUT erases what it leaves out.

        Raises:
            MaskedSecret: A mask would be written, or *masks* refuses it.
            Locked: The API answered 200 and changed nothing.
        """
        return self._core.update(path, change, masks)

    @operation
    def token_info(self) -> Steps[TokenInfo]:
        """Whose token this is."""
        return self._core.request("GET", "/tokenInfo")

    def resource(self, name: str) -> Resource[D]:
        """Any kind of resource, such as ``"scripts"`` or ``"lookupcaches"``."""
        return Resource(self._core, self._driver, name.strip("/"))

    @property
    def exports(self) -> Exports[D]:
        """Exports, saved and virtual."""
        return Exports(self._core, self._driver, "exports")

    @property
    def imports(self) -> Imports[D]:
        """Imports, saved and virtual."""
        return Imports(self._core, self._driver, "imports")

    @property
    def flows(self) -> Flows[D]:
        """Flows."""
        return Flows(self._core, self._driver, "flows")

    @property
    def connections(self) -> Connections[D]:
        """Connections."""
        return Connections(self._core, self._driver, "connections")

    @property
    def integrations(self) -> Integrations[D]:
        """Integrations."""
        return Integrations(self._core, self._driver, "integrations")

    @property
    def jobs(self) -> Jobs[D]:
        """Jobs."""
        return Jobs(self._core, self._driver)

    @property
    def stacks(self) -> Stacks[D]:
        """Stacks."""
        return Stacks(self._core, self._driver, "stacks")


class Client(_Api[Blocking]):
    """A client of the integrator.io API. It may be shared by threads; make one for an account.

    Args:
        token: An API token of the account, or a one-time token.
        base_url: Where the API is; else *region*, else the environment
            (``IOPLUGINS_API_URL``, ``IOPLUGINS_API_REGION``), else North America.
        region: ``na``, ``eu``, ``au`` or ``ca``, in place of *base_url*.
        bucket: The rate limit; a bucket of its own when left out. Give several clients of one
            account the same.
        retries: When requests are sent again.
        timeout: Seconds for a connection, and between two parts of an answer.
        single_use: ``off`` for a token that is good for many requests; for a one-time token
            ``warn`` about its second use in the log, or ``strict``: never send it twice.
        pool: Connections to share; the client leaves them open. Its own when left out.

    Raises:
        ConfigurationError: A setting is not usable.
    """

    __slots__ = ()
    _driver: BlockingDriver

    def __init__(
        self,
        token: str | Token,
        *,
        base_url: str | None = None,
        region: str | None = None,
        bucket: Bucket | None = None,
        retries: Retries | None = None,
        timeout: float = TIMEOUT,
        single_use: SingleUse = "off",
        pool: Pool | None = None,
    ) -> None:
        secret = _secret(token, single_use)
        del token  # a traceback with its variables must not show it
        core = Core(base_url_of(base_url, region), secret, bucket or Bucket(), retries or Retries())
        connections = pool or Pool(onetime.connections())
        driver = BlockingDriver(secret, timeout, connections, own=pool is None)
        super().__init__(core, driver)

    @classmethod
    def from_options(
        cls,
        options: Mapping[str, JSON],
        *,
        base_url: str | None = None,
        region: str | None = None,
        retries: Retries | None = None,
        timeout: float = TIMEOUT,
        single_use: SingleUse | None = None,
    ) -> Self:
        """A client with the one-time token of the options of a call.

        Connections and bucket are the process's, so that this costs next to nothing.

        Args:
            options: What a function received; an options object or the raw mapping.
            base_url: As for `Client`.
            region: As for `Client`.
            retries: As for `Client`.
            timeout: As for `Client`.
            single_use: As for `Client`; else ``IOPLUGINS_API_SINGLE_USE``, else ``warn``.

        Raises:
            ConfigurationError: The options hold no token, or a setting is not usable.
        """
        return cls(
            onetime.token_of(options, single_use_of(single_use)),
            base_url=base_url,
            region=region,
            bucket=onetime.shared().bucket,
            retries=retries,
            timeout=timeout,
            pool=onetime.shared().pool(),
        )

    def state(self, resource: str | None = None) -> State:
        """The state of the account, or of *resource*, such as ``"integrations/5f1a..."``."""
        return State(self._core, self._driver, resource)

    def close(self) -> None:
        """Close its own connections; shared ones stay open."""
        self._driver.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class AsyncClient(_Api[Awaited]):
    """As `Client`, with methods to be awaited and ``async for`` over pages.

    One client belongs to one event loop.

    Args:
        token: As for `Client`.
        base_url: As for `Client`.
        region: As for `Client`.
        bucket: As for `Client`; the same bucket may serve both.
        retries: As for `Client`.
        timeout: As for `Client`.
        single_use: As for `Client`.
        pool: As for `Client`; or a function that gives it when a request is sent.

    Raises:
        ConfigurationError: A setting is not usable.
    """

    __slots__ = ()
    _driver: AwaitedDriver

    def __init__(
        self,
        token: str | Token,
        *,
        base_url: str | None = None,
        region: str | None = None,
        bucket: Bucket | None = None,
        retries: Retries | None = None,
        timeout: float = TIMEOUT,
        single_use: SingleUse = "off",
        pool: AsyncPool | Callable[[], AsyncPool] | None = None,
    ) -> None:
        secret = _secret(token, single_use)
        del token  # a traceback with its variables must not show it
        core = Core(base_url_of(base_url, region), secret, bucket or Bucket(), retries or Retries())
        if pool is None:
            own = AsyncPool(onetime.connections())
            driver = AwaitedDriver(secret, timeout, lambda: own, own)
        elif isinstance(pool, AsyncPool):
            given = pool
            driver = AwaitedDriver(secret, timeout, lambda: given)
        else:
            driver = AwaitedDriver(secret, timeout, pool)
        super().__init__(core, driver)

    @classmethod
    def from_options(
        cls,
        options: Mapping[str, JSON],
        *,
        base_url: str | None = None,
        region: str | None = None,
        retries: Retries | None = None,
        timeout: float = TIMEOUT,
        single_use: SingleUse | None = None,
    ) -> Self:
        """As `Client.from_options`; connections are those of the event loop."""
        return cls(
            onetime.token_of(options, single_use_of(single_use)),
            base_url=base_url,
            region=region,
            bucket=onetime.shared().bucket,
            retries=retries,
            timeout=timeout,
            pool=onetime.shared().async_pool,
        )

    def state(self, resource: str | None = None) -> AsyncState:
        """The state of the account, or of *resource*, such as ``"integrations/5f1a..."``."""
        return AsyncState(self._core, self._driver, resource)

    async def close(self) -> None:
        """Close its own connections; shared ones stay open."""
        await self._driver.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


def _secret(token: str | Token, single_use: SingleUse) -> Token:
    if isinstance(token, Token):
        return token
    return Token(token, single_use, onetime.shared().ledger)
