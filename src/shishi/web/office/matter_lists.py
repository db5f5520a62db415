"""Matters from Excel: the template, what a filled list would open, and opening it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shishi.apps.accounts.roles import Action
from shishi.apps.files.selectors import is_demonstration
from shishi.apps.files.services import keep_sent
from shishi.apps.programmes.selectors import programmes_for
from shishi.apps.supervision.matter_lists import import_matters, matter_template, read_matters
from shishi.core.divisions import normalise
from shishi.core.errors import Refused
from shishi.web.design.forms import UNTAKEN, Form, UploadField, answer
from shishi.web.office.sent_lists import ENDINGS, MOST_BYTES, SentList, made
from shishi.web.office.viewing import Viewer

if TYPE_CHECKING:
    from shishi.apps.supervision.matter_lists import MatterList

L = gettext_lazy
SALT = "office.matter-list"


class ListForm(Form):
    """The filled list; it is looked at first."""

    programme = forms.ChoiceField(
        label=L("重点项目"), help_text=L("清单里没有写“重点项目”的事项归到这里。"), required=True
    )
    file = UploadField(label=L("填好的清单"), endings=ENDINGS, most_bytes=MOST_BYTES)

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
        then=lambda sent: sent.address(reverse("office:matters-import"), viewer),
        told=_("已收到清单，下面是读出来的内容；还没有立项。"),
        by=viewer.person,
        at=viewer.at,
        initial={"programme": request.GET.get("programme", "")},
        given={"choices": choices},
    )


def _kept(viewer: Viewer, told: dict[str, Any]) -> SentList:
    file = told["file"]
    sha256 = keep_sent(file.read(), str(file.name), "matters", by=viewer.person, at=viewer.at)
    return SentList(sha256, str(file.name), told["programme"], SALT)


def _looked_at(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    sent = SentList.of(request, viewer, SALT)
    given: dict[str, Any] = {"by": viewer.person, "at": viewer.at, "demonstration": is_demonstration()}
    page: dict[str, Any] = {"list": request.GET["list"], "file": sent.name, "programme": sent.said}

    def act(form: OpenForm) -> tuple[MatterList, tuple[object, ...]]:
        with sent.file() as path:
            return import_matters(path, sent.said, assigned=bool(form.cleaned_data.get("assigned")), **given)

    try:
        with sent.file() as path:
            told = read_matters(path, sent.said, **given)
    except Refused as refused:
        faults = {"faults": refused.issues, "refused": refused}
        return render(request, "office/matter_list.html", page | faults, status=UNTAKEN)
    assigns = viewer.may(Action.ISSUE_NOTICE, normalise(viewer.programme(sent.said)[1].division), sent.said)
    return answer(
        request,
        OpenForm,
        "office/matter_list.html",
        page | {"told": told},
        act=act,
        then=request.get_full_path(),
        told=lambda done: _("新立 %(made)s 件。原有的没有变动。") % {"made": len(done[1])},
        by=viewer.person,
        at=viewer.at,
        given={"assigns": assigns},
    )


def template(request: HttpRequest) -> HttpResponse:
    """The empty workbook."""
    return made(lambda path: matter_template(path, demonstration=is_demonstration()), _("督办事项清单") + ".xlsx")


def marked(request: HttpRequest) -> HttpResponse:
    """The list with every fault in its cell."""
    viewer = Viewer.of(request)
    sent = SentList.of(request, viewer, SALT)
    return sent.marked(lambda path: read_matters(path, sent.said, by=viewer.person, at=viewer.at))
