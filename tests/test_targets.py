"""TARGETs of the command line."""

from __future__ import annotations

import json
import logging
import sys
from types import SimpleNamespace

import pytest

from ioplugins import Registry, call_function, targets
from ioplugins.errors import ConfigurationError, InvalidSource, PluginError, TargetError
from ioplugins.targets import load, load_target

SOURCE = """
from ioplugins import Registry, utility
from sibling_of_target import helper

@utility
def marked(options: dict):
    return helper(options)

registry = Registry()
registry.add({"in_registry": marked})
class Holder: inner = registry
configuration = {"diy": {"hooks": {"f": marked}}, "systemToken": "t", "port": 5, "timeout": 7}
connectors = {"connectors": {"c1": {"f": marked}}}
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    (tmp_path / "target_functions.py").write_text(SOURCE)
    (tmp_path / "sibling_of_target.py").write_text("def helper(options): return options\n")
    monkeypatch.chdir(tmp_path)
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        if (getattr(sys.modules[name], "__file__", None) or "").startswith(str(tmp_path)):
            del sys.modules[name]


def names(registry: Registry) -> list[str]:
    return [one.function.name for one in registry]


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("target_functions.py", ["marked"]),
        ("target_functions", ["marked"]),
        ("target_functions.py:registry", ["in_registry"]),
        ("target_functions:Holder.inner", ["in_registry"]),
        ("target_functions.py:marked", ["marked"]),
        ("target_functions.py:configuration", ["f"]),
    ],
)
def test_every_form_of_target(folder, target, expected) -> None:
    """File, module, attribute of either; siblings can be imported."""
    assert expected == names(load(target).registry)
    assert expected == names(load(str(folder / target) if ".py" in target else target).registry)


def test_settings_of_a_configuration_can_be_laid_over(folder) -> None:
    """Those given win, the others stay."""
    made = load("target_functions.py:configuration").configuration(port=9)
    assert (9, 7, ("t",)) == (made.settings.port, made.settings.timeout, made.settings.system_token)


def test_connectors_beside_and_inside_a_target(folder) -> None:
    """ID=TARGET, and a configuration that holds some."""
    given = load(None, ["c9=target_functions.py"])
    assert ["c9"] == list(given.configuration().connectors)
    assert ["c1"] == list(load("target_functions.py:connectors").configuration().connectors)
    with pytest.raises(TargetError, match="ID=TARGET"):
        load(None, ["nonsense"])


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("missing.py", "there is no such file"),
        ("no_such_module_here", "there is no module 'no_such_module_here'"),
        ("target_functions.py:nothing", "target_functions.py has no attribute 'nothing'"),
        ("target_functions:a.b", "has no attribute 'a.b'"),
        ("target_syntax.py", "syntax error in target_syntax.py line 2"),
        ("target_raises.py", r"ZeroDivisionError: division by zero \(target_raises.py line 2\)"),
        ("target_exits.py", "SystemExit"),
        ("target_imports.py", "ModuleNotFoundError: No module named 'not_installed_at_all'"),
        ("./notes.txt", "it is no Python file"),
        ("./empty_folder", "folder without __init__.py"),
    ],
)
def test_a_target_that_cannot_be_loaded_says_where(folder, target, reason) -> None:
    """The file and line of the author's mistake."""
    (folder / "target_syntax.py").write_text("x = 1\ndef broken(:\n")
    (folder / "target_raises.py").write_text("x = 1\n1 / 0\n")
    (folder / "target_exits.py").write_text("raise SystemExit\n")
    (folder / "target_imports.py").write_text("import not_installed_at_all\n")
    (folder / "notes.txt").write_text("")
    (folder / "empty_folder").mkdir()
    with pytest.raises(TargetError, match=reason):
        load_target(target)


def test_a_file_may_have_the_name_of_an_installed_module(folder) -> None:
    """The installed one keeps it."""
    (folder / "json.py").write_text(
        "from ioplugins import utility\n@utility\ndef mine(options): ..."
    )
    assert ["mine"] == names(load("json.py").registry)
    assert 1 == json.loads("1")
    assert json is sys.modules["json"]


