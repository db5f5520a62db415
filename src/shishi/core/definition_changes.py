"""Definition changes 口径变更: what differs between two states of a programme, part by part, in words a reader can check.

Complete by construction: two programmes that differ in anything have at least one change.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, time
from decimal import Decimal
from enum import Enum
from typing import Any

from shishi.core.criteria import Criterion
from shishi.core.criterion_forms import describe
from shishi.core.indicators import Indicator, TargetTree, Trajectory
from shishi.core.programmes import Pack, Programme, ResponsibilityEntry
from shishi.core.tables import Choice, Field, Table

NOTHING = "（无）"

FIELD_TYPES: Mapping[str, str] = {
    "text": "文字", "integer": "整数", "decimal": "小数", "money": "金额（元）", "date": "日期", "enumeration": "单选",
    "division": "行政区划",
    "citizen_number": "公民身份号码", "credit_code": "统一社会信用代码", "real_estate_unit": "不动产单元号", "phone": "电话", "yes_no": "是或否",
    "day_time": "日期和时刻", "point": "坐标", "file": "附件", "choices": "多选", "identity_document": "证件号码",
    "reference": "指向另一张台账",
}  # fmt: skip
"""The types of columns as people call them."""


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that differs: where (``台账“…”的“…”``), what of it, and how it was and will be. A thing that comes has
    ``before`` empty, one that goes ``after``."""

    where: str
    what: str
    before: str = ""
    after: str = ""

    @property
    def sentence(self) -> str:
        """For a line of text."""
        if not self.before:
            return f"{self.where}：新增{self.what}{f'：{self.after}' if self.after else ''}"
        if not self.after:
            return f"{self.where}：去掉{self.what}：{self.before}"
        return f"{self.where}：{self.what}由 {self.before} 改为 {self.after}"


_LABELS: Mapping[str, str] = {
    "title": "名称", "type": "类型", "required": "必填", "unit": "单位", "scale": "小数位数", "minimum": "最小值", "maximum": "最大值",
    "max_length": "最多字数", "values": "选项", "sensitivity": "敏感程度", "references": "指向", "synonyms": "别名", "note": "说明",
    "sample": "示例", "locked": "锁定", "key": "主键", "division_field": "归属区划列", "version": "版本号", "checks": "核对规则",
    "groups": "核实分组", "continues": "接续的台账", "approval": "审批", "statements": "按期填报", "by_service": "由服务记", "name": "代码",
    "measure": "算法", "table": "台账", "field": "列", "where": "条件", "numerator": "分子", "denominator": "分母",
    "direction": "方向",
    "span": "时段", "by": "日期列", "since": "起算日", "assured_group": "核实分组", "own_counts": "自报数计入", "printed": "印法",
    "basis_note": "口径说明", "headline": "主要指标", "values_of": "各地目标", "document": "文件", "difference": "差数",
    "verified": "已核实",
    "shape": "形状", "points": "各点", "start": "起点", "source": "出处", "promise": "承诺", "basis": "依据", "division": "区划",
    "supervised_level": "督促到哪一级", "thresholds": "问题阈值", "ladder": "督办阶梯", "reasons": "原因代码", "briefs": "简报",
    "examples": "例子",
    "supervises": "督促的单位", "sources": "来源", "rules": "质量规则", "published": "公布过的数", "publishing": "公开",
    "cadences": "报送频次",
    "demonstration": "演示", "kind": "种类", "cut_off": "截止时刻", "working_days_only": "只在工作日", "starts": "开始", "ends": "结束",
    "message": "提示语", "criterion": "条件", "indicator": "指标", "code": "代码", "reply_within": "回复期限", "after_days": "持续天数",
}  # fmt: skip
_SPLIT = frozenset({"tables", "indicators", "targets", "trajectories", "cadences", "ladder", "briefs", "rules", "name"})


def changes(before: Programme | None, after: Programme) -> tuple[Change, ...]:
    """What ``after`` changes of ``before``; everything is new where there was nothing."""
    found = tuple(_of_programme(before, after))
    spoken_of = {change.where for change in found if change.what != _LABELS["version"]}
    # A new version says nothing of its own beside what it is a new version for.
    return tuple(one for one in found if one.what != _LABELS["version"] or not _named(one.where, spoken_of))


