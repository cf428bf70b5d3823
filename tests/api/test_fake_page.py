"""The fake's index page, parsed and in a real browser."""

from __future__ import annotations

import os
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import httpx
import pytest

from ioplugins.api.fake import FakeAPI

NASTY = "<script>document.title='owned'</script>"
SECRETS = ("deep-secret", "lambda-secret", "hidden-in-state")


class Page(HTMLParser):
    """Tags and text of a page, and whether each tag is closed where it should be."""

    VOID = frozenset({"meta"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert tag == self.open.pop()

    def handle_data(self, data: str) -> None:
        if self.open[-1:] != ["style"]:
            self.text += f"{data}\n"


@pytest.fixture
def busy(fake: FakeAPI) -> FakeAPI:
    """A fake in which much has happened, some of it nasty."""
    fake.store.add("scripts", {"name": NASTY, "content": "x & y"})
    fake.store.state["integrations/n1"]["k"] = {"password": "hidden-in-state", "a": NASTY}
    fake.store.state[""][NASTY] = 1
    once = fake.one_time_token(NASTY)
    fake.fail(status=503, path="/nothing", times=3)
    with httpx.Client(base_url=fake.base_url) as client:
        for token in (fake.token(), once, "wrong"):
            client.get("/tokenInfo", headers={"Authorization": f"Bearer {token}"})
            client.get(f"/exports/{NASTY}", headers={"Authorization": f"Bearer {token}"})
        client.post(
            "/imports/i1/invoke",
            json={"data": [1, 2]},
            headers={"Authorization": f"Bearer {fake.token()}"},
        )
    return fake


def test_what_it_shows(busy: FakeAPI) -> None:
    """Resources, state, tokens, faults and requests, escaped and without a secret."""
    answer = httpx.get(f"{busy.url}/")
    page = Page(answer.text)
    assert 200 == answer.status_code
    assert [] == page.open
    assert "script" not in page.tags
    assert NASTY in page.text
    for word in (
        "Fake integrator.io API", "connections (2)", "Shop to ERP", "state of the account",
        "state of integrations/n1", "imported records", "tokens", "faults to come", "/nothing",
        "latest requests", "account token 2", "one-time token 1", "401", "/tokenInfo",
    ):  # fmt: skip
        assert word in page.text
    for secret in (*SECRETS, *(token.value for token in busy.tokens)):
        assert secret not in answer.text


def test_an_empty_fake() -> None:
    """It has a page, too."""
    with FakeAPI() as fake:
        page = Page(httpx.get(f"{fake.url}/").text)
    assert "faults to come\nnone" in page.text
    assert [] == page.open


def test_what_a_browser_may_do(busy: FakeAPI) -> None:
    """No script, no frame, nothing from elsewhere; nothing is kept."""
    headers = httpx.get(f"{busy.url}/").headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script" not in policy
    assert ("nosniff", "no-store") == (headers["x-content-type-options"], headers["cache-control"])
    assert headers["content-type"].startswith("text/html")
    head = httpx.head(f"{busy.url}/")
    assert (200, b"") == (head.status_code, head.content)


def test_in_a_browser(busy: FakeAPI, tmp_path: Path) -> None:
    """Chromium shows it: with its style, which the policy allows, and runs nothing."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        assert "CI" not in os.environ, "CI needs the package chromium"
        pytest.skip("needs Chromium (Debian: apt-get install chromium)")
    ran = subprocess.run(
        [
            chromium, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
            "--no-first-run", f"--user-data-dir={tmp_path / 'profile'}",
            "--enable-logging=stderr", "--dump-dom", f"{busy.url}/",
        ],
        capture_output=True, text=True, timeout=180, check=True,
    )  # fmt: skip
    page = Page(ran.stdout.removeprefix("<!DOCTYPE html>"))
    assert "Fake integrator.io API" in page.text
    assert "owned" not in ran.stdout.partition("<body")[0]
    assert NASTY in page.text
    assert "script" not in page.tags
    # What the policy forbids, the browser says on its console.
    assert "Content Security Policy" not in ran.stderr