def test_a_package_is_a_target(folder) -> None:
    """With its submodules."""
    package = folder / "target_package"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "inside.py").write_text(
        "from ioplugins import utility\n@utility\ndef deep(options): ..."
    )
    assert ["deep"] == names(load("target_package").registry)
    assert ["deep"] == names(load("./target_package").registry)


def test_a_configuration_that_is_wrong_says_its_error(folder) -> None:
    """As Configuration.from_mapping does."""
    (folder / "target_wrong.py").write_text("both = {'diy': {}, 'connectors': {'a': {}}}\n")
    with pytest.raises(ConfigurationError, match="only have one"):
        load("target_wrong.py:both")


# ----------------------------------------------------------------------------- what is loaded


def test_a_file_is_the_module_of_its_name(folder) -> None:
    """Run once, however it is named; a sibling that imports it gets the same module."""
    (folder / "target_once.py").write_text("import target_back\nran = []\n")
    (folder / "target_back.py").write_text("import target_once\n")

    module = load_target("target_once.py")
    assert module is load_target(str(folder / "target_once.py"))
    assert module is load_target("target_once")
    assert module is load_target("./target_once.py")
    assert module is load_target("target_back:target_once")
    assert "target_once" == module.__name__


def test_a_module_that_failed_can_be_loaded_again(folder) -> None:
    """The reloader waits for the author to mend it."""
    file = folder / "target_mended.py"
    file.write_text("1 / 0")
    with pytest.raises(TargetError):
        load_target("target_mended.py")
    file.write_text("value = 'well'  # of another length\n")

    assert "well" == load_target("target_mended.py:value")


def test_a_file_in_another_folder_finds_its_siblings(folder) -> None:
    """As a script there would."""
    inner = folder / "target_inner"
    inner.mkdir()
    (inner / "target_there.py").write_text("from target_near import value\n")
    (inner / "target_near.py").write_text("value = 5\n")

    assert 5 == load_target("target_inner/target_there.py:value")


def test_a_dotted_module(folder) -> None:
    """A package's part, with an attribute of an attribute."""
    package = folder / "target_dotted"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "part.py").write_text("class A:\n    class B:\n        value = 5\n")

    assert 5 == load_target("target_dotted.part:A.B.value")
    assert 5 == load_target("target_dotted/part.py:A.B.value")


def test_a_name_clash_keeps_both_modules(folder) -> None:
    """The file runs under a name of its own; the installed module is untouched."""
    (folder / "json.py").write_text("mine = True\n")

    module = load_target("json.py")
    assert module.mine
    assert module is not json
    assert json is load_target("json")


def test_a_drive_letter_is_no_attribute(folder, monkeypatch) -> None:
    """On Windows the first colon may belong to the path."""
    (folder / "C:target_drive.py").write_text("value = 5\n")
    monkeypatch.setattr(targets, "os", SimpleNamespace(name="nt", sep="\\"))

    assert 5 == load_target("C:target_drive.py:value")
    assert 5 == load_target("C:target_drive.py").value


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("raise SyntaxError('odd')", "syntax error in ?: odd"),
        ("import target_broken_sibling", "syntax error in target_broken_sibling.py line 2: "),
        ("import target_failing_sibling", "KeyError: 'k' (target_failing_sibling.py line 3)"),
        ("from . import x", "ImportError: attempted relative import with no known parent package"),
        ("from target_failing import nothing", "ImportError: cannot import name 'nothing'"),
        ("import target_failing.part", "ModuleNotFoundError: No module named 'target_failing."),
        ("raise SystemExit('no licence')", "SystemExit: no licence (target_failing.py line 1)"),
        ("import json\njson.loads('{')", "JSONDecodeError: Expecting property name"),
    ],
)
def test_an_import_that_fails_says_where(folder, source, reason) -> None:
    """File and line, of a sibling too."""
    (folder / "target_broken_sibling.py").write_text("x = 1\ndef broken(:\n")
    (folder / "target_failing_sibling.py").write_text("\n\n{}['k']\n")
    (folder / "target_failing.py").write_text(source)

    for target in ("target_failing.py", "target_failing", "target_failing.py:x"):
        with pytest.raises(TargetError) as caught:
            load_target(target)
        assert caught.value.reason.startswith(reason)
        assert target == caught.value.target


