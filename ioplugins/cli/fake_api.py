"""``ioplugins fake-api``: a fake of the integrator.io API, for tools and other processes."""

from __future__ import annotations

import signal
import threading
from pathlib import Path

import click

from ioplugins.api.fake import FakeAPI, read_seed
from ioplugins.cli.shared import Command


@click.command("fake-api", cls=Command)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8090,
    show_default=True,
    help="0: a free one.",
)
@click.option("--seed", type=click.Path(path_type=Path), help="JSON file of what it holds.")
@click.option(
    "--token", metavar="TOKEN", help="The account's token; made up and printed when left out."
)
@click.option(
    "--reusable", is_flag=True, help="Take one-time tokens more than once, as is often observed."
)
def command(port: int, seed: Path | None, token: str | None, reusable: bool) -> None:
    """Run a fake of the integrator.io API on this machine, until it is interrupted.

    Its first page shows what it holds. POST to /fake/tokens makes one-time tokens
    ({"oneTime": true}), POST to /fake/faults lets requests fail.

    \b
    Examples:
      ioplugins fake-api
      ioplugins fake-api --port 8090 --seed seed.json
    """  # noqa: D301 - \b is click's mark for text that keeps its lines
    fake = FakeAPI(read_seed(seed) if seed else None, port=port, single_use=not reusable)
    made = fake.token(token)
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    with fake:
        click.echo(f"ioplugins fake API is at {fake.base_url} (index: {fake.url}/)")
        if token is None:
            click.echo(f"Its account token is {made}")
        stopped.wait()
