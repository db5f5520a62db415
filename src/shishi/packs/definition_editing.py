"""Editing what a draft counts, promises and follows: indicators, targets with their course, how
often is reported, and what happens to who is behind."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, time
from decimal import Decimal, InvalidOperation
from typing import Any

from shishi.core.errors import Misuse, Refused
from shishi.packs.drafting import Files, tree_of
from shishi.packs.editing import tables_of, with_tree
from shishi.packs.given import given_trees
from shishi.packs.shape_parts import FileShape
from shishi.packs.shapes import (
    CadenceShape,
    EvidenceShape,
    IndicatorShape,
    PrintedShape,
    RungShape,
    TargetShape,
    ThresholdsShape,
    TrajectoryShape,
)
from shishi.packs.writing import programme_file, table_file

Tree = dict[str, Any]
_POINT = re.compile(r"(\d{4}-\d{2}-\d{2})\s+(\d+(?:\.\d+)?)\s*(%?)\s*(.*)")


def columns_of(files: Files, code: str) -> dict[str, Tree]:
    """Every column of the draft's tables, and of those that the platform gives, as ``table.field``, with the choices
    that it takes from a list of the programme."""
    found: dict[str, Tree] = {}
    try:
        programme = tree_of(files.get(programme_file(code), ""), programme_file(code))
    except Refused:
        programme = {}  # it can be mended as YAML; until then its lists are not known
    lists = {**(programme.get("lists") or {}), "reasons": programme.get("reasons") or {}}
    trees = {table: tree_of(files[table_file(code, table)], table) for table in tables_of(files, code)}
    for table, tree in {**trees, **given_trees(programme)}.items():
        for field, told in (tree.get("fields") or {}).items():
            taken = {"values": lists[told["values_from"]]} if told.get("values_from") in lists else {}
            found[f"{table}.{field}"] = {**told, **taken, "table_title": tree.get("title", table)}
    return found


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
    old = indicators.get(indicator) or {}
    kept = {**old, **_said(told, old, IndicatorShape)}
    indicators[indicator] = {key: item for key, item in kept.items() if item is not None and item != ""}
    return with_tree(files, name, {**tree, "indicators": indicators})


def set_entry(files: Files, name: str, part: str, code: str, told: Mapping[str, Any] | None) -> dict[str, str]:
    """An entry of a part of a file (a check, a quality rule, a kind of brief) as it is told now, ``None``: without it.
    What is not told stays; what is told as nothing goes."""
    tree = tree_of(files[name], name)
    entries = dict(tree.get(part) or {})
    if told is None:
        entries.pop(code, None)
    else:
        entries[code] = _filled({**(entries.get(code) or {}), **told})
    return with_tree(files, name, _without_empty({**tree, part: entries}, part))


def set_section(files: Files, name: str, part: str, told: Mapping[str, Any] | None) -> dict[str, str]:
    """A whole part of a file (what may be published), as :func:`set_entry`."""
    tree = tree_of(files[name], name)
    made = _filled({**(tree.get(part) or {}), **told}) if told else None
    return with_tree(files, name, _without_empty({**tree, part: made}, part))


def set_shaped(
    files: Files, name: str, part: str, told: Mapping[str, Any] | None, shape: type[FileShape], always: str = ""
) -> dict[str, str]:
    """A whole part of a file by its shape: what goes without saying is not written, ``None`` is where it says
    something. A part that says nothing goes, unless ``always`` names what is written of it then."""
    tree = tree_of(files[name], name)
    made: Tree = {}
    if told is not None:
        old = tree.get(part) or {}
        made = {key: item for key, item in {**old, **_said(told, old, shape)}.items() if not _is_empty(item)}
        made = made or ({always: told[always]} if always else {})
    return with_tree(files, name, _without_empty({**tree, part: made}, part))


def _is_empty(item: object) -> bool:
    return isinstance(item, str | list | dict) and not item


def in_their_order(old: Sequence[object], chosen: Sequence[str]) -> list[str]:
    """What was chosen, in the order that it had; new ones behind.

    >>> in_their_order(["c", "a"], ["a", "b", "c"])
    ['c', 'a', 'b']
    """
    before = list(map(str, old))
    return [*(name for name in before if name in chosen), *(name for name in chosen if name not in before)]


def _place(name: str, known: Mapping[str, Any]) -> int:
    """Where a name stands among those that were there; new ones behind them."""
    return list(known).index(name) if name in known else len(known)


def _said(told: Mapping[str, Any], old: Mapping[str, Any], shape: type[FileShape]) -> Tree:
    """What of this has to be written: not what goes without saying and was not said before."""
    usual = {field.alias or name: field.default for name, field in shape.model_fields.items()}
    return {name: item for name, item in told.items() if name in old or not _is_usual(item, usual.get(name, ...))}


def _is_usual(item: object, usual: object) -> bool:
    if isinstance(usual, time):
        return str(item)[:5] == usual.isoformat("minutes")
    if isinstance(usual, PrintedShape):
        return item is None
    if isinstance(usual, Decimal | int) and not isinstance(usual, bool) and isinstance(item, Decimal | int):
        return item == usual
    return usual is not ... and (item is usual or (str(item) == str(usual) and item is not None))


def _filled(told: Mapping[str, Any]) -> Tree:
    return {key: item for key, item in told.items() if item is not None and item != "" and item != [] and item != {}}


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
    more: Mapping[str, Any] | None = None,
    path_verified: bool | None = None,
) -> dict[str, str]:
    """The promised number of each division and the course to it; no values: neither. ``more``: how the number is
    printed, and where the parts do not make the whole; ``None`` in it goes. ``path_verified`` ``None``: as before."""
    name = programme_file(code)
    tree = tree_of(files[name], name)
    targets, paths = dict(tree.get("targets") or {}), dict(tree.get("trajectories") or {})
    targets.pop(indicator, None) if not values else None
    paths.pop(indicator, None) if not points or not values else None
    if values:
        kept = targets.get(indicator) or {}
        said = {"document": document, "verified": verified, "values": dict(values)}
        made = {**kept, **_said({**said, **(more or {})}, kept, TargetShape)}
        targets[indicator] = {key: item for key, item in made.items() if item is not None}
    if values and points:
        way = {day: {"share": share} | ({"title": title} if title else {}) for day, (share, title) in points.items()}
        kept = paths.get(indicator) or {}
        told = {"shape": shape, "points": way, "source": source or document, "start": start}
        if path_verified is not None or not kept:
            told["verified"] = verified if path_verified is None else path_verified
        paths[indicator] = {**kept, **_said(told, kept, TrajectoryShape)}
    return with_tree(
        files, name, _without_empty({**tree, "targets": targets, "trajectories": paths}, "targets", "trajectories")
    )


def set_evidence(
    files: Files, code: str, table: str, group: str, columns: Sequence[str], told: Mapping[str, Any] | None
) -> dict[str, str]:
    """What proves a group of a table's columns; ``None``: nothing is asked any more (the group itself stays). No
    columns: the group goes, too."""
    name = table_file(code, table)
    tree = tree_of(files[name], name)
    groups, evidence = dict(tree.get("groups") or {}), dict(tree.get("evidence") or {})
    if columns:
        groups[group] = in_their_order(groups.get(group) or (), columns)
    else:
        groups.pop(group, None)
    if told is None or not columns:
        evidence.pop(group, None)
    else:
        old = evidence.get(group) or {}
        evidence[group] = {key: item for key, item in {**old, **_said(told, old, EvidenceShape)}.items() if item}
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
        "cadences": {
            table: {**(old["cadences"].get(table) or {}), **_said(item, old["cadences"].get(table) or {}, CadenceShape)}
            for table, item in sorted(cadences.items(), key=lambda pair: _place(pair[0], old["cadences"]))
        },
        "ladder": {
            rung: {**(old["ladder"].get(rung) or {}), **_said(item, old["ladder"].get(rung) or {}, RungShape)}
            for rung, item in ladder.items()
        },
        "thresholds": {**old["thresholds"], **_said(thresholds, old["thresholds"], ThresholdsShape)},
    }
    return with_tree(files, name, _without_empty({**tree, **told}, *told))


def set_words(
    files: Files, code: str, reasons: Mapping[str, str], lists: Mapping[str, Mapping[str, str]]
) -> dict[str, str]:
    """The reasons that who is behind may give, and the lists of choices that several tables share."""
    name = programme_file(code)
    tree = {**tree_of(files[name], name), "reasons": dict(reasons), "lists": {n: dict(v) for n, v in lists.items()}}
    return with_tree(files, name, _without_empty(tree, "reasons", "lists"))


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


def printed_tree(old: Mapping[str, Any] | None, told: Mapping[str, Any]) -> Tree:
    """How a number is printed, as a file has it; empty where it is printed as it is."""
    made = {**(old or {}), **_said(told, old or {}, PrintedShape)}
    return {key: item for key, item in made.items() if item is not None and item != ""}


def differences_written(told: Mapping[str, Any]) -> str:
    """Where parts do not make the whole, for a person to change: a division, a number and the reason on each line."""
    return "\n".join(f"{place} {item.get('gap')} {item.get('reason')}" for place, item in told.items())


def differences_read(text: str, division: Callable[[str], str]) -> dict[str, Tree]:
    """What a person wrote: ``341800 -3 市本级另有 3 个`` on each line; ``Misuse`` (``difference_unreadable``)."""
    found: dict[str, Tree] = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        place, number, *reason = [*line.split(maxsplit=2), "", ""][:3]
        try:
            gap = Decimal(number)
        except InvalidOperation as unread:
            message = f"“{line}”读不出来。请一行写一个区划、一个差数和原因，如“341800 -3 市本级另有 3 个”。"
            raise Misuse("difference_unreadable", message) from unread
        if not "".join(reason).strip():
            raise Misuse("difference_unexplained", f"“{line}”没有写原因。分项和总数不一致，要说清为什么。")
        found[division(place)] = {"gap": gap, "reason": "".join(reason).strip()}
    return found


def as_it_stood(old: Mapping[str, Any], told: Mapping[str, Any]) -> Tree:
    """What is told, each text that is as it was in the very form that it had (``12`` and ``"12"`` are not one)."""
    return {name: old[name] if name in old and str(old[name]) == str(item) else item for name, item in told.items()}
