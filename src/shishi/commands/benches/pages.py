"""``bench pages``: what the pages of figures of this store take, with an answer kept and without."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from statistics import median
from typing import TYPE_CHECKING

from shishi.commands.context import Context, Outcome, day
from shishi.core.errors import Misuse

if TYPE_CHECKING:
    from django.test import Client

TITLE = "指标页面：每一页在服务器上要多久"
NEEDS_STORE = True
TIMES = 15


def configure(parser: argparse.ArgumentParser) -> None:
    """Which pages."""
    parser.add_argument("programme", nargs="*", help="项目，默认全部")
    parser.add_argument("--times", type=int, default=TIMES, help=f"每一页看几次，默认 {TIMES}")
    parser.add_argument("--as-of", type=day, help="截至哪一天，默认各项目最近一次")


def measure(context: Context) -> Outcome:
    """Milliseconds of wall time and of processor time for each page: ``first`` when no answer is kept, as after
    a write, then the median and the slowest of many. It signs in for as long as it runs."""
    from shishi.apps.programmes.selectors import programmes_for
    from shishi.core.divisions import official

    given = context.arguments
    if given.times < 3:
        raise Misuse("bench_size", "每一页至少看 3 次。请改 --times。")
    asked = f"?as_of={given.as_of}" if given.as_of else ""
    found = [item for _, item in programmes_for(context.by, at=context.at) if _wanted(item.name, given.programme)]
    if not found:
        raise Misuse("unknown_programme", "没有这些重点项目。用 shishi programme list 查看。")
    rows = []
    with _signed_in(context) as browser:
        for programme in found:
            place, lead = f"{programme.name}/", programme.indicators[0].code
            here = f"{asked or '?'}{'&' if asked else ''}division={official(programme.division)}"
            for name, address in (
                ("项目", f"/p/{place}{asked}"),
                ("按区划", f"/p/{place}map/{asked}"),
                ("为什么", f"/why/{place}{lead}/{here}"),
                ("前后差", f"/difference/{place}{lead}/{here}"),
            ):
                rows.append({"programme": programme.name, "page": name, **_page(browser, address, given.times)})
    lines = ["毫秒：没有留存（处理器）/ 中位（处理器）/ 最慢　页"]
    lines += [
        f"{row['first']:>6}（{row['first_processor']:>5}）/ {row['median']:>5}（{row['processor']:>4}）"
        f"/ {row['slowest']:>6}　"
        f"{row['programme']} {row['page']}"
        for row in rows
    ]
    return Outcome({"times": given.times, "pages": rows}, lines)


def _wanted(name: str, asked: list[str]) -> bool:
    return not asked or any(name == one or name.endswith(f"/{one}") for one in asked)


class _signed_in:  # noqa: N801 - read as a phrase after ``with``
    """A browser of this process in which the person has signed in; its session ends with the block."""

    def __init__(self, context: Context) -> None:
        from django.test import Client

        self.browser = Client(SERVER_NAME="localhost")
        self.browser.force_login(context.by)

    def __enter__(self) -> Client:
        return self.browser

    def __exit__(self, *_: object) -> None:
        self.browser.logout()


def _page(browser: Client, address: str, times: int) -> dict[str, object]:
    from shishi.apps.indicators import differences, overview

    # What is loaded and opened for the first time ever is not what is measured.
    status = browser.get(address).status_code
    overview.forget()
    differences.forget()
    first, working = _taken(lambda: browser.get(address))
    taken = [_taken(lambda: browser.get(address)) for _ in range(times)]
    walls, processors = zip(*taken, strict=True)
    return {
        "status": status,
        "first": _milliseconds(first),
        "first_processor": _milliseconds(working),
        "median": _milliseconds(median(walls)),
        "slowest": _milliseconds(max(walls)),
        "processor": _milliseconds(median(processors)),
    }


def _taken(work: Callable[[], object]) -> tuple[int, int]:
    """Nanoseconds on the wall and of the processor."""
    wall, processor = time.perf_counter_ns(), time.process_time_ns()
    work()
    return time.perf_counter_ns() - wall, time.process_time_ns() - processor


def _milliseconds(nanoseconds: int) -> int:
    return round(nanoseconds / 1_000_000)
