"""Progress without signing in 免登录查询: by the number and the phone that was given with the case, whose holder has proved
to hold it. What is seen is what the applicant sees; nothing can be done from here."""

from __future__ import annotations

from datetime import datetime

from shishi.apps.cases.definitions import process_of
from shishi.apps.cases.models import CaseRow, CaseStep
from shishi.apps.cases.parties import phone_digest
from shishi.apps.cases.views import CaseView, StepView, case_view, step_views
from shishi.core.errors import Misuse


def belongs(number: str, phone: str) -> bool:
    """Whether the case of that number was given with that phone: for deciding whether a text goes out, and nothing that
    anybody is shown."""
    return CaseRow.objects.filter(number=number.strip(), phone_digest=phone_digest(phone)).exists() if phone else False


def progress_of(number: str, phone: str, at: datetime) -> tuple[CaseView, tuple[StepView, ...]]:
    """The case with the lines that its applicant may read; the caller has proved the phone. ``Misuse`` (unknown_case):
    the same words for a number that is not there and for one of somebody else."""
    row = case_by_phone(number, phone)
    steps = list(CaseStep.objects.filter(case=row).order_by("position"))
    return case_view(row, at, officials=False), step_views(steps, row, process_of(row), officials=False)


def case_by_phone(number: str, phone: str) -> CaseRow:
    """The case of that number that was given with that phone. ``Misuse`` (unknown_case)."""
    found = CaseRow.objects.filter(number=number.strip(), phone_digest=phone_digest(phone)) if phone else None
    row = found.select_related("applicant").first() if found is not None else None
    if row is None:
        raise Misuse("unknown_case", "办件号和手机号对不上。请核对回执上的办件号，和申请时留的手机号。")
    return row
