"""8 threads and 200 tasks share a token and a bucket: nothing exceeds it, is lost or doubled.

The fake counts. The many requests go to its application without a socket, so that the bucket is
what limits them and not the speed of the machine; a smaller number goes over connections.
"""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from typing import Any

import httpx
import pytest

from ioplugins.api import AsyncClient, AsyncPool, Bucket, Client, Pool, RateLimited, Retries
from ioplugins.api.fake import FakeAPI

THREADS, TASKS = 8, 200
SIZE, PER_SECOND = 1000, 1500.0


class InMemory(httpx.AsyncBaseTransport):
    """Carries the requests of tasks to a WSGI application."""

    def __init__(self, app: Any) -> None:
        self._wsgi = httpx.WSGITransport(app)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        await asyncio.sleep(0)  # as a network would, let the others go on
        answer = self._wsgi.handle_request(request)
        content = answer.read()
        return httpx.Response(answer.status_code, headers=answer.headers, content=content)


def contend(
    fake: FakeAPI, requests: int, bucket: Bucket, pools: tuple[Pool, AsyncPool], retries: Retries
) -> Counter[str]:
    """*requests* writes of different keys by all threads and tasks; gives how each ended."""
    settings: Any = {"base_url": fake.base_url, "bucket": bucket, "retries": retries}
    token = fake.token()
    work = iter(range(requests))
    taking = threading.Lock()
    ended: Counter[str] = Counter()

    def take() -> int | None:
        with taking:
            return next(work, None)

    def name(error: Exception | None) -> str:
        return type(error).__name__ if error else "done"

    client = Client(token, pool=pools[0], **settings)

    def thread() -> None:
        while (number := take()) is not None:
            problem = None
            try:
                client.put(f"/state/k{number}", number)
            except RateLimited as error:
                problem = error
            with taking:
                ended[name(problem)] += 1

    async def tasks() -> None:
        async with AsyncClient(token, pool=pools[1], **settings) as awaited:

            async def task() -> None:
                while (number := take()) is not None:
                    problem = None
                    try:
                        await awaited.put(f"/state/k{number}", number)
                    except RateLimited as error:
                        problem = error
                    with taking:
                        ended[name(problem)] += 1

            await asyncio.gather(*(task() for _ in range(TASKS)))
        await pools[1].close()

    threads = [threading.Thread(target=thread) for _ in range(THREADS)]
    for one in threads:
        one.start()
    asyncio.run(tasks())
    for one in threads:
        one.join()
    pools[0].close()
    return ended


def most_above_the_bucket(fake: FakeAPI) -> float:
    """By how much the requests that came exceeded size + rate x time, over all windows.

    It is counted from the log, not by the fake's own bucket.
    """
    level = worst = 0.0
    before = fake.requests[0].at
    for entry in fake.requests:
        level = max(0.0, level - (entry.at - before) * PER_SECOND) + 1
        before = entry.at
        worst = max(worst, level - SIZE)
    return worst


def test_ten_thousand_requests() -> None:
    """None refused, none lost, none doubled, never more than the bucket holds."""
    fake = FakeAPI(size=SIZE, per_second=PER_SECOND)
    pools = Pool(transport=httpx.WSGITransport(fake.app)), AsyncPool(transport=InMemory(fake.app))
    # A share below the whole: what is on its way when others come arrives later than it was due.
    bucket = Bucket(SIZE, PER_SECOND, share=0.75)

    ended = contend(fake, 10_000, bucket, pools, Retries(tries=1))

    assert {"done": 10_000} == ended
    assert {201: 10_000} == Counter(entry.status for entry in fake.requests)
    assert most_above_the_bucket(fake) <= 0
    assert {f"k{number}": number for number in range(10_000)} == fake.store.state[""]


def test_without_a_bucket_the_fake_refuses() -> None:
    """The counterpart: the same load without a bucket on our side is refused by the fake."""
    fake = FakeAPI(size=50, per_second=20)
    pools = Pool(transport=httpx.WSGITransport(fake.app)), AsyncPool(transport=InMemory(fake.app))

    ended = contend(fake, 500, Bucket(10_000, 10_000), pools, Retries(tries=1))

    assert 500 == sum(ended.values())
    assert ended["RateLimited"] > 0
    assert ended["RateLimited"] == len([e for e in fake.requests if e.status == 429])
    assert ended["done"] == len(fake.store.state[""])


@pytest.mark.parametrize("fault", [{"status": 429, "retry_after": 0}, {"broken": True}])
def test_over_connections(fault: Any) -> None:
    """Over sockets, with requests that fail on the way: each is done exactly once in the end."""
    with FakeAPI(size=SIZE, per_second=PER_SECOND) as fake:
        fake.fail(**fault, times=20)
        bucket = Bucket(SIZE, PER_SECOND, share=0.75)
        ended = contend(
            fake, 600, bucket, (Pool(), AsyncPool()), Retries(tries=30, first_wait=0.01)
        )

    assert {"done": 600} == ended
    assert 20 == len([entry for entry in fake.requests if entry.status in {0, 429}])
    assert {201: 600} == Counter(e.status for e in fake.requests if e.status not in {0, 429})
    assert 600 == len(fake.store.state[""])
