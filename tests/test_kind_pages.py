"""The kinds' pages: up to date with the tables, and their examples run."""

from __future__ import annotations

import importlib.util
import runpy
import subprocess
import sys
from pathlib import Path
from types import FunctionType
from typing import Any

import pytest

from ioplugins import Registry, call_function
from ioplugins.contract import kind_facts
from ioplugins.conversion import options_plan
from ioplugins.jsonvalue import JSON, encode, parse
from ioplugins.kinds import KINDS
from ioplugins.options import options_class
from ioplugins.rules import check_answer

DOCS = Path(__file__).parents[1] / "docs"
GENERATOR = DOCS / "generate_kinds.py"
PAGES = DOCS / "kinds"
ON_STACKS = [kind.id for kind in KINDS.values() if kind.on_stack]
SCRIPTS = [kind.id for kind in KINDS.values() if not kind.on_stack]


def check() -> subprocess.CompletedProcess[str]:
    """The generator's check, as continuous integration runs it."""
    return subprocess.run(
        [sys.executable, str(GENERATOR), "--check"], capture_output=True, text=True, check=False
    )


def test_up_to_date() -> None:
    """The pages are what the generator writes."""
    done = check()
    assert (0, "", "") == (done.returncode, done.stdout, done.stderr)


def test_what_is_stale_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A page that is not up to date fails the check by its name; writing mends it."""
    spec = importlib.util.spec_from_file_location("generate_kinds", GENERATOR)
    assert spec is not None
    assert spec.loader is not None
    generator: Any = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(generator)
    monkeypatch.setattr(generator, "PAGES", tmp_path)
    assert 0 == generator.main([])
    assert 31 == len(list(tmp_path.glob("*.md")))
    (tmp_path / "preMap.md").write_text("old", encoding="utf-8")
    (tmp_path / "gone.md").write_text("no such kind", encoding="utf-8")
    (tmp_path / "ping.md").unlink()
    assert 1 == generator.main(["--check"])
    named = [line.split()[0] for line in capsys.readouterr().out.splitlines()]
    assert [f"docs/kinds/{name}.md" for name in ("gone", "ping", "preMap")] == named
    assert 0 == generator.main([])
    assert 0 == generator.main(["--check"])


@pytest.mark.parametrize("kind", KINDS)
def test_pages_tell_everything(kind: str) -> None:
    """A page has the options, the answer, every rule, an example, and what is open."""
    facts = kind_facts(kind)
    page = (PAGES / f"{kind}.md").read_text(encoding="utf-8")
    assert f"\n# {kind}\n" in page
    assert options_class(kind).__name__ in page
    for field in (*facts.options, *facts.fields):
        assert f"`{field.name}`" in page or field.name == "*"
    for line in (*facts.disagreements, *facts.unknown):
        assert f"- {line}\n" in page
    assert (PAGES / "examples" / f"{kind}.py").read_text(encoding="utf-8").rstrip() in page


def test_no_example_of_nothing() -> None:
    """Each example belongs to a kind."""
    assert set(KINDS) == {path.stem for path in (PAGES / "examples").glob("*.py")}


@pytest.mark.parametrize("kind", ON_STACKS)
def test_examples_of_stacks(kind: str) -> None:
    """The example answers the contract's example options in a call, and no rule has a word."""
    registry = Registry()
    for value in runpy.run_path(str(PAGES / "examples" / f"{kind}.py")).values():
        if getattr(value, "__ioplugins_marks__", ()):
            registry.add(value)
    [registered] = registry
    assert KINDS[kind] == registered.function.kind
    facts = kind_facts(kind)
    request = {
        "diy": True,
        "function": registered.function.name,
        "options": parse(encode(facts.example_options)),
    }
    outcome = call_function(registry.configuration(system_token="t"), request)
    assert 200 == outcome.status
    assert [] == check_answer(kind, facts.example_options, parse(outcome.body))


@pytest.mark.parametrize("kind", SCRIPTS)
def test_examples_of_scripts(kind: str) -> None:
    """The example of a kind that has no decorator is called as it is."""
    names = runpy.run_path(str(PAGES / "examples" / f"{kind}.py"))
    [function] = [it for it in names.values() if isinstance(it, FunctionType)]
    plan = options_plan(KINDS[kind], options_class(kind))
    assert plan is not None
    options: JSON = kind_facts(kind).example_options
    assert [] == check_answer(kind, options, function(plan(options)))
