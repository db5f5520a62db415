"""Chinese typography 版式: dates, numbers and titles in the forms of GB/T 9704-2012, and how wide a text stands."""

from __future__ import annotations

import unicodedata
from datetime import date

from shishi.core.errors import Misuse


def text_width(text: str, character: int) -> int:
    """Width of ``text`` when a full-width character is ``character`` wide; what is
    not Chinese is taken as 0.55 of it."""
    full = sum(unicodedata.east_asian_width(letter) in "WFA" for letter in text)
    return full * character + -(-(len(text) - full) * character * 11 // 20)


def chinese_date(day: date) -> str:
    """``2021年9月30日``: full year, Arabic figures, nothing padded (GB/T 9704 §7.3.5.4)."""
    return f"{day.year}年{day.month}月{day.day}日"


def document_number(series: str, year: int, sequence: int) -> str:
    """``提示〔2021〕3号``: six-angle brackets U+3014 and U+3015, no 第, nothing padded (GB/T 9704 §7.2.5)."""
    if not series or sequence < 1 or any(mark in series for mark in "〔〕[]［］()（）"):
        raise Misuse("document_number", "字号由机关代字、年份和从1起的序号组成，代字中不写括号。")
    return f"{series}〔{year}〕{sequence}号"


def chinese_number(number: int) -> str:
    """1 to 99 in Chinese numerals: 一, 十, 十二, 二十, 九十九."""
    if not 1 <= number <= 99:
        raise Misuse("chinese_number", f"中文序号只到九十九，现为{number}。请减少同级标题。")
    digits = "一二三四五六七八九"
    tens, ones = divmod(number, 10)
    return ("" if tens == 0 else "十" if tens == 1 else digits[tens - 1] + "十") + (digits[ones - 1] if ones else "")


def title_lines(title: str, characters: int = 20) -> tuple[str, ...]:
    """A title in balanced lines of at most ``characters`` full-width characters, parted after 的 or a mark where one is
    near. A line break in the title is kept."""
    if "\n" in title:
        return tuple(line for part in title.split("\n") for line in title_lines(part.strip(), characters) if line)
    if text_width(title, 20) <= characters * 20:
        return (title,)
    lines = -(-text_width(title, 20) // (characters * 20))
    aim = len(title) // lines

    def cost(place: int) -> int:
        too_long = text_width(title[:place], 20) > characters * 20
        too_much_left = text_width(title[place:], 20) > (lines - 1) * characters * 20
        quoted = title[:place].count("“") > title[:place].count("”")
        wish = 200 * quoted - 3 * (title[place - 1] in "的、，：；》”")
        return abs(place - aim) + wish + 99 * (too_long + too_much_left)

    best = min((place for place in range(2, len(title) - 1) if _may_part(title, place)), key=cost, default=aim)
    return (*title_lines(title[:best], characters), *title_lines(title[best:], characters))


def _may_part(title: str, place: int) -> bool:
    before, after = title[place - 1], title[place]
    if after in "、，。：；？！》”’）〕" or before in "《“‘（〔":
        return False
    return not (before.isascii() and (after.isascii() or before.isdigit()))
