"""Workbooks as jobs: looked at, explained, written or proposed; kept in parts that pages open one by one."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from shishi.apps.files.services import content_of, path_of
from shishi.apps.jobs.models import Job
from shishi.apps.jobs.services import start
from shishi.apps.ledger import hand_in_jobs
from shishi.apps.ledger.hand_in_jobs import Sent, admit, document_kept, keep_upload, page_of
from shishi.apps.ledger.models import Batch, Proposal, RevisionRow
from shishi.apps.ledger.proposals import approve
from shishi.core.errors import Refused
from shishi.core.ledger import Mode
from tests.apps.town import DAY, HOMES, Town, everything, home


def sent(town: Town, *rows: dict[str, object], name: str = "报送.xlsx") -> Sent:
    """A real workbook as a page takes it."""
    path = town.workbook(rows, HOMES, name)  # type: ignore[arg-type]  # cells as a clerk writes them
    sha256 = keep_upload(path.read_bytes(), name, HOMES.name, by=town.clerk(), at=town.tick())
    return Sent(HOMES.name, DAY, Mode.MERGE, "341802", sha256, name)


def asked(town: Town, kind: str, what: Sent) -> Job:
    return start(kind, "报送", what.document(), by=town.clerk(), at=town.tick())


def test_a_look_writes_nothing_and_tells_every_cell(office: Town) -> None:
    what = sent(office, home("X1", "issued", owner="张三"), home("X2"))
    before = everything()
    job = asked(office, "ledger.check", what)
    after = everything()
    assert job.state == "done", job.outcome
    assert {key for key in after if after[key] != before[key]} == {
        "jobs.Job", "audit.AuditEvent", "files.StoredFile",
    }  # fmt: skip
    assert (job.outcome["rows"], job.outcome["posted"], job.outcome["batch"]) == (2, 2, "")
    rows = page_of(job.outcome["changes"], 0, 50)
    assert [row["key"] for row in rows] == ["X1", "X2"]
    first = rows[1]["cells"][0]  # type: ignore[index]  # JSON of our own
    assert (first["title"], first["new"]) == ("房屋编号", "X2")
    understood = document_kept(job.outcome["understood"])
    assert understood["sheets"][0]["rows"] == 2  # type: ignore[index]  # JSON of our own


def test_nothing_that_a_job_keeps_lies_open(office: Town) -> None:
    job = asked(office, "ledger.check", sent(office, home("X1", owner="欧阳某某")))
    kept = path_of(job.outcome["changes"][0])
    assert "房屋编号".encode() not in kept.read_bytes()
    assert "欧" in content_of(job.outcome["changes"][0]).decode()  # a name is masked, not hidden
    assert "欧阳某某" not in content_of(job.outcome["changes"][0]).decode()


def test_faults_come_with_their_cell_and_a_marked_workbook(office: Town) -> None:
    job = asked(office, "ledger.check", sent(office, home("X1"), {"number": "X2", "county": "341802"}))
    assert (job.state, job.outcome["code"]) == ("refused", "workbook_refused")
    (fault,) = page_of(job.outcome["faults"], 0, 50)
    assert (fault["code"], fault["field"]) == ("required", "stage")
    assert content_of(job.outcome["marked"])[:2] == b"PK"
    assert Batch.objects.count() == 0


def test_what_was_looked_at_is_written_once(office: Town) -> None:
    what = sent(office, home("X1"), home("X2"))
    done = [asked(office, "ledger.receive", what) for _ in range(2)]
    assert [job.outcome["status"] for job in done] == ["accepted", "unchanged"]
    assert done[0].outcome["batch"] == done[1].outcome["batch"]
    assert RevisionRow.objects.count() == 2


def test_a_query_is_explained_on_the_page_and_the_words_stay_with_the_row(office: Town) -> None:
    what = sent(office, home("X1", area="800"))
    looked = asked(office, "ledger.check", what)
    (fault,) = page_of(looked.outcome["faults"], 0, 50)
    assert fault["code"] == "query_unexplained"
    place = f"{fault['sheet']}!{fault['row']}"
    explained = replace(what, explained={place: "两套打通，已到现场核实"})
    assert asked(office, "ledger.check", explained).state == "done"
    assert asked(office, "ledger.receive", explained).state == "done"
    assert RevisionRow.objects.get().explanation == "两套打通，已到现场核实"


def test_a_proposal_keeps_the_explanation_until_it_is_approved(office: Town) -> None:
    what = sent(office, home("X1", area="800"))
    (fault,) = page_of(asked(office, "ledger.check", what).outcome["faults"], 0, 1)
    job = asked(office, "ledger.propose", replace(what, explained={f"{fault['sheet']}!{fault['row']}": "属实"}))
    proposal = Proposal.objects.get(pk=job.outcome["proposal"])
    approve(proposal, by=office.reviewer, at=office.tick())
    assert RevisionRow.objects.get().explanation == "属实"


def test_long_changes_are_kept_in_parts(office: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hand_in_jobs, "PART", 2)
    job = asked(office, "ledger.check", sent(office, *(home(f"X{number}") for number in range(5))))
    assert len(job.outcome["changes"]) == 3
    opened: list[str] = []

    def counted(sha256: str) -> bytes:
        opened.append(sha256)
        return content_of(sha256)

    monkeypatch.setattr(hand_in_jobs, "content_of", counted)
    assert [row["key"] for row in page_of(job.outcome["changes"], 3, 2)] == ["X3", "X4"]
    assert opened == job.outcome["changes"][1:]


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("照片.jpg", b"\xff\xd8\xff", "upload_kind"),
        ("台账.xlsx", b"<html>", "upload_kind"),
        ("台账.csv", b"PK\x03\x04", "upload_kind"),
        ("台账.xlsx", b"", "upload_empty"),
    ],
)
def test_what_is_no_workbook_is_turned_away(name: str, content: bytes, code: str) -> None:
    with pytest.raises(Refused) as refused:
        admit(name, content)
    assert refused.value.code == code
    assert refused.value.message.endswith("。")


def test_the_document_of_a_job_can_be_read_back(tmp_path: Path) -> None:
    what = Sent(HOMES.name, DAY, Mode.REPLACE, "3418", "a" * 64, "x.xlsx", True, {"楼盘": "estate"}, {"表!3": "属实"})
    assert hand_in_jobs.sent_of(json.loads(json.dumps(what.document()))) == what
