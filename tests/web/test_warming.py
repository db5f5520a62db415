"""What the first pages need is brought in beside the start; nothing waits for it, and without it pages are the same."""

from __future__ import annotations

import gc
import subprocess
import sys

import pytest
from django.conf import LazySettings
from django.test import Client
from django.urls import reverse

from shishi.adapters.engines.listed_rows import ListedRows
from shishi.commands.warming import Warming, settle
from shishi.conf import gunicorn
from tests.apps.town import Town
from tests.web.conftest import SignedIn

ROWS = ["somewhere", 2021, "homes", "homes"]


def test_after_it_no_page_of_the_ledger_brings_anything_in(
    lived_in: Town, signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    for step in Warming(lived_in.operator).steps():
        step()

    def late(*_: object) -> None:
        raise AssertionError("a page brought a table in")

    monkeypatch.setattr(ListedRows, "_bring_in", late)
    monkeypatch.setattr(ListedRows, "_speak_of", late)
    client: Client = signed_in("leader")
    assert ">X1<" in client.get(reverse("office:ledger-rows", args=ROWS)).content.decode()
    assert "没有找到" in client.get(reverse("office:search"), {"q": "qqq"}).content.decode()


def test_it_ends_after_the_step_at_hand(lived_in: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    warming, done = Warming(lived_in.operator), []

    def steps(_: Warming) -> object:
        for number in range(3):
            yield lambda number=number: done.append(number)
            warming.end()

    monkeypatch.setattr(Warming, "steps", steps)
    monkeypatch.setattr("django.db.connections.close_all", lambda: None)
    warming._run()
    assert done == [0]


def test_the_site_loads_no_pandas_wherever_it_is_installed() -> None:
    told = (
        "import sys\n"
        "from shishi.commands.warming import without_pandas\n"
        "without_pandas()\n"
        "import pyarrow\n"
        "assert pyarrow.array(['a']).to_pylist() == ['a']\n"
        "try:\n"
        "    import pandas\n"
        "except ModuleNotFoundError:\n"
        "    print('pandas' in sys.modules)\n"
    )
    ran = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    assert ran.stdout == "False\n"


def test_what_is_there_once_all_is_warm_is_no_longer_looked_through_for_circles() -> None:
    before = gc.get_freeze_count()
    settle()
    try:
        assert gc.get_freeze_count() > before
    finally:
        gc.unfreeze()


def test_any_server_warms_its_process_once_and_serves_where_nobody_can_be_warmed_for(
    lived_in: Town, monkeypatch: pytest.MonkeyPatch, settings: LazySettings
) -> None:
    begun: list[Warming] = []
    monkeypatch.setattr(Warming, "begin", lambda warming: begun.append(warming))
    settings.WARM_AS = "nobody"
    gunicorn.post_worker_init(object())
    assert begun == []
    settings.WARM_AS = "leader"
    gunicorn.post_worker_init(object())
    gunicorn.post_worker_init(object())
    assert len(begun) == 1
    gunicorn.worker_exit(object(), object())
    gunicorn.post_worker_init(object())
    assert len(begun) == 2
    gunicorn.worker_exit(object(), object())
