"""Conditions on the editor's pages: groups and comparisons that are put together with ordinary controls.

Adding, dropping and moving a part are buttons of the same form: the page comes back changed and nothing is saved, so
that it works by keyboard and without a script. Names of controls tell where a part stands: ``c_0_1-field`` is the
column of the second part of the first part.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _

from shishi.core.errors import ShishiError
from shishi.packs.condition_editing import (
    DEEPEST,
    MOMENTS,
    MOST,
    OPERATORS,
    Columns,
    Group,
    Join,
    Line,
    Node,
    changed_at,
    scopes_of,
    table_within,
)
from shishi.web.design.forms import Form
from shishi.web.office.editing import Editing, answered

STEP = "c-step"
ROOT = "c"
JOINS = {
    Join.ALL: "下面都要满足",
    Join.ANY: "下面满足一条就行",
    Join.NOT_ALL: "下面不都满足",
    Join.NOT_ANY: "下面一条也不满足",
}
_PLACE = re.compile(r"c(?:_\d{1,2}){0,7}")
Options = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Control:
    """A control of a part: its name, its value and what may be chosen (none: it is typed)."""

    name: str
    value: str
    label: str
    options: Options = ()


@dataclass(frozen=True, slots=True)
class Part:
    """A part as the page shows it. ``parts`` of a group; ``listed``: the id of the choices that a value may have."""

    place: str
    is_group: bool
    controls: Mapping[str, Control]
    parts: tuple[Part, ...] = ()
    words: tuple[str, ...] = ()
    fault: str = ""
    focused: bool = False
    first: bool = False
    deep: bool = False

    @property
    def is_root(self) -> bool:
        """Whether it is the whole condition."""
        return self.place == ROOT


class ConditionedForm(Form):
    """A form with a condition over ``table`` in it; the group stands in ``group`` as it was typed."""

    condition = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, group: Group, columns: Columns, table: str, focus: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.known, self.over, self.focus = columns, table, focus
        self.group = group_in(self.data) if self.is_bound else group
        self.wrong: dict[str, str] = {}

    def refuse(self, error: ShishiError) -> None:
        """Faults of the condition stand at their part; all others where they always do."""
        own = [issue for issue in error.issues if _PLACE.fullmatch(issue.field)]
        for issue in own:
            self.wrong.setdefault(issue.field, issue.message)
            self.add_error("condition", issue.message)
        if len(own) < len(error.issues) or not own:
            super().refuse(error)

    @property
    def root(self) -> Part:
        """The condition as the page shows it."""
        return self._part(self.group, self.over, ROOT, first=True)

    def _part(self, node: Node, table: str, place: str, *, first: bool) -> Part:
        part = Part(place, isinstance(node, Group), {}, first=first)
        shown = replace(part, fault=self.wrong.get(place, ""), focused=self.focus == place)
        if isinstance(node, Line):
            return replace(shown, controls=self._line(node, table, place), words=self._words(node, table))
        within = table_within(node.scope, table, self.known)
        parts = tuple(self._part(part, within, f"{place}_{at}", first=not at) for at, part in enumerate(node.parts))
        controls = {"join": Control(f"{place}-join", node.join, _("怎么合起来"), list(JOINS.items()))}
        scopes = scopes_of(table, self.known)
        if place != ROOT and len(scopes) > 1:
            controls["scope"] = Control(f"{place}-scope", node.scope, _("说的是哪些行"), scopes)
        return replace(shown, controls=controls, parts=parts, deep=place.count("_") + 1 >= DEEPEST)

    def _line(self, line: Line, table: str, place: str) -> dict[str, Control]:
        own = self._columns_of(table)
        against = [("", _("右边写的")), *MOMENTS.items(), *((f"={name}", f"本行的“{title}”") for name, title in own)]
        chosen = line.field if line.field in dict(own) else ""
        return {
            "field": Control(f"{place}-field", chosen, _("哪一列"), [("", "—"), *own]),
            "operator": Control(f"{place}-operator", line.operator, _("怎么比"), list(OPERATORS.items())),
            "against": Control(f"{place}-against", line.against, _("和什么比"), against),
            "value": Control(f"{place}-value", line.value, _("值")),
        }

    def _columns_of(self, table: str) -> list[tuple[str, str]]:
        prefix = f"{table}."
        return [
            (place.removeprefix(prefix), str(column.get("title", place)))
            for place, column in self.known.items()
            if place.startswith(prefix)
        ]

    def _words(self, line: Line, table: str) -> tuple[str, ...]:
        """What the column may hold, where that is a list."""
        column = self.known.get(f"{table}.{line.field}", {})
        if str(column.get("type")) == "yes_no":
            return ("是", "否")
        return tuple(map(str, (column.get("values") or {}).values()))


def group_in(data: Mapping[str, Any]) -> Group:
    """The condition that a form sent; no more of it than a condition may be long."""
    kinds = {name.removesuffix("-kind"): str(data[name]) for name in data if name.endswith("-kind")}
    places = {place for place in kinds if _PLACE.fullmatch(place)}
    if len(places) > 2 * MOST:
        places = set(sorted(places, key=lambda place: (place.count("_"), place))[: 2 * MOST])
    made = _read(ROOT, places, kinds, data)
    return made if isinstance(made, Group) else Group()


def _read(place: str, places: set[str], kinds: Mapping[str, str], data: Mapping[str, Any]) -> Node:
    def told(part: str) -> str:
        return str(data.get(f"{place}-{part}", ""))[:1000].strip()

    if kinds.get(place) == "line":
        operator = told("operator")
        return Line(told("field"), operator if operator in OPERATORS else "equals", told("value"), told("against"))
    below = sorted(
        (item for item in places if item.startswith(f"{place}_") and item.count("_") == place.count("_") + 1),
        key=lambda item: int(item.rpartition("_")[2]),
    )
    join = told("join")
    parts = tuple(_read(item, places, kinds, data) for item in below)
    return Group(Join(join) if join in set(Join) else Join.ALL, told("scope"), parts)


def answered_with_condition(
    request: HttpRequest,
    editing: Editing,
    form_class: Callable[..., ConditionedForm],
    template: str,
    page: Mapping[str, object],
    act: Callable[[Any], object],
    then: str | Callable[[Any], str],
    *,
    initial: Mapping[str, object],
    given: Mapping[str, object],
) -> HttpResponse:
    """As ``answered``; a step that changes the condition shows the form as it was typed, with the part added, dropped
    or moved, and saves nothing."""
    if request.method == "POST" and STEP in request.POST:
        form = _stepped(request.POST, form_class, given)
        for name, field in form.fields.items():
            if field.disabled:
                form.initial[name] = initial.get(name)
        return render(request, template, {**page, "form": form})
    return answered(request, editing, form_class, template, page, act, then, initial=initial, given=given)


def _stepped(
    data: QueryDict, form_class: Callable[..., ConditionedForm], given: Mapping[str, object]
) -> ConditionedForm:
    step, _colon, place = str(data[STEP]).partition(":")
    group = group_in(data)
    if _PLACE.fullmatch(place):
        group = changed_at(group, place, step)
    typed: dict[str, object] = {name: values if len(values) > 1 else values[0] for name, values in data.lists()}
    over = str(data.get("table") or given.get("table") or "")
    more = {**given, "group": group, "table": over, "focus": _focus(group, place, step)}
    return form_class(initial=typed, **more)


def _focus(group: Group, place: str, step: str) -> str:
    """Where the person goes on: at what was added, else where something was."""
    if step not in ("line", "group"):
        return place.rpartition("_")[0] if step == "drop" else place
    node: Node = group
    for part in place.split("_")[1:]:
        if not isinstance(node, Group) or int(part) >= len(node.parts):
            return place
        node = node.parts[int(part)]
    return f"{place}_{len(node.parts) - 1}" if isinstance(node, Group) and node.parts else place
