"""What is done about verifications: plan, draw, record what was found on the spot, ask for a recheck."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shishi.apps.accounts.roles import Action
from shishi.apps.assurance.check_lists import amount_of
from shishi.apps.assurance.drawn_rows import DrawnView, drawn_row, work_list
from shishi.apps.assurance.verification import NewVerification, draw_sample, plan_verification
from shishi.apps.assurance.verification_checks import Found, ask_recheck, record_check
from shishi.apps.divisions.selectors import find_division
from shishi.apps.ledger.one_row import RowPage, row_of
from shishi.core.calendars import day_of
from shishi.core.programmes import Programme
from shishi.core.sampling import NORMAL
from shishi.core.verification import Outcome, Verdict
from shishi.web.design.forms import Form, answer
from shishi.web.office.verification import countable, reasons_of, shown_of
from shishi.web.office.viewing import Viewer

L = gettext_lazy
MARGINS = ("0.02", "0.03", "0.05", "0.08", "0.1")
_DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class PlanForm(Form):
    """A new plan."""

    indicator = forms.ChoiceField(label=L("核实哪个指标的行"), help_text=L("只列出逐行计数或合计、设有佐证组的指标。"))
    as_of = forms.DateField(label=L("截至哪一天的填报"), widget=_DAY, help_text=L("立方案时总体就冻结，之后报的不算。"))
    division = forms.CharField(
        label=L("范围"), required=False, max_length=60, help_text=L("行政区划名称或代码；不填就是项目全部。")
    )
    confidence = forms.ChoiceField(label=L("置信水平"))
    margin = forms.ChoiceField(label=L("误差范围（百分点）"))
    minimum = forms.IntegerField(label=L("每个单位至少抽几行"), min_value=0, max_value=1000)
    seed_source = forms.CharField(
        label=L("种子取自哪里"),
        required=False,
        max_length=200,
        help_text=L("以后才公布、谁都查得到的号码，例如某天的开奖号码。不填则抽取时由平台随机产生。"),
    )
    seed_on = forms.DateField(label=L("种子哪天公布"), required=False, widget=_DAY, help_text=L("须在今天以后。"))
    verifiers = forms.CharField(
        label=L("核实人员"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=L("用户名，用空格或顿号隔开，至少两人；不填则有权限的人都可以核，填报单位的人除外。"),
    )
    title = forms.CharField(label=L("名称"), required=False, max_length=200, help_text=L("不填则按指标和日期起名。"))

    def __init__(self, *args: Any, programme: Programme, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rules = programme.verification
        choices = {
            "indicator": [(item.code, item.title) for item in countable(programme)],
            "confidence": [(str(level), f"{(level * 100).normalize():f}%") for level in NORMAL],
            "margin": [(text, f"± {(Decimal(text) * 100).normalize():f}") for text in _margins(rules.margin)],
        }
        for name, known in choices.items():
            self.fields[name].choices = known  # type: ignore[attr-defined]  # a choice field

    def clean_verifiers(self) -> tuple[str, ...]:
        """User names, one after the other."""
        return tuple(self.cleaned_data["verifiers"].replace("、", " ").replace("，", " ").replace(",", " ").split())


def _margins(usual: Decimal) -> list[str]:
    return sorted({*MARGINS, str(usual)}, key=Decimal)


def new(request: HttpRequest, jurisdiction: str, year: int, code: str) -> HttpResponse:
    """Plan a verification of a programme's rows."""
    viewer = Viewer.of(request)
    pack, programme = viewer.programme(f"{jurisdiction}/{year}/{code}")
    rules = programme.verification

    return answer(
        request,
        PlanForm,
        "office/verification_new.html",
        {"pack": pack, "programme": programme, "proposed": not rules.verified},
        act=lambda form: plan_verification(_asked(programme, form.cleaned_data), by=viewer.person, at=viewer.at).pk,
        then=lambda made: reverse("office:verification", args=[made]),
        told=_("总体已冻结，摘要已公布，可以抽取了。"),
        by=viewer.person,
        at=viewer.at,
        initial={
            "as_of": viewer.usual_day(programme),
            "confidence": str(rules.confidence),
            "margin": str(rules.margin),
            "minimum": rules.minimum,
        },
        given={"programme": programme},
    )


def _asked(programme: Programme, told: Mapping[str, Any]) -> NewVerification:
    """What the form asks for."""
    return NewVerification(
        programme=programme.name,
        indicator=told["indicator"],
        as_of=told["as_of"],
        division=find_division(told["division"], told["as_of"]).code if told["division"] else "",
        title=told["title"],
        confidence=Decimal(told["confidence"]),
        margin=Decimal(told["margin"]),
        minimum=told["minimum"],
        seed_source=told["seed_source"],
        seed_on=told["seed_on"],
        verifiers=told["verifiers"],
    )


