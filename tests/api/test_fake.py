"""The fake by itself, asked with plain httpx: it answers as the API is documented to."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from ioplugins.api.fake import FakeAPI, Fault, read_seed
from ioplugins.api.fake.limiting import LeakyBucket
from ioplugins.errors import ConfigurationError


@pytest.fixture
def bare(fake: FakeAPI) -> Iterator[httpx.Client]:
    """A plain client without a token."""
    with httpx.Client(base_url=fake.base_url, timeout=30) as client:
        yield client


def bearer(token: str) -> dict[str, str]:
    """The header with *token*."""
    return {"Authorization": f"Bearer {token}"}


def code_of(answer: httpx.Response) -> tuple[int, str]:
    """Status and the first error's code."""
    return answer.status_code, answer.json()["errors"][0]["code"]


# ------------------------------------------------------------------------------------- tokens


@pytest.mark.parametrize("header", [None, "", "Bearer wrong", "Basic x", "bearer x", "Bearer"])
def test_no_good_token(bare: httpx.Client, header: str | None) -> None:
    """401 with a code."""
    headers = {} if header is None else {"Authorization": header}
    assert (401, "unauthorized") == code_of(bare.get("/exports", headers=headers))


def test_bearer_bearer(bare: httpx.Client, fake: FakeAPI) -> None:
    """400 with a message alone, as is documented for it."""
    answer = bare.get("/exports", headers=bearer(f"Bearer {fake.token()}"))
    assert (400, {"message": "Bearer Authentication Failed"}) == (answer.status_code, answer.json())


def test_one_time_tokens_expire_on_use(bare: httpx.Client, fake: FakeAPI) -> None:
    """The first request is let in, whatever becomes of it; the second is not."""
    once = bearer(fake.one_time_token())
    assert 404 == bare.get("/exports/none", headers=once).status_code
    assert (401, "unauthorized") == code_of(bare.get("/exports", headers=once))


def test_one_time_tokens_expire_unused(bare: httpx.Client, fake: FakeAPI) -> None:
    """After 15 minutes; tokens of the account do not."""
    early, late, account = fake.one_time_token(), fake.one_time_token(), fake.token()
    fake.clock.advance(15 * 60 - 1)
    assert 200 == bare.get("/exports", headers=bearer(early)).status_code
    fake.clock.advance(2)
    answer = bare.get("/exports", headers=bearer(late))
    assert (401, "unauthorized") == code_of(answer)
    assert "expired" in answer.json()["errors"][0]["message"]
    assert 200 == bare.get("/exports", headers=bearer(account)).status_code


def test_reusable_one_time_tokens() -> None:
    """As observed with Celigo's own connectors; used once, it outlives 15 minutes."""
    with FakeAPI(single_use=False) as lenient, httpx.Client(base_url=lenient.base_url) as client:
        once = bearer(lenient.one_time_token())
        assert [200, 200] == [client.get("/tokenInfo", headers=once).status_code for _ in range(2)]
        assert 2 == lenient.tokens[0].uses


def test_whose_token(http: httpx.Client) -> None:
    """GET /tokenInfo."""
    assert {"_userId", "scope"} == set(http.get("/tokenInfo").json())


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/exports/e2", None, 200),
        ("PUT", "/exports/e2", {"_connectionId": "c9", "name": "Mine"}, 200),
        ("PUT", "/exports/e2/state/k", 1, 201),
        ("DELETE", "/exports/e2", None, 204),
        ("GET", "/exports/e1", None, 403),
        ("PUT", "/exports/e1", {"_connectionId": "c9"}, 403),
        ("DELETE", "/exports/e1", None, 403),
        ("GET", "/exports/e1/state", None, 403),
        ("GET", "/state", None, 403),
        ("PUT", "/state/k", 1, 403),
        ("POST", "/stacks", {"name": "x", "type": "server"}, 403),
        ("POST", "/exports/e1/invoke", {}, 403),
        ("GET", "/exports/none", None, 404),
    ],
)
def test_an_app_reaches_its_own_resources(
    bare: httpx.Client,
    fake: FakeAPI,
    connector_id: str,
    method: str,
    path: str,
    body: Any,
    status: int,
) -> None:
    """The one-time token of an integration app."""
    token = bearer(fake.one_time_token(connector_id))
    arguments = {} if body is None else {"json": body}
    assert status == bare.request(method, path, headers=token, **arguments).status_code


