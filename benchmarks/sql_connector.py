"""The SQL connector beside loops written by hand, on PostgreSQL, MariaDB and SQLite.

``python -m benchmarks.sql_connector`` starts the databases and ``ioplugins serve`` itself, checks
that all contestants give the same rows, measures them side by side in alternating rounds and writes
benchmarks/RESULTS-sql.md. With ``--quick`` it only checks, with few rows, and writes nothing.
It wants ``pip install "contrib/ioplugins-sql[test]"`` and Debian's postgresql and mariadb-server.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import datetime
from decimal import Decimal
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import orjson
from attrs import field, frozen
from ioplugins_sql.connections import SQLITE_DIRECTORY, document_of
from ioplugins_sql.testing import Host, mariadb, postgresql, serve
from sqlalchemy import (
    Column,
    DateTime,
    Engine,
    Integer,
    MetaData,
    Numeric,
    String,
    Table,
    create_engine,
    func,
    insert,
    select,
    text,
)
from sqlalchemy.exc import IntegrityError

from ioplugins.options.shared import Connection

RESULTS: Final = Path(__file__).parent / "RESULTS-sql.md"
PAGE: Final = 1_000
GOALS: Final = {"export": 0.7, "import": 5.0}

ORDERS: Final = Table(
    "orders",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("number", String(20), nullable=False, unique=True),
    Column("customer", String(60), nullable=False),
    Column("total", Numeric(10, 2), nullable=False),
    Column("created", DateTime, nullable=False),
    Column("note", String(120)),
)


NAMES: Final = [str(column.name) for column in ORDERS.c]


@frozen
class Place:
    """A database with an empty table of orders.

    Attributes:
        name: As the results call it, with its version.
        connection: Its connection document.
        engine: For the loops written by hand.
    """

    name: str
    connection: dict[str, Any]
    engine: Engine = field(repr=False)


@frozen
class Measured:
    """Seconds of each round, by contestant."""

    seconds: dict[str, list[float]]

    def median(self, name: str) -> float:
        return statistics.median(self.seconds[name])

    def spread(self, name: str) -> str:
        low, high = min(self.seconds[name]), max(self.seconds[name])
        return f"{self.median(name):.2f} s ({low:.2f} to {high:.2f})"


def rounds(count: int, contestants: dict[str, Callable[[], None]]) -> Measured:
    """Run the contestants in turn, so that all see the same machine."""
    seconds: dict[str, list[float]] = {name: [] for name in contestants}
    for _ in range(count):
        for name, run in contestants.items():
            began = time.perf_counter()
            run()
            seconds[name].append(time.perf_counter() - began)
    return Measured(seconds)


# ----------------------------------------------------------------------------------- exports


def record(number: int) -> dict[str, Any]:
    return {
        "id": number,
        "number": f"SO{number:09}",
        "customer": f"Customer {number % 1000} & Söhne",
        "total": f"{number % 10_000}.{number % 4 * 25:02}",
        "created": f"2024-01-{number % 28 + 1:02}T10:{number % 60:02}:00.000Z",
        "note": None if number % 3 else "Leave it with the neighbours, please.",
    }


def pages_of_connector(host: Host, place: Place) -> Iterator[list[dict[str, Any]]]:
    """As integrator.io asks for them: over HTTP, with the state of the last answer."""
    state: dict[str, Any] = {}
    while True:
        status, page = host.call(
            "sqlExport",
            connection=place.connection,
            configuration={"table": "orders", "pageSize": PAGE},
            **state,
        )
        if status != 200 or ("state" not in page and not page["lastPage"]):
            raise SystemExit(f"The export failed: {page}")
        yield page["data"]
        if page["lastPage"]:
            return
        state = {"state": page["state"]}


def pages_by_hand(place: Place) -> Iterator[bytes]:
    """What one would write: keyset pages with SQLAlchemy, as JSON; no server, no checks."""
    last = 0
    while True:
        with place.engine.connect() as connection:
            found = connection.execute(
                select(ORDERS).where(ORDERS.c.id > last).order_by(ORDERS.c.id).limit(PAGE)
            )
            rows = [dict(zip(NAMES, row, strict=True)) for row in found]
        for row in rows:
            row["total"] = float(row["total"])
            row["created"] = f"{row['created'].isoformat(timespec='milliseconds')}Z"
        yield orjson.dumps(rows)
        if len(rows) < PAGE:
            return
        last = rows[-1]["id"]


def exports(host: Host, place: Place, rows: int, times: int) -> dict[str, Any]:
    memory: list[int] = []

    def connector() -> None:
        count = 0
        for number, page in enumerate(pages_of_connector(host, place)):
            count += len(page)
            if number % 10 == 0:
                memory.append(resident(host))
        if count != rows:
            raise SystemExit(f"{place.name}: {count} rows in place of {rows}")

    def by_hand() -> None:
        count = sum(len(orjson.loads(page)) for page in pages_by_hand(place))
        if count != rows:
            raise SystemExit(f"{place.name}: {count} rows by hand in place of {rows}")

    both = zip(pages_of_connector(host, place), pages_by_hand(place), strict=True)
    for ours, theirs in both:
        if ours != orjson.loads(theirs):
            raise SystemExit(f"{place.name}: the contestants give different rows")
    memory.clear()
    measured = rounds(times, {"connector": connector, "by hand": by_hand})
    return {
        "measured": measured,
        "memory": (memory[min(2, len(memory) - 1)], max(memory)),
        "depths": depths(host, place, rows, times),
    }


def depths(host: Host, place: Place, rows: int, times: int) -> dict[str, Measured]:
    """One page at the start, in the middle and at the end: by key and by offset."""
    found = {}
    for name, begin in (("first", 0), ("middle", rows // 2), ("last", rows - PAGE)):

        def by_key(begin: int = begin) -> None:
            status, page = host.call(
                "sqlExport",
                connection=place.connection,
                configuration={"table": "orders", "pageSize": PAGE},
                state={"startIndex": begin} if begin else {},
            )
            check_page(status == 200 and page["data"], begin)

        def by_offset(begin: int = begin) -> None:
            with place.engine.connect() as connection:
                statement = select(ORDERS).order_by(ORDERS.c.id).limit(PAGE).offset(begin)
                check_page([dict(row) for row in connection.execute(statement).mappings()], begin)

        found[name] = rounds(times * 3, {"key": by_key, "offset": by_offset})
    return found


def check_page(data: Any, begin: int) -> None:
    if not data or data[0]["id"] != begin + 1:
        raise SystemExit(f"The page after {begin} is another one.")


def resident(host: Host) -> int:
    """Megabytes that the server's processes use."""
    total = 0
    for pid in host.processes():
        status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
        found = re.search(r"VmRSS:\s+(\d+)", status)
        total += int(found[1]) if found else 0
    return total // 1024


