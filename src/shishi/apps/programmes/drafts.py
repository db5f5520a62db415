"""Programme drafts 项目草案: begun, written, submitted, and approved by somebody who wrote none of it.

Approving installs the pack by the very service of ``pack install``; a draft is a pack file in the making, nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction

from shishi.apps.accounts.models import Person
from shishi.apps.accounts.roles import Action
from shishi.apps.accounts.selectors import body_of, require
from shishi.apps.audit.services import one_at_a_time, record
from shishi.apps.programmes.carrying import Holding, HoldsRows
from shishi.apps.programmes.draft_checks import check_draft, installed_pack
from shishi.apps.programmes.draft_history import DraftView, digest_of_step, is_seen, unknown_draft, view_of
from shishi.apps.programmes.models import PackRevision, ProgrammeDraft, ProgrammeDraftStep
from shishi.apps.programmes.services import install_pack
from shishi.core.calendars import day_of
from shishi.core.divisions import normalise
from shishi.core.errors import Misuse, Refused
from shishi.core.programme_drafts import DraftState, DraftStepKind, after_step

if TYPE_CHECKING:
    from shishi.core.programmes import Pack

_LARGEST = 2_000_000


@transaction.atomic
def begin_draft(
    pack: str,
    code: str,
    files: Mapping[str, str],
    *,
    title: str,
    division: str,
    by: Person,
    at: datetime,
    origin: Mapping[str, Any] | None = None,
) -> DraftView:
    """A new draft. ``pack`` is ``jurisdiction/year``; ``division`` the pack's. ``Misuse``: ``out_of_reach``,
    ``draft_code_taken`` (a draft for that programme is open)."""
    division = normalise(division)
    require(by, Action.DRAFT_PROGRAMME, division, f"{pack}/{code}", day_of(at))
    one_at_a_time()
    for held in map(view_of, ProgrammeDraft.objects.filter(pack=pack, code=code)):
        if held.state in (DraftState.OPEN, DraftState.SUBMITTED):
            message = f"“{held.title}”（{pack}/{code}）已经有一份{held.state.label}的草案（第 {held.number} 号）。请接着那一份写，或先撤销它。"
            raise Misuse("draft_code_taken", message)
    _require_own(code, files)
    installed = installed_pack(pack)
    known = installed is not None and any(item.code == code for item in installed.programmes)
    draft = ProgrammeDraft.objects.create(
        pack=pack,
        code=code,
        division=division,
        new=not known,
        origin=dict(origin or {}),
        person=by.username,
        begun_at=at,
    )
    base = installed.version if installed else ""
    return _take(draft, DraftStepKind.BEGIN, by, at, files=files, title=title, base=base)


@transaction.atomic
def save_draft(
    number: int, files: Mapping[str, str], *, title: str, by: Person, at: datetime, note: str = ""
) -> DraftView:
    """The draft with other files; the same files write nothing. ``Misuse``: ``unknown_draft``, ``out_of_reach``,
    ``draft_step_impossible``, ``draft_too_large``."""
    draft, held = _writable(number, by, at)
    _require_own(held.code, files)
    if dict(files) == dict(held.files) and title == held.title:
        return held
    after_step(held.standing, DraftStepKind.SAVE, by.username)
    return _take(draft, DraftStepKind.SAVE, by, at, files=files, title=title, note=note, base=held.base)


@transaction.atomic
def submit_draft(
    number: int, *, effective_on: date | None, holds_rows: HoldsRows, holding: Holding | None, by: Person, at: datetime
) -> DraftView:
    """Give the draft to a second person. It has to be whole: ``Refused`` (``draft_refused``) with every fault that
    ``pack check`` and ``pack install`` find, and with what is still to be filled in. ``effective_on``: from when it
    holds (needed where the pack is installed already)."""
    draft, held = _writable(number, by, at)
    after_step(held.standing, DraftStepKind.SUBMIT, by.username)
    _require_current(held)
    if found := check_draft(held, holds_rows=holds_rows, holding=holding, at=at).issues:
        raise Refused("draft_refused", f"草案还有 {len(found)} 处要改好才能送审。", found)
    if held.base and effective_on is None:
        raise Misuse("effective_day_missing", "请写明从哪一天起按新的口径算。")
    return _take(draft, DraftStepKind.SUBMIT, by, at, effective_on=effective_on)


@transaction.atomic
def take_draft_back(number: int, *, by: Person, at: datetime) -> DraftView:
    """Its writer takes a submitted draft back, to go on writing."""
    draft, held = _writable(number, by, at)
    after_step(held.standing, DraftStepKind.WITHDRAW, by.username)
    return _take(draft, DraftStepKind.WITHDRAW, by, at)


@transaction.atomic
def drop_draft(number: int, *, by: Person, at: datetime, reason: str = "") -> DraftView:
    """End a draft that will not be. What was written stays readable."""
    draft, held = _writable(number, by, at)
    after_step(held.standing, DraftStepKind.DROP, by.username)
    return _take(draft, DraftStepKind.DROP, by, at, note=reason)


@transaction.atomic
def return_draft(number: int, *, reason: str, by: Person, at: datetime) -> DraftView:
    """Give a submitted draft back to its writers, with the reason."""
    draft, held = _decidable(number, by, at)
    after_step(held.standing, DraftStepKind.RETURN, by.username)
    if not reason.strip():
        raise Misuse("reason_missing", "退回要写明理由，让拟定的同志知道改什么。")
    return _take(draft, DraftStepKind.RETURN, by, at, note=reason.strip())


@transaction.atomic
def approve_draft(
    number: int, *, holds_rows: HoldsRows, holding: Holding | None, by: Person, at: datetime, seen: int | None = None
) -> DraftView:
    """Approve a submitted draft and install the pack with it. ``seen``: the last step of the draft that was looked at.

    ``Misuse``: ``draft_second_person`` for who wrote some of it, ``draft_moved`` when more happened since; ``Refused``:
    ``draft_overtaken`` when the list changed meanwhile, and all that ``install_pack`` refuses."""
    from shishi.packs.drafting import build

    draft, held = _decidable(number, by, at)
    after_step(held.standing, DraftStepKind.APPROVE, by.username)
    if seen is not None and seen != held.steps[-1].position:
        raise Misuse("draft_moved", "您看过以后，这份草案又改过。请重新看一遍，再决定是否批准。")
    _require_current(held)
    pack = build(installed_pack(held.pack), held.code, held.files)
    revision, _ = install_pack(
        pack,
        effective_on=held.effective_on if held.base else None,
        holds_rows=holds_rows,
        holding=holding,
        by=by,
        at=at,
        right=Action.APPROVE_PROGRAMME,
    )
    return _take(draft, DraftStepKind.APPROVE, by, at, version=revision.version)


def _require_own(code: str, files: Mapping[str, str]) -> None:
    """A draft holds the files of its programme, and what of ``pack.yaml`` belongs to it; nothing else is written."""
    own = re.compile(rf"pack\.yaml|programmes/{code}\.yaml|(?:tables|examples)/{code}/[a-z][a-z0-9_-]*\.yaml")
    foreign = [name for name in files if not own.fullmatch(name)]
    if foreign:
        message = f"草案里不能有“{foreign[0]}”：它只放项目 {code} 自己的文件（programmes、tables、examples 下的 YAML）和 pack.yaml。"
        raise Misuse("draft_file_foreign", message)


def _require_current(held: DraftView) -> None:
    """The list is still the one that the draft changes: else it would undo what others did."""
    installed = installed_pack(held.pack)
    if (installed.version if installed else "") != held.base:
        message = (
            f"草案动笔以后，清单 {held.pack} 又装了新的版本。请先“接到新版本上”（shishi pack draft rebase {held.number}），"
            "核对以后再送审。"
        )
        raise Refused("draft_overtaken", message)


@transaction.atomic
def rebase_draft(number: int, *, by: Person, at: datetime) -> DraftView:
    """Set the draft onto the list as it is now. Where somebody else changed the same programme meanwhile nothing is
    merged by guess: ``Refused`` (``draft_programme_changed``)."""
    draft, held = _writable(number, by, at)
    after_step(held.standing, DraftStepKind.SAVE, by.username)
    now, then = installed_pack(held.pack), _version(held.pack, held.base)
    if now is None or now.version == held.base:
        return held
    same = _programme(now, held.code) == (_programme(then, held.code) if then else None)
    if not same:
        message = "这个项目在您动笔以后已被改过。请从现在的版本另起一份草案，把要改的重做一遍。"
        raise Refused("draft_programme_changed", message)
    note = "接到清单的新版本上"
    return _take(draft, DraftStepKind.SAVE, by, at, files=held.files, title=held.title, note=note, base=now.version)


def _programme(pack: Pack, code: str) -> object:
    return next((item for item in pack.programmes if item.code == code), None)


def _version(pack: str, version: str) -> Pack | None:
    from shishi.packs.canonical import pack_from_document

    held = PackRevision.objects.filter(name=pack, version=version).first()
    return pack_from_document(held.document) if held else None


def _writable(number: int, by: Person, at: datetime) -> tuple[ProgrammeDraft, DraftView]:
    return _held(number, Action.DRAFT_PROGRAMME, by, at)


def _decidable(number: int, by: Person, at: datetime) -> tuple[ProgrammeDraft, DraftView]:
    return _held(number, Action.APPROVE_PROGRAMME, by, at)


def _held(number: int, action: Action, by: Person, at: datetime) -> tuple[ProgrammeDraft, DraftView]:
    """The draft, with no other writer until the transaction ends; ``Misuse`` (``unknown_draft``) also for one that the
    person does not reach."""
    one_at_a_time()
    draft = ProgrammeDraft.objects.filter(pk=number).first()
    if draft is None or not is_seen(by, draft, at):
        raise unknown_draft(number)
    require(by, action, draft.division, f"{draft.pack}/{draft.code}", day_of(at))
    return draft, view_of(draft)


def _take(
    draft: ProgrammeDraft,
    kind: DraftStepKind,
    by: Person,
    at: datetime,
    *,
    files: Mapping[str, str] | None = None,
    title: str = "",
    note: str = "",
    effective_on: date | None = None,
    version: str = "",
    base: str = "",
) -> DraftView:
    """Write a step and its event."""
    if sum(len(text) for text in (files or {}).values()) > _LARGEST:
        raise Misuse("draft_too_large", f"草案超过 {_LARGEST // 1_000_000} MB。请拆成几个项目。")
    step = ProgrammeDraftStep.objects.create(
        draft=draft,
        position=draft.steps.count() + 1,
        kind=kind.value,
        files=dict(files or {}),
        base=base,
        title=title[:200],
        note=note,
        effective_on=effective_on,
        version=version,
        person=by.username,
        at=at,
    )
    record(
        at=at,
        person=by.username,
        body=body_of(by, day_of(at)),
        action=f"pack.draft.{kind.value}",
        subject=f"pack.draft:{draft.pk}/{step.position}",
        digest=digest_of_step(step),
        detail={"programme": f"{draft.pack}/{draft.code}", "note": note},
    )
    return view_of(draft)
