"""Programmes at a glance, and the page of one: promise, three truths, curve, the units below, what was found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from shishi.apps.accounts.selectors import Held, parts_held
from shishi.apps.assurance.verification_seen import standing_estimate
from shishi.apps.documents.selectors import briefs_for
from shishi.apps.indicators.overview import LEVELS_BELOW, Course, Overview, courses_of, overview
from shishi.apps.indicators.selectors import Asked
from shishi.apps.indicators.standings import State, state
from shishi.apps.programmes.selectors import programmes_for
from shishi.apps.supervision.selectors import findings_of, notices_for
from shishi.core.assurance import Basis
from shishi.core.divisions import Level, covers, official
from shishi.core.indicators import Figure, Indicator, Measure
from shishi.core.printing import print_decimal, quotient
from shishi.core.programmes import Pack, Part, Programme
from shishi.core.standings import gap
from shishi.core.targets import adds_up
from shishi.web.office.figures import Asking, Choice, asking_of
from shishi.web.office.viewing import Viewer

UNITS = 60
"""Units on a page."""
LEADS = 8
"""Bodies that are ranked on the page of a programme."""
MOST_COMPARABLE = 60
"""Units that are offered to be compared."""
BASIS_TITLES = {Basis.REPORTED: "填报", Basis.EVIDENCED: "有佐证", Basis.VERIFIED: "已核实"}
LEVEL_TITLES = {
    Level.PROVINCE: "各省",
    Level.CITY: "各市",
    Level.COUNTY: "各县市区",
    Level.STREET: "各乡镇街道",
    Level.VILLAGE: "各村社区",
}
PART_TITLES = {Part.LEAD: "牵头", Part.ASSISTING: "配合", Part.SUPERVISING: "督办", Part.ANSWERING: "领办"}


@dataclass(frozen=True, slots=True)
class Card:
    """A programme on the first page: its headline figures, each with its course."""

    pack: Pack
    overview: Overview
    headlines: tuple[tuple[Figure, Course | None], ...]
    findings: int | None

    @property
    def reported(self) -> bool:
        """Whether any of them has a value."""
        return any(figure.value is not None for figure, _course in self.headlines)


def at_a_glance(request: HttpRequest) -> HttpResponse:
    """Every programme within reach."""
    viewer = Viewer.of(request)
    cards = []
    for pack, programme in programmes_for(viewer.person, at=viewer.at):
        as_of = viewer.usual_day(programme)
        seen = overview(viewer.person, Asked(programme.name, as_of), at=viewer.at)
        found = findings_of(viewer.person, programme.name, as_of, at=viewer.at)
        cards.append(Card(pack, seen, _headlines(seen), None if found is None else len(found)))
    # What has nothing to show yet stands below what has.
    cards.sort(key=lambda card: not card.reported)
    open_notices = [item for item in notices_for(viewer.person, at=viewer.at) if item.actions]
    return render(request, "office/programmes.html", {"cards": cards, "open_notices": open_notices})


def _headlines(seen: Overview) -> tuple[tuple[Figure, Course | None], ...]:
    """The leading figure first, then the other headline ones in the pack's order."""
    others = [item for item in seen.figures if item.indicator.headline and item.indicator is not seen.lead]
    return tuple(
        (figure, seen.courses.get(figure.indicator.code)) for figure in (seen.by_code[seen.lead.code], *others)
    )


@dataclass(frozen=True, slots=True)
class Row:
    """A unit below, with the bodies that lead there."""

    figure: Figure
    state: State
    share: Decimal | None
    bodies: tuple[str, ...]

    @property
    def share_told(self) -> str:
        """``91.7%``, or a dash."""
        return "—" if self.share is None else f"{print_decimal(self.share, 1)}%"


