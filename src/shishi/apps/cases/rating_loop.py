"""差评的办理: a bad rating is looked into, put right and told back, each once, in this order and with its deadline
(国办发〔2019〕51号; how many days is the process's to say, and flagged where no rule says it). Who rated may then rate what
was done about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shishi.apps.accounts.models import Person
from shishi.apps.accounts.roles import Action
from shishi.apps.accounts.selectors import body_titles, may, person_named, require
from shishi.apps.cases.in_hand import InHand, Line, in_hand
from shishi.apps.cases.models import CaseRating, CaseRow
from shishi.apps.cases.reach import within_reach
from shishi.apps.cases.seen import case_of
from shishi.apps.cases.taking import may_manage
from shishi.apps.cases.telling import tell
from shishi.apps.messages.services import post_message
from shishi.core.calendars import day_of
from shishi.core.case_states import CaseAction, SeenBy
from shishi.core.errors import Misuse, Refused
from shishi.core.identifiers import mask
from shishi.core.service_items import Satisfaction
from shishi.core.tables import FieldType

TEXT_AT_MOST = 1000
WAYS = {"message": "消息", "phone": "电话", "visit": "上门"}
"""How who rated is called back."""
VERIFY, CORRECT, FEED_BACK, CLOSED = "verify", "correct", "feed_back", "closed"
STAGES = {VERIFY: "待核实", CORRECT: "待整改", FEED_BACK: "待回访", CLOSED: "已回访"}


@dataclass(frozen=True, slots=True)
class RatingLoop:
    """Where the answer to a rating stands. ``late``: a deadline has passed unmet. ``finding`` is for officials and for
    who rated alike: what was found is told."""

    number: str
    title: str
    case: UUID
    applicant: str
    has_account: bool
    body: str
    assignee: str
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
    again_code: int | None
    again_text: str
    again_at: datetime | None

    @property
    def stage(self) -> str:
        """What is to be done next: one of ``STAGES``."""
        if self.verified_at is None:
            return VERIFY
        if self.corrected_at is None:
            return CORRECT
        return FEED_BACK if self.told_at is None else CLOSED

    @property
    def due(self) -> datetime | None:
        """Until when that has to be done; calling back belongs to putting right."""
        return {VERIFY: self.verify_due, CLOSED: None}.get(self.stage, self.correct_due)

    @property
    def again(self) -> str:
        """What who rated thinks of the answer, in words; empty while they have not said."""
        return Satisfaction(self.again_code).label if self.again_code else ""

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
        waiting = (
            (self.verified_at, self.verify_due),
            (self.corrected_at, self.correct_due),
            (self.told_at, self.correct_due),
        )
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


def assign_rating(case: str, to: str, *, by: Person, at: datetime) -> RatingLoop:
    """Somebody is to answer it 交办: told by who looks after cases there, or handed on by who had it. The same again
    changes nothing. ``Misuse``: out_of_reach, unknown_person, not_fitting; ``Refused`` (rating_step_done)."""
    receiver = person_named(to)
    with in_hand(case, by=by, at=at) as held:
        row, on = held.row, day_of(at)
        rating = _newest(held)
        if rating.assignee_id != by.pk:
            require(by, Action.MANAGE_CASES, row.division, row.programme, on)
        if rating.told_at is not None:
            raise Refused("rating_step_done", "这条差评已经回访，不用再交办。")
        if rating.assignee_id == receiver.pk:
            return _loop(rating)
        if not may(receiver, Action.HANDLE_CASES, row.division, row.programme, on):
            raise Misuse("not_fitting", f"{receiver} 在这个区划没有办理这类办件的岗位，不能交办。")
        rating.assignee = receiver
        rating.save(update_fields=["assignee"])
        told = {"code": rating.code, "to": receiver.username}
        step = held.say(Line(CaseAction.COMMENT, f"差评交由{receiver}核实整改", SeenBy.OFFICIALS, told=told))
        text = f"办件“{row.title}”（{row.number}）的差评交由您办理：{rating.text or '没有写原因'}"
        tell([receiver], row, key=f"rating:to:{step.position}", subject="差评交办", text=text, at=at)
        return _loop(rating)


def rate_again(case: str, code: int, *, by: Person, at: datetime, text: str = "") -> RatingLoop:
    """What who rated thinks of the answer 追评, once; the first rating stays what it was. The same again changes nothing.
    ``Misuse``: not_the_applicant, rating_unknown, rating_not_bad; ``Refused``: rating_order, rated_before."""
    if code not in set(Satisfaction) or len(text) > TEXT_AT_MOST:
        raise Misuse("rating_unknown", f"请在五档里选一档；说明最多 {TEXT_AT_MOST} 个字。")
    with in_hand(case, by=by, at=at) as held:
        if by.pk != held.row.applicant_id and by.username != held.row.opened_by:
            raise Misuse("not_the_applicant", "只有申请人可以评价差评的处理。")
        rating = _newest(held)
        if rating.told_at is None:
            raise Refused("rating_order", "回访以后才能评价差评的处理。")
        if rating.again_code is not None:
            if rating.again_code == code:
                return _loop(rating)
            raise Refused("rated_before", "差评的处理您已经评价过，只评一次。")
        rating.again_code, rating.again_text, rating.again_at = code, text.strip(), at
        label = Satisfaction(code).label
        said = f"对差评处理的评价：{label}{'：' if text.strip() else ''}{text.strip()}"
        return _told(held, rating, said, {"again": code}, "rating_again")


def feed_back_rating(case: str, text: str, *, by: Person, at: datetime, way: str = "message") -> RatingLoop:
    """Tell who rated what became of it 回访, by message or as ``WAYS`` says; they may rate that once more, or
    have the case done again. ``Misuse`` (way_unknown, no_account: a message reaches nobody); ``Refused``
    (rating_order) before it was put right."""
    if way not in WAYS:
        raise Misuse("way_unknown", f"回访方式写其中之一：{'、'.join(WAYS)}。")
    with in_hand(case, by=by, at=at) as held:
        rating = _bad(held, text)
        if rating.corrected_at is None:
            raise Refused("rating_order", "请先写整改，再回访。")
        if rating.told_at is not None:
            return _loop(rating)
        if way == "message" and held.row.applicant is None:
            raise Misuse("no_account", "申请人没有账号，收不到消息。请打电话或上门回访，并写明回访方式。")
        rating.told_at, rating.told_by = at, by.username
        line = f"差评回访（{WAYS[way]}）：{text.strip()}"
        told = _told(held, rating, line, {"feedback": text.strip(), "way": way}, "rating_told")
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


def _bad(case: InHand, text: str) -> CaseRating:
    """The newest bad rating of a case; whoever handles or looks after cases there may answer it, done as it is."""
    if not may_manage(case) and case.by is not None:
        require(case.by, Action.HANDLE_CASES, case.row.division, case.row.programme, day_of(case.at))
    if not text.strip() or len(text) > TEXT_AT_MOST:
        raise Misuse("text_missing", f"请写明情况，最多 {TEXT_AT_MOST} 个字。")
    return _newest(case)


def _newest(case: InHand) -> CaseRating:
    """``Misuse`` (rating_not_bad) of a case without a bad rating."""
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


def bad_rating_of(person: Person, case: UUID, at: datetime) -> RatingLoop:
    """The newest bad rating of a case within reach; ``Misuse`` (unknown_rating) for any other."""
    seen = CaseRow.objects.filter(within_reach(person, day_of(at)), uuid=case)
    found = CaseRating.objects.filter(bad=True, case__in=seen).select_related("case", "assignee")
    newest = found.order_by("-round").first()
    if newest is None:
        raise Misuse("unknown_rating", "没有这条差评，或它不在您的范围内。请从“差评”里进入。")
    return loop_shown(newest, body_titles({newest.body}))


def _loop(rating: CaseRating) -> RatingLoop:
    return loop_shown(rating, {})


def loop_shown(rating: CaseRating, bodies: Mapping[str, str]) -> RatingLoop:
    """As it is shown; ``bodies``: code → title."""
    row = rating.case
    return RatingLoop(
        number=row.number,
        title=row.title,
        case=row.uuid,
        applicant=mask(FieldType.TEXT, row.applicant_name) if row.applicant_kind == "natural" else row.applicant_name,
        has_account=row.applicant_id is not None,
        body=bodies.get(rating.body, rating.body),
        assignee=rating.assignee.username if rating.assignee else "",
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
        again_code=rating.again_code,
        again_text=rating.again_text,
        again_at=rating.again_at,
    )
