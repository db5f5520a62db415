"""Reading verifications, the person first: plans, strata with their discounts, and the estimate with its interval."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Count, Q, QuerySet

from shishi.apps.accounts.models import Person
from shishi.apps.accounts.roles import Action
from shishi.apps.accounts.selectors import EVERYTHING, Held, lying_in, parts_held, reaches
from shishi.apps.assurance.models import DrawnRow, FieldCheckRow, Verification, VerificationStratum
from shishi.apps.assurance.verification_checks import checks_of
from shishi.core.calendars import day_of
from shishi.core.divisions import covers
from shishi.core.errors import Misuse
from shishi.core.estimates import Counted, Estimate, Interval, discount, estimate
from shishi.core.programmes import Part
from shishi.core.sampling import NORMAL
from shishi.core.totals import Amount, Compared, Summed, TotalEstimate, corrected, estimate_total
from shishi.core.verification import NEEDED, Outcome, Verdict, outcome, settled_amount

_AS_STORED = (
    *("id", "programme", "table", "indicator", "group", "division", "title", "as_of", "known_at", "minimum"),
    *("rows", "size", "population", "seed_source", "seed_on", "person", "at", "field"),
)
_COUNTS = ("drawn", "settled", "verified", "disputed")


@dataclass(frozen=True, slots=True)
class StratumView:
    """A stratum as it is shown. ``size``: rows to draw; the others count the first round of the drawn ones. Where an
    amount is verified: what was ``reported``, the rows that were ``compared``, and what the body's true total is
    estimated to be."""

    code: str
    name: str
    rows: int
    size: int
    drawn: int
    settled: int
    verified: int
    disputed: int
    bodies: tuple[str, ...]
    interval: Interval | None
    reported: Decimal | None
    compared: tuple[Compared, ...]
    amount: Amount | None

    @property
    def counted(self) -> Counted:
        """What the estimate needs of it."""
        return Counted(self.code, self.rows, self.settled, self.verified)

    @property
    def share(self) -> Amount | None:
        """The estimated true total as a share of the reported one: the body's discount in the amount."""
        return self.amount.of(self.reported) if self.amount and self.reported is not None else None


@dataclass(frozen=True, slots=True)
class VerificationView:
    """A plan with what became of it. ``strata``: those in reach; ``estimate``: of all, once every drawn row is settled,
    for who reaches the plan's whole division. ``checks``: the person may check in some of it. ``field``: the amount
    that the indicator sums, where it does; ``total``: its estimate, when there is one of the rows."""

    id: int
    programme: str
    table: str
    indicator: str
    group: str
    division: str
    title: str
    as_of: date
    known_at: datetime
    confidence: Decimal
    margin: Decimal
    share: Decimal
    minimum: int
    rows: int
    size: int
    population: str
    seed_source: str
    seed_on: date | None
    verifiers: tuple[str, ...]
    person: str
    at: datetime
    seed: str
    drawn_by: str
    drawn_at: datetime | None
    drawn: int
    settled: int
    verified: int
    disputed: int
    rechecked: int
    completed_at: datetime | None
    strata: tuple[StratumView, ...]
    estimate: Estimate | None
    checks: bool
    field: str | None
    total: TotalEstimate | None

    @property
    def complete(self) -> bool:
        """Whether every drawn row is settled."""
        return bool(self.drawn) and self.settled == self.drawn

    @property
    def state(self) -> str:
        """Where it stands, in a word."""
        if self.drawn_at is None:
            return "已立方案，待抽取"
        return "已完成" if self.complete else "核实中"


def verifications_for(
    person: Person, *, at: datetime, programme: str = "", offset: int = 0, limit: int = 50
) -> tuple[VerificationView, ...]:
    """Plans of which a stratum lies in the person's reach, newest first, paged."""
    found = visible(person, at).order_by("-pk")
    if programme:
        found = found.filter(programme=programme)
    return tuple(_view(person, plan, at) for plan in found[offset : offset + limit])


def verification_of(person: Person, verification: int, *, at: datetime) -> VerificationView:
    """One plan; ``Misuse`` (unknown_verification), also for one out of reach."""
    plan = visible(person, at).filter(pk=verification).first()
    if plan is None:
        raise unknown_verification(verification)
    return _view(person, plan, at)


