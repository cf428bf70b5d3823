"""The guides in docs/: their Python runs, their commands exist."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from click import Command, Context, Group
from click.testing import CliRunner

from ioplugins.cli import main

DOCS = Path(__file__).parent.parent / "docs"
GUIDES = ("getting-started.md", "writing-functions.md", "migrating-from-node.md")


def blocks(guide: str, language: str) -> list[str]:
    """The code blocks of *guide* in *language*."""
    text = (DOCS / guide).read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("guide", GUIDES[:2])
def test_the_python_of_a_guide_runs(guide: str) -> None:
    """All blocks of a guide are one module that runs, and the tests in it pass."""
    namespace: dict[str, Any] = {"__name__": "guide"}
    for block in blocks(guide, "python"):
        exec(compile(block, guide, "exec"), namespace)  # noqa: S102 - our own documentation

    for name, value in list(namespace.items()):
        if name.startswith("test_"):
            value()


@pytest.mark.parametrize("guide", GUIDES)
def test_the_commands_of_a_guide_exist(guide: str) -> None:
    """Each ``ioplugins`` command in a guide is one, with options that it has."""
    text = (DOCS / guide).read_text(encoding="utf-8").replace("\\\n", " ")
    shown = re.findall(
        r"ioplugins ((?:check|demo|dev|invoke|kinds|list|new|serve)\b[^\n`|>]*)", text
    )
    assert shown

    for line in shown:
        name, *arguments = line.split()
        command = main.get_command(Context(main), name)
        if isinstance(command, Group):
            command = command.get_command(Context(command), arguments.pop(0))
        assert isinstance(command, Command)
        known = {option for parameter in command.params for option in parameter.opts}
        assert {word for word in arguments if word.startswith("--")} <= known, line


def test_the_first_function_runs(tmp_path: Path) -> None:
    """The first steps of getting started, as they stand there."""
    (tmp_path / "functions.py").write_text(blocks(GUIDES[0], "python")[0], encoding="utf-8")
    runner = CliRunner()
    example = runner.invoke(main, ["kinds", "preMap", "--example"])
    (tmp_path / "page.json").write_text(example.stdout, encoding="utf-8")
    target = str(tmp_path / "functions.py")

    options = ["--options", str(tmp_path / "page.json")]
    invoked = runner.invoke(main, ["invoke", target, "add_region", *options])
    checked = runner.invoke(main, ["check", target])

    assert (0, 0) == (invoked.exit_code, checked.exit_code), invoked.output + checked.output
    assert '"region":"EU"' in invoked.stdout


def test_links_lead_somewhere() -> None:
    """Each relative link of a guide or of an example's README is a file."""
    pages = [DOCS / guide for guide in GUIDES]
    pages += sorted((DOCS.parent / "examples").glob("*/README.md"))
    missing = [
        (page.name, link)
        for page in pages
        for link in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8"))
        if not (page.parent / link).exists()
    ]

    assert [] == missing
