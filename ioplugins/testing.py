"""Tests of extension functions: call one as a host does, and check what it answers.

::

    from ioplugins.testing import checked_answer

    def test_add_region():
        answer = checked_answer(add_region, {"data": [{"id": 1}]})
        assert answer == [{"data": {"id": 1, "region": "EU"}}]
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Final

from ioplugins.callinfo import Call
from ioplugins.calling import call_function
from ioplugins.contract import kind_facts
from ioplugins.jsonvalue import JSON, encode, parse
from ioplugins.registry import Registry
from ioplugins.rules import check_answer

__all__ = ["checked_answer", "checked_pages"]

#: An export that goes on longer than this will not end.
_MOST_PAGES: Final = 1000

#: So many characters of an answer that breaks a rule are shown.
_SHOWN: Final = 300

_NOTHING: Final[Mapping[str, JSON]] = {}


def checked_answer(
    function: Callable[..., Any],
    options: Mapping[str, JSON] = _NOTHING,
    *,
    name: str | None = None,
    allow: Collection[str] = (),
) -> JSON:
    """Call *function* as a host does, and check its answer against the rules of its kind.

    Options of a wrong type are refused, and a traceback of the function is logged, where pytest
    shows it.

    Args:
        function: It carries a decorator; plain, async, with a callback, or a bound method.
        options: What it receives, by the names on the wire. They are laid over the contract's
            example of the kind (``ioplugins kinds NAME --example``); None leaves one out.
        name: Its name on the wire, when decorators gave it several.
        allow: Ids of rules that the answer may break, such as ``"X-EXTRA"``.

    Returns:
        The answer as JSON, as it goes over the wire.

    Raises:
        AssertionError: The call was refused, or the answer breaks a rule, be it an error or a
            warning; the text says where and what to do.
        RegistrationError: *function* cannot be an extension function.
        ValueError: It carries no decorator, or several and no *name* chooses one.
    """
    return _Asked(function, name).answer(options, (), allow)


def checked_pages(
    function: Callable[..., Any],
    options: Mapping[str, JSON] = _NOTHING,
    *,
    name: str | None = None,
    allow: Collection[str] = (),
) -> list[JSON]:
    """Run a wrapper export to its end as integrator.io does, and check each page.

    It is called again with the ``state`` of its last answer until that says ``lastPage`` or
    ``connectionOffline``. The first call has the state that *options* give it, or none.

    Args:
        function: A wrapper export; as in `checked_answer`, like the other parameters.
        options: What each call receives.
        name: Its name on the wire, when decorators gave it several.
        allow: Ids of rules that the answers may break.

    Returns:
        The answers, in order.

    Raises:
        AssertionError: As in `checked_answer`; or the export does not end.
        ValueError: As in `checked_answer`; or it is of another kind.
    """
    asked = _Asked(function, name)
    if asked.kind != "wrapperExport":
        raise ValueError(f"{asked} is of the kind {asked.kind}; only wrapperExport has pages.")
    pages: list[JSON] = []
    state: JSON = options.get("state")
    while len(pages) < _MOST_PAGES:
        answer = asked.answer({**options, "state": state}, pages, allow)
        pages.append(answer)
        if answer.get("lastPage") or answer.get("connectionOffline"):
            return pages
        state = answer.get("state")
    raise AssertionError(f"{asked} gave {_MOST_PAGES} pages, and none was the last.")


class _Asked:
    """One function, ready to be called as a host does."""

    def __init__(self, function: Callable[..., Any], name: str | None) -> None:
        registry = Registry()
        registry.add(function)
        found = {one.function.name: one.function for one in registry}
        if name is None and len(found) == 1:
            name = next(iter(found))
        if name not in found:
            raise ValueError(f"Choose one of the function's names with name=: {', '.join(found)}.")
        self._function = found[name]
        if self._function.kind is None:
            raise ValueError(f"{self} has no decorator, which would say its kind.")
        self.kind = self._function.kind.id
        self._returned: JSON = None
        self._configuration = registry.configuration(
            system_token="unused",  # noqa: S106 - nothing listens
            answers="off",  # checked below, where a warning counts as well
            strict_options=True,
            debug=True,
            call_wrapper=self._run,
        )

    def __str__(self) -> str:
        return self._function.where

    def _run(self, call: Call) -> JSON:
        """Keep what the function returned: in its JSON, NaN has become null."""
        self._returned = call.run()
        return self._returned

    def answer(
        self, options: Mapping[str, JSON], previous: Sequence[JSON], allow: Collection[str]
    ) -> JSON:
        """The checked answer to *options*, after the answers *previous* of the same export."""
        merged = {**kind_facts(self.kind).example_options, **options}
        sent = encode({key: value for key, value in merged.items() if value is not None})
        request = {"diy": True, "function": self._function.name, "options": parse(sent)}
        outcome = call_function(self._configuration, request)
        if outcome.errors:
            told = [f"{error.get('code')}: {error.get('message')}" for error in outcome.errors]
            if outcome.detail:
                told.append(outcome.detail)
            raise AssertionError("\n  ".join([f"{self} is answered 422.", *told]))
        # Parsed again, as the function may have changed the options that it was given.
        found = check_answer(self.kind, parse(sent), self._returned, previous=previous)
        problems = [str(problem) for problem in found if problem.rule not in allow]
        if problems:
            text = outcome.body.decode()
            shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
            raise AssertionError("\n  ".join([f"{self} answers {shown}", *problems]))
        return parse(outcome.body)
