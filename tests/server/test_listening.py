"""The listening socket, and clear errors where there can be none."""

from __future__ import annotations

import socket
import stat
from typing import TYPE_CHECKING

import pytest

from ioplugins.errors import ConfigurationError
from ioplugins.server.listening import listen

if TYPE_CHECKING:
    from pathlib import Path


def has_ipv6() -> bool:
    """Whether this machine has the address ::1; containers often have not."""
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            return True
    except OSError:
        return False


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        pytest.param("::1", marks=pytest.mark.skipif(not has_ipv6(), reason="no IPv6 here")),
    ],
)
def test_a_free_port(host: str) -> None:
    """Port 0 lets the system choose; it answers at once."""
    with listen(host, 0) as listener:
        address = listener.getsockname()
        assert address[1] > 0
        with socket.create_connection(address[:2], timeout=10) as client:
            accepted, _ = listener.accept()
            accepted.close()
            assert b"" == client.recv(1)


def test_a_taken_port() -> None:
    """What listens there keeps it; the error says what to do."""
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConfigurationError) as caught:
            listen("127.0.0.1", port)
    assert "address_in_use" == caught.value.code
    expected = (
        f"Cannot listen on 127.0.0.1 port {port}: another program does. End it or choose another."
    )
    assert expected == str(caught.value)


def test_a_port_of_a_server_that_has_just_ended() -> None:
    """Connections that are still closing do not keep it."""
    with listen("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
        client = socket.create_connection(("127.0.0.1", port), timeout=10)
        accepted, _ = listener.accept()
        accepted.close()  # this side closes first: it is this side's port that lingers
        client.close()
    listen("127.0.0.1", port).close()


@pytest.mark.parametrize(
    ("host", "port", "code", "reason"),
    [
        ("203.0.113.1", 0, "address_not_available", "203.0.113.1 port 0: "),
        ("127.0.0.1", 70_000, "invalid_field", "There is no port 70000."),
    ],
)
def test_an_address_that_cannot_be_had(host: str, port: int, code: str, reason: str) -> None:
    """An address of another machine, a port that does not exist."""
    with pytest.raises(ConfigurationError) as caught:
        listen(host, port)
    assert code == caught.value.code
    assert reason in str(caught.value)


def test_a_unix_socket(tmp_path: Path) -> None:
    """Host and port do not count then."""
    path = tmp_path / "s"
    with listen("203.0.113.1", 70_000, path), socket.socket(socket.AF_UNIX) as client:
        client.connect(str(path))
    assert stat.S_ISSOCK(path.stat().st_mode)


def test_a_socket_file_left_over_is_replaced(tmp_path: Path) -> None:
    """A server that was killed did not remove it."""
    path = tmp_path / "s"
    listen("", 0, path).close()
    with listen("", 0, path), socket.socket(socket.AF_UNIX) as client:
        client.connect(str(path))


def test_a_socket_file_in_use_is_not(tmp_path: Path) -> None:
    """It goes on answering."""
    path = tmp_path / "s"
    with listen("", 0, path):
        with pytest.raises(ConfigurationError, match="another program does") as caught:
            listen("", 0, path)
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(path))
    assert "address_in_use" == caught.value.code


def test_a_file_that_is_no_socket_is_kept(tmp_path: Path) -> None:
    """It may be the user's."""
    path = tmp_path / "notes.txt"
    path.write_text("mine", encoding="utf-8")
    with pytest.raises(ConfigurationError):
        listen("", 0, path)
    assert "mine" == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["no/such/folder/s", "s" * 200])
def test_a_path_that_cannot_be_had(name: str, tmp_path: Path) -> None:
    """A folder that is missing, a path longer than the system takes."""
    with pytest.raises(ConfigurationError) as caught:
        listen("", 0, tmp_path / name)
    assert "address_not_available" == caught.value.code
    assert not str(caught.value).endswith(": None.")