def test_an_app_owns_what_it_creates(bare: httpx.Client, fake: FakeAPI, connector_id: str) -> None:
    """It belongs to the app, and lists show nothing else."""
    made = bare.post(
        "/exports",
        json={"_connectionId": "c1", "_connectorId": "another"},
        headers=bearer(fake.one_time_token(connector_id)),
    ).json()
    assert connector_id == made["_connectorId"]
    listed = bare.get("/exports", headers=bearer(fake.one_time_token(connector_id))).json()
    assert {"e2", made["_id"]} == {doc["_id"] for doc in listed}
    assert {"_userId"} == set(
        bare.get("/tokenInfo", headers=bearer(fake.one_time_token(connector_id))).json()
    )


# --------------------------------------------------------------------------------- rate limit


def test_the_bucket() -> None:
    """It holds its size, drains at its rate, and says when the next request fits."""
    now = [0.0]
    bucket = LeakyBucket(10, 5, lambda: now[0])
    assert [0.0] * 10 == [bucket.pour() for _ in range(10)]
    assert 0.2 == pytest.approx(bucket.pour())
    assert 10 == bucket.level
    now[0] += 0.2
    assert [0.0, pytest.approx(0.2)] == [bucket.pour(), bucket.pour()]
    now[0] += 100
    assert 0 == bucket.level
    assert [0.0] * 10 == [bucket.pour() for _ in range(10)]
    assert bucket.pour() > 0


def test_too_many_requests() -> None:
    """429 with whole seconds to wait; the clock drains the bucket."""
    with FakeAPI(size=3, per_second=0.5) as small, httpx.Client(base_url=small.base_url) as client:
        token = bearer(small.token())
        answers = [client.get("/tokenInfo", headers=token) for _ in range(4)]
        assert [200, 200, 200, 429] == [answer.status_code for answer in answers]
        assert "rate_limited" == answers[3].json()["errors"][0]["code"]
        assert "2" == answers[3].headers["retry-after"]
        small.clock.advance(2)
        assert 200 == client.get("/tokenInfo", headers=token).status_code


def test_a_429_uses_no_token() -> None:
    """A one-time token that was not let in is good for another try (a choice of the fake)."""
    with FakeAPI(size=1, per_second=0.01) as small, httpx.Client(base_url=small.base_url) as client:
        first, second = (bearer(small.one_time_token()) for _ in range(2))
        assert 200 == client.get("/tokenInfo", headers=first).status_code
        assert 429 == client.get("/tokenInfo", headers=second).status_code
        small.clock.advance(100)
        assert 200 == client.get("/tokenInfo", headers=second).status_code


def test_unknown_tokens_do_not_fill_the_bucket() -> None:
    """It belongs to the account."""
    with (
        FakeAPI(size=1, per_second=0.001) as small,
        httpx.Client(base_url=small.base_url) as client,
    ):
        for _ in range(5):
            assert 401 == client.get("/tokenInfo", headers=bearer("wrong")).status_code
        assert 200 == client.get("/tokenInfo", headers=bearer(small.token())).status_code


# ---------------------------------------------------------------------------------- resources


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/connections", {}, "type"),
        ("/exports", {}, "_connectionId"),
        ("/imports", {"name": "x"}, "_connectionId"),
        ("/flows", {}, "name"),
        ("/integrations", {"name": ""}, "name"),
        ("/connectors", {}, "name"),
        ("/stacks", {"name": "x"}, "type"),
        ("/stacks", {"name": "x", "type": "server"}, "server.hostURI"),
        ("/stacks", {"name": "x", "type": "lambda", "lambda": {}}, "lambda.accessKeyId"),
    ],
)
def test_what_is_missing(http: httpx.Client, path: str, body: Any, field: str) -> None:
    """422 missing_required_field names it."""
    answer = http.post(path, json=body)
    assert (422, "missing_required_field") == code_of(answer)
    assert field == answer.json()["errors"][0]["field"]


