"""A notice's history: read, replayed, and grown by one line at a time."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from shishi.apps.audit.chain import digest, moment_text
from shishi.apps.supervision.models import FindingRow, Look, Notice, NoticeRecipient, NoticeStep
from shishi.core.errors import Misuse
from shishi.core.notices import NoticeAction, NoticeKind, Recipient, Standing, Taken, replay, take
from shishi.core.supervision import Finding, FindingKind


def taken_of(step: NoticeStep) -> Taken:
    """A stored line as the core reads it."""
    batch = str(step.batch_id) if step.batch_id else ""
    return Taken(NoticeAction(step.action), step.person, step.at, step.text, step.body, step.deadline, batch)


def standing_of(notice: Notice) -> Standing:
    """Where the notice stands: its recipients as they were drafted, and all that was done since."""
    recipients = [Recipient(item.body.code, item.division) for item in _by_body(notice)]
    return replay(NoticeKind(notice.kind), recipients, (taken_of(step) for step in notice.steps.all()))


def append(notice: Notice, standing: Standing, taken: Taken, provisional: bool = False) -> tuple[Standing, NoticeStep]:
    """Take the step in the core, then write its line and what follows from it. Call in a
    transaction that holds the notice."""
    last = notice.steps.order_by("-position").first()
    if last and taken.at < last.at:
        raise Misuse("time_before_last_step", f"办理时间早于上一步（{last.at:%Y-%m-%d %H:%M} UTC）。请核对本机时钟。")
    after = take(standing, taken)
    before = {item.body: item.deadline for item in standing.recipients}
    step = NoticeStep(
        notice=notice,
        position=last.position + 1 if last else 1,
        action=taken.action,
        person=taken.person,
        at=taken.at,
        text=taken.text,
        body=taken.body,
        old_deadline=before.get(taken.body) if taken.deadline else None,
        deadline=taken.deadline,
        batch_id=UUID(taken.batch) if taken.batch else None,
    )
    step.digest = digest_of_step(step, last.digest if last else "")
    step.save(force_insert=True)
    notice.state = after.state
    notice.save(update_fields=["state"])
    told = {item.body: item for item in after.recipients}
    for row in _by_body(notice):
        now = told[row.body.code]
        row.provisional = provisional if now.deadline != row.deadline else row.provisional
        row.state, row.deadline, row.first_deadline = now.state, now.deadline, now.first_deadline
        row.extension = now.extension
        row.save()
    return after, step


def digest_of_step(step: NoticeStep, previous: str) -> str:
    """SHA-256 over a line and the digest of the line before it; a batch is part of the line where there is one."""
    line: list[object] = [previous, step.notice_id, step.position, step.action, step.person, moment_text(step.at)]
    line += [step.text, step.body, moment_text(step.old_deadline), moment_text(step.deadline)]
    return digest([*line, str(step.batch_id)] if step.batch_id else line)


def digest_of_notice(notice: Notice, look: int) -> str:
    """SHA-256 over what a draft said when it rested on a look: itself as it was drafted (a rewording has a digest of
    its own), its recipients, what it was about."""
    grounds = sorted(notice.grounds.filter(finding__look=look).values_list("finding_id", flat=True))
    recipients = sorted((item.body.code, item.division) for item in _by_body(notice))
    first = notice.wordings.order_by("position").first()
    words = first.before if first else wording_of(notice)
    said: list[object] = [notice.programme, notice.kind, words["title"], notice.issuer, notice.issuer_division]
    said += [look, words["reply_within"], words["requirement"], notice.follows_id, grounds, recipients]
    return digest(said)


def wording_of(notice: Notice) -> dict[str, str | int]:
    """What a person may change of a draft."""
    return {"title": notice.title, "requirement": notice.requirement, "reply_within": notice.reply_within}


def digest_of_findings(findings: Iterable[Finding]) -> str:
    """SHA-256 over findings in their order."""
    return digest([[*item.key, item.name, item.message, item.clears, dict(item.facts)] for item in findings])


def finding_of(row: FindingRow, look: Look) -> Finding:
    """A stored finding as the core made it; its place in the look stands for its weight."""
    return Finding(
        kind=FindingKind(row.kind),
        programme=look.programme,
        indicator=row.indicator,
        division=row.division,
        as_of=look.as_of,
        message=row.message,
        clears=row.clears,
        facts=row.facts,
        table=row.table,
        name=row.name,
    )


def _by_body(notice: Notice) -> list[NoticeRecipient]:
    return list(notice.recipients.select_related("body").order_by("pk"))
