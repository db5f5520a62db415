"""Cases from the application to their end: one owner, one outcome, one thread."""

from __future__ import annotations

from pathlib import Path

import pytest

from shishi.apps.audit.selectors import verify
from shishi.apps.cases.completing import complete_task
from shishi.apps.cases.handing import claim, delegate, hand_over, release
from shishi.apps.cases.materials import add_material, check_material, defer_material
from shishi.apps.cases.models import CaseRow, CaseStep, MaterialRow, TaskRow
from shishi.apps.cases.pausing import reopen, withdraw
from shishi.apps.cases.rating import rate
from shishi.apps.cases.seen import CaseQuery, access_cases, case_for_applicant, case_of, started_by, thread_of
from shishi.apps.cases.supplementing import Lacking, ask_supplement, return_for_correction, supplement
from shishi.apps.cases.talking import comment, copy_to, declare_interest
from shishi.apps.cases.thread import replayed, standing_of
from shishi.apps.cases.ticking import tick
from shishi.apps.cases.todo import TaskQuery, done_by, task_of, to_do
from shishi.apps.ledger.models import Batch, RevisionRow
from shishi.apps.messages.models import Message
from shishi.core.case_states import CaseAction
from shishi.core.errors import Misuse, Refused
from tests.apps.case_town import CITIZEN, REMEDY, XUANZHOU, CaseTown
from tests.tampering import sql, unlocked


@pytest.fixture
def town(db: None, own_folder: Path, code_list: Path) -> CaseTown:
    return CaseTown(own_folder, code_list)


def walked(town: CaseTown, number: str = "H-01") -> CaseRow:
    """A case up to its delivery."""
    case = voted(town, number)
    complete_task(town.task(case).pk, "delivered", by=town.window, at=town.tick())
    return town.fresh(case)


def voted(town: CaseTown, number: str = "H-01") -> CaseRow:
    """A case whose publicity is over and which one of two has agreed to."""
    case = town.review(town.accept(town.papers(town.open(number))))
    tick(town.tick(days=5))
    voice = TaskRow.objects.get(case=case, kind="voice", assignee=town.reviewer)
    complete_task(voice.pk, "agree", by=town.reviewer, at=town.tick())
    return town.fresh(case)


def code_of(refused: pytest.ExceptionInfo[Refused] | pytest.ExceptionInfo[Misuse]) -> str:
    return str(refused.value.code)


def test_a_case_walks_to_its_end_and_posts_its_row(town: CaseTown) -> None:
    case = walked(town)
    assert (case.state, case.ended) == ("delivered", True)
    assert not TaskRow.objects.filter(case=case, state="open").exists()
    (row,) = RevisionRow.objects.all()
    batch = Batch.objects.get()
    told = (row.key, row.cells["stage"], batch.door, batch.reason)
    assert told == ("H-01", "registered", "case", f"办件 {case.number}（Service_register）")
    assert "sealed" in row.cells["citizen"], "a number stays encrypted on its way"
    assert (town.actions(case)[0], town.actions(case)[-1]) == ("submit", "deliver")
    assert replayed(case) == standing_of(case)
    assert verify().broken is None


def test_numbers_follow_each_other_and_the_same_wish_is_the_same_case(town: CaseTown) -> None:
    first = town.open("H-01", once="one")
    again = town.open("H-01", once="one")
    other = town.open("H-02", once="two")
    assert first.number == "房341802-2021-000001"
    assert (again.pk, other.number) == (first.pk, "房341802-2021-000002")
    assert CaseStep.objects.filter(case=first).count() == 1


def test_answers_that_do_not_fit_their_form_open_nothing(town: CaseTown) -> None:
    with pytest.raises(Refused) as refused:
        town.open("H-01", answers={"county": XUANZHOU, "wrong": "x"})
    assert {issue.field for issue in refused.value.issues} == {"number", "wrong"}
    assert not CaseRow.objects.exists()


def test_what_somebody_may_not_start_is_refused(town: CaseTown) -> None:
    with pytest.raises(Misuse) as refused:
        town.open(by=town.far, person=None)
    assert code_of(refused) == "out_of_reach"


def test_a_number_of_a_person_rests_encrypted_and_finds_the_person_again(town: CaseTown) -> None:
    case = town.open()
    everything = f"{case.contact}{case.facts}{CaseStep.objects.get(case=case).facts}"
    assert CITIZEN not in everything
    assert case.applicant_digest == town.open("H-02").applicant_digest


