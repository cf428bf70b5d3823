"""The command new: projects that pass their own tests and linters, installed and served for real."""

from __future__ import annotations

import configparser
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tarfile
import zipfile
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.request import Request, urlopen

import pytest
from click.testing import CliRunner

from ioplugins.cli import main
from ioplugins.cli.new import TEMPLATE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from click.testing import Result

ROOT = Path(__file__).parents[2]
ID = "5f9b3c2a7d1e4f0011aa22bb"
TOKEN = "only-for-this-test"
LINTERS = ("ruff", "mypy")

# import-linter stands for the extra dev: with it and in CI they run, or fail.
needs_linters = pytest.mark.skipif(
    not all(map(find_spec, LINTERS))
    and not (os.environ.get("CI") == "true" and find_spec("importlinter")),
    reason="ruff and mypy come with the extra dev",
)

# They share one distribution and its environment.
pytestmark = pytest.mark.xdist_group("new")


def new(*arguments: str) -> Result:
    """Run ``ioplugins new`` in this process."""
    return CliRunner().invoke(main, ["new", *arguments])


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def run(*command: str | Path, cwd: Path, **environment: str) -> str:
    """Run *command* to its end, without a terminal; gives what it printed."""
    done = subprocess.run(
        command,
        cwd=cwd,
        env={**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1", **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=120,
    )
    assert 0 == done.returncode, f"{command}\n{done.stdout}"
    return done.stdout


def build(what: str, source: Path, to: Path) -> Path:
    """Build a distribution of *source* with the backend that pip uses; gives the file."""
    code = "import sys; from setuptools import build_meta as b; "
    out = run(
        sys.executable, "-c", f"{code}print(b.build_{what}(sys.argv[1]))", str(to), cwd=source
    )
    return to / out.splitlines()[-1]


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What of the repository a distribution is built from; building writes into it."""
    folder = tmp_path_factory.mktemp("checkout")
    ignored = shutil.ignore_patterns("__pycache__")
    for name in ("ioplugins", "contrib/template"):
        shutil.copytree(ROOT / name, folder / name, symlinks=True, ignore=ignored)
    for name in ("setup.cfg", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, folder)
    return folder


@pytest.fixture(scope="module")
def wheel(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel that was built from the source distribution, as PyPI's users may have to."""
    folder = tmp_path_factory.mktemp("built")
    with tarfile.open(build("sdist", checkout, folder)) as archive:
        archive.extractall(folder, filter="data")
    [source] = [path for path in folder.iterdir() if path.is_dir()]
    assert not (source / "ioplugins/cli/template").is_symlink()
    return build("wheel", source, folder)


class Environment:
    """A virtual environment with packages of its own before those of the running one."""

    def __init__(self, folder: Path) -> None:
        run(sys.executable, "-m", "venv", "--without-pip", str(folder), cwd=folder.parent)
        self.bin = folder / "bin"
        self.python = self.bin / "python"
        code = "import sysconfig; print(sysconfig.get_path('purelib'))"
        self.site = Path(run(self.python, "-c", code, cwd=folder).strip())
        own = {Path(path) for path in sys.path if path.endswith("-packages")}
        self.site.joinpath("running.pth").write_text("".join(f"{path}\n" for path in own))

    def install(self, *what: str | Path) -> None:
        """Install with pip: nothing is fetched."""
        options = ("--no-deps", "--no-build-isolation", "--no-index", "--quiet")
        pip = (sys.executable, "-m", "pip", "--python", self.python, "install", *options)
        run(*pip, *what, cwd=self.bin)

    def run(self, command: str, cwd: Path, **environment: str) -> str:
        """Run a command line as a shell would with the environment activated."""
        program, *arguments = shlex.split(command)
        # Tools of the running environment are modules of this one as well.
        path = os.pathsep.join([str(self.bin), os.environ.get("PATH", "")])
        call = (self.python, "-m", program, *arguments)
        return run(*call, cwd=cwd, PATH=path, VIRTUAL_ENV=str(self.bin.parent), **environment)


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """An environment in which the wheel is installed."""
    made = Environment(tmp_path_factory.mktemp("environment") / "venv")
    made.install(wheel)
    return made


def passes_its_ci(project: Path, environment: Environment, *programs: str) -> None:
    """Run what the project's CI runs of *programs*."""
    text = (project / ".github/workflows/ci.yml").read_text(encoding="utf-8")
    install, *steps = re.findall(r"^      - run: (.+)$", text, re.MULTILINE)
    assert 'python -m pip install -e ".[dev]"' == install
    assert ["ruff", "ruff", "mypy", "pytest", "ioplugins"] == [step.split()[0] for step in steps]
    for step in steps:
        if step.split()[0] in programs:
            printed = environment.run(step, project)
            assert step != "pytest" or re.search(r"^=+ [0-9]+ passed in ", printed, re.MULTILINE)


def test_the_wheel_holds_the_template(wheel: Path, environment: Environment) -> None:
    """All of it, hidden files included, built from the source distribution."""
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    files = [
        path.relative_to(TEMPLATE).as_posix() for path in TEMPLATE.rglob("*") if path.is_file()
    ]
    assert {".gitignore", "ci.yml.jinja"} <= {Path(file).name for file in files}
    assert [] == [file for file in files if f"ioplugins/cli/template/{file}" not in names]
    code = "import ioplugins; print(ioplugins.__file__)"
    assert run(environment.python, "-c", code, cwd=wheel.parent).startswith(str(environment.site))


def test_an_editable_installation_finds_the_template(checkout: Path, tmp_path: Path) -> None:
    """Where the repository has it."""
    edited = Environment(tmp_path / "venv")
    edited.install("-e", checkout)
    code = "from ioplugins.cli.new import TEMPLATE; print(TEMPLATE.resolve())"
    printed = run(edited.python, "-c", code, cwd=tmp_path)
    assert checkout.resolve() / "contrib/template" == Path(printed.strip())
    edited.run("ioplugins new project edited", tmp_path)
    assert (tmp_path / "edited/.gitignore").exists()


def test_a_connector(environment: Environment, tmp_path: Path) -> None:
    """It passes its CI, and once installed it is listed and served under its id, with no git."""
    tools = tmp_path / "no-tools"
    tools.mkdir()
    command = (environment.python, "-m", "ioplugins", "new", "connector", "My-Shop.2")
    run(*command, "--connector-id", ID, cwd=tmp_path, PATH=str(tools))
    project = tmp_path / "My-Shop.2"
    environment.install("-e", project)
    passes_its_ci(project, environment, "pytest", "ioplugins")

    listed = environment.run("ioplugins list", tmp_path)
    assert f"Connector {ID}" in listed
    for name in ("trim_text", "refuse_incomplete", "forgive_duplicates", "ping", "export_records"):
        assert name in listed
    shop = {"MY_SHOP_2_DATABASE": str(tmp_path / "shop.db"), "MY_SHOP_2_KEY": "secret"}
    with_key = {"connection": {"encrypted": {"key": "secret"}}}
    record = {"number": "R1", "name": "Ada"}
    page = {**with_key, "preMapData": [record], "postMapData": [record]}
    with served(environment, tmp_path, **shop) as url:
        assert [{"statusCode": 200, "id": "1"}] == call(url, "import_records", page)
        assert {"data": [{"id": 1, **record}], "lastPage": True} == call(
            url, "export_records", with_key
        )


@contextmanager
def served(environment: Environment, cwd: Path, **variables: str) -> Iterator[str]:
    """``ioplugins serve`` on a free port; gives its URL."""
    process = subprocess.Popen(
        (environment.python, "-m", "ioplugins", "serve", "--port", "0"),
        cwd=cwd,
        env={**os.environ, "INTEGRATOR_EXTENSION_SYSTEM_TOKEN": TOKEN, **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    printed: list[str] = []
    assert process.stdout is not None
    try:
        for line in process.stdout:
            printed.append(line)
            found = re.search(r"http://127\.0\.0\.1:[0-9]+", line)
            if found:
                yield found.group()
                break
    finally:
        process.terminate()
        printed.append(process.communicate(timeout=60)[0])
    assert (0, True) == (process.returncode, len(printed) > 1), "".join(printed)


def call(url: str, function: str, options: dict[str, Any]) -> Any:
    """The answer of the connector's *function*."""
    request = {"_connectorId": ID, "function": function, "options": options}
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
    with urlopen(Request(f"{url}/function", json.dumps(request).encode(), headers)) as response:
        return json.load(response)


def test_a_project(environment: Environment, tmp_path: Path) -> None:
    """It passes its CI, and what its README shows runs."""
    environment.run("ioplugins new project Orders2 --author 'Ada; #1'", tmp_path)
    project = tmp_path / "Orders2"
    environment.install("-e", project)
    passes_its_ci(project, environment, "pytest", "ioplugins")

    assert "refuse_incomplete" in environment.run("ioplugins list orders2", project)
    (project / "page.json").write_text(environment.run("ioplugins kinds preMap --example", project))
    command = "ioplugins invoke orders2 refuse_incomplete --options page.json"
    assert command in (project / "README.md").read_text(encoding="utf-8")
    assert [{"data": {"id": 1}}, {"data": {"id": 2}}] == json.loads(
        environment.run(command, project).splitlines()[-1]
    )


@needs_linters
@pytest.mark.parametrize("name", ["s", "Long-" + "x" * 55])
@pytest.mark.parametrize("kind", ["connector", "project"])
def test_linters(kind: str, name: str, environment: Environment, here: Path) -> None:
    """They find nothing, however short or long the name is; to types it makes no difference."""
    made = new(kind, name)
    assert 0 == made.exit_code, made.output
    passes_its_ci(here / name, environment, *(LINTERS if name == "s" else ["ruff"]))


# ----------------------------------------------------------------------- what is asked and said


def metadata(project: Path) -> configparser.RawConfigParser:
    """The project's setup.cfg as setuptools reads it."""
    parser = configparser.RawConfigParser()
    parser.optionxform = str  # type: ignore[assignment]
    parser.read(project / "setup.cfg", encoding="utf-8")
    return parser


def test_what_is_asked(here: Path) -> None:
    """Every answer arrives as it was given, characters of templates and of INI files too."""
    text = '50% [off] # "; {{ name }} é'
    made = new(
        *("connector", "my-shop", "--connector-id", ID, "--description", text),
        *("--author", "Ada {% Lovelace", "--output", "shop"),
    )
    assert 0 == made.exit_code, made.output
    assert "cd shop" in made.output
    found = metadata(here / "shop")
    assert ("my-shop", text, "Ada {% Lovelace") == tuple(
        found["metadata"][key] for key in ("name", "description", "author")
    )
    assert f"{ID} = my_shop" == found["options.entry_points"]["ioplugins.connectors"].strip()
    assert text in (here / "shop/README.md").read_text(encoding="utf-8")


def test_what_is_not_asked(here: Path) -> None:
    """The name stands for the id until there is one; a project has neither id nor wrapper."""
    for kind in ("connector", "project"):
        made = new(kind, f"my-{kind}")
        assert 0 == made.exit_code, made.output
        assert "author" not in metadata(here / f"my-{kind}")["metadata"]
    entry = metadata(here / "my-connector")["options.entry_points"]["ioplugins.connectors"]
    assert "my-connector = my_connector" == entry.strip()
    assert not metadata(here / "my-project").has_section("options.entry_points")
    files = {path.name for path in (here / "my-project").rglob("*.py")}
    assert {"__init__.py", "hooks.py", "test_hooks.py"} == files


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("", "cannot be the name"),
        ("../shop", "--output"),
        ("a/b", "--output"),
        (".", "cannot be the name"),
        ("-shop-", "No such option"),
        ("shop-", "cannot be the name"),
        ("my shop", "cannot be the name"),
        ("café", "cannot be the name"),
        ("{{name}}", "cannot be the name"),
        ("x" * 61, "up to 60"),
        ("2nd-shop", "io-2nd-shop"),
        ("class", "word of Python"),
        ("JSON", "module of Python"),
        ("tests", "its use already"),
        ("click", "imported here already"),
        ("attr", "imported here already"),
        ("PyTest-cov", "imported here already"),
        ("pytest.XDIST", "installed here already"),
    ],
)
def test_names_that_are_refused(name: str, told: str, here: Path) -> None:
    """With what to do; nothing is written."""
    result = new("connector", name)
    assert 2 == result.exit_code
    assert told in " ".join(result.output.split())
    assert [] == list(here.parent.rglob("*shop*"))
    assert [] == list(here.iterdir())


def test_a_suggested_name_does(here: Path) -> None:
    """The names that the errors suggest are taken."""
    for name in ("io-2nd-shop", "io-class", "io-JSON"):
        assert 0 == new("project", name).exit_code


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--connector-id", "a = b"], "no _connectorId"),
        (["--connector-id", ""], "no _connectorId"),
        (["--description", "one\ntwo"], "one line"),
        (["--description", "file: secret"], "file:"),
        (["--author", "A\x00"], "one line"),
        (["--output", "missing/shop"], "no folder missing"),
    ],
)
def test_answers_that_are_refused(arguments: list[str], told: str, here: Path) -> None:
    """With what to do; nothing is written."""
    result = new("connector", "shop", *arguments)
    assert result.exit_code in {1, 2}
    assert told in " ".join(result.output.split())
    assert [] == list(here.iterdir())


