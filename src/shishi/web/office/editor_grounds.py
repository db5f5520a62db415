"""What a programme stands on and who answers for it: its papers, the bodies that have a part, its work record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from shishi.apps.divisions.selectors import find_division
from shishi.apps.programmes.draft_history import DraftView
from shishi.core.calendars import day_of
from shishi.core.errors import Issue
from shishi.core.tables import FieldType
from shishi.packs.drafting import PACK_FILE
from shishi.packs.editing import Column, written_values
from shishi.packs.ground_editing import Duty, duties_of, set_duties, set_sources, set_work_record
from shishi.web.office.editing import Editing, answered
from shishi.web.office.editor_ground_forms import DutiesForm, RecordForm, SourcesForm

LINES = "office/editor_lines.html"


def _yes(told: object) -> bool:
    return str(told) in ("True", "true")


def sources(request: HttpRequest, number: int) -> HttpResponse:
    """The papers that the programme stands on."""
    editing = Editing.of(request, number)
    lines = [
        {key: str(item[key]) for key in ("title", "trust", "published", "supports") if item.get(key)}
        | {"verified": _yes(item.get("verified", True))}
        for item in editing.programme.get("sources") or []
    ]
    return answered(
        request, editing, SourcesForm, LINES, editing.page(title=_("来源")),
        lambda form: _write_sources(editing, form, len(lines)), editing.address, given={"lines": lines},
    )  # fmt: skip


def _write_sources(editing: Editing, form: SourcesForm, many: int) -> DraftView:
    told = [(at if at < many else None, line) for at, line in form.filled]
    files = set_sources(editing.held.files, editing.held.code, told)

    def place(issue: Issue) -> str | None:
        parts = issue.field.split(".")
        if issue.file != editing.programme_name or parts[0] != "sources":
            return None
        at = int(parts[1]) if len(parts) > 1 and parts[1].isdecimal() else 0
        return form.place(at, parts[2] if len(parts) > 2 else "title") or "title_0"

    return editing.save(files, place)


def duties(request: HttpRequest, number: int) -> HttpResponse:
    """Who has what part in the programme."""
    editing = Editing.of(request, number)
    lines = [
        {
            "title": str(item["held"].get("title", "")),
            "part": str(item.get("part", "")),
            "division": str(item["held"].get("division", "")),
            "each": str(item["held"].get("each") or ""),
            "leader": str(item.get("leader") or ""),
        }
        for item in duties_of(editing.held.files, editing.held.code)
    ]
    page = editing.page(
        title=_("谁牵头、谁配合"), about=_("提示单、督办单发给牵头的单位；每个地方各有一个的，按层级写一条就行。")
    )
    return answered(
        request, editing, DutiesForm, LINES, page,
        lambda form: _write_duties(editing, form, len(lines)), editing.address, given={"lines": lines},
    )  # fmt: skip


def _write_duties(editing: Editing, form: DutiesForm, many: int) -> DraftView:
    today = day_of(editing.viewer.at)
    told = []
    for at, line in form.filled:
        where = str(line["division"] or editing.programme.get("division", ""))
        division = where if where.isdigit() else find_division(where, today).official_code
        more = {key: str(line[key] or "").strip() for key in ("each", "leader")}
        own = at if at < many else None
        told.append(Duty(own, str(line["title"]).strip(), division, str(line["part"]), **more))
    files = set_duties(editing.held.files, editing.held.code, told)

    def place(issue: Issue) -> str | None:
        own = issue.file == PACK_FILE and issue.field.split(".")[0] in ("bodies", "responsibilities")
        return "title_0" if own else None

    return editing.save(files, place)


def record(request: HttpRequest, number: int) -> HttpResponse:
    """The programme's work record: whether there is one, and what it asks beside what the platform asks."""
    editing = Editing.of(request, number)
    tree = editing.programme.get("work_record") or {}
    fields: Mapping[str, Any] = tree.get("fields") or {}
    lines = [
        {key: str(item[key]) for key in ("title", "type", "unit") if item.get(key)}
        | {"name": name, "required": _yes(item.get("required")), "values": written_values(item.get("values") or {})}
        for name, item in fields.items()
    ]
    page = editing.page(title=_("工作纪实"), about=_("做了什么、谁去了哪里，平台给好了列；这里只写本项目另要的列。"))
    return answered(
        request, editing, RecordForm, LINES, page,
        lambda form: _write_record(editing, form, list(fields)), editing.address,
        initial={"kept": _yes(tree.get("kept", True))}, given={"lines": lines},
    )  # fmt: skip


def _write_record(editing: Editing, form: RecordForm, names: list[str]) -> DraftView:
    columns = [
        Column(
            names[at] if at < len(names) else "",
            str(line["name"] or ""),
            str(line["title"]).strip(),
            FieldType(str(line["type"])),
            required=bool(line["required"]),
            unit=str(line["unit"] or "").strip(),
            values=str(line["values"] or ""),
        )
        for at, line in form.filled
    ]
    files = set_work_record(editing.held.files, editing.held.code, kept=form.cleaned_data["kept"], columns=columns)

    def place(issue: Issue) -> str | None:
        if issue.file != editing.programme_name or not issue.field.startswith("work_record"):
            return None
        return "kept" if not form.filled else form.place(0, "title")

    return editing.save(files, place)
