"""One-time tokens in functions: options.client, its modes, and what a process shares."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from ioplugins import Registry, call_function, hook, wrapper
from ioplugins.api import (
    ApiError,
    AsyncClient,
    Client,
    TokenUsed,
    Unauthorized,
    onetime,
)
from ioplugins.api.fake import FakeAPI
from ioplugins.errors import ConfigurationError
from ioplugins.options import ExportOptions, PreMapOptions, PreSavePageOptions


@pytest.fixture(autouse=True)
def _process_of_its_own() -> Iterator[None]:
    """No test shares connections, bucket or ledger with another."""
    onetime.start_over()
    yield
    onetime.start_over()


def invoke(function: Any, token: str | None, **options: Any) -> Any:
    """Call *function* as integrator.io does; gives status and JSON."""
    registry = Registry()
    registry.add(function)
    if token is not None:
        options["bearerToken"] = token
    request = {"diy": True, "function": function.__name__, "options": {"data": [], **options}}
    outcome = call_function(registry.configuration(), request)
    return outcome.status, outcome.body.decode()


# --------------------------------------------------------------------------- options.client


def test_in_a_function(fake_api: FakeAPI) -> None:
    """A hook reads state with the token of its call, which is then used up."""
    fake_api.store.state[""] = {"names": {"1": "Ada"}}

    @hook("preSavePage")
    def add_names(options: PreSavePageOptions) -> Any:
        return {"data": [options.client.state()["names"]], "errors": []}

    token = fake_api.one_time_token()
    assert (200, '{"data":[{"1":"Ada"}],"errors":[]}') == invoke(add_names, token)
    assert [1] == [issued.uses for issued in fake_api.tokens]


def test_in_an_async_function(fake_api: FakeAPI) -> None:
    """The same, awaited, on the process's loop; call after call over kept connections."""
    fake_api.store.state[""] = {"n": 7}

    @wrapper("export")
    async def export(options: ExportOptions) -> Any:
        return {"data": [await options.async_client.state().get("n")], "lastPage": True}

    connection: Any = {"unencrypted": {}, "encrypted": {}}
    for _ in range(3):
        answer = invoke(export, fake_api.one_time_token(), connection=connection)
        assert (200, '{"data":[7],"lastPage":true}') == answer


def test_of_the_raw_mapping(fake_api: FakeAPI) -> None:
    """A function that takes the raw JSON makes its client from it."""

    @hook("preMap")
    def who(options: dict[str, Any]) -> Any:
        return [{"data": Client.from_options(options).token_info()}]

    status, body = invoke(who, fake_api.one_time_token(), data=[1])
    assert 200 == status
    assert "_userId" in body


@pytest.mark.parametrize("token", [None, "", "two words"])
def test_without_a_usable_token(fake_api: FakeAPI, token: str | None) -> None:
    """The function fails with what is missing."""

    @hook("preMap")
    def who(options: PreMapOptions) -> Any:
        return options.client.token_info()

    status, body = invoke(who, token)
    assert 422 == status
    assert "oken" in body
    assert not token or token not in body


def test_an_error_that_passes(fake_api: FakeAPI) -> None:
    """integrator.io gets the API's code and the advice, and nobody the token."""

    @hook("preMap")
    def lose(options: PreMapOptions) -> Any:
        return options.client.exports.get("none")

    token = fake_api.one_time_token()
    status, body = invoke(lose, token)
    assert 422 == status
    assert '"code":"not_found"' in body
    assert "Check the id" in body
    assert token not in body


def test_nobody_has_a_token_in_a_repr(fake_api: FakeAPI) -> None:
    """Neither options, client nor state show it."""
    token = fake_api.one_time_token()
    options = PreMapOptions(bearer_token=token)
    shown = f"{options!r} {options.client!r} {options.async_client!r} {options.client.state()!r}"
    assert token not in shown
    assert "<Client of http://127.0.0.1" in shown


# ------------------------------------------------------------------------------- single use


def options_with(token: str) -> PreMapOptions:
    """Options of a call."""
    return PreMapOptions(bearer_token=token)


def test_warn_is_the_default(fake_api: FakeAPI, caplog: pytest.LogCaptureFixture) -> None:
    """The second use is sent and told, though each `options.client` is a new object."""
    options = options_with(fake_api.one_time_token())
    options.client.token_info()
    assert [] == caplog.messages
    with pytest.raises(Unauthorized, match="good for one use"):
        options.client.token_info()
    assert ["oneTimeTokenUsedAgain" in message for message in caplog.messages] == [True]
    assert 2 == len(fake_api.requests)


