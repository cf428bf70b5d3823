"""The extension functions: ping, export, import, and the forms that choose a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ioplugins import ExtensionError, hook, setting, wrapper
from ioplugins.answers import ExportPage, Form, ImportResult, PingAnswer, WrapperError
from ioplugins.jsonvalue import JSON
from ioplugins.options import (
    ExportOptions,
    FormInitOptions,
    ImportOptions,
    PingOptions,
    RefreshMetadataOptions,
)
from ioplugins_sql.configuration import import_configuration
from ioplugins_sql.connections import ConnectionRefused, document_of
from ioplugins_sql.engines import Engines
from ioplugins_sql.exports import configuration_of, export_page
from ioplugins_sql.failures import ERRORS, failure_of
from ioplugins_sql.forms import export_form, import_form, refreshed
from ioplugins_sql.imports import import_page
from ioplugins_sql.pings import ping

_INVALID = "invalid_connection"


class SQLConnector:
    """The functions of a SQL wrapper connection; one instance has its own pools.

    Add it under an id of your own with ``registry.add(SQLConnector(), connector_id="...")``.
    """

    def __init__(self) -> None:
        self._engines = Engines()

    @wrapper("ping", name="sqlPing")
    def ping(self, options: PingOptions) -> PingAnswer:
        """Connect to the database: 200, or 401 with the driver's reason."""
        try:
            document = document_of(options.connection)
        except ConnectionRefused as error:
            return PingAnswer(401, (WrapperError(None, str(error)),))
        return ping(document)

    @wrapper("export", name="sqlExport")
    def export(self, options: ExportOptions) -> ExportPage:
        """Export a table, view or SELECT page by page: all, delta, once or test."""
        configuration = configuration_of(options)
        try:
            document = document_of(options.connection)
            database = self._engines.database(document)
        except ConnectionRefused as error:
            return ExportPage.offline(_INVALID, str(error))
        try:
            return export_page(database, options, configuration)
        except ERRORS as error:
            failure = failure_of(error, document.secrets)
            if failure.kind == "connection":
                return ExportPage.offline(failure.code, failure.message)
            database.tables.forget()
            raise ExtensionError(failure.message, code=failure.code) from None

    @wrapper("import", name="sqlImport")
    def import_(self, options: ImportOptions) -> Sequence[ImportResult | Mapping[str, JSON]]:
        """Import a page: add, update or addUpdate; one result a record."""
        configuration = import_configuration(options.configuration, options.settings.import_)
        try:
            database = self._engines.database(document_of(options.connection))
        except ConnectionRefused as error:
            refused = ImportResult.unauthorized(_INVALID, str(error))
            return [refused for _ in options.post_map_data]
        return import_page(database, configuration, options.post_map_data)

    @hook("formInit", name="sqlExportForm")
    def export_form(self, options: FormInitOptions) -> Form:
        """The settings form of an export: its table, key and groups to choose from."""
        return export_form(self._engines, options)

    @hook("formInit", name="sqlImportForm")
    def import_form(self, options: FormInitOptions) -> Form:
        """The settings form of an import: its table, type and key to choose from."""
        return import_form(self._engines, options)

    @setting("refreshMetadata", name="refreshMetadata")  # integrator.io knows it by this name alone
    def refresh_metadata(self, options: RefreshMetadataOptions) -> Mapping[str, JSON]:
        """The tables, or the columns of a table, that a settings field offers now."""
        return refreshed(self._engines, options)

    def close(self) -> None:
        """Close all connections."""
        self._engines.close()
