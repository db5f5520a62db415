"""Reading briefs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime

from shishi.apps.accounts.models import Person
from shishi.apps.accounts.roles import Action
from shishi.apps.accounts.selectors import reaches
from shishi.apps.audit import chain
from shishi.apps.documents.models import Brief as Brief  # pages name the types
from shishi.apps.documents.models import Draft as Draft
from shishi.core.blocks import block_texts
from shishi.core.calendars import day_of
from shishi.core.documents import Document, citations_document, everything
from shishi.core.drafts import DraftState
from shishi.core.errors import Misuse


def briefs_for(
    person: Person,
    *,
    at: datetime,
    programme: str = "",
    kind: str = "",
    as_of: date | None = None,
    offset: int = 0,
    limit: int = 50,
) -> tuple[Brief, ...]:
    """Briefs within the person's reach, newest day first, paged."""
    found = Brief.objects.order_by("-as_of", "programme", "kind", "edition", "erratum")
    if programme:
        found = found.filter(programme=programme)
    if kind:
        found = found.filter(kind=kind)
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
        *([brief.edition] if brief.edition else []),
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
    return tuple(held.order_by("edition", "erratum").values_list("citations", flat=True))


def brief_of(person: Person, number: int, *, at: datetime) -> Brief:
    """One brief; unseen ones are unknown (``Misuse`` unknown_brief)."""
    brief = Brief.objects.filter(pk=number).first()
    own = reaches(person, Action.READ, day_of(at))
    if brief is None or not any(reach.holds(brief.division, brief.programme) for reach in own):
        raise Misuse("unknown_brief", f"没有编号为 {number} 的简报。")
    return brief


def like(person: Person, brief: Brief, *, at: datetime) -> tuple[Brief, ...]:
    """The other editions and corrections of the same day's brief."""
    place = {"programme": brief.programme, "kind": brief.kind, "division": brief.division, "as_of": brief.as_of}
    found = Brief.objects.filter(**place).exclude(pk=brief.pk).order_by("edition", "erratum")
    own = reaches(person, Action.READ, day_of(at))
    return tuple(item for item in found if any(reach.holds(item.division, item.programme) for reach in own))


def last_brief(programme: str, kind: str, division: str, until: date) -> Brief | None:
    """The newest brief of a kind for a division (significant code) as of a day or before; a correction before what it
    corrects."""
    found = Brief.objects.filter(programme=programme, kind=kind, division=division, as_of__lte=until)
    return found.order_by("-as_of", "-edition", "-erratum").first()


def drafts_for(person: Person, *, at: datetime, state: str = "", programme: str = "") -> tuple[Draft, ...]:
    """Drafts within the person's reach, or that they sign, the newest change first."""
    found = Draft.objects.order_by("-changed_at", "-pk")
    found = found.filter(state=state) if state else found
    found = found.filter(programme=programme) if programme else found
    return tuple(item for item in found if _sees(person, item, at))


def draft_of(person: Person, number: int, *, at: datetime) -> Draft:
    """One draft; unseen ones are unknown (``Misuse`` unknown_draft)."""
    found = Draft.objects.filter(pk=number).first()
    if found is None or not _sees(person, found, at):
        raise Misuse("unknown_draft", f"没有编号为 {number} 的拟稿。")
    return found


def _sees(person: Person, draft: Draft, at: datetime) -> bool:
    own = reaches(person, Action.READ, day_of(at))
    return any(reach.holds(draft.division, draft.programme) for reach in own)


def digest_of_document(document: Document) -> str:
    """SHA-256 over everything that a document says, but for its number in the series."""
    shown = [[type(block).__name__, *block_texts(block)] for block in everything(document)]
    told = citations_document(document) | {"number": "", "proof": None}
    return chain.digest([document.title, shown, told])


def facts_of_draft(draft: Draft) -> list[object]:
    """What never changes of a draft that went out."""
    series = [draft.programme, draft.kind, draft.division, draft.as_of.isoformat(), draft.title]
    known_at = draft.known_at.astimezone(UTC).isoformat(timespec="microseconds") if draft.known_at else None
    return [*series, draft.content, draft.digest, draft.signers, known_at, draft.brief_id]


def digest_of_draft(identifier: str) -> str | None:
    """Recomputed from what is stored now; ``None`` when it is gone or never went out."""
    found = Draft.objects.filter(pk=int(identifier), state=DraftState.PUBLISHED).first()
    return chain.digest(facts_of_draft(found)) if found else None


def published_drafts() -> Iterator[str]:
    """The id of every draft that went out, for the audit."""
    return map(str, Draft.objects.filter(state=DraftState.PUBLISHED).values_list("pk", flat=True))
