"""Ratings become rows of the ledger through a door of their own: one row for each voice, with its history."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction

from shishi.apps.accounts.services import make_public
from shishi.apps.ledger.single_rows import hold_row
from shishi.apps.ledger.writing import lock
from shishi.apps.programmes.selectors import programme_named
from shishi.apps.publishing.models import SpentTicket
from shishi.apps.publishing.voices import Ticket
from shishi.core.calendars import day_of
from shishi.core.divisions import official
from shishi.core.errors import Misuse, Refused
from shishi.core.ratings import COMMENT_LENGTH, SCORES, TABLE
from shishi.core.tables import Table, Value


def rate(ticket: Ticket, score: int, comment: str, *, at: datetime) -> str:
    """Count a voice; ``accepted``, ``revised`` (it had said something else) or ``unchanged``. The same
    form sent twice by the same voice changes nothing. ``Misuse``: not_rated, score_unknown;
    ``Refused``: ticket_used, comment_too_long."""
    table = rated_table(ticket.programme)
    if score not in SCORES:
        raise Misuse("score_unknown", "请在五个答案里选一个。")
    if len(comment) > COMMENT_LENGTH:
        raise Refused("comment_too_long", f"意见有 {len(comment)} 个字，最多 {COMMENT_LENGTH} 个。请改短一些再提交。")
    with transaction.atomic():
        lock()
        if not _spend(ticket, at):
            return "unchanged"
        return _count(table, ticket, score, comment, at)


def rated_table(programme: str) -> Table:
    """The ratings of a programme (full name); ``Misuse`` (not_rated) when people are not asked."""
    _, found = programme_named(programme)
    if found.publishing is None or not found.publishing.ratings:
        raise Misuse("not_rated", "这件实事没有开设评分。")
    return found.table(TABLE)


def _spend(ticket: Ticket, at: datetime) -> bool:
    """Take a form once; the same again from the same voice is no news (``False``), from another it is refused."""
    SpentTicket.objects.filter(runs_out__lt=at).delete()
    try:
        with transaction.atomic():
            SpentTicket.objects.create(ticket=ticket.id, voice=ticket.voice, runs_out=ticket.runs_out)
    except IntegrityError:
        if SpentTicket.objects.filter(ticket=ticket.id, voice=ticket.voice).exists():
            return False
        raise Refused("ticket_used", "这张表已经交过了，没有再记。请重新打开评分页面。") from None
    return True


def _count(table: Table, ticket: Ticket, score: int, comment: str, at: datetime) -> str:
    values: dict[str, Value] = {
        "voice": ticket.voice,
        "division": official(ticket.division),
        "score": score,
        "comment": comment.strip() or None,
    }
    return hold_row(table, values, as_of=day_of(at), by=make_public(at), at=at)
