"""Evidence from the command line: the same services as the pages, the same answers."""

from __future__ import annotations

import zipfile

import pytest

from shishi.apps.assurance import likenesses
from shishi.apps.assurance.models import EvidenceRow
from shishi.apps.files.services import path_of
from tests.adapters.pictures import SVG, photo
from tests.apps.town import home
from tests.commands.conftest import Shell

AT = ("--at", "2021-09-30T20:00")
CLERK = ("--by", "clerk_xuanzhou", *AT)


@pytest.fixture(autouse=True)
def nothing_remembered() -> None:
    likenesses.forget()


def test_evidence_is_added_listed_packed_and_taken_back(shell: Shell) -> None:
    shell.town.hand_in(home("H-1"))
    good, bad = shell.folder / "东门.jpg", shell.folder / "网页.jpg"
    good.write_bytes(photo(1))
    bad.write_bytes(SVG)
    row = ("H-1", "--table", "homes")
    ended, told = shell.run("evidence", "add", *row, good, bad, "--side", "before", "--caption", "东门", *CLERK)
    assert ended == 1
    assert [item["code"] for item in told["issues"]] == ["picture_active"]
    (made,) = told["evidence"]
    assert (made["status"], made["level"]) == ("received", "C")
    again = shell.done("evidence", "add", *row, good, "--side", "before", *CLERK)["evidence"][0]
    assert (again["status"], again["id"]) == ("unchanged", made["id"])
    (whole,) = shell.done("evidence", "list", *row, *AT)["groups"]
    assert [piece["caption"] for piece in whole["evidence"]] == ["东门"]
    packed = shell.folder / "档案.zip"
    assert shell.done("evidence", "archive", *row, "-o", packed, *AT)["evidence"] == 1
    assert f"pictures/{made['id']}.jpg" in zipfile.ZipFile(packed).namelist()
    shell.done("evidence", "withdraw", made["id"], "--reason", "拍错了", *CLERK)
    piece = shell.done("evidence", "list", *row, *AT)["groups"][0]["evidence"][0]
    assert piece["withdrawn"] == "拍错了"


def test_a_row_out_of_reach_or_unknown_is_told_alike(shell: Shell) -> None:
    shell.town.hand_in(home("H-1"))
    stranger = ("--as", "clerk_guangde", *AT)
    assert shell.refused("evidence", "list", "H-1", "--table", "homes", *stranger) == "unknown_row"
    assert shell.refused("evidence", "list", "H-9", "--table", "homes", *stranger) == "unknown_row"
    assert shell.refused("evidence", "list", "H-1", *AT) == "row_malformed"


def test_verifying_reads_every_original_again(shell: Shell) -> None:
    shell.town.hand_in(home("H-1"))
    file = shell.folder / "东门.jpg"
    file.write_bytes(photo(1))
    shell.done("evidence", "add", "H-1", file, "--table", "homes", *CLERK)
    assert shell.done("evidence", "verify", *AT) == {"checked": 1, "broken": []}
    kept = path_of(EvidenceRow.objects.get().original)
    kept.write_bytes(kept.read_bytes()[:-1] + b"\x00")
    ended, told = shell.run("evidence", "verify", *AT)
    assert (ended, told["broken"][0]["code"]) == (1, "cannot_decrypt")
    assert shell.refused("evidence", "verify", "--as", "clerk_xuanzhou", *AT) == "out_of_reach"


def test_coverage_of_a_programme_that_asks_for_nothing_is_empty(shell: Shell) -> None:
    told = shell.done("evidence", "coverage", "homes", *AT)
    assert (told["asked"], told["divisions"]) == (0, [])