def test_lack_of_papers_stands_in_the_way_and_says_what_else_would_do(town: CaseTown) -> None:
    case = town.open()
    with pytest.raises(Refused) as refused:
        town.accept(case)
    messages = {issue.field: issue.message for issue in refused.value.issues}
    assert set(messages) == {"title", "pledge"}
    assert "书面承诺" in messages["pledge"]
    assert town.fresh(case).state == "submitted"


def test_what_was_found_fit_once_is_never_asked_for_again(town: CaseTown) -> None:
    case = town.papers(town.open())
    check_material(case.uuid, "title", True, by=town.window, at=town.tick())
    later = town.open("H-02")
    held = MaterialRow.objects.get(case=later, code="title")
    assert (held.state, held.source) == ("held", case.number)


def test_the_same_file_is_taken_in_once_under_one_receipt(town: CaseTown) -> None:
    case = town.open()
    first, again = (
        add_material(case.uuid, "title", name="证.pdf", content=b"%PDF", by=town.citizen, at=town.tick()) for _ in "12"
    )
    assert first.receipt == again.receipt == f"{case.number}-002"
    assert town.actions(case).count("material") == 1


def test_a_deferred_paper_that_does_not_come_is_said_to_be_late(town: CaseTown) -> None:
    case = town.open()
    row = defer_material(case.uuid, "plan", by=town.citizen, at=town.tick())
    assert row.due_at is not None
    assert tick(town.tick(days=20)).materials == 1
    assert tick(town.tick()).materials == 0
    assert "容缺材料“平面图”到期没有补交" in case.steps.get(action="overdue", told__material="plan").text


def test_a_refusal_needs_its_law_and_its_remedy_and_reaches_the_applicant(town: CaseTown) -> None:
    task = town.task(town.open()).pk
    with pytest.raises(Misuse, match="refusal_basis_missing"):
        complete_task(task, "refuse", text="不属于本机关", by=town.window, at=town.tick())
    with pytest.raises(Misuse, match="refusal_remedy_missing"):
        complete_task(task, "refuse", text="不属于本机关", basis="第七条", by=town.window, at=town.tick())
    complete_task(
        task, "refuse", text="不属于本机关", by=town.window, at=town.tick(), basis="演示规定第七条", remedy=REMEDY
    )
    case = CaseRow.objects.get()
    assert (case.state, case.ended) == ("refused", True)
    view, thread = case_for_applicant(town.citizen, case.number, town.tick())
    assert thread[-1].told["remedy"] == REMEDY
    assert view.state.label == "不予受理"
    assert Message.objects.filter(to=town.citizen, subject=f"{case.number} 不予受理").count() == 1


def test_what_lacks_is_told_once_and_stops_the_clock(town: CaseTown) -> None:
    case = town.accept(town.papers(town.open()))
    before = case.legal_due
    review = town.task(case).pk
    ask_supplement(review, [Lacking("看不清", material="title"), Lacking("写全名", field="apply.owner")],
                   by=town.reviewer, at=town.tick())  # fmt: skip
    stopped = town.fresh(case)
    assert (stopped.state, stopped.legal_due) == ("supplementing", None)
    with pytest.raises(Misuse, match="case_step_not_allowed"):
        complete_task(review, "approve", answers={"finding": "属实"}, by=town.reviewer, at=town.tick())
    with pytest.raises(Refused, match="supplement_incomplete"):
        supplement(case.uuid, by=town.citizen, at=town.tick(days=7))
    add_material(case.uuid, "title", name="新.pdf", content=b"%PDF new", by=town.citizen, at=town.tick())
    supplement(case.uuid, answers={"apply.owner": "张三三"}, by=town.citizen, at=town.tick())
    back = town.fresh(case)
    assert (back.state, back.facts["apply.owner"]) == ("accepted", "张三三")
    assert before is not None
    assert back.legal_due is not None
    assert back.legal_due > before, "the days of the applicant do not count"
    with pytest.raises(Refused, match="supplement_asked_before"):
        ask_supplement(review, [Lacking("还要这个", material="plan")], by=town.reviewer, at=town.tick())


def test_every_deadline_says_how_it_was_reckoned(town: CaseTown) -> None:
    case = town.accept(town.papers(town.open()))
    clock = case_of(town.window, case.number, town.now).clock
    assert clock.legal is not None
    assert clock.promised is not None
    assert "9月18日（周六）、9月26日（周日）、10月9日（周六）调休上班，计入" in clock.legal.sentence
    assert "依据：演示规定第四条" in clock.legal.sentence
    assert clock.promised.moment is not None
    assert clock.promised.moment < (clock.legal.moment or clock.promised.moment)


