"""What may hold extension functions, and which of its contents count."""

from __future__ import annotations

import functools
import importlib
import sys
import types
from collections import UserDict
from contextvars import ContextVar
from textwrap import dedent
from typing import TYPE_CHECKING, Any

import pytest
from werkzeug.local import LocalProxy

from ioplugins import hook, installer, uninstaller, utility, wrapper
from ioplugins.errors import InvalidFunction, InvalidSource
from ioplugins.functionset import Contents
from ioplugins.sources import contents_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


def echo(options):
    return options


def other(options):
    return options


@hook("preMap", name="on_the_wire", dates="iso")
def marked(options: dict[str, Any]):
    return options


def flat(contents: Contents) -> list[str]:
    """The names that a request without a type finds."""
    return [entry.function.name for entry in contents.entries if entry.flat]


def placed(contents: Contents) -> set[tuple[str | None, str]]:
    """Section and name of each function."""
    return {(entry.function.section, entry.function.name) for entry in contents.entries}


def skipped(contents: Contents) -> set[tuple[str | None, str, str]]:
    """Section, name and reason of what was passed over."""
    return {(skip.section, skip.name, skip.reason) for skip in contents.skipped}


# ------------------------------------------------------------------------------- mappings


def test_a_flat_mapping() -> None:
    """Framework 2.0: the function's name is the key, whatever it is called itself."""
    contents = contents_of({"first": echo, "second": lambda options: 1, "third": functools.partial})

    assert ["first", "second"] == flat(contents)
    assert {(None, "third", "it is a class; register an instance or its methods")} == skipped(
        contents
    )


def test_a_mapping_with_sections() -> None:
    """Framework 1.0: functions stand in their sections only, in sections of the author's too."""
    contents = contents_of({"hooks": {"a": echo}, "extras": {"a": other}, "top": echo})

    assert {("hooks", "a"), ("extras", "a"), (None, "top")} == placed(contents)
    assert ["top"] == flat(contents)
    assert ("hooks", "extras") == contents.sections


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ({}, True),
        ("abc", True),
        (3, True),
        (True, True),
        ([1, 2], True),
        ((1,), True),
        ("", False),
        (0, False),
        ([], False),
        (None, False),
        (False, False),
    ],
)
def test_what_is_no_function_in_a_mapping(value: object, found: bool) -> None:
    """A request's type finds what JavaScript takes as true; no function is in it."""
    contents = contents_of({"thing": value})

    assert () == contents.entries
    assert (("thing",) if found else ()) == contents.sections


def generator(options):
    yield options


async def async_generator(options):
    yield options


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (generator, "it is a generator; return the whole answer instead of yielding it"),
        (async_generator, "it is a generator; return the whole answer instead of yielding it"),
        (dict, "it is a class; register an instance or its methods"),
        (5, "it is not callable but int"),
        ("text", "it is not callable but str"),
        ({"deeper": echo}, "it is not callable but dict"),
        (None, "it is not callable but NoneType"),
    ],
)
def test_what_cannot_be_a_function_in_a_section_is_passed_over(value: object, reason: str) -> None:
    """The report says why; the others count."""
    contents = contents_of({"hooks": {"odd": value, "good": echo}})

    assert {("hooks", "good")} == placed(contents)
    assert {("hooks", "odd", reason)} == skipped(contents)


def test_a_wrong_signature_in_a_mapping_is_an_error() -> None:
    """It was meant as a function, so nobody passes over it."""
    with pytest.raises(InvalidFunction, match=r"must take \(options\)"):
        contents_of({"hooks": {"f": lambda: 1}})


def test_marks_in_a_mapping_add_the_kind_and_the_key_is_the_name() -> None:
    """The mark of that section; flat, any mark."""
    both = wrapper("ping")(hook("preMap")(lambda options: options))
    contents = contents_of({"hooks": {"a": both}, "wrappers": {"b": both}, "c": marked})
    kinds = {e.function.name: e.function.kind and e.function.kind.id for e in contents.entries}

    assert {"a": "preMap", "b": "ping", "c": "preMap"} == kinds
    assert [True] == [bool(e.function.finish) for e in contents.entries if e.function.name == "c"]


def test_a_mark_of_another_section_adds_nothing() -> None:
    """An author who lists a wrapper among the hooks gets a function without a kind."""
    [entry] = contents_of({"hooks": {"f": wrapper("ping")(lambda options: 1)}}).entries

    assert ("hooks", None) == (entry.function.section, entry.function.kind)


def test_any_mapping_is_one() -> None:
    """Not only a dict; and as a section."""
    contents = contents_of(UserDict(hooks=types.MappingProxyType({"f": echo})))

    assert {("hooks", "f")} == placed(contents)


