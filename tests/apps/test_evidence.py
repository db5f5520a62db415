"""Evidence comes in, counts for what the row says now, is known again, and reaches no further than its row."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

import pytest
from PIL import Image

from shishi.adapters.images.scenes import jpeg, scene
from shishi.apps.accounts.models import Person
from shishi.apps.assurance import likenesses
from shishi.apps.assurance.evidence import (
    NewEvidence,
    ReceivedEvidence,
    reaffirm_evidence,
    receive_evidence,
    withdraw_evidence,
)
from shishi.apps.assurance.evidence_coverage import coverage
from shishi.apps.assurance.evidence_seen import evidence_of, original_of, picture_of, verified_by
from shishi.apps.assurance.models import EvidenceRow
from shishi.apps.assurance.selectors import marks_on
from shishi.apps.assurance.services import mark_rows
from shishi.apps.assurance.tickets import declare_capture, issue_ticket
from shishi.apps.audit.selectors import events, verify
from shishi.apps.files.services import content_of, path_of
from shishi.apps.ledger.selectors import live
from shishi.conf.wiring import wire
from shishi.core.assurance import Basis
from shishi.core.criteria import Compare, Operator
from shishi.core.errors import ShishiError
from shishi.core.evidence_plans import DutyReason, EvidencePlan, Side
from shishi.core.evidence_trust import Claim, Hint, TrustLevel, TrustReason
from shishi.core.tables import Field, FieldType, Point
from tests.adapters.pictures import PAPER, SECRET, SVG, photo, told
from tests.apps.town import DAY, HOMES, PROGRAMME, Town, everything, home, pack_of
from tests.tampering import unlocked

THERE = Point(Decimal("118.7587"), Decimal("30.9456"))
PLAN = EvidencePlan(
    "certificate",
    "发证照片是核拨经费的依据（演示）",
    ((Side.BEFORE, 1), (Side.AFTER, 1)),
    reason=DutyReason.PAYMENT,
    where=Compare("stage", Operator.AT_LEAST, "issued"),
    place="place",
)
PROVED = replace(HOMES, fields=(*HOMES.fields, Field("place", "位置", FieldType.POINT)), evidence=(PLAN,))


@pytest.fixture
def street(db: None, own_folder: Any, code_list: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Town]:
    """A town whose homes are proved by a picture of before and one of after; 宣州区 has issued one certificate."""
    from tests.apps.town import read_rows

    monkeypatch.setattr("shishi.apps.ledger.services.Workbook", read_rows)
    likenesses.forget()
    wire()
    tables = tuple(PROVED if table.name == HOMES.name else table for table in PROGRAMME.tables)
    town = Town(own_folder, code_list, pack_of(replace(PROGRAMME, tables=tables)))
    place = f"{THERE.longitude},{THERE.latitude}"
    town.hand_in(home("H1", "issued", place=place), home("H2", "issued"), home("H3"), by=town.clerk())
    yield town
    likenesses.forget()


def entry(number: str) -> UUID:
    found: UUID = live(HOMES.name, DAY).get(key=number).entry
    return found


def give(
    town: Town, number: str = "H1", content: bytes | None = None, by: Person | None = None, **new: Any
) -> ReceivedEvidence:
    asked = NewEvidence(entry(number), **{"group": "certificate", "file_name": "照片.jpg", **new})
    return receive_evidence(asked, content or photo(), by=by or town.clerk(), at=town.tick())


def code_of(act: Callable[[], object]) -> str:
    with pytest.raises(ShishiError) as refused:
        act()
    return refused.value.code


def state(number: str) -> Basis:
    marks = [mark for mark in marks_on([entry(number)]) if mark.group == "certificate"]
    row = live(HOMES.name, DAY).get(key=number)
    standing = [mark for mark in marks if mark.sequence > row.settled["certificate"]]
    return standing[-1].state if standing else Basis.REPORTED


def test_the_original_is_kept_as_it_came_and_its_copies_carry_nothing_of_it(street: Town) -> None:
    original = told()
    made = give(street, content=original, side=Side.AFTER, caption="东门")
    row = EvidenceRow.objects.get(pk=made.evidence_id)
    assert row.original == sha256(original).hexdigest()
    assert content_of(row.original) == original
    assert SECRET.encode() not in path_of(row.original).read_bytes()
    view = picture_of(street.clerk(), made.evidence_id, "view", at=street.now)
    assert SECRET.encode() not in view
    assert Image.open(io.BytesIO(view)).height > 480
    assert row.metadata["device"] == f"Maker {SECRET}"


def test_evidence_makes_the_state_when_all_is_there_and_a_revision_takes_it_back(street: Town) -> None:
    give(street, content=photo(1), side=Side.BEFORE)
    assert state("H1") is Basis.REPORTED
    give(street, content=photo(2), side=Side.AFTER)
    assert state("H1") is Basis.EVIDENCED
    street.hand_in(home("H1", "issued", issued_on="2021-09-05"), by=street.clerk())
    assert state("H1") is Basis.REPORTED
    shown = evidence_of(street.clerk(), entry("H1"), at=street.now).groups[0]
    assert [piece.evidence.side for piece in shown.counted] == [Side.BEFORE]
    assert [piece.evidence.side for piece in shown.outlived] == [Side.AFTER]
    reaffirm_evidence(shown.outlived[0].evidence.sequence, by=street.clerk(), at=street.tick())
    assert state("H1") is Basis.EVIDENCED
    assert street.value("issued", basis=Basis.EVIDENCED) == 1


def test_withdrawn_evidence_takes_its_state_with_it_but_never_one_that_a_person_gave(street: Town) -> None:
    give(street, content=photo(1), side=Side.BEFORE)
    last = give(street, content=photo(2), side=Side.AFTER)
    withdraw_evidence(last.evidence_id, "拍错了楼", by=street.clerk(), at=street.tick())
    assert state("H1") is Basis.REPORTED
    withdraw_evidence(last.evidence_id, "拍错了楼", by=street.clerk(), at=street.tick())
    again = give(street, content=photo(2), side=Side.AFTER)
    assert again.status == "received"
    table = street_table()
    mark_rows(
        table, "certificate", Basis.VERIFIED, ["H1"], effective_on=DAY, note="核", by=street.reviewer, at=street.tick()
    )
    withdraw_evidence(again.evidence_id, "又错了", by=street.reviewer, at=street.tick())
    assert state("H1") is Basis.VERIFIED


def street_table() -> Any:
    from shishi.apps.programmes.selectors import table_named

    return table_named("homes")[1]


def test_what_is_not_asked_may_be_given_and_changes_no_state(street: Town) -> None:
    give(street, "H3", side=Side.AFTER)
    give(street, "H3", content=photo(2), side=Side.BEFORE)
    give(street, "H3", content=PAPER, group="", file_name="说明.pdf")
    assert state("H3") is Basis.REPORTED
    shown = evidence_of(street.clerk(), entry("H3"), at=street.now)
    assert [group.proof.plan for group in shown.groups] == [None, None]
    assert shown.many == 3


def test_the_same_file_again_changes_nothing(street: Town) -> None:
    first = give(street, side=Side.AFTER)
    before = everything()
    again = give(street, side=Side.AFTER)
    assert (again.status, again.evidence_id) == ("unchanged", first.evidence_id)
    assert everything() == before


def test_a_photo_taken_with_a_ticket_at_the_place_is_of_the_highest_level(street: Town) -> None:
    clerk, content = street.clerk(), photo(3)
    ticket = issue_ticket(entry("H1"), "certificate", Side.AFTER, by=clerk, at=street.tick())
    claim = Claim(street.now, THERE, 15, "手机")
    declare_capture(ticket.id, sha256(content).hexdigest(), claim, by=clerk, at=street.tick())
    street.now += timedelta(days=2)
    made = give(street, content=content, side=Side.AFTER, ticket=ticket.id)
    assert made.level is TrustLevel.A
    piece = evidence_of(clerk, entry("H1"), at=street.now).groups[0].counted[0]
    assert piece.evidence.trust.reasons == (TrustReason.TOLD_AT_ONCE, TrustReason.AT_THE_PLACE)
    assert piece.evidence.trust.distance == 0


def test_late_far_or_from_an_album_is_told_by_the_level(street: Town) -> None:
    clerk = street.clerk()

    def level(after: timedelta, claim: Claim, number: int) -> ReceivedEvidence:
        ticket = issue_ticket(entry("H1"), "certificate", Side.AFTER, by=clerk, at=street.tick())
        street.now += after
        return give(street, content=photo(number), side=Side.AFTER, ticket=ticket.id, claim=claim)

    far = Point(Decimal("118.80"), THERE.latitude)
    assert level(timedelta(hours=3), Claim(place=THERE, accuracy=10), 4).level is TrustLevel.B
    assert level(timedelta(minutes=1), Claim(place=far, accuracy=10), 5).level is TrustLevel.B
    assert level(timedelta(days=9), Claim(place=THERE, accuracy=10), 6).level is TrustLevel.C
    assert give(street, content=photo(7), side=Side.AFTER).level is TrustLevel.C


def test_a_ticket_of_somebody_else_used_twice_or_for_another_row_is_refused(street: Town) -> None:
    clerk, other = street.clerk(), street.person("second", "xuanzhou", street_role(), "341802")
    ticket = issue_ticket(entry("H1"), "certificate", Side.AFTER, by=clerk, at=street.tick())
    asked = {"side": Side.AFTER, "ticket": ticket.id}
    assert code_of(lambda: give(street, by=other, **asked)) == "ticket_of_another"
    assert code_of(lambda: give(street, "H2", **asked)) == "ticket_elsewhere"
    assert code_of(lambda: give(street, side=Side.AFTER, ticket=uuid4())) == "ticket_unknown"
    declare_capture(ticket.id, sha256(photo(1)).hexdigest(), Claim(), by=clerk, at=street.tick())
    assert code_of(lambda: give(street, content=photo(2), **asked)) == "hash_differs"
    other_hash = sha256(photo(2)).hexdigest()
    assert code_of(lambda: declare_capture(ticket.id, other_hash, Claim(), by=clerk, at=street.tick())) == "ticket_used"
    assert give(street, content=photo(1), **asked).status == "received"
    assert give(street, content=photo(1), **asked).status == "unchanged"
    made = evidence_of(clerk, entry("H1"), at=street.now).groups[0].counted[0]
    withdraw_evidence(made.evidence.sequence, "重拍", by=clerk, at=street.tick())
    assert code_of(lambda: give(street, content=photo(1), **asked)) == "ticket_used"


def street_role() -> Any:
    from shishi.apps.accounts.roles import Role

    return Role.CLERK


def test_a_photo_used_before_is_noticed_across_rows_and_the_other_row_stays_hidden(street: Town) -> None:
    street.hand_in(home("G1", "issued", county="341882"), by=street.clerk("guangde"))
    give(street, "G1", content=photo(8), by=street.clerk("guangde"), side=Side.AFTER)
    same = give(street, content=photo(8), side=Side.AFTER)
    assert same.hints == (Hint.SEEN_BEFORE,)
    altered = jpeg(scene(8).crop((30, 20, 620, 460)), 60)
    alike = give(street, "H2", content=altered, side=Side.AFTER)
    assert Hint.LOOKS_ALIKE in alike.hints
    clerk_sees = evidence_of(street.clerk(), entry("H2"), at=street.now).groups[0].counted[0].noticed
    leader_sees = evidence_of(street.leader, entry("H2"), at=street.now).groups[0].counted[0].noticed
    assert {item.key for item in leader_sees} == {"H1", "G1"}
    assert {(item.key, item.hidden) for item in clerk_sees} == {("H1", False), ("", True)}


def test_forged_metadata_are_noticed_and_raise_no_level(street: Town) -> None:
    clerk = street.clerk()
    ticket = issue_ticket(entry("H1"), "certificate", Side.AFTER, by=clerk, at=street.tick())
    forged = told(taken="2020:01:01 08:00:00", place=("39.904200", "116.407400"), software="Adobe Photoshop")
    claim = Claim(street.now, THERE, 10)
    made = give(street, content=forged, side=Side.AFTER, ticket=ticket.id, claim=claim)
    assert set(made.hints) == {Hint.TIME_CONTRADICTS, Hint.PLACE_CONTRADICTS, Hint.EDITED}
    album = give(street, "H2", content=told(9), side=Side.AFTER)
    assert album.level is TrustLevel.C


@pytest.mark.parametrize(
    ("content", "code"), [(SVG, "picture_active"), (b"x" * 50, "picture_unknown"), (PAPER[:-8], "paper_broken")]
)
def test_what_is_refused_leaves_nothing(street: Town, content: bytes, code: str) -> None:
    before = everything()
    assert code_of(lambda: give(street, content=content)) == code
    assert everything() == before


def test_evidence_reaches_as_far_as_its_row(street: Town) -> None:
    made = give(street, side=Side.AFTER)
    stranger = street.clerk("guangde")
    at = street.tick()
    assert code_of(lambda: evidence_of(stranger, entry("H1"), at=at)) == "unknown_row"
    assert code_of(lambda: picture_of(stranger, made.evidence_id, "view", at=at)) == "unknown_evidence"
    assert code_of(lambda: original_of(stranger, made.evidence_id, "看看", at=at)) == "unknown_evidence"
    assert code_of(lambda: withdraw_evidence(made.evidence_id, "x", by=stranger, at=at)) == "unknown_evidence"
    assert code_of(lambda: reaffirm_evidence(made.evidence_id, by=stranger, at=at)) == "unknown_evidence"
    assert code_of(lambda: issue_ticket(entry("H1"), by=stranger, at=at)) == "unknown_row"
    assert code_of(lambda: give(street, by=stranger)) == "unknown_row"
    assert code_of(lambda: give(street, by=street.reviewer, content=photo(2), group="nothing")) == "unknown_group"


def test_the_original_needs_the_right_and_a_reason_that_goes_to_the_trail(street: Town) -> None:
    made = give(street, side=Side.AFTER)
    at = street.tick()
    assert code_of(lambda: original_of(street.clerk(), made.evidence_id, "看看", at=at)) == "out_of_reach"
    assert code_of(lambda: original_of(street.reviewer, made.evidence_id, " ", at=at)) == "reason_missing"
    name, content = original_of(street.reviewer, made.evidence_id, "核对拍摄时间", at=at)
    assert (name, content) == ("照片.jpg", photo())
    assert any(event.action == "evidence.original" for event in events())


def test_the_trail_answers_for_evidence(street: Town) -> None:
    made = give(street, side=Side.AFTER, content=told())
    withdraw_evidence(made.evidence_id, "拍错了", by=street.clerk(), at=street.tick())
    assert verify().broken is None
    unlocked()
    EvidenceRow.objects.filter(pk=made.evidence_id).update(level="A")
    assert verify().broken is not None


def test_who_holds_a_print_learns_no_more_than_that_it_is_registered(street: Town) -> None:
    made = give(street, side=Side.AFTER, caption="张三家门口")
    row = EvidenceRow.objects.get(pk=made.evidence_id)
    told_to_all = verified_by(row.code)
    assert told_to_all is not None
    assert told_to_all.sha256 == row.original
    assert "张三" not in str(told_to_all)
    assert "H1" not in str(told_to_all)
    assert verified_by("0" * 24) is None


def test_coverage_tells_which_rows_lack_what_within_reach(street: Town) -> None:
    street.hand_in(home("G1", "issued", county="341882"), by=street.clerk("guangde"))
    give(street, content=photo(1), side=Side.BEFORE)
    give(street, content=photo(2), side=Side.AFTER)
    give(street, "H2", content=photo(3), side=Side.BEFORE)
    report = coverage(street.leader, street_programme(), at=street.tick())
    assert (report.whole.asked, report.whole.whole) == (3, 1)
    assert [(line.name, line.coverage.asked, line.coverage.whole) for line in report.lines] == [("安徽省", 3, 1)]
    city = coverage(street.leader, street_programme(), division="3418", at=street.tick())
    assert [(line.name, line.coverage.asked) for line in city.lines] == [("宣州区", 2), ("广德市", 1)]
    assert [(item.key, [lack.side for lack in item.lacks]) for item in city.lacking] == [
        ("H2", [Side.AFTER]),
        ("G1", [Side.BEFORE, Side.AFTER]),
    ]
    own = coverage(street.clerk(), street_programme(), at=street.tick())
    assert (own.whole.asked, own.total_lacking) == (2, 1)


def street_programme() -> Any:
    from shishi.apps.programmes.selectors import programme_named

    return programme_named("homes")[1]
