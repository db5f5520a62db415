"""Writing a brief: begun from what the plan composes, edited piece by piece, frozen, signed in order, published."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from django.db import transaction

from shishi.adapters.rendering.printing_house import Printed, print_document
from shishi.apps.accounts.models import Person
from shishi.apps.accounts.roles import Action
from shishi.apps.accounts.selectors import body_of, may, person_named, require
from shishi.apps.audit import chain
from shishi.apps.audit.services import record
from shishi.apps.documents.composing import BriefRequest
from shishi.apps.documents.compositions import Composition, OfProgramme, composition_of, of_order
from shishi.apps.documents.keeping import Slot, keep_brief, next_edition, number_for, unrivalled
from shishi.apps.documents.list_briefs import ListOrder, require_list
from shishi.apps.documents.models import Brief, Draft
from shishi.apps.documents.pieces import (
    NOWHERE,
    Asking,
    Content,
    Cursor,
    Piece,
    Quoted,
    content_of,
    figure_run,
    put_together,
    require_known,
    taken_apart,
)
from shishi.apps.documents.reckonings import Reckonings
from shishi.apps.documents.selectors import digest_of_document, facts_of_draft
from shishi.apps.documents.services import Order, request_of
from shishi.apps.ledger.writing import freeze as freeze_answers
from shishi.core.calendars import day_of
from shishi.core.documents import Document
from shishi.core.drafts import LONGEST, DraftState, Source, Token, tokens, with_token
from shishi.core.errors import Misuse, Refused
from shishi.core.findings import Finding, FindingKind

OPEN = (DraftState.WRITING.value, DraftState.FROZEN.value)


def begin(order: Order, *, by: Person, at: datetime) -> Draft:
    """A draft of the brief that is ordered, from what its plan composes; the open one when there is one already."""
    reckonings = Reckonings(by, at)
    request = request_of(order, reckonings, by, at)
    name, unit = request.now.programme.name, request.unit.code
    require(by, Action.RUN_DAY, unit, name, day_of(at))
    if order.asked.as_of > day_of(at):
        raise Misuse("as_of_in_future", f"{order.asked.as_of} 还没有到，不能出简报。请改为今天或以前的日子。")
    slot = {"programme": name, "kind": order.kind, "division": unit, "as_of": order.asked.as_of}
    standing = tuple(item for item in request.findings if _still(item, request))
    return _begun(slot, OfProgramme(replace(request, findings=standing)), by, at)


def begin_list(order: ListOrder, *, by: Person, at: datetime) -> Draft:
    """A draft of the brief of a whole list; the open one when there is one already. ``Misuse``: unknown_pack,
    unknown_brief_kind, out_of_reach, as_of_in_future."""
    pack, root = require_list(order, by, at)
    slot = {"programme": pack.name, "kind": order.kind, "division": root, "as_of": order.as_of}
    return _begun(slot, of_order(order, by=by, at=at), by, at)


def _begun(slot: Mapping[str, object], composition: Composition, by: Person, at: datetime) -> Draft:
    content = taken_apart(composition, by.username)
    with transaction.atomic():
        held = Draft.objects.select_for_update().filter(**slot, state__in=OPEN).first()
        if held is not None:
            return held
        told = {"person": by.username, "begun_at": at, "changed_by": by.username, "changed_at": at}
        draft = Draft.objects.create(**slot, **told, title=composition.title, content=content.document())
        _record(draft, "begun", by, at, {"pieces": len(content.pieces)})
    return draft


def _still(found: Finding, request: BriefRequest) -> bool:
    """Whether a finding of the day's cut-off is still so by what is known now, when the draft begins."""
    reckoning, programme = request.now, request.now.programme
    unit = reckoning.tree.find(found.division, request.as_of)
    if unit is None:
        return True
    if found.kind is FindingKind.BEHIND and found.indicator:
        figure = reckoning.figure(programme.indicator(found.indicator), unit)
        return figure.behind_points is None or figure.behind_points > 0
    if found.kind is FindingKind.SILENT:
        of_table = (item for item in programme.indicators if reckoning.table_of(item) == found.table)
        reporting = next((reckoning.figure(item, unit).reporting for item in of_table), None)
        return reporting is None or reporting.received < reporting.due
    return True


