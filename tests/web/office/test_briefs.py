"""A brief on pages: begun, written around its numbers, frozen, signed in order, published, checked, corrected."""

from __future__ import annotations

import re

import pytest
from django.http import HttpResponse
from django.test import Client

from shishi.apps.documents.models import Brief, Draft
from shishi.apps.documents.pieces import Piece, content_of
from tests.apps.town import DAY, NAME, XUANZHOU, Town, home
from tests.web.conftest import SignedIn


def text_of(page: HttpResponse) -> str:
    """What somebody reads."""
    return " ".join(re.sub(r"<[^>]+>", " ", page.content.decode()).split())


@pytest.fixture
def writer(lived_in: Town, signed_in: SignedIn) -> Client:
    """The operator, who writes."""
    return signed_in("operator")


@pytest.fixture
def draft(writer: Client) -> Draft:
    """A brief that somebody began on the page."""
    told = {"programme": NAME, "kind": "daily", "division": "", "as_of": DAY.isoformat()}
    page = writer.post("/briefs/new/", told, follow=True)
    assert "起草中" in text_of(page), text_of(page)
    return Draft.objects.get()


def piece(draft: Draft, words: str) -> Piece:
    """The first piece that says so, as it stands."""
    draft.refresh_from_db()
    return next(item for item in content_of(draft.content).pieces if words in item.text)


def do(browser: Client, draft: Draft, step: str, **told: object) -> HttpResponse:
    return browser.post(f"/briefs/drafts/{draft.pk}/{step}/", told, follow=True)


def test_it_is_begun_once_and_stands_among_what_is_written(writer: Client, draft: Draft) -> None:
    again = {"programme": NAME, "kind": "daily", "division": "", "as_of": DAY.isoformat()}
    writer.post("/briefs/new/", again)
    assert Draft.objects.count() == 1
    assert "在写的" in text_of(writer.get("/briefs/"))


def test_a_number_is_picked_and_its_printed_form_comes_from_its_question(writer: Client, draft: Draft) -> None:
    opening = piece(draft, "截至")
    picking = writer.get(f"/briefs/drafts/{draft.pk}/pick/?piece={opening.id}&division={XUANZHOU}")
    assert "宣州区" in text_of(picking)
    question = {"indicator": "homes", "division": XUANZHOU, "as_of": DAY.isoformat(), "basis": "reported"}
    do(writer, draft, "cite", piece=opening.id, aspect="value", **question)
    opening = piece(draft, "截至")
    token = re.findall(r"\{引用\d+\}", opening.text)[-1]
    page = do(writer, draft, "edit", piece=opening.id, seen=opening.revision, text=f"宣州区列入{token}。")
    assert "宣州区列入 3套 。" in text_of(page)


def test_what_is_picked_goes_to_the_cursor_and_what_was_typed_is_kept(writer: Client, draft: Draft) -> None:
    opening = piece(draft, "截至")
    typed = {
        "piece": opening.id,
        "seen": opening.revision,
        "text": "  宣州区套，\r\n其他。",
        "pick": "1",
        "offset": "5",
    }
    picking = do(writer, draft, "edit", **typed)
    address, _ = picking.redirect_chain[-1]
    assert address == f"/briefs/drafts/{draft.pk}/pick/?piece={opening.id}&offset=3"
    told = re.findall(
        r'name="(piece|offset|seen|indicator|division|as_of|basis|aspect)" value="([^"]*)"', picking.content.decode()
    )
    question = {"indicator": "homes", "division": XUANZHOU, "as_of": DAY.isoformat(), "basis": "reported"}
    where = {name: value for name, value in told if name in ("piece", "offset", "seen")}
    do(writer, draft, "cite", aspect="value", **where, **question)
    assert re.fullmatch(r"宣州区\{引用\d+\}套，\n其他。", piece(draft, "宣州区").text)


def test_what_asks_nothing_comes_back_with_what_was_typed(writer: Client, draft: Draft) -> None:
    opening = piece(draft, "截至")
    page = do(writer, draft, "edit", piece=opening.id, seen=opening.revision, text="已办{引用99}套")
    assert page.status_code == 422
    assert "没有 {引用99} 这条引用" in text_of(page)
    assert "已办{引用99}套" in page.content.decode()


def test_the_second_of_two_people_sees_the_first_ones_words_and_decides(
    writer: Client, draft: Draft, signed_in: SignedIn
) -> None:
    opening, leader = piece(draft, "截至"), signed_in("leader")
    do(leader, draft, "edit", piece=opening.id, seen=opening.revision, text="领导改的。")
    page = do(writer, draft, "edit", piece=opening.id, seen=opening.revision, text="操作员改的。")
    assert page.status_code == 422
    assert "领导改的。" in text_of(page)
    seen = re.search(r'name="seen" value="(\d+)"', page.content.decode())
    assert seen is not None
    do(writer, draft, "edit", piece=opening.id, seen=seen[1], text="操作员改的。")
    assert piece(draft, "操作员改的").person == "operator"


