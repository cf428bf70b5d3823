"""Import records one by one; what fails is that record's error."""

from ioplugins import wrapper
from ioplugins.eachrecord import each_record

STORED: dict[int, dict] = {}


@wrapper("import", name="importRows")
@each_record
def import_row(record: dict) -> str:
    STORED[record["Id"]] = record
    return str(record["Id"])