def document_of(draft: Draft, *, by: Person, at: datetime) -> Document:
    """The document as it would go out; ``Refused`` (draft_faulty) with each piece that can't be printed."""
    return put_together(content_of(draft.content), composition_of(draft, by=by, at=at), draft.title)


def first_piece(draft: Draft) -> str:
    """The id of the first piece; empty when there is none."""
    return next((item.id for item in content_of(draft.content).pieces), "")


def piece_of(draft: Draft, identifier: str) -> Piece:
    """One piece as it stands; ``Misuse`` (unknown_piece)."""
    return content_of(draft.content).piece(identifier)


def preview(draft: Draft, *, by: Person, at: datetime) -> Printed:
    """Word and PDF as they would go out now."""
    return print_document(document_of(draft, by=by, at=at))


def edit(draft: Draft, piece: str, text: str, *, seen: int, by: Person, at: datetime) -> Draft:
    """Write a piece anew. ``seen``: the revision that the person had before them; ``Refused`` (changed_since) with
    what somebody else wrote meanwhile."""
    _require_text(text)

    def change(content: Content) -> Content:
        held = _seen(content, piece, seen)
        if held.kind == "fixed":
            raise Misuse("piece_fixed", "表和图由引用的数生成，不能改写；可以移动或删去。")
        if held.text == text:
            return content
        require_known(content, text)
        new = replace(held, text=text, revision=held.revision + 1, person=by.username)
        return replace(content, pieces=tuple(new if item.id == piece else item for item in content.pieces))

    return _changed(draft, change, "edited", by, at, {"piece": piece, "text": text})


def add(draft: Draft, kind: str, text: str, *, after: str, by: Person, at: datetime) -> Draft:
    """Put a new piece after another (none: on top)."""
    _require_text(text)
    if kind not in ("paragraph", "heading", "note"):
        raise Misuse("unknown_piece_kind", "只能添加正文、标题和附注。")

    def change(content: Content) -> Content:
        require_known(content, text)
        new = Piece(f"p{content.last + 1}", kind, text, person=by.username)
        place = next((at for at, item in enumerate(content.pieces, start=1) if item.id == after), 0)
        pieces = (*content.pieces[:place], new, *content.pieces[place:])
        return replace(content, pieces=pieces, last=content.last + 1)

    return _changed(draft, change, "added", by, at, {"kind": kind, "text": text, "after": after})


def move(draft: Draft, piece: str, steps: int, *, by: Person, at: datetime) -> Draft:
    """Move a piece up (negative) or down by so many places."""

    def change(content: Content) -> Content:
        held = content.piece(piece)
        rest = [item for item in content.pieces if item.id != piece]
        place = max(0, min(len(rest), content.pieces.index(held) + steps))
        return replace(content, pieces=(*rest[:place], held, *rest[place:]))

    return _changed(draft, change, "moved", by, at, {"piece": piece, "steps": steps})


def delete(draft: Draft, piece: str, *, seen: int, by: Person, at: datetime) -> Draft:
    """Take a piece out; what it said stays on the trail."""
    text = next((item.text for item in content_of(draft.content).pieces if item.id == piece), "")

    def change(content: Content) -> Content:
        held = _seen(content, piece, seen)
        return replace(content, pieces=tuple(item for item in content.pieces if item is not held))

    return _changed(draft, change, "deleted", by, at, {"piece": piece, "text": text})


def cite(draft: Draft, asking: Asking, *, cursor: Cursor = NOWHERE, by: Person, at: datetime) -> tuple[Draft, Token]:
    """Give a question a token, and put it into a piece when one is named. The same question keeps its token."""
    found: list[Token] = []

    def change(content: Content) -> Content:
        known = next((key for key, item in content.figures.items() if item == asking), "")
        key = known or str(max((int(item) for item in content.figures), default=0) + 1)
        found[:] = [Token(Source.FIGURE, key)]
        return _with_token(replace(content, figures={**content.figures, key: asking}), cursor, found[0], by)

    composition = composition_of(draft, by=by, at=at)
    if asking.programme not in {item.name for item in composition.programmes}:
        raise Misuse("unknown_programme", "这份简报不讲这个重点项目。请选择简报里有的项目。")
    figure_run(asking, composition, composition.quotes())  # a question that has an answer
    draft = _changed(draft, change, "cited", by, at, {"indicator": asking.indicator, "division": asking.division})
    return draft, found[0]


