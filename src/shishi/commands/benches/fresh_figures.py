"""What ``bench fresh`` measures, in a process of its own."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from statistics import quantiles
from typing import TYPE_CHECKING

from shishi.commands.benches.alone import Told, timed
from shishi.commands.benches.fresh_store import DAY, NAME, RECORDED, begin, fill, hand_in_homes, hand_in_visits, stored
from shishi.core.assurance import Basis
from shishi.core.divisions import COUNTRY, Level
from shishi.core.errors import Refused
from shishi.core.rollup import total

if TYPE_CHECKING:
    from shishi.apps.accounts.models import Person

Took = Callable[[str, float], None]

_TIMES = 40
_SAMPLE = ("00", "34", "3418", "341802", "341802001", "341802001001")
_KINDS = (("数", "issued"), ("和", "amount"), ("不同值", "owners"))


def measure_fresh(rows: int, news: int) -> Told:
    """Build, hand in, ask. The answer holds the seconds of every phase."""
    seconds: dict[str, float] = {}

    def took(name: str, begun: float) -> None:
        seconds[name] = time.perf_counter() - begun
        print(f"{seconds[name]:9.3f} s  {name}", file=sys.stderr, flush=True)

    begun = time.perf_counter()
    person = begin()
    took("建库、装入行政区划", begun)
    begun = time.perf_counter()
    fill(rows)
    took("造台账", begun)
    now = RECORDED + timedelta(hours=1)
    begun = time.perf_counter()
    _feed()
    took("列存从台账重建", begun)
    _visible(person, now, (), "第一次问全部指标（建立方体）", took)
    for turn, (kind, code) in enumerate(_KINDS):
        now = _hand_in(person, news, turn, rows, now, took)
        _visible(person, now, (code,), f"{news:,} 行入库后各级可见：{kind}", took)
        _every_level(person, now, ())
    now += timedelta(minutes=1)
    begun = time.perf_counter()
    hand_in_visits(person, news, rows, now)
    took(f"写入 {news:,} 行走访", begun)
    _visible(person, now, ("related",), f"{news:,} 行入库后各级可见：关联", took)
    _every_level(person, now, ())
    now = _hand_in(person, news, len(_KINDS), rows, now, took)
    _visible(person, now, (), f"{news:,} 行入库后各级可见：全部指标、三种口径", took)
    seconds |= _today(person, now)
    _check(person, now)
    return Told(sum(seconds.values()), rows, phases=seconds)


def _hand_in(person: Person, news: int, turn: int, rows: int, now: datetime, took: Took) -> datetime:
    now += timedelta(minutes=1)
    begun = time.perf_counter()
    hand_in_homes(person, news, turn, rows, now)
    took(f"写入 {news:,} 行（第 {turn + 1} 次）", begun)
    return now


def _feed() -> None:
    from pathlib import Path

    from django.conf import settings

    from shishi.adapters.engines.columns import ColumnStore
    from shishi.apps.indicators.source import LedgerSource
    from shishi.commands.benches.fresh_store import HOMES, VISITS

    store = ColumnStore(Path(settings.DATA) / "columns")
    for table in (HOMES, VISITS):
        store.catch_up(LedgerSource(), table)


def _every_level(person: Person, now: datetime, indicators: tuple[str, ...]) -> None:
    """One division of each level, from the country to a village."""
    from shishi.apps.indicators.selectors import Asked, figures

    for division in _SAMPLE:
        figures(person, Asked(NAME, DAY, division=division, indicators=indicators), at=now)


def _visible(person: Person, now: datetime, indicators: tuple[str, ...], name: str, took: Took) -> None:
    begun = time.perf_counter()
    _every_level(person, now, indicators)
    took(name, begun)


def _today(person: Person, now: datetime) -> dict[str, float]:
    """Median and 95th percentile of all eight indicators with their three truths, of one division of a level."""
    from shishi.apps.indicators.selectors import Asked, figures

    found: dict[str, float] = {}
    for level in Level:
        units = (
            stored("divisions.Unit")
            .objects.filter(level=level, placeholder=False, code__startswith="3")
            .values_list("code", flat=True)
        )
        codes = [COUNTRY] if level is Level.COUNTRY else list(units)
        sample = [codes[place * len(codes) // _TIMES] for place in range(_TIMES)]
        taken = [timed(partial(figures, person, Asked(NAME, DAY, division=code), at=now))[0] for code in sample]
        cuts = quantiles(taken, n=20)
        name = "country" if level is Level.COUNTRY else level.name.lower()
        found |= {f"今天的数字 {name} 中位": cuts[9], f"今天的数字 {name} 95%": cuts[18]}
        print(f"{cuts[9] * 1000:9.1f} ms {cuts[18] * 1000:9.1f} ms  {name}", file=sys.stderr, flush=True)
    return found


def _check(person: Person, now: datetime) -> None:
    """The country's figures are those of the engine over everything; ``Refused`` (bench_disagrees) otherwise."""
    from shishi.apps.indicators.selectors import Asked, Reckoning

    reckoning = Reckoning(person, Asked(NAME, DAY, division=COUNTRY), now)
    for code in ("homes", "issued", "amount", "related", "running", "flow", "owners"):
        indicator = reckoning.programme.indicator(code)
        question = reckoning.question(indicator, Basis.REPORTED)
        if code == "owners":
            places = reckoning.engine.places(question.table, DAY, now)
            wanted = Decimal(reckoning.engine.distinct(question, dict.fromkeys(places, (COUNTRY,)))[COUNTRY])
        else:
            wanted = total(value for value in reckoning.engine.leaves(question).values() if value is not None)
        kept = reckoning.amount(indicator, COUNTRY, Basis.REPORTED)
        if kept is None or kept.value != wanted:
            raise Refused("bench_disagrees", f"{code}：立方体与引擎的答案不同，测量作废，请先查明原因。")
