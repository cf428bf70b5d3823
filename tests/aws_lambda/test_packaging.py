"""Packages: what is in them, that they are made alike, and that they run alone."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ioplugins.aws_lambda.packaging import PackagingError, archive, installing
from ioplugins.aws_lambda.packaging.archive import check_unzipped, megabytes
from ioplugins.aws_lambda.packaging.framework import write_wheel
from ioplugins.aws_lambda.packaging.package import (
    Package,
    Request,
    _add_author,
    _entries,
    make_package,
)
from ioplugins.aws_lambda.packaging.platforms import PYTHONS, Platform, here
from ioplugins.aws_lambda.packaging.sources import AuthorFiles, author_files

from .conftest import ROOT, downloads

if TYPE_CHECKING:
    from collections.abc import Sequence

pytestmark = pytest.mark.xdist_group("lambda-packages")

OTHER = Platform(
    "3.12" if here().python != "3.12" else "3.13",
    "arm64" if here().architecture != "arm64" else "x86_64",
)
FUNCTIONS = """
import humanize
from ioplugins import hook

@hook("preMap")
def f(options: dict):
    return []
"""


def project(folder: Path, source: str = FUNCTIONS, requirements: str = "humanize") -> Path:
    """An author's folder; gives the TARGET in it."""
    folder.mkdir(parents=True)
    (folder / "requirements.txt").write_text(requirements, encoding="utf-8")
    (folder / "functions.py").write_text(source, encoding="utf-8")
    return folder / "functions.py"


def made(
    target: Path,
    path: Path,
    platform: Platform | None = None,
    *,
    http: bool = False,
    check: bool = True,
    packages: Sequence[Path] = (),
) -> tuple[Package, list[str]]:
    """A package of *target*, and what was told meanwhile."""
    told: list[str] = []
    request = Request(
        author_files(str(target)),
        platform or here(),
        [target.parent / "requirements.txt"],
        packages,
        http,
        check,
    )
    with downloads():
        package = make_package(request, path, told.append)
    return package, told


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def names(path: Path) -> set[str]:
    with zipfile.ZipFile(path) as opened:
        return set(opened.namelist())