@dataclass(frozen=True, slots=True)
class Standing:
    """The newest finished verification of an indicator that speaks of a division: its estimate for the plan's own
    division, the discount for one of its strata; of the amount, too, where one is summed."""

    verification: int
    title: str
    as_of: date
    rows: int
    checked: int
    verified: int
    confidence: Decimal
    interval: Interval
    whole: bool
    amount: Amount | None = None
    share: Amount | None = None


def standing_estimate(
    person: Person, programme: str, indicator: str, division: str, as_of: date, *, at: datetime
) -> Standing | None:
    """What the newest finished verification up to a day says of a division; ``None`` where none does."""
    plans = visible(person, at).filter(programme=programme, indicator=indicator, as_of__lte=as_of, draw__isnull=False)
    for plan in plans.order_by("-as_of", "-pk"):
        if not covers(plan.division, division):
            continue
        view = _view(person, plan, at)
        if not view.complete:
            continue
        known = (plan.pk, plan.title, plan.as_of)
        if division == plan.division and view.estimate is not None:
            told = view.estimate
            summed = (view.total.amount, view.total.share) if view.total else ()
            counts = (told.rows, told.checked, told.verified)
            return Standing(*known, *counts, view.confidence, told.interval, True, *summed)
        for item in view.strata:
            if item.code == division and item.interval is not None:
                counts = (item.rows, item.settled, item.verified)
                return Standing(*known, *counts, view.confidence, item.interval, False, item.amount, item.share)
    return None


def _view(person: Person, plan: Verification, at: datetime) -> VerificationView:
    made = getattr(plan, "draw", None)
    rows = list(drawn_of(plan)) if made else []
    strata = _strata(plan, rows)
    own = reached(person, plan, Action.READ, at)
    shown = tuple(item for item in strata if any(covers(code, item.code) for code in own))
    counts = {name: sum(getattr(item, name) for item in strata) for name in _COUNTS}
    complete = bool(rows) and counts["settled"] == counts["drawn"]
    whole = any(covers(code, plan.division) for code in own)
    z = NORMAL[Decimal(plan.confidence)]
    moments = [check.at for row in rows for check in row.checks.all() if check.round == 1]
    counted = [item.counted for item in strata]
    told = estimate(counted, Decimal(plan.confidence), z) if complete and whole else None
    return VerificationView(
        **{name: getattr(plan, name) for name in _AS_STORED},
        confidence=Decimal(plan.confidence),
        margin=Decimal(plan.margin),
        share=Decimal(plan.share),
        verifiers=tuple(plan.verifiers),
        seed=made.seed if made else "",
        drawn_by=made.person if made else "",
        drawn_at=made.at if made else None,
        **counts,
        rechecked=sum(round_of(row) > 1 for row in rows),
        completed_at=max(moments) if complete else None,
        strata=shown,
        estimate=told,
        checks=bool(reached(person, plan, Action.ASSURE, at)),
        total=_total(strata, Decimal(plan.confidence)) if told else None,
    )


def _total(strata: Sequence[StratumView], confidence: Decimal) -> TotalEstimate | None:
    """The estimate of the sum; ``None`` where none is verified."""
    summed = [
        Summed(item.code, item.rows, item.reported, item.compared) for item in strata if item.reported is not None
    ]
    return estimate_total(summed, confidence, NORMAL[confidence], negative=_below_nothing(summed)) if summed else None


def _below_nothing(strata: Iterable[Summed]) -> bool:
    """Whether amounts below nothing were reported."""
    return any(item.reported < 0 or any(one.reported < 0 for one in item.checked) for item in strata)


def _strata(plan: Verification, rows: Sequence[DrawnRow]) -> tuple[StratumView, ...]:
    found: defaultdict[int, list[DrawnRow]] = defaultdict(list)
    for row in rows:
        found[row.stratum_id].append(row)
    held = parts_held(plan.programme, plan.as_of)
    z = NORMAL[Decimal(plan.confidence)]
    return tuple(_stratum(item, found[item.pk], held, z) for item in plan.strata.order_by("code"))


