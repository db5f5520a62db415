"""Troubles 故障: what broke a job, in words for people with the way out. What the program itself says of it is kept
beside, for whoever runs the system."""

from __future__ import annotations

import errno
from dataclasses import dataclass

from django.db import DatabaseError, InterfaceError, OperationalError

from shishi.core.errors import ShishiError

SAFE = "没有写下一半：已经写的都退回了。"
INTERRUPTED = f"办理它的进程中途停止（停电、重启，或内存不够被系统结束）。{SAFE}请再试一次。"
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_MOST = 2000


@dataclass(frozen=True, slots=True)
class Trouble:
    """``told``: what people read; ``technical``: what the program said, empty where it adds nothing."""

    told: str
    technical: str = ""


def trouble_of(fault: Exception) -> Trouble:
    """What is told of a fault."""
    if isinstance(fault, ShishiError):
        return Trouble(fault.message, fault.code)
    told = next((words for kinds, words in _WORDS if isinstance(fault, kinds)), _UNKNOWN)
    if isinstance(fault, OSError) and fault.errno in _FULL:
        told = f"磁盘满了，写不下去。{SAFE}请系统管理员清出地方，再试一次。"
    return Trouble(told, f"{type(fault).__name__}: {fault}"[:_MOST])


_UNKNOWN = f"办理时出了程序没有料到的情况。{SAFE}请再试一次；还是不行，请把下面的技术信息交给系统管理员。"
# The first that fits, so the narrower stand above the wider.
_WORDS: tuple[tuple[type[Exception] | tuple[type[Exception], ...], str], ...] = (
    (MemoryError, f"内存不够。{SAFE}请把文件拆小一些再交，或请系统管理员给机器加内存。"),
    (PermissionError, f"没有读写文件的权限。{SAFE}请系统管理员看一下数据文件夹归谁所有，再试一次。"),
    (FileNotFoundError, f"要用的文件不在原来的地方。{SAFE}请重新发起；还是不行，请系统管理员查看数据文件夹。"),
    (
        (ConnectionError, TimeoutError),
        f"连不上要用的另一个系统，或它太久没有回答。{SAFE}请稍后再试；一直不行，请系统管理员检查网络。",
    ),
    (
        (OperationalError, InterfaceError),
        f"数据库暂时用不了：正忙，或连不上。{SAFE}请稍后再试；一直不行，请系统管理员看“运行状况”。",
    ),
    (DatabaseError, f"数据库没有接受这次写入。{SAFE}请把下面的技术信息交给系统管理员，查明后再试。"),
    (OSError, f"读写文件时出了错。{SAFE}请系统管理员检查磁盘，再试一次。"),
)
