"""``division find | show``: a unit by its code or name, as it stood on a day."""

from __future__ import annotations

import argparse
from datetime import date

from shishi.commands.context import Context, Outcome, command, day
from shishi.core.calendars import day_of
from shishi.core.divisions import Division, DivisionTree, Level


def configure(verb: str, parser: argparse.ArgumentParser) -> None:
    """Arguments of ``division``."""
    commands = parser.add_subparsers(required=True, metavar="操作")
    for name, title, run in (
        ("find", "按代码或名称查找（同名的会全部列出）", _find),
        ("show", "一个区划的上级、级别和下级数", _show),
    ):
        sub = command(commands, name, title, run)
        sub.add_argument("text", metavar="代码或名称")
        sub.add_argument("--on", type=day, metavar="日期", help="按这一天的区划（默认今天）")


def _find(context: Context) -> Outcome:
    from shishi.apps.divisions.selectors import find_division, load_tree

    on = _day(context)
    found = find_division(context.arguments.text, on)
    tree = load_tree(codes=[found.code])
    return Outcome(_document(found, tree, on), _lines(found, tree, on))


def _show(context: Context) -> Outcome:
    from shishi.apps.divisions.selectors import find_division, load_tree

    on = _day(context)
    found = find_division(context.arguments.text, on)
    # Two levels down: below a city without counties the streets are its children.
    tree = load_tree(within=found.code, down_to=Level(min(found.level + 2, Level.VILLAGE)))
    children = tree.children(found.code, on)
    document = _document(found, tree, on) | {
        "children": len(children),
        "placeholders": sum(child.placeholder for child in children),
    }
    return Outcome(document, [*_lines(found, tree, on), f"下级：{len(children)} 个"])


def _day(context: Context) -> date:
    told: date | None = context.arguments.on
    return told or day_of(context.at)


def _document(unit: Division, tree: DivisionTree, on: date) -> dict[str, object]:
    return {
        "code": unit.official_code,
        "name": unit.name,
        "level": unit.level.name.lower(),
        "placeholder": unit.placeholder,
        "valid_from": unit.valid_from.isoformat() if unit.valid_from else None,
        "valid_to": unit.valid_to.isoformat() if unit.valid_to else None,
        "successors": list(unit.successors),
        "lineage": [
            {"code": one.official_code, "name": one.name, "level": one.level.name.lower()}
            for one in tree.lineage(unit.code, on)
        ],
        "source": unit.source,
    }


def _lines(unit: Division, tree: DivisionTree, on: date) -> list[str]:
    way = " › ".join(one.name for one in tree.lineage(unit.code, on))
    lines = [f"{unit.official_code}　{unit.name}", f"上级：{way}"]
    if unit.valid_from or unit.valid_to:
        lines.append(f"有效期：{unit.valid_from or '不详'} 至 {unit.valid_to or '今'}")
    return [*lines, f"来源：{unit.source}"]
