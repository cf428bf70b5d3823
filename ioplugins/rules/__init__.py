"""The contract's rules: what is wrong with an answer or with options, where, and what to do.

Each rule has the contract's id, a severity (error: integrator.io most likely refuses it; warning:
tolerated, or nobody knows), a basis (documented, observed, inferred) and a small function that
finds its breaches. The tables stand in the module of each group of kinds.

    >>> from ioplugins.rules import check_answer
    >>> [problem] = check_answer("preMap", {"data": [{"id": 1}]}, [{"id": 1}])
    >>> problem.rule, problem.severity, problem.path
    ('ACT-EMPTY', 'error', '$[0]')
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from types import MappingProxyType
from typing import Final

from ioplugins.jsonvalue import JSON
from ioplugins.kinds import KINDS
from ioplugins.problems import Basis, Problem, Severity
from ioplugins.rules.rule import AnswerRules, Case, Rule, plain

__all__ = [
    "AnswerRules",
    "Basis",
    "Case",
    "Problem",
    "Rule",
    "Severity",
    "answer_rules",
    "check_answer",
    "check_options",
]

#: The module with the rules of each kind; what is not named stands in "installing".
_MODULES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "preSavePage": "pages",
        **dict.fromkeys(("preMap", "postMap", "postSubmit", "postResponseMap"), "records"),
        **dict.fromkeys(("ping", "wrapperExport", "wrapperImport"), "wrappers"),
        **dict.fromkeys(("filter", "inputFilter", "transform", "branching", "utility"), "scripts"),
        **dict.fromkeys(("contentBasedFlowRouter", "handleRequest"), "scripts"),
    }
)


def answer_rules(kind: str) -> AnswerRules:
    """The rules of the kind with the id *kind*, for checking many answers.

    A call asks for the expected length before the function runs, and checks after it::

        rules = answer_rules("preMap")
        expected = rules.expected(options)
        answer = function(options)
        problems = rules.problems(options, answer, expected)

    The rules of every kind (G-JSON, G-SIZE, G-NAN) are not among them: encoding the answer
    enforces them.

    Raises:
        ValueError: No kind has this id.
    """
    if kind not in KINDS:
        raise ValueError(f"there is no kind {kind!r}; the kinds are {', '.join(KINDS)}")
    module = import_module(f"{__name__}.{_MODULES.get(kind, 'installing')}")
    rules: AnswerRules = module.KINDS[kind]
    return rules


def check_answer(
    kind: str,
    options: JSON,
    answer: JSON,
    *,
    max_response_size: int = 0,
    previous: Sequence[JSON] = (),
) -> list[Problem]:
    """What is wrong with an answer under the rules of its kind and those of every kind.

    Args:
        kind: The contract's id of the kind, such as ``"preMap"`` or ``"wrapperExport"``.
        options: What the function received, raw or as an options object.
        answer: What it gave back: plain JSON, answer objects, or both mixed.
        max_response_size: As the request has it, in UTF-16 code units; 0 for 5242880.
        previous: Of a wrapper export: the answers before this one in the same run.

    Returns:
        The problems, those of the whole before those of its elements; of one rule at most 20.

    Raises:
        ValueError: No kind has this id.
    """
    from ioplugins.rules.everywhere import check_json  # noqa: PLC0415 - no call needs it

    rules = answer_rules(kind)
    problems = check_json(answer, max_response_size)
    if any(problem.rule == "G-JSON" for problem in problems):
        return problems  # the other rules speak of JSON
    return problems + rules.check(Case(options, answer, rules.expected(options), previous))


def check_options(kind: str, options: JSON) -> list[Problem]:
    """What is wrong with the options of a call: a wrong type, or something essential missing.

    The rules are ours, as the contract lists the options but numbers no rules for them: O-OBJ
    (options is an object), O-TYPE (a value has the contract's type), O-MISSING (what the function
    works on is there). Records are not looked at.

    Args:
        kind: The contract's id of the kind.
        options: The options as JSON, or an options object.

    Raises:
        ValueError: No kind has this id.
    """
    # Here only: the converter costs a cold start its time, and calls have their plans.
    from ioplugins.conversion import structure_options  # noqa: PLC0415

    answer_rules(kind)
    return structure_options(kind, plain(options))[1]
