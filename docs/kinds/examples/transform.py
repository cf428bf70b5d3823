"""Rename a key."""

from ioplugins.options import TransformOptions


def rename_id(options: TransformOptions) -> dict:
    record = dict(options.record)
    return {"Id": record.pop("id"), **record}
