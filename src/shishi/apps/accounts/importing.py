"""People and posts from a workbook: a line for each post; accepted whole, or refused whole with each fault at its
cell."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from django.db import transaction

from shishi.adapters.spreadsheets.lists import ListRow, read_list
from shishi.adapters.spreadsheets.template import write_template
from shishi.apps.accounts.models import Person
from shishi.apps.accounts.roles import Role
from shishi.apps.accounts.selectors import EVERYTHING
from shishi.apps.accounts.services import add_person, add_post
from shishi.apps.divisions.selectors import find_division
from shishi.core.divisions import Division
from shishi.core.errors import Issue, Misuse, Refused, ShishiError
from shishi.core.tables import Choice, Field, FieldType, Table

PEOPLE = Table(
    "shishi/people",
    "人员和岗位",
    1,
    (
        Field("username", "用户名", FieldType.TEXT, required=True, synonyms=("账号", "登录名")),
        Field("name", "姓名", FieldType.TEXT, required=True),
        Field("mail", "邮箱", FieldType.TEXT),
        Field("body", "单位代码", FieldType.TEXT, required=True),
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
)
AT_FAULT = {
    "unknown_body": "body",
    "roles_exclude_each_other": "role",
    "name_malformed": "username",
    "user_differs": "username",
    "unknown_programme": "programmes",
    "out_of_reach": "division",
}
"""Which cell an error of a service is about; anything else is about the division."""
_BETWEEN = re.compile(r"[、，,;；\n]+")


@dataclass(frozen=True, slots=True)
class Imported:
    """What a workbook brought, or would bring: rows read, people and posts that are new."""

    rows: int
    people: int
    posts: int


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
    issues = list(found.issues)
    before = (Person.objects.count(), _posts())
    with transaction.atomic():
        for row in found.rows:
            issues += _take(row, programmes, demonstration, by, at)
        after = (Person.objects.count(), _posts())
        transaction.set_rollback(dry_run or bool(issues))
    if issues:
        raise Refused("people_refused", f"有 {len(issues)} 处要改，一行也没有导入。请改好后整份再交。", issues)
    return Imported(len(found.rows), after[0] - before[0], after[1] - before[1])


def _posts() -> int:
    from shishi.apps.accounts.models import Post

    return Post.objects.count()


def _take(row: ListRow, programmes: Mapping[str, str], demonstration: bool, by: Person, at: datetime) -> list[Issue]:
    until = row.values["until"]
    try:
        with transaction.atomic():
            named = {name: row.text(name) for name in ("username", "name", "mail")}
            add_person(**named, demonstration=demonstration, by=by, at=at)
            add_post(
                username=row.text("username"),
                body=row.text("body"),
                role=Role(row.text("role")),
                divisions=[_division(word).code for word in _words(row.text("division"))],
                programmes=[_programme(word, programmes) for word in _words(row.text("programmes"))] or [EVERYTHING],
                until=until if isinstance(until, date) else None,
                by=by,
                at=at,
            )
    except ShishiError as wrong:
        return [row.issue(AT_FAULT.get(wrong.code, "division"), wrong.code, wrong.message)]
    return []


def _words(text: str) -> list[str]:
    return [word.strip() for word in _BETWEEN.split(text) if word.strip()]


def _division(word: str) -> Division:
    return find_division(word.strip())


def _programme(word: str, programmes: Mapping[str, str]) -> str:
    try:
        return programmes[word.strip()]
    except KeyError as unknown:
        raise Misuse("unknown_programme", f"没有名为“{word.strip()}”的重点项目。") from unknown
