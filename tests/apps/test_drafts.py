"""Writing a brief: its numbers come from their questions alone; it is signed in order and never changed after."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from shishi.apps.audit.models import AuditEvent
from shishi.apps.audit.selectors import verify
from shishi.apps.documents import drafts
from shishi.apps.documents.models import Brief, Draft
from shishi.apps.documents.pieces import Asking, Cursor, content_of
from shishi.apps.documents.services import Order, write_brief, write_erratum
from shishi.apps.indicators.selectors import Asked
from shishi.core.blocks import Grid, Paragraph
from shishi.core.citations import citations_of
from shishi.core.errors import Misuse, Refused
from shishi.core.findings import Finding, FindingKind
from tests.apps.town import DAY, NAME, XUANZHOU, Town, home


@pytest.fixture
def written(town: Town) -> Draft:
    """The day's brief as people begin to write it."""
    town.hand_in(home("X1", "issued"), home("X2"), by=town.clerk())
    return begun(town)


def begun(town: Town) -> Draft:
    return drafts.begin(order(town), by=town.operator, at=town.tick())


def order(town: Town) -> Order:
    return Order(Asked(programme=NAME, as_of=DAY, known_at=town.now), "daily")


def prose(town: Town, draft: Draft) -> str:
    document = drafts.document_of(draft, by=town.operator, at=town.tick())
    return "\n".join(
        "".join(run.text for run in block.runs) for block in document.blocks if isinstance(block, Paragraph)
    )


def asking(indicator: str = "homes", **more: object) -> Asking:
    told = {"programme": NAME, "indicator": indicator, "division": XUANZHOU, "as_of": DAY.isoformat(), **more}
    return Asking(**told)  # type: ignore[arg-type]  # as a page gives it


def piece_with(draft: Draft, words: str) -> tuple[str, int]:
    found = next(item for item in content_of(draft.content).pieces if words in item.text)
    return found.id, found.revision


def test_it_begins_as_the_plan_composes_it(town: Town, written: Draft) -> None:
    brief, _ = write_brief(order(town), by=town.operator, at=town.tick())
    document = drafts.document_of(written, by=town.operator, at=town.tick())
    assert document.title == brief.title
    asked = {(item.indicator, item.division, item.aspect, item.printed) for item in citations_of(brief.citations)}
    assert {(c.indicator, c.division, c.aspect, c.printed) for c in document.citations} == asked
    assert any(isinstance(block, Grid) for block in document.blocks)
    assert begun(town).pk == written.pk


def test_prose_is_written_anew_and_its_numbers_stay_their_questions(town: Town, written: Draft) -> None:
    draft, token = drafts.cite(written, asking(), by=town.operator, at=town.tick())
    name, seen = piece_with(draft, "截至")
    draft = drafts.edit(draft, name, f"宣州区已列入{token}。", seen=seen, by=town.operator, at=town.tick())
    assert "宣州区已列入2套。" in prose(town, draft)
    town.hand_in(home("X3"), by=town.clerk())
    assert "宣州区已列入3套。" in prose(town, draft)


def test_what_was_found_at_the_cut_off_and_is_no_longer_so_is_not_told(town: Town, written: Draft) -> None:
    late = [
        Finding(FindingKind.BEHIND, NAME, "issued", XUANZHOU, DAY, "落后", "赶上", name="宣州区"),
        Finding(FindingKind.SILENT, NAME, "", XUANZHOU, DAY, "未报", "报送", table=f"{NAME}/homes", name="宣州区"),
    ]
    drafts.drop(written, reason="重写", by=town.operator, at=town.tick())
    for number in range(5):
        town.hand_in(home(f"Y{number}", "issued"), by=town.clerk())
    draft = drafts.begin(replace(order(town), findings=tuple(late)), by=town.operator, at=town.tick())
    assert "没有发现需要提示的问题" in prose(town, draft)
    assert "未按时报送" not in prose(town, draft)


