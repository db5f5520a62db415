"""Verbs 动作 that a service task of a process may call: a small, listed set. What each does stands in the app that
does it; here is what a process must say to call it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Verb:
    """``needs`` and ``takes``: arguments by name; ``posts``: it writes to a ledger table that the process names."""

    name: str
    title: str
    needs: tuple[str, ...] = ()
    takes: tuple[str, ...] = ()
    posts: bool = False


VERBS: Mapping[str, Verb] = {
    verb.name: verb
    for verb in (
        Verb("ledger.post", "写入台账", posts=True),
        Verb("messages.send", "发消息", needs=("text",), takes=("to", "kind")),
        Verb("exchange.send", "发给对方单位", needs=("purpose",), takes=("to", "forms", "process", "division")),
        Verb("cases.reckon", "计办理用时", takes=("group",)),
        Verb("decisions.open", "开始表决", needs=("measure",), takes=("days", "relation")),
        Verb("decisions.close", "结束表决", takes=("measure",)),
        Verb("publishing.give_notice", "公示", needs=("title", "text"), takes=("days",)),
        Verb("supervision.raise_finding", "提出问题", needs=("text",), takes=("kind",)),
    )
}
"""By name. A verb that a process may call is added here, and its handler where it is done."""
