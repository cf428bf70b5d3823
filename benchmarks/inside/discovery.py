"""Finding what is installed, in a fresh process that has a folder of packages on its path.

Usage: ``python discovery.py ours|entry_points|pluggy CONNECTORS``; prints the seconds it took. The
modules that discovery needs are imported before; the packages' own are not.
"""

from __future__ import annotations

import importlib.metadata
import sys
import time

import pluggy

from ioplugins import Registry
from ioplugins.installed import CONNECTORS
from ioplugins.plugins import discover


def ours() -> int:
    """As `ioplugins serve` does it for connectors; plugins of the environment stay out of it."""
    registry = Registry()
    discover(groups=[CONNECTORS]).register(registry)
    return len(registry)


def entry_points() -> int:
    """The scan alone, by the standard library, nothing loaded."""
    return len(list(importlib.metadata.entry_points(group=CONNECTORS)))


def by_pluggy() -> int:
    """As pluggy would load them."""
    return pluggy.PluginManager("ioplugins").load_setuptools_entrypoints(CONNECTORS)


def main() -> None:
    way = {"ours": ours, "entry_points": entry_points, "pluggy": by_pluggy}[sys.argv[1]]
    began = time.perf_counter()
    found = way()
    taken = time.perf_counter() - began
    if found != int(sys.argv[2]):
        raise SystemExit(f"{found} connectors were found instead of {sys.argv[2]}.")
    print(taken)


if __name__ == "__main__":
    main()
