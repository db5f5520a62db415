"""Carrying over 沿用: whether the rows that are held fit under changed definitions, and if not, which and why.

A column that no row ever filled in may go, a choice that none ever made may go; all else that rows hold stays.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

from shishi.apps.programmes.selectors import tables
from shishi.core.errors import Issue
from shishi.core.indicators import Indicator, TargetTree, Trajectory
from shishi.core.programmes import Pack
from shishi.core.tables import Field, Table

HoldsRows = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class HeldRows:
    """Rows that hold something, in any of their versions: how many, and the keys of the first of them."""

    many: int
    keys: tuple[str, ...] = ()

    @property
    def told(self) -> str:
        """For a sentence: ``12 行（A-001、A-002 等）``."""
        if not self.keys:
            return f"{self.many} 行"
        more = " 等" if self.many > len(self.keys) else ""
        return f"{self.many} 行（{'、'.join(self.keys)}{more}）"


Holding = Callable[[Table, str, Collection[str] | None], HeldRows]
"""Which rows of a table hold a value in a field; with values: one of these. An empty field: all rows."""


def change_issues(held: Pack | None, new: Pack, holds_rows: HoldsRows, holding: Holding | None = None) -> list[Issue]:
    """What of the new pack the held one's rows, or its versions, stand against."""
    if held is None:
        return []
    issues: list[Issue] = []
    before = {table.name: table for programme in held.programmes for table in programme.tables}
    after = {table.name: table for programme in new.programmes for table in programme.tables}
    for name, table in before.items():
        if holds_rows(name):
            issues += _orphaning(table, after.get(name), holding)
    old = _versioned(held)
    for identity, (definition, told) in _versioned(new).items():
        known = old[identity][0] if identity in old else definition
        if known != definition and known.version >= definition.version:
            message = f"{told}变了，版本号仍是 {definition.version}。请把 version 加一。"
            issues.append(Issue(code="version_not_raised", message=message, field=identity[-1]))
    return issues


def continuing_issues(held: Pack | None, new: Pack, holds_rows: HoldsRows) -> Iterable[Issue]:
    """What keeps a table from going on with an older one (``continues``)."""
    known = tables() | {table.name: table for programme in new.programmes for table in programme.tables}
    before = {table.name: table for programme in held.programmes for table in programme.tables} if held else {}
    taken = Counter(table.continues for table in known.values() if table.continues)
    for programme in new.programmes:
        for table in programme.tables:
            was = before[table.name].continues if table.name in before else ""
            if table.continues != was and holds_rows(table.name):
                message = f"台账“{table.title}”已有自己的行，不能再改接续哪张台账（continues）。"
                yield Issue(code="continues_too_late", message=message, field=table.name)
            elif table.continues:
                yield from _continued(table, known, taken[table.continues])


def _continued(table: Table, known: Mapping[str, Table], heirs: int) -> Iterable[Issue]:
    older = known.get(table.continues)
    if older is None:
        message = f"没有安装“{table.title}”要接续的台账 {table.continues}。请先安装往年的清单，或核对全名。"
        yield Issue(code="continued_table_missing", message=message, field=table.name)
        return
    if heirs > 1:
        message = f"{table.continues} 已由另一张台账接续。一张往年的台账只能由一张接续。"
        yield Issue(code="continued_twice", message=message, field=table.name)
    if table.division_field != older.division_field:
        message = f"“{table.title}”接续往年的行，区划列要与往年相同（{older.division_field}）。"
        yield Issue(code="continued_table_differs", message=message, field=table.name)
    for item in older.fields:
        other = table.by_name.get(item.name)
        target = known.get(other.references) if other and other.references else None
        if item.references and other and target and item.references not in (target.name, target.continues):
            message = f"“{table.title}”的“{item.title}”引用的台账也要接续往年的 {item.references}。"
            yield Issue(code="continued_reference_lost", message=message, field=f"{table.name}.{item.name}")
    yield from _orphaning(older, table)


