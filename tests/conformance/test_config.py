"""The configuration objects of config.json, and servers made of them, started and stopped."""

from __future__ import annotations

import json
import types
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from ioplugins.calling import call_function
from ioplugins.configuration import Configuration
from ioplugins.errors import ConfigurationError
from ioplugins.server import create_server

from .replay import free_port

RECORD: dict[str, Any] = json.loads((Path(__file__).parent / "config.json").read_text("utf-8"))


def a_function(options: object) -> str:
    return "answer"


MODULE = types.ModuleType("module")
MODULE.hooks = {"a_function": a_function}  # type: ignore[attr-defined]

#: What ``{"$": name}`` stands for.
STAND_INS = {
    "undefined": None,
    "function": a_function,
    "NaN": float("nan"),
    "module": MODULE,
}


def restored(value: Any) -> Any:
    """*value* with everything that JSON cannot hold put back in."""
    if isinstance(value, list):
        return [restored(item) for item in value]
    if not isinstance(value, dict):
        return value
    if "$" in value:
        return STAND_INS[value["$"]]
    return {key: restored(item) for key, item in value.items()}


def by_id(cases: list[dict[str, Any]]) -> list[Any]:
    return [pytest.param(case, id=case["id"]) for case in cases]


def named_field(config: dict[str, Any]) -> str:
    """The field, or the connector, that the better error must name."""
    connectors = config.get("connectors")
    return "c1" if isinstance(connectors, dict) else next(iter(config))


@pytest.mark.parametrize("case", by_id(RECORD["load"]))
def test_loading_a_configuration(case: dict[str, Any], caplog: pytest.LogCaptureFixture) -> None:
    """Accepted with the recorded log lines, or refused with the recorded message and code."""
    caplog.set_level("INFO", logger="ioplugins")
    config, error = restored(case["config"]), case["error"]
    if "divergence" in case:
        with pytest.raises(ConfigurationError, match=named_field(config)):
            Configuration.from_mapping(config)
    elif error is None:
        Configuration.from_mapping(config)
        assert case["console"] == caplog.messages
    else:
        with pytest.raises(ConfigurationError) as caught:
            Configuration.from_mapping(config)
        assert error == {"message": caught.value.message, "code": caught.value.code}
        assert case["console"] == caplog.messages


# ------------------------------------------------------------------------------------- servers

RECORDED_PORT = 18471
VALID = {"diy": MODULE, "systemToken": "token", "port": 0}


class Sequence:
    """The steps of a server case, with what is left of them for the next one."""

    def __init__(self) -> None:
        self.server: Any = None
        self.port = free_port()

    def create(self, config: Any) -> dict[str, Any]:
        """createServer: a server that listens, or the error as recorded."""
        config = restored(config)
        if isinstance(config, dict) and str(config.get("port")) == str(RECORDED_PORT):
            config["port"] = type(config["port"])(self.port)
        try:
            server = create_server(Configuration.from_mapping(config))
            server.start()
        except ConfigurationError as error:
            return {"error": {"message": error.message, "code": error.code}}
        self.server = server
        return {"error": None}

    def stop(self) -> dict[str, Any]:
        """stopServer; without one that ever listened it is asked of one that never did."""
        server = self.server or create_server(Configuration.from_mapping(VALID))
        try:
            server.stop()
        except ConfigurationError as error:
            # The Node packages misspell this code.
            return {"error": {"message": error.message, "code": "invaid_function_call"}}
        return {"error": None}

    def still_answers(self) -> bool:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.server.port}/") as answer:
            return bool(json.loads(answer.read()) == {"success": True})


BETTER = {"server-007", "server-029"}


@pytest.mark.parametrize(
    "case", by_id([case for case in RECORD["server"] if case["id"] not in BETTER])
)
def test_creating_and_stopping_servers(case: dict[str, Any]) -> None:
    """Each step ends as recorded; an error of a configuration leaves a running server alone."""
    sequence = Sequence()
    for step in case["steps"]:
        if step["do"] == "createServer":
            assert step["result"] == sequence.create(step["config"])
        elif step["do"] == "stopServer":
            assert step["result"] == sequence.stop()
        else:
            with pytest.raises(ConfigurationError):
                Configuration.from_mapping(None)
            assert sequence.still_answers()


def test_server_007_a_token_must_be_text() -> None:
    """A number can never match a header: it is an error that names the field, not the value."""
    config = {"diy": MODULE, "systemToken": 86420, "port": 0}
    with pytest.raises(ConfigurationError, match="systemToken") as caught:
        Configuration.from_mapping(config)
    assert "86420" not in str(caught.value)


def test_server_025_port_0_is_a_free_port() -> None:
    """The system chooses the port, and the server says which."""
    with create_server(Configuration.from_mapping(VALID)) as server:
        assert server.port > 0
        with urllib.request.urlopen(f"http://127.0.0.1:{server.port}/") as answer:
            assert json.loads(answer.read()) == {"success": True}


TIMES = {"timeout", "keepAliveTimeout", "headersTimeout"}


def test_server_029_zero_is_not_absent() -> None:
    """Absent limits are the recorded defaults; a limit of 0 is none."""
    case = next(case for case in RECORD["server"] if case["id"] == "server-029")
    config = restored(case["steps"][0]["config"])
    limits = case["steps"][1]["result"]
    default = Configuration.from_mapping({"diy": MODULE}).settings
    assert {limits["timeout"]} == {default.timeout}
    assert (limits["keepAliveTimeout"], limits["headersTimeout"]) == (
        default.keep_alive_timeout,
        default.headers_timeout,
    )
    given = Configuration.from_mapping(config).settings
    assert (0, 0, 0, 0) == (
        given.timeout,
        given.keep_alive_timeout,
        given.headers_timeout,
        given.max_sockets,
    )


def test_a_taken_port_is_a_clear_error() -> None:
    """Starting on a port that is in use says which port; Node's createServer never calls back."""
    with create_server(Configuration.from_mapping(VALID)) as server:
        other = create_server(Configuration.from_mapping({**VALID, "port": server.port}))
        with pytest.raises(ConfigurationError, match=str(server.port)):
            other.start()


# ----------------------------------------------------------------------------- extension points


def test_two_configurations_live_side_by_side() -> None:
    """The first keeps its functions when a second is loaded."""
    first, second = (
        Configuration.from_mapping({"diy": {"tag": lambda options, tag=tag: tag}}) for tag in "ab"
    )
    call = {"diy": True, "function": "tag", "options": {"any": 1}}
    assert (b'"a"', b'"b"') == (call_function(first, call).body, call_function(second, call).body)


def test_a_call_without_a_request_is_refused_cleanly() -> None:
    """Where Node's core throws a TypeError, the call is answered with the three errors."""
    outcome = call_function(Configuration.from_mapping({"diy": MODULE}), None)
    assert (422, 3) == (outcome.status, len(outcome.errors))
