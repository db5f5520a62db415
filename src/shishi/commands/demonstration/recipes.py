"""Recipes 配方 of demonstration rows: ``<pack>/demonstration/<programme>.yaml`` as data; ``growing`` makes the rows.

A recipe says how many rows of each table are held by each day, where they lie, and how every cell comes about. Counts
and totals are exact over all divisions: a figure of the whole is what the recipe states.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from shishi.commands.demonstration.plans import Count, read_plan
from shishi.core.errors import Misuse
from shishi.packs.shape_parts import Code, DivisionCode, FileShape, LevelName, Number

Counts = dict[str, Count]
Identifier = Literal["citizen_number", "credit_code", "phone", "real_estate_unit"]
SOURCES = ("one_of", "exactly", "total", "totals", "number", "between", "of", "text", "identifier", "value")


class CellRecipe(FileShape):
    """How the cells of one column come about; exactly one of the forms, and ``when`` it is filled at all."""

    one_of: list[str] | dict[str, Annotated[int, Field(ge=1)]] | None = Field(
        default=None, description="按权重任取一个"
    )
    exactly: dict[date, Counts] | Counts | None = Field(
        default=None, description="恰好这么多行取这个值，最靠前的状态写在前"
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
    of: Code | None = Field(default=None, description="上级行的主键；带 field 时取它的那一列")
    field: Code | None = None
    text: str | None = Field(default=None, description="文字模板")
    cycle: Annotated[int, Field(ge=1)] | None = Field(default=None, description="模板里的 {cycle} 从 1 数到它再回头")
    identifier: Identifier | None = Field(default=None, description="通过校验而不属于任何人的号码")
    value: str | None = Field(default=None, description="每行相同的值")
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


class Correction(FileShape):
    """Rows that a clerk told wrongly at first. What the cells of the recipe say comes with the correction, as of the
    day on which the wrong was told."""

    of: date = Field(description="更正哪一天报的")
    rows: Annotated[int, Field(ge=1)] = Field(description="那天新报的前几行写错了")
    cells: Annotated[dict[Code, str], Field(min_length=1)] = Field(
        description="当时错写成什么；更正后的值按 cells 得出"
    )


class TableRecipe(FileShape):
    """The rows of one table: so many by each day, or one statement of each division on each day."""

    count: dict[date, Count] = Field(default={}, description="到这一天共有几行")
    stated: list[date] = Field(default=[], description="每个填报单位在这些日子各报一行")
    place: LevelName | None = Field(default=None, description="行落在填报单位下面的哪一级")
    belongs_to: Code | None = Field(default=None, description="挂在哪张台账的行上")
    cells: dict[Code, CellRecipe]
    corrections: dict[date, Correction] = Field(default={}, description="这一天才更正")

    @model_validator(mode="after")
    def _days(self) -> TableRecipe:
        if bool(self.count) == bool(self.stated):
            raise ValueError("count 和 stated 要写且只写一个")
        if list(self.count) != sorted(self.count) or list(self.count.values()) != sorted(self.count.values()):
            raise ValueError("count 的日子和行数都要从小到大")
        if any(told.of not in self.days or told.of >= day for day, told in self.corrections.items()):
            raise ValueError("corrections 的 of 要是报送过的一天，而且比更正的日子早")
        return self

    @property
    def days(self) -> list[date]:
        """The days on which something is handed in."""
        return sorted(self.count or self.stated)


class Recipe(FileShape):
    """One programme's demonstration."""

    programme: Code
    hands_in: LevelName = Field(description="哪一级填报")
    only: list[DivisionCode] = Field(default=[], description="只有这些单位填报")
    weights: dict[DivisionCode, Annotated[int, Field(ge=1)]] = Field(default={}, description="各单位的份额")
    slow: list[DivisionCode] = Field(default=[], description="进展落在后面的单位")
    tables: Annotated[dict[Code, TableRecipe], Field(min_length=1)]


def read_recipe(path: Path) -> Recipe:
    """The recipe; ``Misuse`` (``demonstration_plan_unreadable``) names the file and what is wrong in it."""
    return read_plan(path, Recipe)


def is_recipe(path: Path) -> bool:
    """Whether the file is one of these, not the arrangement of a programme whose rows are told one by one."""
    return any(line.startswith("hands_in:") for line in path.read_text(encoding="utf-8").splitlines())


def unfit(programme: str, table: str, why: str) -> Misuse:
    """A recipe that cannot be carried out."""
    return Misuse("demonstration_recipe_unfit", f"演示配方 {programme} 的 {table}：{why}")


__all__ = ["CellRecipe", "Correction", "Recipe", "TableRecipe", "is_recipe", "read_recipe", "unfit"]
