"""Ratings 好差评 over the interface: giving one, and what is done about a bad one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Literal

from django.http import HttpRequest, HttpResponse
from ninja import Field, Router, Schema

from shishi.apps.accounts.selectors import Person
from shishi.apps.cases.rating import STANDARD, rate
from shishi.apps.cases.rating_loop import (
    TEXT_AT_MOST,
    RatingLoop,
    access_ratings,
    correct_rating,
    feed_back_rating,
    rating_of,
    verify_rating,
)
from shishi.apps.cases.seen import case_of
from shishi.core.errors import Misuse
from shishi.web.api.entrance import person_asking
from shishi.web.api.interface import KEYED, TROUBLES, Page, Size, once

router = Router(tags=["评价"])
of_case = Router(tags=["评价"])


class Rating(Schema):
    """A rating with what became of it. ``score``: 1 (非常满意) to 5 (非常不满意) in ``code_set``; the last two are bad and
    are looked into (``finding``), put right (``measure``) and told back."""

    number: str
    title: str
    score: int
    label: str
    code_set: str
    text: str
    at: datetime
    bad: bool
    closed: bool
    late: bool
    verify_due: datetime | None
    verified_at: datetime | None
    finding: str
    correct_due: datetime | None
    corrected_at: datetime | None
    measure: str
    told_at: datetime | None


class Ratings(Schema):
    """A page of ratings, the oldest first: who waits longest stands on top."""

    items: list[Rating]
    page: int
    count: int
    more: bool


class RatingIn(Schema):
    """What the applicant thinks of it, as the program was told it."""

    score: int = Field(ge=1, le=5)
    text: str = Field("", max_length=TEXT_AT_MOST)


class AnswerIn(Schema):
    """What was found, what was put right, or what the applicant was told."""

    text: str = Field(min_length=1, max_length=TEXT_AT_MOST)


class CalledBack(AnswerIn):
    """What the applicant was told, and how: by telephone unless it is said; by message only who has an account."""

    way: Literal["message", "phone", "visit"] = "phone"


@router.get("/", response={200: Ratings, **TROUBLES}, url_name="ratings", summary="列出评价")
def listed(
    request: HttpRequest, bad: bool = False, open: bool = False, page: Page = 1, size: Size = 50
) -> dict[str, object]:
    """Ratings of cases within reach. ``bad``: those alone that are; ``open``: those whose giver was not told yet."""
    at = datetime.now(UTC)
    start = (page - 1) * size
    found, count = access_ratings(person_asking(request), at, bad=bad, waiting=open, offset=start, limit=size)
    items = [document_of(loop, at) for loop in found]
    return {"items": items, "page": page, "count": count, "more": start + size < count}


@of_case.get("/{case}/rating/", response={200: Rating, **TROUBLES}, url_name="rating", summary="一件办件的评价")
def read(request: HttpRequest, case: str) -> dict[str, object]:
    """The newest rating of a case."""
    return _document(person_asking(request), case, datetime.now(UTC))


@of_case.post(
    "/{case}/rating/",
    response={201: Rating, **TROUBLES},
    url_name="rating-new",
    summary="评价办件",
    openapi_extra=KEYED,
)
def give(request: HttpRequest, case: str, told: RatingIn) -> HttpResponse:
    """Rate a case that this program opened for its applicant, once in each round of it."""
    return _done(
        request, case, lambda number, by, at: rate(number, told.score, by=by, at=at, code_set=STANDARD, text=told.text)
    )


@of_case.post(
    "/{case}/rating/verify/",
    response={201: Rating, **TROUBLES},
    url_name="rating-verify",
    summary="核实差评",
    openapi_extra=KEYED,
)
def verify(request: HttpRequest, case: str, told: AnswerIn) -> HttpResponse:
    """What was found when a bad rating was looked into."""
    return _done(request, case, lambda number, by, at: verify_rating(number, told.text, by=by, at=at))


@of_case.post(
    "/{case}/rating/correct/",
    response={201: Rating, **TROUBLES},
    url_name="rating-correct",
    summary="整改差评",
    openapi_extra=KEYED,
)
def correct(request: HttpRequest, case: str, told: AnswerIn) -> HttpResponse:
    """What was put right."""
    return _done(request, case, lambda number, by, at: correct_rating(number, told.text, by=by, at=at))


@of_case.post(
    "/{case}/rating/feed-back/",
    response={201: Rating, **TROUBLES},
    url_name="rating-tell",
    summary="回访",
    openapi_extra=KEYED,
)
def feed_back(request: HttpRequest, case: str, told: CalledBack) -> HttpResponse:
    """What the applicant was told became of it."""
    return _done(request, case, lambda number, by, at: feed_back_rating(number, told.text, by=by, at=at, way=told.way))


def _done(request: HttpRequest, case: str, act: Callable[[str, Person, datetime], object]) -> HttpResponse:
    person, at = person_asking(request), datetime.now(UTC)

    def done() -> dict[str, object]:
        number = case_of(person, case, at).number
        act(number, person, at)
        return _document(person, number, at)

    return once(request, done)


def _document(person: Person, case: str, at: datetime) -> dict[str, object]:
    found = rating_of(person, case, at)
    if found is None:
        raise Misuse("no_such_rating", "这件办件还没有评价。")
    return document_of(found, at)


def document_of(loop: RatingLoop, at: datetime) -> dict[str, object]:
    """A rating as it is told."""
    names = ("number", "title", "label", "text", "at", "bad", "closed", "verify_due", "verified_at", "finding")
    told = {name: getattr(loop, name) for name in (*names, "correct_due", "corrected_at", "measure", "told_at")}
    return {**told, "score": loop.code, "code_set": STANDARD, "late": loop.late(at)}
