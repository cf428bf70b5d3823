"""The kinds table against the contract."""

from __future__ import annotations

import json
from pathlib import Path

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
