"""The plot of growth: cost of a call against the records in its page."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import matplotlib as mpl

mpl.use("svg")

from matplotlib.figure import Figure

from benchmarks.measurements import Measurements
from benchmarks.rows.growth import RECORDS, case_key


def plot_growth(lines: Mapping[str, tuple[Measurements, str]], path: Path) -> bool:
    """Write *path*, an SVG; False when there is nothing to plot.

    Args:
        lines: By label: measurements, and the contestant of the line.
        path: Where it goes.
    """
    figure = Figure(figsize=(8, 5), layout="constrained")
    axes = figure.add_subplot()
    for label, (measurements, contestant) in lines.items():
        points = [
            (records, 1e3 * median)
            for records in RECORDS
            if (median := measurements.median(case_key(records), contestant, "call")) is not None
        ]
        if points:
            axes.plot(*zip(*points, strict=True), marker="o", label=label)
    if not axes.lines:
        return False
    axes.set(xscale="log", yscale="log", xlabel="records in a page", ylabel="ms a call")
    axes.grid(visible=True, alpha=0.3)
    axes.legend()
    # The same measurements give the same file.
    with mpl.rc_context({"svg.hashsalt": "ioplugins", "svg.fonttype": "none"}):
        figure.savefig(path, format="svg", metadata={"Date": None})
    return True
