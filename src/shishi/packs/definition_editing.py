"""Editing what a draft counts, promises and follows: indicators with simple conditions, targets with their course, how
often is reported, and what happens to who is behind."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from shishi.core.errors import Misuse
from shishi.packs.drafting import Files, tree_of
from shishi.packs.editing import tables_of, with_tree
from shishi.packs.writing import programme_file, table_file
from shishi.packs.yaml_files import typed

Tree = dict[str, Any]
OPERATORS: Mapping[str, str] = {
    "equals": "为",
    "not_equals": "不为",
    "at_least": "不低于",
    "at_most": "不高于",
    "on_or_before": "不晚于",
    "on_or_after": "不早于",
    "filled": "已填写",
    "empty": "没有填",
}
"""What a simple condition may say; anything more is written in YAML."""
MOST_CONDITIONS = 3
_POINT = re.compile(r"(\d{4}-\d{2}-\d{2})\s+(\d+(?:\.\d+)?)\s*(%?)\s*(.*)")


@dataclass(frozen=True, slots=True)
class Condition:
    """One line of a simple condition; ``value`` as a person writes it."""

    field: str
    operator: str
    value: str = ""


def columns_of(files: Files, code: str) -> dict[str, Tree]:
    """Every column of the draft's tables as ``table.field``."""
    found: dict[str, Tree] = {}
    for table in tables_of(files, code):
        name = table_file(code, table)
        tree = tree_of(files[name], name)
        for field, told in (tree.get("fields") or {}).items():
            found[f"{table}.{field}"] = {**told, "table_title": tree.get("title", table)}
    return found


def where_of(conditions: Sequence[Condition], columns: Mapping[str, Mapping[str, Any]], table: str) -> Any:
    """All of these conditions over a table; ``None`` without any. ``Misuse`` (``condition_unfit``) for a value that the
    column cannot hold."""
    parts = [_part(item, columns.get(f"{table}.{item.field}", {})) for item in conditions if item.field]
    if not parts:
        return None
    return parts[0] if len(parts) == 1 else {"all": parts}


def _part(condition: Condition, column: Mapping[str, Any]) -> Tree:
    if condition.operator in ("filled", "empty"):
        return {"field": condition.field, "is_empty": condition.operator == "empty"}
    return {"field": condition.field, condition.operator: _value(condition, column)}


def _value(condition: Condition, column: Mapping[str, Any]) -> object:
    text, kind = condition.value.strip(), str(column.get("type", "text"))
    try:
        if kind in ("integer", "decimal", "money"):
            number = Decimal(text)
            return int(number) if number == int(number) else number
        if kind in ("date", "day_time"):
            return text if text in ("as_of", "period_start", "period_end") else date.fromisoformat(text)
        if kind == "yes_no":
            return {"是": True, "否": False}[text]
    except (InvalidOperation, ValueError, KeyError) as unfit:
        message = f"“{column.get('title', condition.field)}”不能与“{text}”相比，请改写：数写数字，日期写 2021-09-30，是非题写“是”或“否”。"
        raise Misuse("condition_unfit", message) from unfit
    titles = {str(title): value for value, title in (column.get("values") or {}).items()}
    return titles.get(text, text)


def conditions_of(where: object) -> list[Condition] | None:
    """A condition as simple lines; ``None`` for one that says more than they can."""
    if where is None:
        return []
    tree = typed(where)
    parts = tree["all"] if isinstance(tree, dict) and set(tree) == {"all"} else [tree]
    found = [_line(part) for part in parts] if isinstance(parts, list) else [None]
    simple = [item for item in found if item is not None]
    return simple if len(simple) == len(found) <= MOST_CONDITIONS else None


def _line(part: object) -> Condition | None:
    if not isinstance(part, dict) or len(part) != 2 or "field" not in part:
        return None
    ((operator, value),) = ((key, item) for key, item in part.items() if key != "field")
    if operator == "is_empty":
        return Condition(str(part["field"]), "empty" if value else "filled")
    if operator not in OPERATORS or isinstance(value, list | dict):
        return None
    said = {True: "是", False: "否"}[value] if isinstance(value, bool) else str(value)
    return Condition(str(part["field"]), str(operator), said)


def set_indicator(files: Files, code: str, indicator: str, told: Mapping[str, Any] | None) -> dict[str, str]:
    """An indicator as it is told now, ``None``: without it, its target and its course. What is not told stays; a part
    told as ``None`` goes."""
    name = programme_file(code)
    tree = tree_of(files[name], name)
    if told is None:
        for part in ("indicators", "targets", "trajectories"):
            tree[part] = {key: item for key, item in (tree.get(part) or {}).items() if key != indicator}
        return with_tree(files, name, _without_empty(tree, "targets", "trajectories"))
    indicators = dict(tree.get("indicators") or {})
    kept = {**(indicators.get(indicator) or {}), **told}
    indicators[indicator] = {key: item for key, item in kept.items() if item is not None and item != ""}
    return with_tree(files, name, {**tree, "indicators": indicators})


