"""What the user configured for an export or an import, checked.

The fields stand in ``configuration`` of the export or import (``wrapper.configuration``); what is
not there is taken from the custom settings of the export or import, where a form may put it.
Celigo's sample wrapper's names (``query.size``, ``existingRecCondition``, ...) work too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Final, Literal, cast

from attrs import frozen

from ioplugins import ExtensionError
from ioplugins.jsontypes import json_type
from ioplugins.jsonvalue import JSON

PAGE_SIZE: Final = 100  # as in Celigo's sample
MOST_ROWS: Final = 50_000
PAGE_BYTES: Final = 5 * 1024 * 1024  # integrator.io's own limit of a page, and of a record

_IMPORT_TYPES: Final = ("add", "update", "addUpdate")
_CONDITION: Final = re.compile(r"\s*`?(\w+)`?\s*=\s*\?\s*")

ImportType = Literal["add", "update", "addUpdate"]


@frozen
class ExportConfiguration:
    """What to export.

    Attributes:
        table: The table or view; None with *select*.
        schema: Its schema; None for the default one.
        select: A SELECT in place of a table.
        parameters: The values of its ``:names``.
        record_parameters: The fields of the step before that are values of further ``:names``.
        key: The columns that order the rows; empty for the primary key.
        group_by: The columns whose rows make one record, an array; empty for none.
        page_size: Records of a page, at most.
        page_bytes: Bytes of a page, at most.
    """

    table: str | None
    schema: str | None
    select: str | None
    parameters: Mapping[str, JSON]
    record_parameters: Mapping[str, str]
    key: tuple[str, ...]
    group_by: tuple[str, ...]
    page_size: int
    page_bytes: int


@frozen
class ImportConfiguration:
    """What to import.

    Attributes:
        import_type: ``"add"``, ``"update"`` or ``"addUpdate"``.
        table: The table.
        schema: Its schema; None for the default one.
        key: The columns that tell which row a record is; empty for the primary key.
        ignore_existing: add: whether a record whose row exists is ignored, not an error.
        ignore_missing: update: whether a record without a row is ignored, not an error.
    """

    import_type: ImportType
    table: str
    schema: str | None
    key: tuple[str, ...]
    ignore_existing: bool
    ignore_missing: bool


def export_configuration(
    configuration: Mapping[str, JSON], settings: Mapping[str, JSON]
) -> ExportConfiguration:
    """The configuration of an export.

    Raises:
        ExtensionError: A field is missing, unknown or wrong; the message names it.
    """
    source = ("table", "schema", "select", "parameters", "recordParameters")
    names = (*source, "key", "groupBy", "pageSize", "pageBytes", "query")
    fields = _Fields(configuration, settings, names)
    table, select = fields.text("table"), fields.text("select")
    if (table is None) == (select is None):
        found = "neither is there" if table is None else "both are there"
        raise ExtensionError(f"configuration needs either table or select; {found}.")
    key = fields.names("key")
    if select is not None and not key:
        raise ExtensionError("configuration.key is missing: the columns that order the select.")
    if select is None and fields.texts("recordParameters"):
        raise ExtensionError("configuration.recordParameters is for a select; a table has none.")
    size = fields.integer("pageSize", 1, MOST_ROWS)
    return ExportConfiguration(
        table=table,
        schema=fields.text("schema"),
        select=select,
        parameters=fields.mapping("parameters"),
        record_parameters=fields.texts("recordParameters"),
        key=key,
        group_by=fields.names("groupBy"),
        page_size=size or fields.part("query").integer("size", 1, MOST_ROWS) or PAGE_SIZE,
        page_bytes=fields.integer("pageBytes", 1, PAGE_BYTES) or PAGE_BYTES,
    )


def import_configuration(
    configuration: Mapping[str, JSON], settings: Mapping[str, JSON]
) -> ImportConfiguration:
    """The configuration of an import.

    Raises:
        ExtensionError: A field is missing, unknown or wrong; the message names it.
    """
    names = ("importType", "table", "schema", "key", "ignoreExisting", "ignoreMissing")
    sample = ("ignoreExistingRecords", "ignoreMissingRecords", "existingRecCondition")
    fields = _Fields(configuration, settings, (*names, *sample))
    import_type = fields.text("importType")
    if import_type not in _IMPORT_TYPES:
        raise ExtensionError(f"configuration.importType must be one of {', '.join(_IMPORT_TYPES)}.")
    table = fields.text("table")
    if table is None:
        raise ExtensionError("configuration.table is missing: the table to import into.")
    # The sample's ignoreMissingRecords ignores nothing: a missing row is that record's error, as
    # it is here without ignoreMissing.
    fields.flag("ignoreMissingRecords")
    return ImportConfiguration(
        import_type=cast("ImportType", import_type),
        table=table,
        schema=fields.text("schema"),
        key=fields.names("key") or _condition(fields.part("existingRecCondition")),
        ignore_existing=fields.flag("ignoreExisting") or fields.flag("ignoreExistingRecords"),
        ignore_missing=fields.flag("ignoreMissing"),
    )


def _condition(fields: _Fields) -> tuple[str, ...]:
    """The key in the form of Celigo's sample: ``{condition: "sku = ?", colField: ["sku"]}``.

    The condition is never run: it must say no more than that each column of colField is equal.
    """
    condition, columns = fields.text("condition"), fields.names("colField")
    if condition is None and not columns:
        return ()
    parts = re.split(r"\band\b", condition or "", flags=re.IGNORECASE)
    matches = [_CONDITION.fullmatch(part) for part in parts]
    if tuple(match[1] for match in matches if match) != columns or not all(matches):
        raise ExtensionError(
            "configuration.existingRecCondition must compare each column of colField, in their "
            'order, as in {"condition": "a = ? and b = ?", "colField": ["a", "b"]}. '
            'Write "key": ["a", "b"] instead.'
        )
    return columns


class _Fields:
    """The fields of a configuration, read by their types."""

    def __init__(
        self,
        configuration: Mapping[str, JSON],
        settings: Mapping[str, JSON],
        names: Sequence[str],
        place: str = "configuration",
    ) -> None:
        unknown = next((name for name in configuration if name not in names), None)
        if unknown is not None:
            close = get_close_matches(unknown, names, 1)
            meant = f"did you mean {close[0]}?" if close else f"there are {', '.join(names)}."
            raise ExtensionError(f"{place} has the unknown field {unknown!r}; {meant}")
        self._place = place
        self._fields = {
            name: fields[name]
            for name in names
            for fields in (configuration, settings)
            if fields.get(name) not in (None, "")
        }
        self._fields.update(
            {name: value for name, value in configuration.items() if value not in (None, "")}
        )

    def text(self, name: str) -> str | None:
        """Text, or None."""
        value = self._fields.get(name)
        if value is None or isinstance(value, str):
            return value
        raise self._wrong(name, "text")

    def names(self, name: str) -> tuple[str, ...]:
        """Names of columns: an array of text, or one text."""
        value = self._fields.get(name, [])
        value = [value] if isinstance(value, str) else value
        if not isinstance(value, list) or not all(isinstance(one, str) and one for one in value):
            raise self._wrong(name, "an array of column names")
        if len(set(value)) != len(value):
            raise ExtensionError(f"{self._place}.{name} names a column twice.")
        return tuple(value)

    def integer(self, name: str, least: int, most: int) -> int | None:
        """A number, also as text; or None."""
        value = self._fields.get(name)
        if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10:
            value = int(value)
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if value is None:
            return None
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise self._wrong(name, f"an integer from {least} to {most}")
        return value

    def flag(self, name: str) -> bool:
        """True or false, also as text; False when it is not there."""
        value = self._fields.get(name, False)
        if value in ("true", "false"):
            return bool(value == "true")
        if not isinstance(value, bool):
            raise self._wrong(name, "true or false")
        return value

    def mapping(self, name: str) -> Mapping[str, JSON]:
        """An object; an empty one when it is not there."""
        value = self._fields.get(name, {})
        if not isinstance(value, dict):
            raise self._wrong(name, "an object")
        return value

    def texts(self, name: str) -> Mapping[str, str]:
        """An object of texts; an empty one when it is not there."""
        value = self.mapping(name)
        if not all(isinstance(one, str) and one for one in value.values()):
            raise ExtensionError(f"{self._place}.{name} must hold texts: names of fields.")
        return cast("Mapping[str, str]", value)

    def part(self, name: str) -> _Fields:
        """The fields of an object within."""
        names = {"query": ("size",), "existingRecCondition": ("condition", "colField")}[name]
        return _Fields(self.mapping(name), {}, names, f"{self._place}.{name}")

    def _wrong(self, name: str, wanted: str) -> ExtensionError:
        found = json_type(self._fields[name])
        return ExtensionError(f"{self._place}.{name} is {found}, but must be {wanted}.")
