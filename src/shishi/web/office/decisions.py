"""Joint decisions of owners: the list, one with register, ballots, both measures and the sharing table, its steps."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from shishi.adapters.rendering.printing_house import print_document
from shishi.apps.accounts.roles import Action
from shishi.apps.decisions import services
from shishi.apps.decisions.papers import paper_of
from shishi.apps.decisions.protocols import in_percent
from shishi.apps.decisions.registers import read_register, written_register
from shishi.apps.decisions.seen import DecisionView, decision_for, decisions_for
from shishi.apps.decisions.services import Evidence, NewDecision
from shishi.apps.decisions.terms import rule_from
from shishi.apps.divisions.selectors import find_division
from shishi.apps.files.services import key_ring
from shishi.apps.programmes.selectors import programme_named, programmes_for
from shishi.core.calendars import day_of
from shishi.core.errors import Misuse
from shishi.core.joint_decisions import Measure, Outcome, Stand, missing
from shishi.web.design.forms import Form, answer
from shishi.web.office.decision_forms import (
    BallotForm,
    CodesForm,
    MediationForm,
    NewForm,
    ObjectionForm,
    PlainForm,
    ReasonForm,
    RegisterForm,
    TermsForm,
    TransferForm,
)
from shishi.web.office.viewing import Viewer, query_of

PAGE = 50
LINES = {
    "drafted": lazy("拟定"), "register": lazy("登记名册"), "transfer": lazy("业主变更"), "terms": lazy("费用和分摊"),
    "opened": lazy("开始表决"), "closed": lazy("结束"), "cancelled": lazy("取消"), "objection": lazy("异议"),
    "mediation": lazy("调解"), "settled": lazy("调解好"), "ballot": lazy("投票"),
}  # fmt: skip
STATES = {"drafted": lazy("拟定"), "open": lazy("表决中"), "closed": lazy("已结束"), "cancelled": lazy("已取消")}


def listed(request: HttpRequest) -> HttpResponse:
    """The decisions within reach, newest first."""
    viewer, query = Viewer.of(request), query_of(request)
    found = decisions_for(viewer.person, at=viewer.at, offset=(query.page - 1) * PAGE, limit=PAGE + 1)
    page = {
        "decisions": [(row, STATES[row.state], _ended(row.protocol)) for row in found[:PAGE]],
        "query": query,
        "more": len(found) > PAGE,
        "may_begin": bool(_programmes(viewer)),
    }
    return render(request, "office/decisions.html", page)


def _ended(protocol: Mapping[str, Any] | None) -> Outcome | None:
    """How a vote ended, by its frozen protocol; ``None`` before that."""
    return Outcome(protocol["outcome"]) if protocol else None


def _programmes(viewer: Viewer) -> list[tuple[str, str]]:
    """Programmes whose list says what it takes to decide."""
    found = programmes_for(viewer.person, at=viewer.at)
    return [
        (programme.name, programme.title)
        for pack, programme in found
        if "joint_decision_take_part" in pack.parameters
        and viewer.may(Action.HANDLE_CASES, programme.division, programme.name)
    ]


def new(request: HttpRequest) -> HttpResponse:
    """A question is put down."""
    viewer = Viewer.of(request)

    def act(form: Form) -> DecisionView:
        told = form.cleaned_data
        pack, programme = programme_named(told["programme"])
        place = find_division(told["division"].strip(), day_of(viewer.at))
        asked = NewDecision(
            programme.name, place.code, told["title"], told["question"], rule_from(pack.parameters), told["notice_days"]
        )
        return services.draft_decision(asked, by=viewer.person, at=viewer.at)

    return answer(
        request,
        NewForm,
        "office/decision_step.html",
        {"word": _("新的业主共同决定"), "back": reverse("office:decisions")},
        act=act,
        then=lambda view: _address(view.uuid),
        told=_("已记下，请登记业主名册。"),
        by=viewer.person,
        at=viewer.at,
        given={"programmes": _programmes(viewer)},
    )


def _address(uuid: UUID) -> str:
    return reverse("office:decision", args=[uuid])


def decision(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One decision as it stands; the count is asked for again while the vote runs."""
    viewer = Viewer.of(request)
    view = decision_for(viewer.person, uuid, at=viewer.at)
    template = "office/decision_tally.html" if request.headers.get("HX-Request") else "office/decision.html"
    return render(request, template, _page(viewer, view))


