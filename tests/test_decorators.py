"""Decorators mark a function and give that function back."""

from __future__ import annotations

import functools

import pytest

from ioplugins import hook, installer, setting, uninstaller, utility, wrapper
from ioplugins.decorators import marks_of
from ioplugins.errors import InvalidFunction, RegistrationError, UnknownKind


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
