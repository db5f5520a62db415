"""The column store is fed with what the ledger holds, whichever way it is read."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shishi.adapters.engines import arrow_rows, arrow_texts
from shishi.apps.ledger import feeding
from shishi.apps.ledger.selectors import head, revisions_after
from shishi.apps.programmes.selectors import tables
from shishi.core.tables import Sensitivity
from tests.apps.town import DAY, HOMES, LANGXI, Town, home

pytestmark = pytest.mark.django_db


def test_what_is_read_as_stored_is_what_is_read_row_by_row(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feeding, "AT_A_TIME", 2)
    town.hand_in(home("H1", area="88.50"), home("L1", "issued", county=LANGXI), as_of=DAY - timedelta(days=1))
    town.hand_in(home("H1", "issued", area="1.25"), home("H2", citizen="11010519491231002X"), home("“'引号\"\\"))
    table, last = tables()[HOMES.name], head(HOMES.name)
    batches = [arrow_texts.of_texts(table, texts) for texts in feeding.texts(HOMES.name, 0, last)]
    rows = [row for batch in batches for row in batch.sort_by("sequence").to_pylist()]
    assert len(batches) > 1
    assert rows == arrow_rows.of_revisions(table, list(revisions_after(table, 0))).to_pylist()
    assert any(field.sensitivity is Sensitivity.ENCRYPTED for field in table.fields)
    later = [texts.sequence for texts in feeding.texts(HOMES.name, rows[0]["sequence"], rows[1]["sequence"])]
    assert [list(sequences) for sequences in later] == [[rows[1]["sequence"]]]
