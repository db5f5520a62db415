"""What messages ask of people: a delivery that failed three times is for whoever runs the system."""

from __future__ import annotations

from datetime import datetime

from shishi.apps.accounts.models import Person
from shishi.apps.accounts.roles import Action
from shishi.apps.accounts.selectors import may
from shishi.apps.messages.selectors import failed_deliveries
from shishi.core.calendars import day_of
from shishi.core.divisions import COUNTRY
from shishi.core.waiting import Waiting


def waiting_for(person: Person, at: datetime) -> tuple[Waiting, ...]:
    """One line for all that failed, with the newest reason."""
    if not may(person, Action.OPERATE, COUNTRY, "", day_of(at)):
        return ()
    failed = failed_deliveries()
    if not failed:
        return ()
    newest = failed[0]
    about = f"{newest.channel} → {newest.to}：{newest.last_error}"
    return (Waiting("处理投递失败的消息", f"{len(failed)} 条消息没有送到", about, "health", count=len(failed)),)


def started_by(person: Person, at: datetime) -> tuple[Waiting, ...]:
    """Nobody starts a delivery."""
    return ()
