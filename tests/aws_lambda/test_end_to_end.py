"""boto3, AWS's Runtime Interface Emulator, a runtime, and the packaged example 05: all together."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config

from ioplugins.aws_lambda.invoking import emulator
from ioplugins.aws_lambda.packaging.package import Request, make_package
from ioplugins.aws_lambda.packaging.platforms import here
from ioplugins.aws_lambda.packaging.sources import author_files

from .conftest import ROOT, downloads

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.xdist_group("lambda-end-to-end")

EXAMPLE = ROOT / "examples" / "05-lambda"


@pytest.fixture(scope="module")
def task(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Example 05 packaged for here and unzipped, as Lambda has it."""
    folder = tmp_path_factory.mktemp("lambda")
    request = Request(
        author_files(str(EXAMPLE / "functions.py")), here(), [EXAMPLE / "requirements.txt"]
    )
    with downloads():
        made = make_package(request, folder / "function.zip", list[str]().append)
    with zipfile.ZipFile(made.path) as opened:
        opened.extractall(folder / "task")
    # Extracting gives no modes; Lambda does.
    (folder / "task" / "ioplugins" / "aws_lambda" / "exec-wrapper").chmod(0o755)
    return folder / "task"


@pytest.fixture(scope="module")
def bare_python(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The Python of an environment that holds nothing but AWS's runtime client."""
    folder = tmp_path_factory.mktemp("venv") / "bare"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    with downloads():
        client = emulator.runtime_client()
    (packages,) = folder.glob("lib/python*/site-packages")
    shutil.copytree(client, packages, dirs_exist_ok=True)
    return str(folder / "bin" / "python")


RUNTIMES = {
    "awslambdaric": ["-m", "awslambdaric", "lambda_function.handler"],
    "our own": ["-m", "ioplugins.aws_lambda.runtime", "lambda_function.handler"],
    "exec-wrapper": [],
}


@pytest.fixture(scope="module", params=RUNTIMES)
def function(
    request: pytest.FixtureRequest,
    task: Path,
    bare_python: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Any]:
    """Invokes the function through boto3, under each of the runtimes."""
    command = [bare_python, *RUNTIMES[request.param]]
    environment = {}
    if request.param == "exec-wrapper":
        wrapper = task / "ioplugins" / "aws_lambda" / "exec-wrapper"
        command = [str(wrapper), bare_python, "/var/runtime/bootstrap.py"]
        environment = {"_HANDLER": "lambda_function.handler"}
    log = tmp_path_factory.mktemp("emulator") / "log"
    with downloads():
        emulator.emulator_program()
    with emulator.emulated(task, command, environment, log) as url:
        client = boto3.client(
            "lambda",
            endpoint_url=url,
            region_name="eu-central-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(retries={"total_max_attempts": 1}),
        )

        def invoke(event: Any, **asked: Any) -> Any:
            more = {}
            if asked:
                text = json.dumps(asked, ensure_ascii=False).encode()
                more["ClientContext"] = base64.b64encode(text).decode()
            answer = client.invoke(FunctionName="function", Payload=json.dumps(event), **more)
            return json.loads(answer["Payload"].read())

        yield invoke
        client.close()


def test_a_call(function: Any) -> None:
    """The hook's answer."""
    order = {"id": 1, "lines": [{"price": 1199.9, "quantity": 2}]}
    assert [{"data": {**order, "total": 2399.8, "totalText": "2,399.80 EUR"}}] == function(
        {"data": [order]}, diy=True, function="add_total"
    )


def test_a_fault(function: Any) -> None:
    """Node's, but for the names of what is beside it."""
    error = function({"data": [{"id": "é"}]}, diy=True, function="add_total", type="hook")
    assert ("string", []) == (error["errorType"], error["stackTrace"])
    assert (
        '{"statusCode":422,"errors":[{"message":"Order é has no lines.","code":"no_lines"}]}'
        == error["errorMessage"]
    )


def test_a_missing_client_context(function: Any) -> None:
    """The fault says so."""
    error = function({"data": []})
    assert "string" == error["errorType"]
    assert "ClientContext" in error["errorMessage"]


def test_a_name_in_utf8(function: Any) -> None:
    """The client context arrives whole, whatever is in it."""
    error = function({"data": []}, diy=True, function="Å世界")
    (told,) = json.loads(error["errorMessage"])["errors"]
    assert "invalid_function" == told["code"]
