"""Editions as those see them who publish: what went public and when, what was taken down and why, what would go now."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from shishi.apps.accounts.models import Person
from shishi.apps.accounts.roles import Action
from shishi.apps.accounts.selectors import may, require
from shishi.apps.indicators.selectors import Asked
from shishi.apps.programmes.selectors import programme_named, programmes_for
from shishi.apps.publishing.freezing import Freezer
from shishi.apps.publishing.models import Edition
from shishi.apps.publishing.published import Place, PublishedEdition, Told
from shishi.apps.publishing.selectors import latest_of, places
from shishi.apps.supervision.selectors import looks
from shishi.core.calendars import day_of
from shishi.core.divisions import normalise
from shishi.core.errors import Misuse
from shishi.core.programmes import Pack, Programme

UNSAVED = 0
PREVIEWED = 500
"""Places that are worked out for a look beforehand; of a country more are worked out when it is published."""


@dataclass(frozen=True, slots=True)
class PastEdition:
    """An edition and what became of it. ``shown``: whether it is the one that everybody sees; ``places``: how many
    divisions it tells of; the last three are empty while it was not taken down."""

    as_of: date
    number: int
    known_at: datetime
    published_at: datetime
    person: str
    digest: str
    places: int
    shown: bool
    reason: str = ""
    taken_by: str = ""
    taken_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Publishable:
    """A programme whose pack lets something out: the newest stocktake that may go public, the edition that everybody
    sees (or none), and how many there were. ``due``: whether the stocktake is news to the public."""

    pack: Pack
    programme: Programme
    newest: date | None
    shown: PastEdition | None
    editions: int
    due: bool


@dataclass(frozen=True, slots=True)
class Change:
    """A number that everybody would see change: of the edition that is shown, and what would be published."""

    place: Place
    indicator: str
    before: Told | None
    now: Told


@dataclass(frozen=True)
class Preview:
    """What would go public, as an edition that is not kept, with its divisions, and what that changes for everybody
    who looks now. ``shown`` is ``None`` when nothing of it is public; ``left``: places of deeper levels that are worked
    out only when it is published."""

    edition: PublishedEdition
    places: tuple[Place, ...]
    shown: PublishedEdition | None
    changes: tuple[Change, ...]
    left: int = 0

    @property
    def withheld(self) -> int:
        """How many numbers are held back because they are too small."""
        return sum(told.withheld for place in self.places for told in place.told.values())


def publishables(person: Person, *, at: datetime) -> tuple[Publishable, ...]:
    """The programmes of which the person may publish something: those with news first, else as their packs name
    them."""
    today = day_of(at)
    found = []
    for pack, programme in programmes_for(person, at=at):
        root = normalise(programme.division)
        if programme.publishing and may(person, Action.PUBLISH, root, programme.name, today):
            past = _editions(programme.name)
            days = days_to_publish(programme, at)
            shown = next((item for item in past if item.shown), None)
            newest = days[0] if days else None
            known_at = looks(programme.name, newest, at)[newest].known_at if newest else None
            due = newest is not None and (shown is None or (shown.as_of, shown.known_at) != (newest, known_at))
            found.append(Publishable(pack, programme, newest, shown, len(past), due))
    return tuple(sorted(found, key=lambda item: not item.due))


def days_to_publish(programme: Programme, at: datetime) -> tuple[date, ...]:
    """The days of stocktakes that may go public, the newest first."""
    rules = programme.publishing
    since = rules.since if rules else None
    days = looks(programme.name, day_of(at), at) if rules else {}
    return tuple(sorted((day for day in days if since is None or day >= since), reverse=True))


def editions_of(person: Person, name: str, *, at: datetime) -> tuple[PastEdition, ...]:
    """Every edition of a programme, the newest first. ``Misuse`` (out_of_reach) for who may not publish it."""
    _, programme = programme_named(name)
    require(person, Action.PUBLISH, normalise(programme.division), programme.name, day_of(at))
    return _editions(programme.name)


def _editions(programme: str) -> tuple[PastEdition, ...]:
    held = Edition.objects.filter(programme=programme).select_related("taken_down").order_by("-as_of", "-number")
    rows = list(held.defer("content"))
    first = next((row.pk for row in rows if not hasattr(row, "taken_down")), None)
    return tuple(_past(row, shown=row.pk == first) for row in rows)


def _past(row: Edition, *, shown: bool) -> PastEdition:
    taken = getattr(row, "taken_down", None)
    return PastEdition(
        as_of=row.as_of,
        number=row.number,
        known_at=row.known_at,
        published_at=row.published_at,
        person=row.person,
        digest=row.digest,
        places=row.places.count(),
        shown=shown,
        reason=taken.reason if taken else "",
        taken_by=taken.person if taken else "",
        taken_at=taken.taken_at if taken else None,
    )


def preview(person: Person, name: str, as_of: date, *, at: datetime) -> Preview:
    """What publishing the day's stocktake would let everybody see; nothing is written. ``Misuse``: not_for_publishing,
    no_stocktake, out_of_reach."""
    pack, programme = programme_named(name)
    require(person, Action.PUBLISH, normalise(programme.division), programme.name, day_of(at))
    rules = programme.publishing
    if rules is None:
        raise Misuse("not_for_publishing", f"清单没有写“{programme.title}”可以公开什么。请先在清单里写明。")
    if as_of not in days_to_publish(programme, at):
        raise Misuse("no_stocktake", f"{as_of} 没有可以公开的调度。请另选一天，或先运行 shishi day {as_of}。")
    known_at = looks(programme.name, as_of, at)[as_of].known_at
    freezer = Freezer(pack, rules, Asked(programme.name, as_of, known_at), by=person, at=at, most=PREVIEWED)
    edition = PublishedEdition(UNSAVED, as_of, UNSAVED, known_at, at, "", freezer.publication())
    found = tuple(freezer.places())
    shown = _shown(programme.name)
    return Preview(edition, found, shown, tuple(_changes(found, shown)), freezer.left)


def _shown(programme: str) -> PublishedEdition | None:
    try:
        return latest_of(programme)
    except Misuse:
        return None


def _changes(found: Sequence[Place], shown: PublishedEdition | None) -> Iterator[Change]:
    before = {place.division: place for place in places(shown)} if shown else {}
    for place in found:
        held = before.get(place.division)
        for code, now in place.told.items():
            then = held.told.get(code) if held else None
            if shown and (then is None or _seen(then) != _seen(now)):
                yield Change(place, code, then, now)


def _seen(told: Told) -> tuple[object, ...]:
    """What a reader sees of a number."""
    return told.reported, told.evidenced, told.verified, told.target, told.withheld, told.carried_from


def moment_seen(known_at: datetime) -> str:
    """The moment of a stocktake as a form carries it, to tell whether another came between."""
    return known_at.astimezone(UTC).isoformat(timespec="microseconds")


def moment_of(text: str) -> datetime:
    """What :func:`moment_seen` wrote; ``ValueError`` for anything else."""
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError(text)
    return found
