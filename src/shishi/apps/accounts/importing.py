"""People and posts from a workbook: a line for each post; accepted whole, or refused whole with each fault at its
cell."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from shishi.adapters.spreadsheets.lists import ListRow, read_list
from shishi.adapters.spreadsheets.template import write_template
from shishi.apps.accounts.models import Person, Post
from shishi.apps.accounts.roles import Role
from shishi.apps.accounts.selectors import EVERYTHING, body_named
from shishi.apps.accounts.services import add_person, add_post
from shishi.apps.divisions.selectors import find_division
from shishi.core.calendars import day_of
from shishi.core.errors import Issue, Misuse, Refused, ShishiError
from shishi.core.tables import Choice, Field, FieldType, Table

PEOPLE = Table(
    "shishi/people",
    "人员和岗位",
    1,
    (
        Field("username", "用户名", FieldType.TEXT, required=True, max_length=80, synonyms=("账号", "登录名")),
        Field("name", "姓名", FieldType.TEXT, required=True, max_length=80),
        Field("mail", "邮箱", FieldType.TEXT, max_length=254),
        Field(
            "body", "单位", FieldType.TEXT, required=True, synonyms=("单位代码", "单位名称", "所在单位"),
            note="系统里的单位名称或单位代码。",
        ),
        Field(
            "role",
            "角色",
            FieldType.ENUMERATION,
            required=True,
            values=tuple(Choice(role.value, role.label) for role in Role),
        ),
        Field("division", "行政区划", FieldType.TEXT, required=True, synonyms=("权限范围",)),
        Field("programmes", "重点项目", FieldType.TEXT),
        Field("until", "截止日", FieldType.DATE),
    ),
    ("username", "body", "role"),
    "division",
)  # fmt: skip
AT_FAULT = {
    "unknown_body": "body",
    "body_ambiguous": "body",
    "mail_malformed": "mail",
    "until_past": "until",
    "row_twice": "username",
    "all_rounder_not_allowed": "role",
    "roles_exclude_each_other": "role",
    "name_malformed": "username",
    "user_differs": "username",
    "unknown_programme": "programmes",
    "out_of_reach": "division",
}
"""Which cell an error of a service is about; anything else is about the division."""
_BETWEEN = re.compile(r"[、，,;；\n]+")


@dataclass(frozen=True, slots=True)
class Line:
    """A line as it was understood, and what of it is new."""

    row: int
    username: str
    name: str
    body: str
    role: str
    divisions: tuple[str, ...]
    programmes: tuple[str, ...]
    until: date | None
    new_person: bool
    new_post: bool


@dataclass(frozen=True, slots=True)
class Imported:
    """What a workbook brought, or would bring: its lines, people and posts that are new. ``notes``: what was passed
    over."""

    lines: tuple[Line, ...]
    people: int
    posts: int
    notes: tuple[str, ...] = ()

    @property
    def rows(self) -> int:
        """How many lines were read."""
        return len(self.lines)


def people_template(path: Path) -> None:
    """The empty workbook to fill in."""
    write_template(PEOPLE, path)


def import_people(
    path: Path,
    *,
    programmes: Mapping[str, str],
    demonstration: bool,
    dry_run: bool,
    by: Person,
    at: datetime,
) -> Imported:
    """Take in people and their posts; what is there already changes nothing. ``programmes``: every name or title of a
    programme → its full name. ``Refused`` (people_refused) with an issue at each faulty cell; then nothing is
    written."""
    found = read_list(path, PEOPLE)
    issues, lines = list(found.issues), []
    with transaction.atomic():
        reader = _Reader(programmes, demonstration, by, at)
        for row in found.rows:
            told = reader.take(row)
            if isinstance(told, Line):
                lines.append(told)
            else:
                issues.append(told)
        transaction.set_rollback(dry_run or bool(issues))
    if issues:
        issues.sort(key=lambda item: (item.sheet, item.row or 0, len(item.column), item.column))
        raise Refused("people_refused", f"有 {len(issues)} 处要改，一行也没有导入。请改好后整份再交。", issues)
    people = {line.username for line in lines if line.new_person}
    return Imported(tuple(lines), len(people), sum(line.new_post for line in lines), found.notes)


class _Reader:
    """Takes line after line; what it knows of the bodies is read once."""

    def __init__(self, programmes: Mapping[str, str], demonstration: bool, by: Person, at: datetime) -> None:
        self._programmes, self._demonstration, self._by, self._at = programmes, demonstration, by, at
        self._seen: dict[tuple[str, ...], int] = {}

    def take(self, row: ListRow) -> Line | Issue:
        """Write the line, or say what is wrong with it."""
        try:
            with transaction.atomic():
                return self._written(row)
        except ShishiError as wrong:
            return row.issue(AT_FAULT.get(wrong.code, "division"), wrong.code, wrong.message)

    def _written(self, row: ListRow) -> Line:
        until = row.values["until"]
        body, role = body_named(row.text("body"), day_of(self._at)), Role(row.text("role"))
        divisions = [find_division(word) for word in _words(row.text("division"))]
        programmes = [self._programme(word) for word in _words(row.text("programmes"))] or [EVERYTHING]
        self._once(row, (row.text("username"), body.code, role.value))
        if isinstance(until, date) and until < day_of(self._at):
            raise Misuse("until_past", f"截止日 {until} 已经过去。请改为今后的日子，或留空。")
        username, by, at = row.text("username"), self._by, self._at
        had_person = Person.objects.filter(username=username).exists()
        mail = _mail(row.text("mail"))
        add_person(username=username, name=row.text("name"), mail=mail, demonstration=self._demonstration, by=by, at=at)
        last = Post.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        ends = until if isinstance(until, date) else None
        reach = {"divisions": [item.code for item in divisions], "programmes": programmes}
        post = add_post(username=username, body=body.code, role=role, until=ends, by=by, at=at, **reach)
        return Line(
            row.read.row,
            username,
            row.text("name"),
            body.title,
            role.label,
            tuple(item.name for item in divisions),
            tuple(_words(row.text("programmes"))),
            ends,
            not had_person,
            post.pk > last,
        )

    def _once(self, row: ListRow, key: tuple[str, ...]) -> None:
        before = self._seen.setdefault(key, row.read.row)
        if before != row.read.row:
            raise Misuse("row_twice", f"与第 {before} 行是同一个人的同一个岗位。请只留一行，范围写在一起。")

    def _programme(self, word: str) -> str:
        try:
            return self._programmes[word]
        except KeyError as unknown:
            raise Misuse("unknown_programme", f"没有名为“{word}”的重点项目。") from unknown


def _mail(text: str) -> str:
    if text:
        try:
            validate_email(text)
        except ValidationError as wrong:
            raise Misuse("mail_malformed", f"“{text[:60]}”不是邮箱地址。请改正，没有邮箱的留空。") from wrong
    return text


def _words(text: str) -> list[str]:
    return [word.strip() for word in _BETWEEN.split(text) if word.strip()]