@pytest.mark.parametrize(
    "kind",
    ["connections", "exports", "imports", "flows", "integrations", "connectors", "stacks", "jobs"],
)
def test_crud_of_each_kind(http: httpx.Client, kind: str) -> None:
    """201 with id and times, 200, 200, 204, 404."""
    body = {"name": "N", "type": "http", "_connectionId": "c1"}
    made = http.post(f"/{kind}", json=body)
    assert 201 == made.status_code
    document = made.json()
    assert {"_id", "createdAt", "lastModified"} <= set(document)
    assert 24 == len(document["_id"])
    path = f"/{kind}/{document['_id']}"
    assert document == http.get(path).json()
    changed = http.put(path, json={**body, "name": "M"})
    assert (200, "M") == (changed.status_code, changed.json()["name"])
    assert document["_id"] in [doc["_id"] for doc in http.get(f"/{kind}").json()]
    assert 204 == http.delete(path).status_code
    assert (404, "not_found") == code_of(http.get(path))


def test_put_replaces(http: httpx.Client, fake: FakeAPI) -> None:
    """What is left out is gone, secrets too; a mask is written as it came."""
    http.put("/connections/c1", json={"type": "http"})
    held = fake.store.documents["connections"]["c1"]
    assert {"_id", "type", "createdAt", "lastModified"} == set(held)
    http.put("/connections/c1", json={"type": "http", "password": "******"})
    assert "******" == fake.store.documents["connections"]["c1"]["password"]


def test_secrets_are_masked(http: httpx.Client, fake: FakeAPI) -> None:
    """In answers to GET, POST and PUT, and in lists; what is not text stays."""
    body = {
        "type": "http",
        "http": {"auth": {"token": {"token": "t", "location": "header"}}, "password": "p"},
        "encrypted": {"a": "x", "b": ["y", 5], "c": "", "d": None},
        "unencrypted": {"user": "u"},
        "s3": {"secretAccessKey_crypt": "k"},
    }
    shown = http.post("/connections", json=body).json()
    assert {"token": "******", "location": "******"} == shown["http"]["auth"]["token"]
    assert "******" == shown["http"]["password"]
    assert {"a": "******", "b": ["******", 5], "c": "", "d": None} == shown["encrypted"]
    assert {"user": "u"} == shown["unencrypted"]
    assert {"secretAccessKey_crypt": "******"} == shown["s3"]
    assert shown == http.get(f"/connections/{shown['_id']}").json()
    assert shown == http.get("/connections").json()[-1]
    assert "p" == fake.store.documents["connections"][shown["_id"]]["http"]["password"]


def test_lists_by_link(http: httpx.Client, fake: FakeAPI) -> None:
    """100 a page, or as many as limit says; the Link leads on, with the filters."""
    for number in range(205):
        fake.store.add("scripts", {"name": f"s{number}", "kind": "a" if number % 2 else "b"})
    sizes, url = [], "/scripts"
    while url:
        answer = http.get(url)
        sizes.append(len(answer.json()))
        url = answer.links.get("next", {}).get("url", "")
    assert [100, 100, 5] == sizes
    answer = http.get("/scripts?kind=a&limit=60&include=kind")
    following = answer.links["next"]["url"]
    assert following.startswith(f"{fake.base_url}/scripts?")
    rest = http.get(following)
    assert (60, 42) == (len(answer.json()), len(rest.json()))
    assert {"a"} == {doc["kind"] for doc in rest.json()}
    assert "next" not in rest.links


def test_empty_lists(http: httpx.Client) -> None:
    """204 without a body."""
    for path in ("/scripts", "/exports?name=none", "/exports?skip=100", "/exports/e1/state"):
        answer = http.get(path)
        assert (204, b"") == (answer.status_code, answer.content)


def test_projections(http: httpx.Client) -> None:
    """Fields to include or to exclude, not both; a number that is none is refused."""
    assert {"_id", "name"} == set(http.get("/exports?include=name").json()[0])
    assert "name" not in http.get("/exports/e1?exclude=name,type").json()
    for query in ("include=a&exclude=b", "limit=0", "limit=1001", "limit=x", "skip=-1"):
        assert (400, "invalid_query_params") == code_of(http.get(f"/exports?{query}"))


