"""Every case of http.json against `ioplugins serve` and gunicorn, and what they let slip."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from .replay import Record, judge, perform, run
from .serve import SERVERS, TOKEN
from .servers import Fleet

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).resolve().parent

#: What only the Node packages can do (`peer_only`) is tested below, each by its better way.
CASES: dict[str, Record] = {
    case["id"]: case
    for case in json.loads((HERE / "http.json").read_text("utf-8"))["cases"]
    if not case.get("peer_only")
}

#: What cannot hold on a server, and what happens there instead (docs/conformance.md).
OTHERWISE = {
    # Granian hands over the decoded path only, so that this is the route /function/.
    ("granian", "routing-010"): ["status: expected 404, got 200"],
    # Its HTTP parser refuses the characters < and > in a path.
    ("granian", "routing-034"): ["status: expected 404, got 400"],
}

# ---------------------------------------------------------------------- what must never be seen

SECRETS = {
    "systemToken": TOKEN,
    "bearerToken": "bearer-of-one-call",
    "password": "decrypted-for-one-call",
}
LEAKS = re.compile(
    "|".join(
        (
            r"Traceback \(most recent call last\)",
            r'File "[^"]+", line \d+',
            r"\bat [^\n<]{1,200}:\d+:\d+",  # a line of a JavaScript stack trace
            r"site-packages",
            *(re.escape(f"{folder}/") for folder in (HERE.parents[1], sys.prefix, Path.home())),
            *SECRETS.values(),
        )
    )
)


def with_secrets(function: str, **more: object) -> Record:
    """A call with secrets in its options, as integrator.io sends them to a wrapper."""
    options = {
        "bearerToken": SECRETS["bearerToken"],
        "connection": {"_id": "c1", "encrypted": {"password": SECRETS["password"]}},
    }
    body = {"diy": True, "type": "hook", "function": function, "options": options, **more}
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
    return {"method": "POST", "path": "/function", "headers": headers, "body": {"json": body}}


SECRETIVE = [
    *map(with_secrets, ("constant", "errorPlain", "throwInside", "badFunctionInside", "noSuch")),
    with_secrets("echo", maxResponseSize=1),
    with_secrets("constant", type="wrapper"),
    with_secrets("constant", access_token=TOKEN),
    {
        "method": "POST",
        "path": f"/function?access_token={TOKEN}&access_token={TOKEN}",
        "headers": {"Content-Type": "application/json"},
        "body": {"text": f'{{"access_token": "{TOKEN}"'},
    },
    {"method": "GET", "path": f"/?TOKEN={TOKEN}"},
]


class Replay:
    """The cases on one kind of server; each is run once, and its answers searched for leaks."""

    def __init__(self, kind: str, folder: Path) -> None:
        self.fleet = Fleet(kind, folder)
        self.problems: dict[str, list[str]] = {}
        self.leaks: list[str] = []

    def run(self, case_id: str) -> list[str]:
        """The mismatches of a case."""
        if case_id not in self.problems:
            case = CASES[case_id]
            fresh = bool(case.get("fresh_server"))
            server = (self.fleet.fresh if fresh else self.fleet.shared)(case["config"])
            answers = run(server.base, case)
            self.problems[case_id] = judge(case, answers, server.process if fresh else None)
            if fresh:
                server.kill()
            for answer in answers:
                self.search(case_id, answer)
        return self.problems[case_id]

    def search(self, where: str, answer: Record | None) -> None:
        """Note what *answer* lets slip, in its headers or its body."""
        if answer and answer["outcome"] == "response":
            text = f"{answer['headers']} {answer['data'].decode('utf-8', 'replace')}"
            self.leaks += [f"{where}: {found.group()}" for found in LEAKS.finditer(text)]


@pytest.fixture(
    scope="session",
    params=[pytest.param(kind, marks=pytest.mark.xdist_group(kind)) for kind in SERVERS],
)
def replay(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Replay]:
    """The cases on one kind of server."""
    one = Replay(request.param, tmp_path_factory.mktemp(request.param))
    yield one
    one.fleet.stop()


@pytest.fixture
def fleet(replay: Replay) -> Fleet:
    """The servers of one kind."""
    return replay.fleet


@pytest.mark.parametrize("case_id", CASES)
def test_case(replay: Replay, case_id: str) -> None:
    """The case's answer is the recorded one, or the better one where that is a divergence."""
    expected = OTHERWISE.get((replay.fleet.kind, case_id), [])
    assert expected == replay.run(case_id), CASES[case_id]["title"]


def test_nothing_leaks(replay: Replay) -> None:
    """No answer and no log line of all cases holds a stack trace, a path or a secret."""
    for case_id in CASES:
        replay.run(case_id)
    server = replay.fleet.shared("diy")
    for number, request in enumerate(SECRETIVE):
        replay.search(f"secretive {number}", perform(server.base, request))
    replay.fleet.stop()
    output = replay.fleet.output()
    # The search would find nothing in logs that were not written.
    assert output.count("logName=callFunctionInvoked") > 500
    assert output.count("logName=reqFinished") > 700
    assert output.count("logName=functionFailed") > 20
    assert [] == replay.leaks
    assert [] == [found.group() for found in LEAKS.finditer(output)]


# ------------------------------------------------------- cases that only the Node packages meet


def call(function: str, options: Any = None, **more: Any) -> Record:
    """A request that calls a hook."""
    body = {"diy": True, "type": "hook", "function": function, "options": options or {}}
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
    request = {"method": "POST", "path": "/function", "headers": headers}
    return {**request, "body": {"json": body}, **more}


def test_async_010_a_call_that_never_answers_is_answered(fleet: Fleet) -> None:
    """Where Node drops the connection at its time limit, the caller is told about it."""
    answer = perform(fleet.shared("diy_timeout").base, call("never"))
    assert 422 == answer["status"]
    assert "function_timeout" == json.loads(answer["data"])["errors"][0]["code"]


def test_wire_024_a_malformed_body_is_answered_in_json(fleet: Fleet) -> None:
    """400 with an errors array; what follows on the connection is not taken for its body."""
    request = call("constant", keep_alive=True) | {"body": {"text": '{"diy":'}}
    answer = perform(fleet.shared("diy").base, request)
    assert 400 == answer["status"]
    assert "invalid_json" == json.loads(answer["data"])["errors"][0]["code"]


def test_admin_021_running_calls_are_finished_before_a_stop(fleet: Fleet) -> None:
    """A stop with a running call answers that call, and the process ends with exit code 0."""
    stop = {"method": "GET", "path": "/stopServer", "headers": {"Authorization": f"Bearer {TOKEN}"}}
    server = fleet.fresh("diy")
    steps = [{"request": call("slow", {"ms": 600}), "background": True}, {"request": stop}]
    slow, stopped = run(server.base, {"steps": steps})
    assert slow is not None
    assert stopped is not None
    assert (200, b'"slow"') == (slow["status"], slow["data"])
    assert (200, b"preparing to shut down.") == (stopped["status"], stopped["data"])
    assert 0 == server.process.wait(10)