def test_the_same_question_keeps_its_token(town: Town, written: Draft) -> None:
    tokens = [drafts.cite(written, asking("area"), by=town.operator, at=town.tick())[1] for _ in range(2)]
    assert tokens[0] == tokens[1]


def test_a_token_goes_where_the_cursor_stood_unless_the_piece_was_changed_since(town: Town, written: Draft) -> None:
    name, seen = piece_with(written, "截至")
    told = {"by": town.operator, "at": town.tick()}
    changed = drafts.edit(written, name, "宣州区套，郎溪县套。", seen=seen, **told)
    first = Cursor(name, 3, drafts.piece_of(changed, name).revision)
    changed, token = drafts.cite(changed, asking(), cursor=first, **told)
    assert drafts.piece_of(changed, name).text == f"宣州区{token}套，郎溪县套。"
    late = Cursor(name, 3, first.seen)
    changed, other = drafts.cite(changed, asking("area"), cursor=late, **told)
    assert drafts.piece_of(changed, name).text == f"宣州区{token}套，郎溪县套。{other}"


@pytest.mark.parametrize(
    ("text", "words"), [("已办{引用99}", "没有"), ("已办{引用", "花括号"), ("已办{引用1}" + "字" * 5000, "最多")]
)
def test_what_asks_nothing_is_refused(town: Town, written: Draft, text: str, words: str) -> None:
    name, seen = piece_with(written, "截至")
    with pytest.raises(Refused, match=words):
        drafts.edit(written, name, text, seen=seen, by=town.operator, at=town.tick())


def test_a_number_beyond_ones_reach_is_not_cited(town: Town, written: Draft) -> None:
    with pytest.raises(Misuse):
        drafts.cite(written, asking(division="11"), by=town.operator, at=town.tick())


def test_the_second_of_two_people_sees_what_the_first_wrote(town: Town, written: Draft) -> None:
    name, seen = piece_with(written, "截至")
    drafts.edit(written, name, "第一个人写的。", seen=seen, by=town.leader, at=town.tick())
    with pytest.raises(Refused, match="第一个人写的") as refused:
        drafts.edit(written, name, "第二个人写的。", seen=seen, by=town.operator, at=town.tick())
    assert refused.value.code == "changed_since"
    after = drafts.edit(written, name, "第二个人写的。", seen=seen + 1, by=town.operator, at=town.tick())
    assert "第二个人写的。" in prose(town, after)


def test_pieces_are_added_moved_and_deleted(town: Town, written: Draft) -> None:
    before = content_of(written.content).pieces
    draft = drafts.add(written, "paragraph", "新的一段。", after=before[0].id, by=town.operator, at=town.tick())
    name, _ = piece_with(draft, "新的一段")
    assert content_of(draft.content).pieces[1].id == name
    draft = drafts.move(draft, name, 1, by=town.operator, at=town.tick())
    assert content_of(draft.content).pieces[2].id == name
    draft = drafts.move(draft, name, -9, by=town.operator, at=town.tick())
    assert content_of(draft.content).pieces[0].id == name
    draft = drafts.delete(draft, name, seen=1, by=town.operator, at=town.tick())
    assert content_of(draft.content).pieces == before
    table = next(item for item in before if item.kind == "fixed")
    with pytest.raises(Misuse, match="不能改写"):
        drafts.edit(draft, table.id, "x", seen=1, by=town.operator, at=town.tick())


def test_frozen_numbers_stay_whatever_is_learned_later(town: Town, written: Draft) -> None:
    draft, token = drafts.cite(
        written, asking(), cursor=Cursor(piece_with(written, "截至")[0]), by=town.operator, at=town.tick()
    )
    draft = drafts.freeze(draft, ["leader"], by=town.operator, at=town.tick())
    frozen = prose(town, draft)
    town.hand_in(home("X3"), by=town.clerk())
    assert prose(town, draft) == frozen
    with pytest.raises(Misuse, match="待签"):
        drafts.add(draft, "note", "再说一句", after="", by=town.operator, at=town.tick())
    assert str(token) not in frozen


