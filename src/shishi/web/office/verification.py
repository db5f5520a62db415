"""Verifications: the list, one with its strata and its estimate, the drawn rows, and the population for anybody."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from shishi.apps.accounts.roles import Action
from shishi.apps.assurance.drawn_rows import DrawnView, drawn_rows, work_list
from shishi.apps.assurance.verification import recompute
from shishi.apps.assurance.verification_seen import VerificationView, verification_of, verifications_for
from shishi.apps.programmes.selectors import programmes_for
from shishi.core.divisions import normalise
from shishi.core.indicators import Indicator, Measure
from shishi.core.programmes import Pack, Programme
from shishi.core.verification import Outcome
from shishi.web.office.viewing import Viewer, query_of

if TYPE_CHECKING:
    from shishi.core.estimates import Interval

PAGE = 15
ROWS = 50


@dataclass(frozen=True, slots=True)
class Shown:
    """A plan with the definitions that it is about."""

    view: VerificationView
    pack: Pack
    programme: Programme

    @property
    def indicator(self) -> Indicator:
        """What its rows are counted by."""
        return self.programme.indicator(self.view.indicator)

    @property
    def percent(self) -> tuple[Decimal, Decimal, Decimal] | None:
        """The estimated share, and its ends, in percent."""
        return self.view.estimate.interval.percent() if self.view.estimate else None

    @property
    def total(self) -> Decimal | None:
        """How many rows are estimated to be true, in whole rows."""
        return self.view.estimate.total[0].quantize(Decimal(1)) if self.view.estimate else None

    @property
    def summed(self) -> tuple[Decimal, Decimal, Decimal] | None:
        """The estimated true total, and its ends, in the indicator's unit and scale."""
        return self.view.total.amount.at(self.indicator.scale) if self.view.total else None

    @property
    def summed_percent(self) -> tuple[Decimal, Decimal, Decimal] | None:
        """The same of what was reported, in percent."""
        share = self.view.total.share if self.view.total else None
        return share.percent() if share else None

    @property
    def proposed(self) -> bool:
        """Whether confidence and margin are what the platform proposes, and nobody's rule."""
        rules, asked = self.programme.verification, (self.view.confidence, self.view.margin)
        return not rules.verified and asked == (rules.confidence, rules.margin)

    @property
    def left(self) -> int:
        """Drawn rows without a result."""
        return self.view.drawn - self.view.settled


def listed(request: HttpRequest) -> HttpResponse:
    """Plans within reach, newest first, and what waits for the person who looks."""
    viewer, query = Viewer.of(request), query_of(request)
    known = {programme.name: (pack, programme) for pack, programme in programmes_for(viewer.person, at=viewer.at)}
    wanted = request.GET.get("programme", "")
    wanted = wanted if wanted in known else ""
    found = verifications_for(
        viewer.person, at=viewer.at, programme=wanted, offset=(query.page - 1) * PAGE, limit=PAGE + 1
    )
    page = {
        "plans": [Shown(view, *known[view.programme]) for view in found[:PAGE] if view.programme in known],
        "more": len(found) > PAGE,
        "query": query,
        "programme": wanted,
        "programmes": {name: programme.title for name, (_pack, programme) in known.items()},
        "countable": [
            (pack, programme)
            for pack, programme in known.values()
            if countable(programme) and viewer.may(Action.ASSURE, normalise(programme.division), programme.name)
        ],
        "waiting": len(work_list(viewer.person, at=viewer.at)),
    }
    return render(request, "office/verifications.html", page)


def countable(programme: Programme) -> list[Indicator]:
    """The indicators whose rows can be drawn and marked."""
    rows = (Measure.COUNT, Measure.SUM)
    return [item for item in programme.indicators if item.measure in rows and item.assured_group]


