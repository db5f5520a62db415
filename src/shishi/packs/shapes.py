"""The shape of pack files, one model per file and part. What an editor offers and what
the loader accepts are this one thing.

Descriptions are the help that an editor shows. Names of parts are those of the core; here they are as short as a writer
likes them (``table: units`` instead of the full name).
"""

from __future__ import annotations

from datetime import date, time
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from shishi.core.evidence_plans import DutyReason, Side
from shishi.core.indicators import Direction, Measure, Qualifier, Shape, Span
from shishi.core.programmes import MOST_ENTRIES, Part, PeriodKind, Trust
from shishi.core.rules import Relation
from shishi.core.tables import CheckKind, FieldType, Sensitivity
from shishi.packs.calendar_shapes import CalendarDayShape, OfficeHoursShape
from shishi.packs.publishing_shapes import PublishingShape
from shishi.packs.shape_parts import (
    Cell,
    Code,
    CriterionTree,
    DivisionCode,
    FactShape,
    FileShape,
    LevelName,
    Limit,
    Number,
    Text,
    TextFormat,
    YesNo,
)
from shishi.packs.verification_shapes import GamingShape, VerificationShape


class SourceShape(FileShape):
    """来源：标题、可信程度、日期，支持什么。"""

    title: Text = Field(description="来源的标题")
    trust: Trust = Field(description="可信程度")
    published: date | None = Field(default=None, description="发布日期")
    supports: str = Field(default="", description="本项目的什么内容以它为据")
    verified: YesNo = Field(default=True, description="是否已经核对；未核对的写 false")


class BodyShape(FileShape):
    """单位：名称、所在区划；带 each 的按层级每个区划一个。"""

    title: Text = Field(description="单位名称；带 each 时可用 {name}、{code}")
    division: DivisionCode = Field(description="单位所在的行政区划")
    each: LevelName | None = Field(default=None, description="该层级的每个区划各有一个这样的单位")
    ends: date | None = Field(default=None, description="专班结束的日期")
    verified: YesNo = True


class ResponsibilityShape(FileShape):
    """责任：哪个单位在哪个项目里担任什么。"""

    body: Code
    programme: Code
    part: Part = Field(description="lead 牵头、assisting 配合、supervising 督办、answering 领办")
    leader: str = Field(default="", description="责任领导")


class AddedDivisionShape(FileShape):
    """清单补充的区划（全国区划快照里没有的单位）。"""

    name: Text
    level: LevelName
    source: Text
    verified: YesNo = True


class DivisionChangeShape(FileShape):
    """区划变更：某日起由继任单位承接。"""

    name: Text
    effective_on: date = Field(description="继任单位生效的日期")
    successors: Annotated[list[DivisionCode], Field(min_length=1)]
    source: Text
    verified: YesNo = True


class ListBriefShape(FileShape):
    """整份清单的月报：各项目一节，最后一张总表。"""

    title: Text
    mark: Text = Field(description="红头")
    series: Text = Field(description="期号的系列名")
    opening: str = ""
    notes: list[Text] = []
    addressee: str = ""
    signatory: str = ""
    most_entries: Annotated[int, Field(ge=0, le=50)] = Field(
        default=MOST_ENTRIES, description="工作纪实每一类最多引几条"
    )


class PackShape(FileShape):
    """pack.yaml：一份清单的总说明。"""

    jurisdiction: Code = Field(description="清单的发布者，如 xuancheng")
    year: Annotated[int, Field(ge=1949, le=2200)]
    title: Text
    division: DivisionCode = Field(description="清单管到的行政区划；全国写 000000")
    source: Text = Field(description="清单出自哪份文件：标题、日期")
    bodies: dict[Code, BodyShape] = {}
    responsibilities: list[ResponsibilityShape] = []
    divisions_added: dict[DivisionCode, AddedDivisionShape] = {}
    division_changes: dict[DivisionCode, DivisionChangeShape] = {}
    calendar: dict[date, CalendarDayShape] = {}
    office_hours: OfficeHoursShape | None = Field(default=None, description="不写就按 8:30–17:30 暂定，并处处说明")
    facts: dict[str, FactShape] = {}
    parameters: dict[Code, str] = {}
    briefs: dict[Literal["monthly"], ListBriefShape] = Field(default={}, description="整份清单的简报；不写就由标题得出")
    processes: list[Code] = Field(default=[], description="取用平台给出的哪些流程，如 complaint 投诉建议")


