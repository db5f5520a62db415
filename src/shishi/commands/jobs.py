"""``jobs list | show | retry | drop``: what became of background work. ``work``: do what waits and send what is queued,
until stopped."""

from __future__ import annotations

import argparse
import os
import time
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from shishi.commands.context import Commands, Context, Outcome, command, prepare
from shishi.commands.pacing import time_left
from shishi.commands.usage import paged

if TYPE_CHECKING:
    from shishi.apps.jobs.models import Job

LOOK_EACH_SECONDS = 1.0
STATES = ("waiting", "running", "done", "refused", "failed", "dropped")


def configure(verb: str, parser: argparse.ArgumentParser) -> None:
    """Both verbs."""
    if verb == "work":
        prepare(parser, _work)
        parser.add_argument("--once", action="store_true", help="办完现在排着的就结束")
        parser.add_argument("--beside", type=int, metavar="进程号", help="这个进程一结束，也随之结束")
        return
    under = parser.add_subparsers(required=True, metavar="操作")
    listing = command(under, "list", "任务，新的在前", _list)
    listing.add_argument("--state", choices=STATES, default="")
    listing.add_argument("--own", action="store_true", help="只看自己发起或负责的")
    paged(listing)
    _one(under, "show", "看一件任务", _show, writes=False)
    _one(under, "retry", "再试一件失败的任务", _retry)
    dropping = _one(under, "drop", "放弃一件失败的任务，写明原因", _drop)
    dropping.add_argument("--reason", default="")


def _one(under: Commands, name: str, title: str, run: object, writes: bool = True) -> argparse.ArgumentParser:
    parser = command(under, name, title, run, writes=writes)  # type: ignore[arg-type]  # one of the functions below
    parser.add_argument("job")
    return parser


def _list(context: Context) -> Outcome:
    from shishi.apps.jobs.selectors import jobs_for

    given = context.arguments
    asked = {"state": given.state, "own": given.own, "offset": given.offset, "limit": given.limit}
    found = jobs_for(context.reader, **asked, at=context.at)
    return Outcome([_document(item) for item in found], [_line(item) for item in found] or ["没有任务。"])


def _document(job: Job) -> dict[str, object]:
    from dataclasses import asdict

    from shishi.apps.jobs.progress import reached

    progress = reached(job.pk) if job.state == "running" else None
    return {
        "job": str(job.pk),
        "kind": job.kind,
        "title": job.title,
        "programme": job.programme,
        "person": job.person,
        "owner": job.owner,
        "state": job.state,
        "tries": job.tries,
        "asked_at": job.asked_at.isoformat(),
        "started_at": job.started_at.isoformat() if job.started_at else None,
        "ended_at": job.ended_at.isoformat() if job.ended_at else None,
        "progress": asdict(progress) if progress else None,
        "failure": job.failure,
        "technical": job.technical,
        "reason": job.reason,
    }


def _line(job: Job) -> str:
    from shishi.apps.jobs.progress import reached

    progress = reached(job.pk) if job.state == "running" else None
    far = f"　{progress.stage} {progress.done:,}/{progress.of:,}　{progress.per_second:,}/秒" if progress else ""
    left = f"　还要 {time_left(progress.seconds_left)}" if progress and progress.seconds_left else ""
    failed = f"　试了 {job.tries} 次：{job.failure}" if job.failure else ""
    return f"{job.pk}　{job.label}　{job.title}　{job.person}{far}{left}{failed}"


def _show(context: Context) -> Outcome:
    from shishi.apps.jobs.selectors import job_of

    found = job_of(context.reader, context.arguments.job, context.at)
    own = found.person == context.reader.username
    return Outcome({**_document(found), "outcome": found.outcome if own else None}, [_line(found)])


def _retry(context: Context) -> Outcome:
    from shishi.apps.jobs.selectors import job_of
    from shishi.apps.jobs.services import retry

    found = job_of(context.by, context.arguments.job, context.at)
    found = retry(found, by=context.by, at=context.at)
    return Outcome(_document(found), [_line(found)])


def _drop(context: Context) -> Outcome:
    from shishi.apps.jobs.selectors import job_of
    from shishi.apps.jobs.services import drop

    given = context.arguments
    found = drop(job_of(context.by, given.job, context.at), reason=given.reason, by=context.by, at=context.at)
    return Outcome(_document(found), [_line(found)])


def _work(context: Context) -> Outcome:
    """Work off the queue. The queue is only locked when something is in it: an idle worker never stands in a writer's
    way. A stop lets the job at hand come to its end; a second stop ends it, and another worker will pick it up."""
    from django_tasks_db.management.commands.db_worker import Worker
    from django_tasks_db.models import DBTaskResult

    given = context.arguments
    worker = Worker(
        queue_names=["*"],
        interval=0,
        batch=True,
        backend_name="default",
        startup_delay=False,
        max_tasks=None,
        worker_id=f"{os.uname().nodename}-{os.getpid()}"[:64],
        excluded_queue_names=[],
    )
    worker.configure_signals()
    while worker.running:
        _look_around()
        if DBTaskResult.objects.ready().exists():
            worker.run()
            DBTaskResult.objects.finished().delete()
        if given.once or (given.beside and os.getppid() != given.beside):
            break
        if worker.running:
            time.sleep(LOOK_EACH_SECONDS)
    return Outcome({"status": "stopped"})


def _look_around() -> None:
    """Everything that is due by itself. Where somebody writes for long, what is queued leaves at the next look."""
    from django.db import OperationalError

    from shishi.apps.assurance.uploads import tidy_uploads
    from shishi.apps.cases.ticking import tick_when_due
    from shishi.apps.exchange.worker import exchange_what_waits
    from shishi.apps.jobs.running import pick_up
    from shishi.apps.jobs.services import hand_over
    from shishi.apps.machines.calling import call_what_waits
    from shishi.apps.messages.services import send_what_waits
    from shishi.apps.referrals.worker import refer_what_waits

    pick_up(datetime.now(UTC))
    hand_over(datetime.now(UTC))
    with suppress(OperationalError):
        for look in (
            send_what_waits,
            exchange_what_waits,
            tidy_uploads,
            tick_when_due,
            call_what_waits,
            refer_what_waits,
        ):
            look(datetime.now(UTC))
