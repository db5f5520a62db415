"""The catalogue of service items over the interface: what can be done where, by whom, with what; as it stands, and as
it stood on any day."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated

from django.http import HttpRequest
from ninja import Router, Schema
from ninja.params.functions import Query as Param

from shishi.apps.hall.catalogue import Asked, ServiceItem, item_coded, item_on, items_found
from shishi.apps.hall.versions import versions_of
from shishi.core.divisions import official
from shishi.web.api.interface import TROUBLES, Page, Size

router = Router(tags=["事项"])
Text = Annotated[str, Param("", max_length=60)]


class ItemLine(Schema):
    """An item in a list. ``item_code``: 实施编码, ``basic_code``: 基本编码. ``way``: ``here`` (a case is opened here by
    ``process``), ``system`` (another system carries it out), ``counter`` (at a window)."""

    item_code: str
    basic_code: str
    name: str
    division: str
    place: str
    body: str
    programme: str
    online: bool
    way: str
    process: str
    system: str
    promised: str
    legal: str


class Items(Schema):
    """A page of items; those that can be applied for online stand first."""

    items: list[ItemLine]
    page: int
    count: int
    more: bool


class Element(Schema):
    """One element 要素 of GB/T 39046-2020. ``code``: that of the standard's code set, empty where it has none."""

    name: str
    title: str
    text: str
    code: str


class Told(Schema):
    """Something told of a material."""

    title: str
    text: str


class ItemPaper(Schema):
    """A thing to hand in. ``shared``: it is held already, nobody is asked for it."""

    number: int
    name: str
    required: bool
    shared: bool
    told: list[Told]


class Item(ItemLine):
    """An item with its whole guide. ``trust``: how well it has to be known who applies (``phone``, ``password``,
    ``real_name``, ``certificate``)."""

    trust: str
    flow: list[str]
    elements: list[Element]
    materials: list[ItemPaper]


class GuideVersion(Schema):
    """A version of a guide: ``number`` from 1, the day from which it holds, when it was recorded."""

    number: int
    effective_on: date
    recorded_at: datetime
    voided: bool
    withdrawn: bool


@router.get("/", response={200: Items, **TROUBLES}, url_name="items", summary="查事项目录")
def listed(
    request: HttpRequest,
    text: Text = "",
    subject: Text = "",
    theme: Text = "",
    division: Text = "",
    page: Page = 1,
    size: Size = 50,
) -> dict[str, object]:
    """Items whose name, code, body or content has every word of ``text``. ``theme``: ``person/…`` or ``legal/…``."""
    asked = Asked(text.strip(), subject, theme, division, page, size)
    found, count = items_found(asked, datetime.now(UTC))
    return {"items": [_line(item) for item in found], "page": page, "count": count, "more": page * size < count}


@router.get("/{code}/", response={200: Item, **TROUBLES}, url_name="item", summary="一个事项的办事指南")
def read(request: HttpRequest, code: str, on: date | None = None) -> dict[str, object]:
    """One item by its implementation code: as it stands, or as its guide stood on a day."""
    item = item_on(code, on) if on else item_coded(code, datetime.now(UTC))
    elements = [
        {"name": field.name, "title": field.title, "text": words, "code": item.coded(field.name)}
        for field in item.table.fields
        if (words := item.told(field.name))
    ]
    papers = [
        {
            "number": paper.number,
            "name": paper.name,
            "required": paper.required,
            "shared": paper.shared,
            "told": [{"title": title, "text": words} for title, words in paper.told],
        }
        for paper in item.materials
    ]
    told = {"trust": item.trust or "phone", "flow": list(item.steps), "elements": elements, "materials": papers}
    return {**_line(item), **told}


@router.get(
    "/{code}/versions/", response={200: list[GuideVersion], **TROUBLES}, url_name="item-versions", summary="指南的版本"
)
def versions(request: HttpRequest, code: str) -> list[dict[str, object]]:
    """Every version that the guide of an item had, the oldest first; ``?on=`` of the item reads what one said."""
    names = ("number", "effective_on", "recorded_at", "voided", "withdrawn")
    found = versions_of(item_coded(code, datetime.now(UTC)))
    return [{name: getattr(version, name) for name in names} for version in found]


def _line(item: ServiceItem) -> dict[str, object]:
    way = "here" if item.process and item.is_open else "system" if item.system and item.is_open else "counter"
    return {
        "item_code": item.code,
        "basic_code": str(item.values.get("basic_code") or ""),
        "name": item.name,
        "division": official(item.division),
        "place": item.place,
        "body": item.told("body"),
        "programme": item.programme.name,
        "online": item.is_open,
        "way": way,
        "process": item.process.name if item.process and way == "here" else "",
        "system": item.system if way == "system" else "",
        "promised": item.limit("promised"),
        "legal": item.limit("legal"),
    }
