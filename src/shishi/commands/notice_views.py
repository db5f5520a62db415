"""Notices, findings and deliveries as the command line shows them: documents for programs, lines for people."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shishi.apps.messages.selectors import DeliveryView
    from shishi.apps.supervision.selectors import NoticeView, RecipientView
    from shishi.core.notices import Taken
    from shishi.core.supervision import Finding


def notice_document(view: NoticeView) -> dict[str, object]:
    """A notice as ``--json`` prints it."""
    from shishi.core.divisions import official

    return {
        "id": view.id,
        "number": view.number or None,
        "kind": view.kind.value,
        "state": view.state.value,
        "overdue": view.overdue,
        "programme": view.programme,
        "title": view.title,
        "issuer": view.issuer,
        "issuer_division": official(view.issuer_division),
        "as_of": view.as_of.isoformat(),
        "known_at": view.known_at.isoformat(),
        "reply_within": view.reply_within,
        "requirement": view.requirement,
        "recipients": [_recipient(item) for item in view.recipients],
        "findings": [finding_document(item) for item in view.grounds],
        "actions": [item.value for item in view.actions],
        "follows": view.follows,
        "demonstration": view.demonstration,
        "drafted_by": view.drafted_by,
        "drafted_at": view.drafted_at.isoformat(),
    }


def finding_document(finding: Finding) -> dict[str, object]:
    """A finding as ``--json`` prints it."""
    from shishi.core.divisions import official

    return {
        "kind": finding.kind.value,
        "programme": finding.programme,
        "table": finding.table or None,
        "indicator": finding.indicator or None,
        "division": official(finding.division),
        "name": finding.name,
        "as_of": finding.as_of.isoformat(),
        "message": finding.message,
        "clears": finding.clears,
        "facts": dict(finding.facts),
    }


def notice_line(view: NoticeView) -> str:
    """A notice in one line for people."""
    names = "、".join(item.title for item in view.recipients)
    until = min((item.standing.deadline for item in view.recipients if item.standing.deadline), default=None)
    words = [str(view.id), view.number or "（未编号）", view.state.label, names, view.title]
    if until:
        words.append(f"反馈时限 {local(until)}")
    if view.overdue:
        words.append("【逾期】")
    return "　".join(words)


def _recipient(item: RecipientView) -> dict[str, object]:
    from shishi.core.divisions import official

    standing = item.standing
    return {
        "body": item.body,
        "title": item.title,
        "division": official(item.division),
        "state": standing.state.value,
        "deadline": iso(standing.deadline),
        "first_deadline": iso(standing.first_deadline),
        "provisional": item.provisional,
        "extension": standing.extension.value,
        "overdue": item.overdue,
    }


def taken_document(item: Taken) -> dict[str, object]:
    """A step of a history as ``--json`` prints it."""
    return {
        "action": item.action.value,
        "person": item.person,
        "at": item.at.isoformat(),
        "body": item.body or None,
        "text": item.text,
        "deadline": iso(item.deadline),
        "batch": item.batch or None,
    }


def taken_lines(view: NoticeView) -> list[str]:
    """A history in lines for people."""
    return ["  " + "　".join(word for word in _words(item) if word) for item in view.history]


def _words(item: Taken) -> tuple[str, ...]:
    batch = f"批次 {item.batch}" if item.batch else ""
    return local(item.at), item.action.label, item.person, item.body, item.text, batch


def delivery_document(item: DeliveryView) -> dict[str, object]:
    """A delivery as ``--json`` prints it."""
    return {
        "to": item.to,
        "channel": item.channel,
        "address": item.address,
        "state": item.state,
        "attempts": item.attempts,
        "last_error": item.last_error or None,
        "delivered_at": iso(item.delivered_at),
    }


def iso(moment: datetime | None) -> str | None:
    """A moment as documents carry it."""
    return moment.isoformat() if moment else None


def local(moment: datetime) -> str:
    """A moment in Shanghai as people read it."""
    from shishi.core.calendars import SHANGHAI

    return f"{moment.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
