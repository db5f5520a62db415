"""Reading findings one by one: what was seen, how long it has stood, and what somebody did about it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from shishi.apps.accounts.models import Person
from shishi.apps.accounts.roles import Action
from shishi.apps.accounts.selectors import reaches
from shishi.apps.supervision.history import finding_of
from shishi.apps.supervision.models import Dismissal, FindingRow, Look
from shishi.apps.supervision.selectors import FindingKey, looks, open_about
from shishi.core.calendars import day_of
from shishi.core.errors import Misuse
from shishi.core.findings import days_stood
from shishi.core.supervision import Finding, FindingKind


@dataclass(frozen=True, slots=True)
class Dismissed:
    """Why a finding needs no notice, who said so, and up to which day."""

    reason: str
    person: str
    at: datetime
    until: date


@dataclass(frozen=True, slots=True)
class SeenFinding:
    """A finding with its id. ``stood``: days, both ends counted; ``notice``: the unfinished one about it;
    ``matter``: the one opened from it."""

    id: int
    finding: Finding
    stood: int
    notice: int | None
    notice_label: str
    matter: int | None
    dismissed: Dismissed | None

    @property
    def waiting(self) -> bool:
        """Whether nobody did anything about it yet."""
        return self.notice is None and self.matter is None and self.dismissed is None


@dataclass(frozen=True, slots=True)
class LookView:
    """One look: what it saw, within the person's reach, and when."""

    programme: str
    as_of: date
    known_at: datetime
    recorded_at: datetime
    person: str
    findings: tuple[SeenFinding, ...]


def look_seen(person: Person, programme: str, as_of: date, *, at: datetime) -> LookView | None:
    """The last look of a day; ``None`` when nobody looked."""
    seen = looks(programme, as_of)
    look = seen.get(as_of)
    if look is None:
        return None
    own = reaches(person, Action.READ, day_of(at))
    rows = [
        row for row in look.findings.order_by("position") if any(item.holds(row.division, programme) for item in own)
    ]
    told = _told(rows, look, seen)
    return LookView(programme, as_of, look.known_at, look.recorded_at, look.person, told)


@dataclass(frozen=True, slots=True)
class LookLine:
    """A stocktake in a list: ``counts`` by kind of finding within the person's reach; ``heavy``: behind or silent."""

    programme: str
    as_of: date
    known_at: datetime
    counts: tuple[tuple[FindingKind, int], ...]

    @property
    def heavy(self) -> int:
        """How many are behind or silent."""
        return sum(count for kind, count in self.counts if kind.heavy)

    @property
    def total(self) -> int:
        """How many there are."""
        return sum(count for _, count in self.counts)


def looks_for(
    person: Person, programmes: Collection[str], *, at: datetime, offset: int = 0, limit: int = 50
) -> tuple[LookLine, ...]:
    """The last look of each day of these programmes, the newest day first, paged."""
    own = reaches(person, Action.READ, day_of(at))
    known = Look.objects.filter(programme__in=programmes, as_of__lte=day_of(at))
    days = known.order_by("-as_of", "programme").values_list("programme", "as_of").distinct()
    page = list(days[offset : offset + limit])
    looked = known.filter(as_of__in={day for _, day in page}).order_by("known_at", "pk")
    last = {(look.programme, look.as_of): look for look in looked}
    chosen = [last[item] for item in page]
    counts: dict[int, Counter[str]] = {}
    rows = FindingRow.objects.filter(look__in=chosen).values_list("look_id", "look__programme", "kind", "division")
    for look, programme, kind, division in rows:
        if any(reach.holds(division, programme) for reach in own):
            counts.setdefault(look, Counter())[kind] += 1
    return tuple(
        LookLine(
            look.programme,
            look.as_of,
            look.known_at,
            tuple((kind, counts[look.pk][kind.value]) for kind in FindingKind if counts[look.pk][kind.value])
            if look.pk in counts
            else (),
        )
        for look in chosen
    )


def finding_seen(person: Person, finding: int, *, at: datetime) -> SeenFinding:
    """One finding; ``Misuse`` (unknown_finding), also for one that the person does not reach."""
    row = FindingRow.objects.filter(pk=finding).select_related("look").first()
    own = reaches(person, Action.READ, day_of(at))
    if row is None or not any(item.holds(row.division, row.look.programme) for item in own):
        raise Misuse("unknown_finding", f"没有您可以查看的问题“{finding}”。用 shishi finding list 查看。")
    (told,) = _told([row], row.look, looks(row.look.programme, row.look.as_of))
    return told


def last_look_days(programme: str, until: date, limit: int = 30) -> tuple[date, ...]:
    """The days of a programme's stocktakes, newest first."""
    days = Look.objects.filter(programme=programme, as_of__lte=until).values_list("as_of", flat=True)
    return tuple(days.order_by("-as_of").distinct()[:limit])


def dismissed_keys(programme: str, as_of: date) -> frozenset[FindingKey]:
    """Findings about which nothing is to be drafted on a day."""
    rows = Dismissal.objects.filter(
        finding__look__programme=programme, finding__look__as_of__lte=as_of, until__gte=as_of
    ).values_list("finding__kind", "finding__table", "finding__indicator", "finding__division")
    return frozenset(rows)


def _told(rows: Sequence[FindingRow], look: Look, seen: dict[date, Look]) -> tuple[SeenFinding, ...]:
    keys = [(row.kind, row.table, row.indicator, row.division) for row in rows]
    known = open_about(look.programme)
    stood = _stood(rows, seen)
    dismissed = _dismissed(look)
    matters = dict(
        FindingRow.objects.filter(
            look__programme=look.programme, matters__isnull=False, pk__in=[row.pk for row in rows]
        )
        .values_list("pk", "matters")
        .order_by("-matters")
    )
    return tuple(
        SeenFinding(
            row.pk,
            finding_of(row, look),
            days_stood(stood.get(key, set()), seen.keys(), look.as_of),
            known[key].pk if key in known else None,
            (known[key].number or "草稿") if key in known else "",
            matters.get(row.pk),
            dismissed.get(key),
        )
        for row, key in zip(rows, keys, strict=True)
    )


def _stood(rows: Sequence[FindingRow], seen: dict[date, Look]) -> dict[FindingKey, set[date]]:
    """On which looks each of the findings was seen, in one question."""
    found: dict[FindingKey, set[date]] = {}
    same = FindingRow.objects.filter(
        look__in=seen.values(), division__in={row.division for row in rows}, kind__in={row.kind for row in rows}
    )
    for kind, table, indicator, division, day in same.values_list(
        "kind", "table", "indicator", "division", "look__as_of"
    ):
        found.setdefault((kind, table, indicator, division), set()).add(day)
    return found


def _dismissed(look: Look) -> dict[FindingKey, Dismissed]:
    rows = Dismissal.objects.filter(
        finding__look__programme=look.programme, finding__look__as_of__lte=look.as_of, until__gte=look.as_of
    ).select_related("finding")
    return {
        (row.finding.kind, row.finding.table, row.finding.indicator, row.finding.division): Dismissed(
            row.reason, row.person, row.at, row.until
        )
        for row in rows
    }