def verification(request: HttpRequest, number: int) -> HttpResponse:
    """One plan: its population and seed, its strata with their discounts, the estimate."""
    viewer = Viewer.of(request)
    shown = shown_of(viewer, number)
    view = shown.view
    page = {
        "shown": shown,
        "view": view,
        "pack": shown.pack,
        "programme": shown.programme,
        "indicator": shown.indicator,
        "strata": [
            (item, _percent(item.interval), item.share.percent() if item.share else None) for item in view.strata
        ],
        "plans": view.checks and viewer.may(Action.ASSURE, view.division, view.programme),
        "ready": view.seed_on is None or view.seed_on <= viewer.today,
        "whole": viewer.may(Action.READ, view.division, view.programme),
        "waiting": len(work_list(viewer.person, at=viewer.at, verification=view.id)) if view.drawn else 0,
        "proposed": shown.proposed,
        "confidence": f"{(view.confidence * 100).normalize():f}%",
        "margin": f"{(view.margin * 100).normalize():f}",
    }
    return render(request, "office/verification.html", page)


def _percent(interval: Interval | None) -> tuple[Decimal, Decimal, Decimal] | None:
    return interval.percent() if interval else None


def shown_of(viewer: Viewer, number: int) -> Shown:
    """A plan within reach, with its programme."""
    view = verification_of(viewer.person, number, at=viewer.at)
    return Shown(view, *viewer.programme(view.programme))


def rows(request: HttpRequest, number: int) -> HttpResponse:
    """The drawn rows that the viewer may see; ``outcome`` and ``stratum`` ask for some of them."""
    viewer, query = Viewer.of(request), query_of(request)
    shown = shown_of(viewer, number)
    asked = request.GET.get("outcome", "")
    stratum = request.GET.get("stratum", "")
    wanted = _outcomes(asked)
    total, found = drawn_rows(
        *(viewer.person, number),
        at=viewer.at,
        stratum=stratum,
        outcomes=wanted,
        offset=(query.page - 1) * ROWS,
        limit=ROWS,
    )
    page = {
        "shown": shown,
        "view": shown.view,
        "rows": found,
        "total": total,
        "more": total > query.page * ROWS,
        "query": query,
        "outcome": asked,
        "stratum": stratum,
        "tabs": [("", _("全部")), ("open", _("待核")), ("verified", _("核实")), ("refuted", _("核实不符"))],
        "reasons": reasons_of(shown.programme),
    }
    return render(request, "office/verification_rows.html", page)


def _outcomes(asked: str) -> tuple[Outcome, ...]:
    if asked == "open":
        return tuple(item for item in Outcome if not item.settled)
    return tuple(item for item in Outcome if item.settled and item.value == asked)


def reasons_of(programme: Programme) -> dict[str, str]:
    """Code → title of the reasons why a row is not as reported."""
    return {item.code: item.title for item in programme.verification.reasons}


@dataclass(frozen=True, slots=True)
class Visits:
    """What waits in one division, of one plan."""

    title: str
    stratum: str
    rows: tuple[DrawnView, ...]


def work(request: HttpRequest) -> HttpResponse:
    """What waits for the viewer, by plan and division."""
    viewer = Viewer.of(request)
    grouped: dict[tuple[str, str], list[DrawnView]] = {}
    for item in work_list(viewer.person, at=viewer.at):
        grouped.setdefault((item.title, item.stratum), []).append(item)
    visits = [Visits(title, stratum, tuple(items)) for (title, stratum), items in grouped.items()]
    total = sum(len(item.rows) for item in visits)
    return render(request, "office/verification_work.html", {"visits": visits, "total": total})


def population(request: HttpRequest, number: int) -> HttpResponse:
    """The frozen rows with the order in which they are digested, as CSV: what a stranger needs to draw again."""
    viewer = Viewer.of(request)
    found = recompute(viewer.person, number, at=viewer.at)
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="verification-{number}.csv"'
    answer.write("\ufeff")
    written = csv.writer(answer)
    written.writerow(["stratum", "entry"])
    written.writerows((item.code, entry) for item in found.strata for entry in sorted(item.entries))
    return answer
