"""An export as a lookup: parameters of its SELECT from the records of the step before."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from attrs import evolve

from ioplugins import ExtensionError
from ioplugins.jsontypes import json_type
from ioplugins.jsonvalue import JSON
from ioplugins_sql.configuration import ExportConfiguration


def looking_up(configuration: ExportConfiguration, data: JSON) -> ExportConfiguration:
    """The configuration with the parameters that records give.

    Args:
        configuration: Its record_parameters say which field is which parameter.
        data: What the step before gave: a record or an array of records. A record that is an
            array itself, a group of rows, counts as its first row.

    Raises:
        ExtensionError: There is no record, or more than one where the SELECT takes one value.
    """
    if not configuration.record_parameters:
        return configuration
    records = [_first_row(one) for one in (data if isinstance(data, list) else [data])]
    if not records or data is None:
        raise ExtensionError(
            "configuration.recordParameters takes values from the step before, which gave none: "
            "use this export as a lookup, after another step."
        )
    parameters = dict(configuration.parameters)
    for name, field in configuration.record_parameters.items():
        if name in parameters:
            raise ExtensionError(
                f"{name!r} is both in configuration.parameters and in recordParameters."
            )
        values = [_value(one, field, name) for one in records]
        parameters[name] = (
            _distinct(values)
            if _takes_several(configuration.select or "", name)
            else _single(values, name)
        )
    return evolve(configuration, parameters=parameters)


def _first_row(record: Any) -> Mapping[str, JSON]:
    row = record[0] if isinstance(record, list) and record else record
    if not isinstance(row, dict) and row is not None:
        raise ExtensionError(
            f"A record of the step before is {json_type(row)}; recordParameters needs objects."
        )
    return row or {}


def _value(record: Mapping[str, JSON], field: str, name: str) -> JSON:
    """The value of a field, or of a path with dots; None when the record has it not."""
    found: JSON = record
    for part in [field] if field in record else field.split("."):
        found = found.get(part) if isinstance(found, dict) else None
    if isinstance(found, (dict, list)):
        raise ExtensionError(
            f"configuration.recordParameters.{name}: {field!r} is {json_type(found)} in a record "
            "of the step before, but must be text, a number, true, false or null."
        )
    return found


def _takes_several(select: str, name: str) -> bool:
    return re.search(rf"\bin\s*:{re.escape(name)}\b", select, re.IGNORECASE) is not None


def _single(values: Sequence[JSON], name: str) -> JSON:
    if len(values) > 1:
        raise ExtensionError(
            f"The step before gave {len(values)} records, and configuration.select takes one value "
            f"for :{name}. Write IN :{name}."
        )
    return values[0]


def _distinct(values: Sequence[Any]) -> list[JSON]:
    """The values once each; without nulls, which nothing is equal to, but for one in their place.

    A list of nothing would have a type that some columns cannot be compared with.
    """
    found = {(type(one), one): one for one in values if one is not None}
    return list(found.values()) or [None]
