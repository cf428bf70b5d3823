"""The pure parts of the benchmarks: what they read, what they compute, what they write."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from attrs import evolve

from benchmarks.bench import Disagreement, agree
from benchmarks.commandline import repeating
from benchmarks.goals import GOALS, Goal
from benchmarks.load import LoadFailed, read_h2load, read_wrk
from benchmarks.measurements import Measurements, Summary
from benchmarks.pages import Page, compact, make_page
from benchmarks.profiles import Spent, read_folded, read_import_times
from benchmarks.report import Circumstances, Run, report
from benchmarks.rows import catalogue, pages
from benchmarks.rows.installing import install_packages
from benchmarks.rows.row import Column, Row
from benchmarks.tables import case_table, times

WRK = """Running 1s test @ http://127.0.0.1:1/function
  1 threads and 64 connections
  Requests/sec:   1234.56
{"requests": 120, "microseconds": 2000000, "p50": 1500, "p99": 30000, "slowest": 40000, \
"connect": 0, "read": 1, "write": 0, "status": 20, "timeout": 2}
"""
H2LOAD = """starting benchmark...
progress: 100% done

finished in 1.14s, 88.09 req/s, 13.59KB/s
requests: 100 total, 100 started, 100 done, 98 succeeded, 2 failed, 0 errored, 0 timeout
status codes: 98 2xx, 0 3xx, 2 4xx, 0 5xx
                     min         max         mean         sd        +/- sd
