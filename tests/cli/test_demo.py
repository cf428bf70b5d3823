"""The command demo, and the functions that it serves."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from ioplugins import Registry
from ioplugins.cli import demo, main, quickstart
from ioplugins.server import create_server

if TYPE_CHECKING:
    from collections.abc import Iterator


def test_it_serves_and_calls_and_shows_each_call() -> None:
    """A hook, a ping and an export page by page, on a real server; exit code 0."""
    done = subprocess.run(
        [sys.executable, "-m", "ioplugins", "demo"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (0, "") == (done.returncode, done.stderr)
    assert (1, 1, 3) == tuple(
        done.stdout.count(f"\n{name}: ") for name in ("add_region", "pingShop", "exportOrders")
    )
    assert 5 == done.stdout.count("  POST /function  {")
    assert 5 == done.stdout.count("\n  200 ")
    assert '{"data": {"id": 2, "region": "EU"}}' in done.stdout
    assert (2, 1) == (
        done.stdout.count('"lastPage": false'),
        done.stdout.count('"lastPage": true'),
    )
    assert all(len(line) <= 120 for line in done.stdout.splitlines())


def test_the_server_ends_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """And its token is known to nobody else."""
    started: list[subprocess.Popen[str]] = []
    environments: list[dict[str, str]] = []

    class Popen(subprocess.Popen):  # type: ignore[type-arg]
        def __init__(self, *arguments: object, env: dict[str, str], **more: object) -> None:
            super().__init__(*arguments, env=env, **more)
            started.append(self)
            environments.append(env)

    monkeypatch.setattr(demo.subprocess, "Popen", Popen)
    result = CliRunner().invoke(main, ["demo"])
    assert 0 == result.exit_code, result.output
    [process], [environment] = started, environments
    assert 0 == process.returncode
    token = environment["INTEGRATOR_EXTENSION_SYSTEM_TOKEN"]
    assert len(token) > 20
    assert token not in result.output
    assert "INTEGRATOR_EXTENSION_SYSTEM_TOKEN" not in os.environ


def test_a_server_that_does_not_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """One clear line, exit code 1."""
    monkeypatch.setattr(demo.sys, "executable", "/bin/false")
    result = CliRunner().invoke(main, ["demo"])
    assert 1 == result.exit_code
    assert "Error: The server did not start; see above.\n" == result.output


def test_a_call_that_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its answer is shown, and the command fails."""

    @contextmanager
    def other_server(token: str) -> Iterator[str]:
        registry = Registry()
        registry.add({"other": lambda options: options})
        with create_server(registry.configuration(system_token=token, port=0)) as server:
            yield server.url

    monkeypatch.setattr(demo, "_server", other_server)
    result = CliRunner().invoke(main, ["demo"])
    assert 1 == result.exit_code
    assert "\n  422 " in result.output
    assert "Error: add_region answered 422.\n" in result.output


def test_the_ping_of_the_quickstart() -> None:
    """A connection without a host is not well."""
    assert {"statusCode": 200} == quickstart.ping_shop(
        {"connection": {"unencrypted": {"host": "shop.example"}}}
    )
    for connection in ({}, {"unencrypted": {}}):
        answer = quickstart.ping_shop({"connection": connection})
        assert (401, "no_host") == (answer["statusCode"], answer["errors"][0]["code"])
