"""The words of cases 办件: their states (GB/T 39046), what is done with them, who does it and who reads of it."""

from __future__ import annotations

from enum import StrEnum

from shishi.core.labels import Labelled


class CaseState(Labelled):
    """The states of GB/T 39046's 办件; ``paused`` is its special procedure 特别程序, ``suspended`` 中止."""

    DRAFT = "draft", "草稿"
    SUBMITTED = "submitted", "已提交"
    PRECHECKED = "prechecked", "已预审"
    ACCEPTED = "accepted", "已受理"
    SUPPLEMENTING = "supplementing", "待补正"
    REFUSED = "refused", "不予受理"
    HANDLING = "handling", "办理中"
    PAUSED = "paused", "特别程序"
    SUSPENDED = "suspended", "已中止"
    DECIDED = "decided", "已作出决定"
    DELIVERED = "delivered", "已办结"
    RATED = "rated", "已评价"
    ARCHIVED = "archived", "已归档"
    WITHDRAWN = "withdrawn", "已撤回"


class CaseAction(Labelled):
    """Everything that is written into the thread of a case."""

    SUBMIT = "submit", "提交申请"
    PRECHECK = "precheck", "预审通过"
    ACCEPT = "accept", "受理"
    ASK_SUPPLEMENT = "ask_supplement", "一次性告知补正"
    SUPPLEMENT = "supplement", "补正"
    REFUSE = "refuse", "不予受理"
    HANDLE = "handle", "办理"
    PAUSE = "pause", "进入特别程序"
    CONTINUE = "continue", "特别程序结束"
    SUSPEND = "suspend", "中止"
    RESUME = "resume", "恢复办理"
    EXTEND = "extend", "延长时限"
    DECIDE = "decide", "作出决定"
    DELIVER = "deliver", "送达办结"
    RATE = "rate", "评价"
    ARCHIVE = "archive", "归档"
    WITHDRAW = "withdraw", "撤回"
    REOPEN = "reopen", "重新办理"
    CLAIM = "claim", "认领"
    RELEASE = "release", "放回"
    HAND_OVER = "hand_over", "转办"
    DELEGATE = "delegate", "委托办理"
    RETURN = "return", "退回更正"
    CORRECT = "correct", "已更正"
    AGREE = "agree", "复核同意"
    DISAGREE = "disagree", "复核不同意"
    VOTE = "vote", "会签"
    MATERIAL = "material", "提交材料"
    CHECK_MATERIAL = "check_material", "核验材料"
    COMMENT = "comment", "留言"
    COPY = "copy", "抄送"
    INTEREST = "interest", "回避"
    WARN = "warn", "临期提醒"
    OVERDUE = "overdue", "逾期"
    ESCALATE = "escalate", "报上级"
    RECKON = "reckon", "时限重新核定"
    TIMER = "timer", "到时"
    MESSAGE = "message", "收到消息"
    CALL = "call", "系统办理"
    INCIDENT = "incident", "转为异常件"
    MEND = "mend", "异常件处置"


class Taker(StrEnum):
    """Who may take a step: who applied; who has the task; who looks after cases of the body; the clock and machines."""

    APPLICANT = "applicant"
    HANDLER = "handler"
    MANAGER = "manager"
    MACHINE = "machine"


class SeenBy(Labelled):
    """Who may read a line of the thread."""

    APPLICANT = "applicant", "申请人可见"
    PARTIES = "parties", "当事人可见"
    OFFICIALS = "officials", "仅工作人员可见"
