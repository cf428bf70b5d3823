"""Invoking functions: what is sent, what the reply says, and deployed functions through boto3."""

from __future__ import annotations

import base64
import io
import json
import sys
import zipfile
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from ioplugins.aws_lambda.invoking import InvokingError, deployed, emulator
from ioplugins.aws_lambda.invoking.exchange import CONTEXT_LIMIT, Reply, client_context, reply
from ioplugins.aws_lambda.packaging.platforms import here

ARN = "arn:aws:lambda:eu-central-1:123456789012:function:io"


def test_a_request_is_base64_of_its_json() -> None:
    """Compact, in UTF-8."""
    text = client_context({"diy": True, "function": "é"})
    assert '{"diy":true,"function":"é"}' == base64.b64decode(text).decode()


def test_a_request_that_aws_does_not_take() -> None:
    """It is refused here, with both numbers."""
    with pytest.raises(InvokingError, match=rf"{CONTEXT_LIMIT}"):
        client_context({"function": "f" * CONTEXT_LIMIT})


def test_an_answer_is_the_payload() -> None:
    """As it was posted."""
    assert Reply(b'{"errorMessage":1}', failed=False) == reply(b'{"errorMessage":1}', failed=False)


def test_errors_of_a_call_are_unwrapped() -> None:
    """They are text inside the payload, of whatever errorType."""
    text = '{"statusCode":422,"errors":[{"message":"m","code":"c"}]}'
    payload = json.dumps({"errorType": "string", "errorMessage": text, "trace": []}).encode()
    assert Reply(b'{"errors":[{"message":"m","code":"c"}]}', failed=True) == reply(
        payload, failed=True
    )


@pytest.mark.parametrize(
    ("payload", "told"),
    [
        (
            b'{"errorType":"Sandbox.Timedout","errorMessage":"timed out"}',
            "Sandbox.Timedout: timed out",
        ),
        (b'{"errorMessage":"5"}', "error: 5"),
        (b"[1]", "error: None"),
        (b"no JSON", "error: None"),
        (b'{"errorType":"E","errorMessage":"{\\"statusCode\\":422}"}', "E: "),
    ],
)
def test_a_function_that_fails_before_the_call(payload: bytes, told: str) -> None:
    """It is said as the runtime says it."""
    with pytest.raises(InvokingError, match="before the call") as raised:
        reply(payload, failed=True)
    assert told in str(raised.value)


# ------------------------------------------------------------------------------------ deployed


def client(monkeypatch: pytest.MonkeyPatch) -> tuple[Any, Stubber]:
    """A real client that sends nothing."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    made = boto3.client("lambda", region_name="eu-central-1")
    return made, Stubber(made)


@pytest.mark.parametrize(
    ("fields", "payload", "expected"),
    [
        ({}, b"[1]", Reply(b"[1]", failed=False)),
        (
            {"FunctionError": "Unhandled"},
            b'{"errorMessage":"{\\"errors\\":[]}"}',
            Reply(b'{"errors":[]}', failed=True),
        ),
    ],
)
def test_a_deployed_function(
    fields: dict[str, str], payload: bytes, expected: Reply, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Any FunctionError means that it failed."""
    made, stub = client(monkeypatch)
    sent = {"FunctionName": ARN, "ClientContext": "e30=", "Payload": b"{}"}
    stub.add_response("invoke", {"Payload": io.BytesIO(payload), **fields}, sent)
    with stub:
        assert expected == deployed.invoke(ARN, b"{}", "e30=", client=made)
    stub.assert_no_pending_responses()


def test_what_aws_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    """In its own words."""
    made, stub = client(monkeypatch)
    stub.add_client_error("invoke", "AccessDeniedException", "not authorized", expected_params=None)
    with stub, pytest.raises(InvokingError, match=f"{ARN}.*not authorized"):
        deployed.invoke(ARN, b"{}", "e30=", client=made)


