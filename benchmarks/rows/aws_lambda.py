"""A Lambda function: cold start and warm invocations, beside Celigo's core in Node."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from typing import Final

from attrs import frozen

from benchmarks.bench import Bench, agree
from benchmarks.inside_process import run_inside, run_pinned, seconds_to_first_line
from benchmarks.lineup import FOLDER
from benchmarks.pages import Page
from benchmarks.rows.pages import HUNDRED, ONE
from benchmarks.rows.row import Column, Row

KEY: Final = "lambda"
NODE: Final = "node-core"
PLAIN: Final = "plain"
TYPED: Final = "typed"
COLD: Final = f"{KEY}/process start to first answer"
_TITLES: Final = {
    NODE: "Node, Celigo's core",
    PLAIN: "**ioplugins**, options as dict",
    TYPED: "**ioplugins**, options as classes",
    "node-bare": "Node, nothing required",
    "python-bare": "Python, nothing imported",
}


@frozen
class _Command:
    arguments: list[str]
    environment: Mapping[str, str]


def measure(bench: Bench) -> None:
    functions = {PLAIN: "lambda_plain.py", TYPED: "lambda_typed.py"}
    for key, name in functions.items():
        source = bench.folder / "functions" / name  # an author's folder is no package of ours
        source.parent.mkdir(exist_ok=True)
        shutil.copy(FOLDER / name, source)
        run_inside(bench, "lambda_package", str(source), str(bench.folder / key))
    _cold(bench, ONE.page())
    for case in (ONE, HUNDRED):
        _warm(bench, f"{KEY}/warm invocation, {case.name}", case.page())


def _commands(bench: Bench, page: Page, invocations: int) -> dict[str, _Command]:
    """How the handlers are invoked with *page*, in this order."""
    request = json.loads(page.body)
    event, context = bench.folder / "event.json", bench.folder / "context.json"
    event.write_text(json.dumps(request.pop("options")), encoding="utf-8")
    context.write_text(json.dumps(request), encoding="utf-8")
    rest = [str(event), str(context), str(invocations)]
    peers = {"BENCHMARK_PEERS": str(bench.peers)}
    commands = {NODE: _Command(["node", str(FOLDER / "lambda_invoker.js"), *rest], peers)}
    for key in (PLAIN, TYPED):
        python = [bench.build.python, "-I", "-S", str(FOLDER / "lambda_invoker.py")]
        commands[key] = _Command([*python, str(bench.folder / key), *rest], {})
    return commands


def _cold(bench: Bench, page: Page) -> None:
    commands = _commands(bench, page, 1)
    bare = {
        "node-bare": _Command(["node", "-e", "console.log(1)"], {}),
        "python-bare": _Command([bench.build.python, "-I", "-S", "-c", "print(1)"], {}),
    }
    rounds = 1 if bench.quick else 5 * bench.rounds
    for number in range(rounds + 2):
        for key, command in (commands | bare).items():
            seconds, line = seconds_to_first_line(command.arguments, command.environment)
            if key in commands:
                agree(_TITLES[key], page, 200, line)
            if number >= 2:  # the first two fill the file system's cache
                bench.measurements.add(COLD, key, "seconds", seconds)
    bench.say(f"{COLD}: {rounds} rounds")


def _warm(bench: Bench, case: str, page: Page) -> None:
    """Each round is a process that is invoked again and again; its median after half of them."""
    for number in range(bench.rounds):
        for key, command in _commands(bench, page, 200 if bench.quick else 1_500).items():
            answer, taken = run_pinned(command.arguments, command.environment).splitlines()
            agree(_TITLES[key], page, 200, answer.encode())
            nanoseconds = sorted(json.loads(taken)[100:])
            median = nanoseconds[len(nanoseconds) // 2] / 1e9
            bench.measurements.add(case, key, "warm", median)
        bench.say(f"{case}: round {number + 1} of {bench.rounds}")


ROW: Final = Row(
    KEY,
    "Lambda",
    "The functions packaged as `ioplugins lambda package` does it, invoked in a process without "
    "AWS's runtime client, as that client does; beside it a handler around Celigo's core. Cold: "
    "from starting the process to the first answer. Warm: from the text of an event to the text "
    "of its answer, in a process that was invoked before.",
    measure,
    (
        Column("seconds", "ms", 1, 1e3, ratio=True, spread=True),
        Column("warm", "microseconds", 1, 1e6, ratio=True, spread=True),
    ),
    baseline=NODE,
    titles=_TITLES,
)
