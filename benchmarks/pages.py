"""Pages: the requests that are sent, and the answers that everyone must give."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any, Final

from attrs import frozen

TOKEN: Final = "benchmark-system-token"
#: The limit of an answer that every contestant has by default, in UTF-16 units; and the one that a
#: page asks for whose answer is longer.
_DEFAULT_LIMIT: Final = 5 * 1024 * 1024
_OWN_LIMIT: Final = 50 * 1024 * 1024
_IDS: Final = {
    name: f"5f1a00000000000000000{number:03d}"
    for number, name in enumerate(["_integrationId", "_flowId", "_exportId", "_importId"])
}


@frozen
class Page:
    """One request.

    Attributes:
        name: For the tables and file names.
        records: Number of records in it.
        body: JSON in UTF-8, compact.
        answer: The bytes that a call must answer, compact too.
    """

    name: str
    records: int
    body: bytes
    answer: bytes

    def body_file(self, folder: Path) -> Path:
        """The body in a file, for the load generators."""
        path = folder / f"{self.name.replace(' ', '-')}.body"
        if not path.exists():
            path.write_bytes(self.body)
        return path


@functools.cache
def make_page(name: str, records: int, record_bytes: int, function: str = "addRegion") -> Page:
    """A page for *function*, whose records have about *record_bytes* bytes each."""
    data = [make_record(number, record_bytes) for number in range(records)]
    region = {"region": "EU"} if function == "addRegion" else {}
    answer = compact([{"data": {**record, **region}} for record in data])
    request = {
        "diy": True,
        "type": "hook",
        "function": function,
        **({"maxResponseSize": _OWN_LIMIT} if len(answer) > _DEFAULT_LIMIT else {}),
        "options": {**_IDS, "settings": {}, "data": data},
    }
    return Page(name, records, compact(request), answer)


def make_record(number: int, size: int) -> dict[str, Any]:
    """An order of about *size* bytes of JSON: texts, numbers, flags, nulls, lines, an address."""
    record: dict[str, Any] = {"id": number}
    parts: list[tuple[str, Any]] = [
        ("name", f"Customer {number:06d} Köln"),
        ("total", number + 0.25),
        ("paid", number % 2 == 0),
        ("note", None),
        ("address", {"street": "Hauptstraße 1", "zip": f"{number % 100000:05d}", "country": "DE"}),
        ("createdAt", "2026-05-04T03:02:01.000Z"),
    ]
    for name, value in parts:
        if len(compact({**record, name: value})) > size:
            return record
        record[name] = value
    lines: list[dict[str, Any]] = []
    while True:
        line = {"sku": f"SKU-{number}-{len(lines)}", "quantity": len(lines) + 1, "price": 9.75}
        if len(compact({**record, "lines": [*lines, line]})) > size:
            return record
        lines.append(line)
        record["lines"] = lines


def compact(value: object) -> bytes:
    """*value* as JSON without blanks, in UTF-8, as JavaScript's ``JSON.stringify`` writes it."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()
