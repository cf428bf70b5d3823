"""The contract's facts about each kind, for people: options, answer, rules, examples, open ends.

Read from contract.json beside this module when first asked for; no call needs it. The letters in
its texts (S, R1, R2, UI, ...) are sources; :func:`sources` says which.
"""

from __future__ import annotations

import json
import pkgutil
from collections.abc import Mapping
from functools import cache
from typing import Any, cast

from attrs import frozen

from ioplugins.jsonvalue import JSON
from ioplugins.kinds import KINDS, Kind
from ioplugins.problems import Basis, Severity


@frozen
class Field:
    """An option, or a field of an answer, as the contract has it.

    Attributes:
        name: Its key on the wire; ``"*"`` for any other.
        type: What it is, in the contract's words, such as ``"array<record>"``.
        presence: When it is there.
        doc: What it means; maybe nothing.
    """

    name: str
    type: str
    presence: str
    doc: str


@frozen
class RuleFacts:
    """What the contract says about a rule.

    Attributes:
        id: Its id, such as ``"ACT-DATA"``.
        text: What must hold.
        severity: How bad a breach is.
        basis: Where the rule comes from.
        effect: What integrator.io does on a breach.
    """

    id: str
    text: str
    severity: Severity
    basis: Basis
    effect: str


@frozen
class KindFacts:
    """What the contract says about a kind.

    Attributes:
        kind: Its row of the kinds table.
        attached_at: Where the function is named in integrator.io.
        called: When and how often it is called.
        options: What it receives.
        form: What it answers, such as ``"array"``.
        element: What each element of an array answer is; nothing for other answers.
        same_length_as: The options that an array answer must be as long as.
        fields: The fields of the answer, or of each element.
        meaning: Forms of an element and what they mean.
        throws: What raising an error comes to.
        example_options: Options as integrator.io sends them.
        example_answer: An answer to them.
        disagreements: Where the sources contradict each other.
        unknown: What no source says.
    """

    kind: Kind
    attached_at: tuple[str, ...]
    called: str
    options: tuple[Field, ...]
    form: str
    element: str
    same_length_as: tuple[str, ...]
    fields: tuple[Field, ...]
    meaning: Mapping[str, str]
    throws: str
    example_options: JSON
    example_answer: JSON
    disagreements: tuple[str, ...]
    unknown: tuple[str, ...]


def find_kind(name: str) -> Kind:
    """The kind with the id *name*, or that the decorators take under it (``"export"``).

    Raises:
        ValueError: There is none; the message lists the ids.
    """
    for kind in KINDS.values():
        if name in {kind.id, kind.short}:
            return kind
    raise ValueError(f"There is no kind {name!r}. The kinds are: {', '.join(KINDS)}.")


@cache
def kind_facts(kind: str) -> KindFacts:
    """What the contract says about the kind with the id *kind*.

    Raises:
        KeyError: No kind has this id.
    """
    facts = _document()["kinds"][kind]
    answer = facts["answer"]
    return KindFacts(
        kind=KINDS[kind],
        attached_at=tuple(facts["attached_at"]),
        called=facts["called"],
        options=_fields(facts["options"]),
        form=answer["form"],
        element=answer.get("element", ""),
        same_length_as=tuple(answer.get("same_length_as", ())),
        fields=_fields(answer["fields"]),
        meaning=facts["meaning"],
        throws=facts["throws"]["effect"],
        example_options=facts["example"]["options"],
        example_answer=facts["example"]["response"],
        disagreements=tuple(facts["disagreements"]),
        unknown=tuple(facts["unknown"]),
    )


@cache
def rule_facts(rule: str) -> RuleFacts:
    """What the contract says about the rule with the id *rule*.

    Raises:
        KeyError: No rule has this id.
    """
    return RuleFacts(id=rule, **_document()["rules"][rule])


def rule_ids() -> tuple[str, ...]:
    """The ids of all rules, in the contract's order."""
    return tuple(_document()["rules"])


def shapes() -> Mapping[str, JSON]:
    """The shapes that the types of fields name, such as ``"recordAction"``."""
    shapes: Mapping[str, JSON] = _document()["shapes"]
    return shapes


def sources() -> Mapping[str, str]:
    """The sources by the letters that the contract's texts use for them."""
    sources: Mapping[str, str] = _document()["sources"]
    return sources


def _fields(rows: list[dict[str, str]]) -> tuple[Field, ...]:
    """The fields of *rows*, of which one may list several, as ``storeId/addOnId``."""
    fields: list[Field] = []
    for row in rows:
        names, types = row["name"].split("/"), row["type"].split("/")
        if len(types) != len(names):
            types = [row["type"]] * len(names)
        fields += [
            Field(name, type_, row["presence"], row.get("doc", ""))
            for name, type_ in zip(names, types, strict=True)
        ]
    return tuple(fields)


@cache
def _document() -> dict[str, Any]:
    data = pkgutil.get_data("ioplugins", "contract.json")
    return cast("dict[str, Any]", json.loads(data or b""))
