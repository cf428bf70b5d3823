"""What a database or its driver raised, as code and message for the person who reads the flow.

The driver's own text is told, without the statement and without secrets.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final, Literal

from attrs import frozen
from sqlalchemy.exc import (
    DBAPIError,
    NoSuchModuleError,
    ResourceClosedError,
    SQLAlchemyError,
    StatementError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeout

#: What a failing statement, or the conversion of a value in a driver, may raise.
ERRORS: Final = (SQLAlchemyError, OSError, OverflowError, UnicodeError)

#: SQLSTATE of what says: the connection, or who may use it, is the trouble.
_CONNECTION_STATES: Final = ("08", "28", "3D000", "53300", "57P01", "57P02", "57P03")

#: The same as numbers of MariaDB and MySQL; beginning with 2000 they are the client's own.
_CONNECTION_NUMBERS: Final = frozenset(
    {1040, 1042, 1044, 1045, 1049, 1053, 1129, 1130, 1152, 1153, 1158, 1159, 1160, 1161}
    | {1184, 1203, 1226, 1251, 1698, 1927, *range(2000, 2100), 4151}
)

#: SQLSTATE, numbers and names of what may work when the whole page is tried again.
_RETRY: Final = frozenset({"40001", "40P01", "55P03", "1205", "1213", "SQLITE_BUSY"})

Kind = Literal["data", "connection", "retry"]


@frozen
class Failure:
    """What failed.

    Attributes:
        kind: ``"connection"``: nothing can be done with this connection now; ``"retry"``: a
            deadlock or a lock that was not given; ``"data"``: all else, most often this record.
        code: SQLSTATE (PostgreSQL), error number (MariaDB, MySQL; its name for the connection),
            name of the result code (SQLite), or the name of the exception.
        message: One line, without secrets.
    """

    kind: Kind
    code: str
    message: str


def failure_of(error: BaseException, secrets: Iterable[str] = ()) -> Failure:
    """The code and message of *error*, each of *secrets* made unreadable."""
    cause = error.orig if isinstance(error, StatementError) and error.orig else error
    code = _code(cause)
    kind = _kind(error, cause, code)
    if kind == "connection":
        code = _number_name(code)
    return Failure(kind, code, _text(cause, secrets))


def _code(cause: BaseException) -> str:
    if type(cause).__module__.startswith("pymysql") and cause.args and cause.args[0]:
        return str(cause.args[0])  # before its SQLSTATE, which tells less
    state = getattr(cause, "sqlstate", None)
    if isinstance(state, str):
        return state
    return getattr(cause, "sqlite_errorname", None) or type(cause).__name__


def _kind(error: BaseException, cause: BaseException, code: str) -> Kind:
    if code in _RETRY or "database is locked" in str(cause):  # Python 3.10 has no name for it
        return "retry"
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return "connection"
    if isinstance(error, (PoolTimeout, NoSuchModuleError, OSError, ResourceClosedError)):
        return "connection"
    if code.startswith(_CONNECTION_STATES) and len(code) == 5:
        return "connection"
    if code.isdigit() and len(code) == 4 and int(code) in _CONNECTION_NUMBERS:
        return "connection"
    # libpq has no SQLSTATE when it cannot connect.
    if type(cause).__module__.startswith("psycopg") and code in {
        "OperationalError",
        "ConnectionTimeout",
    }:
        return "connection"
    return "connection" if code == "SQLITE_CANTOPEN" or "unable to open" in str(cause) else "data"


def _number_name(code: str) -> str:
    """The name of an error number of MariaDB or MySQL, as its own clients show it."""
    if not code.isdigit() or len(code) != 4:
        return code
    from pymysql.constants import CR, ER  # noqa: PLC0415 - only those who have the driver get here

    for constants, prefix in ((ER, "ER_"), (CR, "")):
        for name, number in vars(constants).items():
            if number == int(code) and name.isupper() and not name.endswith("_LAST"):
                return f"{prefix}{name}"
    return code


def _text(cause: BaseException, secrets: Iterable[str]) -> str:
    args = cause.args
    if len(args) == 2 and isinstance(args[0], int) and isinstance(args[1], str):
        text = args[1]  # (number, text) of PyMySQL
    else:
        text = str(cause)
    text = re.sub(r"\s+", " ", text).strip() or type(cause).__name__
    for secret in secrets:
        if secret:
            text = text.replace(secret, "***")
    return text
