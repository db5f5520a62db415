"""What a database of PostgreSQL must be like, and what happens to one that is not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from shishi.apps.audit.services import CHAIN_LOCK
from tests.machine import POSTGRES_ALONE, Machine, server

pytestmark = POSTGRES_ALONE


@pytest.fixture
def misfit(machine: Machine, request: pytest.FixtureRequest) -> Machine:
    """A machine whose database was made with the given words."""
    with server() as asked:
        asked.execute(f"DROP DATABASE {machine.database}")
        asked.execute(f"CREATE DATABASE {machine.database} TEMPLATE template0 {request.param}")
    return machine


@pytest.mark.parametrize(
    ("misfit", "code"),
    [
        ("ENCODING 'SQL_ASCII'", "database_encoding"),
        ("LOCALE_PROVIDER icu ICU_LOCALE 'zh-Hans'", "database_collation"),
        ("LOCALE_PROVIDER icu ICU_LOCALE 'en-US'", "database_collation"),
    ],
    indirect=["misfit"],
)
def test_a_database_that_orders_otherwise_is_refused_before_anything_is_written(misfit: Machine, code: str) -> None:
    assert misfit.shishi("init", exit_code=2)["code"] == code
    assert misfit.number("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == 0


@pytest.mark.parametrize("misfit", ["LC_COLLATE 'C' LC_CTYPE 'C.UTF-8'"], indirect=True)
def test_a_database_in_the_order_of_code_points_is_taken(misfit: Machine) -> None:
    misfit.shishi("init")


def test_an_address_that_is_none_or_answers_nothing_is_told_with_the_way_out(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    for address, exit_code, code in (
        ("mysql://shishi@localhost/shishi", 2, "database_url_malformed"),
        ("shishi", 2, "database_url_malformed"),
        ("postgres://shishi@%2Fnowhere/shishi", 1, "store_unusable"),
    ):
        monkeypatch.setattr(Machine, "environment", {**machine.environment, "DATABASE_URL": address})
        assert machine.shishi("init", exit_code=exit_code)["code"] == code
        monkeypatch.undo()


def test_a_folder_whose_database_was_lost_is_told_so(fresh: Machine) -> None:
    facts = (fresh.data / "store.json").read_text()
    fresh.lose_store()
    (fresh.data / "store.json").write_text(facts)
    assert fresh.shishi("programme", "list", exit_code=2)["code"] == "database_empty"


def test_a_new_folder_does_not_take_over_the_database_of_another(fresh: Machine, tmp_path: Path) -> None:
    stranger = replace(fresh, data=tmp_path / "stranger")
    assert stranger.shishi("init", exit_code=2)["code"] == "database_in_use"
    # A folder that was killed before it was ready has its keys and goes on.
    (fresh.data / "store.json").unlink()
    fresh.shishi("init")


def test_nothing_is_restored_over_what_is_there(fresh: Machine, another_fresh: Machine, tmp_path: Path) -> None:
    fresh.shishi("backup", str(tmp_path / "backup"))
    (another_fresh.data / "store.json").unlink()
    keys = ("--keys", str(fresh.data / "keys"))
    refused = another_fresh.shishi("restore", str(tmp_path / "backup"), *keys, exit_code=2)
    assert refused["code"] == "database_not_empty"


def test_the_password_is_in_no_argument(fresh: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    programs = tmp_path / "programs"
    programs.mkdir()
    spy = programs / "pg_dump"
    spy.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/told; echo "$PGPASSWORD" > {tmp_path}/password; exit 3\n')
    spy.chmod(0o755)
    environment = fresh.environment
    address = environment["DATABASE_URL"].replace("shishi@", "shishi:s%2Fecret@")
    path = f"{programs}:{environment['PATH']}"
    monkeypatch.setattr(Machine, "environment", {**environment, "DATABASE_URL": address, "PATH": path})
    assert fresh.shishi("backup", str(tmp_path / "backup"), exit_code=1)["code"] == "backup_failed"
    assert (tmp_path / "password").read_text() == "s/ecret\n"
    assert "ecret" not in (tmp_path / "told").read_text()
    assert f"dbname={fresh.database}" in (tmp_path / "told").read_text()


def test_a_writer_waits_for_another_and_is_told_when_it_takes_too_long(
    fresh: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ("body", "add", "bureau", "住建局", "--division", "341800")
    environment = fresh.environment
    with psycopg.connect(environment["DATABASE_URL"]) as other:
        other.execute("SELECT pg_advisory_xact_lock(%s)", [CHAIN_LOCK])
        impatient = environment["DATABASE_URL"] + "?options=-c%20lock_timeout%3D200ms"
        monkeypatch.setattr(Machine, "environment", {**environment, "DATABASE_URL": impatient})
        assert fresh.shishi(*words, exit_code=1)["code"] == "store_busy"
        monkeypatch.undo()
        waiting = fresh.start(*words, "--json")
        asking = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'advisory' AND datname = %s"
        with server() as asked:
            while asked.execute(asking, [fresh.database]).fetchone() == (0,):
                assert waiting.poll() is None
        other.rollback()
        waiting.communicate()
        assert waiting.returncode == 0
    assert "bureau" in [body["code"] for body in fresh.shishi("body", "list")]
