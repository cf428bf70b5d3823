"""The calls of lambda.json, recorded from the Node shim, replayed on handlers of ours."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ioplugins.aws_lambda import create_handler
from ioplugins.targets import load_target

FOLDER = Path(__file__).resolve().parents[1] / "conformance"
RECORD: dict[str, Any] = json.loads((FOLDER / "lambda.json").read_text("utf-8"))

#: Recorded where Node's shim throws, hangs or drops what it was told; the better outcome.
BETTER: dict[str, dict[str, Any]] = {
    "lambda-037": {"error_json": {"statusCode": 422, "errors": [{"message": "just text"}]}},
    "lambda-043": {"error_json": {"statusCode": 422, "errors": [{"code": "thrown_code"}]}},
    "lambda-044": {"error_json": {"statusCode": 422, "errors": [{"message": "thrown text"}]}},
    "lambda-053": {"error_json": {"statusCode": 422, "errors": [{"code": "invalid_function"}]}},
    "lambda-056": {"error_json": {"statusCode": 422, "errors": [{"code": "object_not_found"}]}},
    "lambda-087": {"log": ["logName=noClientContext"]},
    "lambda-088": {"log": ["logName=noClientContext"]},
    # Where the fields can only lie in custom, they are taken from there.
    "lambda-091": {
        "result": {"a": 1},
        "log": ["logName=callFunctionInvoked, type=hook, function=echo"],
    },
}

#: Log lines beside those of the Node shim, which tells an author nothing about these.
FURTHER = tuple(f"logName={name}," for name in ("invalidAnswer", "functionFailed", "lateAnswer"))


def restored(value: Any) -> Any:
    """*value* with ``{"$": "undefined"}`` as None."""
    if isinstance(value, list):
        return [restored(item) for item in value]
    if isinstance(value, dict):
        if value == {"$": "undefined"}:
            return None
        return {key: restored(item) for key, item in value.items()}
    return value


def configuration(name: str) -> Any:
    """The configuration object called *name* in the record."""
    if name in {"undefined", "null"}:
        return None
    plain: dict[str, Any] = {
        "empty": {},
        "unknown_key": {"a": 1},
        "connectors_empty": {"connectors": {}},
    }
    if name in plain:
        return plain[name]
    targets: Any = load_target(str(FOLDER / "targets.py"))
    if name == "both":
        return {**targets.CONFIGURATIONS["diy"](), **targets.CONFIGURATIONS["connectors"]()}
    return targets.CONFIGURATIONS[name]()


def is_part(expected: Any, actual: Any) -> bool:
    """Whether *actual* has all that *expected* has."""
    if isinstance(expected, dict):
        return isinstance(actual, dict) and all(
            key in actual and is_part(value, actual[key]) for key, value in expected.items()
        )
    if isinstance(expected, list):
        return (
            isinstance(actual, list)
            and len(expected) == len(actual)
            and all(map(is_part, expected, actual))
        )
    return bool(expected == actual)


@pytest.mark.parametrize("case", [pytest.param(c, id=c["id"]) for c in RECORD["cases"]])
def test_recorded_call(case: dict[str, Any], caplog: pytest.LogCaptureFixture) -> None:
    """The same result, or the same error text to the letter; and the same log line."""
    better = {**case.get("expected_better", {}), **BETTER.get(case["id"], {})}
    handler = create_handler(configuration(case["config"]))
    context = SimpleNamespace(client_context=restored(case["client_context"]))
    caplog.clear()
    caplog.set_level("INFO", logger="ioplugins")
    error = result = None
    try:
        result = handler(restored(case["event"]), context)
    except Exception as raised:
        error = str(raised)

    if "error_json" in better:
        assert error is not None
        assert is_part(better["error_json"], json.loads(error))
    elif "divergence" in case:
        assert (None, better["result"]) == (error, result)
    else:
        (called,) = case["handler"]["callbacks"]
        assert (called["error"], restored(called.get("result"))) == (error, result)
    lines = [line for line in caplog.messages if not line.startswith(FURTHER)]
    assert better.get("log", case["handler"]["log"]) == lines
