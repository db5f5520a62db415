"""A file that comes in parts comes whole, once, whatever the network does in between."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256

import pytest

from shishi.apps.accounts.models import Person
from shishi.apps.assurance import likenesses
from shishi.apps.assurance.evidence import NewEvidence
from shishi.apps.assurance.models import EvidenceRow, Upload
from shishi.apps.assurance.uploads import KEPT, held_of, receive_upload, take_part, tidy_uploads
from shishi.apps.audit.models import AuditEvent
from shishi.apps.audit.selectors import verify
from shishi.apps.files.pieces import piece, throw_away
from shishi.apps.ledger.selectors import live
from shishi.core.errors import ShishiError
from tests.adapters.pictures import photo
from tests.apps.town import DAY, HOMES, NOW, Town, home

CONTENT = photo(5)
HASH = sha256(CONTENT).hexdigest()


@pytest.fixture
def clerk(town: Town) -> Person:
    likenesses.forget()
    town.hand_in(home("H1"), by=town.clerk())
    return town.clerk()


def new() -> NewEvidence:
    return NewEvidence(live(HOMES.name, DAY).get(key="H1").entry, file_name="照片.jpg")


def send(clerk: Person, start: int, end: int) -> int:
    return take_part(HASH, len(CONTENT), start, CONTENT[start:end], by=clerk, at=NOW)


def refusal(act: object) -> str:
    with pytest.raises(ShishiError) as refused:
        act()  # type: ignore[operator]  # a function without arguments
    return refused.value.code


def test_parts_that_come_twice_or_overlap_make_the_file_once(clerk: Person) -> None:
    third = len(CONTENT) // 3
    assert send(clerk, 0, third) == third
    assert send(clerk, 0, third) == third
    assert refusal(lambda: send(clerk, 2 * third, len(CONTENT))) == "upload_gap"
    assert refusal(lambda: receive_upload(new(), HASH, by=clerk, at=NOW)) == "upload_unfinished"
    assert send(clerk, third // 2, 2 * third) == 2 * third
    assert send(clerk, 2 * third, len(CONTENT)) == held_of(HASH, by=clerk) == len(CONTENT)
    first = receive_upload(new(), HASH, by=clerk, at=NOW)
    assert (first.status, EvidenceRow.objects.get().original) == ("received", HASH)
    assert held_of(HASH, by=clerk) == 0


def test_a_file_that_came_once_is_unchanged_when_it_comes_again(clerk: Person) -> None:
    for _ in range(2):
        send(clerk, 0, len(CONTENT))
        done = receive_upload(new(), HASH, by=clerk, at=NOW)
    assert done.status == "unchanged"
    assert EvidenceRow.objects.count() == 1


def test_what_is_not_the_promised_file_is_thrown_away(clerk: Person) -> None:
    take_part("0" * 64, len(CONTENT), 0, CONTENT, by=clerk, at=NOW)
    assert refusal(lambda: receive_upload(new(), "0" * 64, by=clerk, at=NOW)) == "hash_differs"
    assert not Upload.objects.exists()
    assert refusal(lambda: take_part(HASH, 10, 0, CONTENT, by=clerk, at=NOW)) == "part_size"
    assert refusal(lambda: take_part("x", 10, 0, b"x", by=clerk, at=NOW)) == "hash_malformed"


def test_one_persons_parts_are_not_anothers(clerk: Person, town: Town) -> None:
    send(clerk, 0, 100)
    assert held_of(HASH, by=town.clerk("guangde")) == 0


def test_what_nobody_finished_within_a_week_is_tidied_up_and_said(clerk: Person) -> None:
    send(clerk, 0, 100)
    (name,) = Upload.objects.get().parts
    assert tidy_uploads(NOW + KEPT) == 0
    assert piece(name) == CONTENT[:100]
    assert tidy_uploads(NOW + KEPT + timedelta(seconds=1)) == 1
    assert not Upload.objects.exists()
    assert refusal(lambda: piece(name)) == "piece_missing"
    event = AuditEvent.objects.get(action="upload.tidied")
    assert event.detail == {"uploads": 1, "bytes": 100}
    assert verify().broken is None


def test_a_lost_piece_means_sending_the_file_again(clerk: Person) -> None:
    send(clerk, 0, len(CONTENT))
    throw_away(Upload.objects.get().parts)
    assert refusal(lambda: receive_upload(new(), HASH, by=clerk, at=NOW)) == "piece_missing"
    assert held_of(HASH, by=clerk) == 0