time for request:   800.00ms      1.12s    950.50ms     10.53ms    64.00%
"""


def measured() -> Measurements:
    """Three rounds in which ioplugins is four times as fast as Node."""
    measurements = Measurements()
    for case in pages.CASES:
        for round_ in (1, 2, 3):
            measurements.add(pages.case_key(case), "node", "rate", 100 * round_)
            measurements.add(pages.case_key(case), "ioplugins", "rate", 400 * round_)
    return measurements


def test_wrk_counts_only_what_was_answered_with_200():
    """Other answers and lost ones are errors."""
    load = read_wrk(WRK)
    assert (100, 2.0, 50.0) == (load.calls, load.seconds, load.rate)
    assert (0.0015, 0.03, 23) == (load.p50, load.p99, load.errors)


@pytest.mark.parametrize("printed", ["", WRK.replace('"status": 20', '"status": 120')])
def test_wrk_without_an_answer_fails(printed):
    """Nothing that was not measured gets into a table."""
    with pytest.raises(LoadFailed):
        read_wrk(printed)


def test_h2load_is_read_with_its_units():
    """Mean and slowest call, each in a unit of its own."""
    load = read_h2load(H2LOAD)
    assert (98, 1.14, 2) == (load.calls, load.seconds, load.errors)
    assert (pytest.approx(0.9505), pytest.approx(1.12)) == (load.p50, load.p99)


def test_h2load_that_measured_nothing_fails():
    """Its messages are no result."""
    with pytest.raises(LoadFailed, match="connection refused"):
        read_h2load("connection refused")


def test_a_summary_is_the_median_and_the_edges():
    """Whatever order the rounds had."""
    assert Summary(2.0, 1.0, 9.0) == Summary.of([9.0, 1.0, 2.0])


def test_a_ratio_needs_both():
    """What was left out by --only has no ratio."""
    assert 4.0 == measured().ratio(pages.case_key(pages.ONE), "ioplugins", "node", "rate")
    assert measured().ratio(pages.case_key(pages.ONE), "ioplugins", "bare", "rate") is None


@pytest.mark.parametrize("case", pages.CASES, ids=lambda case: case.name)
def test_pages_have_the_size_they_are_called_by(case):
    """Within a tenth, and the answer is what the hook makes of the records."""
    page = case.page()
    size = re.search(r"([\d.]+) (KB|MB)", case.name)
    wanted = float(size[1]) * {"KB": 1e3, "MB": 1e6}[size[2]]
    assert pytest.approx(wanted, rel=0.15) == len(page.body)
    data = json.loads(page.body)["options"]["data"]
    assert case.records == len(data)
    assert [{"data": {**one, "region": "EU"}} for one in data] == json.loads(page.answer)


def test_agreement_is_about_bytes():
    """The message tells other bytes of the same JSON from another answer."""
    page = Page("page", 1, b"", b'[{"a":1}]')
    agree("one", page, 200, b'[{"a":1}]')
    with pytest.raises(Disagreement, match="other bytes of the same JSON to page, from byte 6"):
        agree("one", page, 200, b'[{"a": 1}]')
    with pytest.raises(Disagreement, match="something else"):
        agree("one", page, 200, b'[{"a":2}]')
    with pytest.raises(Disagreement, match="answers 422"):
        agree("one", page, 422, b'[{"a":1}]')


def test_a_goal_says_by_how_much_it_is_missed():
    """In its unit and relative to what has to be reached."""
    more = Goal("t", "x", 5, 8, False, lambda found: found.median("c", "o", "m"))
    less = Goal("t", " s", 1.5, 1.2, True, lambda found: found.median("c", "o", "m"))

    def told(goal, value):
        measurements = Measurements()
        measurements.add("c", "o", "m", value)
        return goal.verdict(measurements)

    assert "9x: reaches the aim" == told(more, 9)
    assert "5x: met" == told(more, 5)
    assert "4x: **missed** by 1x (20%)" == told(more, 4)
    assert "1.2 s: reaches the aim" == told(less, 1.2)
    assert "3 s: **missed** by 1.5 s (100%)" == told(less, 3)
    assert "not measured" == more.verdict(Measurements())
    beside = evolve(more, by_hand=lambda _: 3.0)
    assert "8x (3x): reaches the aim" == told(beside, 8)
    assert "not measured" == beside.verdict(Measurements())


def test_goals_look_at_rows_that_exist():
    """A goal whose row was renamed would never be measured again."""
    keys = {row.key for row in catalogue.ALL}
    for goal in GOALS:
        assert goal.profile is None or goal.profile.partition("/")[0] in keys
    assert [goal for goal in GOALS if goal.value(measured()) is not None] == [
        goal for goal in GOALS if "against Node" in goal.title
    ]


def test_a_table_has_medians_spread_and_ratios():
    """Columns that nobody was measured in are left out."""
    columns = (Column("rate", "calls/s", 1, ratio=True, spread=True), Column("p99", "p99"))
    row = Row("pages", "t", "a", lambda bench: None, columns)
    assert (
        "|  | calls/s | x Node host |\n"
        "| --- | ---: | ---: |\n"
        "| Node host | 200.0 (100.0 to 300.0) | 1.00x |\n"
        "| **ioplugins serve** | 800.0 (400.0 to 1,200.0) | 4.00x |"
    ) == case_table(row, pages.case_key(pages.ONE), measured())


def test_errors_are_told_of_the_worst_round():
    """A median would hide them."""
    measurements = Measurements()
    for errors in (0, 0, 7):
        measurements.add("w/c", "node", "errors", errors)
    row = Row("w", "t", "a", lambda bench: None, (Column("errors", "errors", worst=True),))
    assert "| Node host | 7 |" == case_table(row, "w/c", measurements).splitlines()[-1]


def test_scaling_is_told_to_the_same_with_one_worker():
    """Beside the ratio to the baseline."""
    measurements = Measurements()
    for one, value in (("node", 1.0), ("ioplugins", 2.0), ("ioplugins-2", 3.0)):
        measurements.add("w/c", one, "rate", value)
    row = Row(
        *("w", "t", "a", lambda bench: None, (Column("rate", "calls/s", ratio=True),)),
        against={"ioplugins-2": "ioplugins"},
    )
    table = case_table(row, "w/c", measurements).splitlines()
    assert "|  | calls/s | x Node host | x itself with 1 worker |" == table[0]
    assert "| **ioplugins serve**, 2 workers | 3 | 3.00x | 1.50x |" == table[-1]


@pytest.mark.parametrize(
    ("ratio", "shown"), [(12.34, "12.3x"), (1.234, "1.23x"), (0.0123, "0.012x")]
)
def test_ratios_are_told_with_the_digits_that_count(ratio, shown):
    """Small ones too."""
    assert shown == times(ratio)


def test_folded_stacks_become_shares():
    """Recursion counts once; native threads have a name."""
    assert [
        Spent("b", 0.6, 0.6),
        Spent("a", 0.3, 0.9),
        Spent("(no Python frame)", 0.1, 0.1),
    ] == read_folded(["a;a;b 6", "a 3", " 1"])


def test_a_name_that_was_read_too_late_is_no_frame():
    """The profiler looks at a process that goes on."""
    assert [Spent("(no Python frame)", 1.0, 1.0)] == read_folded(["a;\x00\x07 (\x01:19) 4"])


def test_import_times_become_shares():
    """Sorted by what a module takes with its own imports."""
    printed = [
        "import time: self [us] | cumulative | imported package",
        "import time:        25 |         25 |   inner",
        "import time:        75 |        100 | outer",
        "INFO something else",
    ]
    assert [Spent("outer", 0.75, 1.0), Spent("inner", 0.25, 0.25)] == read_import_times(printed)


def test_the_report_tells_all_of_it():
    """Circumstances, goals with verdicts, tables and profiles of the missed."""
    missed = pages.case_key(pages.ONE)
    run = Run("Python X", {"orjson": "9.9"}, measured(), {missed: [Spent("f (a.py)", 0.5, 0.75)]})
    circumstances = Circumstances(
        {"CPU": "a CPU"}, {"express": "4.0"}, "python -m benchmarks", "2026-05-04", 14.6, 3
    )
    text = report(circumstances, [run], catalogue.ALL, "growth.svg")
    for part in (
        "| Date | 2026-05-04 |",
        "| Took | 15 minutes, 3 rounds |",
        "| CPU | a CPU |",
        "| express | 4.0 |",
        "| Python X | orjson 9.9 |",
        "    python -m benchmarks\n",
        "| one call, 0.3 KB: calls/s against Node | 5x | 8x | 4x: **missed** by 1x (20%) |",
        "| 10,000 records, 10 MB: calls/s against Node | 3.5x | 5x | 4x: met |",
        "(growth.svg)",
        "## Python X\n\n### Calls and pages\n",
        "**one call, 0.3 KB** (one call, 0.3 KB: calls/s against Node)",
        "| `f (a.py)` | 50.0% | 75.0% |",
    ):
        assert part in text
    assert "### Memory" not in text  # it was not measured


def test_fake_packages_are_found_as_connectors(tmp_path):
    """One in ten of them."""
    folder = tmp_path / "site"
    assert 2 == install_packages(folder, 20)
    pointing = [
        path.parent.name
        for path in folder.glob("*/entry_points.txt")
        if "ioplugins.connectors" in Path(path).read_text("utf-8")
    ]
    assert ["package_0-1.0.dist-info", "package_10-1.0.dist-info"] == sorted(pointing)


def test_compact_json_is_what_javascript_writes():
    """No blanks, no escapes for what UTF-8 can say."""
    assert '{"a":["ö",1.5,null]}'.encode() == compact({"a": ["ö", 1.5, None]})


def test_pages_of_other_functions_pass_records_on():
    """Only addRegion adds a field."""
    page = make_page("p", 2, 60, "sleep")
    assert [{"data": one} for one in json.loads(page.body)["options"]["data"]] == json.loads(
        page.answer
    )


def test_the_told_command_repeats_the_run():
    """Without where its results went."""
    given = ["--rows", "pages", "--output", "/x/r.md", "--python", "a b"]
    assert "python -m benchmarks --rows pages --python 'a b'" == repeating(given)
    assert "python -m benchmarks" == repeating(["--output=/x/r.md"])
