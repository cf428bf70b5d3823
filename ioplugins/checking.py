"""Checks in a call: options and answer against the rules of the function's kind."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Final

from ioplugins.functions import ExtensionFunction
from ioplugins.jsonvalue import JSON
from ioplugins.logs import LogLine

if TYPE_CHECKING:
    import logging

    from ioplugins.problems import Problem
    from ioplugins.rules import AnswerRules

#: An error of this many problems says enough.
_TOLD: Final = 5


class Reports:
    """What was reported of each function and rule: logged once, and again at 10, 100, 1000, ..."""

    def __init__(self) -> None:
        self._counting = threading.Lock()
        self._counts: Counter[tuple[str, str]] = Counter()

    def tell(
        self,
        logger: logging.Logger,
        name: str,
        function: ExtensionFunction,
        problems: Sequence[Problem],
    ) -> None:
        """Log *problems* of *function* under the line's *name*, unless they are no news."""
        counts = Counter(problem.rule for problem in problems)
        for problem in problems:
            found = counts.pop(problem.rule, 0)
            if not found:
                continue
            key = (function.name, problem.rule)
            with self._counting:
                before = self._counts[key]
                self._counts[key] = before + found
            if before and len(str(before)) == len(str(before + found)):
                continue
            fields: dict[str, JSON] = {
                "function": function.name,
                "kind": function.kind.id if function.kind else None,
                "rule": problem.rule,
                "path": problem.path,
                "count": before + found,
                "message": problem.message,
            }
            logger.warning(LogLine(name, fields))


@cache
def _rules_of(kind: str) -> AnswerRules:
    # Imported by the first call of a kind: a project without kinds does without the rules.
    from ioplugins.rules import answer_rules  # noqa: PLC0415

    return answer_rules(kind)


class AnswerCheck:
    """The check of one answer: made before the function runs, as that may change its options."""

    __slots__ = ("_expected", "_function", "_options", "_rules")

    def __init__(self, function: ExtensionFunction, options: JSON) -> None:
        self._function = function
        self._options: Mapping[str, JSON] = options if isinstance(options, dict) else {}
        self._rules = _rules_of(function.kind.id) if function.kind else None
        self._expected = self._rules.expected(self._options) if self._rules else None

    def problems(self, answer: JSON) -> list[Problem]:
        """What is wrong with *answer*, which is JSON; nothing for a function without a kind."""
        if self._rules is None:
            return []
        return self._rules.problems(self._options, answer, self._expected)


def option_problems(function: ExtensionFunction, options: JSON) -> list[Problem]:
    """What is wrong with the options of a function that has a kind."""
    from ioplugins.rules import check_options  # noqa: PLC0415 - as above

    return check_options(function.kind.id, options) if function.kind else []


def errors_from(
    function: ExtensionFunction, problems: Sequence[Problem], code: str
) -> list[dict[str, JSON]]:
    """The errors of a 422 for *problems*, each with rule, path and function."""
    kind = function.kind.id if function.kind else "function"
    errors: list[dict[str, JSON]] = [
        {
            "message": f"{kind} {function.name}: {problem.rule} at {problem.path}: "
            f"{problem.message}",
            "code": code,
        }
        for problem in problems[:_TOLD]
    ]
    if len(problems) > _TOLD:
        errors[-1]["message"] += f" (and {len(problems) - _TOLD} more)"
    return errors