def programme(request: HttpRequest, jurisdiction: str, year: int, code: str) -> HttpResponse:
    """One programme: promise, three truths, curve, units below, indicators, findings, notices, briefs."""
    asking = asking_of(request, jurisdiction, year, code)
    seen, known, viewer = asking.seen, asking.programme, asking.viewer
    held = parts_held(known.name, asking.asked.as_of)
    rows = rows_of(asking, held)
    ordered = silent_last(rows)
    found = findings_of(viewer.person, known.name, asking.asked.as_of, at=viewer.at)
    page = {
        **surroundings_of(asking),
        "lead": seen.by_code[seen.lead.code],
        "lead_share": _share(seen.by_code[seen.lead.code]),
        "assured": assured(seen.programme, seen.lead),
        "course": seen.courses[seen.lead.code],
        "others": _headlines(seen)[1:],
        "pages": (pages := Paginator(ordered, UNITS).get_page(asking.query.page)),
        "reported": [row for row in pages if row.state.kind != "silent"],
        "silent": [row for row in pages if row.state.kind == "silent"],
        "silent_in_all": sum(row.state.kind == "silent" for row in rows),
        "counted": _counted(rows),
        "heads": _heads(asking),
        "headlines": _indicator_choices(asking),
        "more_indicators": len(seen.figures) - len(_indicator_choices(asking)),
        "course_address": reverse("office:programme-course", args=(jurisdiction, year, code)) + "?" + asking.address(),
        "comparable": [
            (official(row.figure.division), row.figure.name, row.figure.division in asking.compared)
            for row in rows[:MOST_COMPARABLE]
        ],
        "responsible": [(_(PART_TITLES[one.part]), one) for one in _parts_for(held, seen)],
        "leads": _leads(rows),
        **_estimated(asking),
        "exports": [("xlsx", _("表格（xlsx）")), ("csv", _("文本（csv）")), ("png", _("图片（png）"))],
        "findings": None if found is None else [item for item in found if covers(seen.unit.code, item.division)],
        "notices": notices_for(viewer.person, at=viewer.at, programme=known.name, division=seen.unit.code, limit=10),
        "briefs": briefs_for(viewer.person, at=viewer.at, programme=known.name, as_of=asking.asked.as_of),
    }
    return render(request, "office/programme.html", page)


def _estimated(asking: Asking) -> dict[str, object]:
    """What the newest finished verification says of the leading figure, of a ratio its numerator, here."""
    seen, lead = asking.seen, asking.seen.lead
    while lead.measure is Measure.RATIO:
        lead = seen.programme.indicator(lead.numerator)
    person, at = asking.viewer.person, asking.viewer.at
    found = standing_estimate(person, seen.programme.name, lead.code, seen.unit.code, asking.asked.as_of, at=at)
    if found is None:
        return {"estimate": None}
    return {
        "estimate": found,
        "estimate_percent": found.interval.percent(),
        "estimate_total": found.interval.of(found.rows),
        "estimate_share": found.share.percent() if found.share else None,
    }


def surroundings_of(asking: Asking) -> dict[str, object]:
    """What the head of every page of figures needs."""
    seen = asking.seen
    return {
        "pack": asking.pack,
        "programme": seen.programme,
        "asking": asking,
        "query": asking.query,
        "asked": asking.asked,
        "seen": seen,
        "indicator": seen.lead,
        "address": asking.address(),
        "of_rows": asking.of_rows,
        "of_rows_elsewhere": asking.address(indicator="", level="", sort="", compare="", division=""),
        "of_rows_basis_free": asking.address(indicator="", level="", sort="", compare="", basis=""),
        "elsewhere": asking.address(division="", level="", compare=""),
        "address_day_free": asking.address(as_of=""),
        "bases": [
            Choice(
                _(title),
                asking.address(basis=basis.value if basis is not Basis.REPORTED else ""),
                basis is asking.asked.basis,
            )
            for basis, title in BASIS_TITLES.items()
        ],
        "levels": _levels(asking),
        "drill": [Choice(unit.name, asking.address(division=unit.official_code, level="")) for unit in seen.above[:-1]],
        "below_title": below_title(seen),
    }


def below_title(seen: Overview) -> str:
    """What the units below are called together."""
    mixed = len({len(item.division) for item in seen.breakdown}) > 1
    return _("各地") if seen.level is None or mixed else _(LEVEL_TITLES[seen.level])


def rows_of(asking: Asking, held: Mapping[str, Sequence[Held]] | None = None) -> list[Row]:
    """The units below in the order asked for; without a value they come last."""
    seen = asking.seen
    parts = parts_held(asking.programme.name, asking.asked.as_of) if held is None else held
    rows = [
        Row(
            item,
            state(item),
            _share(item),
            tuple(one.title for one in parts.get(item.division, ()) if one.part is Part.LEAD),
        )
        for item in seen.breakdown
    ]
    match asking.sort:
        case "code":
            return sorted(rows, key=lambda row: row.figure.division)
        case "value":
            return sorted(rows, key=lambda row: (row.figure.value is None, -(row.figure.value or 0)))
        case "share":
            return sorted(rows, key=lambda row: (row.share is None, -(row.share or 0)))
        case _:
            return sorted(rows, key=lambda row: gap(row.figure))


def silent_last(rows: list[Row]) -> list[Row]:
    """Who reports first, 未报 after them; each in the order in which they are."""
    return sorted(rows, key=lambda row: row.state.kind == "silent")


def _share(figure: Figure) -> Decimal | None:
    """What is there of the target, in percent; nothing where targets don't add up (a ratio is its own share)."""
    if figure.value is None or not figure.target or not adds_up(figure.indicator):
        return None
    return quotient(figure.value, figure.target, 1, percent=True)


