"""办事: finding an item, and its guide: what it takes, until when, where, and how to begin."""

from __future__ import annotations

from datetime import date

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from shishi.apps.citizens.selectors import any_system
from shishi.apps.citizens.trust import Trust
from shishi.apps.hall.catalogue import PAGE, Asked, ServiceItem, all_items, groups, item_coded, item_on, items_found
from shishi.apps.hall.versions import versions_of
from shishi.core.calendars import day_of
from shishi.web.portal.answering import everybody, reading
from shishi.web.portal.visitors import now

TOLD = (
    ("body", "谁来办"), ("office", "承办机构"), ("place", "办理地点"), ("hours", "办理时间"), ("scope", "通办范围"),
    ("enquiry", "怎么问"), ("enquiry_phone", "咨询电话"), ("complaint_phone", "监督电话"),
)  # fmt: skip
MORE = (
    "kind", "basis", "level", "powers", "content", "body_code", "body_nature", "joint_bodies", "jurisdiction",
    "case_kind", "special", "special_note", "intermediary", "quantity", "result_sample", "system_level", "address",
    "review", "litigation",
)  # fmt: skip


@everybody
def find(request: HttpRequest) -> HttpResponse:
    """The start page: one question, then subjects and themes."""
    at = now()
    asked = _asked(request)
    looked = bool(asked.text or asked.subject or asked.theme)
    found, count = items_found(asked, at) if looked else ((), 0)
    everything = all_items(at)
    pages = -(-count // PAGE)
    page = {
        "asked": asked,
        "looked": looked,
        "found": found,
        "count": count,
        "pages": pages,
        "earlier": asked.page - 1 if asked.page > 1 else 0,
        "later": asked.page + 1 if asked.page < pages else 0,
        "total": sum(item.is_open for item in everything),
        "subjects": groups(everything, "subject"),
        "themes": [
            ("person", "给个人办事", groups(everything, "theme_person")),
            ("legal", "给单位办事", groups(everything, "theme_legal")),
        ],
        "chosen": _chosen(asked, everything),
        **reading(request),
    }
    return render(request, "portal/find.html", page)


@everybody
def guide(request: HttpRequest, code: str) -> HttpResponse:
    """One item's guide: as it stands, or as it stood on a day (``?on=``)."""
    on = _day(request.GET.get("on", ""))
    item = item_on(code, on) if on else item_coded(code, now())
    system = any_system(item.system) if item.system else None
    page = {
        "item": item,
        "promised": item.limit("promised"),
        "legal": item.limit("legal"),
        "told": [(title, words) for name, title in TOLD if (words := item.told(name))],
        "more": [
            (item.table.by_name[name].title, words, item.coded(name))
            for name in MORE
            if name in item.table.by_name and (words := item.told(name))
        ],
        "asked_for": [one for one in item.materials if not one.shared],
        "shared": [one for one in item.materials if one.shared],
        "conditions": item.told("conditions"),
        "questions": item.told("questions"),
        "fee": item.values.get("fee"),
        "fee_basis": item.told("fee_basis"),
        "visits": item.values.get("visits"),
        "result": item.told("result"),
        "subject": item.told("subject"),
        "served": item.told("served"),
        "trust": Trust(item.trust or Trust.PHONE).label,
        "system": system if system and system.ended_at is None else None,
        "on": on,
        "versions": [one for one in reversed(versions_of(item)) if not one.voided],
        "codes": [(name, item.told(name)) for name in ("item_code", "basic_code") if item.told(name)],
        **reading(request),
    }
    return render(request, "portal/guide.html", page)


def _day(text: str) -> date | None:
    """A day of an address; nothing for what is none, or lies ahead."""
    try:
        found = date.fromisoformat(text[:10])
    except ValueError:
        return None
    return found if found <= day_of(now()) else None


def _asked(request: HttpRequest) -> Asked:
    given = request.GET
    page = given.get("page", "1")
    return Asked(
        text=given.get("q", "").strip()[:60],
        subject=given.get("subject", "")[:40],
        theme=given.get("theme", "")[:40],
        page=int(page) if page.isdecimal() and len(page) < 5 else 1,
    )


def _chosen(asked: Asked, items: tuple[ServiceItem, ...]) -> str:
    """The title of the subject or theme that is looked at."""
    who, _, theme = asked.theme.partition("/")
    column, key = ("subject", asked.subject) if asked.subject else (f"theme_{who}", theme)
    return next((group.title for group in groups(items, column) if group.key == key), "")
