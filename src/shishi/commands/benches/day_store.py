"""The store of ``bench day``: a national programme on the country's real tree, rows
in every village, two report days."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from django.db import transaction

from shishi.apps.accounts.models import Person
from shishi.apps.accounts.selectors import person_named
from shishi.apps.divisions.selectors import load_tree
from shishi.apps.indicators.selectors import Asked, Reckoning
from shishi.apps.ledger.models import Batch
from shishi.apps.ledger.selectors import holds_rows
from shishi.apps.ledger.writing import lock, write_batch
from shishi.apps.programmes.selectors import programme_named
from shishi.apps.programmes.services import install_pack
from shishi.core.assurance import Basis
from shishi.core.calendars import moment_of
from shishi.core.divisions import COUNTRY, DivisionTree, Level
from shishi.core.ledger import Change, Held, Incoming, Mode, RevisionKind
from shishi.core.provenance import Door
from shishi.core.tables import Table
from shishi.packs.loading import load_pack

NAME = "bench/2021/homes"
FIRST, BEFORE, LAST = date(2021, 1, 4), date(2021, 9, 29), date(2021, 9, 30)
AT = datetime(2021, 9, 30, 12, tzinfo=UTC)
CHUNK = 50_000
SPREAD = 7_919
"""Rows go to villages in strides of this prime, so that neighbours in the ledger are not neighbours on the map."""

PACK = """
jurisdiction: bench
year: 2021
title: 测量用清单（演示数据）
division: "000000"
source: 测量用
bodies:
  office: {title: 演示主管部门, division: "000000"}
  cities: {title: "{name}演示主管部门", division: "000000", each: city}
responsibilities:
  - {body: office, programme: homes, part: supervising}
  - {body: cities, programme: homes, part: lead}
"""
PROGRAMME = """
title: 测量用项目
promise: 测量用
basis: 测量用
sources: [{title: 测量用, trust: demonstration}]
division: "000000"
supervised_level: city
cadences:
  items: {kind: day, cut_off: "18:00"}
indicators:
  planned: {title: 应办, measure: count, table: items, unit: 套, direction: hold}
  finished:
    {title: 已办, measure: count, table: items, where: {field: stage, at_least: finished}, unit: 套, headline: true,
     assured_group: progress}
  area: {title: 已办面积, measure: sum, table: items, field: area, where: {field: stage, at_least: finished}, unit: 平方米,
    scale: 2}
  households: {title: 户数, measure: distinct, table: items, field: household, unit: 户, direction: hold}
  rate:
    {title: 办结率, measure: ratio, numerator: finished, denominator: planned, unit: "%", scale: 2, printed: {digits: 2}}
  in_period:
    {title: 本期办结, measure: count, table: items, where: {field: stage, at_least: finished}, unit: 套, span: flow,
     by: finished_on}
ladder:
  prompt_notice: {reply_within: 3, after_days: 0, series: 提示, requirement: 请分析原因并回复。}
briefs:
  daily:
    title: 测量日汇总
    mark: 测量日汇总
    series: 日汇总
    signatory: 演示主管部门
    indicators: [planned, finished, area, households, rate, in_period]
    breakdown: finished
trajectories:
  finished:
    {shape: linear, source: 测量用, verified: false, points: {2021-01-01: {share: 0}, 2021-12-31: {share: 1}}}
targets:
  finished:
    document: 测量用
    verified: false
    values:
"""
TABLE = """
title: 测量用台账
key: [number]
division_field: village
fields:
  number: {title: 编号, type: text, required: true}
  village: {title: 村, type: division, required: true}
  household: {title: 户, type: text, required: true}
  stage: {title: 阶段, type: enumeration, required: true, values: {listed: 已列入, started: 办理中, finished: 已办}}
  finished_on: {title: 办结日期, type: date}
  area: {title: 面积, type: decimal, scale: 2}
groups:
  progress: [stage, finished_on]
"""


def build_store(folder: Path, rows: int) -> None:
    """A store with the country's tree and the programme; every row is posted on one day, a tenth revised the next."""
    from shishi.commands.main import main

    main(["init", "--demonstration"])
    tree = load_tree(COUNTRY)
    villages = _villages(tree)
    operator = person_named("operator")
    pack = load_pack(_write_pack(folder / "bench" / "2021", tree, villages, rows))
    at = moment_of(FIRST, time(9))
    install_pack(pack, effective_on=None, holds_rows=holds_rows, by=operator, at=at)
    table = pack.programmes[0].tables[0]
    cities = [unit.code for unit in tree.under(COUNTRY, Level.CITY, FIRST)]
    posted = [_cells(row, villages, finished=row % 3 == 0) for row in range(rows)]
    held: dict[int, Held] = {}
    for start in range(0, rows, CHUNK):
        part = range(start, min(start + CHUNK, rows))
        changes = [
            Change(RevisionKind.POSTED, str(posted[row]["number"]), posted[row], None, Incoming("", {}, row=row + 1))
            for row in part
        ]
        batch = _write(table, changes, BEFORE, cities, operator)
        held |= dict(_held(batch, part, posted))
    fresh = [row for row in range(rows) if row % 10 == 0]
    for start in range(0, len(fresh), CHUNK):
        revised = [
            Change(RevisionKind.REVISED, held[row].key, _cells(row, villages, finished=True), held[row],
                   Incoming("", {}, row=row + 1))
            for row in fresh[start : start + CHUNK]
        ]  # fmt: skip
        _write(table, revised, LAST, [code for code in cities if not code.endswith("9")], operator)


