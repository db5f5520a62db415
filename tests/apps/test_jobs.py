"""Jobs: tried three times, then somebody's to look after; never two processes at one."""

from __future__ import annotations

import errno

import pytest
from django.conf import LazySettings
from django.db import IntegrityError, OperationalError

from shishi.apps.accounts.roles import Role
from shishi.apps.audit import capacity
from shishi.apps.audit.models import AuditEvent
from shishi.apps.jobs import kinds
from shishi.apps.jobs.kinds import Ending, Errand, register_kind
from shishi.apps.jobs.models import Job
from shishi.apps.jobs.progress import Reached, hold, reached, teller
from shishi.apps.jobs.running import pick_up
from shishi.apps.jobs.selectors import failed_jobs, job_of, jobs_for
from shishi.apps.jobs.services import drop, hand_over, retry, start
from shishi.apps.jobs.troubles import INTERRUPTED, trouble_of
from shishi.core.errors import Issue, Misuse, Refused
from tests.apps.town import Town


class Trouble:
    """A kind of job that breaks as often as it is told to."""

    def __init__(self, times: int) -> None:
        self.times, self.done = times, 0

    def __call__(self, errand: Errand) -> Ending:
        self.done += 1
        errand.told("读取（行）", 1, 2)
        if self.done <= self.times:
            raise OSError("磁盘写满")
        return Ending({"by": errand.by.username, "asked": dict(errand.asked)})


@pytest.fixture(autouse=True)
def _own_kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kinds, "_kinds", {})


def asked(town: Town, work: kinds.Work, key: str = "", by: str = "") -> Job:
    register_kind("test", work)
    person = town.person(by, "office", Role.CLERK, "3418") if by else town.clerk()
    return start("test", "试一试", {"a": "1"}, key=key, by=person, at=town.tick())


def test_a_job_is_done_for_its_person_and_leaves_its_document(town: Town) -> None:
    job = asked(town, Trouble(0))
    assert (job.state, job.tries) == ("done", 1)
    assert job.outcome == {"by": "clerk_xuanzhou", "asked": {"a": "1"}}
    assert reached(job.pk) is None
    events = AuditEvent.objects.filter(subject=f"job:{job.pk}").values_list("action", flat=True)
    assert list(events) == ["job.asked", "job.ended"]


def test_what_somebody_may_by_delegation_is_not_carried_into_a_job_nor_out_of_it(town: Town) -> None:
    capacity.forget()

    def work(errand: Errand) -> Ending:
        told = capacity.delegations_of("clerk_xuanzhou")
        capacity.note("clerk_xuanzhou", "approve_rows", "8:leader")
        return Ending({"told": list(told)})

    capacity.note("clerk_xuanzhou", "hand_in", "7:leader")
    job = asked(town, work)
    assert job.outcome == {"told": []}
    assert capacity.delegations_of("clerk_xuanzhou") == ["7:leader"]
    capacity.forget()


def test_the_same_key_is_the_same_job(town: Town) -> None:
    work = Trouble(0)
    first = asked(town, work, key="form-1")
    again = start("test", "试一试", {"a": "2"}, key="form-1", by=town.clerk(), at=town.tick())
    assert (again.pk, again.asked, work.done) == (first.pk, {"a": "1"}, 1)


def test_what_broke_twice_and_then_not_is_done(town: Town) -> None:
    job = asked(town, Trouble(2))
    assert (job.state, job.tries, job.failure) == ("done", 3, "")


def test_what_broke_three_times_waits_for_its_owner(town: Town) -> None:
    job = asked(town, Trouble(3))
    assert (job.state, job.tries, job.owner) == ("failed", 3, "clerk_xuanzhou")
    assert "再试一次" in job.failure
    assert "磁盘写满" not in job.failure
    assert job.technical == "OSError: 磁盘写满"
    assert failed_jobs(town.clerk(), town.now) == (job,)
    with pytest.raises(Misuse, match="负责"):
        retry(job, by=town.clerk("langxi"), at=town.tick())
    tried = retry(job, by=town.clerk(), at=town.tick())
    assert (tried.state, tried.tries) == ("done", 1)
    with pytest.raises(Misuse, match="不能重试"):
        retry(tried, by=town.clerk(), at=town.tick())