def test_an_api_that_takes_it_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """As Celigo's own connectors observe: five and more requests with one token."""
    with FakeAPI(single_use=False) as lenient:
        monkeypatch.setenv("IOPLUGINS_API_URL", lenient.base_url)
        client = options_with(lenient.one_time_token()).client
        for _ in range(5):
            client.token_info()
    assert [200] * 5 == [entry.status for entry in lenient.requests]


def test_off(
    fake_api: FakeAPI, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing is counted and nothing told."""
    monkeypatch.setenv("IOPLUGINS_API_SINGLE_USE", "off")
    client = options_with(fake_api.token()).client
    for _ in range(3):
        client.token_info()
    assert [] == caplog.messages


async def awaited(options: PreMapOptions) -> None:
    """Use the client of tasks, and leave no connection to a loop that ends."""
    try:
        await options.async_client.token_info()
    finally:
        await onetime.shared().async_pool().close()


def test_strict_sends_once(fake_api: FakeAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever makes the second request: another client, an update's PUT, a further page."""
    monkeypatch.setenv("IOPLUGINS_API_SINGLE_USE", "strict")
    for use in (
        lambda o: (o.client.token_info(), o.client.token_info()),
        lambda o: (o.client.token_info(), asyncio.run(awaited(o))),
        lambda o: (o.client.token_info(), Client.from_options(dict(o)).token_info()),
        lambda o: o.client.integrations.update("n1", {"name": "new"}),
        lambda o: list(o.client.pages("/integrations", {"limit": 1})),
    ):
        with FakeAPI(single_use=False) as lenient:
            monkeypatch.setenv("IOPLUGINS_API_URL", lenient.base_url)
            lenient.store.add("integrations", {"_id": "n1", "name": "a"})
            lenient.store.add("integrations", {"name": "b"})
            with pytest.raises(TokenUsed, match="was not sent"):
                use(options_with(lenient.one_time_token()))
            assert 1 == len(lenient.requests)


@pytest.mark.parametrize("fault", [{"status": 429, "retry_after": 0}, {"broken": True}])
def test_strict_does_not_try_again(
    fake_api: FakeAPI, monkeypatch: pytest.MonkeyPatch, fault: Any
) -> None:
    """Whether a 429 or a broken connection uses a token up is not known."""
    monkeypatch.setenv("IOPLUGINS_API_SINGLE_USE", "strict")
    fake_api.fail(**fault)
    with pytest.raises(ApiError):
        options_with(fake_api.one_time_token()).client.token_info()
    assert 1 == len(fake_api.requests)


def test_strict_under_contention(fake_api: FakeAPI) -> None:
    """Threads and tasks with one token: one request, whoever wins; with many tokens one each."""
    tokens = [fake_api.one_time_token() for _ in range(20)]
    used: list[str] = []
    refused: list[str] = []
    start = threading.Barrier(8)

    def use_all() -> None:
        start.wait()
        for token in tokens:
            try:
                Client.from_options({"bearerToken": token}, single_use="strict").token_info()
                used.append(token)
            except TokenUsed:
                refused.append(token)

    async def tasks() -> None:
        async def use(token: str) -> None:
            client = AsyncClient.from_options({"bearerToken": token}, single_use="strict")
            try:
                await client.token_info()
                used.append(token)
            except TokenUsed:
                refused.append(token)

        await asyncio.gather(*(use(token) for token in tokens for _ in range(3)))
        await onetime.shared().async_pool().close()

    threads = [threading.Thread(target=use_all) for _ in range(7)]
    for thread in threads:
        thread.start()
    start.wait()
    asyncio.run(tasks())
    for thread in threads:
        thread.join()
    assert sorted(tokens) == sorted(used)
    assert 20 * 9 == len(refused)
    assert [200] * 20 == [entry.status for entry in fake_api.requests]


# ------------------------------------------------------------------------ what a process shares


def test_connections_outlive_calls(fake_api: FakeAPI) -> None:
    """Each call has its own token, all have the same pool and the same bucket."""
    clients = [options_with(fake_api.one_time_token()).client for _ in range(3)]
    assert 1 == len({id(client._driver._pool) for client in clients})
    assert 1 == len({id(client._core.bucket) for client in clients})
    for client in clients:
        client.token_info()
        client.close()  # shared connections stay open
    assert [200] * 3 == [entry.status for entry in fake_api.requests]


def test_max_sockets_bounds_the_pool(monkeypatch: pytest.MonkeyPatch) -> None:
    """The host's setting, when it has one; pools of another bound are others."""
    assert 20 == onetime.connections()
    first = onetime.shared().pool()
    for bound, connections in ((0, 20), (3, 3)):
        settings = SimpleNamespace(max_sockets=bound, logger=logging.getLogger())
        monkeypatch.setattr(onetime, "current_call", lambda s=settings: SimpleNamespace(settings=s))
        assert connections == onetime.connections()
    bounded = onetime.shared().pool()
    assert bounded is not first
    assert bounded is onetime.shared().pool()
    assert 3 == bounded._http._transport._pool._max_connections  # type: ignore[attr-defined]


def test_each_loop_has_its_pool() -> None:
    """Connections of one loop serve no other; a loop that is gone takes its pool along."""
    pools: list[int] = []

    async def use() -> None:
        assert onetime.shared().async_pool() is onetime.shared().async_pool()
        pools.append(id(onetime.shared().async_pool()))
        await asyncio.sleep(0)

    asyncio.run(use())
    asyncio.run(use())
    gc.collect()
    assert 2 == len(pools)
    assert 0 == len(onetime.shared()._async_pools)


def test_the_share_of_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of several processes each takes its part of the account's limit."""
    monkeypatch.setenv("IOPLUGINS_API_SHARE", "0.5")
    assert (500, 150.0) == (onetime.shared().bucket.size, onetime.shared().bucket.per_second)
    assert onetime.shared().bucket is onetime.shared().bucket


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_fork_shares_nothing() -> None:
    """A child has connections, locks and ledger of its own, even when a lock was held."""
    code = """
import os, sys
from ioplugins.api import onetime
before = onetime.shared()
before.pool()
before._lock.acquire()
child = os.fork()
if child == 0:
    ok = onetime.shared() is not before and onetime.shared().pool() and onetime.shared().bucket
    os._exit(0 if ok else 1)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    ran = subprocess.run([sys.executable, "-c", code], timeout=60, capture_output=True, text=True)
    assert 0 == ran.returncode, ran.stderr


# -------------------------------------------------------------------------------- what it costs


def modules_after(code: str) -> set[str]:
    """The modules that are loaded in a fresh process after *code*."""
    code += "\nimport sys; print(*sys.modules)"
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    return set(ran.stdout.splitlines()[-1].split())


HEAVY = {"httpx", "httpcore", "tenacity", "pyrate_limiter", "asyncio", "werkzeug"}


@pytest.mark.parametrize(
    "code",
    [
        "import ioplugins",
        "import ioplugins.options.shared",
        "import ioplugins.api",
        "import ioplugins.api.errors",
    ],
)
def test_importing_costs_nothing(code: str) -> None:
    """The first client loads httpx, not an import."""
    assert set() == modules_after(code) & HEAVY


def test_a_function_that_does_not_call_back_pays_nothing() -> None:
    """A whole call with a token in its options loads nothing of the client."""
    loaded = modules_after("""
from ioplugins import Registry, call_function, hook
@hook("preMap")
def same(options):
    return [{"data": record} for record in options.data]
registry = Registry()
registry.add(same)
request = {"diy": True, "function": "same", "options": {"data": [{}], "bearerToken": "t"}}
outcome = call_function(registry.configuration(), request)
assert outcome.body == b'[{"data":{}}]', outcome
""")
    assert set() == {name for name in loaded if name.startswith("ioplugins.api")}
    assert set() == loaded & {"httpx", "tenacity", "pyrate_limiter"}


def test_the_missing_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without httpx the error says what to install."""
    code = """
import sys
sys.modules["httpx"] = None
from ioplugins.options import PreMapOptions
try:
    PreMapOptions(bearer_token="t").client
except ImportError as error:
    print(error)
"""
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert 'The API client needs httpx: pip install "ioplugins[api]"' == ran.stdout.strip()


def test_a_wrong_environment_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A typo in the stack's settings is an error that names it, not a call somewhere else."""
    monkeypatch.setenv("IOPLUGINS_API_REGION", "europe")
    with pytest.raises(ConfigurationError, match="na, eu, au, ca"):
        _ = options_with("t").client
