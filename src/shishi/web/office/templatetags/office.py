"""Words of the office, and looking something up by its key."""

from __future__ import annotations

from collections.abc import Mapping

from django import template

from shishi.apps.accounts.names import named
from shishi.core.ledger import RevisionKind
from shishi.core.notices import Extension

register = template.Library()

EXTENSIONS = {
    Extension.NONE: "未申请",
    Extension.ASKED: "申请中",
    Extension.GRANTED: "已同意",
    Extension.REFUSED: "未同意",
}
KINDS = {
    RevisionKind.POSTED: "新增",
    RevisionKind.REVISED: "修订",
    RevisionKind.WITHDRAWN: "撤下",
    RevisionKind.VOIDED: "作废",
}
DOORS = {"workbook": "工作簿", "form": "表单", "service": "办事服务", "device": "设备", "instance": "上下级平台"}
DELIVERIES = {"queued": "待发送", "sent": "已送达", "failed": "发送失败"}
VERSIONS = {"indicator": "指标", "table": "台账", "target": "目标", "trajectory": "序时进度"}


@register.filter
def at(held: Mapping[str, str], key: str) -> str:
    """The value under a key; the key itself when there is none."""
    return held.get(key, key)


@register.filter
def person(username: str) -> str:
    """The name of who stands in a history by their user name."""
    return named(username).name


@register.filter
def who(username: str) -> str:
    """Name and body: ``张三（宣州区专班）``."""
    return named(username).told


@register.filter
def extension(value: Extension) -> str:
    """Where the one possible extension stands."""
    return EXTENSIONS[value]


@register.filter
def revision(kind: str) -> str:
    """What a revision did to its row."""
    return KINDS[RevisionKind(kind)]


@register.filter
def door(value: str) -> str:
    """The door through which a row came in."""
    return DOORS.get(value, value)


@register.filter
def delivery(state: str) -> str:
    """What became of a delivery."""
    return DELIVERIES.get(state, state)


@register.filter
def version(name: str) -> str:
    """Which definition a version is of."""
    return VERSIONS.get(name, name)
