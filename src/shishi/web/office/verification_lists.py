"""Work lists as workbooks: taken along to the spot, and handed in filled."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shishi.apps.assurance.check_lists import Handed, record_work_list, write_work_list
from shishi.apps.files.selectors import is_demonstration
from shishi.core.errors import Refused
from shishi.web.design.forms import Form, UploadField, answer
from shishi.web.office.verification import Shown, shown_of
from shishi.web.office.viewing import Viewer

MOST_BYTES = 5 * 2**20


class ListForm(Form):
    """The filled list."""

    file = UploadField(label=gettext_lazy("填好的核实清单"), endings=(".xlsx",), most_bytes=MOST_BYTES)


def sheet(request: HttpRequest, number: int) -> HttpResponse:
    """What waits for the viewer in one plan, as a workbook."""
    viewer = Viewer.of(request)
    shown = shown_of(viewer, number)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "checks.xlsx"
        write_work_list(*(viewer.person, number, shown.programme, path), at=viewer.at, demonstration=is_demonstration())
        content = path.read_bytes()
    response = HttpResponse(content, content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
    name = quote(f"{_('核实清单')}{number}.xlsx")
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{name}"
    return response


def upload(request: HttpRequest, number: int) -> HttpResponse:
    """Take the filled list, or show each fault at its cell."""
    viewer = Viewer.of(request)
    shown = shown_of(viewer, number)
    page: dict[str, object] = {"shown": shown, "view": shown.view, "issues": ()}

    def act(form: Form) -> Handed:
        try:
            return _recorded(form.cleaned_data["file"], shown, viewer)
        except Refused as wrong:
            page["issues"] = wrong.issues
            raise Refused(wrong.code, wrong.message) from wrong

    return answer(
        request,
        ListForm,
        "office/verification_list.html",
        page,
        act=act,
        then=reverse("office:verification", args=[number]),
        told=lambda done: (
            _("记下 %(recorded)s 行结果，%(empty)s 行没有填。") % {"recorded": done.recorded, "empty": done.empty}
        ),
        by=viewer.person,
        at=viewer.at,
    )


def _recorded(file: UploadedFile[bytes], shown: Shown, viewer: Viewer) -> Handed:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "checks.xlsx"
        path.write_bytes(file.read())
        return record_work_list(path, shown.programme, by=viewer.person, at=viewer.at)
