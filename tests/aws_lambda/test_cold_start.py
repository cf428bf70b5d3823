"""What a cold start imports: each module costs it its time."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

#: What a call over the Invoke API never needs.
NEVER = (
    "apig_wsgi", "asyncio", "boto3", "click", "concurrent.futures", "email", "granian", "httpx",
    "importlib.metadata", "ioplugins.aws_lambda.http_events", "ioplugins.aws_lambda.packaging",
    "ioplugins.cli", "ioplugins.server", "jinja2", "pluggy", "uv", "werkzeug",
)  # fmt: skip
#: What only functions with options classes need.
OF_CLASSES = ("cattrs", "ioplugins.conversion", "ioplugins.options")

PROGRAM = """
import json, os, sys
from types import SimpleNamespace
sys.path[:0] = [{root!r}, {folder!r}]
from ioplugins.aws_lambda import create_handler
{source}
context = SimpleNamespace(client_context={{"diy": True, "function": "f"}})
answer = handler({{"data": [{{"id": 1}}]}}, context)
print(json.dumps([answer, sorted(sys.modules)]), file=sys.__stdout__)
"""

FUNCTIONS = """
from ioplugins import hook
from ioplugins.options import PreMapOptions

@hook("preMap")
def f(options: {annotation}):
    return [{{"data": record}} for record in {data}]
"""

#: Ways of making a handler of the module functions.
SOURCES = {
    "registry": "from ioplugins import Registry; import functions; registry = Registry(); "
    "registry.add(functions); handler = create_handler(registry)",
    "module": "import functions; handler = create_handler(functions)",
    "target": "handler = create_handler('functions')",
}


def imported(folder: Path, source: str, annotation: str) -> set[str]:
    """The modules that a process has after its first call."""
    data = 'options["data"]' if annotation == "dict" else "options.data"
    text = FUNCTIONS.format(annotation=annotation, data=data)
    if annotation == "dict":
        text = text.replace("from ioplugins.options import PreMapOptions\n", "")
    (folder / "functions.py").write_text(text, encoding="utf-8")
    manifest = folder / "ioplugins.json"
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    manifest.write_text(json.dumps({"format": 1, "python": python, "entries": []}))
    program = PROGRAM.format(root=str(ROOT), folder=str(folder), source=SOURCES[source])
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={"IOPLUGINS_MANIFEST": str(manifest)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert 0 == done.returncode, done.stderr
    answer, modules = json.loads(done.stdout.splitlines()[-1])
    assert [{"data": {"id": 1}}] == answer
    # What the interpreter itself brings (a site-packages' .pth files) is not ours.
    bare = subprocess.run(
        [sys.executable, "-c", "import sys; print(*sys.modules)"],
        env={},
        capture_output=True,
        text=True,
        check=True,
    )
    return set(modules) - set(bare.stdout.split())


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize(
    ("annotation", "unwanted"),
    [("dict", (*NEVER, *OF_CLASSES)), ("PreMapOptions", NEVER)],
    ids=["dict", "class"],
)
def test_a_direct_call_imports_only_what_it_needs(
    source: str, annotation: str, unwanted: tuple[str, ...], tmp_path: Path
) -> None:
    """However the handler is made, with the frozen manifest that a package has."""
    assert set() == imported(tmp_path, source, annotation) & set(unwanted)


def test_the_package_itself_wraps_a_runtime_that_is_there() -> None:
    """Importing it is enough: the runtime imports the handler's module before its first event."""
    program = """
import sys
from types import ModuleType
module = ModuleType("awslambdaric.lambda_context")
class LambdaContext:
    def __init__(self, invoke_id, client_context, *rest): pass
module.LambdaContext = LambdaContext
sys.modules["awslambdaric.lambda_context"] = module
import ioplugins.aws_lambda
print(LambdaContext("id", {"function": "f"}).ioplugins_client_context)
"""
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert "{'function': 'f'}\n" == done.stdout
