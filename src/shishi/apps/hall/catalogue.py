"""The catalogue 事项目录: items and their guides as they stand now, for everybody. Nothing else of a ledger is read here.

Which tables are a catalogue says the pack (``publishing: guide``). Held in memory until a row of them changes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from shishi.apps.divisions.selectors import find_division
from shishi.apps.ledger.histories import standing
from shishi.apps.ledger.sealing import decode, typed
from shishi.apps.ledger.selectors import live
from shishi.apps.programmes.selectors import programmes
from shishi.core.calendars import day_of
from shishi.core.divisions import normalise
from shishi.core.errors import Misuse
from shishi.core.processes import Process, Starter
from shishi.core.programmes import Pack, Programme
from shishi.core.service_items import CODE_SETS
from shishi.core.tables import FieldType, Table, Values
from shishi.core.values import shown

PAGE = 20
LIVE_STAGE = "online"
_kept: dict[str, tuple[object, tuple[ServiceItem, ...]]] = {}


@dataclass(frozen=True, slots=True)
class ItemMaterial:
    """A thing to hand in, as the guide tells it. ``shared``: it is held already, nobody is asked for it."""

    number: int
    name: str
    required: bool
    shared: bool
    told: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class ServiceItem:
    """An item with its guide. ``entry``: its row in the ledger, ``values`` are those of it; ``process``: what carries
    it out here, or ``None``."""

    entry: UUID
    table: Table
    programme: Programme
    values: Values
    division: str
    place: str
    materials: tuple[ItemMaterial, ...]
    process: Process | None

    @property
    def code(self) -> str:
        """实施编码."""
        return str(self.values["item_code"])

    @property
    def name(self) -> str:
        """事项名称."""
        return str(self.values.get("name") or "")

    @property
    def system(self) -> str:
        """The outside system that carries it out; empty for none."""
        return str(self.values.get("system") or "")

    @property
    def trust(self) -> str:
        """How well it has to be known who applies."""
        return str(self.values.get("trust") or "")

    @property
    def is_open(self) -> bool:
        """Whether it can be applied for online."""
        return self.values.get("stage") == LIVE_STAGE

    def told(self, name: str) -> str:
        """A column in words; empty when nothing is there."""
        field, value = self.table.by_name.get(name), self.values.get(name)
        return "" if field is None or value in (None, "", ()) else shown(field, value)

    def coded(self, name: str) -> str:
        """The standard's code of an enumerated column; empty for none."""
        code = CODE_SETS.get(name, {}).get(str(self.values.get(name)))
        return code.code if code else ""

    def limit(self, which: str) -> str:
        """``legal`` or ``promised`` as people say it: 5 个工作日; empty when it is not told."""
        amount = self.values.get(f"{which}_days")
        if amount is None:
            return ""
        unit = "个自然日" if self.values.get(f"{which}_unit") == "calendar_day" else "个工作日"
        return f"{amount} {unit}" if amount else "当场办结"

    @property
    def promised(self) -> str:
        """What is promised."""
        return self.limit("promised")

    @property
    def steps(self) -> tuple[str, ...]:
        """办理流程, one step after the other."""
        text = str(self.values.get("flow") or "")
        return tuple(part.strip() for part in text.replace("\n", "；").split("；") if part.strip())


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody looks for. ``theme`` is ``person/insurance`` or ``legal/opening``; ``subject`` a word of a pack."""

    text: str = ""
    subject: str = ""
    theme: str = ""
    division: str = ""
    page: int = 1
    size: int = PAGE


@dataclass(frozen=True, slots=True)
class Group:
    """A way into the catalogue: a subject or a theme, and how many items it holds."""

    key: str
    title: str
    count: int


def all_items(at: datetime) -> tuple[ServiceItem, ...]:
    """Every item of every catalogue as of today that is not cancelled; by division and code."""
    found: list[ServiceItem] = []
    for pack, programme in programmes():
        if programme.publishing and programme.publishing.guide:
            found += _items(pack, programme, day_of(at))
    return tuple(found)


def items_found(asked: Asked, at: datetime) -> tuple[tuple[ServiceItem, ...], int]:
    """One page of what is looked for, and how many there are in all. Every word has to be met."""
    words = asked.text.casefold().split()
    kept = [item for item in all_items(at) if _fits(item, asked) and all(_says(item, word) for word in words)]
    kept.sort(key=lambda item: (not item.is_open, not item.name.casefold().startswith(asked.text.casefold())))
    start = (max(asked.page, 1) - 1) * asked.size
    return tuple(kept[start : start + asked.size]), len(kept)


def item_coded(code: str, at: datetime) -> ServiceItem:
    """By its implementation code; ``Misuse`` (unknown_item)."""
    found = next((item for item in all_items(at) if item.code == code), None)
    if found is None:
        raise Misuse("unknown_item", "事项目录里没有这个编码的事项：可能抄错了，或已经取消。请从“办事”里再找一次。")
    return found


def item_on(code: str, day: date) -> ServiceItem:
    """By its implementation code, as its guide stood on a day; ``Misuse`` (unknown_item)."""
    for pack, programme in programmes():
        if not (programme.publishing and (guide := programme.publishing.guide)):
            continue
        materials = programme.table(guide.materials) if guide.materials else None
        for item in _read(pack, programme, programme.table(guide.items), materials, day, code):
            return item
    raise Misuse("unknown_item", f"{day} 那天事项目录里没有这个编码的事项：可能还没有，或已经取消。")


def groups(items: Sequence[ServiceItem], column: str) -> tuple[Group, ...]:
    """The values of an enumerated column that items have, in the pack's order, with how many have each."""
    counts: defaultdict[str, int] = defaultdict(int)
    titles: dict[str, str] = {}
    for item in items:
        field = item.table.by_name.get(column)
        for choice in field.values if field else ():
            titles.setdefault(choice.value, choice.title)
        if value := item.values.get(column):
            counts[str(value)] += 1
    return tuple(Group(key, title, counts[key]) for key, title in titles.items() if counts[key])


