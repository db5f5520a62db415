"""The lived-in town with a published promise: three indicators down to the county, a brief, ratings asked."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from shishi.apps.programmes.services import install_pack
from shishi.apps.publishing import selectors
from shishi.apps.publishing.services import publish
from shishi.core.programmes import Pack
from shishi.core.publishing import Publishing
from shishi.core.ratings import TABLE
from shishi.packs.loading import load_pack
from tests.apps.town import DAY, NAME, PROGRAMME, Town, pack_of

GIVEN = load_pack(Path(__file__).parents[2] / "packs" / "xuancheng" / "2021").programmes[0]
"""A programme that is rated: what the platform gave to it is given to the town's."""
RULES = Publishing(indicators=("homes", "issued", "rate"), brief="daily", ratings=True)


def public_pack(rules: Publishing = RULES) -> Pack:
    """The town's pack with what may be published."""
    programme = replace(
        PROGRAMME,
        publishing=rules,
        tables=(*PROGRAMME.tables, replace(GIVEN.table(TABLE), name=f"{NAME}/{TABLE}")),
        indicators=(
            *PROGRAMME.indicators,
            *(
                replace(item, table=f"{NAME}/{TABLE}" if item.table else "")
                for item in GIVEN.indicators
                if item.code.startswith("rating_")
            ),
        ),
    )
    return pack_of(programme)


def open_to_the_public(town: Town, rules: Publishing = RULES) -> Town:
    """Install the rules from the first of the month on, and publish the day."""
    selectors.forget()
    told = {"by": town.operator, "at": town.tick()}
    install_pack(public_pack(rules), effective_on=DAY.replace(day=1), holds_rows=lambda table: False, **told)
    publish("homes", DAY, by=town.operator, at=town.tick())
    return town
