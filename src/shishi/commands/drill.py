"""``drill`` and ``health``: whether the store could be brought back, and how it is now."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from contextlib import nullcontext
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from shishi.commands import databases
from shishi.commands.context import Context, Outcome, data_folder, prepare
from shishi.commands.databases_aside import aside
from shishi.core.errors import Misuse, Refused

if TYPE_CHECKING:
    from shishi.apps.accounts.models import Person
    from shishi.apps.jobs.kinds import Ending, Errand

KIND = "store.drill"


def configure(verb: str, parser: argparse.ArgumentParser) -> None:
    """Arguments of the two verbs."""
    if verb == "health":
        prepare(parser, _health)
        return
    prepare(parser, _drill, writes=True)
    parser.add_argument("folder", type=Path, nargs="?", help="备份放在这个空文件夹里，默认数据文件夹的 backups 下")
    parser.add_argument(
        "--database", default="", metavar="网址", help="库在 PostgreSQL 上：恢复到这个空的数据库，不写则临时另建一个"
    )


def _health(context: Context) -> Outcome:
    from shishi.apps.accounts.roles import Action
    from shishi.apps.accounts.selectors import require
    from shishi.apps.indicators.health import health
    from shishi.core.calendars import day_of
    from shishi.core.divisions import COUNTRY

    require(context.reader, Action.OPERATE, COUNTRY, "", day_of(context.at))
    signs = health(context.at)
    documents = [{"code": sign.code, "well": sign.well, "title": sign.title, "says": sign.says} for sign in signs]
    lines = [f"{'　' if sign.well else '！'}{sign.title}：{sign.says}" for sign in signs]
    return Outcome(documents, lines, 0 if all(sign.well for sign in signs) else 1)


def _drill(context: Context) -> Outcome:
    given = context.arguments
    document = drill(given.folder, given.database, by=context.by, at=context.at)
    told = f"演练成功：备份在 {document['folder']}；另处恢复后，审计链 {document['events']} 条核对无误，"
    return Outcome(document, [told + f"{document['files']} 个文件可解密，末条与现库相符。"])


def as_job(errand: Errand) -> Ending:
    """The drill as a job: asked for on a page, done beside the site."""
    from shishi.apps.jobs.kinds import Ending

    errand.told("备份并另处恢复", 0, 0)
    return Ending(drill(None, by=errand.by, at=errand.at))


def drill(folder: Path | None, database: str = "", *, by: Person, at: datetime) -> dict[str, Any]:
    """Make a backup, restore it aside, compare, write the result to the trail; the backup stays, the copy goes. On
    PostgreSQL the copy is restored into ``database`` (an address; empty: one that is made on the same server).

    Raises ``Refused`` (drill_failed, drill_under_way, backup_…) and ``Misuse`` (out_of_reach, drill_needs_database,
    database_not_empty, folder_not_empty).
    """
    from shishi.commands.store import back_up

    if database and not databases.on_postgres():
        raise Misuse("database_unfit", "库在数据文件夹里，演练不用另外的数据库。请去掉 --database。")
    target = folder or data_folder() / "backups" / f"{at:%Y%m%d-%H%M%S}"
    with aside(database) if databases.on_postgres() else nullcontext("") as address:
        back_up(target, by=by, at=at)
        try:
            restored, last = _restored_aside(target, address)
        except Refused as failed:
            _write_down({"folder": str(target), "result": "failed", "failure": failed.message}, by, at)
            raise
    document = {"folder": str(target), "events": restored["events"], "files": restored["files"], "last": last["hash"]}
    stands = _stands(last)
    _write_down({**document, "result": "good" if stands else "differs"}, by, at)
    if not stands:
        raise Refused("drill_failed", "恢复出来的库与现库不是同一条审计链。请立即查明，并另做一份备份。")
    return document


def _restored_aside(target: Path, address: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """What restoring the backup tells, and the last event of what came of it; nothing of it is left."""
    with TemporaryDirectory(dir=target.parent, prefix="drill-") as folder:
        store, keys = Path(folder) / "store", str(data_folder() / "keys")
        restored = _asked(store, address, "restore", str(target.resolve()), "--keys", keys)
        last = _asked(store, address, "audit", "list", "--limit", "1")[0]
        shutil.rmtree(folder, ignore_errors=True)
    return restored, last


def _asked(store: Path, address: str, *words: str) -> Any:
    """What a command answers over another data folder and database."""
    shown = {**os.environ, "SHISHI_DATA": str(store.resolve()), "DATABASE_URL": address}
    words = (sys.executable, "-m", "shishi.commands.main", *words, "--json")
    done = subprocess.run(words, env=shown, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Refused("drill_failed", f"另处恢复没有成功：{done.stderr.strip()[-300:]}。备份不能用，请查明后重做。")
    return json.loads(done.stdout)


def _stands(last: dict[str, Any]) -> bool:
    """Whether the last event of the copy is in the store itself, the same."""
    from shishi.apps.audit.selectors import hash_of

    return bool(hash_of(last["number"]) == last["hash"])


def _write_down(told: dict[str, Any], by: Person, at: datetime) -> None:
    from django.db import transaction

    from shishi.apps.audit.services import record

    with transaction.atomic():
        record(at=at, person=by.username, action="store.drill", subject="store:all", detail=told)
