"""Rows of a table, two at a time; the state says where to go on."""

from collections.abc import Iterator

from ioplugins import wrapper
from ioplugins.answers import ExportPage
from ioplugins.options import ExportOptions
from ioplugins.paging import paginate

ROWS = [{"id": number} for number in range(1, 8)]


def rows_after(last_id: int | None) -> Iterator[dict]:
    """What a database would do: WHERE id > :last_id ORDER BY id."""
    yield from (row for row in ROWS if row["id"] > (last_id or 0))


@wrapper("export", name="exportRows")
def export_rows(options: ExportOptions) -> ExportPage:
    return paginate(options, rows_after, page_size=2, position=lambda row: row["id"])
