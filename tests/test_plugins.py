"""Discovery: every package on its own, conflicts, choice, strictness, registration."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from ioplugins.callinfo import Call
from ioplugins.errors import PluginError
from ioplugins.functions import extension_function
from ioplugins.installed import CONNECTORS, PLUGINS, Installed
from ioplugins.plugins import Plugins, discover
from ioplugins.registry import Registry

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Packages

GOOD = """
    from ioplugins import hook

    @hook("preMap")
    def add_region(options):
        '''Add the region.'''
        return [{"data": record} for record in options.data]
"""

QUIET_PLUGIN = """
    from ioplugins import hookimpl

    @hookimpl
    def ioplugins_startup(host):
        pass
"""


def statuses(plugins: Plugins) -> dict[str, str]:
    """Name and status of each entry of a fake package."""
    return {entry.name: entry.status for entry in plugins if entry.name.startswith("t_")}


def reason(plugins: Plugins, name: str) -> str:
    """Why the entry *name* is not loaded."""
    return next(entry.reason for entry in plugins if entry.name == name)


# ---------------------------------------------------------------------------------- finding


def test_a_connector_and_a_plugin_are_found_and_loaded(packages: Packages) -> None:
    """Entry points of both groups are loaded and reported with package and version."""
    packages.install("shop", "2.1", modules={"shop": GOOD}, connectors={"t_shop": "shop"})
    packages.install("watch", modules={"watch": QUIET_PLUGIN}, plugins={"t_watch": "watch"})

    plugins = discover()

    expected = [
        Installed(CONNECTORS, "t_shop", "shop", "shop", "2.1", "loaded"),
        Installed(PLUGINS, "t_watch", "watch", "watch", "1.0", "loaded"),
    ]
    assert expected == [entry for entry in plugins if entry.name.startswith("t_")]
    assert sys.modules["shop"] is plugins.sources["t_shop"]
    assert sys.modules["watch"] is plugins.manager.get_plugin("t_watch")
    assert () == plugins.problems


@pytest.mark.parametrize(
    ("value", "extra"),
    [
        ("shop:FUNCTIONS", "FUNCTIONS = {'hooks': {'add_region': add_region}}"),
        ("shop:Shop.registry", "class Shop:\n    registry = Registry(); registry.add(add_region)"),
        (
            "shop:shop",
            "class Shop:\n    def add_region(self, options): return options\nshop = Shop()",
        ),
        ("shop [extra]", ""),
    ],
)
def test_a_connector_may_be_an_attribute_of_a_module(
    packages: Packages, value: str, extra: str
) -> None:
    """A mapping, a Registry and an instance are sources, also as attributes of a class."""
    source = "\n".join(line[4:] for line in GOOD.splitlines())
    source = f"from ioplugins.registry import Registry\n{source}\n{extra}\n"
    packages.install("shop", modules={"shop": source}, connectors={"t_shop": value})
    registry = Registry()

    plugins = discover().register(registry)

    assert () == plugins.problems
    assert [("t_shop", "add_region")] == [(one.connector_id, one.function.name) for one in registry]


BROKEN = {
    "import error": (
        "import not_there_at_all",
        "ModuleNotFoundError: No module named 'not_there_at_all' (broken, line 1)",
    ),
    "syntax error": ("def f(:\n", "SyntaxError: invalid syntax (broken.py, line 1)"),
    "exit": ("raise SystemExit(3)", "SystemExit: 3 (broken, line 1)"),
    "other": ("x = 1\nraise BaseException", "BaseException (broken, line 2)"),
    "two lines": ("raise ValueError('a\\nb')", "ValueError: a b (broken, line 1)"),
}


@pytest.mark.parametrize(("source", "expected"), BROKEN.values(), ids=BROKEN)
@pytest.mark.parametrize("group", ["connectors", "plugins"])
def test_one_that_cannot_be_imported_stops_no_other(
    packages: Packages, source: str, expected: str, group: str
) -> None:
    """Whatever an import raises is the reason in the report; the others are loaded."""
    packages.install(
        "broken",
        modules={"broken": source},
        **{group: {"t_broken": "broken"}},  # type: ignore[arg-type]
    )
    packages.install("shop", modules={"shop": GOOD}, connectors={"t_shop": "shop"})

    plugins = discover()

    assert {"t_broken": "failed", "t_shop": "loaded"} == statuses(plugins)
    assert expected == reason(plugins, "t_broken")
    expected_problem = (
        f"Plugin 't_broken' (package broken 1.0) failed while loading broken: {expected}"
    )
    assert [expected_problem] == [str(problem) for problem in plugins.problems]


def test_the_users_interrupt_is_not_swallowed(packages: Packages) -> None:
    """Ctrl-C while a package is being imported ends the discovery."""
    packages.install(
        "slow", modules={"slow": "raise KeyboardInterrupt"}, connectors={"t_slow": "slow"}
    )
    with pytest.raises(KeyboardInterrupt):
        discover()


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("shop:nothing", "AttributeError: module 'shop' has no attribute 'nothing'"),
        ("shop:a:b", "ValueError: 'shop:a:b' is not of the form module or module:attribute"),
    ],
)
def test_a_value_that_names_nothing_is_the_reason(
    packages: Packages, value: str, expected: str
) -> None:
    """A wrong attribute and a malformed value fail with what is wrong about them."""
    packages.install("shop", modules={"shop": GOOD}, connectors={"t_shop": value})
    assert expected == reason(discover(), "t_shop")


def test_unreadable_metadata_of_one_package_hides_no_other(packages: Packages) -> None:
    """A malformed entry_points.txt is reported under its package's name."""
    info = packages.install("mangled")
    (info / "entry_points.txt").write_text("[ioplugins.plugins]\nno equals sign\n")
    packages.install("shop", modules={"shop": GOOD}, connectors={"t_shop": "shop"})

    plugins = discover()

    assert {"t_shop": "loaded"} == statuses(plugins)
    assert "entry_points.txt cannot be read" in reason(plugins, "mangled")
    assert ["mangled"] == [problem.plugin for problem in plugins.problems]


