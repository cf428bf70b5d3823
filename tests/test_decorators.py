"""Decorators mark a function and give that function back."""

from __future__ import annotations

import functools

import attrs
import pytest

from ioplugins import hook, installer, setting, uninstaller, utility, wrapper
from ioplugins.decorators import Mark, marks_of
from ioplugins.errors import InvalidFunction, RegistrationError, UnknownKind
from ioplugins.kinds import SECTIONS, kinds_of


@pytest.mark.parametrize(
    ("decorator", "kind", "section"),
    [
        (hook, "preMap", "hooks"),
        (wrapper, "export", "wrappers"),
        (installer, "step", "installer"),
        (uninstaller, "step", "uninstaller"),
        (setting, "changeEdition", "settings"),
    ],
)
def test_the_very_function_comes_back_with_a_mark(decorator, kind, section) -> None:
    """A unit test calls it as plain Python; the mark says kind, section and name."""

    def function(options):
        return options

    assert decorator(kind, name="wire")(function) is function
    [mark] = marks_of(function)
    assert (kind, section, "wire") == (mark.kind.short, mark.section, mark.name)


def test_utility_works_with_and_without_parentheses() -> None:
    """It has no kinds to choose from."""

    @utility
    def plain(options):
        return options

    @utility(name="other")
    def named(options):
        return options

    assert [None] == [mark.name for mark in marks_of(plain)]
    assert ["other"] == [mark.name for mark in marks_of(named)]


def test_decorators_stack() -> None:
    """Each adds a mark, the lowest first."""

    @hook("postMap", name="b")
    @hook("preMap", name="a")
    def function(options):
        return options

    assert ["a", "b"] == [mark.name for mark in marks_of(function)]


def test_static_and_class_methods_are_marked() -> None:
    """In either order with staticmethod."""

    class Shop:
        @hook("preMap")
        @staticmethod
        def below(options):
            return options

        @staticmethod
        @hook("preMap")
        def above(options):
            return options

    assert 1 == len(marks_of(Shop.below)) == len(marks_of(Shop.above))


@pytest.mark.parametrize("kind", ["premap", "", None, 5, len])
def test_the_kind_is_checked_at_decoration(kind) -> None:
    """Also when the parentheses were forgotten: the function is then the kind."""
    with pytest.raises(UnknownKind, match="'preSavePage', 'preMap'"):
        hook(kind)


@pytest.mark.parametrize("name", ["", 5, b"x"])
def test_a_name_is_text(name) -> None:
    """The message names the decorator."""
    with pytest.raises(RegistrationError, match="name= of @hook must be text"):
        hook("preMap", name=name)


def test_dates_is_iso_or_nothing() -> None:
    """Another word is refused at once."""
    with pytest.raises(RegistrationError, match='must be "iso" or None'):
        hook("preMap", dates="unix")


def test_what_cannot_answer_is_refused() -> None:
    """Generators, classes, and what is not callable."""

    def generator(options):
        yield options

    async def async_generator(options):
        yield options

    for function, reason in (
        (generator, "generator"),
        (async_generator, "generator"),
        (functools.partial(generator), "generator"),
        (int, "class"),
        (5, "not callable"),
    ):
        with pytest.raises(InvalidFunction, match=reason):
            hook("preMap")(function)


def test_what_cannot_carry_a_mark_says_what_to_do() -> None:
    """A built-in has no attributes; registry.hook() takes it."""
    with pytest.raises(InvalidFunction, match=r"registry\.hook"):
        hook("preMap")(len)


def options_of(options):
    return options


@pytest.mark.parametrize(
    ("decorator", "kinds"),
    [
        (
            hook,
            "'preSavePage', 'preMap', 'postMap', 'postSubmit', 'postResponseMap', "
            "'postAggregate', 'formInit', 'preSave'",
        ),
        (wrapper, "'ping', 'export', 'import'"),
        (
            installer,
            "'step', 'initChild', 'update', 'connectorInstaller', 'integrationInstaller'",
        ),
        (
            uninstaller,
            "'step', 'preUninstall', 'integrationUninstaller', 'connectorUninstaller'",
        ),
        (
            setting,
            "'changeEdition', 'persistSettings', 'refreshMetadata', 'getMappingMetadata'",
        ),
    ],
)
def test_an_unknown_kind_is_told_with_all_there_are(decorator, kinds) -> None:
    """Each decorator its own."""
    with pytest.raises(UnknownKind) as caught:
        decorator("utility")

    expected = f"@{decorator.__name__} has no kind 'utility'; it takes {kinds}."
    assert expected == str(caught.value)


