"""The online rate of the housing fund, from the catalogue of items and what each city has put online, beside the one
that finished cases prove."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest

from shishi.apps.indicators.selectors import Asked, Reckoning
from shishi.apps.ledger.sealing import decode
from shishi.apps.ledger.selectors import live
from shishi.apps.ledger.single_rows import hold_row
from shishi.apps.programmes.selectors import table_named
from shishi.core.tables import Value
from tests.apps.two_centres import BEGIN, FUND, TwoCentres

ONLINE = ("KS-04", "KS-06", "KS-07")
DAY = date(2021, 9, 13)
CITIES = {"GJJ-310000": "310000", "GJJ-341800": "341800"}
LACKS = ("GJJ-341800", "KS-07")


@pytest.fixture
def centres(db: None, own_folder: Path, code_list: Path) -> TwoCentres:
    """Two cities and three items that are due online in 2021; one city lacks one of them. One case was done online."""
    made = TwoCentres(code_list)
    items = {
        code: held(made, "items", item_code=code, division="000000", title=code, method="online", due_year=2021)
        for code in ONLINE
    }
    held(made, "items", item_code="KS-08", division="000000", title="购房提取", method="joint", due_year=2021)
    for code, place in CITIES.items():
        city = held(made, "cities", centre_code=code, division=place, centre=code)
        for item, entry in items.items():
            told: dict[str, Value] = {"division": place, "city": str(city), "item": str(entry)}
            live_on: dict[str, Value] = {"live_on": date(2021, 7, 15), "fully_online": True}
            lacking: dict[str, Value] = {"fully_online": False, "reason": "interface_missing"}
            held(made, "launches", **told, **(lacking if (code, item) == LACKS else live_on))
    case: dict[str, Value] = {
        "case_code": "KB-1",
        "division": "341800",
        "item": str(items["KS-04"]),
        "stage": "delivered",
    }
    case |= {"accepted_on": DAY, "received_on": DAY, "decided_on": DAY, "decision_days": 0, "outcome": "done"}
    held(made, "cases", **case, supplemented=False, online_slot="341800/KS-04")
    return made


def held(centres: TwoCentres, table: str, **values: Value) -> UUID:
    """The lasting id of a row that is held from the beginning of the day."""
    _, found = table_named(f"{FUND}/{table}")
    hold_row(found, values, as_of=DAY if table == "cases" else BEGIN.date(), by=centres.operator, at=centres.tick())
    rows = {tuple(decode(row.cells)[name] for name in found.key): row.entry for row in live(found.name, DAY)}
    return rows[tuple(values[name] for name in found.key)]


def reckoning(centres: TwoCentres, division: str = "000000") -> Reckoning:
    return Reckoning(centres.operator, Asked(FUND, DAY, division=division, engine="reference"), centres.tick())


def value(centres: TwoCentres, code: str, division: str = "000000") -> Decimal | None:
    found = reckoning(centres, division)
    figure = found.figure(found.programme.indicator(code), found.nodes()[0])
    return figure.value


def test_the_rate_is_of_cities_times_online_items_and_closes_over_the_cities(centres: TwoCentres) -> None:
    assert (value(centres, "online_slots"), value(centres, "online_slots_live")) == (6, 5)
    assert value(centres, "full_online_rate") == Decimal("83.33")
    assert value(centres, "full_online_rate", "310000") == Decimal("100.00")
    assert value(centres, "full_online_rate", "341800") == Decimal("66.67")
    assert (value(centres, "complete_cities"), value(centres, "cities")) == (1, 2)


def test_what_cases_prove_stands_beside_it_and_is_never_more(centres: TwoCentres) -> None:
    assert value(centres, "used_online_rate") == Decimal("16.67")
    assert value(centres, "used_online_rate", "341800") == Decimal("33.33")
    assert value(centres, "used_online_rate", "310000") is None, "where no case was ever reported nothing is known"
