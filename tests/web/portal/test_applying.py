"""A citizen on a phone applies one question at a time, comes back later, brings what lacked, and says how it was."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from urllib.parse import unquote

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from shishi.apps.accounts.models import Person
from shishi.apps.accounts.roles import Role
from shishi.apps.accounts.services import add_person, add_post
from shishi.apps.audit.selectors import verify
from shishi.apps.cases.completing import complete_task
from shishi.apps.cases.models import CaseRating, CaseRow, TaskRow
from shishi.apps.cases.rating_loop import access_ratings, correct_rating, feed_back_rating, verify_rating
from shishi.apps.cases.supplementing import Lacking, ask_supplement
from shishi.apps.citizens.models import PhoneCode
from shishi.apps.hall.models import Draft
from shishi.apps.messages.models import Message
from shishi.core.errors import Misuse, Refused
from tests.apps.town import Town
from tests.web.catalogued import OTHER, PHONE, sign_in
from tests.web.test_office import text_of

NUMBER = "11010519491231002X"
ANSWERS = {"change": "信息变更", "since": "2021-10-01", "detail": "单位名称写错了一个字", "delivery": "网上查看"}
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
PROGRAMME = "xuancheng/2021/service_items"


def person(hall: Town, name: str, role: Role) -> Person:
    made = add_person(username=name, name=name, mail="", demonstration=True, by=hall.operator, at=datetime.now(UTC))
    reach = {"divisions": ["3418"], "programmes": [PROGRAMME], "until": None}
    add_post(username=name, body="data_resources", role=role, by=hall.operator, at=datetime.now(UTC), **reach)
    return made


@pytest.fixture
def clerk(hall: Town) -> Person:
    """Who receives the city's applications."""
    return person(hall, "counter", Role.CLERK)


@pytest.fixture
def known(citizen: Client) -> Client:
    """A citizen who has said who they are."""
    citizen.post("/services/mine/identity/", {"name": "张三", "number": NUMBER, "next": "/services/mine/"})
    return citizen


def fill(browser: Client, code: str = "") -> str:
    """Every answer, and the address of the check page."""
    at = browser.post("/services/items/SX-0001/begin/").headers["Location"]
    for name, text in ANSWERS.items():
        assert f"/{name}/" in at, at
        at = browser.post(at, {name: text}).headers["Location"]
    assert "/papers/proof/" in at
    upload = SimpleUploadedFile("证明.pdf", PDF, "application/pdf")
    return str(browser.post(at, {"files": upload, "done": "1"}).headers["Location"])


def sent(browser: Client) -> str:
    """The number of a case that was sent."""
    answer = browser.post(fill(browser))
    found = re.fullmatch(r"/services/cases/([^/]+)/\?sent=1", answer.headers["Location"])
    assert found is not None
    return unquote(found[1])


def test_one_question_to_a_page_what_is_held_is_not_asked_and_the_receipt_has_a_number(known: Client) -> None:
    check = fill(known)
    page = text_of(known.get(check))
    for said in ("已有，没有再问", "张*", "信息变更", "单位名称写错了一个字", "证明.pdf"):
        assert said in page, said
    number = unquote(known.post(check).headers["Location"].split("/")[3])
    receipt = text_of(known.get(f"/services/cases/{number}/?sent=1"))
    assert "申请已提交" in receipt
    assert number in receipt
    case = CaseRow.objects.get(number=number)
    assert (case.item, case.state, case.materials.get().file_name) == ("SX-0001", "submitted", "证明.pdf")
    assert unquote(known.post(check).headers["Location"].split("/")[3]) == number, "pressed twice, it is one case"
    assert CaseRow.objects.count() == 1
    assert Draft.objects.get().answers == ""
    assert Message.objects.filter(to=case.applicant).count() == 1
    assert verify().broken is None


def test_a_wrong_answer_is_said_at_its_question_and_nothing_typed_is_lost(known: Client) -> None:
    at = known.post("/services/items/SX-0001/begin/").headers["Location"]
    known.post(at, {"change": "信息变更"})
    since = at.replace("/change/", "/since/")
    page = known.post(since, {"since": "明天吧"})
    assert page.status_code == 422
    assert 'value="明天吧"' in page.content.decode()
    assert 'role="alert"' in page.content.decode()
    assert known.post(at, {"change": ""}).status_code == 422


def test_a_draft_is_gone_on_with_on_another_phone_and_by_nobody_else(known: Client) -> None:
    at = known.post("/services/items/SX-0001/begin/").headers["Location"]
    known.post(at, {"change": "信息变更"})
    code = Draft.objects.get().code
    assert "单位" not in str(Draft.objects.values_list())
    other = Client(SERVER_NAME="localhost")
    wanted = other.get("/services/drafts/", {"code": code.lower()}).headers["Location"]
    assert "sign-in" in wanted
    PhoneCode.objects.all().delete()
    assert sign_in(other, PHONE, f"/services/drafts/{code}/") == f"/services/drafts/{code}/"
    assert "信息变更" in text_of(other.get(f"/services/drafts/{code}/"))
    stranger = Client(SERVER_NAME="localhost")
    sign_in(stranger, OTHER)
    assert stranger.get(f"/services/drafts/{code}/").status_code == 404


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("坏.pdf", b"%PDF-1.4 /JavaScript (x) %%EOF"),
        ("页.jpg", b"<html><script>alert(1)</script>"),
        ("空.pdf", b""),
        ("半.pdf", b"%PDF-1.4 half"),
    ],
)
def test_a_hostile_file_is_refused_in_words_and_not_kept(known: Client, name: str, content: bytes) -> None:
    at = known.post("/services/items/SX-0001/begin/").headers["Location"]
    papers = re.sub(r"/[^/]+/$", "/papers/proof/", at)
    page = known.post(papers, {"files": SimpleUploadedFile(name, content), "done": "1"})
    assert page.status_code in (302, 422)
    if content:
        assert page.status_code == 422
        assert 'role="alert"' in page.content.decode()
    assert 'name="drop"' not in known.get(papers).content.decode()


