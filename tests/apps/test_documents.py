"""A brief is written once, every number in it can be asked again, and later news becomes an erratum, never a change."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from shishi.apps.audit.selectors import verify
from shishi.apps.documents.checking import check_citations
from shishi.apps.documents.keeping import put_files
from shishi.apps.documents.models import Brief
from shishi.apps.documents.selectors import brief_of, briefs_for
from shishi.apps.documents.services import Order, write_brief
from shishi.apps.files.services import content_of
from shishi.apps.indicators.selectors import Asked
from shishi.apps.supervision.stocktake import Stocktake, run_day
from shishi.commands.main import main
from shishi.conf.wiring import wire
from shishi.core.calendars import moment_of
from shishi.core.citations import citations_of
from shishi.core.errors import Misuse, Refused
from tests.apps.town import DAY, LANGXI, NAME, XUANZHOU, Town, everything, home

pytestmark = pytest.mark.django_db
EVENING = moment_of(DAY, time(20))


def order(**asked: object) -> Order:
    return Order(Asked(**{"programme": NAME, "as_of": DAY, "known_at": EVENING, **asked}), "daily")


def run(town: Town, at: datetime = EVENING) -> Stocktake:
    return run_day(NAME, DAY, demonstration=True, by=town.operator, at=at)


@pytest.fixture
def told(town: Town) -> Town:
    """Two counties have reported by the afternoon, and the day has been run in the evening."""
    wire()
    town.hand_in(home("H1", "issued"), home("H2"), at=moment_of(DAY, time(15)))
    town.hand_in(home("L1", county=LANGXI), at=moment_of(DAY, time(16)))
    run(town)
    town.now = EVENING
    return town


def brief(town: Town) -> Brief:
    return Brief.objects.get(erratum=0)


def later_news(town: Town) -> datetime:
    """The next morning 宣州区 corrects yesterday's rows."""
    at = EVENING + timedelta(hours=12)
    town.hand_in(home("H2", "issued"), at=at, by=town.clerk())
    town.now = at + timedelta(hours=1)
    return town.now


def test_every_number_of_a_brief_is_the_answer_to_its_question(told: Town) -> None:
    checked = check_citations(citations_of(brief(told).citations), told.operator, told.now)
    assert len(checked) > 10
    assert all(item.holds and not item.changed for item in checked)
    values = {(item.citation.indicator, item.citation.division, item.citation.aspect): item for item in checked}
    assert values["issued", "3418", "value"].citation.value == 1
    assert values["issued", XUANZHOU, "value"].citation.value == 1


def test_running_the_day_again_changes_nothing_that_went_out(told: Town) -> None:
    before, files = everything(), {b.pk: (b.docx, b.pdf, b.citations) for b in Brief.objects.all()}
    again = run(told, EVENING + timedelta(hours=1))
    assert (again.written, again.errata, again.drafted) == (0, (), ())
    assert {b.pk: (b.docx, b.pdf, b.citations) for b in Brief.objects.all()} == files
    changed = {name for name, many in everything().items() if many != before[name]}
    assert changed <= {"audit.AuditRoot"}


def test_what_comes_after_the_cut_off_is_not_in_the_days_brief(told: Town) -> None:
    told.hand_in(home("H3", "issued"), at=moment_of(DAY, time(19)))
    known = moment_of(DAY, time(18))
    again = run(told)
    assert again.known_at == known
    numbers = {(c.indicator, c.division, c.aspect): c.value for c in citations_of(again.briefs[0].citations)}
    assert numbers["issued", "3418", "value"] == 1


def test_later_news_gives_one_erratum_however_often_the_day_is_run(told: Town) -> None:
    frozen = (brief(told).docx, brief(told).pdf, brief(told).citations)
    at = later_news(told)
    done = run(told, at)
    (erratum,) = done.errata
    assert (erratum.erratum, done.written, erratum.title.startswith("关于")) == (1, 0, True)
    assert run(told, at + timedelta(hours=1)).errata == ()
    assert (brief(told).docx, brief(told).pdf, brief(told).citations) == frozen
    told.hand_in(home("H4", "issued"), at=at + timedelta(hours=2))
    (second,) = run(told, at + timedelta(hours=3)).errata
    assert second.erratum == 2
    assert verify().broken is None


def test_an_erratum_tells_both_numbers(told: Town) -> None:
    (erratum,) = run(told, later_news(told)).errata
    cited = {(c.indicator, c.division, c.aspect, c.value) for c in citations_of(erratum.citations)}
    assert {("issued", "3418", "value", Decimal(1)), ("issued", "3418", "value", Decimal(2))} <= cited


def test_a_frozen_answer_is_not_changed_by_who_was_still_writing(told: Town) -> None:
    """A hand-in that was begun before the brief and ends after it is recorded after the brief's moment."""
    citation = citations_of(brief(told).citations)[0]
    got = told.hand_in(home("H9", "issued"), at=citation.known_at - timedelta(minutes=5))
    assert got.status == "accepted"
    checked = check_citations(citations_of(brief(told).citations), told.operator, EVENING)
    assert all(item.holds for item in checked)


def check(
    town: Town, content: object, capsys: pytest.CaptureFixture[str], at: datetime | None = None
) -> tuple[int, dict]:
    path = town.folder / "checked.json"
    path.write_text(json.dumps(content))
    (town.folder / "store.json").write_text('{"demonstration": true}')
    capsys.readouterr()
    code = main(["brief", "check", str(path), "--json", "--at", (at or town.now).isoformat()])
    return code, json.loads(capsys.readouterr().out)


