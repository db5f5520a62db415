"""差评的办理: a bad rating is looked into, put right and told back, each once, in this order and with its deadline
(国办发〔2019〕51号; how many days is the process's to say, and flagged where no rule says it)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from shishi.apps.accounts.models import Person
from shishi.apps.accounts.roles import Action
from shishi.apps.accounts.selectors import require
from shishi.apps.cases.in_hand import InHand, Line, in_hand
from shishi.apps.cases.models import CaseRating, CaseRow
from shishi.apps.cases.reach import within_reach
from shishi.apps.cases.seen import case_of
from shishi.apps.cases.taking import may_manage
from shishi.apps.messages.services import post_message
from shishi.core.calendars import day_of
from shishi.core.case_states import CaseAction, SeenBy
from shishi.core.errors import Misuse, Refused
from shishi.core.service_items import Satisfaction

TEXT_AT_MOST = 1000


@dataclass(frozen=True, slots=True)
class RatingLoop:
    """Where the answer to a rating stands. ``late``: a deadline has passed unmet. ``finding`` is for officials and for
    who rated alike: what was found is told."""

    number: str
    title: str
    code: int
    label: str
    text: str
    at: datetime
    verify_due: datetime | None
    verified_at: datetime | None
    finding: str
    correct_due: datetime | None
    corrected_at: datetime | None
    measure: str
    told_at: datetime | None

    @property
    def bad(self) -> bool:
        """Whether something has to be done about it."""
        return Satisfaction(self.code).bad

    @property
    def closed(self) -> bool:
        """Whether who rated has been told what became of it."""
        return not self.bad or self.told_at is not None

    def late(self, at: datetime) -> bool:
        """Whether somebody should have acted by now."""
        waiting = ((self.verified_at, self.verify_due), (self.corrected_at, self.correct_due))
        return self.bad and any(done is None and due is not None and due < at for done, due in waiting)


def verify_rating(case: str, finding: str, *, by: Person, at: datetime) -> RatingLoop:
    """What was found when it was looked into. Said before in the same words: nothing happens. ``Misuse``: out_of_reach,
    rating_not_bad, text_missing; ``Refused`` (rating_step_done)."""
    with in_hand(case, by=by, at=at) as held:
        rating = _bad(held, finding)
        if rating.verified_at is not None:
            return _again(rating, rating.finding, finding)
        rating.verified_at, rating.verified_by, rating.finding = at, by.username, finding.strip()
        return _told(held, rating, f"差评已核实：{rating.finding}", {"finding": rating.finding}, "rating_verified")


def correct_rating(case: str, measure: str, *, by: Person, at: datetime) -> RatingLoop:
    """What was put right. ``Refused`` (rating_order) before it was looked into."""
    with in_hand(case, by=by, at=at) as held:
        rating = _bad(held, measure)
        if rating.verified_at is None:
            raise Refused("rating_order", "请先核实差评，再写整改。")
        if rating.corrected_at is not None:
            return _again(rating, rating.measure, measure)
        rating.corrected_at, rating.corrected_by, rating.measure = at, by.username, measure.strip()
        return _told(held, rating, f"差评已整改：{rating.measure}", {"measure": rating.measure}, "rating_corrected")


def feed_back_rating(case: str, text: str, *, by: Person, at: datetime) -> RatingLoop:
    """Tell who rated what became of it 回访; they may have the case done again. ``Refused`` (rating_order) before it was
    put right."""
    with in_hand(case, by=by, at=at) as held:
        rating = _bad(held, text)
        if rating.corrected_at is None:
            raise Refused("rating_order", "请先写整改，再回访。")
        if rating.told_at is not None:
            return _loop(rating)
        rating.told_at, rating.told_by = at, by.username
        told = _told(held, rating, f"差评回访：{text.strip()}", {"feedback": text.strip()}, "rating_told")
        if held.row.applicant is not None:
            post_message(
                to=held.row.applicant,
                key=f"case:{held.row.uuid}:rating:{rating.round}",
                subject=f"{held.row.number} 对您评价的答复",
                text=f"您对“{held.row.title}”的评价已经处理：{text.strip()} 仍不满意的，可以要求重新办理。",
                about=f"case:{held.row.number}",
                at=at,
            )
        return told


def loop_of(person: Person, number: str) -> RatingLoop | None:
    """Of one's own case the newest rating, and what became of it; ``None`` while there is none."""
    found = CaseRating.objects.filter(case__applicant=person, case__number=number).select_related("case")
    newest = found.order_by("-round").first()
    return _loop(newest) if newest else None


