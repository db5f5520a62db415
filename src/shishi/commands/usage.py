"""Reading the command line: argparse whose complaints are in the words of the house and come as ``Misuse``."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NoReturn

from shishi.core.errors import Misuse

_WORDS: Mapping[str, str] = {
    r"the following arguments are required: (.+)": r"还缺：\1",
    r"one of the arguments (.+) is required": r"\1 要写一个",
    r"unrecognized arguments: (.+)": r"不认识：\1",
    r"argument (.+): not allowed with argument (.+)": r"\1 不能与 \2 同用",
    r"argument (.+): invalid choice: (.+) \(choose from (.+)\)": r"\1 不能是 \2，可选：\3",
    r"argument (.+): invalid int value: (.+)": r"\1 要写整数，不能是 \2",
    r"argument (.+): expected one argument": r"\1 后面要写内容",
    r"argument (.+): expected at least one argument": r"\1 后面至少要写一项",
    r"argument (.+): ignored explicit argument (.+)": r"\1 后面不写内容，多了 \2",
    r"argument ([^:]+): (.+)": r"\1：\2",
}


class Parser(argparse.ArgumentParser):
    """No abbreviations: a name that is unique today may not be tomorrow. ``error`` raises ``Misuse`` (usage)."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **{"allow_abbrev": False, **options})

    def error(self, message: str) -> NoReturn:
        """Say what is wrong and where the help is."""
        raise Misuse("usage", f"命令写得不对：{_told(message)}。加 --help 看用法：{self.prog} --help。")


def _told(message: str) -> str:
    for pattern, words in _WORDS.items():
        found = re.fullmatch(pattern, message)
        if found:
            return found.expand(words)
    return message


def between(least: int, most: int) -> Callable[[str], int]:
    """For argparse: a whole number from ``least`` to ``most``."""

    def number(text: str) -> int:
        if not text.isascii() or not text.isdigit() or not least <= int(text) <= most:
            raise argparse.ArgumentTypeError(f"要写 {least} 到 {most} 的整数，不能是“{text}”")
        return int(text)

    return number


def paged(parser: argparse.ArgumentParser, limit: int = 50) -> None:
    """Give a parser ``--limit`` and ``--offset``."""
    parser.add_argument("--limit", type=between(1, 1000), default=limit, help=f"至多列出多少，默认 {limit}")
    parser.add_argument("--offset", type=between(0, 10**9), default=0, help="跳过前多少")


def new_file(text: str) -> Path:
    """For argparse: a file that can be written, in a folder that is there."""
    path = Path(text)
    if path.is_dir():
        raise argparse.ArgumentTypeError(f"“{text}”是文件夹，请写文件名")
    if not path.parent.is_dir():
        raise argparse.ArgumentTypeError(f"没有文件夹“{path.parent}”，请先建立或换一个")
    return path