def test_an_interrupted_import_is_an_interruption(folder) -> None:
    """Ctrl-C is not the TARGET's fault."""
    (folder / "target_interrupted.py").write_text("raise KeyboardInterrupt\n")
    for target in ("target_interrupted.py", "target_interrupted"):
        with pytest.raises(KeyboardInterrupt):
            load_target(target)


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("", "it is a folder without __init__.py; name a file in it"),
        (".", "it is a folder without __init__.py; name a file in it"),
        (":attribute", "it is a folder without __init__.py; name a file in it"),
        ("no_folder/functions.py", "there is no such file"),
        ("no_folder/functions", "there is no such file"),
        ("json.nothing", "there is no module 'json.nothing' here or installed"),
        ("json:", "json has no attribute ''"),
        ("json:loads.nothing", "json has no attribute 'loads.nothing'"),
    ],
)
def test_a_target_that_names_nothing(folder, target, reason) -> None:
    """With the part that is not there."""
    with pytest.raises(TargetError) as caught:
        load_target(target)
    assert reason == caught.value.reason


# ------------------------------------------------------------------------- what it may hold


CONFIGURED = """
import logging
from ioplugins import Configuration, Registry, hook, utility

def f(options): return options

@utility
def marked(options: dict): return options

class Shop:
    def method(self, options): return options

shop = Shop()
snake = {"diy": {"f": f}, "system_token": "t", "keep_alive_timeout": 5}
camel = {"diy": {"f": f}, "systemToken": "t", "keepAliveTimeout": 5}
made = Configuration.from_mapping({**camel, "logger": logging.getLogger("of.the.author")})
several = {"connectors": {"c1": {"f": f}, "c2": shop}, "maxSockets": 3}
registry = Registry()
registry.add({"f": f}, "c1")
registry.add({"g": f}, "c2")
mapping = {"hooks": {"f": f}}
number = 5
"""


@pytest.fixture
def configured(folder):
    (folder / "target_configured.py").write_text(CONFIGURED)
    return "target_configured.py:"


def held(loaded) -> set[tuple[str | None, str]]:
    return {(one.connector_id, one.function.name) for one in loaded.registry}


@pytest.mark.parametrize(
    ("attribute", "expected"),
    [
        ("f", {(None, "f")}),
        ("marked", {(None, "marked")}),
        ("shop", {(None, "method")}),
        ("shop.method", {(None, "method")}),
        ("mapping", {(None, "f")}),
        ("snake", {(None, "f")}),
        ("camel", {(None, "f")}),
        ("made", {(None, "f")}),
        ("several", {("c1", "f"), ("c2", "method")}),
        ("registry", {("c1", "f"), ("c2", "g")}),
    ],
)
def test_what_a_target_may_hold(configured, attribute, expected) -> None:
    """A function, an instance, a mapping, a registry, a configuration in any form."""
    assert expected == held(load(configured + attribute))


@pytest.mark.parametrize("attribute", ["number", "Shop"])
def test_what_a_target_may_not_hold(configured, attribute) -> None:
    """The message says what it may be."""
    with pytest.raises(InvalidSource, match="give"):
        load(configured + attribute)


@pytest.mark.parametrize("attribute", ["snake", "camel", "made"])
def test_the_settings_of_a_target(configured, attribute) -> None:
    """Count unless others are given, in either spelling."""
    loaded = load(configured + attribute)

    settings = loaded.configuration().settings
    assert (("t",), 5, 8080) == (settings.system_token, settings.keep_alive_timeout, settings.port)
    for given in ({"system_token": "new"}, {"systemToken": "new"}):
        settings = loaded.configuration(**given, port=81).settings
        assert (("new",), 5, 81) == (
            settings.system_token,
            settings.keep_alive_timeout,
            settings.port,
        )


