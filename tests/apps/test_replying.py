"""A reply and the workbook that it came with are written together or not at all."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shishi.apps.audit import selectors as audit
from shishi.apps.jobs.services import start
from shishi.apps.ledger.hand_in_jobs import Sent, keep_upload
from shishi.apps.ledger.intake import HandIn
from shishi.apps.ledger.models import Batch, RevisionRow
from shishi.apps.programmes.selectors import table_named
from shishi.apps.supervision import services
from shishi.apps.supervision.models import NoticeStep
from shishi.apps.supervision.replying import KIND, Reply, reply_with_workbook
from shishi.apps.supervision.selectors import NoticeView, notice_of, notices_for
from shishi.apps.supervision.stocktake import run_day
from shishi.core.errors import Misuse
from shishi.core.ledger import Mode
from shishi.core.notices import NoticeState
from tests.apps.town import DAY, ESTATES, GUANGDE, HOMES, Town, home
from tests.tampering import unlocked


@pytest.fixture
def notice(office: Town) -> NoticeView:
    """A notice to 广德市's task force, issued and acknowledged."""
    run_day("homes", DAY, demonstration=True, by=office.operator, at=office.tick())
    to = next(item for item in notices_for(office.operator, at=office.now) if item.recipients[0].body == "guangde")
    services.issue(str(to.id), by=office.leader, at=office.tick())
    return services.acknowledge(str(to.id), by=office.clerk("guangde"), at=office.tick())


def hand_in(town: Town, *rows: dict[str, object]) -> HandIn:
    programme, table = table_named("homes")
    path = town.workbook(rows, HOMES)  # type: ignore[arg-type]  # cells as a clerk writes them
    return HandIn(programme, table, path, DAY, Mode.MERGE, GUANGDE)


def state(town: Town, notice: NoticeView) -> NoticeState:
    return notice_of(town.operator, str(notice.id), at=town.now + timedelta(days=1)).state


def test_the_reply_names_its_batch_and_the_trail_answers_for_it(office: Town, notice: NoticeView) -> None:
    by = office.clerk("guangde")
    said = Reply(str(notice.id))
    done = reply_with_workbook(said, hand_in(office, home("G1", county=GUANGDE)), by=by, at=office.tick())
    step = NoticeStep.objects.get(notice=notice.id, action="reply")
    assert (str(step.batch_id), step.text) == (done.batch, "")
    assert audit.verify().broken is None
    unlocked()
    NoticeStep.objects.filter(pk=step.pk).update(batch=None)
    assert audit.verify().broken is not None


def test_a_reply_that_is_refused_takes_its_workbook_with_it(
    office: Town, notice: NoticeView, monkeypatch: pytest.MonkeyPatch
) -> None:
    def late(*_: object, **__: object) -> NoticeView:
        raise Misuse("notice_step_not_allowed", "来晚了。")

    monkeypatch.setattr("shishi.apps.supervision.replying.reply", late)
    asked = hand_in(office, home("G1", county=GUANGDE))
    with pytest.raises(Misuse):
        reply_with_workbook(Reply(str(notice.id)), asked, by=office.clerk("guangde"), at=office.tick())
    assert not Batch.objects.exists()
    assert not RevisionRow.objects.exists()


def test_the_job_done_twice_replies_once(office: Town, notice: NoticeView) -> None:
    path = office.workbook([home("G1", county=GUANGDE)], HOMES)
    by = office.clerk("guangde")
    sha256 = keep_upload(path.read_bytes(), path.name, HOMES.name, by=by, at=office.tick())
    said = Reply(str(notice.id), "guangde", "已补报。")
    sent = Sent(HOMES.name, DAY, Mode.MERGE, GUANGDE, sha256, path.name, errand=said.document())
    for _ in range(2):
        job = start(KIND, "反馈", sent.document(), by=by, at=office.tick())
        assert job.state == "done", job.outcome
    assert NoticeStep.objects.filter(notice=notice.id, action="reply").count() == 1
    assert Batch.objects.count() == 1


def test_only_the_one_who_answers_and_only_with_that_programmes_tables(office: Town, notice: NoticeView) -> None:
    asked = hand_in(office, home("G1", county=GUANGDE))
    for by in (office.leader, office.clerk("xuanzhou")):
        with pytest.raises(Misuse):
            reply_with_workbook(Reply(str(notice.id)), asked, by=by, at=office.tick())
    assert state(office, notice) is NoticeState.ACKNOWLEDGED
    batch = office.receive(office.workbook([home("X1")], HOMES), by=office.clerk("xuanzhou")).batch
    with pytest.raises(Misuse) as unseen:
        services.reply(str(notice.id), "", batch=batch, by=office.clerk("guangde"), at=office.tick())
    assert unseen.value.code == "unknown_batch"


def test_an_unchanged_workbook_answers_with_the_batch_that_it_repeats(office: Town, notice: NoticeView) -> None:
    by = office.clerk("guangde")
    first = hand_in(office, home("G1", county=GUANGDE))
    held = office.receive(first.path, division=GUANGDE, by=by).batch
    done = reply_with_workbook(Reply(str(notice.id), text="无变化"), first, by=by, at=office.tick())
    assert (done.status, done.batch) == ("unchanged", held)
    assert state(office, notice) is NoticeState.REPLIED


def test_a_table_of_a_second_person_is_answered_with_its_approved_batch(
    office: Town, notice: NoticeView, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dataclasses import replace

    from shishi.apps.supervision.replying import require_possible

    by = office.clerk("guangde")
    with pytest.raises(Misuse) as waits:
        require_possible(Reply(str(notice.id)), replace(ESTATES, approval=True), by=by, at=office.tick())
    assert waits.value.code == "approval_required"
