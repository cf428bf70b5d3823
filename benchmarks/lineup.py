"""The contestants: who they are and how each is started."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from attrs import field, frozen

from benchmarks.builds import REPOSITORY, Build

FOLDER: Final = Path(__file__).resolve().parent / "contestants"
#: What a user of gunicorn has to set so that 1,000 calls may wait side by side.
_GUNICORN: Final = [
    *("--worker-class", "gthread", "--threads", "1024", "--worker-connections", "4096"),
    *("--backlog", "4096", "--log-level", "warning"),
]


@frozen
class Place:
    """Where a contestant runs.

    Attributes:
        build: The Python, for those in Python.
        peers: The folder of the Node packages.
        answers: The folder of answers that were made before, for the constant one.
        port: Where it is to listen, on 127.0.0.1.
    """

    build: Build
    peers: Path
    answers: Path
    port: int

    @property
    def python(self) -> str:
        return self.build.python

    def script(self, name: str) -> str:
        """The path of a command that pip installed for the build."""
        return str(self.build.folder / name)


@frozen
class Contestant:
    """One of those that are compared.

    Attributes:
        key: For ``--only`` and for the stored measurements.
        title: For the tables.
        command: Makes the command line for a place.
        environment: Makes what else it needs in its environment.
        health: What it answers to ``GET /``; the ceilings say their names there, so that nobody
            takes the framework for them.
    """

    key: str
    title: str
    command: Callable[[Place], list[str]]
    environment: Callable[[Place], Mapping[str, str]] = field(default=lambda _: {})
    health: bytes = b'{"success":true}'


def _node(key: str, title: str, workers: int = 1, log: str = "winston") -> Contestant:
    return Contestant(
        key,
        title,
        lambda place: ["node", str(FOLDER / "node_host.js"), str(place.port), str(workers), log],
        lambda place: {"BENCHMARK_PEERS": str(place.peers)},
    )


def _serve(place: Place, target: str = "functions.py", *options: str) -> list[str]:
    where = ["--host", "127.0.0.1", "--port", str(place.port)]
    return ["serve", str(FOLDER / target), *where, *options]


def _ioplugins(key: str, title: str, *options: str, target: str = "functions.py") -> Contestant:
    return Contestant(
        key, title, lambda place: [place.script("ioplugins"), *_serve(place, target, *options)]
    )


def _on_our_host(name: str, title: str) -> Contestant:
    return Contestant(
        name,
        title,
        lambda place: [place.python, str(FOLDER / "on_our_host.py"), name, *_serve(place)],
        lambda place: {"BENCHMARK_ANSWERS": str(place.answers), "PYTHONPATH": str(REPOSITORY)},
        name.encode(),
    )


def _gunicorn(place: Place, app: str) -> list[str]:
    bind = ["--bind", f"127.0.0.1:{place.port}"]
    return [place.python, "-m", "gunicorn", app, *bind, *_GUNICORN]


NODE: Final = _node("node", "Node host")
NODE_2: Final = _node("node-2", "Node host, cluster of 2", workers=2)
#: Costs Node less than what Celigo's package does.
NODE_BY_HAND: Final = _node("node-by-hand", "Node host, log line by hand", log="by-hand")
IOPLUGINS: Final = _ioplugins("ioplugins", "**ioplugins serve**")
IOPLUGINS_2: Final = _ioplugins("ioplugins-2", "**ioplugins serve**, 2 workers", "--workers", "2")
PINNED: Final = _ioplugins("pinned", "ioplugins serve --pin-workers", "--pin-workers")
PINNED_2: Final = _ioplugins(
    "pinned-2",
    "ioplugins serve --pin-workers, 2 workers",
    *("--pin-workers", "--workers", "2"),
)
UNCHECKED: Final = _ioplugins(
    "unchecked", "ioplugins serve, answer checks off", target="functions.py:unchecked"
)
GUNICORN: Final = Contestant(
    "gunicorn",
    "ioplugins on gunicorn gthread",
    lambda place: _gunicorn(place, "ioplugins.server:create_app_from_env()"),
    lambda _: {"IOPLUGINS_TARGET": str(FOLDER / "functions.py")},
)
BARE: Final = _on_our_host("bare", "bare WSGI app on our host (the framework's ceiling)")
FRAMEWORK: Final = Contestant(
    "functions-framework",
    "functions-framework-python",
    lambda place: [
        place.script("functions-framework"),
        *("--target", "extension", "--source", str(FOLDER / "by_functions_framework.py")),
        *("--host", "127.0.0.1", "--port", str(place.port)),
    ],
    lambda _: {"PYTHONPATH": str(REPOSITORY)},
)
FLASK: Final = Contestant(
    "flask",
    "Flask by hand on gunicorn gthread",
    lambda place: _gunicorn(place, "benchmarks.contestants.by_flask:app"),
    lambda _: {"PYTHONPATH": str(REPOSITORY)},
)
CONSTANT: Final = _on_our_host("constant", "constant answer on our host (the server's ceiling)")

ALL: Final = (
    *(NODE, IOPLUGINS, UNCHECKED, GUNICORN, BARE, FRAMEWORK, FLASK, CONSTANT),
    *(NODE_BY_HAND, NODE_2, IOPLUGINS_2, PINNED, PINNED_2),
)