def _page(viewer: Viewer, view: DecisionView) -> dict[str, object]:
    row, handles = view.row, viewer.may(Action.HANDLE_CASES, view.row.division, view.row.programme)
    steps = {
        "drafted": ("register", "terms", "open", "cancel"),
        "open": ("ballot", "transfer", "terms", "object", "mediate", "close", "cancel"),
        "closed": ("object", "mediate"),
        "cancelled": (),
    }[row.state]
    offered = [(name, STEPS[name].title) for name in steps if name != "mediate" or view.open_objections]
    return {
        "view": view,
        "row": row,
        "state": STATES[row.state],
        "measures": measures_shown(view),
        "costs": view.costs,
        "units": {voter.code: voter.units for voter in view.voters},
        "history": [(line, LINES[line.kind]) for line in view.lines],
        "steps": offered if handles else [],
    }


@dataclass(frozen=True, slots=True)
class MeasureShown:
    """One measure for people: exact amounts, shares in percent, what is still missing."""

    title: str
    unit: str
    measure: Measure
    part_share: str
    agreed_share: str
    part_enough: bool
    agreed_enough: bool
    lacks_part: str
    lacks_agreed: str


def measures_shown(view: DecisionView) -> list[MeasureShown]:
    """Both measures; none while the register does not stand."""
    counted = view.tally
    if counted is None:
        return []
    shown = []
    for title, unit, measure, grain in (
        (_("面积"), "平方米", counted.area, Decimal("0.01")),
        (_("人数"), "人", counted.persons, Decimal(1)),
    ):
        part, agreed = missing(measure, counted.threshold, grain)
        shown.append(
            MeasureShown(
                title,
                unit,
                measure,
                in_percent(measure.part_share),
                in_percent(measure.agreed_share),
                measure.part_share >= counted.threshold.take_part,
                counted.threshold.enough(measure.agreed_share),
                f"{part:f}" if part else "",
                f"{agreed:f}" if agreed > 0 else "",
            )
        )
    return shown


