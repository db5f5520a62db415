"""The ladder 督办阶梯: how high what lasts may climb. The pack says after how many days."""

from __future__ import annotations

from collections.abc import Iterable

from shishi.core.findings import FindingKind
from shishi.core.notices import NoticeKind
from shishi.core.programmes import Rung


def rung_for(ladder: Iterable[Rung], kind: FindingKind, days_stood: int) -> Rung | None:
    """The rung to draft for a finding: behind and silent climb up to the prompt notice as they last, everything else
    gets the reminder at most. A supervision order is never drafted from a finding: it follows a notice that failed."""
    reach = {NoticeKind.REMINDER, NoticeKind.PROMPT_NOTICE} if kind.heavy else {NoticeKind.REMINDER}
    fitting = [item for item in ladder if item.kind in reach and item.after_days <= days_stood]
    return max(fitting, key=lambda item: list(NoticeKind).index(NoticeKind(item.kind)), default=None)


def rung_due(ladder: Iterable[Rung], reached: NoticeKind | None, days_late: int) -> NoticeKind | None:
    """The rung to which a matter that is so many working days late should be raised: the next one above where it
    stands, once the days of that rung have passed and the rung below had its time to be answered. A person decides;
    nothing climbs by itself."""
    rungs = {NoticeKind(item.kind): item for item in ladder}
    wanted = (reached.next if reached else NoticeKind.REMINDER) if rungs else None
    passed = 0
    for kind in NoticeKind:
        rung = rungs.get(kind)
        if rung is None:
            wanted = kind.next if kind is wanted else wanted
            continue
        passed = max(passed, rung.after_days, 1)
        if kind is wanted:
            return kind if passed <= days_late else None
        passed += rung.reply_within
    return None
