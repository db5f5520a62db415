"""What the street photographs is evidence of the row that it is about, where its person may hand in."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from shishi.apps.assurance.evidence_seen import evidence_of
from shishi.apps.fieldwork.devices import end_device, make_device
from shishi.apps.fieldwork.devices_seen import SubmissionView, device_of, forms_for, submission_seen
from shishi.apps.fieldwork.photos import take_photo
from shishi.apps.fieldwork.submissions import dismiss_submission, receive_submission, retry_submission
from shishi.apps.fieldwork.visits import Carried, NewVisit, carry_out
from shishi.apps.fieldwork.waiting import waiting_for
from shishi.apps.ledger.models import RevisionRow
from shishi.apps.ledger.proposals import approve, return_proposal, withdraw_proposal
from shishi.apps.ledger.proposed import proposal_of
from shishi.apps.messages.models import Message
from shishi.core.errors import Misuse
from shishi.core.visits import NamedPhoto, Seen, VisitKind
from tests.adapters.pictures import photo
from tests.apps.town import (
    DAY,
    ESTATES,
    HOMES,
    NAME,
    PROGRAMME,
    REPORTS,
    Town,
    everything,
    home,
    pack_of,
    read_rows,
)
from tests.web.api.machine import filled

pytestmark = pytest.mark.django_db
FORM = "somewhere.2021.homes.homes"


def entry_of(number: str) -> UUID:
    return RevisionRow.objects.filter(table=f"{NAME}/homes", key=number).latest("sequence").entry


def numbers(town: Town, number: str) -> set[int]:
    """The evidence of a row that counts."""
    groups = evidence_of(town.clerk(), entry_of(number), at=town.now).groups
    return {piece.evidence.sequence for group in groups for piece in group.counted}


def visit_about(town: Town, username: str) -> int | None:
    """The number of the photo as evidence, if it became one."""
    by = town.clerk() if username == "clerk" else town.leader
    content = photo(7)
    named = NamedPhoto(str(uuid4()), hashlib.sha256(content).hexdigest(), "现场.jpg")
    new = NewVisit(NAME, VisitKind.PATROL, "看一处", "341802", entry=entry_of("H1"), uuid=uuid4())
    assert new.uuid is not None
    carry_out(new.uuid, Carried(Seen(DAY, "楼下", "已看。"), photos=(named,)), by=by, at=town.tick(), new=new)
    return take_photo(UUID(named.id), content, by=by, at=town.tick()).evidence


def test_a_photo_of_a_visit_proves_the_row_for_who_may_hand_in(town: Town) -> None:
    town.hand_in(home("H1"))
    number = visit_about(town, "clerk")
    assert number is not None
    assert numbers(town, "H1") == {number}


def test_for_who_may_only_look_it_stays_a_photo_of_the_visit(town: Town) -> None:
    town.hand_in(home("H1"))
    assert visit_about(town, "leader") is None
    assert numbers(town, "H1") == set()


def test_a_file_of_a_form_proves_the_row_that_it_became(town: Town) -> None:
    clerk = town.clerk()
    made = make_device(clerk.posts.get().pk, "手机", town.now.date() + timedelta(days=9), by=clerk, at=town.tick())
    device = device_of(made.token, town.now)
    xml = filled(form=FORM, number="Z9").encode()
    sent = receive_submission(xml, {"一.jpg": photo(3), "读我.txt": b"no photo"}, device=device, at=town.tick())
    assert sent.written
    assert len(numbers(town, "Z9")) == 1
    before = everything()
    receive_submission(xml, {"一.jpg": photo(3)}, device=device, at=town.tick())
    assert everything() == before


@pytest.fixture
def approving(db: None, own_folder: Path, code_list: Path, monkeypatch: pytest.MonkeyPatch) -> Town:
    """A town whose homes need a second person."""
    monkeypatch.setattr("shishi.apps.ledger.services.Workbook", read_rows)
    tables = (ESTATES, replace(HOMES, approval=True), REPORTS)
    return Town(own_folder, code_list, pack_of(replace(PROGRAMME, tables=tables)))


def proposed(town: Town, files: dict[str, bytes]) -> SubmissionView:
    """A form that was sent and waits for its second person."""
    clerk = town.clerk()
    made = make_device(clerk.posts.get().pk, "手机", town.now.date() + timedelta(days=9), by=clerk, at=town.tick())
    device = device_of(made.token, town.now)
    sent = receive_submission(filled(form=FORM, number="Z5").encode(), files, device=device, at=town.tick())
    assert sent.submission.state == "proposed"
    return sent.submission


def told(town: Town, submission: int) -> list[str]:
    found = Message.objects.filter(about=f"submission:{submission}", to=town.clerk())
    return [item.text for item in found.order_by("pk")]


def test_where_the_pack_asks_for_a_second_person_a_form_waits_for_one(approving: Town) -> None:
    town = approving
    sent = proposed(town, {})
    assert not RevisionRow.objects.filter(key="Z5").exists()
    batch = approve(proposal_of(sent.batch, town.reviewer, town.now), by=town.reviewer, at=town.tick())
    row = RevisionRow.objects.select_related("batch").get(key="Z5")
    assert (row.batch.door, row.batch.person, row.batch.approved_by) == ("device", "clerk_xuanzhou", "reviewer")
    seen = submission_seen(town.clerk(), sent.id, at=town.now)
    assert (seen.state, seen.batch) == ("written", str(batch.pk))
    assert [text.splitlines()[0] for text in told(town, sent.id)] == [
        f"您采集的“房屋台账”（第{sent.id}号）：已入台账。"
    ]


def test_the_files_of_an_approved_form_prove_its_row(approving: Town) -> None:
    town = approving
    sent = proposed(town, {"一.jpg": photo(3), "读我.txt": b"no photo"})
    approve(proposal_of(sent.batch, town.reviewer, town.now), by=town.reviewer, at=town.tick())
    assert len(numbers(town, "Z5")) == 1


def test_a_returned_form_waits_for_its_sender_with_the_reasons_and_may_be_sent_again(approving: Town) -> None:
    town = approving
    sent = proposed(town, {})
    proposal = proposal_of(sent.batch, town.reviewer, town.now)
    return_proposal(proposal, reason="门牌号不对", cells={}, by=town.reviewer, at=town.tick())
    seen = submission_seen(town.clerk(), sent.id, at=town.now)
    assert (seen.state, [item["message"] for item in seen.faults]) == ("refused", ["门牌号不对"])
    assert "门牌号不对" in told(town, sent.id)[0]
    assert (sent.id,) in [item.args for item in waiting_for(town.clerk(), town.now)]
    again = retry_submission(sent.id, by=town.clerk(), at=town.tick())
    assert again.state == "proposed"
    assert again.batch != sent.batch


def test_who_takes_a_form_back_is_not_told_of_it(approving: Town) -> None:
    town = approving
    sent = proposed(town, {})
    withdraw_proposal(proposal_of(sent.batch, town.clerk(), town.now), reason="", by=town.clerk(), at=town.tick())
    assert submission_seen(town.clerk(), sent.id, at=town.now).state == "refused"
    assert told(town, sent.id) == []


def test_a_device_is_good_for_its_post_and_its_days(town: Town) -> None:
    clerk = town.clerk()
    post, until = clerk.posts.get(), town.now.date() + timedelta(days=9)
    made = make_device(post.pk, "手机", until, by=clerk, at=town.tick())
    device = device_of(made.token, town.now)
    assert FORM in {item.form.id for item in forms_for(device, town.now)}
    with pytest.raises(Misuse, match="device_ended"):
        device_of(made.token, town.now + timedelta(days=11))
    with pytest.raises(Misuse, match="device_post"):
        make_device(post.pk, "别人的", until, by=town.clerk("langxi"), at=town.tick())
    for wrong in (town.now.date() - timedelta(days=1), town.now.date() + timedelta(days=400)):
        with pytest.raises(Misuse, match="device_until"):
            make_device(post.pk, "手机", wrong, by=clerk, at=town.tick())
    end_device(made.device.id, by=clerk, at=town.tick())
    with pytest.raises(Misuse, match="device_ended"):
        device_of(made.token, town.now)


def test_only_what_was_refused_is_dismissed_and_with_a_reason(town: Town) -> None:
    clerk = town.clerk()
    made = make_device(clerk.posts.get().pk, "手机", town.now.date() + timedelta(days=9), by=clerk, at=town.tick())
    device = device_of(made.token, town.now)
    good = receive_submission(filled(form=FORM, number="Z1").encode(), {}, device=device, at=town.tick()).submission
    bad = filled(form=FORM, number="Z2", stage="issued").encode()
    refused = receive_submission(bad, {}, device=device, at=town.tick()).submission
    with pytest.raises(Misuse, match="submission_not_refused"):
        dismiss_submission(good.id, "不要了", by=clerk, at=town.tick())
    with pytest.raises(Misuse, match="reason_missing"):
        dismiss_submission(refused.id, " ", by=clerk, at=town.tick())
    with pytest.raises(Misuse, match="unknown_submission"):
        dismiss_submission(refused.id, "不是我的", by=town.clerk("langxi"), at=town.tick())
    assert dismiss_submission(refused.id, "重复采集", by=clerk, at=town.tick()).state == "dismissed"
