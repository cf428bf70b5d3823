"""Write docs/kinds: one page a kind, made of the project's own tables.

python docs/generate_kinds.py           write the pages
python docs/generate_kinds.py --check   say which pages are not up to date, and fail
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from ioplugins import contract
from ioplugins.contract import Field, KindFacts
from ioplugins.jsontypes import is_object
from ioplugins.jsonvalue import JSON
from ioplugins.kinds import KINDS, Kind
from ioplugins.options import options_class
from ioplugins.options.envelope import default_of, wire_attributes, wire_name
from ioplugins.rules import answer_rules

PAGES = Path(__file__).parent / "kinds"
EXAMPLES = PAGES / "examples"
NOTE = "<!-- Written by docs/generate_kinds.py; change the tables or docs/kinds/examples. -->"
EVERYWHERE = ("G-JSON", "G-SIZE", "G-NAN", "X-EXTRA", "O-OBJ", "O-TYPE", "O-MISSING")

SEVERITIES = (
    "error: integrator.io most likely refuses it; warning: tolerated, or nobody knows. "
    "documented: Celigo says so; observed: seen on integrator.io; inferred: our reading."
)


def pages() -> dict[str, str]:
    """The text of each page by its file name."""
    texts = {f"{kind.id}.md": page(contract.kind_facts(kind.id)) for kind in KINDS.values()}
    return {"README.md": index(), **texts}


def page(facts: KindFacts) -> str:
    """The page of one kind."""
    return "\n".join(
        [
            NOTE,
            *head(facts),
            *options_part(facts),
            *answer_part(facts),
            *rules_part(facts.kind),
            *example_part(facts),
            *bullets("Where the sources disagree", facts.disagreements),
            *bullets("What nobody says", facts.unknown),
            "",
        ]
    )


def head(facts: KindFacts) -> Iterator[str]:
    """Title, and when the function is called."""
    kind = facts.kind
    yield f"# {kind.id}"
    yield ""
    yield f"{kind.summary[:1].upper()}{kind.summary[1:]}."
    yield ""
    if kind.on_stack:
        marks = " or ".join(f"`{decorator(name, kind)}`" for name in kind.decorators)
        yield f"- **Decorator**: {marks}"
    else:
        yield "- **Decorator**: none; integrator.io runs it as a script only"
    yield f"- **Options**: `ioplugins.options.{options_class(kind.id).__name__}`"
    if kind.section is not None:
        yield f"- **Framework 1.0**: section `{kind.section}`, type `{kind.wire_type}`"
    yield f"- **Called**: {facts.called}"
    for place in facts.attached_at:
        yield f"- **Named at**: {place}"
    yield f"- **Raising an error**: {facts.throws}"


def decorator(name: str, kind: Kind) -> str:
    """How *kind* is marked."""
    return "@utility" if name == "utility" else f'@{name}("{kind.short}")'


def options_part(facts: KindFacts) -> Iterator[str]:
    """The options with their attributes, types and when they are there."""
    yield from ("", "## Options", "")
    described = {field.name: field for field in facts.options}
    rows: list[tuple[str, ...]] = []
    for attribute in wire_attributes(options_class(facts.kind.id)):
        name = wire_name(attribute)
        field = described.pop(name, Field(name, "any", "not listed for this kind", ""))
        default = default_of(attribute)
        shown = "`{}`" if default == {} else f"`{default!r}`"
        rows.append((f"`{attribute.name}`", *option_cells(field), shown, field.doc))
    rows += [
        ("", *option_cells(field), "", field.doc)
        for name, field in described.items()
        if name != "*"
    ]
    heads = ("attribute", "on the wire", "type", "when it is there", "default", "meaning")
    yield from table(heads, rows)
    if "*" in described:
        yield from ("", f"Further keys: {described['*'].doc}")


def option_cells(field: Field) -> tuple[str, str, str]:
    """Name, type and presence."""
    return f"`{field.name}`", f"`{field.type}`", field.presence


def answer_part(facts: KindFacts) -> Iterator[str]:
    """What is given back."""
    yield from ("", "## Answer", "")
    text = f"**{facts.form}**"
    if facts.element:
        text += f" of `{facts.element}`"
    if facts.same_length_as:
        text += f", as long as `options.{facts.same_length_as[0]}`"
    yield text
    if facts.fields:
        yield ""
        rows = [(*option_cells(field), field.doc) for field in facts.fields]
        yield from table(("field", "type", "when it is there", "meaning"), rows)
    if facts.meaning:
        yield ""
        for form, meaning in facts.meaning.items():
            yield f"- `{form}`: {meaning}"


def rules_part(kind: Kind) -> Iterator[str]:
    """The rules of the kind's answer."""
    yield from ("", "## Rules", "")
    rules = [rule for rule in answer_rules(kind.id).rules if rule.id not in EVERYWHERE]
    rows = [rule_row(rule.id) for rule in rules]
    if rows:
        yield from table(RULE_HEADS, rows)
    else:
        yield "None of its own."
    yield from ("", "And [the rules of every kind](README.md#rules-of-every-kind).")


