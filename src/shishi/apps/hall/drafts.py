"""Drafts of applications 草稿: answers kept question by question, until the whole is checked and sent.

What is known of who applies is put in and never asked. A draft belongs to an account; its code, with a code by phone,
opens it on another device. Sending it opens the case once, whatever is pressed twice, and wipes what was typed.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from shishi.apps.accounts.models import Person
from shishi.apps.audit.services import record
from shishi.apps.cases.materials import add_material
from shishi.apps.cases.models import CaseRow
from shishi.apps.cases.opening import open_case
from shishi.apps.cases.parties import Applicant
from shishi.apps.citizens.sealing import plain, sealed
from shishi.apps.citizens.selectors import Account, account_of
from shishi.apps.citizens.trust import Trust
from shishi.apps.files.services import content_of
from shishi.apps.hall.catalogue import ServiceItem, item_coded
from shishi.apps.hall.models import Draft
from shishi.apps.hall.questions import Question, held_answers, questions_of
from shishi.core.calendars import day_of
from shishi.core.cells import CellFault
from shishi.core.errors import Misuse, Refused
from shishi.core.processes import Process

SEALED_FOR = "hall.draft"
LIVES = timedelta(days=30)
"""How long a draft is kept after it was last changed (design: no rule says how long)."""
OPEN_AT_MOST = 20
LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
CODE_LENGTH = 8


@dataclass(frozen=True, slots=True)
class Paper:
    """A file that was taken for a material, not sent yet."""

    material: str
    sha256: str
    name: str
    size: int


@dataclass(frozen=True)
class DraftView:
    """A draft as its owner sees it. ``answers``: the text of each answered question, by its name; ``held``: what is
    known and not asked."""

    code: str
    item: ServiceItem
    process: Process
    account: Account
    answers: Mapping[str, str]
    held: Mapping[str, str]
    papers: tuple[Paper, ...]
    changed_at: datetime
    runs_out_at: datetime
    case: str

    @property
    def questions(self) -> tuple[Question, ...]:
        """What is asked, in order, what is held left out."""
        return tuple(one for one in questions_of(self.process) if one.name not in self.held)

    @property
    def unanswered(self) -> Question | None:
        """The first question that needs an answer and has none."""
        return next((one for one in self.questions if one.required and not self.answers.get(one.name)), None)

    def papers_for(self, material: str) -> tuple[Paper, ...]:
        """The files taken for one material."""
        return tuple(paper for paper in self.papers if paper.material == material)


@transaction.atomic
def begin_draft(item: str, *, by: Person, at: datetime) -> DraftView:
    """Begin to apply, or go on with the draft of this item that is there. ``Misuse`` (unknown_item, item_not_online,
    drafts_many); ``Refused`` (trust_too_low)."""
    found = item_coded(item, at)
    if found.process is None or not found.is_open:
        raise Misuse("item_not_online", "这个事项还不能在这里申请。请按办事指南写的地点、电话办理。")
    _require_trust(account_of(by), found)
    mine = _mine(by, at)
    held = mine.filter(item=item).first()
    if held is None:
        if mine.count() >= OPEN_AT_MOST:
            raise Misuse("drafts_many", f"没有提交的草稿已有 {OPEN_AT_MOST} 份。请先提交或删去几份。")
        held = Draft.objects.create(
            code="".join(secrets.choice(LETTERS) for _ in range(CODE_LENGTH)),
            owner=by,
            process=found.process.name,
            item=item,
            item_table=found.table.name,
            division=found.division,
            began_at=at,
            changed_at=at,
        )
        record(at=at, person=by.username, action="draft.begin", subject=f"draft:{held.code}", detail={"item": item})
    return _view(held, by, at)


def draft_of(person: Person, code: str, at: datetime) -> DraftView:
    """One's own draft; ``Misuse`` (unknown_draft) for any other."""
    return _view(_own(person, code, at), person, at)


def drafts_of(person: Person, at: datetime) -> tuple[DraftView, ...]:
    """One's drafts that are not sent, newest first; those whose item is gone are left out."""
    found: list[DraftView] = []
    for held in _mine(person, at).order_by("-changed_at"):
        try:
            found.append(_view(held, person, at))
        except Misuse:
            continue
    return tuple(found)


@transaction.atomic
def answer(person: Person, code: str, name: str, text: str, *, at: datetime) -> DraftView:
    """Keep the answer to one question. ``Refused`` with the fault of the answer (code and message of the cell);
    ``Misuse`` (unknown_question)."""
    held = _own(person, code, at)
    view = _view(held, person, at)
    question = next((one for one in view.questions if one.name == name), None)
    if question is None:
        raise Misuse("unknown_question", "没有这一问：它可能已经不需要回答。请从“核对”页接着办。")
    if question.required and not text.strip():
        raise Refused("required", f"请回答“{question.title}”。")
    try:
        question.typed(text, day_of(at))
    except CellFault as fault:
        raise Refused(fault.code, fault.message) from fault
    _keep(held, {**view.answers, name: text.strip()}, view.papers, at)
    return _view(held, person, at)