def test_what_an_app_locks(http: httpx.Client, fake: FakeAPI) -> None:
    """PUT says 200 and does nothing; PATCH and DELETE 422; connections are not locked."""
    shown = http.get("/exports/e2").json()
    answer = http.put("/exports/e2", json={**shown, "name": "Mine"})
    assert (200, shown) == (answer.status_code, answer.json())
    patch = [{"op": "replace", "path": "/name", "value": "Mine"}]
    locked = (422, "field_locked_by_integration_app")
    assert locked == code_of(http.patch("/exports/e2", json=patch))
    assert locked == code_of(http.delete("/exports/e2"))
    fake.store.documents["connections"]["c1"]["_connectorId"] = "5f1a"
    assert 200 == http.put("/connections/c1", json={"type": "http", "name": "New"}).status_code
    assert "New" == fake.store.documents["connections"]["c1"]["name"]
    assert "5f1a" == fake.store.documents["connections"]["c1"]["_connectorId"]


@pytest.mark.parametrize(
    ("patch", "expected"),
    [
        ([{"op": "add", "path": "/http/a~1b", "value": 1}], 204),
        ([{"op": "remove", "path": "/name"}], 204),
        ([{"op": "replace", "path": "/none/x", "value": 1}], 422),
        ([{"op": "move", "path": "/name"}], 422),
        ([{"op": "replace", "path": "name", "value": 1}], 422),
        (["x"], 422),
        ({}, 422),
    ],
)
def test_patch(http: httpx.Client, fake: FakeAPI, patch: Any, expected: int) -> None:
    """A JSON Patch of simple steps."""
    assert expected == http.patch("/connections/c1", json=patch).status_code
    held = fake.store.documents["connections"]["c1"]
    if expected == 204:
        assert held["http"].get("a/b") == 1 or "name" not in held


def test_connectors(http: httpx.Client, fake: FakeAPI, connector_id: str) -> None:
    """The install base, and a pushed update."""
    assert 204 == http.get(f"/connectors/{connector_id}/installBase").status_code
    fake.store.documents["integrations"]["n1"]["_connectorId"] = connector_id
    assert [{"_integrationId": "n1", "version": "1.0.0"}] == http.get(
        f"/connectors/{connector_id}/installBase"
    ).json()
    fake.store.documents["integrations"]["n1"]["updateInProgress"] = False
    body = {"_integrationIds": ["n1"]}
    assert 200 == http.put(f"/connectors/{connector_id}/update", json=body).status_code
    assert fake.store.documents["integrations"]["n1"]["updateInProgress"]
    assert (
        404
        == http.put(
            f"/connectors/{connector_id}/update", json={"_integrationIds": ["none"]}
        ).status_code
    )


def test_stacks(http: httpx.Client, fake: FakeAPI) -> None:
    """A server stack gets a system token, keeps it over a PUT, and shows it on demand."""
    token = http.get("/stacks/s1/systemToken").json()["systemToken"]
    assert fake.store.documents["stacks"]["s1"]["server"]["systemToken"] == token
    body = {"name": "x", "type": "server", "server": {"hostURI": "https://b.example"}}
    assert 200 == http.put("/stacks/s1", json=body).status_code
    assert token == http.get("/stacks/s1/systemToken").json()["systemToken"]
    assert 204 == http.delete("/stacks/s1/systemToken").status_code
    assert token != http.get("/stacks/s1/systemToken").json()["systemToken"]
    for path in ("/stacks/s2/systemToken", "/stacks/none/systemToken"):
        answer = http.get(path)
        assert (404, "not_found") == code_of(answer)
        assert "Stack of type server not found." == answer.json()["errors"][0]["message"]


# -------------------------------------------------------------------------------------- state


