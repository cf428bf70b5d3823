"""Settings and the configuration object."""

from __future__ import annotations

import logging
import math
import types

import attrs
import pytest

from ioplugins import Configuration, Registry
from ioplugins.configuration import Settings, configuration_from, settings_from
from ioplugins.errors import ConfigurationError, configuration_error
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
        ({"host": 5}, "The host field must be text, not 5."),
        ({"strictOptions": "false"}, "The strictOptions field must be True or False"),
        ({"debug": 1}, "The debug field must be True or False"),
        ({"maxSockets": 1, "max_sockets": 2}, "is given twice"),
        ({"winstonInstance": object()}, r"is Node's; give a logging\.Logger as logger"),
    ],
)
def test_a_setting_that_is_not_usable_is_named(given, reason) -> None:
    """By its wire name, with what to do."""
    with pytest.raises(ConfigurationError, match=reason) as caught:
        settings_from(given)
    assert "invalid_field" == caught.value.code


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


def kept(options):
    return options


# ----------------------------------------------------------------------------- settings


@pytest.mark.parametrize(
    "name",
    [
        "timeout",
        "keep_alive_timeout",
        "headers_timeout",
        "function_timeout",
        "heartbeat_interval",
    ],
)
def test_times_are_milliseconds(name) -> None:
    """Whole ones; 0 switches a limit off; nothing else is a time."""
    assert 0 == getattr(Settings(**{name: 0}), name)
    assert 1500 == getattr(Settings(**{name: 1500.9}), name)
    for wrong in (-1, -0.5, "1500", True, None, [1], math.inf, math.nan):
        with pytest.raises(ConfigurationError, match=f"The {camel(name)} field must be a number"):
            Settings(**{name: wrong})


@pytest.mark.parametrize(
    "name", ["port", "max_sockets", "max_body_size", "max_anonymous_body_size"]
)
def test_counts_are_whole_numbers(name) -> None:
    """Also as text, as the environment gives them."""
    assert 0 == getattr(Settings(**{name: 0}), name)
    assert 81 == getattr(Settings(**{name: "81"}), name)
    for wrong in (-1, "-1", 1.5, "1.5", "", "many", True, False, None, [1]):
        with pytest.raises(ConfigurationError, match=f"The {camel(name)} field must be a whole"):
            Settings(**{name: wrong})


def camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(word.capitalize() for word in rest)


def test_every_setting_has_both_spellings() -> None:
    """And its documented default when it is left out or None."""
    given = {
        "system_token": "t",
        "host": "0.0.0.0",
        "port": 81,
        "timeout": 1,
        "keep_alive_timeout": 2,
        "headers_timeout": 3,
        "function_timeout": 4,
        "heartbeat_interval": 5,
        "max_sockets": 6,
        "max_body_size": 7,
        "max_anonymous_body_size": 8,
        "logger": logging.getLogger("of.the.author"),
        "answers": "off",
        "strict_options": True,
        "debug": True,
    }
    names = {a.name for a in attrs.fields(Settings)} - {"extra"}
    assert names == set(given)

    snake = settings_from(given)
    assert snake == settings_from({camel(name): value for name, value in given.items()})
    assert {**given, "system_token": ("t",)} == {name: getattr(snake, name) for name in names}
    assert Settings() == settings_from({}) == settings_from(dict.fromkeys(given))


def test_the_defaults() -> None:
    """As the Node packages have them, but listening at home and with a limit for functions."""
    made = Settings()

    times = (made.timeout, made.keep_alive_timeout, made.headers_timeout)
    assert (315_000, 301_000, 305_000) == times
    assert (300_000, 270_000) == (made.function_timeout, made.heartbeat_interval)
    assert ("127.0.0.1", 8080, 0) == (made.host, made.port, made.max_sockets)
    assert (52_428_800, 1_048_576) == (made.max_body_size, made.max_anonymous_body_size)
    assert ((), "enforce", False, False) == (
        made.system_token,
        made.answers,
        made.strict_options,
        made.debug,
    )


@pytest.mark.parametrize(
    ("given", "tokens"),
    [
        ("t", ("t",)),
        (["a", "b"], ("a", "b")),
        (("a", "b"), ("a", "b")),
        (None, ()),
        ("", ()),
        ([], ()),
    ],
)
def test_tokens(given, tokens) -> None:
    """One, several, or none yet: a host asks for one when it starts."""
    assert tokens == Settings(system_token=given).system_token


@pytest.mark.parametrize(
    "given", [123, b"t", ["a", ""], ["a", None], {"a": 1}, {"a"}, [["a"]], True]
)
def test_what_is_no_token_is_refused_without_being_shown(given) -> None:
    """It may be a secret with a mistake in it."""
    with pytest.raises(ConfigurationError) as caught:
        Settings(system_token=given)

    expected = "The systemToken field must be text, or a list of texts while one replaces another."
    assert expected == str(caught.value)


def test_no_secret_is_in_a_repr() -> None:
    """Neither tokens nor what an author put beside the settings."""
    made = configuration_from({"diy": {"f": kept}, "systemToken": "s3cret", "apiKey": "s3cret"})

    assert "s3cret" not in repr(made)
    assert "s3cret" == made.settings.extra["apiKey"]