def test_a_project_has_no_id(here: Path) -> None:
    """The option is the connector's."""
    assert 2 == new("project", "shop", "--connector-id", ID).exit_code
    assert [] == list(here.iterdir())


def test_nothing_is_overwritten(here: Path) -> None:
    """A folder with something in it, a file, a link: all stay as they are."""
    (here / "shop").mkdir()
    (here / "shop/.hidden").write_text("mine")
    (here / "file").write_text("mine")
    (here / "link").symlink_to(here / "nowhere")
    for output in ("shop", "file", "link"):
        result = new("project", "shop", "--output", output)
        assert 1 == result.exit_code
        assert f"{output} is there already" in result.output
        assert "--output" in result.output
    assert ["file", "link", "shop"] == sorted(path.name for path in here.iterdir())
    assert "mine" == (here / "file").read_text() == (here / "shop/.hidden").read_text()


@pytest.mark.parametrize("output", ["empty", "."])
def test_an_empty_folder_will_do(output: str, here: Path) -> None:
    """The working directory too; nothing besides the project is left in it."""
    (here / output).mkdir(exist_ok=True)
    result = new("project", "shop", "--output", output)
    assert 0 == result.exit_code, result.output
    names = {path.name for path in (here / output).iterdir()}
    assert {"src", "tests", "setup.cfg", ".gitignore", ".github"} <= names
    assert not [name for name in names if name.startswith(".ioplugins")]


