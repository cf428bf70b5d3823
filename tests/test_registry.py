"""The registry collects, refuses conflicts, merges, and makes configurations."""

from __future__ import annotations

import functools
import logging
from copy import deepcopy

import attrs
import pytest

from ioplugins import Registry, hook, installer, uninstaller
from ioplugins.errors import (
    ConfigurationError,
    InvalidFunction,
    InvalidSource,
    NameConflict,
    RegistrationError,
    UnknownKind,
)
from ioplugins.functionset import FunctionSet


def echo(options: dict):
    return options


def other(options: dict):
    return options


class Shop:
    def method(self, options):
        return [self, options]

    @staticmethod
    def static(options):
        return options


def held(registry: Registry) -> set[tuple[str | None, str | None, str]]:
    """Connector, section and name of each function."""
    return {(one.connector_id, one.function.section, one.function.name) for one in registry}


def sections(functions: FunctionSet) -> dict[str | None, list[str]]:
    return {name: sorted(inside) for name, inside in functions.sections.items()}


DECORATORS = {
    "hook": ("preMap", "hooks"),
    "wrapper": ("ping", "wrappers"),
    "installer": ("step", "installer"),
    "uninstaller": ("step", "uninstaller"),
    "setting": ("changeEdition", "settings"),
}


# ---------------------------------------------------------------------------- registering


@pytest.mark.parametrize("decorator", DECORATORS)
def test_a_decorator_marks_nothing_and_registers_at_once(decorator: str) -> None:
    """The very function comes back; another registry does not see it."""
    kind, section = DECORATORS[decorator]
    registry = Registry()

    def function(options):
        return options

    register = getattr(registry, decorator)
    assert register(kind)(function) is function
    assert register(kind, name="wire", dates="iso", connector_id="c1")(function) is function

    assert {(None, section, "function"), ("c1", section, "wire")} == held(registry)
    assert [None, "iso"] == [one.function.finish and "iso" for one in registry]
    assert {kind} == {one.function.kind.short for one in registry if one.function.kind}
    with pytest.raises(AttributeError):
        function.__ioplugins_marks__  # noqa: B018


def test_utility_registers_with_and_without_parentheses() -> None:
    """As the decorator of that name."""
    registry = Registry()

    assert registry.utility(echo) is echo
    assert registry.utility(name="b", connector_id="c1")(echo) is echo
    assert {(None, "utilities", "echo"), ("c1", "utilities", "b")} == held(registry)


@pytest.mark.parametrize(
    "function",
    [
        lambda options: options,
        functools.partial(echo),
        Shop().method,
        Shop.static,
        len,
        staticmethod(echo),
        Shop(),
    ],
    ids=["lambda", "partial", "method", "static", "builtin", "staticmethod", "instance"],
)
def test_what_carries_no_mark_or_name_can_be_registered(function) -> None:
    """With a name= of its own."""
    if isinstance(function, Shop):
        function = type("Callable", (), {"__call__": lambda self, options: options})()
    registry = Registry()

    assert registry.hook("preMap", name="wire")(function) is function
    assert {(None, "hooks", "wire")} == held(registry)


def test_a_bound_method_has_a_name() -> None:
    """And keeps its instance."""
    shop, registry = Shop(), Registry()
    registry.hook("preMap")(shop.method)

    [one] = registry
    assert ("method", [shop, 1]) == (one.function.name, one.function.function(1))


@pytest.mark.parametrize(
    "function", [lambda options: options, functools.partial(echo)], ids=["lambda", "partial"]
)
def test_what_has_no_name_needs_one(function) -> None:
    """The message says where the function is and how it gets a name."""
    with pytest.raises(InvalidFunction, match="it has no name; give one with name=") as caught:
        Registry().hook("preMap")(function)
    assert caught.value.where.startswith(f"{__name__}:")


