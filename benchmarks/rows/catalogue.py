"""The catalogue: every row, in the order of the results."""

from __future__ import annotations

from typing import Final

from benchmarks.rows import (
    aws_lambda,
    checks,
    concurrent,
    growth,
    installing,
    memory,
    pages,
    startup,
    workers,
)
from benchmarks.rows.row import Row

ALL: Final[tuple[Row, ...]] = (
    *(pages.ROW, checks.ROW, concurrent.ROW, workers.ROW, startup.ROW, memory.ROW),
    *(aws_lambda.ROW, installing.DISCOVERY, installing.REGISTRATION),
    *(growth.RECORDS_ROW, growth.REGISTERED_ROW),
)