def assured(programme: Programme, lead: Indicator) -> bool:
    """Whether the leading figure is one that evidence can stand behind; of a ratio its numerator."""
    while lead.measure is Measure.RATIO:
        lead = programme.indicator(lead.numerator)
    return bool(lead.assured_group)


def _counted(rows: list[Row]) -> list[tuple[State, int]]:
    """How many units stand how."""
    words = {"ahead": _("领先"), "even": _("持平"), "behind": _("落后"), "overdue": _("逾期"), "silent": _("未报")}
    counted = Counter(row.state.kind for row in rows)
    return [(State(kind, word), counted[kind]) for kind, word in words.items() if counted[kind]]


def _heads(asking: Asking) -> list[tuple[str, Choice, bool]]:
    """The columns of the units: what they are sorted by, the title with the address that sorts so, whether numbers."""
    unit = asking.seen.lead.unit
    named = [
        ("code", _("行政区划"), False),
        ("", _("目标"), True),
        ("value", f"{_(BASIS_TITLES[asking.asked.basis])}（{unit}）", True),
        ("share", _("占比"), True),
        ("", _("进度"), False),
        ("gap", _("与序时差"), True),
        ("", _("状态"), False),
    ]
    return [
        (
            name,
            Choice(title, asking.address(sort="" if name == "gap" else name) if name else "", name == asking.sort),
            n,
        )
        for name, title, n in named
    ]


def _indicator_choices(asking: Asking) -> list[Choice]:
    """The headline indicators, and the one that leads."""
    seen = asking.seen
    shown = [item for item in seen.programme.indicators if item.headline or item is seen.lead] or [seen.lead]
    return [Choice(item.title, asking.address(indicator=item.code), item is seen.lead) for item in shown]


def _levels(asking: Asking) -> list[Choice]:
    """The levels that the units below may be listed at."""
    root, seen = asking.seen.unit.level, asking.seen
    deepest = min(root + LEVELS_BELOW, Level.VILLAGE)
    usual = _("责任单位") if seen.supervised and asking.level is None else _("常看的一级")
    return [
        Choice(usual, asking.address(level=""), asking.level is None),
        *(
            Choice(_(LEVEL_TITLES[level]), asking.address(level=level.name.lower()), level is asking.level)
            for level in map(Level, range(root + 1, deepest + 1))
        ),
    ]


def _parts_for(held: Mapping[str, Sequence[Held]], seen: Overview) -> Sequence[Held]:
    """The parts held for the unit, else for the nearest one above that anybody answers for."""
    line = [unit.code for unit in seen.above][::-1] or [seen.unit.code]
    return next((held[code] for code in line if code in held), ())


def _leads(rows: list[Row]) -> list[Row]:
    """The bodies that lead, by the gap of their division."""
    return sorted((row for row in rows if row.bodies), key=lambda row: gap(row.figure))[:LEADS]


def course(request: HttpRequest, jurisdiction: str, year: int, code: str) -> JsonResponse:
    """The course of the leading figure, and of the divisions to compare, for the interactive drawing. Values are
    decimals as text; ``null`` is 未报."""
    asking = asking_of(request, jurisdiction, year, code)
    seen = asking.seen
    asked = Asked(
        asking.asked.programme,
        asking.asked.as_of,
        asking.asked.known_at,
        basis=asking.asked.basis,
        indicators=(seen.lead.code,),
    )
    names = {item.division: item.name for item in seen.breakdown}
    others = courses_of(asking.viewer.person, asked, asking.compared, at=asking.viewer.at)
    drawn = [(seen.unit.code, seen.unit.name, seen.courses[seen.lead.code])]
    drawn += [(code, names.get(code, official(code)), found) for code, found in others.items()]
    figure = seen.by_code[seen.lead.code]
    return JsonResponse(
        {
            "indicator": seen.lead.title,
            "unit": seen.lead.unit,
            "scale": max(seen.lead.scale, 0),
            "as_of": asking.asked.as_of.isoformat(),
            "target": None if figure.target is None else format(figure.target, "f"),
            "courses": [_course_document(*item) for item in drawn],
        }
    )


def _course_document(code: str, name: str, found: Course) -> dict[str, object]:
    def text(value: Decimal | None) -> str | None:
        return None if value is None else format(value, "f")

    return {
        "division": official(code),
        "name": name,
        "promised": [[day.isoformat(), text(value)] for day, value in found.promised],
        "real": [
            {
                "day": point.day.isoformat(),
                **{basis.value: text(value) for basis, value in point.truths.items()},
                "due": point.reporting.due,
                "received": point.reporting.received,
            }
            for point in found.real
        ],
    }
