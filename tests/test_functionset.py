"""Function sets: looked up in two steps, built without conflicts, merged without loss."""

from __future__ import annotations

import attrs
import pytest

from ioplugins.errors import NameConflict
from ioplugins.functions import ExtensionFunction, extension_function
from ioplugins.functionset import Contents, Entry, FunctionSet, FunctionSetBuilder, Skipped
from ioplugins.kinds import KINDS


def one(options):
    return options


def two(options):
    return options


def described(
    function=one, name: str = "f", section: str | None = None, kind: str | None = None
) -> ExtensionFunction:
    return extension_function(
        function, name=name, section=section, kind=KINDS[kind] if kind else None
    )


def flat(*functions: ExtensionFunction) -> Contents:
    return Contents(tuple(Entry(function, flat=True) for function in functions))


def sectioned(*functions: ExtensionFunction) -> Contents:
    return Contents(tuple(Entry(function, flat=False) for function in functions))


def built(*all_contents: Contents) -> FunctionSet:
    builder = FunctionSetBuilder()
    for contents in all_contents:
        builder.add(contents)
    return builder.build()


def names(functions: FunctionSet) -> dict[str | None, list[str]]:
    return {section: sorted(held) for section, held in functions.sections.items()}


def test_a_marked_function_stands_flat_and_in_its_section() -> None:
    """One configuration serves framework 1.0 and 2.0; it counts once."""
    function = described(section="hooks", kind="preMap")
    functions = built(flat(function))

    assert function is functions.sections["hooks"]["f"]
    assert function is functions.sections[None]["f"]
    assert [function] == list(functions)
    assert 1 == len(functions)


def test_a_function_of_a_section_is_not_flat() -> None:
    """The mapping form: one name may stand in two sections, for two functions."""
    hooks, wrappers = described(one, section="hooks"), described(two, section="wrappers")
    functions = built(sectioned(hooks, wrappers))

    assert {None: [], "hooks": ["f"], "wrappers": ["f"]} == names(functions)
    assert [hooks, wrappers] == list(functions)
    assert 2 == len(functions)


def test_names_are_found_wherever_they_stand() -> None:
    """Names only, nothing else."""
    functions = built(flat(described(name="a")), sectioned(described(name="b", section="hooks")))

    assert "a" in functions
    assert "b" in functions
    assert "hooks" not in functions
    assert None not in functions


def test_sections_without_functions_are_there() -> None:
    """A request that asks for one gets invalid_function, not object_not_found."""
    functions = built(Contents(sections=("version",)))

    assert {None: [], "version": []} == names(functions)
    assert 0 == len(functions)


def test_what_was_passed_over_is_kept_for_reports() -> None:
    """`ioplugins list` and `check` show it; a repr does not."""
    skipped = Skipped("retries", "hooks", "it is not callable but int")
    functions = built(Contents(skipped=(skipped,)))

    assert (skipped,) == functions.skipped
    assert "retries" not in repr(functions)


def test_a_built_set_is_frozen() -> None:
    """Nobody adds a function to what a host serves, and a builder that goes on does not."""
    builder = FunctionSetBuilder()
    builder.add(flat(described(name="a")))
    functions = builder.build()
    builder.add(flat(described(name="b")))

    assert {None: ["a"]} == names(functions)
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        functions.sections = {}
    with pytest.raises(TypeError):
        functions.sections["hooks"] = {}
    with pytest.raises(TypeError):
        functions.sections[None]["z"] = described()


# ------------------------------------------------------------------------------ conflicts


@pytest.mark.parametrize(
    ("first", "second", "why"),
    [
        (flat(described(one)), flat(described(two)), "framework 2.0 knows no sections"),
        (
            flat(described(one, section="hooks", kind="preMap")),
            flat(described(two, section="wrappers", kind="ping")),
            "framework 2.0 knows no sections",
        ),
        (
            sectioned(described(one, section="hooks")),
            sectioned(described(two, section="hooks")),
            "both in hooks",
        ),
        (
            flat(described(one, section="hooks", kind="preMap")),
            sectioned(described(two, section="hooks")),
            "both in hooks",
        ),
        (
            flat(described(one, section="hooks", kind="preMap")),
            flat(described(one, section="hooks", kind="postMap")),
            "both in hooks|framework 2.0",
        ),
    ],
)
def test_one_name_for_two_functions_is_a_conflict(
    first: Contents, second: Contents, why: str
) -> None:
    """In one section, or flat; whether they come together or one after the other."""
    builder = FunctionSetBuilder()
    builder.add(first)
    with pytest.raises(NameConflict, match=why):
        builder.add(second)
    with pytest.raises(NameConflict, match=why):
        FunctionSetBuilder().add(Contents((*first.entries, *second.entries)))


def test_a_conflict_names_both_places_with_kind_and_section() -> None:
    """And what to do about it."""
    builder = FunctionSetBuilder()
    builder.add(flat(described(one, section="installer", kind="update")))
    with pytest.raises(NameConflict) as caught:
        builder.add(flat(described(two, section="settings", kind="changeEdition")))

    assert f"{__name__}:one as update in installer" == caught.value.first
    assert f"{__name__}:two as changeEdition in settings" == caught.value.second
    assert "Give one of them another name=." in str(caught.value)


def test_after_a_conflict_nothing_of_the_source_was_taken() -> None:
    """Functions, sections and what was passed over: all of it or nothing."""
    builder = FunctionSetBuilder()
    builder.add(flat(described(one)))
    entries = (*flat(described(two, name="new"), described(two)).entries,)
    with pytest.raises(NameConflict):
        builder.add(Contents(entries, ("extras",), (Skipped("s", None, "r"),)))

    assert {None: ["f"]} == names(builder.build())
    assert () == builder.build().skipped


def test_what_makes_no_difference_is_no_conflict() -> None:
    """The same function for the same kind, from two sources or in two sections."""
    again = flat(described(one, section="installer", kind="step"))
    functions = built(again, again, flat(described(one, section="uninstaller", kind="step")))

    assert {None: ["f"], "installer": ["f"], "uninstaller": ["f"]} == names(functions)


def test_a_source_added_twice_is_told_once() -> None:
    """What it holds beside functions too."""
    contents = Contents(sections=("hooks",), skipped=(Skipped("s", "hooks", "r"),))

    assert 1 == len(built(contents, contents).skipped)


# -------------------------------------------------------------------------------- merging


def test_a_set_can_be_merged_into_another() -> None:
    """Its contents make the same set again: flat, in sections, empty sections, passed over."""
    functions = built(
        flat(
            described(one, name="marked", section="hooks", kind="preMap"),
            described(one, name="step", section="installer", kind="step"),
            described(one, name="step", section="uninstaller", kind="step"),
            described(two, name="plain"),
        ),
        sectioned(described(two, name="plain", section="hooks")),
        Contents(sections=("version",), skipped=(Skipped("s", None, "r"),)),
    )

    assert functions == built(functions.contents())
