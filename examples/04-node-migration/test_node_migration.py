"""The moved configuration: served as the README shows, called as the Node.js one was."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ioplugins import Configuration
from ioplugins.targets import load_target

if TYPE_CHECKING:
    import pytest

    from examples.conftest import Example, Host

SERVE = "ioplugins serve configuration.py:configuration"


def ask(host: Host, section: str, function: str, **options: Any) -> tuple[int, Any]:
    """Call a function as a framework 1.0 stack does, with the type of its section."""
    return host.call({"diy": True, "type": section, "function": function, "options": options})


def test_the_mapping_is_a_configuration(example: Example, monkeypatch: pytest.MonkeyPatch) -> None:
    """The mapping's camelCase settings are settings, its functions stand in their sections."""
    monkeypatch.setenv("INTEGRATOR_EXTENSION_SYSTEM_TOKEN", example.token)
    target = f"{example.folder / 'configuration.py'}:configuration"
    configuration = Configuration.from_mapping(load_target(target))

    assert (example.token,) == configuration.settings.system_token
    assert 8081 == configuration.settings.port
    assert {
        "hooks": {"addRegion", "checkTotals"},
        "wrappers": {"pingShop"},
        "settings": {"refreshMetadata"},
    } == {
        section: set(functions)
        for section, functions in configuration.diy.sections.items()
        if functions
    }


def test_the_served_functions_answer_as_before(example: Example) -> None:
    """An answer, an error given to the callback, a late answer and a returned one."""
    order = {"id": 1, "total": -5}
    with example.serve(SERVE) as host:
        assert (200, [{"data": {"id": 1, "region": "US"}}]) == ask(
            host, "hook", "addRegion", data=[{"id": 1}], settings={"region": "US"}
        )
        assert (
            422,
            {"errors": [{"code": "negative_total", "message": "Order 1 owes us."}]},
        ) == ask(host, "hook", "checkTotals", data=[order], errors=[])
        for user, status in (("io", 200), ("", 401)):
            connection = {"unencrypted": {"user": user}}
            code, answer = ask(host, "wrapper", "pingShop", connection=connection)
            assert (200, status) == (code, answer["statusCode"])
        assert (200, {"name": "shipMethod", "options": [["1", "UPS"], ["2", "DHL"]]}) == ask(
            host, "setting", "refreshMetadata", fieldName="shipMethod"
        )


def test_other_sections_stay_apart(example: Example) -> None:
    """A function of one section is not found in another one, as in Node.js."""
    with example.serve(SERVE) as host:
        status, answer = ask(host, "wrapper", "addRegion", data=[])

    assert (422, "invalid_function") == (status, answer["errors"][0]["code"])
