"""The extension functions of every Python contestant; ``functions.js`` holds the same for Node.

``functions.py`` is the TARGET of `ioplugins serve`; ``functions.py:unchecked`` is the same with the
answer checks off.
"""

from __future__ import annotations

import asyncio
import time
from typing import Any

from ioplugins import Registry, hook
from ioplugins.options import PreMapOptions


def add_region_to(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The work itself, for the contestants without options classes: touches each record."""
    return [{"data": {**record, "region": "EU"}} for record in records]


def burn_cpu(milliseconds: float) -> None:
    """Keep this thread's core busy for so long, however long the thread waits for its turn."""
    end = time.thread_time() + milliseconds / 1000
    while time.thread_time() < end:
        pass


@hook("preMap", name="addRegion")
def add_region(options: PreMapOptions) -> list[dict[str, Any]]:
    return [{"data": {**record, "region": "EU"}} for record in options.data]


@hook("preMap", name="sleep")
def sleep(options: PreMapOptions) -> list[dict[str, Any]]:
    time.sleep(1)
    return [{"data": record} for record in options.data]


@hook("preMap", name="sleepAsync")
async def sleep_async(options: PreMapOptions) -> list[dict[str, Any]]:
    await asyncio.sleep(1)
    return [{"data": record} for record in options.data]


@hook("preMap", name="burn")
def burn(options: PreMapOptions) -> list[dict[str, Any]]:
    burn_cpu(20)
    return [{"data": record} for record in options.data]


def unchecked_registry() -> Registry:
    registry = Registry()
    for function in (add_region, sleep, sleep_async, burn):
        registry.add(function)
    return registry


unchecked = unchecked_registry().configuration(answers="off")
