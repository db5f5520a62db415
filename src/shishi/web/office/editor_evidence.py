"""What has to prove a table's rows: groups of columns that are proved and checked together, one page for each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from shishi.apps.programmes.draft_history import DraftView
from shishi.core.errors import Issue, Refused
from shishi.packs.condition_editing import group_of, kept_or_new
from shishi.packs.definition_editing import columns_of, set_evidence
from shishi.packs.writing import table_file
from shishi.web.office.editing import Editing
from shishi.web.office.editor_conditions import answered_with_condition
from shishi.web.office.editor_evidence_forms import EvidenceForm

NEW = "new"
PROOF = "proof"
"""The group that a table's first evidence is for."""
NUMBERS = ("within", "minutes", "days")


def groups_of(tree: Mapping[str, Any]) -> list[tuple[str, str, bool]]:
    """The groups of a table's file: code, titles of the columns, and whether something has to prove them."""
    fields, asked = tree.get("fields") or {}, tree.get("evidence") or {}
    return [
        (code, "、".join(str((fields.get(name) or {}).get("title", name)) for name in names), code in asked)
        for code, names in (tree.get("groups") or {}).items()
    ]


def first(request: HttpRequest, number: int, table: str) -> HttpResponse:
    """What proves the table's rows: its first group that something has to prove, or a new one."""
    asked = Editing.of(request, number).table(table).get("evidence") or {}
    return evidence(request, number, table, next(iter(asked), NEW))


def evidence(request: HttpRequest, number: int, table: str, group: str) -> HttpResponse:
    """One group of columns; ``new`` makes one. Photos only with a permitted reason."""
    editing = Editing.of(request, number)
    tree = editing.table(table)
    groups = tree.get("groups") or {}
    if group != NEW and group not in groups:
        raise Http404
    told = (tree.get("evidence") or {}).get(group) or {}
    fields: Mapping[str, Any] = tree.get("fields") or {}
    columns = columns_of(editing.held.files, editing.held.code)
    return answered_with_condition(
        request,
        editing,
        EvidenceForm,
        "office/editor_evidence.html",
        editing.page(
            title=_("添一组佐证") if group == NEW else _("佐证和核实：%(group)s") % {"group": group},
            crumb=(reverse("office:editor-columns", args=[number, table]), tree.get("title", table)),
        ),
        lambda form: _prove(editing, form, table, group, told),
        editing.address,
        initial=_initial(told, list(map(str, groups.get(group) or ())), known=group != NEW),
        given={
            "named": [(name, str(item.get("title", name))) for name, item in fields.items()],
            "points": [(n, str(f.get("title", n))) for n, f in fields.items() if str(f.get("type")) == "point"],
            "new": group == NEW,
            "asked": bool(told),
            "columns": columns,
            "group": group_of(told.get("where"), columns, table),
            "table": table,
        },
    )


def _initial(told: Mapping[str, Any], columns: list[str], *, known: bool) -> dict[str, object]:
    """The group as the form shows it; one that nothing proves has its tick at that."""
    initial: dict[str, object] = {f"photos_{side}": str(many) for side, many in (told.get("photos") or {}).items()}
    plain = ("because", "reason", "documents", "place", *NUMBERS)
    initial |= {key: str(told[key]) for key in plain if told.get(key)}
    return initial | {"columns": columns, "drop": known and not told}


def _prove(editing: Editing, form: EvidenceForm, table: str, group: str, old: Mapping[str, Any]) -> DraftView:
    """What is asked for as it was filled in; the rule stands at the reason where photos have none."""
    said, files, code = form.cleaned_data, editing.held.files, editing.held.code
    name = table_file(code, table)
    if said.get("gone"):
        return editing.save(set_evidence(files, code, table, group, (), None), lambda issue: None)
    wanted = group if group != NEW else _free(said.get("code") or "", editing.table(table).get("groups") or {})
    told: dict[str, Any] = {key: said[key] for key in ("because", "reason", "documents", "place")}
    told |= {key: said[key] for key in NUMBERS if said[key] is not None}
    told |= {"photos": form.photos, "where": kept_or_new(old.get("where"), form.group, form.known, table)}
    asked = None if said["drop"] else told

    def place(issue: Issue) -> str | None:
        if issue.file != name or not issue.field.startswith((f"evidence.{wanted}", f"groups.{wanted}")):
            return None
        part = issue.field.split(".")[2] if issue.field.count(".") > 1 else ""
        places = {"where": "condition", "place": "place", "photos": "reason", "": "documents"}
        return places.get(part, "because") if asked else "columns"

    return editing.save(set_evidence(files, code, table, wanted, said["columns"], asked), place)


def _free(typed: str, taken: Mapping[str, Any]) -> str:
    if typed and typed in taken:
        raise Refused("group_taken", "", [Issue("group_taken", _("已有这个代码，请换一个。"), field="code")])
    return typed or next(name for name in (PROOF, *(f"{PROOF}_{n}" for n in range(2, 1000))) if name not in taken)
