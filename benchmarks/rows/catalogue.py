"""The catalogue: every row, in the order of the results."""

from __future__ import annotations

from typing import Final

from benchmarks.rows import concurrent, memory, pages, startup, workers
from benchmarks.rows.row import Row

ALL: Final[tuple[Row, ...]] = (
    *(pages.ROW, concurrent.ROW, workers.ROW, startup.ROW, memory.ROW),
)
