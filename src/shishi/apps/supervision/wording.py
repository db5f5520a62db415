"""The words of a drafted notice: what a person changes before it is approved, kept with what stood there before."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from shishi.apps.accounts.models import Person
from shishi.apps.accounts.roles import Action
from shishi.apps.accounts.selectors import body_of, require
from shishi.apps.audit.chain import digest, moment_text
from shishi.apps.audit.services import one_at_a_time, record
from shishi.apps.supervision.history import wording_of
from shishi.apps.supervision.models import Notice, NoticeWording
from shishi.apps.supervision.selectors import NoticeView, notice_of
from shishi.core.calendars import day_of
from shishi.core.errors import Misuse
from shishi.core.notices import NoticeState


@transaction.atomic
def reword(notice: str, *, title: str, requirement: str, reply_within: int, by: Person, at: datetime) -> NoticeView:
    """Change a draft's title, requirement and days to reply. Its findings and figures stay what the stocktake saw. The
    same words again write nothing."""
    one_at_a_time()
    held = Notice.objects.select_for_update().get(pk=notice_of(by, notice, at=at).id)
    require(by, Action.DRAFT_NOTICE, held.issuer_division, held.programme, day_of(at))
    title, requirement = title.strip(), requirement.strip()
    if held.state != NoticeState.DRAFT:
        label = NoticeState(held.state).label
        raise Misuse("notice_not_draft", f"这份文件现为“{label}”，文字不能再改。已签发的请撤回后重拟。")
    if not title or len(title) > 200:
        raise Misuse("notice_title", "标题不能空着，也不能超过200字。")
    if not 1 <= reply_within <= 250:
        raise Misuse("notice_reply_within", "反馈时限为1至250个工作日。")
    before = wording_of(held)
    if before == {"title": title, "requirement": requirement, "reply_within": reply_within}:
        return notice_of(by, str(held.pk), at=at)
    held.title, held.requirement, held.reply_within = title, requirement, reply_within
    held.save(update_fields=["title", "requirement", "reply_within"])
    row = NoticeWording.objects.create(
        notice=held,
        position=held.wordings.count() + 1,
        title=title,
        requirement=requirement,
        reply_within=reply_within,
        before=before,
        person=by.username,
        at=at,
    )
    record(
        at=at,
        person=by.username,
        body=body_of(by, day_of(at)),
        action="notice.reword",
        subject=f"notice.wording:{held.pk}/{row.position}",
        digest=digest_of_wording(row),
        detail={"title": title, "reply_within": reply_within},
    )
    return notice_of(by, str(held.pk), at=at)


def digest_of_wording(row: NoticeWording) -> str:
    """SHA-256 over one rewording."""
    said: list[object] = [row.notice_id, row.position, row.title, row.requirement, row.reply_within]
    return digest([*said, dict(row.before), row.person, moment_text(row.at)])


def recomputed_wording_digest(subject: str) -> str | None:
    """For the audit: the digest of a rewording (``notice/position``) from what is stored now."""
    notice, _, position = subject.partition("/")
    row = NoticeWording.objects.filter(notice__pk=notice, position=position).first()
    return digest_of_wording(row) if row else None


def wording_identifiers() -> tuple[str, ...]:
    """For the audit: every rewording must have its event."""
    return tuple(f"{notice}/{at}" for notice, at in NoticeWording.objects.values_list("notice_id", "position"))