def test_a_method_without_its_instance_is_refused() -> None:
    """Called as it is, its self would receive the options; in the class body and outside."""
    with pytest.raises(InvalidFunction, match="without its instance; .* add the instance"):
        Registry().hook("preMap")(Shop.method)
    registry = Registry()
    with pytest.raises(InvalidFunction, match="without its instance"):

        class Marked:
            @registry.hook("preMap")
            def method(self, options):
                return options

    assert 0 == len(registry)


def test_kind_name_and_dates_are_checked_before_the_function() -> None:
    """As by the decorators."""
    registry = Registry()
    with pytest.raises(UnknownKind, match="@wrapper has no kind 'preMap'; it takes 'ping'"):
        registry.wrapper("preMap")
    with pytest.raises(RegistrationError, match="name= of @hook must be text"):
        registry.hook("preMap", name="")
    with pytest.raises(RegistrationError, match="dates= of @utility must be"):
        registry.utility(dates="unix")


# --------------------------------------------------------------------------------- adding


def test_sources_are_collected_by_connector() -> None:
    """Functions, mappings, instances; None is the DIY module."""
    registry = Registry()
    registry.add({"hooks": {"a": echo}, "flat": other}, "c1")
    registry.add(Shop(), connector_id="c2")
    registry.add(echo, "c2")

    assert {
        ("c1", "hooks", "a"),
        ("c1", None, "flat"),
        ("c2", None, "method"),
        ("c2", None, "static"),
        ("c2", None, "echo"),
    } == held(registry)


@pytest.mark.parametrize("source", ["text", [echo], 5, None, b"x", Shop, {1: echo}])
def test_what_is_no_source_leaves_the_registry_as_it_was(source) -> None:
    """Not even the connector is known."""
    registry = Registry()
    with pytest.raises(InvalidSource):
        registry.add(source, "c1")

    assert "<Registry: 0 functions, 0 connectors>" == repr(registry)


def test_one_name_for_two_functions_names_both_places() -> None:
    """In a section, or flat; the registry stays as it was."""
    registry = Registry()
    registry.hook("preMap", name="f")(echo)
    with pytest.raises(NameConflict) as caught:
        registry.wrapper("export", name="f")(other)

    assert f"{__name__}:echo as preMap in hooks" == caught.value.first
    assert f"{__name__}:other as wrapperExport in wrappers" == caught.value.second
    assert {(None, "hooks", "f")} == held(registry)


def test_two_kinds_of_one_function_need_two_names() -> None:
    """A framework 2.0 request names no section."""

    @hook("preMap")
    @hook("postMap")
    def function(options):
        return options

    with pytest.raises(NameConflict, match="as postMap in hooks and by .* as preMap in hooks"):
        Registry().add(function)


def test_one_name_in_two_connectors_is_no_conflict() -> None:
    """They are separate modules."""
    registry = Registry()
    registry.add({"f": echo}, "c1")
    registry.add({"f": other}, "c2")

    assert {("c1", None, "f"), ("c2", None, "f")} == held(registry)


def test_a_source_added_twice_makes_no_difference() -> None:
    """Marks survive; one function for the same kind of two decorators is one function."""

    @installer("step")
    @uninstaller("step")
    def step(options):
        return options

    registry = Registry()
    registry.add(step)
    registry.add(step)
    registry.add({"f": echo})
    registry.add({"f": echo})
    functions = registry.configuration().diy

    assert functions is not None
    assert {None: ["f", "step"], "installer": ["step"], "uninstaller": ["step"]} == sections(
        functions
    )
    again = Registry()
    again.add(step)
    assert {(None, "installer", "step"), (None, "uninstaller", "step")} == held(again)


# -------------------------------------------------------------------------------- merging


def test_registries_merge() -> None:
    """Connectors keep their ids, the rest gets the one given."""
    inner, outer = Registry(), Registry()
    inner.add({"a": echo})
    inner.add({"b": echo}, "c2")
    outer.add(inner, "c1")

    assert {("c1", None, "a"), ("c2", None, "b")} == held(outer)
    assert {(None, None, "a"), ("c2", None, "b")} == held(inner)


