"""The grid: rows within reach, filtered and sorted by the address, edited cell by cell, kept as views, taken out."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from decimal import Decimal
from io import BytesIO
from typing import Any
from uuid import UUID

import openpyxl
import pytest
from django.template import Context, Template
from django.test import Client
from django.urls import reverse

from shishi.apps.accounts.names import named
from shishi.apps.indicators import why
from shishi.apps.ledger.listing import ListedGroup, ListedRow
from shishi.apps.ledger.models import RevisionRow
from shishi.apps.ledger.showing import ShownValue
from shishi.core.tables import Choice, Field, FieldType, Table
from shishi.web.office.ledger import Column, Line
from tests.apps.town import CITIZEN, DAY, GUANGDE, NAME, XUANZHOU, Town, home

pytestmark = pytest.mark.django_db
HERE = ["somewhere", 2021, "homes", "homes"]
SignedIn = Callable[[str], Client]


@pytest.fixture
def filled(town: Town) -> Town:
    town.hand_in({"code": "E1", "county": "341802", "name": "三里小区"}, table="estates")
    town.hand_in(
        home("X1", "issued", owner="张三", citizen=CITIZEN, area="80.50", estate="E1", household="=1+1"),
        home("X2", area="120.00"),
        home("G1", county=GUANGDE, area="99.99"),
    )
    return town


def state(key: str) -> RevisionRow:
    return RevisionRow.objects.filter(key=key).order_by("-sequence")[0]


def edit(
    client: Client, key: str, cells: dict[str, str], sequence: int | None = None, **told: Any
) -> tuple[int, dict[str, Any]]:
    row = state(key)
    asked = {"edits": [{"entry": str(row.entry), "sequence": sequence or row.sequence, "cells": cells}], **told}
    answer = client.post(reverse("office:ledger-edit", args=HERE), json.dumps(asked), content_type="application/json")
    return answer.status_code, answer.json()


def test_every_table_within_reach_is_listed_with_its_rows(filled: Town, signed_in: SignedIn) -> None:
    text = signed_in("clerk_guangde").get(reverse("office:ledger")).content.decode()
    assert "房屋台账" in text
    assert "1 行" in text


def test_the_page_shows_filters_sorts_groups_and_sums(filled: Town, site: Client) -> None:
    rows = reverse("office:ledger-rows", args=HERE)
    text = site.get(rows, {"where": "area>=90", "sort": "-area", "columns": "number,area"}).content.decode()
    assert text.index(">X2<") < text.index(">G1<")
    assert ">X1<" not in text
    assert "面积 ≥ 90" in text
    grouped = site.get(rows, {"group": "stage"}).content.decode()
    assert "合计 3 行" in grouped
    assert "300.49" in grouped
    typed = site.get(rows, {"f.area": ">=100"}).content.decode()
    assert ">X2<" in typed
    assert ">G1<" not in typed


def test_a_clerk_sees_their_county_and_nothing_of_a_programme_out_of_reach(filled: Town, signed_in: SignedIn) -> None:
    client = signed_in("clerk_guangde")
    text = client.get(reverse("office:ledger-rows", args=HERE)).content.decode()
    assert ">G1<" in text
    assert ">X1<" not in text
    assert client.get(reverse("office:ledger-rows", args=["nowhere", 2021, "homes", "homes"])).status_code == 404
    assert client.get(reverse("office:row", args=[state("X1").entry])).status_code == 404


def test_names_are_masked_and_numbers_never_leave(filled: Town, site: Client) -> None:
    text = site.get(reverse("office:ledger-rows", args=HERE)).content.decode()
    assert "张*" in text
    assert "张三" not in text
    assert CITIZEN not in text


def test_a_cell_is_written_and_the_row_comes_back_as_it_is_now(filled: Town, signed_in: SignedIn) -> None:
    clerk = signed_in("clerk_xuanzhou")
    status, told = edit(clerk, "X2", {"area": "66.6"})
    assert (status, told["status"]) == (200, "written")
    assert told["rows"][0]["cells"]["area"] == {"text": "66.60", "raw": "66.60"}
    assert told["rows"][0]["sequence"] == state("X2").sequence
    assert edit(clerk, "X2", {"area": "66.6"})[1]["status"] == "unchanged"


def test_what_cannot_be_written_says_why_at_its_cell(filled: Town, signed_in: SignedIn) -> None:
    status, told = edit(signed_in("clerk_xuanzhou"), "X2", {"area": "许多"})
    assert (status, told["status"]) == (422, "refused")
    assert told["faults"][0]["field"] == "area"
    assert (
        signed_in("leader")
        .post(reverse("office:ledger-edit", args=HERE), "{}", content_type="application/json")
        .status_code
        == 403
    )


def test_the_second_of_two_people_is_shown_both_values(filled: Town, signed_in: SignedIn) -> None:
    seen = state("X2").sequence
    edit(signed_in("operator"), "X2", {"area": "70"})
    status, told = edit(signed_in("clerk_xuanzhou"), "X2", {"area": "90"}, sequence=seen)
    assert (status, told["status"]) == (409, "conflict")
    assert all(text in told["html"] for text in ("120.00", "70.00", "90.00", named("operator").name))
    assert (
        edit(signed_in("clerk_xuanzhou"), "X2", {"area": "90"}, sequence=seen, overwrite=True)[1]["status"] == "written"
    )


def test_a_pasted_block_is_shown_before_it_is_written(filled: Town, signed_in: SignedIn) -> None:
    _, told = edit(signed_in("clerk_xuanzhou"), "X2", {"area": "66.6", "household": "H2"}, preview=True)
    assert told["status"] == "preview"
    assert "将改 1 行、2 个格" in told["html"]
    assert state("X2").cells.get("household") is None


def test_a_bulk_edit_previews_counts_and_writes(filled: Town, signed_in: SignedIn) -> None:
    clerk, bulk = signed_in("clerk_xuanzhou"), reverse("office:ledger-bulk", args=HERE)
    asked = {"field": "household", "value": "H7", "explanation": ""}
    shown = clerk.post(bulk, asked).content.decode()
    assert "将改 2 行，跳过 0 行" in shown
    assert clerk.post(bulk, {**asked, "expected": "1"}).status_code == 422
    assert clerk.post(bulk, {**asked, "expected": "2"}).status_code == 302
    assert state("X1").cells["household"] == state("X2").cells["household"] == "H7"


def test_a_view_is_kept_and_shared(filled: Town, signed_in: SignedIn) -> None:
    clerk, keep = signed_in("clerk_xuanzhou"), reverse("office:ledger-view", args=HERE)
    clerk.post(keep, {"title": "已发证", "query": "where=stage%3Dissued", "shared": "on"})
    clerk.post(keep, {"title": "只给自己", "query": "where=stage%3Dlisted"})
    text = signed_in("leader").get(reverse("office:ledger-rows", args=HERE)).content.decode()
    assert "已发证 <span" in text
    assert "只给自己" not in text
    own = clerk.get(reverse("office:ledger-rows", args=HERE), {"view": "1"})
    assert own.status_code in (200, 404)


def test_what_is_seen_is_taken_out_without_becoming_formulas(filled: Town, site: Client) -> None:
    address = {"columns": "number,owner,household", "where": "stage=issued"}
    book = openpyxl.load_workbook(
        BytesIO(site.get(reverse("office:ledger-export", args=[*HERE, "xlsx"]), address).content)
    )
    cells = [[cell.value for cell in row] for row in book.active.iter_rows(min_row=5)]
    assert cells == [["X1", "张*", "=1+1"]]
    assert book.active["C5"].data_type == "s"
    answer: Any = site.get(reverse("office:ledger-export", args=[*HERE, "csv"]), address)
    told = b"".join(answer).decode("utf-8-sig")
    assert told.splitlines()[1] == "X1,张*,'=1+1"


def test_a_board_and_the_spread_count_what_they_show(filled: Town, site: Client) -> None:
    board = site.get(reverse("office:ledger-board", args=HERE)).content.decode()
    assert '已列入 <span class="count">2</span>' in board
    spread = site.get(reverse("office:ledger-map", args=HERE)).content.decode()
    assert "广德市" in spread


def test_a_day_of_the_past_can_only_be_looked_at(filled: Town, site: Client) -> None:
    text = site.get(reverse("office:ledger-rows", args=HERE), {"as_of": DAY.isoformat()}).content.decode()
    assert "只供查看" in text
    assert "data-edit=" not in text


def keys(client: Client, asked: dict[str, str], status: int = 200, table: str = "homes") -> list[str]:
    """The keys of the rows that the grid lists."""
    answer = client.get(reverse("office:ledger-rows", args=[*HERE[:3], table]), asked)
    assert answer.status_code == status, answer.content.decode()
    return re.findall(r">([XG]\d+)</", answer.content.decode())


def told_of(client: Client, asked: dict[str, str]) -> str:
    text = client.get(reverse("office:ledger-rows", args=HERE), asked).content.decode()
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", text))


def test_the_rows_of_a_figure_are_as_many_as_it_counts(filled: Town, site: Client) -> None:
    asked = {"as_of": DAY.isoformat(), "indicator": "issued", "columns": "number"}
    assert keys(site, asked) == ["X1"]
    assert keys(site, {**asked, "indicator": "homes"}) == ["X1", "X2", "G1"]
    assert keys(site, {**asked, "indicator": "homes", "division": GUANGDE}) == ["G1"]
    assert keys(site, {**asked, "basis": "verified"}) == []
    page = told_of(site, asked)
    assert "只列出构成“宣城市 发证套数”（1 套，填报，截至2021年9月30日）的 1 行" in page
    why_page = f"/why/{NAME}/issued/?as_of=2021-09-30"
    text = site.get(reverse("office:ledger-rows", args=HERE), asked).content.decode()
    assert why_page in text
    assert keys(site, {"as_of": asked["as_of"], "columns": "number"}) == ["X1", "X2", "G1"]


def test_the_rows_of_a_figure_are_sorted_filtered_grouped_and_taken_out_like_others(filled: Town, site: Client) -> None:
    asked = {"as_of": DAY.isoformat(), "indicator": "homes", "division": XUANZHOU, "columns": "number,area"}
    assert keys(site, {**asked, "sort": "-area"}) == ["X2", "X1"]
    assert keys(site, {**asked, "where": "area<=90"}) == ["X1"]
    assert "合计 2 行" in told_of(site, {**asked, "group": "stage"})
    answer: Any = site.get(reverse("office:ledger-export", args=[*HERE, "csv"]), asked)
    assert b"".join(answer).decode("utf-8-sig").splitlines()[1:] == ["X1,80.50", "X2,120.00"]
    spread = site.get(reverse("office:ledger-map", args=HERE), asked).content.decode()
    assert "广德市" not in spread
    assert "indicator=homes" in spread


def test_more_rows_of_a_figure_than_can_be_listed_are_told(
    filled: Town, site: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(why, "MOST_ENTRIES", 2)
    asked = {"as_of": DAY.isoformat(), "indicator": "homes", "columns": "number"}
    assert len(keys(site, asked)) == 2
    page = told_of(site, asked)
    assert "的 3 行" in page
    assert "这里只有前 2 行" in page


def test_the_rows_of_a_figure_stay_within_reach_and_in_their_table(filled: Town, signed_in: SignedIn) -> None:
    clerk = signed_in("clerk_guangde")
    asked = {"as_of": DAY.isoformat(), "indicator": "homes", "columns": "number"}
    assert keys(clerk, asked) == ["G1"]
    assert keys(clerk, {**asked, "division": XUANZHOU}, status=404) == []
    assert keys(clerk, {"indicator": "homes"}, status=400, table="estates") == []


HOSTILE = """<b>"it's"</b> & {{ x }}"""
AS_A_TEMPLATE = """{% for column in columns %}<th scope="col" data-f="{{ column.field.name }}"\
{% if column.sorted %} aria-sort="{{ column.sorted }}"{% endif %}{% if column.number %} class="n"{% endif %}>\
{% if column.address %}<a href="{{ column.address }}">{{ column.field.title }}</a>\
{% else %}{{ column.field.title }}{% endif %}\
{% if column.field.unit %}<span class="unit">{{ column.field.unit }}</span>{% endif %}\
{% if column.sorted == "ascending" %}<span aria-hidden="true"> ↑</span>\
{% elif column.sorted == "descending" %}<span aria-hidden="true"> ↓</span>{% endif %}</th>{% endfor %}|\
{% for column in columns %}<td>{% if column.field.values and column.field.values|length < 40 %}\
<select name="f.{{ column.field.name }}" aria-label="按{{ column.field.title }}筛选"><option value="">全部</option>\
{% for choice in column.field.values %}<option value="{{ choice.value }}"\
{% if choice.value == column.typed %} selected{% endif %}>{{ choice.title }}</option>{% endfor %}\
{% if column.odd %}<option value="{{ column.odd }}" selected>{{ column.odd }}</option>{% endif %}</select>\
{% else %}<input name="f.{{ column.field.name }}" value="{{ column.typed }}" maxlength="200" autocomplete="off" \
aria-label="按{{ column.field.title }}筛选" placeholder="筛选">{% endif %}</td>{% endfor %}|\
{% for line in lines %}{% if line.head %}<tr class="group-head"><th scope="rowgroup" colspan="4">{{ line.head.text }}\
　<span class="count">{{ line.head.rows }} 行</span>　<span class="count">{{ number.title }} 1,234.50</span></th></tr>\
{% endif %}<tr data-entry="{{ line.row.entry }}" data-sequence="{{ line.row.sequence }}"\
{% if line.row.editable %} data-editable{% endif %}><td class="open">\
<a href="{% url "office:row" line.row.entry %}" aria-label="{{ line.row.key }} 的详情">›</a></td>\
{% for column, cell in line.row.cells.pairs %}{% if forloop.first %}<th scope="row" data-f="{{ column.field.name }}">\
{{ cell.text }}</th>{% else %}<td data-f="{{ column.field.name }}"\
{% if cell.raw != cell.text %} data-raw="{{ cell.raw }}"{% endif %}{% if column.number %} class=n{% endif %}>\
{{ cell.text }}</td>{% endif %}{% endfor %}</tr>{% endfor %}"""
"""The grid as Django's templates would write it, slowly."""


