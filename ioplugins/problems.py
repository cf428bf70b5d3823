"""A problem: one thing that is wrong with options or an answer, where, and what to do."""

from __future__ import annotations

from json.encoder import encode_basestring
from typing import Literal

from attrs import frozen

#: error: integrator.io most likely refuses it; warning: tolerated, or nobody knows.
Severity = Literal["error", "warning"]

#: documented: Celigo says so; observed: seen on integrator.io; inferred: our reading.
Basis = Literal["documented", "observed", "inferred"]


@frozen
class Problem:
    """One finding of a rule.

    Attributes:
        rule: The rule's id, such as ``"ACT-DATA"``; the kinds' pages in docs/kinds explain it.
        severity: How bad it is. Mostly the rule's own; a rule may be milder in one case.
        basis: Where the rule comes from.
        path: Where it is, such as ``"$[3].errors[0].source"``; ``"$"`` is the whole value.
        message: What is wrong and what to do. It never quotes records.
    """

    rule: str
    severity: Severity
    basis: Basis
    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.rule} ({self.severity}) at {self.path}: {self.message}"


def step(path: str, key: object) -> str:
    """*path* one step further down: ``$`` and ``errors`` is ``$.errors``, and 3 is ``$[3]``."""
    if isinstance(key, int):
        return f"{path}[{key}]"
    if isinstance(key, str) and key.isidentifier():
        return f"{path}.{key}"
    return f"{path}[{encode_basestring(str(key))}]"