def test_a_function_set_is_a_source() -> None:
    """That of a configuration, with its sections and what was passed over."""
    registry, copy = Registry(), Registry()
    registry.hook("preMap", name="m")(echo)
    registry.add({"hooks": {"f": other, "n": 5}, "version": "1"})
    functions = registry.configuration().diy
    copy.add(functions, "c1")

    assert functions == copy.configuration().connectors["c1"]


def test_a_conflict_while_merging_leaves_the_registry_as_it_was() -> None:
    """All of the other registry or nothing."""
    registry, more = Registry(), Registry()
    registry.add({"f": echo}, "c2")
    more.add({"a": echo}, "c1")
    more.add({"f": other}, "c2")

    with pytest.raises(NameConflict):
        registry.add(more)
    assert {("c2", None, "f")} == held(registry)


def test_a_registry_can_be_added_to_itself() -> None:
    """The DIY functions become a connector's as well."""
    registry = Registry()
    registry.add({"f": echo})
    registry.add(registry, "c1")

    assert {(None, None, "f"), ("c1", None, "f")} == held(registry)


# ------------------------------------------------------------------------------ container


def test_the_registry_is_a_container() -> None:
    """It iterates, counts, finds names, and says so."""
    registry = Registry()
    assert "<Registry: 0 functions, 0 connectors>" == repr(registry)
    registry.hook("preMap", name="a")(echo)
    registry.add({"b": echo}, "c1")
    registry.add({}, "c2")

    assert 2 == len(registry) == len(list(registry))
    assert "a" in registry
    assert "b" in registry
    assert "z" not in registry
    assert None not in registry
    assert "<Registry: 2 functions, 2 connectors>" == repr(registry)
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        next(iter(registry)).connector_id = "other"


# -------------------------------------------------------------------------- configurations


def test_a_configuration_needs_functions_of_one_form() -> None:
    """Nothing, or DIY beside connectors, is the documented error."""
    with pytest.raises(ConfigurationError, match="Either DIY or connectors"):
        Registry().configuration()
    registry = Registry()
    registry.add({"a": echo})
    registry.add({"a": echo}, "c1")
    with pytest.raises(ConfigurationError, match="only have one of"):
        registry.configuration()


def test_settings_go_into_the_configuration(caplog: pytest.LogCaptureFixture) -> None:
    """In either spelling; a wrong one is an error and nothing is announced."""
    registry = Registry()
    registry.add({"a": echo}, "c1")

    def around(call):
        return call.run()

    made = registry.configuration(systemToken="t", max_sockets=5, mine=1, call_wrapper=around)
    assert (("t",), 5, {"mine": 1}) == (
        made.settings.system_token,
        made.settings.max_sockets,
        dict(made.settings.extra),
    )
    assert around is made.call_wrapper
    with caplog.at_level(logging.INFO), pytest.raises(ConfigurationError, match="The port field"):
        registry.configuration(port=-1)
    assert [] == caplog.messages


def test_a_configuration_does_not_follow_the_registry() -> None:
    """What is added later is in the next one."""
    registry = Registry()
    registry.add({"a": echo}, "c1")
    first = registry.configuration()
    registry.add({"b": echo}, "c1")
    registry.add({"a": echo}, "c2")

    assert {"c1": 1} == {key: len(functions) for key, functions in first.function_sets()}
    assert {"c1": 2, "c2": 1} == {
        key: len(functions) for key, functions in registry.configuration().function_sets()
    }


def test_nothing_is_global() -> None:
    """Two registries of one module do not see each other."""
    one, two = Registry(), Registry()
    one.add({"f": echo})
    two.add({"f": other})

    assert [echo] == [registered.function.function for registered in one]
    assert [other] == [registered.function.function for registered in two]


def test_what_a_registry_lists_is_compared_by_value() -> None:
    """Two registries of the same functions list the same; so does a copy, kinds included."""
    one, other = Registry(), Registry()
    for registry in (one, other):
        registry.hook("preMap", name="m", connector_id="c1")(echo)
    assert list(one) == list(other) == deepcopy(list(one))
