"""The columns of a draft's table: all of them as a list, one with its notes and limits, and how they will look."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from shishi.apps.ledger.selectors import holds_rows
from shishi.apps.programmes.draft_history import DraftView
from shishi.apps.programmes.proposing import add_table
from shishi.core.errors import Issue, Misuse
from shishi.packs.condition_editing import group_of, kept_or_new
from shishi.packs.definition_editing import columns_of, set_evidence
from shishi.packs.editing import guessed_fields, set_columns, with_tree, without_table
from shishi.packs.writing import table_file
from shishi.web.office.editing import Editing, answered, steps_of_new
from shishi.web.office.editor_conditions import answered_with_condition
from shishi.web.office.editor_definition_forms import EvidenceForm
from shishi.web.office.editor_forms import ColumnsForm, FieldForm, PlainForm, TableForm


def columns(request: HttpRequest, number: int, table: str) -> HttpResponse:
    """Step two of a new programme, and the list of columns of any table."""
    editing = Editing.of(request, number)
    tree = editing.table(table)
    guesses = guessed_fields(editing.held.origin)
    first = editing.is_first

    def act(form: ColumnsForm) -> DraftView:
        files = set_columns(
            editing.held.files,
            editing.held.code,
            table,
            form.columns,
            title=form.cleaned_data["table_title"],
            key=form.key,
            division=form.division,
        )
        return editing.save(files, lambda issue: _place(issue, form, editing, table))

    then = reverse("office:editor-frame", args=[number]) if first else editing.address
    page = editing.page(table=table, title=tree.get("title", table), first=first, steps=steps_of_new(), now=2)
    others = [(name, title) for name, title in editing.tables if name != table]
    given = {"tree": tree, "guesses": guesses, "tables": others}
    return answered(request, editing, ColumnsForm, "office/editor_columns.html", page, act, then, given=given)


def _place(issue: Issue, form: ColumnsForm, editing: Editing, table: str) -> str | None:
    """The control of a fault of this table; ``None`` for one of another part."""
    if issue.code == "table_change_orphans_rows" and issue.field.startswith(f"{editing.held.programme}/{table}"):
        return form.place(f"fields.{issue.field.partition('.')[2]}") or "table_title"
    own = issue.file == table_file(editing.held.code, table) and issue.code != "draft_pending"
    return form.place(issue.field) if own else None


def add(request: HttpRequest, number: int) -> HttpResponse:
    """One more table in the draft: an empty one, or as a workbook or a survey looks."""
    editing = Editing.of(request, number)

    def act(form: TableForm) -> str:
        told, upload = form.cleaned_data, form.cleaned_data["file"]
        given = {"title": told["title"], "by": editing.viewer.person, "at": editing.viewer.at}
        if not upload:
            return add_table(number, **given)[1]
        with TemporaryDirectory(prefix="shishi-propose-") as folder:
            path = Path(folder) / f"workbook{Path(str(upload.name)).suffix.lower()}"
            path.write_bytes(upload.read())
            return add_table(number, path=path, sheet=told["sheet"].strip(), file=str(upload.name), **given)[1]

    def then(table: str) -> str:
        return reverse("office:editor-columns", args=[number, table])

    page = editing.page(title=_("添一张台账"))
    return answered(request, editing, TableForm, "office/editor_table_new.html", page, act, then)


def drop(request: HttpRequest, number: int, table: str) -> HttpResponse:
    """Without this table; the check of the draft says who else named it, and which rows stand against it."""
    editing = Editing.of(request, number)
    title = editing.table(table).get("title", table)

    def act(form: PlainForm) -> DraftView:
        if holds_rows(f"{editing.held.programme}/{table}"):
            raise Misuse("table_holds_rows", _("这张台账里已经有行，不能删去。不再用它，就不再要求按期报。"))
        files = without_table(editing.held.files, editing.held.code, table)
        return editing.save(files, lambda issue: None)

    page = editing.page(word=_("删去台账《%(title)s》") % {"title": title})
    then = editing.address
    return answered(request, editing, PlainForm, "office/editor_step.html", page, act, then, given={"prefix": "drop"})


def field(request: HttpRequest, number: int, table: str, field: str) -> HttpResponse:
    """The rest of one column."""
    editing = Editing.of(request, number)
    tree = editing.table(table)
    told = (tree.get("fields") or {}).get(field)
    if told is None:
        raise Http404
    name = table_file(editing.held.code, table)

    def act(form: FieldForm) -> DraftView:
        said = form.cleaned_data
        parts: dict[str, Any] = {key: said[key] for key in ("note", "sample", "minimum", "maximum", "sensitivity")}
        parts["max_length"] = said["max_length"]
        parts["synonyms"] = [word.strip() for word in said["synonyms"].split("、") if word.strip()]
        parts["locked"] = said["locked"] or None
        changed = {key: item for key, item in {**told, **parts}.items() if item not in (None, "", [])}
        fields = {**tree["fields"], field: changed}
        prefix = f"fields.{field}"

        def place(issue: Issue) -> str | None:
            if issue.file != name or not issue.field.startswith(prefix):
                return None
            part = issue.field.removeprefix(f"{prefix}.")
            return part if part in form.fields else ""

        return editing.save(with_tree(editing.held.files, name, {**tree, "fields": fields}), place)

    initial = {
        key: str(item) for key, item in told.items() if key in FieldForm.base_fields and not isinstance(item, list)
    }
    initial["synonyms"] = "、".join(map(str, told.get("synonyms") or ()))
    initial_all: dict[str, object] = {**initial, "locked": str(told.get("locked")) in ("True", "true")}
    page = editing.page(title=told.get("title", field), crumb=(reverse("office:editor-columns", args=[number, table]),
                                                               tree.get("title", table)))  # fmt: skip
    then = reverse("office:editor-columns", args=[number, table])
    return answered(request, editing, FieldForm, "office/editor_part.html", page, act, then, initial=initial_all)


def evidence(request: HttpRequest, number: int, table: str) -> HttpResponse:
    """What has to prove the table's rows; photos only with a permitted reason."""
    editing = Editing.of(request, number)
    tree = editing.table(table)
    asked: dict[str, dict[str, Any]] = tree.get("evidence") or {PROOF: {}}
    group, told = next(iter(asked.items()))
    photos = told.get("photos") or {}
    initial: dict[str, object] = {f"photos_{side}": str(many) for side, many in photos.items()}
    initial |= {key: str(told[key]) for key in ("because", "reason", "documents") if told.get(key)}
    initial |= {"columns": list((tree.get("groups") or {}).get(group) or ())}
    named = [(name, str(item.get("title", name))) for name, item in (tree.get("fields") or {}).items()]
    columns = columns_of(editing.held.files, editing.held.code)
    crumb = (reverse("office:editor-columns", args=[number, table]), tree.get("title", table))
    return answered_with_condition(
        request,
        editing,
        EvidenceForm,
        "office/editor_evidence.html",
        editing.page(title=_("佐证要求"), crumb=crumb),
        lambda form: _prove(editing, form, table, group, told),
        editing.address,
        initial=initial,
        given={
            "named": named,
            "columns": columns,
            "group": group_of(told.get("where"), columns, table),
            "table": table,
        },
    )