class Cells(dict[str, ShownValue]):
    """The cells of a row, and each with its column for a template."""

    pairs: list[tuple[Column, ShownValue]]


def test_the_grid_is_written_as_a_template_would_write_it_whatever_the_cells_hold() -> None:
    choices = (Choice("a", HOSTILE), Choice(HOSTILE, "乙"))
    fields = (
        Field("number", f"编号{HOSTILE}", FieldType.TEXT),
        Field("stage", "环节", FieldType.ENUMERATION, values=choices),
        Field("amount", "金额", FieldType.MONEY, unit=HOSTILE),
    )
    table = Table("somewhere/2021/homes/hostile", "台账", 1, fields, ("number",), "number")
    for typed, order in (("", ""), (HOSTILE, "ascending"), ("odd<", "descending")):
        shown = [
            Column(item, order, f"?sort={HOSTILE}" if order else "", typed, False, item.type is FieldType.MONEY)
            for item in fields
        ]
        cells = Cells(
            number=ShownValue(HOSTILE, HOSTILE),
            stage=ShownValue(HOSTILE, "a"),
            amount=ShownValue("1,234.50", "1234.50"),
        )
        cells.pairs = [(column, cells[column.field.name]) for column in shown]
        head = ListedGroup(HOSTILE, "a", 2, {"amount": Decimal("1234.50")})
        rows = [ListedRow(UUID(int=at), at, f"{HOSTILE} {at}", "341802", DAY, bool(at), cells, "a") for at in range(2)]
        lines = [Line(rows[0], head), Line(rows[1], None)]
        told = Template(
            "{% load ledger %}{% ledger_heads columns %}|{% ledger_asks columns %}|"
            "{% ledger_body lines columns table True %}"
        )
        context = {"columns": shown, "lines": lines, "table": table, "number": fields[2]}
        assert told.render(Context(context)) == Template(AS_A_TEMPLATE).render(Context(context))
