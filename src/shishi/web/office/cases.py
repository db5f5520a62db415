"""Cases: the list, one with its thread, its drawing and its papers, and showing what is masked."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_POST

from shishi.apps.cases.both_sides import both_sides
from shishi.apps.cases.desks import case_desk
from shishi.apps.cases.drawing import diagram_named
from shishi.apps.cases.revealing import reveal as reveal_fact
from shishi.apps.cases.seen import CaseQuery, access_cases, case_of
from shishi.apps.files.services import content_of
from shishi.apps.programmes.selectors import programmes_for
from shishi.apps.referrals.endpoints import COMPLAINT
from shishi.apps.referrals.selectors import open_endpoints, referrals_of
from shishi.core.case_states import CaseState
from shishi.core.errors import Misuse
from shishi.core.processes import Starter
from shishi.web.design.forms import Form
from shishi.web.office.case_statistics import seen_by
from shishi.web.office.case_steps import ways_of
from shishi.web.office.tasks import tabs_of
from shishi.web.office.viewing import Viewer, query_of

PAGE = 50
CHANNELS = {
    "online": lazy("网上"),
    "window": lazy("窗口"),
    "hotline": lazy("热线"),
    "exchange": lazy("交换"),
    "api": lazy("接口"),
}
_STATES = ("open", *(state.value for state in CaseState if state is not CaseState.DRAFT))


def listed(request: HttpRequest) -> HttpResponse:
    """Cases within reach, the newest first."""
    viewer, query = Viewer.of(request), query_of(request)
    processes = seen_by(viewer)
    titles = {item.name: item.title for item in processes}
    programmes = {item.name: item.title for _pack, item in programmes_for(viewer.person, at=viewer.at)}
    state = request.GET.get("state", "open")
    state = state if state in _STATES else ""
    asked = CaseQuery(
        text=request.GET.get("q", "").strip()[:80],
        process=request.GET.get("process", "") if request.GET.get("process", "") in titles else "",
        programme=request.GET.get("programme", "") if request.GET.get("programme", "") in programmes else "",
        state="" if state == "open" else state,
        open=state == "open",
        overdue="late" in request.GET,
        page=query.page,
        size=PAGE,
    )
    found = access_cases(viewer.person, viewer.at, asked)
    page = {
        **tabs_of(viewer, "cases"),
        "cases": found.lines,
        "found": found,
        "more": found.more,
        "query": query,
        "asked": asked,
        "state": state,
        "states": [item for item in CaseState if item is not CaseState.DRAFT],
        "processes": processes,
        "titles": titles,
        "programmes": programmes,
        "opens": [item for item in processes if Starter.OFFICIAL in item.starts.by],
    }
    return render(request, "office/cases.html", page)


def case(request: HttpRequest, case: UUID) -> HttpResponse:
    """Everything about one case."""
    viewer = Viewer.of(request)
    desk = case_desk(viewer.person, case, viewer.at)
    programmes = {item.name: item.title for _pack, item in programmes_for(viewer.person, at=viewer.at)}
    page = {
        "desk": desk,
        "case": desk.view,
        "drawing": desk.drawing,
        "sides": both_sides(viewer.person, str(case), viewer.at),
        "referrals": referrals_of(case),
        "referable": desk.view.process.short == COMPLAINT and not desk.view.ended_at and bool(open_endpoints()),
        "source": reverse("office:case-diagram", args=[case]),
        "programme": programmes.get(desk.view.programme, ""),
        "place": desk.view.programme.split("/"),
        "channel": CHANNELS.get(desk.view.channel, desk.view.channel),
        "ways": ways_of(desk),
        "once": Form()["once"].initial,
        "may": desk.view.may,
        "now": viewer.at,
    }
    return render(request, "office/case.html", page)


def diagram(request: HttpRequest, case: UUID) -> HttpResponse:
    """The process of a case as it was drawn, or one that it calls (``?of=``), for the picture."""
    viewer = Viewer.of(request)
    found = diagram_named(case_of(viewer.person, case, viewer.at).process, request.GET.get("of", ""))
    return HttpResponse(found.xml, content_type="application/xml; charset=utf-8")


def file(request: HttpRequest, case: UUID, code: str) -> HttpResponse:
    """The file of a material."""
    viewer = Viewer.of(request)
    desk = case_desk(viewer.person, case, viewer.at)
    found = next((item for item in desk.view.materials if item.code == code and item.sha256), None)
    if found is None:
        raise Misuse("unknown_file", _("这项材料没有文件。"))
    disposition = content_disposition_header(as_attachment=True, filename=found.file_name)
    return HttpResponse(
        content_of(found.sha256),
        content_type="application/octet-stream",
        headers={"Content-Disposition": disposition or "attachment"},
    )


@require_POST
def reveal(request: HttpRequest, case: UUID) -> HttpResponse:
    """Show what is masked; the reason is on the trail."""
    viewer = Viewer.of(request)
    what = request.POST.get("what", "")
    text = reveal_fact(case, what, reason=request.POST.get("reason", ""), by=viewer.person, at=viewer.at)
    if request.headers.get("Accept", "").startswith("application/json"):
        return JsonResponse({"text": text})
    page = {"desk": case_desk(viewer.person, case, viewer.at), "what": what, "text": text}
    return render(request, "office/case_revealed.html", page)
