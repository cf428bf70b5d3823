"""Profiles: where the time goes in rows whose goal was missed."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from attrs import frozen

from benchmarks import lineup
from benchmarks.bench import Bench
from benchmarks.inside_process import ScriptFailed, run_pinned
from benchmarks.load import load_for
from benchmarks.machine import cores
from benchmarks.pages import Page, make_page
from benchmarks.rows import aws_lambda, concurrent, pages

#: As pip installs it; other builds of Python are looked at with the same one.
_SPY: Final = Path(sys.executable).parent / "py-spy"
_SECONDS: Final = 5
_SHOWN: Final = 15
_NO_FRAME: Final = "(no Python frame)"


@frozen
class Spent:
    """Shares of the samples of one function.

    Attributes:
        function: With its file.
        own: In itself.
        total: With what it calls.
    """

    function: str
    own: float
    total: float


def profile(bench: Bench, what: str) -> list[Spent]:
    """Where the time of *what* goes (`Goal.profile`), most of it first.

    Raises:
        ScriptFailed: The profiler failed.
    """
    row, _, name = what.partition("/")
    if row == aws_lambda.KEY:
        return _imports(bench, name)
    if row == concurrent.KEY:
        return _served(bench, make_page(name, 1, 60, name), concurrent.COUNTS[-1])
    case = next(case for case in pages.CASES if case.name == name)
    return _served(bench, case.page(), case.connections)


def _served(bench: Bench, page: Page, connections: int) -> list[Spent]:
    """What py-spy sees in a worker of ours under load."""
    folded = bench.folder / "profile.txt"
    with bench.running([lineup.IOPLUGINS], [page]) as servers:
        server = servers[lineup.IOPLUGINS.key]
        command = [
            *(str(_SPY), "record", "--format", "raw", "--function", "--output", str(folded)),
            # Stopping a hundred threads for each sample would leave hardly any.
            *("--gil", "--nonblocking", "--duration", str(_SECONDS), "--rate", "200"),
            *("--pid", str(server.workers()[0].pid)),
        ]
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as spying:
            load_for(server.url, bench.body(page), connections, _SECONDS + 1, cores()[1])
            printed, _ = spying.communicate()
    if spying.returncode or not folded.exists():
        raise ScriptFailed(f"py-spy failed (it needs the right to trace): {printed[-500:]}")
    return read_folded(folded.read_text("utf-8").splitlines())


def read_folded(lines: Iterable[str]) -> list[Spent]:
    """Shares by function, from stacks as flame graphs take them: ``a;b;c 12``.

    Raises:
        ScriptFailed: There are none.
    """
    own: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for line in lines:
        stack, _, count = line.rpartition(" ")
        # Looked at while it runs, a name may be memory that holds something else by now.
        frames = stack.split(";")
        functions = [frame if frame and frame.isprintable() else _NO_FRAME for frame in frames]
        own[functions[-1]] += int(count)
        for function in set(functions):
            total[function] += int(count)
    samples = own.total()
    if not samples:
        raise ScriptFailed("py-spy took no sample")
    return [
        Spent(function, count / samples, total[function] / samples)
        for function, count in own.most_common(_SHOWN)
    ]


def _imports(bench: Bench, package: str) -> list[Spent]:
    """What each import of a packaged Lambda function takes."""
    folder = bench.folder / package
    code = f"import sys; sys.path.insert(0, {str(folder)!r}); import lambda_function"
    printed = bench.folder / "imports.txt"
    python = [bench.build.python, "-I", "-S", "-X", "importtime", "-c", code]
    run_pinned(["sh", "-c", 'exec "$@" 2>"$0"', str(printed), *python], {})
    return read_import_times(printed.read_text("utf-8").splitlines())


def read_import_times(lines: Iterable[str]) -> list[Spent]:
    """Shares by module, from what ``python -X importtime`` prints."""
    times: list[tuple[str, int, int]] = []
    for line in lines:
        cells = line.removeprefix("import time:").split("|")
        if line.startswith("import time:") and cells[0].strip().isdigit():
            times.append((cells[2].strip(), int(cells[0]), int(cells[1])))
    whole = sum(own for _, own, _ in times)
    longest = sorted(times, key=lambda one: -one[1])[:_SHOWN]
    return [Spent(name, own / whole, total / whole) for name, own, total in longest]