def test_what_lacks_is_asked_once_brought_from_a_phone_and_the_way_back_is_open(known: Client, clerk: Person) -> None:
    number = sent(known)
    case = CaseRow.objects.get(number=number)
    task = TaskRow.objects.get(case=case, state="open")
    ask_supplement(task.pk, [Lacking("照片看不清，请重拍", material="proof")], by=clerk, at=datetime.now(UTC))
    page = text_of(known.get(f"/services/cases/{number}/"))
    assert "照片看不清，请重拍" in page
    assert "停止计时" in page or "从受理起算" in page
    address = f"/services/cases/{number}/supplement/"
    assert known.post(address, {"text": "忘了"}).status_code == 422
    upload = SimpleUploadedFile("新证明.pdf", PDF + b"\n", "application/pdf")
    assert known.post(address, {"proof": upload}).status_code == 302
    assert CaseRow.objects.get(number=number).state != "supplementing"
    assert known.post(f"/services/cases/{number}/withdraw/", {"text": "不办了"}).status_code == 302
    assert CaseRow.objects.get(number=number).state == "withdrawn"
    assert known.get(f"/services/cases/{number}/withdraw/").status_code == 404


def done(hall: Town, browser: Client, clerk: Person) -> str:
    """A case that went through."""
    number, reviewer = sent(browser), person(hall, "reviewer2", Role.REVIEWER)
    for by, outcome, answers in (
        (clerk, "accept", {}),
        (reviewer, "approve", {"finding": "属实"}),
        (clerk, "delivered", {}),
    ):
        task = TaskRow.objects.get(case__number=number, state="open")
        complete_task(task.pk, outcome, by=by, at=datetime.now(UTC), answers=answers)
    return number


def test_a_bad_rating_is_verified_put_right_told_back_and_the_case_may_be_done_again(
    hall: Town, known: Client, clerk: Person
) -> None:
    number = done(hall, known, clerk)
    assert known.post(f"/services/cases/{number}/rate/", {}).status_code == 422
    assert known.post(f"/services/cases/{number}/rate/", {"score": "4", "text": "等太久"}).status_code == 302
    rating = CaseRating.objects.get()
    assert (rating.code, rating.code_set, rating.bad) == (4, "GB/T 39046-2020", True)
    assert rating.verify_due is not None
    assert rating.correct_due is not None
    at = datetime.now(UTC)
    assert [loop.number for loop in access_ratings(clerk, at, waiting=True)[0]] == [number]
    with pytest.raises(Refused, match="先核实"):
        correct_rating(number, "改了", by=clerk, at=at)
    with pytest.raises(Misuse):
        verify_rating(number, "看过", by=hall.clerk(), at=at)
    verify_rating(number, "确实拖了两天", by=clerk, at=at)
    verify_rating(number, "确实拖了两天", by=clerk, at=at)
    correct_rating(number, "增加一名窗口人员", by=clerk, at=at)
    assert feed_back_rating(number, "已增加人手，向您致歉。", by=clerk, at=at).closed
    assert access_ratings(clerk, at, waiting=True) == ((), 0)
    page = text_of(known.get(f"/services/cases/{number}/"))
    for said in ("不满意", "确实拖了两天", "增加一名窗口人员", "已回访"):
        assert said in page, said
    assert Message.objects.filter(subject__endswith="对您评价的答复").count() == 1
    assert known.post(f"/services/cases/{number}/reopen/", {"text": "还是没有改"}).status_code == 302
    assert CaseRow.objects.get(number=number).state == "submitted"
    assert verify().broken is None


def test_a_case_of_somebody_else_is_as_unknown_as_none(known: Client) -> None:
    number = sent(known)
    stranger = Client(SERVER_NAME="localhost")
    sign_in(stranger, OTHER)
    for address in (f"/services/cases/{number}/", "/services/cases/nix/", f"/services/cases/{number}/withdraw/"):
        assert stranger.get(address).status_code == 404
        assert number not in text_of(stranger.get("/services/mine/"))


def test_progress_needs_no_login_and_asking_tells_nothing(known: Client) -> None:
    number = sent(known)
    PhoneCode.objects.all().delete()
    pages = {}
    for who, asked in {"right": (number, PHONE), "other": (number, OTHER), "none": ("nix", "13700001111")}.items():
        browser = Client(SERVER_NAME="localhost")
        page = browser.post("/services/progress/", {"number": asked[0], "phone": asked[1]})
        assert page.status_code == 200
        text = page.content.decode()
        challenge = re.search(r'name="challenge" value="([^"]+)"', text)
        code = re.search(r'class="figures">(\d{6})<', text)
        assert challenge is not None
        assert code is not None
        told = {"challenge": challenge[1], "tail": asked[1][-4:], "code": code[1]}
        answer = browser.post("/services/progress/code/", told, follow=True)
        pages[who] = text_of(answer)
        masked = re.sub(r"\d{4}", "", re.sub(r"\d{6}", "", text_of(page)))
        pages[f"{who} asked"] = re.sub(r"csrf\S+", "", masked)
    assert pages["right asked"] == pages["other asked"] == pages["none asked"]
    assert number in pages["right"]
    assert "撤回" not in pages["right"]
    assert "验证码不对" in pages["other"]
    assert number not in pages["other"]
    assert "验证码不对" in pages["none"]
    assert Client(SERVER_NAME="localhost").get("/services/progress/case/").status_code == 302
