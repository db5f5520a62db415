"""Words of the office, and looking something up by its key."""

from __future__ import annotations

from collections.abc import Mapping

from django import template
from django.utils.translation import gettext_lazy as lazy

from shishi.apps.accounts.names import named
from shishi.core.ledger import RevisionKind
from shishi.core.notices import Extension

register = template.Library()

EXTENSIONS = {
    Extension.NONE: lazy("未申请"),
    Extension.ASKED: lazy("申请中"),
    Extension.GRANTED: lazy("已同意"),
    Extension.REFUSED: lazy("未同意"),
}
KINDS = {
    RevisionKind.POSTED: lazy("新增"),
    RevisionKind.REVISED: lazy("修订"),
    RevisionKind.WITHDRAWN: lazy("撤下"),
    RevisionKind.VOIDED: lazy("作废"),
}
DOORS = {
    "workbook": lazy("工作簿"),
    "form": lazy("表单"),
    "service": lazy("办事服务"),
    "case": lazy("办件"),
    "device": lazy("设备"),
    "instance": lazy("上下级平台"),
}
DELIVERIES = {"queued": lazy("待发送"), "sent": lazy("已送达"), "failed": lazy("发送失败")}
VERSIONS = {"indicator": lazy("指标"), "table": lazy("台账"), "target": lazy("目标"), "trajectory": lazy("序时进度")}


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
    return str(EXTENSIONS[value])


@register.filter
def revision(kind: str) -> str:
    """What a revision did to its row."""
    return str(KINDS[RevisionKind(kind)])


@register.filter
def door(value: str) -> str:
    """The door through which a row came in."""
    return str(DOORS.get(value, value))


@register.filter
def delivery(state: str) -> str:
    """What became of a delivery."""
    return str(DELIVERIES.get(state, state))


@register.filter
def version(name: str) -> str:
    """Which definition a version is of."""
    return str(VERSIONS.get(name, name))
