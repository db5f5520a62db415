"""What the trail says of verifications, recomputed from what is stored now."""

from __future__ import annotations

from datetime import UTC, datetime

from shishi.apps.assurance.models import DrawnRow, FieldCheckRow, Recheck, Verification, VerificationDraw
from shishi.apps.audit import chain


def facts_of_plan(plan: Verification) -> dict[str, object]:
    """What a plan says; its strata are in the digest. What plans of counts don't have is not among it: their digests
    stay what they were."""
    summed = {"field": plan.field} if plan.field else {}
    return summed | {
        "programme": plan.programme,
        "table": plan.table,
        "indicator": plan.indicator,
        "group": plan.group,
        "division": plan.division,
        "title": plan.title,
        "as_of": plan.as_of.isoformat(),
        "known_at": _moment(plan.known_at),
        "last_sequence": plan.last_sequence,
        "confidence": plan.confidence,
        "margin": plan.margin,
        "share": plan.share,
        "minimum": plan.minimum,
        "rows": plan.rows,
        "size": plan.size,
        "population": plan.population,
        "seed_source": plan.seed_source,
        "seed_on": plan.seed_on.isoformat() if plan.seed_on else None,
        "verifiers": list(plan.verifiers),
    }


def digest_of_plan(plan: Verification) -> str:
    """SHA-256 over a plan with its strata."""
    strata = [
        [item.code, item.name, item.rows, item.size, *_said(item.amount)] for item in plan.strata.order_by("code")
    ]
    return chain.digest([facts_of_plan(plan), plan.person, strata])


def digest_of_drawn(plan: Verification, seed: str) -> str:
    """SHA-256 over the drawn rows in order, with the seed and the population."""
    rows = DrawnRow.objects.filter(verification=plan).order_by("stratum__code", "position")
    told = [
        [row.stratum.code, row.position, str(row.entry), row.key, *_said(row.amount)]
        for row in rows.select_related("stratum")
    ]
    return chain.digest([plan.pk, plan.population, seed, told])


def digest_of_check(row: FieldCheckRow) -> str:
    """SHA-256 over what one person found."""
    told = [row.drawn_id, row.round, str(row.verdict), row.reason, row.text, row.visited_on.isoformat()]
    return chain.digest([*told, row.person, sorted(row.bodies), row.marked, _moment(row.at), *_said(row.amount)])


def digest_of_recheck(row: Recheck) -> str:
    """SHA-256 over one recheck that was asked for."""
    return chain.digest([row.drawn_id, row.round, row.text, row.last_sequence, row.person, _moment(row.at)])


def recomputed_plan_digest(identifier: str) -> str | None:
    """For the audit; ``None`` when the plan is gone."""
    plan = Verification.objects.filter(pk=identifier).first()
    return digest_of_plan(plan) if plan else None


def recomputed_draw_digest(identifier: str) -> str | None:
    """For the audit: of the draw of a plan."""
    made = VerificationDraw.objects.filter(verification_id=identifier).select_related("verification").first()
    return digest_of_drawn(made.verification, made.seed) if made else None


def recomputed_check_digest(identifier: str) -> str | None:
    """For the audit."""
    row = FieldCheckRow.objects.filter(pk=identifier).first()
    return digest_of_check(row) if row else None


def recomputed_recheck_digest(identifier: str) -> str | None:
    """For the audit."""
    row = Recheck.objects.filter(pk=identifier).first()
    return digest_of_recheck(row) if row else None


def plan_identifiers() -> tuple[str, ...]:
    """Every plan must have its event."""
    return tuple(map(str, Verification.objects.order_by("pk").values_list("pk", flat=True)))


def draw_identifiers() -> tuple[str, ...]:
    """Every draw must have its event."""
    return tuple(map(str, VerificationDraw.objects.order_by("pk").values_list("verification_id", flat=True)))


def check_identifiers() -> tuple[str, ...]:
    """Every check must have its event."""
    return tuple(map(str, FieldCheckRow.objects.order_by("pk").values_list("pk", flat=True)))


def recheck_identifiers() -> tuple[str, ...]:
    """Every recheck must have its event."""
    return tuple(map(str, Recheck.objects.order_by("pk").values_list("pk", flat=True)))


def _said(amount: str | None) -> tuple[str, ...]:
    return () if amount is None else (amount,)


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")
