"""Private servers for tests and benchmarks: databases in a temporary directory, and a host.

They take what Debian's packages ``postgresql`` and ``mariadb-server`` install, listen on a free
port of the loopback interface only, and also start for root, whom PostgreSQL refuses::

    with postgresql() as server:
        document = server.create_database("shop")   # a connection document
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from threading import Thread
from typing import Any, Final
from urllib.parse import urlsplit

import orjson
from attrs import field, frozen
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from ioplugins.options.shared import Connection
from ioplugins_sql.connections import document_of

USER: Final = "io"
PASSWORD: Final = "not-a-real-password"

_SECONDS: Final = 60.0  # for a server to start or to end


class ServerMissing(Exception):
    """The programs of a database are not installed; the message names the package."""


@frozen
class Server:
    """A running server.

    Attributes:
        dialect: ``"postgresql"`` or ``"mysql"``.
        port: Where it listens on 127.0.0.1.
        process: The server itself.
    """

    dialect: str
    port: int
    process: subprocess.Popen[bytes] = field(repr=False)

    def create_database(self, name: str) -> dict[str, Any]:
        """Make an empty database, in place of one of that name; gives its connection document."""
        first = "postgres" if self.dialect == "postgresql" else "mysql"
        connection = document_of(Connection(**self.document(first)))
        engine = create_engine(connection.url, isolation_level="AUTOCOMMIT")
        try:
            with engine.connect() as admin:
                force = " WITH (FORCE)" if self.dialect == "postgresql" else ""
                admin.execute(text(f"DROP DATABASE IF EXISTS {name}{force}"))
                admin.execute(text(f"CREATE DATABASE {name}"))
        finally:
            engine.dispose()
        return self.document(name)

    def document(self, database: str) -> dict[str, Any]:
        """The connection document of a database, as integrator.io sends it."""
        return {
            "unencrypted": {
                "dialect": self.dialect,
                "host": "127.0.0.1",
                "port": self.port,
                "user": USER,
                "database": database,
            },
            "encrypted": {"password": PASSWORD},
        }


@frozen
class Certificate:
    """What a server shows to those who connect with TLS.

    Attributes:
        chain: The PEM file of its certificate and those that signed it.
        key: The PEM file of its private key.
    """

    chain: Path
    key: Path = field(repr=False)

    def copied(self, folder: Path, user: str) -> Certificate:
        """A copy in *folder*, the key for nobody but *user*, as PostgreSQL wants it."""
        chain = Path(shutil.copy(self.chain, folder / "server.pem"))
        key = Path(shutil.copy(self.key, folder / "server.key"))
        key.chmod(0o600)
        if os.geteuid() == 0:
            shutil.chown(chain, user, user)
            shutil.chown(key, user, user)
        return Certificate(chain, key)


@contextmanager
def postgresql(certificate: Certificate | None = None) -> Iterator[Server]:
    """A PostgreSQL server; with a *certificate* it offers TLS.

    Raises:
        ServerMissing: PostgreSQL is not installed.
    """
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: len(str(path)))
    initdb = _program("initdb", "postgresql", folders)
    program = _program("postgres", "postgresql", folders)
    with _folder() as folder:
        as_user = _as_user("postgres", folder)
        password = folder / "password"
        password.write_text(PASSWORD, encoding="utf-8")
        password.chmod(0o644)
        data = folder / "data"
        _run(
            [
                *(*as_user, initdb, "-D", str(data), "-U", USER, "-A", "scram-sha-256"),
                *("--pwfile", str(password), "-E", "UTF8", "--locale", "C.UTF-8", "--no-sync"),
            ],
            folder,
        )
        port = _free_port()
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(port),
            "unix_socket_directories": "",
            "fsync": "off",
            "max_connections": "60",
        }
        if certificate is not None:
            own = certificate.copied(folder, "postgres")
            settings |= {"ssl": "on", "ssl_cert_file": str(own.chain)}
            settings |= {"ssl_key_file": str(own.key)}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        command = [*as_user, program, "-D", str(data), *options]
        with _started("postgresql", command, port, folder) as server:
            yield server


@contextmanager
def mariadb(certificate: Certificate | None = None) -> Iterator[Server]:
    """A MariaDB server; with a *certificate* it offers TLS.

    Raises:
        ServerMissing: MariaDB is not installed.
    """
    folders = [Path("/usr/sbin"), Path("/usr/libexec")]
    install = _program("mariadb-install-db", "mariadb-server", folders)
    program = _program("mariadbd", "mariadb-server", folders)
    with _folder() as folder:
        user = ["--user=root"] if os.geteuid() == 0 else []
        data = f"--datadir={folder / 'data'}"
        # Two servers that begin at once would meet in the common directory for temporary files.
        temporary = f"--tmpdir={folder}"
        options = ["--skip-test-db", "--auth-root-authentication-method=normal", temporary]
        _run([install, "--no-defaults", data, *options, *user], folder)
        setup = folder / "setup.sql"
        setup.write_text(
            f"CREATE USER '{USER}'@'%' IDENTIFIED BY '{PASSWORD}';\n"
            f"GRANT ALL ON *.* TO '{USER}'@'%';\n",
            encoding="utf-8",
        )
        port = _free_port()
        command = [program, "--no-defaults", data, temporary, *user, f"--port={port}"]
        command += ["--bind-address=127.0.0.1", f"--socket={folder / 'socket'}"]
        command += [f"--pid-file={folder / 'pid'}", f"--init-file={setup}"]
        command += ["--skip-name-resolve", "--innodb-flush-log-at-trx-commit=0"]
        command += ["--character-set-server=utf8mb4"]
        if certificate is not None:
            command += [f"--ssl-cert={certificate.chain}", f"--ssl-key={certificate.key}"]
        with _started("mysql", command, port, folder) as server:
            yield server


@contextmanager
def _started(dialect: str, command: Sequence[str], port: int, folder: Path) -> Iterator[Server]:
    log = folder / "server.log"
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, cwd=folder)
    server = Server(dialect, port, process)
    try:
        _wait(lambda: _answers(server), process, log)
        yield server
    finally:
        # PostgreSQL waits for its clients after SIGTERM.
        process.send_signal(signal.SIGINT if dialect == "postgresql" else signal.SIGTERM)
        try:
            process.wait(_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _answers(server: Server) -> bool:
    first = "postgres" if server.dialect == "postgresql" else "mysql"
    engine = create_engine(document_of(Connection(**server.document(first))).url)
    try:
        with engine.connect():
            return True
    except DBAPIError:
        return False
    finally:
        engine.dispose()


def _wait(ready: Callable[[], bool], process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + _SECONDS
    while not ready():
        if process.poll() is not None or time.monotonic() > until:
            text_ = log.read_text(encoding="utf-8", errors="replace")
            raise RuntimeError(f"The server did not start:\n{text_[-2000:]}")
        time.sleep(0.1)


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="ioplugins-sql-", ignore_cleanup_errors=True) as name:
        yield Path(name)


def _as_user(user: str, folder: Path) -> list[str]:
    """How a command is run as *user*, who then owns *folder*; nothing to do but for root."""
    if os.geteuid() != 0:
        return []
    shutil.chown(folder, user, user)
    folder.chmod(0o700)
    return ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups"]


def _program(name: str, package: str, folders: Sequence[Path]) -> str:
    for folder in reversed(folders):
        if (folder / name).exists():
            return str(folder / name)
    found = shutil.which(name)
    if found is None:
        raise ServerMissing(f"{name} is not installed (Debian's package {package})")
    return found


def _run(command: Sequence[str], folder: Path) -> None:
    ran = subprocess.run(command, capture_output=True, cwd=folder, check=False)
    if ran.returncode:
        raise RuntimeError(f"{command} failed:\n{ran.stderr.decode(errors='replace')[-2000:]}")


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@frozen(eq=False)
class Host:
    """A running ``ioplugins serve``.

    Attributes:
        url: Where it listens.
        token: Its system token.
        process: Its main process, the leader of a group of its own.
    """

    url: str
    token: str = field(repr=False)
    process: subprocess.Popen[str] = field(repr=False)

    def post(self, function: str, **options: Any) -> tuple[int, bytes]:
        """Call a function as integrator.io does; gives the status and the answer's JSON.

        Raises:
            OSError: The server is gone.
        """
        body = orjson.dumps({"diy": True, "function": function, "options": options})
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        host = urlsplit(self.url)
        connection = HTTPConnection(host.hostname or "", host.port, timeout=_SECONDS * 5)
        try:
            connection.request("POST", "/function", body, headers)
            response = connection.getresponse()
            return response.status, response.read()
        except HTTPException as error:
            raise ConnectionError("the server ended within the answer") from error
        finally:
            connection.close()

    def call(self, function: str, **options: Any) -> tuple[int, Any]:
        """`post()` with the answer read."""
        status, body = self.post(function, **options)
        return status, orjson.loads(body)

    def processes(self) -> list[int]:
        """The ids of its processes, as Linux tells them."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        own = [self.process.pid]
        return own + [int(pid) for pid in children.read_text(encoding="ascii").split()]

    def kill(self) -> None:
        """End all of its processes at once, as a power cut would."""
        os.killpg(self.process.pid, signal.SIGKILL)


@contextmanager
def serve(*arguments: str, **environment: str) -> Iterator[Host]:
    """Run ``ioplugins serve`` on a free port, until it is ready; with what is installed."""
    token = "only-for-this-test"
    process = subprocess.Popen(
        [sys.executable, "-m", "ioplugins", "serve", "--port", "0", *arguments],
        env={**os.environ, "INTEGRATOR_EXTENSION_SYSTEM_TOKEN": token, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    output = process.stdout
    assert output is not None
    # What it logs is read on, so that it never waits for a full pipe.
    reader = Thread(target=output.read, daemon=True)
    try:
        for line in output:
            found = re.search(r"http://127\.0\.0\.1:[0-9]+", line)
            if found:
                reader.start()
                yield Host(found[0], token, process)
                break
        else:
            raise RuntimeError("ioplugins serve did not start")
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        process.wait(_SECONDS)
        if reader.ident is not None:
            reader.join()
        output.close()
