"""The ping: a new connection, made and closed, in bounded time."""

from __future__ import annotations

from queue import Empty, Queue
from threading import Thread
from typing import Final

from sqlalchemy.engine.default import DefaultDialect

from ioplugins.answers import PingAnswer, WrapperError
from ioplugins_sql.connections import ConnectionRefused, Document, driver_missing
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
        dialect = _dialect(document)
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
        return PingAnswer.offline("driver_missing", driver_missing(document.dialect, error))
    except ConnectionRefused as error:
        return PingAnswer(401, (WrapperError(None, str(error)),))
    except Exception as error:  # noqa: BLE001 - drivers raise their own, and what sockets raise
        failure = failure_of(error, document.secrets)
        return PingAnswer.offline(failure.code, failure.message)
    return PingAnswer.ok()


def _dialect(document: Document) -> DefaultDialect:
    """SQLAlchemy's dialect, which knows how its driver connects; without a pool around it."""
    found = document.url.get_dialect()
    assert issubclass(found, DefaultDialect)  # noqa: S101 - all that come with SQLAlchemy are
    return found(dbapi=found.import_dbapi())
