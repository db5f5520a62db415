"""What was done to programme drafts: their steps read back, and the digests by which the trail answers for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from shishi.apps.accounts.models import Person
from shishi.apps.accounts.roles import Action
from shishi.apps.accounts.selectors import may
from shishi.apps.audit.chain import digest
from shishi.apps.programmes.models import ProgrammeDraft, ProgrammeDraftStep
from shishi.core.calendars import day_of
from shishi.core.errors import Misuse
from shishi.core.programme_drafts import DECIDING, DraftState, DraftStepKind, Standing, standing_of

SEEING = (Action.DRAFT_PROGRAMME, Action.APPROVE_PROGRAMME)
"""Either right shows a draft."""


@dataclass(frozen=True, slots=True)
class DraftStepView:
    """A step as it is shown."""

    position: int
    kind: DraftStepKind
    note: str
    person: str
    at: datetime


@dataclass(frozen=True)
class DraftView:
    """A draft as it stands. ``files``: name → YAML; ``origin``: what it began from (the guesses of a workbook)."""

    number: int
    pack: str
    code: str
    division: str
    new: bool
    base: str
    title: str
    files: Mapping[str, str]
    effective_on: date | None
    standing: Standing
    person: str
    begun_at: datetime
    changed_at: datetime
    steps: tuple[DraftStepView, ...]
    origin: Mapping[str, Any] = field(default_factory=dict)

    @property
    def programme(self) -> str:
        """The full name of the programme."""
        return f"{self.pack}/{self.code}"

    @property
    def state(self) -> DraftState:
        """Where it stands."""
        return self.standing.state


def approved_words(pack: str, code: str) -> Mapping[str, str] | None:
    """The files of the draft of this programme that was installed last; ``None``: there never was one."""
    found = map(view_of, ProgrammeDraft.objects.filter(pack=pack, code=code).order_by("-pk"))
    return next((held.files for held in found if held.state is DraftState.INSTALLED), None)


def view_of(draft: ProgrammeDraft) -> DraftView:
    """The draft with its steps."""
    steps = list(draft.steps.order_by("position"))
    written = [step for step in steps if step.files]
    last = written[-1]
    days = [step.effective_on for step in steps if step.effective_on]
    return DraftView(
        number=draft.pk,
        pack=draft.pack,
        code=draft.code,
        division=draft.division,
        new=draft.new,
        base=last.base,
        title=last.title,
        files=last.files,
        effective_on=days[-1] if days else None,
        standing=standing_of([(DraftStepKind(step.kind), step.person) for step in steps]),
        person=draft.person,
        begun_at=draft.begun_at,
        changed_at=steps[-1].at,
        steps=tuple(
            DraftStepView(step.position, DraftStepKind(step.kind), step.note, step.person, step.at) for step in steps
        ),
        origin=draft.origin,
    )


def drafts_for(person: Person, *, at: datetime, limit: int = 100) -> tuple[DraftView, ...]:
    """The drafts that the person may write or decide, the last changed first."""
    found = ProgrammeDraft.objects.order_by("-pk")[:limit]
    views = [view_of(item) for item in found if is_seen(person, item, at)]
    return tuple(sorted(views, key=lambda view: view.changed_at, reverse=True))


def draft_for(person: Person, number: int, *, at: datetime) -> DraftView:
    """One draft; ``Misuse`` (``unknown_draft``), also for one out of reach."""
    draft = ProgrammeDraft.objects.filter(pk=number).first()
    if draft is None or not is_seen(person, draft, at):
        raise unknown_draft(number)
    return view_of(draft)


def is_seen(person: Person, draft: ProgrammeDraft, at: datetime) -> bool:
    """Whether the draft lies in the person's reach."""
    name, on = f"{draft.pack}/{draft.code}", day_of(at)
    return any(may(person, action, draft.division, name, on) for action in SEEING)


def unknown_draft(number: int) -> Misuse:
    """There is none, or none for you."""
    return Misuse("unknown_draft", f"没有您可以看的第 {number} 号草案。用 shishi pack draft list 查看。")


def steps_open_to(person: Person, held: DraftView, *, at: datetime) -> frozenset[DraftStepKind]:
    """The steps that this person may take now."""
    on, found = day_of(at), set[DraftStepKind]()
    for kind in held.standing.possible():
        action = Action.APPROVE_PROGRAMME if kind in DECIDING else Action.DRAFT_PROGRAMME
        alone = kind is DraftStepKind.APPROVE and person.username in held.standing.writers
        if not alone and may(person, action, held.division, held.programme, on):
            found.add(kind)
    return frozenset(found)


def digest_of_step(step: ProgrammeDraftStep) -> str:
    """SHA-256 over a step and the draft that it belongs to."""
    draft = step.draft
    said: list[object] = [draft.pk, draft.pack, draft.code, draft.division, draft.new, draft.origin]
    said += [step.position, step.kind, step.files, step.base, step.title, step.note]
    said += [step.effective_on.isoformat() if step.effective_on else "", step.version, step.person]
    return digest([*said, step.at.isoformat()])


def digest_of_draft_step(identifier: str) -> str | None:
    """For the audit: the digest of a step (``draft/position``) from what is stored now; ``None`` when it is gone."""
    draft, _, position = identifier.partition("/")
    held = ProgrammeDraftStep.objects.filter(draft_id=int(draft), position=int(position)).select_related("draft")
    step = held.first()
    return digest_of_step(step) if step else None


def draft_step_identifiers() -> tuple[str, ...]:
    """For the audit: every step must have its event."""
    found = ProgrammeDraftStep.objects.order_by("draft_id", "position").values_list("draft_id", "position")
    return tuple(f"{draft}/{position}" for draft, position in found)
