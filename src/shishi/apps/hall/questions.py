"""Questions 一页一问: the form that begins a process, field by field, and which of them are known already."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from shishi.apps.citizens.selectors import Account
from shishi.apps.divisions.selectors import find_division
from shishi.core.calendars import day_of
from shishi.core.cells import CellFault, parse
from shishi.core.divisions import official
from shishi.core.errors import Misuse, Refused
from shishi.core.processes import Process
from shishi.core.tables import Field, FieldType, Value
from shishi.core.values import shown

_NAMES = frozenset({"姓名", "申请人", "申请人姓名", "联系人", "申请人（姓名）"})
_DOCUMENTS = frozenset({FieldType.CITIZEN_NUMBER, FieldType.IDENTITY_DOCUMENT})


@dataclass(frozen=True, slots=True)
class Question:
    """One field of the form. ``name`` is that of the field."""

    field: Field

    @property
    def name(self) -> str:
        """The field's name, in addresses and answers."""
        return self.field.name

    @property
    def title(self) -> str:
        """What is asked."""
        return self.field.title

    @property
    def required(self) -> bool:
        """Whether it has to be answered."""
        return self.field.required

    def typed(self, text: str, today: date) -> Value:
        """The answer as the field has it; raises :class:`CellFault`."""
        return parse(self.field, text, _Places(today)) if text.strip() else None

    def told(self, text: str, today: date) -> str:
        """The answer as it is read again before it is sent; what is sensitive only in part."""
        return shown(self.field, self.typed(text, today)) if text.strip() else ""


@dataclass(frozen=True, slots=True)
class _Places:
    """What answers are held against: today, and the division tree."""

    day: date

    def division(self, text: str) -> str:
        """The official code of a code or a name."""
        try:
            return official(find_division(text, self.day).code)
        except Misuse as unknown:
            raise CellFault("division_unknown", unknown.message) from unknown

    def entry_of(self, table: str, key: str) -> str | None:
        """Citizens refer to no rows."""
        return None


def questions_of(process: Process) -> tuple[Question, ...]:
    """Every field of the form that begins the process; files are materials and asked apart."""
    form = process.forms.get(process.starts.form)
    fields = form.fields if form else ()
    return tuple(Question(field) for field in fields if field.type not in (FieldType.FILE, FieldType.REFERENCE))


def held_answers(process: Process, account: Account) -> Mapping[str, str]:
    """What the account knows of the answers (国务院关于在线政务服务的若干规定 第七条: what is held is not asked)."""
    found: dict[str, str] = {}
    for question in questions_of(process):
        field = question.field
        value = ""
        if field.type is FieldType.PHONE:
            value = account.phone
        elif field.type in _DOCUMENTS:
            value = account.number
        elif field.type is FieldType.TEXT and field.title in _NAMES:
            value = account.name
        if value and field.name not in found:
            found[field.name] = value
    return found


def asked_of(process: Process, account: Account) -> tuple[Question, ...]:
    """The questions that are left to ask somebody."""
    held = held_answers(process, account)
    return tuple(one for one in questions_of(process) if one.name not in held)


def typed_answers(process: Process, told: Mapping[str, str], at: datetime) -> Mapping[str, Value]:
    """Answers to fields of any form (``form.field``), typed; ``Refused`` with the first fault."""
    found: dict[str, Value] = {}
    for name, text in told.items():
        field = process.facts.by_name.get(name)
        if field is None:
            raise Misuse("unknown_question", "没有这一问。请从办件页面重新进入。")
        try:
            found[name] = Question(field).typed(text, day_of(at))
        except CellFault as fault:
            raise Refused(fault.code, fault.message) from fault
    return found
