"""``pack check`` and ``pack install``."""

from __future__ import annotations

import argparse
from pathlib import Path

from shishi.commands.context import Context, Outcome, command, day
from shishi.core.programmes import Pack


def configure(verb: str, parser: argparse.ArgumentParser) -> None:
    """Arguments of the operations on packs."""
    commands = parser.add_subparsers(required=True, metavar="操作")
    checking = command(commands, "check", "检查清单文件夹，不需要库", _check, needs_store=False)
    checking.add_argument("path", type=Path)
    installing = command(commands, "install", "安装清单", _install, writes=True)
    installing.add_argument("path", type=Path)
    installing.add_argument("--effective-on", type=day, help="更新从哪天起生效")
    command(commands, "schema", "清单文件的 JSON Schema，供编辑器使用", _schema, needs_store=False)


def _told(pack: Pack) -> dict[str, object]:
    return {
        "pack": pack.name,
        "title": pack.title,
        "version": pack.version,
        "programmes": [item.name for item in pack.programmes],
        "examples": sum(len(item.examples) for item in pack.programmes),
        "unverified": [entry.title for entry in pack.bodies if not entry.verified],
    }


def _check(context: Context) -> Outcome:
    from shishi.packs.examples import check_examples
    from shishi.packs.loading import load_pack

    pack = load_pack(context.arguments.path)
    check_examples(pack)
    told = _told(pack)
    line = (
        f"清单 {pack.name}《{pack.title}》没有问题：{len(pack.programmes)} 个项目，{told['examples']} 个例子都如所写。"
    )
    return Outcome({"status": "ok", **told}, [line])


def _install(context: Context) -> Outcome:
    from shishi.apps.ledger.selectors import holds_rows
    from shishi.apps.programmes.services import install_pack
    from shishi.packs.loading import load_pack

    pack = load_pack(context.arguments.path)
    revision, changed = install_pack(
        pack, effective_on=context.arguments.effective_on, holds_rows=holds_rows, by=context.by, at=context.at
    )
    status = "installed" if changed else "unchanged"
    line = f"清单 {pack.name} {'已安装' if changed else '没有变化'}，版本 {revision.version[:12]}。"
    return Outcome({"status": status, **_told(pack)}, [line])


def _schema(context: Context) -> Outcome:
    import json

    from shishi.packs.editor_schema import pack_schema

    schema = pack_schema()
    return Outcome(schema, json.dumps(schema, ensure_ascii=False, indent=1).splitlines())
