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
from shishi.packs.editing import guessed_fields, set_columns, with_tree, without_table
from shishi.packs.writing import table_file
from shishi.web.office.editing import Editing, answered, steps_of_new
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
    own = {"crumb": (reverse("office:editor-columns", args=[number, table]), tree.get("title", table))}
    return answered(
        request,
        editing,
        FieldForm,
        "office/editor_part.html",
        editing.page(title=told.get("title", field), **own),
        lambda form: _write_field(editing, form, table, field, told),
        reverse("office:editor-columns", args=[number, table]),
        initial=_field_initial(told),
        given={"kind": str(told.get("type", "text")), "lists": _lists(editing.programme)},
    )


def _lists(programme: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The lists of choices of the programme that a column may take."""
    found = [(str(name), _("共用的选项 %(name)s") % {"name": name}) for name in programme.get("lists") or {}]
    return [*found, ("reasons", _("落后、未报可以选的原因"))] if programme.get("reasons") else found


def _field_initial(told: Mapping[str, Any]) -> dict[str, object]:
    initial: dict[str, object] = {
        key: str(item)
        for key, item in told.items()
        if key in FieldForm.base_fields and not isinstance(item, list | dict)
    }
    initial["synonyms"] = "、".join(map(str, told.get("synonyms") or ()))
    return initial | {"locked": str(told.get("locked")) in ("True", "true")}


def _write_field(editing: Editing, form: FieldForm, table: str, field: str, told: Mapping[str, Any]) -> DraftView:
    said, name, tree = form.cleaned_data, table_file(editing.held.code, table), editing.table(table)
    plain = ("note", "sample", "minimum", "maximum", "sensitivity", "max_length", "format", "values_from")
    parts: dict[str, Any] = {key: said[key] for key in plain if key in said}
    parts["synonyms"] = [word.strip() for word in said["synonyms"].split("、") if word.strip()]
    parts["locked"] = said["locked"] or None
    changed = {key: item for key, item in {**told, **parts}.items() if item not in (None, "", [])}
    if said.get("values_from"):
        changed.pop("values", None)
    prefix = f"fields.{field}"

    def place(issue: Issue) -> str | None:
        if issue.file != name or not issue.field.startswith(prefix):
            return None
        part = issue.field.removeprefix(f"{prefix}.")
        return part if part in form.fields else "values_from" if "values_from" in form.fields else ""

    written = {**tree, "fields": {**tree["fields"], field: changed}}
    return editing.save(with_tree(editing.held.files, name, written), place)


def preview(request: HttpRequest, number: int, table: str) -> HttpResponse:
    """The form and the workbook as they will look."""
    editing = Editing.of(request, number)
    programme = editing.checked.programme
    made = next((item for item in programme.tables if item.short == table), None) if programme else None
    page = editing.page(table=made, short=table, title=editing.table(table).get("title", table))
    return render(request, "office/editor_preview.html", page)
