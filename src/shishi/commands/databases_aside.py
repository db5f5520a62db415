"""A database beside the store's own, for as long as a drill takes: made on the same server, or one that is pointed out.

What a drill that was killed left behind goes with the next one. Two drills at once would mistake each other's for such
remains, so there is one at a time.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from shishi.core.errors import Misuse, Refused

if TYPE_CHECKING:
    import psycopg

PREFIX = "shishi_drill_"
TURN = 0x73686973
"""The advisory lock that a drill holds on the server."""


@contextmanager
def aside(given: str = "") -> Iterator[str]:
    """The address of an empty database, as ``DATABASE_URL`` writes it; what is in it after is gone.

    ``Misuse``: drill_needs_database (the role may make none), database_not_empty, database_url_malformed. ``Refused``:
    drill_under_way.
    """
    with _pointed_out(given) if given else _made() as address:
        yield address


@contextmanager
def _made() -> Iterator[str]:
    import psycopg
    from django.db import connection

    own = connection.copy()  # a transaction of the caller's would not let a database be made
    name = f"{PREFIX}{secrets.token_hex(6)}"
    try:
        with own.cursor() as asked:
            asked.execute("SELECT pg_try_advisory_lock(%s)", [TURN])
            if asked.fetchone() != (True,):
                raise Refused("drill_under_way", "另一次演练正在进行。请等它结束再试。")
            _clear_remains(asked)
            try:
                asked.execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'")
            except Exception as refused:
                if not isinstance(refused.__cause__, psycopg.errors.InsufficientPrivilege):
                    raise
                raise _no_right(str(own.settings_dict["USER"])) from refused
            try:
                yield urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()
            finally:
                asked.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    finally:
        own.close()


def _clear_remains(asked: Any) -> None:
    asked.execute("SELECT datname FROM pg_database WHERE datname LIKE %s", [f"{PREFIX}%"])
    for (left,) in asked.fetchall():
        asked.execute(f'DROP DATABASE IF EXISTS "{left}" WITH (FORCE)')


def _no_right(role: str) -> Misuse:
    return Misuse(
        "drill_needs_database",
        f"演练要在同一台服务器上临时建一个数据库，而角色“{role}”没有这个权限。请数据库管理员执行"
        f" ALTER ROLE {role} CREATEDB；或另备一个空的数据库，用 shishi drill --database postgres://… 指给它。",
    )


@contextmanager
def _pointed_out(given: str) -> Iterator[str]:
    """A database that an operator keeps for drills. It must be empty: nothing of somebody else's is ever cleared."""
    with _opened(given) as store:
        if _tables(store):
            message = "--database 所指的数据库里已有表，演练会毁掉它们。请另备一个空的数据库。"
            raise Misuse("database_not_empty", message)
    try:
        yield given
    finally:
        with _opened(given) as store:
            for table in _tables(store):
                store.execute(f'DROP TABLE "{table}" CASCADE')
            store.execute("DROP FUNCTION IF EXISTS shishi_refuse")


@contextmanager
def _opened(given: str) -> Iterator[psycopg.Connection[Any]]:
    import psycopg

    try:
        with psycopg.connect(given, autocommit=True) as store:
            yield store
    except (psycopg.OperationalError, psycopg.ProgrammingError) as wrong:
        told = str(wrong).strip()[:200]
        raise Misuse(
            "database_url_malformed", f"--database 打不开：{told}。应如 postgres://角色:密码@主机:5432/数据库。"
        ) from wrong


def _tables(store: psycopg.Connection[Any]) -> list[str]:
    found = store.execute("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()").fetchall()
    return [str(name) for (name,) in found]
