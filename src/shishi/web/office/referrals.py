"""Referrals: which cities' systems there are, what went there and how it stands, what came from there."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from shishi.apps.cases.desks import case_desk
from shishi.apps.programmes.selectors import programmes_for
from shishi.apps.referrals.endpoints import NewEndpoint, add_endpoint, end_endpoint, endpoint_coded
from shishi.apps.referrals.selectors import endpoints_for, open_endpoints, referrals_for, taken_for
from shishi.apps.referrals.sending import refer
from shishi.web.design.forms import Form, answer
from shishi.web.office.viewing import Viewer

SHOWN = 50
KINDS = (
    ("consultation", lazy("咨询")),
    ("suggestion", lazy("建议")),
    ("complaint", lazy("投诉")),
    ("report", lazy("举报")),
)


class EndpointForm(Form):
    """An endpoint to be registered."""

    code = forms.CharField(
        label=lazy("代码"), max_length=40, help_text=lazy("小写字母、数字和短横，例如 city-310000。")
    )
    title = forms.CharField(label=lazy("哪个城市的哪个系统"), max_length=80)
    address = forms.CharField(
        label=lazy("接口地址"), max_length=300, help_text=lazy("https://…/open311/v2。只访问登记的地址，不跟随转向。")
    )
    jurisdiction = forms.CharField(label=lazy("辖区代码"), required=False, max_length=80, help_text="jurisdiction_id")
    api_key = forms.CharField(
        label=lazy("凭证"),
        required=False,
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=lazy("对方发的 api_key，加密保存，以后不再显示。"),
    )
    programme = forms.ChoiceField(
        label=lazy("收对方的请求，算哪个重点项目的"), required=False, help_text=lazy("不选就只转送，不收。")
    )
    division = forms.CharField(
        label=lazy("收的请求归哪个区划"), required=False, max_length=60, help_text=lazy("写名称或代码，例如：宣州区。")
    )
    kind = forms.ChoiceField(label=lazy("收的请求算哪一类"), choices=KINDS, initial="suggestion")
    services = forms.CharField(
        label=lazy("只收这些服务"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=lazy("对方的 service_code，每行一个；不写就全收。"),
    )

    def __init__(self, *args: object, programmes: list[tuple[str, str]], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", _("只转送，不收")), *programmes]
        self.fields["programme"].choices = choices  # type: ignore[attr-defined]  # a choice field


class EndForm(Form):
    """Why it is asked no more."""

    reason = forms.CharField(label=lazy("停用的理由"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}))


class ReferForm(Form):
    """Where a matter goes, as which service, in which words."""

    to = forms.ChoiceField(label=lazy("转送给"))
    service = forms.CharField(
        label=lazy("对方的服务编码"), max_length=120, help_text=lazy("service_code，见对方公布的服务目录。")
    )
    text = forms.CharField(
        label=lazy("要对方办什么"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=lazy("只有这些话和地点会送出去。不要写申请人的姓名、电话和证件号码。"),
    )

    def __init__(self, *args: object, endpoints: list[tuple[str, str]], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].choices = [("", _("请选择")), *endpoints]  # type: ignore[attr-defined]  # a choice field


def listed(request: HttpRequest) -> HttpResponse:
    """The endpoints, what went, what came."""
    viewer = Viewer.of(request)
    page = {
        "endpoints": endpoints_for(viewer.person, viewer.at),
        "referrals": referrals_for(viewer.person, viewer.at, limit=SHOWN),
        "taken": taken_for(viewer.person, viewer.at, limit=SHOWN),
    }
    return render(request, "office/referrals.html", page)


def add(request: HttpRequest) -> HttpResponse:
    """Register an endpoint."""
    viewer = Viewer.of(request)
    programmes = [(item.name, item.title) for _pack, item in programmes_for(viewer.person, at=viewer.at)]

    def act(form: Form) -> object:
        told = form.cleaned_data
        names = ("code", "title", "address", "jurisdiction", "api_key", "programme", "division", "kind")
        new = NewEndpoint(**{name: told[name] for name in names}, services=tuple(told["services"].splitlines()))
        return add_endpoint(new, by=viewer.person, at=viewer.at)

    return answer(
        request,
        EndpointForm,
        "office/referral_step.html",
        {"heading": _("登记外地接口"), "submit": _("登记")},
        act=act,
        then=reverse("office:referrals"),
        told=_("已登记。下一次查看时开始收请求。"),
        by=viewer.person,
        at=viewer.at,
        given={"programmes": programmes},
    )


def end(request: HttpRequest, code: str) -> HttpResponse:
    """Ask an endpoint no more."""
    viewer = Viewer.of(request)
    endpoints_for(viewer.person, viewer.at)
    found = endpoint_coded(code)
    return answer(
        request,
        EndForm,
        "office/referral_step.html",
        {"heading": _("停用外地接口"), "about": found.title, "submit": _("停用"), "danger": True},
        act=lambda form: end_endpoint(code, form.cleaned_data["reason"], by=viewer.person, at=viewer.at),
        then=reverse("office:referrals"),
        told=_("已停用。送出和收下的都保留。"),
        by=viewer.person,
        at=viewer.at,
    )


def send(request: HttpRequest, case: UUID) -> HttpResponse:
    """A matter goes to another city's system."""
    viewer = Viewer.of(request)
    desk = case_desk(viewer.person, case, viewer.at)
    told = {name: text for name, _title, text in desk.view.answers}

    def act(form: Form) -> object:
        given = form.cleaned_data
        return refer(case, given["to"], given["service"], given["text"], by=viewer.person, at=viewer.at)

    return answer(
        request,
        ReferForm,
        "office/referral_step.html",
        {"heading": _("转送外地"), "about": f"{desk.view.number} {desk.view.title}", "submit": _("转送")},
        act=act,
        then=reverse("office:case", args=[case]),
        told=_("已排队转送。对方的办理情况会写进办件记录。"),
        by=viewer.person,
        at=viewer.at,
        initial={"text": told.get("complaint.text", "")},
        given={"endpoints": list(open_endpoints())},
    )
