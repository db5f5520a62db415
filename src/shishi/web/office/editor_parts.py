"""The parts of a draft that are no table and no figure: promise and answer, rhythm, and the files as YAML."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from shishi.apps.divisions.selectors import find_division
from shishi.apps.ledger.selectors import holds_rows
from shishi.apps.programmes.draft_history import DraftView
from shishi.apps.programmes.drafts import submit_draft
from shishi.core.calendars import day_of
from shishi.core.errors import Issue
from shishi.packs.definition_editing import set_rhythm, set_words
from shishi.packs.drafting import PACK_FILE
from shishi.packs.editing import Aim, Frame, set_aim, set_frame, values_from, with_tree, written_values
from shishi.packs.starting import PENDING
from shishi.web.design.forms import Form
from shishi.web.office.editing import Editing, answered, steps_of_new
from shishi.web.office.editor_forms import AimForm, FileForm, FrameForm
from shishi.web.office.editor_rhythm_forms import RhythmForm, WordsForm

FIRST_TABLE = "items"
"""What a programme that began from a workbook counts first."""


def frame(request: HttpRequest, number: int) -> HttpResponse:
    """What is promised, on what ground, by whom; of a new programme also what it counts: its third step."""
    editing = Editing.of(request, number)
    tree, first = editing.programme, editing.is_first
    names = [name for name, _title in editing.tables]
    table = FIRST_TABLE if FIRST_TABLE in names else names[0] if names else ""
    sources = tree.get("sources") or [{}]
    initial: dict[str, object] = {key: _blank(tree.get(key)) for key in ("title", "promise", "basis", "division")}
    initial |= {"document": _blank(sources[0].get("title")), "supervised_level": str(tree.get("supervised_level", ""))}
    initial |= {"lead": _lead(editing), "supervises": "\n".join(map(str, tree.get("supervises") or ()))}
    page = editing.page(first=first, steps=steps_of_new(), now=3, table=table, title=_("承诺与责任"))
    return answered(
        request,
        editing,
        AimForm if first else FrameForm,
        "office/editor_frame.html" if first else "office/editor_part.html",
        page,
        lambda form: _write(editing, form, table, submit=bool(request.POST.get("submit"))),
        editing.address,
        initial=initial,
        given={"measures": _measures(editing, table)} if first else {},
    )


def _write(editing: Editing, form: FrameForm, table: str, *, submit: bool) -> DraftView:
    """The frame as it was filled in; with ``submit`` it goes to a second person at once."""
    told = form.cleaned_data
    keys = ("title", "promise", "basis", "document", "division", "supervised_level", "lead")
    today = day_of(editing.viewer.at)
    lines = filter(None, map(str.strip, told["supervises"].splitlines()))
    places = tuple(find_division(line, today).official_code for line in lines)
    frame = Frame(**{key: told[key] for key in keys}, supervises=places)
    files = set_frame(_without_pending(editing), editing.held.code, frame)
    if editing.is_first:
        files = set_aim(files, editing.held.code, table, _aim(told))

    def place(issue: Issue) -> str | None:
        own = issue.file == editing.programme_name and issue.code != "draft_pending"
        return _frame_place(issue.field, form) if own else None

    saved = editing.save(files, place, title=told["title"])
    return _submitted(editing, saved) if submit else saved


def _submitted(editing: Editing, saved: DraftView) -> DraftView:
    """The third step's end: to a second person at once."""
    on = day_of(editing.viewer.at) if saved.base else None
    viewer = editing.viewer
    return submit_draft(
        saved.number, effective_on=on, holds_rows=holds_rows, holding=editing.holding, by=viewer.person, at=viewer.at
    )


def _without_pending(editing: Editing) -> dict[str, str]:
    """The files without the marked gaps that the frame is about to fill: a source that is still 待填 goes."""
    tree = dict(editing.programme)
    tree["sources"] = [item for item in tree.get("sources") or [] if PENDING not in str(item.get("title", ""))]
    return with_tree(editing.held.files, editing.programme_name, tree)


def _blank(text: object) -> str:
    """Nothing where it is still to be filled in."""
    return "" if text is None or PENDING in str(text) else str(text)


def _lead(editing: Editing) -> str:
    tree = editing.tree(PACK_FILE)
    bodies, division = tree.get("bodies") or {}, str(editing.programme.get("division", ""))
    leads = [str(duty.get("body")) for duty in tree.get("responsibilities") or [] if duty.get("part") == "lead"]
    found = [bodies.get(name, {}) for name in leads]
    return next((str(body.get("title", "")) for body in found if str(body.get("division")) == division), "")


def _frame_place(dotted: str, form: FrameForm) -> str:
    first = dotted.split(".")[0]
    places = {"sources": "document", "targets": "target", "trajectories": "ends", "indicators": "measure",
              "cadences": "cadence"}  # fmt: skip
    place = places.get(first, first)
    return place if place in form.fields else ""