@transaction.atomic
def add_paper(person: Person, code: str, paper: Paper, *, at: datetime) -> DraftView:
    """Note a file that was taken (:mod:`shishi.apps.hall.papers`) for a material of the draft; the same file again
    changes nothing. ``Misuse`` (unknown_material, papers_many)."""
    held = _own(person, code, at)
    view = _view(held, person, at)
    if paper.material not in {material.code for material in view.process.materials}:
        raise Misuse("unknown_material", "这件事不要这份材料。请从材料页重新选择。")
    if len(view.papers_for(paper.material)) >= 9:
        raise Misuse("papers_many", "一份材料最多传 9 个文件。请先删去不要的。")
    papers = [kept for kept in view.papers if (kept.material, kept.sha256) != (paper.material, paper.sha256)]
    _keep(held, view.answers, (*papers, paper), at)
    return _view(held, person, at)


@transaction.atomic
def drop_paper(person: Person, code: str, material: str, sha256: str, *, at: datetime) -> DraftView:
    """Take a file out of the draft again."""
    held = _own(person, code, at)
    view = _view(held, person, at)
    papers = tuple(kept for kept in view.papers if (kept.material, kept.sha256) != (material, sha256))
    _keep(held, view.answers, papers, at)
    return _view(held, person, at)


@transaction.atomic
def drop_draft(person: Person, code: str, *, at: datetime) -> None:
    """Throw a draft away with all that was typed."""
    held = _own(person, code, at)
    record(at=at, person=person.username, action="draft.drop", subject=f"draft:{held.code}", detail={})
    held.delete()


@transaction.atomic
def send(person: Person, code: str, *, at: datetime) -> str:
    """Open the case and wipe the draft; the number of the case. Sent before: the same number. ``Misuse``
    (draft_unfinished), and what opening a case refuses."""
    sent = Draft.objects.filter(owner=person, code=code, sent_at__isnull=False).first()
    if sent:
        return sent.case
    held = _own(person, code, at)
    view = _view(held, person, at)
    if view.unanswered is not None:
        raise Misuse("draft_unfinished", f"“{view.unanswered.title}”还没有回答。")
    _require_papers(view)
    case = _opened(held, view, person, at)
    held.sent_at, held.case, held.answers, held.papers = at, case.number, "", ""
    held.save()
    record(
        at=at, person=person.username, action="draft.send", subject=f"draft:{held.code}", detail={"case": case.number}
    )
    return case.number


def _opened(held: Draft, view: DraftView, person: Person, at: datetime) -> CaseRow:
    """The case, with what was typed, what is held, and every file."""
    account = view.account
    applicant = Applicant(
        name=account.name or view.held.get("name", "") or "群众",
        person=person,
        phone=account.phone,
        id_number=account.number,
    )
    today = day_of(at)
    told = {**view.held, **view.answers}
    answers = {one.name: one.typed(told[one.name], today) for one in questions_of(view.process) if told.get(one.name)}
    case = open_case(
        view.process.name,
        answers=answers,
        applicant=applicant,
        division=held.division,
        item=held.item,
        channel="online",
        by=person,
        at=at,
        once=f"draft:{held.code}",
        programme=view.item.programme.name,
        title=view.item.name,
    )
    for paper in view.papers:
        add_material(case.uuid, paper.material, name=paper.name, content=content_of(paper.sha256), by=person, at=at)
    return case


def _require_papers(view: DraftView) -> None:
    for material in view.process.materials:
        optional = not material.required or material.promise or material.later is not None or material.held
        if not optional and not view.papers_for(material.code):
            raise Misuse("draft_unfinished", f"还没有上传“{material.title}”。")


def _require_trust(account: Account, item: ServiceItem) -> None:
    if not account.trust.suffices(item.trust):
        wanted = Trust(item.trust).label
        message = f"这件事要先{wanted}：您现在是{account.trust.label}。请用统一身份认证登录，或带身份证到窗口办理。"
        raise Refused("trust_too_low", message)


def _mine(person: Person, at: datetime) -> QuerySet[Draft]:
    return Draft.objects.filter(owner=person, sent_at__isnull=True, changed_at__gt=at - LIVES)


def _own(person: Person, code: str, at: datetime) -> Draft:
    held = _mine(person, at).select_for_update().filter(code=code.strip().upper()).first()
    if held is None:
        raise Misuse("unknown_draft", "没有这份草稿：可能已经提交、超过 30 天没有动过，或不是您的。")
    return held


def _view(held: Draft, person: Person, at: datetime) -> DraftView:
    item = item_coded(held.item, at)
    if item.process is None:
        raise Misuse("item_not_online", "这个事项已经不在这里受理。请看办事指南。")
    account = account_of(person)
    return DraftView(
        code=held.code,
        item=item,
        process=item.process,
        account=account,
        answers=json.loads(plain(held.answers, SEALED_FOR) or "{}"),
        held=held_answers(item.process, account),
        papers=tuple(Paper(**one) for one in json.loads(plain(held.papers, SEALED_FOR) or "[]")),
        changed_at=held.changed_at,
        runs_out_at=held.changed_at + LIVES,
        case=held.case,
    )


def _keep(held: Draft, answers: Mapping[str, str], papers: tuple[Paper, ...] | list[Paper], at: datetime) -> None:
    listed = [{"material": p.material, "sha256": p.sha256, "name": p.name, "size": p.size} for p in papers]
    held.answers = sealed(json.dumps(dict(answers), ensure_ascii=False), SEALED_FOR)
    held.papers = sealed(json.dumps(listed, ensure_ascii=False), SEALED_FOR)
    held.changed_at = at
    held.save(update_fields=["answers", "papers", "changed_at"])
