"""What somebody did, read from the trail and told in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from shishi.apps.audit.models import AuditEvent

WORDS: Mapping[str, str] = {
    "assurance.accepted": "接收了填报",
    "assurance.mark": "标记了佐证、核实状态",
    "assurance.returned": "退回了填报",
    "assurance.verify": "核实后更新了台账状态",
    "body.add": "新增了单位",
    "body.end": "撤销了单位",
    "brief.drafted": "起草了简报",
    "brief.erratum": "更正了简报",
    "brief.write": "写成了简报",
    "circular.draft": "起草了通报",
    "circular.issue": "印发了通报",
    "circular.sign": "签批了通报",
    "delegation.add": "委托了岗位",
    "delegation.end": "收回了委托",
    "device.end": "停用了采集设备",
    "device.make": "新增了采集设备",
    "divisions.apply": "更新了行政区划",
    "divisions.load": "装入了行政区划",
    "edition.publish": "公开了进度",
    "edition.take_down": "撤下了公开的进度",
    "finding.dismiss": "处置了一个问题",
    "findings.record": "完成了一天的调度",
    "job.asked": "发起了任务",
    "job.dropped": "放弃了任务",
    "job.ended": "办完了任务",
    "job.failed": "任务失败",
    "job.handed_over": "转交了任务",
    "job.retried": "重试了任务",
    "ledger.accepted": "报送了台账",
    "ledger.commented": "评论了一行",
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
    "matter.accept": "接办了督办事项",
    "matter.approve_extension": "同意了事项延期",
    "matter.assign": "交办了督办事项",
    "matter.close": "销号了督办事项",
    "matter.extend": "申请了事项延期",
    "matter.open": "立了督办事项",
    "matter.progress": "报了事项进展",
    "matter.raise": "升级了督办事项",
    "matter.reach": "完成了一个节点",
    "matter.refuse_extension": "没有同意事项延期",
    "matter.remind": "催办了督办事项",
    "matter.report": "报结了督办事项",
    "matter.return": "退回了事项报结",
    "matter.verify": "核验了事项报结",
    "matter.withdraw": "撤销了督办事项",
    "meeting.record": "记录了会议",
    "message.deliver": "发送了消息",
    "message.read": "读了消息",
    "message.retry": "重发了消息",
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
    "notice.reword": "改了提示单的文字",
    "notice.verify": "核验了反馈",
    "notice.withdraw": "撤回了提示单",
    "pack.install": "安装了清单",
    "post.add": "授予了岗位",
    "post.end": "免去了岗位",
    "problem.close": "复查通过，销号了现场问题",
    "problem.extend": "改了整改时限",
    "problem.raise": "交办了现场问题",
    "problem.reply": "报了整改结果",
    "problem.return": "复查没有通过",
    "problem.withdraw": "撤销了现场问题",
    "store.backup": "备份了数据",
    "store.drill": "做了恢复演练",
    "store.restore": "恢复了数据",
    "submission.dismissed": "作废了一份采集",
    "submission.file": "收到采集的文件",
    "submission.proposed": "采集送了审",
    "submission.receive": "收到一份采集",
    "submission.refused": "采集有问题，没有入台账",
    "submission.written": "采集写入了台账",
    "user.add": "新增了人员",
    "user.end": "停用了人员",
    "user.invite": "邀请了人员",
    "user.password": "重设了密码",
    "user.resume": "恢复了人员",
    "verification.check": "到现场核实了一行",
    "verification.draw": "抽取了核实样本",
    "verification.list": "交回了核实清单",
    "verification.plan": "立了核实方案",
    "verification.recheck": "申请了复核",
    "view.dropped": "删去了视图",
    "view.saved": "保存了视图",
    "visit.cancel": "取消了走访",
    "visit.done": "登记了走访",
    "visit.photo": "传来走访照片",
    "visit.write": "写下一次走访",
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
