"""The editor 拟定: drafts of programmes, begun from a workbook or from what is installed, taken to a second person."""

from __future__ import annotations

import io
import zipfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from shishi.adapters.spreadsheets.template import write_template
from shishi.apps.accounts.roles import Action
from shishi.apps.accounts.selectors import may
from shishi.apps.divisions.selectors import find_division
from shishi.apps.ledger.selectors import holds_rows
from shishi.apps.programmes import drafts
from shishi.apps.programmes.draft_history import DraftView, drafts_for
from shishi.apps.programmes.proposing import NewList, begin_change, begin_from_workbook
from shishi.apps.programmes.selectors import packs
from shishi.core.calendars import day_of
from shishi.core.divisions import normalise
from shishi.core.errors import Misuse, Refused
from shishi.core.programme_drafts import DraftState, DraftStepKind
from shishi.packs.drafting import exported
from shishi.packs.example_editing import examples_of
from shishi.packs.naming import identifier_for
from shishi.web.design.forms import Form, answer
from shishi.web.office.editing import Editing, address_of_part, part_of, steps_of_new
from shishi.web.office.editor_evidence import groups_of
from shishi.web.office.editor_forms import OWN, ApproveForm, NewForm, PlainForm, ReasonForm, SubmitForm
from shishi.web.office.editor_paper_forms import BRIEFS
from shishi.web.office.viewing import Viewer

if TYPE_CHECKING:
    from shishi.core.programmes import Pack

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def listed(request: HttpRequest) -> HttpResponse:
    """The drafts within reach, and what can be begun."""
    viewer = Viewer.of(request)
    found = drafts_for(viewer.person, at=viewer.at)
    going_on = (DraftState.OPEN, DraftState.SUBMITTED)
    drafted = {item.programme for item in found if item.state in going_on}
    page = {
        "open": [item for item in found if item.state in going_on],
        "closed": [item for item in found if item.state not in going_on][:20],
        "packs": [(pack, [(item, item.name in drafted) for item in pack.programmes]) for pack in _own_packs(viewer)],
        "drafts_programmes": bool(_own_packs(viewer)),
    }
    return render(request, "office/editor.html", page)


def _own_packs(viewer: Viewer) -> list[Pack]:
    """The installed lists in whose division the person drafts."""
    on = day_of(viewer.at)
    return [pack for pack in packs() if may(viewer.person, Action.DRAFT_PROGRAMME, normalise(pack.division), "", on)]


def new(request: HttpRequest) -> HttpResponse:
    """Step one: the workbook that the office keeps."""
    viewer = Viewer.of(request)
    choices = [(pack.name, f"{pack.title}（{pack.name}）") for pack in _own_packs(viewer)]
    return answer(
        request,
        NewForm,
        "office/editor_new.html",
        {"steps": steps_of_new(), "now": 1},
        act=lambda form: _begin(viewer, form),
        then=_to_columns,
        told=lambda held: _("已读懂工作簿，请核对每一列。"),
        by=viewer.person,
        at=viewer.at,
        initial={"pack": choices[0][0] if choices else OWN},
        given={"packs": choices},
    )


def _begin(viewer: Viewer, form: NewForm) -> DraftView:
    told = form.cleaned_data
    whole = None
    if told["pack"] == OWN:
        place = find_division(told["list_division"].strip(), day_of(viewer.at))
        whole = NewList(told["list_title"], place.official_code)
    name = told["list_name"] if whole else told["pack"]
    code = told["code"] or identifier_for(told["title"])
    upload = told["file"]
    with TemporaryDirectory(prefix="shishi-propose-") as folder:
        path = Path(folder) / f"workbook{Path(str(upload.name)).suffix.lower()}"
        path.write_bytes(upload.read())
        return begin_from_workbook(
            f"{name}/{code}",
            path,
            told["sheet"].strip(),
            title=told["title"].strip(),
            file=str(upload.name),
            whole=whole,
            by=viewer.person,
            at=viewer.at,
        )


def _to_columns(held: DraftView) -> str:
    return reverse("office:editor-columns", args=[held.number, "items"])


