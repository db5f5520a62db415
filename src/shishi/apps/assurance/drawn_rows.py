"""Drawn rows and work lists 核实清单, the person first.

Which rows were drawn is known to those who check them; the body whose rows they are sees a row once it is settled, so
that nobody tidies up before the visit.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from shishi.apps.accounts.models import Person
from shishi.apps.accounts.roles import Action
from shishi.apps.accounts.selectors import may, one_look, posts_of
from shishi.apps.assurance.models import DrawnRow
from shishi.apps.assurance.verification_checks import checks_of, reporters_of
from shishi.apps.assurance.verification_seen import (
    checks_in,
    drawn_of,
    outcome_of,
    reached,
    round_of,
    unknown_verification,
    unsettled,
    visible,
)
from shishi.core.calendars import day_of
from shishi.core.divisions import covers
from shishi.core.errors import Misuse
from shishi.core.values import KEY_SEPARATOR
from shishi.core.verification import FieldCheck, Outcome, Reporters, require_apart, settled_amount


@dataclass(frozen=True, slots=True)
class DrawnView:
    """A drawn row as it is shown. ``outcome`` and ``checks``: of its newest round; before it is settled nobody
    is told what the other found. ``first``: of the sample itself. ``mine``: the person checked it in this round;
    ``barred``: why the person may not, empty where they may (``reported_by_them``: because it is their own body's).
    ``asked``: what was put right, where a recheck was asked for; ``marked``: whether the row was given the state that
    was found; ``reported``: the amount that is verified, where one is and it is asked for; ``settled``: how much there
    is after all."""

    id: int
    verification: int
    title: str
    programme: str
    table: str
    indicator: str
    stratum: str
    position: int
    entry: UUID
    key: str
    division: str
    round: int
    outcome: Outcome
    first: Outcome
    checks: tuple[FieldCheck, ...]
    earlier: tuple[FieldCheck, ...]
    mine: bool
    barred: str
    reported_by_them: bool
    marked: bool
    asked: str
    reported: Decimal | None
    settled: Decimal | None


def drawn_rows(
    person: Person,
    verification: int,
    *,
    at: datetime,
    stratum: str = "",
    outcomes: Collection[Outcome] = (),
    offset: int = 0,
    limit: int = 50,
) -> tuple[int, tuple[DrawnView, ...]]:
    """How many drawn rows the person may see (in a stratum, in some outcomes), and a page of them. ``Misuse``
    (unknown_verification)."""
    plan = visible(person, at).filter(pk=verification).first()
    if plan is None:
        raise unknown_verification(verification)
    rows = [row for row in drawn_of(plan) if not stratum or row.stratum.code == stratum]
    seen = [item for item in _seen(person, rows, at) if not outcomes or item.outcome in outcomes]
    return len(seen), tuple(seen[offset : offset + limit])


def drawn_row(person: Person, drawn: int, *, at: datetime) -> DrawnView:
    """One drawn row; ``Misuse`` (unknown_drawn_row), also for one that the person may not see."""
    row = DrawnRow.objects.filter(pk=drawn).select_related("verification", "stratum").first()
    seen = _seen(person, [row], at) if row else ()
    if not seen:
        raise Misuse("unknown_drawn_row", f"没有您可以查看的抽中行“{drawn}”。用 shishi verification list 查看。")
    return seen[0]


def work_list(person: Person, *, at: datetime, verification: int | None = None) -> tuple[DrawnView, ...]:
    """The rows that wait for this person: within reach, not settled, not yet checked by them, not of their body."""
    plans = visible(person, at).filter(draw__isnull=False, pk__in=unsettled().values("verification"))
    if verification is not None:
        plans = plans.filter(pk=verification)
    found: list[DrawnRow] = []
    for plan in plans.order_by("pk"):
        if plan.verifiers and person.username not in plan.verifiers:
            continue
        codes = reached(person, plan, Action.ASSURE, at)
        if codes:
            found += (row for row in drawn_of(plan) if waits_for(person, row, codes))
    return tuple(item for item in _seen(person, found, at) if not item.barred)


def waits_for(person: Person, row: DrawnRow, codes: Collection[str]) -> bool:
    """Whether the row waits for the person: within the divisions, not settled, not yet looked at by them."""
    number = round_of(row)
    if not any(covers(code, row.division) for code in codes) or outcome_of(row, number).settled:
        return False
    return all(item.person != person.username for item in checks_in(row, number))


def _seen(person: Person, rows: Sequence[DrawnRow], at: datetime) -> tuple[DrawnView, ...]:
    """Those of the rows that the person may see now."""
    with one_look():
        reporters = reporters_of(rows, day_of(at))
        mine = frozenset(post.body.code for post in posts_of(person, day_of(at)))
        return tuple(
            _one(person, row, _barred(person, row, mine, reporters[row.pk], at))
            for row in rows
            if _shown(person, row, mine, reporters[row.pk], at)
        )


def _shown(person: Person, row: DrawnRow, mine: frozenset[str], reporters: Reporters, at: datetime) -> bool:
    """Whether the person sees the row now."""
    programme, today = row.verification.programme, day_of(at)
    if may(person, Action.ASSURE, row.division, programme, today) and not _conflict(person, mine, reporters):
        return True
    return outcome_of(row, 1).settled and may(person, Action.READ, row.division, programme, today)


def _one(person: Person, row: DrawnRow, barred: tuple[str, bool]) -> DrawnView:
    number = round_of(row)
    checks = checks_in(row, number)
    plan = row.verification
    standing = outcome_of(row, number)
    told = checks if standing.settled else [item for item in checks if item.person == person.username]
    return DrawnView(
        id=row.pk,
        verification=plan.pk,
        title=plan.title,
        programme=plan.programme,
        table=plan.table,
        indicator=plan.indicator,
        stratum=row.stratum.name,
        position=row.position,
        entry=row.entry,
        key=row.key.replace(KEY_SEPARATOR, " "),
        division=row.division,
        round=number,
        outcome=standing,
        first=outcome_of(row, 1),
        checks=checks_of(told),
        earlier=checks_of(item for before in range(1, number) for item in checks_in(row, before)),
        mine=any(item.person == person.username for item in checks),
        barred=barred[0],
        reported_by_them=barred[1],
        marked=any(item.marked for item in checks),
        asked=next((item.text for item in row.rechecks.all() if item.round == number), ""),
        reported=None if row.amount is None or number > 1 else Decimal(row.amount),
        settled=settled_amount(checks_of(checks_in(row, 1))),
    )


def _barred(
    person: Person, row: DrawnRow, mine: frozenset[str], reporters: Reporters, at: datetime
) -> tuple[str, bool]:
    """Why the person may not check the row (empty: they may), and whether because it is their own body's."""
    if conflict := _conflict(person, mine, reporters):
        return conflict, True
    names = row.verification.verifiers
    if names and person.username not in names:
        return f"方案指定了核实人员：{'、'.join(names)}。", False
    if not may(person, Action.ASSURE, row.division, row.verification.programme, day_of(at)):
        return "您没有在这里核实的权限。", False
    return "", False


def _conflict(person: Person, mine: frozenset[str], reporters: Reporters) -> str:
    try:
        require_apart(person.username, mine, reporters)
    except Misuse as wrong:
        return wrong.message
    return ""