def _measures(editing: Editing, table: str) -> list[tuple[str, str]]:
    """What a new programme may count: its rows, how many got as far as a choice, the sum of a number."""
    found = [("count", _("每一行都算完成一个"))]
    for name, told in ((editing.table(table).get("fields") or {}) if table else {}).items():
        title = told.get("title", name)
        if told.get("type") == "enumeration":
            for value, word in reversed(list((told.get("values") or {}).items())):
                found.append(
                    (f"stage:{name}:{value}", _("“%(title)s”到了“%(word)s”的行数") % {"title": title, "word": word})
                )
        elif told.get("type") in ("integer", "decimal", "money"):
            found.append((f"sum:{name}:", _("“%(title)s”加起来的数") % {"title": title}))
    return found


def _aim(told: Mapping[str, Any]) -> Aim:
    measure, _colon, rest = str(told["measure"]).partition(":")
    name, _colon, stage = rest.partition(":")
    target = "" if told["target"] is None else format(told["target"], "f")
    return Aim(
        measure,
        name,
        stage,
        unit=told["unit"],
        target=target,
        document=told["document"],
        begins=told["begins"],
        ends=told["ends"],
        cadence=told["cadence"],
    )


def rhythm(request: HttpRequest, number: int) -> HttpResponse:
    """How often is reported, what follows who is behind, and from when on somebody is."""
    editing = Editing.of(request, number)

    def act(form: RhythmForm) -> DraftView:
        files = set_rhythm(
            editing.held.files,
            editing.held.code,
            cadences=form.cadences,
            ladder=form.ladder,
            thresholds=form.thresholds,
        )

        def place(issue: Issue) -> str | None:
            first, _dot, rest = issue.field.partition(".")
            if issue.file != editing.programme_name or first not in ("cadences", "ladder", "thresholds"):
                return None
            prefix = {"cadences": "cadence_", "ladder": "within_"}.get(first, "")
            named = f"{prefix}{rest.split('.')[0]}"
            return named if named in form.fields else ""

        return editing.save(files, place)

    given = {"tables": editing.tables, "tree": editing.programme}
    page = editing.page(title=_("报送与督办"))
    return answered(request, editing, RhythmForm, "office/editor_rhythm.html", page, act, editing.address, given=given)


def words(request: HttpRequest, number: int) -> HttpResponse:
    """Reasons, and lists of choices that several tables share."""
    editing = Editing.of(request, number)
    tree = editing.programme
    lists = {name: _lines(told or {}) for name, told in (tree.get("lists") or {}).items()}

    def act(form: WordsForm) -> DraftView:
        old = tree.get("lists") or {}
        told = {name: values_from(text, old.get(name) or {}) for name, text in form.told.items()}
        reasons = values_from(form.cleaned_data["reasons"], tree.get("reasons") or {})
        files = set_words(editing.held.files, editing.held.code, reasons, told)

        def place(issue: Issue) -> str | None:
            first, _dot, rest = issue.field.partition(".")
            if issue.file != editing.programme_name or first not in ("reasons", "lists"):
                return None
            named = "reasons" if first == "reasons" else f"list_{rest.split('.')[0]}"
            return named if named in form.fields else "new_values"

        return editing.save(files, place)

    page = editing.page(title=_("原因和共用的选项"))
    initial = {"reasons": _lines(tree.get("reasons") or {})}
    given = {"lists": lists}
    then = editing.address
    return answered(
        request, editing, WordsForm, "office/editor_part.html", page, act, then, initial=initial, given=given
    )


def _lines(values: Mapping[str, Any]) -> str:
    return written_values(values).replace("、", "\n")


def files(request: HttpRequest, number: int) -> HttpResponse:
    """The draft's files as YAML: everything that a pack may say."""
    editing = Editing.of(request, number)
    names = sorted(editing.held.files)
    chosen = request.GET.get("file", "") or editing.programme_name
    if chosen not in names:
        raise Http404

    def act(form: Form) -> DraftView:
        text = str(form.cleaned_data["text"]).replace("\r\n", "\n")

        def place(issue: Issue) -> str | None:
            return "text" if issue.file == chosen and issue.code == "pack_unreadable" else None

        return editing.save({**editing.held.files, chosen: text}, place)

    issues = [issue for issue in editing.checked.issues if issue.file == chosen]
    page = editing.page(title=_("YAML 文件"), names=names, chosen=chosen, issues=issues)
    then = f"{reverse('office:editor-files', args=[number])}?file={chosen}"
    initial = {"text": editing.held.files[chosen]}
    return answered(request, editing, FileForm, "office/editor_files.html", page, act, then, initial=initial)
