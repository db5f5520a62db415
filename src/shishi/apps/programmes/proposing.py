"""Where a draft begins: a change of what is installed, or the workbook that an office already keeps; and what more
tables it takes in from workbooks."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path

from shishi.apps.accounts.models import Person
from shishi.apps.divisions.selectors import find_division
from shishi.apps.programmes.draft_checks import installed_pack
from shishi.apps.programmes.draft_history import DraftView, approved_words, draft_for
from shishi.apps.programmes.drafts import begin_draft, save_draft
from shishi.apps.programmes.selectors import programme_named
from shishi.core.calendars import day_of
from shishi.core.divisions import Level, level_of, normalise, official
from shishi.core.errors import Misuse
from shishi.core.guessing import GuessedTable

MOST_NAMES = 400
"""Different texts of a sheet that are looked up among the divisions."""


@dataclass(frozen=True, slots=True)
class Beside:
    """A table whose rows hang on those of another: of the one in that ``place`` among all that were proposed. ``link``:
    the column that says on which row."""

    title: str
    name: str
    guessed: GuessedTable
    place: int
    link: str


@dataclass(frozen=True, slots=True)
class Proposed:
    """A table as it was guessed from a sheet. ``passed``: what of the sheet was not read, in Chinese; ``others``: the
    sheets that were left aside; ``beside``: the tables of a survey's repeats."""

    sheet: str
    title: str
    header: tuple[int, int]
    guessed: GuessedTable
    passed: tuple[str, ...]
    others: tuple[str, ...]
    beside: tuple[Beside, ...] = ()


@dataclass(frozen=True, slots=True)
class NewList:
    """What a programme needs of a list that is not installed yet: its title and division."""

    title: str
    division: str


def propose(path: Path, sheet: str = "", *, on: date | None = None) -> Proposed:
    """The table of a workbook's sheet (default: the one with the most rows); a workbook with a sheet ``survey`` is an
    XLSForm. ``on``: the day by whose divisions names are looked up (without it codes alone are known). ``Refused``:
    all that reading a workbook refuses, ``survey_malformed``; ``Misuse``: ``sheet_unknown``."""
    from shishi.adapters.spreadsheets.outlining import MOST_ROWS, outline_workbook
    from shishi.core.guessing import guess_table
    from shishi.packs.naming import identifier_for

    outlines = outline_workbook(path)
    if not sheet and any(item.sheet.strip().lower() == SURVEY for item in outlines):
        return _survey(path)
    found = next((item for item in outlines if item.sheet == sheet), None) if sheet else outlines[0]
    if found is None:
        names = "、".join(item.sheet for item in outlines)
        raise Misuse("sheet_unknown", f"没有名为“{sheet}”的工作表，或它没有表头。可选：{names}。")
    guessed = guess_table(found.columns, identifier_for, _known_divisions(on) if on else None)
    passed = [f"第 {item.row} 行（{WORDS.get(item.what.value, '未读取')}）：{item.text}" for item in found.passed]
    if found.more:
        passed.append(f"数据超过 {MOST_ROWS} 行，只按前 {MOST_ROWS} 行推断。")
    others = tuple(item.sheet for item in outlines if item is not found)
    return Proposed(found.sheet, found.title or found.sheet, found.header, guessed, tuple(passed), others)


SURVEY = "survey"


def _survey(path: Path) -> Proposed:
    """The tables that an XLSForm proposes."""
    from shishi.adapters.spreadsheets.plain import named_sheets
    from shishi.adapters.xforms.surveys import SHEETS, read_survey
    from shishi.packs.naming import identifier_for

    read = read_survey(named_sheets(path, SHEETS), identifier_for)
    first, *rest = read.tables
    beside = tuple(
        Beside(item.title, identifier_for(item.title), item.guessed, item.parent, item.link) for item in rest
    )
    told = tuple(f"重复的一组“{item.title}”另成一张台账，每一行指向它所属的那一行。" for item in beside)
    return Proposed(SURVEY, first.title, (1, 1), first.guessed, told, (), beside)


WORDS = {
    "title": "标题或表头上方的说明",
    "unit": "单位行",
    "numbering": "栏次行",
    "repeated_header": "重复的表头",
    "group": "分组标题",
    "sample": "示例行",
    "total": "合计行",
    "note": "附注或签名",
}


def _known_divisions(on: date) -> Callable[[str], bool]:
    looked_up = 0

    @lru_cache(maxsize=MOST_NAMES)
    def known(text: str) -> bool:
        nonlocal looked_up
        looked_up += 1
        if looked_up > MOST_NAMES or len(text) < 2 or len(text) > 20:
            return False
        try:
            find_division(text, on)
        except Misuse as wrong:
            return wrong.code == "division_ambiguous"
        return True

    return known


