"""Drafts: which findings become which notice, to whom, and what stands in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from shishi.apps.accounts.models import Body, Person
from shishi.apps.accounts.selectors import body_coded, body_of, responsible
from shishi.apps.audit.services import record
from shishi.apps.supervision.findings_seen import dismissed_keys
from shishi.apps.supervision.history import digest_of_notice
from shishi.apps.supervision.models import FindingRow, Look, Notice, NoticeGround, NoticeRecipient
from shishi.apps.supervision.selectors import FindingKey, drafted_on, open_about, stood_for
from shishi.core.calendars import day_of
from shishi.core.divisions import normalise
from shishi.core.ladder import rung_for
from shishi.core.notices import NoticeKind, NoticeState
from shishi.core.programmes import Part, Programme, Rung
from shishi.core.supervision import Finding, FindingKind

SERIES = {NoticeKind.REMINDER: "提醒", NoticeKind.PROMPT_NOTICE: "提示", NoticeKind.SUPERVISION_ORDER: "督办"}
"""Series where the pack names none: inner working papers, no 发文字号 of the office."""

ENDINGS = {NoticeKind.REMINDER: "提醒", NoticeKind.PROMPT_NOTICE: "提示单", NoticeKind.SUPERVISION_ORDER: "督办单"}


@dataclass(frozen=True, slots=True)
class Plan:
    """A notice to be drafted: one division, one rung, its findings, the lighter notice that it follows."""

    programme: Programme
    division: str
    rung: Rung
    findings: tuple[Finding, ...]
    follows: Notice | None = None
    demonstration: bool = False

    @property
    def kind(self) -> NoticeKind:
        """The rung's kind."""
        return NoticeKind(self.rung.kind)


def plans(programme: Programme, as_of: date, findings: Iterable[Finding]) -> tuple[Plan, ...]:
    """One notice per division and rung for what no unfinished notice of that rung or a higher one is about, and no
    notice was drafted about on this very day's looks, and that nobody dismissed."""
    known, drafted = open_about(programme.name), drafted_on(programme.name, as_of)
    drafted |= dismissed_keys(programme.name, as_of)
    root = normalise(programme.division)
    grouped: dict[tuple[str, NoticeKind], list[Finding]] = {}
    rungs: dict[NoticeKind, Rung] = {}
    for finding in findings:
        rung = rung_for(programme.ladder, finding.kind, stood_for(finding))
        if rung is None or finding.division == root or key_of(finding) in drafted:
            continue
        kind = NoticeKind(rung.kind)
        held = known.get(key_of(finding)) or _about_its_table(finding, known)
        if held is None or rank(NoticeKind(held.kind)) < rank(kind):
            rungs[kind] = rung
            grouped.setdefault((finding.division, kind), []).append(finding)
    return tuple(
        Plan(programme, division, rungs[kind], tuple(items), _followed(items, known))
        for (division, kind), items in sorted(grouped.items())
    )


def stale_drafts(programme: str, as_of: date, findings: Iterable[Finding]) -> dict[Notice, list[Finding]]:
    """Drafts that nobody approved yet and that rest on an earlier day, with what this day says of the same."""
    known = open_about(programme)
    found: dict[Notice, list[Finding]] = {}
    for finding in findings:
        held = known.get(key_of(finding))
        if held and held.state == NoticeState.DRAFT and held.look.as_of < as_of:
            found.setdefault(held, []).append(finding)
    return found


def refresh_draft(notice: Notice, look: Look, rows: Sequence[FindingRow], by: Person, at: datetime) -> None:
    """Let a draft rest on a newer look, so that what is issued says what is known. Call in a transaction."""
    notice.look = look
    notice.save(update_fields=["look"])
    NoticeGround.objects.bulk_create(NoticeGround(notice=notice, finding=row) for row in rows)
    _record(notice, "notice.refresh", {"as_of": look.as_of.isoformat()}, by, at)


def write_draft(
    plan: Plan, look: Look, rows: Sequence[FindingRow], bodies: Sequence[Body], by: Person, at: datetime
) -> Notice:
    """Write the draft with its grounds, recipients and audit event. Call in a transaction."""
    programme = plan.programme
    root = normalise(programme.division)
    notice = Notice.objects.create(
        programme=programme.name,
        kind=plan.kind,
        title=f"关于{programme.title}工作的{ENDINGS[plan.kind]}",
        series=plan.rung.series or SERIES[plan.kind],
        issuer=issuer_of(programme, root, by, at),
        issuer_division=root,
        look=look,
        reply_within=plan.rung.reply_within,
        requirement=plan.rung.requirement,
        follows=plan.follows,
        demonstration=plan.demonstration,
        drafted_by=by.username,
        drafted_at=at,
    )
    NoticeGround.objects.bulk_create(NoticeGround(notice=notice, finding=row) for row in rows)
    NoticeRecipient.objects.bulk_create(
        NoticeRecipient(notice=notice, body=body, division=plan.division) for body in bodies
    )
    told = {"programme": programme.name, "kind": plan.kind.value, "division": plan.division}
    _record(notice, "notice.draft", told, by, at)
    return notice


def key_of(finding: Finding) -> FindingKey:
    """The finding's key within its programme."""
    return (finding.kind.value, finding.table, finding.indicator, finding.division)


def rank(kind: NoticeKind) -> int:
    """The rung's height."""
    return list(NoticeKind).index(kind)


def _about_its_table(finding: Finding, known: dict[FindingKey, Notice]) -> Notice | None:
    """For silence the notice that says of the same table that the division is behind: it asks for the report too."""
    if finding.kind is not FindingKind.SILENT:
        return None
    same = [held for key, held in known.items() if (key[1], key[3]) == (finding.table, finding.division)]
    heavy = [held for held in same if NoticeKind(held.kind) is not NoticeKind.REMINDER]
    return heavy[0] if heavy else None


def _followed(findings: Iterable[Finding], known: dict[FindingKey, Notice]) -> Notice | None:
    return next((known[key_of(item)] for item in findings if key_of(item) in known), None)


def issuer_of(programme: Programme, root: str, by: Person, at: datetime) -> str:
    """Who speaks: the body that supervises the programme, else the one that leads it, else the drafter's own."""
    on = day_of(at)
    for part in (Part.SUPERVISING, Part.LEAD):
        found = responsible(programme.name, root, part, on)
        if found:
            return found[0].title
    own = body_of(by, on)
    return body_coded(own).title if own else by.name


def _record(notice: Notice, action: str, detail: Mapping[str, object], by: Person, at: datetime) -> None:
    record(
        at=at,
        person=by.username,
        body=body_of(by, day_of(at)),
        action=action,
        subject=f"notice:{notice.pk}/{notice.look_id}",
        digest=digest_of_notice(notice, notice.look_id),
        detail=detail,
    )
