"""Comments 评论 on rows: who reads the row reads them, and whoever is named with @ is told, if they may read it too."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from django.db import transaction

from shishi.adapters.search.pinyin import alphabetical
from shishi.apps.accounts.models import Person
from shishi.apps.accounts.roles import Action
from shishi.apps.accounts.selectors import body_of, may, people
from shishi.apps.audit import chain
from shishi.apps.audit.services import record
from shishi.apps.ledger.models import Comment
from shishi.apps.ledger.one_row import RowPage, row_of
from shishi.apps.messages.services import post_message
from shishi.core.calendars import day_of
from shishi.core.divisions import COUNTRY
from shishi.core.errors import Misuse

TEXT_AT_MOST = 2000
_NAMED = re.compile(r"@([\w.\-]+)")


@transaction.atomic
def comment_on(entry: UUID, text: str, *, by: Person, at: datetime) -> Comment:
    """Say something about a row. The same words of the same person within the day are said once. ``Misuse``:
    unknown_row, comment_empty, unknown_person, out_of_reach (who is named may not read the row)."""
    row = row_of(by, entry, at=at)
    told = text.strip()
    if not told or len(told) > TEXT_AT_MOST:
        raise Misuse("comment_empty", f"评论要写内容，{TEXT_AT_MOST} 字以内。")
    for said in Comment.objects.filter(entry=entry, person=by.username, text=told):
        if day_of(said.at) == day_of(at):
            return said
    named = tuple(_named(row, told, at))
    comment = Comment.objects.create(
        entry=entry,
        table=row.table.name,
        person=by.username,
        text=told,
        mentioned=[person.username for person in named],
        at=at,
    )
    for person in named:
        if person.pk != by.pk:
            post_message(
                to=person,
                key=f"ledger.comment:{comment.pk}:{person.username}",
                subject=f"{by.name} 在“{row.table.title}”的 {row.key} 提到了您",
                text=told,
                about=f"row:{entry}",
                at=at,
            )
    _record(comment, row, by, at)
    return comment


def comments_on(person: Person, entry: UUID, *, at: datetime) -> tuple[tuple[Comment, Person | None], ...]:
    """What was said about a row that the person may read, oldest first, with who said it."""
    row_of(person, entry, at=at)
    known = {item.username: item for item in people()}
    return tuple((item, known.get(item.person)) for item in Comment.objects.filter(entry=entry).order_by("at", "pk"))


def readers_of(row: RowPage, at: datetime) -> tuple[Person, ...]:
    """The people who may read a row, by name as in a dictionary: those who can be named."""
    found = (person for person in people() if person.is_active and _reads(person, row, at))
    return tuple(sorted(found, key=lambda person: (alphabetical(person.name), person.username)))


def _named(row: RowPage, text: str, at: datetime) -> Iterator[Person]:
    known = {name: person for person in people() if person.is_active for name in (person.username, person.name)}
    for name in dict.fromkeys(_NAMED.findall(text)):
        found = known.get(name)
        if found is None:
            raise Misuse("unknown_person", f"没有叫“{name}”的人员。请写用户名，或从提示里选。")
        if not _reads(found, row, at):
            raise Misuse("out_of_reach", f"{found} 看不到这一行，不能 @。请换一个人，或先请管理员授权。")
        yield found


def _reads(person: Person, row: RowPage, at: datetime) -> bool:
    return may(person, Action.READ, row.division or COUNTRY, row.programme.name, day_of(at))


def _record(comment: Comment, row: RowPage, by: Person, at: datetime) -> None:
    record(
        at=at,
        person=by.username,
        body=body_of(by, day_of(at)),
        action="ledger.commented",
        subject=f"ledger.comment:{comment.pk}",
        digest=digest_of(comment),
        detail={"table": row.table.name, "entry": str(row.entry), "mentioned": list(comment.mentioned)},
    )


def digest_of(comment: Comment) -> str:
    """SHA-256 over what was said, by whom, when, about which row and to whom."""
    moment = comment.at.isoformat(timespec="microseconds")
    return chain.digest([str(comment.entry), comment.table, comment.person, comment.text, comment.mentioned, moment])


def digest_of_comment(identifier: str) -> str | None:
    """Recomputed from what is stored now; ``None`` when it is gone."""
    found = Comment.objects.filter(pk=int(identifier)).first()
    return digest_of(found) if found else None


def comment_identifiers() -> Iterator[str]:
    """The id of every comment, for the audit."""
    return map(str, Comment.objects.values_list("pk", flat=True).iterator())
