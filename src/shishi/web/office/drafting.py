"""Writing a brief: pieces, numbers picked for them, freezing, signing in order, publishing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from shishi.adapters.search.pinyin import alphabetical
from shishi.apps.accounts.roles import Action
from shishi.apps.accounts.selectors import may, people
from shishi.apps.divisions.selectors import find_division
from shishi.apps.documents import drafts
from shishi.apps.documents.compositions import of_list
from shishi.apps.documents.list_briefs import ListOrder
from shishi.apps.documents.pieces import KINDS, Asking, Cursor, Quoted
from shishi.apps.documents.selectors import draft_of
from shishi.apps.documents.services import Order
from shishi.apps.documents.showing import choices, sentences, shown, told_of
from shishi.apps.files.selectors import is_demonstration
from shishi.apps.indicators.selectors import Asked
from shishi.apps.programmes.selectors import programme_named, programmes_for
from shishi.apps.supervision.stocktake import findings_within, known_at_of
from shishi.core.calendars import day_of
from shishi.core.divisions import normalise
from shishi.core.drafts import DraftState
from shishi.core.errors import Misuse, Refused
from shishi.web.design.forms import Form, answer
from shishi.web.office import brief_forms as forms
from shishi.web.office.viewing import Viewer, query_of

if TYPE_CHECKING:
    from shishi.apps.documents.selectors import Draft

FILES = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
}


def begin(request: HttpRequest) -> HttpResponse:
    """Which brief is to be written."""
    viewer, query = Viewer.of(request), query_of(request)
    reached = programmes_for(viewer.person, at=viewer.at)
    seen = [programme for _pack, programme in reached]
    packs = {pack.name: pack for pack, _programme in reached}
    lists = [item for item in packs.values() if viewer.may(Action.RUN_DAY, normalise(item.division), item.name)]
    named = request.GET.get("programme", "")
    usual = next((viewer.usual_day(item) for item in seen if item.name == named), None)
    initial = {
        "programme": named,
        "kind": request.GET.get("kind", "daily"),
        "division": request.GET.get("division", ""),
        "as_of": query.as_of or usual or day_of(viewer.at),
    }
    return answer(
        request,
        forms.BeginForm,
        "office/brief_new.html",
        {},
        act=lambda form: _begin(viewer, form.cleaned_data),
        then=lambda draft: reverse("office:brief-draft", args=[draft.pk]) if draft else reverse("office:briefs"),
        told=_("已按计划起草，可以逐段修改。"),
        by=viewer.person,
        at=viewer.at,
        initial=initial,
        given={
            "choices": [
                *((item.name, f"{item.title}（{item.name}）") for item in seen),
                *((item.name, _("整份清单：%(title)s（月报）") % {"title": item.title}) for item in lists),
            ]
        },
    )


def _begin(viewer: Viewer, told: dict[str, Any]) -> Draft:
    as_of = told["as_of"]
    if of_list(told["programme"]):
        if told["division"].strip():
            raise Misuse("list_brief_of_a_part", _("整份清单的月报不分地区。请不写行政区划，或选一个重点项目。"))
        whole = ListOrder(told["programme"], as_of, viewer.at, told["kind"], demonstration=is_demonstration())
        return drafts.begin_list(whole, by=viewer.person, at=viewer.at)
    _pack, programme = programme_named(told["programme"], as_of)
    division = find_division(told["division"].strip(), as_of).code if told["division"].strip() else ""
    known_at = known_at_of(programme, as_of, viewer.at)
    found = findings_within(viewer.person, programme, as_of, division, known_at=known_at, at=viewer.at)
    asked = Asked(programme=programme.name, as_of=as_of, known_at=viewer.at, division=division)
    order = Order(asked, told["kind"], found, None, is_demonstration())
    return drafts.begin(order, by=viewer.person, at=viewer.at)


def draft(request: HttpRequest, number: int) -> HttpResponse:
    """One draft as it reads now, with what may be done to it."""
    viewer = Viewer.of(request)
    return render(request, "office/brief_draft.html", _page(viewer, draft_of(viewer.person, number, at=viewer.at)))


def _page(viewer: Viewer, found: Draft) -> dict[str, object]:
    writes = viewer.may(Action.RUN_DAY, found.division, found.programme)
    turn = next((item["person"] for item in found.signers if not item["signed_at"]), "")
    pieces = shown(found, by=viewer.person, at=viewer.at) if found.state in drafts.OPEN else ()
    mine = viewer.person.username
    return {
        "draft": found,
        "state": DraftState(found.state),
        "pieces": pieces,
        "faulty": [item for item in pieces if item.fault],
        "kinds": KINDS,
        "writes": writes and found.state == DraftState.WRITING,
        "my_turn": found.state == DraftState.FROZEN and turn == mine,
        "may_send_back": found.state == DraftState.FROZEN
        and (writes or mine in {item["person"] for item in found.signers}),
        "publishes": found.state == DraftState.FROZEN and writes and not turn,
        "drops": writes and found.state in drafts.OPEN,
        "turn": turn,
        "freeze": forms.FreezeForm(signers=_signers(viewer, found)),
        "add": forms.AddForm(),
        "reason": forms.ReasonForm(),
        "plain": forms.PlainForm(),
    }


def _signers(viewer: Viewer, found: Draft) -> list[tuple[str, str]]:
    """Who may be named: whoever reads the figures and approves or runs the day there."""
    day = day_of(viewer.at)
    place = found.division, found.programme, day
    told = []
    for person in people():
        decides = any(may(person, action, *place) for action in (Action.APPROVE_NOTICE, Action.RUN_DAY))
        if person.is_active and decides and may(person, Action.READ, *place):
            told.append((person.username, person.name))
    return sorted(told, key=lambda item: alphabetical(item[1]))


Act = Callable[[Any], object]


def step(request: HttpRequest, number: str, step: str) -> HttpResponse:
    """One step with a draft; a step whose form has faults shows them on a page of its own."""
    viewer = Viewer.of(request)
    found = draft_of(viewer.person, int(number), at=viewer.at)
    address = reverse("office:brief-draft", args=[found.pk])
    if request.method != "POST":
        return redirect(address)
    form, act, words = _steps(viewer, found)[step]
    given = {"signers": _signers(viewer, found)} if step == "freeze" else {}
    piece = request.POST.get("piece", "")
    if step == "edit" and "pick" in request.POST:
        then, words = _picking(request, found, piece), _("已保存这一段，请选要引用的数。")
    else:
        then = f"{address}#{piece}" if piece.isalnum() else address
    return answer(
        request,
        form,
        "office/brief_step.html",
        {"draft": found, "step": step, "words": words},
        act=act,
        then=then,
        told=words,
        by=viewer.person,
        at=viewer.at,
        given=given,
    )


def _picking(request: HttpRequest, found: Draft, piece: str) -> str:
    """To the numbers that may be cited, for the place at which the cursor stood; what was typed is saved before."""
    typed = request.POST.get("text", "").replace("\r\n", "\n")
    offset = _digits(request.POST.get("offset", ""))
    if offset:  # saving takes the white space off the front
        offset = str(max(int(offset) - (len(typed) - len(typed.lstrip())), 0))
    asked = {"piece": piece, "offset": offset}
    return f"{reverse('office:brief-pick', args=[found.pk])}?{urlencode(asked)}"


Steps = dict[str, tuple[type[Form], Act, str]]


def _steps(viewer: Viewer, found: Draft) -> Steps:
    return _writing(viewer, found) | _deciding(viewer, found)


def _data(form: Form, name: str) -> Any:
    return form.cleaned_data[name]


def _writing(viewer: Viewer, found: Draft) -> Steps:
    """What is done to its pieces."""
    by, at = viewer.person, viewer.at

    def add(form: Form) -> Draft:
        return drafts.add(found, _data(form, "kind"), _data(form, "text"), after=_data(form, "piece"), by=by, at=at)

    def delete(form: Form) -> Draft:
        return drafts.delete(found, _data(form, "piece"), seen=int(_data(form, "seen") or 0), by=by, at=at)

    def move(form: Form, by_how_many: int) -> Draft:
        return drafts.move(found, _data(form, "piece"), by_how_many, by=by, at=at)

    return {
        "edit": (forms.EditForm, lambda form: _edit(viewer, found, form), _("已保存这一段。")),
        "add": (forms.AddForm, add, _("已添加。")),
        "up": (forms.PieceForm, lambda form: move(form, -1), _("已上移。")),
        "down": (forms.PieceForm, lambda form: move(form, 1), _("已下移。")),
        "delete": (forms.PieceForm, delete, _("已删去这一段，原文留在审计里。")),
        "cite": (forms.CiteForm, lambda form: _cite(viewer, found, form), _("已插入引用。")),
        "quote": (forms.QuoteForm, lambda form: _quote(viewer, found, form), _("已插入这句话。")),
    }


def _deciding(viewer: Viewer, found: Draft) -> Steps:
    """What is done with the whole of it."""
    by, at = viewer.person, viewer.at

    def send_back(form: Form) -> Draft:
        return drafts.send_back(found, reason=_data(form, "reason"), by=by, at=at)

    def drop(form: Form) -> Draft:
        return drafts.drop(found, reason=_data(form, "reason"), by=by, at=at)

    return {
        "freeze": (
            forms.FreezeForm,
            lambda form: drafts.freeze(found, form.signers, by=by, at=at),
            _("已定稿：数字固定为现在所知的，等签发。"),
        ),
        "sign": (forms.PlainForm, lambda form: drafts.sign(found, by=by, at=at), _("已签发。")),
        "send-back": (forms.ReasonForm, send_back, _("已退回修改。")),
        "publish": (forms.PlainForm, lambda form: drafts.publish(found, by=by, at=at), _("已编号印发。")),
        "drop": (forms.ReasonForm, drop, _("已作废。")),
    }


def _edit(viewer: Viewer, found: Draft, form: Form) -> Draft:
    """When somebody else was faster, the form that comes back holds their revision: saving again is a decision."""
    told = form.cleaned_data
    text = str(told["text"]).replace("\r\n", "\n").strip()
    try:
        given = {"seen": told["seen"], "by": viewer.person, "at": viewer.at}
        return drafts.edit(found, told["piece"], text, **given)
    except Refused as refused:
        if refused.code == "changed_since":
            now = drafts.piece_of(draft_of(viewer.person, found.pk, at=viewer.at), told["piece"])
            typed = cast(QueryDict, form.data)
            form.data = {**typed.dict(), "seen": str(now.revision)}
        raise


def _cite(viewer: Viewer, found: Draft, form: Form) -> object:
    told = form.cleaned_data
    asking = Asking(
        told["programme"] or found.programme,
        told["indicator"],
        told["division"],
        told["as_of"].isoformat(),
        told["basis"],
        aspect=told["aspect"],
    )
    return drafts.cite(found, asking, cursor=_cursor(told), by=viewer.person, at=viewer.at)


def _quote(viewer: Viewer, found: Draft, form: Form) -> object:
    told = form.cleaned_data
    quoted = Quoted(told["programme"] or found.programme, str(told["entry"]))
    return drafts.quote(found, quoted, cursor=_cursor(told), by=viewer.person, at=viewer.at)


def _cursor(told: Mapping[str, Any]) -> Cursor:
    return Cursor(told["piece"], told["offset"], told["seen"])


def pick(request: HttpRequest, number: int) -> HttpResponse:
    """The numbers and sentences that may stand in a piece: by division, day and basis."""
    viewer, query = Viewer.of(request), query_of(request)
    found = draft_of(viewer.person, number, at=viewer.at)
    piece = drafts.piece_of(found, request.GET.get("piece", "") or drafts.first_piece(found))
    told = told_of(found, by=viewer.person, at=viewer.at)
    programme = next((item for item in told if item.name == request.GET.get("programme", "")), told[0])
    whole = found.division if found.programme == programme.name else normalise(programme.division)
    asked = Asked(
        programme=programme.name,
        as_of=query.as_of or found.as_of,
        division=query.division or whole,
        basis=query.basis,
    )
    offset = _digits(request.GET.get("offset", ""))
    page = {
        "draft": found,
        "piece": piece,
        "asked": asked,
        "programme": programme,
        "programmes": told,
        "division": find_division(asked.division, asked.as_of),
        "choices": choices(found, asked, by=viewer.person, at=viewer.at),
        "sentences": sentences(found, programme.name, by=viewer.person, at=viewer.at),
        "offset": offset,
        "before": piece.text[: int(offset)] if offset else "",
        "after": piece.text[int(offset) :] if offset else "",
        "once": forms.PlainForm()["once"],
    }
    return render(request, "office/brief_pick.html", page)


def _digits(text: str) -> str:
    return text if text.isascii() and text.isdigit() and len(text) < 6 else ""


def file(request: HttpRequest, number: int, form: str) -> HttpResponse:
    """Word or PDF as it would go out now."""
    if form not in FILES:
        raise Http404
    viewer = Viewer.of(request)
    found = draft_of(viewer.person, number, at=viewer.at)
    printed = drafts.preview(found, by=viewer.person, at=viewer.at)
    content = printed.docx if form == "docx" else printed.pdf
    name = f"{found.as_of}-{found.title}-{DraftState(found.state).label}.{form}".replace("/", "／")
    disposition = content_disposition_header(as_attachment=True, filename=name)
    return HttpResponse(content, content_type=FILES[form], headers={"Content-Disposition": disposition or "attachment"})