def _villages(tree: DivisionTree) -> list[str]:
    """Those under a real city, and those of the four municipalities: what lies under placeholders has no target."""
    cities = {unit.code for unit in tree.under(COUNTRY, Level.CITY, FIRST)}
    parted = {code[:2] for code in cities if len(code) > 2}
    found = (unit.code for unit in tree.under(COUNTRY, Level.VILLAGE, FIRST))
    return [code for code in found if code[:4] in cities or code[:2] not in parted]


def _cells(row: int, villages: Sequence[str], *, finished: bool) -> dict[str, object]:
    cells: dict[str, object] = {
        "number": f"B{row:08}",
        "village": villages[row * SPREAD % len(villages)],
        "household": f"H{row // 2:08}",
        "stage": "finished" if finished else "started" if row % 2 else "listed",
        "area": f"{40 + row % 160}.{row % 100:02}",
    }
    if finished:
        cells["finished_on"] = (date(2021, 1, 5) + timedelta(days=row % 268)).isoformat()
    return cells


def _write(table: Table, changes: Sequence[Change], day: date, cities: Sequence[str], by: Person) -> Batch:
    batch = Batch(
        table=table.name,
        as_of=day,
        mode=Mode.MERGE,
        status="accepted",
        door=Door.WORKBOOK,
        file_name="测量.xlsx",
        rows=len(changes),
        posted=sum(change.held is None for change in changes),
        revised=sum(change.held is not None for change in changes),
        person=by.username,
    )
    with transaction.atomic():
        lock()
        return write_batch(batch, table, changes, by=by, at=moment_of(day, time(17)), receipts=cities)


def _held(batch: Batch, part: range, posted: Sequence[dict[str, object]]) -> Iterator[tuple[int, Held]]:
    rows = batch.revisions.order_by("sequence").values_list("entry", "key", "settled")
    for row, (entry, key, settled) in zip(part, rows, strict=True):
        if row % 10 == 0:
            yield row, Held(entry, key, posted[row], settled=settled)


def _write_pack(folder: Path, tree: DivisionTree, villages: Sequence[str], rows: int) -> Path:
    """Targets of every city are its rows; provinces and the country are the sums of their parts."""
    targets: dict[str, int] = {COUNTRY: rows}
    for row in range(rows):
        village = villages[row * SPREAD % len(villages)]
        for code in (village[:2], village[:4]):
            targets[code] = targets.get(code, 0) + 1
    known = {unit.code for level in (Level.PROVINCE, Level.CITY) for unit in tree.under(COUNTRY, level, FIRST)}
    lines = [
        f'      "{code.ljust(6, "0")}": {many}' for code, many in sorted(targets.items()) if code in known | {COUNTRY}
    ]
    for name, text in (
        ("pack.yaml", PACK),
        ("programmes/homes.yaml", PROGRAMME + "\n".join(lines) + "\n"),
        ("tables/homes/items.yaml", TABLE),
    ):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def figures_of_all_levels(person: Person) -> dict[str, int]:
    """How many figures there are of every level. From the county upwards each with target, expected value, three bases
    and reporting, as the command lists them; below it the reported numbers of every street and village with rows."""
    made = {level.name.lower(): 0 for level in Level}
    for level in (item for item in Level if item <= Level.COUNTY):
        made[level.name.lower()] = len(Reckoning(person, Asked(NAME, LAST, AT, level=level), AT).figures())
    for level in (Level.STREET, Level.VILLAGE):
        reckoning = Reckoning(person, Asked(NAME, LAST, AT, level=level), AT)
        codes = [unit.code for unit in reckoning.nodes()]
        for indicator in reckoning.programme.indicators:
            known = reckoning.amounts(indicator, codes, Basis.REPORTED)
            made[level.name.lower()] += sum(known.get(code) is not None for code in codes)
    return made


def places_of_briefs(cities: int) -> list[str]:
    """Every province, and every city (or the first few): no placeholder."""
    _, programme = programme_named(NAME, LAST, AT)
    tree = load_tree(COUNTRY, down_to=Level.CITY)
    provinces = [unit.code for unit in tree.under(programme.division, Level.PROVINCE, LAST)]
    below = [unit.code for unit in tree.under(programme.division, Level.CITY, LAST) if unit.code not in provinces]
    return [*provinces[:1], *below[:cities]] if cities else [*provinces, *below]
