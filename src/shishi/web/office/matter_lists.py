"""Matters from Excel: the template, what a filled list would open, and opening it."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from django import forms
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import content_disposition_header, urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shishi.adapters.spreadsheets.marking import mark_workbook
from shishi.apps.accounts.roles import Action
from shishi.apps.files.selectors import is_demonstration
from shishi.apps.files.services import content_of
from shishi.apps.programmes.selectors import programmes_for
from shishi.apps.supervision.matter_lists import import_matters, keep_list, matter_template, read_matters
from shishi.core.divisions import normalise
from shishi.core.errors import Refused
from shishi.web.design.forms import UNTAKEN, Form, UploadField, answer
from shishi.web.office.viewing import Viewer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shishi.apps.supervision.matter_lists import MatterList
    from shishi.core.errors import Issue

L = gettext_lazy
MOST_BYTES = 5 * 2**20
SALT = "office.matter-list"
LASTS = 24 * 3600
"""Seconds for which a list that was looked at may be opened."""
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class ListForm(Form):
    """The filled list; it is looked at first."""

    programme = forms.ChoiceField(
        label=L("重点项目"), help_text=L("清单里没有写“重点项目”的事项归到这里。"), required=True
    )
    file = UploadField(label=L("填好的清单"), endings=(".xlsx", ".xls", ".ods", ".csv"), most_bytes=MOST_BYTES)

    def __init__(self, *args: Any, choices: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["programme"].choices = choices  # type: ignore[attr-defined]  # a choice field


class OpenForm(Form):
    """The last word."""

    assigned = forms.BooleanField(label=L("立项后一并交办（编号、起算时限，通知牵头和配合单位）"), required=False)

    def __init__(self, *args: Any, assigns: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not assigns:
            del self.fields["assigned"]


def listed(request: HttpRequest) -> HttpResponse:
    """Hand in a list, or (``list`` in the address) what it would open, and opening it."""
    viewer = Viewer.of(request)
    if request.GET.get("list"):
        return _looked_at(request, viewer)
    choices = [
        (programme.name, programme.title)
        for _pack, programme in programmes_for(viewer.person, at=viewer.at)
        if viewer.may(Action.DRAFT_NOTICE, normalise(programme.division), programme.name)
    ]
    return answer(
        request,
        ListForm,
        "office/matter_list.html",
        {"list": None},
        act=lambda form: _kept(viewer, form.cleaned_data),
        then=_address,
        told=_("已读完，请核对。还没有立项。"),
        by=viewer.person,
        at=viewer.at,
        initial={"programme": request.GET.get("programme", "")},
        given={"choices": choices},
    )


def _kept(viewer: Viewer, told: dict[str, Any]) -> str:
    """Keep the file; the word under which this person may go on with it."""
    file = told["file"]
    sha256 = keep_list(file.read(), str(file.name), told["programme"], by=viewer.person, at=viewer.at)
    kept = [sha256, Path(str(file.name)).name, told["programme"], viewer.person.username]
    return signing.dumps(kept, salt=SALT, compress=True)


def _address(word: str) -> str:
    return f"{reverse('office:matters-import')}?{urlencode({'list': word})}"


def _opened(request: HttpRequest, viewer: Viewer) -> tuple[str, str, str]:
    """Hash, file name and programme of the list that the address names; ``Http404`` for another's or an old one."""
    try:
        sha256, name, programme, username = signing.loads(request.GET.get("list", ""), salt=SALT, max_age=LASTS)
    except (signing.BadSignature, ValueError) as wrong:
        raise Http404 from wrong
    if username != viewer.person.username:
        raise Http404
    return str(sha256), str(name), str(programme)


@contextmanager
def _file(sha256: str, name: str) -> Iterator[Path]:
    with TemporaryDirectory(prefix="shishi-") as folder:
        path = Path(folder) / name
        path.write_bytes(content_of(sha256))
        yield path


def _looked_at(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    sha256, name, programme = _opened(request, viewer)
    given: dict[str, Any] = {"by": viewer.person, "at": viewer.at, "demonstration": is_demonstration()}
    page: dict[str, Any] = {"list": request.GET["list"], "file": name, "programme": programme}

    def act(form: OpenForm) -> tuple[MatterList, tuple[object, ...]]:
        with _file(sha256, name) as path:
            return import_matters(path, programme, assigned=bool(form.cleaned_data.get("assigned")), **given)

    try:
        with _file(sha256, name) as path:
            told = read_matters(path, programme, **given)
    except Refused as refused:
        faults: tuple[Issue, ...] = refused.issues
        return render(request, "office/matter_list.html", page | {"faults": faults, "refused": refused}, status=UNTAKEN)
    assigns = viewer.may(Action.ISSUE_NOTICE, normalise(viewer.programme(programme)[1].division), programme)
    return answer(
        request,
        OpenForm,
        "office/matter_list.html",
        page | {"told": told},
        act=act,
        then=_address(request.GET["list"]),
        told=lambda done: _("新立 %(made)s 件。原有的没有变动。") % {"made": len(done[1])},
        by=viewer.person,
        at=viewer.at,
        given={"assigns": assigns},
    )


def template(request: HttpRequest) -> HttpResponse:
    """The empty workbook."""
    with TemporaryDirectory(prefix="shishi-") as folder:
        path = Path(folder) / "matters.xlsx"
        matter_template(path, demonstration=is_demonstration())
        return _workbook(path.read_bytes(), _("督办事项清单") + ".xlsx")


def marked(request: HttpRequest) -> HttpResponse:
    """The list with every fault in its cell."""
    viewer = Viewer.of(request)
    sha256, name, programme = _opened(request, viewer)
    with _file(sha256, name) as path:
        try:
            read_matters(path, programme, by=viewer.person, at=viewer.at)
        except Refused as refused:
            target = path.with_name("marked.xlsx")
            mark_workbook(path, refused.issues, target)
            return _workbook(target.read_bytes(), _("已标记") + f"-{Path(name).stem}.xlsx")
    raise Http404


def _workbook(content: bytes, name: str) -> HttpResponse:
    disposition = content_disposition_header(as_attachment=True, filename=name)
    return HttpResponse(content, content_type=XLSX, headers={"Content-Disposition": disposition or "attachment"})
