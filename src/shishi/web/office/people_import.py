"""People from Excel: the template, a look at what would come, then the whole workbook or nothing of it."""

from __future__ import annotations

from pathlib import Path

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shishi.apps.accounts.importing import Imported, import_people, people_template
from shishi.apps.files.selectors import is_demonstration
from shishi.apps.files.services import keep_sent
from shishi.apps.programmes.selectors import programmes
from shishi.core.errors import Refused
from shishi.web.design.forms import UNTAKEN, Form, UploadField, answer
from shishi.web.office.sent_lists import ENDINGS, MOST_BYTES, SentList, made
from shishi.web.office.viewing import Viewer

SALT = "office.people-list"


class WorkbookForm(Form):
    """The filled workbook; it is looked at first."""

    file = UploadField(label=gettext_lazy("填好的工作簿"), endings=ENDINGS, most_bytes=MOST_BYTES)


class TakeForm(Form):
    """The last word."""


def upload(request: HttpRequest) -> HttpResponse:
    """Hand in the workbook, or (``list`` in the address) what it would bring, and taking it in."""
    viewer = Viewer.of(request)
    if request.GET.get("list"):
        return _looked_at(request, viewer)
    return answer(
        request,
        WorkbookForm,
        "office/people_import.html",
        {},
        act=lambda form: _kept(viewer, form),
        then=lambda sent: sent.address(reverse("office:people-import"), viewer),
        told=_("已收到，下面是读出来的内容；还没有导入。"),
        by=viewer.person,
        at=viewer.at,
    )


def _kept(viewer: Viewer, form: WorkbookForm) -> SentList:
    file = form.cleaned_data["file"]
    sha256 = keep_sent(file.read(), str(file.name), "people", by=viewer.person, at=viewer.at)
    return SentList(sha256, str(file.name), "", SALT)


def _looked_at(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    sent = SentList.of(request, viewer, SALT)
    page: dict[str, object] = {"list": request.GET["list"], "file": sent.name}

    def act(form: TakeForm) -> Imported:
        with sent.file() as path:
            return _read(path, viewer, dry_run=False)

    try:
        with sent.file() as path:
            told = _read(path, viewer, dry_run=True)
    except Refused as refused:
        faults = {"faults": refused.issues, "refused": refused}
        return render(request, "office/people_import.html", page | faults, status=UNTAKEN)
    return answer(
        request,
        TakeForm,
        "office/people_import.html",
        page | {"told": told},
        act=act,
        then=request.get_full_path(),
        told=lambda done: _("导入 %(rows)s 行：新增 %(people)s 人、%(posts)s 个岗位。") % _counts(done),
        by=viewer.person,
        at=viewer.at,
    )


def template(request: HttpRequest) -> HttpResponse:
    """The empty workbook."""
    return made(people_template, _("人员和岗位") + ".xlsx")


def marked(request: HttpRequest) -> HttpResponse:
    """The workbook with every fault in its cell."""
    viewer = Viewer.of(request)
    return SentList.of(request, viewer, SALT).marked(lambda path: _read(path, viewer, dry_run=True))


def _counts(done: Imported) -> dict[str, int]:
    return {"rows": done.rows, "people": done.people, "posts": done.posts}


def _read(path: Path, viewer: Viewer, *, dry_run: bool) -> Imported:
    known = {word: item.name for _pack, item in programmes() for word in (item.name, item.title)}
    return import_people(
        path, programmes=known, demonstration=is_demonstration(), dry_run=dry_run, by=viewer.person, at=viewer.at
    )
