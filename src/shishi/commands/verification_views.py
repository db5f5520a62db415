"""Verifications as the command line shows them: documents for programs, lines for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shishi.commands.notice_views import iso

if TYPE_CHECKING:
    from shishi.apps.assurance.drawn_rows import DrawnView
    from shishi.apps.assurance.verification_seen import StratumView, VerificationView
    from shishi.core.estimates import Estimate, Interval
    from shishi.core.totals import Amount, TotalEstimate

_DECIMALS = 4
"""Of amounts for programs: more than any field of a table has in use."""


def verification_document(view: VerificationView) -> dict[str, object]:
    """A plan as ``--json`` prints it. Shares are percent as text, the ends of intervals rounded outwards."""
    from shishi.core.divisions import official

    told = view.estimate
    return {
        "id": view.id,
        "title": view.title,
        "state": view.state,
        "programme": view.programme,
        "table": view.table,
        "indicator": view.indicator,
        "group": view.group,
        "division": official(view.division),
        "as_of": view.as_of.isoformat(),
        "known_at": iso(view.known_at),
        "confidence": str(view.confidence),
        "margin": str(view.margin),
        "share": str(view.share),
        "minimum": view.minimum,
        "rows": view.rows,
        "size": view.size,
        "population": view.population,
        "seed_source": view.seed_source or None,
        "seed_on": view.seed_on.isoformat() if view.seed_on else None,
        "seed": view.seed or None,
        "verifiers": list(view.verifiers),
        "planned_by": view.person,
        "drawn_by": view.drawn_by or None,
        "drawn_at": iso(view.drawn_at),
        "drawn": view.drawn,
        "settled": view.settled,
        "verified": view.verified,
        "disputed": view.disputed,
        "rechecked": view.rechecked,
        "strata": [_stratum(item) for item in view.strata],
        "estimate": _estimate(told) if told else None,
        "field": view.field,
        "amount": _summed(view.total) if view.total else None,
    }


def _estimate(told: Estimate) -> dict[str, object]:
    point, low, high = told.total
    counts = {"rows": told.rows, "checked": told.checked, "verified": told.verified}
    return {
        **counts,
        **_percent(told.interval),
        "total": str(point.quantize(1)),
        "total_low": low,
        "total_high": high,
    }


def _summed(told: TotalEstimate) -> dict[str, object]:
    """The estimate of a sum, in the indicator's unit."""
    return {
        "rows": told.rows,
        "checked": told.checked,
        "reported": f"{told.reported:f}",
        **_amounts(told.amount),
        "share": _shares(told.share),
    }


def _amounts(amount: Amount) -> dict[str, str]:
    point, low, high = amount.at(_DECIMALS)
    return {"total": str(point), "total_low": str(low), "total_high": str(high)}


def _shares(share: Amount | None) -> dict[str, str] | None:
    if share is None:
        return None
    point, low, high = share.percent()
    return {"percent": str(point), "low": str(low), "high": str(high)}


def _stratum(item: StratumView) -> dict[str, object]:
    from shishi.core.divisions import official

    return {
        "division": official(item.code),
        "name": item.name,
        "bodies": list(item.bodies),
        "rows": item.rows,
        "size": item.size,
        "settled": item.settled,
        "verified": item.verified,
        "disputed": item.disputed,
        "discount": _percent(item.interval) if item.interval else None,
        "reported": None if item.reported is None else f"{item.reported:f}",
        "amount": _amounts(item.amount) | {"share": _shares(item.share)} if item.amount else None,
    }


def _percent(interval: Interval) -> dict[str, str]:
    point, low, high = interval.percent()
    return {"percent": str(point), "low": str(low), "high": str(high)}


def drawn_document(view: DrawnView) -> dict[str, object]:
    """A drawn row as ``--json`` prints it."""
    from shishi.core.divisions import official

    return {
        "id": view.id,
        "verification": view.verification,
        "table": view.table,
        "entry": str(view.entry),
        "key": view.key,
        "division": official(view.division),
        "stratum": view.stratum,
        "position": view.position,
        "round": view.round,
        "outcome": view.outcome.value,
        "first": view.first.value,
        "barred": view.barred or None,
        "marked": view.marked,
        "asked": view.asked or None,
        "reported": None if view.reported is None else f"{view.reported:f}",
        "settled": None if view.settled is None else f"{view.settled:f}",
        "checks": [
            {
                "person": item.person,
                "verdict": item.verdict.value,
                "reason": item.reason or None,
                "amount": None if item.amount is None else f"{item.amount:f}",
                "text": item.text,
                "visited_on": item.visited_on.isoformat(),
                "at": iso(item.at),
            }
            for item in view.checks
        ],
    }


def verification_line(view: VerificationView) -> str:
    """A plan in one line for people."""
    progress = f"已有结论 {view.settled}/{view.drawn}" if view.drawn_at else f"应抽 {view.size} 行"
    words = [str(view.id), view.state, view.title, f"总体 {view.rows:,} 行", progress, f"摘要 {view.population[:16]}"]
    words += [f"种子 {view.seed}"] if view.seed else []
    return "　".join(words)


def stratum_line(item: StratumView) -> str:
    """A stratum in one line for people."""
    told = f"{item.name}　{item.rows:,} 行，抽 {item.size}，已有结论 {item.settled}，属实 {item.verified}"
    told += f"　属实率 {percent_text(item.interval)}" if item.interval else ""
    return f"  {told}　数额折扣 {percent_text(item.share)}" if item.share else f"  {told}"


def drawn_line(view: DrawnView) -> str:
    """A drawn row in one line for people."""
    words = [str(view.id), view.stratum, view.key, view.outcome.label]
    words += [f"第{view.round}轮（{view.asked}）"] if view.round > 1 else []
    words += [f"{item.person}：{item.verdict.label}{item.reason and f'（{item.reason}）'}" for item in view.checks]
    return "　".join(words)


def estimate_lines(view: VerificationView) -> list[str]:
    """The estimate for people, or what it waits for."""
    told = view.estimate
    if told is None:
        left = view.drawn - view.settled if view.drawn_at else view.size
        return [f"{view.id}　{view.title}：还有 {left} 行没有结论，全部有结论后才估计。"]
    point, low, high = told.total
    level = f"{(view.confidence * 100).normalize():f}%"
    return [
        f"{view.id}　{view.title}：填报 {told.rows:,} 行，抽查 {told.checked} 行，属实 {told.verified} 行。",
        f"  属实率 {percent_text(told.interval)}，即约 {point:,.0f} 行（{low:,}—{high:,}），置信水平 {level}。",
        *_total_lines(view),
        "  区间只说明抽样误差，不包括核实人员可能看错的。",
    ]


def _total_lines(view: VerificationView) -> list[str]:
    if view.total is None:
        return []
    point, low, high = view.total.amount.at(2)
    share = view.total.share
    told = f"  填报合计 {view.total.reported:,f}，核实估计 {point:,f}（{low:,f}—{high:,f}）"
    return [told + (f"，折扣 {percent_text(share)}。" if share else "。")]


def percent_text(interval: Interval | Amount) -> str:
    """``94.4%（88.1%—97.5%）``."""
    point, low, high = interval.percent()
    return f"{point}%（{low}%—{high}%）"
