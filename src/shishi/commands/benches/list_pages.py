"""What ``bench lists`` measures, in a process of its own."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from statistics import quantiles
from typing import TYPE_CHECKING

from shishi.commands.benches.alone import Told
from shishi.commands.benches.fresh_store import DAY, HOMES, NAME, PROGRAMME, RECORDED, begin, fill, hand_in_homes
from shishi.core.listing import RowsAsked, filter_of, sort_of

if TYPE_CHECKING:
    from shishi.apps.accounts.models import Person

CLERK_OF = "341802"
Ask = Callable[[int], RowsAsked]


def asked(*filters: str, sort: str = "", **other: object) -> RowsAsked:
    """As it is typed."""
    told = tuple(filter_of(HOMES, text) for text in filters)
    order = (sort_of(HOMES, sort),) if sort else ()
    return RowsAsked(DAY, filters=told, sort=order, **other)  # type: ignore[arg-type]  # named as they are


KINDS: dict[str, Ask] = {
    "首页": lambda turn: asked(),
    "翻到第 n 页": lambda turn: asked(page=2 + turn % 15, size=10),
    "按金额排序": lambda turn: asked(f"households<={89 - turn}", sort="-amount"),
    "按文字排序": lambda turn: asked(f"households>={turn}", sort="owner"),
    "一个环节": lambda turn: asked(f"stage=stage_{turn % 8}"),
    "环节和金额": lambda turn: asked(f"stage=stage_{turn % 8}", f"amount>={turn * 1000}"),
    "文字包含": lambda turn: asked(f"owner~{turn:02d}7"),
    "按编号找": lambda turn: asked(text=f"h{turn:04d}"),
    "按环节分组": lambda turn: asked(f"households>={turn}", group="stage"),
}
"""Each asks something else every time, so that no count is remembered."""


def measure_lists(rows: int, times: int) -> Told:
    """Build, ask as two people, write, ask again. The answer holds the seconds."""
    seconds: dict[str, float] = {}

    def took(name: str, begun: float) -> None:
        seconds[name] = time.perf_counter() - begun
        print(f"{seconds[name] * 1000:9.1f} ms  {name}", file=sys.stderr, flush=True)

    begun = time.perf_counter()
    national = begin()
    fill(rows)
    took("建库、造台账", begun)
    people = {"national": national, "clerk": _clerk(national)}
    now = RECORDED + timedelta(hours=1)
    begun = time.perf_counter()
    _rows(national, asked(), now)
    took("进程里的第一页（列存、内存都从头建）", begun)
    begun = time.perf_counter()
    hand_in_homes(national, 100, 0, rows, now)
    written = time.perf_counter()
    _rows(national, asked(), now)
    took("100 行入库后的第一页", written)
    for kind, ask in KINDS.items():
        for who, person in people.items():
            seconds |= dict(_measured(f"{kind}|{who}", person, ask, times, now))
    return Told(sum(seconds.values()), rows, phases=seconds)


def _measured(name: str, person: Person, ask: Ask, times: int, now: datetime) -> Iterator[tuple[str, float]]:
    taken = []
    for turn in range(times):
        begun = time.perf_counter()
        _rows(person, ask(turn), now)
        taken.append(time.perf_counter() - begun)
    cuts = quantiles(taken, n=20)
    print(f"{cuts[9] * 1000:9.1f} {cuts[18] * 1000:9.1f} ms  {name}", file=sys.stderr, flush=True)
    yield f"{name}|p50", cuts[9]
    yield f"{name}|p95", cuts[18]


def _rows(person: Person, wanted: RowsAsked, now: datetime) -> None:
    from shishi.apps.ledger.listing import rows_of

    rows_of(person, PROGRAMME, HOMES, wanted, at=now)


def _clerk(operator: Person) -> Person:
    from shishi.apps.accounts.roles import Role
    from shishi.apps.accounts.services import add_body, add_person, add_post

    at = RECORDED
    add_body(code="bench", title="测量用单位", division=CLERK_OF, ends=None, by=operator, at=at)
    person = add_person(username="bench_clerk", name="经办人（测量）", mail="", demonstration=True, by=operator, at=at)
    add_post(
        username=person.username,
        body="bench",
        role=Role.CLERK,
        divisions=[CLERK_OF],
        programmes=[NAME],
        until=None,
        by=operator,
        at=at,
    )
    return person
