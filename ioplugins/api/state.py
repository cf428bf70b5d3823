"""integrator.io's state: values by key, of the account or of one resource.

`State` is a mapping; each access is a request. `AsyncState` has the same as awaited methods.
"""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping

from ioplugins.api.core import Core, segment
from ioplugins.api.errors import ApiError
from ioplugins.api.exchange import Steps
from ioplugins.api.operations import Area, Awaited, Blocking, D, Driver, operation
from ioplugins.jsonvalue import JSON


class _Keys(Area[D]):
    __slots__ = ("_path",)

    def __init__(self, core: Core, driver: Driver, resource: str | None) -> None:
        super().__init__(core, driver)
        place = (resource or "").strip("/")
        self._path = f"/{place}/state" if place else "/state"

    @operation
    def _list(self) -> Steps[list[str]]:
        answer = yield from self._core.request("GET", self._path)
        keys: list[str] = answer.get("keys") or [] if isinstance(answer, dict) else []
        return keys

    @operation
    def _read(self, key: str) -> Steps[JSON]:
        """Raises KeyError when there is no such key."""
        try:
            return (yield from self._core.request("GET", self._at(key)))
        except ApiError as error:
            raise _missing(error, key) from None

    @operation
    def _write(self, key: str, value: JSON) -> Steps[None]:
        yield from self._core.request("PUT", self._at(key), value)

    @operation
    def _remove(self, key: str) -> Steps[None]:
        """Raises KeyError when there is no such key."""
        try:
            yield from self._core.request("DELETE", self._at(key))
        except ApiError as error:
            raise _missing(error, key) from None

    @operation
    def _remove_all(self) -> Steps[None]:
        yield from self._core.request("DELETE", self._path)

    def _at(self, key: str) -> str:
        return f"{self._path}/{segment(key)}"

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._path}>"


def _missing(error: ApiError, key: str) -> Exception:
    return KeyError(key) if error.status == 404 else error


class State(_Keys[Blocking], MutableMapping[str, JSON]):
    """Values by key; each access is a request, so keep what you read."""

    __slots__ = ()

    def __getitem__(self, key: str) -> JSON:
        return self._read(key)

    def __setitem__(self, key: str, value: JSON) -> None:
        self._write(key, value)

    def __delitem__(self, key: str) -> None:
        self._remove(key)

    def __iter__(self) -> Iterator[str]:
        return iter(self._list())

    def __len__(self) -> int:
        return len(self._list())

    def clear(self) -> None:
        """Delete all keys, in one request."""
        self._remove_all()


class AsyncState(_Keys[Awaited]):
    """Values by key, with awaited methods."""

    __slots__ = ()

    async def get(self, key: str, default: JSON = None) -> JSON:
        """The value of *key*, or *default*."""
        try:
            return await self._read(key)
        except KeyError:
            return default

    async def set(self, key: str, value: JSON) -> None:
        """Save *value*, any JSON, as *key*."""
        await self._write(key, value)

    async def delete(self, key: str) -> None:
        """Delete *key*.

        Raises:
            KeyError: There is none.
        """
        await self._remove(key)

    async def keys(self) -> list[str]:
        """All keys."""
        return await self._list()

    async def clear(self) -> None:
        """Delete all keys, in one request."""
        await self._remove_all()
