"""Webhooks over the interface: a program says itself where it wants to be called, and has calls sent again."""

from __future__ import annotations

from datetime import UTC, datetime

from django.http import HttpRequest, HttpResponse
from ninja import Field, Router, Schema

from shishi.apps.machines.calling import calls_for, replay
from shishi.apps.machines.hooks import end_hook, hooks_for, make_hook
from shishi.web.api.entrance import client_asking, person_asking
from shishi.web.api.interface import KEYED, TROUBLES, Page, Size, once

router = Router(tags=["回调"])


class NewHook(Schema):
    """An address to be told. ``topics``: beginnings of actions, such as ``case.`` or ``case.deliver``."""

    url: str = Field(max_length=500)
    topics: list[str] = Field(min_length=1, max_length=20)


class HookOut(Schema):
    """An address that is told."""

    hook: int
    url: str
    topics: list[str]
    ended_at: datetime | None


class MadeHook(HookOut):
    """An address just made known. ``secret`` signs its calls and is told this once."""

    secret: str


class CallOut(Schema):
    """A call."""

    call: int
    hook: int
    key: str
    state: str
    tries: int
    told: str


@router.get("/", response={200: list[HookOut], **TROUBLES}, url_name="hooks", summary="列出回调地址")
def listed(request: HttpRequest) -> list[dict[str, object]]:
    """Those of the asking program's person."""
    found = hooks_for(person_asking(request), datetime.now(UTC))
    return [_hook(item.pk, item.url, item.topics, item.ended_at) for item in found]


@router.post(
    "/", response={201: MadeHook, **TROUBLES}, url_name="hook-new", summary="登记回调地址", openapi_extra=KEYED
)
def new(request: HttpRequest, asked: NewHook) -> HttpResponse:
    """Only addresses that the operator allowed are taken."""
    client, at = client_asking(request), datetime.now(UTC)

    def act() -> dict[str, object]:
        made = make_hook(client, asked.url, asked.topics, by=client.person, at=at)
        return {**_hook(made.hook.pk, made.hook.url, made.hook.topics, None), "secret": made.secret}

    return once(request, act)


@router.post("/{int:hook}/end/", response={200: HookOut, **TROUBLES}, url_name="hook-end", summary="停用回调地址")
def end(request: HttpRequest, hook: int) -> dict[str, object]:
    """Nothing more is told to it; ending it again changes nothing."""
    found = end_hook(hook, by=person_asking(request), at=datetime.now(UTC))
    return _hook(found.pk, found.url, found.topics, found.ended_at)


@router.get("/calls/", response={200: list[CallOut], **TROUBLES}, url_name="hook-calls", summary="列出推送")
def calls(request: HttpRequest, state: str = "", page: Page = 1, size: Size = 50) -> list[dict[str, object]]:
    """Calls, the newest first."""
    found = calls_for(person_asking(request), datetime.now(UTC), state=state, offset=(page - 1) * size, limit=size)
    return [_call(item.pk, item.hook_id, item.key, item.state, item.tries, item.told) for item in found]


@router.post(
    "/calls/{int:call}/replay/", response={200: CallOut, **TROUBLES}, url_name="hook-replay", summary="重新推送"
)
def again(request: HttpRequest, call: int) -> dict[str, object]:
    """Tell it once more, under the same id."""
    found = replay(call, by=person_asking(request), at=datetime.now(UTC))
    return _call(found.pk, found.hook_id, found.key, found.state, found.tries, found.told)


def _hook(number: int, url: str, topics: list[str], ended_at: datetime | None) -> dict[str, object]:
    return {"hook": number, "url": url, "topics": topics, "ended_at": ended_at}


def _call(number: int, hook: int, key: str, state: str, tries: int, told: str) -> dict[str, object]:
    return {"call": number, "hook": hook, "key": key, "state": state, "tries": tries, "told": told}