def test_the_logger_of_a_target_is_kept_and_its_token_is_not_shown(configured) -> None:
    """A repr goes into logs and error messages."""
    loaded = load(configured + "made")

    assert logging.getLogger("of.the.author") is loaded.configuration().settings.logger
    assert "'t'" not in repr(loaded)


@pytest.mark.parametrize(
    ("attribute", "expected"),
    [
        ("f", {None: ["f"]}),
        ("shop", {None: ["method"]}),
        ("mapping", {None: [], "hooks": ["f"]}),
        ("snake", {None: ["f"]}),
        ("made", {None: ["f"]}),
    ],
)
def test_a_connector_may_be_any_target(configured, attribute, expected) -> None:
    """ID=TARGET: what would be DIY is that connector's."""
    functions = load(None, [f"c9={configured}{attribute}"]).configuration().connectors["c9"]

    assert expected == {name: list(inside) for name, inside in functions.sections.items()}


def test_several_connectors(configured) -> None:
    """Each with its id; a TARGET with connectors beside them."""
    loaded = load(f"{configured}several", [f"c8={configured}f", f"c9={configured}mapping"])

    assert {("c1", "f"), ("c2", "method"), ("c8", "f"), ("c9", "f")} == held(loaded)
    assert 3 == loaded.configuration().settings.max_sockets


@pytest.mark.parametrize("given", ["", "c1", "=target_configured.py", "c1=", "="])
def test_a_connector_has_an_id_and_a_target(configured, given) -> None:
    """The message shows the form."""
    with pytest.raises(TargetError, match="write it as ID=TARGET, such as 5f1a...=shop/connector"):
        load(None, [given])


def test_a_connector_that_cannot_be_loaded_is_named(folder) -> None:
    """By its own TARGET."""
    with pytest.raises(TargetError, match=r"Cannot load 'missing\.py': there is no such file"):
        load(None, ["c1=missing.py"])


# ------------------------------------------------------------------------ installed packages

CONNECTOR = """
from ioplugins import utility

@utility
def installed(options): return options
"""

PLUGIN = """
from ioplugins import hookimpl

@hookimpl(wrapper=True)
def ioplugins_call(call):
    return ["wrapped", (yield)]

@hookimpl
def ioplugins_register(registry):
    registry.add({"of_plugin": lambda options: options}, "c9")
"""


def test_without_a_target_installed_connectors_are_loaded(packages, configured) -> None:
    """With one, or with connectors given, only plugins are; these wrap every call."""
    packages.install("shop", modules={"shop_c": CONNECTOR}, connectors={"t_shop": "shop_c"})
    packages.install("audit", modules={"audit_p": PLUGIN}, plugins={"t_audit": "audit_p"})

    everything, given = load(None), load(None, [f"c9={configured}f"])
    assert {("t_shop", "installed"), ("c9", "of_plugin")} <= held(everything)
    assert {("c9", "f"), ("c9", "of_plugin")} == held(given)
    assert "t_audit" in {entry.name for entry in given.plugins}
    assert "t_shop" not in {entry.name for entry in given.plugins}
    request = {"_connectorId": "c9", "function": "f", "options": {"a": 1}}
    assert b'["wrapped",{"a":1}]' == call_function(given.configuration(), request).body


def test_a_broken_package_is_an_error_only_when_strict(packages, configured) -> None:
    """Else the report says so and the rest is served."""
    packages.install("bad", modules={"bad_p": "1 / 0"}, plugins={"t_bad": "bad_p"})

    loaded = load(configured + "f")
    assert {(None, "f")} == held(loaded)
    assert any("ZeroDivisionError" in str(problem) for problem in loaded.plugins.problems)
    with pytest.raises(PluginError, match="'t_bad' .*ZeroDivisionError"):
        load(configured + "f", strict=True)
