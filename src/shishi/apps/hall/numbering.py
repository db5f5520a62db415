"""Numbers of the hall: mark, division, year and sequence, given out under the writer's lock."""

from __future__ import annotations

from datetime import datetime

from shishi.apps.audit.services import one_at_a_time
from shishi.apps.hall.models import Counter
from shishi.core.calendars import day_of
from shishi.core.divisions import official


def next_number(mark: str, division: str, at: datetime) -> str:
    """``转341800-2026-000001``: the next of its series. Call inside the transaction that uses it."""
    one_at_a_time()
    year = day_of(at).year
    series = f"{mark}{official(division)[:6]}"
    held, _ = Counter.objects.select_for_update().get_or_create(series=series, year=year)
    held.last += 1
    held.save(update_fields=["last"])
    return f"{series}-{year}-{held.last:06}"
