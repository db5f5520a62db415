"""Sensitive values rest encrypted everywhere, are shown masked, and are revealed only to who may, for a recorded
reason."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest

from shishi.adapters.crypto import KeyRing
from shishi.adapters.spreadsheets.export import write_export
from shishi.apps.audit.models import AuditEvent
from shishi.apps.audit.selectors import verify
from shishi.apps.files.services import content_of
from shishi.apps.indicators.selectors import Asked, Reckoning
from shishi.apps.indicators.why import explain
from shishi.apps.ledger.handing_out import Wanted, hand_out
from shishi.apps.ledger.models import Batch, RevisionRow
from shishi.apps.programmes.selectors import tables
from shishi.core.errors import Misuse, Refused
from tests.apps.town import (
    CITIZEN,
    DAY,
    HOMES,
    LANGXI,
    NAME,
    OTHER_CITIZEN,
    PROGRAMME,
    XUANZHOU,
    Town,
    home,
)
from tests.tampering import at_rest, unlocked

pytestmark = pytest.mark.django_db
NOBODYS = "341821196711234025"
"""Of no sample of a pack: pages that a store gave back still hold what other tests installed."""


def wanted(reveal: str = "", division: str = "") -> Wanted:
    return Wanted(PROGRAMME, HOMES, tables(), DAY, division, reveal)


def everything_at_rest(town: Town) -> Iterator[tuple[str, bytes]]:
    """Every byte that the store keeps: the database, the received files, the column store."""
    yield "database", at_rest()
    for path in sorted(town.folder.rglob("*")):
        if path.is_file() and path.parent != town.folder:
            yield str(path), path.read_bytes()


def test_a_citizen_number_is_nowhere_at_rest(office: Town) -> None:
    rows = [
        {"number": "H1", "county": XUANZHOU, "stage": "listed", "owner": "张三丰", "citizen": NOBODYS},
        {"number": "H2", "county": LANGXI, "stage": "listed", "owner": "李四光", "citizen": OTHER_CITIZEN},
    ]
    office.receive(office.workbook(rows))
    assert office.value("homes") == 2
    kept = dict(everything_at_rest(office))
    assert any("/files/" in name for name in kept)
    assert any(name.endswith(".parquet") for name in kept)
    for name, content in kept.items():
        for secret in (NOBODYS, OTHER_CITIZEN, NOBODYS[:14], OTHER_CITIZEN[:14]):
            assert secret.encode() not in content, name
            assert secret.encode("utf-16-le") not in content, name


def test_the_received_file_is_kept_and_opens_to_the_same_bytes(office: Town) -> None:
    path = office.workbook([{"number": "H1", "county": XUANZHOU, "stage": "listed"}])
    office.receive(path)
    assert content_of(Batch.objects.get().sha256) == path.read_bytes()


def test_an_export_shows_masks(town: Town, tmp_path: Path) -> None:
    town.hand_in(home("H1", owner="张三丰", citizen=CITIZEN))
    write_export(HOMES, hand_out(wanted(), to=town.clerk(), at=town.now), tmp_path / "out.xlsx", "房屋台账", "截至今日")
    shown = [str(cell) for row in openpyxl.load_workbook(tmp_path / "out.xlsx").active.values for cell in row if cell]
    assert not {"张三丰", CITIZEN} & set(shown)
    assert sum("*" in text or "＊" in text for text in shown) == 2
    assert AuditEvent.objects.filter(action="ledger.reveal").count() == 0


def test_revealing_needs_the_right_and_leaves_its_reason_on_the_trail(town: Town) -> None:
    town.hand_in(home("H1", owner="张三丰", citizen=CITIZEN))
    with pytest.raises(Misuse) as refused:
        list(hand_out(wanted("核对身份"), to=town.clerk(), at=town.tick()))
    assert refused.value.code == "out_of_reach"
    (row,) = hand_out(wanted("核对身份"), to=town.reviewer, at=town.tick())
    assert (row["owner"], row["citizen"]) == ("张三丰", CITIZEN)
    event = AuditEvent.objects.get(action="ledger.reveal")
    assert (event.person, event.detail["reason"], event.detail["as_of"]) == ("reviewer", "核对身份", "2021-09-30")


def test_rows_outside_the_readers_reach_are_not_handed_out(town: Town) -> None:
    town.hand_in(home("H1"), home("L1", county=LANGXI))
    assert [row["number"] for row in hand_out(wanted(), to=town.clerk("langxi"), at=town.now)] == ["L1"]
    with pytest.raises(Misuse, match="out_of_reach"):
        hand_out(wanted(division=XUANZHOU), to=town.clerk("langxi"), at=town.now)


def masked(town: Town) -> dict[str, object]:
    (row,) = hand_out(wanted(), to=town.operator, at=town.now)
    return dict(row)


def test_a_masked_cell_handed_back_keeps_what_is_held(town: Town) -> None:
    town.hand_in(home("H1", owner="张三丰", citizen=CITIZEN))
    got = town.hand_in({**masked(town), "stage": "registered"})
    (change,) = got.changes
    assert change.cells["owner"] == "张三丰"
    (row,) = hand_out(wanted("核对"), to=town.reviewer, at=town.tick())
    assert (row["stage"], row["citizen"]) == ("registered", CITIZEN)


@pytest.mark.parametrize("column", ["owner", "citizen"])
def test_an_altered_mask_is_refused_in_its_cell(town: Town, column: str) -> None:
    town.hand_in(home("H1", owner="张三丰", citizen=CITIZEN))
    altered = {**masked(town)}
    altered[column] = "王" + str(altered[column])[1:] if column == "owner" else "2" + str(altered[column])[1:]
    with pytest.raises(Refused) as refused:
        town.hand_in(altered)
    assert [(issue.code, issue.field) for issue in refused.value.issues] == [("masked_value_changed", column)]


def test_a_mask_for_a_row_that_is_not_held_is_refused(town: Town) -> None:
    with pytest.raises(Refused) as refused:
        town.hand_in(home("H1", citizen="110***********002X"))
    assert [issue.code for issue in refused.value.issues] == ["masked_value_changed"]


def test_an_export_handed_back_as_it_is_changes_nothing(office: Town) -> None:
    rows = [{"number": "H1", "county": XUANZHOU, "stage": "listed", "owner": "张三丰", "citizen": CITIZEN}]
    office.receive(office.workbook(rows))
    path = office.folder / "export.xlsx"
    write_export(HOMES, hand_out(wanted(), to=office.clerk(), at=office.now), path, "房屋台账", "截至今日")
    got = office.receive(path, by=office.clerk())
    assert (got.status, got.revised) == ("unchanged", 0)


def test_a_sealed_value_cannot_be_moved_to_another_column_or_read_with_another_key(town: Town, tmp_path: Path) -> None:
    ring = KeyRing(town.folder / "keys" / "ring.json")
    sealed = ring.encrypt(b"secret", "cell:a:citizen")
    other = KeyRing.create(tmp_path / "other" / "ring.json")
    for keys, context in ((ring, "cell:a:phone"), (other, "cell:a:citizen")):
        with pytest.raises(Refused) as refused:
            keys.decrypt(sealed, context)
        assert refused.value.code == "cannot_decrypt"
    assert ring.decrypt(sealed, "cell:a:citizen") == b"secret"


def test_without_the_keys_nothing_sensitive_is_read_or_written(town: Town) -> None:
    town.hand_in(home("H1", citizen=CITIZEN))
    (town.folder / "keys" / "ring.json").unlink()
    for step in (lambda: town.hand_in(home("H2", citizen=OTHER_CITIZEN)), lambda: masked(town)):
        with pytest.raises(Refused) as refused:
            step()
        assert refused.value.code == "keys_missing"
    assert RevisionRow.objects.count() == 1


def test_erasing_a_sealed_value_keeps_row_chain_and_figures(town: Town) -> None:
    """After its retention a value goes, and nothing that was proven becomes unproven (DESIGN §4.13)."""
    town.hand_in(home("H1", citizen=CITIZEN))
    unlocked()
    row = RevisionRow.objects.get()
    RevisionRow.objects.update(cells={**row.cells, "citizen": {**row.cells["citizen"], "sealed": ""}})
    assert verify().broken is None
    assert town.value("homes") == 1
    (shown,) = hand_out(wanted(), to=town.clerk(), at=town.now)
    assert shown["number"] == "H1"


def test_why_shows_no_sensitive_value(town: Town) -> None:
    town.hand_in(home("H1", owner="张三丰", citizen=CITIZEN))
    reckoning = Reckoning(town.operator, Asked(NAME, DAY, division=XUANZHOU), town.now)
    (row,) = explain(reckoning, "homes").rows
    assert not {"张三丰", CITIZEN} & set(row.values.values())
    assert (row.now.file, row.now.sheet, row.now.row, row.now.person) == ("hand-in-1.xlsx", "台账", 2, "operator")
