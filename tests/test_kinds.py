"""The kinds table against the contract."""

from __future__ import annotations

import json
from pathlib import Path

import attrs
import pytest

from ioplugins.errors import UnknownKind
from ioplugins.kinds import KINDS, SECTIONS, kind_for, kinds_of

CONTRACT = json.loads(
    (Path(__file__).parent / "contract" / "contract.json").read_text(encoding="utf-8")
)["kinds"]


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.id)
def test_a_row_says_what_the_contract_says(kind) -> None:
    """Section, wire type and whether a stack can hold it are the contract's."""
    facts = CONTRACT[kind.id]
    wire = facts["wire_type"]["1.0"]

    assert facts["namespace"] == kind.section
    assert (None if wire == "not there" else wire) == kind.wire_type
    assert facts["stack_hostable"].startswith("yes") == kind.on_stack


def test_every_kind_has_a_row() -> None:
    """In the contract's order."""
    assert list(CONTRACT) == list(KINDS)


def test_a_decorator_takes_its_kinds_by_short_names() -> None:
    """`step` is taken by two decorators, `export` is the contract's wrapperExport."""
    assert "wrapperExport" == kind_for("wrapper", "export").id
    assert kind_for("installer", "step") is kind_for("uninstaller", "step")
    assert all(kinds_of(decorator) for decorator in SECTIONS)


def test_an_unknown_kind_lists_those_there_are() -> None:
    """The message names the decorator, what was given, and every kind it takes."""
    with pytest.raises(
        UnknownKind, match=r"@wrapper has no kind 'preMap'; .*'ping', 'export', 'import'"
    ):
        kind_for("wrapper", "preMap")


def test_kinds_that_only_scripts_can_be_have_no_decorator() -> None:
    """A stack cannot hold them: nobody registers one by mistake."""
    scripts = [kind.id for kind in KINDS.values() if not kind.on_stack]

    assert [
        "filter",
        "inputFilter",
        "transform",
        "branching",
        "contentBasedFlowRouter",
        "handleRequest",
    ] == scripts
    for decorator in SECTIONS:
        assert not {kind.id for kind in kinds_of(decorator)} & set(scripts)


def test_every_kind_of_a_stack_is_taken_by_a_decorator() -> None:
    """In table order; a section of a kind is that of its decorator."""
    taken = {kind.id for decorator in SECTIONS for kind in kinds_of(decorator)}

    assert {kind.id for kind in KINDS.values() if kind.on_stack} == taken
    for decorator, section in SECTIONS.items():
        assert {kind.section for kind in kinds_of(decorator)} <= {section, None}
    assert () == kinds_of("no such decorator")


def test_the_table_is_closed() -> None:
    """Nobody adds a row at run time."""
    with pytest.raises(TypeError):
        KINDS["mine"] = KINDS["preMap"]
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        KINDS["preMap"].short = "other"


def test_each_row_says_when_it_is_called_and_where_celigo_documents_it() -> None:
    """For `ioplugins kinds` and the documentation."""
    for kind in KINDS.values():
        assert kind.summary
        assert kind.documentation.startswith("https://docs.celigo.com/")
        assert "https://" not in repr(kind)
