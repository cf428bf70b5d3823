"""``ioplugins fake-api``: a fake of the API in a process of its own."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner

from ioplugins.api import Client
from ioplugins.cli.fake_api import command

RUN = "from ioplugins.cli.fake_api import command; command()"


@contextmanager
def running(*arguments: str, end: int = signal.SIGTERM) -> Iterator[tuple[str, str]]:
    """The command in a process; gives its first line and its second, or ""."""
    process = subprocess.Popen(
        [sys.executable, "-u", "-c", RUN, "--port", "0", *arguments],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        first = process.stdout.readline()
        yield first, "" if "--token" in arguments else process.stdout.readline()
    finally:
        process.send_signal(end)
        process.communicate(timeout=60)
    assert 0 == process.returncode


def base_url(line: str) -> str:
    """The base URL that the first line tells."""
    found = re.search(r"http://127\.0\.0\.1:[0-9]+/v1", line)
    assert found, line
    return found.group()


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGINT])
def test_it_runs_until_it_is_interrupted(end: int) -> None:
    """It says where it is and which token it made, and that token works."""
    with running(end=end) as (first, second):
        with Client(second.split()[-1], base_url=base_url(first)) as client:
            client.state()["k"] = 1
            assert 1 == client.state()["k"]
        index = re.search(r"index: (\S+)\)", first)
        assert index
        assert "Fake integrator.io API" in httpx.get(index.group(1)).text


def test_seed_and_token(tmp_path: Path) -> None:
    """What it holds comes from a file; a chosen token is not printed."""
    seed = tmp_path / "seed.json"
    seed.write_text(json.dumps({"state": {"a": 5}}), encoding="utf-8")
    with running("--seed", str(seed), "--token", "chosen") as (first, _):
        assert "chosen" not in first
        with Client("chosen", base_url=base_url(first)) as client:
            assert 5 == client.state()["a"]


def test_reusable_tokens() -> None:
    """--reusable takes one-time tokens more than once."""
    with running("--reusable") as (first, _):
        url = base_url(first)
        made = httpx.post(f"{url.removesuffix('/v1')}/fake/tokens", json={"oneTime": True})
        headers = {"Authorization": f"Bearer {made.json()['token']}"}
        assert [200, 200] == [
            httpx.get(f"{url}/tokenInfo", headers=headers).status_code for _ in range(2)
        ]


def test_a_bad_seed(tmp_path: Path) -> None:
    """One line that names the place, exit code 2, no traceback."""
    seed = tmp_path / "seed.json"
    for text, word in (("{", "not valid JSON"), ('{"exports": 1}', "$.exports must be a list")):
        seed.write_text(text, encoding="utf-8")
        ran = CliRunner().invoke(command, ["--seed", str(seed)])
        assert 2 == ran.exit_code
        assert word in ran.output
        assert "Traceback" not in ran.output


def test_help_shows_examples() -> None:
    """As every command."""
    assert (
        "ioplugins fake-api --port 8090 --seed seed.json"
        in CliRunner().invoke(command, ["--help"]).output
    )