def test_the_same_input_gives_the_same_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In another folder, at another time, in another time zone, with another umask and hash seed."""
    first, _ = made(project(tmp_path / "a"), tmp_path / "one.zip")
    target = project(tmp_path / "other" / "place")
    os.utime(target, (1_000_000_000, 1_000_000_000))
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    monkeypatch.setenv("PYTHONHASHSEED", "7")
    time.tzset()
    mask = os.umask(0o077)
    try:
        second, _ = made(target, tmp_path / "two.zip")
    finally:
        os.umask(mask)
        monkeypatch.undo()
        time.tzset()
    assert sha256(first.path) == sha256(second.path)


def test_what_is_in_it(tmp_path: Path) -> None:
    """Functions, requirements and framework; bytecode; nothing of installers; modes that run."""
    package, told = made(project(tmp_path / "a"), tmp_path / "deep" / "function.zip")
    held = names(package.path)
    version = sys.implementation.cache_tag
    assert {
        "functions.py",
        f"__pycache__/functions.{version}.pyc",
        "humanize/__init__.py",
        "ioplugins.json",
        "ioplugins/aws_lambda/handler.py",
        "lambda_function.py",
        "orjson/__init__.py",
    } <= held
    tops = {name.partition("/")[0] for name in held}
    assert not {"bin", "click", "werkzeug", "granian", "requirements.txt", ".lock"} & tops
    unwanted = ("RECORD", "INSTALLER", "direct_url.json", "REQUESTED", "uv_cache.json")
    assert [] == [name for name in held if name.endswith(unwanted)]
    for part in ("cli", "server", "aws_lambda/packaging", "aws_lambda/invoking"):
        assert not any(name.startswith(f"ioplugins/{part}/") for name in held)
    assert "ioplugins/testing.py" not in held
    with zipfile.ZipFile(package.path) as opened:
        infos = {info.filename: info for info in opened.infolist()}
    wrapper = infos["ioplugins/aws_lambda/exec-wrapper"]
    assert 0o100755 == wrapper.external_attr >> 16
    assert 0o100644 == infos["functions.py"].external_attr >> 16
    assert {(1980, 1, 1, 0, 0, 0)} == {info.date_time for info in infos.values()}
    assert list(infos) == sorted(infos)
    assert told[-1] == "Checked: it serves f"
    assert any(line.startswith("Installed") and "humanize" in line for line in told)


def test_bytecode_is_never_compared_with_its_source(tmp_path: Path) -> None:
    """Flags 1: by hash, and unchecked; its file names are Lambda's, not this machine's."""
    package, _ = made(project(tmp_path / "a"), tmp_path / "function.zip")
    with zipfile.ZipFile(package.path) as opened:
        code = opened.read(f"__pycache__/functions.{sys.implementation.cache_tag}.pyc")
    assert 1 == int.from_bytes(code[4:8], "little")
    assert b"/var/task/functions.py" in code
    assert str(tmp_path).encode() not in code


def test_a_package_for_another_platform(tmp_path: Path) -> None:
    """Its wheels, its markers and its manifest; it is neither compiled nor checked here."""
    requirements = (
        f"orjson\nhumanize\niniconfig; python_version == '{OTHER.python}'\n"
        f"toolz; python_version == '{here().python}'\n"
    )
    target = project(tmp_path / "a", requirements=requirements)
    package, told = made(target, tmp_path / "function.zip", OTHER)
    held = names(package.path)
    tag = OTHER.python.replace(".", "")
    machine = {"arm64": "aarch64", "x86_64": "x86_64"}[OTHER.architecture]
    assert any(f"cpython-{tag}-{machine}" in name for name in held if "orjson" in name)
    tops = {name.partition("/")[0] for name in held}
    assert "iniconfig" in tops
    assert "toolz" not in tops
    with zipfile.ZipFile(package.path) as opened:
        manifest = json.loads(opened.read("ioplugins.json"))
    assert (OTHER.python, OTHER.architecture) == (manifest["python"], manifest["architecture"])
    assert not any(name.endswith(".pyc") for name in held)
    assert f"Not compiled: that takes Python {OTHER.python}" in told
    assert f"Not checked: that takes {OTHER}" == told[-1]


def test_a_package_that_serves_http(tmp_path: Path) -> None:
    """It has the server's application and what that requires, and still no command line."""
    package, _ = made(project(tmp_path / "a"), tmp_path / "function.zip", http=True)
    held = names(package.path)
    assert {"ioplugins/server/app.py", "werkzeug/http.py", "apig_wsgi/__init__.py"} <= held
    assert not any(name.startswith(("click/", "ioplugins/cli/")) for name in held)


def test_connectors_are_built_and_frozen(tmp_path: Path) -> None:
    """A package's folder becomes a part of the zip; its entry point is in the manifest."""
    shop = ROOT / "examples" / "03-connector-package"
    request = Request(author_files(None), here(), packages=[shop])
    told: list[str] = []
    with downloads():
        package = make_package(request, tmp_path / "function.zip", told.append)
    with zipfile.ZipFile(package.path) as opened:
        manifest = json.loads(opened.read("ioplugins.json"))
        opened.extractall(tmp_path / "task")
    (entry,) = manifest["entries"]
    assert "ioplugins.connectors" == entry["group"]
    assert any(line.startswith("Froze a manifest of 1 ") for line in told)
    program = (
        "import sys; sys.path.insert(0, sys.argv[1]); from lambda_function import handler; "
        "print(*handler.configuration.connectors); print('importlib.metadata' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", program, str(tmp_path / "task")],
        capture_output=True,
        text=True,
        check=True,
    )
    assert [entry["name"], "False"] == done.stdout.split()


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (FUNCTIONS, "humanize"),
        ("FUNCTIONS = {'f': 5}\nraise ValueError('a reason')", "a reason"),
        ("from ioplugins import hook\n@hook('nothing')\ndef f(options): ...", "nothing"),
    ],
    ids=["a requirement that is missing", "an import that fails", "a kind that is none"],
)
def test_a_package_that_would_not_work(source: str, reason: str, tmp_path: Path) -> None:
    """It is found here, not on AWS; no zip is left, unless the check is off."""
    target = project(tmp_path / "a", source, requirements="")
    with pytest.raises(PackagingError, match=reason):
        made(target, tmp_path / "function.zip")
    assert not (tmp_path / "function.zip").exists()


def test_the_check_can_be_left_out(tmp_path: Path) -> None:
    """For what only Lambda has."""
    target = project(tmp_path / "a", "import nothing_like_it", requirements="")
    package, told = made(target, tmp_path / "function.zip", check=False)
    assert package.path.exists()
    assert not any(line.startswith("Checked") for line in told)


