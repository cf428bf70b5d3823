"""Connection documents: what integrator.io saved for a wrapper connection, checked.

``unencrypted``: ``dialect`` (``mysql``, also for MariaDB; ``postgresql``; ``sqlite``), ``host``,
``port``, ``database``, ``user``, ``ssl``. ``encrypted``: ``password``. Without ``dialect`` it is
``mysql``, as in the documents of Celigo's sample wrapper.
"""

from __future__ import annotations

import os
import ssl as tls
from collections.abc import Mapping
from hashlib import blake2b
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import quote

from attrs import field, frozen
from sqlalchemy import URL

from ioplugins.options.shared import Connection

#: The directory whose SQLite files connections may name; without it there is no SQLite.
SQLITE_DIRECTORY: Final = "IOPLUGINS_SQL_SQLITE_DIRECTORY"

#: A file of certificates that ``ssl: verify`` trusts in place of the system's.
CA_FILE: Final = "IOPLUGINS_SQL_CA_FILE"

#: Seconds to connect; and, for the driver of MariaDB, to wait for data that does not come.
CONNECT_SECONDS: Final = 10
READ_SECONDS: Final = 300

#: Seconds to wait for a lock of somebody else, before the page is tried again.
LOCK_SECONDS: Final = 20

_DIALECTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "mysql": "mysql",
        "mariadb": "mysql",
        "postgresql": "postgresql",
        "postgres": "postgresql",
        "sqlite": "sqlite",
    }
)
_DRIVERS: Final[Mapping[str, tuple[str, int]]] = MappingProxyType(
    {"mysql": ("mysql+pymysql", 3306), "postgresql": ("postgresql+psycopg", 5432)}
)
_SSL: Final = ("disable", "prefer", "require", "verify")


class ConnectionRefused(Exception):
    """A connection document cannot be used; the message says what to enter."""


@frozen
class Document:
    """A checked connection document.

    Attributes:
        dialect: ``"mysql"``, ``"postgresql"`` or ``"sqlite"``.
        database: The database; for SQLite the path of its file.
        host: The server.
        port: Its port.
        user: Who connects.
        password: With what.
        ssl: ``"disable"``, ``"prefer"``, ``"require"`` or ``"verify"``.
        id: The connection's id, when integrator.io sent it.
    """

    dialect: str
    database: str
    host: str = ""
    port: int = 0
    user: str = ""
    password: str = field(default="", repr=False)
    ssl: str = "prefer"
    id: str | None = None

    @property
    def secrets(self) -> tuple[str, ...]:
        """What no message may show."""
        return (self.password,)

    @property
    def identity(self) -> str:
        """The same for two documents of one connection, whatever their credentials."""
        if self.id:
            return self.id
        return repr((self.dialect, self.host, self.port, self.database, self.user))

    @property
    def digest(self) -> str:
        """Differs when anything differs, credentials included; gives none of it away."""
        parts = (self.identity, self.dialect, self.host, self.port, self.database, self.user)
        text = repr((*parts, self.password, self.ssl))
        return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()

    @property
    def url(self) -> URL:
        """For SQLAlchemy."""
        if self.dialect == "sqlite":
            query = {"mode": "rw", "uri": "true"}  # rw: a file that is not there is not made
            name = f"file:{quote(self.database)}"
            return URL.create("sqlite+pysqlite", database=name, query=query)
        driver, _ = _DRIVERS[self.dialect]
        return URL.create(
            driver, self.user or None, self.password, self.host, self.port, self.database or None
        )

    def connect_arguments(
        self, connect_seconds: int = CONNECT_SECONDS, read_seconds: int = READ_SECONDS
    ) -> dict[str, Any]:
        """What the driver is given beside the URL: time limits, UTC, strictness, TLS.

        Raises:
            ConnectionRefused: The host's own file of certificates cannot be read.
        """
        if self.dialect == "sqlite":
            return {"timeout": connect_seconds}
        if self.dialect == "postgresql":
            return self._postgresql_arguments(connect_seconds)
        arguments: dict[str, Any] = {
            "charset": "utf8mb4",
            "connect_timeout": connect_seconds,
            "read_timeout": read_seconds,
            "write_timeout": read_seconds,
            # Strict: what does not fit is an error, not cut off.
            "init_command": (
                f"SET time_zone = '+00:00', innodb_lock_wait_timeout = {LOCK_SECONDS}, "
                "sql_mode = CONCAT_WS(',', NULLIF(@@sql_mode, ''), 'STRICT_ALL_TABLES')"
            ),
        }
        if self.ssl == "disable":
            arguments["ssl_disabled"] = True
        elif self.ssl in {"require", "verify"}:
            arguments["ssl"] = self._tls_context()
        return arguments

    def _postgresql_arguments(self, connect_seconds: int) -> dict[str, Any]:
        arguments: dict[str, Any] = {
            "connect_timeout": connect_seconds,
            "options": f"-c timezone=UTC -c lock_timeout={LOCK_SECONDS}s",
            "sslmode": "verify-full" if self.ssl == "verify" else self.ssl,
            "application_name": "ioplugins-sql",
        }
        if self.ssl == "verify":
            arguments["sslrootcert"] = os.environ.get(CA_FILE) or "system"
        return arguments

    def _tls_context(self) -> tls.SSLContext:
        path = os.environ.get(CA_FILE) or None
        try:
            context = tls.create_default_context(cafile=path)
        except OSError as error:  # also what is no certificate
            raise ConnectionRefused(
                f"{CA_FILE} names {path}, which cannot be read: {error}."
            ) from None
        if self.ssl == "require":
            context.check_hostname = False
            context.verify_mode = tls.CERT_NONE
        return context