RULE_HEADS = ("id", "severity", "basis", "what must hold", "otherwise")


def rule_row(rule: str) -> tuple[str, ...]:
    """A rule as a row of a table."""
    facts = contract.rule_facts(rule)
    return (f"`{facts.id}`", facts.severity, facts.basis, facts.text, facts.effect)


def example_part(facts: KindFacts) -> Iterator[str]:
    """The example, which a test runs on these options."""
    yield from ("", "## Example", "", "```python")
    yield (EXAMPLES / f"{facts.kind.id}.py").read_text(encoding="utf-8").rstrip()
    yield from ("```", "", "Options to try it with:", "", "```json")
    yield compact(facts.example_options)
    yield from ("```", "", "An answer that integrator.io takes:", "", "```json")
    yield compact(facts.example_answer)
    yield "```"


def index() -> str:
    """The page that lists the kinds and what they share."""
    kinds = [
        (
            f"[{kind.id}]({kind.id}.md)",
            ", ".join(f"`{decorator(name, kind)}`" for name in kind.decorators) or "(script only)",
            kind.summary,
        )
        for kind in KINDS.values()
    ]
    return "\n".join(
        [
            NOTE,
            "# Kinds of extension functions",
            "",
            "`ioplugins kinds` shows the same in the terminal.",
            "",
            *table(("kind", "decorator", "called"), kinds),
            "",
            "## Rules of every kind",
            "",
            *table(RULE_HEADS, [rule_row(rule) for rule in EVERYWHERE]),
            "",
            SEVERITIES,
            "",
            "## Shapes",
            "",
            *table(
                ("shape", "content"),
                [(f"`{name}`", f"`{json.dumps(it)}`") for name, it in contract.shapes().items()],
            ),
            "",
            "## Sources",
            "",
            "The letters in the texts stand for:",
            "",
            *(f"- **{letters}**: {source}" for letters, source in contract.sources().items()),
            "",
        ]
    )


def bullets(title: str, lines: Iterable[str]) -> Iterator[str]:
    """A part with a list; nothing when there is nothing to list."""
    lines = list(lines)
    if lines:
        yield from ("", f"## {title}", "")
        yield from (f"- {line}" for line in lines)


def table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    """A table in Markdown."""
    yield f"| {' | '.join(heads)} |"
    yield f"|{'---|' * len(heads)}"
    for row in rows:
        yield f"| {' | '.join(map(cell, row))} |"


def cell(text: str) -> str:
    """*text* for a table; an angle bracket outside of code would be taken for HTML."""
    text = text.replace("|", "\\|")
    return text if text.startswith("`") else text.replace("<", "\\<")


def compact(value: JSON) -> str:
    """*value* as JSON, an option a line."""
    if is_object(value):
        lines = [f"  {json.dumps(key)}: {json.dumps(item)}" for key, item in value.items()]
        return "{\n" + ",\n".join(lines) + "\n}"
    return json.dumps(value)


def main(arguments: list[str]) -> int:
    """Write the pages, or say which are not up to date."""
    texts = pages()
    present = {path.name: path.read_text(encoding="utf-8") for path in PAGES.glob("*.md")}
    stale = sorted(name for name in {*texts, *present} if texts.get(name) != present.get(name))
    if "--check" in arguments:
        for name in stale:
            print(f"docs/kinds/{name} is not up to date: run python docs/generate_kinds.py")
        return bool(stale)
    for name in stale:
        if name in texts:
            (PAGES / name).write_text(texts[name], encoding="utf-8")
        else:
            (PAGES / name).unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
