"""Intake: an official writes down a case for somebody who stands at the counter or calls."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from shishi.apps.accounts.selectors import posts_of
from shishi.apps.cases.facts import form_of, read_answers
from shishi.apps.cases.opening import open_case
from shishi.apps.cases.parties import Applicant
from shishi.apps.divisions.selectors import find_division
from shishi.apps.programmes.selectors import programmes_for
from shishi.core.divisions import COUNTRY, official
from shishi.core.processes import Process, Starter
from shishi.web.design.answers import AnswersForm
from shishi.web.design.forms import answer
from shishi.web.office.case_statistics import seen_by
from shishi.web.office.viewing import Viewer

CHANNELS = (("window", lazy("窗口")), ("hotline", lazy("热线")))


class IntakeForm(AnswersForm):
    """Who applies, and what the process asks first."""

    name = forms.CharField(label=lazy("申请人姓名或名称"), max_length=80)
    kind = forms.ChoiceField(
        label=lazy("申请人是"),
        choices=[("natural", lazy("自然人")), ("legal", lazy("法人或其他组织"))],
        initial="natural",
        widget=forms.RadioSelect,
    )
    id_number = forms.CharField(
        label=lazy("证件号码"),
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=lazy("身份证号或统一社会信用代码。加密保存，凭它不再重复收取已有的材料。"),
    )
    phone = forms.CharField(
        label=lazy("联系电话"),
        required=False,
        max_length=30,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "off"}),
        help_text=lazy("加密保存，申请人凭受理号和它查进度。"),
    )
    division = forms.CharField(label=lazy("事项所在地"), max_length=60, help_text=lazy("写名称或代码，例如：宣州区。"))
    channel = forms.ChoiceField(label=lazy("来源"), choices=CHANNELS)
    programme = forms.ChoiceField(label=lazy("重点项目"))

    def __init__(self, *args: Any, process: Process, programmes: list[tuple[str, str]], **kwargs: Any) -> None:
        table = form_of(process, process.starts.form) if process.starts.form else None
        super().__init__(*args, table=table, **kwargs)
        if process.programme:
            del self.fields["programme"]
        else:
            choices = [("", _("请选择")), *programmes]
            self.fields["programme"].choices = choices  # type: ignore[attr-defined]  # a choice field


def new(request: HttpRequest, jurisdiction: str, year: int, code: str) -> HttpResponse:
    """Open a case on somebody's behalf."""
    viewer = Viewer.of(request)
    name = f"{jurisdiction}/{year}/{code}"
    process = next((item for item in seen_by(viewer) if item.name == name), None)
    if process is None or Starter.OFFICIAL not in process.starts.by:
        raise Http404
    programmes = [(item.name, item.title) for _pack, item in programmes_for(viewer.person, at=viewer.at)]
    return answer(
        request,
        IntakeForm,
        "office/case_new.html",
        {"process": process},
        act=lambda form: _opened(process, form, viewer),
        then=lambda row: reverse("office:case", args=[row.uuid]),
        told=lambda row: _("已登记，受理号 %(number)s。请告知申请人。") % {"number": row.number},
        by=viewer.person,
        at=viewer.at,
        initial={"division": _own_division(viewer), "programme": request.GET.get("programme", "")},
        given={"process": process, "programmes": programmes},
    )


def _opened(process: Process, form: IntakeForm, viewer: Viewer) -> Any:
    told = form.cleaned_data
    table = form_of(process, process.starts.form) if process.starts.form else None
    return open_case(
        process.name,
        answers=read_answers(table, form.texts, viewer.today) if table else {},
        applicant=Applicant(told["name"], phone=told["phone"], id_number=told["id_number"], kind=told["kind"]),
        division=find_division(told["division"], viewer.today).official_code,
        by=viewer.person,
        at=viewer.at,
        once=told.get("once", ""),
        channel=told["channel"],
        programme=told.get("programme", ""),
    )


def _own_division(viewer: Viewer) -> str:
    """Where the official's own body is, unless that is the country."""
    post = next(iter(posts_of(viewer.person, viewer.today)), None)
    code = post.body.division if post else ""
    return official(code) if code and code != COUNTRY else ""
