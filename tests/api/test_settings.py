"""Where the API is: arguments, else the environment, else North America."""

from __future__ import annotations

import pytest

from ioplugins.api.settings import (
    REGIONS,
    base_url_of,
    share_of_process,
    single_use_of,
)
from ioplugins.errors import ConfigurationError


@pytest.mark.parametrize(
    ("region", "url"),
    [
        ("na", "https://api.integrator.io/v1"),
        ("eu", "https://api.eu.integrator.io/v1"),
        ("au", "https://api.au.integrator.io/v1"),
        ("ca", "https://api.ca.integrator.io/v1"),
    ],
)
def test_regions(region: str, url: str) -> None:
    """Each region has its base URL."""
    assert url == base_url_of(None, region)
    assert url == REGIONS[region]


def test_arguments_go_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without arguments the environment says it; its URL goes before its region."""
    assert REGIONS["na"] == base_url_of(None, None)
    monkeypatch.setenv("IOPLUGINS_API_REGION", "eu")
    assert REGIONS["eu"] == base_url_of(None, None)
    monkeypatch.setenv("IOPLUGINS_API_URL", "http://127.0.0.1:8090/v1/")
    assert "http://127.0.0.1:8090/v1" == base_url_of(None, None)
    assert REGIONS["ca"] == base_url_of(None, "ca")
    assert "https://staging.example/v1" == base_url_of("https://staging.example/v1", None)


@pytest.mark.parametrize(
    ("base_url", "region", "word"),
    [
        ("https://api.example/v1", "eu", "both"),
        (None, "mars", "na, eu, au, ca"),
        (None, "", "na, eu, au, ca"),
        ("", None, "https URL"),
        ("ftp://api.example", None, "https URL"),
        ("api.integrator.io/v1", None, "https URL"),
        ("https://[", None, "https URL"),
        ("https://host:port/", None, "https URL"),
        ("http://api.integrator.io/v1", None, "clear text"),
        ("http://10.0.0.1/v1", None, "clear text"),
        ("https://user:word@api.example/v1", None, "neither user"),
        ("https://api.example/v1?token=x", None, "neither user"),
    ],
)
def test_unusable_addresses(base_url: str | None, region: str | None, word: str) -> None:
    """What a token must not be sent to is refused, and the message says what is wanted."""
    with pytest.raises(ConfigurationError, match=word):
        base_url_of(base_url, region)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.8.8.8", "[::1]"])
def test_clear_text_on_this_machine(host: str) -> None:
    """A fake on this machine needs no TLS."""
    assert f"http://{host}:1/v1" == base_url_of(f"http://{host}:1/v1", None)


def test_single_use(monkeypatch: pytest.MonkeyPatch) -> None:
    """The default is warn; the environment and the argument change it."""
    assert "warn" == single_use_of(None)
    monkeypatch.setenv("IOPLUGINS_API_SINGLE_USE", "strict")
    assert "strict" == single_use_of(None)
    assert "off" == single_use_of("off")
    with pytest.raises(ConfigurationError, match="off, warn, strict"):
        single_use_of("never")


@pytest.mark.parametrize("text", ["0", "1.5", "-1", "half", "nan"])
def test_unusable_shares(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A share is a part of the whole."""
    assert 1.0 == share_of_process()
    monkeypatch.setenv("IOPLUGINS_API_SHARE", "0.25")
    assert 0.25 == share_of_process()
    monkeypatch.setenv("IOPLUGINS_API_SHARE", text)
    with pytest.raises(ConfigurationError, match="IOPLUGINS_API_SHARE"):
        share_of_process()