@pytest.mark.parametrize(
    ("name", "given", "region"),
    [(ARN, None, "eu-central-1"), ("io", "us-west-2", "us-west-2"), ("io", None, None)],
)
def test_the_region(
    name: str, given: str | None, region: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As given, else of the ARN, else of the AWS settings."""
    seen: list[object] = []

    class Client:
        def invoke(self, **_: object) -> dict[str, object]:
            return {"Payload": io.BytesIO(b"1")}

    def made(service: str, region_name: str | None) -> Client:
        seen.append((service, region_name))
        return Client()

    monkeypatch.setattr(boto3, "client", made)
    deployed.invoke(name, b"{}", "e30=", region=given)
    assert [("lambda", region)] == seen


def test_without_boto3_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """The extra aws brings it."""
    monkeypatch.setitem(sys.modules, "boto3", None)
    with pytest.raises(InvokingError, match=r"ioplugins\[aws\]"):
        deployed.invoke("io", b"{}", "e30=")


# ------------------------------------------------------------------------------------- packages


def package(path: Path, **manifest: str) -> Path:
    with zipfile.ZipFile(path, "w") as opened:
        if manifest:
            opened.writestr("ioplugins.json", json.dumps(manifest))
    return path


def test_a_package_is_unzipped(tmp_path: Path) -> None:
    """For as long as it is needed."""
    path = package(tmp_path / "a.zip", python=here().python, architecture=here().architecture)
    with emulator.unzipped(path) as folder:
        assert (folder / "ioplugins.json").is_file()
    assert not folder.exists()


@pytest.mark.parametrize(
    ("content", "told"),
    [(None, "lambda package"), (b"text", "is no package"), ({}, "is no package")],
)
def test_what_is_no_package(content: Any, told: str, tmp_path: Path) -> None:
    """Missing, no zip, or another zip."""
    path = tmp_path / "a.zip"
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content is not None:
        package(path)
    with pytest.raises(InvokingError, match=told), emulator.unzipped(path):
        raise AssertionError


def test_a_package_for_another_platform(tmp_path: Path) -> None:
    """It cannot run here; the error says for what it is."""
    path = package(tmp_path / "a.zip", python="3.9", architecture="mips")
    with pytest.raises(InvokingError, match=r"Python 3\.9 on mips"), emulator.unzipped(path):
        raise AssertionError


def test_the_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The user's, where the desktop standard says."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert tmp_path / "ioplugins" / "lambda" == emulator.cache()
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert Path.home() / ".cache" / "ioplugins" / "lambda" == emulator.cache()


def test_two_that_download_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first one's stays; both have it."""
    kept = tmp_path / f"awslambdaric-1-{sys.implementation.cache_tag}"

    def install(folder: Path, requirement: str) -> None:
        for place in (folder, kept):  # the other one is faster
            place.mkdir(parents=True)
            (place / "file").write_text(requirement)

    monkeypatch.setattr(emulator, "_install", install)
    assert kept == emulator.runtime_client("1", tmp_path)
    assert ["file"] == [one.name for one in kept.iterdir()]
    assert [kept] == list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_written_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not taken for another process's."""
    monkeypatch.setattr(emulator, "_install", lambda folder, requirement: None)
    with pytest.raises(FileNotFoundError):
        emulator.runtime_client("1", tmp_path)


def test_the_emulator_runs_on_linux_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Elsewhere the error says what to do instead."""
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(InvokingError, match="ioplugins invoke"):
        emulator.emulator_program()


def test_an_emulator_that_does_not_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it printed is told."""
    program = tmp_path / "program"
    program.write_text("#!/bin/sh\necho a reason\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setattr(emulator, "emulator_program", lambda: program)
    with (
        pytest.raises(InvokingError, match="a reason"),
        emulator.emulated(tmp_path, ["true"], {}, tmp_path / "log"),
    ):
        raise AssertionError
