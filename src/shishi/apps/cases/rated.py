"""Bad ratings as officials see them: the list by what is to be done next, and how each body answers them. Bodies are
counted, people are not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Q, QuerySet

from shishi.apps.accounts.models import Person
from shishi.apps.accounts.roles import Action
from shishi.apps.accounts.selectors import body_titles, one_look, reaches
from shishi.apps.cases.models import CaseRating, CaseRow
from shishi.apps.cases.rating_loop import CLOSED, CORRECT, FEED_BACK, VERIFY, RatingLoop, loop_shown
from shishi.apps.cases.reach import inside, within_reach
from shishi.core.calendars import day_of, moment_of
from shishi.core.service_items import Satisfaction

PAGE = 50
OPEN, ALL = "open", "all"
_UNSEEN = Q(verified_at__isnull=True)
_UNMENDED = Q(corrected_at__isnull=True)
_UNTOLD = Q(told_at__isnull=True)
_STAGES = {
    OPEN: _UNTOLD,
    VERIFY: _UNTOLD & _UNSEEN,
    CORRECT: _UNTOLD & ~_UNSEEN & _UNMENDED,
    FEED_BACK: _UNTOLD & ~_UNMENDED,
    CLOSED: ~_UNTOLD,
    ALL: Q(),
}
_GOOD = [level.value for level in Satisfaction if not level.bad]


@dataclass(frozen=True, slots=True)
class RatingQuery:
    """Which bad ratings: ``stage`` (``open``, ``verify``, ``correct``, ``feed_back``, ``closed``, ``all``); ``own``
    only those that the person is to answer; ``late`` only those past a deadline; ``text`` part of a number or title."""

    stage: str = OPEN
    text: str = ""
    programme: str = ""
    own: bool = False
    late: bool = False
    page: int = 1
    size: int = PAGE


@dataclass(frozen=True, slots=True)
class RatingPage:
    """One page, what is due first on top."""

    lines: tuple[RatingLoop, ...]
    page: int
    count: int
    more: bool


@dataclass(frozen=True, slots=True)
class BodyRatings:
    """How a body's cases are rated in a span, and how it answers. ``late``: answered, or still not answered, after a
    deadline; ``again``: how many rated the answer, ``again_good``: of those not badly."""

    body: str
    title: str
    rated: int
    good: int
    bad: int
    told: int
    late: int
    again: int
    again_good: int

    @property
    def satisfied(self) -> Decimal | None:
        """Percent of ratings that are not bad, to a tenth, half up; ``None`` of none."""
        return _percent(self.good, self.rated)

    @property
    def called_back(self) -> Decimal | None:
        """Percent of bad ratings whose givers were told what became of them."""
        return _percent(self.told, self.bad)


def access_bad_ratings(person: Person, at: datetime, asked: RatingQuery | None = None) -> RatingPage:
    """Bad ratings within the person's reach."""
    asked = asked or RatingQuery()
    with one_look():
        seen = CaseRow.objects.filter(within_reach(person, day_of(at)))
    found = _asked(CaseRating.objects.filter(_STAGES.get(asked.stage, _UNTOLD), bad=True), seen, person, asked, at)
    size, page = max(1, min(asked.size, 200)), max(1, asked.page)
    start = (page - 1) * size
    due = F("verify_due").asc(nulls_last=True)
    order = ("-at",) if asked.stage in (CLOSED, ALL) else (due, "at")
    rows = list(found.select_related("case", "assignee").order_by(*order)[start : start + size + 1])
    titles = body_titles({row.body for row in rows} - {""})
    lines = tuple(loop_shown(row, titles) for row in rows[:size])
    return RatingPage(lines, page, found.count(), len(rows) > size)


def ratings_waiting_for(person: Person, at: datetime, most: int) -> Sequence[RatingLoop]:
    """Bad ratings that the person is to answer, what is due first on top."""
    mine = CaseRating.objects.filter(_UNTOLD, bad=True, assignee=person).select_related("case", "assignee")
    return [loop_shown(row, {}) for row in mine.order_by(F("verify_due").asc(nulls_last=True), "at")[:most]]


def rating_statistics(
    person: Person, at: datetime, *, since: date | None = None, programme: str = ""
) -> tuple[BodyRatings, ...]:
    """Of each body within the person's reach, the worst answered first."""
    within = Q(pk__in=[])
    for reach in reaches(person, Action.READ, day_of(at)):
        within |= inside(reach)
    named = Q(programme=programme) if programme else Q()
    rated = CaseRating.objects.filter(case__in=CaseRow.objects.filter(within & named))
    if since is not None:
        rated = rated.filter(at__gte=moment_of(since, time.min))
    bad = Q(bad=True)
    counted = (
        rated.order_by()
        .values("body")
        .annotate(
            rated=Count("pk"),
            bad_ones=Count("pk", filter=bad),
            told=Count("pk", filter=bad & ~_UNTOLD),
            late=Count("pk", filter=bad & _late(at)),
            again=Count("pk", filter=Q(again_code__isnull=False)),
            again_good=Count("pk", filter=Q(again_code__in=_GOOD)),
        )
    )
    lines: list[dict[str, Any]] = [dict(line) for line in counted]
    titles = body_titles({str(line["body"]) for line in lines} - {""})
    found = [_line(line, titles.get(str(line["body"]), str(line["body"]) or "（未指定单位）")) for line in lines]
    return tuple(sorted(found, key=lambda line: (line.told - line.bad, -line.late, line.title)))


def _line(told: dict[str, Any], title: str) -> BodyRatings:
    rated, bad = int(told["rated"]), int(told["bad_ones"])
    more = (int(told[name]) for name in ("told", "late", "again", "again_good"))
    return BodyRatings(str(told["body"]), title, rated, rated - bad, bad, *more)


def _late(at: datetime) -> Q:
    """Done after its deadline, or not done though it has passed."""
    verify = Q(verified_at__gt=F("verify_due")) | (_UNSEEN & Q(verify_due__lt=at))
    correct = Q(corrected_at__gt=F("correct_due")) | Q(told_at__gt=F("correct_due"))
    return verify | correct | (_UNTOLD & Q(correct_due__lt=at))


def _asked(
    rows: QuerySet[CaseRating], seen: QuerySet[CaseRow], person: Person, asked: RatingQuery, at: datetime
) -> QuerySet[CaseRating]:
    text = asked.text.strip()
    if text:
        seen = seen.filter(Q(number__icontains=text) | Q(title__icontains=text))
    if asked.programme:
        seen = seen.filter(Q(programme=asked.programme) | Q(programme__endswith=f"/{asked.programme}"))
    rows = rows.filter(case__in=seen)
    if asked.own:
        rows = rows.filter(assignee=person)
    if asked.late:
        rows = rows.filter(_late(at))
    return rows


def _percent(part: int, whole: int) -> Decimal | None:
    return Decimal((part * 2000 + whole) // (2 * whole)).scaleb(-1) if whole else None
