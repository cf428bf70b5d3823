"""The bench: what a row needs to measure; it starts contestants and sees that they agree."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

from attrs import define, field

from benchmarks.builds import Build
from benchmarks.lineup import Contestant, Place
from benchmarks.machine import cores
from benchmarks.measurements import Measurements
from benchmarks.pages import Page
from benchmarks.servers import Server, ServerFailed, free_port

_SETTLE_SECONDS: Final = 60
#: The system counts in hundredths.
_IDLE_CPU_SECONDS: Final = 0.02


class Disagreement(Exception):
    """A contestant answers something else than is expected: nothing is measured then."""


@define
class Bench:
    """One run with one build of Python.

    Attributes:
        build: The Python of this run.
        peers: The folder of the Node packages.
        folder: For bodies, answers and logs.
        rounds: How often each contestant is measured.
        seconds: How long each time.
        quick: Whether it only proves that all of it works.
        only: Keys of contestants; empty for all.
        measurements: What was measured so far.
    """

    build: Build
    peers: Path
    folder: Path
    rounds: int
    seconds: float
    quick: bool = False
    only: frozenset[str] = frozenset()
    measurements: Measurements = field(factory=Measurements)

    def say(self, text: str) -> None:
        """Tell the person who waits."""
        print(text, file=sys.stderr, flush=True)

    def chosen(self, contestants: Sequence[Contestant]) -> list[Contestant]:
        """Those that ``--only`` leaves."""
        return [one for one in contestants if not self.only or one.key in self.only]

    def start(self, contestant: Contestant, pinned_to: str | None = None) -> Server:
        """Start *contestant* on the server's core, or on *pinned_to*."""
        answers = self.folder / "answers"
        answers.mkdir(exist_ok=True)
        port = free_port()
        place = Place(self.build, self.peers, answers, port)
        return Server(
            contestant.command(place),
            dict(contestant.environment(place)),
            port,
            self.folder / f"{contestant.key}-{port}.log",
            pinned_to or cores()[0],
        )

    @contextmanager
    def running(
        self,
        contestants: Sequence[Contestant],
        pages: Sequence[Page],
        pinned_to: str | None = None,
    ) -> Iterator[dict[str, Server]]:
        """Start the chosen ones of *contestants*; all have answered *pages* alike before it gives.

        Raises:
            Disagreement: One of them answers something else.
            ServerFailed: One of them did not start.
        """
        with ExitStack() as stack:
            servers: dict[str, Server] = {}
            for page in pages:  # the constant contestant reads them when it starts
                self._keep_answer(page)
            for one in self.chosen(contestants):
                server = stack.enter_context(self.start(one, pinned_to))
                server.wait(pages[0].body)
                if (health := server.health()) != one.health:
                    raise Disagreement(f"{one.title} answers {health[:80]!r} to GET /")
                for page in pages:
                    agree(one.title, page, *server.call(page.body))
                servers[one.key] = server
            yield servers

    def body(self, page: Page) -> Path:
        """The body of *page* in a file."""
        return page.body_file(self.folder)

    def _keep_answer(self, page: Page) -> None:
        folder = self.folder / "answers"
        folder.mkdir(exist_ok=True)
        (folder / f"{len(page.body)}.json").write_bytes(page.answer)


def settle(servers: Collection[Server]) -> None:
    """Wait until none of *servers* works any more.

    wrk cuts off the calls that are running when its time is over, and a server goes on with them:
    on the core, and in the time, of the one that is measured next.

    Raises:
        ServerFailed: After a minute one still does.
    """
    for _ in range(_SETTLE_SECONDS * 10):
        before = sum(server.cpu_seconds() for server in servers)
        time.sleep(0.1)
        if sum(server.cpu_seconds() for server in servers) - before < _IDLE_CPU_SECONDS:
            return
    raise ServerFailed(f"A server still works {_SETTLE_SECONDS} s after the last call.")


def agree(title: str, page: Page, status: int, answer: bytes) -> None:
    """See that a call answered 200 and the very bytes that are expected.

    Raises:
        Disagreement: It did not; the message says where the two differ.
    """
    if status != 200:
        raise Disagreement(f"{title} answers {status} to {page.name}: {answer[:300]!r}")
    if answer == page.answer:
        return
    try:
        same = json.loads(answer) == json.loads(page.answer)
    except ValueError:
        same = False
    at = next(
        (
            number
            for number, (mine, expected) in enumerate(zip(answer, page.answer, strict=False))
            if mine != expected
        ),
        min(len(answer), len(page.answer)),
    )
    raise Disagreement(
        f"{title} answers {'other bytes of the same JSON' if same else 'something else'} to "
        f"{page.name}, from byte {at}: {answer[at : at + 80]!r} instead of "
        f"{page.answer[at : at + 80]!r}"
    )