# -------------------------------------------------------------- imports, page by page and not


def imports(host: Host, place: Place, rows: int, times: int) -> dict[str, Any]:
    good = [record(number) for number in range(1, rows + 1)]
    # Each hundredth has the number of the order before it, which is unique.
    mixed = [
        {**one, "number": good[place_ - 1]["number"]} if place_ % 100 == 99 else one
        for place_, one in enumerate(good)
    ]
    # Of the slow ones as many as take about as long; what is compared are rows a second.
    some, few = max(PAGE, rows // 4), max(PAGE, rows // 20)
    found: dict[str, Any] = {}
    for name, records in (("all good", good), ("1 % bad", mixed)):
        bad = records is mixed

        def connector(records: Any = records, bad: bool = bad) -> None:
            by_connector(host, place, records, bad)

        def statements(records: Any = records[:some], bad: bool = bad) -> None:
            one_transaction_a_page(place, records, bad)

        def commits(records: Any = records[:few], bad: bool = bad) -> None:
            one_transaction_a_record(place, records, bad)

        measured = rounds(
            times, {"connector": connector, "statements": statements, "commits": commits}
        )
        counts = {"connector": rows, "statements": some, "commits": few}
        found[name] = {key: counts[key] / measured.median(key) for key in counts}
        found[name]["spread"] = measured.spread("connector")
    return found


def by_connector(host: Host, place: Place, records: Any, bad: bool) -> None:
    empty(place)
    results: list[Any] = []
    for begin in range(0, len(records), PAGE):
        status, answer = host.call(
            "sqlImport",
            connection=place.connection,
            configuration={"importType": "add", "table": "orders"},
            preMapData=[],
            postMapData=records[begin : begin + PAGE],
        )
        if status != 200:
            raise SystemExit(f"{place.name}: {answer}")
        results += answer
    failed = [place_ for place_, one in enumerate(results) if one["statusCode"] != 200]
    if failed != bad_places(records, bad) or not all(results[one]["errors"] for one in failed):
        raise SystemExit(f"{place.name}: other records failed than the bad ones")
    check_count(place, len(records) - len(failed))


def bad_places(records: Any, bad: bool) -> list[int]:
    return [place for place in range(len(records)) if place % 100 == 99] if bad else []


def one_transaction_a_page(place: Place, records: Any, bad: bool) -> None:
    """One INSERT a record, in a savepoint where it may fail."""
    empty(place)
    values = [by_hand_values(one) for one in records]
    for begin in range(0, len(values), PAGE):
        with place.engine.begin() as connection:
            for one in values[begin : begin + PAGE]:
                if not bad:
                    connection.execute(insert(ORDERS), one)
                    continue
                with suppress(IntegrityError), connection.begin_nested():
                    connection.execute(insert(ORDERS), one)
    check_count(place, len(records) - len(bad_places(records, bad)))


def one_transaction_a_record(place: Place, records: Any, bad: bool) -> None:
    """One INSERT and one commit a record, as in Celigo's sample wrapper."""
    empty(place)
    with place.engine.connect() as connection:
        for one in map(by_hand_values, records):
            with suppress(IntegrityError), connection.begin():
                connection.execute(insert(ORDERS), one)
    check_count(place, len(records) - len(bad_places(records, bad)))


def by_hand_values(one: dict[str, Any]) -> dict[str, Any]:
    created = datetime.fromisoformat(one["created"].removesuffix("Z"))
    return {**one, "total": Decimal(one["total"]), "created": created}


def empty(place: Place) -> None:
    with place.engine.begin() as connection:
        connection.execute(text("DELETE FROM orders"))


def check_count(place: Place, expected: int) -> None:
    with place.engine.connect() as connection:
        count = connection.execute(select(func.count()).select_from(ORDERS)).scalar()
    if count != expected:
        raise SystemExit(f"{place.name}: {count} rows in place of {expected}")


# ----------------------------------------------------------------------------------- running


@contextmanager
def places(folder: Path) -> Iterator[list[Place]]:
    """The three databases."""
    (folder / "bench.db").touch()
    documents = [{"unencrypted": {"dialect": "sqlite", "database": "bench.db"}}]
    with ExitStack() as stack:
        servers = [stack.enter_context(start()) for start in (postgresql, mariadb)]
        documents += [server.create_database("bench") for server in servers]
        yield [stack.enter_context(place(document)) for document in documents]


@contextmanager
def place(document: dict[str, Any]) -> Iterator[Place]:
    checked = document_of(Connection(**document))
    engine = create_engine(checked.url, connect_args=checked.connect_arguments())
    ORDERS.metadata.create_all(engine)
    yield Place(described(engine), document, engine)
    engine.dispose()


def described(engine: Engine) -> str:
    name = {"postgresql": "PostgreSQL", "mysql": "MariaDB", "sqlite": "SQLite"}[engine.name]
    with engine.connect():
        numbers = engine.dialect.server_version_info or ()
    return f"{name} {'.'.join(str(part) for part in numbers[:3] if isinstance(part, int))}"


def fill(place: Place, rows: int) -> None:
    for begin in range(0, rows, 10_000):
        end = min(rows, begin + 10_000)
        values = [by_hand_values(record(number)) for number in range(begin + 1, end + 1)]
        with place.engine.begin() as connection:
            connection.execute(insert(ORDERS), values)
    if place.engine.name == "postgresql":
        with place.engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT").execute(
                text("VACUUM ANALYZE")
            )