def set_target(
    files: Files,
    code: str,
    indicator: str,
    *,
    document: str,
    verified: bool,
    values: Mapping[str, Decimal],
    shape: str,
    points: Mapping[date, tuple[Decimal, str]],
    start: Decimal,
    source: str,
) -> dict[str, str]:
    """The promised number of each division and the course to it; no values: neither."""
    name = programme_file(code)
    tree = tree_of(files[name], name)
    targets, paths = dict(tree.get("targets") or {}), dict(tree.get("trajectories") or {})
    targets.pop(indicator, None) if not values else None
    paths.pop(indicator, None) if not points or not values else None
    if values:
        kept = targets.get(indicator) or {}
        targets[indicator] = {**kept, "document": document, "verified": verified, "values": dict(values)}
    if values and points:
        way = {day: {"share": share} | ({"title": title} if title else {}) for day, (share, title) in points.items()}
        kept = paths.get(indicator) or {}
        told = {"shape": shape, "points": way, "source": source or document, "start": start, "verified": verified}
        paths[indicator] = {**kept, **told}
    return with_tree(
        files, name, _without_empty({**tree, "targets": targets, "trajectories": paths}, "targets", "trajectories")
    )


def set_evidence(
    files: Files, code: str, table: str, group: str, columns: Sequence[str], told: Mapping[str, Any] | None
) -> dict[str, str]:
    """What proves a group of a table's columns; ``None``: nothing is asked any more (the group itself stays)."""
    name = table_file(code, table)
    tree = tree_of(files[name], name)
    groups, evidence = dict(tree.get("groups") or {}), dict(tree.get("evidence") or {})
    evidence.pop(group, None)
    if told is not None:
        groups[group] = list(columns)
        evidence[group] = {key: item for key, item in told.items() if item}
    return with_tree(
        files, name, _without_empty({**tree, "groups": groups, "evidence": evidence}, "groups", "evidence")
    )


def set_rhythm(
    files: Files,
    code: str,
    *,
    cadences: Mapping[str, Mapping[str, Any]],
    ladder: Mapping[str, Mapping[str, Any]],
    thresholds: Mapping[str, Any],
) -> dict[str, str]:
    """How often each table is due, the rungs that follow who is behind, and from when somebody is."""
    name = programme_file(code)
    tree = tree_of(files[name], name)
    old = {part: tree.get(part) or {} for part in ("cadences", "ladder", "thresholds")}
    told = {
        "cadences": {table: {**(old["cadences"].get(table) or {}), **item} for table, item in cadences.items()},
        "ladder": {rung: {**(old["ladder"].get(rung) or {}), **item} for rung, item in ladder.items()},
        "thresholds": {**old["thresholds"], **thresholds},
    }
    return with_tree(files, name, _without_empty({**tree, **told}, *told))


def _without_empty(tree: Tree, *parts: str) -> Tree:
    return {key: item for key, item in tree.items() if key not in parts or item}


def values_written(values: Mapping[str, Any]) -> str:
    """Targets for a person to change: a division and a number on each line."""
    return "\n".join(f"{code} {value}" for code, value in values.items())


def values_read(text: str, division: Callable[[str], str]) -> dict[str, Decimal]:
    """What a person wrote: ``341802 120`` or ``宣州区 120`` on each line. ``division`` gives the official code of either
    (and may refuse it); ``Misuse`` (``target_unreadable``, ``target_twice``)."""
    found: dict[str, Decimal] = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        place, _, number = line.replace("\t", " ").rpartition(" ")
        try:
            value = Decimal(number.replace(",", ""))
        except InvalidOperation as unread:
            message = f"“{line}”读不出来。请一行写一个区划和一个数，如“341802 120”。"
            raise Misuse("target_unreadable", message) from unread
        code = division(place.strip())
        if code in found:
            raise Misuse("target_twice", f"“{place}”写了两次，请只留一行。")
        found[code] = value
    return found


def points_written(points: Mapping[Any, Any]) -> str:
    """A course for a person to change: a day and a share in percent on each line."""
    lines = []
    for day, point in points.items():
        share = (Decimal(str(point.get("share", 0))) * 100).normalize()
        lines.append(f"{day} {share:f}% {point.get('title') or ''}".rstrip())
    return "\n".join(lines)


def points_read(text: str) -> dict[date, tuple[Decimal, str]]:
    """What a person wrote: ``2021-12-31 100% 全部完成`` on each line; ``Misuse`` (``course_unreadable``)."""
    found: dict[date, tuple[Decimal, str]] = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        match = _POINT.fullmatch(line)
        try:
            day = date.fromisoformat(match[1] if match else "")
        except ValueError as unread:
            message = f"“{line}”读不出来。请一行写一个日期和到那天应完成的百分数，如“2021-12-31 100%”。"
            raise Misuse("course_unreadable", message) from unread
        share = Decimal(match[2]) if match else Decimal(0)
        found[day] = (share / 100 if match and match[3] else share, match[4] if match else "")
    return found