class DrawForm(Form):
    """The seed, where one was announced."""

    seed = forms.CharField(label=L("公布的种子"), required=False, max_length=200, help_text=L("照公布的原样填写。"))

    def __init__(self, *args: Any, source: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not source:
            del self.fields["seed"]


def draw(request: HttpRequest, number: int) -> HttpResponse:
    """Draw the sample, once."""
    viewer = Viewer.of(request)
    shown = shown_of(viewer, number)
    seed = "seed"
    return answer(
        request,
        DrawForm,
        "office/verification_draw.html",
        {"shown": shown, "view": shown.view},
        act=lambda form: draw_sample(number, form.cleaned_data.get(seed, ""), by=viewer.person, at=viewer.at),
        then=reverse("office:verification", args=[number]),
        told=_("已抽取，种子和抽中的行都已定下，不能再抽。"),
        by=viewer.person,
        at=viewer.at,
        given={"source": shown.view.seed_source},
    )


class CheckForm(Form):
    """What one person found on the spot."""

    verdict = forms.ChoiceField(
        label=L("现场看到的与填报的"),
        widget=forms.RadioSelect,
        choices=[(item.value, L(item.label)) for item in Verdict],
    )
    reason = forms.ChoiceField(label=L("不属实的原因"), required=False, help_text=L("填“不属实”时必选。"))
    amount = forms.CharField(
        label=L("核得的数额"), required=False, max_length=30, help_text=L("填“不属实”时必填，没有就填 0。")
    )
    visited_on = forms.DateField(label=L("到现场的日期"), widget=_DAY)
    text = forms.CharField(label=L("说明"), required=False, max_length=1000, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args: Any, reasons: dict[str, str], summed: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not summed:
            del self.fields["amount"]
        known = [("", _("请选择")), *reasons.items()]
        self.fields["reason"].choices = known  # type: ignore[attr-defined]  # a choice field


def row(request: HttpRequest, number: int) -> HttpResponse:
    """One drawn row: what was reported, what was found so far, and a form for who may check it."""
    viewer = Viewer.of(request)
    seen = drawn_row(viewer.person, number, at=viewer.at)
    _pack, programme = viewer.programme(seen.programme)
    held = row_of(viewer.person, seen.entry, at=viewer.at)
    page = {**_row_page(seen, held, programme), "asks": may_ask(viewer, seen)}
    if seen.barred or seen.mine or seen.outcome.settled:
        return render(request, "office/verification_row.html", page)

    def act(form: Form) -> Outcome:
        told = form.cleaned_data
        amount = amount_of(told.get("amount", ""))
        found = Found(Verdict(told["verdict"]), told["visited_on"], told["reason"], told["text"], amount)
        return record_check(number, found, by=viewer.person, at=viewer.at)

    return answer(
        request,
        CheckForm,
        "office/verification_row.html",
        page,
        act=act,
        then=lambda _settled: _next(viewer, seen),
        told=lambda settled: _("已记下，这一行现为“%(state)s”。") % {"state": settled.label},
        by=viewer.person,
        at=viewer.at,
        initial={"visited_on": day_of(viewer.at)},
        given={"reasons": reasons_of(programme), "summed": seen.reported is not None},
    )


def _row_page(seen: DrawnView, held: RowPage, programme: Programme) -> dict[str, object]:
    group = set(held.table.groups.get(_group(programme, seen), ()))
    filled = [(item, cell) for item, cell in held.rows if cell.text]
    return {
        "row": seen,
        "programme": programme,
        "table": held.table,
        "claimed": [(item, cell) for item, cell in filled if item.name in group],
        "others": [(item, cell) for item, cell in filled if item.name not in group],
        "reasons": reasons_of(programme),
    }


def _group(programme: Programme, seen: DrawnView) -> str:
    return programme.indicator(seen.indicator).assured_group


def _next(viewer: Viewer, seen: DrawnView) -> str:
    """The next row that waits in the same division, else the work list."""
    waiting = work_list(viewer.person, at=viewer.at, verification=seen.verification)
    following = [item for item in waiting if item.stratum == seen.stratum] or list(waiting)
    return (
        reverse("office:verification-row", args=[following[0].id])
        if following
        else reverse("office:verification", args=[seen.verification])
    )


class RecheckForm(Form):
    """How a refuted row was put right."""

    text = forms.CharField(
        label=L("怎样整改的"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=L("复核的人要照着看；复核结论只改这一行的状态，不改已有的核实估计。"),
    )


def recheck(request: HttpRequest, number: int) -> HttpResponse:
    """Ask to look again at a refuted row."""
    viewer = Viewer.of(request)
    seen = drawn_row(viewer.person, number, at=viewer.at)
    return answer(
        request,
        RecheckForm,
        "office/verification_recheck.html",
        {"row": seen},
        act=lambda form: ask_recheck(number, form.cleaned_data["text"], by=viewer.person, at=viewer.at),
        then=reverse("office:verification-row", args=[number]),
        told=_("已申请复核，由两个人再到现场看。"),
        by=viewer.person,
        at=viewer.at,
    )


def may_ask(viewer: Viewer, seen: DrawnView) -> bool:
    """Whether the viewer may ask for a recheck of it."""
    place = (seen.division, seen.programme)
    return seen.outcome is Outcome.REFUTED and (viewer.may(Action.HAND_IN, *place) or viewer.may(Action.ASSURE, *place))
