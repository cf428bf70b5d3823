"""Which of an author's files go into a package."""

from __future__ import annotations

from pathlib import Path

import pytest

from ioplugins.aws_lambda.packaging import PackagingError
from ioplugins.aws_lambda.packaging.sources import author_files


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project in the working directory."""
    files = {
        "functions.py": "import json, prices\ndef f():\n    from shop.orders import g\n",
        "prices.py": "from rates import table as t\n",
        "rates.py": "import prices\n",
        "unused.py": "",
        "shop/__init__.py": "from . import inner\n",
        "shop/orders.py": "import deeper\n",
        "shop/data.json": "{}",
        "shop/.env": "SECRET=1",
        "shop/__pycache__/orders.pyc": "",
        "shop/.hidden/file.py": "",
        "deeper.py": "",
        "data/rows.csv": "",
        "odd-name.py": "",
        "broken.py": "def f(:\n",
    }
    for place, text in files.items():
        path = tmp_path / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


FROM_FUNCTIONS = {
    "deeper.py",
    "functions.py",
    "prices.py",
    "rates.py",
    "shop/__init__.py",
    "shop/data.json",
    "shop/orders.py",
}


@pytest.mark.parametrize(
    ("target", "name"),
    [
        ("functions.py", "functions"),
        ("functions", "functions"),
        ("./functions.py:FUNCTIONS", "functions:FUNCTIONS"),
        ("functions:a.b", "functions:a.b"),
    ],
)
def test_a_file_brings_what_it_imports(folder: Path, target: str, name: str) -> None:
    """From its own folder, wherever the import stands; nothing hidden, no caches."""
    found = author_files(target)
    assert (name, folder) == (found.target, found.folder)
    assert set(found.files) == FROM_FUNCTIONS
    assert folder / "prices.py" == found.files["prices.py"]


@pytest.mark.parametrize(
    ("target", "name"), [("shop", "shop"), ("shop.orders:X", "shop.orders:X"), ("./shop", "shop")]
)
def test_a_package_brings_its_folder(folder: Path, target: str, name: str) -> None:
    """All of it, data too."""
    found = author_files(target)
    assert name == found.target
    assert {"shop/__init__.py", "shop/data.json", "shop/orders.py"} == set(found.files)


def test_a_file_elsewhere_has_its_own_folder(
    folder: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its requirements.txt is looked for there."""
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    found = author_files(str(folder / "functions.py"))
    assert folder == found.folder
    assert set(found.files) == FROM_FUNCTIONS


def test_what_is_installed_brings_no_files(folder: Path) -> None:
    """It has to come from the requirements; and without a TARGET there is none."""
    assert {} == author_files("installed_package.module").files
    assert None is author_files(None).target


def test_further_files(folder: Path) -> None:
    """A folder under its name, a file at the top."""
    found = author_files("prices.py", [Path("data"), Path("shop/data.json")])
    assert {"prices.py", "rates.py", "data/rows.csv", "data.json"} == set(found.files)


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("nothing.py", "there is no such file"),
        ("data", "without __init__.py"),
        ("shop/orders.py", "name it as package.module"),
        ("odd-name.py", "cannot be the name of a module"),
        ("broken.py", r"broken\.py line 1"),
    ],
)
def test_what_cannot_be_packaged(folder: Path, target: str, reason: str) -> None:
    """The error names the file and says why."""
    with pytest.raises(PackagingError, match=reason):
        author_files(target)


def test_a_further_file_that_is_not_there(folder: Path) -> None:
    """It is named."""
    with pytest.raises(PackagingError, match=r"--include no\.csv"):
        author_files("prices.py", [Path("no.csv")])
