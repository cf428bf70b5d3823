"""Add a region to each record; records without an id fail, test records are ignored."""

from ioplugins import hook
from ioplugins.answers import RecordAnswer
from ioplugins.options import PreMapOptions


@hook("preMap")
def add_region(options: PreMapOptions) -> list[RecordAnswer]:
    answer = []
    for record in options.data:
        if "id" not in record:
            answer.append(RecordAnswer.fail("no_id", "The record has no id"))
        elif record.get("test"):
            answer.append(RecordAnswer.ignore())
        else:
            answer.append(RecordAnswer.keep({**record, "region": "EU"}))
    return answer
