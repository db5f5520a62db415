"""What everybody may read. No person is asked for here, because nothing is here that not everybody may know."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from django.db.models import Q

from shishi.apps.audit import chain
from shishi.apps.files.services import content_of
from shishi.apps.publishing.models import Edition, EditionPlace, TakenDown
from shishi.apps.publishing.published import Place, Publication, PublishedEdition, Retraction
from shishi.core.calendars import SHANGHAI
from shishi.core.errors import Misuse
from shishi.packs.canonical import read

KEPT = 4096


def latest() -> tuple[PublishedEdition, ...]:
    """The newest edition that is shown of every programme, by its name."""
    newest: dict[str, int] = {}
    shown = Edition.objects.filter(taken_down__isnull=True)
    for programme, pk in shown.order_by("as_of", "number").values_list("programme", "pk"):
        newest[programme] = pk
    return tuple(_edition(pk) for _, pk in sorted(newest.items()))


def latest_of(programme: str) -> PublishedEdition:
    """The newest edition of a programme (full name) that is shown. ``Misuse``: unknown_promise when nothing of it was
    ever public, taken_down when all of it was taken down."""
    editions = Edition.objects.filter(programme=programme).order_by("-as_of", "-number")
    found = editions.filter(taken_down__isnull=True).values_list("pk", flat=True).first()
    if found is None:
        gone = retracted(programme)
        if gone:
            raise Misuse("taken_down", f"{told_of(gone[0])}现在没有公开的数；改正后重新公开时，还在这里。")
        raise Misuse("unknown_promise", "没有公开的这件实事：可能抄错了地址，或它还没有公开。")
    return _edition(found)


def retracted(programme: str = "", after: PublishedEdition | None = None) -> tuple[Retraction, ...]:
    """The editions that were taken down, of a programme or of all, the newest first; ``after``: only those that would
    be newer than this one."""
    found = TakenDown.objects.select_related("edition").order_by("-edition__as_of", "-edition__number")
    if programme:
        found = found.filter(edition__programme=programme)
    if after is not None:
        later = Q(edition__as_of__gt=after.as_of) | Q(edition__as_of=after.as_of, edition__number__gt=after.number)
        found = found.filter(later)
    return tuple(
        Retraction(
            programme=item.edition.programme,
            title=item.edition.content["title"],
            pack=item.edition.content["pack"],
            as_of=item.edition.as_of,
            number=item.edition.number,
            taken_at=item.taken_at,
            reason=item.reason,
        )
        for item in found
    )


def told_of(gone: Retraction) -> str:
    """What everybody is told of it."""
    when = gone.taken_at.astimezone(SHANGHAI)
    return (
        f"“{gone.title}”截至 {gone.as_of.year}年{gone.as_of.month}月{gone.as_of.day}日的第 {gone.number} 版"
        f"已于 {when.year}年{when.month}月{when.day}日撤下：{gone.reason.rstrip('。')}。"
    )


@lru_cache(maxsize=256)
def _edition(pk: int) -> PublishedEdition:
    held = Edition.objects.get(pk=pk)
    return PublishedEdition(
        id=held.pk,
        as_of=held.as_of,
        number=held.number,
        known_at=held.known_at,
        published_at=held.published_at,
        digest=held.digest,
        content=read(Publication, held.content),
    )


def place_of(edition: PublishedEdition, division: str) -> Place:
    """A division (significant code) of an edition; ``Misuse`` (unknown_place) when the edition tells nothing of it."""
    found = _place(edition.id, division)
    if found is None:
        raise Misuse("unknown_place", "这件实事没有公开这个地方的数。请从上一级的页面往下找。")
    return found


def places_under(edition: PublishedEdition, division: str) -> tuple[Place, ...]:
    """The divisions right under one, by code."""
    return _under(edition.id, division)


def places(edition: PublishedEdition) -> Iterator[Place]:
    """Every division of an edition, by code."""
    for content in documents(edition):
        yield read(Place, content)


def documents(edition: PublishedEdition) -> Iterator[Mapping[str, Any]]:
    """Every division of an edition as it is stored (``published.Place`` as plain JSON), by code: a file of all of a
    country's figures needs no object for each."""
    found = EditionPlace.objects.filter(edition=edition.id).order_by("division")
    yield from found.values_list("content", flat=True).iterator(chunk_size=500)


def forget() -> None:
    """Drop what is kept in memory: another store stands behind the same process."""
    for kept in (_edition, _place, _under):
        kept.cache_clear()


@lru_cache(maxsize=KEPT)
def _place(edition: int, division: str) -> Place | None:
    held = EditionPlace.objects.filter(edition=edition, division=division).values_list("content", flat=True).first()
    return read(Place, held) if held else None


@lru_cache(maxsize=KEPT)
def _under(edition: int, above: str) -> tuple[Place, ...]:
    found = EditionPlace.objects.filter(edition=edition, above=above).order_by("division")
    return tuple(read(Place, content) for content in found.values_list("content", flat=True))


def brief_pdf(edition: PublishedEdition) -> bytes:
    """The brief as it went out; ``Misuse`` (unknown_brief) when none is published."""
    if edition.content.brief is None:
        raise Misuse("unknown_brief", "这件实事没有公开简报。")
    return content_of(edition.content.brief.pdf)


def digest_of_edition(identifier: str) -> str | None:
    """For the audit: from what is stored now; ``None`` when the edition is gone."""
    held = Edition.objects.filter(pk=identifier).first()
    if held is None:
        return None
    contents = held.places.order_by("division").values_list("content", flat=True)
    return digest_of(held.content, contents)


def digest_of(content: object, pages: Iterable[object]) -> str:
    """SHA-256 over the head of an edition and its places in the order of their codes."""
    return chain.digest([content, list(pages)])


def digest_of_taking_down(identifier: str) -> str | None:
    """For the audit: from what is stored now; ``None`` when it is gone."""
    held = TakenDown.objects.filter(pk=identifier).first()
    return chain.digest(facts_of(held)) if held else None


def facts_of(held: TakenDown) -> list[object]:
    """What the trail answers for."""
    return [held.edition_id, held.reason, held.person, held.taken_at.isoformat(timespec="microseconds")]


def taking_down_identifiers() -> Iterator[str]:
    """The id of every taking down, for the audit."""
    return map(str, TakenDown.objects.order_by("pk").values_list("pk", flat=True))


def edition_identifiers() -> Iterator[str]:
    """The id of every edition, for the audit."""
    return map(str, Edition.objects.order_by("pk").values_list("pk", flat=True))