class FieldShape(FileShape):
    """台账的一列。"""

    title: Text = Field(description="列名，填报人看到的中文")
    type: FieldType
    required: YesNo = False
    unit: str = ""
    scale: Annotated[int, Field(ge=0, le=12)] | None = Field(default=None, description="小数位数；金额为 2")
    minimum: Limit | None = Field(default=None, description="最小值（数或日期，含）")
    maximum: Limit | None = Field(default=None, description="最大值（数或日期，含）")
    max_length: Annotated[int, Field(ge=1, le=4000)] = 500
    values: dict[str, Text] = Field(default={}, description="枚举的值和名称，从低到高")
    values_from: str = Field(default="", description="取自项目文件 lists 里的一组；写 reasons 取原因代码")
    sensitivity: Sensitivity | None = Field(default=None, description="masked 显示时遮蔽，encrypted 加密保存")
    references: str = Field(default="", description="指向的台账（本项目内写短名）")
    synonyms: list[Text] = Field(default=[], description="各地表头的其他叫法")
    note: str = Field(default="", description="给填报人的说明")
    sample: str = Field(default="", description="示例行的内容")
    locked: YesNo = Field(default=False, description="带数据的模板里，已有的行锁定这一栏（主键和行政区划总是锁定）")
    format: TextFormat = Field(default="", description="文字的样式：实施编码、基本编码、对外公布的电话")


class CheckShape(FileShape):
    """一行之内的核对规则。"""

    kind: CheckKind = Field(description="error 不通过不收；query 写明情况后可收")
    criterion: CriterionTree
    message: Text = Field(description="说给填报人听的话")


class StatementsShape(FileShape):
    """按期填报：一个区划一期一行，逐级审核、接收。期间的种类由项目文件的 cadences 写明。"""

    by: str = Field(default="", description="主键里写本期最后一天的日期列；不写就是“自开展以来”，一个区划一行")
    review: YesNo = Field(default=True, description="提交后要由本区划的第二个人审核")
    accepted_by: list[LevelName] = Field(default=[], description="上面哪几级逐级接收，如 [city, province]")
    above: Literal["counted", "accepted"] = Field(
        default="counted", description="counted 审核后就计入上级、注明未审；accepted 上级接收后才计入"
    )
    grace_hours: Annotated[int, Field(ge=0, le=8784)] | None = Field(
        default=None, description="截止后再过几小时锁定；不写就不锁定"
    )
    never_fall: list[Code] = Field(default=[], description="累计数：不能比前一期少")
    gaps: dict[Code, Code] = Field(default={}, description="本期数: 累计数（本期数等于累计数前后两期之差）")
    queried: list[Code] = Field(default=[], description="这几列前后不一致时，写明情况后可收")


class EvidenceShape(FileShape):
    """一组列要什么佐证。要照片的，必须写明理由的种类（国办函〔2026〕12号）；不写 photos 就不要求照片。"""

    because: Text = Field(description="为什么要，说给填报人听")
    reason: DutyReason | None = Field(
        default=None, description="safety 安全、emergency 应急、payment 资金拨付；要照片时必填"
    )
    photos: dict[Side, Annotated[int, Field(ge=1, le=50)]] = Field(
        default={}, description="各要几张：none 现状、before 之前、during 过程中、after 之后"
    )
    documents: Annotated[int, Field(ge=0, le=50)] = Field(default=0, description="要几份文件（PDF）")
    where: CriterionTree = Field(default=None, description="只对符合条件的行要求；不写就是每一行")
    place: str = Field(default="", description="登记地点的列（point 类型），拍摄位置与它比")
    within: Annotated[int, Field(ge=10, le=20000)] = Field(default=300, description="离登记地点多少米以内算在现场")
    minutes: Annotated[int, Field(ge=1, le=120)] = Field(default=10, description="拍摄凭证签发后几分钟内传来指纹算即时")
    days: Annotated[int, Field(ge=1, le=60)] = Field(default=7, description="拍摄凭证几天内有效（离线补传）")


