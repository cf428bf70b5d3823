"""Settings and the configuration object."""

from __future__ import annotations

import logging

import attrs
import pytest

from ioplugins import Configuration, Registry
from ioplugins.configuration import Settings, settings_from
from ioplugins.errors import ConfigurationError
from ioplugins.logs import LOGGER

FUNCTIONS = {"hooks": {"f": lambda options: options}}


def test_keys_are_camel_or_snake_case_and_the_rest_is_kept() -> None:
    """As Celigo's documentation writes them, or as Python does."""
    made = settings_from({"systemToken": "t", "keep_alive_timeout": 5, "headersTimeout": 0, "x": 1})

    assert (("t",), 5, 0, {"x": 1}) == (
        made.system_token,
        made.keep_alive_timeout,
        made.headers_timeout,
        dict(made.extra),
    )
    assert 315_000 == made.timeout
    assert LOGGER is made.logger


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"timeout": -1}, "The timeout field must be a number of milliseconds, not -1."),
        ({"timeout": "5"}, "The timeout field must be a number of milliseconds"),
        ({"keepAliveTimeout": True}, "The keepAliveTimeout field must be a number"),
        ({"port": "eighty"}, "The port field must be a whole number, not 'eighty'."),
        ({"maxSockets": -2}, "The maxSockets field"),
        ({"systemToken": 123}, "The systemToken field must be text"),
        ({"systemToken": ["a", 5]}, "The systemToken field must be text"),
        ({"logger": "x"}, r"The logger field must be a logging\.Logger, not str\."),
        ({"answers": "maybe"}, "The answers field must be one of enforce, report, off"),
        ({"maxSockets": 1, "max_sockets": 2}, "is given twice"),
        ({"winstonInstance": object()}, r"is Node's; give a logging\.Logger as logger"),
    ],
)
def test_a_setting_that_is_not_usable_is_named(given, reason) -> None:
    """By its wire name, with what to do."""
    with pytest.raises(ConfigurationError, match=reason) as caught:
        settings_from(given)
    assert "invalid_field" == caught.value.code


def test_the_limit_of_a_call_is_the_shorter_one() -> None:
    """0 switches a limit off."""
    assert 300 == Settings().call_limit
    assert 1.5 == Settings(timeout=1500).call_limit
    assert Settings(timeout=0, function_timeout=0).call_limit is None


def test_two_tokens_may_be_valid_at_once() -> None:
    """While one replaces the other; none of them is in the repr."""
    made = Settings(system_token=["old", "new"])
    assert ("old", "new") == made.system_token
    assert "old" not in repr(made)


def test_a_configuration_is_frozen_and_nothing_is_global() -> None:
    """Any number of them in one process."""
    first = Configuration.from_mapping({"diy": FUNCTIONS, "port": 1})
    second = Configuration.from_mapping({"connectors": {"c": FUNCTIONS}, "port": 2})

    assert (1, 2) == (first.settings.port, second.settings.port)
    assert [None] == [key for key, _ in first.function_sets()]
    assert ["c"] == [key for key, _ in second.function_sets()]
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        first.diy = None
    with pytest.raises(TypeError):
        second.connectors["d"] = first.diy
    with pytest.raises(ConfigurationError, match="only have one"):
        Configuration(first.diy, second.connectors)


def test_what_was_loaded_is_told_once(caplog) -> None:
    """In the words of the Node packages, to the logger that was given."""
    logger = logging.getLogger("of.the.author")
    with caplog.at_level(logging.INFO):
        registry = Registry()
        registry.add(FUNCTIONS, "c1")
        registry.configuration(logger=logger)

    expected = [
        ("of.the.author", "Loaded integrator-extension configuration."),
        ("of.the.author", "Loaded connector module for _connectorId: c1"),
    ]
    assert expected == [(record.name, record.getMessage()) for record in caplog.records]
