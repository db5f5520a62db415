"""Verifications 核实: a plan over a frozen population, one draw, and what anybody needs to recompute both."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from shishi.apps.accounts.models import Person
from shishi.apps.accounts.roles import Action
from shishi.apps.accounts.selectors import body_of, person_named, reaches, require
from shishi.apps.assurance.models import DrawnRow, Verification, VerificationDraw, VerificationStratum
from shishi.apps.assurance.population import StratumRows, Wanted, population_of
from shishi.apps.assurance.verification_digests import digest_of_drawn, digest_of_plan, facts_of_plan
from shishi.apps.audit.services import one_at_a_time, record
from shishi.apps.ledger.selectors import live
from shishi.apps.ledger.writing import freeze, lock
from shishi.apps.programmes.selectors import programme_named
from shishi.core.calendars import day_of
from shishi.core.divisions import covers, normalise
from shishi.core.errors import Misuse, Refused
from shishi.core.indicators import Measure
from shishi.core.programmes import Programme
from shishi.core.sampling import EVEN, Precision, allocate, draw, population_digest, sample_size

AT_ONCE = 800


@dataclass(frozen=True, slots=True)
class NewVerification:
    """What is asked for. ``None`` takes what the pack says. ``division``: a significant code, empty: the programme's.
    ``seed_source``: where the seed will come from on ``seed_on``; empty: the platform draws one. ``verifiers``: user
    names of those who check, none: whoever may."""

    programme: str
    indicator: str
    as_of: date
    division: str = ""
    title: str = ""
    confidence: Decimal | None = None
    margin: Decimal | None = None
    share: Decimal = EVEN
    minimum: int | None = None
    seed_source: str = ""
    seed_on: date | None = None
    verifiers: tuple[str, ...] = ()


@transaction.atomic
def plan_verification(new: NewVerification, *, by: Person, at: datetime) -> Verification:
    """Freeze the population and say how many rows of each division are to be drawn. The same plan again, not yet drawn
    and over the same population, is the plan that is there. ``Misuse`` (as_of_in_future, indicator_not_counted,
    population_empty, seed_day_too_early, no_reach_to_verify …)."""
    _, programme = programme_named(new.programme)
    division = new.division or normalise(programme.division)
    require(by, Action.ASSURE, division, programme.name, day_of(at))
    _require_days(new, at)
    rules = programme.verification
    precision = Precision(new.confidence or rules.confidence, new.margin or rules.margin, new.share)
    minimum = rules.minimum if new.minimum is None else new.minimum
    held = lock()
    moment = max(at, held.recorded_at or at)
    freeze(moment)
    strata = population_of(by, Wanted(programme.name, new.indicator, division, new.as_of, moment), at=moment)
    if not strata:
        raise Misuse("population_empty", f"截至 {new.as_of}，这里没有一行计入这个指标，无从抽样。请换日期或范围。")
    _require_verifiers(new.verifiers, programme, strata, day_of(at))
    sizes = {item.code: len(item.entries) for item in strata}
    allotted = allocate(sizes, sample_size(sum(sizes.values()), precision), minimum)
    made = _planned(new, programme, precision, strata, by, at)
    made.division, made.known_at, made.last_sequence = division, moment, held.last
    made.minimum, made.size = minimum, sum(allotted.values())
    return _undrawn_twin(made) or _write_plan(made, strata, allotted, by)


def _planned(
    new: NewVerification,
    programme: Programme,
    precision: Precision,
    strata: tuple[StratumRows, ...],
    by: Person,
    at: datetime,
) -> Verification:
    """The plan as far as it is asked for and its population says."""
    indicator = programme.indicator(new.indicator)
    return Verification(
        programme=programme.name,
        table=indicator.table,
        indicator=indicator.code,
        group=indicator.assured_group,
        title=new.title.strip() or f"{indicator.title}核实（截至{new.as_of:%Y-%m-%d}）",
        as_of=new.as_of,
        confidence=str(precision.confidence),
        margin=str(precision.margin),
        share=str(precision.share),
        rows=sum(len(item.entries) for item in strata),
        population=population_digest({item.code: item.entries for item in strata}),
        seed_source=new.seed_source.strip(),
        seed_on=new.seed_on,
        verifiers=sorted(set(new.verifiers)),
        person=by.username,
        body=body_of(by, day_of(at)),
        at=at,
        field=indicator.field if indicator.measure is Measure.SUM else None,
    )


def _write_plan(made: Verification, strata: tuple[StratumRows, ...], sizes: dict[str, int], by: Person) -> Verification:
    made.save(force_insert=True)
    VerificationStratum.objects.bulk_create(
        VerificationStratum(
            verification=made,
            code=item.code,
            name=item.name,
            rows=len(item.entries),
            size=sizes[item.code],
            amount=None if item.total is None else f"{item.total:f}",
        )
        for item in strata
    )
    record(
        at=made.at,
        person=by.username,
        body=made.body,
        action="verification.plan",
        subject=f"verification:{made.pk}",
        digest=digest_of_plan(made),
        detail=facts_of_plan(made),
    )
    return made


def _undrawn_twin(made: Verification) -> Verification | None:
    """A plan that says the same, if nothing was drawn from it yet."""
    same = (
        *("programme", "indicator", "division", "title", "as_of", "confidence", "margin", "share", "minimum"),
        *("population", "seed_source", "seed_on", "person", "verifiers"),
    )
    alike = Verification.objects.filter(draw__isnull=True, population=made.population, person=made.person)
    return next((item for item in alike if all(getattr(item, name) == getattr(made, name) for name in same)), None)


def _require_days(new: NewVerification, at: datetime) -> None:
    today = day_of(at)
    if new.as_of > today:
        raise Misuse("as_of_in_future", f"{new.as_of} 还没有到。请改为今天或以前的日子。")
    if bool(new.seed_source.strip()) != bool(new.seed_on):
        message = "种子来自公开的号码时，来源和公布日期要一起写明；都不写则抽取时由平台随机产生。"
        raise Misuse("seed_source_incomplete", message)
    if new.seed_on is not None and new.seed_on <= today:
        message = f"种子的公布日期 {new.seed_on} 应在今天之后：总体先定下来，种子后产生，谁也挑不了样本。"
        raise Misuse("seed_day_too_early", message)


def _require_verifiers(names: tuple[str, ...], programme: Programme, strata: tuple[StratumRows, ...], on: date) -> None:
    """Every named person may verify in some stratum, and there are at least two of them."""
    if not names:
        return
    if len(set(names)) < 2:
        raise Misuse("verifiers_too_few", "每一行要两个人分别核实，请至少写两个核实人员；不写则由有权限的人员核实。")
    for name in names:
        own = reaches(person_named(name), Action.ASSURE, on)
        reached = any(
            reach.holds(item.code, programme.name) or any(covers(item.code, code) for code in reach.divisions)
            for reach in own
            for item in strata
        )
        if not reached:
            message = f"{name} 在本项目没有核实的权限。请先用 shishi post add 给予审核人或督办人员岗位，或换人。"
            raise Misuse("no_reach_to_verify", message)


@transaction.atomic
def draw_sample(verification: int, seed: str = "", *, by: Person, at: datetime) -> VerificationDraw:
    """Draw once and for ever. ``seed``: the announced one; nothing where the platform draws it. ``Misuse``
    (unknown_verification, drawn_already, seed_missing, seed_not_announced, seed_not_known_yet), ``Refused``
    (population_changed) when the frozen rows are not what was published."""
    plan = Verification.objects.filter(pk=verification).first()
    if plan is None:
        raise Misuse("unknown_verification", f"没有核实方案“{verification}”。用 shishi verification list 查看。")
    require(by, Action.ASSURE, plan.division, plan.programme, day_of(at))
    one_at_a_time()
    drawn = VerificationDraw.objects.filter(verification=plan).first()
    if drawn is not None:
        message = (
            f"方案 {plan.pk} 已于 {day_of(drawn.at)} 由 {drawn.person} 抽取，只能抽一次。要重抽请另立方案，原来的留存。"
        )
        raise Misuse("drawn_already", message)
    seed = _seed_of(plan, seed, day_of(at))
    wanted = Wanted(plan.programme, plan.indicator, plan.division, plan.as_of, plan.known_at)
    strata = population_of(by, wanted, at=max(at, plan.known_at))
    rows = {item.code: item.entries for item in strata}
    if not _as_frozen(plan, strata):
        message = "冻结的总体与公布的摘要不一致，没有抽取。请让审计管理员运行 shishi audit verify，查清后另立方案。"
        raise Refused("population_changed", message)
    return _write_draw(plan, rows, seed, by, at)


def _write_draw(
    plan: Verification, rows: dict[str, tuple[UUID, ...]], seed: str, by: Person, at: datetime
) -> VerificationDraw:
    strata = {item.code: item for item in plan.strata.all()}
    chosen = draw(rows, {code: item.size for code, item in strata.items()}, plan.population, seed)
    DrawnRow.objects.bulk_create(_drawn_rows(plan, strata, chosen))
    made = VerificationDraw.objects.create(
        verification=plan, seed=seed, digest=digest_of_drawn(plan, seed), person=by.username, at=at
    )
    record(
        at=at,
        person=by.username,
        body=body_of(by, day_of(at)),
        action="verification.draw",
        subject=f"verification.draw:{plan.pk}",
        digest=made.digest,
        detail={"seed": seed, "rows": sum(map(len, chosen.values())), "population": plan.population},
    )
    return made


def _as_frozen(plan: Verification, strata: tuple[StratumRows, ...]) -> bool:
    """Whether the rows, and their sums where there are some, are those that were published."""
    sums = {item.code: item.total for item in strata if plan.field}
    held = {code: Decimal(amount) for code, amount in plan.strata.values_list("code", "amount") if amount is not None}
    return population_digest({item.code: item.entries for item in strata}) == plan.population and sums == held


def _seed_of(plan: Verification, seed: str, today: date) -> str:
    seed = " ".join(seed.split())
    if not plan.seed_source:
        if seed:
            message = "这个方案没有事先公布种子的来源，种子由平台在抽取时随机产生，不能自己填。"
            raise Misuse("seed_not_announced", message)
        return secrets.token_hex(16)
    if plan.seed_on and today < plan.seed_on:
        raise Misuse("seed_not_known_yet", f"种子（{plan.seed_source}）{plan.seed_on} 才公布，到那天再抽取。")
    if not seed:
        raise Misuse("seed_missing", f"请填写公布的种子：{plan.seed_source}。")
    if len(seed) > 200:
        raise Misuse("seed_too_long", "种子最多 200 个字符。")
    return seed


def _drawn_rows(
    plan: Verification, strata: dict[str, VerificationStratum], chosen: dict[str, tuple[UUID, ...]]
) -> list[DrawnRow]:
    wanted = [entry for entries in chosen.values() for entry in entries]
    known = {}
    for start in range(0, len(wanted), AT_ONCE):
        for row in live(plan.table, plan.as_of, plan.known_at, entries=wanted[start : start + AT_ONCE]):
            known[row.entry] = row
    return [
        DrawnRow(
            verification=plan,
            stratum=strata[code],
            position=position,
            entry=entry,
            key=known[entry].key,
            division=known[entry].division or code,
            amount=known[entry].cells[plan.field] if plan.field else None,
        )
        for code, entries in sorted(chosen.items())
        for position, entry in enumerate(entries, start=1)
    ]


@dataclass(frozen=True, slots=True)
class Recomputed:
    """The frozen population asked for again. ``same``: it is what was published; ``same_draw``: the published seed
    leads to the rows that were drawn (``None`` before the draw)."""

    strata: tuple[StratumRows, ...]
    same: bool
    same_draw: bool | None


def recompute(person: Person, verification: int, *, at: datetime) -> Recomputed:
    """Ask for the population again and draw again, writing nothing. ``Misuse`` (unknown_verification, out_of_reach)
    for who does not read the plan's whole division."""
    plan = Verification.objects.filter(pk=verification).select_related("draw").first()
    if plan is None:
        raise Misuse("unknown_verification", f"没有核实方案“{verification}”。用 shishi verification list 查看。")
    require(person, Action.READ, plan.division, plan.programme, day_of(at))
    wanted = Wanted(plan.programme, plan.indicator, plan.division, plan.as_of, plan.known_at)
    strata = population_of(person, wanted, at=max(at, plan.known_at))
    rows = {item.code: item.entries for item in strata}
    same = _as_frozen(plan, strata)
    made = getattr(plan, "draw", None)
    if made is None:
        return Recomputed(strata, same, None)
    sizes = dict(plan.strata.values_list("code", "size"))
    again = {entry for entries in draw(rows, sizes, plan.population, made.seed).values() for entry in entries}
    return Recomputed(strata, same, again == set(plan.drawn.values_list("entry", flat=True)))
