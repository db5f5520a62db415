"""Recipes 配方 of demonstration rows: ``<pack>/demonstration/*.yaml`` as data; ``growing`` makes the workbooks.

A recipe says how many rows of each table are held by each day, where they lie, and how every cell comes about. Counts
and totals are exact: over all divisions, or for each one that hands in where the recipe says so.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BeforeValidator, Field, ValidationError, model_validator

from shishi.core.errors import Misuse
from shishi.packs.faults import Faults
from shishi.packs.shape_parts import Code, DivisionCode, FileShape, LevelName, Number, YesNo
from shishi.packs.yaml_files import read_yaml

Count = Annotated[int, Field(ge=0)]
Counts = dict[str, Count]
ByDay = dict[date, Counts] | Counts
PlaceText = Annotated[str, Field(pattern=r"^-?\d{1,3}\.\d{1,6},-?\d{1,2}\.\d{1,6}$")]
Identifier = Literal["citizen_number", "credit_code", "phone", "real_estate_unit"]
SOURCES = (
    "one_of", "exactly", "each", "total", "totals", "number", "between", "of", "share", "same_as", "text",
    "identifier", "value", "near",
)  # fmt: skip
PlanT = TypeVar("PlanT", bound=FileShape)


class CellRecipe(FileShape):
    """How the cells of one column come about; exactly one of the forms, and ``when`` it is filled at all."""

    one_of: list[str] | dict[str, Annotated[int, Field(ge=1)]] | None = Field(
        default=None, description="按权重任取一个"
    )
    exactly: ByDay | None = Field(default=None, description="恰好这么多行取这个值，最靠前的状态写在前")
    each: dict[DivisionCode, ByDay] | None = Field(default=None, description="exactly，每个填报单位各写各的")
    order: Literal["first", "last", "scattered"] = Field(
        default="first", description="each 从各单位的头几行、末几行取，还是散开取；散开的位置不随日子变"
    )
    else_: str | None = Field(default=None, alias="else", description="其余各行的值")
    total: dict[date, Number] | Number | None = Field(default=None, description="各行之和恰好是它；可按日给出累计")
    totals: dict[Code, dict[str, dict[date, Number] | Number]] | None = Field(
        default=None, description="另一列取各个值的行，各有各的合计"
    )
    number: tuple[Number, Number] | None = Field(default=None, description="在这个范围内任取，含两端")
    scale: Annotated[int, Field(ge=0, le=6)] = 0
    between: tuple[date, date] | Literal["report"] | None = Field(
        default=None, alias="date", description="在两日之间任取；report 是上次报送之后的某一天"
    )
    not_before: Code | None = Field(default=None, description="date 不早于同一行的这一列")
    of: Code | None = Field(default=None, description="上级行的主键；带 field 时取它的那一列")
    field: Code | None = None
    share: Annotated[dict[Code, Number], Field(min_length=1, max_length=1)] | None = Field(
        default=None, description="同一行另一列的几分之几，舍去零头"
    )
    same_as: Code | None = Field(default=None, description="与同一行的这一列相同")
    text: str | None = Field(default=None, description="文字模板")
    cycle: Annotated[int, Field(ge=1)] | dict[DivisionCode, Annotated[int, Field(ge=1)]] | None = Field(
        default=None, description="模板里的 {cycle} 从 1 数到它再回头；可以各单位各数各的"
    )
    identifier: Identifier | None = Field(default=None, description="通过校验而不属于任何人的号码")
    instead: dict[DivisionCode, DivisionCode] = Field(
        default={}, description="号码里不写这个区划，写那个：开发区的不动产登记在所在的县区"
    )
    per: Code | None = Field(default=None, description="这一列相同的行，取同一个值")
    value: str | None = Field(default=None, description="每行相同的值")
    near: dict[DivisionCode, PlaceText] | None = Field(
        default=None, description="行所在区划的这一点（经度,纬度）附近，两三公里以内"
    )
    when: dict[Code, list[str]] = Field(default={}, description="只有这几列取这些值的行才填")

    @model_validator(mode="before")
    @classmethod
    def _short(cls, tree: Any) -> Any:
        """A bare value is a text template."""
        return tree if isinstance(tree, dict | CellRecipe) else {"text": tree}

    @model_validator(mode="after")
    def _one_form(self) -> CellRecipe:
        forms = [name for name in SOURCES if getattr(self, name) is not None]
        if len(forms) != 1:
            raise ValueError(f"要写且只写一种：{'、'.join(SOURCES)}")
        return self


def _several(tree: Any) -> Any:
    return tree if isinstance(tree, list | tuple) else [tree]


Cells = Annotated[tuple[CellRecipe, ...], BeforeValidator(_several), Field(min_length=1)]
"""One form, or several: each row is filled by the first whose ``when`` it meets."""


class Correction(FileShape):
    """Rows that a clerk told wrongly at first. What the cells of the recipe say comes with the correction, as of the
    day on which the wrong was told."""

    of: date = Field(description="更正哪一天报的")
    rows: Annotated[int, Field(ge=1)] = Field(description="那天新报的前几行写错了")
    cells: Annotated[dict[Code, str], Field(min_length=1)] = Field(
        description="当时错写成什么；更正后的值按 cells 得出"
    )


class TableRecipe(FileShape):
    """The rows of one table: so many by each day, in all or for each who hands in; or one statement of each on each
    day; or written out one by one."""

    count: dict[date, Count] = Field(default={}, description="到这一天共有几行")
    counts: dict[DivisionCode, Annotated[dict[date, Count], Field(min_length=1)]] = Field(
        default={}, description="到这一天各填报单位各有几行"
    )
    stated: list[date] = Field(default=[], description="每个填报单位在这些日子各报一行")
    written: dict[date, Annotated[list[dict[Code, str]], Field(min_length=1)]] = Field(
        default={}, description="这一天报的行，一行一行写明；没写的列按 cells"
    )
    place: LevelName | None = Field(default=None, description="行落在填报单位（或上级行所在地）下面的哪一级")
    belongs_to: Code | None = Field(default=None, description="挂在哪张台账的行上")
    in_runs: YesNo = Field(default=False, description="同一上级行下面的行挨在一起；不写就轮流挂")
    as_many_as: Code | None = Field(default=None, description="上级行的这一列就是它下面的行数")
    aside: dict[Code, Cells] = Field(default={}, description="只供 when 和 totals 用的列，不报送")
    cells: dict[Code, Cells]
    silent: dict[date, list[DivisionCode]] = Field(default={}, description="这一天这些单位没有报，以后的下一份里再报")
    unchanged: dict[date, list[DivisionCode]] = Field(default={}, description="这一天这些单位把上一份原样再报一次")
    corrections: dict[date, Correction] = Field(default={}, description="这一天才更正")

    @model_validator(mode="after")
    def _days(self) -> TableRecipe:
        if sum(map(bool, (self.count, self.counts, self.stated, self.written))) != 1:
            raise ValueError("count、counts、stated、written 要写且只写一个")
        for counts in (self.count, *self.counts.values()):
            if list(counts) != sorted(counts) or list(counts.values()) != sorted(counts.values()):
                raise ValueError("日子和行数都要从小到大")
        if any(told.of not in self.days or told.of >= day for day, told in self.corrections.items()):
            raise ValueError("corrections 的 of 要是报送过的一天，而且比更正的日子早")
        if not {*self.silent, *self.unchanged} <= set(self.days):
            raise ValueError("silent 和 unchanged 的日子要是报送的日子")
        if (self.in_runs or self.as_many_as) and not self.belongs_to:
            raise ValueError("in_runs 和 as_many_as 要同 belongs_to 一起写")
        return self

    @property
    def days(self) -> list[date]:
        """The days on which something is handed in."""
        by_division = {day for counts in self.counts.values() for day in counts}
        return sorted(self.count or self.stated or self.written or by_division)


class Recipe(FileShape):
    """One programme's demonstration, or a part of it."""

    programme: Code
    hands_in: LevelName = Field(description="哪一级填报")
    only: list[DivisionCode] = Field(default=[], description="只有这些单位填报")
    weights: dict[DivisionCode, Annotated[int, Field(ge=1)]] = Field(default={}, description="各单位的份额")
    slow: list[DivisionCode] = Field(default=[], description="进展落在后面的单位")
    tables: Annotated[dict[Code, TableRecipe], Field(min_length=1)]


def read_plan(path: Path, shape: type[PlanT]) -> PlanT:
    """A demonstration file; ``Misuse`` (``demonstration_plan_unreadable``) when it is not there or not in shape."""
    faults = Faults()
    file = read_yaml(path, str(path), faults) if path.is_file() else None
    try:
        if file is not None:
            return shape.model_validate(file.tree)
    except ValidationError as error:
        first = error.errors()[0]
        raise _unreadable(path, f"{'.'.join(map(str, first['loc']))}：{first['msg']}") from error
    raise _unreadable(path, "；".join(issue.message for issue in faults.issues) or "没有这个文件")


def unfit(programme: str, table: str, why: str) -> Misuse:
    """A recipe that cannot be carried out."""
    return Misuse("demonstration_recipe_unfit", f"演示配方 {programme} 的 {table}：{why}")


def _unreadable(path: Path, why: str) -> Misuse:
    return Misuse("demonstration_plan_unreadable", f"读不了演示安排 {path}（{why}），请恢复随程序提供的文件。")
