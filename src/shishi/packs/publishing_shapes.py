"""The shape of ``publishing:``, what of a programme everybody may see."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from shishi.packs.shape_parts import Code, FileShape, LevelName, YesNo


class SmallNumbersShape(FileShape):
    """小数保护：人数少到可能认出是谁的，不显示到县。"""

    minimum: Annotated[int, Field(ge=2)] = Field(description="小于它（且不是 0）的不显示")
    indicators: Annotated[list[Code], Field(min_length=1)] = Field(description="数人的指标")
    shown_at: LevelName = Field(default="city", description="到这一级为止照常显示")
    verified: YesNo = Field(default=False, description="是否有文件依据；没有的写 false")


class GuideShape(FileShape):
    """办事指南：取自哪张事项台账和哪张材料台账；列名照 GB/T 39046-2020。"""

    items: Code = Field(description="事项台账的短名，一项一行")
    materials: str = Field(default="", description="材料台账的短名，一份材料一行；不写就没有材料清单")


class PublishingShape(FileShape):
    """公开：什么可以让公众看到。不写就什么都不公开。"""

    indicators: Annotated[list[Code], Field(min_length=1)] = Field(description="公开的指标，按页面上的顺序")
    down_to: Literal["country", "province", "city", "county"] = Field(default="county", description="公开到哪一级")
    since: date | None = Field(default=None, description="从哪一天的数起公开")
    brief: str = Field(default="", description="随页面公开哪种简报（PDF）；不写则不公开简报")
    rows: dict[Code, Annotated[list[Code], Field(min_length=1)]] = Field(
        default={}, description="逐行公开的台账和列；不写则一行也不公开"
    )
    ratings: YesNo = Field(default=False, description="是否请群众评分")
    small_numbers: SmallNumbersShape | None = Field(default=None, description="小数保护；不写则不用")
    guide: GuideShape | None = Field(default=None, description="办事指南，公众随时可查；不写则没有")
