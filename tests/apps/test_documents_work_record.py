"""What was done stands in the brief in the words of its entry, and every such sentence can be looked up again."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest

from shishi.apps.documents.checking import check_citations
from shishi.apps.documents.composing import compose
from shishi.apps.documents.keeping import put_files
from shishi.apps.documents.models import Brief
from shishi.apps.documents.reckonings import Reckonings
from shishi.apps.documents.services import Order, request_of, write_brief
from shishi.apps.documents.work_record import check_entries
from shishi.apps.indicators.selectors import Asked
from shishi.apps.ledger.selectors import live
from shishi.apps.programmes.selectors import packs
from shishi.apps.supervision.month_end import MonthEnd, close_month
from shishi.commands.main import main
from shishi.core.blocks import Heading
from shishi.core.calendars import moment_of
from shishi.core.citations import citations_of, entry_citations_of
from shishi.core.criteria import Compare, Operator
from shishi.core.documents import Document, cited_runs, texts
from shishi.core.errors import Misuse
from shishi.core.indicators import Indicator, Measure
from shishi.core.work_record import WORK_RECORD
from shishi.packs.loading import load_pack
from tests.apps.town import DAY, NAME, PROGRAMME, Town, everything, home, pack_of, read_rows

pytestmark = pytest.mark.django_db
EVENING = moment_of(DAY, time(20))
RECORD = load_pack(Path(__file__).parents[1] / "little_pack").programmes[0].table(WORK_RECORD)
SECRET = "不公开的一句。"
BULLETINS = Indicator(
    "bulletins",
    "编印工作动态",
    Measure.SUM,
    "期",
    table=RECORD.name,
    field="number",
    where=Compare("kind", Operator.EQUALS, "bulletin"),
)


def entry(text: str, kind: str = "measure", day: str = "2021-09-10", **cells: object) -> dict[str, object]:
    row = {"held_on": day, "kind": kind, "subject": text[:20], "body": "市办公室", "division": "341800", "text": text}
    return {**row, "publish": "是", **cells}


@pytest.fixture
def town(db: None, own_folder: Path, code_list: Path, monkeypatch: pytest.MonkeyPatch) -> Town:
    """A town whose programme keeps a work record, with some entries of September and homes that are counted."""
    monkeypatch.setattr("shishi.apps.ledger.services.Workbook", read_rows)
    tables, indicators = (*PROGRAMME.tables, RECORD), (*PROGRAMME.indicators, BULLETINS)
    town = Town(own_folder, code_list, pack_of(replace(PROGRAMME, tables=tables, indicators=indicators)))
    town.hand_in(home("H1", "issued"), home("H2"), at=moment_of(DAY, time(15)))
    write(
        town,
        entry("市报刊登办证进展。", "publicity", "2021-09-05"),
        entry("到现场核对台账。", "field_visit", "2021-09-12"),
        entry("每周调度一次。", day="2021-09-20"),
        entry("列出办证清单。", day="2021-09-02"),
        entry(SECRET),
        entry("上个月的事。", day="2021-08-31"),
    )
    town.hand_in({**entry(SECRET), "publish": "否"}, table=WORK_RECORD, at=moment_of(DAY, time(16, 30)))
    town.now = EVENING
    return town


def write(town: Town, *rows: dict[str, object], at: datetime | None = None) -> None:
    town.hand_in(*rows, table=WORK_RECORD, at=at or moment_of(DAY, time(16)))


def composed(town: Town, **asked: object) -> Document:
    order = Order(Asked(NAME, DAY, known_at=EVENING, **asked), "monthly")
    return compose(request_of(order, Reckonings(town.operator, town.now), town.operator, town.now))


def month(town: Town, at: datetime = EVENING) -> MonthEnd:
    return close_month(packs(DAY)[0], DAY, demonstration=True, by=town.operator, at=at)


def correct(town: Town, text: str, instead: str) -> datetime:
    """The next morning the same entry is handed in with another text."""
    at = EVENING + timedelta(hours=12)
    write(town, {**entry(text, day="2021-09-20"), "text": instead}, at=at)
    town.now = at + timedelta(hours=1)
    return town.now


def test_the_month_is_told_from_measures_over_visits_and_publicity_to_the_figures(town: Town) -> None:
    document = composed(town)
    told = "".join(texts(document))
    order = [
        "列出办证清单。",
        "每周调度一次。",
        "到现场核对台账。",
        "市报刊登办证进展。",
        "截至2021年9月30日，发证套数1套",
    ]
    assert sorted(order, key=told.index) == order
    assert "上个月的事" not in told
    headings = [block.text for block in document.blocks if isinstance(block, Heading)]
    assert headings[:2] == ["工作开展情况", "总体情况"]


def test_what_may_not_be_published_is_nowhere_in_what_goes_out(town: Town) -> None:
    brief = month(town).brief
    assert SECRET not in "".join(texts(composed(town)))
    assert SECRET not in json.dumps(brief.citations, ensure_ascii=False)


def test_every_sentence_from_the_record_cites_exactly_one_entry_that_stands(town: Town) -> None:
    document = composed(town)
    sentences = [run for _, run in cited_runs(document) if run.citation.startswith("e")]
    assert len(sentences) == len(document.entries) == 4
    assert {run.citation for run in sentences} == {item.id for item in document.entries}
    standing = {row.entry: row for row in live(RECORD.name, DAY).select_related("batch")}
    for run, cited in zip(sentences, document.entries, strict=True):
        row = standing[cited.entry]
        assert (run.text, cited.revision, cited.batch) == (row.cells["text"], row.sequence, str(row.batch_id))
    assert all(item.holds and not item.changed for item in check_entries(document.entries, town.operator, town.now))


def test_long_lists_are_cut_and_the_rule_is_said(town: Town) -> None:
    write(town, *(entry(f"第{number}件事。", day=f"2021-09-{number:02}") for number in range(1, 10)))
    told = list(texts(composed(town)))
    assert "第9件事。" in "".join(told)
    assert "第1件事。" not in "".join(told)
    (note,) = [text for text in told if "没有列入" in text]
    assert "最多列6条" in note
    assert "还有5条" in note


def test_a_division_tells_its_own_work_and_the_whole_names_who_did_it(town: Town) -> None:
    write(town, entry("上门送证。", division="341821", body="郎溪县专班"))
    assert "郎溪县上门送证。" in "".join(texts(composed(town)))
    below = composed(town, division="341821")
    assert [item.printed for item in below.entries] == ["上门送证。"]


def test_an_indicator_may_count_the_record(town: Town) -> None:
    write(
        town,
        entry("编印动态。", "bulletin", number="9", unit="期"),
        entry("又编印。", "bulletin", number="2", unit="期"),
    )
    assert town.value("bulletins") == 11


def test_a_programme_without_a_record_has_a_monthly_brief_of_figures_alone(
    own_folder: Path, code_list: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shishi.apps.ledger.services.Workbook", read_rows)
    bare = Town(own_folder, code_list)
    bare.hand_in(home("H1", "issued"), at=moment_of(DAY, time(15)))
    bare.now = EVENING
    document = composed(bare)
    assert document.entries == ()
    assert "工作开展情况" not in [block.text for block in document.blocks if isinstance(block, Heading)]


def test_the_lists_brief_is_written_once_and_answers_for_everything_in_it(town: Town) -> None:
    first = month(town)
    assert (first.written, first.brief.programme, first.brief.kind) == (True, "somewhere/2021", "monthly")
    held = everything()
    again = month(town, EVENING + timedelta(hours=1))
    assert (again.written, again.erratum, again.brief.pk) == (False, None, first.brief.pk)
    changed = {name for name, many in everything().items() if many != held[name]}
    assert changed <= {"audit.AuditRoot"}
    numbers = check_citations(citations_of(first.brief.citations), town.operator, town.now)
    assert {item.citation.aspect for item in numbers} >= {"value", "target", "rate", "silent"}
    assert all(item.holds and not item.changed for item in numbers)
    assert len(entry_citations_of(first.brief.citations)) == 4


@pytest.mark.parametrize(
    ("later", "now"),
    [
        (lambda town: correct(town, "每周调度一次。", "每周调度两次。"), "每周调度两次。"),
        (lambda town: write(town, {**entry("每周调度一次。", day="2021-09-20"), "publish": "否"}, at=EVENING), None),
        (lambda town: withdraw(town), None),
    ],
)
def test_an_entry_that_was_changed_or_withdrawn_is_told(
    town: Town, capsys: pytest.CaptureFixture[str], later: object, now: str | None
) -> None:
    brief = month(town).brief
    _, _, path = put_files(brief, town.folder)
    later(town)  # type: ignore[operator]  # one of the changes above
    (town.folder / "store.json").write_text('{"demonstration": true}')
    capsys.readouterr()
    code = main(["brief", "check", str(path), "--json", "--at", (EVENING + timedelta(days=1)).isoformat()])
    told = json.loads(capsys.readouterr().out)
    assert (code, told["reproduced"]) == (0, told["citations"])
    assert [(item["printed"], item["now"]) for item in told["changed"] if "entry" in item] == [("每周调度一次。", now)]


def withdraw(town: Town) -> None:
    (town.folder / "store.json").write_text('{"demonstration": true}')
    key = ["held_on=2021-09-20", "body=市办公室", "kind=工作举措", "subject=每周调度一次。"]
    at = (EVENING + timedelta(hours=1)).isoformat()
    asked = ["--as-of", DAY.isoformat(), "--reason", "重复填报", "--at", at]
    assert main(["ledger", "withdraw", WORK_RECORD, *key, *asked]) == 0


def test_later_news_of_the_record_becomes_one_erratum_of_the_list(town: Town) -> None:
    first = month(town)
    at = correct(town, "每周调度一次。", "每周调度两次。")
    erratum = month(town, at).erratum
    assert erratum is not None
    assert [item.printed for item in entry_citations_of(erratum.citations)] == ["每周调度一次。", "每周调度两次。"]
    assert month(town, at + timedelta(hours=1)).erratum is None
    assert Brief.objects.get(pk=first.brief.pk).citations == first.brief.citations


def test_a_sentence_that_was_altered_is_found(town: Town, capsys: pytest.CaptureFixture[str]) -> None:
    _, _, path = put_files(month(town).brief, town.folder)
    content = json.loads(path.read_text())
    content["entries"][0]["printed"] = "从来没有做过的事。"
    path.write_text(json.dumps(content))
    (town.folder / "store.json").write_text('{"demonstration": true}')
    capsys.readouterr()
    assert main(["brief", "check", str(path), "--json", "--at", EVENING.isoformat()]) == 1
    codes = {item["code"] for item in json.loads(capsys.readouterr().out)["issues"]}
    assert codes == {"citation_not_reproduced", "citation_altered"}


def test_who_reaches_one_programme_does_not_write_the_whole_lists_brief(town: Town) -> None:
    with pytest.raises(Misuse) as refused:
        close_month(packs(DAY)[0], DAY, demonstration=True, by=town.clerk(), at=EVENING)
    assert refused.value.code == "out_of_reach"


def test_the_record_of_the_day_before_is_not_known_yet(town: Town) -> None:
    order = Order(Asked(NAME, date(2021, 9, 29), known_at=EVENING), "monthly")
    brief, _ = write_brief(order, by=town.operator, at=town.now)
    assert entry_citations_of(brief.citations) == ()
