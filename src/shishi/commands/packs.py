"""``pack new``, ``pack check``, ``pack install`` and ``pack schema``; drafts in
:mod:`shishi.commands.programme_drafts`."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from shishi.commands.context import Context, Outcome, command, day
from shishi.commands.programme_drafts import configure_drafts
from shishi.core.programmes import Pack


def configure(verb: str, parser: argparse.ArgumentParser) -> None:
    """Arguments of the operations on packs."""
    commands = parser.add_subparsers(required=True, metavar="操作")
    checking = command(commands, "check", "检查清单文件夹，不需要库", _check, needs_store=False)
    checking.add_argument("path", type=Path)
    starting = command(commands, "new", "新建清单文件夹，可沿用往年的项目", _new, needs_store=False)
    starting.add_argument("path", type=Path, help="新清单的文件夹：…/发布者/年份")
    starting.add_argument("--title", required=True, help="清单的标题")
    starting.add_argument("--division", help="清单管到的行政区划；沿用往年的清单时可省")
    starting.add_argument("--programme", action="append", default=[], metavar="代码=名称", help="新项目，可写几次")
    starting.add_argument("--from", type=Path, dest="older", help="往年清单的文件夹，如 packs/xuancheng/2021")
    starting.add_argument("--only", action="append", default=[], metavar="代码", help="只沿用这些项目，可写几次")
    starting.add_argument("--continue", action="store_true", dest="continues", help="台账接续往年的行和历史")
    installing = command(commands, "install", "安装清单", _install, writes=True)
    installing.add_argument("path", type=Path)
    installing.add_argument("--effective-on", type=day, help="更新从哪天起生效")
    configure_drafts(commands)
    command(commands, "schema", "清单文件的 JSON Schema，供编辑器使用", _schema, needs_store=False)


def _new(context: Context) -> Outcome:
    from shishi.core.errors import Misuse
    from shishi.packs.loading import load_pack
    from shishi.packs.starting import NewPack, placeholders, start_pack

    asked = context.arguments
    if not asked.path.name.isdecimal() or not asked.path.parent.name:
        raise Misuse(
            "pack_folder_unfit", f"清单的文件夹要以“发布者/年份”结尾，如 packs/hefei/2022，而不是 {asked.path}。"
        )
    older = load_pack(asked.older) if asked.older else None
    if older is None and not asked.division:
        raise Misuse("division_missing", "请用 --division 写明清单管到的行政区划，如 340100。")
    pairs = dict(word.partition("=")[::2] for word in asked.programme)
    if not all(pairs.values()):
        raise Misuse("pack_programme_untitled", "新项目请写成 --programme 代码=名称，如 canteens=老年食堂建设。")
    new = NewPack(
        jurisdiction=asked.path.parent.name,
        year=int(asked.path.name),
        title=asked.title,
        division=asked.division or (older.division if older else ""),
        programmes=pairs,
        carried=(asked.only or [item.code for item in older.programmes]) if older else (),
        continues=asked.continues,
    )
    files = start_pack(asked.path, new, asked.older)
    waiting = placeholders(asked.path)
    document = {"status": "started", "files": list(map(str, files)), "pending": _places(waiting)}
    lines = [f"新清单已写好：{asked.path}，{len(files)} 个文件，{len(waiting)} 处待填。", *_pending(waiting)]
    return Outcome(document, [*lines, f"填好以后检查：shishi pack check {asked.path}"])


def _places(waiting: Sequence[tuple[str, int]]) -> list[dict[str, object]]:
    return [{"file": name, "line": line} for name, line in waiting]


def _pending(waiting: Sequence[tuple[str, int]]) -> list[str]:
    return [f"  {name} 第 {line} 行待填" for name, line in waiting]


def _told(pack: Pack) -> dict[str, Any]:
    from shishi.packs.assumed import assumed

    return {
        "pack": pack.name,
        "title": pack.title,
        "version": pack.version,
        "programmes": [item.name for item in pack.programmes],
        "examples": sum(len(item.examples) for item in pack.programmes),
        "unverified": list(assumed(pack)),
    }


def _check(context: Context) -> Outcome:
    from shishi.packs.examples import check_examples
    from shishi.packs.loading import load_pack
    from shishi.packs.starting import placeholders

    pack = load_pack(context.arguments.path)
    check_examples(pack)
    told, waiting = _told(pack), placeholders(context.arguments.path)
    lines = [
        f"清单 {pack.name}《{pack.title}》没有问题：{len(pack.programmes)} 个项目，{told['examples']} 个例子都如所写。",
        *_pending(waiting),
    ]
    if doubtful := told["unverified"]:
        lines.append(f"还没有核对出处（verified: false）的 {len(doubtful)} 处，使用前请核实：")
        lines += [f"  {line}" for line in doubtful]
    return Outcome({"status": "ok", **told, "pending": _places(waiting)}, lines)


def _install(context: Context) -> Outcome:
    from shishi.apps.ledger.holding import holding_for
    from shishi.apps.ledger.selectors import holds_rows
    from shishi.apps.programmes.services import install_pack
    from shishi.packs.loading import load_pack

    pack = load_pack(context.arguments.path)
    revision, changed = install_pack(
        pack,
        effective_on=context.arguments.effective_on,
        holds_rows=holds_rows,
        holding=holding_for(context.by, pack.division, at=context.at),
        by=context.by,
        at=context.at,
    )
    status = "installed" if changed else "unchanged"
    line = f"清单 {pack.name} {'已安装' if changed else '没有变化'}，版本 {revision.version[:12]}。"
    return Outcome({"status": status, **_told(pack)}, [line])


def _schema(context: Context) -> Outcome:
    import json

    from shishi.packs.editor_schema import pack_schema

    schema = pack_schema()
    return Outcome(schema, json.dumps(schema, ensure_ascii=False, indent=1).splitlines())