def _stratum(
    item: VerificationStratum, rows: Sequence[DrawnRow], held: Mapping[str, Sequence[Held]], z: Decimal
) -> StratumView:
    found = [outcome_of(row, 1) for row in rows]
    settled = [one for one in found if one.settled]
    verified = sum(one is Outcome.VERIFIED for one in settled)
    done = bool(found) and len(settled) == len(found)
    reported = None if item.amount is None else Decimal(item.amount)
    compared = tuple(_compared(rows)) if reported is not None else ()
    summed = [Summed(item.code, item.rows, reported, compared)] if done and reported is not None else []
    return StratumView(
        code=item.code,
        name=item.name,
        rows=item.rows,
        size=item.size,
        drawn=len(found),
        settled=len(settled),
        verified=verified,
        disputed=sum(one is Outcome.DISPUTED for one in found),
        bodies=tuple(one.title for one in held.get(item.code, ()) if one.part is Part.LEAD),
        interval=discount(Counted(item.code, item.rows, len(settled), verified), z) if done else None,
        reported=reported,
        compared=compared,
        amount=corrected(summed[0], z, negative=_below_nothing(summed)) if summed else None,
    )


def _compared(rows: Iterable[DrawnRow]) -> Iterator[Compared]:
    """What was reported and what was found of the rows that are settled in the first round."""
    for row in rows:
        amount = settled_amount(checks_of(checks_in(row, 1)))
        if amount is not None and row.amount is not None:
            yield Compared(Decimal(row.amount), amount)


def visible(person: Person, at: datetime) -> QuerySet[Verification]:
    """Plans of which a stratum lies in the person's reach."""
    mine = Q(pk__in=[])
    for reach in reaches(person, Action.READ, day_of(at)):
        named = Q() if EVERYTHING in reach.programmes else Q(programme__in=reach.programmes)
        strata = VerificationStratum.objects.filter(lying_in("code", reach.divisions))
        mine |= named & Q(pk__in=strata.values("verification"))
    return Verification.objects.filter(mine).select_related("draw")


def reached(person: Person, plan: Verification, action: Action, at: datetime) -> frozenset[str]:
    """The divisions of the person's posts that allow the action in the plan's programme, as far as they touch it."""
    own = reaches(person, action, day_of(at))
    named = (one for one in own if EVERYTHING in one.programmes or plan.programme in one.programmes)
    codes = frozenset(code for one in named for code in one.divisions)
    return frozenset(code for code in codes if covers(code, plan.division) or covers(plan.division, code))


def unsettled() -> QuerySet[DrawnRow]:
    """Drawn rows that may still wait for somebody: those not settled in the first round, and those with rechecks.
    What a work list looks through, instead of every sample there ever was."""
    first = Q(checks__round=1)
    votes = {
        verdict.value: Count("checks", filter=first & Q(checks__verdict=verdict.value), distinct=True)
        for verdict in Verdict
    }
    open_ones = Q(**{f"{verdict.value}__lt": NEEDED for verdict in Verdict})
    apart = Q(looked__lte=NEEDED, amounts__gt=1)  # both say it is not as reported, and differ in how much there is
    votes |= {
        "looked": Count("checks", filter=first, distinct=True),
        "amounts": Count("checks__amount", filter=first, distinct=True),
        "asked": Count("rechecks", distinct=True),
    }
    return DrawnRow.objects.annotate(**votes).filter(open_ones | apart | Q(asked__gt=0))


def drawn_of(plan: Verification) -> QuerySet[DrawnRow]:
    """The drawn rows of a plan with their checks and rechecks, stratum by stratum in the order of the draw."""
    found = DrawnRow.objects.filter(verification=plan).select_related("verification", "stratum")
    return found.prefetch_related("checks", "rechecks").order_by("stratum__code", "position")


def round_of(row: DrawnRow) -> int:
    """The newest round of a drawn row; 1 until a recheck is asked for."""
    return max((item.round for item in row.rechecks.all()), default=1)


def checks_in(row: DrawnRow, number: int) -> list[FieldCheckRow]:
    """The checks of one round, as they came."""
    return sorted((item for item in row.checks.all() if item.round == number), key=lambda item: item.pk)


def outcome_of(row: DrawnRow, number: int) -> Outcome:
    """Where a round stands."""
    return outcome(checks_of(checks_in(row, number)))


def unknown_verification(verification: int) -> Misuse:
    """What is not there or out of reach."""
    message = f"没有您可以查看的核实方案“{verification}”。用 shishi verification list 查看。"
    return Misuse("unknown_verification", message)
