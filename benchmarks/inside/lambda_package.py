"""Functions packaged as for AWS Lambda (frozen manifest, bytecode), unzipped again.

Usage: ``python lambda_package.py FUNCTIONS FOLDER``
"""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path

from ioplugins.aws_lambda.packaging.package import Request, make_package
from ioplugins.aws_lambda.packaging.platforms import here
from ioplugins.aws_lambda.packaging.sources import author_files


def main() -> None:
    functions, folder = sys.argv[1], Path(sys.argv[2])
    archive = folder.with_suffix(".zip")
    make_package(Request(author_files(functions), here()), archive, list[str]().append)
    with zipfile.ZipFile(archive) as opened:
        opened.extractall(folder)


if __name__ == "__main__":
    main()
