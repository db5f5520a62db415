"""Words of the portal, the strip of a promise, and addresses within one promise."""

from __future__ import annotations

from decimal import Decimal

from django import template
from django.urls import reverse

from shishi.apps.publishing.published import Publication
from shishi.core.divisions import Level, official
from shishi.core.indicators import Figure, Indicator
from shishi.core.programmes import Trust
from shishi.core.ratings import SCORES
from shishi.web.design.templatetags.figures import amount

register = template.Library()

TRUST = {
    Trust.GIVEN: "原文",
    Trust.LAW: "法规",
    Trust.STANDARD: "标准",
    Trust.OFFICIAL: "政府网页",
    Trust.PRESS: "报道",
    Trust.COMPUTED: "推算",
    Trust.DESIGN: "设计建议",
    Trust.DEMONSTRATION: "演示",
}
LEVELS = {Level.PROVINCE: "各省", Level.CITY: "各市", Level.COUNTY: "各县市区"}
STRIP = 1000


@register.filter
def proven(value: Decimal | None, indicator: Indicator) -> str:
    """An evidenced or verified number; a dash where none is kept. 未报 is said of reports alone."""
    return "—" if value is None else amount(value, indicator)


@register.filter
def trust(value: Trust) -> str:
    """How far a source may be trusted, in a word."""
    return TRUST[value]


@register.filter
def level_word(level: Level) -> str:
    """What the divisions of a level are called together."""
    return LEVELS.get(level, "各地")


@register.filter
def score_word(average: Decimal) -> str:
    """The word nearest to an average."""
    return SCORES[min(max(int(average + Decimal("0.5")), 1), 5)]


@register.simple_tag
def link(content: Publication, name: str, division: str = "", table: str = "") -> str:
    """The address of something of a promise; of a place when ``division`` (significant code) is named."""
    jurisdiction, year, code = content.programme.split("/")
    given: dict[str, object] = {"jurisdiction": jurisdiction, "year": int(year), "code": code}
    if name == "promise" and division and division != content.root:
        return reverse("portal:place", kwargs={**given, "year": year, "division": official(division)})
    if table:
        given["table"] = table
    return reverse(f"portal:{name}", kwargs=given)


@register.inclusion_tag("portal/strip.html")
def strip(figure: Figure) -> dict[str, object]:
    """The way to the target as one line: verified within evidenced within reported, and where it should be by now."""
    full = figure.target or Decimal(0)
    lengths = [(basis.value, _length(value, full)) for basis, value in figure.assurance.items() if value]
    return {
        "figure": figure,
        "lengths": lengths,
        "rest": _length(figure.value, full),
        "expected": _length(figure.expected, full) if figure.expected is not None else "",
    }


def _length(value: Decimal | None, full: Decimal) -> str:
    share = min(max((value or Decimal(0)) / full, Decimal(0)), Decimal(1)) if full else Decimal(0)
    return f"{STRIP * share:.1f}"