def test_state(http: httpx.Client) -> None:
    """Keys, values and texts; 204 for the account's and 200 for a resource's deletions."""
    assert {"keys": ["apple"]} == http.get("/state").json()
    for path, status in (("/state/k", 204), ("/exports/e1/state/k", 200)):
        created = http.put(path, json={"a": None})
        assert (201, "Created") == (created.status_code, created.text)
        assert created.headers["content-type"].startswith("text/plain")
        changed = http.put(path, content=b"null")
        assert (200, "OK") == (changed.status_code, changed.text)
        assert b"null" == http.get(path).content
        assert status == http.delete(path).status_code
        assert (404, "not_found") == code_of(http.get(path))
        assert (404, "not_found") == code_of(http.delete(path))
    assert 204 == http.delete("/state").status_code
    assert 204 == http.get("/state").status_code
    assert 200 == http.delete("/integrations/n1/state").status_code
    assert 404 == http.get("/exports/none/state").status_code
    assert 404 == http.get("/unknown/e1/state").status_code


def test_keys_with_slashes(http: httpx.Client) -> None:
    """An encoded slash is part of the key."""
    http.put("/state/a%2Fb%20c", json=1)
    assert ["apple", "a/b c"] == http.get("/state").json()["keys"]
    assert 1 == http.get("/state/a%2Fb%20c").json()


# ------------------------------------------------------------------------------------ running


def test_paged_exports(http: httpx.Client) -> None:
    """The state leads on and must come back unchanged; the last page is done."""
    path, export = "/connections/c1/export/pages", {"pageSize": 3}
    first = http.post(path, json={"export": export}).json()
    state = first["pagedExportState"]
    assert ([1, 2, 3], False, 2, 2, 5) == (
        [record["id"] for record in first["data"]],
        *(state[key] for key in ("done", "pageIndex", "totalPages", "totalRecords")),
    )
    last = http.post(path, json={"export": export, "pagedExportState": state}).json()
    assert ([4, 5], True) == ([r["id"] for r in last["data"]], last["pagedExportState"]["done"])
    for wrong in ({**state, "pageIndex": 1}, {"pageIndex": 2}, "x"):
        answer = http.post(path, json={"export": export, "pagedExportState": wrong})
        assert (422, "invalid_state") == code_of(answer)


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/connections/c1/export", {}, "export"),
        ("/connections/c1/import", {"import": {}}, "data"),
        ("/connections/c1/import/map", {"data": []}, "import"),
        ("/imports/i1/invoke", {}, "data"),
    ],
)
def test_what_a_run_needs(http: httpx.Client, path: str, body: Any, field: str) -> None:
    """422 names it."""
    answer = http.post(path, json=body)
    assert (422, field) == (answer.status_code, answer.json()["errors"][0]["field"])


def test_offline_connections(http: httpx.Client) -> None:
    """Nothing runs with them."""
    for path, body in (
        ("/connections/c2/export", {"export": {}}),
        ("/connections/c2/import", {"import": {}, "data": []}),
        ("/connections/c2/proxy", {}),
    ):
        assert (422, "connection_offline") == code_of(http.post(path, json=body))


def test_proxy_headers(http: httpx.Client) -> None:
    """Both are needed."""
    for headers in ({}, {"Integrator-Method": "GET"}, {"Integrator-Relative-URI": "/x"}):
        answer = http.post("/connections/c1/proxy", headers=headers)
        assert (400, "missing_header") == code_of(answer)


def test_pings(http: httpx.Client) -> None:
    """GET and POST, as the sources disagree."""
    assert {"code": 200} == http.get("/connections/c1/ping").json()
    assert {"code": 200} == http.post("/connections/c1/ping").json()


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/none", 404),
        ("GET", "/none/x", 404),
        ("GET", "/", 404),
        ("GET", "/exports/e1/none", 404),
        ("POST", "/exports/e1", 405),
        ("PATCH", "/exports", 405),
        ("GET", "/flows/f1/run", 405),
    ],
)
def test_no_such_route(http: httpx.Client, method: str, path: str, status: int) -> None:
    """404, or 405 for another method, as JSON."""
    answer = http.request(method, path)
    assert status == answer.status_code
    assert answer.json()["errors"]


def test_bodies_that_are_none(http: httpx.Client) -> None:
    """Malformed JSON and lists where an object belongs are 400."""
    assert (400, "invalid_body") == code_of(http.post("/exports", content=b"{oops"))
    assert (400, "invalid_body") == code_of(http.post("/exports", json=[1]))


