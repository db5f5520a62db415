"""Findings one by one: a person drafts a notice about one, or says by name why it needs none."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from shishi.apps.accounts.models import Person
from shishi.apps.accounts.roles import Action
from shishi.apps.accounts.selectors import body_of, require, responsible
from shishi.apps.audit.chain import digest, moment_text
from shishi.apps.audit.services import one_at_a_time, record
from shishi.apps.programmes.selectors import programme_named
from shishi.apps.supervision.drafting import Plan, key_of, write_draft
from shishi.apps.supervision.findings_seen import SeenFinding, finding_seen
from shishi.apps.supervision.history import finding_of
from shishi.apps.supervision.models import Dismissal, FindingRow
from shishi.apps.supervision.selectors import NoticeView, notice_of, open_about, stood_for
from shishi.core.calendars import day_of
from shishi.core.divisions import normalise
from shishi.core.errors import Misuse
from shishi.core.ladder import rung_for
from shishi.core.notices import NoticeKind
from shishi.core.programmes import Part


@transaction.atomic
def draft_about(
    finding: int, *, by: Person, at: datetime, kind: NoticeKind | None = None, demonstration: bool = False
) -> NoticeView:
    """Draft a notice about one finding, of the rung that it has come to or of ``kind``. When an unfinished notice is
    about it already, that one is returned. ``Misuse`` (no_rung, no_lead, finding_dismissed)."""
    seen = finding_seen(by, finding, at=at)
    one_at_a_time()
    row = FindingRow.objects.select_related("look").get(pk=seen.id)
    _, programme = programme_named(row.look.programme)
    require(by, Action.DRAFT_NOTICE, normalise(programme.division), programme.name, day_of(at))
    item = finding_of(row, row.look)
    held = open_about(programme.name).get(key_of(item))
    if held:
        return notice_of(by, str(held.pk), at=at)
    if seen.dismissed:
        raise Misuse("finding_dismissed", f"这个问题已由{seen.dismissed.person}说明不需发单：{seen.dismissed.reason}")
    due = rung_for(programme.ladder, item.kind, stood_for(item))
    rung = next((one for one in programme.ladder if one.kind == (kind or (due.kind if due else ""))), None)
    rung = rung or next(iter(programme.ladder), None)
    if rung is None or NoticeKind(rung.kind) is NoticeKind.SUPERVISION_ORDER:
        raise Misuse("no_rung", "本项目的督办阶梯里没有这一级，或督办单只能由前一级升级而来。请在清单中设置阶梯。")
    bodies = responsible(programme.name, item.division, Part.LEAD, day_of(at))
    if not bodies:
        raise Misuse("no_lead", f"{item.name}没有本项目的牵头单位，无处可发。请先在清单中写明牵头单位。")
    plan = Plan(programme, item.division, rung, (item,), demonstration=demonstration or programme.demonstration)
    draft = write_draft(plan, row.look, [row], bodies, by, at)
    return notice_of(by, str(draft.pk), at=at)


@transaction.atomic
def dismiss(finding: int, reason: str, *, by: Person, at: datetime, until: date | None = None) -> SeenFinding:
    """Say why a finding needs no notice, up to and with ``until`` (default: its own day). Until then no draft is made
    about the same; said twice with the same words it changes nothing."""
    seen = finding_seen(by, finding, at=at)
    one_at_a_time()
    row = FindingRow.objects.select_related("look").get(pk=seen.id)
    _, programme = programme_named(row.look.programme)
    require(by, Action.DRAFT_NOTICE, normalise(programme.division), programme.name, day_of(at))
    if not reason.strip():
        raise Misuse("dismissal_reason_missing", "请写明不发单的理由，理由连同姓名留痕。")
    if until and until < row.look.as_of:
        raise Misuse("dismissal_until", f"截止日 {until} 早于问题所在的 {row.look.as_of}。")
    held = Dismissal.objects.filter(finding=row).first()
    if held:
        if (held.reason, held.person) == (reason.strip(), by.username):
            return finding_seen(by, finding, at=at)
        raise Misuse("dismissed_already", f"这个问题已由{held.person}处理：{held.reason}")
    held = Dismissal.objects.create(
        finding=row, until=until or row.look.as_of, reason=reason.strip(), person=by.username, at=at
    )
    record(
        at=at,
        person=by.username,
        body=body_of(by, day_of(at)),
        action="finding.dismiss",
        subject=f"dismissal:{held.pk}",
        digest=digest_of_dismissal(held),
        detail={"finding": row.pk, "until": held.until.isoformat(), "reason": held.reason},
    )
    return finding_seen(by, finding, at=at)


def digest_of_dismissal(row: Dismissal) -> str:
    """SHA-256 over one dismissal."""
    return digest([row.finding_id, row.until.isoformat(), row.reason, row.person, moment_text(row.at)])


def recomputed_dismissal_digest(subject: str) -> str | None:
    """For the audit: the digest of a dismissal from what is stored now."""
    row = Dismissal.objects.filter(pk=subject).first()
    return digest_of_dismissal(row) if row else None


def dismissal_identifiers() -> tuple[str, ...]:
    """For the audit: every dismissal must have its event."""
    return tuple(str(pk) for pk in Dismissal.objects.values_list("pk", flat=True))
