"""The menu of the office: what there is, shown to whoever may open it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from django.http import HttpRequest
from django.urls import NoReverseMatch, get_script_prefix, get_urlconf, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from shishi.apps.accounts.selectors import posts_of
from shishi.apps.accounts.waiting import waiting_for
from shishi.apps.audit.selectors import last_event
from shishi.apps.files.selectors import is_demonstration
from shishi.core.calendars import day_of
from shishi.web.office.doors import opens
from shishi.web.office.viewing import Viewer

if TYPE_CHECKING:
    from shishi.apps.accounts.selectors import Person

Title = str | Promise


@dataclass(frozen=True, slots=True)
class Place:
    """A line of the menu. ``nouns``: the first words of the route names whose pages belong to it."""

    route: str
    title: Title
    nouns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Item:
    """A line as it is shown. ``current`` is ``page`` on its own page, ``true`` on one that belongs to it."""

    title: Title
    address: str
    current: str
    count: int = 0


@dataclass(frozen=True, slots=True)
class Group:
    """Lines under one heading; the first group has none."""

    title: Title
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Menu:
    """All of it, with who looks."""

    groups: tuple[Group, ...]
    home: str
    person: str
    post: str
    sign_out: str
    account: str
    preferences: str
    searches: bool


WORK = (
    Place("home", _("待办"), ("home",)),
    Place(
        "programmes", _("重点项目"), ("programmes", "programme", "why", "map", "difference", "differences", "figures")
    ),
    Place("tasks", _("办件"), ("tasks", "task", "cases", "case", "incidents", "incident", "ratings", "rating")),
    Place("ledger", _("台账"), ("ledger", "tables", "table", "row", "rows", "evidence", "views", "view", "search")),
    Place("imports", _("导入"), ("imports", "import", "batches", "batch", "proposals", "proposal")),
    Place("reports", _("按期填报"), ("reports", "report")),
    Place("stocktakes", _("调度"), ("stocktakes", "stocktake", "meeting", "circulars", "circular", "findings")),
    Place("verifications", _("核实"), ("verifications", "verification")),
    Place("matters", _("督办事项"), ("matters", "matter")),
    Place("fieldwork", _("走访"), ("fieldwork",)),
    Place("decisions", _("业主表决"), ("decisions", "decision")),
    Place("notices", _("提示单"), ("notices", "notice")),
    Place("briefs", _("简报"), ("briefs", "brief")),
    Place("publishing", _("公开"), ("publishing",)),
)
KEEPING = (
    Place("editor", _("拟定项目"), ("editor",)),
    Place("burden", _("减负检查"), ("burden",)),
    Place("people", _("单位与人员"), ("people", "person", "bodies", "body", "posts", "post", "delegations")),
    Place("jobs", _("任务"), ("jobs", "job")),
    Place("audit", _("审计"), ("audit",)),
    Place("machines", _("接口程序"), ("machines", "machine")),
    Place("exchange", _("数据交换"), ("exchange",)),
    Place("referrals", _("外地转送"), ("referrals", "referral")),
    Place("health", _("运行状况"), ("health", "backups")),
    Place("design", _("设计"), ("design",)),
)
HOME_OF = {noun: place.route for place in (*WORK, *KEEPING) for noun in place.nouns}
"""Under which line what waits is counted, by the noun of its page; all of it is counted under the first."""


@lru_cache(maxsize=512)
def _counts(person: Person, trail: int, today: date, at: Ever) -> dict[str, int]:
    """How much waits where. Kept until anything is written (``trail``) or the day ends."""
    waiting = waiting_for(person, at.moment)
    lines = Counter(HOME_OF.get(item.page.split("-")[0], "") for item in waiting)
    return {**lines, "home": len(waiting)}


@dataclass(frozen=True, slots=True)
class Ever:
    """A moment that makes no difference to an answer that is kept."""

    moment: datetime = field(compare=False)


def menu_of(request: HttpRequest) -> Menu:
    """The menu around a page for who is signed in."""
    viewer = Viewer.of(request)
    person, today = viewer.person, day_of(viewer.at)
    counts = _counts(person, last_event(), today, Ever(viewer.at))
    here = request.resolver_match.url_name or "" if request.resolver_match else ""
    groups = (Group("", _shown(request, WORK, here, counts)), Group(_("管理"), _shown(request, KEEPING, here, counts)))
    post = next(iter(posts_of(person, today)), None)
    return Menu(
        groups=tuple(group for group in groups if group.items),
        home=reverse("office:home"),
        person=person.name or person.username,
        post=f"{post.body.title} · {post.role_label}" if post else "",
        sign_out=address_of("account_logout"),
        account=address_of("usersessions_list"),
        preferences=address_of("office:preferences"),
        searches=opens(request, "office:search"),
    )


def _shown(request: HttpRequest, places: Iterable[Place], here: str, counts: dict[str, int]) -> tuple[Item, ...]:
    found = []
    for place in places:
        address = address_of(f"office:{place.route}")
        if address and opens(request, f"office:{place.route}") and (place.route != "design" or is_demonstration()):
            current = "page" if here == place.route else "true" if here.split("-")[0] in place.nouns else ""
            found.append(Item(place.title, address, current, counts.get(place.route, 0)))
    return tuple(found)


def address_of(route: str) -> str:
    """Where a route leads; empty where there is none."""
    return _address_of(route, get_urlconf(), get_script_prefix())


@lru_cache(maxsize=256)
def _address_of(route: str, routes: str | None, prefix: str) -> str:
    """Kept: a menu of twenty lines would spend half of its time on addresses that never change."""
    try:
        return reverse(route)
    except NoReverseMatch:
        return ""
