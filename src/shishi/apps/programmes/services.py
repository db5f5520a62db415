"""Installing packs: a new revision of its definitions, with the divisions, bodies and responsibilities it names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING

from django.db import transaction

from shishi.apps.accounts.models import Person
from shishi.apps.accounts.roles import Action
from shishi.apps.accounts.selectors import body_of, require
from shishi.apps.accounts.services import end_responsibilities, hold_body, hold_responsibility
from shishi.apps.audit.services import record
from shishi.apps.divisions.selectors import load_tree
from shishi.apps.divisions.services import apply_pack_divisions
from shishi.apps.programmes.models import PackRevision
from shishi.apps.programmes.selectors import packs, tables
from shishi.core.calendars import day_of
from shishi.core.divisions import COUNTRY, Division, DivisionTree, Level, normalise
from shishi.core.errors import Issue, Misuse, Refused
from shishi.core.indicators import Indicator, TargetTree, Trajectory
from shishi.core.programmes import BodyEntry, Pack
from shishi.core.tables import Table
from shishi.core.targets import check_sum

if TYPE_CHECKING:
    from shishi.apps.accounts.models import Body

HoldsRows = Callable[[str], bool]


@transaction.atomic
def install_pack(
    pack: Pack, *, effective_on: date | None, holds_rows: HoldsRows, by: Person, at: datetime
) -> tuple[PackRevision, bool]:
    """Install a pack; the same content again changes nothing (second value ``False``). ``Refused`` when a target tree
    does not sum, a definition changed without a new version, or a table change would orphan rows."""
    from shishi.packs.canonical import pack_document

    require(by, Action.DEFINE, normalise(pack.division), "", day_of(at))
    apply_pack_divisions(pack.divisions_added, pack.division_changes, by=by.username, at=at)
    held = {item.name: item for item in packs()}.get(pack.name)
    if held and held.version == pack.version:
        return PackRevision.objects.filter(name=pack.name, version=pack.version).latest("pk"), False
    issues = [*_target_issues(pack, at), *_change_issues(held, pack, holds_rows)]
    issues += _continuing_issues(held, pack, holds_rows)
    if issues:
        raise Refused("pack_refused", f"清单 {pack.name} 未安装：{issues[0].message}", issues)
    if held and effective_on is None:
        message = "更新已安装的清单要说明从哪天起生效：加 --effective-on 日期。"
        raise Misuse("effective_day_missing", message)
    revision = PackRevision.objects.create(
        name=pack.name,
        version=pack.version,
        document=pack_document(pack),
        effective_on=effective_on,
        recorded_at=at,
        person=by.username,
    )
    _hold_bodies(pack, effective_on or date(pack.year, 1, 1), at)
    record(
        at=at,
        person=by.username,
        body=body_of(by, day_of(at)),
        action="pack.install",
        subject=f"pack:{revision.pk}",
        digest=pack.version,
        detail={"name": pack.name, "effective_on": effective_on.isoformat() if effective_on else None},
    )
    return revision, True


def _target_issues(pack: Pack, at: datetime) -> list[Issue]:
    issues: list[Issue] = []
    on = day_of(at)
    for programme in pack.programmes:
        codes = {normalise(code) for targets in programme.targets for code in targets.values}
        tree = load_tree(codes=codes)
        for targets in programme.targets:
            issues += check_sum(targets, tree, on)
    return issues


def _change_issues(held: Pack | None, new: Pack, holds_rows: HoldsRows) -> list[Issue]:
    if held is None:
        return []
    issues: list[Issue] = []
    before = {table.name: table for programme in held.programmes for table in programme.tables}
    after = {table.name: table for programme in new.programmes for table in programme.tables}
    for name, table in before.items():
        if holds_rows(name):
            issues += _orphaning(table, after.get(name))
    old = _versioned(held)
    for identity, (definition, told) in _versioned(new).items():
        known = old[identity][0] if identity in old else definition
        if known != definition and known.version >= definition.version:
            message = f"{told}变了，版本号仍是 {definition.version}。请把 version 加一。"
            issues.append(Issue(code="version_not_raised", message=message, field=identity[-1]))
    return issues


def _continuing_issues(held: Pack | None, new: Pack, holds_rows: HoldsRows) -> Iterable[Issue]:
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


def _orphaning(table: Table, new: Table | None) -> Iterable[Issue]:
    if new is None:
        message = f"台账“{table.title}”已有数据，新清单里没有它。请保留该台账，或另建一张并写 continues。"
        yield Issue(code="table_change_orphans_rows", message=message, field=table.name)
        return
    if new.key != table.key:
        message = f"台账“{table.title}”已有数据，主键不能改。请另建一张，从空的开始。"
        yield Issue(code="table_change_orphans_rows", message=message, field=table.name)
    for item in table.fields:
        other = new.by_name.get(item.name)
        lost = {c.value for c in item.values} - {c.value for c in other.values} if other else set()
        kept = other and (other.type, other.scale, other.sensitivity) == (item.type, item.scale, item.sensitivity)
        if not kept or lost:
            message = f"台账“{table.title}”已有数据，字段“{item.title}”不能删除、改类型或去掉选项。"
            yield Issue(code="table_change_orphans_rows", message=message, field=f"{table.name}.{item.name}")


def _hold_bodies(pack: Pack, effective_on: date, at: datetime) -> None:
    deepest = max((entry.each for entry in pack.bodies if entry.each is not None), default=Level.COUNTRY)
    named = {entry.division for entry in pack.bodies if entry.division}
    tree = load_tree(within=normalise(pack.division), codes=named, down_to=deepest)
    kept: dict[str, list[int]] = {programme.name: [] for programme in pack.programmes}
    for entry in pack.bodies:
        for unit in _units(entry.division or pack.division, entry.each, tree, effective_on):
            body = _hold_body(pack, entry, unit)
            for duty in pack.responsibilities:
                programme = f"{pack.name}/{duty.programme}"
                if duty.body == entry.code and programme in kept:
                    held = hold_responsibility(
                        body=body,
                        programme=programme,
                        division=unit.code,
                        part=duty.part,
                        leader=duty.leader,
                        effective_on=effective_on,
                        at=at,
                    )
                    kept[programme].append(held.pk)
    for programme, going_on in kept.items():
        end_responsibilities(programme, going_on, effective_on)


def _hold_body(pack: Pack, entry: BodyEntry, unit: Division) -> Body:
    # One body for each unit of a level: its code names the unit.
    code = entry.code if entry.each is None else f"{entry.code}-{unit.official_code}"
    title = entry.title.format(code=unit.official_code, name=unit.name)
    return hold_body(code=code, title=title, division=unit.code, ends=entry.ends, pack=pack.name)


def _units(division: str, each: int | None, tree: DivisionTree, on: date) -> tuple[Division, ...]:
    code = normalise(division)
    if each is not None:
        return tree.under(code, Level(each), on)
    found = tree.find(code, on)
    if found is None:
        raise Refused("division_unknown", f"清单里的行政区划 {division or COUNTRY} 不存在。")
    return (found,)
