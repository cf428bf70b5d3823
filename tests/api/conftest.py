"""What the tests of the API client share: a fake, both clients, steps without I/O."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Iterator
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from ioplugins.api import AsyncClient, Client, Retries
from ioplugins.api.exchange import Item, Send, Wait
from ioplugins.api.fake import FakeAPI
from ioplugins.api.fake.fixture import fake_api  # noqa: F401 - the fixture itself

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

CONNECTOR = "5f1a00000000000000000c01"

SEED: Any = {
    "connections": [
        {"_id": "c1", "type": "http", "name": "Shop", "http": {"auth": {"token": "deep-secret"}}},
        {"_id": "c2", "type": "http", "offline": True},
    ],
    "exports": [
        {"_id": "e1", "_connectionId": "c1", "name": "Orders"},
        {"_id": "e2", "_connectionId": "c1", "name": "App", "_connectorId": CONNECTOR},
    ],
    "imports": [{"_id": "i1", "_connectionId": "c1", "name": "Invoices"}],
    "flows": [
        {"_id": "f1", "name": "Nightly", "_integrationId": "n1"},
        {"_id": "f2", "name": "Off", "disabled": True},
    ],
    "integrations": [
        {
            "_id": "n1",
            "name": "Shop to ERP",
            "version": "1.0.0",
            "updateInProgress": True,
            "settings": {"pageSize": 20, "region": {"code": "EU"}},
            "installSteps": [{"name": "one"}, {"name": "two"}],
            "install": [{"name": "Bundle", "installerFunction": "verify", "completed": False}],
        }
    ],
    "connectors": [{"_id": CONNECTOR, "name": "Shop app"}],
    "stacks": [
        {
            "_id": "s1",
            "name": "Ours",
            "type": "server",
            "server": {"hostURI": "https://ext.example"},
        },
        {
            "_id": "s2",
            "name": "Cloud",
            "type": "lambda",
            "lambda": {
                "accessKeyId": "AKIA",
                "secretAccessKey": "lambda-secret",
                "awsRegion": "eu-west-1",
                "functionName": "f",
            },
        },
    ],
    "jobs": [
        {"_id": "j1", "type": "flow", "_flowId": "f1", "status": "running", "numError": 0},
        {"_id": "j2", "type": "import", "_flowId": "f1", "status": "completed", "numError": 3},
    ],
    "state": {"apple": 1},
    "resourceState": {"integrations/n1": {"names": {"1": "Ada"}}},
    "records": {
        "e1": [{"id": 1}, {"id": 2}],
        "c1": [{"id": number} for number in range(1, 6)],
    },
    "flowErrors": {"f1": {"i1": [{"errorId": str(number)} for number in range(120)]}},
    "jobErrors": {"j2": [{"code": "422", "message": "bad"}]},
}

#: Tries without patience, for tests in which they fail.
HASTY = Retries(first_wait=0.001)


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing from outside decides where the API is."""
    for variable in list(os.environ):
        if variable.startswith("IOPLUGINS_"):
            monkeypatch.delenv(variable)


@pytest.fixture
def fake() -> Iterator[FakeAPI]:
    """A fake with some of everything."""
    with FakeAPI(SEED) as running:
        yield running


@pytest.fixture
def http(fake: FakeAPI) -> Iterator[httpx.Client]:
    """Plain httpx with a token of the account: what tests the fake by itself."""
    headers = {"Authorization": f"Bearer {fake.token()}"}
    with httpx.Client(base_url=fake.base_url, headers=headers, timeout=30) as client:
        yield client


class Caller:
    """Calls an operation on `Client` or on `AsyncClient`, and gives what both give."""

    def __init__(self, fake: FakeAPI, *, awaited: bool) -> None:
        self.fake = fake
        self.awaited = awaited

    def __call__(self, do: Callable[[Any], Any], token: str | None = None, **settings: Any) -> Any:
        """What ``do(client)`` gives; pages as a list."""
        token = token or self.fake.token()
        settings = {"base_url": self.fake.base_url, "retries": HASTY, **settings}
        if self.awaited:
            return asyncio.run(self._awaited(do, token, settings))
        with Client(token, **settings) as client:
            given = do(client)
            return list(given) if isinstance(given, Iterator) else given

    async def _awaited(self, do: Callable[[Any], Any], token: str, settings: Any) -> Any:
        async with AsyncClient(token, **settings) as client:
            given = do(client)
            if isinstance(given, AsyncIterator):
                return [item async for item in given]
            return await given if isinstance(given, Awaitable) else given


@pytest.fixture(params=["blocking", "awaited"])
def call(fake: FakeAPI, request: pytest.FixtureRequest) -> Caller:
    """Both clients, one after the other."""
    return Caller(fake, awaited=request.param == "awaited")


class Played:
    """What an operation did when it was played without I/O.

    Attributes:
        sent: The calls it sent.
        waits: The seconds it waited.
        items: What it handed on.
        outcome: What it gave, unless it raised.
        error: What it raised.
    """

    def __init__(self, steps: Generator[Any, Any, Any], answers: Any) -> None:
        self.sent: list[Any] = []
        self.waits: list[float] = []
        self.items: list[Any] = []
        self.outcome: Any = None
        self.error: Exception | None = None
        coming = iter(answers)
        given: Any = None
        try:
            while True:
                step = steps.send(given)
                given = None
                if isinstance(step, Send):
                    self.sent.append(step.call)
                    given = next(coming)
                elif isinstance(step, Wait):
                    self.waits.append(step.seconds)
                else:
                    assert isinstance(step, Item)
                    self.items.append(step.value)
        except StopIteration as stop:
            self.outcome = stop.value
        except Exception as error:
            self.error = error


@pytest.fixture
def play() -> Callable[..., Played]:
    """Plays steps with prepared answers."""
    return lambda steps, *answers: Played(steps, answers)


@pytest.fixture
def hasty() -> Retries:
    """Retries without patience."""
    return HASTY


@pytest.fixture
def connector_id() -> str:
    """The integration app of the seed."""
    return CONNECTOR
