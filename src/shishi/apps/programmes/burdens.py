"""The burden check over what is installed, over a folder, or over a draft together with its list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.conf import settings

from shishi.apps.programmes.draft_checks import Checked
from shishi.core.burden import Burden, burden, lead_bodies
from shishi.core.fillings import Minutes
from shishi.core.programmes import Pack
from shishi.core.ratings import TABLE as RATINGS
from shishi.core.work_record import WORK_RECORD

GIVEN = frozenset({WORK_RECORD, RATINGS})


def burden_of_packs(packs: Sequence[Pack], minutes: Mapping[str, Sequence[Minutes]] | None = None) -> Burden:
    """What all programmes of these lists ask together. ``minutes``: what filling in took, by table, where measured."""
    leads: dict[str, list[str]] = {}
    for pack in packs:
        leads |= _leads_of(pack)
    programmes = [programme for pack in packs for programme in pack.programmes]
    return burden(programmes, shortest=settings.SHORTEST_DEADLINE_DAYS, leads=leads, minutes=minutes, given=GIVEN)


def _leads_of(pack: Pack) -> dict[str, list[str]]:
    """Who leads, programme by programme; a body of every place once."""
    titles = {entry.code: entry.title.format(code="各地", name="各地") for entry in pack.bodies}
    duties = ((duty.body, duty.programme, duty.part) for duty in pack.responsibilities)
    return {f"{pack.name}/{code}": found for code, found in lead_bodies(duties, titles).items()}


def burden_of_draft(checked: Checked, minutes: Mapping[str, Sequence[Minutes]] | None = None) -> Burden:
    """What the draft's programme asks: of the whole list only what has to do with it. Empty where it can't be built."""
    if checked.pack is None or checked.programme is None:
        return burden((), shortest=0)
    programme = checked.programme
    found = burden_of_packs([checked.pack], minutes)
    titles = {f"《{table.title}》" for table in programme.tables}
    tables = {table.title for table in programme.tables}
    return Burden(
        forms=tuple(form for form in found.forms if form.table.startswith(f"{programme.name}/")),
        twice=tuple(t for t in found.twice if any(title in t.first or title in t.second for title in titles)),
        unread=tuple(u for u in found.unread if u.table in tables),
        loads=tuple(load for load in found.loads if load.who in _leads_of(checked.pack).get(programme.name, ())),
        photos=tuple(told for told in found.photos if any(title in told for title in titles)),
        short=tuple(item for item in found.short if item.programme == programme.title),
    )
