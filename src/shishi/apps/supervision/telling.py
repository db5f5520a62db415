"""What people are told of a step, in a subject and a text."""

from __future__ import annotations

from datetime import datetime

from shishi.apps.supervision.models import MatterRow, Notice, NoticeGround
from shishi.core.calendars import SHANGHAI
from shishi.core.matters import Matter, MatterAction, Moved
from shishi.core.notices import NoticeAction, NoticeKind, NoticeState, Standing, Taken
from shishi.core.typography import chinese_date

A = NoticeAction
TOLD = {
    A.ISSUE: "请签收并按时反馈",
    A.ACKNOWLEDGE: "已签收",
    A.REPLY: "已反馈，请核验",
    A.RETURN: "反馈被退回，请补充后重新反馈",
    A.CLOSE: "已销号",
    A.EXTEND: "申请延期，请审批",
    A.APPROVE_EXTENSION: "延期已同意",
    A.REMIND: "催办：请尽快反馈",
    A.REFUSE_EXTENSION: "延期未同意，请按原时限反馈",
    A.ESCALATE: "已升级督办",
    A.WITHDRAW: "已撤回，无需再办理",
}
"""Steps that others hear of; the rest are the issuer's own affair."""


def message_about(notice: Notice, after: Standing, taken: Taken) -> tuple[str, str] | None:
    """Subject and text; ``None`` when nobody needs to be told."""
    inward = taken.action is A.WITHDRAW and not notice.number
    if taken.action not in TOLD or inward:
        return None
    kind = NoticeKind(notice.kind).label
    subject = f"【{kind}】{notice.number} {TOLD[taken.action]}"
    lines = [notice.title, f"文号：{notice.number}"]
    if taken.body:
        lines.append(f"单位：{notice.recipients.get(body__code=taken.body).body.title}")
    if taken.action is A.ISSUE:
        lines += [ground.finding.message for ground in _grounds(notice)]
        lines.append(notice.requirement)
    if taken.text:
        lines.append(taken.text)
    if taken.batch:
        lines.append("随反馈报送了更新台账的工作簿，逐格的改动见这份文件的办理经过。")
    waiting = [item for item in after.recipients if taken.body in ("", item.body) and item.deadline]
    if waiting and after.state not in (NoticeState.CLOSED, NoticeState.WITHDRAWN, NoticeState.ESCALATED):
        lines.append(
            f"反馈时限：{'；'.join(sorted({deadline_text(item.deadline) for item in waiting if item.deadline}))}"
        )
    if notice.demonstration:
        lines.append("（演示数据）")
    return subject, "\n".join(line for line in lines if line)


MATTER_TOLD = {
    MatterAction.ASSIGN: "已交办，请接办",
    MatterAction.ACCEPT: "已接办",
    MatterAction.PROGRESS: "有新进展",
    MatterAction.REACH: "完成一个节点",
    MatterAction.REPORT: "已报结，请核验",
    MatterAction.RETURN: "报结被退回，请补充后重新报结",
    MatterAction.CLOSE: "已销号",
    MatterAction.EXTEND: "申请延期，请审批",
    MatterAction.APPROVE_EXTENSION: "延期已同意",
    MatterAction.REFUSE_EXTENSION: "延期未同意，请按原时限办结",
    MatterAction.REMIND: "催办：请抓紧办理",
    MatterAction.RAISE: "已升级督办",
    MatterAction.WITHDRAW: "已撤销，无需再办理",
}


def matter_message(row: MatterRow, after: Matter, moved: Moved) -> tuple[str, str] | None:
    """Subject and text about a step of a matter; ``None`` when nobody needs to be told."""
    if moved.action not in MATTER_TOLD or not row.number:
        return None
    rung = f"（{after.rung.label}）" if moved.action is MatterAction.RAISE and after.rung else ""
    subject = f"【督办事项】{row.number} {MATTER_TOLD[moved.action]}{rung}"
    lines = [row.title, f"交付成果：{row.deliverable}" if moved.action is MatterAction.ASSIGN else "", moved.text]
    if after.owed and after.deadline:
        lines.append(f"办结时限：{deadline_text(after.deadline, row.provisional)}")
    if row.demonstration:
        lines.append("（演示数据）")
    return subject, "\n".join(line for line in lines if line)


def _grounds(notice: Notice) -> list[NoticeGround]:
    return list(notice.grounds.filter(finding__look=notice.look_id).select_related("finding").order_by("finding_id"))


def deadline_text(moment: datetime, provisional: bool = False) -> str:
    """``2021年10月11日17时30分``, with 暂定 when the year's holidays are not published."""
    local = moment.astimezone(SHANGHAI)
    clock = f"{local.hour}时" + (f"{local.minute}分" if local.minute else "")
    return f"{chinese_date(local.date())}{clock}" + ("（暂定，待节假日安排公布后核定）" if provisional else "")
