"""Complaining 投诉建议: what somebody has to say about a promise, on one page, and the receipt."""

from __future__ import annotations

import secrets

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from shishi.apps.cases.facts import form_of, read_answers
from shishi.apps.cases.opening import open_case
from shishi.apps.cases.parties import Applicant
from shishi.apps.citizens.selectors import account_of
from shishi.apps.divisions.selectors import find_division
from shishi.apps.programmes.selectors import process_named, programme_named
from shishi.core.calendars import day_of
from shishi.core.divisions import covers, normalise, official
from shishi.core.errors import Misuse, ShishiError
from shishi.core.processes import Process
from shishi.core.programmes import Programme
from shishi.core.tables import Field, FieldType
from shishi.web.portal.answering import reading
from shishi.web.portal.visitors import me, now, own

COMPLAINT = "complaint"
UNTAKEN = 422
LONG = 200
TOKEN_LENGTH = 60


def taken(programme: str) -> bool:
    """Whether complaints about a programme (full name) are taken here."""
    try:
        process_named(f"{programme.rpartition('/')[0]}/{COMPLAINT}")
    except Misuse:
        return False
    return True


@own
def complain(request: HttpRequest, jurisdiction: str, year: int, code: str) -> HttpResponse:
    """All questions at once: there are five. Sent twice it is one case."""
    _, programme = programme_named(f"{jurisdiction}/{year}/{code}")
    process = process_named(f"{jurisdiction}/{year}/{COMPLAINT}")
    fields = _fields(process)
    place = _place(request.POST.get("place") or request.GET.get("place") or "", programme)
    typed = {item.name: request.POST.get(item.name, "") for item in fields}
    faults: dict[str, str] = {}
    if request.method == "POST":
        try:
            number = _sent(request, process, programme, typed, place)
            return HttpResponseRedirect(f"{reverse('services:case', kwargs={'number': number})}?sent=1")
        except ShishiError as error:
            faults = {issue.field: issue.message for issue in error.issues if issue.field} or {"": error.message}
    page = {
        "programme": programme,
        "address": {"jurisdiction": jurisdiction, "year": year, "code": code},
        "place": find_division(place, day_of(now())),
        "division": official(place),
        "asked": [(item, typed[item.name], faults.get(item.name, ""), _control(item)) for item in fields],
        "faults": faults,
        "once": request.POST.get("once") or secrets.token_urlsafe(18),
        **reading(request),
    }
    return render(request, "portal/complain.html", page, status=UNTAKEN if faults else 200)


def _sent(request: HttpRequest, process: Process, programme: Programme, typed: dict[str, str], place: str) -> str:
    """The number of the case."""
    person, at = me(request), now()
    account = account_of(person)
    form = process.starts.form
    told = {name: text for name, text in typed.items() if text.strip()}
    answers = read_answers(form_of(process, form), told, day_of(at))
    applicant = Applicant(account.name or "群众", person=person, phone=account.phone, id_number=account.number)
    case = open_case(
        process.name,
        answers=answers,
        applicant=applicant,
        division=place,
        programme=programme.name,
        title=typed.get("title", ""),
        by=person,
        at=at,
        once=f"complaint:{request.POST.get('once', '')[:TOKEN_LENGTH]}",
    )
    return case.number


def _fields(process: Process) -> tuple[Field, ...]:
    """What is asked; a point on a map is not, on a page that works without a script."""
    form = form_of(process, process.starts.form)
    return tuple(item for item in form.fields if item.type not in (FieldType.POINT, FieldType.FILE))


def _place(text: str, programme: Programme) -> str:
    """The division that it is about: one within the promise, else the whole (significant code)."""
    root = normalise(programme.division)
    try:
        found = find_division(text, day_of(now())).code if text.strip() else root
    except Misuse:
        return root
    return found if covers(root, found) else root


def _control(item: Field) -> str:
    """How it is asked."""
    if item.values:
        return "radio"
    if item.type is FieldType.DATE:
        return "date"
    return "long" if (item.max_length or 0) > LONG else "text"
