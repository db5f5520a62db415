"""The shape of ``verification:`` and ``gaming:``, how figures of a programme are checked and doubted."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import Field

from shishi.core.gaming import USUAL
from shishi.core.verification import PROPOSED
from shishi.packs.shape_parts import Code, FileShape, Number, Text, YesNo


class VerificationShape(FileShape):
    """核实：抽样的默认要求和不属实的原因。不写就用平台的建议值（未经核定）。"""

    confidence: Number = Field(default=PROPOSED.confidence, description="置信水平，如 0.95")
    margin: Number = Field(default=PROPOSED.margin, description="误差范围，0.05 即正负 5 个百分点")
    minimum: Annotated[int, Field(ge=0, le=1000)] = Field(default=PROPOSED.minimum, description="每个单位至少抽几行")
    reasons: dict[Code, Text] = Field(default={}, description="不属实的原因代码；不写就用平台的")
    verified: YesNo = Field(default=False, description="是否有文件依据；没有的写 false")


class GamingShape(FileShape):
    """疑似虚报：到什么程度请人看一看；写 null 则不看这一项。不写就用平台的建议值（未经核定）。"""

    copied_rows: Annotated[int, Field(ge=2)] | None = Field(
        default=USUAL.copied_rows, description="一个单位有几行只有编号不同"
    )
    never_falls: Annotated[int, Field(ge=4, le=60)] | None = Field(
        default=USUAL.never_falls, description="应当有增有减的数连续几次填报没有减少"
    )
    digit_rows: Annotated[int, Field(ge=100)] | None = Field(
        default=USUAL.digit_rows, description="一个单位至少有几个数才比对数字分布"
    )
    chance: Annotated[Number, Field(gt=0, le=Decimal("0.01"))] = Field(
        default=USUAL.chance, description="纯属碰巧的机会小于多少才提出（各单位合计）"
    )
    digit_fields: list[Text] = Field(default=[], description="比对末位数字的列，写 台账.列；不写就是各合计指标所加的列")
    benford_fields: list[Text] = Field(default=[], description="比对首位数字规律的列，写 台账.列；数要跨三个数量级")
    voices: Annotated[int, Field(ge=5)] | None = Field(default=USUAL.voices, description="一地至少几人评分才与进度比对")
    voice_average: Number = Field(default=USUAL.voice_average, description="评分平均低于多少算相反")
    complaints: Annotated[int, Field(ge=2)] | None = Field(
        default=USUAL.complaints, description="一地最近有几件投诉举报才与进度比对"
    )
    complaint_days: Annotated[int, Field(ge=7, le=366)] = Field(
        default=USUAL.complaint_days, description="看最近多少天的投诉举报"
    )
    verified: YesNo = Field(default=False, description="是否有文件依据；没有的写 false")