def test_settings_are_frozen_with_what_is_beside_them() -> None:
    """And do not follow the mapping they came from."""
    given = {"x": 1}
    made = settings_from(given)
    given["x"] = 2

    assert 1 == made.extra["x"]
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        made.port = 5
    with pytest.raises(TypeError):
        made.extra["x"] = 3


@pytest.mark.parametrize(
    ("settings", "seconds"),
    [
        ({}, 300),
        ({"timeout": 1500}, 1.5),
        ({"function_timeout": 250}, 0.25),
        ({"function_timeout": 0}, 315),
        ({"timeout": 0}, 300),
        ({"timeout": 0, "function_timeout": 0}, None),
    ],
)
def test_the_shorter_limit_counts(settings, seconds) -> None:
    """In seconds; None without any."""
    assert seconds == Settings(**settings).call_limit


# ------------------------------------------------------------------------- configurations


class NoMapping:
    def __init__(self) -> None:
        self.diy = {"f": kept}


@pytest.mark.parametrize(
    ("given", "name"),
    [
        (None, "nothing"),
        ({}, "nothing"),
        ([], "nothing"),
        ("", "nothing"),
        (5, "nothing"),
        (True, "nothing"),
        (kept, "nothing"),
        ("text", "neither"),
        ([{"diy": {}}], "neither"),
        (NoMapping(), "neither"),
        ({"systemToken": "t"}, "neither"),
        ({"diy": None}, "neither"),
        ({"diy": False, "connectors": 0}, "neither"),
        ({"diy": "", "connectors": None}, "neither"),
        ({"diy": {}, "connectors": {}}, "both"),
        ({"diy": {"f": kept}, "connectors": {"c": {}}}, "both"),
        ({"connectors": {}}, "no_connectors"),
        ({"connectors": []}, "no_connectors"),
        ({"connectors": 5}, "no_connectors"),
        ({"connectors": kept}, "no_connectors"),
    ],
)
def test_the_errors_of_the_node_packages(given, name) -> None:
    """Code and message of the catalogue, in their order."""
    with pytest.raises(ConfigurationError) as caught:
        Configuration.from_mapping(given)
    expected = configuration_error(name)
    assert (expected.code, expected.message) == (caught.value.code, caught.value.message)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"diy": 5},
            "The diy field cannot hold functions: give a module, an instance of a class of "
            "yours, a function or a mapping.",
        ),
        (
            {"diy": NoMapping},
            "The diy field cannot hold functions: it is a class; give an instance of it.",
        ),
        (
            {"connectors": {"c1": {}, "c2": [kept]}},
            "The connectors['c2'] field cannot hold functions: give a module, an instance of a "
            "class of yours, a function or a mapping.",
        ),
        (
            {"connectors": [{"c1": {}}]},
            "The connectors field must map each _connectorId to its functions, it is list.",
        ),
        (
            {"connectors": "c1"},
            "The connectors field must map each _connectorId to its functions, it is str.",
        ),
    ],
)
def test_a_field_that_cannot_hold_functions_is_named(given, message) -> None:
    """With what it may be."""
    with pytest.raises(ConfigurationError) as caught:
        Configuration.from_mapping(given)
    assert ("invalid_field", message) == (caught.value.code, str(caught.value))


def test_a_wrong_setting_beside_the_functions_is_told_too() -> None:
    """Whether they are DIY or of connectors."""
    for functions in ({"diy": {"f": kept}}, {"connectors": {"c": {"f": kept}}}):
        with pytest.raises(ConfigurationError, match="The port field must be a whole number"):
            configuration_from({**functions, "port": "eighty"})


@pytest.mark.parametrize("source", [{}, {"hooks": {}}, NoMapping(), types.ModuleType("empty")])
def test_functions_may_be_empty(source) -> None:
    """Every object counts as given, as in JavaScript."""
    made = configuration_from({"diy": source})

    assert made.diy is not None
    assert 0 == len(made.diy)


def test_connectors_are_kept_in_order_by_their_ids() -> None:
    """Ids become text; each has functions of its own."""
    made = configuration_from({"connectors": {"c2": {"f": kept}, 5: {"g": kept}, "c1": {}}})

    assert ["c2", "5", "c1"] == [key for key, _ in made.function_sets()]
    assert ["f", "g"] == [f.name for _, held in made.function_sets() for f in held]
    assert made.diy is None
    assert made.call_wrapper is None


def test_nothing_is_said_where_nobody_asked(caplog) -> None:
    """A TARGET that holds a configuration is loaded without a word."""
    with caplog.at_level(logging.INFO):
        configuration_from({"diy": {"f": kept}})
        assert [] == caplog.messages
        Configuration.from_mapping({"diy": {"f": kept}})

    expected = ["Loaded integrator-extension configuration.", "Loaded DIY module."]
    assert expected == caplog.messages
    assert all(record.prefixed is False for record in caplog.records)


def test_each_configuration_has_reports_of_its_own() -> None:
    """What one has told already the other still tells; equality does not look at it."""
    one, two = (configuration_from({"diy": {"f": kept}}) for _ in range(2))

    assert one.reports is not two.reports
    assert one == two