def test_again(here: Path) -> None:
    """The second time it refuses, and the first project stays."""
    assert 0 == new("project", "shop").exit_code
    (here / "shop/src/shop/hooks.py").write_text("# mine")
    assert 1 == new("project", "shop").exit_code
    assert "# mine" == (here / "shop/src/shop/hooks.py").read_text()


def test_a_failure_leaves_nothing(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even a part."""

    def full(*_: object, **__: object) -> None:
        Path(here / next(here.iterdir()).name, "half").write_text("")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("copier.run_copy", full)
    result = new("project", "shop")
    assert 1 == result.exit_code
    assert "Cannot write shop: No space left on device." in result.output
    assert [] == list(here.iterdir())


def test_without_copier(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error says what to install."""
    monkeypatch.setitem(sys.modules, "copier", None)
    result = new("connector", "shop")
    assert 1 == result.exit_code
    assert 'pip install "ioplugins[new]"' in result.output
    assert [] == list(here.iterdir())


def test_copier_is_imported_by_the_command_only() -> None:
    """It costs the other commands nothing."""
    code = "import sys, ioplugins.cli.new; print('copier' in sys.modules)"
    assert "False\n" == run(sys.executable, "-c", code, cwd=ROOT)


def test_no_template_is_python() -> None:
    """Tools that look for Python in the package find none that is not."""
    assert [] == [path for path in TEMPLATE.rglob("*") if path.suffix == ".py"]