def test_two_people_approve_and_the_second_is_not_the_first(town: CaseTown) -> None:
    case = town.accept(town.papers(town.open()))
    complete_task(town.task(case).pk, "approve", answers={"finding": "属实"}, by=town.reviewer, at=town.tick())
    second = town.task(case, "second").pk
    with pytest.raises(Refused, match="second_is_first"):
        complete_task(second, "agree", by=town.reviewer, at=town.tick())
    complete_task(second, "disagree", text="再核一次", by=town.second, at=town.tick())
    assert town.task(case).assignee == town.reviewer, "it comes back to who did it"
    town.review(case)
    assert town.actions(case).count("agree") == 1


def test_a_step_that_goes_back_through_the_drawing_opens_again(town: CaseTown) -> None:
    case = town.accept(town.papers(town.open()))
    said = {"finding": "面积不符"}
    complete_task(town.task(case).pk, "back", text="请核对面积", answers=said, by=town.reviewer, at=town.tick())
    assert (town.task(case).element, town.task(case).token) == ("Task_accept", "Task_accept#2")


def test_correction_is_asked_for_once_and_waited_for(town: CaseTown) -> None:
    case = town.accept(town.papers(town.open()))
    review = town.task(case).pk
    made = return_for_correction(review, "Task_accept", ["面积", "姓名"], by=town.reviewer, at=town.tick())
    assert made.assignee == town.window
    with pytest.raises(Refused, match="correction_awaited"):
        complete_task(review, "approve", answers={"finding": "属实"}, by=town.reviewer, at=town.tick())
    complete_task(made.pk, "", text="已改", by=town.window, at=town.tick())
    with pytest.raises(Refused, match="returned_before"):
        return_for_correction(review, "Task_accept", ["又一处"], by=town.reviewer, at=town.tick())
    town.review(case)


def test_a_double_click_is_one_step(town: CaseTown) -> None:
    case = town.papers(town.open())
    task = town.task(case).pk
    for _ in range(2):
        complete_task(task, "accept", by=town.window, at=town.tick())
    assert town.actions(case).count("accept") == 1
    assert TaskRow.objects.filter(case=case, element="Task_review").count() == 1


def test_of_two_officials_at_once_one_does_it_and_the_other_hears_so(town: CaseTown) -> None:
    case = town.papers(town.open())
    task = town.task(case).pk
    claim(task, by=town.window, at=town.tick())
    with pytest.raises(Refused) as refused:
        complete_task(task, "accept", by=town.other_window, at=town.tick())
    assert code_of(refused) == "task_taken"
    complete_task(task, "accept", by=town.window, at=town.tick())
    with pytest.raises(Misuse):
        complete_task(task, "refuse", text="x", by=town.far, at=town.tick(), basis="演示规定第七条", remedy=REMEDY)
    assert town.fresh(case).state == "accepted"


def test_a_task_is_handed_over_with_a_reason_to_who_may_have_it(town: CaseTown) -> None:
    task = town.task(town.open()).pk
    claim(task, by=town.window, at=town.tick())
    with pytest.raises(Misuse, match="not_fitting"):
        hand_over(task, "far", "出差", by=town.window, at=town.tick())
    with pytest.raises(Misuse, match="case_reason_missing"):
        hand_over(task, "other_window", " ", by=town.window, at=town.tick())
    row = hand_over(task, "other_window", "出差", by=town.chief, at=town.tick())
    assert row.assignee == town.other_window
    release(task, "忙不过来", by=town.other_window, at=town.tick())
    lent = delegate(task, "reviewer", "窗口人手不足", by=town.window, at=town.tick())
    assert (lent.assignee, lent.lent_by) == (town.reviewer, "window")
    assert task_of(town.window, task, town.now).owner == "reviewer"


def test_nobody_handles_their_own_matter_or_one_of_their_interest(town: CaseTown) -> None:
    case = town.open(person=town.window, by=town.window)
    task = town.task(case).pk
    with pytest.raises(Refused, match="conflict_of_interest"):
        complete_task(task, "accept", by=town.window, at=town.tick())
    claim(task, by=town.other_window, at=town.tick())
    declare_interest(case.uuid, "亲属", by=town.other_window, at=town.tick())
    assert town.task(case).assignee is None, "what they had goes back to the post"
    with pytest.raises(Refused, match="conflict_of_interest"):
        claim(task, by=town.other_window, at=town.tick())


def test_one_voice_is_enough_where_any_may_speak(town: CaseTown) -> None:
    case = voted(town)
    voices = TaskRow.objects.filter(case=case, kind="voice").order_by("state")
    assert sorted(voices.values_list("state", flat=True)) == ["closed", "done"]
    assert case.state == "decided"
    assert town.task(case).element == "Task_deliver"