def is_catalogue(table: str) -> bool:
    """Whether a table (full name) holds items, or their materials."""
    for _, programme in programmes():
        guide = programme.publishing.guide if programme.publishing else None
        if guide and table in {f"{programme.name}/{short}" for short in (guide.items, guide.materials) if short}:
            return True
    return False


def forget() -> None:
    """Read everything anew at the next question: for a process that changes its store."""
    _kept.clear()


def _items(pack: Pack, programme: Programme, today: date) -> tuple[ServiceItem, ...]:
    guide = programme.publishing.guide if programme.publishing else None
    if guide is None:
        return ()
    table = programme.table(guide.items)
    materials = programme.table(guide.materials) if guide.materials else None
    mark = (pack.version, today, standing(table.name), standing(materials.name) if materials else None)
    held = _kept.get(table.name)
    if held is None or held[0] != mark:
        held = (mark, tuple(_read(pack, programme, table, materials, today)))
        _kept[table.name] = held
    return held[1]


def _read(
    pack: Pack, programme: Programme, table: Table, materials: Table | None, today: date, only: str = ""
) -> Iterable[ServiceItem]:
    """All items on a day, or the one of that code."""
    asked = _materials(materials, today) if materials else {}
    places: dict[str, str] = {}
    served = {code: process for process in pack.processes for code in process.starts.items if _may_apply(process)}
    for row in live(table.name, today).order_by("division", "key", "sequence"):
        values = typed(table, decode(row.cells))
        cancelled = values.get("cancelled_on")
        if (isinstance(cancelled, date) and cancelled <= today) or (only and values.get("item_code") != only):
            continue
        process = served.get(str(values.get("basic_code"))) or served.get(str(values.get("item_code")))
        yield ServiceItem(
            entry=row.entry,
            table=table,
            programme=programme,
            values=values,
            division=row.division,
            place=places.get(row.division) or _named(places, row.division, today),
            materials=tuple(asked.get(str(row.entry), ())),
            process=process,
        )


def _named(places: dict[str, str], division: str, today: date) -> str:
    places[division] = find_division(division, today).name
    return places[division]


def _may_apply(process: Process) -> bool:
    return Starter.APPLICANT in process.starts.by


def _materials(table: Table, today: date) -> Mapping[str, list[ItemMaterial]]:
    found: defaultdict[str, list[ItemMaterial]] = defaultdict(list)
    for row in live(table.name, today):
        values = typed(table, decode(row.cells))
        told = tuple(
            (field.title, shown(field, value))
            for field in table.fields
            if (value := values.get(field.name)) not in (None, "", ()) and _is_told(field.name, field.type)
        )
        number = values.get("number")
        material = ItemMaterial(
            number=number if isinstance(number, int) else 0,
            name=str(values.get("name") or ""),
            required=values.get("required") is True,
            shared=values.get("shared") is True,
            told=told,
        )
        found[str(values.get("item"))].append(material)
    for several in found.values():
        several.sort(key=lambda one: one.number)
    return found


def _is_told(name: str, kind: FieldType) -> bool:
    return name not in ("number", "name", "required", "shared") and kind not in (
        FieldType.REFERENCE,
        FieldType.DIVISION,
    )


def _fits(item: ServiceItem, asked: Asked) -> bool:
    who, _, theme = asked.theme.partition("/")
    return (
        (not asked.subject or item.values.get("subject") == asked.subject)
        and (not theme or item.values.get(f"theme_{who}") == theme)
        and (not asked.division or normalise(item.division).startswith(normalise(asked.division)))
    )


def _says(item: ServiceItem, word: str) -> bool:
    told = (item.name, item.code, item.told("body"), item.told("subject"), item.told("content"), item.told("result"))
    return any(word in text.casefold() for text in told)