def begin_change(programme: str, *, by: Person, at: datetime) -> DraftView:
    """A draft that changes an installed programme (by any name that is unique)."""
    from shishi.packs.drafting import change_of

    pack, known = programme_named(programme)
    files = change_of(pack, known.code, approved_words(pack.name, known.code))
    return begin_draft(pack.name, known.code, files, title=known.title, division=pack.division, by=by, at=at)


def begin_from_workbook(
    programme: str,
    path: Path,
    sheet: str = "",
    *,
    title: str = "",
    file: str = "",
    whole: NewList | None = None,
    by: Person,
    at: datetime,
) -> DraftView:
    """A draft of a new programme (``jurisdiction/year/code``) over the table that the workbook looks like. ``whole``:
    the list that it begins, where none of that name is installed. ``Misuse``: ``programme_name_malformed``,
    ``programme_taken``, ``pack_missing`` and what ``propose`` and ``begin_draft`` raise."""
    from shishi.packs.editing import Aim, Frame, new_programme, origin_of, table_from_guess

    pack, code = _names(programme)
    installed = installed_pack(pack)
    if installed is None and whole is None:
        raise Misuse("pack_missing", f"还没有安装清单 {pack}。请写明它的标题和行政区划，或改用已安装的清单。")
    if installed and any(item.code == code for item in installed.programmes):
        raise Misuse("programme_taken", f"清单 {pack} 里已有项目“{code}”。请换一个代码，或起草对它的修改。")
    found = propose(path, sheet, on=day_of(at))
    division = normalise(installed.division if installed else (whole.division if whole else ""))
    level = Level(min(level_of(division) + 1, Level.COUNTY))
    called = title or found.title
    frame = Frame(called, PENDING_PROMISE, PENDING_BASIS, PENDING_DOCUMENT, official(division), level.name.lower())
    tree = table_from_guess(found.guessed, found.title)
    files = _with_beside(new_programme(code, "items", tree, frame, Aim("count")), code, "items", found)
    if installed is None and whole is not None:
        files["pack.yaml"] = _list_file(pack, whole)
    origin = origin_of(found.guessed, file or path.name, found.sheet, [*found.passed, *_left(found)])
    return begin_draft(pack, code, files, title=called, division=division, origin=origin, by=by, at=at)


def add_table(
    number: int, *, title: str, path: Path | None = None, sheet: str = "", file: str = "", by: Person, at: datetime
) -> tuple[DraftView, str]:
    """One more table in a draft, empty or as the workbook looks, and its short name. ``Misuse``: ``unknown_draft`` and
    what ``propose`` and ``save_draft`` raise."""
    from shishi.packs.editing import blank_table, table_from_guess, with_table

    held = draft_for(by, number, at=at)
    found = propose(path, sheet, on=day_of(at)) if path else None
    called = title.strip() or (found.title if found else "")
    tree = table_from_guess(found.guessed, called) if found else blank_table(called)
    files, short = with_table(held.files, held.code, tree)
    note = f"添了台账《{called}》"
    if found:
        files = _with_beside(files, held.code, short, found)
        note = f"{note}，照《{file or (path.name if path else '')}》。主键：{found.guessed.key_reason}"
    return save_draft(number, files, title=held.title, by=by, at=at, note=note[:500]), short


def _with_beside(files: Mapping[str, str], code: str, first: str, found: Proposed) -> dict[str, str]:
    """The files with the tables of a survey's repeats, each pointing to the one that its rows hang on."""
    from shishi.packs.editing import Link, table_from_guess, with_table

    names, titles, made = [first], [found.title], dict(files)
    for item in found.beside:
        link = Link(item.link, names[item.place], f"所属{titles[item.place]}"[:60])
        made, short = with_table(made, code, table_from_guess(item.guessed, item.title, link), item.name)
        names.append(short)
        titles.append(item.title)
    return made


PENDING_PROMISE = "待填（承诺的事，一两句话，写明数量和期限）"
PENDING_BASIS = "待填（依据哪份文件）"
PENDING_DOCUMENT = "待填（文件标题）"


def _left(found: Proposed) -> list[str]:
    return [f"工作表“{name}”没有用到。" for name in found.others]


def _names(programme: str) -> tuple[str, str]:
    match = re.fullmatch(r"([a-z][a-z0-9_]*/[0-9]{4})/([a-z][a-z0-9_]{0,59})", programme)
    if match is None:
        message = f"“{programme}”不是项目的全名：应写成 发布者/年份/代码，如 xuancheng/2022/canteens，代码用小写字母、数字和下划线。"
        raise Misuse("programme_name_malformed", message)
    return match[1], match[2]


def _list_file(pack: str, whole: NewList) -> str:
    from shishi.packs.yaml_writing import yaml_text

    jurisdiction, year = pack.split("/")
    return yaml_text(
        {
            "jurisdiction": jurisdiction,
            "year": int(year),
            "title": whole.title,
            "division": official(normalise(whole.division)),
            "source": whole.title,
        }
    )
