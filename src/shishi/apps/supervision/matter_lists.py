"""Matters from a workbook: the list that a secretary's office keeps, made into drafts whole or not at all."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from pathlib import Path

from django.db import transaction

from shishi.adapters.spreadsheets.lists import ListRow, read_list
from shishi.adapters.spreadsheets.template import write_template
from shishi.apps.accounts.models import Person
from shishi.apps.accounts.selectors import body_named, body_of
from shishi.apps.audit.services import record
from shishi.apps.files.services import keep
from shishi.apps.programmes.selectors import programmes_for
from shishi.apps.supervision.matters import NewMatter, assign, open_matter, opened_before, require_openable
from shishi.apps.supervision.matters_seen import MatterView
from shishi.core.calendars import day_of
from shishi.core.days import day_of_text
from shishi.core.deadlines import MOST_WORKING_DAYS, limit_of
from shishi.core.errors import Issue, Misuse, Refused, ShishiError
from shishi.core.matters import MatterSource, source_told
from shishi.core.programmes import Programme
from shishi.core.tables import Choice, Field, FieldType, Table
from shishi.core.values import half_width

T = FieldType.TEXT
MATTERS = Table(
    "shishi/matters",
    "督办事项清单",
    1,
    (
        Field(
            "title", "事项", T, required=True, max_length=200, sample="遗留项目测绘和补登",
            synonyms=("事项名称", "督办事项", "任务", "工作任务", "事项内容", "督办内容"),
        ),
        Field(
            "origin", "来源", T, required=True, sample="市长9月30日批示",
            synonyms=("出处", "任务来源", "事项来源", "来源依据"), note="谁的批示、哪次会议、工作报告哪一条。",
        ),
        Field(
            "source", "来源类别", FieldType.ENUMERATION,
            values=tuple(Choice(item.value, item.label) for item in MatterSource),
            note="从“来源”里看得出的可以不填。",
        ),
        Field("source_on", "来源日期", FieldType.DATE, synonyms=("批示日期", "会议日期"), sample="2021-09-30"),
        Field(
            "programme", "重点项目", T, synonyms=("项目", "所属项目"), sample="",
            note="名称或代码；不填的，归到导入时选的项目。",
        ),
        Field(
            "lead", "牵头单位", T, required=True, synonyms=("责任单位", "主办单位", "承办单位"), sample="某某专班",
            note="系统里的单位名称或单位代码。",
        ),
        Field(
            "assisting", "配合单位", T, synonyms=("协办单位", "责任配合单位"), sample="某某局、某某区专班",
            note="几个单位用顿号隔开。",
        ),
        Field(
            "deliverable", "交付成果", T, required=True, max_length=2000, sample="逐套列出原因，报领导小组办公室备查",
            synonyms=("工作目标", "成果形式", "完成标准", "目标要求", "工作要求"),
            note="做成什么样算办结，写到能对照核验。",
        ),
        Field(
            "until", "完成时限", T, required=True, synonyms=("办结时限", "时限", "完成时间", "办理时限", "截止日期"),
            sample="2021-10-15 或 10个工作日", note="写日期，或交办后的工作日数。",
        ),
        Field(
            "milestones", "节点", T, max_length=2000, synonyms=("时间节点", "阶段安排"),
            sample="2021-10-09 完成测绘；2021-10-12 完成补登", note="先写日期再写名称，几个用分号隔开。",
        ),
        Field("indicators", "相关指标", T, synonyms=("指标",), note="指标名称或代码，几个用顿号隔开。"),
    ),
    ("title", "lead"),
    "programme",
)  # fmt: skip
"""The columns that are understood; others are passed over aloud."""
_BETWEEN = re.compile(r"[、，,;；\n]+")
_PARTS = re.compile(r"[;；\n]+")
_DAY_FIRST = re.compile(r"(\d{4}\D\d{1,2}\D\d{1,2}日?)[\s:：，,、前]*(.+)", re.ASCII | re.DOTALL)
_AT_FAULT = {
    "matter_incomplete": "deliverable",
    "matter_body_twice": "assisting",
    "milestone_after_deadline": "milestones",
    "due_passed": "until",
    "matter_deadline_missing": "until",
    "out_of_reach": "programme",
    "unknown_indicator": "indicators",
}
"""At which cell a refusal of the service belongs; anything else at the matter's name."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line as it was understood: where it stands, what would be opened, the bodies by name, and the matter that is
    there already (whatever became of it), if there is one."""

    sheet: str
    row: int
    new: NewMatter
    programme: str
    lead: str
    assisting: tuple[str, ...]
    held: MatterView | None


@dataclass(frozen=True, slots=True)
class MatterList:
    """A whole list. ``notes``: what was passed over."""

    lines: tuple[Line, ...]
    notes: tuple[str, ...]

    @property
    def new(self) -> tuple[Line, ...]:
        """The lines that would open a matter."""
        return tuple(line for line in self.lines if line.held is None)

    @property
    def held(self) -> tuple[Line, ...]:
        """The lines whose matter is there already."""
        return tuple(line for line in self.lines if line.held is not None)


def matter_template(path: Path, *, demonstration: bool = False) -> None:
    """The empty workbook to fill in."""
    write_template(MATTERS, path, demonstration=demonstration)


def read_matters(path: Path, programme: str, *, by: Person, at: datetime, demonstration: bool = False) -> MatterList:
    """What a list says and would open; nothing is written. ``programme`` (full name) is for lines that name none.
    ``Refused`` (matters_refused) with an issue at each faulty cell."""
    found = read_list(path, MATTERS, as_it_is=("until",))
    reader = _Reader(programme, by, at, demonstration)
    issues, lines = list(found.issues), []
    for row in found.rows:
        told = reader.line(row)
        if isinstance(told, Line):
            lines.append(told)
        else:
            issues += told
    if issues:
        issues.sort(key=lambda item: (item.sheet, item.row or 0, len(item.column), item.column))
        raise Refused("matters_refused", f"有 {len(issues)} 处要改，一件也没有立项。请改好后整份再交。", issues)
    return MatterList(tuple(lines), found.notes)


@transaction.atomic
def import_matters(
    path: Path,
    programme: str,
    *,
    by: Person,
    at: datetime,
    assigned: bool = False,
    demonstration: bool = False,
) -> tuple[MatterList, tuple[MatterView, ...]]:
    """Open every matter of a list that is not there yet, all or none; ``assigned``: and hand them to their bodies at
    once. Returns the list and what was opened. The same list again opens nothing."""
    told = read_matters(path, programme, by=by, at=at, demonstration=demonstration)
    made = [open_matter(line.new, by=by, at=at) for line in told.new]
    if assigned:
        made = [assign(str(item.id), by=by, at=at) for item in made]
    if made:
        content = path.read_bytes()
        held = keep(content, at).sha256
        detail = {"file": path.name[:255], "sha256": held, "matters": [item.id for item in made], "assigned": assigned}
        _record(by, at, "matters.import", held, detail)
    return told, tuple(made)


def _record(by: Person, at: datetime, action: str, sha256: str, detail: Mapping[str, object]) -> None:
    body = body_of(by, day_of(at))
    record(at=at, person=by.username, body=body, action=action, subject=f"file:{sha256}", detail=detail)


class _Reader:
    """Reads line after line. What it knows of the store is read once."""

    def __init__(self, programme: str, by: Person, at: datetime, demonstration: bool) -> None:
        self._usual, self._by, self._at, self._demonstration = programme, by, at, demonstration
        self._seen: dict[tuple[str, ...], int] = {}

    @cached_property
    def _programmes(self) -> Mapping[str, Programme]:
        return {
            word: item
            for _, item in programmes_for(self._by, at=self._at)
            for word in (item.title, item.name, item.name.rpartition("/")[2])
        }

    def line(self, row: ListRow) -> Line | list[Issue]:
        """The line, or its faults."""
        issues: list[Issue] = []
        programme = self._programme(row, issues)
        bodies = [self._body(row, "lead", row.text("lead"), issues)]
        bodies += [self._body(row, "assisting", word, issues) for word in _words(row.text("assisting"))]
        source = self._source(row, issues)
        within, due = _limit(row, issues)
        milestones = tuple(_milestones(row, issues))
        indicators = _indicators(row, programme, issues) if programme else ()
        if issues or programme is None or source is None:
            return issues
        source_on = row.values["source_on"]
        new = NewMatter(
            programme=programme.name,
            title=row.text("title"),
            source=source,
            source_text=row.text("origin"),
            deliverable=row.text("deliverable"),
            lead=bodies[0][0],
            assisting=tuple(code for code, _ in bodies[1:]),
            within=within,
            due=due,
            source_on=source_on if isinstance(source_on, date) else None,
            milestones=milestones,
            indicators=indicators,
            demonstration=self._demonstration,
        )
        return self._checked(row, new, programme.title, [title for _, title in bodies])

    def _checked(self, row: ListRow, new: NewMatter, programme: str, titles: Sequence[str]) -> Line | list[Issue]:
        key = (new.programme, new.title.strip(), new.source, new.source_text.strip(), new.lead)
        before = self._seen.setdefault(key, row.read.row)
        if before != row.read.row:
            return [row.issue("title", "matter_twice", f"与第 {before} 行是同一件事项。请只留一行。")]
        held = opened_before(new, self._at)
        if held is None:
            try:
                require_openable(new, by=self._by, at=self._at)
            except ShishiError as wrong:
                return [row.issue(_AT_FAULT.get(wrong.code, "title"), wrong.code, wrong.message)]
        return Line(row.read.sheet, row.read.row, new, programme, titles[0], tuple(titles[1:]), held)

    def _programme(self, row: ListRow, issues: list[Issue]) -> Programme | None:
        word = row.text("programme").strip() or self._usual
        found = self._programmes.get(word)
        if found is None:
            known = "、".join(dict.fromkeys(item.title for item in self._programmes.values()))
            told = f"没有您可以查看的重点项目“{word}”。可以写：{known[:200]}。"
            issues.append(row.issue("programme", "unknown_programme", told))
        return found

    def _body(self, row: ListRow, field: str, word: str, issues: list[Issue]) -> tuple[str, str]:
        try:
            found = body_named(half_width(word).strip(), day_of(self._at))
        except Misuse as wrong:
            issues.append(row.issue(field, wrong.code, wrong.message))
            return "", ""
        return found.code, found.title

    def _source(self, row: ListRow, issues: list[Issue]) -> MatterSource | None:
        chosen = row.values["source"]
        found = MatterSource(str(chosen)) if chosen else source_told(row.text("origin"))
        if found is None:
            kinds = "、".join(item.label for item in MatterSource)
            told = f"从“{row.text('origin')[:40]}”看不出是哪一类来源。请在“来源类别”栏写明：{kinds}。"
            issues.append(row.issue("source" if "source" in row.read.cells else "origin", "source_unclear", told))
        return found


def _words(text: str) -> list[str]:
    return [word.strip() for word in _BETWEEN.split(text) if word.strip()]


def _limit(row: ListRow, issues: list[Issue]) -> tuple[int, date | None]:
    """Working days and day of the deadline; one of them is told."""
    raw = row.raw("until")
    if isinstance(raw, datetime):
        return 0, raw.date()
    if isinstance(raw, date):
        return 0, raw
    plain = str(int(raw)) if isinstance(raw, float) and raw.is_integer() else str(raw)
    found = limit_of(plain)
    if found is None and plain.isascii() and plain.isdigit() and 0 < int(plain) <= MOST_WORKING_DAYS:
        found = int(plain)
    if isinstance(found, date):
        return 0, found
    if found is None:
        told = f"“完成时限”请写日期（如 2021-10-15）或工作日数（如 10个工作日），现为“{plain[:30]}”。"
        issues.append(row.issue("until", "limit_malformed", told))
    return found or 0, None


def _milestones(row: ListRow, issues: list[Issue]) -> Iterator[tuple[str, date]]:
    for part in _PARTS.split(row.text("milestones")):
        if not part.strip():
            continue
        found = _DAY_FIRST.fullmatch(half_width(part))
        day = day_of_text(found[1]) if found else None
        if found is None or day is None or not found[2].strip():
            told = f"节点“{part.strip()[:30]}”写法不对，先写日期再写名称，如：2021-10-11 完成测绘。"
            issues.append(row.issue("milestones", "milestone_malformed", told))
            continue
        yield found[2].strip()[:200], day


def _indicators(row: ListRow, programme: Programme, issues: list[Issue]) -> tuple[str, ...]:
    known = {word: item.code for item in programme.indicators for word in (item.title, item.code)}
    words = _words(row.text("indicators"))
    for word in words:
        if word not in known:
            titles = "、".join(item.title for item in programme.indicators)
            told = f"“{programme.title}”没有指标“{word}”。现有：{titles[:200]}。"
            issues.append(row.issue("indicators", "unknown_indicator", told))
    return tuple(dict.fromkeys(known[word] for word in words if word in known))
