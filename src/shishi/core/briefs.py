"""Briefs 简报 as they are planned: by the pack's own plan, or, for the monthly ones, by what the pack says anyway."""

from __future__ import annotations

from dataclasses import replace

from shishi.core.documents import DocumentKind
from shishi.core.programmes import BriefPlan, Pack, Programme

MONTHLY = DocumentKind.MONTHLY.value


def plan_of(programme: Programme, kind: str) -> BriefPlan | None:
    """How a brief of this kind is written; ``None`` when it is not. A monthly one that is not planned tells every
    headline, then what the brief of the longest period tells, with every note of them all."""
    known = {item.kind: item for item in programme.briefs}
    if kind in known or kind != MONTHLY:
        return known.get(kind)
    longest = next((known[item] for item in ("half-month", "weekly", "daily") if item in known), None)
    headlines = tuple(item.code for item in programme.indicators if item.headline)
    return BriefPlan(
        kind=MONTHLY,
        title=f"{programme.title}月报",
        mark=f"{programme.title}工作月报",
        series=f"{programme.title}月报",
        indicators=tuple(dict.fromkeys((*headlines, *(longest.indicators if longest else ())))),
        notes=tuple(dict.fromkeys(note for item in programme.briefs for note in item.notes)),
        addressee=longest.addressee if longest else "",
        signatory=longest.signatory if longest else "",
        breakdown=longest.breakdown if longest else "",
    )


def section_plan(programme: Programme) -> BriefPlan | None:
    """How the programme is told in the brief of its list: by its own monthly plan, or by its headlines and the numbers
    that were published of it."""
    plan = plan_of(programme, MONTHLY)
    if plan is None or any(item.kind == MONTHLY for item in programme.briefs):
        return plan
    headlines = (item.code for item in programme.indicators if item.headline)
    published = (item.indicator for item in programme.published if not item.of_target)
    return replace(plan, indicators=tuple(dict.fromkeys((*headlines, *published))))


def in_order(pack: Pack) -> tuple[Programme, ...]:
    """The programmes as the list tells them: in the order in which it names who answers for them."""
    named = {code: place for place, code in enumerate(dict.fromkeys(item.programme for item in pack.responsibilities))}
    return tuple(sorted(pack.programmes, key=lambda item: named.get(item.code, len(named))))


def list_plan(pack: Pack, kind: str) -> BriefPlan | None:
    """How the whole list's brief is written. Only a monthly one is: by its own plan, or under the list's title."""
    if kind != MONTHLY:
        return None
    own = next((item for item in pack.briefs if item.kind == kind), None)
    return own or BriefPlan(kind, f"{pack.title}月报", "重点项目工作月报", "月报", ())
