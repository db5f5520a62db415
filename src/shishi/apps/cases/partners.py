"""The other body of a case: what it is told of the thread, as far as it may see it, in the transaction that says it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shishi.apps.accounts.models import Person
from shishi.apps.accounts.services import make_partner
from shishi.apps.cases.definitions import process_of
from shishi.apps.cases.facts import plain_facts
from shishi.apps.cases.models import CaseLink, CaseRow, CaseStep, MaterialRow
from shishi.apps.cases.standing_told import standing_document, stands
from shishi.apps.exchange.writing import Filed, write
from shishi.apps.files.services import content_of
from shishi.core.case_states import CaseAction, SeenBy
from shishi.core.processes import Process
from shishi.core.values import to_text

ACCEPTING, HANDLING = "accepting", "handling"
SEND = "exchange.send"
FORWARD, RECEIVED, WRONG, DECIDED = "case.forward", "case.received", "case.wrong_centre", "case.decided"
ASKED, SUPPLEMENTED, DELIVERED, RATED = "case.supplement_asked", "case.supplemented", "case.delivered", "case.rated"
WITHDRAW, WITHDRAWN, NOT_WITHDRAWN = "case.withdraw_asked", "case.withdrawn", "case.withdraw_refused"
LINE = "case.line"
STANDING = "standing"
"""In every message: where its speaker stands."""
FROM_THERE = "partner"
"""In a line: the other body said it, so that it is not said back."""
TOLD = {
    HANDLING: {
        CaseAction.ACCEPT,
        CaseAction.HANDLE,
        CaseAction.DECIDE,
        CaseAction.EXTEND,
        CaseAction.SUSPEND,
        CaseAction.RESUME,
        CaseAction.COMMENT,
    },
    ACCEPTING: {CaseAction.COMMENT},
}
"""What each side hears of the other's thread, besides what has a message of its own."""


@dataclass(frozen=True, slots=True)
class Word:
    """One thing that is told across. ``key`` names it for ever within its case."""

    purpose: str
    key: str
    body: Mapping[str, object]
    files: Sequence[Filed] = ()


def speaks_across(process: Process) -> bool:
    """Whether cases of this process may have another body."""
    return any(call.verb == SEND for call in process.calls)


def link_of(case: UUID) -> CaseLink | None:
    """The other body of a case; ``None`` while it has none."""
    return CaseLink.objects.filter(case__uuid=case).select_related("case").first()


def tell(link: CaseLink, word: Word, by: Person | None, at: datetime, state: str = "") -> None:
    """Queue it for the other body, in the transaction of what it tells; where our side stands goes with it. ``state``:
    of a case that is in hand, before it is written down."""
    told = {**word.body, STANDING: standing_document(stands(link.case, at, state))}
    content = json.dumps(told, ensure_ascii=False, sort_keys=True).encode()
    once = f"{link.case.uuid}:{link.turn}:{word.key}"
    person = by or make_partner(at)
    write(link.peer, link.conversation, word.purpose, content, once=once, by=person, at=at, files=word.files)


def tell_partner(row: CaseRow, lines: Iterable[CaseStep], by: Person | None, at: datetime) -> None:
    """Tell the other body what the thread has grown by."""
    link = CaseLink.objects.filter(case=row).select_related("case").first()
    if link is None:
        return
    for step in lines:
        word = None if step.told.get(FROM_THERE) else _word(link, step)
        if word:
            tell(link, word, by, at)


def ask_withdrawal(row: CaseRow, reason: str, by: Person | None, at: datetime) -> bool:
    """Whether the withdrawal of a case was asked of the body that handles it now; it is withdrawn when that body says
    so."""
    link = CaseLink.objects.filter(case=row, side=ACCEPTING).select_related("case").first()
    if link is None:
        return False
    tell(link, Word(WITHDRAW, f"withdraw:{row.steps_count}", {"reason": reason}), by, at)
    return True


def files_of(row: CaseRow, codes: Iterable[str] | None = None) -> tuple[Filed, ...]:
    """The materials of a case that are there as files (only these, when named), under ``code：name``."""
    held = MaterialRow.objects.filter(case=row).exclude(sha256="").order_by("code")
    rows = held if codes is None else held.filter(code__in=list(codes))
    return tuple(Filed(_file_name(item), "application/octet-stream", content_of(item.sha256)) for item in rows)


def _file_name(item: MaterialRow) -> str:
    plain = re.sub(r"[^\w.（）()\- ]", "_", item.file_name).strip() or "材料"
    return f"{item.code}：{plain}"[:120].strip()


def _corrected(link: CaseLink, step: CaseStep) -> dict[str, object]:
    """Fields that the applicant corrected, under the names by which the other side asked for them."""
    asked = link.case.steps.filter(action=CaseAction.ASK_SUPPLEMENT).order_by("-position")
    told = asked.values_list("told", flat=True).first() or {}
    theirs = {item["name"]: item["theirs"] for item in told.get("list", ()) if item.get("theirs")}
    facts = plain_facts(link.case, process_of(link.case), step.facts)
    return {theirs[name]: to_text(value) for name, value in facts.items() if name in theirs}


def _word(link: CaseLink, step: CaseStep) -> Word | None:
    """What of a line the other body hears; lines for officials alone stay here."""
    if step.seen_by == SeenBy.OFFICIALS:
        return None
    key, action = f"line:{step.position}", CaseAction(step.action)
    if link.side == HANDLING and action is CaseAction.ASK_SUPPLEMENT:
        return Word(ASKED, key, {"list": step.told.get("list", []), "text": step.text})
    if link.side == ACCEPTING and action is CaseAction.SUPPLEMENT:
        codes = step.case.standing.get("asked", ())
        return Word(SUPPLEMENTED, key, {"text": step.text, "facts": _corrected(link, step)}, files_of(link.case, codes))
    if link.side == ACCEPTING and action is CaseAction.RATE:
        return Word(RATED, key, {"code": step.told.get("code"), "text": step.text})
    if action not in TOLD[link.side] or not (step.text or step.outcome):
        return None
    named = (("basis", "依据"), ("remedy", "救济途径"))
    told = [f"{title}：{step.told[name]}" for name, title in named if step.told.get(name)]
    text = "；".join([step.text or str(step.told.get("outcome") or step.outcome), *told])
    return Word(LINE, key, {"side": link.side, "action": action.label, "text": text, "seen": step.seen_by})
