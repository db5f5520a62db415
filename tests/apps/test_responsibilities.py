"""Who leads where: what a newer revision of a pack says holds from its day on, what it no longer names has ended."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from shishi.apps.accounts.selectors import responsible
from shishi.apps.ledger.selectors import holds_rows
from shishi.apps.programmes.services import install_pack
from shishi.core.programmes import Pack, Part, ResponsibilityEntry
from tests.apps.town import NAME, XUANZHOU, Town, pack_of, versioned

CHANGE = date(2021, 10, 1)


def led_by_the_office_instead(pack: Pack) -> Pack:
    kept = tuple(entry for entry in pack.responsibilities if entry.body != "xuanzhou")
    return versioned(replace(pack, responsibilities=(*kept, ResponsibilityEntry("new_office", "homes", Part.LEAD))))


def leads(on: date) -> list[str]:
    return [body.code for body in responsible(NAME, XUANZHOU, Part.LEAD, on)]


def test_a_lead_that_a_newer_pack_no_longer_names_ends_the_day_before(town: Town) -> None:
    pack = pack_of()
    other = replace(next(entry for entry in pack.bodies if entry.code == "xuanzhou"), code="new_office", title="新专班")
    newer = led_by_the_office_instead(replace(pack, bodies=(*pack.bodies, other)))
    install_pack(newer, effective_on=CHANGE, holds_rows=holds_rows, by=town.operator, at=town.tick())
    assert leads(date(2021, 9, 30)) == ["xuanzhou"]
    assert leads(CHANGE) == ["new_office"]


def test_nobody_leads_before_the_pack_says_so(town: Town) -> None:
    assert leads(date(2020, 12, 31)) == []
    assert leads(date(2021, 1, 1)) == ["xuanzhou"]
