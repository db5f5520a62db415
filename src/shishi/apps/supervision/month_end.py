"""The end of a month: the whole list's brief, beside the day of every programme."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from django.db import transaction

from shishi.apps.accounts.models import Person
from shishi.apps.audit.services import close_day
from shishi.apps.documents.list_briefs import ListOrder, correct_list_brief, write_list_brief
from shishi.apps.supervision.stocktake import known_at_of
from shishi.core.documents import Proof
from shishi.core.periods import period_of
from shishi.core.programmes import Pack, PeriodKind

if TYPE_CHECKING:
    from shishi.apps.documents.models import Brief


@dataclass(frozen=True, slots=True)
class MonthEnd:
    """The list's brief of a day; ``written`` now or earlier, with the erratum that later news asked for."""

    pack: Pack
    brief: Brief
    written: bool
    erratum: Brief | None


def ends_month(day: date) -> bool:
    """Whether the list's brief falls due on the day."""
    return period_of(PeriodKind.MONTH, day).end == day


def close_month(pack: Pack, as_of: date, *, demonstration: bool, by: Person, at: datetime) -> MonthEnd:
    """Write the list's brief as of a day, once; later news becomes an erratum. It is answered as known at the latest
    cut-off hour of its programmes."""
    known_at = max(known_at_of(item, as_of, at) for item in pack.programmes)
    with transaction.atomic():
        root = close_day(at)
    order = ListOrder(pack.name, as_of, known_at, proof=Proof(as_of, root.root), demonstration=demonstration)
    brief, written = write_list_brief(order, by=by, at=at)
    erratum = None if written else correct_list_brief(brief, order, by=by, at=at)
    return MonthEnd(pack, brief, written, erratum)