class TableShape(FileShape):
    """tables/<项目>/<台账>.yaml：一张台账。"""

    title: Text
    version: Annotated[int, Field(ge=1)] = 1
    key: Annotated[list[Code], Field(min_length=1)]
    division_field: Code
    fields: Annotated[dict[Code, FieldShape], Field(min_length=1)]
    checks: dict[Code, CheckShape] = {}
    groups: dict[Code, list[Code]] = Field(default={}, description="一起佐证、核实的几列")
    evidence: dict[Code, EvidenceShape] = Field(default={}, description="哪一组（groups 里的）要什么佐证；不写就不要求")
    continues: str = Field(default="", description="接续的往年台账全名")
    statements: StatementsShape | None = Field(default=None, description="按期填报的数：逐级审核、接收、锁定")
    approval: Literal["", "required"] = Field(default="", description="required：工作簿的改动要经第二个人审批才写入")


class PrintedShape(FileShape):
    """印出来的样子：4.73万、2.12万余处、近3万人。"""

    in_: Literal["", "万", "亿"] = Field(default="", alias="in")
    digits: Annotated[int, Field(ge=-8, le=6)] = Field(default=0, description="小数位数；-3 印到千位")
    qualifier: Qualifier = Qualifier.EXACT
    grouped: YesNo = False


class IndicatorShape(FileShape):
    """一个指标。"""

    title: Text
    measure: Measure
    unit: Text
    version: Annotated[int, Field(ge=1)] = 1
    table: str = ""
    field: str = ""
    where: CriterionTree = None
    numerator: str = ""
    denominator: str = ""
    scale: Annotated[int, Field(ge=0, le=8)] = 0
    direction: Direction = Direction.UP
    span: Span = Span.STOCK
    by: str = ""
    since: date | None = None
    assured_group: str = ""
    own_counts: YesNo = False
    printed: PrintedShape = PrintedShape()
    basis_note: str = Field(default="", description="口径说明")
    headline: YesNo = False


class DifferenceShape(FileShape):
    """分解数与总数之间说得清的差。"""

    gap: Number
    reason: Text


class TargetShape(FileShape):
    """一个指标的目标任务及其分解。"""

    document: Text = Field(description="哪份文件定的")
    version: Annotated[int, Field(ge=1)] = 1
    verified: YesNo = True
    values: Annotated[dict[DivisionCode, Number], Field(min_length=1)]
    difference: dict[DivisionCode, DifferenceShape] = {}
    printed: PrintedShape | None = Field(default=None, description="目标的印法（1000块以上）；不写则同指标")


class PointShape(FileShape):
    """序时进度上的一点：到这一天应完成的份额（0 到 1）。"""

    share: Annotated[Number, Field(ge=0, le=1)]
    title: str = ""


class TrajectoryShape(FileShape):
    """序时进度。"""

    shape: Shape
    points: Annotated[dict[date, PointShape], Field(min_length=1)]
    start: Number = Decimal(0)
    source: Text
    version: Annotated[int, Field(ge=1)] = 1
    verified: YesNo = True


class CadenceShape(FileShape):
    """多久报一次。"""

    kind: PeriodKind
    cut_off: time = time(18, 0)
    working_days_only: YesNo = False
    starts: date | None = None
    ends: date | None = None


class ThresholdsShape(FileShape):
    """到什么程度算一个问题；写 null 则不看这一项。"""

    behind_points: Number | None = Decimal(5)
    behind_days: int | None = None
    falling: YesNo = True
    over_whole: YesNo = True
    parts_differ: YesNo = True
    round_number: int | None = 1000
    last_day_times: Number | None = Decimal(5)
    last_day_at_least: Number = Decimal(100)


