"""What is said beside the work: comments, copies, and who must keep out of it 回避."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from shishi.apps.accounts.models import Person
from shishi.apps.accounts.selectors import body_coded, members, person_named
from shishi.apps.cases.in_hand import InHand, Line, in_hand, unknown_case
from shishi.apps.cases.models import CaseParty, CaseRow
from shishi.apps.cases.reach import sees
from shishi.apps.cases.taking import may_manage, require_worker
from shishi.apps.cases.telling import tell
from shishi.core.calendars import day_of
from shishi.core.case_states import CaseAction, SeenBy
from shishi.core.errors import Misuse, Refused
from shishi.core.tasks import TaskState

WORDS_A_DAY = 30
"""What an applicant may say in one case in a day."""


def comment(
    case: UUID | str, text: str, *, by: Person, at: datetime, seen_by: str = SeenBy.APPLICANT, once: str = ""
) -> CaseRow:
    """Say something in the thread. What an applicant says everybody concerned reads; an official says who may."""
    with in_hand(case, by=by, at=at) as held:
        own = by.pk == held.row.applicant_id
        if not own and not sees(by, held.row, day_of(at)):
            raise unknown_case(str(case))
        if held.done_before(once):
            return held.row
        _require_word(held, text)
        seen = SeenBy.APPLICANT if own else SeenBy(seen_by)
        held.say(Line(CaseAction.COMMENT, text.strip()[:4000], seen))
        if own:
            _tell_workers(held, text.strip())
    return held.row


def _require_word(case: InHand, text: str) -> None:
    """``Misuse`` (comment_empty); ``Refused`` (comments_too_many) for an applicant who fills the thread."""
    if not text.strip():
        raise Misuse("comment_empty", "还没有写要说的话。")
    if case.by is None or case.by.pk != case.row.applicant_id:
        return
    said = case.row.steps.filter(action=CaseAction.COMMENT, person=case.actor, at__gt=case.at - timedelta(days=1))
    if said.count() >= WORDS_A_DAY:
        raise Refused("comments_too_many", f"一天之内在一件办件里最多留言 {WORDS_A_DAY} 次。请明天再写，或打咨询电话。")


def say_for_system(case: UUID | str, text: str, *, key: str, at: datetime, by: Person | None = None) -> None:
    """What another city's system says of the case, or what was said to it: for everybody concerned to read. ``key``
    names it for ever: the same again is said once."""
    with in_hand(case, by=by, at=at) as held:
        if not held.done_before(key):
            held.say(Line(CaseAction.COMMENT, text.strip()[:4000], SeenBy.PARTIES))


def copy_to(case: UUID | str, *, by: Person, at: datetime, person: str = "", body: str = "") -> CaseRow:
    """Let a colleague or another body see it 抄送; the same again changes nothing. ``Misuse`` (copy_to_whom)."""
    if bool(person) is bool(body):
        raise Misuse("copy_to_whom", "抄送给一个人（用户名）或一个单位（单位代码），二者写一样。")
    with in_hand(case, by=by, at=at) as held:
        require_worker(held)
        reader = person_named(person) if person else None
        office = body_coded(body) if body else None
        named = {"person": reader} if reader else {"body": body}
        defaults = {"added_by": by.username, "at": at}
        _, made = CaseParty.objects.get_or_create(case=held.row, part="copied", **named, defaults=defaults)
        if not made:
            return held.row
        step = held.say(Line(CaseAction.COPY, str(reader or office), told={"person": person, "body": body}))
        people = [reader] if reader else members(office, day_of(at)) if office else []
        text = f"办件“{held.row.title}”（{held.row.number}）抄送给您。"
        tell(people, held.row, key=f"copy:{step.position}", subject="抄送", text=text, at=at)
    return held.row


def declare_interest(case: UUID | str, reason: str, *, by: Person, at: datetime, person: str = "") -> CaseRow:
    """Somebody must keep out of this case 回避: by their own word, or by that of who looks after it. Tasks that they have
    go back to their post. ``Misuse`` (not_your_case)."""
    concerned = person_named(person) if person else by
    with in_hand(case, by=by, at=at) as held:
        if concerned.pk != by.pk and not may_manage(held):
            raise Misuse("not_your_case", "只有本人可以声明回避，或由负责人决定别人回避。")
        if concerned.pk == by.pk and not sees(by, held.row, day_of(at)):
            raise unknown_case(str(case))
        defaults = {"added_by": by.username, "at": at, "reason": reason.strip()}
        _, made = CaseParty.objects.get_or_create(case=held.row, part="recused", person=concerned, defaults=defaults)
        if not made:
            return held.row
        held.say(
            Line(CaseAction.INTEREST, f"{concerned}：{reason.strip()}" if reason.strip() else "", SeenBy.OFFICIALS)
        )
        held.row.tasks.filter(state=TaskState.OPEN, assignee=concerned, applicant=False).exclude(role="").update(
            assignee=None, lent_by=""
        )
    return held.row


def add_party(case: UUID | str, name: str, *, by: Person, at: datetime, person: str = "") -> CaseRow:
    """Write down somebody whom the case concerns 当事人: they may not handle it, and countersigns of the parties ask
    them. The same again changes nothing."""
    with in_hand(case, by=by, at=at) as held:
        require_worker(held)
        known = person_named(person) if person else None
        defaults = {"added_by": by.username, "at": at}
        CaseParty.objects.get_or_create(
            case=held.row, part="party", person=known, name=name.strip()[:80], defaults=defaults
        )
        held.say(Line(CaseAction.COMMENT, f"列为当事人：{name.strip()}", SeenBy.OFFICIALS))
    return held.row


def _tell_workers(case: InHand, text: str) -> None:
    """Those who have a task of the case hear what the applicant said."""
    rows = case.row.tasks.filter(state=TaskState.OPEN, assignee__isnull=False, applicant=False)
    people = {row.assignee.pk: row.assignee for row in rows.select_related("assignee") if row.assignee}
    told = f"办件“{case.row.title}”（{case.row.number}）申请人留言：{text}"
    key = f"comment:{case.row.steps_count}"
    tell(people.values(), case.row, key=key, subject="申请人留言", text=told, at=case.at)
