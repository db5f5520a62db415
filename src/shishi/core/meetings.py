"""Meetings 碰头会 and 调度会: what kinds of them a stocktake has."""

from __future__ import annotations

from shishi.core.labels import Labelled


class MeetingKind(Labelled):
    """How often people meet about it: every day, every week, or when it is called for."""

    DAILY = "daily", "碰头会"
    WEEKLY = "weekly", "调度会"
    SPECIAL = "special", "专题会"
