"""Drop records without an id; a record that cannot be read becomes an error to retry."""

from ioplugins import hook
from ioplugins.answers import NewError, Page
from ioplugins.options import PreSavePageOptions


@hook("preSavePage")
def keep_identified(options: PreSavePageOptions) -> Page:
    kept, failed = [], []
    for record in options.data:
        if not isinstance(record, dict):
            failed.append(NewError.of(record, "bad_record", "The record is no object"))
        elif record.get("id") is not None:
            kept.append({**record, "page": options.page_index})
    return Page(kept, errors=options.errors, new_errors=failed)