def test_it_is_signed_in_order_each_once_and_then_published(town: Town, written: Draft) -> None:
    draft = drafts.freeze(written, ["reviewer", "leader"], by=town.operator, at=town.tick())
    with pytest.raises(Misuse, match="轮到 reviewer"):
        drafts.sign(draft, by=town.leader, at=town.tick())
    with pytest.raises(Misuse, match="还等"):
        drafts.publish(draft, by=town.operator, at=town.tick())
    for person in (town.reviewer, town.reviewer, town.leader):
        draft = drafts.sign(draft, by=person, at=town.tick())
    brief = drafts.publish(draft, by=town.operator, at=town.tick())
    draft.refresh_from_db()
    assert (draft.state, brief.edition, brief.number) == ("published", 1, 1)
    assert drafts.publish(draft, by=town.operator, at=town.tick()) == brief
    told = AuditEvent.objects.filter(subject=f"draft:{draft.pk}").values_list("action", "person")
    assert list(told)[-2:] == [("brief.signed", "reviewer"), ("brief.signed", "leader")]
    assert verify().broken is None


def test_what_went_out_cannot_be_changed_unseen(town: Town, written: Draft) -> None:
    draft = drafts.freeze(written, ["leader"], by=town.operator, at=town.tick())
    draft = drafts.sign(draft, by=town.leader, at=town.tick())
    drafts.publish(draft, by=town.operator, at=town.tick())
    Draft.objects.update(signers=[{"person": "operator", "signed_at": "2021-09-30"}])
    broken = verify().broken
    assert broken is not None
    assert broken.subject == f"brief.draft:{draft.pk}"


def test_what_was_sent_back_is_signed_anew(town: Town, written: Draft) -> None:
    draft = drafts.freeze(written, ["reviewer", "leader"], by=town.operator, at=town.tick())
    drafts.sign(draft, by=town.reviewer, at=town.tick())
    with pytest.raises(Misuse, match="原因"):
        drafts.send_back(draft, reason="", by=town.leader, at=town.tick())
    draft = drafts.send_back(draft, reason="开头太长", by=town.leader, at=town.tick())
    assert (draft.state, draft.signers, draft.reason) == ("writing", [], "开头太长")


def test_it_shares_the_number_of_the_days_own_and_is_corrected_by_itself(town: Town, written: Draft) -> None:
    own, _ = write_brief(order(town), by=town.operator, at=town.tick())
    draft = drafts.freeze(written, ["leader"], by=town.operator, at=town.tick())
    draft = drafts.sign(draft, by=town.leader, at=town.tick())
    brief = drafts.publish(draft, by=town.operator, at=town.tick())
    assert (own.number, own.edition, brief.number, brief.edition) == (1, 0, 1, 1)
    town.hand_in(home("X2", "issued"), by=town.clerk())
    town.now += timedelta(hours=1)
    late = replace(order(town), asked=replace(order(town).asked, known_at=town.tick()))
    erratum = write_erratum(brief, late, by=town.operator, at=town.now)
    assert erratum is not None
    assert (erratum.edition, erratum.erratum, erratum.number) == (1, 1, 1)
    assert Brief.objects.filter(edition=0).count() == 1


def test_a_draft_is_dropped_with_a_reason_and_another_may_begin(town: Town, written: Draft) -> None:
    with pytest.raises(Misuse, match="原因"):
        drafts.drop(written, reason="", by=town.operator, at=town.tick())
    gone = drafts.drop(written, reason="改写专报", by=town.operator, at=town.tick())
    assert gone.state == "dropped"
    assert begun(town).pk != written.pk


def test_who_may_not_run_the_day_writes_no_brief(town: Town, written: Draft) -> None:
    with pytest.raises(Misuse, match="权限"):
        drafts.add(written, "note", "说一句", after="", by=town.clerk(), at=town.tick())
