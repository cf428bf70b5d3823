"""The connector package: installed by pip, found by its entry point, served for real."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from examples.conftest import Example, Host

CONNECTOR = "5f9b3c2a7d1e4f0011aa22bb"
CONNECTION = {"unencrypted": {"shop": "north"}, "encrypted": {"accessKey": "open-sesame"}}
ORDERS = [
    {"number": f"SO{number}", "customer": "Ada", "total": number / 2} for number in range(1, 6)
]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory into which pip installed the package, and nothing else."""
    work = tmp_path_factory.mktemp("connector")
    source = shutil.copytree(
        Path(__file__).parent, work / "source", ignore=shutil.ignore_patterns("test_*", "__*__")
    )
    options = ["--no-deps", "--no-build-isolation", "--no-index", "--quiet", "--target"]
    subprocess.run(  # noqa: S603 - pip, on a directory of this repository
        [sys.executable, "-m", "pip", "install", *options, work / "site", source], check=True
    )
    return work / "site"


@pytest.fixture
def installed(example: Example, site: Path) -> Example:
    """The example, with the package where Python finds it and a directory for its shops."""
    shops = example.work / "shops"
    shops.mkdir()
    paths = [str(site), *filter(None, [os.environ.get("PYTHONPATH")])]
    example.environment.update(PYTHONPATH=os.pathsep.join(paths), SHOP_DIRECTORY=str(shops))
    return example


def ask(host: Host, function: str, **options: Any) -> tuple[int, Any]:
    """Call a function of the connector as integrator.io does."""
    return host.call({"_connectorId": CONNECTOR, "function": function, "options": options})


def test_list_shows_the_installed_functions(installed: Example) -> None:
    """Without a TARGET, everything that is installed counts, with the package it came from."""
    ran = installed.run("ioplugins list", cwd=installed.work)

    assert ran.returncode == 0, ran.stderr
    for word in (CONNECTOR, "shop-connector", "exportOrders", "createShop", "persistSettings"):
        assert word in ran.stdout


def test_from_installation_to_export(installed: Example) -> None:
    """The installed connector serves an installation, a ping, an import and a paged export."""
    form = {"shop": "north", "accessKey": "open-sesame"}
    with installed.serve("ioplugins serve", cwd=installed.work) as host:
        assert (200, None) == ask(host, "createShop", resource={}, formSubmission=form)
        assert (200, {"statusCode": 200}) == ask(host, "pingShop", connection=CONNECTION)

        assert (200, [{"statusCode": 200, "id": str(n)} for n in range(1, 6)]) == ask(
            host, "importOrders", connection=CONNECTION, preMapData=ORDERS, postMapData=ORDERS
        )

        pages = list(_pages(host))
        assert [2, 2, 1] == [len(page) for page in pages]
        assert [{"id": n, **order} for n, order in enumerate(ORDERS, 1)] == [*chain(*pages)]


def _pages(host: Host) -> Any:
    """The pages of the export, asked for as integrator.io does: until lastPage, with the state."""
    state: dict[str, Any] = {}
    answer: dict[str, Any] = {}
    while not answer.get("lastPage"):
        status, answer = ask(
            host, "exportOrders", connection=CONNECTION, configuration={"pageSize": 2}, **state
        )
        assert 200 == status, answer
        yield answer["data"]
        state = {"state": answer["state"]} if "state" in answer else {}


def test_what_is_refused(installed: Example) -> None:
    """A wrong key, a name that leaves the directory, a bad record and a bad setting are told."""
    form = {"shop": "north", "accessKey": "open-sesame"}
    bad = [{"customer": "no number"}, {"number": "SO1"}]
    with installed.serve("ioplugins serve", cwd=installed.work) as host:
        ask(host, "createShop", resource={}, formSubmission=form)

        wrong = {**CONNECTION, "encrypted": {"accessKey": "guess"}}
        assert (
            200,
            {
                "statusCode": 401,
                "errors": [{"code": "wrong_key", "message": "The access key is wrong."}],
            },
        ) == ask(host, "pingShop", connection=wrong)

        outside = {**CONNECTION, "unencrypted": {"shop": "../north"}}
        status, answer = ask(host, "exportOrders", connection=outside)
        assert (422, "invalid_name") == (status, answer["errors"][0]["code"])

        status, answer = ask(
            host, "importOrders", connection=CONNECTION, preMapData=bad, postMapData=bad
        )
        assert (200, [422, 200]) == (status, [one["statusCode"] for one in answer])

        status, answer = ask(host, "persistSettings", pending={"pageSize": "0"})
        assert (422, "invalid_page_size") == (status, answer["errors"][0]["code"])
        assert (200, {"success": True, "pending": {"pageSize": 50}}) == ask(
            host, "persistSettings", pending={"pageSize": "50"}
        )


def test_the_hook_of_the_connector(installed: Example) -> None:
    """Cancelled orders are ignored, one without a number fails, the others go on."""
    data = [{"number": "SO1"}, {"number": "SO2", "status": "cancelled"}, {"status": "open"}]
    with installed.serve("ioplugins serve", cwd=installed.work) as host:
        status, answer = ask(host, "skipCancelled", data=data)

    assert 200 == status
    assert [{"data": {"number": "SO1"}}, {}] == answer[:2]
    assert ["no_number"] == [error["code"] for error in answer[2]["errors"]]