def test_pieces_are_added_moved_and_deleted(writer: Client, draft: Draft) -> None:
    first = content_of(draft.content).pieces[0]
    do(writer, draft, "add", piece=first.id, kind="paragraph", text="另加一段。")
    new = piece(draft, "另加一段")
    do(writer, draft, "up", piece=new.id)
    assert content_of(Draft.objects.get().content).pieces[0].id == new.id
    do(writer, draft, "delete", piece=new.id, seen=new.revision)
    assert content_of(Draft.objects.get().content).pieces[0].id == first.id


def test_it_is_frozen_signed_in_order_and_published(writer: Client, draft: Draft, signed_in: SignedIn) -> None:
    page = do(writer, draft, "freeze", first="leader")
    assert "待签" in text_of(page)
    assert do(writer, draft, "publish").status_code == 422
    leader = signed_in("leader")
    assert "签发" in text_of(leader.get(f"/briefs/drafts/{draft.pk}/"))
    do(leader, draft, "sign")
    page = do(writer, draft, "publish")
    assert "已签发" in text_of(page)
    brief = Brief.objects.get(edition=1)
    assert "签发稿" in text_of(writer.get(f"/briefs/{brief.pk}/"))
    assert writer.get(f"/briefs/{brief.pk}.pdf").content[:5] == b"%PDF-"
    assert do(writer, draft, "add", piece="", kind="note", text="再说一句").status_code == 422


def test_it_goes_back_with_a_reason(writer: Client, draft: Draft, signed_in: SignedIn) -> None:
    do(writer, draft, "freeze", first="leader")
    leader = signed_in("leader")
    assert do(leader, draft, "send-back", reason="").status_code == 422
    assert "开头太长" in text_of(do(leader, draft, "send-back", reason="开头太长"))


def test_the_page_of_one_that_went_out_computes_it_again_and_corrects_it(lived_in: Town, writer: Client) -> None:
    brief = Brief.objects.filter(erratum=0, kind="daily").first()
    assert brief is not None
    assert "每一处都和印发时一样" in text_of(writer.get(f"/briefs/{brief.pk}/?check=1"))
    lived_in.hand_in(home("X3", "issued"), by=lived_in.clerk())
    assert "印发后有变化的数" in text_of(writer.get(f"/briefs/{brief.pk}/?check=1"))
    made = writer.post(f"/briefs/{brief.pk}/", {}, follow=True)
    assert "更正 1" in text_of(made)
    assert writer.post(f"/briefs/{brief.pk}/", {}).status_code == 422


def test_word_and_pdf_show_what_would_go_out(writer: Client, draft: Draft) -> None:
    pdf, word = (writer.get(f"/briefs/drafts/{draft.pk}.{form}") for form in ("pdf", "docx"))
    assert (pdf.content[:5], word.content[:2]) == (b"%PDF-", b"PK")


def test_who_does_not_run_the_day_reads_and_writes_nothing(
    lived_in: Town, writer: Client, draft: Draft, signed_in: SignedIn
) -> None:
    clerk = signed_in("clerk_xuanzhou")
    assert clerk.get("/briefs/new/").status_code == 403
    assert clerk.get(f"/briefs/drafts/{draft.pk}/").status_code == 404
    assert do(clerk, draft, "drop", reason="x").status_code == 404


def test_the_brief_of_a_whole_list_is_written_on_the_same_pages(writer: Client) -> None:
    assert "整份清单：演示清单（月报）" in text_of(writer.get("/briefs/new/"))
    told = {"programme": "somewhere/2021", "kind": "daily", "division": "", "as_of": DAY.isoformat()}
    assert "整份清单只有月报" in text_of(writer.post("/briefs/new/", told))
    assert "不分地区" in text_of(writer.post("/briefs/new/", told | {"kind": "monthly", "division": "341802"}))
    page = writer.post("/briefs/new/", told | {"kind": "monthly"}, follow=True)
    assert "房屋办证" in text_of(page)
    made = Draft.objects.get()
    opening = content_of(made.content).pieces[0]
    picking = writer.get(f"/briefs/drafts/{made.pk}/pick/?piece={opening.id}&programme={NAME}&division={XUANZHOU}")
    assert "宣州区" in text_of(picking)
    question = {"programme": NAME, "indicator": "homes", "division": XUANZHOU, "as_of": DAY.isoformat()}
    page = do(writer, made, "cite", piece=opening.id, aspect="value", basis="reported", **question)
    assert page.status_code == 200
    assert re.search(r"\{引用\d+\}$", piece(made, "重点项目").text)
    preview = writer.get(f"/briefs/drafts/{made.pk}.pdf")
    assert preview.content[:4] == b"%PDF"
