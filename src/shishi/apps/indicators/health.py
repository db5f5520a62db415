"""How the store is: trail, rows and column store, disk, jobs, messages, rights, last backup and drill. Each sign says
what to do."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import connection

from shishi.apps.accounts.roles import Role
from shishi.apps.accounts.selectors import holders
from shishi.apps.accounts.separation import all_rounders
from shishi.apps.audit.selectors import search, trail_length
from shishi.apps.jobs.selectors import waiting_and_failed
from shishi.apps.messages.selectors import deliveries_left
from shishi.core.calendars import SHANGHAI, day_of

SCARCE_BYTES = 2 * 2**30
BACKUP_WITHIN = timedelta(days=7)
DRILL_WITHIN = timedelta(days=92)


@dataclass(frozen=True, slots=True)
class Sign:
    """One thing that is well or not; ``says`` names the numbers and, where it is not well, the way out."""

    code: str
    title: str
    well: bool
    says: str


def health(at: datetime) -> tuple[Sign, ...]:
    """Every sign at the moment. Nothing long is computed: the whole trail is proven by ``audit verify``."""
    return (*_store(at), *_disk(), *_jobs(), *_messages(), *_rights(at), *_kept(at))


def _store(at: datetime) -> Iterator[Sign]:
    kind = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}[connection.vendor]
    path = Path(settings.DATA) / "store.sqlite3"
    size = f"，{_megabytes(path.stat().st_size)}" if connection.vendor == "sqlite" and path.is_file() else ""
    yield Sign("store", "库", True, f"{kind}{size}，可以读写。")
    events, unproven = trail_length()
    told = f"{events:,} 条事件，最后一个日根之后有 {unproven:,} 条。"
    yield Sign("trail", "审计链", events > 0, told if events else "还没有事件：这个库没有初始化完。")
    columns = Path(settings.DATA) / "columns"
    many = sum(1 for item in columns.rglob("*.parquet")) if columns.is_dir() else 0
    weight = sum(item.stat().st_size for item in columns.rglob("*") if item.is_file()) if columns.is_dir() else 0
    said = f"{many} 个分片，{_megabytes(weight)}；缺了会自己重建。"
    yield Sign("columns", "列存", True, said)


def _disk() -> Iterator[Sign]:
    usage = shutil.disk_usage(settings.DATA)
    well = usage.free > SCARCE_BYTES
    advice = "" if well else "请尽快清理或扩充，写满后不能再收表。"
    yield Sign("disk", "磁盘", well, f"剩余 {_megabytes(usage.free)}，共 {_megabytes(usage.total)}。{advice}")


def _jobs() -> Iterator[Sign]:
    waiting, failed = waiting_and_failed()
    advice = "失败三次的任务等人处理，见任务页。" if failed else ""
    yield Sign("jobs", "任务", not failed, f"等待和正在办 {waiting} 个，失败 {failed} 个。{advice}")


def _messages() -> Iterator[Sign]:
    waiting, failed = deliveries_left()
    advice = "三次没有送到的在本页下方，排除原因后可以重新投递。" if failed else ""
    yield Sign("messages", "消息投递", not failed, f"待发送 {waiting} 条，没有送到 {failed} 条。{advice}")


def _rights(at: datetime) -> Iterator[Sign]:
    """Who may do everything at once is right for one office PC, and wrong where administrators are kept apart."""
    wrong, found = all_rounders(day_of(at)), holders(day_of(at), {Role.OPERATOR})
    told = f"{'、'.join(found[:5])} 持有全部权限" if found else "没有人持有全部权限"
    advice = "，而三员（系统、安全、审计管理员）应当分设：请免去全权岗位。" if wrong else "。"
    yield Sign("rights", "权限分设", not wrong, told + advice)


def _kept(at: datetime) -> Iterator[Sign]:
    wanted = (
        ("backup", "备份", "store.backup", BACKUP_WITHIN, "用 shishi backup 或下面的演练做一份。"),
        ("drill", "恢复演练", "store.drill", DRILL_WITHIN, "备份要恢复得出来才算数，请做一次演练。"),
    )
    for code, title, action, span, advice in wanted:
        last = next(iter(search(action=action, limit=1)), None)
        failed = last is not None and last.detail.get("result", "good") != "good"
        well = last is not None and not failed and at - last.at <= span
        told = f"上次 {last.at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}。" if last else "从来没有做过。"
        told += "没有成功：这份备份恢复不出来，请查明后重做。" if failed else ""
        yield Sign(code, title, well, told if well or failed else told + advice)


def _megabytes(size: int) -> str:
    return f"{size / 2**30:.1f} GB" if size >= 2**30 else f"{size / 2**20:.1f} MB"
