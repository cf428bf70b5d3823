"""The contract's facts in the package: the same as in the contract itself."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ioplugins import contract
from ioplugins.contract import find_kind, kind_facts, rule_facts, rule_ids
from ioplugins.kinds import KINDS

CONTRACT = json.loads((Path(__file__).parent / "contract" / "contract.json").read_bytes())


def rows(fields: list[dict[str, Any]]) -> list[tuple[str, str, str, str]]:
    """The contract's fields, one name each."""
    found = []
    for row in fields:
        names, types = row["name"].split("/"), row["type"].split("/")
        types = types if len(types) == len(names) else [row["type"]] * len(names)
        pairs = zip(names, types, strict=True)
        found += [(name, type_, row["presence"], row.get("doc", "")) for name, type_ in pairs]
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_kinds(kind: str) -> None:
    """Each kind's facts are those of the contract."""
    facts, source = kind_facts(kind), CONTRACT["kinds"][kind]
    answer = source["response"]
    assert rows(source["options"]) == [
        (field.name, field.type, field.presence, field.doc) for field in facts.options
    ]
    assert rows(answer.get("fields", [])) == [
        (field.name, field.type, field.presence, field.doc) for field in facts.fields
    ]
    expected = (
        KINDS[kind],
        tuple(source["attached_at"]),
        source["called"],
        answer["form"],
        answer.get("element", ""),
        tuple(answer.get("same_length_as", ())),
        source.get("element_meaning", {}),
        source["throws"]["effect"],
        source["example"]["options"],
        source["example"]["response"],
        tuple(source["disagreements"]),
        tuple(source["unknowns"]),
    )
    assert expected == (
        facts.kind,
        facts.attached_at,
        facts.called,
        facts.form,
        facts.element,
        facts.same_length_as,
        facts.meaning,
        facts.throws,
        facts.example_options,
        facts.example_answer,
        facts.disagreements,
        facts.unknown,
    )


def test_rules() -> None:
    """The rules are those of the contract, and our three about options."""
    assert [*CONTRACT["rules"], "O-OBJ", "O-TYPE", "O-MISSING"] == list(rule_ids())
    for rule, source in CONTRACT["rules"].items():
        facts = rule_facts(rule)
        assert (rule, source["text"], source["severity"], source["basis"]) == (
            facts.id,
            facts.text,
            facts.severity,
            facts.basis,
        )
        assert source["platform_effect"] == facts.effect


def test_shapes_and_sources() -> None:
    """Shapes and sources are those of the contract."""
    assert CONTRACT["shapes"] == contract.shapes()
    assert CONTRACT["sources"] == contract.sources()


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("preMap", "preMap"),
        ("export", "wrapperExport"),
        ("wrapperExport", "wrapperExport"),
        ("import", "wrapperImport"),
        ("utility", "utility"),
        ("filter", "filter"),
    ],
)
def test_find_kind(name: str, kind: str) -> None:
    """A kind is found by its id and by what the decorators call it."""
    assert KINDS[kind] is find_kind(name)


@pytest.mark.parametrize("name", ["premap", "", "PreMap"])
def test_no_such_kind(name: str) -> None:
    """What is no kind is told, with the kinds there are."""
    with pytest.raises(ValueError, match="The kinds are: preSavePage, preMap, "):
        find_kind(name)
