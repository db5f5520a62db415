"""``init``, ``backup`` and ``restore``: the data folder as a whole."""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from shishi.commands import databases
from shishi.commands.context import Context, Outcome, data_folder, prepare, progress, require_same_store, store_facts
from shishi.core.errors import Misuse, Refused

if TYPE_CHECKING:
    from shishi.apps.accounts.models import Person

DUMP = "store.dump"


def configure(verb: str, parser: argparse.ArgumentParser) -> None:
    """Arguments of the three verbs."""
    if verb == "init":
        prepare(parser, _init, writes=True, needs_store=False)
        parser.add_argument("--demonstration", action="store_true", help="演示库：可用 --at，处处标明演示数据")
    elif verb == "backup":
        prepare(parser, _backup, writes=True)
        parser.add_argument("folder", type=Path)
    else:
        prepare(parser, _restore, writes=True, needs_store=False)
        parser.add_argument("folder", type=Path)
        parser.add_argument("--keys", type=Path, help="另存的密钥文件夹")


def _django() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shishi.conf.settings")
    import django

    django.setup()


def _init(context: Context) -> Outcome:
    _django()
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection

    from shishi.apps.accounts.services import make_operator
    from shishi.apps.divisions.selectors import division_counts
    from shishi.apps.divisions.services import load_snapshot

    folder = data_folder()
    # Names lie plain in it: it is for the account that runs shishi alone.
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    facts = store_facts()
    wanted = bool(context.arguments.demonstration)
    if facts and bool(facts["demonstration"]) != wanted and wanted:
        raise Misuse("store_is_real", "这是正式库，不能改成演示库。请另设 SHISHI_DATA。")
    _prepare_database(folder, facts)
    call_command("migrate", verbosity=0, interactive=False)
    now = datetime.now(UTC)
    make_operator(now)
    with progress("装入行政区划"):
        load_snapshot(Path(settings.DIVISIONS_SOURCE), by="operator", at=now)
    if not facts:
        facts = {"demonstration": wanted, "created_at": now.isoformat(), "database": connection.vendor}
        _write(folder / "store.json", json.dumps(facts))
    counts = {level.name.lower(): many for level, many in division_counts().items()}
    document = {"data": str(folder), "demonstration": facts["demonstration"], "divisions": counts}
    told = "、".join(f"{many:,}" for many in counts.values())
    label = "演示库" if facts["demonstration"] else "正式库"
    return Outcome(document, [f"{label}已就绪：{folder}", f"行政区划（省、市、县、乡、村）：{told}"])


def _prepare_database(folder: Path, facts: dict[str, object]) -> None:
    """Keys of this folder, for a database that is fit and nobody else's."""
    from shishi.adapters.crypto import KeyRing

    require_same_store()
    databases.require_fit()
    ring = folder / "keys" / "ring.json"
    if databases.on_postgres() and not facts and not ring.exists() and databases.has_tables():
        raise Misuse(
            "database_in_use",
            "DATABASE_URL 所指的数据库已有表，而这个数据文件夹是新的，没有它的密钥。"
            "请把 SHISHI_DATA 指到原来的数据文件夹，或另建一个空的数据库。",
        )
    KeyRing.create(ring)


def _write(path: Path, text: str) -> None:
    draft = path.with_suffix(".part")
    draft.write_text(text)
    draft.replace(path)


def _backup(context: Context) -> Outcome:
    target: Path = context.arguments.folder
    many = back_up(target, by=context.by, at=context.at)
    lines = [
        f"已备份 {many} 个文件到 {target}。",
        f"密钥不在备份里：请把 {data_folder() / 'keys'} 另外保存，没有它恢复后不能解密。",
    ]
    return Outcome({"folder": str(target), "files": many}, lines)


