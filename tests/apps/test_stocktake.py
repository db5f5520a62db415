"""At which moment a day is answered."""

from __future__ import annotations

from datetime import date, time

from shishi.apps.supervision.stocktake import known_at_of
from shishi.core.calendars import moment_of
from tests.apps.town import DAY, PROGRAMME, Town


def test_a_day_is_answered_as_known_at_its_cut_off(town: Town) -> None:
    day = date(2021, 9, 15)
    assert known_at_of(PROGRAMME, day, town.now) == moment_of(day, time(18))


def test_today_before_the_cut_off_is_answered_as_known_now(town: Town) -> None:
    assert known_at_of(PROGRAMME, DAY, town.now) == town.now


def test_a_day_before_the_programme_was_installed_is_answered_as_known_now(town: Town) -> None:
    assert known_at_of(PROGRAMME, date(2021, 8, 20), town.now) == town.now
