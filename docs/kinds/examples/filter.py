"""Let records with an id pass."""

from ioplugins.options import FilterOptions


def has_id(options: FilterOptions) -> bool:
    return "id" in options.record