def test_checking_after_a_late_correction_lists_what_changed_and_is_no_fault(
    told: Town, capsys: pytest.CaptureFixture[str]
) -> None:
    content = brief(told).citations
    at = later_news(told)
    code, document = check(told, content, capsys, at)
    assert (code, document["status"], document["reproduced"]) == (0, "ok", document["citations"])
    changes = {(c["indicator"], c["division"], c["aspect"]): (c["cited"], c["now"]) for c in document["changed"]}
    assert changes["issued", "341800", "value"] == ("1", "2")


TAMPERED = {
    "the value": {"value": "7"},
    "the printed form": {"printed": "七套"},
    "the indicator": {"indicator": "homes"},
    "the division": {"division": LANGXI},
    "the moment": {"known_at": "2021-09-30T00:00:00+00:00"},
}


@pytest.mark.parametrize("change", TAMPERED)
def test_a_tampered_file_is_found(told: Town, capsys: pytest.CaptureFixture[str], change: str) -> None:
    content = json.loads(json.dumps(brief(told).citations))
    at = next(
        place
        for place, entry in enumerate(content["citations"])
        if (entry["indicator"], entry["aspect"], entry["value"]) == ("issued", "value", "1")
    )
    content["citations"][at] |= TAMPERED[change]
    code, document = check(told, content, capsys)
    assert (code, document["status"]) == (1, "refused")
    assert {issue["code"] for issue in document["issues"]} <= {"citation_not_reproduced", "citation_altered"}


def test_a_file_that_is_none_is_refused(told: Town, capsys: pytest.CaptureFixture[str]) -> None:
    for content in ({}, {"citations": [{}]}, {"citations": [{"value": "NaN?"}]}, []):
        code, document = check(told, content, capsys)
        assert (code, document["code"]) == (1, "citations_unreadable")


def test_a_citation_from_the_future_was_not_written_here(told: Town, capsys: pytest.CaptureFixture[str]) -> None:
    code, document = check(told, brief(told).citations, capsys, EVENING - timedelta(days=1))
    assert (code, document["code"]) == (2, "known_at_in_future")


def test_a_brief_of_a_kind_that_the_pack_does_not_plan_is_refused(told: Town) -> None:
    with pytest.raises(Misuse) as wrong:
        write_brief(replace(order(), kind="weekly"), by=told.operator, at=EVENING)
    assert wrong.value.code == "unknown_brief_kind"


def test_briefs_are_numbered_and_read_within_reach(told: Town) -> None:
    tomorrow = DAY + timedelta(days=1)
    at = EVENING + timedelta(days=1)
    next_day = run_day(NAME, tomorrow, demonstration=True, by=told.operator, at=at)
    assert [item.number for item in (Brief.objects.get(as_of=DAY), *next_day.briefs)] == [1, 2]
    assert len(briefs_for(told.operator, at=at)) == 2
    assert briefs_for(told.clerk(), at=at) == ()
    with pytest.raises(Misuse) as wrong:
        brief_of(told.clerk(), next_day.briefs[0].pk, at=at)
    assert wrong.value.code == "unknown_brief"


def test_every_division_gets_a_brief_of_its_own_with_the_same_answers_as_alone(told: Town) -> None:
    done = run_day(NAME, DAY, divisions=("", XUANZHOU, LANGXI), demonstration=True, by=told.operator, at=told.now)
    assert [item.division for item in done.briefs] == ["3418", XUANZHOU, LANGXI]
    assert done.written == 2, "the city's own was there"
    together = {item.division: (item.title, item.citations["citations"]) for item in done.briefs}
    Brief.objects.exclude(division="3418")._raw_delete("default")
    for division in (XUANZHOU, LANGXI):
        alone = run_day(NAME, DAY, divisions=(division,), demonstration=True, by=told.operator, at=told.now)
        assert [(item.title, item.citations["citations"]) for item in alone.briefs] == [together[division]]


def test_a_division_without_briefs_of_its_own_is_refused_before_anything_is_written(town: Town) -> None:
    town.hand_in(home("H1", "issued"), at=moment_of(DAY, time(15)))
    with pytest.raises(Misuse) as wrong:
        run_day(NAME, DAY, divisions=("", "3101"), demonstration=True, by=town.operator, at=EVENING)
    assert wrong.value.code == "division_outside"
    assert not Brief.objects.exists()


def test_the_files_come_out_as_they_were_frozen(told: Town, tmp_path: Path) -> None:
    held = brief(told)
    docx, pdf, citations = put_files(held, tmp_path / "out")
    assert (docx.read_bytes(), pdf.read_bytes()) == (content_of(held.docx), content_of(held.pdf))
    assert json.loads(citations.read_text()) == held.citations


def test_a_lost_or_damaged_file_says_so(told: Town) -> None:
    held = brief(told)
    path = told.folder / "files" / held.pdf[:2] / held.pdf
    sealed = path.read_bytes()
    path.write_bytes(sealed[:-1] + bytes([sealed[-1] ^ 1]))
    with pytest.raises(Refused) as refused:
        content_of(held.pdf)
    assert refused.value.code == "cannot_decrypt"
    path.unlink()
    with pytest.raises(Refused) as refused:
        content_of(held.pdf)
    assert refused.value.code == "file_missing"


def test_a_day_that_has_not_come_is_not_run(town: Town) -> None:
    with pytest.raises(Misuse) as wrong:
        run_day(NAME, date(2021, 10, 1), demonstration=True, by=town.operator, at=EVENING)
    assert wrong.value.code == "as_of_in_future"
