"""What evidence proves, how far it is trusted, and what a row still lacks: laws that hold for every order of events."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shishi.core.errors import Refused
from shishi.core.evidence import Evidence, EvidenceKind, coverage_of, pairs, proof_of
from shishi.core.evidence_plans import DutyReason, EvidencePlan, Side, require_permitted
from shishi.core.evidence_trust import (
    Capture,
    Claim,
    Hint,
    Trust,
    TrustLevel,
    TrustReason,
    contradictions,
    distance,
    judge,
)
from shishi.core.tables import Point

NOON = datetime(2021, 9, 22, 4, tzinfo=UTC)
THERE = Point(Decimal("118.7587"), Decimal("30.9456"))
SURE = Trust(TrustLevel.A, (TrustReason.TOLD_AT_ONCE, TrustReason.AT_THE_PLACE), 12)

points = st.builds(
    Point,
    st.decimals(-180, 180, places=5, allow_nan=False),
    st.decimals(-90, 90, places=5, allow_nan=False),
)
moments = st.integers(0, 500_000).map(lambda minutes: NOON + timedelta(minutes=minutes))
claims = st.builds(
    Claim,
    taken_at=st.none() | moments,
    place=st.none() | points,
    accuracy=st.none() | st.integers(0, 5000),
)
captures = st.one_of(
    st.just(Capture()),
    st.builds(
        lambda at, minutes, days, later: Capture(
            at, at + timedelta(minutes=minutes), at + timedelta(days=days), at + timedelta(minutes=later)
        ),
        moments,
        st.integers(1, 120),
        st.integers(1, 60),
        st.integers(0, 100_000),
    ),
)


def piece(sequence: int, side: Side = Side.NONE, **other: object) -> Evidence:
    """A photo whose file is named by its sequence."""
    told: dict[str, object] = {
        "sequence": sequence,
        "entry": UUID(int=1),
        "group": "completion",
        "kind": EvidenceKind.PHOTO,
        "side": side,
        "original": f"{sequence:064d}",
        "trust": SURE,
        "recorded_at": NOON,
        "person": "clerk",
    }
    return Evidence(**{**told, **other})  # type: ignore[arg-type]  # a test's shorthand


pieces = st.lists(
    st.builds(
        lambda side, kind, original, gone: (side, kind, original, gone),
        st.sampled_from(Side),
        st.sampled_from(EvidenceKind),
        st.integers(0, 4),
        st.booleans(),
    ),
    max_size=12,
).map(
    lambda told: [
        piece(at + 1, side, kind=kind, original=f"{original:064d}", withdrawn=gone)
        for at, (side, kind, original, gone) in enumerate(told)
    ]
)
plans = st.builds(
    lambda wanted, documents: EvidencePlan("completion", "演示", tuple(wanted.items()), documents, DutyReason.PAYMENT),
    st.dictionaries(st.sampled_from(Side), st.integers(1, 4), max_size=3),
    st.integers(0, 3),
).filter(lambda plan: plan.photos or plan.documents)


@given(points, points)
def test_distance_is_the_same_both_ways_and_never_more_than_half_the_earth(one: Point, other: Point) -> None:
    assert distance(one, other) == distance(other, one)
    assert 0 <= distance(one, other) <= 20_015_200
    assert distance(one, one) == 0


def test_distance_of_a_known_stretch() -> None:
    beijing, shanghai = Point(Decimal("116.4074"), Decimal("39.9042")), Point(Decimal("121.4737"), Decimal("31.2304"))
    assert distance(beijing, shanghai) == pytest.approx(1_067_300, abs=1_500)


@given(captures, claims, st.none() | points, st.integers(10, 20_000))
def test_the_highest_level_needs_a_ticket_a_hash_in_time_and_the_place(
    capture: Capture, claim: Claim, registered: Point | None, within: int
) -> None:
    trust = judge(capture, claim, registered, within)
    near = trust.distance is not None and trust.distance <= within
    sharp = claim.accuracy is not None and claim.accuracy <= within
    assert (trust.level is TrustLevel.A) == (capture.in_time and near and sharp)
    assert (trust.level is TrustLevel.C) == (not capture.ticketed)
    assert trust.reasons


@given(captures, claims, points, st.integers(10, 1000))
def test_a_later_hash_never_raises_the_level(capture: Capture, claim: Claim, registered: Point, within: int) -> None:
    if capture.told_at is None:
        return
    late = Capture(capture.issued_at, capture.in_time_until, capture.good_until, capture.told_at + timedelta(days=1))
    assert judge(late, claim, registered, within).level >= judge(capture, claim, registered, within).level


def test_a_vague_place_proves_none_even_at_the_spot() -> None:
    capture = Capture(NOON, NOON + timedelta(minutes=10), NOON + timedelta(days=7), NOON + timedelta(minutes=1))
    assert judge(capture, Claim(place=THERE, accuracy=20), THERE, 300).level is TrustLevel.A
    vague = judge(capture, Claim(place=THERE, accuracy=2000), THERE, 300)
    assert vague.level is TrustLevel.B
    assert vague.reasons == (TrustReason.TOLD_AT_ONCE, TrustReason.PLACE_VAGUE)
    assert judge(capture, Claim(place=THERE, accuracy=20), None, 300).reasons[1] is TrustReason.PLACE_NOT_REGISTERED


def test_metadata_are_compared_with_what_was_told_and_never_decide() -> None:
    shutter = Claim(NOON, THERE)
    honest = Claim(NOON + timedelta(minutes=2), THERE)
    forged = Claim(NOON - timedelta(days=30), Point(Decimal("121.47"), Decimal("31.23")))
    assert contradictions(shutter, honest, NOON) == ()
    assert contradictions(shutter, forged, NOON) == (Hint.TIME_CONTRADICTS, Hint.PLACE_CONTRADICTS)
    assert contradictions(Claim(), Claim(NOON + timedelta(days=1)), NOON) == (Hint.TIME_CONTRADICTS,)
    assert contradictions(Claim(), Claim(NOON - timedelta(days=1)), NOON) == ()


@given(plans, pieces, st.integers(0, 13))
def test_what_counts_what_is_outlived_and_what_is_withdrawn_make_the_whole(
    plan: EvidencePlan, evidence: list[Evidence], settled: int
) -> None:
    proof = proof_of(plan, evidence, settled)
    gone = [item for item in evidence if item.withdrawn]
    told = sorted([*proof.counted, *proof.outlived, *gone], key=lambda item: item.sequence)
    assert told == evidence
    assert proof.whole == (not proof.lacks)
    assert all(lack.missing > 0 for lack in proof.lacks)


@given(plans, pieces, st.integers(0, 13))
def test_more_evidence_never_lacks_more_and_a_revision_never_lacks_less(
    plan: EvidencePlan, evidence: list[Evidence], settled: int
) -> None:
    def missing(items: list[Evidence], at: int) -> int:
        return sum(lack.missing for lack in proof_of(plan, items, at).lacks)

    more = [*evidence, piece(len(evidence) + 1, Side.AFTER, original="f" * 64)]
    assert missing(more, settled) <= missing(evidence, settled)
    assert missing(evidence, settled + 1) >= missing(evidence, settled)


@given(pieces, st.integers(0, 13))
def test_a_picture_of_before_outlives_every_revision(evidence: list[Evidence], settled: int) -> None:
    lasting = {Side.BEFORE, Side.DURING}
    outlived = proof_of(None, evidence, settled).outlived
    assert not [item for item in outlived if item.kind is EvidenceKind.PHOTO and item.side in lasting]


def test_the_same_file_twice_counts_once() -> None:
    plan = EvidencePlan("completion", "演示", ((Side.AFTER, 2),), reason=DutyReason.PAYMENT)
    twice = [piece(1, Side.AFTER), piece(2, Side.AFTER, original=f"{1:064d}")]
    assert proof_of(plan, twice, 0).lacks[0].there == 1
    assert proof_of(plan, [*twice, piece(3, Side.AFTER)], 0).whole


def test_coverage_counts_only_what_is_asked() -> None:
    plan = EvidencePlan("completion", "演示", ((Side.BEFORE, 1), (Side.AFTER, 1)), reason=DutyReason.SAFETY)
    proofs = [
        proof_of(plan, [piece(1, Side.BEFORE), piece(2, Side.AFTER)], 0),
        proof_of(plan, [piece(3, Side.BEFORE)], 0),
        proof_of(None, [piece(4)], 0),
    ]
    told = coverage_of(proofs)
    assert (told.asked, told.whole) == (2, 1)
    assert told.lacking == {(EvidenceKind.PHOTO, Side.AFTER): 1}
    assert told.levels == {TrustLevel.A: 3, TrustLevel.B: 0, TrustLevel.C: 0}


def test_pairs_meet_by_their_caption_and_nothing_is_left_out() -> None:
    east = [piece(1, Side.BEFORE, caption="东门"), piece(4, Side.AFTER, caption="东门")]
    road = [piece(2, Side.BEFORE, caption="道路"), piece(3, Side.BEFORE, caption="道路")]
    found = pairs([*east, *road, piece(5, Side.DURING, caption="东门")])
    assert found == ((east[0], east[1]), (road[0], None), (road[1], None))


def test_photos_without_a_permitted_reason_are_refused_and_the_rule_is_named() -> None:
    with pytest.raises(Refused, match="国办函〔2026〕12号") as refused:
        require_permitted(EvidencePlan("completion", "想看看", ((Side.AFTER, 1),)))
    assert refused.value.code == "photo_duty_unreasoned"
    require_permitted(EvidencePlan("completion", "竣工验收", documents=1))
    require_permitted(EvidencePlan("completion", "核拨补助", ((Side.AFTER, 1),), reason=DutyReason.PAYMENT))