def back_up(target: Path, *, by: Person, at: datetime) -> int:
    """Copy the store into an empty folder, without its keys; how many files. ``Misuse`` (out_of_reach,
    folder_not_empty)."""
    from shishi.apps.accounts.roles import Action
    from shishi.apps.accounts.selectors import require
    from shishi.apps.files.services import copy_out
    from shishi.core.calendars import day_of
    from shishi.core.divisions import COUNTRY

    require(by, Action.OPERATE, COUNTRY, "", day_of(at))
    if target.exists() and any(target.iterdir()):
        raise Misuse("folder_not_empty", f"文件夹 {target} 不是空的。请换一个空文件夹。")
    target.mkdir(mode=0o700, parents=True, exist_ok=True)
    _record(by, at, "backup")
    _copy_store(target)
    source = data_folder()
    copy_out(target / "files")
    shutil.copy2(source / "store.json", target / "store.json")
    listed = {str(path.relative_to(target)): _sha256(path) for path in sorted(target.rglob("*")) if path.is_file()}
    (target / "manifest.json").write_text(json.dumps(listed, indent=1))
    return len(listed)


def _copy_store(target: Path) -> None:
    from django.db import connection

    if databases.on_postgres():
        databases.dump(target / DUMP)
        return
    import sqlite3

    with sqlite3.connect(target / "store.sqlite3") as copy:
        connection.ensure_connection()
        connection.connection.backup(copy)
    copy.close()


def _record(by: Person, at: datetime, action: str) -> None:
    from django.db import transaction

    from shishi.apps.audit.services import record

    with transaction.atomic():
        record(at=at, person=by.username, action=f"store.{action}", subject="store:all")


def _sha256(path: Path) -> str:
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _restore(context: Context) -> Outcome:
    _django()
    from shishi.apps.files.services import copy_in

    source: Path = context.arguments.folder
    target = data_folder()
    if (target / "store.json").exists():
        raise Misuse("store_exists", f"{target} 里已有库。请把 SHISHI_DATA 指到一个空文件夹再恢复。")
    _check_manifest(source)
    _require_kind(source)
    keys = context.arguments.keys or target / "keys"
    if not (keys / "ring.json").exists():
        raise Refused("keys_missing", "没有密钥，恢复后不能解密。请用 --keys 指出备份时另存的 keys 文件夹。")
    target.mkdir(mode=0o700, parents=True, exist_ok=True)
    _clear_remains(target)
    if keys != target / "keys":
        shutil.copytree(keys, target / "keys", dirs_exist_ok=True)
    copy_in(source / "files")
    if databases.on_postgres():
        databases.put_back(source / DUMP)
    else:
        shutil.copy2(source / "store.sqlite3", target / "store.sqlite3")
    try:
        outcome = _proved(target)
    except Refused:
        if databases.on_postgres():
            databases.clear()
        raise
    # Only what was proven is a store.
    shutil.copy2(source / "store.json", target / "store.json")
    return outcome


def _require_kind(source: Path) -> None:
    dumped = (source / DUMP).exists()
    if dumped and not databases.on_postgres():
        raise Misuse("backup_of_postgres", "这份备份来自 PostgreSQL。请设置 DATABASE_URL，指向一个空的数据库。")
    if not dumped and databases.on_postgres():
        raise Misuse("backup_of_sqlite", "这份备份来自数据文件夹里的库，不能装进 PostgreSQL。请去掉 DATABASE_URL。")


def _clear_remains(target: Path) -> None:
    """What an earlier store left beside its database would be taken for a part of the restored one."""
    for name in ("store.sqlite3-wal", "store.sqlite3-shm"):
        (target / name).unlink(missing_ok=True)
    shutil.rmtree(target / "columns", ignore_errors=True)


def _check_manifest(source: Path) -> None:
    try:
        listed = json.loads((source / "manifest.json").read_text())
    except FileNotFoundError as missing:
        raise Refused("backup_incomplete", f"{source} 里没有 manifest.json，不是完整的备份。") from missing
    for name, sha256 in listed.items():
        path = source / name
        if not path.exists() or _sha256(path) != sha256:
            raise Refused("backup_damaged", f"备份里的 {name} 缺失或已损坏。请换另一份备份。")


def _proved(target: Path) -> Outcome:
    from shishi.apps.audit.selectors import verify
    from shishi.apps.files.services import content_of, kept

    proof = verify()
    if proof.broken:
        raise Refused(proof.broken.code, f"恢复后审计链不符：{proof.broken.message}")
    files = kept()
    for sha256 in files:
        content_of(sha256)
    document = {"data": str(target), "events": proof.events, "files": len(files)}
    return Outcome(document, [f"已恢复到 {target}：审计链 {proof.events} 条核对无误，{len(files)} 个文件可解密。"])
