"""The menu of the office: what there is, shown to whoever may open it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

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


WORK = (
    Place("home", _("待办"), ("home",)),
    Place("programmes", _("重点项目"), ("programmes", "programme", "why", "map", "differences", "figures")),
    Place("ledger", _("台账"), ("ledger", "row", "views", "view", "table")),
    Place("imports", _("导入"), ("imports", "import", "proposals", "proposal", "batches", "batch")),
    Place(
        "stocktakes", _("调度"), ("stocktakes", "stocktake", "meeting", "meetings", "circular", "circulars", "findings")
    ),
    Place("matters", _("督办事项"), ("matters", "matter")),
    Place("notices", _("提示单"), ("notices", "notice")),
    Place("briefs", _("简报"), ("briefs", "brief")),
)
KEEPING = (
    Place("people", _("单位与人员"), ("people", "person", "bodies", "body", "posts", "post", "delegations")),
    Place("jobs", _("任务"), ("jobs", "job")),
    Place("audit", _("审计"), ("audit",)),
    Place("health", _("运行状况"), ("health", "backups")),
)


def menu_of(request: HttpRequest, person: str, post: str, counts: dict[str, int]) -> Menu:
    """The menu around a page; ``counts`` by route say how much waits there."""
    here = request.resolver_match.url_name or "" if request.resolver_match else ""
    groups = (Group("", _shown(request, WORK, here, counts)), Group(_("管理"), _shown(request, KEEPING, here, counts)))
    return Menu(
        groups=tuple(group for group in groups if group.items),
        home=reverse("office:home"),
        person=person,
        post=post,
        sign_out=address_of("account_logout"),
        account=address_of("usersessions_list"),
        preferences=address_of("office:preferences"),
    )


def _shown(request: HttpRequest, places: Iterable[Place], here: str, counts: dict[str, int]) -> tuple[Item, ...]:
    found = []
    for place in places:
        address = address_of(f"office:{place.route}")
        if address and may_open(request, f"office:{place.route}"):
            current = "page" if here == place.route else "true" if here.split("-")[0] in place.nouns else ""
            found.append(Item(place.title, address, current, counts.get(place.route, 0)))
    return tuple(found)


def address_of(route: str) -> str:
    """Where a route leads; empty where there is none."""
    try:
        return reverse(route)
    except NoReverseMatch:
        return ""


def may_open(request: HttpRequest, route: str) -> bool:
    """Whether the door of a route opens to who looks."""
    from shishi.web.office.doors import opens

    return opens(request, route)
