"""Fonts 字体: which file draws which face of an official document, and whether it has every character of a text.

A folder holds the fonts: ``.setup/fonts`` of free ones by default, an office's own through ``SHISHI_FONTS``. A file
``fonts.toml`` in that folder may name other families: ``[pdf]`` for the page, ``[word]`` for the names written into
Word files (the first is used, the others stand in where it is not installed), each with keys of :class:`Face`.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from shishi.core.errors import Refused

if TYPE_CHECKING:
    import typst


class Face(StrEnum):
    """The faces of GB/T 9704-2012; ``chart`` labels drawings, ``rare`` stands in for characters that a face lacks."""

    BODY = "body"
    TITLE = "title"
    HEI = "hei"
    KAI = "kai"
    SONG = "song"
    CHART = "chart"
    RARE = "rare"


TITLES: Mapping[Face, str] = {
    Face.BODY: "仿宋",
    Face.TITLE: "小标宋",
    Face.HEI: "黑体",
    Face.KAI: "楷体",
    Face.SONG: "宋体",
    Face.CHART: "图表用黑体",
    Face.RARE: "生僻字备用字体",
}

FAMILIES: Mapping[Face, tuple[str, ...]] = {
    Face.BODY: ("FangSong_GB2312", "仿宋_GB2312", "FangSong", "仿宋", "FandolFang R"),
    Face.TITLE: ("FZXiaoBiaoSong-B05S", "方正小标宋简体", "FZXiaoBiaoSong-B05", "Noto Serif SC", "Noto Serif CJK SC"),
    Face.HEI: ("SimHei", "黑体", "FandolHei"),
    Face.KAI: ("KaiTi_GB2312", "楷体_GB2312", "KaiTi", "楷体", "FandolKai"),
    Face.SONG: ("SimSun", "宋体", "FandolSong"),
    Face.CHART: ("Noto Sans SC", "Noto Sans CJK SC", "SimHei", "黑体", "FandolHei"),
    Face.RARE: ("LXGW WenKai", "SimSun-ExtB", "Noto Serif CJK SC"),
}

WORD_NAMES: Mapping[Face, str] = {
    Face.BODY: "仿宋_GB2312,仿宋,FangSong",
    Face.TITLE: "方正小标宋简体,方正小标宋_GBK,宋体",
    Face.HEI: "黑体,SimHei",
    Face.KAI: "楷体_GB2312,楷体,KaiTi",
    Face.SONG: "宋体,SimSun",
    Face.CHART: "黑体,SimHei",
    Face.RARE: "宋体,SimSun",
}


@dataclass(frozen=True, slots=True)
class FontFile:
    """One face: the family as the typesetter knows it, the file, the position in a collection."""

    family: str
    path: Path
    index: int


@dataclass(frozen=True, slots=True)
class FontSet:
    """A folder of fonts, resolved: one file for each face."""

    folder: Path
    files: Mapping[Face, FontFile]
    word: Mapping[Face, str]

    def families(self, face: Face) -> tuple[str, str]:
        """The family of a face and the one that helps out."""
        return self.files[face].family, self.files[Face.RARE].family

    def check(self, face: Face, text: str) -> None:
        """Raise ``Refused("glyph_missing")`` naming the characters that neither the face nor its stand-in can draw."""
        wanted = {ord(letter) for letter in text} - {0x200B}
        for role in (face, Face.RARE):
            wanted -= coverage(self.files[role].path, self.files[role].index)
        if wanted:
            shown = "、".join(f"{chr(code)}（U+{code:04X}）" for code in sorted(wanted))
            message = f"{TITLES[face]}字体中没有这些字：{shown}。请在字体文件夹 {self.folder} 中加入含有它们的字体，"
            raise Refused("glyph_missing", message + "或改用通用的字。")


def default_folder() -> Path:
    """``SHISHI_FONTS``, else ``.setup/fonts`` where the program was set up, else below the working folder."""
    named = os.environ.get("SHISHI_FONTS")
    if named:
        return Path(named)
    installed = Path(__file__).resolve().parents[4] / ".setup" / "fonts"
    return installed if installed.is_dir() else Path.cwd() / ".setup" / "fonts"


def find_fonts(folder: Path | None = None) -> FontSet:
    """The fonts in ``folder``. Raises ``Refused("font_missing")`` naming every face that has no font."""
    return _resolved(folder or default_folder())


@cache
def _resolved(place: Path) -> FontSet:
    found = {font.family: font for font in _listed(place)}
    own = _own_names(place)
    files: dict[Face, FontFile] = {}
    for face in Face:
        named = own.get("pdf", {}).get(face.value)
        family = next((name for name in ((named,) if named else FAMILIES[face]) if name in found), None)
        if family:
            files[face] = found[family]
    missing = [face for face in Face if face not in files]
    if missing:
        names = "、".join(TITLES[face] for face in missing)
        raise Refused(
            "font_missing",
            f"字体文件夹 {place} 中缺少{names}。请运行 make setup 备齐免费字体，或用 SHISHI_FONTS 指定本单位的字体文件夹。",
        )
    word = {face: own.get("word", {}).get(face.value, WORD_NAMES[face]) for face in Face}
    return FontSet(place, files, word)


@cache
def coverage(path: Path, index: int) -> frozenset[int]:
    """The code points that a font file has glyphs for."""
    from fontTools.ttLib import TTFont

    with TTFont(path, fontNumber=index, lazy=True) as font:
        return frozenset(font.getBestCmap())


def book_of(folder: Path) -> typst.Fonts:
    """The fonts below a folder as the typesetter reads them: none of the system, none of its own."""
    import typst

    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(folder)])


def _listed(folder: Path) -> list[FontFile]:
    fonts = sorted(book_of(folder).fonts(), key=lambda font: (font.family, font.weight, font.path or ""))
    return [FontFile(font.family, Path(font.path), font.index) for font in fonts if font.path]


def _own_names(folder: Path) -> dict[str, dict[str, str]]:
    settings = folder / "fonts.toml"
    if not settings.is_file():
        return {}
    try:
        read = tomllib.loads(settings.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise Refused("font_missing", f"字体说明 {settings} 读不懂：{fault}。请改正后重试。") from fault
    return {name: {key: str(value) for key, value in part.items()} for name, part in read.items()}
