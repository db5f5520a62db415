"""Publishing an edition. What was published stays; a correction is a new edition of the same day."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

from django.db import transaction

from shishi.apps.accounts.models import Person
from shishi.apps.accounts.roles import Action
from shishi.apps.accounts.selectors import body_of, require
from shishi.apps.audit import chain
from shishi.apps.audit.services import record
from shishi.apps.indicators.selectors import Asked
from shishi.apps.ledger.writing import freeze
from shishi.apps.programmes.selectors import programme_named
from shishi.apps.publishing.freezing import Freezer, Progress
from shishi.apps.publishing.models import Edition, EditionPlace, TakenDown
from shishi.apps.publishing.published import PublishedEdition
from shishi.apps.publishing.selectors import digest_of, facts_of, latest_of
from shishi.apps.supervision.selectors import looks
from shishi.core.calendars import day_of
from shishi.core.divisions import normalise
from shishi.core.errors import Misuse, Refused
from shishi.packs.canonical import written

if TYPE_CHECKING:
    from shishi.apps.supervision.models import Look
    from shishi.core.programmes import Pack, Programme
    from shishi.core.publishing import Publishing


def publish(
    name: str, as_of: date, *, seen: datetime | None = None, by: Person, at: datetime, told: Progress | None = None
) -> tuple[PublishedEdition, bool]:
    """Publish the figures of a programme's stocktake of a day, as they were known then; the same content again changes
    nothing (second value ``False``). ``seen``: the stocktake that was looked at. ``told`` hears how far it is.

    ``Misuse``: not_for_publishing, not_yet_public, no_stocktake, out_of_reach. ``Refused``: changed_since."""
    pack, programme, rules, look = _asked_for(name, as_of, seen, by, at)
    freeze(look.known_at)
    freezer = Freezer(pack, rules, Asked(programme.name, as_of, look.known_at), by=by, at=at, told=told)
    content = written(freezer.publication())
    pages = sorted(((item.division, item.above, written(item)) for item in freezer.places()), key=lambda item: item[0])
    if told:
        told("写入", 0, len(pages))
    return _keep(programme.name, as_of, look.known_at, content, pages, by, at)


def require_publishable(name: str, as_of: date, *, seen: datetime, by: Person, at: datetime) -> Programme:
    """The programme, where this person may publish what they have seen; ``Misuse`` and ``Refused`` as
    :func:`publish`."""
    return _asked_for(name, as_of, seen, by, at)[1]


def _asked_for(
    name: str, as_of: date, seen: datetime | None, by: Person, at: datetime
) -> tuple[Pack, Programme, Publishing, Look]:
    pack, programme = programme_named(name)
    rules = programme.publishing
    if rules is None:
        message = f"清单没有写“{programme.title}”可以公开什么（publishing），所以什么也不公开。请先在清单里写明。"
        raise Misuse("not_for_publishing", message)
    require(by, Action.PUBLISH, normalise(programme.division), programme.name, day_of(at))
    if rules.since and as_of < rules.since:
        raise Misuse("not_yet_public", f"清单写明从 {rules.since} 的数起公开，{as_of} 的不公开。")
    look = looks(programme.name, as_of, at).get(as_of)
    if look is None:
        raise Misuse("no_stocktake", f"{as_of} 还没有调度，没有可以公开的数。请先运行 shishi day {as_of}。")
    if seen is not None and seen != look.known_at:
        raise Refused("changed_since", "您看的时候之后，这一天又调度过，数字可能变了。请核对后再公开。")
    return pack, programme, rules, look


@transaction.atomic
def take_down(
    name: str, as_of: date, *, reason: str, by: Person, at: datetime, number: int | None = None
) -> tuple[TakenDown, bool]:
    """Show an edition no more: that of the day, the newest one unless ``number`` names another. What was frozen stays;
    saying it twice changes nothing (second value ``False``). ``Misuse``: reason_missing, unknown_edition,
    out_of_reach."""
    _, programme = programme_named(name)
    require(by, Action.PUBLISH, normalise(programme.division), programme.name, day_of(at))
    if not reason.strip():
        raise Misuse("reason_missing", "撤下要写明原因：加 --reason。原因会写在公众页面上。")
    editions = Edition.objects.filter(programme=programme.name, as_of=as_of).order_by("-number")
    edition = (editions.filter(number=number) if number else editions).first()
    if edition is None:
        known = "、".join(f"第 {item.number} 版" for item in editions) or "无"
        raise Misuse("unknown_edition", f"“{programme.title}”截至 {as_of} 没有这一版。这一天公开过的：{known}。")
    held = TakenDown.objects.filter(edition=edition).first()
    if held is not None:
        return held, False
    taken = TakenDown.objects.create(edition=edition, reason=reason.strip(), person=by.username, taken_at=at)
    record(
        at=at,
        person=by.username,
        body=body_of(by, day_of(at)),
        action="edition.take_down",
        subject=f"edition.taken_down:{taken.pk}",
        digest=chain.digest(facts_of(taken)),
        detail={"programme": programme.name, "as_of": as_of.isoformat(), "number": edition.number, "reason": reason},
    )
    return taken, True


@transaction.atomic
def _keep(
    programme: str,
    as_of: date,
    known_at: datetime,
    content: object,
    pages: list[tuple[str, str, object]],
    by: Person,
    at: datetime,
) -> tuple[PublishedEdition, bool]:
    digest = digest_of(content, [page for _, _, page in pages])
    held = Edition.objects.filter(programme=programme, as_of=as_of).order_by("-number").first()
    if held and (held.digest, held.known_at) == (digest, known_at) and not hasattr(held, "taken_down"):
        return latest_of(programme), False
    edition = Edition.objects.create(
        programme=programme,
        as_of=as_of,
        number=held.number + 1 if held else 1,
        known_at=known_at,
        published_at=at,
        person=by.username,
        content=content,
        digest=digest,
    )
    EditionPlace.objects.bulk_create(
        (EditionPlace(edition=edition, division=code, above=above, content=page) for code, above, page in pages),
        batch_size=500,
    )
    record(
        at=at,
        person=by.username,
        body=body_of(by, day_of(at)),
        action="edition.publish",
        subject=f"edition:{edition.pk}",
        digest=digest,
        detail={"programme": programme, "as_of": as_of.isoformat(), "number": edition.number, "places": len(pages)},
    )
    return latest_of(programme), True