@pytest.mark.parametrize("key", [1, None, b"hooks"])
def test_keys_are_text(key: object) -> None:
    """The message shows the key."""
    with pytest.raises(InvalidSource, match="the key .* is not text") as caught:
        contents_of({key: echo})
    assert repr(key) in caught.value.reason


# ------------------------------------------------------------------------------ functions


def test_a_marked_function_counts_by_its_marks() -> None:
    """Under the name of the mark, flat and in the section."""
    [entry] = contents_of(marked).entries

    assert entry.flat
    assert ("on_the_wire", "hooks") == (entry.function.name, entry.function.section)
    assert entry.function.finish is not None


def test_several_marks_are_several_functions() -> None:
    """The same name where the kinds are the same."""
    step = installer("step")(uninstaller("step")(lambda options: options))
    step.__name__ = "step"

    assert {("installer", "step"), ("uninstaller", "step")} == placed(contents_of(step))


@pytest.mark.parametrize("function", [echo, types.MethodType(lambda self, options: 1, object())])
def test_an_unmarked_function_is_flat_under_its_own_name(function: Callable[..., Any]) -> None:
    """A bound method too."""
    if function is not echo:
        function.__func__.__name__ = "echo"

    assert ["echo"] == flat(contents_of(function))


@pytest.mark.parametrize("function", [lambda options: options, functools.partial(echo)])
@pytest.mark.parametrize("mark", [lambda function: function, utility])
def test_a_function_without_a_name_says_where_it_is(
    function: Callable[..., Any], mark: Callable[..., Any]
) -> None:
    """And that name= gives it one."""
    with pytest.raises(InvalidFunction, match="it has no name; .*name=") as caught:
        contents_of(mark(function))
    assert caught.value.where.startswith(f"{__name__}:")


class Shop:
    """An author's class."""

    def method(self, options):
        return options

    @hook("preMap")
    def marked_method(self, options):
        return options


@pytest.mark.parametrize(
    "source",
    [
        Shop.method,
        Shop.marked_method,
        {"f": Shop.method},
        {"hooks": {"f": Shop.marked_method}},
    ],
    ids=["function", "marked", "flat mapping", "section"],
)
def test_a_method_without_its_instance_is_refused(source: object) -> None:
    """Called as it is, its self would receive the options and its options the callback."""
    with pytest.raises(InvalidFunction, match="without its instance"):
        contents_of(source)


# -------------------------------------------------------------------------------- modules


def module(**attributes: object) -> types.ModuleType:
    made = types.ModuleType("made_for_a_test")
    vars(made).update(attributes)
    return made


def test_of_a_module_only_what_is_marked_counts() -> None:
    """No helper, no class, no import, no data; one function under two names counts once."""
    contents = contents_of(
        module(echo=echo, Shop=Shop, sys=sys, data={"f": echo}, marked=marked, alias=marked)
    )

    assert {("hooks", "on_the_wire")} == placed(contents)
    assert 1 == len(contents.entries)


def test_attributes_of_a_module_that_are_sections() -> None:
    """A mapping counts whole, an instance by its rule, a number not at all."""
    contents = contents_of(
        module(
            hooks={"f": echo, "n": 5}, wrappers=Shop(), settings=3, installer=None, uninstaller=echo
        )
    )

    assert {("hooks", "f"), ("wrappers", "marked_method")} == placed(contents)
    assert ("hooks", "wrappers") == contents.sections
    assert {("hooks", "n", "it is not callable but int")} == skipped(contents)


def test_an_object_that_is_only_named_like_a_section_is_none() -> None:
    """`settings = Settings()` and `import settings` must not make their functions callable."""

    class Settings:
        def get(self, options):
            raise AssertionError("nobody registered it")

    for value in (Settings(), module(get=echo), LocalProxy(ContextVar("settings"))):
        contents = contents_of(module(settings=value, marked=marked))
        assert ["on_the_wire"] == flat(contents)
        assert () == contents.sections


def test_objects_that_dislike_being_asked_are_passed_over() -> None:
    """A module may import a proxy that works inside a web request only."""
    request = LocalProxy(ContextVar("request"))

    assert ["on_the_wire"] == flat(contents_of(module(request=request, marked=marked)))


def test_a_marked_class_does_not_count() -> None:
    """Marks are read from functions; a class cannot be called as one."""
    cls = type("WithMarks", (), {"__ioplugins_marks__": marked.__ioplugins_marks__})

    assert () == contents_of(module(cls=cls, instance=cls())).entries