def test_a_timer_comes_once_however_often_the_clock_is_asked(town: CaseTown) -> None:
    case = town.review(town.accept(town.papers(town.open())))
    assert tick(town.tick()).timers == 0, "not before its time"
    later = town.tick(days=5)
    assert (tick(later).timers, tick(later).timers) == (1, 0)
    assert town.actions(case).count("timer") == 1


def test_lists_show_what_is_in_reach_and_nothing_else(town: CaseTown) -> None:
    case = town.open()
    now = town.tick()
    assert [line.number for line in to_do(town.window, now).lines] == [case.number]
    assert (to_do(town.reviewer, now).lines, to_do(town.far, now).lines) == ((), ())
    assert to_do(town.window, now, TaskQuery(text="没有")).count == 0
    assert access_cases(town.far, now).count == 0
    assert access_cases(town.chief, now, CaseQuery(text=case.number)).count == 1
    assert started_by(town.citizen, now).count == 1
    with pytest.raises(Misuse, match="unknown_case"):
        case_of(town.far, case.number, now)
    copy_to(case.uuid, person="far", by=town.window, at=town.tick())
    assert case_of(town.far, case.number, town.now).number == case.number
    town.accept(town.papers(case))
    assert [line.step for line in done_by(town.window, town.now).lines] == ["受理"]


def test_an_applicant_reads_no_names_of_officials_and_no_inner_words(town: CaseTown) -> None:
    case = town.accept(town.papers(town.open()))
    comment(case.uuid, "内部意见", seen_by="officials", by=town.window, at=town.tick())
    comment(case.uuid, "请问多久", by=town.citizen, at=town.tick())
    _, thread = case_for_applicant(town.citizen, case.number, town.now)
    assert "内部意见" not in [step.text for step in thread]
    assert {step.person for step in thread} == {""}
    assert "内部意见" in [step.text for step in thread_of(town.window, case.number, town.now)]
    with pytest.raises(Misuse, match="unknown_case"):
        case_for_applicant(town.far, case.number, town.now)


def test_who_applied_may_take_it_back_rate_it_and_have_it_done_again(town: CaseTown) -> None:
    open_one = town.open("H-09")
    withdraw(open_one.uuid, "不办了", by=town.citizen, at=town.tick())
    assert not TaskRow.objects.filter(case=open_one, state="open").exists()
    case = walked(town)
    made = rate(case.uuid, 5, text="太慢", by=town.citizen, at=town.tick())
    assert (made.bad, made.verify_due is not None) == (True, True)
    with pytest.raises(Refused, match="rated_before"):
        rate(case.uuid, 1, by=town.citizen, at=town.tick())
    again = reopen(case.uuid, "结果不对", by=town.citizen, at=town.tick())
    assert (again.state, again.number, town.task(again).element) == ("submitted", case.number, "Task_accept")
    assert replayed(town.fresh(case)) == standing_of(town.fresh(case))
    assert verify().broken is None


def test_the_thread_cannot_be_changed_without_being_found_out(town: CaseTown) -> None:
    case = town.accept(town.papers(town.open()))
    unlocked()
    sql("UPDATE cases_casestep SET text = %s WHERE case_id = %s AND position = 2", "别的话", case.pk)
    broken = verify().broken
    assert broken is not None
    assert str(case.uuid) in str(broken)


def test_a_clock_that_steps_back_does_not_disorder_the_thread(town: CaseTown) -> None:
    case = town.papers(town.open())
    before = town.fresh(case).last_at
    town.tick(hours=-5)
    town.accept(case)
    step = case.steps.get(action=CaseAction.ACCEPT)
    assert step.at == before
    assert "clock" in step.told


def test_who_applied_hears_of_a_paper_that_came_back_and_of_what_is_said_to_them(town: CaseTown) -> None:
    case = town.papers(town.open())

    def heard() -> list[str]:
        return list(Message.objects.filter(to=town.citizen).order_by("pk").values_list("text", flat=True))

    before = len(heard())
    check_material(case.uuid, "title", True, by=town.window, at=town.tick())
    comment(case.uuid, "只给同事看", by=town.window, at=town.tick(), seen_by="officials")
    comment(case.uuid, "我补充一句", by=town.citizen, at=town.tick())
    assert len(heard()) == before
    check_material(case.uuid, "title", False, by=town.window, at=town.tick(), remark="看不清，请重拍")
    comment(case.uuid, "请带原件来一趟", by=town.window, at=town.tick())
    returned, said = heard()[before:]
    assert "看不清，请重拍" in returned
    assert "请带原件来一趟" in said
