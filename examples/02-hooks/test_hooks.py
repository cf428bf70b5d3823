"""Every recorded case of the ported hooks, as plain Python and over the wire."""

from __future__ import annotations

import json
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from werkzeug import Request, Response
from werkzeug.serving import make_server

from ioplugins import Configuration, Registry, call_function
from ioplugins.conversion import structure_options
from ioplugins.failures import error_from
from ioplugins.targets import load_target

if TYPE_CHECKING:
    from collections.abc import Iterator

    from examples.conftest import Example

HERE = Path(__file__).parent

#: The wire name of the hook that stands for each original.
HOOKS = {
    "postMap/Acumatica/SetLocationIdIfEmpty.js": "default_location_id",
    "postMap/ScanSource/SetAnswerArray.js": "answers_to_list",
    "postSubmit/IODelay.JS": "wait_twice",
    "postSubmit/NetSuite/PostSubmitErrorHandler.js": "explain_closed_order",
    "preMap/ConvertItemObjectToArray.js": "item_to_list",
    "preMap/NetSuite/SetLineIdFromItemAndRate.js": "copy_line_ids",
    "preMap/mcfMatchDugDown.js": "match_sku_to_parent",
    "preMap/premap_adjustDate.js": "set_start_date",
    "preSavePage/CSV/RemoveQuotes.js": "remove_quotes",
    "preSavePage/UpdateURL.js": "complete_url",
    "preSavePage/XMLtoJSON.js": "simplify_parsed_xml",
    "preSavePage/combineSKUS.js": "combine_skus",
    "preSavePage/newShipWireSku.js": "list_shipment_trackings",
    "preSavePage/tranHeaderAndItems.js": "group_header_and_items",
}

CASES = [
    pytest.param(case | step, id=f"{case['name']}-{number}")
    for case in (
        json.loads(path.read_text(encoding="utf-8")) for path in sorted(HERE.glob("cases/*.json"))
    )
    for number, step in enumerate(case.get("steps", [case]))
]


@pytest.fixture(autouse=True)
def _utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The cases were recorded in UTC; a date without an offset is local time."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "UTC")
        time.tzset()
        yield
    time.tzset()


@pytest.fixture
def configuration() -> Configuration:
    """All hooks of the example."""
    registry = Registry()
    registry.add(load_target(str(HERE / "ported_hooks")))
    return registry.configuration(system_token="only-for-this-test")


@pytest.mark.parametrize("case", CASES)
def test_as_plain_python(case: dict[str, Any], configuration: Configuration) -> None:
    """Called as a plain function with the options class, a hook answers what the case records."""
    name = HOOKS[case["source"]["path"]]
    hook = configuration.diy.sections[None][name].function
    options, problems = structure_options(case["kind"], _copy(case["options"]))
    assert [] == [problem for problem in problems if problem.rule == "O-TYPE"]

    with _integrator_api(case) as calls:
        if "expected_error" in case:
            with pytest.raises(Exception) as caught:  # noqa: PT011 - its code is compared
                hook(options, **case.get("parameters", {}))
            answer = error_from(caught.value)
        else:
            answer = _copy(hook(options, **case.get("parameters", {})))

    _compare(case, answer, calls)


@pytest.mark.parametrize("case", CASES)
def test_over_the_wire(case: dict[str, Any], configuration: Configuration) -> None:
    """Called as integrator.io calls it, a hook answers what the case records."""
    request = {
        "diy": True,
        "type": "hook",
        "function": HOOKS[case["source"]["path"]],
        "options": _copy(case["options"]),
    }
    with _integrator_api(case) as calls:
        outcome = call_function(configuration, request)

    answer = json.loads(outcome.body)
    if "expected_error" in case:
        assert 422 == outcome.status
        (answer,) = answer["errors"]
    else:
        assert 200 == outcome.status, answer
    _compare(case, answer, calls)


def test_every_hook_has_a_case(configuration: Configuration) -> None:
    """No hook is left out, and none of the table is missing."""
    used = {HOOKS[param.values[0]["source"]["path"]] for param in CASES}

    assert set(HOOKS.values()) == used == set(configuration.diy.sections[None])


def test_the_readme_names_every_original() -> None:
    """The README's table is the table of this test."""
    readme = (HERE / "README.md").read_text(encoding="utf-8")

    assert [] == [path for path, name in HOOKS.items() if f"| `{path}` | `{name}` |" not in readme]


def test_the_commands_print_what_the_readme_shows(example: Example) -> None:
    """What invoke answers in the README is what it answers."""
    for command, output in example.shown("ioplugins invoke"):
        ran = example.run(command)

        assert (0, output) == (ran.returncode, ran.stdout.strip()), ran.stderr


def test_the_shown_server_serves_them(example: Example) -> None:
    """The package is a TARGET of serve, and a call of a hook is answered."""
    with example.serve("ioplugins serve ported_hooks") as host:
        answer = host.call(
            {"diy": True, "function": "item_to_list", "options": {"data": [{"item": 1}]}}
        )

    assert (200, [{"data": {"item": [1]}}]) == answer


# ------------------------------------------------------------------------------ comparing


def _copy(value: Any) -> Any:
    return json.loads(json.dumps(value))


def _compare(case: dict[str, Any], answer: Any, calls: list[Any]) -> None:
    if "expected_error" in case:
        expected = case["expected_error"]
        assert expected == {key: answer[key] for key in expected}
    else:
        if "parameters" in case:  # recorded of a function that gives its options back
            answer = case["options"] | answer
        assert case["expected"] == _masked(answer, case["expected"])
    assert case.get("api_calls", []) == calls


def _masked(value: Any, expected: Any) -> Any:
    """*value* with "$any" wherever *expected* takes anything."""
    if expected == "$any":
        return expected
    if isinstance(value, dict) and isinstance(expected, dict):
        return {key: _masked(item, expected.get(key)) for key, item in value.items()}
    if isinstance(value, list) and isinstance(expected, list):
        wanted = expected + [None] * (len(value) - len(expected))
        return [_masked(item, one) for item, one in zip(value, wanted, strict=False)]
    return value


# ------------------------------------------------------------------- integrator.io's own API


@contextmanager
def _integrator_api(case: dict[str, Any]) -> Iterator[list[Any]]:
    """A fake of the API on this machine; gives the list of the bodies it received."""
    calls: list[Any] = []

    @Request.application
    def api(request: Request) -> Response:
        assert f"Bearer {case['options']['bearerToken']}" == request.headers["Authorization"]
        calls.append(request.get_json())
        down = case["name"].endswith("-api-down")
        return Response("{}", status=503 if down else 200, content_type="application/json")

    if "api_calls" not in case:
        yield calls
        return
    with pytest.MonkeyPatch.context() as patch:
        server = make_server("127.0.0.1", 0, api)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        patch.setenv("INTEGRATOR_IO_API", f"http://127.0.0.1:{server.port}/v1")
        try:
            yield calls
        finally:
            server.shutdown()
            thread.join()
            server.server_close()
