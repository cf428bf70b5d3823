"""AWS's Runtime Interface Emulator: a zip runs on this machine as it does on Lambda.

The emulator is a program in the PyPI package aws-sam-cli. It and AWS's runtime client are
downloaded once, into the user's cache.
"""

from __future__ import annotations

import os
import platform
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from ioplugins.aws_lambda.invoking import InvokingError
from ioplugins.aws_lambda.invoking.exchange import Reply, reply
from ioplugins.aws_lambda.packaging.installing import uv
from ioplugins.aws_lambda.packaging.platforms import here
from ioplugins.jsonvalue import parse

_PATH: Final = "/2015-03-31/functions/function/invocations"
_PATIENCE: Final = 30.0  # seconds until the emulator listens


def cache() -> Path:
    """The folder for what is downloaded once."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "ioplugins", "lambda")


def emulator_program(folder: Path | None = None) -> Path:
    """The emulator for this machine, downloaded when it is not there yet.

    Args:
        folder: Where to keep it; `cache()` when left out.

    Raises:
        InvokingError: There is none for this system.
        PackagingError: It cannot be downloaded.
    """
    if sys.platform != "linux":
        raise InvokingError(
            "AWS's emulator runs on Linux only; call the functions with `ioplugins invoke`, or "
            "the deployed function with --function-name."
        )
    machine = "arm64" if platform.machine() in {"aarch64", "arm64"} else "x86_64"
    program = Path(folder or cache(), "aws-sam-cli", f"aws-lambda-rie-{machine}")
    if not program.exists():
        with _beside(program) as work:
            _install(work, "aws-sam-cli")
            found = work / "samcli" / "local" / "rapid" / program.name
            found.chmod(0o755)
            _move(found, program)
    return program


def runtime_client(version: str = "", folder: Path | None = None) -> Path:
    """A folder with AWS's runtime client for this Python, downloaded when it is not there yet.

    Args:
        version: The newest when left out.
        folder: Where to keep it; `cache()` when left out.

    Raises:
        PackagingError: It cannot be downloaded.
    """
    name = f"awslambdaric-{version or 'newest'}-{sys.implementation.cache_tag}"
    kept = Path(folder or cache(), name)
    if not kept.exists():
        with _beside(kept) as work:
            _install(work / "made", f"awslambdaric=={version}" if version else "awslambdaric")
            _move(work / "made", kept)
    return kept


@contextmanager
def _beside(path: Path) -> Iterator[Path]:
    """A folder beside *path* to make it in, so that it is there whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent) as work:
        yield Path(work)


def _move(made: Path, kept: Path) -> None:
    """Move *made* to its place, unless another process had it there first."""
    try:
        made.replace(kept)
    except OSError:
        if not kept.exists():
            raise


def _install(folder: Path, requirement: str) -> None:
    alone = ["--no-deps"] if requirement == "aws-sam-cli" else []
    uv(
        "pip", "install", "--quiet", "--target", str(folder), "--python", sys.executable,
        "--only-binary", ":all:", "--link-mode", "copy", *alone, requirement,
    )  # fmt: skip


@contextmanager
def unzipped(path: Path) -> Iterator[Path]:
    """The package *path* unzipped, as Lambda has it.

    Raises:
        InvokingError: It is no package, or it was made for another Python or architecture.
    """
    with tempfile.TemporaryDirectory(prefix="ioplugins-lambda-") as folder:
        try:
            with zipfile.ZipFile(path) as archive:
                manifest = parse(archive.read("ioplugins.json"))
                archive.extractall(folder)
        except FileNotFoundError:
            raise InvokingError(
                f"There is no {path}; make it with `ioplugins lambda package`."
            ) from None
        except (KeyError, zipfile.BadZipFile):
            raise InvokingError(f"{path} is no package of `ioplugins lambda package`.") from None
        made_for = (manifest.get("python"), manifest.get("architecture"))
        if made_for != (here().python, here().architecture):
            raise InvokingError(
                f"{path} is for Python {made_for[0]} on {made_for[1]} and this is {here()}. Make "
                "one for here, or call the deployed function with --function-name."
            )
        yield Path(folder)


@contextmanager
def emulated(
    folder: Path, command: Sequence[str], environment: dict[str, str], log: Path
) -> Iterator[str]:
    """Run *command*, a runtime, under the emulator in *folder*; gives the emulator's URL.

    Args:
        folder: The unzipped package.
        command: The runtime with its arguments.
        environment: Of the function; nothing else of this process's but the PATH.
        log: Gets what the function and the emulator print.

    Raises:
        InvokingError: The emulator does not start.
    """
    program = emulator_program()
    address, runtime_api = (f"127.0.0.1:{_free_port()}" for _ in range(2))
    # Without addresses it listens on all interfaces.
    arguments = [
        str(program), "--runtime-interface-emulator-address", address,
        "--runtime-api-address", runtime_api, *command,
    ]  # fmt: skip
    env = {
        "PATH": os.environ.get("PATH", ""),
        "LAMBDA_TASK_ROOT": str(folder),
        "AWS_LAMBDA_FUNCTION_TIMEOUT": "900",
        **environment,
    }
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - AWS's program
            arguments, cwd=folder, env=env, stdout=output, stderr=subprocess.STDOUT
        )
        try:
            _wait_for(process, address, log)
            yield f"http://{address}"
        finally:
            process.terminate()
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def invoke(path: Path, event: bytes, context: str) -> tuple[Reply, str]:
    """Invoke the package *path* once, on AWS's runtime client under the emulator.

    Args:
        path: The zip.
        event: JSON.
        context: The client context, base64.

    Returns:
        The reply, and what the function printed.

    Raises:
        InvokingError: It cannot be started, or failed before the call.
        PackagingError: The emulator cannot be downloaded.
    """
    with unzipped(path) as folder, tempfile.TemporaryDirectory() as work:
        log = Path(work, "log")
        command = [sys.executable, "-S", "-m", "awslambdaric", "lambda_function.handler"]
        environment = {"PYTHONPATH": f"{folder}{os.pathsep}{runtime_client()}"}
        with emulated(folder, command, environment, log) as url:
            payload = _post(url, event, context)
        printed = log.read_text(encoding="utf-8", errors="replace")
    # The emulator does not say whether a function failed.
    error = parse(payload)
    failed = isinstance(error, dict) and {"errorType", "errorMessage"} <= error.keys()
    return reply(payload, failed=failed), printed


def _post(url: str, event: bytes, context: str) -> bytes:
    headers = {"X-Amz-Client-Context": context, "Content-Type": "application/json"}
    request = urllib.request.Request(url + _PATH, event, headers)  # noqa: S310 - of this machine
    try:
        with urllib.request.urlopen(request) as response:  # noqa: S310 - as above
            body: bytes = response.read()
            return body
    except urllib.error.HTTPError as error:
        with error:
            raise InvokingError(f"The emulator answered {error.code}.") from error


def _wait_for(process: subprocess.Popen[bytes], address: str, log: Path) -> None:
    host, port = address.split(":")
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex((host, int(port))) == 0:
                return
        time.sleep(0.02)
    raise InvokingError(f"The emulator did not start:\n{log.read_text(errors='replace')}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
