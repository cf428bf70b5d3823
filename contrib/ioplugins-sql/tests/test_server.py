"""Through a real server: memory while a table is exported, and a server that is killed."""

from __future__ import annotations

import re
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from ioplugins_sql.testing import Host, serve
from sqlalchemy import text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import Shop

ROWS = 50_000


@pytest.fixture
def host(shop: Shop, tmp_path: Path) -> Iterator[Host]:
    """A host that serves what is installed: ``ioplugins serve``."""
    with serve(IOPLUGINS_SQL_SQLITE_DIRECTORY=str(tmp_path)) as running:
        yield running


def resident(host: Host) -> int:
    """Kilobytes of memory that the workers use."""
    total = 0
    for pid in host.processes():
        status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
        total += int(re.search(r"VmRSS:\s+(\d+)", status)[1])  # type: ignore[index]
    return total


@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
def test_an_export_takes_constant_memory(shop: Shop, host: Host) -> None:
    """Every row comes once while others write, and the memory does not grow with the table."""
    shop.sql("CREATE TABLE t (id {serial}, name VARCHAR(200), n INT)")
    for begin in range(0, ROWS, 5_000):
        shop.insert(
            "t",
            [{"id": 2 * n, "name": "x" * 150, "n": n} for n in range(begin + 1, begin + 5_001)],
        )
    stop = threading.Event()

    def write() -> None:
        number = 1
        while not stop.wait(0.02):
            with shop.engine.begin() as connection:
                for _ in range(20):
                    number = (number + 7_778) % (2 * ROWS)
                    odd = number | 1
                    connection.execute(text("DELETE FROM t WHERE id = :id"), {"id": odd})
                    connection.execute(
                        text("INSERT INTO t (id, name, n) VALUES (:id, 'new', 0)"), {"id": odd}
                    )

    writer = threading.Thread(target=write)
    writer.start()
    seen: list[int] = []
    memory: list[int] = []
    state: dict[str, Any] = {}
    try:
        while True:
            status, page = host.call(
                "sqlExport",
                connection=shop.connection,
                configuration={"table": "t", "pageSize": 1_000},
                **state,
            )
            assert 200 == status, page
            seen += [row["id"] for row in page["data"]]
            memory.append(resident(host))
            if page["lastPage"]:
                break
            state = {"state": page["state"]}
    finally:
        stop.set()
        writer.join()
    assert [2 * n for n in range(1, ROWS + 1)] == [number for number in seen if number % 2 == 0]
    assert len(seen) == len(set(seen))
    # After the first pages nothing is added but what allocators keep; the table has 8 MB of text.
    assert max(memory[10:]) - memory[9] < 8_000


def test_a_killed_server_and_the_page_again(shop: Shop, tmp_path: Path) -> None:
    """The server dies within a page of an import; the page sent again loses and doubles nothing."""
    shop.sql("CREATE TABLE t (k VARCHAR(20) NOT NULL PRIMARY KEY, n INT)")
    pages = [
        [{"k": f"k{n}", "n": n} for n in range(p * 2_000, p * 2_000 + 2_000)] for p in range(3)
    ]
    imported: dict[str, Any] = {
        "connection": shop.connection,
        "configuration": {"importType": "addUpdate", "table": "t"},
        "preMapData": [],
    }
    environment = {"IOPLUGINS_SQL_SQLITE_DIRECTORY": str(tmp_path)}
    for number, page in enumerate(pages):
        if number:
            with serve(**environment) as host:
                killer = threading.Timer(0.02 * number, host.kill)
                killer.start()
                with suppress(OSError):  # killed before the answer
                    host.call("sqlImport", **imported, postMapData=page)
                killer.join()
        with serve(**environment) as host:  # the page again, or for the first time
            status, results = host.call("sqlImport", **imported, postMapData=page)
        assert (200, {200}) == (status, {one["statusCode"] for one in results}), results[0]
        count = (number + 1) * 2_000
        assert [(count, count)] == shop.rows("SELECT count(*), count(DISTINCT k) FROM t")
    assert [(sum(range(6_000)),)] == [(int(row[0]),) for row in shop.rows("SELECT sum(n) FROM t")]