def quote(draft: Draft, quoted: Quoted, *, cursor: Cursor = NOWHERE, by: Person, at: datetime) -> tuple[Draft, Token]:
    """Give an entry of the work record a token, and put it into a piece when one is named."""
    found: list[Token] = []

    def change(content: Content) -> Content:
        known = next((key for key, item in content.entries.items() if item == quoted), "")
        key = known or str(max((int(item) for item in content.entries), default=0) + 1)
        found[:] = [Token(Source.ENTRY, key)]
        return _with_token(replace(content, entries={**content.entries, key: quoted}), cursor, found[0], by)

    draft = _changed(draft, change, "quoted", by, at, {"entry": quoted.entry})
    return draft, found[0]


def _with_token(content: Content, cursor: Cursor, token: Token, by: Person) -> Content:
    if not cursor.piece:
        return content
    held = content.piece(cursor.piece)
    offset = cursor.offset if cursor.seen in (None, held.revision) else None
    text = with_token(held.text, token, offset)
    new = replace(held, text=text, revision=held.revision + 1, person=by.username)
    return replace(content, pieces=tuple(new if item is held else item for item in content.pieces))


def _seen(content: Content, piece: str, seen: int) -> Piece:
    held = content.piece(piece)
    if held.revision != seen:
        who = person_named(held.person).name if held.person else ""
        message = f"这一段已被{who}改过，现为：“{held.text}”。您写的还在下面；看过之后再保存，就以您的为准。"
        raise Refused("changed_since", message)
    return held


def _require_text(text: str) -> None:
    if len(text) > LONGEST:
        raise Refused("piece_too_long", f"一段最多 {LONGEST} 字，这里有 {len(text)} 字。请分成几段。")
    tokens(text)


def freeze(draft: Draft, signers: Sequence[str], *, by: Person, at: datetime) -> Draft:
    """Fix the numbers as known now and name who signs, in order. What is frozen can't be edited until it is sent
    back. ``Refused`` (draft_faulty) with what can't be printed."""
    named = list(dict.fromkeys(item.strip() for item in signers if item.strip()))
    if not named:
        raise Misuse("signers_missing", "要写明由谁签发，按先后次序。")
    for username in named:
        if not may(person_named(username), Action.READ, draft.division, draft.programme, day_of(at)):
            raise Misuse("signer_out_of_reach", f"{username} 看不到这里的数，不能签发。请换一个人。")
    freeze_answers(at)
    with transaction.atomic():
        held = _held(draft, by, at)
        _require(held, DraftState.WRITING)
        held.known_at = at
        held.digest = digest_of_document(document_of(held, by=by, at=at))
        held.state, held.reason = DraftState.FROZEN, ""
        held.signers = [{"person": username, "signed_at": None} for username in named]
        _touch(held, by, at)
        _record(held, "frozen", by, at, {"signers": named, "digest": held.digest})
    return held


def sign(draft: Draft, *, by: Person, at: datetime) -> Draft:
    """Sign what was frozen, when it is one's turn; signing twice changes nothing."""
    with transaction.atomic():
        held = Draft.objects.select_for_update().get(pk=draft.pk)
        mine = next((item for item in held.signers if item["person"] == by.username), None)
        if mine is not None and mine["signed_at"]:
            return held
        _require(held, DraftState.FROZEN)
        turn = next((item for item in held.signers if not item["signed_at"]), None)
        if turn is None or turn["person"] != by.username:
            who = turn["person"] if turn else "——"
            raise Misuse("not_your_turn", f"现在轮到 {who} 签。请等前面的人签完。")
        turn["signed_at"] = at.isoformat()
        held.save()
        _record(held, "signed", by, at, {"digest": held.digest})
    return held


def send_back(draft: Draft, *, reason: str, by: Person, at: datetime) -> Draft:
    """Back to writing, with a reason: by a signer or whoever writes. Signatures given so far no longer count."""
    if not reason.strip():
        raise Misuse("reason_missing", "退回修改要写明原因。")
    with transaction.atomic():
        held = Draft.objects.select_for_update().get(pk=draft.pk)
        if by.username not in {item["person"] for item in held.signers}:
            require(by, Action.RUN_DAY, held.division, held.programme, day_of(at))
        _require(held, DraftState.FROZEN)
        held.state, held.known_at, held.digest, held.reason = DraftState.WRITING, None, "", reason.strip()
        held.signers = []
        _touch(held, by, at)
        _record(held, "sent_back", by, at, {"reason": held.reason})
    return held


