"""Whoever waits is told how fast it goes and how long it still takes."""

from __future__ import annotations

import io

import pytest

from shishi.commands.pacing import Watch, _lines, pace, time_left


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize(
    ("done", "total", "seconds", "told"),
    [
        (230_000, 500_000, 5.75, "230,000/500,000　40,000/秒　还要 7 秒"),
        (0, 500_000, 0.0, "0/500,000"),
        (500_000, 500_000, 12.5, "500,000/500,000　40,000/秒"),
        (12_000, 0, 4.0, "12,000　3,000/秒"),
        (0, 0, 1.0, ""),
    ],
)
def test_the_pace_says_rows_a_second_and_the_time_left(done: int, total: int, seconds: float, told: str) -> None:
    assert pace(done, total, seconds) == told


def test_the_time_left_is_said_in_words() -> None:
    assert [time_left(seconds) for seconds in (0.2, 59.4, 61, 3_725)] == ["1 秒", "59 秒", "1 分 1 秒", "1 小时 2 分"]


def test_each_stage_is_measured_from_its_own_beginning() -> None:
    clock = Clock()
    watch = Watch(clock)
    watch.line("读取", 0, 100)
    clock.now += 10
    assert watch.line("读取", 50, 100) == "读取　50/100　5/秒　还要 10 秒"
    assert watch.line("写入", 0, 40) == "写入　0/40"
    clock.now += 2
    assert watch.line("写入", 20, 40) == "写入　20/40　10/秒　还要 2 秒"


def test_a_file_gets_a_line_now_and_then_and_at_once_what_it_waits_for() -> None:
    clock, out = Clock(), io.StringIO()
    told = _lines(out, Watch(clock))
    told("读取", 1, 100)
    told("等候：甲从 10:03 起（a.xlsx）", 0, 300)
    told("等候：甲从 10:03 起（a.xlsx）", 1, 300)
    assert out.getvalue() == "等候：甲从 10:03 起（a.xlsx）\n"
    for _ in range(30):
        clock.now += 1
        told("读取", 50, 100)
    assert out.getvalue().count("\n") == 4
