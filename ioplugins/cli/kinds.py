"""``ioplugins kinds``: the contract in the terminal."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

import click

from ioplugins.cli.shared import Command
from ioplugins.contract import KindFacts, find_kind, kind_facts, rule_facts
from ioplugins.kinds import KINDS, Kind
from ioplugins.options import options_class
from ioplugins.options.envelope import wire_attributes, wire_name
from ioplugins.rules import answer_rules


@click.command("kinds", cls=Command)
@click.argument("name", required=False)
@click.option("--example", is_flag=True, help="Print options to try a function with, as JSON.")
def command(name: str | None, example: bool) -> None:
    """Show the kinds of extension functions, or what the kind NAME receives and answers.

    NAME is a kind's id, such as preMap or wrapperExport, or what the decorators call it (export).

    \b
    Examples:
      ioplugins kinds
      ioplugins kinds preMap
      ioplugins kinds preMap --example > page.json
    """  # noqa: D301 - \b is click's mark for text that keeps its lines
    if name is None:
        if example:
            raise click.UsageError("Say of which kind: ioplugins kinds NAME --example")
        lines = _list()
    else:
        try:
            facts = kind_facts(find_kind(name).id)
        except ValueError as error:
            raise click.BadParameter(str(error), param_hint="NAME") from error
        if example:
            click.echo(json.dumps(facts.example_options, indent=2))
            return
        lines = _kind(facts)
    for line in lines:
        click.echo(line)


def _list() -> Iterator[str]:
    rows = [(kind.id, _decorators(kind), kind.summary) for kind in KINDS.values()]
    yield from _columns(rows)


def _kind(facts: KindFacts) -> Iterator[str]:
    kind = facts.kind
    attributes = {wire_name(a): a.name for a in wire_attributes(options_class(kind.id))}
    yield f"{kind.id}: {kind.summary}"
    yield ""
    yield from _columns(
        [
            ("decorator", _decorators(kind)),
            ("options class", f"ioplugins.options.{options_class(kind.id).__name__}"),
            ("called", facts.called),
            ("raising", facts.throws),
        ]
    )
    yield from _part(
        "Options (on the wire, in Python, type, when it is there)",
        [
            (field.name, attributes.get(field.name, ""), field.type, field.presence)
            for field in facts.options
        ],
    )
    answer = f"{facts.form} of {facts.element}" if facts.element else facts.form
    if facts.same_length_as:
        answer += f", as long as options.{facts.same_length_as[0]}"
    yield ""
    yield f"Answer: {answer}"
    fields = [(field.name, field.type, field.presence) for field in facts.fields]
    for rows in (fields, list(facts.meaning.items())):
        yield from ("  " + line for line in _columns(rows))
    rules = [rule_facts(rule.id) for rule in answer_rules(kind.id).rules]
    yield from _part("Rules", [(rule.id, rule.severity, rule.basis, rule.text) for rule in rules])
    yield from _part("Where the sources disagree", [(line,) for line in facts.disagreements])
    yield from _part("What nobody says", [(line,) for line in facts.unknown])
    yield ""
    yield f"Options to try a function with: ioplugins kinds {kind.id} --example > page.json"


def _decorators(kind: Kind) -> str:
    if not kind.on_stack:
        return "(script only)"
    return ", ".join(
        "@utility" if name == "utility" else f'@{name}("{kind.short}")' for name in kind.decorators
    )


def _part(title: str, rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    if rows:
        yield ""
        yield title
        yield from ("  " + line for line in _columns(rows))


def _columns(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    """The rows with their cells below each other; the last cell is as long as it is."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = [text.ljust(width) for text, width in zip(row, widths, strict=True)]
        yield "  ".join(cells).rstrip()
