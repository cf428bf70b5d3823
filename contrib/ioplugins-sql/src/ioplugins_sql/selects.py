"""A SELECT of the user's own as the source of an export: checked, its parameters bound.

It is configuration that its author trusts, and still only a SELECT: it runs as a subquery, in a
transaction in which the database itself refuses to write.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from attrs import frozen
from sqlalchemy import Connection, TextClause, bindparam, text
from sqlalchemy import types as sqltypes

from ioplugins import ExtensionError
from ioplugins.jsonvalue import JSON

_STARTS: Final = re.compile(r"\s*(?:select|with|values|table)\b", re.IGNORECASE)
_INTO: Final = re.compile(r"\binto\b", re.IGNORECASE)
_NAME: Final = "q"


@frozen(eq=False)
class Select:
    """A SELECT that may be read as a table.

    Attributes:
        sql: Its text, without the semicolon at the end.
        parameters: The values of its ``:names``.
    """

    sql: str
    parameters: Mapping[str, Any]

    def statement(self, before: str = "", after: str = "") -> TextClause:
        """The SELECT between two other texts of ours, its parameters bound."""
        # The line's end keeps a comment at the end of the SELECT from swallowing what follows.
        made = text(f"{before}{self.sql}\n{after}")
        return made.bindparams(*(_bound(name, value) for name, value in self.parameters.items()))

    def columns(self, connection: Connection) -> Sequence[str]:
        """The names of its columns.

        Raises:
            ExtensionError: Two have the same name.
        """
        probe = self.statement("SELECT * FROM (", f") AS {_NAME} LIMIT 0")
        names = list(connection.execute(probe).keys())
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise ExtensionError(
                f"configuration.select has two columns named {twice!r}; name one of them with AS."
            )
        return names


def select_of(sql: str, parameters: Mapping[str, JSON]) -> Select:
    """The SELECT *sql* with its *parameters*.

    Raises:
        ExtensionError: It is none, or more than that, or a parameter is missing or left over.
    """
    body = sql.strip().removesuffix(";").rstrip()
    if not _STARTS.match(body):
        raise ExtensionError("configuration.select must be one statement that begins with SELECT.")
    if ";" in body:
        raise ExtensionError(
            "configuration.select must be one statement; it holds a semicolon. In a text, make "
            "the text a parameter."
        )
    if _INTO.search(body):
        raise ExtensionError(
            "configuration.select must not hold INTO: an export only reads. In a text, make the "
            "text a parameter."
        )
    if "\0" in body or not _is_unicode(body):
        raise ExtensionError("configuration.select is no valid text.")
    for name, value in parameters.items():
        if isinstance(value, dict) or (isinstance(value, list) and not _is_plain(value)):
            raise ExtensionError(
                f"configuration.parameters.{name} must be text, a number, true, false, null or an "
                "array of such."
            )
    named = set(text(body).compile().params)
    missing = sorted(named - set(parameters))
    if missing:
        raise ExtensionError(
            f"configuration.parameters.{missing[0]} is missing: configuration.select names it. "
            f"When it is no parameter, write \\:{missing[0]}."
        )
    extra = sorted(set(parameters) - named)
    if extra:
        raise ExtensionError(
            f"configuration.parameters.{extra[0]} is not named in configuration.select."
        )
    return Select(body, parameters)


def _is_unicode(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _is_plain(values: list[JSON]) -> bool:
    return not any(isinstance(value, (dict, list)) for value in values)


def _bound(name: str, value: Any) -> Any:
    if isinstance(value, list):
        return bindparam(name, value, expanding=True)
    # Text without a type: the database takes it for what stands beside it, a date for example.
    return bindparam(name, value, type_=sqltypes.NullType() if isinstance(value, str) else None)
