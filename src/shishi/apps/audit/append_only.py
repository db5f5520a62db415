"""Tables that only grow: triggers of the store refuse to change or delete a row, whoever asks."""

from __future__ import annotations

from django.apps.registry import Apps
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations import RunPython

_SQLITE = """CREATE TRIGGER {table}_{verb}_refused BEFORE {verb} ON {table}
BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"""
_POSTGRES_FUNCTION = """CREATE OR REPLACE FUNCTION shishi_refuse() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"""
_POSTGRES_ROW = (
    "CREATE TRIGGER {table}_refused BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION shishi_refuse()"
)
_POSTGRES_ALL = (
    "CREATE TRIGGER {table}_kept BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION shishi_refuse()"
)


def append_only(table: str) -> RunPython:
    """A migration operation that makes ``table`` append-only on SQLite and PostgreSQL."""

    def protect(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
        if editor.connection.vendor == "sqlite":
            for verb in ("UPDATE", "DELETE"):
                editor.execute(_SQLITE.format(table=table, verb=verb))
            return
        editor.execute(_POSTGRES_FUNCTION.replace("%", "%%"))
        editor.execute(_POSTGRES_ROW.format(table=table))
        editor.execute(_POSTGRES_ALL.format(table=table))

    def release(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
        if editor.connection.vendor == "sqlite":
            for verb in ("UPDATE", "DELETE"):
                editor.execute(f"DROP TRIGGER {table}_{verb}_refused")
            return
        editor.execute(f"DROP TRIGGER {table}_refused ON {table}")
        editor.execute(f"DROP TRIGGER {table}_kept ON {table}")

    return RunPython(protect, release)