def access_ratings(
    person: Person, at: datetime, *, bad: bool = False, waiting: bool = False, offset: int = 0, limit: int = 50
) -> tuple[tuple[RatingLoop, ...], int]:
    """Ratings of cases within the person's reach, the oldest first, and how many there are in all. ``bad``: those alone
    that are; ``waiting``: those bad ones alone whose giver has not been told."""
    seen = CaseRow.objects.filter(within_reach(person, day_of(at)))
    found = CaseRating.objects.filter(case__in=seen).select_related("case").order_by("at", "pk")
    if bad or waiting:
        found = found.filter(bad=True)
    if waiting:
        found = found.filter(told_at__isnull=True)
    return tuple(_loop(rating) for rating in found[offset : offset + limit]), found.count()


def rating_of(person: Person, case: str, at: datetime) -> RatingLoop | None:
    """The newest rating of one case within reach; ``None`` while there is none. ``Misuse`` (unknown_case)."""
    uuid = case_of(person, case, at).uuid
    newest = CaseRating.objects.filter(case__uuid=uuid).select_related("case").order_by("-round").first()
    return _loop(newest) if newest else None


def open_ratings(person: Person, at: datetime, limit: int = 200) -> tuple[RatingLoop, ...]:
    """Bad ratings within the person's reach whose givers have not been told, the oldest first."""
    seen = CaseRow.objects.filter(within_reach(person, day_of(at)))
    found = CaseRating.objects.filter(Q(bad=True, told_at__isnull=True), case__in=seen).select_related("case")
    return tuple(_loop(rating) for rating in found.order_by("at")[:limit])


def _bad(case: InHand, text: str) -> CaseRating:
    """The newest bad rating of a case; whoever handles or looks after cases there may answer it, done as it is."""
    if not may_manage(case) and case.by is not None:
        require(case.by, Action.HANDLE_CASES, case.row.division, case.row.programme, day_of(case.at))
    if not text.strip() or len(text) > TEXT_AT_MOST:
        raise Misuse("text_missing", f"请写明情况，最多 {TEXT_AT_MOST} 个字。")
    rating = CaseRating.objects.select_for_update().filter(case=case.row, bad=True).order_by("-round").first()
    if rating is None:
        raise Misuse("rating_not_bad", "这件办件没有差评，不用核实整改。")
    return rating


def _again(rating: CaseRating, held: str, said: str) -> RatingLoop:
    if held != said.strip():
        raise Refused("rating_step_done", "这一步已经写过了，不能改写。需要补充的，请用留言。")
    return _loop(rating)


def _told(case: InHand, rating: CaseRating, line: str, told: Mapping[str, object], event: str) -> RatingLoop:
    rating.save()
    case.say(Line(CaseAction.COMMENT, line, SeenBy.APPLICANT, told={"code": rating.code, **told}, event=event))
    return _loop(rating)


def _loop(rating: CaseRating) -> RatingLoop:
    return RatingLoop(
        number=rating.case.number,
        title=rating.case.title,
        code=rating.code,
        label=Satisfaction(rating.code).label,
        text=rating.text,
        at=rating.at,
        verify_due=rating.verify_due,
        verified_at=rating.verified_at,
        finding=rating.finding,
        correct_due=rating.correct_due,
        corrected_at=rating.corrected_at,
        measure=rating.measure,
        told_at=rating.told_at,
    )
