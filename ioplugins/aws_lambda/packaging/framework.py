"""The framework's own part of a package: a wheel of what of it runs on Lambda.

It is made from the framework that runs this command, and requires only what a handler needs:
neither a server nor a command line.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import re
import zipfile
from collections.abc import Iterator
from importlib.metadata import metadata
from pathlib import Path
from typing import Final

import ioplugins
from ioplugins.aws_lambda.packaging.archive import entry

#: Modules that never run on Lambda.
_LEFT_OUT: Final = (
    "__main__.py",
    "aws_lambda/invoking",
    "aws_lambda/packaging",
    "cli",
    "contract.json",
    "contract.py",
    "emulator",
    "testing.py",
)
#: Requirements that only the modules above have, and those that only the HTTP door has.
_NEEDLESS: Final = frozenset({"click"})
_OF_HTTP: Final = frozenset({"werkzeug"})

_WHEEL: Final = b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
_PROGRAM: Final = "exec-wrapper"


def write_wheel(folder: Path, *, http: bool) -> Path:
    """Write the wheel into *folder*.

    Args:
        folder: Where to.
        http: Whether HTTP events are served too, which takes the server's application.
    """
    version = ioplugins.__version__
    info = f"ioplugins-{version}.dist-info"
    files = dict(_files(http=http))
    files[f"{info}/METADATA"] = _metadata(version, http=http).encode()
    files[f"{info}/WHEEL"] = _WHEEL
    path = folder / f"ioplugins-{version}-py3-none-any.whl"
    record = io.StringIO()
    rows = csv.writer(record, lineterminator="\n")
    with zipfile.ZipFile(path, "w") as wheel:
        for name, content in sorted(files.items()):
            wheel.writestr(entry(name, executable=name.endswith(_PROGRAM)), content)
            digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).decode()
            rows.writerow((name, f"sha256={digest.rstrip('=')}", len(content)))
        rows.writerow((f"{info}/RECORD", "", ""))
        wheel.writestr(entry(f"{info}/RECORD"), record.getvalue())
    return path


def _files(*, http: bool) -> Iterator[tuple[str, bytes]]:
    """Path in the wheel and content."""
    root = Path(ioplugins.__file__).parent
    left_out = [Path(one) for one in (_LEFT_OUT if http else (*_LEFT_OUT, "server"))]
    for path in sorted(root.rglob("*")):
        place = path.relative_to(root)
        hidden = any(part.startswith(".") or part == "__pycache__" for part in place.parts)
        if not path.is_file() or hidden or path.suffix == ".pyc":
            continue
        if not any(place == one or one in place.parents for one in left_out):
            yield f"ioplugins/{place.as_posix()}", path.read_bytes()


def _metadata(version: str, *, http: bool) -> str:
    own = metadata("ioplugins")
    needless = _NEEDLESS if http else _NEEDLESS | _OF_HTTP
    lines = [
        "Metadata-Version: 2.1",
        "Name: ioplugins",
        f"Version: {version}",
        f"Requires-Python: {own['Requires-Python']}",
        *(f"Provides-Extra: {extra}" for extra in own.get_all("Provides-Extra") or ()),
        *(
            f"Requires-Dist: {requirement}"
            for requirement in own.get_all("Requires-Dist") or ()
            if "extra ==" in requirement or _name(requirement) not in needless
        ),
    ]
    return "\n".join(lines) + "\n"


def _name(requirement: str) -> str:
    """The package that *requirement* names."""
    return re.split(r"[^\w.-]", requirement, maxsplit=1)[0].lower()
