"""Reading definitions: which pack held on a day, as known at a moment; names long and short."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache

from shishi.apps.accounts.models import Person
from shishi.apps.accounts.roles import Action
from shishi.apps.accounts.selectors import Reach, reaches
from shishi.apps.audit.kept_questions import KeptQuestion
from shishi.apps.programmes.models import PackRevision
from shishi.core.calendars import ASSUMED, WorkingCalendar, day_of
from shishi.core.divisions import covers, normalise
from shishi.core.errors import Misuse
from shishi.core.processes import Process
from shishi.core.programmes import Pack, Programme
from shishi.core.tables import Table


@lru_cache(maxsize=32)
def _pack(revision: int, version: str) -> Pack:
    """The definitions of a revision. ``version`` tells apart two stores of one process."""
    from shishi.packs.canonical import pack_from_document

    return pack_from_document(PackRevision.objects.get(pk=revision).document)


_revisions: KeptQuestion[tuple[int, str, str, date | None, datetime]] = KeptQuestion(
    lambda: PackRevision.objects.order_by("pk").values_list("pk", "name", "version", "effective_on", "recorded_at")
)


def packs(as_of: date | None = None, known_at: datetime | None = None) -> tuple[Pack, ...]:
    """Of every installed pack the revision that held on ``as_of`` as known at ``known_at`` (default: the newest)."""
    return tuple(_pack(pk, version) for pk, version in _held(as_of, known_at))


def _held(as_of: date | None, known_at: datetime | None) -> tuple[tuple[int, str], ...]:
    """Which revisions those are, by the names of their packs."""
    chosen: dict[str, tuple[date, int, str]] = {}
    first: dict[str, tuple[date, int, str]] = {}
    for pk, name, version, effective_on, recorded_at in _revisions():
        if known_at is not None and recorded_at > known_at:
            continue
        item = (effective_on or date.min, pk, version)
        first.setdefault(name, item)
        if as_of is not None and item[0] > as_of:
            continue
        if name not in chosen or chosen[name][0] <= item[0]:
            chosen[name] = item
    return tuple((pk, version) for _, (_, pk, version) in sorted((first | chosen).items()))


def programmes(as_of: date | None = None, known_at: datetime | None = None) -> tuple[tuple[Pack, Programme], ...]:
    """Every programme with its pack."""
    return tuple((pack, item) for pack in packs(as_of, known_at) for item in pack.programmes)


def programmes_for(
    person: Person, *, at: datetime, as_of: date | None = None, known_at: datetime | None = None
) -> tuple[tuple[Pack, Programme], ...]:
    """The programmes of which the person's reach holds the whole or a part."""
    own = reaches(person, Action.READ, day_of(at))
    return tuple(
        (pack, item) for pack, item in programmes(as_of, known_at) if any(_touches(reach, item) for reach in own)
    )


def _touches(reach: Reach, programme: Programme) -> bool:
    root = normalise(programme.division)
    return reach.holds(root, programme.name) or any(
        covers(root, code) and reach.holds(code, programme.name) for code in reach.divisions
    )


def programme_named(name: str, as_of: date | None = None, known_at: datetime | None = None) -> tuple[Pack, Programme]:
    """By full name, or by a short one while it is unique; ``Misuse`` (unknown_programme, name_ambiguous)."""
    known = programmes(as_of, known_at)
    found = [item for item in known if name in _tails(item[1].name)]
    _one(name, [item[1].name for item in found], [item[1].name for item in known], "programme", "项目")
    return found[0]


def pack_named(name: str, as_of: date | None = None, known_at: datetime | None = None) -> Pack | None:
    """By ``jurisdiction/year``, or by the jurisdiction while that is unique; ``None`` when no list is called so."""
    known = packs(as_of, known_at)
    found = [item for item in known if item.name == name] or [item for item in known if item.jurisdiction == name]
    if len(found) > 1:
        _one(name, [item.name for item in found], [item.name for item in known], "pack", "清单")
    return found[0] if found else None


def table_named(name: str, as_of: date | None = None) -> tuple[Programme, Table]:
    """By full name, or by a short one while it is unique; ``Misuse`` (unknown_table, name_ambiguous). A hand-in is
    read by the definitions of its day."""
    known = [(programme, table) for _, programme in programmes(as_of) for table in programme.tables]
    found = [item for item in known if name in _tails(item[1].name)]
    _one(name, [item[1].name for item in found], [item[1].name for item in known], "table", "台账")
    return found[0]


def tables() -> dict[str, Table]:
    """Every installed table by its full name."""
    return {table.name: table for _, programme in programmes() for table in programme.tables}


