"""A shop: one SQLite file with its orders and the key that opens it."""

import hmac
import os
import re
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from ioplugins.jsonvalue import JSON
from ioplugins.options import Connection

#: The directory of the shops, set by whoever runs the host.
DIRECTORY: Final = "SHOP_DIRECTORY"

# What may stand in a file name: a caller must not reach files outside the directory.
_NAME: Final = re.compile("[a-z0-9_-]+")

_TABLES: Final = """
create table if not exists access (key text not null);
create table if not exists orders (
    id integer primary key autoincrement,
    number text not null unique,
    customer text,
    total real
);
"""


class ShopError(Exception):
    """The shop cannot be opened as asked; *code* goes to integrator.io with the message."""

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.code = code


def create_shop(form: Mapping[str, JSON]) -> None:
    """Make the shop that the form's ``shop`` names, to be opened with its ``accessKey``.

    Raises:
        ShopError: A value is missing, or the shop exists and has another key.
    """
    name, key = form.get("shop"), form.get("accessKey")
    if not isinstance(key, str) or not key:
        raise ShopError("Choose an access key.", "missing_key")
    with closing(_database(name, mode="rwc")) as database, database:
        database.executescript(_TABLES)
        if database.execute("select key from access").fetchone() is None:
            database.execute("insert into access values (?)", (key,))
        _check(database, key)


@contextmanager
def open_shop(connection: Connection) -> Iterator[sqlite3.Connection]:
    """The database of the shop that a wrapper connection names; commits unless something raises.

    Raises:
        ShopError: There is no such shop, or the key is wrong.
    """
    database = _database(connection.unencrypted.get("shop"), mode="rw")
    with closing(database), database:
        _check(database, connection.encrypted.get("accessKey"))
        yield database


def _database(name: JSON, *, mode: str) -> sqlite3.Connection:
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise ShopError("A shop's name is a-z, 0-9, _ and -.", "invalid_name")
    file = Path(os.environ[DIRECTORY], f"{name}.db").resolve()
    try:
        database = sqlite3.connect(f"{file.as_uri()}?mode={mode}", uri=True)
    except sqlite3.OperationalError:
        raise ShopError(f"There is no shop {name}.", "no_shop") from None
    database.row_factory = sqlite3.Row
    return database


def _check(database: sqlite3.Connection, key: JSON) -> None:
    (right,) = database.execute("select key from access").fetchone()
    if not isinstance(key, str) or not hmac.compare_digest(key.encode(), right.encode()):
        raise ShopError("The access key is wrong.", "wrong_key")
