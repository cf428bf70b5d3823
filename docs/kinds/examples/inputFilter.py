"""Look up records with an id only."""

from ioplugins.options import InputFilterOptions


def has_id(options: InputFilterOptions) -> bool:
    return "id" in options.record
