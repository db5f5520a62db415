"""Checks on the spot: who may look at a drawn row, what they found, and the state that the row has from then on."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from shishi.apps.accounts.models import Person
from shishi.apps.accounts.roles import Action
from shishi.apps.accounts.selectors import bodies_behind, body_of, may, parts_held, posts_of, require
from shishi.apps.assurance.models import DrawnRow, FieldCheckRow, MarkRow, Recheck
from shishi.apps.assurance.selectors import digest_of
from shishi.apps.assurance.verification_digests import digest_of_check, digest_of_recheck
from shishi.apps.audit.services import one_at_a_time, record
from shishi.apps.ledger.selectors import history
from shishi.apps.ledger.writing import claim, lock
from shishi.apps.programmes.selectors import programme_named
from shishi.core.assurance import Basis
from shishi.core.calendars import day_of
from shishi.core.divisions import covers
from shishi.core.errors import Misuse
from shishi.core.ledger import RevisionKind
from shishi.core.programmes import Part
from shishi.core.verification import FieldCheck, Outcome, Reporters, Verdict, add_check, outcome, require_apart


@dataclass(frozen=True, slots=True)
class Found:
    """What one person found about a drawn row. ``amount``: how much there is, asked for of a row that is not as
    reported where an amount is verified."""

    verdict: Verdict
    visited_on: date
    reason: str = ""
    text: str = ""
    amount: Decimal | None = None


def record_check(drawn: int, found: Found, *, by: Person, at: datetime) -> Outcome:
    """Record what a person found; what follows for the row is written with it. The same finding again changes nothing.
    ``Misuse`` (unknown_drawn_row, out_of_reach, not_a_verifier, verifier_reported, verifier_of_reporting_body,
    visit_out_of_range, settled_already, checked_already, reason_missing, reason_not_needed, unknown_reason,
    amount_missing, amount_not_needed, amount_as_reported, amount_malformed)."""
    with transaction.atomic():
        lock()
        one_at_a_time()
        row = _drawn(drawn)
        plan = row.verification
        require(by, Action.ASSURE, row.division, plan.programme, day_of(at))
        _require_named(row, by)
        mine = frozenset(post.body.code for post in posts_of(by, day_of(at)))
        reporters = reporters_of([row], day_of(at))[row.pk]
        require_apart(by.username, mine, reporters)
        number = current_round(row)
        found = replace(found, amount=_amount(row, number, found))
        rows = list(row.checks.filter(round=number).order_by("pk"))
        if any(_says_the_same(item, found, by) for item in rows):
            return outcome(checks_of(rows))
        _require_visit(row, number, found.visited_on, at)
        return _write_check(row, rows, number, found, mine, by, at)


def _write_check(
    row: DrawnRow,
    rows: Sequence[FieldCheckRow],
    number: int,
    found: Found,
    mine: frozenset[str],
    by: Person,
    at: datetime,
) -> Outcome:
    _, programme = programme_named(row.verification.programme)
    told = (found.verdict, found.visited_on, at, found.reason, found.text.strip(), found.amount)
    new = FieldCheck(by.username, mine, *told)
    checks = add_check(checks_of(rows), new, programme.verification)
    settled = outcome(checks)
    made = FieldCheckRow(
        drawn=row,
        round=number,
        verdict=found.verdict.value,
        reason=found.reason,
        text=new.text,
        visited_on=found.visited_on,
        person=by.username,
        bodies=sorted(mine),
        marked=_mark(row, number, settled, checks, by, at) if settled.settled else None,
        at=at,
        amount=None if found.amount is None else f"{found.amount:f}",
    )
    made.save(force_insert=True)
    record(
        at=at,
        person=by.username,
        body=body_of(by, day_of(at)),
        action="verification.check",
        subject=f"verification.check:{made.pk}",
        digest=digest_of_check(made),
        detail={"drawn": row.pk, "round": number, "verdict": made.verdict, "outcome": settled.value},
    )
    return settled


def ask_recheck(drawn: int, text: str, *, by: Person, at: datetime) -> int:
    """Ask to look again at a refuted row that was put right; returns the round. Whoever may report or verify there may
    ask. ``Misuse`` (unknown_drawn_row, out_of_reach, not_refuted, rectification_missing)."""
    with transaction.atomic():
        held = lock()
        one_at_a_time()
        row = _drawn(drawn)
        programme = row.verification.programme
        if not may(by, Action.HAND_IN, row.division, programme, day_of(at)):
            require(by, Action.ASSURE, row.division, programme, day_of(at))
        if not text.strip():
            raise Misuse("rectification_missing", "请写明怎样整改的，复核的人要照着看。")
        number = current_round(row)
        last = row.rechecks.filter(round=number).first()
        if last is not None and (last.text, last.person) == (text.strip(), by.username):
            return number
        standing = outcome(checks_of(row.checks.filter(round=number).order_by("pk")))
        if standing is not Outcome.REFUTED:
            raise Misuse("not_refuted", f"这一行现为“{standing.label}”，只有“{Outcome.REFUTED.label}”的可以申请复核。")
        made = Recheck.objects.create(
            drawn=row, round=number + 1, text=text.strip(), last_sequence=held.last, person=by.username, at=at
        )
        record(
            at=at,
            person=by.username,
            body=body_of(by, day_of(at)),
            action="verification.recheck",
            subject=f"verification.recheck:{made.pk}",
            digest=digest_of_recheck(made),
            detail={"drawn": row.pk, "round": made.round},
        )
    return int(made.round)


def reporters_of(rows: Collection[DrawnRow], on: date) -> dict[int, Reporters]:
    """Of each drawn row (by id) who answers for it: whoever handed it in or approved it, at any time, the bodies of all
    their posts, and the bodies that lead for its division below the programme's own."""
    past = history([row.entry for row in rows])
    people = {row.pk: _people(past[row.entry]) for row in rows}
    bodies = bodies_behind({name for names in people.values() for name in names})
    leads: dict[str, dict[str, dict[str, str]]] = {}
    found = {}
    for row in rows:
        programme = row.verification.programme
        if programme not in leads:
            leads[programme] = {
                division: {one.body: one.title for one in held if one.part is Part.LEAD}
                for division, held in parts_held(programme, on).items()
            }
        answering: dict[str, str] = {}
        for division, titles in leads[programme].items():
            if covers(row.stratum.code, division) and covers(division, row.division):
                answering |= titles
        for name in people[row.pk]:
            answering |= bodies.get(name, {})
        found[row.pk] = Reporters(people[row.pk], answering)
    return found


