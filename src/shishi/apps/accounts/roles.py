"""Roles 角色 and what each may do. One table; nothing else in the program decides it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Role(StrEnum):
    """What a post makes of a person. ``operator`` is the labelled all-rounder that ``init`` makes for one office PC."""

    CLERK = "clerk"
    REVIEWER = "reviewer"
    SUPERVISOR = "supervisor"
    LEADER = "leader"
    SYSTEM_ADMINISTRATOR = "system_administrator"
    SECURITY_ADMINISTRATOR = "security_administrator"
    AUDIT_ADMINISTRATOR = "audit_administrator"
    OPERATOR = "operator"

    @property
    def label(self) -> str:
        """What people call it."""
        return _ROLE_LABELS[self]


_ROLE_LABELS: Mapping[Role, str] = {
    Role.CLERK: "填报人",
    Role.REVIEWER: "审核人",
    Role.SUPERVISOR: "督办人员",
    Role.LEADER: "领导",
    Role.SYSTEM_ADMINISTRATOR: "系统管理员",
    Role.SECURITY_ADMINISTRATOR: "安全管理员",
    Role.AUDIT_ADMINISTRATOR: "审计管理员",
    Role.OPERATOR: "操作员",
}


class Action(StrEnum):
    """Everything that asks for a right."""

    READ = "read"
    HAND_IN = "hand_in"
    APPROVE_ROWS = "approve_rows"
    ACCEPT_REPORTS = "accept_reports"
    REVEAL = "reveal"
    ASSURE = "assure"
    RUN_DAY = "run_day"
    DRAFT_NOTICE = "draft_notice"
    APPROVE_NOTICE = "approve_notice"
    ISSUE_NOTICE = "issue_notice"
    ANSWER_NOTICE = "answer_notice"
    VERIFY_NOTICE = "verify_notice"
    CLOSE_NOTICE = "close_notice"
    VISIT = "visit"
    HANDLE_CASES = "handle_cases"
    MANAGE_CASES = "manage_cases"
    DEFINE = "define"
    DRAFT_PROGRAMME = "draft_programme"
    APPROVE_PROGRAMME = "approve_programme"
    MANAGE_PEOPLE = "manage_people"
    PUBLISH = "publish"
    READ_AUDIT = "read_audit"
    OPERATE = "operate"

    @property
    def label(self) -> str:
        """What people call it."""
        return _LABELS[self]


_LABELS: Mapping[Action, str] = {
    Action.READ: "查看",
    Action.HAND_IN: "报送",
    Action.APPROVE_ROWS: "审批台账改动",
    Action.ACCEPT_REPORTS: "接收和重开下级填报",
    Action.REVEAL: "查看遮盖内容",
    Action.ASSURE: "标注佐证和核实",
    Action.RUN_DAY: "运行调度",
    Action.DRAFT_NOTICE: "拟单",
    Action.APPROVE_NOTICE: "审批",
    Action.ISSUE_NOTICE: "签发",
    Action.ANSWER_NOTICE: "签收和反馈",
    Action.VERIFY_NOTICE: "核验",
    Action.CLOSE_NOTICE: "销号",
    Action.VISIT: "走访和复查",
    Action.HANDLE_CASES: "办理办件",
    Action.MANAGE_CASES: "管理办件（转办、中止、延期、异常件）",
    Action.DEFINE: "安装清单",
    Action.DRAFT_PROGRAMME: "拟定项目",
    Action.APPROVE_PROGRAMME: "审批项目",
    Action.MANAGE_PEOPLE: "管理单位和人员",
    Action.PUBLISH: "公开数字",
    Action.READ_AUDIT: "查看审计",
    Action.OPERATE: "运行维护",
}

_OFFICE = {Action.READ, Action.HAND_IN, Action.ANSWER_NOTICE, Action.VISIT, Action.HANDLE_CASES}
_SUPERVISION = {
    Action.READ,
    Action.RUN_DAY,
    Action.DRAFT_NOTICE,
    Action.ISSUE_NOTICE,
    Action.VERIFY_NOTICE,
    Action.CLOSE_NOTICE,
    Action.VISIT,
}

MAY: Mapping[Role, frozenset[Action]] = {
    Role.CLERK: frozenset(_OFFICE),
    Role.REVIEWER: frozenset(
        _OFFICE | {Action.APPROVE_ROWS, Action.ACCEPT_REPORTS, Action.REVEAL, Action.ASSURE} | {Action.MANAGE_CASES}
    ),
    Role.SUPERVISOR: frozenset(_SUPERVISION | {Action.ASSURE, Action.DRAFT_PROGRAMME}),
    Role.LEADER: frozenset(
        _SUPERVISION
        | {Action.APPROVE_NOTICE, Action.APPROVE_ROWS, Action.ACCEPT_REPORTS, Action.PUBLISH}
        | {Action.DRAFT_PROGRAMME, Action.APPROVE_PROGRAMME, Action.HANDLE_CASES, Action.MANAGE_CASES}
    ),
    Role.SYSTEM_ADMINISTRATOR: frozenset(
        {Action.DEFINE, Action.DRAFT_PROGRAMME, Action.APPROVE_PROGRAMME, Action.OPERATE}
    ),
    Role.SECURITY_ADMINISTRATOR: frozenset({Action.MANAGE_PEOPLE}),
    Role.AUDIT_ADMINISTRATOR: frozenset({Action.READ_AUDIT}),
    Role.OPERATOR: frozenset(Action),
}

APART = frozenset({Role.SYSTEM_ADMINISTRATOR, Role.SECURITY_ADMINISTRATOR, Role.AUDIT_ADMINISTRATOR})
"""Nobody holds two of these at once (等保 2.0 三级, 8.1.4.2 d: separation of administrators)."""
