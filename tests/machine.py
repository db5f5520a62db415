"""A machine in an office: a data folder, and processes of ``shishi`` that work on it.

On SQLite the store lies in the folder. On PostgreSQL (``DATABASE_URL``, as ``make test-postgres`` sets it) every
machine has a database of its own on that server, which is dropped with it.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg
import pytest
from django.conf import settings

from shishi.adapters.crypto import KeyRing

SERVER = os.environ.get("DATABASE_URL", "")
"""The server of databases that the tests run on; empty on SQLite."""
FACTS = "store.json"
POSTGRES_ALONE = pytest.mark.skipif(not SERVER, reason="of PostgreSQL alone: make test-postgres")
"""On tests that ask something of PostgreSQL that SQLite does not have."""


@dataclass(frozen=True)
class Machine:
    """``database`` is its name on the server; empty on SQLite."""

    data: Path
    code_list: Path
    database: str = ""

    @classmethod
    def new(cls, data: Path, code_list: Path) -> Self:
        """A machine without a store."""
        return cls(data, code_list, _made() if SERVER else "")

    @classmethod
    def once(
        cls, factory: pytest.TempPathFactory, name: str, code_list: Path, fill: Callable[[Machine], object]
    ) -> Self:
        """A machine that is filled once for all processes of a run. Nobody works on it: everybody takes a copy."""
        return cls._once(factory, name, lambda data: cls.new(data, code_list), fill)

    def further(
        self,
        factory: pytest.TempPathFactory,
        name: str,
        fill: Callable[[Machine], object],
        *,
        demonstration: bool = False,
    ) -> Self:
        """The same fresh store made anew, with more in it; it, too, once for all."""
        return self._once(factory, name, lambda data: self.anew(data, demonstration=demonstration), fill)

    @classmethod
    def _once(
        cls,
        factory: pytest.TempPathFactory,
        name: str,
        begin: Callable[[Path], Machine],
        fill: Callable[[Machine], object],
    ) -> Self:
        def make(folder: Path) -> None:
            machine = begin(folder / "data")
            fill(machine)
            told = {"code_list": str(machine.code_list), "database": machine.database}
            (folder / "machine.json").write_text(json.dumps(told))

        folder = once_a_run(factory, name, make)
        told = json.loads((folder / "machine.json").read_text())
        return cls(folder / "data", Path(told["code_list"]), told["database"])

    @property
    def environment(self) -> dict[str, str]:
        """What its processes are told."""
        told = {
            **os.environ,
            "SHISHI_DATA": str(self.data),
            "SHISHI_DIVISIONS": str(self.code_list),
            "PYTHONPATH": str(settings.REPOSITORY / "src"),
            # A browser of the tests signs in again and again from one address, as no family does.
            "SHISHI_CODES_WITHOUT_WORK": "1000",
        }
        return {**told, "DATABASE_URL": _url(self.database)} if SERVER else told

    def start(self, *words: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "shishi.commands.main", *words],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def shishi(self, *words: str, exit_code: int = 0) -> Any:
        """Run ``shishi … --json``; the document that it prints."""
        out, told = (process := self.start(*words, "--json")).communicate()
        assert process.returncode == exit_code, told
        return json.loads(out)

    def number(self, question: str) -> int:
        """The one number that an SQL question is answered with, asked past the program."""
        with self.opened() as store:
            (found,) = store.execute(question).fetchone()
        return int(found)

    @contextmanager
    def opened(self) -> Iterator[Any]:
        """The store itself, past the program."""
        if SERVER:
            with psycopg.connect(_url(self.database)) as store:
                yield store
            return
        import sqlite3

        store = sqlite3.connect(self.data / "store.sqlite3")
        yield store
        store.close()

    def lose_store(self) -> None:
        """The store is gone, as after a broken disk; folder and keys stay."""
        for remains in self.data.glob("store.*"):
            remains.unlink()
        if SERVER:
            _dropped(self.database)
            _made(self.database)

    def copy(self, data: Path) -> Self:
        """The same store once more."""
        shutil.copytree(self.data, data)
        return type(self)(data, self.code_list, _made(template=self.database) if SERVER else "")

    def anew(self, data: Path, *, demonstration: bool = False) -> Self:
        """A fresh store once more, as if it had been made there: with keys of its own, for nothing in it is sealed yet;
        ``demonstration``: labelled as one."""
        made = self.copy(data)
        ring, facts = data / "keys" / "ring.json", data / FACTS
        ring.unlink()
        KeyRing.create(ring)
        facts.write_text(json.dumps({**json.loads(facts.read_text()), "demonstration": demonstration}))
        return made

    def settled(self) -> None:
        """Wait until the server has noticed that the processes of this machine are gone: what a killed one asked for
        last may still be on its way."""
        if not SERVER:
            return
        with server() as asked:
            asking = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s"
            while asked.execute(asking, [self.database]).fetchone() != (0,):
                time.sleep(0.01)

    def remove(self) -> None:
        shutil.rmtree(self.data, ignore_errors=True)
        if SERVER:
            _dropped(self.database)


def once_a_run(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """A folder that one of the processes of a run makes for all of them, the first that asks."""
    base = factory.getbasetemp()
    home = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    folder, draft = home / name, home / f"{name}.part"
    with (home / f"{name}.turn").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        if not folder.is_dir():
            shutil.rmtree(draft, ignore_errors=True)
            draft.mkdir()
            make(draft)
            draft.rename(folder)
    return folder


def server() -> psycopg.Connection[Any]:
    """The server's own database, each statement by itself."""
    return psycopg.connect(SERVER, autocommit=True)


def _url(database: str) -> str:
    return urlsplit(SERVER)._replace(path=f"/{database}").geturl()


def _made(name: str = "", template: str = "template0") -> str:
    name = name or f"machine_{uuid4().hex}"
    with server() as asked:
        asked.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    return name


def _dropped(name: str) -> None:
    with server() as asked:
        asked.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