def test_a_mistake_of_the_fake_is_an_answer(http: httpx.Client, caplog: Any) -> None:
    """500 and a line in the log, not a broken connection."""
    body = {"import": {"mapping": {"fields": [5]}}, "data": [1]}
    assert (500, "fake_failed") == code_of(http.post("/connections/c1/import/map", json=body))
    assert "The fake failed" in caplog.text


# ------------------------------------------------------------------------------------- faults


def test_faults(http: httpx.Client, fake: FakeAPI) -> None:
    """Each as often as it says, for what it fits, one after the other."""
    fake.fail(status=503, times=2, path="/exports*")
    fake.fail(status=429, retry_after=9, method="POST")
    assert 200 == http.get("/tokenInfo").status_code
    assert [503, 503, 200] == [http.get("/exports/e1").status_code for _ in range(3)]
    limited = http.post("/flows/f1/run")
    assert (429, "9") == (limited.status_code, limited.headers["retry-after"])
    assert (201, 200) == (http.post("/flows/f1/run").status_code, http.get("/flows").status_code)


def test_html_and_bodies(http: httpx.Client, fake: FakeAPI) -> None:
    """A page of a proxy, and any JSON in place of the API's."""
    fake.fail(html=True)
    answer = http.get("/exports")
    assert 502 == answer.status_code
    assert answer.headers["content-type"].startswith("text/html")
    assert answer.text.startswith("<html>")
    fake.fail(status=200, body={"nextPageURL": "x"})
    assert {"nextPageURL": "x"} == http.get("/exports").json()


@pytest.mark.parametrize("after", [False, True])
def test_broken_connections(http: httpx.Client, fake: FakeAPI, after: bool) -> None:
    """No answer at all; the work was done, or not."""
    fake.fail(broken=True, after=after)
    with pytest.raises(httpx.RemoteProtocolError):
        http.put("/state/k", json=1)
    assert after is ("k" in fake.store.state[""])
    assert 0 == fake.requests[-1].status


def test_delays(http: httpx.Client, fake: FakeAPI) -> None:
    """The answer comes later, and others do not wait for it."""
    fake.fail(delay=0.3, path="/exports")
    with pytest.raises(httpx.ReadTimeout):
        http.get("/exports", timeout=0.05)
    assert 200 == http.get("/tokenInfo").status_code


@pytest.mark.parametrize(
    "wrong", [{"times": 0}, {"status": 99}, {"delay": -1}, {"path": 5}, {"method": 5}]
)
def test_faults_that_are_none(wrong: Any) -> None:
    """A fault that could not happen is a mistake."""
    with pytest.raises((TypeError, ValueError)):
        Fault(**wrong)


# ------------------------------------------------------------------------ for other processes


def test_controls(bare: httpx.Client, fake: FakeAPI) -> None:
    """Tokens and faults over HTTP, without a token."""
    made = bare.post(f"{fake.url}/fake/tokens", json={"oneTime": True})
    assert 201 == made.status_code
    token = bearer(made.json()["token"])
    assert [200, 401] == [bare.get("/exports", headers=token).status_code for _ in range(2)]
    account = bearer(bare.post(f"{fake.url}/fake/tokens").json()["token"])
    fault = {"status": 503, "times": 5, "retryAfter": 7}
    assert 201 == bare.post(f"{fake.url}/fake/faults", json=fault).status_code
    answer = bare.get("/exports", headers=account)
    assert (503, "7") == (answer.status_code, answer.headers["retry-after"])
    assert 204 == bare.delete(f"{fake.url}/fake/faults").status_code
    assert 200 == bare.get("/exports", headers=account).status_code


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/fake/tokens", {"what": 1}, 422),
        ("/fake/tokens", {"connectorId": 5}, 422),
        ("/fake/tokens", [], 400),
        ("/fake/faults", {"what": 1}, 422),
        ("/fake/faults", {"times": 0}, 422),
        ("/fake/faults", {"times": "x"}, 422),
        ("/fake/none", {}, 404),
        ("/", {}, 404),
    ],
)
def test_wrong_controls(
    bare: httpx.Client, fake: FakeAPI, path: str, body: Any, status: int
) -> None:
    """What is not known is told."""
    answer = bare.post(f"{fake.url}{path}", json=body)
    assert status == answer.status_code
    assert answer.json()["errors"]


