"""What a pack may ask to be proved with, and what is refused with the rule that forbids it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from shishi.core.errors import Issue, Refused
from shishi.core.evidence_plans import DutyReason, Side
from shishi.packs.canonical import pack_document, pack_from_document
from shishi.packs.loading import load_pack

LITTLE = Path(__file__).parents[1] / "little_pack"
PHOTOS = """
evidence:
  certificate:
    because: 发证照片是核拨工作经费的依据
    reason: payment
    photos: {before: 1, after: 2}
    documents: 1
    where: {field: stage, at_least: issued}
    within: 200
"""


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """A copy of the little pack whose table of homes a test writes on."""
    return Path(shutil.copytree(LITTLE, tmp_path / "pack"))


def write(pack: Path, text: str) -> Path:
    table = pack / "tables" / "homes" / "homes.yaml"
    kept = table.read_text(encoding="utf-8").split("\nevidence:")[0]
    table.write_text(kept + text, encoding="utf-8")
    return table


def faults(pack: Path) -> list[Issue]:
    with pytest.raises(Refused) as refused:
        load_pack(pack)
    return list(refused.value.issues)


def test_a_table_asks_for_photos_with_a_reason_and_the_store_reads_it_back_as_it_is(pack: Path) -> None:
    write(pack, PHOTOS)
    loaded = load_pack(pack)
    (plan,) = loaded.programmes[0].tables[0].evidence
    assert plan.photos == ((Side.BEFORE, 1), (Side.AFTER, 2))
    assert (plan.reason, plan.documents, plan.within, plan.minutes) == (DutyReason.PAYMENT, 1, 200, 10)
    assert pack_from_document(pack_document(loaded)) == loaded


def test_photos_without_a_reason_are_a_fault_at_their_line_that_names_the_rule(pack: Path) -> None:
    table = write(pack, PHOTOS.replace("    reason: payment\n", ""))
    (fault,) = faults(pack)
    assert fault.code == "photo_duty_unreasoned"
    assert "国办函〔2026〕12号" in fault.message
    assert "photos" in table.read_text(encoding="utf-8").splitlines()[(fault.line or 0) - 1]


def test_a_reason_of_no_permitted_kind_is_a_fault(pack: Path) -> None:
    write(pack, PHOTOS.replace("reason: payment", "reason: appraisal"))
    assert faults(pack)


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        ("  certificate:", "  nothing:", "pack_unknown_reference"),
        ("    within: 200", "    place: area", "pack_wrong_type"),
        ("    within: 200", "    place: nowhere", "pack_unknown_reference"),
        ("field: stage", "field: nowhere", "pack_unknown_reference"),
        ("    photos: {before: 1, after: 2}\n    documents: 1\n", "", "pack_missing_key"),
    ],
)
def test_what_does_not_exist_is_a_fault_of_its_own(pack: Path, before: str, after: str, code: str) -> None:
    write(pack, PHOTOS.replace(before, after))
    assert [fault.code for fault in faults(pack)] == [code]
