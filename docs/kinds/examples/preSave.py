"""Trim the name before the resource is saved."""

from ioplugins import hook
from ioplugins.options import PreSaveOptions


@hook("preSave")
def trim_name(options: PreSaveOptions) -> dict:
    return {**options.new_resource, "name": options.new_resource["name"].strip()}
