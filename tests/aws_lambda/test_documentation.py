"""docs/lambda.md: its code runs, its limits are the code's, its commands exist."""

from __future__ import annotations

import re
import shlex
import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING

import click
import pytest

from ioplugins.aws_lambda.faults import LIMIT
from ioplugins.aws_lambda.invoking.exchange import CONTEXT_LIMIT
from ioplugins.cli.lambda_ import command

from .conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path

PAGE = (ROOT / "docs" / "lambda.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


def test_its_functions_and_its_handler_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The two blocks, as the two files that they are."""
    functions, handler = BLOCKS
    (tmp_path / "functions.py").write_text(functions, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "functions", raising=False)
    module: dict[str, object] = {}
    exec(handler, module)
    made = module["handler"]
    assert callable(made)
    context = SimpleNamespace(client_context={"diy": True, "function": "add_region"})
    assert [{"data": {"id": 1, "region": "EU"}}] == made({"data": [{"id": 1}]}, context)
    del sys.modules["functions"]


def test_its_limits_are_those_of_the_code() -> None:
    """Written as people write numbers."""
    assert f"6 MB ({LIMIT:,} bytes)" in PAGE
    assert f"{CONTEXT_LIMIT:,} characters" in PAGE


def test_its_commands_can_be_parsed() -> None:
    """Every option that is shown exists."""
    shown = re.findall(r"^    ioplugins lambda (.*)$", PAGE, re.MULTILINE)
    assert len(shown) >= 5
    for line in shown:
        name, *arguments = shlex.split(line)
        subcommand = command.commands[name]
        known = {option for one in subcommand.params for option in (*one.opts, *one.secondary_opts)}
        given = {argument for argument in arguments if re.match(r"--?[a-z]", argument)}
        assert given <= known, line


@pytest.mark.parametrize("name", sorted(command.commands))
def test_each_command_is_on_the_page(name: str) -> None:
    """With an example."""
    assert isinstance(command.commands[name], click.Command)
    assert f"ioplugins lambda {name} " in PAGE
