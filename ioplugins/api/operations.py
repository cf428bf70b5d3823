"""One definition of an operation for both clients.

An operation is written once, as a generator of steps. On an area of `Client` it is a method that
returns; on one of `AsyncClient` a method to be awaited. Type checkers see both, by the overloads of
the descriptors below.
"""

from __future__ import annotations

import functools
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from typing import Any, Concatenate, Generic, ParamSpec, Protocol, TypeVar, overload

from ioplugins.api.core import Core
from ioplugins.api.exchange import Paged, Steps

P = ParamSpec("P")
T = TypeVar("T")


class Blocking:
    """Marks what belongs to `Client`: its methods return."""


class Awaited:
    """Marks what belongs to `AsyncClient`: its methods are awaited."""


D = TypeVar("D", Blocking, Awaited)


class Driver(Protocol):
    """Does the I/O of steps, each in its own way."""

    def run(self, steps: Steps[Any]) -> Any:
        """Carry the steps out; gives the outcome, or an awaitable of it."""

    def iterate(self, steps: Paged[Any]) -> Any:
        """Carry the steps out while somebody iterates over their items."""


class Area(Generic[D]):
    """What has operations: a client, or a part of one."""

    __slots__ = ("_core", "_driver")

    def __init__(self, core: Core, driver: Driver) -> None:
        self._core = core
        self._driver = driver

    def __repr__(self) -> str:
        core = getattr(self, "_core", None)  # a traceback may show it before it was made
        return f"<{type(self).__name__} of {core.base_url if core else 'nothing yet'}>"


class operation(Generic[P, T]):  # noqa: N801 - it is used as a decorator
    """A method of an area, written as steps, that gives a T."""

    def __init__(self, function: Callable[Concatenate[Any, P], Steps[T]]) -> None:
        self._function = function
        self.__doc__ = function.__doc__

    @overload
    def __get__(self, area: None, owner: type) -> operation[P, T]: ...
    @overload
    def __get__(self, area: Area[Blocking], owner: type) -> Callable[P, T]: ...
    @overload
    def __get__(self, area: Area[Awaited], owner: type) -> Callable[P, Coroutine[Any, Any, T]]: ...
    def __get__(self, area: Area[Any] | None, owner: type) -> Any:
        """The method, bound to its area and that area's I/O."""
        if area is None:
            return self
        return _bound(self._function, area, area._driver.run)  # noqa: SLF001 - its own area


class paged(Generic[P, T]):  # noqa: N801 - it is used as a decorator
    """A method of an area, written as steps, whose items of type T are iterated over."""

    def __init__(self, function: Callable[Concatenate[Any, P], Paged[T]]) -> None:
        self._function = function
        self.__doc__ = function.__doc__

    @overload
    def __get__(self, area: None, owner: type) -> paged[P, T]: ...
    @overload
    def __get__(self, area: Area[Blocking], owner: type) -> Callable[P, Iterator[T]]: ...
    @overload
    def __get__(self, area: Area[Awaited], owner: type) -> Callable[P, AsyncIterator[T]]: ...
    def __get__(self, area: Area[Any] | None, owner: type) -> Any:
        """The method, bound to its area and that area's I/O."""
        if area is None:
            return self
        return _bound(self._function, area, area._driver.iterate)  # noqa: SLF001 - its own area


def _bound(
    function: Callable[..., Any], area: Area[Any], carry_out: Callable[[Any], Any]
) -> Callable[..., Any]:
    steps = functools.partial(function, area)

    @functools.wraps(function)
    def method(*arguments: Any, **keywords: Any) -> Any:
        return carry_out(steps(*arguments, **keywords))

    # What help() and editors show: without the area, which is bound.
    method.__wrapped__ = steps
    return method