def change(request: HttpRequest, jurisdiction: str, year: int, code: str) -> HttpResponse:
    """Begin a change of an installed programme, or go on with the one that is open."""
    viewer = Viewer.of(request)
    name = f"{jurisdiction}/{year}/{code}"
    if all(item.name != name for pack in packs() for item in pack.programmes):
        raise Http404
    for held in drafts_for(viewer.person, at=viewer.at):
        if held.programme == name and held.state in (DraftState.OPEN, DraftState.SUBMITTED):
            return redirect("office:editor-draft", held.number)
    return answer(
        request,
        PlainForm,
        "office/editor_change.html",
        {"name": name, "title": next(i.title for p in packs() for i in p.programmes if i.name == name)},
        act=lambda form: begin_change(name, by=viewer.person, at=viewer.at),
        then=lambda held: reverse("office:editor-draft", args=[held.number]),
        told=_("草案已起，先改要改的，再送审。"),
        by=viewer.person,
        at=viewer.at,
    )


def draft(request: HttpRequest, number: int) -> HttpResponse:
    """A draft: its parts, what is still wrong, and what can be done with it."""
    editing = Editing.of(request, number)
    return render(request, "office/editor_draft.html", _draft_page(editing))


def _draft_page(editing: Editing) -> dict[str, object]:
    held = editing.held
    faults = [(issue, address_of_part(part_of(issue, held), held)) for issue in editing.checked.issues]
    counted = Counter(part_of(issue, held) for issue in editing.checked.issues)
    indicators = editing.programme.get("indicators") or {}
    targets = editing.programme.get("targets") or {}
    steps = editing.steps
    forms = {
        "submit": SubmitForm(initial={"effective_on": day_of(editing.viewer.at) + timedelta(days=1)}),
        "withdraw": PlainForm(prefix="withdraw"),
        "return": ReasonForm(prefix="return"),
        "approve": ApproveForm(prefix="approve", initial={"seen": held.steps[-1].position}),
        "drop": PlainForm(prefix="drop"),
        "rebase": PlainForm(prefix="rebase"),
    }
    return editing.page(
        faults=faults,
        counted=counted,
        tables=[_table_part(editing, name, title, counted) for name, title in editing.tables],
        rules=[(code, told.get("message", code), counted[f"rule:{code}"])
               for code, told in (editing.programme.get("rules") or {}).items()],
        briefs=[(kind, word, kind in (editing.programme.get("briefs") or {}), counted[f"brief:{kind}"])
                for kind, word in BRIEFS.items()],
        public=bool(editing.programme.get("publishing")),
        indicators=[(code, told.get("title", code), targets.get(code), counted[f"indicator:{code}"],
                     counted[f"target:{code}"], told.get("measure") != "ratio") for code, told in indicators.items()],
        forms=forms,
        can={kind.value: kind in steps for kind in DraftStepKind},
        overtaken=bool(held.base) and editing.checked.installed is not None
        and editing.checked.installed.version != held.base and held.state is DraftState.OPEN,
        own=editing.viewer.person.username in held.standing.writers,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class TablePart:
    """A table as the draft's page lists it, with how much of each part of it is to be mended."""

    name: str
    title: str
    columns: int
    faults: int
    in_settings: int
    in_examples: int
    examples: int
    stated: bool
    checks: tuple[tuple[str, str, int], ...]
    groups: tuple[tuple[str, str, bool, int], ...]


def _table_part(editing: Editing, name: str, title: str, counted: Counter[str]) -> TablePart:
    tree = editing.table(name)
    return TablePart(
        name,
        title,
        len(tree.get("fields") or {}),
        counted[f"table:{name}"],
        counted[f"settings:{name}"],
        counted[f"examples:{name}"],
        len(examples_of(editing.held.files, editing.held.code, name)),
        tree.get("statements") is not None,
        tuple(
            (code, str(told.get("message") or code), counted[f"check:{name}/{code}"])
            for code, told in (tree.get("checks") or {}).items()
        ),
        tuple((code, told, proved, counted[f"group:{name}/{code}"]) for code, told, proved in groups_of(tree)),
    )


def step(request: HttpRequest, number: int, step: str) -> HttpResponse:
    """Submit, take back, return, approve, drop, or set onto the newest list."""
    editing = Editing.of(request, number)
    if request.method != "POST":
        return redirect("office:editor-draft", number)
    taken = STEPS[step]
    return answer(
        request,
        taken.form,
        "office/editor_step.html",
        editing.page(word=taken.title),
        act=lambda form: taken.act(editing, form),
        then=editing.address,
        told=str(taken.told),
        by=editing.viewer.person,
        at=editing.viewer.at,
        given={} if step == "submit" else {"prefix": step},
    )


def _submit(editing: Editing, form: Form) -> DraftView:
    return drafts.submit_draft(
        editing.held.number,
        effective_on=form.cleaned_data["effective_on"],
        holds_rows=holds_rows,
        holding=editing.holding,
        by=editing.viewer.person,
        at=editing.viewer.at,
    )


def _approve(editing: Editing, form: Form) -> DraftView:
    return drafts.approve_draft(
        editing.held.number,
        holds_rows=holds_rows,
        holding=editing.holding,
        by=editing.viewer.person,
        at=editing.viewer.at,
        seen=form.cleaned_data["seen"],
    )


def _return(editing: Editing, form: Form) -> DraftView:
    viewer, reason = editing.viewer, form.cleaned_data["reason"]
    return drafts.return_draft(editing.held.number, reason=reason, by=viewer.person, at=viewer.at)


def _plainly(verb: Callable[..., DraftView]) -> Callable[[Editing, Form], DraftView]:
    """A step that asks nothing."""
    return lambda editing, form: verb(editing.held.number, by=editing.viewer.person, at=editing.viewer.at)


@dataclass(frozen=True, slots=True)
class Step:
    """A step as the page offers it: its form, what it does, its title, and what is said when it is done."""

    form: type[Form]
    act: Callable[[Editing, Form], DraftView]
    title: object
    told: object


STEPS = {
    "submit": Step(SubmitForm, _submit, lazy("送审"), lazy("已送审。请另一位有审批权的同志批准。")),
    "withdraw": Step(PlainForm, _plainly(drafts.take_draft_back), lazy("撤回"), lazy("已撤回，可以接着改。")),
    "return": Step(ReasonForm, _return, lazy("退回"), lazy("已退回，拟定的同志会看到理由。")),
    "approve": Step(ApproveForm, _approve, lazy("批准并安装"), lazy("已批准并安装。")),
    "drop": Step(PlainForm, _plainly(drafts.drop_draft), lazy("撤销草案"), lazy("草案已撤销。")),
    "rebase": Step(
        PlainForm, _plainly(drafts.rebase_draft), lazy("接到新版本上"), lazy("已接到清单的新版本上，请核对。")
    ),
}


def template(request: HttpRequest, number: int, table: str) -> HttpResponse:
    """The workbook as it will look."""
    editing = Editing.of(request, number)
    programme = editing.checked.programme
    made = next((item for item in programme.tables if item.short == table), None) if programme else None
    if programme is None or made is None:
        raise Misuse("draft_refused", _("草案还有要改的地方，做不出模板。改好以后再下载。"))
    with TemporaryDirectory(prefix="shishi-template-") as folder:
        path = Path(folder) / "template.xlsx"
        write_template(made, path)
        content = path.read_bytes()
    name = content_disposition_header(as_attachment=True, filename=f"{made.title}（草案）.xlsx")
    return HttpResponse(content, content_type=XLSX, headers={"Content-Disposition": str(name)})


def export(request: HttpRequest, number: int) -> HttpResponse:
    """The whole list with the draft in it as a folder of YAML, packed: installing it gives what approving gives."""
    editing = Editing.of(request, number)
    if editing.checked.pack is None:
        raise Refused("draft_refused", _("草案还有要改的地方，没有导出。"), editing.checked.issues)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as folder:
        checked, held = editing.checked, editing.held
        for name, text in exported(checked.installed, held.code, held.files, editing.checked.pack).items():
            folder.writestr(zipfile.ZipInfo(f"{editing.held.pack}/{name}"), text)
    name = content_disposition_header(as_attachment=True, filename=f"{editing.held.pack.replace('/', '-')}.zip")
    return HttpResponse(packed.getvalue(), content_type="application/zip", headers={"Content-Disposition": str(name)})
