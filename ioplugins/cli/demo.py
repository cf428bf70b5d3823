"""``ioplugins demo``: a real server on a free port, called over HTTP as integrator.io would."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from typing import Final
from urllib.parse import urlsplit

import click

from ioplugins.cli.shared import Command
from ioplugins.configuration import TOKEN_VARIABLE
from ioplugins.jsonvalue import JSON

_IDS: Final = {
    "_flowId": "5f1a00000000000000000f01",
    "_integrationId": "5f1a00000000000000000a01",
    "settings": {},
}
_CONNECTION: Final = {"unencrypted": {"host": "shop.example"}, "encrypted": {}}
_WIDTH: Final = 100


@click.command("demo", cls=Command)
def command() -> None:
    """Serve bundled functions, call each as integrator.io would, and show what is said.

    \b
    Example:
      ioplugins demo
    """  # noqa: D301 - \b is click's mark for text that keeps its lines
    token = secrets.token_urlsafe(24)
    with _server(token) as url, closing(_Caller(url, token)) as caller:
        click.echo(f"A server with three functions listens on {url}.\n")
        records = [{"id": 1}, {"id": 2}]
        caller.call("add_region", {**_IDS, "data": records}, "a hook changes a page of records")
        caller.call("pingShop", {"connection": _CONNECTION}, "is the connection well?")
        state: JSON = None
        last = False
        while not last:
            options = {**_IDS, "connection": _CONNECTION, "type": None}
            if state is not None:
                options["state"] = state
            answer = caller.call("exportOrders", options, "an export, page by page")
            state, last = answer["state"], answer["lastPage"]
    click.echo("The server has stopped. Now write your own: ioplugins dev functions.py")


@contextmanager
def _server(token: str) -> Iterator[str]:
    """``ioplugins serve`` in a process of its own; its URL once it is ready."""
    process = subprocess.Popen(
        [sys.executable, "-m", "ioplugins", "serve", "ioplugins.cli.quickstart", "--port", "0"],
        env={**os.environ, TOKEN_VARIABLE: token},
        stdout=subprocess.PIPE,
        text=True,
    )
    lines: Iterable[str] = process.stdout or ()
    try:
        for line in lines:
            if line.startswith("ioplugins is serving on "):
                yield line.split()[-1]
                break
        else:
            raise click.ClickException("The server did not start; see above.")
    finally:
        process.terminate()
        process.communicate(timeout=60)


class _Caller:
    """Calls functions over HTTP and prints what was sent and answered."""

    def __init__(self, url: str, token: str) -> None:
        parts = urlsplit(url)
        self._connection = HTTPConnection(parts.hostname or "", parts.port, timeout=30)
        self._token = token

    def close(self) -> None:
        self._connection.close()

    def call(self, name: str, options: JSON, purpose: str) -> JSON:
        request = {"diy": True, "function": name, "options": options}
        self._connection.request(
            "POST",
            "/function",
            json.dumps(request),
            {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"},
        )
        response = self._connection.getresponse()
        answer = json.loads(response.read())
        click.echo(f"{name}: {purpose}")
        click.echo(f"  POST /function  {_short(request)}")
        click.echo(f"  {response.status}             {_short(answer)}\n")
        if response.status != 200:
            raise click.ClickException(f"{name} answered {response.status}.")
        return answer


def _short(value: JSON) -> str:
    text = json.dumps(value)
    return text if len(text) <= _WIDTH else f"{text[: _WIDTH - 4]} ..."
