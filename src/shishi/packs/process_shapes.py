"""The shape of ``processes/NAME.yaml``: everything about a process that its diagram ``NAME.bpmn`` does not say,
keyed by the ids of the diagram's elements."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema
from pydantic.json_schema import SkipJsonSchema

from shishi.core.limits import TimeUnit
from shishi.core.processes import MaterialForm, OutcomeKind, Starter
from shishi.core.provenance import Trust
from shishi.packs.shape_parts import Code, CriterionTree, FileShape, Text, YesNo, yes_or_word
from shishi.packs.shapes import CheckShape, FieldShape

Element = Annotated[str, Field(min_length=1, max_length=60)]
Amount = Annotated[int, Field(ge=1, le=100_000)]
Special = Annotated[Literal[False, True, "hearing", "publicity", "expert", "inspection"], BeforeValidator(yes_or_word)]
_SPECIAL = (
    "这段时间不计入办理时限：hearing 听证、publicity 公示、expert 专家评审、inspection 检验检测鉴定、true 特别程序"
)


class LimitShape(FileShape):
    """时限：多少、按什么算、凭什么。"""

    amount: Amount
    unit: TimeUnit = Field(
        default=TimeUnit.WORKING_DAY, description="working_day 工作日、calendar_day 自然日、hour 小时、minute 分钟"
    )
    basis: str = Field(default="", description="依据：法规名称和条款")
    trust: Trust = Field(default=Trust.DESIGN, description="依据的可信程度")
    verified: YesNo = Field(default=False, description="依据是否核对过原文")


class LaneShape(FileShape):
    """泳道是谁：申请人，或某单位的某种岗位。"""

    applicant: YesNo = Field(default=False, description="由申请人办")
    role: str = Field(default="", description="岗位的角色，如 clerk、reviewer")
    body: str = Field(default="", description="lead 牵头单位、assisting 配合单位，或单位名称；不写就是任何单位")
    level: Literal["", "street", "county", "city", "province", "country"] = Field(
        default="", description="办件所在区划的哪一级上级；不写就是办件所在的区划"
    )
    title: str = Field(default="", description="不写就用流程图上的名称")


class FormShape(FileShape):
    """一张表单，列的写法与台账相同。"""

    title: Text
    fields: Annotated[dict[Code, FieldShape], Field(min_length=1)]
    checks: dict[Code, CheckShape] = {}


class OutcomeShape(FileShape):
    """一种办理结果。"""

    title: Text
    kind: OutcomeKind | None = Field(
        default=None,
        description="approve 同意、refuse 不予（要依据和救济）、supplement 补正、back 退回、other；不写就看代码",
    )
    state: str = Field(default="", description="办件随之进入的状态，如 accepted")


class CountersignShape(FileShape):
    """会签：谁，要几个人同意。"""

    of: Text = Field(default="posts", description="posts 本岗位的人、bodies 各单位、owners 业主等")
    need: Annotated[
        str, Field(pattern=r"^(all|any|[1-9][0-9]{0,3})$"), WithJsonSchema({"type": ["string", "integer"]})
    ] = Field(default="all", description="all 全部、any 任何一人、或人数")
    in_turn: YesNo = Field(default=False, description="一个接一个；不写就是同时")


class StepShape(FileShape):
    """一个要人办的环节。"""

    title: str = Field(default="", description="不写就用流程图上的名称")
    form: str = Field(default="", description="办理时填的表单")
    shown: list[Code] = Field(default=[], description="办理时给他看的其他表单")
    limit: LimitShape | None = Field(default=None, description="法定时限")
    promised: LimitShape | None = Field(default=None, description="承诺时限，比法定短")
    warn: Annotated[int, Field(ge=0, le=250)] = Field(default=0, description="到期前几个工作日预警")
    outcomes: dict[Code, Text | OutcomeShape] = Field(default={}, description="办理结果的代码和名称")
    second: YesNo = Field(default=False, description="要第二个人批准")
    countersign: CountersignShape | None = None
    copies: list[Element] = Field(default=[], description="抄送哪些泳道")
    state: str = Field(default="", description="环节开始时办件进入的状态")
    special: Special = Field(default=False, description=_SPECIAL)
    seen_by: Literal["officials", "parties", "applicant"] = Field(
        default="parties", description="officials 只有经办单位、parties 各方、applicant 申请人和经办单位"
    )
    note: str = ""


class TimerShape(FileShape):
    """定时：多久之后（amount、unit），或某个日期字段那天（at）。不写就按流程图里的 ISO 8601 时长。"""

    amount: Amount | None = None
    unit: TimeUnit = TimeUnit.WORKING_DAY
    at: str = Field(default="", description="表单.字段（日期）：到那天下班时")
    special: Special = Field(default=False, description=f"不在边界上的定时才能写：{_SPECIAL}")
    times: Annotated[int, Field(ge=0, le=1000)] = Field(default=1, description="不中断的边界定时共几次；0 不限")
    basis: str = ""
    trust: Trust = Trust.DESIGN
    verified: YesNo = False


class RepeatShape(FileShape):
    """子流程或调用活动办几份，循环到什么时候。"""

    times: Annotated[int, Field(ge=0, le=10_000)] | None = Field(default=None, description="固定几份")
    each: str = Field(default="", description="表单.字段：多选的每个选项一份，或整数那么多份")
    again: CriterionTree = Field(default=None, description="循环：满足就再办一次")
    enough: CriterionTree = Field(default=None, description="满足就不等其余的")
    most: Annotated[int, Field(ge=1, le=10_000)] = 1000


class FromShape(FileShape):
    """取自办件的一项事实。"""

    from_: Text = Field(alias="from", description="表单.字段，或 元素.outcome")


Source = FromShape | Annotated[str, WithJsonSchema({"type": ["string", "number", "boolean"]})]


class CallShape(FileShape):
    """服务任务做什么。"""

    verb: Text = Field(description="动作，如 ledger.post、messages.send")
    with_: dict[Code, Source] = Field(default={}, alias="with", description="动作要的内容：写明，或 {from: 表单.字段}")
    table: str = Field(default="", description="ledger.post 写入哪张台账")
    cells: dict[Code, Source] = Field(default={}, description="台账的列: 取自哪里")
    says: dict[Code, FieldShape] = Field(default={}, description="动作办完说回来的内容，条件里写 元素.名称")


class ClockShape(FileShape):
    """整件的时钟。"""

    legal: LimitShape | None = None
    promised: LimitShape | None = None
    starts: str = Field(default="", description="哪个元素办完起算；不写就是提交时")
    pauses: SkipJsonSchema[Any] = None
    extension: LimitShape | None = Field(default=None, description="可以延长一次多少")
    warn: Annotated[int, Field(ge=0, le=250)] = 0


class ClocksShape(FileShape):
    """时钟。"""

    case: ClockShape = ClockShape()


class MaterialShape(FileShape):
    """一份材料。"""

    title: Text
    form: MaterialForm = MaterialForm.ELECTRONIC
    issuer: str = ""
    copies: Annotated[int, Field(ge=0, le=50)] = 1
    required: YesNo = True
    promise: YesNo = Field(default=False, description="可以告知承诺")
    later: LimitShape | None = Field(default=None, description="可以容缺，多久内补")
    held: str = Field(default="", description="已有的就不用交：表单.字段，或登记的名称")
    when: CriterionTree = Field(default=None, description="什么情况下才要")
    note: str = ""


class NumberShape(FileShape):
    """受理编号。"""

    mark: Annotated[str, Field(min_length=1, max_length=4)] = Field(description="编号的字头，如 诉")


class StartsShape(FileShape):
    """怎样开始。"""

    by: list[Starter] = Field(default=[Starter.APPLICANT, Starter.OFFICIAL], description="谁可以开始一件")
    form: str = Field(default="", description="申请时填的表单")
    items: list[Text] = Field(default=[], description="办理哪些事项（基本编码）")


class RatingsShape(FileShape):
    """差评的核实和整改时限。"""

    verify: LimitShape
    correct: LimitShape


class RuleCheckShape(FileShape):
    """本单位规则的一条核对。"""

    at: Annotated[list[Element], Field(min_length=1)] = Field(description="办结哪些元素时核对")
    criterion: CriterionTree
    message: Text = Field(description="说给经办人听的话，写明怎么办")


class RulesShape(FileShape):
    """各单位自己的办事规则：一张台账里的一行，收件时取用；条件里写 rule.列。"""

    table: Text = Field(description="规则在哪张台账")
    match: dict[Code, Source] = Field(description="台账的主键列: 取自哪里")
    promised: dict[Element, Text] = Field(
        default={}, description="case（整件）或元素: 哪一列是承诺的工作日数；没有填的按流程"
    )
    checks: dict[Code, RuleCheckShape] = {}


class ProcessShape(FileShape):
    """processes/NAME.yaml：流程图 NAME.bpmn 之外的一切，按元素编号写。"""

    title: Text
    version: Annotated[int, Field(ge=1)] = 1
    programme: str = Field(default="", description="哪个项目的；不写就是不限项目")
    part: YesNo = Field(default=False, description="只供别的流程调用，不能单独开始")
    number: NumberShape | None = None
    starts: StartsShape = StartsShape()
    lanes: dict[Element, LaneShape] = {}
    forms: dict[Code, FormShape] = {}
    steps: dict[Element, StepShape] = {}
    flows: dict[Element, CriterionTree] = Field(default={}, description="连线: 条件")
    timers: dict[Element, TimerShape] = {}
    repeats: dict[Element, RepeatShape] = {}
    calls: dict[Element, CallShape] = {}
    clocks: ClocksShape = ClocksShape()
    materials: dict[Code, MaterialShape] = {}
    ratings: RatingsShape | None = None
    rules: RulesShape | None = None
    note: str = ""