def test_what_has_no_wheel_is_an_error(tmp_path: Path) -> None:
    """In uv's own words, which name it."""
    target = project(tmp_path / "a", requirements="humanize==0.0.0.0")
    request = Request(author_files(str(target)), here(), [target.parent / "requirements.txt"])
    with pytest.raises(PackagingError, match="humanize"):
        make_package(request, tmp_path / "function.zip", list[str]().append)


# ---------------------------------------------------------------------------- pieces, offline


@pytest.mark.parametrize("name", ["lambda_function.py", "ioplugins.json", "humanize/x.py"])
def test_a_name_that_is_taken_is_an_error(name: str, tmp_path: Path) -> None:
    """The author's file would hide another, or be hidden."""
    for folder in ("package", "author"):
        path = tmp_path / folder / "humanize" / "x.py"
        path.parent.mkdir(parents=True)
        path.write_text("")
    author = AuthorFiles("functions", tmp_path, {name: tmp_path / "author" / "humanize" / "x.py"})
    with pytest.raises(PackagingError, match=f"{name} is in the package already.*Rename yours"):
        _add_author(tmp_path / "package", author)


def test_two_packages_of_one_name(tmp_path: Path) -> None:
    """The error names both; order decides nothing."""
    for package in ("one", "two"):
        info = tmp_path / f"{package}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[ioplugins.connectors]\nshop = {package}:F\n")
    with pytest.raises(PackagingError, match=r"one 1\.0 and two 1\.0 both announce 'shop'"):
        _entries(tmp_path)


def test_a_package_that_is_too_large_names_the_largest() -> None:
    """Five of them, in order."""
    packages = {
        name: size << 20 for name, size in zip("abcdef", (90, 80, 50, 30, 20, 10), strict=True)
    }
    with pytest.raises(PackagingError, match="280.0 MB unzipped") as raised:
        check_unzipped(280 << 20, packages)
    assert "a 90.0 MB, b 80.0 MB, c 50.0 MB, d 30.0 MB, e 20.0 MB." in str(raised.value)
    check_unzipped(250 << 20, packages)


def test_a_zip_that_is_too_large_for_an_upload_is_warned_about(tmp_path: Path) -> None:
    """It can still go through a bucket."""
    large = Package(tmp_path, archive.UPLOAD_LIMIT + 1, 0, {"numpy": 60 << 20})
    assert "S3" in large.warning
    assert "numpy 60.0 MB" in large.warning
    assert "" == Package(tmp_path, archive.UPLOAD_LIMIT, 0, {}).warning


def test_without_uv_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """The extra aws brings it; one on the PATH does as well."""
    monkeypatch.setitem(sys.modules, "uv", None)
    monkeypatch.setattr(installing.shutil, "which", lambda name: None)
    with pytest.raises(PackagingError, match=r"ioplugins\[aws\]"):
        installing.uv("--version")
    monkeypatch.setattr(installing.shutil, "which", lambda name: sys.executable)
    installing.uv("--version")


def test_the_framework_requires_what_a_handler_needs(tmp_path: Path) -> None:
    """Click is the command line's and werkzeug the server's; extras stay for who asks."""
    needed: dict[bool, set[str]] = {}
    for http in (True, False):
        folder = tmp_path / str(http)
        folder.mkdir()
        with zipfile.ZipFile(write_wheel(folder, http=http)) as wheel:
            name = next(one for one in wheel.namelist() if one.endswith("/METADATA"))
            lines = wheel.read(name).decode().splitlines()
        requirements = [line.split(": ")[1] for line in lines if line.startswith("Requires-Dist")]
        needed[http] = {one.split(">")[0] for one in requirements if "extra ==" not in one}
        assert any("granian" in one for one in requirements)
    assert {"attrs", "cattrs", "orjson", "pluggy"} == needed[False]
    assert {"werkzeug"} == needed[True] - needed[False]


@pytest.mark.parametrize("python", PYTHONS)
def test_platforms(python: str) -> None:
    """Amazon Linux 2023 has glibc 2.34, Amazon Linux 2 less."""
    platform = Platform(python, "arm64")
    library = "2_34" if python in {"3.12", "3.13", "3.14"} else "2_17"
    assert f"aarch64-manylinux_{library}" == platform.tags
    assert f"python{python}" == platform.runtime
    assert f"Python {python} on arm64" == str(platform)


def test_megabytes() -> None:
    """As Lambda counts them."""
    assert "50.0 MB" == megabytes(50 * 1024 * 1024)
