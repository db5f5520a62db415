"""One case, two centres: each works on its own side by its own clock, and both see how it stands as far as they may."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from shishi.apps.accounts.models import Person
from shishi.apps.audit.selectors import verify
from shishi.apps.cases.both_sides import both_sides
from shishi.apps.cases.definitions import process_of
from shishi.apps.cases.facts import plain_facts
from shishi.apps.cases.materials import add_material
from shishi.apps.cases.models import CaseLink, CaseRow, TaskRow
from shishi.apps.cases.opening import open_case
from shishi.apps.cases.parties import Applicant
from shishi.apps.cases.pausing import withdraw
from shishi.apps.cases.rating import rate
from shishi.apps.cases.seen import case_of, thread_of
from shishi.apps.cases.supplementing import Lacking, supplement
from shishi.apps.cases.talking import comment
from shishi.apps.exchange.handling import act_on_pending
from shishi.apps.exchange.models import Handling, InMessage, OutMessage
from shishi.apps.ledger.sealing import decode
from shishi.apps.ledger.selectors import live
from shishi.core.errors import Misuse, Refused
from tests.apps.two_centres import CITIZEN, FUND, XUANCHENG, TwoCentres

PAID = {"amount": Decimal("86000.00"), "paid_on": date(2021, 9, 14), "words": "已转入本人账户"}


@pytest.fixture
def centres(db: None, own_folder: Path, code_list: Path) -> TwoCentres:
    return TwoCentres(code_list)


def row_of(case: CaseRow, centres: TwoCentres) -> dict[str, object]:
    """The row of the ledger of cases, in its stored form."""
    rows = [decode(row.cells) for row in live(f"{FUND}/cases", centres.now.date())]
    (found,) = [row for row in rows if row["case_code"] == case.number]
    return dict(found)


def ours(centres: TwoCentres, here: CaseRow, there: CaseRow) -> list[tuple[Person, CaseRow]]:
    return [(centres.window, here), (centres.auditor, there)]


def test_a_joint_case_goes_from_the_window_there_and_back_by_two_clocks(centres: TwoCentres) -> None:
    here, there = centres.forwarded()
    assert (there.division, there.channel, there.applicant_name) == ("3418", "exchange", "张三")
    assert sorted(there.materials.exclude(sha256="").values_list("code", flat=True)) == [
        "identity",
        "purchase_contract",
    ]
    link = CaseLink.objects.get(case=here)
    assert (link.theirs, link.side, CaseLink.objects.get(case=there).theirs) == (there.number, "accepting", here.number)
    assert row_of(there, centres)["stage"] == "received"
    assert there.clock_from is not None
    assert there.clock_from > here.opened_at
    assert (there.facts["request.contract"], there.facts["request.accepted_on"]) == ("HT-1", "2021-09-13")

    centres.tick(days=1)
    centres.decides(there)
    centres.does(there, centres.officer, "done", answers=PAID)
    centres.carry()
    told = row_of(there, centres)
    assert (told["stage"], told["outcome"], told["decision_days"]) == ("decided", "done", 1)
    assert (told["accepting_division"], told["division"]) == ("310000", XUANCHENG)
    here = centres.fresh(here)
    assert (here.facts["result.amount"], here.facts["result.words"]) == ("86000.00", "已转入本人账户")
    assert "符合本地购房提取政策" not in centres.texts(here), "what officials write for themselves stays with them"

    here = centres.does(here, centres.window, "delivered")
    rate(here.uuid, 1, by=centres.window, at=centres.tick())
    centres.carry()
    assert here.state == "delivered"
    assert not [one.last_error for one in Handling.objects.exclude(state="done")]
    told = row_of(there, centres)
    assert (told["stage"], told["rating"], told["outcome"]) == ("closed", 5, "done")
    assert centres.fresh(there).ended
    seen, known = (both_sides(person, str(case.uuid), centres.now) for person, case in ours(centres, here, there))
    assert seen is not None
    assert known is not None
    assert [leg.days for leg in seen.legs] == [0, 1]
    assert [leg.days for leg in known.legs] == [0, 1]
    assert (seen.theirs, seen.side, known.side) == (there.number, "受理地", "办理地")
    assert [one.purpose for one in seen.messages][:2] == ["case.forward", "case.received"]
    assert {one.state for one in seen.messages} == {"taken"}
    assert not Handling.objects.exclude(state="done").exists()
    assert verify().broken is None


def test_what_is_carried_twice_or_acted_upon_again_changes_nothing(centres: TwoCentres) -> None:
    here, there = centres.forwarded("collect")
    lines = here.steps.count(), there.steps.count()
    Handling.objects.update(state="waiting")
    act_on_pending(centres.tick())
    assert CaseRow.objects.count() == 2
    assert (centres.fresh(here).steps.count(), centres.fresh(there).steps.count()) == lines
    assert OutMessage.objects.count() == InMessage.objects.count()


def test_what_lacks_is_asked_for_across_and_brought_across_and_both_clocks_stand(centres: TwoCentres) -> None:
    here, there = centres.forwarded()
    wanted = [Lacking("合同第 3 页不清楚，请重新扫描", material="purchase_contract")]
    centres.does(there, centres.auditor, "supplement", lacking=wanted)
    centres.carry()
    here, there = centres.fresh(here), centres.fresh(there)
    assert (here.state, there.state) == ("supplementing", "supplementing")
    assert "合同第 3 页不清楚" in TaskRow.objects.get(case=here, kind="supplement").text
    centres.tick(days=3)
    add_material(
        here.uuid, "purchase_contract", name="新合同.pdf", content=b"clear", by=centres.window, at=centres.tick()
    )
    supplement(here.uuid, by=centres.window, at=centres.tick(), text="已重新扫描")
    centres.carry()
    assert (centres.fresh(here).state, centres.fresh(there).state) == ("handling", "accepted")
    assert there.materials.get(code="purchase_contract").file_name == "新合同.pdf"
    centres.decides(there)
    centres.does(there, centres.officer, "done", answers=PAID)
    told = row_of(there, centres)
    assert (told["supplemented"], told["decision_days"]) == (True, 0)


def test_fields_that_are_wrong_are_corrected_across_and_both_sides_see_old_and_new(centres: TwoCentres) -> None:
    here, there = centres.forwarded()
    wanted = [
        Lacking("账号少一位，请核对", field="request.account"),
        Lacking("与合同不一致", field="request.address"),
        Lacking("请写明楼盘名称"),
    ]
    centres.does(there, centres.auditor, "supplement", lacking=wanted)
    centres.carry()
    here = centres.fresh(here)
    assert set(here.standing["asked"]) == {"request.account", "purchase.address", "请写明楼盘名称"}
    view = case_of(centres.window, here.uuid, centres.now)
    assert set(view.asked) == set(here.standing["asked"])
    with pytest.raises(Misuse, match="不在补正清单里"):
        supplement(here.uuid, by=centres.window, at=centres.tick(), texts={"request.item": "KS-02"})
    texts = {"request.account": "GJJ-00015", "purchase.address": "示例路 11 号 2 幢"}
    supplement(here.uuid, by=centres.window, at=centres.tick(), texts=texts, text="已更正")
    centres.carry()
    here, there = centres.fresh(here), centres.fresh(there)
    assert (here.state, there.state) == ("handling", "accepted")
    assert there.facts["request.address"] == here.facts["purchase.address"] == "示例路 11 号 2 幢"
    assert plain_facts(there, process_of(there))["request.account"] == "GJJ-00015"
    assert "GJJ-00015" not in str(there.facts)
    for person, case in ours(centres, here, there):
        (line,) = [one for one in thread_of(person, case.uuid, centres.now) if one.action == "supplement"]
        changes = {title: (before, after) for title, before, after in line.changes}
        assert changes["房屋坐落"] == ("示例路 1 号", "示例路 11 号 2 幢")
        before, after = changes["公积金账号"]
        assert before != after
        assert "GJJ-00015" not in after
    assert not Handling.objects.exclude(state="done").exists()
    assert verify().broken is None


def test_a_paper_that_only_the_other_centre_asks_for_is_listed_and_brought(centres: TwoCentres) -> None:
    here, there = centres.forwarded()
    centres.does(there, centres.auditor, "supplement", lacking=[Lacking("请补购房发票", material="invoice")])
    centres.carry()
    assert here.materials.get(code="invoice").state == "returned"
    with pytest.raises(Refused, match="还没有补交"):
        supplement(here.uuid, by=centres.window, at=centres.tick())
    add_material(here.uuid, "invoice", name="发票.pdf", content=b"invoice", by=centres.window, at=centres.tick())
    supplement(here.uuid, by=centres.window, at=centres.tick())
    centres.carry()
    assert there.materials.get(code="invoice").file_name == "发票.pdf"


def test_a_case_that_went_to_the_wrong_centre_comes_back_and_goes_to_another(centres: TwoCentres) -> None:
    here, there = centres.forwarded("collect")
    centres.does(there, centres.auditor, "wrong_centre", text="缴存在别处", answers={"finding": "没有这个账号"})
    centres.carry()
    assert row_of(there, centres)["outcome"] == "wrong_centre"
    answers = {"division": XUANCHENG, "centre": "gjj-both"}
    centres.does(here, centres.window, "again", answers=answers)
    centres.carry()
    again = centres.there(here)
    assert again.pk != there.pk
    assert CaseLink.objects.get(case=here).theirs == again.number
    assert centres.fresh(there).ended


def test_an_applicant_withdraws_before_it_was_forwarded_and_after_it_only_while_nothing_is_decided(
    centres: TwoCentres,
) -> None:
    early = centres.open()
    withdraw(early.uuid, "不办了", by=centres.window, at=centres.tick())
    assert centres.fresh(early).state == "withdrawn"
    here, there = centres.forwarded("collect")
    withdraw(here.uuid, "改天再办", by=centres.window, at=centres.tick())
    assert centres.fresh(here).state == "accepted"
    centres.carry()
    assert (centres.fresh(here).state, centres.fresh(there).state) == ("withdrawn", "withdrawn")

    here, there = centres.forwarded("collect")
    centres.decides(there)
    centres.does(there, centres.officer, "done", answers=PAID)
    withdraw(here.uuid, "太晚了", by=centres.window, at=centres.tick())
    centres.carry()
    assert centres.fresh(there).state == "decided"
    assert "不能撤回" in centres.texts(here)
    centres.does(here, centres.window, "delivered")


def test_both_sides_read_what_is_said_to_both_and_nothing_else(centres: TwoCentres) -> None:
    here, there = centres.forwarded("collect")
    comment(there.uuid, "请提醒申请人保持电话畅通", by=centres.auditor, at=centres.tick(), seen_by="parties")
    comment(there.uuid, "此人去年也申请过", by=centres.auditor, at=centres.tick(), seen_by="officials")
    comment(here.uuid, "已提醒", by=centres.window, at=centres.tick(), seen_by="parties")
    centres.carry()
    assert "办理地留言：请提醒申请人保持电话畅通" in centres.texts(here)
    assert "去年" not in centres.texts(here)
    assert centres.texts(there).count("受理地留言：已提醒") == 1
    assert centres.texts(here).count("已提醒") == 1


def test_a_refusal_goes_back_with_its_basis_and_remedy(centres: TwoCentres) -> None:
    here, there = centres.forwarded()
    centres.decides(there, "refuse", text="不符合", basis="本地提取办法第八条", remedy="六十日内申请行政复议")
    centres.carry()
    assert row_of(there, centres)["outcome"] == "rejected"
    assert "不符合" in centres.texts(here)
    assert "本地提取办法第八条" in centres.texts(here)
    assert TaskRow.objects.get(case=here, state="open").element == "Task_hand_over"


def test_each_centre_sees_and_works_on_its_own_side_alone(centres: TwoCentres) -> None:
    from shishi.apps.cases.seen import case_of
    from shishi.core.errors import Misuse

    here, there = centres.forwarded("collect")
    assert case_of(centres.window, here.uuid, centres.now).number == here.number
    assert case_of(centres.auditor, there.uuid, centres.now).number == there.number
    for person, case in ((centres.window, there), (centres.auditor, here)):
        with pytest.raises(Misuse, match="unknown_case"):
            case_of(person, case.uuid, centres.now)


def test_an_online_case_is_handled_at_one_place_and_proves_that_the_item_is_online_there(centres: TwoCentres) -> None:
    case = open_case(
        "fund_online",
        answers={"item": "KS-02", "amount": Decimal("86000")},
        applicant=Applicant("张三", None, "13800001234", CITIZEN),
        division=XUANCHENG,
        by=centres.officer,
        at=centres.tick(),
        channel="online",
    )
    add_material(case.uuid, "identity", name="证.pdf", content=b"id", by=centres.officer, at=centres.tick())
    centres.does(case, centres.officer, "accept")
    centres.decides(case)
    centres.does(case, centres.officer, "done", answers=PAID)
    told = row_of(case, centres)
    assert (told["online_slot"], told["outcome"], told["amount"]) == ("341800/KS-02", "done", "86000.00")
    assert told.get("accepting_division") is None
    assert not OutMessage.objects.exists()
