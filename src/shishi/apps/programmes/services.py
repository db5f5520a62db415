"""Installing packs: a new revision of its definitions, with the divisions, bodies and responsibilities it names."""

from __future__ import annotations

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
from shishi.apps.programmes.carrying import Holding, HoldsRows, change_issues, continuing_issues
from shishi.apps.programmes.models import PackRevision
from shishi.apps.programmes.selectors import packs
from shishi.core.calendars import day_of
from shishi.core.divisions import COUNTRY, Division, DivisionTree, Level, normalise
from shishi.core.errors import Issue, Misuse, Refused
from shishi.core.programmes import BodyEntry, Pack
from shishi.core.targets import check_sum

if TYPE_CHECKING:
    from shishi.apps.accounts.models import Body


@transaction.atomic
def install_pack(
    pack: Pack,
    *,
    effective_on: date | None,
    holds_rows: HoldsRows,
    by: Person,
    at: datetime,
    holding: Holding | None = None,
    right: Action = Action.DEFINE,
) -> tuple[PackRevision, bool]:
    """Install a pack; the same content again changes nothing (second value ``False``). ``Refused`` when a target tree
    does not sum, a definition changed without a new version, or a table change would orphan rows (``holding`` tells
    which). ``right``: what ``by`` needs for the pack's division."""
    from shishi.packs.canonical import pack_document

    require(by, right, normalise(pack.division), "", day_of(at))
    apply_pack_divisions(pack.divisions_added, pack.division_changes, by=by.username, at=at)
    held = {item.name: item for item in packs()}.get(pack.name)
    if held and held.version == pack.version:
        return PackRevision.objects.filter(name=pack.name, version=pack.version).latest("pk"), False
    issues = install_issues(held, pack, holds_rows, holding, at=at)
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
    _record_install(revision, by, at)
    return revision, True


def _record_install(revision: PackRevision, by: Person, at: datetime) -> None:
    since = revision.effective_on
    record(
        at=at,
        person=by.username,
        body=body_of(by, day_of(at)),
        action="pack.install",
        subject=f"pack:{revision.pk}",
        digest=revision.version,
        detail={"name": revision.name, "effective_on": since.isoformat() if since else None},
    )


def install_issues(
    held: Pack | None, pack: Pack, holds_rows: HoldsRows, holding: Holding | None = None, *, at: datetime
) -> list[Issue]:
    """What stands against installing the pack over the one that is held: targets that do not sum, rows that would be
    orphaned, definitions without a new version, older tables that cannot be gone on with."""
    issues = [*_target_issues(pack, at), *change_issues(held, pack, holds_rows, holding)]
    return [*issues, *continuing_issues(held, pack, holds_rows)]


def _target_issues(pack: Pack, at: datetime) -> list[Issue]:
    issues: list[Issue] = []
    on = day_of(at)
    for programme in pack.programmes:
        codes = {normalise(code) for targets in programme.targets for code in targets.values}
        tree = load_tree(codes=codes)
        for targets in programme.targets:
            issues += check_sum(targets, tree, on)
    return issues


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
