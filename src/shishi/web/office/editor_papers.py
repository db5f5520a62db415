"""What a programme tells: the kinds of brief that it writes, and what of it everybody may see."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from shishi.apps.programmes.draft_history import DraftView
from shishi.core.errors import Issue
from shishi.core.programmes import MOST_ENTRIES
from shishi.packs.definition_editing import in_their_order, set_entry, set_section
from shishi.web.office.editing import Editing, answered
from shishi.web.office.editor_paper_forms import BRIEFS, BriefForm, PublishingForm

_PLAIN = ("title", "mark", "series", "addressee", "signatory", "opening", "breakdown")


def brief(request: HttpRequest, number: int, kind: str) -> HttpResponse:
    """One kind of brief."""
    if kind not in BRIEFS:
        raise Http404
    editing = Editing.of(request, number)
    told = (editing.programme.get("briefs") or {}).get(kind) or {}
    initial: dict[str, object] = {key: str(told.get(key) or "") for key in _PLAIN}
    initial["notes"] = "\n".join(map(str, told.get("notes") or ()))
    initial["most_entries"] = str(told.get("most_entries", MOST_ENTRIES))
    if not told:
        words = {"title": editing.held.title, "kind": BRIEFS[kind]}
        named = _("%(title)s%(kind)s") % words
        initial |= {"title": named, "mark": named, "series": named}
    return answered(
        request,
        editing,
        BriefForm,
        "office/editor_paper.html",
        editing.page(title=_("简报：%(kind)s") % {"kind": BRIEFS[kind]}),
        lambda form: _write_brief(editing, form, kind),
        editing.address,
        initial=initial,
        given={"indicators": _indicators(editing), "chosen": list(map(str, told.get("indicators") or ()))},
    )


def _indicators(editing: Editing) -> list[tuple[str, str]]:
    return [(code, str(item.get("title", code))) for code, item in (editing.programme.get("indicators") or {}).items()]


def _write_brief(editing: Editing, form: BriefForm, kind: str) -> DraftView:
    said, files, name = form.cleaned_data, editing.held.files, editing.programme_name
    if said["drop"]:
        return editing.save(set_entry(files, name, "briefs", kind, None), lambda issue: None)
    told: dict[str, Any] = {key: said[key].replace("\r\n", "\n").strip() for key in _PLAIN}
    told["indicators"] = form.chosen
    told["notes"] = [line.strip() for line in said["notes"].splitlines() if line.strip()]
    most = said["most_entries"]
    told["most_entries"] = None if most in (None, MOST_ENTRIES) else most

    def place(issue: Issue) -> str | None:
        if issue.file != name or not issue.field.startswith(f"briefs.{kind}"):
            return None
        part = issue.field.removeprefix(f"briefs.{kind}").lstrip(".").split(".")[0]
        return part if part in form.fields else ""

    return editing.save(set_entry(files, name, "briefs", kind, told), place)


def publishing(request: HttpRequest, number: int) -> HttpResponse:
    """What everybody may see of the programme; nothing unless it is said here."""
    editing = Editing.of(request, number)
    tree = editing.programme.get("publishing") or {}
    small = tree.get("small_numbers") or {}
    initial: dict[str, object] = {key: str(tree.get(key) or "") for key in ("since", "brief")}
    initial |= {
        "down_to": str(tree.get("down_to", "county")),
        "ratings": _yes(tree.get("ratings")),
        "minimum": str(small.get("minimum") or ""),
        "guarded": list(map(str, small.get("indicators") or ())),
        "shown_at": str(small.get("shown_at", "city")),
        "guarded_verified": _yes(small.get("verified")),
        **{key: str((tree.get("guide") or {}).get(key) or "") for key in ("items", "materials")},
    }
    tables = [
        (name, title, [(c, str(t.get("title", c))) for c, t in (editing.table(name).get("fields") or {}).items()])
        for name, title in editing.tables
    ]
    briefs = [(kind, word) for kind, word in BRIEFS.items() if kind in (editing.programme.get("briefs") or {})]
    return answered(
        request,
        editing,
        PublishingForm,
        "office/editor_publishing.html",
        editing.page(title=_("公开")),
        lambda form: _write_publishing(editing, form),
        editing.address,
        initial=initial,
        given={
            "indicators": _indicators(editing),
            "chosen": list(map(str, tree.get("indicators") or ())),
            "briefs": briefs,
            "tables": tables,
            "rows": {name: list(map(str, columns)) for name, columns in (tree.get("rows") or {}).items()},
        },
    )


def _rows(old: Mapping[str, Any], told: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """Columns that are public, of each table in the order in which the public reads them."""
    return {name: in_their_order(old.get(name) or (), told[name]) for name in in_their_order(list(old), list(told))}


def _yes(told: object) -> bool:
    return str(told) in ("True", "true")


def _write_publishing(editing: Editing, form: PublishingForm) -> DraftView:
    said, files, name = form.cleaned_data, editing.held.files, editing.programme_name
    if said["drop"]:
        return editing.save(set_section(files, name, "publishing", None), lambda issue: None)
    old = editing.programme.get("publishing") or {}
    small = {
        "minimum": said["minimum"],
        "indicators": in_their_order((old.get("small_numbers") or {}).get("indicators") or (), said["guarded"]),
        "shown_at": said["shown_at"] or "city",
        "verified": said["guarded_verified"],
    }
    told = {
        "indicators": form.chosen,
        "down_to": said["down_to"],
        "since": said["since"],
        "brief": said["brief"],
        "rows": _rows(old.get("rows") or {}, form.rows),
        "ratings": True if said["ratings"] else None,
        "small_numbers": small if said["minimum"] else None,
        "guide": {key: said[key] for key in ("items", "materials") if said[key]} or None,
    }

    def place(issue: Issue) -> str | None:
        if issue.file != name or not issue.field.startswith("publishing"):
            return None
        parts = issue.field.split(".")[1:] or [""]
        wanted = f"rows_{parts[1]}" if parts[0] == "rows" and len(parts) > 1 else parts[0]
        return {"small_numbers": "minimum"}.get(wanted, wanted if wanted in form.fields else "")

    return editing.save(set_section(files, name, "publishing", told), place)