class RungShape(FileShape):
    """督办阶梯的一级。"""

    reply_within: Annotated[int, Field(ge=0, le=250)] = Field(description="几个工作日内回复")
    after_days: Annotated[int, Field(ge=0)] = 0
    series: str = Field(default="", description="文号里的系列名")
    requirement: str = ""
    verified: YesNo = True


class BriefShape(FileShape):
    """一种简报。"""

    title: Text
    mark: Text = Field(description="红头")
    series: Text = Field(description="期号的系列名")
    indicators: Annotated[list[Code], Field(min_length=1)]
    opening: str = ""
    notes: list[Text] = []
    addressee: str = ""
    signatory: str = ""
    breakdown: str = Field(default="", description="逐个地区列出的指标")
    most_entries: Annotated[int, Field(ge=0, le=50)] = Field(
        default=MOST_ENTRIES, description="工作纪实每一类最多引几条；0 则不引"
    )


class RuleShape(FileShape):
    """质量规则：同一地区的几个数之间应当怎样；不符的列为“数据矛盾”。"""

    compare: Code = Field(description="指标")
    relation: Relation = Field(description="at_most 不多于、at_least 不少于、equals 等于")
    with_: Code | Annotated[list[Code], Field(min_length=1)] = Field(
        alias="with", description="另一个指标；几个指标写成列表，表示它们之和；earlier 表示上一次报的同一个数"
    )
    message: Text = Field(description="说给填报人听的话")


class PublishedShape(FileShape):
    """文章公布的一个数由哪个指标（indicator）或哪个指标的目标（target）对应。"""

    indicator: str = ""
    target: str = ""
    as_of: date = Field(description="截至哪一天")
    division: DivisionCode | None = Field(default=None, description="默认为项目所在的区划")


class WorkRecordShape(FileShape):
    """工作纪实：每个项目都有的台账，可以不要，可以添几列。"""

    kept: YesNo = Field(default=True, description="写 false 则这个项目没有工作纪实")
    fields: dict[Code, FieldShape] = Field(default={}, description="平台给的列之外，本项目另加的列")


class ProgrammeShape(FileShape):
    """programmes/<项目>.yaml：承诺了什么、凭什么、怎么算、几时报、谁督促。"""

    title: Text
    promise: Text = Field(description="承诺的事，一两句话")
    basis: Text = Field(description="依据，一句话")
    sources: Annotated[list[SourceShape], Field(min_length=1)]
    division: DivisionCode
    supervised_level: LevelName
    supervises: list[DivisionCode] = []
    cadences: dict[Code, CadenceShape] = {}
    indicators: Annotated[dict[Code, IndicatorShape], Field(min_length=1)]
    targets: dict[Code, TargetShape] = {}
    trajectories: dict[Code, TrajectoryShape] = {}
    thresholds: ThresholdsShape = ThresholdsShape()
    ladder: dict[Literal["reminder", "prompt_notice", "supervision_order"], RungShape] = {}
    reasons: dict[Code, Text] = {}
    lists: dict[Code, dict[str, Text]] = Field(default={}, description="几张台账共用的选项")
    briefs: dict[Literal["daily", "analysis", "weekly", "half-month", "monthly"], BriefShape] = {}
    work_record: WorkRecordShape = Field(default=WorkRecordShape(), description="工作纪实；不写就照平台的样子")
    rules: dict[Code, RuleShape] = {}
    published: dict[str, PublishedShape] = Field(default={}, description="reference/seed-figures.csv 的编号")
    publishing: PublishingShape | None = Field(default=None, description="什么可以公开")
    verification: VerificationShape | None = Field(default=None, description="抽样核实")
    gaming: GamingShape | None = Field(default=None, description="疑似虚报的提示")


class ExampleShape(FileShape):
    """一行例子：应当通过，或应当在哪一列、因为什么被退回。"""

    title: Text
    row: Annotated[dict[str, Cell], Field(min_length=1)] = Field(description="列名: 填报人写的内容")
    passes: YesNo
    code: str = ""
    field: str = ""


class ExamplesShape(FileShape):
    """examples/<项目>/<台账>.yaml。"""

    examples: Annotated[list[ExampleShape], Field(min_length=1)]
