"""What somebody who owns the store can do behind the program's back, on each store by its own means."""

from __future__ import annotations

from typing import Any

from django.db import connection


def unlocked() -> None:
    """Take away every trigger that keeps rows as they are, until the test's transaction ends."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
            for (name,) in cursor.fetchall():
                cursor.execute(f"DROP TRIGGER {name}")
            return
        # A table whose references are still to be checked can't be altered.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal")
        for (table,) in cursor.fetchall():
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def sql(statement: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def deleted(rows: Any) -> None:
    """Delete the rows of a query set and nothing else: no cascade, no signal, no question."""
    rows._raw_delete(rows.db)


def at_rest() -> bytes:
    """Every byte of the database, as whoever carries its disk away could read it."""
    if connection.vendor == "sqlite":
        return bytes(connection.connection.serialize())
    held = bytearray()
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            with cursor.copy(f"COPY {table} TO STDOUT") as rows:
                for part in rows:
                    held += part
    return bytes(held)