def test_a_module_may_be_a_section() -> None:
    """What is marked in it; else the public functions it defines, not those it imports."""
    own = module()
    for name in ("f", "_private"):
        function = types.FunctionType(echo.__code__, {}, name)
        function.__module__ = own.__name__
        setattr(own, name, function)
    own.imported = echo
    assert {("hooks", "f")} == placed(contents_of({"hooks": own}))

    own.on_top = types.FunctionType(echo.__code__, {}, "on_top")
    own.on_top.__module__ = own.__name__
    hook("preMap")(own.on_top)
    assert {("hooks", "on_top")} == placed(contents_of({"hooks": own}))


class Folder:
    """A folder of importable packages."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def package(self, name: str, **files: str) -> types.ModuleType:
        """Write a package and import it; dots in the names of files are subpackages."""
        for file, source in {"__init__": "", **files}.items():
            path = self.path.joinpath(name, *file.split(".")).with_suffix(".py")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(dedent(source), encoding="utf-8")
        importlib.invalidate_caches()
        return importlib.import_module(name)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Folder]:
    monkeypatch.syspath_prepend(str(tmp_path))
    before = set(sys.modules)
    yield Folder(tmp_path)
    for name in set(sys.modules) - before:
        if name.startswith("pkg_"):
            del sys.modules[name]


MARKED = """
    from ioplugins import utility

    @utility
    def {}(options): return options
