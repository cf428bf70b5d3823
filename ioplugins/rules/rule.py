"""What a rule is: an id, how bad a breach is, where it comes from, and the function that looks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import Enum
from types import MappingProxyType
from typing import Final, cast
from uuid import UUID

from attrs import frozen

from ioplugins.jsontypes import is_array, is_number, is_object, json_type
from ioplugins.jsonvalue import JSON, Wire
from ioplugins.problems import Basis, Problem, Severity

#: Of one rule at most so many findings are reported for one answer; the rest say nothing new.
REPORTED: Final = 20

#: What a rule finds: the path, the message, and a severity when it is not the rule's own.
Finding = tuple[str, str] | tuple[str, str, Severity]

#: Index and value of elements of an array answer.
Elements = Sequence[tuple[int, JSON]]


_NO_OPTIONS: Final[Mapping[str, JSON]] = MappingProxyType({})


class Case:
    """One answer under examination.

    Attributes:
        options: The options of the call, raw or as an options object.
        answer: The answer as it stands on the wire at the top; what is below may be Wire objects.
        expected: How many elements the answer must have; None when that cannot be said.
        counted: The option that says so.
        elements: The elements to look at: all, or those that a quick look did not clear. Empty
            unless the answer is an array.
        objects: Path and value of those that are objects.
        previous: The answers before this one in the same export, oldest first.
    """

    __slots__ = ("answer", "counted", "elements", "expected", "objects", "options", "previous")

    def __init__(
        self,
        options: JSON,
        answer: JSON,
        expected: int | None = None,
        previous: Sequence[JSON] = (),
    ) -> None:
        # What a caller sends as options may be any JSON; then there is nothing to compare with.
        self.options = options if isinstance(options, (dict, Mapping)) else _NO_OPTIONS
        self.answer = plain(answer)
        self.expected = expected
        self.counted: str | None = None
        self.elements: Elements = ()
        self.objects: Sequence[tuple[str, Mapping[str, JSON]]] = ()
        self.previous = previous

    def look_at(self, elements: Elements) -> None:
        """Take *elements* of the array answer under examination."""
        self.elements = [(index, plain(element)) for index, element in elements]
        self.objects = [(f"$[{i}]", item) for i, item in self.elements if is_object(item)]


@frozen(eq=False)
class Rule:
    """One rule of the contract.

    Attributes:
        id: The contract's id, such as ``"ACT-DATA"``.
        severity: How bad a breach is.
        basis: Where the rule comes from.
        find: Finds the breaches in a case.
        fatal: After a breach the other rules of the kind make no sense.
    """

    id: str
    severity: Severity
    basis: Basis
    find: Callable[[Case], Iterable[Finding]]
    fatal: bool = False

    def check(self, case: Case) -> list[Problem]:
        """The problems of *case* under this rule, at most :data:`REPORTED`."""
        problems: list[Problem] = []
        for path, message, *severity in self.find(case):
            grade: Severity = severity[0] if severity else self.severity
            problems.append(Problem(self.id, grade, self.basis, path, message))
            if len(problems) == REPORTED:
                break
        return problems


@frozen(eq=False)
class AnswerRules:
    """The rules of one kind.

    Attributes:
        rules: In the order they are checked.
        same_length: The option that an array answer must be as long as; None when there is none.
        unclear: A quick look over an array answer: the elements that are not of a common form in
            which no rule can find anything. None looks at all.
    """

    rules: tuple[Rule, ...]
    same_length: str | None = None
    unclear: Callable[[Sequence[JSON]], Elements] | None = None

    def expected(self, options: JSON) -> int | None:
        """How many elements an answer to *options* must have; None when that cannot be said.

        Ask before the function runs: it may change the lists that it was given.
        """
        if self.same_length is None or not isinstance(options, (dict, Mapping)):
            return None
        sent = cast("JSON", options.get(self.same_length))
        return len(sent) if is_array(sent) else None

    def problems(self, options: JSON, answer: JSON, expected: int | None) -> list[Problem]:
        """The problems of one *answer*; *expected* as it was before the function ran."""
        if self.unclear is not None and answer.__class__ is list:
            # Nearly every answer ends here.
            fits = expected is None or expected == len(answer)
            if fits and not self.unclear(answer):
                return []
        return self.check(Case(options, answer, expected))

    def check(self, case: Case) -> list[Problem]:
        """The problems of *case* under all rules of the kind."""
        answer = case.answer
        case.counted = self.same_length
        if is_array(answer):
            case.look_at(self.unclear(answer) if self.unclear else list(enumerate(answer)))
        problems: list[Problem] = []
        for rule in self.rules:
            found = rule.check(case)
            problems += found
            if rule.fatal and any(problem.severity == "error" for problem in found):
                break
        return problems


# ------------------------------------------------------------------ what rule functions share


_PLAIN: Final = frozenset({dict, list, str, int, float, bool, type(None)})


def plain(value: JSON) -> JSON:
    """*value* as it stands on the wire: Wire objects, enum members and UUIDs replaced."""
    while type(value) not in _PLAIN:
        if isinstance(value, Wire):
            value = value.to_json()
        elif isinstance(value, Enum):
            value = value.value
        else:
            return str(value) if isinstance(value, UUID) else value
    return value


def at(value: Mapping[str, JSON], key: str) -> JSON:
    """The value of *key* as it stands on the wire; None when it is missing."""
    return plain(value.get(key))


def is_record(value: JSON) -> bool:
    """Whether *value* can be a record: an object, or an array of grouped rows."""
    return isinstance(value, (dict, list, tuple))


def items(value: Iterable[JSON], path: str) -> Iterator[tuple[str, JSON]]:
    """Path and value of the elements of the array *value* at *path*."""
    for index, item in enumerate(value):
        yield f"{path}[{index}]", plain(item)


def shown(value: JSON) -> str:
    """*value* for a message, when it is a number or short text; else its type only."""
    if is_number(value):
        return repr(value)[:20]
    if isinstance(value, str) and len(value) <= 20:
        return f'the text "{value}"'
    if isinstance(value, bool):
        return "true" if value else "false"
    return json_type(value)


def object_answer(what: str, advice: str) -> Callable[[Case], Iterable[Finding]]:
    """A rule function: the answer is an object."""

    def find(case: Case) -> Iterator[Finding]:
        if not is_object(case.answer):
            got = "nothing" if case.answer is None else json_type(case.answer)
            yield "$", f"The answer is {got}, but must be {what}. {advice}"

    return find


def not_objects(case: Case, what: str) -> Iterator[Finding]:
    """The elements of an array answer that are no objects, but must be *what*."""
    for index, element in case.elements:
        if not is_object(element):
            yield f"$[{index}]", f"The element is {json_type(element)}, but must be {what}"


def unknown_keys(*keys: str, but: tuple[str, ...] = ()) -> Rule:
    """X-EXTRA: the answer, or each element of an array answer, has no keys but *keys*.

    Of the keys *but* another rule speaks.
    """
    known = frozenset(keys) | frozenset(but)
    names = ", ".join(keys)

    def find(case: Case) -> Iterator[Finding]:
        whole = [("$", case.answer)] if is_object(case.answer) else case.objects
        for path, value in whole:
            if known.issuperset(value):
                continue
            unknown = [key for key in value if key not in known]
            # An element with unknown keys alone is a bare record: another rule says so.
            if path == "$" or len(unknown) < len(value):
                listed = ", ".join(str(key)[:40] for key in unknown[:5])
                yield (
                    path,
                    (
                        f"integrator.io knows no {listed} here and most likely ignores it. "
                        f"The keys are {names}."
                    ),
                )

    return Rule("X-EXTRA", "warning", "inferred", find)


# ------------------------------------------------------------------------- lists of errors


def bad_error_lists(value: JSON, path: str, example: str) -> Iterator[Finding]:
    """What keeps *value* from being an array of objects."""
    if not is_array(value):
        yield path, f"errors is {json_type(value)}, but must be an array such as [{example}]."
        return
    for place, error in items(value, path):
        if not is_object(error):
            yield place, f"The error is {json_type(error)}, but must be an object: {example}."


def bad_error_fields(value: JSON, path: str, required: tuple[str, ...]) -> Iterator[Finding]:
    """Fields of the errors in *value* that are missing or of a wrong type.

    A code may be text or a number, as Celigo's own functions have both; null counts as missing,
    and is harmless where the code is not required.
    """
    for place, error in items(value if is_array(value) else (), path):
        for name in dict.fromkeys(("code", *required)) if is_object(error) else ():
            found = at(error, name)
            if found is None and name in required:
                yield f"{place}.{name}", f"The error has no {name}. Give it one, as text."
            elif not isinstance(found, (str, type(None))) and not (
                name == "code" and is_number(found)
            ):
                message = f"The {name} of the error is {json_type(found)}, but must be text."
                yield f"{place}.{name}", message
