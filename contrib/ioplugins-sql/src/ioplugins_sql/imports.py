"""The import: a page in one transaction, one result a record."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from attrs import frozen
from sqlalchemy import Connection

from ioplugins import ExtensionError
from ioplugins.answers import ImportResult
from ioplugins.jsonvalue import JSON
from ioplugins_sql.configuration import ImportConfiguration
from ioplugins_sql.engines import Database
from ioplugins_sql.existing import Existing
from ioplugins_sql.failures import ERRORS, Failure, failure_of
from ioplugins_sql.isolation import Experience, isolate
from ioplugins_sql.rows import Row, RowMaker, Shapes, by_columns, no_key, shapes_of, succeed, waves
from ioplugins_sql.suspects import apart
from ioplugins_sql.tables import Described
from ioplugins_sql.writes import insert_rows, is_native, update_rows, upsert_rows

#: The number that MariaDB and MySQL have for a row that is not there, as in Celigo's sample.
NOT_FOUND: Final = "1032"

_TRIES: Final = 4  # of a page that meets deadlocks or locks
_PAUSE: Final = 0.025  # seconds; doubled for each try
_FRESH: Final = 5.0  # seconds that a table without a column that a record names is believed


def import_page(
    database: Database, configuration: ImportConfiguration, records: Sequence[JSON]
) -> list[dict[str, JSON]]:
    """Import the records; gives an `ImportResult` for each, as JSON.

    What fails for one of them is that record's result.

    The page is one transaction: after a failure of the connection nothing of it is there.

    Raises:
        ExtensionError: The configuration does not fit the database, or the page is empty.
    """
    if not records:
        raise ExtensionError("postMapData is empty: there is nothing to import.")
    attempt = 1
    while True:
        rows: list[Row] = []
        try:
            with database.writing() as connection:
                work = _work(database, connection, configuration, records, rows)
                work.run([row for row in rows if row.result is None])
        except ERRORS as error:
            failure = failure_of(error, database.document.secrets)
            if failure.kind != "retry" or attempt == _TRIES:
                database.tables.forget()
                return [_not_written(failure)] * len(records)
            time.sleep(_PAUSE * 2**attempt)
            attempt += 1
        else:
            return [row.result or {"statusCode": 200} for row in rows]


def _not_written(failure: Failure) -> dict[str, JSON]:
    """The result of each record of a page that was rolled back as a whole."""
    if failure.kind == "connection":
        return ImportResult.unauthorized(failure.code, failure.message).to_json()
    message = f"Nothing of this page was written: {failure.message}"
    return ImportResult.failed(failure.code, message).to_json()


def _work(
    database: Database,
    connection: Connection,
    configuration: ImportConfiguration,
    records: Sequence[JSON],
    rows: list[Row],
) -> _Work:
    """What is to be done; *rows* gets the rows of the page."""
    tables, place = database.tables, (configuration.table, configuration.schema)
    described = tables.described(connection, *place)
    shapes = shapes_of(records)
    if not described.kinds.keys() >= set().union(*shapes):
        described = tables.described(connection, *place, age=_FRESH)
    key = _key(configuration, described, shapes)
    rows.extend(RowMaker(described, key, database.dialect).rows_of(records, shapes))
    return _Work(database, connection, configuration, described, key)


def _key(
    configuration: ImportConfiguration, described: Described, shapes: Shapes
) -> tuple[str, ...]:
    """The columns of the key, checked."""
    for name in configuration.key:
        described.column(name)
    key = configuration.key or described.primary_key
    by_key = configuration.import_type != "add" or configuration.ignore_existing
    if not key and by_key:
        raise ExtensionError(
            f"{configuration.table} has no primary key; name the columns that tell which row a "
            "record is in configuration.key."
        )
    if by_key and not any(set(unique) == set(key) for unique in described.unique):
        raise ExtensionError(
            f"configuration.key ({', '.join(key)}) is no primary or unique key of "
            f"{configuration.table}, so that a record could mean several rows."
        )
    # When only some have it not, it is their error; when none has it, it is not mapped at all.
    missing = [name for name in key if shapes and not any(name in names for names in shapes)]
    if missing:
        raise ExtensionError(no_key("No record has", missing[0], configuration.table))
    return key


@frozen
class _Work:
    """The writing of one page."""

    database: Database
    connection: Connection
    configuration: ImportConfiguration
    described: Described
    key: tuple[str, ...]

    def run(self, rows: Sequence[Row]) -> None:
        """Write the rows; each gets its result."""
        write = {"add": self._add, "update": self._update, "addUpdate": self._add_or_update}
        for turn in waves(rows):
            write[self.configuration.import_type](turn)

    def _add(self, rows: Sequence[Row]) -> None:
        if self.configuration.ignore_existing:
            keyed = [row for row in rows if row.key is not None]
            # Without a lock, for which one would have to be allowed to update.
            for row in self._existing.find(self.connection, keyed, lock=False):
                row.ignore()
            rows = [row for row in rows if row.result is None]
        self._insert(rows)

    def _update(self, rows: Sequence[Row]) -> None:
        found, missing = self._found_and_missing(rows)
        self._each(found, partial(update_rows, self.connection, self.described, self.key))
        for row in missing:
            if row.result is not None:
                continue
            if self.configuration.ignore_missing and row.key is not None:
                row.id = None
                row.ignore()
            elif row.key is None:
                row.fail("missing_key", f"The record has no value for {', '.join(self.key)}.")
            else:
                named = zip(self.key, row.key, strict=True)
                row.fail(
                    NOT_FOUND,
                    f"Row not found: {', '.join(f'{name}={value}' for name, value in named)}",
                )

    def _add_or_update(self, rows: Sequence[Row]) -> None:
        native: list[Row] = []
        for group in by_columns(rows):
            keyed = [row for row in group if row.key is not None]
            self._insert([row for row in group if row.key is None])
            if keyed and is_native(self.database.dialect, self.described, self.key, keyed):
                native += keyed
                upsert = partial(upsert_rows, self.connection, self.described, self.key)
                self._each(keyed, upsert)
            elif keyed:
                found, missing = self._found_and_missing(keyed)
                self._each(found, partial(update_rows, self.connection, self.described, self.key))
                self._insert(missing)
        written = [
            row for row in native if row.result is not None and row.result["statusCode"] == 200
        ]
        if tuple(self.described.primary_key) != self.key:
            self._existing.find(self.connection, written, lock=False)
        succeed(written)

    def _found_and_missing(self, rows: Sequence[Row]) -> tuple[list[Row], list[Row]]:
        keyed = [row for row in rows if row.key is not None]
        found = self._existing.find(self.connection, keyed)
        there = set(map(id, found))
        return found, [row for row in rows if id(row) not in there]

    def _insert(self, rows: Sequence[Row]) -> None:
        insert = partial(insert_rows, self.connection, self.described)
        self._each(rows, insert, self._added_since, added=True)

    def _added_since(self, row: Row) -> bool:
        """Whether another session added the row after we had looked for it."""
        if not self.configuration.ignore_existing or row.key is None:
            return False
        return bool(self._existing.find(self.connection, [row], lock=False))

    def _each(
        self,
        rows: Sequence[Row],
        run: Callable[[Sequence[Row]], None],
        is_there: Callable[[Row], bool] = lambda _row: False,
        *,
        added: bool = False,
    ) -> None:
        """Write rows, those with the same columns at once; each gets its result."""

        def failed(row: Row, failure: Failure) -> None:
            if is_there(row):
                row.ignore()
            else:
                row.fail(failure.code, failure.message)

        for group in by_columns(rows):
            isolate(
                self.connection,
                group,
                run,
                failed,
                partial(failure_of, secrets=self.database.document.secrets),
                partial(apart, self.connection, self.described, added=added),
                self.described.remember("experience", Experience),
            )
            succeed([row for row in group if row.result is None])

    @property
    def _existing(self) -> Existing:
        return Existing(self.described, self.key)
