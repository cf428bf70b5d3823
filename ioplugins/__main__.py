"""``python -m ioplugins`` is the command ``ioplugins``."""

from ioplugins.cli import main

main(prog_name="ioplugins")
