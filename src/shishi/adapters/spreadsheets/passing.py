"""Rows of a sheet that are no data: titles, samples, totals, repeated headers, notes and signatures."""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Sequence, Set
from functools import lru_cache

from shishi.adapters.spreadsheets.base import SAMPLE_MARK, RawCell
from shishi.adapters.spreadsheets.headers import condensed
from shishi.adapters.spreadsheets.understanding import What

_TOTAL = re.compile(r"(?:.{0,12})(?:合计|小计|总计|共计|累计|总合计|合计数|小计数)(?:\(.*\))?")
_SIGNED = re.compile(
    r"(?:(?:填|制|报)(?:表|报)(?:人|单位|日期|时间|部门)?|制单|审核(?:人|意见)?|复核(?:人)?|审批(?:人)?|经办(?:人)?|校对|核对人"
    r"|(?:单位|部门|分管|主要)?(?:负责人|领导)|法定代表人|联系(?:人|电话|方式)|电话|手机|传真|邮箱|报送(?:单位|日期|时间|人)"
    r"|(?:单位)?盖章|公章|日期|签(?:字|名|章))(?:\(.{0,12}\))*(?::|$)"
    r"|(?:注|备注|说明|附注|附件|填表说明|填报说明|注意事项|数据来源|资料来源|口径说明)\d*:"
    r"|(?:注|备注|说明)[:.、]"
)
_LISTED = re.compile(r"(?:\(?[0-9一二三四五六七八九十]{1,2}[)、.:]|[※*])")
_GROUP = re.compile(r"(?:[一二三四五六七八九十]{1,3}、|\([一二三四五六七八九十]{1,3}\)).+")
_HEAVENLY = "甲乙丙丁戊己庚辛壬癸"
_DIVISION = re.compile(
    r"[\d.、_(\-)]*([\u4e00-\u9fff]{1,12}?(?:自治区|自治州|自治县|省|市|地区|盟|县|区|旗|街道|镇|乡))"
    r"(?:[\d(_.\-].*|.*(?:台账|表|汇总|明细|清单|数据))?"
)
_NO_DIVISION = re.compile(r"[小社园片辖校厂景库灾城市地各全本县]区$|[城各全本县区]市$|[各全本市]县$")
_SENTENCE, _LONGEST_LABEL = 20, 24


def division_in(name: str) -> str:
    """The division that a sheet is called by (``宣州区``, ``1.宣州区``, ``宣州区（6月）``, ``宣州区房屋台账``), or ``""``."""
    found = _DIVISION.fullmatch("".join(unicodedata.normalize("NFKC", name).split()))
    return found.group(1) if found and not _NO_DIVISION.search(found.group(1)) else ""


def is_total(cell: RawCell) -> bool:
    """合计, 小　计, 宣州区小计…"""
    return isinstance(cell, str) and "计" in cell and _TOTAL.fullmatch(condensed(cell)) is not None


def is_total_row(cells: Sequence[RawCell], key: Sequence[int]) -> bool:
    """A row that says so and has no full key of its own."""
    for at in key:
        cell = cells[at]
        if cell is None or is_total(cell):
            return any(map(is_total, cells))
    return False


def is_sample(cells: Sequence[RawCell], own: Set[int]) -> bool:
    """The template's sample row, marked in a column of no field."""
    return SAMPLE_MARK in cells and any(cell == SAMPLE_MARK for at, cell in enumerate(cells) if at not in own)


def is_numbering(cells: Sequence[RawCell]) -> bool:
    """A row that only numbers its columns: 甲 乙 1 2 3, or (1) (2) (3)."""
    texts = [_number(cell) for cell in cells if cell is not None]
    letters = sum(1 for _ in itertools.takewhile(lambda text: len(text) == 1 and text in _HEAVENLY, texts))
    if len(texts) < 3 or "".join(texts[:letters]) != _HEAVENLY[:letters]:
        return False
    counted = texts[letters:]
    return any(counted == [str(at + first) for at in range(len(counted))] for first in (1, letters + 1))


def _number(cell: RawCell) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return unicodedata.normalize("NFKC", str(cell)).strip().strip("()栏") or "?"


def what_by_first(cells: Sequence[RawCell], texts: Set[str], *, noted: bool) -> What | None:
    """What a row is by its first text, if it is no data: a header again, a note or a signature, a group's heading.
    ``noted``: a note stood just above, so a lone line goes with it."""
    first = cells[0] if cells and cells[0] is not None else next((cell for cell in cells if cell is not None), None)
    if not isinstance(first, str):
        return None
    many = len(cells) - cells.count(None)
    if many > 1 and first.isascii() and first.strip() not in texts:
        return None  # every word that makes a row something else is Chinese
    if many == 1:
        return _lone(first, noted=noted)
    if first.strip() in texts and all(cell.strip() in texts for cell in cells if isinstance(cell, str)):
        return What.REPEATED_HEADER
    if first == _HEAVENLY[0] and is_numbering(cells):
        return What.NUMBERING
    return What.NOTE if _is_signed(first) else None


def _lone(first: str, *, noted: bool) -> What | None:
    """The only text of its row."""
    plain = "".join(unicodedata.normalize("NFKC", first).split())
    if plain and (noted or _is_signed(first) or (_LISTED.match(plain) and len(plain) > _SENTENCE)):
        return What.NOTE
    return What.GROUP if _GROUP.fullmatch(plain) else None


@lru_cache(maxsize=4096)
def _is_signed(first: str) -> bool:
    if ":" not in first and "：" not in first and len(first) > _LONGEST_LABEL:
        return False
    return _SIGNED.match("".join(unicodedata.normalize("NFKC", first).split())) is not None