@pytest.mark.parametrize("metadata", [None, b"Name: \xff\n"], ids=["missing", "mangled"])
def test_a_package_without_metadata_is_still_loaded(
    packages: Packages, metadata: bytes | None
) -> None:
    """Where METADATA is missing or mangled nothing but the report's version is."""
    info = packages.install("shop", modules={"shop": GOOD}, connectors={"t_shop": "shop"})
    (info / "METADATA").unlink()
    if metadata is not None:
        (info / "METADATA").write_bytes(metadata)
    plugins = discover()
    assert {"t_shop": "loaded"} == statuses(plugins)
    assert [""] == [entry.package for entry in plugins if entry.name == "t_shop"]


# -------------------------------------------------------------------------------- conflicts


def test_two_packages_of_one_name_are_both_refused_and_named(packages: Packages) -> None:
    """Neither is imported; the reason names both with version and value, and what to do."""
    explode = "raise AssertionError('must not be imported')"
    packages.install("one", "1.0", modules={"one": explode}, connectors={"t_shop": "one"})
    packages.install("two", "2.0", modules={"two": explode}, connectors={"t_shop": "two:x"})
    packages.install("shop", modules={"shop": GOOD}, connectors={"t_other": "shop"})

    plugins = discover()

    assert {"t_shop": "conflicting", "t_other": "loaded"} == statuses(plugins)
    reasons = [entry.reason for entry in plugins if entry.name == "t_shop"]
    assert 2 == len(reasons)
    for text in reasons:
        assert "one 1.0 (one)" in text
        assert "two 2.0 (two:x)" in text
        assert "IOPLUGINS_DISABLE=t_shop" in text
    assert "one" not in sys.modules


def test_a_connector_and_a_plugin_of_one_name_conflict(packages: Packages) -> None:
    """Both groups share one manager, so a name stands for one thing in both."""
    packages.install("shop", modules={"shop": GOOD}, connectors={"t_x": "shop"})
    packages.install("watch", modules={"watch": QUIET_PLUGIN}, plugins={"t_x": "watch"})
    assert {"conflicting"} == {e.status for e in discover() if e.name == "t_x"}


def test_equal_entries_are_one(packages: Packages, monkeypatch: pytest.MonkeyPatch) -> None:
    """An editable install beside a copy of another name announces the same: no conflict."""
    packages.install("shop", modules={"shop": GOOD}, connectors={"t_shop": "shop"})
    packages.install("shop-dev", connectors={"t_shop": "shop"})

    plugins = discover()

    assert ["shop 1.0"] == [entry.package for entry in plugins if entry.name == "t_shop"]
    assert () == plugins.problems


