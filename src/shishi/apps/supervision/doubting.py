"""Doubting 疑似虚报: patterns in rows, in the past and against what people say, as findings of a stocktake. Reads only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from shishi.apps.indicators.overview import leading
from shishi.apps.indicators.patterns import RowPatterns
from shishi.apps.indicators.selectors import Reckoning
from shishi.apps.ledger.selectors import days_reported
from shishi.apps.supervision.complaints_handler import complaints_about
from shishi.core.complaints import against_complaints
from shishi.core.divisions import Division, covers
from shishi.core.findings import Finding
from shishi.core.gaming import against_voices, copy_findings, digit_findings, looks_back, never_falls
from shishi.core.indicators import Figure
from shishi.core.rules import Earlier


def doubts_about(today: Reckoning, units: Sequence[Division], figures: Sequence[Figure]) -> Iterator[Finding]:
    """What is to be looked at: ``figures`` are those of the responsible divisions ``units`` as of the day."""
    rules, name = today.programme.gaming, today.programme.name
    if today.engine.name == "duckdb":
        rows = RowPatterns(today, units)
        yield from digit_findings(rules, tuple(rows.digits()))
        yield from copy_findings(rules, rows.copies())
    lead = leading(today.programme).code
    yield from against_voices(rules, name, figures, lead)
    yield from against_complaints(rules, name, figures, lead, _complaints(today, units))
    yield from _never_fallen(today, figures)


def _complaints(today: Reckoning, units: Sequence[Division]) -> Mapping[str, int]:
    """How many there were of late in each division, as known then."""
    rules, until = today.programme.gaming, today.asked.as_of
    if rules.complaints is None:
        return {}
    since = until - timedelta(days=rules.complaint_days - 1)
    counted = complaints_about(today.programme.name, since, until, today.known_at)
    return {unit.code: sum(many for division, many in counted.items() if covers(unit.code, division)) for unit in units}


def _never_fallen(today: Reckoning, figures: Sequence[Figure]) -> Iterator[Finding]:
    rules = today.programme.gaming
    if rules.never_falls is None:
        return
    for indicator in today.programme.indicators:
        if not looks_back(indicator):
            continue
        before = [
            day for day in days_reported(indicator.table, today.asked.as_of, today.known_at) if day < today.asked.as_of
        ]
        days = sorted(before)[1 - rules.never_falls :]
        if len(days) < rules.never_falls - 1:
            continue
        now = [figure for figure in figures if figure.indicator.code == indicator.code and figure.value is not None]
        past: dict[str, list[Earlier]] = {figure.division: [] for figure in now}
        for day in days:
            asked = replace(today.asked, as_of=day, indicators=(indicator.code,))
            then = Reckoning(today.person, asked, today.known_at)
            for figure in now:
                unit = then.tree.find(figure.division, day)
                known = then.figure(indicator, unit) if unit else None
                if known is not None and known.value is not None:
                    carried = known.carried_from is not None
                    past[figure.division].append(Earlier(day, known.value, carried))
        title = today.programme.table(indicator.table).title
        for figure in now:
            finding = never_falls(rules, today.programme.name, figure, past[figure.division], title)
            if finding is not None:
                yield finding
