"""Cases as officials see and move them: lists, one case with its clocks and thread, every step, many at once."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.test import Client

from shishi.apps.audit.models import AuditEvent
from shishi.apps.cases import handing
from shishi.apps.cases.drawing import drawing_for_applicant
from shishi.apps.cases.models import CaseRow, IncidentRow, MaterialRow, TaskRow
from shishi.apps.jobs.models import Job
from shishi.core.errors import Misuse
from tests.apps.case_town import CITIZEN, CaseTown

SignedIn = Callable[[str], Client]
REFUSAL = {"basis": "演示规定第七条", "remedy": "六十日内向市政府申请行政复议"}


@pytest.fixture
def town(db: None, own_folder: Path, code_list: Path) -> CaseTown:
    """A store with the process 房屋登记 and its people; cases are of today, for pages know no other day."""
    (own_folder / "store.json").write_text(json.dumps({"demonstration": True, "created_at": "2021-09-01T00:00:00Z"}))
    made = CaseTown(own_folder, code_list)
    made.now = datetime.now(UTC)
    return made


def read(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status, _faults(answer.content.decode())
    return str(answer.content.decode())


def send(client: Client, address: str, status: int = 302, **fields: object) -> str:
    answer = client.post(address, fields)
    assert answer.status_code == status, _faults(answer.content.decode())
    return str(answer.get("Location", "") or answer.content.decode())


def _faults(page: str) -> str:
    """What a page refuses, of all that it says."""
    return page[page.find("<main") :][:1500]


def case_page(case: CaseRow) -> str:
    return f"/cases/{case.uuid}/"


def task_page(task: TaskRow) -> str:
    return f"/tasks/{task.pk}/"


def test_what_waits_stands_in_the_list_of_who_may_do_it_and_of_nobody_else(town: CaseTown, signed_in: SignedIn) -> None:
    case = town.open()
    assert case.number in read(signed_in("window"), "/tasks/")
    assert case.number not in read(signed_in("reviewer"), "/tasks/")
    assert case.number not in read(signed_in("far"), "/tasks/")
    assert "没有等您办的环节" in read(signed_in("far"), "/tasks/")


def test_a_case_out_of_reach_is_unknown(town: CaseTown, signed_in: SignedIn) -> None:
    case = town.open()
    read(signed_in("far"), case_page(case), 404)
    read(signed_in("far"), task_page(town.task(case)), 404)
    read(signed_in("citizen"), case_page(case), 403)


def test_the_page_of_a_case_masks_who_applied_and_says_how_far_it_is(town: CaseTown, signed_in: SignedIn) -> None:
    case = town.accept(town.papers(town.open()))
    page = read(signed_in("window"), case_page(case))
    assert "张*" in page
    assert "张三" not in page.replace("张三（", "")
    assert CITIZEN not in page
    assert "110105" in page
    for word in ("承诺时限", "法定时限", "个工作日", "演示规定第四条", "审查", "宣州区", "申请人可见"):
        assert word in page
    assert 'data-element="Task_accept" data-mark="done"' in page
    assert 'data-element="Task_review" data-mark="now"' in page
    assert f"/cases/{case.uuid}/diagram.bpmn" in page


def test_the_diagram_is_what_was_drawn(town: CaseTown, signed_in: SignedIn) -> None:
    case = town.open()
    answer = signed_in("window").get(f"{case_page(case)}diagram.bpmn")
    assert answer["Content-Type"].startswith("application/xml")
    assert b"Task_review" in answer.content
    assert b"BPMNDiagram" in answer.content


def test_what_is_masked_is_shown_for_a_reason_with_a_trace(town: CaseTown, signed_in: SignedIn) -> None:
    case = town.accept(town.papers(town.open()))
    reviewer, window = signed_in("reviewer"), signed_in("window")
    address = f"{case_page(case)}reveal/"
    page = reviewer.post(address, {"what": "apply.citizen", "reason": "核对身份"}).content.decode()
    assert CITIZEN in page
    event = AuditEvent.objects.filter(action="case.reveal").latest("pk")
    assert event.person == "reviewer"
    assert "核对身份" in str(event.detail)
    assert CITIZEN not in str(event.detail)
    assert CITIZEN not in reviewer.post(address, {"what": "apply.citizen", "reason": " "}).content.decode()
    assert window.post(address, {"what": "apply.citizen", "reason": "好奇"}).status_code == 403


def test_a_task_is_claimed_handed_over_and_put_back(town: CaseTown, signed_in: SignedIn) -> None:
    case = town.open()
    task, window = town.task(case), signed_in("window")
    send(window, f"{task_page(task)}claim/")
    task.refresh_from_db()
    assert task.assignee == town.window
    assert "现由window（演示）经办" in read(signed_in("other_window"), task_page(task))
    assert "请填写" in send(window, f"{task_page(task)}hand-over/", 422, to="other_window", text="")
    send(window, f"{task_page(task)}hand-over/", to="other_window", text="我明天出差")
    task.refresh_from_db()
    assert task.assignee == town.other_window
    send(signed_in("other_window"), f"{task_page(task)}release/", text="材料不在我这里")
    task.refresh_from_db()
    assert task.assignee is None


def test_a_task_is_done_once_with_its_form_and_its_outcome(town: CaseTown, signed_in: SignedIn) -> None:
    case = town.accept(town.papers(town.open()))
    task, reviewer = town.task(case), signed_in("reviewer")
    page = read(reviewer, task_page(task))
    assert "审查情况" in page
    assert "准予" in page
    missing = send(reviewer, task_page(task), 422, outcome="approve")
    assert "请填写“审查情况”" in missing
    told = {"answer-finding": "属实", "outcome": "approve", "text": "同意", "once": "only-once-0123456789abcdef"}
    assert send(reviewer, task_page(task), **told) == case_page(case)
    assert send(reviewer, task_page(task), **told)
    assert town.actions(case).count("handle") == 1
    second = town.task(case, "second")
    assert "的意见：准予。同意" in read(signed_in("second"), task_page(second))
    send(signed_in("second"), task_page(second), outcome="agree")
    assert "agree" in town.actions(case)


def test_a_refusal_needs_its_basis_and_its_remedy(town: CaseTown, signed_in: SignedIn) -> None:
    case = town.open()
    task, window = town.task(case), signed_in("window")
    assert "法律依据" in send(window, task_page(task), 422, outcome="refuse", text="不属于受理范围")
    send(window, task_page(task), outcome="refuse", text="不属于受理范围", **REFUSAL)
    assert town.fresh(case).state == "refused"
    assert REFUSAL["remedy"] in read(signed_in("operator"), case_page(case))


def test_what_lacks_is_told_once_and_whole_and_the_clock_stands(town: CaseTown, signed_in: SignedIn) -> None:
    case = town.accept(town.papers(town.open()))
    again = town.open("H-02")
    window = signed_in("window")
    task = town.task(again)
    empty = send(window, task_page(task), 422, outcome="supplement")
    assert "一次列全" in empty
    asked = {"lacks-title": "扫描件不清楚", "fields": ["apply.number"], "others": "签名页\n授权书", "text": "请补齐"}
    send(window, task_page(task), outcome="supplement", **asked)
    page = read(window, case_page(again))
    assert town.fresh(again).state == "supplementing"
    for word in ("扫描件不清楚", "更正“房屋编号”", "签名页", "授权书", "停止计时"):
        assert word in page
    assert MaterialRow.objects.get(case=again, code="title").state == "returned"
    assert town.fresh(case).state == "accepted"


def test_materials_are_taken_in_checked_promised_and_deferred(town: CaseTown, signed_in: SignedIn) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    case, window = town.open(), signed_in("window")
    base = f"{case_page(case)}materials"
    paper = SimpleUploadedFile("房产证.pdf", b"%PDF-1.4 scanned")
    send(window, f"{base}/title/give/", file=paper)
    assert "房产证.pdf" in read(window, case_page(case))
    assert window.get(f"{base}/title/file/").content == b"%PDF-1.4 scanned"
    send(window, f"{base}/title/fits/", text="与原件一致")
    send(window, f"{base}/plan/later/")
    send(window, f"{base}/pledge/promise/", text="没有纠纷，不实愿担责")
    states = dict(MaterialRow.objects.filter(case=case).values_list("code", "state"))
    assert states == {"title": "fits", "plan": "later", "pledge": "promised"}
    assert "请填写" in send(window, f"{base}/pledge/back/", 422, text="")
    send(window, f"{base}/pledge/back/", text="缺签名")
    assert MaterialRow.objects.get(case=case, code="pledge").state == "returned"


def test_every_step_of_a_case_leaves_its_line(town: CaseTown, signed_in: SignedIn) -> None:
    case = town.accept(town.papers(town.open()))
    reviewer = signed_in("reviewer")
    base = case_page(case)
    send(reviewer, f"{base}comment/", text="等现场勘察", seen_by="officials")
    send(reviewer, f"{base}suspend/", text="等法院裁定")
    assert "这件办件已中止" in read(reviewer, task_page(town.task(case)))
    send(reviewer, f"{base}resume/", text="裁定已到")
    send(reviewer, f"{base}extend/", text="案情复杂")
    send(reviewer, f"{base}copy/", body="langxi")
    assert town.actions(case)[-5:] == ["comment", "suspend", "resume", "extend", "copy"]
    page = read(reviewer, base)
    assert "仅工作人员可见" in page
    assert "已延长一次" in page
    assert case.number in read(signed_in("far"), "/tasks/?tab=copied")


def test_a_step_without_the_right_is_refused_with_its_reason(town: CaseTown, signed_in: SignedIn) -> None:
    case = town.accept(town.papers(town.open()))
    window = signed_in("window")
    page = read(window, f"{case_page(case)}extend/")
    assert "您的岗位没有这一步的权限" in page
    assert "不归您办理" in send(window, f"{case_page(case)}extend/", 422, text="想延长")
    read(window, f"{case_page(case)}nonsense/", 404)


def test_who_has_an_interest_keeps_out(town: CaseTown, signed_in: SignedIn) -> None:
    case = town.open()
    window = signed_in("window")
    send(window, f"{case_page(case)}interest/", text="申请人是我的亲属")
    assert "回避" in send(window, task_page(town.task(case)), 422, outcome="accept")


def test_work_goes_back_to_a_colleague_once_with_everything_listed(town: CaseTown, signed_in: SignedIn) -> None:
    case = town.accept(town.papers(town.open()))
    task, reviewer = town.task(case), signed_in("reviewer")
    send(reviewer, f"{task_page(task)}return/", element="Task_accept", text="漏了门牌\n日期不对")
    correction = town.task(case, "correction")
    assert "漏了门牌；日期不对" in read(signed_in("window"), task_page(correction))
    send(signed_in("window"), task_page(correction), text="已补门牌，日期已改")
    assert "已经退回过一次" in send(reviewer, f"{task_page(task)}return/", 422, element="Task_accept", text="还有")


def test_an_official_writes_a_case_down_for_somebody_at_the_counter(town: CaseTown, signed_in: SignedIn) -> None:
    window, address = signed_in("window"), "/cases/new/somewhere/2021/permit/"
    page = read(window, address)
    for label in ("申请人姓名或名称", "房屋编号", "权利人"):
        assert label in page
    told = {"name": "李四", "kind": "natural", "phone": "13900001111", "division": "宣州区", "channel": "window"}
    wrong = {"answer-number": "H-9", "answer-county": "宣州区", "answer-citizen": "123"}
    refused = send(window, address, 422, **told, **wrong)
    assert 'href="#id_answer-citizen"' in refused
    right = {**wrong, "answer-citizen": CITIZEN, "once": "intake-0123456789abcdef0123"}
    there = send(window, address, **told, **right)
    assert send(window, address, **told, **right)
    case = CaseRow.objects.get()
    assert there == case_page(case)
    assert (case.opened_by, case.channel, case.division) == ("window", "window", "341802")
    assert case.number in read(window, "/tasks/?tab=started")


def test_many_are_done_at_once_after_a_look_at_which_and_which_not(town: CaseTown, signed_in: SignedIn) -> None:
    cases = [town.papers(town.open(f"H-{number}")) for number in range(5)]
    handing.claim(town.task(cases[0]).pk, by=town.other_window, at=town.tick())
    tasks = [town.task(case).pk for case in cases]
    window = signed_in("window")
    query = "process=somewhere/2021/permit&step=Task_accept"
    assert "批量办理" in read(window, f"/tasks/?{query}")
    address = f"/tasks/approve/?{query}&" + "&".join(f"task={task}" for task in tasks)
    assert "不予受理" not in read(window, address).replace("不予办理", "")
    seen = window.post(address, {"outcome": "accept", "text": "齐全"}).content.decode()
    assert "办理这 4 件" in seen
    assert "已由别人认领" in seen
    assert not Job.objects.filter(kind="cases.approve").exists()
    stale = window.post(address, {"outcome": "accept", "text": "齐全", "expected": "5"})
    assert "预览之后情况有变" in stale.content.decode()
    sent = {"outcome": "accept", "text": "齐全", "expected": "4", "once": "bulk-0123456789abcdef012345"}
    there = send(window, address, **sent)
    job = Job.objects.get(kind="cases.approve")
    assert there == f"/jobs/{job.pk}/"
    assert (job.outcome["done"], job.outcome["not_done"]) == (4, 0)
    assert "办了哪些" in read(window, there)
    assert sorted(CaseRow.objects.values_list("state", flat=True)) == ["accepted"] * 4 + ["submitted"]
    send(window, address, **sent)
    assert Job.objects.filter(kind="cases.approve").count() == 1


def test_a_step_that_is_filled_in_is_never_done_in_bulk(town: CaseTown, signed_in: SignedIn) -> None:
    town.accept(town.papers(town.open()))
    reviewer = signed_in("reviewer")
    query = "process=somewhere/2021/permit&step=Task_review"
    assert "批量办理" not in read(reviewer, f"/tasks/?{query}")
    assert "不能批量办理" in read(reviewer, f"/tasks/approve/?{query}", 400)


def test_the_list_of_all_cases_is_searched_and_narrowed(town: CaseTown, signed_in: SignedIn) -> None:
    first, second = town.open("H-1"), town.open("H-2")
    window = signed_in("window")
    both = read(window, "/cases/")
    assert first.number in both
    assert second.number in both
    one = read(window, f"/cases/?q={second.number}")
    assert first.number not in one
    assert second.number in one
    assert "没有符合条件的办件" in read(window, "/cases/?state=delivered")
    assert "没有异常件" in read(window, "/cases/incidents/")


def test_a_citizen_is_told_the_same_way_and_nobody_elses(town: CaseTown) -> None:
    case = town.accept(town.papers(town.open()))
    drawing = drawing_for_applicant(town.citizen, case.number, town.now)
    assert [step.element for step in drawing.now] == ["Task_review"]
    with pytest.raises(Misuse, match="unknown_case"):
        drawing_for_applicant(town.far, case.number, town.now)


def test_an_incident_is_its_owners_and_is_tried_handed_on_or_let_go(town: CaseTown, signed_in: SignedIn) -> None:
    case = town.accept(town.papers(town.open()))
    incident = IncidentRow.objects.create(
        case=case,
        what="call",
        token="Call_x",
        title="登记台账",
        failure="连不上",
        tries=3,
        at=town.now,  # the name of a step
        owner=town.reviewer,
    )
    page = f"/cases/incidents/{incident.pk}/"
    assert "登记台账" in read(signed_in("reviewer"), "/cases/incidents/")
    assert "连不上" in read(signed_in("reviewer"), page)
    read(signed_in("far"), page, 404)
    assert "请填写" in send(signed_in("reviewer"), f"{page}hand/", 422, to="chief", text="")
    send(signed_in("reviewer"), f"{page}hand/", to="chief", text="归您处置")
    incident.refresh_from_db()
    assert incident.owner == town.chief
