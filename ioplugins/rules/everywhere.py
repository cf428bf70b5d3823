"""Rules of the answers of every kind: they are JSON, not too long, and hold no NaN."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Final

from ioplugins.errors import AnswerTooLarge, NotJSON
from ioplugins.javascript import number_text
from ioplugins.jsontypes import is_array, is_object
from ioplugins.jsonvalue import JSON, Limit, encode
from ioplugins.problems import Problem, step
from ioplugins.rules.rule import REPORTED, plain

#: The longest answer when the request names no other limit, in UTF-16 code units.
DEFAULT_LIMIT: Final = 5 * 1024 * 1024


def check_json(answer: JSON, max_response_size: int = 0) -> list[Problem]:
    """The breaches of G-JSON, G-SIZE and G-NAN; a call enforces the first two by itself.

    Args:
        answer: The answer, plain JSON or answer objects.
        max_response_size: As the request has it, in UTF-16 code units; 0 for the default.
    """
    limit = max_response_size or DEFAULT_LIMIT
    try:
        encode(answer, Limit(limit, number_text(limit)))
    except NotJSON as error:
        message = f"{error.reason[:1].upper()}{error.reason[1:]}."
        return [Problem("G-JSON", "error", "documented", error.path, message)]
    except AnswerTooLarge:
        message = f"The JSON of the answer is longer than {limit} UTF-16 units. Answer less."
        return [Problem("G-SIZE", "error", "documented", "$", message)]
    problems: list[Problem] = []
    for path in _not_finite(answer):
        message = "NaN and Infinity are null on the wire. Answer None, or a number."
        problems.append(Problem("G-NAN", "warning", "documented", path, message))
        if len(problems) == REPORTED:
            break
    return problems


def _not_finite(answer: JSON) -> Iterator[str]:
    """The paths of NaN and infinities; *answer* is known to be JSON, so it has an end."""
    waiting = [("$", answer)]
    while waiting:
        path, value = waiting.pop()
        value = plain(value)
        if isinstance(value, float) and not math.isfinite(value):
            yield path
        elif is_object(value):
            waiting += [(step(path, key), item) for key, item in value.items()][::-1]
        elif is_array(value):
            waiting += [(f"{path}[{index}]", item) for index, item in enumerate(value)][::-1]
