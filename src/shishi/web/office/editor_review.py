"""What a draft would change: in words, as YAML, in today's figures, for the rows that are held, and as a burden."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass, replace

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from shishi.apps.indicators.effects import Effects, effects_of
from shishi.apps.ledger.fillings import minutes_measured
from shishi.apps.programmes.burdens import burden_of_draft, burden_of_packs
from shishi.apps.programmes.selectors import packs, programmes_for
from shishi.core.definition_changes import changes, list_changes
from shishi.core.errors import ShishiError
from shishi.packs.drafting import PACK_FILE
from shishi.packs.writing import pack_tree, programme_files
from shishi.packs.yaml_writing import yaml_text
from shishi.web.office.editing import Editing
from shishi.web.office.viewing import Viewer

MOST_LINES = 400


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a comparison: ``kind`` is added, gone, place or same."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class FileDifference:
    """One file before and after."""

    name: str
    lines: tuple[Line, ...]


def review(request: HttpRequest, number: int) -> HttpResponse:
    """All of it on one page, for the writer and for the second person."""
    editing = Editing.of(request, number)
    checked = editing.checked
    found = changes(checked.before, checked.programme) if checked.programme else ()
    found += list_changes(checked.installed, checked.pack) if checked.pack else ()
    effects, why_not = _effects(editing)
    held = [issue for issue in checked.issues if issue.code == "table_change_orphans_rows"]
    page = editing.page(
        changes=found,
        differences=list(_differences(editing)),
        effects=effects,
        why_not=why_not,
        orphaned=held,
        issues=[issue for issue in checked.issues if issue not in held],
        burden=burden_of_draft(checked, minutes_measured()),
        carried=_carried(editing) if checked.before else (),
    )
    return render(request, "office/editor_review.html", page)


def _effects(editing: Editing) -> tuple[Effects | None, str]:
    """Today's figures by both definitions, or why there are none."""
    checked, viewer = editing.checked, editing.viewer
    if checked.programme is None:
        return None, _("草案还有要改的地方，改好以后才能算。")
    if checked.before is None:
        return None, _("新项目还没有数据，安装并报送以后才有数。")
    if any(issue.code == "table_change_orphans_rows" for issue in checked.issues):
        return None, _("现有的行放不进改后的台账，先改好台账再算。")
    try:
        as_of = viewer.usual_day(checked.before)
        return effects_of(viewer.person, checked.before, checked.programme, as_of, at=viewer.at), ""
    except ShishiError as refused:
        return None, refused.message


def _carried(editing: Editing) -> tuple[tuple[str, int], ...]:
    """Of each table how many rows are carried over."""
    before = editing.checked.before
    return tuple((table.title, editing.holding(table, "", None).many) for table in before.tables) if before else ()


def _differences(editing: Editing) -> Iterator[FileDifference]:
    """File by file, as YAML, against what is installed."""
    checked = editing.checked
    if checked.programme is None:
        return
    old = programme_files(checked.before) if checked.before else {}
    new = programme_files(checked.programme)
    if checked.pack:
        old[PACK_FILE] = yaml_text(pack_tree(checked.installed)) if checked.installed else ""
        new[PACK_FILE] = yaml_text(pack_tree(checked.pack))
    for name in sorted({*old, *new}):
        was, now = old.get(name, "").splitlines(), new.get(name, "").splitlines()
        if was != now:
            compared = list(difflib.unified_diff(was, now, lineterm="", n=2))[2:]
            lines = tuple(_line(text) for text in compared[:MOST_LINES])
            yield FileDifference(name, lines)


def _line(text: str) -> Line:
    kinds = {"+": "added", "-": "gone", "@": "place"}
    return Line(kinds.get(text[:1], "same"), text)


def burden(request: HttpRequest) -> HttpResponse:
    """The burden check over the programmes within reach."""
    viewer = Viewer.of(request)
    seen = {programme.name for _, programme in programmes_for(viewer.person, at=viewer.at)}
    lists = [replace(pack, programmes=tuple(p for p in pack.programmes if p.name in seen)) for pack in packs()]
    found = burden_of_packs([pack for pack in lists if pack.programmes], minutes_measured())
    return render(request, "office/burden.html", {"burden": found})
