"""What a draft counts and promises: an indicator with its condition, a target with the course to it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from shishi.apps.divisions.selectors import find_division
from shishi.apps.programmes.draft_history import DraftView
from shishi.core.calendars import day_of
from shishi.core.divisions import Level
from shishi.core.errors import Issue, Refused
from shishi.core.statements import acceptance
from shishi.packs.condition_editing import Columns, group_of, kept_or_new
from shishi.packs.definition_editing import (
    columns_of,
    differences_read,
    differences_written,
    points_read,
    points_written,
    printed_tree,
    set_indicator,
    set_target,
    values_read,
    values_written,
)
from shishi.web.office.editing import Editing, answered
from shishi.web.office.editor_conditions import answered_with_condition
from shishi.web.office.editor_definition_forms import IndicatorForm, TargetForm, printed_initial
from shishi.web.office.editor_evidence import groups_of

PLAIN = ("title", "measure", "table", "numerator", "denominator", "unit", "direction", "span", "basis_note",
         "assured_group")  # fmt: skip


def indicator(request: HttpRequest, number: int, indicator: str) -> HttpResponse:
    """One indicator; ``new`` makes one."""
    editing = Editing.of(request, number)
    known = editing.programme.get("indicators") or {}
    is_new = indicator == "new"
    told = known.get(indicator, {})
    if not is_new and not told:
        raise Http404
    columns = columns_of(editing.held.files, editing.held.code)
    table = str(told.get("table") or (editing.tables[0][0] if is_new and len(editing.tables) == 1 else ""))
    given = {
        "tables": list({place.partition(".")[0]: str(item["table_title"]) for place, item in columns.items()}.items()),
        "columns": columns,
        "indicators": [(code, str(item.get("title", code))) for code, item in known.items() if code != indicator],
        "groups": _groups(editing),
        "new": is_new,
        "group": group_of(told.get("where"), columns, table),
        "table": table,
    }
    page = editing.page(title=told.get("title", _("添一个指标")), code=indicator)
    return answered_with_condition(
        request,
        editing,
        IndicatorForm,
        "office/editor_indicator.html",
        page,
        lambda form: _write(editing, form, columns, told.get("where"), is_new=is_new),
        editing.address,
        initial=_indicator_initial({"table": table, **told}, "" if is_new else indicator),
        given=given,
    )


def _groups(editing: Editing) -> list[tuple[str, str]]:
    """The groups of columns of every table, by their code; one for each level that accepts statements, too."""
    found: dict[str, list[str]] = {}
    for table, title in editing.tables:
        tree = editing.table(table)
        for code, columns, _proved in groups_of(tree):
            found.setdefault(code, []).append(f"《{title}》{columns}")
        for level in (tree.get("statements") or {}).get("accepted_by") or ():
            code = acceptance(Level[str(level).upper()])
            found.setdefault(code, []).append(_("《%(title)s》由上级接收的") % {"title": title})
    return [(code, f"{code}：{'；'.join(told)}") for code, told in found.items()]


def _write(editing: Editing, form: IndicatorForm, columns: Columns, where: object, *, is_new: bool) -> DraftView:
    """The indicator as it was filled in; faults of it at their controls."""
    said, code = form.cleaned_data, str(form.cleaned_data["code"])
    files, programme = editing.held.files, editing.held.code
    if is_new and code in (editing.programme.get("indicators") or {}):
        raise Refused("indicator_taken", "", [Issue("indicator_taken", _("已有这个代码的指标。"), field="code")])
    if said.get("drop"):
        return editing.save(set_indicator(files, programme, code, None), lambda issue: None)
    parts: dict[str, Any] = {key: said[key] for key in PLAIN}
    parts |= {"field": said["field"].rpartition(".")[2], "by": said["by"].rpartition(".")[2]}
    parts |= {key: said[key] or None for key in ("scale", "headline", "own_counts")} | {"since": said["since"]}
    old = (editing.programme.get("indicators") or {}).get(code) or {}
    parts["printed"] = printed_tree(old.get("printed"), form.printed) or None
    parts["where"] = kept_or_new(where, form.group, columns, said["table"])

    def place(issue: Issue) -> str | None:
        if issue.file != editing.programme_name or not issue.field.startswith(f"indicators.{code}"):
            return None
        part = issue.field.split(".")[2] if issue.field.count(".") > 1 else ""
        places = {"where": "condition", "printed": "printed_digits"}
        return places.get(part, part if part in form.fields else "")

    return editing.save(set_indicator(files, programme, code, parts), place)


def _indicator_initial(told: Mapping[str, Any], code: str) -> dict[str, object]:
    table = str(told.get("table", ""))
    initial: dict[str, object] = {
        key: str(told[key]) for key in (*PLAIN, "scale", "since") if told.get(key) is not None
    }
    initial |= {"code": code, **printed_initial(told.get("printed"))}
    initial |= {key: str(told.get(key)) in ("True", "true") for key in ("headline", "own_counts")}
    for part in ("field", "by"):
        if told.get(part):
            within = "reports" if part == "field" and told.get("measure") == "reports" else table
            initial[part] = f"{within}.{told[part]}"
    return initial


def target(request: HttpRequest, number: int, indicator: str) -> HttpResponse:
    """What is promised of an indicator, and the course to it."""
    editing = Editing.of(request, number)
    counted = (editing.programme.get("indicators") or {}).get(indicator)
    if counted is None:
        raise Http404
    tree = (editing.programme.get("targets") or {}).get(indicator) or {}
    path = (editing.programme.get("trajectories") or {}).get(indicator) or {}
    initial = {
        "document": tree.get("document", ""),
        "verified": bool(tree) and str(tree.get("verified", "true")) in ("True", "true"),
        "values": values_written(tree.get("values") or {}),
        "shape": str(path.get("shape", "linear")),
        "points": points_written(path.get("points") or {}),
        "start": str(path.get("start", "0")),
        "source": path.get("source", ""),
        "path_verified": bool(path) and str(path.get("verified", "true")) in ("True", "true"),
        "difference": differences_written(tree.get("difference") or {}),
        "own_print": "printed" in tree,
        **printed_initial(tree.get("printed")),
    }
    title = _("“%(title)s”的目标和序时进度") % {"title": counted.get("title", indicator)}
    return answered(
        request,
        editing,
        TargetForm,
        "office/editor_part.html",
        editing.page(title=title),
        lambda form: _promise(editing, indicator, form),
        editing.address,
        initial=initial,
    )


def _code_of(place: str, on: date) -> str:
    return find_division(place, on).official_code


def _promise(editing: Editing, indicator: str, form: TargetForm) -> DraftView:
    """The target and its course as they were filled in."""
    said, today = form.cleaned_data, day_of(editing.viewer.at)
    old = (editing.programme.get("targets") or {}).get(indicator) or {}
    gaps = differences_read(said["difference"], lambda place: _code_of(place, today))
    printed = printed_tree(old.get("printed"), form.printed) if said["own_print"] else None
    files = set_target(
        editing.held.files,
        editing.held.code,
        indicator,
        document=said["document"],
        verified=said["verified"],
        values=values_read(said["values"], lambda place: _code_of(place, today)),
        shape=said["shape"],
        points=points_read(said["points"]),
        start=said["start"] or Decimal(0),
        source=said["source"],
        more={"difference": gaps or None, "printed": printed},
        path_verified=said["path_verified"],
    )

    def place(issue: Issue) -> str | None:
        if issue.field.startswith(f"trajectories.{indicator}"):
            return "points"
        sums = issue.code.startswith("target") and issue.file == ""
        return "values" if sums or issue.field.startswith(f"targets.{indicator}") else None

    return editing.save(files, place)
