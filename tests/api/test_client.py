"""Both clients over real connections: verbs, bad days, secrets, life and death."""

from __future__ import annotations

import asyncio
import inspect
import io
import logging
import threading
import traceback
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from ioplugins.api import (
    ApiError,
    AsyncClient,
    AsyncPool,
    Bucket,
    Client,
    MaskedSecret,
    NoAnswer,
    Pool,
    RateLimited,
    Retries,
    Unauthorized,
)
from ioplugins.api.fake import FakeAPI
from ioplugins.errors import ConfigurationError

Call = Callable[..., Any]
SECRET = "f00dface0badcafe"


# ---------------------------------------------------------------------------------- verbs


def test_verbs(call: Call) -> None:
    """get, post, put, patch, delete, and request for the rest."""
    made = call(lambda c: c.post("/scripts", {"name": "S"}))
    path = f"/scripts/{made['_id']}"
    assert made == call(lambda c: c.get(path))
    assert {"_id": made["_id"]} == call(lambda c: c.get(path, {"include": "_id"}))
    assert "T" == call(lambda c: c.put(path, {"name": "T"}))["name"]
    patch = [{"op": "replace", "path": "/name", "value": "U"}]
    assert call(lambda c: c.patch(path, patch)) is None
    assert "U" == call(lambda c: c.request("get", path))["name"]
    assert call(lambda c: c.delete(path)) is None
    assert {"success": True} == call(
        lambda c: c.request("PUT", "/integrations/n1/utilities/x", {}, headers={"X-Mine": "1"})
    )
    assert "_jobId" in call(lambda c: c.post("/flows/f1/run"))


def test_who_am_i(call: Call) -> None:
    """The token's user and scope."""
    assert {"_userId", "scope"} == set(call(lambda c: c.token_info()))


def test_texts(call: Call) -> None:
    """Some routes answer a text."""
    assert "Created" == call(lambda c: c.put("/state/k", 1))
    assert "OK" == call(lambda c: c.put("/state/k", 2))


@pytest.mark.parametrize("verb", ["put", "post", "patch"])
def test_verbs_write_no_mask(call: Call, fake: FakeAPI, verb: str) -> None:
    """A document that was read cannot be written back with its masks; request() lets them."""
    shown = call(lambda c: c.get("/connections/c1"))
    with pytest.raises(MaskedSecret, match=r"\$\.http\.auth\.token"):
        call(lambda c: getattr(c, verb)("/connections/c1", shown))
    assert ["GET"] == [entry.method for entry in fake.requests]
    call(lambda c: c.request("PUT", "/connections/c1", shown))
    assert "******" == fake.store.documents["connections"]["c1"]["http"]["auth"]["token"]


def test_pages(call: Call) -> None:
    """Page by page, as lists."""
    assert [["e1"], ["e2"]] == [
        [doc["_id"] for doc in page] for page in call(lambda c: c.pages("/exports", {"limit": 1}))
    ]


# ---------------------------------------------------------------------------------- bad days


def test_a_wrong_token(call: Call) -> None:
    """401, and what to do."""
    with pytest.raises(Unauthorized, match="Check that the token is valid"):
        call(lambda c: c.exports.find(), token="wrong")


def test_a_gateway(call: Call, fake: FakeAPI) -> None:
    """An HTML page of a gateway is tried again for GET, not for POST."""
    fake.fail(html=True, status=502)
    assert 2 == len(call(lambda c: c.exports.find()))
    fake.fail(html=True, status=502)
    with pytest.raises(ApiError, match="HTML page") as caught:
        call(lambda c: c.flows.run("f1"))
    assert 502 == caught.value.status


def test_html_with_200(call: Call, fake: FakeAPI) -> None:
    """A login page of a proxy is no answer."""
    fake.fail(html=True, status=200)
    with pytest.raises(ApiError, match="200: an HTML page"):
        call(lambda c: c.exports.find())


def test_a_broken_connection(call: Call, fake: FakeAPI) -> None:
    """GET is tried again; a POST may have been carried out, and is not."""
    fake.fail(broken=True)
    assert 2 == len(call(lambda c: c.exports.find()))
    fake.fail(broken=True, after=True)
    with pytest.raises(NoAnswer, match="Whether the API did what was asked is not known"):
        call(lambda c: c.flows.run("f1"))
    assert 3 == len(fake.store.documents["jobs"])


def test_too_slow(call: Call, fake: FakeAPI) -> None:
    """The client's time limit ends it."""
    fake.fail(delay=5)
    with pytest.raises(NoAnswer, match="it took too long"):
        call(lambda c: c.flows.run("f1"), timeout=0.05)


