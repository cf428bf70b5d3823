"""What stands in for functions that cannot be loaded."""

from __future__ import annotations

import io

import pytest
from werkzeug.test import Client

from ioplugins.server.broken import broken_app


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/function"), ("GET", "/livez"), ("GET", "/anything")]
)
def test_every_request_is_told_why(method: str, path: str) -> None:
    """503 with the reason, as JSON; what the caller sends is not read."""

    class Unreadable(io.RawIOBase):
        def readinto(self, buffer: object) -> int:
            pytest.fail("it was read")

    answer = Client(broken_app('syntax error in "f.py" line 3')).open(
        path,
        method=method,
        environ_overrides={"wsgi.input": Unreadable(), "CONTENT_LENGTH": "60000000"},
    )
    expected = {"message": 'syntax error in "f.py" line 3', "code": "not_loaded"}
    assert 503 == answer.status_code
    assert {"errors": [expected]} == answer.json
    assert "application/json; charset=utf-8" == answer.headers["Content-Type"]
    assert "close" == answer.headers["Connection"]
