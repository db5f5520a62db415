"""Meetings 碰头会 and 调度会: what kinds of them a stocktake has."""

from __future__ import annotations

from enum import StrEnum


class MeetingKind(StrEnum):
    """How often people meet about it: every day, every week, or when it is called for."""

    DAILY = "daily"
    WEEKLY = "weekly"
    SPECIAL = "special"

    @property
    def label(self) -> str:
        """The Chinese name as it is shown."""
        return ("碰头会", "调度会", "专题会")[list(MeetingKind).index(self)]
