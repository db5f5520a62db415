"""What somebody did, read from the trail and told in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from shishi.apps.audit.acts import words_of
from shishi.apps.audit.models import AuditEvent


@dataclass(frozen=True, slots=True)
class Deed:
    """One write of somebody: when, what in words, its code and what it was about (kind and identifier)."""

    at: datetime
    words: str
    action: str
    kind: str
    identifier: str

    @property
    def about(self) -> tuple[str, str]:
        """The thing itself, where the trail names one step of it (``case.step:…/3`` is of a case)."""
        return self.kind.removesuffix(".step").removesuffix(".line"), self.identifier.partition("/")[0]


def deeds_of(person: str, limit: int = 20) -> tuple[Deed, ...]:
    """What the person wrote last, newest first; coming and going aside."""
    found = AuditEvent.objects.filter(person=person).exclude(action__startswith="session.").order_by("-pk")[:limit]
    return tuple(_deed(event) for event in found)


def _deed(event: AuditEvent) -> Deed:
    kind, _, identifier = event.subject.partition(":")
    return Deed(event.at, words_of(event.action), event.action, kind, identifier)
