"""Cold starts side by side: from starting the process to the handler imported, ours and Node's.

Run it with ``python benchmarks/cold_start.py``; it needs node, npm (once, for the Node package)
and the extra ``aws`` (uv, which packages the functions as for Lambda). Each round starts every
contestant once, so that all see the same machine; medians, quartiles and ratios are printed.
"""

from __future__ import annotations

import argparse
import platform
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

from ioplugins.aws_lambda.packaging.package import Request, make_package
from ioplugins.aws_lambda.packaging.platforms import here
from ioplugins.aws_lambda.packaging.sources import author_files

#: A small functions module, with options as plain JSON and as a class.
PLAIN = """
from ioplugins import hook, wrapper

@hook("preMap")
def add_region(options: dict):
    return [{"data": {**record, "region": "EU"}} for record in options["data"]]

@wrapper("ping", name="pingShop")
def ping_shop(options: dict):
    return {"statusCode": 200}
"""
TYPED = PLAIN.replace(
    "from ioplugins import", "from ioplugins.options import *\nfrom ioplugins import"
)
TYPED = TYPED.replace("add_region(options: dict)", "add_region(options: PreMapOptions)")
TYPED = TYPED.replace('options["data"]', "options.data")
TYPED = TYPED.replace("ping_shop(options: dict)", "ping_shop(options: PingOptions)")

NODE = "integrator-extension"
HOME = Path(__file__).resolve().parent.parent / "tests" / "oracle" / "node_modules"
IMPORT = "import sys; sys.path.insert(0, sys.argv[1]); import lambda_function"


def packaged(folder: Path, name: str, source: str) -> Path:
    """The functions packaged as for Lambda (frozen manifest, bytecode), unzipped again."""
    (folder / name).mkdir()
    module = folder / name / "functions.py"
    module.write_text(source, encoding="utf-8")
    archive = folder / f"{name}.zip"
    make_package(Request(author_files(str(module)), here()), archive, list[str]().append)
    with zipfile.ZipFile(archive) as opened:
        opened.extractall(folder / f"{name}-package")
    return folder / f"{name}-package"


def node_package(folder: Path) -> Path:
    """A folder from which node finds the peer."""
    if (HOME / NODE).is_dir():
        return HOME.parent
    subprocess.run(["npm", "install", "--silent", NODE], cwd=folder, check=True)
    return folder


def milliseconds(command: list[str], folder: Path) -> float:
    began = time.perf_counter_ns()
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return (time.perf_counter_ns() - began) / 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument(
        "--python", default=sys.executable, help="An interpreter of the version that runs this."
    )
    given = parser.parse_args()
    rounds = given.rounds
    with tempfile.TemporaryDirectory() as work:
        folder = Path(work)
        node = node_package(folder)
        python = [given.python, "-I", "-S", "-c"]
        contestants = {
            f"node -e \"require('{NODE}')\"": ["node", "-e", f"require('{NODE}')"],
            "node, nothing required": ["node", "-e", ""],
            "ioplugins, options as dict": [*python, IMPORT, str(packaged(folder, "plain", PLAIN))],
            "ioplugins, options as classes": [
                *python,
                IMPORT,
                str(packaged(folder, "typed", TYPED)),
            ],
            "python, nothing imported": [*python, ""],
        }
        taken: dict[str, list[float]] = {name: [] for name in contestants}
        for number in range(rounds + 2):
            for name, command in contestants.items():
                duration = milliseconds(command, node)
                if number >= 2:  # the first two fill the file system's cache
                    taken[name].append(duration)
    version = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True)
    print(f"Python {platform.python_version()} ({given.python}), ", end="")
    print(f"node {version.stdout.strip()}, {platform.machine()}, {rounds} rounds\n")
    print(f"{'process start to import done':40} median ms   quartiles     x node")
    base = statistics.median(next(iter(taken.values())))
    for name, durations in taken.items():
        low, median, high = statistics.quantiles(durations, n=4)
        print(f"{name:40} {median:9.1f}   {low:5.1f} {high:5.1f}   {median / base:6.2f}x")


if __name__ == "__main__":
    main()
