"""Registry and sources: what is collected, what conflicts, what is refused."""

from __future__ import annotations

import functools
import importlib
import sys
import types
from textwrap import dedent

import pytest

from ioplugins import Registry, hook, installer, uninstaller, utility
from ioplugins.errors import (
    ConfigurationError,
    InvalidFunction,
    InvalidSource,
    NameConflict,
    RegistrationError,
)


def echo(options: dict):
    return options


def other(options: dict):
    return options


def names(registry: Registry) -> list[str]:
    return sorted(one.function.name for one in registry)


def sections(registry: Registry) -> dict:
    diy = registry.configuration().diy
    return {name: sorted(held) for name, held in diy.sections.items()}


class Shop:
    """An instance module as Node migrants write it."""

    def __init__(self) -> None:
        self.own = lambda options: options

    def method(self, options):
        return options

    def _private(self, options):
        return options

    @staticmethod
    def fixed(options):
        return options

    @property
    def computed(self):
        raise AssertionError("a look-up must not run it")


class Marked(Shop):
    @hook("preMap", name="wire")
    def only_this(self, options: dict):
        return [self, options]


def test_a_mapping_is_an_explicit_list() -> None:
    """Flat functions and sections; what holds no functions is found, and empty."""
    registry = Registry()
    registry.add(
        {
            "flat": echo,
            "hooks": {"f": echo, "notOne": 5, "aClass": Shop},
            "wrappers": Shop(),
            "version": "abc",
            "off": False,
            "nothing": None,
        }
    )

    expected = {
        None: ["flat"],
        "hooks": ["f"],
        "version": [],
        "wrappers": ["fixed", "method", "own"],
    }
    assert expected == sections(registry)
    skipped = {skip.name for skip in registry.configuration().diy.skipped}
    assert {"notOne", "aClass"} == skipped


def test_an_instance_counts_with_its_marks_or_all_its_public_methods() -> None:
    """Properties are never evaluated, private names never found."""
    unmarked, marked = Registry(), Registry()
    unmarked.add(Shop())
    marked.add(Marked())

    assert ["fixed", "method", "own"] == names(unmarked)
    assert ["wire"] == names(marked)


def test_of_a_module_only_marks_and_sections_count() -> None:
    """Nothing that merely lies in it."""
    module = types.ModuleType("some_module")
    marked = hook("preMap")(lambda options: options)
    marked.__name__ = "marked"
    vars(module).update(helper=echo, marked=marked, hooks={"f": echo}, data={"g": echo})
    registry = Registry()
    registry.add(module)

    assert {None: ["marked"], "hooks": ["f", "marked"]} == sections(registry)


def test_a_package_is_walked_but_never_run(tmp_path, monkeypatch) -> None:
    """Its submodules are imported, its __main__ is not."""
    package = tmp_path / "walked_package"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "__main__.py").write_text("raise SystemExit('run')")
    (package / "hooks.py").write_text(
        dedent("""
        from ioplugins import utility

        @utility
        def inside(options): return options
        """)
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    registry = Registry()
    registry.add(importlib.import_module("walked_package"))
    assert ["inside"] == names(registry)

    (package / "broken.py").write_text("1/0")
    with pytest.raises(InvalidSource, match=r"walked_package\.broken cannot be imported: Zero"):
        Registry().add(sys.modules["walked_package"])


@pytest.mark.parametrize("source", ["text", [echo], (echo,), 5, None, b"x", Shop, {1: echo}])
def test_what_is_no_source(source) -> None:
    """Text, lists, numbers and classes."""
    with pytest.raises(InvalidSource):
        Registry().add(source)


def test_functions_by_themselves() -> None:
    """Marked or not; a lambda has no name."""
    registry = Registry()
    registry.add(echo)
    registry.add(utility(name="wire")(functools.partial(other)))
    assert ["echo", "wire"] == names(registry)
    with pytest.raises(InvalidFunction, match="no name"):
        registry.add(lambda options: options)


def test_the_registry_is_a_container() -> None:
    """It counts, finds names, and says so."""
    registry = Registry()
    registry.add({"a": echo})
    registry.add({"b": echo}, "c1")

    assert 2 == len(registry)
    assert "a" in registry
    assert "z" not in registry
    assert "<Registry: 2 functions, 1 connectors>" == repr(registry)
    assert {None, "c1"} == {one.connector_id for one in registry}


def test_one_name_for_two_functions_names_both_places() -> None:
    """In a section and flat; the registry stays as it was."""
    registry = Registry()
    registry.hook("preMap", name="f")(echo)
    with pytest.raises(
        NameConflict, match=r"'f' is registered twice: by .*:echo as preMap.*:other"
    ):
        registry.wrapper("export", name="f")(other)
    assert 1 == len(registry)


def test_what_makes_no_difference_is_no_conflict() -> None:
    """A source added twice; one function for the same kind of two decorators."""

    @installer("step")
    @uninstaller("step")
    def step(options):
        return options

    registry = Registry()
    registry.add(step)
    registry.add(step)
    assert {None: ["step"], "installer": ["step"], "uninstaller": ["step"]} == sections(registry)


def test_every_decorator_registers_at_once() -> None:
    """Also what cannot carry a mark: bound methods, partials, lambdas."""
    registry = Registry()
    registry.hook("preMap", name="a")(lambda options: options)
    registry.wrapper("ping")(Shop().method)
    registry.installer("step", name="c")(functools.partial(echo))
    registry.uninstaller("step", name="d")(echo)
    registry.setting("changeEdition", name="e")(echo)
    registry.utility(other)
    registry.utility(name="g")(staticmethod(echo))

    assert ["a", "c", "d", "e", "g", "method", "other"] == names(registry)


def test_a_method_without_its_instance_is_refused() -> None:
    """Called as it is, its self would receive the options."""
    with pytest.raises(InvalidFunction, match="add the instance"):
        Registry().hook("preMap")(Shop.method)


@pytest.mark.parametrize(
    "function",
    [lambda: 1, lambda a, b, c: 1, lambda *, a: 1, lambda a, *, b: 1],
)
def test_signatures_are_checked(function) -> None:
    """(options) or (options, callback), whatever else has defaults."""
    with pytest.raises(InvalidFunction, match="must take"):
        Registry().utility(name="f")(function)


def test_wrong_options_are_told_at_registration() -> None:
    """The options class of another kind."""
    from ioplugins.options import PostMapOptions

    def function(options: PostMapOptions):
        return options

    function.__annotations__["options"] = PostMapOptions
    with pytest.raises(InvalidFunction, match="PostMapOptions"):
        Registry().hook("preMap")(function)


def test_registries_merge() -> None:
    """Connectors keep their ids, the rest gets the one given."""
    inner, outer = Registry(), Registry()
    inner.add({"a": echo})
    outer.add(inner, "c1")
    outer.add(outer.configuration().connectors["c1"], "c2")

    assert {"c1", "c2"} == set(outer.configuration().connectors)


def test_a_configuration_needs_functions_of_one_form() -> None:
    """Nothing, or DIY beside connectors, is the documented error."""
    with pytest.raises(ConfigurationError, match="Either DIY or connectors"):
        Registry().configuration()
    registry = Registry()
    registry.add({"a": echo})
    registry.add({"a": echo}, "c1")
    with pytest.raises(ConfigurationError, match="only have one of"):
        registry.configuration()


def test_errors_are_of_one_family() -> None:
    """Whoever registers catches RegistrationError."""
    assert issubclass(NameConflict, RegistrationError)
