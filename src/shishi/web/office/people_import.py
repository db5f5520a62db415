"""People from Excel: the template, a look at what would come, then the whole workbook or nothing of it."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shishi.apps.accounts.importing import Imported, import_people, people_template
from shishi.apps.files.selectors import is_demonstration
from shishi.apps.programmes.selectors import programmes
from shishi.core.errors import Refused
from shishi.web.design.forms import UNTAKEN, Form, UploadField, answer
from shishi.web.office.viewing import Viewer

MOST_BYTES = 5 * 2**20


class WorkbookForm(Form):
    """The filled workbook; first only looked at."""

    file = UploadField(label=gettext_lazy("填好的工作簿"), endings=(".xlsx",), most_bytes=MOST_BYTES)
    try_only = forms.BooleanField(label=gettext_lazy("只检查，先不导入"), required=False, initial=True)


def upload(request: HttpRequest) -> HttpResponse:
    """Take the workbook, or show each fault at its cell."""
    viewer = Viewer.of(request)
    page: dict[str, object] = {"issues": (), "tried": None}

    def act(form: Form) -> Imported:
        given = form.cleaned_data
        try:
            done = _read(given["file"], viewer, dry_run=given["try_only"])
        except Refused as wrong:
            page["issues"] = wrong.issues
            raise Refused(wrong.code, wrong.message) from wrong
        if given["try_only"]:
            page["tried"] = done
            raise _OnlyTried(done)
        return done

    try:
        return answer(
            request,
            WorkbookForm,
            "office/people_import.html",
            page,
            act=act,
            then=request.path,
            by=viewer.person,
            at=viewer.at,
            told=lambda done: _("导入 %(rows)s 行：新增 %(people)s 人、%(posts)s 个岗位。") % _counts(done),
        )
    except _OnlyTried:
        return render(request, "office/people_import.html", page | {"form": WorkbookForm()}, status=UNTAKEN)


def template(request: HttpRequest) -> HttpResponse:
    """The empty workbook."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "people.xlsx"
        people_template(path)
        content = path.read_bytes()
    response = HttpResponse(content, content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(_('人员和岗位') + '.xlsx')}"
    return response


class _OnlyTried(Exception):
    """Nothing was written, the token of the form neither."""


def _counts(done: Imported) -> dict[str, int]:
    return {"rows": done.rows, "people": done.people, "posts": done.posts}


def _read(file: UploadedFile[bytes], viewer: Viewer, *, dry_run: bool) -> Imported:
    known = {word: item.name for _pack, item in programmes() for word in (item.name, item.title)}
    with TemporaryDirectory() as folder:
        path = Path(folder) / "people.xlsx"
        path.write_bytes(file.read())
        return import_people(
            path, programmes=known, demonstration=is_demonstration(), dry_run=dry_run, by=viewer.person, at=viewer.at
        )
