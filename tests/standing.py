"""Worlds in which many tests begin. Each is built once in every process of a run, by the services that build it for
anybody; then its rows, and the files and keys of its data folder, are kept and put back as they stood for every other
test that begins there."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, TypeVar, cast

from django.apps import apps as django_apps
from django.db import connection

T = TypeVar("T")


@dataclass(frozen=True)
class Standing:
    """``rows``: of each table, as the store gave them and takes them back; ``files``: a copy of the data folder, where
    the world has one; ``told``: what the builder answered."""

    rows: dict[str, Any]
    files: Path | None
    told: object


_kept: dict[Hashable, Standing] = {}


def standing(name: Hashable, build: Callable[[], T], folder: Path | None = None) -> T:
    """The world of that name in the store of this test, and in its data folder where it has files. ``build`` answers
    what has to be known of it: the same object for every test, so nothing that a test changes.

    Where something is written already, it is built on that."""
    if _holds("audit_auditevent"):
        return build()
    if name in _kept:
        return cast(T, _put_back(_kept[name], folder))
    before = _written()
    told = build()
    rows = {table: _read(table) for table in _written() - before}
    files = None
    if folder:
        files = shutil.copytree(folder, Path(mkdtemp(prefix="standing-", dir=folder.parents[1])) / "data")
    _kept[name] = Standing(rows, files, told)
    return told


def _put_back(kept: Standing, folder: Path | None) -> object:
    for table, rows in kept.rows.items():
        _write(table, rows)
    if folder and kept.files:
        shutil.copytree(kept.files, folder, dirs_exist_ok=True)
    return kept.told


def _written() -> set[str]:
    """The tables that hold something."""
    tables = {model._meta.db_table for model in django_apps.get_models(include_auto_created=True)}
    return {table for table in tables if _holds(table)}


def _holds(table: str) -> bool:
    with connection.cursor() as asked:
        asked.execute(f"SELECT 1 FROM {table} LIMIT 1")
        return asked.fetchone() is not None


def _read(table: str) -> Any:
    """What lies in the table, past everything that would make it into something of Python's."""
    with connection.cursor() as asked:
        if connection.vendor == "postgresql":
            with asked.copy(f"COPY {table} TO STDOUT (FORMAT binary)") as rows:
                return b"".join(rows)
        columns = connection.introspection.get_table_description(asked, table)
        # What is reckoned has no declared type, and so is given as it lies there.
        reckoned = ", ".join(f'+"{column.name}"' for column in columns)
        asked.execute(f"SELECT {reckoned} FROM {table}")
        return asked.fetchall()


def _write(table: str, rows: Any) -> None:
    with connection.cursor() as told:
        if connection.vendor == "postgresql":
            with told.copy(f"COPY {table} FROM STDIN (FORMAT binary)") as into:
                into.write(rows)
            return
        places = ", ".join("?" for _ in rows[0])
        told.connection.executemany(f"INSERT INTO {table} VALUES ({places})", rows)
