"""Reading briefs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime

from shishi.apps.accounts.models import Person
from shishi.apps.accounts.roles import Action
from shishi.apps.accounts.selectors import reaches
from shishi.apps.audit import chain
from shishi.apps.documents.models import Brief
from shishi.core.calendars import day_of
from shishi.core.errors import Misuse


def briefs_for(
    person: Person, *, at: datetime, programme: str = "", as_of: date | None = None, offset: int = 0, limit: int = 50
) -> tuple[Brief, ...]:
    """Briefs within the person's reach, newest day first, paged."""
    found = Brief.objects.order_by("-as_of", "programme", "kind", "erratum")
    if programme:
        found = found.filter(programme=programme)
    if as_of:
        found = found.filter(as_of=as_of)
    own = reaches(person, Action.READ, day_of(at))
    seen = [brief for brief in found if any(reach.holds(brief.division, brief.programme) for reach in own)]
    return tuple(seen[offset : offset + limit])


def digest_of_brief(brief: Brief) -> str:
    """SHA-256 over what went out: whose, when, the citations and the files."""
    facts = [
        *(brief.programme, brief.kind, brief.division, brief.as_of.isoformat(), brief.erratum, brief.number),
        *(
            brief.title,
            brief.known_at.astimezone(UTC).isoformat(timespec="microseconds"),
            brief.person,
            brief.docx,
            brief.pdf,
        ),
    ]
    return chain.digest([facts, brief.citations])


def recomputed_brief_digest(identifier: str) -> str | None:
    """From what is stored now; ``None`` when the brief is gone."""
    brief = Brief.objects.filter(pk=identifier).first()
    return digest_of_brief(brief) if brief else None


def brief_identifiers() -> Iterator[str]:
    """The id of every brief, for the audit."""
    return map(str, Brief.objects.values_list("pk", flat=True))


def citations_issued(title: str, number: str, day: str) -> tuple[Mapping[str, object], ...]:
    """The citations of what went out under a title and number on a day (ISO 8601), corrections after it."""
    held = Brief.objects.filter(citations__title=title, citations__number=number, citations__date=day)
    return tuple(held.order_by("erratum").values_list("citations", flat=True))


def brief_of(person: Person, number: int, *, at: datetime) -> Brief:
    """One brief; unseen ones are unknown (``Misuse`` unknown_brief)."""
    brief = Brief.objects.filter(pk=number).first()
    own = reaches(person, Action.READ, day_of(at))
    if brief is None or not any(reach.holds(brief.division, brief.programme) for reach in own):
        raise Misuse("unknown_brief", f"没有编号为 {number} 的简报。")
    return brief


def last_brief(programme: str, kind: str, division: str, until: date) -> Brief | None:
    """The newest brief of a kind for a division (significant code) as of a day or before; a correction before what it
    corrects."""
    found = Brief.objects.filter(programme=programme, kind=kind, division=division, as_of__lte=until)
    return found.order_by("-as_of", "-erratum").first()
