"""The arrangement of the demonstration, read from
``<pack>/demonstration/<programme>.yaml``: how many, where, on which day."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import Field, ValidationError

from shishi.core.errors import Misuse
from shishi.packs.faults import Faults
from shishi.packs.shape_parts import DivisionCode, FileShape, Text
from shishi.packs.yaml_files import read_yaml

Count = Annotated[int, Field(ge=0)]
PlanT = TypeVar("PlanT", bound=FileShape)


class TitleReport(FileShape):
    """How a division stands on a day: units issued, made and not collected, not yet registered, overdue, blocked."""

    issued: Count
    made: Count
    unregistered: Count
    overdue: Count
    blocked: Count


class TitleDivision(FileShape):
    """One division of ``title_certificates``."""

    clerk: Text
    projects: Count
    units: Count
    households: Count
    remaining: dict[str, Count]
    reports: dict[date, TitleReport]


class TitlePlan(FileShape):
    """``title_certificates``: every division's way to 2021-09-30."""

    programme: Text
    starts: date
    shared_households: Count
    sharing: tuple[DivisionCode, DivisionCode]
    divisions: dict[DivisionCode, TitleDivision]


class HomeSource(FileShape):
    """A housing source: where, how, how many, until when, how far."""

    division: DivisionCode
    kind: Text
    homes: Count
    due_on: date
    stage: Text


class HomeReport(FileShape):
    """Totals on a day, counted from the first source on."""

    delivered: Count
    pre_allocated: Count


class HomePlan(FileShape):
    """``resettlement_homes``."""

    programme: Text
    division: DivisionCode
    clerk: Text
    starts: date
    sources: dict[str, HomeSource]
    reports: dict[date, HomeReport]


class EstateDivision(FileShape):
    """One province of ``estate_renovation``; ``started`` is cumulative."""

    clerk: Text
    planned: Count
    households: Count
    contact_points: Count
    started: dict[date, Count]


class EstatePlan(FileShape):
    """``estate_renovation``."""

    programme: Text
    plan_year: int
    planned_on: date
    planned_clerk: Text
    household_factor: Count
    divisions: dict[DivisionCode, EstateDivision]


def read_plan(path: Path, shape: type[PlanT]) -> PlanT:
    """The plan; ``Misuse`` (``demonstration_plan_unreadable``) when the file is not there or not in shape."""
    faults = Faults()
    file = read_yaml(path, str(path), faults) if path.is_file() else None
    try:
        if file is not None:
            return shape.model_validate(file.tree)
    except ValidationError as error:
        first = error.errors()[0]
        raise _unreadable(path, f"{'.'.join(map(str, first['loc']))}：{first['msg']}") from error
    raise _unreadable(path, "；".join(issue.message for issue in faults.issues) or "没有这个文件")


def _unreadable(path: Path, why: str) -> Misuse:
    return Misuse("demonstration_plan_unreadable", f"读不了演示安排 {path}（{why}），请恢复随程序提供的文件。")