# ------------------------------------------------------------------------------ life and seeds


def test_it_listens_on_this_machine_only(fake: FakeAPI) -> None:
    """127.0.0.1, whatever else the machine has."""
    assert fake._serving is not None
    assert "127.0.0.1" == fake._serving._server.server_address[0]
    assert fake.url.startswith("http://127.0.0.1:")
    assert f"<FakeAPI: {fake.url}>" == repr(fake)


def test_a_taken_port() -> None:
    """An error that names it."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(ConfigurationError, match=f"Port {port} cannot be listened on"):
            FakeAPI(port=port).start()


def test_stop_closes_kept_connections(fake: FakeAPI) -> None:
    """Nobody is left waiting; what it held can still be looked at; it can start again."""
    with socket.create_connection(("127.0.0.1", int(fake.url.rpartition(":")[2]))) as kept:
        kept.sendall(b"GET /v1/tokenInfo HTTP/1.1\r\nHost: x\r\n\r\n")
        assert kept.recv(1000)
        fake.stop()
        kept.settimeout(30)
        while kept.recv(1000):
            pass
    assert "<FakeAPI: stopped>" == repr(fake)
    assert "e1" in fake.store.documents["exports"]
    fake.stop()
    fake.start()


def test_connections_are_kept(fake: FakeAPI) -> None:
    """HTTP/1.1: a second request on the same connection is answered, after any body and any fault."""
    fake.fail(status=503, method="POST")
    request = b"%s /v1/exports HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}"
    with socket.create_connection(("127.0.0.1", int(fake.url.rpartition(":")[2]))) as kept:
        kept.settimeout(30)
        for method, status in ((b"POST", b"503"), (b"PUT", b"401"), (b"GET", b"401")):
            kept.sendall(request % method)
            answer = b""
            while b"}]}" not in answer:
                answer += kept.recv(4096)
            assert answer.startswith(b"HTTP/1.1 " + status)


@pytest.mark.parametrize(
    ("seed", "word"),
    [
        ([], r"\$ must be an object"),
        ({"what": []}, r"\$\.what is not known"),
        ({"exports": {}}, r"\$\.exports must be a list"),
        ({"exports": [5]}, r"\$\.exports\[0\] must be an object"),
        (
            {"scripts": [{"name": "a", "_id": "x"}, {"name": "b", "_id": "x"}]},
            "of this document alone",
        ),
        ({"scripts": [{"name": "a", "_id": 5}]}, r"\$\.scripts\[0\]\._id must be text"),
        ({"state": []}, r"\$\.state must be an object"),
        ({"resourceState": {"a/b": 1}}, r"\$\.resourceState\.a/b must be an object"),
        ({"records": {"e1": {}}}, r"\$\.records\.e1 must be a list"),
        ({"flowErrors": {"f": {"s": 1}}}, r"\$\.flowErrors\.f\.s must be a list"),
        (
            {"exports": [{"name": "x"}]},
            r"\$\.exports\[0\] is not complete: _connectionId is required",
        ),
    ],
)
def test_unusable_seeds(seed: Any, word: str) -> None:
    """The error names the place."""
    with pytest.raises(ConfigurationError, match=word):
        FakeAPI(seed)


def test_a_seed_stays_as_it_is() -> None:
    """What is done to the fake is not done to the seed, nor the other way round."""
    seed = {"state": {"a": [1]}, "scripts": [{"name": "x", "tags": []}]}
    before = json.dumps(seed)
    fake = FakeAPI(seed)
    fake.store.state[""]["a"].append(2)
    next(iter(fake.store.documents["scripts"].values()))["tags"].append(1)
    assert before == json.dumps(seed)


def test_seeds_from_files(tmp_path: Path) -> None:
    """JSON, or an error that names the file."""
    path = tmp_path / "seed.json"
    path.write_text('{"state": {"a": 1}}')
    assert {"a": 1} == FakeAPI(read_seed(path)).store.state[""]
    path.write_text("{oops")
    with pytest.raises(ConfigurationError, match=r"seed\.json is not valid JSON: .*line 1"):
        read_seed(path)
    with pytest.raises(ConfigurationError, match=r"none\.json"):
        read_seed(tmp_path / "none.json")
