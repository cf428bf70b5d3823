"""The log lines of logs.json, on the outputs of real servers, and the better ones of ours."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from .replay import Record, perform
from .serve import SERVERS
from .servers import Fleet, Server

if TYPE_CHECKING:
    from collections.abc import Iterator

RECORD: dict[str, Any] = json.loads((Path(__file__).parent / "logs.json").read_text("utf-8"))


def called(fields: str) -> str:
    """The line at the beginning of a call."""
    return f"logName=callFunctionInvoked, {fields}, _reqId=<reqId>"


def finished(status: int, url: str = "/function", trace_id: str = "") -> str:
    """The line at the end of a call."""
    return (
        f"info: logName=reqFinished, method=POST, url={url}, statusCode={status}, "
        f"responseTime=<n>ms, _reqId=<reqId>, traceId={trace_id}"
    )


FLOW = "_integrationId=int1, _flowId=flow1, _exportId=exp1, _importId=imp1"
CONSTANT = "type=hook, function=constant"
WITH_CONNECTION = [called(f"{CONSTANT}, {FLOW}, _connectionId=conn1"), finished(200)]

#: Where our lines are better than the recorded ones (docs/conformance.md says why).
BETTER: dict[str, Record] = {
    # The id that was tested is the one that is printed.
    "logs-003": {"stdout": WITH_CONNECTION},
    "logs-004": {"stdout": WITH_CONNECTION},
    # Every JSON value has a text form; there is no stack trace in place of the line.
    "logs-022": {"stdout": [called("type=hook, function=[object Object]"), finished(422)]},
    # Text of the caller forges neither lines nor fields, and steers no terminal.
    "logs-028": {
        "stdout": [
            called(
                r'type=hook, function="a\nlogName=callFunctionInvoked, type=hook, function=forged"'
            ),
            finished(422),
        ]
    },
    "logs-031": {"stdout": [called(r'type=hook, function="\u001b[31mred"'), finished(422)]},
    # Every call has its _reqId and traceId: a refused one, and however its url is spelt.
    "logs-036": {"stdout": [finished(401, trace_id="t")]},
    "logs-038": {"stdout": [called(CONSTANT), finished(200, "/function?x=1")]},
    "logs-039": {"stdout": [called(CONSTANT), finished(200, "/function/")]},
    "logs-040": {"stdout": [called(CONSTANT), finished(200, "/FUNCTION")]},
    # A token in the query is no credential, and is not printed.
    "logs-037": {"status": 401, "stdout": [finished(401, "/function?access_token=******")]},
    # The status that was sent, and nothing of the request.
    "logs-041": {"stdout": [finished(400)], "stderr": []},
    "logs-043": {"stdout": [finished(415)], "stderr": []},
    # The body of a path that is no route is not read, so its traceId is not known.
    "logs-045": {"stdout": [finished(404, "/nope").replace("_reqId=<reqId>, ", "")]},
}

#: These change the state of their server: one after the other, on a server of their own.
DRAIN = ("logs-056", "logs-057", "logs-058", "logs-059")
CASES: dict[str, Record] = {
    case["id"]: {**case, **BETTER.get(case["id"], {})} for case in RECORD["cases"]
}


def pattern(line: str) -> str:
    """A regular expression for a recorded *line*."""
    text = re.escape(line)
    return text.replace("<reqId>", "[0-9]{13}[0-9a-z]{4}").replace("<n>", "[0-9]+")


def mismatches(wanted: list[str], lines: list[str]) -> list[str]:
    """The *lines* that are not as *wanted*, in order, and the wanted ones that are missing."""
    pairs = zip(wanted, lines, strict=False)
    odd = [line for want, line in pairs if not re.fullmatch(pattern(want), line)]
    return odd + lines[len(wanted) :] + wanted[len(lines) :]


class Tail:
    """What a server prints from now on."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.seen = (self.size(server.stdout), self.size(server.stderr))

    @staticmethod
    def size(path: Path) -> int:
        return path.stat().st_size

    def lines(self) -> tuple[list[str], list[str]]:
        """The new lines of standard output and of standard error."""
        both = zip((self.server.stdout, self.server.stderr), self.seen, strict=True)
        out, err = (path.read_bytes()[seen:].decode().splitlines() for path, seen in both)
        return out, err

    def wait_for(self, outputs: tuple[list[str], list[str]]) -> list[str]:
        """The mismatches, once there are as many lines as wanted (or after five seconds)."""
        limit = time.monotonic() + 5
        while time.monotonic() < limit:
            lines = self.lines()
            if all(len(got) >= len(want) for got, want in zip(lines, outputs, strict=True)):
                break
            time.sleep(0.01)
        return [
            odd for pair in zip(outputs, self.lines(), strict=True) for odd in mismatches(*pair)
        ]


MARK = "info: logName=reqFinished, method=GET, url=/, statusCode=200, responseTime=<n>ms, traceId="


def problems(server: Server, case: Record) -> list[str]:
    """What the server prints otherwise than *case* says.

    One more request marks the end of the lines, so that one too many is seen as well.
    """
    tail = Tail(server)
    answer = perform(server.base, case["request"])
    assert case["status"] == answer["status"]
    odd = tail.wait_for((case["stdout"], case["stderr"]))
    perform(server.base, {"method": "GET", "path": "/"})
    return odd or tail.wait_for(([*case["stdout"], MARK], case["stderr"]))


@pytest.fixture(
    scope="session",
    params=[pytest.param(kind, marks=pytest.mark.xdist_group(kind)) for kind in SERVERS],
)
def fleet(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Fleet]:
    """The servers of one kind, with logs that only these tests write to."""
    one = Fleet(request.param, tmp_path_factory.mktemp(f"logs-{request.param}"))
    yield one
    one.stop()


@pytest.mark.parametrize("case_id", [case_id for case_id in CASES if case_id not in DRAIN])
def test_lines_of_a_request(fleet: Fleet, case_id: str) -> None:
    """A request prints its lines, in order and on the recorded output, and no others."""
    case = CASES[case_id]
    assert [] == problems(fleet.shared(case["config"]), case), case["title"]


def test_lines_of_a_drain(fleet: Fleet) -> None:
    """Probes fail on standard error; what the operator asks for is told on standard output."""
    server = fleet.fresh("diy")
    for case_id in DRAIN[:-1]:
        assert [] == problems(server, CASES[case_id]), case_id
    tail, last = Tail(server), CASES[DRAIN[-1]]
    perform(server.base, last["request"])
    server.process.wait(10)
    # In this order; a server may say more about its end.
    lines = iter(tail.lines()[0])
    missing = [
        want
        for want in last["stdout"]
        if not any(re.fullmatch(pattern(want), line) for line in lines)
    ]
    assert [] == missing


@pytest.mark.parametrize("config", ["diy", "connectors"])
def test_lines_of_a_start(fleet: Fleet, config: str) -> None:
    """What was loaded is printed once, each connector by its id."""
    wanted = [line for line in RECORD["startup"][config]["stdout"] if line.startswith("Loaded")]
    # A connector without a module is an error here, and not part of our configuration.
    wanted = [line for line in wanted if not line.endswith("conn-null")]
    lines = fleet.shared(config).stdout.read_text("utf-8").splitlines()
    assert sorted(wanted) == sorted(line for line in lines if line.startswith("Loaded"))
