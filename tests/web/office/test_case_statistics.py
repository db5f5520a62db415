"""Statistics of cases on their page, in the files that it hands out, and on the command line: the same numbers."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.html import strip_tags
from openpyxl import load_workbook

from shishi.apps.cases import handing, logs, supplementing
from shishi.apps.cases.completing import complete_task
from shishi.apps.cases.logs import Span, Standing, log_of, standings
from shishi.apps.cases.measuring import measured
from shishi.apps.cases.models import CaseRow
from shishi.apps.cases.pausing import reopen
from shishi.apps.cases.supplementing import Lacking
from shishi.apps.cases.ticking import tick
from shishi.core.case_forecasts import Outlook
from shishi.core.case_statistics import Rework
from tests.apps.case_town import CaseTown
from tests.web.office.test_cases import SignedIn, read

PERMIT = "somewhere/2021/permit"
PAGE = f"/cases/statistics/{PERMIT}/"
MONDAY = datetime(2021, 9, 13, 1, tzinfo=UTC)
EVER = Span()


@pytest.fixture
def town(db: None, own_folder: Path, code_list: Path) -> CaseTown:
    """Five cases that ended, each accepted after an hour and reviewed after so many, and one in review."""
    (own_folder / "store.json").write_text(json.dumps({"demonstration": True, "created_at": "2021-09-01T00:00:00Z"}))
    made = CaseTown(own_folder, code_list)
    for number in range(5):
        made.now = MONDAY
        _to_the_end(made, made.open(f"H-{number}"), 2 + number)
    made.now = MONDAY + timedelta(days=14)
    _accepted(made, made.open("H-9"))
    return made


def _accepted(town: CaseTown, case: CaseRow) -> CaseRow:
    town.papers(case)
    handing.claim(town.task(case).pk, by=town.window, at=town.tick(minutes=57))
    return town.accept(case)


def _to_the_end(town: CaseTown, case: CaseRow, hours: int) -> None:
    _accepted(town, case)
    town.tick(hours=hours)
    town.review(case)
    tick(town.tick(days=5))
    complete_task(case.tasks.filter(kind="voice", state="open")[0].pk, "agree", by=town.reviewer, at=town.tick())
    complete_task(town.task(case).pk, "delivered", by=town.window, at=town.tick())


def test_the_log_has_what_each_case_went_through(town: CaseTown) -> None:
    log = log_of(town.operator, PERMIT, EVER, at=town.now)
    first = next(course for course in log.courses if course.case.endswith("000001"))
    assert first.path == ("Task_accept", "Task_review", "Task_voices", "Task_deliver")
    assert first.closed is not None
    assert [leg.step for leg in first.legs if leg.taken] == ["Task_accept"]
    assert log.steps["Task_review"] == "审查"
    assert len(log.cases) == 6


def test_the_numbers_are_those_of_the_log(town: CaseTown) -> None:
    found = measured(town.operator, PERMIT, EVER, at=town.now)
    assert (found.found.cases, found.found.ended, found.found.open) == (6, 5, 1)
    review = next(line for line in found.found.steps if line.step == "Task_review")
    assert review.whole is not None
    assert (review.whole.count, review.whole.median // 3600, review.open) == (5, 4, 1)
    assert [(item.path, item.cases) for item in found.found.variants] == [
        (("Task_accept", "Task_review", "Task_voices", "Task_deliver"), 5)
    ]
    assert found.found.in_law == (5, 5)
    assert found.step("Task_review") == "审查"


def test_an_open_case_is_held_against_those_that_stood_there(town: CaseTown) -> None:
    expected = measured(town.operator, PERMIT, EVER, at=town.now).expected
    assert [item.case.number for item in expected] == ["房341802-2021-000006"]
    assert expected[0].law is not None
    assert (expected[0].law.comparable, expected[0].law.late) == (5, 0)
    assert expected[0].worst.outlook is Outlook.UNLIKELY
    late = measured(town.operator, PERMIT, EVER, at=town.now + timedelta(days=60)).expected
    assert late[0].worst.outlook is Outlook.OVER


def test_a_supplement_is_rework_and_its_time_is_not_counted(town: CaseTown) -> None:
    town.now = MONDAY + timedelta(days=15)
    case = town.papers(town.open("H-10"))
    lacking = [Lacking("扫描件不清楚", material="title")]
    supplementing.ask_supplement(town.task(case).pk, lacking, by=town.window, at=town.tick())
    found = measured(town.operator, PERMIT, EVER, at=town.tick(days=3))
    again = {item.kind: item.times for item in found.found.rework}
    assert again[Rework.SUPPLEMENTED] == 1
    accept = next(line for line in found.found.steps if line.step == "Task_accept")
    assert accept.oldest < 3600


def test_who_reaches_no_case_sees_no_number(town: CaseTown) -> None:
    assert measured(town.far, PERMIT, EVER, at=town.now).found.cases == 0
    assert measured(town.chief, PERMIT, EVER, at=town.now).found.cases == 6


def test_the_page_tells_durations_bottlenecks_paths_and_what_will_be_late(town: CaseTown, signed_in: SignedIn) -> None:
    page = read(signed_in("operator"), f"{PAGE}?span=all")
    for word in ("一件用时（中位）", "时间停在哪里", "办件走了哪些路", "返工", "哪些可能超期", "已超期", "100.0%"):
        assert word in page
    assert "房341802-2021-000006" in page
    assert "审查" in page
    assert "清单没有写明办公时间，暂按 08:30–17:30 计。" in page
    narrowed = read(signed_in("operator"), f"{PAGE}?span=all&outlook=unlikely")
    assert "房341802-2021-000006" not in narrowed
    assert "这段时间里没有办件" in read(signed_in("far"), f"{PAGE}?span=all")
    read(signed_in("operator"), "/cases/statistics/somewhere/2021/nothing/", 404)


def _taken_away(client: Client, address: str) -> bytes:
    answer = client.get(address)
    assert answer.status_code == 200
    assert "attachment" in answer["Content-Disposition"]
    return bytes(answer.content)


def test_the_files_hold_every_list_of_the_page(town: CaseTown, signed_in: SignedIn) -> None:
    client = signed_in("operator")
    book = load_workbook(io.BytesIO(_taken_away(client, f"{PAGE}export.xlsx?span=all")))
    assert book.sheetnames == ["环节", "环节和单位", "走法", "返工", "超期预测"]
    steps = {row[0]: row for row in book["环节"].iter_rows(min_row=5, values_only=True)}
    assert steps["审查"][1] == 5
    text = _taken_away(client, f"{PAGE}export.csv?span=all&part=forecast").decode("utf-8-sig")
    assert text.startswith("受理号,事项,预测")
    assert "房341802-2021-000006" in text
    read(client, f"{PAGE}export.exe", 404)


def test_the_list_of_processes_says_whose_each_is_and_how_its_cases_stand(town: CaseTown, signed_in: SignedIn) -> None:
    text = read(signed_in("operator"), "/cases/statistics/")
    line = text[text.index("房屋登记") :].partition("</tr>")[0]
    assert [strip_tags(cell) for cell in line.split('<td class="n">')[2:]] == ["6", "1", "1"]
    assert standings(town.operator, at=town.now)[PERMIT] == Standing(6, 1, 0)


def test_a_second_look_reads_only_what_happened_since_and_says_the_same(town: CaseTown) -> None:
    def looked(anew: bool) -> tuple[object, int]:
        if anew:
            logs._over.clear()
        with CaptureQueriesContext(connection) as asked:
            log = log_of(town.operator, PERMIT, EVER, at=town.now)
        tasks = [one["sql"] for one in asked.captured_queries if 'FROM "cases_taskrow"' in one["sql"]]
        (rows,) = [sql for sql in tasks if '"outcome"' in sql]
        return (log.courses, log.cases, log.steps), len(rows.partition(" IN (")[2].partition(")")[0].split(","))

    logs._over.clear()
    first, read_first = looked(anew=False)
    second, read_second = looked(anew=False)
    assert (read_first, read_second) == (6, 1)
    assert first == second
    open_case = CaseRow.objects.get(ended=False)
    town.review(open_case)
    town.tick(days=5)
    tick(town.now)
    complete_task(open_case.tasks.filter(kind="voice", state="open")[0].pk, "agree", by=town.reviewer, at=town.tick())
    kept, read_third = looked(anew=False)
    assert read_third == 1
    complete_task(town.task(open_case).pk, "delivered", by=town.window, at=town.tick())
    over, read_fourth = looked(anew=False)
    again = CaseRow.objects.filter(ended=True).order_by("pk")[0]
    reopen(again.uuid, "结果不对", by=town.citizen, at=town.tick())
    opened, read_fifth = looked(anew=False)
    assert (read_fourth, read_fifth) == (1, 1)
    assert opened == looked(anew=True)[0]
    assert len({repr(item) for item in (first, kept, over, opened)}) == 4