@pytest.mark.parametrize(
    ("fault", "way_out"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "清出地方"),
        (PermissionError(13, "denied"), "归谁所有"),
        (OperationalError("database is locked"), "稍后再试"),
        (IntegrityError("NOT NULL"), "查明后再试"),
        (MemoryError(), "拆小"),
        (ConnectionRefusedError(), "检查网络"),
        (KeyError("stage"), "技术信息交给系统管理员"),
    ],
)
def test_each_fault_is_told_in_words_with_a_way_out_and_the_program_s_own_beside(
    fault: Exception, way_out: str
) -> None:
    found = trouble_of(fault)
    assert way_out in found.told
    assert "没有写下一半" in found.told
    assert type(fault).__name__ not in found.told
    assert found.technical.startswith(type(fault).__name__)


def test_a_refusal_is_an_answer_and_is_not_tried_again(town: Town) -> None:
    calls: list[str] = []

    def work(errand: Errand) -> Ending:
        calls.append(errand.by.username)
        raise Refused("workbook_refused", "有 1 处问题。", [Issue("required", "必填", "台账", 3, "C")])

    job = asked(town, work)
    assert (job.state, len(calls)) == ("refused", 1)
    assert job.outcome["code"] == "workbook_refused"
    assert job.outcome["issues"][0]["row"] == 3


def test_who_was_there_before_us_is_no_fault_of_the_data(town: Town) -> None:
    def work(errand: Errand) -> Ending:
        raise Refused("import_busy", "另一个人正在报送。")

    assert asked(town, work).state == "failed"


def test_a_failed_job_is_let_go_with_a_reason_only(town: Town) -> None:
    job = asked(town, Trouble(9))
    with pytest.raises(Misuse, match="原因"):
        drop(job, reason=" ", by=town.clerk(), at=town.tick())
    gone = drop(job, reason="改用新表", by=town.clerk(), at=town.tick())
    again = drop(job, reason="又一次", by=town.clerk(), at=town.tick())
    assert (gone.state, gone.reason, again.reason) == ("dropped", "改用新表", "改用新表")
    assert AuditEvent.objects.filter(subject=f"job:{job.pk}", action="job.dropped").count() == 1


def test_a_job_whose_process_is_gone_is_taken_up_again(town: Town) -> None:
    work = Trouble(0)
    job = asked(town, work)
    Job.objects.update(state="running", tries=1, ended_at=None)
    with hold(job.pk) as mine:
        assert mine
        assert pick_up(town.tick()) == 0  # somebody is at it
    assert pick_up(town.tick()) == 1
    job.refresh_from_db()
    assert (job.state, job.tries, work.done) == ("done", 2, 2)
    Job.objects.update(state="running", tries=3)
    assert pick_up(town.tick()) == 1
    job.refresh_from_db()
    assert (job.state, job.failure) == ("failed", INTERRUPTED)


def test_the_failed_job_of_somebody_who_left_goes_to_who_runs_the_system(town: Town) -> None:
    job = asked(town, Trouble(9), by="guest")
    clerk = job_of(town.operator, str(job.pk), town.now)
    assert clerk.owner == "guest"
    type(town.operator).objects.filter(username="guest").update(is_active=False)
    assert hand_over(town.tick()) == 1
    job.refresh_from_db()
    assert job.owner == "operator"
    assert hand_over(town.tick()) == 0


def test_everybody_sees_their_own_jobs_and_who_runs_the_system_sees_all(town: Town) -> None:
    job = asked(town, Trouble(0))
    assert jobs_for(town.clerk(), at=town.now) == (job,)
    assert jobs_for(town.clerk("langxi"), at=town.now) == ()
    assert jobs_for(town.operator, at=town.now) == (job,)
    assert jobs_for(town.operator, own=True, at=town.now) == ()
    with pytest.raises(Misuse, match="没有任务"):
        job_of(town.clerk("langxi"), str(job.pk), town.now)
    with pytest.raises(Misuse, match="没有任务"):
        job_of(town.operator, "not-an-id", town.now)


def test_progress_tells_pace_and_what_is_left(town: Town) -> None:
    job = asked(town, Trouble(0))
    moments = iter([0.0, 0.0, 10.0])
    told = teller(job.pk, lambda: next(moments))
    told("写入（行）", 0, 100)
    assert reached(job.pk) == Reached("写入（行）", 0, 100)
    told("写入（行）", 40, 100)
    assert reached(job.pk) == Reached("写入（行）", 40, 100, 4, 15)


def test_in_the_queue_a_job_waits_for_a_worker(town: Town, settings: LazySettings) -> None:
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
    from django_tasks_db.models import DBTaskResult

    work = Trouble(0)
    job = asked(town, work)
    assert (job.state, work.done) == ("waiting", 0)
    assert DBTaskResult.objects.get().args_kwargs["args"] == [str(job.pk), ""]