def list_changes(before: Pack | None, after: Pack) -> tuple[Change, ...]:
    """What of the list itself, beside its programmes, ``after`` changes: its bodies, who answers for what, its days."""
    if before is None:
        return (Change(f"清单“{after.title}”", "清单", "", after.source),)
    here = f"清单“{after.title}”"
    found = [*_of_parts(before, after, here, frozenset({"programmes", "version", "bodies", "responsibilities"}), {})]
    bodies = {body.code: body.title for body in (*before.bodies, *after.bodies)}

    def duty(item: ResponsibilityEntry) -> str:
        return f"“{bodies.get(item.body, item.body)}”在项目 {item.programme} 的责任（{item.part.value}）"

    found += _listed(before.bodies, after.bodies, lambda b: b.code, lambda b: f"单位“{b.title}”", here, _plainly)
    duties = (sorted(pack.responsibilities, key=repr) for pack in (before, after))
    was, now = duties
    return (*found, *_listed(was, now, lambda d: (d.programme, d.body, d.part), duty, here, _plainly))


def _named(where: str, others: Collection[str]) -> bool:
    return any(other.startswith(where) for other in others)


def _of_programme(before: Programme | None, after: Programme) -> Iterator[Change]:
    here = f"项目“{after.title}”"
    if before is None:
        yield Change(here, "项目", "", after.promise)
        yield from (Change(here, f"台账“{table.title}”", "", f"{len(table.fields)} 列") for table in after.tables)
        yield from (Change(here, f"指标“{item.title}”", "", item.unit) for item in after.indicators)
        return
    yield from _of_parts(before, after, here, _SPLIT, {})
    tables = {table.name: table for table in (*before.tables, *after.tables)}
    yield from _listed(before.tables, after.tables, lambda t: t.name, lambda t: f"台账“{t.title}”", here, _of_table)
    criteria = _Words(tables)
    yield from _listed(
        before.indicators, after.indicators, lambda i: i.code, lambda i: f"指标“{i.title}”", here, criteria.of_indicator
    )
    titles = {item.code: item.title for item in (*before.indicators, *after.indicators)}

    def target(tree: TargetTree | Trajectory) -> str:
        kind = "目标" if isinstance(tree, TargetTree) else "序时进度"
        return f"“{titles.get(tree.indicator, tree.indicator)}”的{kind}"

    yield from _listed(before.targets, after.targets, lambda t: (t.indicator, t.version), target, here, _of_target)
    yield from _listed(
        before.trajectories, after.trajectories, lambda t: (t.indicator, t.version), target, here, _plainly
    )
    table_title = {table.name: table.title for table in (*before.tables, *after.tables)}
    named: tuple[tuple[str, str, Callable[[Any], str]], ...] = (
        ("cadences", "报送频次", lambda part: table_title.get(part.table, part.table)),
        ("ladder", "督办阶梯", lambda part: RUNGS.get(part.kind, part.kind)),
        ("briefs", "简报", lambda part: str(part.title)),
        ("rules", "质量规则", lambda part: str(part.code)),
    )
    for name, word, key in named:
        was, now = getattr(before, name), getattr(after, name)
        yield from _listed(was, now, key, _entitled(word, key), here, _plainly)


def _entitled(word: str, key: Callable[[Any], str]) -> Callable[[Any], str]:
    return lambda part: f"{word}“{key(part)}”"


RUNGS: Mapping[str, str] = {"reminder": "提醒", "prompt_notice": "工作提示单", "supervision_order": "督办单"}


def _listed(
    before: Sequence[Any],
    after: Sequence[Any],
    key: Callable[[Any], object],
    title: Callable[[Any], str],
    where: str,
    inside: Callable[[Any, Any, str], Iterator[Change]],
) -> Iterator[Change]:
    """What came, what went, what changed inside, and whether the rest stands in another order."""
    old, new = {key(item): item for item in before}, {key(item): item for item in after}
    yield from (Change(where, title(item), NOTHING, "") for name, item in old.items() if name not in new)
    yield from (Change(where, title(item), "", "") for name, item in new.items() if name not in old)
    for name, item in new.items():
        if name in old and old[name] != item:
            yield from inside(old[name], item, title(item))
    if [name for name in old if name in new] != [name for name in new if name in old]:
        yield Change(where, "先后顺序", "、".join(map(title, before)), "、".join(map(title, after)))


