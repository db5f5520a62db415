"""Receipt numbers of cases 受理号: mark, division, year, one after the other."""

from __future__ import annotations

from shishi.apps.cases.models import CaseNumber
from shishi.core.divisions import official


def next_number(mark: str, division: str, year: int) -> str:
    """The next number of a series and year (``梯341802-2021-000001``); call in the transaction that gives it out: the
    series is locked until that ends, so that no number is left out or given twice."""
    series = f"{mark}{official(division)}"
    row, _ = CaseNumber.objects.select_for_update().get_or_create(series=series, year=year)
    row.last += 1
    row.save(update_fields=["last"])
    return f"{series}-{year}-{row.last:06d}"