def _people(past: Iterable[object]) -> frozenset[str]:
    batches = (getattr(revision, "batch", None) for revision in past)
    named = ((batch.person, batch.approved_by) for batch in batches if batch is not None)
    return frozenset(name for pair in named for name in pair if name)


def checks_of(rows: Iterable[FieldCheckRow]) -> tuple[FieldCheck, ...]:
    """Stored checks as the core has them."""
    return tuple(
        FieldCheck(
            row.person,
            frozenset(row.bodies),
            Verdict(row.verdict),
            row.visited_on,
            row.at,
            row.reason,
            row.text,
            None if row.amount is None else Decimal(row.amount),
        )
        for row in rows
    )


def current_round(row: DrawnRow) -> int:
    """1 until a recheck is asked for."""
    last = row.rechecks.order_by("-round").values_list("round", flat=True).first()
    return last or 1


def _drawn(drawn: int) -> DrawnRow:
    row = DrawnRow.objects.filter(pk=drawn).select_related("verification", "stratum").first()
    if row is None:
        raise Misuse("unknown_drawn_row", f"没有抽中的行“{drawn}”。用 shishi verification list 查看。")
    return row


def _require_named(row: DrawnRow, by: Person) -> None:
    names: Sequence[str] = row.verification.verifiers
    if names and by.username not in names:
        told = "、".join(names)
        raise Misuse("not_a_verifier", f"方案 {row.verification_id} 指定了核实人员（{told}），{by.username} 不在其中。")


