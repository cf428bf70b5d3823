"""A package: an author's functions, the framework and all they require, in one zip for Lambda."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import distributions
from itertools import pairwise
from pathlib import Path
from typing import Final

from attrs import field, frozen

from ioplugins.aws_lambda.packaging import PackagingError
from ioplugins.aws_lambda.packaging.archive import (
    UPLOAD_LIMIT,
    check_unzipped,
    compile_all,
    largest,
    megabytes,
    sizes,
    tidy,
    unzipped_size,
    write_zip,
)
from ioplugins.aws_lambda.packaging.framework import write_wheel
from ioplugins.aws_lambda.packaging.installing import build_wheel, install
from ioplugins.aws_lambda.packaging.platforms import Platform
from ioplugins.aws_lambda.packaging.sources import AuthorFiles
from ioplugins.installed import GROUPS, Installed, unique
from ioplugins.manifest import write

#: The frozen manifest and the handler's module in a package.
MANIFEST: Final = "ioplugins.json"
MODULE: Final = "lambda_function.py"

_HANDLER: Final = '''\
"""The handler of this package, made by `ioplugins lambda package`."""

import gc
import os

# What is imported lives as long as the process: a cold start need not look for garbage in it.
gc.disable()

from ioplugins.aws_lambda import create_handler

os.environ.setdefault(
    "IOPLUGINS_MANIFEST", os.path.join(os.path.dirname(__file__), "{manifest}")
)
handler = create_handler({target!r})
gc.freeze()
gc.enable()
'''

# Run with nothing but the standard library on the path, as on Lambda with nothing else there.
_CHECK: Final = """\
import sys
sys.path.insert(0, sys.argv[1])
from lambda_function import handler
if handler.error:
    sys.exit(handler.error.decode())
functions = {f.name for _, held in handler.configuration.function_sets() for f in held}
print(", ".join(sorted(functions)))
"""


@frozen
class Request:
    """What to package.

    Attributes:
        author: The author's files.
        platform: Where the package runs.
        requirements: Files in pip's form.
        packages: Folders of packages that are built and installed, such as connectors.
        http: Whether HTTP events are served too.
        check: Whether the finished package is imported, where it runs here.
    """

    author: AuthorFiles
    platform: Platform
    requirements: Sequence[Path] = ()
    packages: Sequence[Path] = ()
    http: bool = False
    check: bool = True


@frozen
class Package:
    """A finished package.

    Attributes:
        path: The zip.
        size: Its bytes.
        unzipped: The bytes of the files in it.
        packages: The bytes of each installed package, the largest first.
    """

    path: Path
    size: int
    unzipped: int
    packages: Mapping[str, int] = field(repr=False)

    @property
    def warning(self) -> str:
        """What to mind when it is uploaded; empty when nothing."""
        if self.size <= UPLOAD_LIMIT:
            return ""
        return (
            f"The zip has {megabytes(self.size)}; Lambda takes {megabytes(UPLOAD_LIMIT)} in a "
            "direct upload, and more only from an S3 bucket. The largest in it: "
            f"{largest(self.packages)}."
        )


def make_package(request: Request, path: Path, tell: Callable[[str], None]) -> Package:
    """Make the zip *path*; the same input gives the same bytes.

    Args:
        request: What to package.
        path: The file to write.
        tell: Gets a line for each step.

    Raises:
        PackagingError: It cannot be made, or Lambda would refuse it.
    """
    platform = request.platform
    with tempfile.TemporaryDirectory(prefix="ioplugins-lambda-") as work:
        wheels, folder = Path(work, "wheels"), Path(work, "package")
        wheels.mkdir()
        tell(f"Resolving the requirements for {platform}")
        built = [write_wheel(wheels, http=request.http)]
        built += [build_wheel(package, wheels) for package in request.packages]
        names = ["apig-wsgi>=2.18"] if request.http else []
        install(folder, platform, built, request.requirements, names)
        packages = sizes(folder)
        tell(f"Installed {len(packages)} packages: {', '.join(sorted(packages))}")
        entries = _entries(folder)
        tidy(folder)
        _add_author(folder, request.author)
        _freeze(folder / MANIFEST, entries, platform)
        tell(f"Froze a manifest of {len(entries)} connectors and plugins")
        if platform.same_python:
            tell(f"Compiled {compile_all(folder)} modules")
        else:
            tell(f"Not compiled: that takes Python {platform.python}")
        unzipped = unzipped_size(folder)
        check_unzipped(unzipped, packages)
        if request.check:
            tell(_checked(folder, platform))
        write_zip(folder, path)
    return Package(path, path.stat().st_size, unzipped, packages)


def _add_author(folder: Path, author: AuthorFiles) -> None:
    for place, file in author.files.items():
        copy = folder / place
        if copy.exists() or place in {MODULE, MANIFEST}:
            raise PackagingError(
                f"{place} is in the package already: the handler, its manifest or an installed "
                "package has that name. Rename yours."
            )
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, copy)
    handler = _HANDLER.format(manifest=MANIFEST, target=author.target)
    (folder / MODULE).write_text(handler, encoding="utf-8")


def _entries(folder: Path) -> tuple[Installed, ...]:
    """What the packages in *folder* announce.

    Raises:
        PackagingError: Two of them announce different things under one name.
    """
    found = unique(
        Installed(point.group, point.name, point.value, one.metadata["Name"], one.version)
        for one in distributions(path=[str(folder)])
        for point in one.entry_points
        if point.group in GROUPS
    )
    for entry, other in pairwise(found):
        if (entry.group, entry.name) == (other.group, other.name):
            raise PackagingError(
                f"{entry.package} and {other.package} both announce {entry.name!r}; take one."
            )
    return found


def _freeze(path: Path, entries: Sequence[Installed], platform: Platform) -> None:
    """The manifest, for the Python that will read it."""
    write(path, entries)
    document = json.loads(path.read_text(encoding="utf-8"))
    document |= {"python": platform.python, "architecture": platform.architecture}
    path.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")


def _checked(folder: Path, platform: Platform) -> str:
    """Import the handler as Lambda would, with nothing around; gives what it serves."""
    if not platform.runs_here:
        return f"Not checked: that takes {platform}"
    done = subprocess.run(  # noqa: S603 - this Python
        [sys.executable, "-I", "-S", "-B", "-c", _CHECK, str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        words = done.stderr.strip().splitlines()
        raise PackagingError(
            f"The handler cannot be used: {words[-1] if words else 'it says nothing'}\nWhat it "
            "imports has to be in the requirements (boto3, which Lambda has, too); leave the "
            "check out with --no-check."
        )
    return f"Checked: it serves {done.stdout.strip() or 'nothing'}"