def processes() -> tuple[Process, ...]:
    """Every installed process in its newest version."""
    return tuple(process for pack in packs() for process in pack.processes)


def process_named(name: str) -> Process:
    """By full name, or by a short one while it is unique; ``Misuse`` (unknown_process, name_ambiguous). New cases go by
    what is installed now."""
    known = processes()
    found = [item for item in known if name in _tails(item.name)]
    _one(name, [item.name for item in found], [item.name for item in known], "process", "流程")
    return found[0]


def process_of_digest(name: str, digest: str) -> Process:
    """A version of a process that is or once was installed: running cases keep theirs. ``Misuse`` (unknown_process)."""
    pack = name.rsplit("/", 1)[0]
    for item in PackRevision.objects.filter(name=pack).order_by("-pk").only("pk", "version"):
        for process in _pack(item.pk, item.version).processes:
            if (process.name, process.digest) == (name, digest):
                return process
    raise Misuse("unknown_process", f"找不到流程“{name}”的这个版本（{digest[:12]}）。请重新安装当时的清单。")


_last_revision: KeptQuestion[tuple[int, str]] = KeptQuestion(
    lambda: PackRevision.objects.order_by("-pk").values_list("pk", "version")[:1]
)


def lineage(table: str) -> tuple[str, ...]:
    """The full name of the table, and of those whose rows it goes on with (``continues``), the newest first."""
    return _lineages().get(table, (table,))


def lineage_of_all(tables: Collection[str]) -> set[str]:
    """What :func:`lineage` says of several tables, asked once."""
    known = _lineages() if tables else {}
    return {name for table in tables for name in known.get(table, (table,))}


def heir(table: str) -> str:
    """The newest table that goes on with this one; itself where none does."""
    return next((names[0] for names in _lineages().values() if table in names[1:]), table)


def _lineages() -> Mapping[str, tuple[str, ...]]:
    """By name, longest first, of tables that go on with another."""
    return next((_lineages_at(*last) for last in _last_revision()), {})


@lru_cache(maxsize=8)
def _lineages_at(revision: int, version: str) -> Mapping[str, tuple[str, ...]]:
    """As of the last installed pack; ``version`` tells apart two stores of one process."""
    known = tables()
    found: list[tuple[str, ...]] = []
    for name in known:
        names = [name]
        while (table := known.get(names[-1])) and table.continues and table.continues not in names:
            names.append(table.continues)
        if len(names) > 1:
            found.append(tuple(names))
    return {names[0]: names for names in sorted(found, key=len, reverse=True)}


def calendar(as_of: date | None = None, known_at: datetime | None = None) -> WorkingCalendar:
    """The working days, with the dated exceptions that packs add."""
    return _calendar(_held(as_of, known_at))


@lru_cache(maxsize=32)
def _calendar(held: tuple[tuple[int, str], ...]) -> WorkingCalendar:
    """The calendar of these revisions. Where several packs tell office hours, those of the nearest place hold."""
    chosen = [_pack(pk, version) for pk, version in held]
    days = {entry.day: entry.working for pack in chosen for entry in pack.calendar}
    told = [(len(normalise(pack.division)), pack.name, pack.hours) for pack in chosen if pack.hours]
    hours = max(told, key=lambda item: item[:2])[2] if told else ASSUMED
    return WorkingCalendar(days, hours)


def _tails(name: str) -> set[str]:
    parts = name.split("/")
    return {"/".join(parts[start:]) for start in range(len(parts))}


def _one(asked: str, found: Sequence[str], known: Sequence[str], kind: str, title: str) -> None:
    if len(found) == 1:
        return
    if found:
        message = f"“{asked}”可以指 {len(found)} 个{title}，请写全名：{'、'.join(found)}。"
        raise Misuse("name_ambiguous", message)
    none = "那时还没有安装任何清单：先运行 shishi pack install，或核对所知时间。"
    choice = f"现有：{'、'.join(known)}。" if known else none
    raise Misuse(f"unknown_{kind}", f"没有名为“{asked}”的{title}。{choice}")


def digest_of_pack(identifier: str) -> str | None:
    """The version of an installed pack, recomputed from what is stored; ``None`` when it is gone. The document itself
    is digested, not what this release reads in it: an upgrade must not look like tampering."""
    from shishi.packs.canonical import document_version

    held = PackRevision.objects.filter(pk=int(identifier)).first()
    return document_version(held.document) if held else None


def pack_identifiers() -> tuple[str, ...]:
    """The ids of all revisions of packs."""
    return tuple(str(pk) for pk in PackRevision.objects.order_by("pk").values_list("pk", flat=True))