def _require_visit(row: DrawnRow, number: int, visited_on: date, at: datetime) -> None:
    first = row.verification.as_of
    if number > 1:
        first = day_of(row.rechecks.get(round=number).at)
    if not first <= visited_on <= day_of(at):
        message = f"到现场的日期 {visited_on} 应在 {first} 到 {day_of(at)} 之间。"
        raise Misuse("visit_out_of_range", message)


def _says_the_same(item: FieldCheckRow, found: Found, by: Person) -> bool:
    amount = None if item.amount is None else Decimal(item.amount)
    held = (item.person, item.verdict, item.reason, item.text, item.visited_on, amount)
    return held == (by.username, found.verdict.value, found.reason, found.text.strip(), found.visited_on, found.amount)


def _amount(row: DrawnRow, number: int, found: Found) -> Decimal | None:
    """How much there is after what the person says: what was reported of a row that is true. A recheck asks for none:
    it changes the row, never the estimate."""
    if row.amount is None or number > 1:
        if found.amount is not None:
            raise Misuse("amount_not_needed", "这里核的不是数额（按行计数，或是整改后的复核）。请去掉数额。")
        return None
    reported = Decimal(row.amount)
    if found.verdict is Verdict.CONFIRMED:
        if found.amount not in (None, reported):
            message = f"填“属实”就是 {reported:f}，与您填的数额不同。数额不同的请填“不属实”并选原因。"
            raise Misuse("amount_not_needed", message)
        return reported
    if found.amount is None:
        raise Misuse("amount_missing", f"填“不属实”要写现场核得的数额（填报的是 {reported:f}，没有就填 0）。")
    if not found.amount.is_finite() or found.amount < min(reported, Decimal(0)) or found.amount.adjusted() > 17:
        raise Misuse("amount_malformed", "核得的数额应是不小于 0 的数，最多 18 位整数。")
    if found.amount == reported:
        raise Misuse("amount_as_reported", "核得的数额与填报的相同，请填“属实”，或核对数额。")
    return found.amount


def _mark(
    row: DrawnRow, number: int, settled: Outcome, checks: Sequence[FieldCheck], by: Person, at: datetime
) -> int | None:
    """Give the row the state that was found, unless what was looked at has been changed in the meantime; returns the
    mark's sequence. A first round says what was true on the plan's day, a recheck what is true since the last visit."""
    plan = row.verification
    seen = plan.last_sequence if number == 1 else row.rechecks.get(round=number).last_sequence
    if _changed_since(row.entry, plan.group, seen):
        return None
    claimed = claim(1, at)
    told = "、".join(item.person for item in checks)
    mark = MarkRow(
        sequence=claimed.first,
        table=plan.table,
        entry=row.entry,
        group=plan.group,
        state=Basis.VERIFIED if settled is Outcome.VERIFIED else Basis.REPORTED,
        effective_on=plan.as_of if number == 1 else max(item.visited_on for item in checks),
        recorded_at=claimed.recorded_at,
        person=by.username,
        note=f"核实方案{plan.pk}{'' if number == 1 else f'第{number}轮'}：{settled.label}（{told}）"[:300],
    )
    mark.save(force_insert=True)
    record(
        at=claimed.recorded_at,
        person=by.username,
        body=body_of(by, day_of(at)),
        action="assurance.verify",
        subject=f"marks:{plan.table}:{mark.sequence}-{mark.sequence}",
        digest=digest_of([mark]),
        detail={"verification": plan.pk, "group": plan.group, "state": str(mark.state)},
    )
    return claimed.first


def _changed_since(entry: UUID, group: str, sequence: int) -> bool:
    """Whether the group of the row was changed, or the row taken out, after the sequence."""
    (past,) = history([entry]).values()
    kept = (RevisionKind.POSTED.value, RevisionKind.REVISED.value)
    later = [revision for revision in past if revision.sequence > sequence]
    return any(revision.kind not in kept or revision.settled.get(group, 0) > sequence for revision in later)