def _versioned(pack: Pack) -> dict[tuple[str, ...], tuple[Indicator | TargetTree | Trajectory, str]]:
    """What figures name the version of (indicators, the newest targets and
    trajectories), each with its name in words."""
    found: dict[tuple[str, ...], tuple[Indicator | TargetTree | Trajectory, str]] = {}
    for programme in pack.programmes:
        titles = {item.code: item.title for item in programme.indicators}
        for indicator in programme.indicators:
            found[programme.name, "indicator", indicator.code] = (indicator, f"指标“{indicator.title}”的口径")
        for targets in sorted(programme.targets, key=lambda item: item.version):
            title = titles.get(targets.indicator, targets.indicator)
            found[programme.name, "target", targets.indicator] = (targets, f"指标“{title}”的目标")
        for path in sorted(programme.trajectories, key=lambda item: item.version):
            title = titles.get(path.indicator, path.indicator)
            found[programme.name, "trajectory", path.indicator] = (path, f"指标“{title}”的序时进度")
    return found


def _orphaning(table: Table, new: Table | None, holding: Holding | None = None) -> Iterable[Issue]:
    if new is None:
        message = f"台账“{table.title}”已有数据，新清单里没有它。请保留该台账，或另建一张并写 continues。"
        yield Issue(code="table_change_orphans_rows", message=message, field=table.name)
        return
    if new.key != table.key:
        message = f"台账“{table.title}”已有数据，主键不能改{_rows(holding, table, '')}。请另建一张，从空的开始。"
        yield Issue(code="table_change_orphans_rows", message=message, field=table.name)
    for item in table.fields:
        other = new.by_name.get(item.name)
        if other is None:
            yield from _gone(table, item, holding)
            continue
        yield from _altered(table, item, other, holding)


def _rows(holding: Holding | None, table: Table, field: str, values: Collection[str] | None = None) -> str:
    """Which rows stand against it, as the end of a clause."""
    return f"，现有 {holding(table, field, values).told}" if holding else ""


def _gone(table: Table, item: Field, holding: Holding | None) -> Iterable[Issue]:
    if holding is not None and not holding(table, item.name, None).many:
        return
    told = _rows(holding, table, item.name)
    message = (
        f"台账“{table.title}”已有数据，字段“{item.title}”不能删除{told}填了这一列。请保留它，不再用的可以改为选填。"
    )
    if not told:
        message = f"台账“{table.title}”已有数据，字段“{item.title}”不能删除。请保留它，不再用的可以改为选填。"
    yield Issue(code="table_change_orphans_rows", message=message, field=f"{table.name}.{item.name}")


def _altered(table: Table, item: Field, other: Field, holding: Holding | None) -> Iterable[Issue]:
    """What of a field stays as it is while rows hold it, each named."""
    where = f"{table.name}.{item.name}"
    kept = ((item.type, other.type, "改类型"), (item.scale, other.scale, "改小数位数"))
    for was, now, words in (*kept, (item.sensitivity, other.sensitivity, "改敏感程度")):
        if was != now:
            rows = _rows(holding, table, item.name)
            message = f"台账“{table.title}”已有数据，字段“{item.title}”不能{words}（{was} → {now}）{rows}。请改回，或另加一列。"
            yield Issue(code="table_change_orphans_rows", message=message, field=where)
    lost = {choice.value: choice.title for choice in item.values}
    for choice in other.values:
        lost.pop(choice.value, None)
    if lost and (holding is None or holding(table, item.name, lost).many):
        titles = "、".join(f"“{title}”" for title in lost.values())
        rows = _rows(holding, table, item.name, lost)
        message = (
            f"台账“{table.title}”已有数据，字段“{item.title}”不能去掉选项{titles}{rows}选了它。请保留，或先改正这些行。"
        )
        if not rows:
            message = f"台账“{table.title}”已有数据，字段“{item.title}”不能去掉选项{titles}。请保留，或先改正这些行。"
        yield Issue(code="table_change_orphans_rows", message=message, field=where)
