"""Why a figure is another one than before: what came in, what went out, what changed, and who did it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from shishi.adapters.engines.differing import Change
from shishi.apps.indicators.differences import Moments, difference
from shishi.core.calendars import SHANGHAI
from shishi.core.errors import Misuse
from shishi.core.indicators import Measure
from shishi.web.office.figures import Asking, Choice, asking_of
from shishi.web.office.viewing import day_in, moment_in
from shishi.web.office.why import ROWS, page_of, part_of

CHANGES = {
    Change.CAME_IN: "新计入",
    Change.WENT_OUT: "不再计入",
    Change.CHANGED: "数量改变",
    Change.MOVED: "换了区划",
}


def differences(request: HttpRequest, jurisdiction: str, year: int, code: str, indicator: str) -> HttpResponse:
    """The difference of one figure. The address says the later moment as everywhere, and the earlier one as ``from``
    and ``from_known_at``; without them it is the last day before that has a report."""
    asking = asking_of(request, jurisdiction, year, code)
    part, change = part_of(request), _change(request)
    earlier = _earlier(request, asking)
    asked = asking.query.asked(asking.programme, asking.usual)
    found = difference(
        asking.viewer.person,
        asked,
        earlier,
        indicator,
        part=part,
        change=change,
        offset=(asking.query.page - 1) * ROWS,
        limit=ROWS,
        at=asking.viewer.at,
    )
    page = {
        "pack": asking.pack,
        "programme": asking.programme,
        "asking": asking,
        "asked": asking.asked,
        "earlier": earlier,
        "found": found,
        "indicator": found.after.indicator,
        "is_ratio": found.after.indicator.measure is Measure.RATIO,
        "part": part,
        "change": change,
        "changes": _choices(asking, earlier, part, change, found.sums),
        "titles": {item: _(title) for item, title in CHANGES.items()},
        "pages": page_of(asking, found.total),
        "address": asking.of_rows,
        "address_here": _address(asking, earlier, part=part, change=change.value if change else ""),
        "address_part_free": _address(asking, earlier),
        "presets": _presets(asking),
    }
    return render(request, "office/difference.html", page)


def _change(request: HttpRequest) -> Change | None:
    text = request.GET.get("change", "")
    if text and text not in set(Change):
        raise Misuse("change_unknown", f"没有“{text[:20]}”这种变化。可选：{'、'.join(CHANGES.values())}。")
    return Change(text) if text else None


def _earlier(request: HttpRequest, asking: Asking) -> Moments:
    as_of, known_at = day_in(request.GET.get("from", "")), moment_in(request.GET.get("from_known_at", ""))
    if as_of is not None or known_at is not None:
        return Moments(as_of or asking.asked.as_of, known_at)
    before = [day for day in asking.days.reported if day < asking.asked.as_of]
    return Moments(max(before, default=asking.asked.as_of - timedelta(days=1)))


def _address(asking: Asking, earlier: Moments, **other: str) -> str:
    told = {"from": earlier.as_of.isoformat(), "from_known_at": _written(earlier.known_at), **other}
    return asking.of_rows + "&" + urlencode({name: value for name, value in told.items() if value})


def _written(moment: datetime | None) -> str:
    return f"{moment.astimezone(SHANGHAI):%Y-%m-%dT%H:%M:%S}" if moment else ""


def _choices(
    asking: Asking, earlier: Moments, part: str, change: Change | None, sums: object
) -> list[tuple[Choice, object]]:
    kept = dict(sums)  # type: ignore[call-overload]  # a mapping by change
    every = (Choice(_("全部变化"), _address(asking, earlier, part=part), change is None), None)
    return [
        every,
        *(
            (Choice(_(title), _address(asking, earlier, part=part, change=item.value), item is change), kept[item])
            for item, title in CHANGES.items()
            if item in kept
        ),
    ]


def _presets(asking: Asking) -> list[Choice]:
    """Earlier moments that are often asked for: of other days, and of other knowledge of this one."""
    day = asking.asked.as_of
    days: list[tuple[str, date]] = [
        (_("前一天"), day - timedelta(days=1)),
        (_("上周同一天"), day - timedelta(days=7)),
        (_("上月底"), day.replace(day=1) - timedelta(days=1)),
    ]
    told = [Choice(title, _address(asking, Moments(other))) for title, other in days]
    evening = datetime(day.year, day.month, day.day, 23, 59, 59, tzinfo=SHANGHAI)
    if evening < (asking.asked.known_at or asking.viewer.at):
        told.append(Choice(_("当天结束时所知的这一天"), _address(asking, Moments(day, evening))))
    return told
