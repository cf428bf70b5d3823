"""The quickstart, in the ways its README shows: plain Python, the command line, a server."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from ioplugins.options import Connection, PingOptions, PreMapOptions
from ioplugins.server import create_server
from ioplugins.targets import load, load_target

if TYPE_CHECKING:
    from examples.conftest import Example


@pytest.fixture
def functions(example: Example) -> Any:
    """The example's module."""
    return load_target(str(example.folder / "functions.py"))


def test_the_hook_is_plain_python(functions: Any) -> None:
    """A decorated function is called like any other; what it gets is left as it was."""
    options = PreMapOptions(data=[{"id": 1}, {"id": 2, "region": "US"}])

    assert [
        {"data": {"id": 1, "region": "EU"}},
        {"data": {"id": 2, "region": "EU"}},
    ] == functions.add_region(options)
    assert [{"id": 1}, {"id": 2, "region": "US"}] == options.data


def test_the_ping_needs_a_user(functions: Any) -> None:
    """A connection with a user is valid, one without is answered 401 with the reason."""
    with_user = PingOptions(connection=Connection(unencrypted={"user": "io"}))

    assert {"statusCode": 200} == functions.ping_shop(with_user)
    assert {
        "statusCode": 401,
        "errors": [{"code": "no_user", "message": "Enter a user."}],
    } == functions.ping_shop(PingOptions())


def test_a_server_in_this_process_answers_over_http(example: Example) -> None:
    """create_server serves what the file holds, under the wire names of its functions."""
    loaded = load(str(example.folder / "functions.py"))
    with create_server(loaded.configuration(system_token=example.token, port=0)) as server:
        host = example.host(server.url)

        assert (200, [{"data": {"id": 1, "name": "Ada", "region": "EU"}}]) == host.call(
            json.loads((example.folder / "call.json").read_text(encoding="utf-8"))
        )
        assert (200, {"statusCode": 200}) == host.call(
            {
                "diy": True,
                "function": "pingShop",
                "options": {"connection": {"unencrypted": {"user": "io"}}},
            }
        )


def test_the_commands_print_what_the_readme_shows(example: Example) -> None:
    """What list and invoke print in the README is what they print."""
    for command, output in example.shown("ioplugins list", "ioplugins invoke"):
        ran = example.run(command)

        assert ran.returncode == 0, ran.stderr
        # list also tells which packages are installed; that is not the README's business.
        assert output.splitlines() == ran.stdout.splitlines()[: len(output.splitlines())]


def test_the_shown_server_answers_the_shown_call(example: Example) -> None:
    """What curl gets in the README is what the server answers."""
    ((_, output),) = example.shown("curl")
    with example.serve("ioplugins serve functions.py") as host:
        answer = host.call(json.loads((example.folder / "call.json").read_text(encoding="utf-8")))

    assert (200, json.loads(output)) == answer
