"""What somebody did, read from the trail and told in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from shishi.apps.audit.models import AuditEvent

WORDS: Mapping[str, str] = {
    "assurance.mark": "标记了佐证、核实状态",
    "assurance.verify": "核实后更新了台账状态",
    "body.add": "新增了单位",
    "brief.write": "写成了简报",
    "divisions.apply": "更新了行政区划",
    "divisions.load": "装入了行政区划",
    "edition.publish": "公开了进度",
    "findings.record": "完成了一天的调度",
    "job.ended": "办完了任务",
    "job.failed": "任务失败",
    "ledger.accepted": "报送了台账",
    "ledger.proposal_approved": "批准了送审",
    "ledger.proposal_returned": "退回了送审",
    "ledger.proposal_withdrawn": "收回了送审",
    "ledger.proposed": "送审了台账",
    "ledger.reopened": "重新开放了一期填报",
    "ledger.reveal": "查看了遮住的内容",
    "ledger.unchanged": "报送了台账（无变动）",
    "ledger.undone": "撤销了一批报送",
    "ledger.uploaded": "上传了工作簿",
    "mapping_forgotten": "删去了列名对应",
    "mapping_remembered": "记住了列名对应",
    "message.read": "读了消息",
    "notice.acknowledge": "签收了提示单",
    "notice.approve": "审批了提示单",
    "notice.approve_extension": "同意了延期",
    "notice.close": "销号了提示单",
    "notice.draft": "起草了提示单",
    "notice.escalate": "升级了提示单",
    "notice.extend": "申请了延期",
    "notice.issue": "签发了提示单",
    "notice.paper": "生成了提示单正文",
    "notice.refresh": "更新了提示单草稿",
    "notice.refuse_extension": "没有同意延期",
    "notice.remind": "催办了提示单",
    "notice.reply": "反馈了提示单",
    "notice.return": "退回了反馈",
    "notice.verify": "核验了反馈",
    "notice.withdraw": "撤回了提示单",
    "pack.install": "安装了清单",
    "post.add": "授予了岗位",
    "store.backup": "备份了数据",
    "store.restore": "恢复了数据",
    "user.add": "新增了人员",
    "verification.check": "到现场核实了一行",
    "verification.draw": "抽取了核实样本",
    "verification.list": "交回了核实清单",
    "verification.plan": "立了核实方案",
    "verification.recheck": "申请了复核",
}
"""What an action is called; one without a word here is shown by its code."""


@dataclass(frozen=True, slots=True)
class Deed:
    """One write of somebody: when, what in words, its code and what it was about (kind and identifier)."""

    at: datetime
    words: str
    action: str
    kind: str
    identifier: str


def deeds_of(person: str, limit: int = 20) -> tuple[Deed, ...]:
    """What the person wrote last, newest first; coming and going aside."""
    found = AuditEvent.objects.filter(person=person).exclude(action__startswith="session.").order_by("-pk")[:limit]
    return tuple(_deed(event) for event in found)


def _deed(event: AuditEvent) -> Deed:
    kind, _, identifier = event.subject.partition(":")
    return Deed(event.at, WORDS.get(event.action, event.action), event.action, kind, identifier)
