"""The frozen manifest: a JSON file of the entries to load, so that a host need not scan for them.

``ioplugins freeze`` writes it where the packages were installed; the environment variable
``IOPLUGINS_MANIFEST`` names it where they run (a Lambda package, a container image).
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Final, cast

from ioplugins.errors import ManifestError
from ioplugins.installed import GROUPS, Installed, unique

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

#: The version of the file's form; a file of another version is refused.
FORMAT: Final = 1

_FIELDS: Final = ("group", "name", "value", "distribution", "version")


def write(path: Path, entries: Iterable[Installed]) -> None:
    """Write *entries* to *path*; the same packages give the same bytes."""
    document = {
        "format": FORMAT,
        "python": _python(),
        "entries": [{key: getattr(entry, key) for key in _FIELDS} for entry in unique(entries)],
    }
    path.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")


def read(path: str | Path) -> tuple[Installed, ...]:
    """The entries in *path*, sorted.

    Raises:
        ManifestError: It is missing, malformed, of another format, or of another Python.
    """
    try:
        with open(path, "rb") as file:  # noqa: PTH123 - a cold start does without pathlib
            document: object = json.loads(file.read())
    except OSError as error:
        raise ManifestError(str(path), error.strerror or type(error).__name__) from None
    except ValueError as error:
        raise ManifestError(str(path), f"it is not JSON ({error})") from None
    members = _members(document)
    if members.get("format") != FORMAT:
        raise ManifestError(str(path), f"it is not a manifest of format {FORMAT}")
    if members.get("python") != _python():
        raise ManifestError(
            str(path),
            f"it was frozen by Python {members.get('python')} and this is Python {_python()}",
        )
    rows = members.get("entries")
    if not isinstance(rows, list):
        raise ManifestError(str(path), "its entries are not a list")
    return unique(
        _entry(row, f"entries[{index}]", path)
        for index, row in enumerate(cast("list[object]", rows))
    )


def _entry(row: object, place: str, path: str | Path) -> Installed:
    members = _members(row)
    texts = [value for value in map(members.get, _FIELDS) if isinstance(value, str)]
    if len(texts) != len(_FIELDS):
        raise ManifestError(str(path), f"{place} does not have the texts {', '.join(_FIELDS)}")
    group, name, value, distribution, version = texts
    if group not in GROUPS:
        raise ManifestError(str(path), f"{place}.group is not one of {', '.join(GROUPS)}")
    return Installed(group, name, value, distribution, version)


def _members(value: object) -> Mapping[str, object]:
    """The members of a JSON object; none of anything else."""
    return cast("dict[str, object]", value) if isinstance(value, dict) else {}


def _python() -> str:
    return f"{sys.version_info.major}.{sys.version_info.minor}"
