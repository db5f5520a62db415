"""What a store on PostgreSQL needs beside the program: a database that is fit, its dump, and putting a dump back."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from shishi.core.errors import Misuse, Refused

MAKE = "CREATE DATABASE 名称 OWNER 角色 TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'"
ORDERED = "-9 1 A Z a z 乙 甲 ａ 𠮷"
"""Words in the order of their code points, which is the order of SQLite, of Python and of collation C."""


def on_postgres() -> bool:
    """Whether ``DATABASE_URL`` moved the store to PostgreSQL."""
    from django.db import connection

    return connection.vendor == "postgresql"


def require_fit() -> None:
    """``Misuse`` (database_encoding, database_collation) where text would be kept or ordered otherwise than on every
    other store: lists would come in another order, and the same question must give the same answer."""
    from django.db import connection

    if not on_postgres():
        return
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_encoding")
        (encoding,) = cursor.fetchone()
        if encoding != "UTF8":
            raise Misuse("database_encoding", f"数据库的编码是 {encoding}，要用 UTF8。请这样另建一个：{MAKE}")
        cursor.execute("SELECT array_agg(word ORDER BY word) FROM unnest(%s::text[]) AS word", [ORDERED.split()])
        if cursor.fetchone() != (ORDERED.split(),):
            told = f"数据库的排序规则不是 C，同一份名单会排成另一种次序。请这样另建一个：{MAKE}"
            raise Misuse("database_collation", told)


def has_tables() -> bool:
    """Whether anything stands in the database."""
    from django.db import connection

    return bool(connection.introspection.table_names())


def dump(file: Path) -> None:
    """Write the database as of one moment into ``file``; ``Refused`` (tool_missing, backup_failed)."""
    _run("pg_dump", "backup_failed", "--format=custom", "--no-owner", "--no-privileges", f"--file={file}")


def put_back(file: Path) -> None:
    """Fill the empty database from a dump, all of it or nothing; ``Misuse`` (database_not_empty), ``Refused``."""
    if has_tables():
        message = "DATABASE_URL 所指的数据库里已有表，恢复会把它们毁掉。请另建一个空的数据库再恢复。"
        raise Misuse("database_not_empty", message)
    _run("pg_restore", "restore_failed", "--no-owner", "--no-privileges", "--single-transaction", str(file))


def clear() -> None:
    """Take away what :func:`put_back` brought: it proved to be no store."""
    from django.db import connection

    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'DROP TABLE "{table}" CASCADE')
        cursor.execute("DROP FUNCTION IF EXISTS shishi_refuse")


def _run(program: str, code: str, *options: str) -> None:
    from django.db import connection
    from psycopg.conninfo import make_conninfo

    if shutil.which(program) is None:
        raise Refused("tool_missing", f"找不到 {program}。请安装 postgresql-client（不低于服务端的版本）后再试。")
    connection.ensure_connection()
    info, named = connection.connection.info, connection.get_connection_params()
    # Only what was asked for: the tools may be older than the library and not know all that it tells of itself.
    address = make_conninfo(**{name: value for name, value in info.get_parameters().items() if name in named})
    # The password goes by the environment: arguments can be read by everybody on the machine.
    environment = {**os.environ, "PGPASSWORD": info.password} if info.password else None
    command = [program, f"--dbname={address}", *options]
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    if done.returncode:
        raise Refused(code, f"{program} 没有成功：{done.stderr.strip()[:300]}")