PROOF = "proof"
"""The group that a table's first evidence is for."""


def _prove(editing: Editing, form: EvidenceForm, table: str, group: str, old: Mapping[str, Any]) -> DraftView:
    """What is asked for as it was filled in; the rule stands at the reason where photos have none."""
    said = form.cleaned_data
    told = {key: item for key, item in old.items() if key in ("place", "within", "minutes", "days")}
    told["where"] = kept_or_new(old.get("where"), form.group, form.known, table)
    told |= {
        "because": said["because"],
        "reason": said["reason"],
        "photos": form.photos,
        "documents": said["documents"],
    }
    asked = None if said["drop"] else told
    files = set_evidence(editing.held.files, editing.held.code, table, group, said["columns"], asked)
    name = table_file(editing.held.code, table)

    def place(issue: Issue) -> str | None:
        if issue.file != name or not issue.field.startswith("evidence"):
            return None
        return "condition" if ".where" in issue.field else "reason"

    return editing.save(files, place)


def preview(request: HttpRequest, number: int, table: str) -> HttpResponse:
    """The form and the workbook as they will look."""
    editing = Editing.of(request, number)
    programme = editing.checked.programme
    made = next((item for item in programme.tables if item.short == table), None) if programme else None
    page = editing.page(table=made, short=table, title=editing.table(table).get("title", table))
    return render(request, "office/editor_preview.html", page)
