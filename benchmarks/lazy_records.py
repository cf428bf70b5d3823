"""An experiment: records that are parsed only when a function touches them.

`python -m benchmarks.lazy_records` prints what it would give. msgspec splits a page into the bytes
of its records; a record is parsed when somebody asks for a key of it, and one that nobody touched
is written as the bytes that came in. docs/performance.md says what came of it.
"""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import msgspec
import orjson

from benchmarks.pages import make_page
from benchmarks.tables import table

_ROUNDS: Final = 15


class _Options(msgspec.Struct):
    data: list[msgspec.Raw]


class _Request(msgspec.Struct):
    options: _Options


def _parsed(raw: msgspec.Raw) -> dict[str, Any]:
    record: dict[str, Any] = orjson.loads(memoryview(raw))
    return record


class LazyRecord(Mapping[str, Any]):
    """A record as the bytes it came in, until somebody asks for a key.

    It cannot be a dict: C code reads the items of a dict past its methods, orjson among it.
    """

    __slots__ = ("_parsed", "_raw")

    def __init__(self, raw: msgspec.Raw) -> None:
        self._raw = raw
        self._parsed: dict[str, Any] | None = None

    def _record(self) -> dict[str, Any]:
        parsed = self._parsed
        if parsed is None:
            self._parsed = parsed = _parsed(self._raw)
        return parsed

    def __getitem__(self, key: str) -> Any:
        return self._record()[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._record())

    def __len__(self) -> int:
        return len(self._record())

    def to_json(self) -> object:
        """What orjson writes for it; nothing can have changed it."""
        return orjson.Fragment(bytes(self._raw))


_split: Final = msgspec.json.Decoder(_Request).decode


def _plain_page(body: bytes) -> list[Any]:
    data: list[Any] = orjson.loads(body)["options"]["data"]
    return data


def _lazy_page(body: bytes) -> list[Any]:
    return [LazyRecord(raw) for raw in _split(body).options.data]


def _write(answer: object) -> bytes:
    return orjson.dumps(answer, lambda record: record.to_json())


FUNCTIONS: Final[dict[str, Callable[[list[Any]], object]]] = {
    "passes all on, touches none": lambda data: [{"data": record} for record in data],
    "reads one field of each, passes most on": lambda data: [
        {} if record["id"] % 10 == 0 else {"data": record} for record in data
    ],
    "adds a field to each": lambda data: [{"data": {**record, "region": "EU"}} for record in data],
}


def main() -> None:
    """Measure in alternating rounds and print the table."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    lines: list[list[str]] = []
    for records in (1_000, 10_000):
        body = make_page(f"{records}", records, 1_000).body
        for name, function in FUNCTIONS.items():
            taken: dict[Callable[[bytes], list[Any]], list[float]] = {
                _plain_page: [],
                _lazy_page: [],
            }
            answers = {_write(function(read(body))) for read in taken}
            if len(answers) > 1:
                raise SystemExit(f"{name}: the answers differ")
            for _ in range(_ROUNDS):
                for read, times in taken.items():
                    began = time.perf_counter()
                    _write(function(read(body)))
                    times.append((time.perf_counter() - began) * 1000)
            plain, lazy = (statistics.median(times) for times in taken.values())
            shown = [f"{records:,}", f"{plain:.1f}", f"{lazy:.1f}", f"{plain / lazy:.2f}x"]
            lines.append([name, *shown])
    print(table(["a function that", "records", "at once, ms", "when touched, ms", "ratio"], lines))


if __name__ == "__main__":
    main()
