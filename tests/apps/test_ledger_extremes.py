"""What is extreme in a cell is refused in its cell or kept exactly, and no store knows other bounds than the next."""

from __future__ import annotations

import pytest
from django.db import transaction

from shishi.apps.audit.selectors import verify
from shishi.apps.audit.services import record
from shishi.apps.ledger.models import RevisionRow
from shishi.core.errors import Refused
from tests.apps.town import NOW, Town, home

pytestmark = pytest.mark.django_db

HUGE = 10**40 + 7


def codes(town: Town, **cells: object) -> set[str]:
    """The codes with which a row of these cells is refused; empty when it is taken."""
    try:
        town.hand_in(home("H1") | cells)
    except Refused as refused:
        return {issue.code for issue in refused.issues}
    return set()


def test_an_integer_beyond_every_machine_word_is_kept_to_its_last_digit(town: Town) -> None:
    with transaction.atomic():
        record(at=NOW, person="operator", action="x", subject="x:1", detail={"count": HUGE})
    assert verify().broken is None


@pytest.mark.parametrize("mark", ["\x00", "\x1f", "\ufffe"])
def test_a_mark_that_no_text_may_hold_is_refused_or_left_out(town: Town, mark: str) -> None:
    refused = codes(town, owner=f"张{mark}三")
    if not refused:
        assert mark not in str(RevisionRow.objects.get().cells)
    assert verify().broken is None


def test_rows_come_in_the_order_of_their_keys_code_points(town: Town) -> None:
    keys = ["a", "B", "乙", "甲", "10", "9", "-1", "é"]
    town.hand_in(*(home(key) for key in keys))
    held = RevisionRow.objects.order_by("key").values_list("key", flat=True)
    assert list(held) == sorted(key.upper() for key in keys)