def test_nobody_there(call: Call) -> None:
    """No connection at all, after a few tries."""
    with pytest.raises(NoAnswer, match="the connection could not be made"):
        call(lambda c: c.exports.find(), base_url="http://127.0.0.1:1/v1")


def test_rate_limited(call: Call, fake: FakeAPI) -> None:
    """After 429 even a POST is sent again, and carried out once."""
    fake.fail(status=429, retry_after="0")
    call(lambda c: c.flows.run("f1"))
    assert [429, 201] == [entry.status for entry in fake.requests]
    fake.fail(status=429, retry_after="3600")
    with pytest.raises(RateLimited, match="Try again in 3600 seconds") as caught:
        call(lambda c: c.flows.run("f1"))
    assert 3600.0 == caught.value.retry_after


def test_the_retry_after_of_the_fake(call: Call) -> None:
    """The fake's own limit, waited for as it asks."""
    with FakeAPI(size=1, per_second=1) as small:
        token = small.token()
        for _ in range(2):
            call(lambda c: c.token_info(), token, base_url=small.base_url)
        assert [200, 429, 200] == [entry.status for entry in small.requests]


def test_a_redirect_is_not_followed(call: Call, fake: FakeAPI) -> None:
    """The token would go along."""
    fake.fail(status=302, body={})
    with pytest.raises(ApiError, match="A redirect is not followed"):
        call(lambda c: c.get("/exports"))
    assert 1 == len(fake.requests)


def test_leaving_the_host(call: Call, fake: FakeAPI) -> None:
    """A whole URL of another host is refused before anything is sent."""
    with pytest.raises(ValueError, match="not sent there"):
        call(lambda c: c.get("https://elsewhere.example/v1/exports"))
    assert 2 == len(call(lambda c: c.get(f"{fake.base_url}/exports")))


# ----------------------------------------------------------------------------------- secrets


@pytest.fixture
def listened() -> Iterator[io.StringIO]:
    """Everything that any logger says."""
    heard = io.StringIO()
    handler = logging.StreamHandler(heard)
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield heard
    root.removeHandler(handler)
    root.setLevel(level)


def told_by(error: BaseException) -> str:
    """All that a traceback can show, variables included, and the chain behind it.

    The frames of this file are left out: they know the secret's name, as an author's would.
    """
    parts = ["".join(traceback.format_exception(error)), repr(error), repr(vars(error))]
    for frame, _ in traceback.walk_tb(error.__traceback__):
        if frame.f_code.co_filename != __file__:
            parts += [f"{name}={value!r}" for name, value in frame.f_locals.items()]
    parts += [told_by(other) for other in (error.__cause__, error.__context__) if other]
    return "".join(parts)


@pytest.mark.parametrize(
    ("fault", "method"),
    [
        ({}, "GET"),
        ({"status": 401}, "GET"),
        ({"status": 500, "body": {"message": f"Bearer {SECRET}"}}, "GET"),
        ({"html": True, "status": 400}, "GET"),
        ({"broken": True}, "POST"),
        ({"delay": 2}, "POST"),
    ],
)
@pytest.mark.parametrize("awaited", [False, True])
def test_no_token_in_logs_nor_tracebacks(
    fake: FakeAPI, listened: io.StringIO, fault: Any, method: str, awaited: bool
) -> None:
    """Whatever goes wrong: logs at DEBUG and tracebacks with variables hold no token."""
    fake.token(SECRET)
    if fault:
        fake.fail(**fault, times=5)
    settings: Any = {"base_url": fake.base_url, "timeout": 0.2, "retries": Retries(tries=1)}

    async def use() -> None:
        async with AsyncClient(SECRET, **settings) as client:
            assert SECRET not in repr(client)
            await client.request(method, "/missing")

    errors: list[BaseException] = []
    try:
        if awaited:
            asyncio.run(use())
        else:
            with Client(SECRET, **settings) as client:
                assert SECRET not in repr(client)
                client.request(method, "/missing")
    except ApiError as error:
        errors.append(error)
    assert 1 == len(errors)
    assert SECRET not in told_by(errors[0])
    assert "request" in listened.getvalue()
    assert SECRET not in listened.getvalue()


