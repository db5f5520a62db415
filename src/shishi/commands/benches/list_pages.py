"""What ``bench lists`` measures, in a process of its own."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from statistics import quantiles
from typing import TYPE_CHECKING, Any

from shishi.commands.benches.alone import Told
from shishi.commands.benches.fresh_store import HOMES, NAME, RECORDED, begin, fill, hand_in_homes
from shishi.commands.warming import settle
from shishi.core.errors import Refused

if TYPE_CHECKING:
    from django.test import Client

    from shishi.apps.accounts.models import Person

CLERK_OF = "341802"
Ask = Callable[[int], dict[str, object]]
_GRID = ("office:ledger-rows", (*NAME.split("/"), HOMES.short))
_FOUND = ("office:search-suggestions", ())

KINDS: dict[str, tuple[tuple[str, tuple[str, ...]], Ask]] = {
    "首页": (_GRID, lambda turn: {}),
    "翻到第 n 页": (_GRID, lambda turn: {"page": 1 + turn % 3, "size": 10}),
    "按金额排序": (_GRID, lambda turn: {"where": f"amount>={turn * 10}", "sort": "-amount"}),
    "按文字排序": (_GRID, lambda turn: {"where": f"amount>={turn * 10}", "sort": "owner"}),
    "一个环节": (_GRID, lambda turn: {"where": [f"stage=stage_{turn % 8}", f"amount>={turn * 10}"]}),
    "环节和金额": (_GRID, lambda turn: {"where": [f"stage=stage_{turn % 8}", f"amount>={turn * 300}"]}),
    "文字包含": (_GRID, lambda turn: {"where": f"owner~{turn:02d}7"}),
    "按编号找": (_GRID, lambda turn: {"q": f"h{turn:04d}"}),
    "按环节分组": (_GRID, lambda turn: {"where": f"amount>={turn * 10}", "group": "stage"}),
    "全局搜索：编号": (_FOUND, lambda turn: {"q": f"h0{turn:04d}1"}),
    "全局搜索：没有的": (_FOUND, lambda turn: {"q": f"没有{turn}"}),
}
"""Each asks something else every time, so that no count is remembered. Rows are shown as whole pages."""


REST = 0.2
"""Of what the page before took, between two pages: whoever has the processor's first call (``chrt -f``) and never rests
is held up by the kernel for 50 ms of every second."""


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
    browsers = {"national": _browser(national), "clerk": _browser(_clerk(national))}
    begun = time.perf_counter()
    _asked(browsers["national"], _GRID, {})
    took("进程里的第一页（列存、内存都从头建）", begun)
    begun = time.perf_counter()
    _asked(browsers["national"], _FOUND, {"q": "xz"})
    took("进程里的第一次拼音搜索（读音从头建）", begun)
    begun = time.perf_counter()
    _asked(browsers["national"], _GRID, {"sort": "owner"})
    took("进程里第一次按一栏文字排序（音序从头建）", begun)
    begun = time.perf_counter()
    _asked(browsers["national"], _GRID, {"where": "owner~第一次"})
    took("进程里第一次在一栏里找（字迹从头建）", begun)
    hand_in_homes(national, 100, 0, rows, RECORDED + timedelta(hours=1))
    written = time.perf_counter()
    _asked(browsers["national"], _GRID, {})
    took("100 行入库后的第一页", written)
    settle()
    for kind, (page, ask) in KINDS.items():
        for who, browser in browsers.items():
            seconds |= dict(_measured(f"{kind}|{who}", browser, page, ask, times))
    return Told(sum(seconds.values()), rows, phases=seconds)


def _measured(
    name: str, browser: Client, page: tuple[str, tuple[str, ...]], ask: Ask, times: int
) -> Iterator[tuple[str, float]]:
    taken: list[float] = []
    for turn in range(times):
        wanted = ask(turn)
        time.sleep(sum(taken[-1:]) * REST)
        begun = time.perf_counter()
        _asked(browser, page, wanted)
        taken.append(time.perf_counter() - begun)
    cuts = quantiles(taken, n=20)
    print(f"{cuts[9] * 1000:9.1f} {cuts[18] * 1000:9.1f} ms  {name}", file=sys.stderr, flush=True)
    yield f"{name}|p50", cuts[9]
    yield f"{name}|p95", cuts[18]


def _asked(browser: Client, page: tuple[str, tuple[str, ...]], wanted: dict[str, Any]) -> None:
    """The whole answer to a request, from the middleware to the last byte; ``Refused`` (bench_failed) unless it is a
    page."""
    from django.urls import reverse

    route, named = page
    answer = browser.get(reverse(route, args=named), wanted)
    if answer.status_code != 200:
        raise Refused("bench_failed", f"{route} {wanted} 答了 {answer.status_code}。")


def _browser(person: Person) -> Client:
    from django.conf import settings
    from django.test import Client

    settings.SECOND_FACTOR = ()
    browser = Client(SERVER_NAME="localhost")
    browser.force_login(person)
    return browser


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
