"""The ping: a new connection, made and closed, in bounded time."""

from __future__ import annotations

from queue import Empty, Queue
from threading import Thread
from typing import Final

from ioplugins.answers import PingAnswer
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from ioplugins_sql.connections import Document
from ioplugins_sql.failures import failure_of

#: Seconds for the driver, and for all of it, name look-up and a server that says nothing included.
CONNECT_SECONDS: Final = 8
PING_SECONDS: Final = 10.0


def ping(document: Document, seconds: float = PING_SECONDS) -> PingAnswer:
    """Whether the database lets us in with *document*, and why not."""
    answers: Queue[PingAnswer] = Queue()
    # A thread of its own: no driver bounds the look-up of a name.
    Thread(target=lambda: answers.put(_ping(document)), daemon=True, name="sql-ping").start()
    try:
        return answers.get(timeout=seconds)
    except Empty:
        return PingAnswer.offline(
            "ETIMEDOUT", f"{document.host}:{document.port} did not answer within {seconds:g} s."
        )


def _ping(document: Document) -> PingAnswer:
    try:
        dialect_type = document.url.get_dialect()
        dialect = dialect_type(dbapi=dialect_type.import_dbapi())
        arguments, options = dialect.create_connect_args(document.url)
        options.update(document.connect_arguments(CONNECT_SECONDS, CONNECT_SECONDS))
        connection = dialect.connect(*arguments, **options)
        try:
            cursor = connection.cursor()
            cursor.execute("SELECT 1")
            cursor.fetchall()
            cursor.close()
        finally:
            connection.close()
    except ImportError as error:
        return PingAnswer.offline(
            "driver_missing",
            f"The driver {error.name} is not installed on this host; install "
            f"ioplugins-sql[{document.dialect}].",
        )
    except (SQLAlchemyError, ArgumentError) as error:
        failure = failure_of(error, document.secrets)
        return PingAnswer.offline(failure.code, failure.message)
    except Exception as error:  # noqa: BLE001 - drivers raise their own, and what sockets raise
        failure = failure_of(error, document.secrets)
        return PingAnswer.offline(failure.code, failure.message)
    return PingAnswer.ok()
