"""What the burden check says of the time that filling in takes: only what can be known, and how it is known."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from shishi.apps.ledger.fillings import minutes_measured, note_filling
from shishi.apps.ledger.models import FillingRow, RevisionRow
from shishi.core.fillings import Way
from tests.apps.town import Town, home
from tests.web.office.test_editor import read

pytestmark = pytest.mark.django_db
HERE = ["somewhere", 2021, "homes", "homes"]
HOMES = "somewhere/2021/homes/homes"


def typed(client: Client, area: str, **told: Any) -> int:
    row = RevisionRow.objects.filter(key="X1").order_by("-sequence")[0]
    asked = {"edits": [{"entry": str(row.entry), "sequence": row.sequence, "cells": {"area": area}}], **told}
    address = reverse("office:ledger-edit", args=HERE)
    return client.post(address, json.dumps(asked), content_type="application/json").status_code


def test_a_cell_of_the_grid_is_measured_as_the_page_tells_it(town: Town, site: Client) -> None:
    town.hand_in(home("X1", area="80.50"))
    for at, took in enumerate((4, 6, 8, 9, 30)):
        assert typed(site, f"{90 + at}.00", took=took) == 200
    (told,) = minutes_measured()[HOMES]
    assert (told.way, told.seconds, told.times) == (Way.CELL, 8, 5)
    page = read(site.get("/burden/"))
    assert "网页上改一格 8 秒（浏览器报的，5 次的中位数）" in page
    assert "工作簿在各自的电脑上填，用了多久无从得知，不估" in page


@pytest.mark.parametrize("told", [{"took": 0}, {"took": 700}, {"took": "12"}, {"took": -3}, {"took": True}, {},
                                  {"took": 9, "preview": True}])  # fmt: skip
def test_what_is_no_measurement_is_not_kept(town: Town, site: Client, told: dict[str, object]) -> None:
    town.hand_in(home("X1", area="80.50"))
    assert typed(site, "90.00", **told) == 200
    assert not FillingRow.objects.exists()


def test_nobodys_name_is_kept_and_too_few_are_not_told(town: Town) -> None:
    for way in Way:
        for took in (10, 20, 30, 40):
            note_filling(HOMES, timedelta(seconds=took), at=town.tick(), way=way)
    assert minutes_measured() == {}
    assert {field.name for field in FillingRow._meta.get_fields()} == {"id", "table", "way", "on", "seconds"}
    for way in Way:
        note_filling(HOMES, timedelta(seconds=60), at=town.tick(), way=way)
    told = {item.way: (str(item.median), item.times) for item in minutes_measured()[HOMES]}
    assert told == {Way.FORM: ("0.5", 5), Way.CELL: ("0.500", 5), Way.DEVICE: ("0.5", 5)}


def test_a_form_left_open_over_lunch_and_one_sent_by_a_program_are_none(town: Town) -> None:
    for way, wrong in ((Way.FORM, (4, 3601)), (Way.CELL, (0, 601)), (Way.DEVICE, (4, 3601))):
        for seconds in wrong:
            note_filling(HOMES, timedelta(seconds=seconds), at=town.tick(), way=way)
    assert not FillingRow.objects.exists()
