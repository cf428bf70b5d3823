"""The timelines of timing.json: the recorded limits are our defaults, and each better way holds.

Nobody waits 270 s here: the server of these tests has short limits of its own.
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ioplugins.configuration import Configuration, Settings
from ioplugins.server import create_server

from .replay import Record, perform

if TYPE_CHECKING:
    from collections.abc import Iterator

RECORD = json.loads((Path(__file__).parent / "timing.json").read_text("utf-8"))
EVENTS: dict[str, list[list[Any]]] = {line["id"]: line["events"] for line in RECORD["timelines"]}


def wait(options: Any) -> str:
    time.sleep(options["ms"] / 1000)
    return "waited"


def never(options: Any, callback: Any) -> None:
    """It never calls back."""


@pytest.fixture(scope="module")
def base() -> Iterator[str]:
    """A server that says 102 every 50 ms and gives up on a function after 600 ms."""
    mapping = {
        "diy": {"wait": wait, "never": never},
        "systemToken": "token",
        "port": 0,
        "heartbeatInterval": 50,
        "functionTimeout": 600,
    }
    with create_server(Configuration.from_mapping(mapping)) as server:
        yield f"http://127.0.0.1:{server.port}"


def call(function: str, ms: int, **more: Any) -> Record:
    body = {"diy": True, "function": function, "options": {"ms": ms}}
    headers = {"Authorization": "Bearer token", "Content-Type": "application/json"}
    request = {"method": "POST", "path": "/function", "headers": headers}
    return {**request, "body": {"json": body}, **more}


def test_the_recorded_limits_are_the_defaults() -> None:
    """102 after 270 s; a silent connection ends after 315 s, an idle one after 301 s."""
    settings = Settings()
    assert EVENTS["timing-001"][0] == [
        settings.heartbeat_interval / 1000,
        "102 Processing (status line and empty line only)",
    ]
    assert EVENTS["timing-006"][0][0] == settings.timeout / 1000
    assert EVENTS["timing-005"][0][1].endswith(f"timeout={settings.keep_alive_timeout // 1000}")


def test_timing_001_a_long_call_says_102_and_then_answers(base: str) -> None:
    """Interim answers while the function runs, more than one of them, then the result."""
    answer = perform(base, call("wait", 400))
    assert (200, b'"waited"') == (answer["status"], answer["data"])
    assert {102} == set(answer["interim"])
    assert len(answer["interim"]) > 1


def test_a_quick_call_says_no_102(base: str) -> None:
    """The timer ends with the call."""
    assert [] == perform(base, call("wait", 0))["interim"]


def test_timing_003_a_call_that_never_answers_gets_an_error(base: str) -> None:
    """422 function_timeout at the framework's own limit, where Node drops the connection."""
    answer = perform(base, call("never", 0))
    assert 422 == answer["status"]
    assert "function_timeout" == json.loads(answer["data"])["errors"][0]["code"]


def test_timing_004_an_http_1_0_caller_gets_no_102(base: str) -> None:
    """It cannot know interim answers (RFC 9110, 15.2)."""
    answer = perform(base, call("wait", 200, http_version="1.0"))
    assert (200, []) == (answer["status"], answer["interim"])