@pytest.mark.parametrize(
    "settings",
    [{"region": "mars"}, {"base_url": "http://far.example"}, {"region": "na", "base_url": "x"}],
)
@pytest.mark.parametrize("kind", [Client, AsyncClient])
def test_no_token_when_settings_are_wrong(kind: Any, settings: Any) -> None:
    """Nor does an error of the constructor hold it."""
    with pytest.raises(ConfigurationError) as caught:
        kind(SECRET, **settings)
    assert SECRET not in told_by(caught.value)


# -------------------------------------------------------------------------- life and death


def test_a_closed_client(fake: FakeAPI) -> None:
    """Its connections are gone; those of a pool that was given are not."""
    pool = Pool()
    with Client(fake.token(), base_url=fake.base_url, pool=pool) as client:
        client.token_info()
    client.token_info()
    pool.close()
    with pytest.raises(RuntimeError, match="closed"):
        client.token_info()
    with Client(fake.token(), base_url=fake.base_url) as client:
        client.token_info()
    with pytest.raises(RuntimeError, match="closed"):
        client.token_info()


def test_a_pool_of_tasks(fake: FakeAPI) -> None:
    """Given, or asked for when a request is sent."""

    async def use() -> None:
        pool = AsyncPool(2)
        for given in (pool, lambda: pool):
            async with AsyncClient(fake.token(), base_url=fake.base_url, pool=given) as client:
                await asyncio.gather(*(client.token_info() for _ in range(10)))
        await client.token_info()
        await pool.close()

    asyncio.run(use())


def test_connections_are_kept_and_bounded(fake: FakeAPI) -> None:
    """Many threads, few connections; what waits for one is not lost."""
    used: set[Any] = set()
    answer = fake.app.__call__

    class Watching:
        def __call__(self, environ: Any, start: Any) -> Any:
            used.add(environ["REMOTE_PORT"])
            return answer(environ, start)

    assert fake._serving is not None
    fake._serving._server.app = Watching()  # type: ignore[assignment]
    with Client(fake.token(), base_url=fake.base_url, pool=(pool := Pool(3))) as client:
        threads = [
            threading.Thread(target=lambda: [client.token_info() for _ in range(5)])
            for _ in range(12)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    pool.close()
    assert 60 == len(fake.requests)
    assert 1 <= len(used) <= 3


def test_cookies_are_not_kept(fake: FakeAPI) -> None:
    """What one account was given is not sent for another over the same connections."""
    sent: list[Any] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request.headers.get("cookie"))
        return httpx.Response(200, json={}, headers={"Set-Cookie": "session=mine; Path=/"})

    pool = Pool(transport=httpx.MockTransport(answer))
    for token in ("a", "b"):
        Client(token, pool=pool).token_info()
        Client(token, pool=pool).token_info()
    assert [None] * 4 == sent


def test_what_is_sent() -> None:
    """Token, types and body as the API wants them."""
    sent: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(200, json={})

    client = Client("t0k3n", region="eu", pool=Pool(transport=httpx.MockTransport(answer)))
    client.put("/exports/e1", {"name": "ü"})
    client.get("/exports")
    put, get = sent
    assert "https://api.eu.integrator.io/v1/exports/e1" == str(put.url)
    assert "Bearer t0k3n" == put.headers["authorization"]
    assert "application/json" == put.headers["content-type"] == get.headers["accept"]
    assert '{"name":"ü"}'.encode() == put.content
    assert "content-type" not in get.headers


def test_one_definition_for_both() -> None:
    """Both clients have the same operations, with the same parameters and words."""
    both: list[Any] = [Client("t"), AsyncClient("t")]
    areas = ["exports", "imports", "flows", "connections", "integrations", "jobs", "stacks"]
    for blocking, awaited in [tuple(both), *((getattr(c, a) for c in both) for a in areas)]:
        names = [n for n in dir(blocking) if not n.startswith("_") and n not in {"close", "state"}]
        assert names
        for name in names:
            first, second = getattr(blocking, name), getattr(awaited, name)
            if callable(first) and name != "from_options":
                assert inspect.signature(first) == inspect.signature(second)
                assert first.__doc__ == second.__doc__
                assert first.__doc__
    assert ["path", "params"] == list(inspect.signature(both[0].get).parameters)
    both[0].close()
    asyncio.run(both[1].close())


def test_its_own_bucket(call: Call) -> None:
    """A bucket that is full for too long is an error of this client alone."""
    full = Bucket(size=1, per_second=0.001)
    call(lambda c: c.token_info(), bucket=full)
    with pytest.raises(RateLimited, match="was not sent"):
        call(lambda c: c.token_info(), bucket=full)
    call(lambda c: c.token_info())