def protocol(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The frozen protocol as a paper."""
    viewer = Viewer.of(request)
    view = decision_for(viewer.person, uuid, at=viewer.at)
    if view.row.protocol is None:
        raise Http404
    printed = print_document(paper_of(view.row.protocol, view.row.protocol_digest))
    name = content_disposition_header(as_attachment=False, filename=f"{view.row.title}表决记录.pdf")
    return HttpResponse(printed.pdf, content_type="application/pdf", headers={"Content-Disposition": str(name)})


def step(request: HttpRequest, uuid: UUID, step: str) -> HttpResponse:
    """One step of a decision."""
    viewer = Viewer.of(request)
    view = decision_for(viewer.person, uuid, at=viewer.at)
    taken = STEPS.get(step)
    if taken is None:
        raise Http404
    if step == "open":
        return _open(request, viewer, view)
    return answer(
        request,
        taken.form,
        "office/decision_step.html",
        {"word": taken.title, "back": _address(uuid), "row": view.row, "told": taken.told},
        act=lambda form: taken.act(viewer, view, form),
        then=_address(uuid),
        by=viewer.person,
        at=viewer.at,
        initial=taken.initial(view),
        given=taken.given(view),
    )


def _open(request: HttpRequest, viewer: Viewer, view: DecisionView) -> HttpResponse:
    """Opening shows the codes once, on a page to be printed and cut."""
    form = CodesForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            opened, codes = services.open_decision(
                view.uuid, form.cleaned_data["closes_on"], cipher=key_ring(), by=viewer.person, at=viewer.at
            )
        except Misuse as wrong:
            form.refuse(wrong)
        else:
            tickets = [(voter.units, voter.name, codes[voter.code]) for voter in opened.voters]
            return render(request, "office/decision_codes.html", {"row": opened.row, "tickets": tickets})
    page = {"word": STEPS["open"].title, "back": _address(view.uuid), "row": view.row, "form": form}
    page["told"] = STEPS["open"].told
    return render(request, "office/decision_step.html", page, status=422 if form.is_bound else 200)


Act = Callable[[Viewer, DecisionView, Any], object]


@dataclass(frozen=True, slots=True)
class Step:
    """A step as the page offers it."""

    title: Any
    form: type[Form]
    act: Act
    told: Any = ""
    initial: Callable[[DecisionView], dict[str, object]] = lambda view: {}
    given: Callable[[DecisionView], dict[str, object]] = lambda view: {}


def _register(viewer: Viewer, view: DecisionView, form: Form) -> object:
    homes = read_register(form.cleaned_data["text"])
    return services.set_register(view.uuid, homes, by=viewer.person, at=viewer.at)


def _terms(viewer: Viewer, view: DecisionView, form: TermsForm) -> object:
    return services.set_terms(view.uuid, form.terms, by=viewer.person, at=viewer.at)


def _ballot(viewer: Viewer, view: DecisionView, form: Form) -> object:
    told = form.cleaned_data
    file = told["file"]
    evidence = Evidence(str(file.name), file.read()) if file else None
    return services.cast(
        view.uuid,
        told["voter"],
        Stand(told["stand"]),
        by=viewer.person,
        at=viewer.at,
        text=told["text"],
        evidence=evidence,
    )


def _transfer(viewer: Viewer, view: DecisionView, form: Form) -> object:
    told = form.cleaned_data
    home = read_register(told["line"])[0]
    return services.transfer(view.uuid, home, told["since"], told["reason"], by=viewer.person, at=viewer.at)


def _object(viewer: Viewer, view: DecisionView, form: Form) -> object:
    told = form.cleaned_data
    return services.object_(view.uuid, told["text"], voter=told["voter"], by=viewer.person, at=viewer.at)


def _mediate(viewer: Viewer, view: DecisionView, form: Form) -> object:
    told = form.cleaned_data
    number, settled = int(told["objection"]), told["settled"]
    return services.mediate(view.uuid, number, told["text"], settled=settled, by=viewer.person, at=viewer.at)


def _close(viewer: Viewer, view: DecisionView, form: Form) -> object:
    return services.close_decision(view.uuid, by=viewer.person, at=viewer.at)


def _cancel(viewer: Viewer, view: DecisionView, form: Form) -> object:
    return services.cancel_decision(view.uuid, form.cleaned_data["reason"], by=viewer.person, at=viewer.at)


def _voters(view: DecisionView) -> dict[str, object]:
    return {"voters": [(voter.code, f"{voter.units} {voter.name}") for voter in view.voters if voter.may_speak]}


def _open_objections(view: DecisionView) -> dict[str, object]:
    found = [line for line, answers in view.objections if not any(item.kind == "settled" for item in answers)]
    return {"objections": [(str(line.position), line.text[:40]) for line in found]}


STEPS = {
    "register": Step(
        lazy("业主名册"), RegisterForm, _register, initial=lambda view: {"text": written_register(view.holdings)}
    ),
    "terms": Step(lazy("费用和分摊"), TermsForm, _terms, initial=lambda view: dict(view.row.terms)),
    "open": Step(
        lazy("开始表决"), CodesForm, _close, lazy("开始以后名册不能整个换掉；每人的网上投票号码只显示这一次。")
    ),
    "ballot": Step(lazy("登记一张书面票"), BallotForm, _ballot, given=_voters),
    "transfer": Step(lazy("业主变更或推选代表"), TransferForm, _transfer),
    "object": Step(lazy("登记一条异议"), ObjectionForm, _object, given=_voters),
    "mediate": Step(lazy("登记调解"), MediationForm, _mediate, given=_open_objections),
    "close": Step(
        lazy("结束表决并签署记录"), PlainForm, _close, lazy("结束以后按最后一次投票计算，记录冻结，不能再改。")
    ),
    "cancel": Step(lazy("取消表决"), ReasonForm, _cancel),
}