def _of_parts(
    before: Any, after: Any, where: str, without: frozenset[str], words: Mapping[str, Callable[[Any], str]]
) -> Iterator[Change]:
    """Part by part of two dataclasses of one kind."""
    for part in fields(after):
        was, now = getattr(before, part.name), getattr(after, part.name)
        if part.name not in without and was != now:
            say = words.get(part.name, told)
            old, new = say(was), say(now)
            label = _LABELS.get(part.name, part.name)
            if old == new:
                old, new = f"{old}（原）", f"{new}（改）"
            yield Change(where, label, old or NOTHING, new or NOTHING)


def _plainly(before: Any, after: Any, where: str) -> Iterator[Change]:
    yield from _of_parts(before, after, where, frozenset(), {})


def _of_table(before: Table, after: Table, where: str) -> Iterator[Change]:
    titles = {field.name: field.title for field in (*before.fields, *after.fields)}
    named = {"key": lambda key: "、".join(titles.get(name, name) for name in key)}
    yield from _of_parts(before, after, where, frozenset({"fields", "checks"}), named)
    yield from _listed(
        before.fields, after.fields, lambda f: f.name, lambda f: f"“{f.title}”一列", where, _of_field(where)
    )

    def of_check(was: Any, now: Any, title: str) -> Iterator[Change]:
        words = {"criterion": lambda criterion: describe(criterion, after)}
        yield from _of_parts(was, now, f"{where}的{title}", frozenset(), words)

    yield from _listed(
        before.checks, after.checks, lambda c: c.code, lambda c: f"核对规则“{c.message}”", where, of_check
    )


def _of_field(where: str) -> Callable[[Field, Field, str], Iterator[Change]]:
    def inside(before: Field, after: Field, title: str) -> Iterator[Change]:
        words = {"type": lambda kind: FIELD_TYPES[kind.value], "values": _choices}
        yield from _of_parts(before, after, f"{where}的{title}", frozenset(), words)

    return inside


def _choices(values: Sequence[Choice]) -> str:
    return "、".join(choice.title for choice in values)


def _of_target(before: TargetTree, after: TargetTree, where: str) -> Iterator[Change]:
    yield from _of_parts(before, after, where, frozenset({"values"}), {})
    for code in sorted({*before.values, *after.values}):
        was, now = before.values.get(code), after.values.get(code)
        if was != now:
            yield Change(
                where, f"{code} 的目标", NOTHING if was is None else told(was), NOTHING if now is None else told(now)
            )


@dataclass(frozen=True)
class _Words:
    """Indicators with their conditions in sentences."""

    tables: Mapping[str, Table]

    def of_indicator(self, before: Indicator, after: Indicator, where: str) -> Iterator[Change]:
        """What changed of an indicator."""

        def condition(indicator: Indicator) -> Callable[[Criterion], str]:
            return lambda criterion: describe(criterion, self.tables[indicator.table], self.tables)

        known = before.table in self.tables and after.table in self.tables
        if known and before.where != after.where:
            was, now = condition(before)(before.where), condition(after)(after.where)
            yield Change(where, "条件", was, now if now != was else f"{now}（改）")
        yield from _of_parts(before, after, where, frozenset({"where"} if known else ()), {})


def told(value: object) -> str:
    """A value of a definition for people."""
    if value is None or value == () or value == "":
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, Mapping):
        return "；".join(f"{key}：{told(item)}" for key, item in value.items())
    if isinstance(value, tuple | list | frozenset):
        return "、".join(told(item) for item in value)
    if is_dataclass(value):
        parts = ((part.name, getattr(value, part.name)) for part in fields(value))
        return "，".join(f"{_LABELS.get(name, name)} {said}" for name, item in parts if (said := told(item)))
    return str(value)
