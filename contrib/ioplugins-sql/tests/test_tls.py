"""Encrypted connections to servers with certificates of their own: who is trusted, who is not."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest
import trustme
from ioplugins_sql import testing
from ioplugins_sql.connections import CA_FILE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from conftest import Servers, Shop

_START = {"postgresql": testing.postgresql, "mysql": testing.mariadb}

#: How a session is encrypted; null or empty when it is not.
_CIPHER = {
    "postgresql": "SELECT 1 AS id, cipher FROM pg_stat_ssl WHERE pid = pg_backend_pid()",
    "mysql": "SELECT 1 AS id, variable_value AS cipher FROM information_schema.session_status"
    " WHERE variable_name = 'Ssl_cipher'",
}


@pytest.fixture(scope="module", params=["postgresql", "mysql"])
def encrypting(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, servers: Servers
) -> Iterator[tuple[testing.Server, Path]]:
    """A server with a certificate for 127.0.0.1, and the file of the authority that signed it."""
    servers.get(request.param)  # skips, or fails in CI, where there is none
    folder = tmp_path_factory.mktemp("tls")
    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / "ca.pem")
    signed = authority.issue_cert("127.0.0.1")
    with (folder / "server.pem").open("wb") as chain:
        chain.writelines(part.bytes() for part in signed.cert_chain_pems)
    signed.private_key_pem.write_to_path(folder / "server.key")
    certificate = testing.Certificate(folder / "server.pem", folder / "server.key")
    with _START[request.param](certificate) as server:
        server.create_database("shop")
        yield server, folder / "ca.pem"


@pytest.fixture
def shop_with(shop_at: Callable[[dict[str, Any]], Shop]) -> Callable[..., Shop]:
    """Makes the shop of a server that is reached with *ssl* and other fields of the connection."""

    def make(server: testing.Server, ssl: str | None, **more: str) -> Shop:
        document = server.document("shop")
        document["unencrypted"].update({"ssl": ssl} if ssl else {}, **more)
        return shop_at(document)

    return make


def check_refused(shop: Shop, why: str) -> None:
    """Ping, export and import say why, soon and without secrets."""
    began = time.monotonic()
    _, ping = shop.call("sqlPing")
    export = shop.export({"table": "t"})
    (record,) = shop.import_({"importType": "add", "table": "t"}, [{"a": 1}])
    taken = time.monotonic() - began
    assert (401, True, 401) == (
        ping["statusCode"],
        export["connectionOffline"],
        record["statusCode"],
    )
    for answer in (ping, export, record):
        message = answer["errors"][0]["message"]
        assert why in message
        assert testing.PASSWORD not in message
    assert taken < 10


def cipher_of(shop: Shop) -> Any:
    """How the connector's own session is encrypted."""
    assert (200, {"statusCode": 200}) == shop.call("sqlPing")
    page = shop.export({"select": _CIPHER[shop.dialect], "key": "id"})
    return page["data"][0]["cipher"]


def test_the_right_authority(
    encrypting: tuple[testing.Server, Path],
    shop_with: Callable[..., Shop],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The certificate is signed by one that is trusted and names the host: the session is TLS."""
    server, authority = encrypting
    monkeypatch.setenv(CA_FILE, str(authority))
    assert cipher_of(shop_with(server, "verify"))


def test_another_authority(
    encrypting: tuple[testing.Server, Path],
    shop_with: Callable[..., Shop],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """Whoever shows a certificate of somebody else's gets no password."""
    server, _ = encrypting
    trustme.CA().cert_pem.write_to_path(tmp_path / "other.pem")
    monkeypatch.setenv(CA_FILE, str(tmp_path / "other.pem"))
    check_refused(shop_with(server, "verify"), "certificate verify failed")


def test_the_systems_authorities(
    encrypting: tuple[testing.Server, Path], shop_with: Callable[..., Shop]
) -> None:
    """Without the file those of the system count, and none of them knows this server."""
    server, _ = encrypting
    check_refused(shop_with(server, "verify"), "certificate verify failed")


def test_a_certificate_for_another_host(
    encrypting: tuple[testing.Server, Path],
    shop_with: Callable[..., Shop],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The name in the certificate must be the one that was asked for."""
    server, authority = encrypting
    monkeypatch.setenv(CA_FILE, str(authority))
    check_refused(shop_with(server, "verify", host="localhost"), "localhost")


def test_a_file_of_authorities_that_is_not_there(
    encrypting: tuple[testing.Server, Path],
    shop_with: Callable[..., Shop],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The host's own mistake is told as such, not as the server's."""
    server, _ = encrypting
    shop = shop_with(server, "verify")
    monkeypatch.setenv(CA_FILE, "/nowhere/ca.pem")
    check_refused(shop, "/nowhere/ca.pem")


@pytest.mark.parametrize("ssl", [None, "prefer", "require"])
def test_encrypted_whoever_answers(
    encrypting: tuple[testing.Server, Path], shop_with: Callable[..., Shop], ssl: str | None
) -> None:
    """Without *verify* the certificate is not looked at, but the session is encrypted."""
    server, _ = encrypting
    assert cipher_of(shop_with(server, ssl))


def test_disable(encrypting: tuple[testing.Server, Path], shop_with: Callable[..., Shop]) -> None:
    """Nothing is encrypted, though the server could."""
    server, _ = encrypting
    assert not cipher_of(shop_with(server, "disable"))


@pytest.mark.parametrize("dialect", ["postgresql", "mysql"])
def test_a_server_without_tls(
    dialect: str, servers: Servers, shop_with: Callable[..., Shop]
) -> None:
    """Prefer goes on without; require and verify do not."""
    server = servers.get(dialect)
    server.create_database("shop")
    assert not cipher_of(shop_with(server, "prefer"))
    for ssl in ("require", "verify"):
        check_refused(shop_with(server, ssl), "SSL")
