"""Writes docs/reference/commands.md from the parsers themselves. ``--check`` tells whether it is current."""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Iterator
from pathlib import Path

from shishi.commands.main import VERBS

PAGE = Path(__file__).resolve().parent.parent / "docs" / "reference" / "commands.md"
COMMON = {"help", "json", "at", "by", "reader"}
HEAD = """<!-- Written by `make docs` (tools/commands_page.py). Do not edit. -->
# 命令

`shishi 命令 --help` 显示同样的说明。这些选项每个命令都有：

- `--json` 标准输出只有一份 JSON，消息写到标准错误。其中金额和数量都是文本，`null` 表示未报。
- `--by 用户名`（写入）、`--as 用户名`（查看）以谁的名义，默认 `operator`。
- `--at 时间` 只有演示库可用：当作这个时间。

退出码：0 完成，1 因数据有误而拒收，2 用法有误。
"""


def parser_of(verb: str) -> argparse.ArgumentParser:
    """The parser that ``shishi VERB`` uses."""
    module, title = VERBS[verb]
    parser = argparse.ArgumentParser(prog=f"shishi {verb}", description=title)
    importlib.import_module(module).configure(verb, parser)
    return parser


def leaves(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """The parser itself, or those of its subcommands."""
    nested = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    if not nested:
        yield parser
    for action in nested:
        for sub in dict.fromkeys(action.choices.values()):
            yield from leaves(sub)


def typed(action: argparse.Action) -> str:
    """One argument as a person types it: ``TABLE``, ``--as-of DAY``, ``[--prefill]``."""
    name = action.metavar if isinstance(action.metavar, str) else action.dest.upper().replace("_", "-")
    value = "|".join(map(str, action.choices)) if action.choices else name
    if action.nargs in ("+", "*"):
        value += " …"
    if not action.option_strings:
        return f"[{value}]" if action.nargs in ("?", "*") else value
    option = action.option_strings[-1] + ("" if action.nargs == 0 else f" {value}")
    return option if action.required else f"[{option}]"


def entry(parser: argparse.ArgumentParser) -> Iterator[str]:
    """How to type one command, and what its arguments mean where their names do not say it."""
    actions = [action for action in parser._actions if action.dest not in COMMON and action.help != argparse.SUPPRESS]
    actions.sort(key=lambda action: (bool(action.option_strings), not action.required))
    yield from ("```text", " ".join([parser.prog, *map(typed, actions)]), "```", "")
    told = [f"- `{typed(action).strip('[]')}` {action.help}" for action in actions if action.help]
    yield from [*told, ""] if told else []


def page() -> str:
    """The whole page as it should stand."""
    lines = [HEAD]
    for verb, (_, title) in VERBS.items():
        lines += [f"## {verb}", "", f"{title}。", ""]
        for parser in leaves(parser_of(verb)):
            if parser.prog != f"shishi {verb}":
                lines += [f"### {parser.prog.removeprefix('shishi ')}", "", f"{parser.description or ''}。", ""]
            lines += entry(parser)
    return "\n".join(lines).rstrip() + "\n"


def main() -> None:
    """Write the page, or with ``--check`` end with 1 when it is not what it should be."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    wanted = page()
    if not parser.parse_args().check:
        PAGE.parent.mkdir(exist_ok=True)
        PAGE.write_text(wanted, encoding="utf-8")
    elif not PAGE.is_file() or PAGE.read_text(encoding="utf-8") != wanted:
        sys.exit("docs/reference/commands.md is not current: run make docs")


if __name__ == "__main__":
    main()