"""


def test_a_package_counts_with_its_submodules(folder: Folder) -> None:
    """However deep; what one imports from another counts once."""
    package = folder.package(
        "pkg_whole",
        one=MARKED.format("first"),
        two="from pkg_whole.one import first",
        **{"deep.__init__": MARKED.format("second"), "deep.er": MARKED.format("third")},
    )

    assert ["first", "second", "third"] == sorted(flat(contents_of(package)))


def test_main_modules_are_not_run(folder: Folder) -> None:
    """Importing __main__ would start what it starts."""
    package = folder.package(
        "pkg_main",
        __main__="raise AssertionError('run')",
        one=MARKED.format("first"),
        **{"deep.__init__": "", "deep.__main__": "raise AssertionError('run')"},
    )

    assert ["first"] == flat(contents_of(package))


def test_a_submodule_called_like_a_section_is_a_submodule(folder: Folder) -> None:
    """Only what is marked in it counts."""
    package = folder.package(
        "pkg_section", hooks=MARKED.format("first") + "\n    def helper(options): return options\n"
    )
    importlib.import_module("pkg_section.hooks")

    assert [("utilities", "first")] == [*placed(contents_of(package))]


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("import not_installed_at_all", "ModuleNotFoundError: No module named 'not_installed"),
        ("def broken(:", "SyntaxError: "),
        ("raise SystemExit(3)", "SystemExit: 3"),
    ],
)
def test_a_submodule_that_cannot_be_imported_is_named(
    folder: Folder, source: str, reason: str
) -> None:
    """A package of which a part is missing is not served, and nothing ends the process."""
    name = f"pkg_broken_{reason.partition(':')[0].lower()}"
    package = folder.package(name, part=source)

    with pytest.raises(InvalidSource) as caught:
        contents_of(package)
    assert caught.value.reason.startswith(f"{name}.part cannot be imported: {reason}")


# ------------------------------------------------------------------------------ instances


class Base:
    def inherited(self, options):
        return ["Base", options]

    def overridden(self, options):
        return ["Base", options]

    def _private(self, options):
        return options


class Widget(Base):
    constant = 5
    helper_class = dict

    def __init__(self) -> None:
        self.own = lambda options: ["own", options]
        self._own_private = echo
        self.own_class = dict
        self.data = {"f": echo}

    def overridden(self, options):
        return ["Widget", options]

    @classmethod
    def of_class(cls, options):
        return [cls.__name__, options]

    @staticmethod
    def static(options):
        return ["static", options]

    @property
    def computed(self):
        raise AssertionError("a look-up must not evaluate it")

    @functools.cached_property
    def cached(self):
        raise AssertionError("a look-up must not evaluate it")

    def __call__(self, options):
        return options


def test_an_instance_without_marks_counts_with_its_public_methods() -> None:
    """Inherited, of the class, static, or stored on the instance; bound to it."""
    contents = contents_of(Widget())
    answers = {e.function.name: e.function.function("x") for e in contents.entries}

    assert {
        "inherited": ["Base", "x"],
        "overridden": ["Widget", "x"],
        "of_class": ["Widget", "x"],
        "static": ["static", "x"],
        "own": ["own", "x"],
    } == answers
    assert all(entry.flat for entry in contents.entries)
    assert () == contents.sections


class PartlyMarked(Widget):
    @hook("preMap", name="wire")
    def with_name(self, options):
        return options

    @utility
    def _private_but_marked(self, options):
        return options

    @staticmethod
    @utility
    def marked_static(options):
        return options

    @utility
    @classmethod
    def marked_of_class(cls, options):
        return options


def test_an_instance_with_marks_counts_with_these_only() -> None:
    """A mark is a decision, also on a private or inherited method."""

    class Child(PartlyMarked):
        pass

    expected = {
        ("hooks", "wire"),
        ("utilities", "_private_but_marked"),
        ("utilities", "marked_static"),
        ("utilities", "marked_of_class"),
    }
    assert expected == placed(contents_of(PartlyMarked()))
    assert expected == placed(contents_of(Child()))


def test_methods_of_base_types_do_not_count() -> None:
    """A subclass of a built-in brings only what its author wrote."""

    class Listed(list):
        pass

    class Held(Exception):
        def mine(self, options):
            return options

    assert ["mine"] == flat(contents_of(Held()))
    with pytest.raises(InvalidSource):
        contents_of(Listed())


def test_a_property_in_the_place_of_an_inherited_method_is_not_evaluated() -> None:
    """A subclass that turns a method into a property takes it away."""

    class Child(Widget):
        @property
        def inherited(self):
            raise AssertionError("a look-up must not evaluate it")

    names = flat(contents_of(Child()))

    assert "inherited" not in names
    assert "overridden" in names


def test_a_method_that_a_subclass_took_away_is_gone() -> None:
    """`method = None` is how Python says it."""

    class Child(Widget):
        inherited = None

    assert "inherited" not in flat(contents_of(Child()))


def test_a_private_method_stays_private_when_its_mark_is_gone() -> None:
    """A subclass that overrides a marked method without a mark decides anew."""

    class Parent:
        @utility
        def _private(self, options):
            return options

    class Child(Parent):
        def _private(self, options):
            return options

    assert ["_private"] == flat(contents_of(Parent()))
    assert [] == flat(contents_of(Child()))


def test_sections_stored_on_an_instance() -> None:
    """A mapping, an instance or a module under the name of a section."""

    class Stack:
        def __init__(self) -> None:
            self.hooks = {"f": echo, "n": 5}
            self.wrappers = Shop()
            self.other = {"g": echo}

        def flat_one(self, options):
            return options

    contents = contents_of(Stack())

    assert {(None, "flat_one"), ("hooks", "f"), ("wrappers", "marked_method")} == placed(contents)
    assert ("hooks", "wrappers") == contents.sections
    assert {("hooks", "n", "it is not callable but int")} == skipped(contents)


def test_an_instance_with_slots() -> None:
    """It has no dictionary of its own."""

    class Slotted:
        __slots__ = ("value",)

        def f(self, options):
            return options

    assert ["f"] == flat(contents_of(Slotted()))


def test_a_namespace_is_an_instance_too() -> None:
    """`SimpleNamespace(f=...)` is a module made by hand."""
    assert ["f"] == flat(contents_of(types.SimpleNamespace(f=echo, n=5, _g=echo)))


@pytest.mark.parametrize("name", ["func", "keys", "items", "append"])
def test_a_method_may_have_any_public_name(name: str) -> None:
    """No name is special."""
    instance = type("Named", (), {name: lambda self, options: options})()

    assert [name] == flat(contents_of(instance))


def test_an_instance_may_be_empty_as_a_container() -> None:
    """Every object is true in JavaScript; a `__len__` of 0 hides no section."""

    class Empty:
        def __len__(self) -> int:
            return 0

        def f(self, options):
            return options

    assert {("hooks", "f")} == placed(contents_of({"hooks": Empty()}))
    assert ["f"] == flat(contents_of(Empty()))


def test_a_generator_method_is_passed_over_or_refused() -> None:
    """Passed over where nobody marked it."""

    class Streams:
        def rows(self, options):
            yield options

        def f(self, options):
            return options

    contents = contents_of(Streams())

    assert ["f"] == flat(contents)
    assert {"rows"} == {skip.name for skip in contents.skipped}


# -------------------------------------------------------------------------- refused sources


@pytest.mark.parametrize(
    "source", ["text", b"bytes", bytearray(), 5, 1.5, 1j, True, None, [echo], (echo,), {echo}]
)
def test_values_are_no_sources(source: object) -> None:
    """The message says what is."""
    with pytest.raises(
        InvalidSource, match="give a module, an instance of a class of yours, a function or a map"
    ) as caught:
        contents_of(source)
    assert str(caught.value).startswith(f"{type(source).__name__} is not a source")


def test_a_class_is_no_source() -> None:
    """An instance of it is."""
    with pytest.raises(InvalidSource, match="it is a class; give an instance of it"):
        contents_of(Shop)
