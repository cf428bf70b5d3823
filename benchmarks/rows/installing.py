"""Finding installed packages, and registering functions."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from benchmarks.bench import Bench
from benchmarks.inside_process import run_inside
from benchmarks.rows.row import Column, Row

KEY: Final = "discovery"
COUNTS: Final = (0, 10, 300)
#: One in so many of the installed packages is a connector; the first one is.
_EVERY: Final = 10
_MODULE: Final = """
from ioplugins import hook

@hook("preMap")
def pre_map(options: dict):
    return [{"data": record} for record in options["data"]]
"""


def install_packages(folder: Path, count: int) -> int:
    """Make so many installed packages in *folder*, as pip leaves them; gives the connectors."""
    folder.mkdir()
    connectors = 0
    for number in range(count):
        info = folder / f"package_{number}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: package-{number}\nVersion: 1.0\n", encoding="utf-8"
        )
        (info / "RECORD").write_text(f"connector_{number}.py,,\n", encoding="utf-8")
        points = f"[console_scripts]\ncommand{number} = connector_{number}:main\n"
        if number % _EVERY == 0:
            connectors += 1
            points += f"[ioplugins.connectors]\n{number:024x} = connector_{number}\n"
            (folder / f"connector_{number}.py").write_text(_MODULE, encoding="utf-8")
        (info / "entry_points.txt").write_text(points, encoding="utf-8")
    return connectors


def measure_discovery(bench: Bench) -> None:
    rounds = 1 if bench.quick else 3 * bench.rounds
    for count in COUNTS:
        folder = bench.folder / f"site-{count}"
        connectors = install_packages(folder, count)
        for number in range(rounds + 1):
            for way in _WAYS:
                printed = run_inside(bench, "discovery", way, str(connectors), path=[str(folder)])
                if number:  # the first round fills the file system's cache and writes bytecode
                    case = f"{KEY}/{count} more packages, {connectors} of them connectors"
                    bench.measurements.add(case, way, "seconds", float(printed))
        bench.say(f"{KEY}: {count} packages, {rounds} rounds")


_WAYS: Final = {
    "entry_points": "importlib.metadata's scan alone, nothing loaded",
    "ours": "**ioplugins** discovery and registration",
    "pluggy": "pluggy's load_setuptools_entrypoints",
}
DISCOVERY: Final = Row(
    KEY,
    "Discovery",
    "In a fresh process, with so many packages installed beside those of the environment; the "
    "connectors among them are imported, by ours and by pluggy, and by ours their functions are "
    "registered.",
    measure_discovery,
    (Column("seconds", "ms", 1, 1e3, ratio=True, spread=True),),
    baseline="entry_points",
    titles=_WAYS,
)

REGISTERED: Final = (1, 1_000)
_ONE_KEY: Final = "ioplugins"


def measure_registration(bench: Bench) -> None:
    rounds = 2 if bench.quick else 4 * bench.rounds
    for count in REGISTERED:
        printed = run_inside(bench, "registration", str(rounds), str(count))
        for seconds in json.loads(printed)[1:]:  # the first one imports the options classes
            case = f"registration/{count:,} functions"
            bench.measurements.add(case, _ONE_KEY, "seconds", seconds)
            bench.measurements.add(case, _ONE_KEY, "each", seconds / count)
    bench.say(f"registration: {rounds} rounds")


REGISTRATION: Final = Row(
    "registration",
    "Registration",
    "A module of decorated functions with options classes: collected, and the configuration made.",
    measure_registration,
    (
        Column("seconds", "ms", 2, 1e3, spread=True),
        Column("each", "microseconds a function", 1, 1e6),
    ),
    titles={_ONE_KEY: "**ioplugins**"},
)