def test_an_editable_install_hides_the_installed_one(
    packages: Packages, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of two copies of one distribution the first on sys.path counts, as in Python itself."""
    packages.install("shop", "1.0", modules={"shop": GOOD}, connectors={"t_shop": "old_shop"})
    source = tmp_path / "source"
    source.mkdir()
    type(packages)(source).install(
        "shop", "2.0.dev0", modules={"shop": GOOD}, connectors={"t_shop": "shop"}
    )
    monkeypatch.syspath_prepend(str(source))

    plugins = discover()

    assert ["shop 2.0.dev0"] == [entry.package for entry in plugins if entry.name == "t_shop"]
    assert {"t_shop": "loaded"} == statuses(plugins)


def test_one_package_may_be_connector_and_plugin(packages: Packages) -> None:
    """One value in both groups is one object, and its hooks are called once."""
    source = GOOD + QUIET_PLUGIN
    packages.install(
        "shop", modules={"shop": source}, connectors={"t_x": "shop"}, plugins={"t_x": "shop"}
    )
    plugins = discover()
    assert () == plugins.problems
    assert ("t_x",) == plugins.manager.implementers("ioplugins_startup")
    assert 1 == len(plugins.manager.hook.ioplugins_startup.get_hookimpls())


def test_one_module_may_serve_two_connectors(packages: Packages) -> None:
    """A connector with an id for its sandbox has both entry points and one module."""
    packages.install(
        "shop", modules={"shop": GOOD}, connectors={"t_live": "shop", "t_sandbox": "shop"}
    )
    registry = Registry()
    assert () == discover().register(registry).problems
    assert ["t_live", "t_sandbox"] == [one.connector_id for one in registry]


# ----------------------------------------------------------------------------------- choice


@pytest.mark.parametrize(
    ("load", "disable", "loaded"),
    [
        ("", "", {"t_a", "t_b", "t_c"}),
        ("t_a, t_b", "", {"t_a", "t_b"}),
        ("t_a t_b\nt_c", "t_b", {"t_a", "t_c"}),
        ("", "t_a,t_b", {"t_c"}),
    ],
)
def test_variables_choose_what_is_loaded(
    packages: Packages, load: str, disable: str, loaded: set[str]
) -> None:
    """Names are separated by commas or blanks; IOPLUGINS_DISABLE has the last word."""
    for letter in "abc":
        packages.install(
            f"pack-{letter}",
            modules={f"pack_{letter}": GOOD},
            connectors={f"t_{letter}": f"pack_{letter}"},
        )
    plugins = discover(environ={"IOPLUGINS_LOAD": load, "IOPLUGINS_DISABLE": disable})
    assert loaded == {name for name, status in statuses(plugins).items() if status == "loaded"}
    assert loaded == {name for name in plugins.sources if name.startswith("t_")}
    assert {"disabled", "loaded"} >= set(statuses(plugins).values())
    assert () == plugins.problems


def test_the_report_says_which_variable_disabled_an_entry(packages: Packages) -> None:
    """Someone who wonders why a package does nothing finds the variable in the report."""
    packages.install("shop", modules={"shop": GOOD}, connectors={"t_a": "shop", "t_b": "shop"})
    plugins = discover(environ={"IOPLUGINS_LOAD": "t_a", "IOPLUGINS_DISABLE": "t_a"})
    assert "IOPLUGINS_DISABLE names it" == reason(plugins, "t_a")
    assert "IOPLUGINS_LOAD does not name it" == reason(plugins, "t_b")


@pytest.mark.parametrize("variable", ["IOPLUGINS_LOAD", "IOPLUGINS_DISABLE"])
def test_a_name_that_nothing_has_is_a_problem(packages: Packages, variable: str) -> None:
    """A misspelt name is reported with the names there are, and fatal when strict."""
    packages.install("shop", modules={"shop": GOOD}, connectors={"t_shop": "shop"})
    environ = {variable: "t_shpo"}
    (problem,) = discover(environ=environ).problems
    assert "t_shpo" == problem.plugin
    assert variable in str(problem)
    assert "t_shop" in problem.reason
    with pytest.raises(PluginError, match="t_shpo"):
        discover(environ=environ, strict=True)


def test_disabling_both_sides_ends_a_conflict(packages: Packages) -> None:
    """What the conflict's reason advises works."""
    packages.install("one", modules={"one": GOOD}, connectors={"t_shop": "one"})
    packages.install("two", modules={"two": GOOD}, connectors={"t_shop": "two"})
    plugins = discover(environ={"IOPLUGINS_DISABLE": "t_shop"})
    assert {"t_shop": "disabled"} == statuses(plugins)
    assert () == plugins.problems


def test_only_the_asked_groups_are_imported(packages: Packages) -> None:
    """With a TARGET the connectors stay out: they are not even imported."""
    packages.install("shop", modules={"shop": GOOD}, connectors={"t_shop": "shop"})
    packages.install("watch", modules={"watch": QUIET_PLUGIN}, plugins={"t_watch": "watch"})
    plugins = discover(groups=[PLUGINS], environ={"IOPLUGINS_LOAD": "t_shop,t_watch"})
    assert {"t_watch": "loaded"} == statuses(plugins)
    assert "shop" not in sys.modules
    assert () == plugins.problems


# ------------------------------------------------------------------------------- strictness


def test_strict_makes_the_first_problem_an_error(packages: Packages) -> None:
    """The error names the package and says that there are more."""
    packages.install("broken", modules={"broken": "1/0"}, connectors={"t_broken": "broken"})
    packages.install("gone", connectors={"t_gone": "gone_module"})
    with pytest.raises(PluginError) as caught:
        discover(strict=True)
    assert ("t_broken", "broken 1.0") == (caught.value.plugin, caught.value.distribution)
    assert "ZeroDivisionError: division by zero (broken, line 1)" in caught.value.reason
    assert "1 more" in caught.value.reason


def test_strict_without_a_problem_is_no_different(packages: Packages) -> None:
    """A healthy set-up loads as it does otherwise."""
    packages.install("shop", modules={"shop": GOOD}, connectors={"t_shop": "shop"})
    assert discover() == discover(strict=True).register(Registry(), strict=True)


# ----------------------------------------------------------------------------- plugin checks


@pytest.mark.parametrize(
    ("source", "value", "expected"),
    [
        (
            "@hookimpl\ndef ioplugins_starttup(host): ...",
            "bad",
            "unknown hook 'ioplugins_starttup'",
        ),
        (
            "@hookimpl\ndef ioplugins_startup(server): ...",
            "bad",
            "can not be found in the hookspec",
        ),
        ("@hookimpl(wrapper=True)\ndef ioplugins_call(call): return 1", "bad", "not a generator"),
        ("def ioplugins_startup(host): ...", "bad", "it implements no hook"),
        (
            "class Bad:\n    @hookimpl\n    def ioplugins_startup(self, host): ...",
            "bad:Bad",
            "a class",
        ),
        ("bad = {}", "bad:bad", "cannot be hashed"),
        ("bad = None", "bad:bad", "name a module or an instance"),
    ],
)
def test_a_plugin_whose_hooks_are_wrong_fails_alone(
    packages: Packages, source: str, value: str, expected: str
) -> None:
    """The report tells what is wrong with its hooks; none of them is left in the manager."""
    source = "from ioplugins import hookimpl\n" + source
    packages.install("bad", modules={"bad": source}, plugins={"t_bad": value})
    packages.install("watch", modules={"watch": QUIET_PLUGIN}, plugins={"t_watch": "watch"})
    plugins = discover()
    assert {"t_bad": "failed", "t_watch": "loaded"} == statuses(plugins)
    assert expected in reason(plugins, "t_bad")
    assert ("t_watch",) == plugins.manager.implementers("ioplugins_startup")


def test_hooks_run_in_the_order_of_names(packages: Packages) -> None:
    """Neither the packages' names nor their places on sys.path decide, only the plugins' names."""
    for name, package in (("t_2", "aaa"), ("t_3", "bbb"), ("t_1", "zzz")):
        packages.install(package, modules={package: QUIET_PLUGIN}, plugins={name: package})
    names = discover().manager.implementers("ioplugins_startup")
    assert ["t_1", "t_2", "t_3"] == [name for name in names if name.startswith("t_")]


# ------------------------------------------------------------------------------ registration


def test_functions_are_registered_under_their_connector(packages: Packages) -> None:
    """The _connectorId is the entry point's name."""
    packages.install("shop", modules={"shop": GOOD}, connectors={"t_shop": "shop"})
    registry = Registry()
    plugins = discover().register(registry)
    assert [("t_shop", "add_region")] == [(one.connector_id, one.function.name) for one in registry]
    assert {"t_shop"} == set(registry.configuration(system_token="t").connectors)
    assert () == plugins.problems


CONFLICT = """
    from ioplugins import hook

    @hook("preMap", name="same")
    def one(options): ...

    @hook("postMap", name="same")
    def two(options): ...
"""


@pytest.mark.parametrize(
    ("source", "value", "expected"),
    [
        (CONFLICT, "bad", ("bad:one", "bad:two", "'same'")),
        ("x = 1", "bad", ("it holds no extension function",)),
        ("x = 1", "bad:x", ("int is not a source",)),
        ("class X: ...", "bad:X", ("it is a class",)),
        (
            """
            from ioplugins.registry import Registry
            r = Registry()
            r.add({"f": print}, connector_id="elsewhere")
            """,
            "bad:r",
            ("another _connectorId", "elsewhere"),
        ),
    ],
)
def test_a_connector_whose_functions_are_wrong_fails_alone(
    packages: Packages, source: str, value: str, expected: tuple[str, ...]
) -> None:
    """None of its functions is registered; the other connector's are."""
    packages.install("bad", modules={"bad": source}, connectors={"t_bad": value})
    packages.install("shop", modules={"shop": GOOD}, connectors={"t_shop": "shop"})
    registry = Registry()

    plugins = discover().register(registry)

    assert {"t_bad": "failed", "t_shop": "loaded"} == statuses(plugins)
    for text in expected:
        assert text in reason(plugins, "t_bad")
    assert ["t_shop"] == [one.connector_id for one in registry]
    with pytest.raises(PluginError, match="t_bad"):
        discover().register(Registry(), strict=True)


def test_an_interrupt_during_registration_is_not_swallowed(packages: Packages) -> None:
    """Ctrl-C while a connector's submodules are imported ends the start."""
    packages.install(
        "slow",
        modules={"slow.__init__": "", "slow.part": "raise KeyboardInterrupt"},
        connectors={"t_slow": "slow"},
    )
    plugins = discover()
    with pytest.raises(KeyboardInterrupt):
        plugins.register(Registry())


def test_a_submodule_that_exits_fails_its_connector_alone(packages: Packages) -> None:
    """A package's submodules are imported at registration, and are its own affair too."""
    packages.install(
        "bad",
        modules={"bad.__init__": "", "bad.part": "import sys; sys.exit(2)"},
        connectors={"t_bad": "bad"},
    )
    plugins = discover().register(Registry())
    assert {"t_bad": "failed"} == statuses(plugins)
    expected = (
        "module is not a source of extension functions: bad.part cannot be imported: SystemExit: 2"
    )
    assert expected == reason(plugins, "t_bad")


REGISTERS = """
    from ioplugins import hookimpl

    def audit(options):
        return None

    @hookimpl
    def ioplugins_register(registry):
        registry.add({"hooks": {"audit": audit}}, connector_id="t_shop")
        {then}

    @hookimpl
    def ioplugins_startup(host):
        pass
"""


def test_a_plugin_registers_functions(packages: Packages) -> None:
    """What a plugin registers joins the connectors' functions."""
    packages.install("shop", modules={"shop": GOOD}, connectors={"t_shop": "shop"})
    packages.install(
        "audit", modules={"audit": REGISTERS.replace("{then}", "")}, plugins={"t_audit": "audit"}
    )
    registry = Registry()
    assert () == discover().register(registry).problems
    assert {"add_region", "audit"} == {one.function.name for one in registry}


@pytest.mark.parametrize(
    ("then", "expected"),
    [
        (
            "raise RuntimeError('no licence')",
            "running ioplugins_register: RuntimeError: no licence",
        ),
        ("raise SystemExit", "running ioplugins_register: SystemExit"),
        ("registry.add({'add_region': audit}, connector_id='t_shop')", "shop:add_region"),
    ],
)
def test_a_plugin_that_fails_to_register_adds_nothing(
    packages: Packages, then: str, expected: str
) -> None:
    """It is reported as failed, its other hooks are off, and the connector is whole."""
    packages.install("shop", modules={"shop": GOOD}, connectors={"t_shop": "shop"})
    packages.install(
        "audit",
        modules={"audit": REGISTERS.replace("{then}", then)},
        plugins={"t_zz_audit": "audit"},
    )
    registry = Registry()

    plugins = discover().register(registry)

    assert {"t_shop": "loaded", "t_zz_audit": "failed"} == statuses(plugins)
    assert expected in reason(plugins, "t_zz_audit")
    assert ["add_region"] == [one.function.name for one in registry]
    assert () == plugins.manager.implementers("ioplugins_startup")


@pytest.mark.parametrize("name", ["a_audit", "zz_audit"])
def test_a_plugin_does_not_mix_diy_functions_with_connectors(packages: Packages, name: str) -> None:
    """It fails with a reason, whatever its name; the connector is whole and can be served."""
    source = REGISTERS.replace(", connector_id='t_shop'", "").replace("{then}", "")
    source = source.replace(', connector_id="t_shop"', "")
    packages.install("shop", modules={"shop": GOOD}, connectors={"t_shop": "shop"})
    packages.install("audit", modules={"audit": source}, plugins={name: "audit"})
    registry = Registry()

    plugins = discover(environ={"IOPLUGINS_LOAD": f"t_shop {name}"}).register(registry)

    assert {"t_shop": "loaded", name: "failed"} == {
        one.name: one.status for one in plugins if one.name in {"t_shop", name}
    }
    assert "either DIY functions or connectors" in plugins.problems[0].reason
    assert "t_shop" in registry.configuration().connectors


def test_a_plugin_with_a_connector_does_not_mix_with_diy_functions(packages: Packages) -> None:
    """The functions of the TARGET stay; the plugin's are not served beside them."""
    packages.install(
        "audit", modules={"audit": REGISTERS.replace("{then}", "")}, plugins={"t_audit": "audit"}
    )
    registry = Registry()
    registry.hook("preMap", name="mine")(lambda options: [])

    plugins = discover(environ={"IOPLUGINS_LOAD": "t_audit"}).register(registry)

    assert "either DIY functions or connectors" in plugins.problems[0].reason
    assert ["mine"] == [one.function.name for one in registry]


def test_plugins_wrap_calls(packages: Packages) -> None:
    """What hosts put around a call; None when no installed plugin wants to."""
    source = """
        from ioplugins import hookimpl

        @hookimpl(wrapper=True)
        def ioplugins_call(call):
            return [(yield)]
    """
    packages.install("shop", modules={"shop": GOOD}, connectors={"t_shop": "shop"})
    assert discover(environ={"IOPLUGINS_LOAD": "t_shop"}).call_wrapper is None
    packages.install("listed", modules={"listed": source}, plugins={"t_listed": "listed"})
    wrapper = discover(environ={"IOPLUGINS_LOAD": "t_listed"}).call_wrapper
    assert wrapper is not None
    function = extension_function(lambda options: options, name="f")
    assert [1] == wrapper(Call(function, None, {}, "", "", lambda: 1))


def test_the_report_is_a_small_container(packages: Packages) -> None:
    """It can be counted and iterated, in the order of groups and names."""
    packages.install("shop", modules={"shop": GOOD}, connectors={"t_b": "shop", "t_a": "shop"})
    packages.install("watch", modules={"watch": QUIET_PLUGIN}, plugins={"t_0": "watch"})
    plugins = discover()
    assert list(plugins) == list(plugins.entries)
    assert len(plugins.entries) == len(plugins)
    assert ["t_a", "t_b", "t_0"] == list(statuses(plugins))


# ---------------------------------------------------------------------------------- imports


@pytest.mark.parametrize("module", ["plugins", "manifest", "installed", "manager", "hookspecs"])
def test_importing_a_module_does_not_scan(module: str) -> None:
    """importlib.metadata and click are not imported before they are needed."""
    code = (
        f"import sys, ioplugins.{module}; "
        "print([m for m in ('importlib.metadata', 'click', 'werkzeug') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "[]\n" == done.stdout


def test_importing_plugins_does_not_import_pluggy() -> None:
    """Tools that want only the names of variables and groups do not pay for pluggy."""
    code = "import sys, ioplugins.plugins; print('pluggy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "False\n" == done.stdout
