"""The protocol 表决记录 of a joint decision: everything that it stands on, frozen, and as a paper."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from shishi.apps.decisions.seen import DecisionView
from shishi.core.calendars import SHANGHAI
from shishi.core.errors import Misuse
from shishi.core.joint_decisions import Measure


def protocol_of(view: DecisionView, *, signer: str, at: datetime) -> dict[str, Any]:
    """The protocol as canonical values: areas and shares as texts, names masked, ballots with time, way and proof."""
    counted = view.tally
    if counted is None:
        raise Misuse("register_unfit", "业主名册还有要改正的地方，不能结束表决。")
    row, said = view.row, view.said
    return {
        "decision": str(row.uuid),
        "title": row.title,
        "question": row.question,
        "rule": row.rule,
        "closes_on": str(row.closes_on or ""),
        "voters": [
            {
                "homes": [[item.unit, item.floor, str(item.area), item.kind.value] for item in voter.holdings],
                "name": voter.name,
                "stand": voter.last.stand.value if voter.last and voter.last.stand else "",
                "way": voter.last.way if voter.last else "",
                "at": voter.last.at.isoformat() if voter.last else "",
                "line": voter.last.position if voter.last else None,
                "proof": voter.last.evidence or voter.last.text if voter.last else "",
            }
            for voter in view.voters
        ],
        "ballots": sum(1 for line in view.lines if line.kind == "ballot"),
        "counted": len(said),
        "area": _measure(counted.area),
        "persons": _measure(counted.persons),
        "outcome": counted.outcome.value,
        "objections": [[line.text, len(answers)] for line, answers in view.objections],
        "last_line": view.lines[-1].digest if view.lines else "",
        "signed_by": signer,
        "signed_at": at.astimezone(SHANGHAI).isoformat(timespec="seconds"),
    }


def _measure(measure: Measure) -> dict[str, str]:
    return {
        "whole": str(measure.whole),
        "part": str(measure.part),
        "agreed": str(measure.agreed),
        "part_share": str(measure.part_share),
        "agreed_share": str(measure.agreed_share),
    }


def in_percent(share: Fraction) -> str:
    """A share for people, to two digits, half up; the exact one decides."""
    tenths = (share * 10_000 * 2 + 1).__floor__() // 2
    return f"{Decimal(tenths) / 100}%"
