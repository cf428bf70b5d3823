"""The command kinds."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from ioplugins.cli import main
from ioplugins.cli.kinds import command
from ioplugins.contract import kind_facts
from ioplugins.kinds import KINDS
from ioplugins.rules import answer_rules, check_options


def test_list() -> None:
    """Without a name: each kind on a line, with its decorator and what it is for."""
    result = CliRunner().invoke(command, [])
    assert 0 == result.exit_code
    lines = result.stdout.splitlines()
    assert list(KINDS) == [line.split()[0] for line in lines]
    for line, kind in zip(lines, KINDS.values(), strict=True):
        assert line.endswith(f"  {kind.summary}")
    assert '@installer("step"), @uninstaller("step")' in result.stdout
    assert "@utility " in result.stdout


@pytest.mark.parametrize("kind", KINDS)
def test_one_kind(kind: str) -> None:
    """With a name: options, answer, rules, and what is open."""
    result = CliRunner().invoke(command, [kind])
    assert 0 == result.exit_code
    facts = kind_facts(kind)
    for text in (
        f"{kind}: {facts.kind.summary}",
        facts.called,
        f"Answer: {facts.form}",
        *(field.name for field in facts.options),
        *(rule.id for rule in answer_rules(kind).rules),
        *facts.disagreements,
        *facts.unknown,
        f"ioplugins kinds {kind} --example",
    ):
        assert text in result.stdout


def test_name_of_the_decorator() -> None:
    """A wrapper's export may be called export."""
    runner = CliRunner()
    short, full = runner.invoke(command, ["export"]), runner.invoke(command, ["wrapperExport"])
    assert full.stdout == short.stdout
    assert '@wrapper("export")' in short.stdout


@pytest.mark.parametrize("kind", KINDS)
def test_example(kind: str) -> None:
    """An example is options as integrator.io sends them, as JSON alone."""
    result = CliRunner().invoke(command, [kind, "--example"])
    assert 0 == result.exit_code
    options = json.loads(result.stdout)
    assert kind_facts(kind).example_options == options
    assert [] == check_options(kind, options)


def test_example_feeds_invoke(tmp_path: Path) -> None:
    """What --example writes is what invoke takes."""
    runner = CliRunner()
    functions = tmp_path / "my_functions.py"
    functions.write_text(
        "from ioplugins import hook\n"
        '@hook("preMap")\n'
        "def keep(options):\n"
        '    return [{"data": record} for record in options.data]\n',
        encoding="utf-8",
    )
    page = tmp_path / "page.json"
    page.write_text(runner.invoke(main, ["kinds", "preMap", "--example"]).stdout, encoding="utf-8")
    result = runner.invoke(main, ["invoke", str(functions), "keep", "--options", str(page)])
    assert (0, "") == (result.exit_code, result.stderr)
    records = kind_facts("preMap").example_options["data"]
    assert [{"data": record} for record in records] == json.loads(result.stdout)


def test_no_such_kind() -> None:
    """A name that is no kind is told with those there are."""
    result = CliRunner().invoke(command, ["premap"])
    assert 2 == result.exit_code
    assert "There is no kind 'premap'. The kinds are: preSavePage, preMap," in result.stderr
    assert "" == result.stdout


def test_example_of_what() -> None:
    """--example needs the name of a kind."""
    result = CliRunner().invoke(command, ["--example"])
    assert 2 == result.exit_code
    assert "ioplugins kinds NAME --example" in result.stderr
