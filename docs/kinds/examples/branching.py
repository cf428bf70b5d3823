"""Odd ids take the first branch, even ones the second."""

from ioplugins.options import BranchingOptions


def by_id(options: BranchingOptions) -> list[int]:
    return [0 if options.record["id"] % 2 else 1]