def publish(draft: Draft, *, by: Person, at: datetime) -> Brief:
    """Number it and let it go out, once everybody has signed. Publishing twice gives the same brief."""
    if draft.brief is not None:
        return draft.brief
    return unrivalled(lambda: _publish(draft, by, at))


def _publish(draft: Draft, by: Person, at: datetime) -> Brief:
    _require(draft, DraftState.FROZEN)
    document = document_of(draft, by=by, at=at)
    if digest_of_document(document) != draft.digest:
        raise Refused("draft_differs", "成文的内容与签发时所见的不一样，没有发出。请退回修改，重新定稿再签。")
    printed = print_document(document)
    with transaction.atomic():
        held = _held(draft, by, at)
        if held.brief is not None:
            return held.brief
        _require(held, DraftState.FROZEN)
        waiting = [item["person"] for item in held.signers if not item["signed_at"]]
        if waiting or held.known_at is None:
            raise Misuse("not_signed", f"还等 {'、'.join(waiting)} 签发。签完才能印发。")
        number = number_for(*_series(held), held.as_of)
        edition = next_edition(*_series(held), held.as_of)
        slot = Slot(*_series(held), held.as_of, number, held.known_at, 0, edition)
        held.brief = keep_brief(document, printed, slot, by, at)
        held.state = DraftState.PUBLISHED
        _touch(held, by, at)
        digest = chain.digest(facts_of_draft(held))
        _record(held, "published", by, at, {"number": number, "brief": held.brief.pk}, digest)
        return held.brief


def drop(draft: Draft, *, reason: str, by: Person, at: datetime) -> Draft:
    """Let a draft go, with a reason. Saying so twice changes nothing."""
    if draft.state == DraftState.DROPPED:
        return draft
    if not reason.strip():
        raise Misuse("reason_missing", "作废要写明原因。")
    with transaction.atomic():
        held = _held(draft, by, at)
        if held.state not in OPEN:
            raise Misuse("draft_ended", f"这份拟稿{DraftState(held.state).label}，不能作废。")
        held.state, held.reason = DraftState.DROPPED, reason.strip()
        _touch(held, by, at)
        _record(held, "dropped", by, at, {"reason": held.reason})
    return held


def _series(draft: Draft) -> tuple[str, str, str]:
    return draft.programme, draft.kind, draft.division


def _held(draft: Draft, by: Person, at: datetime) -> Draft:
    require(by, Action.RUN_DAY, draft.division, draft.programme, day_of(at))
    return Draft.objects.select_for_update().get(pk=draft.pk)


def _require(draft: Draft, state: DraftState) -> None:
    if draft.state != state:
        word = DraftState(draft.state).label
        raise Misuse("draft_state", f"这份拟稿现为“{word}”，要在“{state.label}”时才能这样办。")


def _changed(
    draft: Draft,
    change: Callable[[Content], Content],
    action: str,
    by: Person,
    at: datetime,
    detail: dict[str, object],
) -> Draft:
    with transaction.atomic():
        held = _held(draft, by, at)
        _require(held, DraftState.WRITING)
        before = content_of(held.content)
        after = change(before)
        if after != before:
            held.content = after.document()
            _touch(held, by, at)
            _record(held, action, by, at, detail)
    return held


def _touch(draft: Draft, by: Person, at: datetime) -> None:
    draft.changed_by, draft.changed_at = by.username, at
    draft.save()


def _record(draft: Draft, action: str, by: Person, at: datetime, detail: dict[str, object], digest: str = "") -> None:
    kind = "brief.draft" if digest else "draft"
    told = {"programme": draft.programme, "as_of": draft.as_of.isoformat(), "kind": draft.kind, **detail}
    record(
        at=at,
        person=by.username,
        body=body_of(by, day_of(at)),
        action=f"brief.{action}",
        subject=f"{kind}:{draft.pk}",
        digest=digest,
        detail=told,
    )