def driver_missing(dialect: str, error: ImportError) -> str:
    """What to install for a driver that is not there."""
    extra = "postgresql" if dialect == "postgresql" else "mysql"
    return f"The driver {error.name} is not installed on this host: ioplugins-sql[{extra}] has it."


def document_of(connection: Connection) -> Document:
    """The checked document of a wrapper connection.

    Raises:
        ConnectionRefused: Something is missing or wrong; the message names it.
    """
    plain = connection.unencrypted
    name = _text(plain, "dialect") or "mysql"
    dialect = _DIALECTS.get(name.lower())
    if dialect is None:
        raise ConnectionRefused(
            f"unencrypted.dialect is {name!r}; it must be one of {', '.join(_DIALECTS)}."
        )
    if dialect == "sqlite":
        return Document(dialect, _sqlite_path(_text(plain, "database")), id=connection.id)
    ssl = _text(plain, "ssl") or "prefer"
    if ssl not in _SSL:
        raise ConnectionRefused(f"unencrypted.ssl must be one of {', '.join(_SSL)}.")
    if "password" not in connection.encrypted:
        raise ConnectionRefused("There are no credentials: encrypted.password is missing.")
    missing = [key for key in ("host", "user", "database") if not _text(plain, key)]
    if missing:
        raise ConnectionRefused(f"unencrypted.{missing[0]} is missing.")
    return Document(
        dialect,
        _text(plain, "database"),
        host=_text(plain, "host"),
        port=_port(plain.get("port"), _DRIVERS[dialect][1]),
        user=_text(plain, "user"),
        password=_text(connection.encrypted, "password", "encrypted"),
        ssl=ssl,
        id=connection.id,
    )


def _text(fields: Mapping[str, Any], name: str, part: str = "unencrypted") -> str:
    value = fields.get(name)
    if value is None:
        return ""
    if not isinstance(value, str) or "\0" in value:
        raise ConnectionRefused(f"{part}.{name} must be text.")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise ConnectionRefused(f"{part}.{name} is no valid Unicode text.") from None
    return value


def _port(value: Any, default: int) -> int:
    if value is None or value == "":
        return default
    text = str(value)
    port = int(text) if text.isascii() and text.isdigit() and len(text) <= 5 else 0
    if isinstance(value, bool) or not 1 <= port <= 65535:
        raise ConnectionRefused("unencrypted.port must be a number from 1 to 65535.")
    return port


def _sqlite_path(name: str) -> str:
    """The file *name* in the directory that the host's operator opened for it.

    Whoever can edit a connection in integrator.io must not read any other file of the host.
    """
    directory = os.environ.get(SQLITE_DIRECTORY)
    if not directory:
        raise ConnectionRefused(
            f"SQLite is off on this host; {SQLITE_DIRECTORY} names the directory of its files."
        )
    if not name:
        raise ConnectionRefused("unencrypted.database is missing: the name of the SQLite file.")
    folder = Path(directory).resolve()
    path = (folder / name).resolve()
    if folder not in path.parents or not path.is_file():
        raise ConnectionRefused(f"There is no SQLite file {name!r} on this host.")
    return str(path)
