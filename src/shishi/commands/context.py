"""What every command shares: who asks, what time it is, how an answer is printed."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from shishi.core.errors import Misuse, Refused, ShishiError

if TYPE_CHECKING:
    from shishi.apps.accounts.models import Person

OPERATOR = "operator"
BUSY = ("locked", "lock timeout", "deadlock detected")
"""How the two databases say that somebody else was writing."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """``document`` is what ``--json`` prints; ``lines`` what a person reads."""

    document: object
    lines: Sequence[str] = field(default_factory=tuple)
    exit_code: int = 0


Run = Callable[["Context"], Outcome]
Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


class Context:
    """The parsed arguments with the clock and the people that they name."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        self.arguments = arguments

    @cached_property
    def at(self) -> datetime:
        """Now; in a demonstration store the moment of ``--at`` (ISO 8601, Shanghai when no zone is given)."""
        told = getattr(self.arguments, "at", None)
        if not told:
            return datetime.now(UTC)
        if not store_facts().get("demonstration"):
            raise Misuse("at_not_allowed", "只有用 shishi init --demonstration 建立的演示库才能用 --at 指定时间。")
        return moment(told)

    @cached_property
    def by(self) -> Person:
        """The person who writes (``--by``)."""
        return _person(getattr(self.arguments, "by", None) or OPERATOR)

    @cached_property
    def reader(self) -> Person:
        """The person who reads (``--as``)."""
        return _person(getattr(self.arguments, "reader", None) or OPERATOR)


def _person(username: str) -> Person:
    from shishi.apps.accounts.selectors import person_named

    return person_named(username)


def data_folder() -> Path:
    """The data folder of this process."""
    from django.conf import settings

    return Path(settings.DATA)


def store_facts() -> dict[str, object]:
    """What ``init`` noted about the store."""
    from shishi.apps.files import selectors

    return selectors.store_facts()


def store_is_ready() -> bool:
    """Whether ``init`` has finished here."""
    return bool(store_facts())


def require_same_store() -> None:
    """``Misuse`` (store_elsewhere) when ``DATABASE_URL`` was forgotten, or set over a folder that holds its own store:
    the answer would be that of an empty store."""
    from django.db import connection

    if store_facts().get("database", connection.vendor) == connection.vendor:
        return
    where = "在这个文件夹里，请去掉" if connection.vendor == "postgresql" else "在 PostgreSQL 里，请设置"
    raise Misuse("store_elsewhere", f"{data_folder()} 的库{where}环境变量 DATABASE_URL 后再试。")


def moment(text: str) -> datetime:
    """An ISO 8601 moment; without a zone it is Shanghai's. ``Misuse`` (time_malformed) otherwise."""
    from shishi.core.calendars import SHANGHAI

    try:
        found = datetime.fromisoformat(text)
        return (found if found.tzinfo else found.replace(tzinfo=SHANGHAI)).astimezone(UTC)
    except (ValueError, OverflowError) as wrong:
        raise Misuse("time_malformed", f"时间“{text}”写法不对，应如 2021-09-30T18:00。") from wrong


def day(text: str) -> date:
    """A day as people type it, for argparse: 2021-09-30. The message names the way out."""
    try:
        return date.fromisoformat(text)
    except ValueError as wrong:
        raise argparse.ArgumentTypeError(f"日期“{text}”写法不对，应如 2021-09-30") from wrong


def command(
    commands: Commands,
    name: str,
    title: str,
    run: Run,
    *,
    writes: bool = False,
    needs_store: bool = True,
) -> argparse.ArgumentParser:
    """Add a subcommand with the options that all of them have."""
    return prepare(
        commands.add_parser(name, help=title, description=title), run, writes=writes, needs_store=needs_store
    )


def prepare(
    parser: argparse.ArgumentParser, run: Run, *, writes: bool = False, needs_store: bool = True
) -> argparse.ArgumentParser:
    """Give a parser ``--json``, ``--at`` and ``--by`` or ``--as``."""
    parser.add_argument("--json", action="store_true", help="在标准输出给出一份 JSON")
    parser.add_argument("--at", metavar="时间", help="演示库专用：当作这个时间")
    if writes:
        parser.add_argument("--by", metavar="用户名", help="以谁的名义写入（默认 operator）")
    else:
        parser.add_argument("--as", dest="reader", metavar="用户名", help="以谁的身份查看（默认 operator）")
    parser.set_defaults(run=run, needs_store=needs_store)
    return parser


def print_outcome(outcome: Outcome, wants_json: bool) -> None:
    """One JSON document and nothing else on standard output, or lines for people."""
    if wants_json:
        print(json.dumps(outcome.document, ensure_ascii=False, indent=1))
        return
    for line in outcome.lines:
        print(line)


def print_error(error: ShishiError, wants_json: bool) -> None:
    """The message for people on standard error; with ``--json`` the issues as a document too."""
    if wants_json:
        issues = [issue.document() for issue in error.issues]
        told = {"status": "refused", "code": error.code, "message": error.message, "issues": issues}
        print(json.dumps(told, ensure_ascii=False, indent=1))
    for line in issue_lines(error):
        print(line, file=sys.stderr)


def told_gently(fault: Exception) -> ShishiError | None:
    """What the machine refused (a path, a full disk, a busy store), told as an error of ours; ``None`` for a bug."""
    if isinstance(fault, OSError) and fault.filename is not None:
        message = f"不能读写 {fault.filename}（{fault.strerror}）。请核对路径、权限和磁盘空间后再试。"
        return Misuse("path_unusable", message)
    if "django" not in sys.modules:
        return None
    from django.db import DatabaseError, DataError, InterfaceError, NotSupportedError, OperationalError

    if isinstance(fault, DatabaseError) and 'relation "' in str(fault) and "does not exist" in str(fault):
        return Misuse("database_empty", "DATABASE_URL 所指的数据库里没有库。请核对地址，或运行 shishi init。")
    if isinstance(fault, DataError):
        message = (
            f"有一项内容太长，或有库不能保存的字符（{str(fault).strip()}），没有写入任何内容。请改短或改正后再试。"
        )
        return Refused("value_unfit", message)
    if not isinstance(fault, OperationalError | InterfaceError | NotSupportedError):
        return None
    if any(word in str(fault) for word in BUSY):
        return Refused("store_busy", "库正被另一个写入占用，等了一分钟还没有轮到，没有写入任何内容。请稍后再试。")
    where = "DATABASE_URL 和数据库服务" if os.environ.get("DATABASE_URL") else "数据文件夹和磁盘空间，或从备份恢复"
    return Refused("store_unusable", f"库打不开或不能写（{str(fault).strip()}）。请核对{where}。")


def issue_lines(error: ShishiError, limit: int = 20) -> Iterable[str]:
    """The error and its first issues, each with its place."""
    yield f"{error.message}（{error.code}）"
    shown = [issue for issue in error.issues if issue.message != error.message]
    for issue in shown[:limit]:
        place = f"{issue.file}:{issue.line or 1} " if issue.file else ""
        if issue.row:
            place += f"{issue.sheet} {issue.column}{issue.row} "
        yield f"  {place}{issue.message}（{issue.code}）"
    if len(shown) > limit:
        yield f"  …… 另有 {len(shown) - limit} 处，见 --json 或标记后的工作簿。"


@contextmanager
def progress(title: str) -> Iterator[Callable[[int, int], None] | None]:
    """A bar on standard error while the block runs, when a person watches; ``None`` otherwise. It runs to and fro until
    it is told how much is done of how much; whatever ends the block takes it away."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