@pytest.mark.parametrize("decorator", [hook, wrapper, installer, uninstaller, setting])
def test_every_kind_of_a_decorator_is_taken(decorator) -> None:
    """Name and dates too; the section is the decorator's."""
    for kind in kinds_of(decorator.__name__):
        function = decorator(kind.short, name="wire", dates="iso")(lambda options: options)

        expected = Mark(kind, SECTIONS[decorator.__name__], "wire", "iso")
        assert (expected,) == marks_of(function)


def test_one_function_may_be_a_step_of_both() -> None:
    """Installing and uninstalling."""

    @installer("step")
    @uninstaller("step")
    def step(options):
        return options

    assert ["uninstaller", "installer"] == [mark.section for mark in marks_of(step)]


def test_a_method_is_marked_on_its_function() -> None:
    """Seen through the class and through each instance, inherited too; bound as ever."""

    class Shop:
        @hook("preMap", name="wire")
        def method(self, options):
            return [self, options]

        @classmethod
        @hook("preMap", name="wire")
        def of_class(cls, options):
            return [cls, options]

        @hook("preMap", name="wire")
        @classmethod
        def of_class_too(cls, options):
            return [cls, options]

    class Child(Shop):
        def of_class(self, options):
            return options

    shop = Child()
    for marked in (Shop.method, shop.method, Shop.of_class, Shop.of_class_too, shop.of_class_too):
        assert ["wire"] == [mark.name for mark in marks_of(marked)]
    assert () == marks_of(shop.of_class)
    assert [shop, 1] == shop.method(1)
    assert [Child, 1] == shop.of_class_too(1)


def test_a_wrapping_decorator_carries_the_mark() -> None:
    """Above functools.wraps or below it."""

    def logged(function):
        @functools.wraps(function)
        def around(options):
            return ["logged", function(options)]

        return around

    for function in (
        logged(hook("preMap")(lambda options: options)),
        hook("preMap")(logged(lambda options: options)),
    ):
        assert 1 == len(marks_of(function))
        assert ["logged", 1] == function(1)


def test_partials_and_instances_that_are_called_carry_marks() -> None:
    """Whatever has attributes of its own."""

    class Callable_:
        def __call__(self, options):
            return options

    for function in (functools.partial(options_of), Callable_()):
        assert function is utility(name="wire")(function)
        assert ["wire"] == [mark.name for mark in marks_of(function)]


def test_marks_are_the_functions_own() -> None:
    """Not those of its class, nor what a proxy says it has."""

    class Proxy:
        __ioplugins_marks__ = ("of the class",)

        def __getattr__(self, name):
            return ("made up",)

    class Forbidding:
        def __getattr__(self, name):
            raise RuntimeError("outside of a request")

    odd = lambda options: options
    odd.__ioplugins_marks__ = "no tuple"

    for value in (Proxy(), Forbidding(), odd, options_of, len, 5, None):
        assert () == marks_of(value)


def test_a_mark_is_frozen_and_marks_are_never_shared() -> None:
    """Marking a function again leaves what a registry read before as it was."""

    def function(options):
        return options

    hook("preMap")(function)
    before = marks_of(function)
    hook("postMap")(function)

    assert 1 == len(before)
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        before[0].name = "other"


@pytest.mark.parametrize("decorator", [hook, wrapper, installer, uninstaller, setting])
def test_name_and_dates_are_checked_by_each_decorator(decorator) -> None:
    """At the decoration, with the decorator's own name."""
    kind = kinds_of(decorator.__name__)[0].short
    with pytest.raises(RegistrationError, match=f"name= of @{decorator.__name__} must be text"):
        decorator(kind, name=5)
    with pytest.raises(RegistrationError, match=f"dates= of @{decorator.__name__} must be"):
        decorator(kind, dates=True)


def test_utility_checks_them_too() -> None:
    """It takes no kind, so whoever gives one by mistake decorates a text."""
    with pytest.raises(RegistrationError, match="name= of @utility must be text, not ''"):
        utility(name="")
    with pytest.raises(RegistrationError, match="dates= of @utility must be"):
        utility(dates="unix")
    with pytest.raises(InvalidFunction, match="it is not callable but str"):
        utility("preMap")


def test_a_refused_function_is_told_with_its_place() -> None:
    """Module and qualified name."""

    def generator(options):
        yield options

    with pytest.raises(InvalidFunction) as caught:
        hook("preMap")(generator)
    assert f"{__name__}:{generator.__qualname__}" == caught.value.where