def verdict(ratio: float, goal: float) -> str:
    return "met" if ratio >= goal else f"missed by {(1 - ratio / goal) * 100:.0f} %"


def report(results: dict[str, Any], rows: int, imported: int, times: int) -> str:
    packages = ("ioplugins-sql", "SQLAlchemy", "psycopg", "PyMySQL", "granian", "orjson")
    machine = f"Python {platform.python_version()} on {platform.system()} {platform.machine()}"
    versions = ", ".join(f"{name} {version(name)}" for name in packages)
    lines = [
        "# Results: the SQL connector",
        "",
        "Written by `python -m benchmarks.sql_connector`; run it to repeat them.",
        "",
        f"{machine}, {cores()} cores; {versions}; {', '.join(results)}. Medians of {times}",
        "alternating rounds, (least to most). Databases, server and client share the machine.",
        "PostgreSQL runs without fsync, MariaDB writes its log once a second.",
        "",
        f"## Export of {rows:,} rows, {PAGE:,} a page",
        "",
        "The connector is called over HTTP through `ioplugins serve`; by hand is a keyset loop",
        "with SQLAlchemy in one process that makes the same JSON. One client reads both. Memory is",
        "that of the server, after the first pages and at its peak.",
        f"Goal: {GOALS['export']:.0%} of the rows a second of the loop.",
        "",
        "| database | connector | rows/s | by hand | rows/s | ratio | goal | memory |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, result in results.items():
        one: Measured = result["export"]["measured"]
        ours, hand = one.median("connector"), one.median("by hand")
        early, peak = result["export"]["memory"]
        lines.append(
            f"| {name} | {one.spread('connector')} | {rows / ours:,.0f} | {one.spread('by hand')} "
            f"| {rows / hand:,.0f} | {hand / ours:.2f} | {verdict(hand / ours, GOALS['export'])} "
            f"| {early} to {peak} MB |"
        )
    lines += [
        "",
        "## One page by key and by offset",
        "",
        "Milliseconds of a page at the start, in the middle and at the end of the table: the",
        "connector over HTTP, and SELECT with OFFSET by hand, without JSON and HTTP.",
        "",
        "| database | page | key, connector | offset, by hand | offset / key |",
        "|---|---|---|---|---|",
    ]
    columns = ("commit a record", "times", "goal", "statement a record", "times", "goal")
    for name, result in results.items():
        for depth, one in result["export"]["depths"].items():
            key, offset = one.median("key"), one.median("offset")
            lines.append(
                f"| {name} | {depth} | {key * 1e3:.1f} | {offset * 1e3:.1f} | {offset / key:.1f} |"
            )
    lines += [
        "",
        f"## Import of {imported:,} rows, {PAGE:,} a page",
        "",
        "Rows a second: the connector over HTTP; SQLAlchemy by hand with one INSERT and one commit",
        "a record, as in Celigo's sample wrapper; the same with one transaction a page (and a",
        "savepoint a record where some are bad).",
        f"Goal: {GOALS['import']:.0f} times faster than one statement a record. SQLite has no",
        "server: a statement there is no round trip, so that there is less to save.",
        "",
        f"| database | records | connector | {' | '.join(columns)} |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for name, result in results.items():
        for kind, speed in result["import"].items():
            ours = speed["connector"]
            cells = [f"{ours:,.0f} ({speed['spread']})"]
            for other in ("commits", "statements"):
                times_ = ours / speed[other]
                cells += [f"{speed[other]:,.0f}", f"{times_:.1f}", verdict(times_, GOALS["import"])]
            lines.append(f"| {name} | {kind} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def cores() -> int:
    return len(os.sched_getaffinity(0))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="only check that the answers agree")
    parser.add_argument("--rows", type=int, default=1_000_000, help="rows of the exports")
    parser.add_argument("--imported", type=int, default=100_000, help="rows of the imports")
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    if given.quick:
        given.rows, given.imported, given.rounds = 5_000, 2_000, 1
    results: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        os.environ[SQLITE_DIRECTORY] = str(folder)  # for this process; the server gets it as well
        found = stack.enter_context(places(folder))
        host = stack.enter_context(serve())
        for place in found:
            imported = imports(host, place, given.imported, given.rounds)
            empty(place)
            fill(place, given.rows)
            exported = exports(host, place, given.rows, given.rounds)
            results[place.name] = {"export": exported, "import": imported}
            print(f"{place.name}: done")
    made = report(results, given.rows, given.imported, given.rounds)
    print(made)
    if not given.quick:
        RESULTS.write_text(made, encoding="utf-8")


if __name__ == "__main__":
    main()
