"""A row's page: every state with what changed, where it came from, comments, restoring, revealing."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from shishi.apps.audit.models import AuditEvent
from shishi.apps.audit.selectors import verify
from shishi.apps.ledger.models import Comment, RevisionRow
from shishi.apps.ledger.single_rows import correct_key_of
from shishi.apps.messages.models import Message
from shishi.core.errors import Misuse
from tests.apps.town import CITIZEN, DAY, GUANGDE, REPORTS, XUANZHOU, Town, home

pytestmark = pytest.mark.django_db
SignedIn = Callable[[str], Client]


@pytest.fixture
def filled(town: Town) -> Town:
    town.hand_in({"code": "E1", "county": "341802", "name": "三里小区"}, table="estates")
    town.hand_in(home("X1", owner="张三", citizen=CITIZEN, area="80.50", estate="E1"), file="八月.xlsx")
    town.hand_in(home("X1", "issued", area="81.00"), file="九月.xlsx")
    return town


def state(key: str = "X1") -> RevisionRow:
    return RevisionRow.objects.filter(key=key).order_by("-sequence")[0]


def shown(client: Client, key: str = "X1") -> str:
    return client.get(reverse("office:row", args=[state(key).entry])).content.decode()


def test_states_stand_side_by_side_with_their_files_and_marked_changes(filled: Town, site: Client) -> None:
    text = shown(site)
    assert "八月.xlsx" in text
    assert "九月.xlsx" in text
    assert "<ins>81.00</ins>" in text
    assert "<ins>80.50</ins>" not in text
    assert CITIZEN not in text


def test_who_did_it_is_told_by_name_and_body_wherever_it_is_told(filled: Town, site: Client) -> None:
    filled.hand_in(home("X1", "issued", area="82.00"), by=filled.clerk(), file="十月.xlsx")
    assert "clerk_xuanzhou（演示）（宣州区专班）" in shown(site)
    batch = site.get(reverse("office:batch", args=[state().batch_id])).content.decode()
    assert "<dd>clerk_xuanzhou（演示）（宣州区专班）" in batch
    why = site.get(f"/why/somewhere/2021/homes/issued/?as_of={DAY}").content.decode()
    assert "clerk_xuanzhou（演示）" in why
    filled.clerk().posts.all().delete()
    assert "clerk_xuanzhou（演示）" in shown(site)


def test_relations_are_told_from_both_ends(filled: Town, site: Client) -> None:
    assert "E1" in shown(site)
    assert "X1" in shown(site, "E1")


def test_an_earlier_state_comes_back_as_a_new_one_that_says_so(filled: Town, signed_in: SignedIn) -> None:
    now, first = state(), RevisionRow.objects.filter(key="X1").order_by("sequence")[0]
    address = reverse("office:row-restore", args=[now.entry])
    asked = {"to": first.sequence, "sequence": now.sequence, "reason": "填错了"}
    signed_in("clerk_xuanzhou").post(address, asked)
    back = state()
    assert (back.cells, back.sequence > now.sequence, "填错了" in back.explanation) == (first.cells, True, True)
    signed_in("clerk_xuanzhou").post(address, asked)
    assert state().sequence == back.sequence
    assert verify().broken is None


def test_a_row_is_withdrawn_and_comes_back(filled: Town, signed_in: SignedIn) -> None:
    clerk, now = signed_in("clerk_xuanzhou"), state()
    clerk.post(reverse("office:row-withdraw", args=[now.entry]), {"sequence": now.sequence, "reason": "拆除"})
    gone = state()
    assert gone.kind == "withdrawn"
    assert "已撤下" in shown(clerk)
    asked = {"to": now.sequence, "sequence": gone.sequence, "reason": "没有拆"}
    clerk.post(reverse("office:row-restore", args=[now.entry]), asked)
    assert (state().kind, state().cells) == ("posted", now.cells)


def test_who_is_named_in_a_comment_is_told(filled: Town, signed_in: SignedIn) -> None:
    address = reverse("office:row-comment", args=[state().entry])
    signed_in("clerk_xuanzhou").post(address, {"text": "@leader 请看面积"})
    signed_in("clerk_xuanzhou").post(address, {"text": "@leader 请看面积"})
    assert Comment.objects.get().mentioned == ["leader"]
    assert Message.objects.get().to.username == "leader"
    assert "请看面积" in shown(signed_in("leader"))
    assert verify().broken is None
    signed_in("clerk_xuanzhou").post(address, {"text": "@clerk_guangde 你也看"})
    assert Comment.objects.count() == 1


def test_a_comment_that_is_altered_is_noticed(filled: Town, signed_in: SignedIn) -> None:
    signed_in("clerk_xuanzhou").post(reverse("office:row-comment", args=[state().entry]), {"text": "面积对"})
    Comment.objects.update(text="面积不对")
    assert verify().broken is not None


def test_a_number_is_shown_for_a_reason_that_stays_on_the_trail(filled: Town, signed_in: SignedIn) -> None:
    address = reverse("office:row-reveal", args=[state().entry])
    asked = {"field": "citizen", "reason": "核对本人"}
    assert signed_in("clerk_xuanzhou").post(address, asked).status_code == 403
    assert signed_in("reviewer").post(address, {**asked, "reason": " "}).status_code >= 400
    assert CITIZEN in signed_in("reviewer").post(address, asked).content.decode()
    event = AuditEvent.objects.get(action="ledger.reveal")
    assert (event.person, event.detail["reason"], CITIZEN in str(event.detail)) == ("reviewer", "核对本人", False)


def rekey(client: Client, **told: object) -> HttpResponse:
    now = state()
    asked = {"key_number": now.key, "sequence": now.sequence, "reason": "抄错", **told}
    answer: HttpResponse = client.post(reverse("office:row-rekey", args=[now.entry]), asked)
    return answer


def test_a_key_is_corrected_and_the_row_stays_the_same(filled: Town, signed_in: SignedIn) -> None:
    clerk, before = signed_in("clerk_xuanzhou"), state()
    address = reverse("office:row-rekey", args=[before.entry])
    assert address in shown(clerk)
    assert 'value="X1"' in clerk.get(address).content.decode()
    assert rekey(clerk, key_number="X7").status_code == 302
    after = state("X7")
    assert (after.entry, after.cells["number"], after.cells["area"]) == (before.entry, "X7", before.cells["area"])
    assert after.explanation == "抄错"
    assert "九月.xlsx" in shown(clerk, "X7")
    assert verify().broken is None


def test_a_key_that_is_taken_unchanged_or_without_reason_is_not_written(filled: Town, signed_in: SignedIn) -> None:
    filled.hand_in(home("X2"))
    clerk, now = signed_in("clerk_xuanzhou"), state()
    for told, said in (
        ({"key_number": "X2"}, "已属于另一行"),
        ({}, "没有要更正的"),
        ({"key_number": "X7", "reason": " "}, "请填写"),
        ({"key_number": "X7", "sequence": now.sequence - 1}, "被别人改过"),
    ):
        answer = rekey(clerk, **told)
        assert (answer.status_code, said in answer.content.decode()) == (422, True), told
    assert state().sequence == now.sequence


def test_a_key_out_of_reach_is_unknown_and_to_a_reader_closed(filled: Town, signed_in: SignedIn) -> None:
    now = state().sequence
    assert rekey(signed_in("clerk_guangde"), key_number="X7").status_code == 404
    assert rekey(signed_in("leader"), key_number="X7").status_code == 403
    assert state().sequence == now


def test_a_row_is_not_moved_by_its_key_to_where_one_may_not_hand_in(town: Town) -> None:
    town.hand_in({"county": XUANZHOU, "complaints": "3"}, table="reports")
    now, clerk = RevisionRow.objects.latest("sequence"), town.clerk()
    with pytest.raises(Misuse) as refused:
        correct_key_of(
            REPORTS, now.entry, now.sequence, {"county": GUANGDE}, as_of=DAY, reason="抄错", by=clerk, at=town.tick()
        )
    assert refused.value.code == "out_of_reach"
    assert RevisionRow.objects.latest("sequence") == now
