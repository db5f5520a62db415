"""Ratings 好差评 by who applied, once in each round of a case."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from shishi.apps.accounts.models import Person
from shishi.apps.accounts.selectors import body_of, officials_named
from shishi.apps.cases.in_hand import InHand, Line, in_hand
from shishi.apps.cases.models import CaseRating, CaseRow
from shishi.apps.cases.raising import caretaker
from shishi.apps.cases.telling import tell
from shishi.core.calendars import day_of
from shishi.core.case_clocks import reckon_due
from shishi.core.case_states import CaseAction, CaseState
from shishi.core.errors import Misuse, Refused

STANDARD = "GB/T 39046-2020"
WORDS = {1: "非常满意", 2: "满意", 3: "基本满意", 4: "不满意", 5: "非常不满意"}
"""The set of the standard: 1 is the best, the last two are bad."""
BAD = frozenset({4, 5})


def rate(
    case: UUID | str, code: int, *, by: Person, at: datetime, code_set: str = STANDARD, text: str = "", once: str = ""
) -> CaseRating:
    """What the applicant thinks of it; the same again changes nothing. A bad one is looked into within the limits of
    the process. ``Misuse``: not_the_applicant, rating_unknown; ``Refused`` (rated_before)."""
    if code_set != STANDARD or code not in WORDS:
        ways = "、".join(f"{number} {word}" for number, word in WORDS.items())
        raise Misuse("rating_unknown", f"评价用 {STANDARD} 的五档：{ways}。")
    with in_hand(case, by=by, at=at) as held:
        if by.pk != held.row.applicant_id and by.username != held.row.opened_by:
            raise Misuse("not_the_applicant", "只有申请人可以评价自己的办件。")
        round_ = held.standing.rounds
        before = CaseRating.objects.filter(case=held.row, round=round_).first()
        if before is not None:
            if before.code == code:
                return before
            raise Refused("rated_before", "这件办件您已经评价过，一次办理评价一次。")
        return _rated(held, round_, code, code_set, text.strip())


def _rated(case: InHand, round_: int, code: int, code_set: str, text: str) -> CaseRating:
    bad, row = code in BAD, case.row
    action = CaseAction.COMMENT if case.standing.state in (CaseState.RATED, CaseState.DECIDED) else CaseAction.RATE
    told = {"code": code, "code_set": code_set}
    case.say(Line(action, f"{WORDS[code]}{'：' if text else ''}{text}", told=told, event="rating_given"))
    plan, days = case.process.ratings, case.days
    body = _answering(case)
    owner = caretaker(case, [body]) if bad else None
    made = CaseRating.objects.create(
        case=row,
        round=round_,
        code=code,
        code_set=code_set,
        text=text,
        bad=bad,
        person=case.actor,
        at=case.at,
        verify_due=reckon_due(days, plan.verify, case.at).moment if bad and plan else None,
        correct_due=reckon_due(days, plan.correct, case.at).moment if bad and plan else None,
        body=body,
        assignee=owner,
    )
    if owner:
        said = f"办件“{row.title}”（{row.number}）得到差评：{WORDS[code]}。{text} 请核实、整改并回访。"
        tell([owner], row, key=f"rating:{round_}", subject="差评", text=said, at=case.at)
    return made


def _answering(case: InHand) -> str:
    """The body whose work is rated: the last that had a task; where lanes name none, that of who did the last one."""
    if case.row.bodies:
        return str(case.row.bodies[-1])
    last = case.row.tasks.filter(applicant=False).exclude(done_by="").order_by("-done_at").first()
    official = officials_named([last.done_by]).get(last.done_by) if last else None
    return body_of(official, day_of(case.at)) if official else ""


def rating_word(row: CaseRow) -> str:
    """The newest rating in words, ``""`` of none."""
    newest = row.ratings.order_by("-round").first()
    return WORDS.get(newest.code, "") if newest else ""
