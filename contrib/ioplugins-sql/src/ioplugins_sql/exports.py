"""The export: one page a call, from where the state says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from attrs import evolve
from sqlalchemy import Connection, update

from ioplugins import ExtensionError
from ioplugins.answers import ExportPage
from ioplugins.options import ExportOptions
from ioplugins_sql.configuration import ExportConfiguration, export_configuration
from ioplugins_sql.cursors import Cursor, Key, cursor_of
from ioplugins_sql.engines import Database
from ioplugins_sql.filters import filter_of, not_exported
from ioplugins_sql.keyset import after, any_of, up_to
from ioplugins_sql.lookups import looking_up
from ioplugins_sql.pages import Page, all_rows, group_keys, read_groups, read_page
from ioplugins_sql.sources import Source, source_of

_FLAGGED: Final = 500  # rows whose flag one statement sets


def configuration_of(options: ExportOptions) -> ExportConfiguration:
    """What *options* say to export; a test run's limit is the page's size.

    In a lookup the records of the step before give parameters.

    Raises:
        ExtensionError: Something is missing or wrong.
    """
    configuration = looking_up(
        export_configuration(options.configuration, options.settings.export), options.data
    )
    limit = options.test.limit if options.type == "test" and options.test else None
    if limit is None:
        return configuration
    return evolve(configuration, page_size=max(1, min(limit, configuration.page_size)))


def export_page(
    database: Database, options: ExportOptions, configuration: ExportConfiguration
) -> ExportPage:
    """The page that *options* ask for.

    Raises:
        ExtensionError: The configuration or the state does not fit the database.
        SQLAlchemyError: The database refuses.
    """
    once, test = options.type == "once", options.type == "test"
    with database.reading() as connection:
        source = source_of(database, connection, configuration)
        condition = filter_of(options, source, database.dialect)
        state = {} if test else options.state
        cursor = cursor_of(state, len(source.position_columns), len(source.key))
        if not cursor.exported:
            page = _read(database, connection, source, configuration, condition, cursor, once)
            return _answer(page, once=once, test=test)
    if not once:
        raise ExtensionError("options.state is none of this export: only once sets flags.")
    # The page before was handed over: now, and not before, its rows count as exported.
    set_flags(database, options, source, cursor.exported)
    with database.reading() as connection:
        page = _read(database, connection, source, configuration, condition, cursor, once)
        return _answer(page, once=once, test=test)


def _read(
    database: Database,
    connection: Connection,
    source: Source,
    configuration: ExportConfiguration,
    condition: object,
    cursor: Cursor,
    keeps_keys: bool,
) -> Page:
    statement = all_rows(source).where(condition)  # type: ignore[arg-type]
    if cursor.position is None:
        source.check_nulls(connection)
    else:
        statement = statement.where(
            after(source.position_columns, cursor.position, database.dialect)
        )
    most_bytes = configuration.page_bytes
    if not source.group:
        return read_page(
            connection,
            source,
            statement,
            size=configuration.page_size,
            most_bytes=most_bytes,
            keeps_keys=keeps_keys,
        )
    groups = group_keys(connection, source, statement, configuration.page_size)
    if not groups:
        return Page()
    return read_groups(
        connection,
        source,
        statement.where(up_to(source.position_columns, groups[-1], database.dialect)),
        last=groups[-1],
        is_last=len(groups) < configuration.page_size,
        most_bytes=most_bytes,
        keeps_keys=keeps_keys,
    )


def _answer(page: Page, *, once: bool, test: bool) -> ExportPage:
    if test:
        return ExportPage.last(page.data, page.errors)
    state = Cursor(page.position, page.keys).to_json()
    # A once export ends with an empty page: the call for it says that the last one has arrived.
    last = page.position is None if once else page.is_last
    return ExportPage(page.data, errors=page.errors, last_page=last, state=state or None)


def set_flags(
    database: Database, options: ExportOptions, source: Source, keys: Sequence[Key]
) -> None:
    """Set the flag of the rows with *keys*, in one transaction."""
    column, _, value = not_exported(options, source)
    with database.writing() as connection:
        for begin in range(0, len(keys), _FLAGGED):
            chosen = any_of(source.key_columns, keys[begin : begin + _FLAGGED])
            statement = update(source.rows).where(chosen).values({column: value})  # type: ignore[arg-type]
            connection.execute(statement)
