"""A table as a whole: how its rows come in (statements by period, approval, an older table), and its examples."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from shishi.apps.programmes.draft_history import DraftView
from shishi.apps.programmes.selectors import tables
from shishi.core.errors import Issue, Misuse
from shishi.packs.definition_editing import in_their_order, set_shaped
from shishi.packs.editing import with_tree
from shishi.packs.example_editing import (
    cells_of,
    examples_file,
    examples_of,
    first_fault,
    set_example,
)
from shishi.packs.shapes import StatementsShape
from shishi.packs.writing import table_file
from shishi.web.office.editing import Editing, answered
from shishi.web.office.editor_table_forms import ExampleForm, TableSettingsForm

NEW = "new"
NUMBERS = frozenset({"integer", "decimal", "money"})
LISTED = ("accepted_by", "never_fall", "queried")


def settings(request: HttpRequest, number: int, table: str) -> HttpResponse:
    """How rows of the table come in."""
    editing = Editing.of(request, number)
    tree = editing.table(table)
    told = tree.get("statements")
    plan: Mapping[str, Any] = told or {}
    fields: Mapping[str, Any] = tree.get("fields") or {}
    named = {name: (str(item.get("title", name)), str(item.get("type"))) for name, item in fields.items()}
    full = f"{editing.held.programme}/{table}"
    older = [(name, f"{item.title}（{name}）") for name, item in sorted(tables().items()) if name != full]
    initial: dict[str, object] = {
        "approval": str(tree.get("approval", "")) == "required",
        "continues": str(tree.get("continues") or ""),
        "stated": told is not None,
        "review": str(plan.get("review", "true")) in ("True", "true"),
        **{key: str(plan.get(key, usual)) for key, usual in (("by", ""), ("above", "counted"), ("grace_hours", ""))},
        **{key: list(map(str, plan.get(key) or ())) for key in LISTED},
    }
    return answered(
        request,
        editing,
        TableSettingsForm,
        "office/editor_table.html",
        editing.page(title=_("按期填报、审批、接续"), crumb=_crumb(editing, table)),
        lambda form: _write_settings(editing, form, table),
        editing.address,
        initial=initial,
        given={
            "days": [(name, title) for name, (title, kind) in named.items() if kind == "date"],
            "numbers": [(name, title) for name, (title, kind) in named.items() if kind in NUMBERS],
            "older": older,
            "stated": told is not None,
            "gaps": {str(name): str(total) for name, total in (plan.get("gaps") or {}).items()},
        },
    )


def _crumb(editing: Editing, table: str) -> tuple[str, str]:
    title = str(editing.table(table).get("title", table))
    return reverse("office:editor-columns", args=[editing.held.number, table]), title


def _write_settings(editing: Editing, form: TableSettingsForm, table: str) -> DraftView:
    said, name, tree = form.cleaned_data, table_file(editing.held.code, table), editing.table(table)
    own = {"approval": "required" if said["approval"] else "", "continues": said["continues"]}
    kept = {key: item for key, item in tree.items() if own.get(key, True)}
    made = {**kept, **{key: item for key, item in own.items() if item}}
    files = with_tree(editing.held.files, name, made)
    told: dict[str, Any] | None = None
    if said["stated"]:
        old = tree.get("statements") or {}
        told = {key: said[key] for key in ("by", "review", "grace_hours")}
        told |= {"above": said["above"] or "counted", "gaps": form.gaps}
        told |= {key: in_their_order(old.get(key) or (), said[key]) for key in LISTED}
    files = set_shaped(files, name, "statements", told, StatementsShape, always="review")

    def place(issue: Issue) -> str | None:
        if issue.file != name:
            return None
        first, _dot, rest = issue.field.partition(".")
        if first == "key":
            return "by" if said["stated"] else None
        if first not in ("statements", "continues", "approval"):
            return None
        part = rest.split(".")[0] if first == "statements" else first
        return "gap_0" if part == "gaps" else part if part in form.fields else "stated"

    return editing.save(files, place)


def examples(request: HttpRequest, number: int, table: str) -> HttpResponse:
    """The examples of a table: rows that have to pass, or to be refused."""
    editing = Editing.of(request, number)
    fields = editing.table(table).get("fields") or {}
    titles = {name: str(item.get("title", name)) for name, item in fields.items()}
    wrong = [issue for issue in editing.checked.issues if issue.code == "pack_example_mismatch"]
    listed = [
        (at, item, str(item.get("passes")) in ("True", "true"), titles.get(str(item.get("field")), item.get("field")))
        for at, item in enumerate(examples_of(editing.held.files, editing.held.code, table), 1)
    ]
    page = editing.page(title=_("例子"), crumb=_crumb(editing, table), table=table, listed=listed, wrong=wrong)
    return render(request, "office/editor_examples.html", page)


def example(request: HttpRequest, number: int, table: str, example: str) -> HttpResponse:
    """One example; ``new`` makes one."""
    editing = Editing.of(request, number)
    fields: Mapping[str, Any] = editing.table(table).get("fields") or {}
    held = examples_of(editing.held.files, editing.held.code, table)
    at = _at(example, len(held))
    told = held[at] if at is not None else {}
    titles = {str(item.get("title", name)): name for name, item in fields.items()}
    field = str(told.get("field", ""))
    initial: dict[str, object] = {
        "title": told.get("title", ""),
        "passes": "true" if str(told.get("passes", "true")) in ("True", "true") else "false",
        "code": told.get("code", ""),
        "field": titles.get(field, field),
        **{f"cell_{name}": text for name, text in cells_of(told, fields).items()},
    }
    columns = [(name, str(item.get("title", name))) for name, item in fields.items()]
    return answered(
        request,
        editing,
        ExampleForm,
        "office/editor_example.html",
        editing.page(title=told.get("title") or _("添一个例子"), crumb=_crumb(editing, table), table=table),
        lambda form: _write_example(editing, form, table, at),
        reverse("office:editor-examples", args=[number, table]),
        initial=initial,
        given={"columns": columns, "new": at is None},
    )


def _at(example: str, many: int) -> int | None:
    """Which of the examples is meant; ``None``: a new one."""
    if example == NEW:
        return None
    if not example.isdecimal() or not 1 <= int(example) <= many:
        raise Http404
    return int(example) - 1


def _write_example(editing: Editing, form: ExampleForm, table: str, at: int | None) -> DraftView:
    """The example as it was filled in. One that shall be refused and does not say why is tried, and what came of it is
    written down."""
    said, files, code = form.cleaned_data, editing.held.files, editing.held.code
    fields = editing.table(table).get("fields") or {}
    if said.get("drop"):
        return editing.save(set_example(files, code, table, at, None, fields), lambda issue: None)
    told: dict[str, Any] = {"title": said["title"], "passes": said["passes"] == "true", "cells": form.cells}
    told |= {"code": said["code"], "field": said["field"]}
    if not told["passes"] and not (told["code"] and told["field"]):
        told |= _tried(editing, table, form.cells)
    name = examples_file(code, table)
    message = f"“{said['title']}”"

    def place(issue: Issue) -> str | None:
        if issue.code == "pack_example_mismatch":
            return "passes" if message in issue.message else None
        return "title" if issue.file == name else None

    return editing.save(set_example(files, code, table, at, told, fields), place)


def _tried(editing: Editing, table: str, cells: Mapping[str, str]) -> dict[str, str]:
    programme = editing.checked.programme
    if programme is None:
        raise Misuse("draft_refused", _("草案还有要改的地方，试填不了。请写明退回的原因代码和列，或先改好草案。"))
    year = int(editing.held.pack.rpartition("/")[2])
    fault = first_fault(programme, table, cells, year)
    return {"code": fault.code, "field": fault.field}
