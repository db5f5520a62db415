"""Reading the tree: as much of it as a question needs. The tree is public; no person is asked for."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TypeVar

from django.db.models import Count, Q, QuerySet, TextField
from django.db.models.functions import Cast
from django.utils import timezone

from shishi.apps.audit.kept_questions import KeptQuestion
from shishi.apps.divisions.models import AddedUnit, ChangeEntry, Snapshot, Unit
from shishi.core.calendars import day_of
from shishi.core.divisions import COUNTRY, Division, DivisionTree, Level, normalise, parent_code
from shishi.core.errors import Issue, Misuse
from shishi.core.programmes import DivisionChange

_LEVELS = tuple(Level)
_AT_ONCE = 5000
_TRUE = ("1", "true")
"""As SQLite and as PostgreSQL write it."""
_MANY = 50_000
"""Of so many single codes and more it is faster to read the whole list."""
KEPT_TREES, KEPT_UNITS = 16, 20_000
Entry = TypeVar("Entry", AddedUnit, ChangeEntry)
_trees: dict[object, DivisionTree] = {}
_countries: dict[object, Mapping[str, Division]] = {}
"""By everything that they were read from: a tree never changes, another state of the code list is another key."""


@dataclass(frozen=True, slots=True)
class Edition:
    """Which code list stands. ``dated``: the day up to which it was kept; ``loaded_at``: UTC."""

    source: str
    version: str
    dated: date | None
    loaded_at: datetime


def edition(known_at: datetime | None = None) -> Edition | None:
    """The code list known at that moment (default: now); ``None`` when none was loaded at all."""
    held = _snapshot(known_at)
    return Edition(held.source, held.version, held.dated, held.loaded_at) if held else None


def division_counts() -> Mapping[Level, int]:
    """Units of the code list by level, placeholders included, packs left out."""
    counted = Unit.objects.filter(snapshot=_required_snapshot(None)).values_list("level").annotate(Count("code"))
    return {_LEVELS[level]: count for level, count in counted.order_by("level")}


def load_tree(
    within: str | None = None,
    codes: Collection[str] = (),
    *,
    down_to: Level = Level.VILLAGE,
    all_below: str | None = None,
    known_at: datetime | None = None,
) -> DivisionTree:
    """The units within ``within`` as far down as ``down_to``, all within ``all_below``, those of ``codes``, all above
    them, and what changed. Small trees are kept in memory for as long as what they were read from stands.

    The whole country (``within="00"``) takes seconds and some 200 MB below the county: say how far down.
    Raises ``Misuse``: ``division_malformed``, ``divisions_not_loaded``.
    """
    asked = _required_snapshot(known_at), added_units(known_at), division_changes(known_at)
    key = (asked[0].pk, asked[0].digest, asked[1:], within, frozenset(codes), down_to, all_below)
    found = _trees.get(key)
    if found is None:
        found = _read_tree(asked, within, codes, down_to, all_below)
        if len(found) <= KEPT_UNITS:
            while len(_trees) >= KEPT_TREES:
                _trees.pop(next(iter(_trees)), None)
            _trees[key] = found
    return found


def _read_tree(
    asked: tuple[Snapshot, tuple[Division, ...], tuple[DivisionChange, ...]],
    within: str | None,
    codes: Collection[str],
    down_to: Level,
    all_below: str | None,
) -> DivisionTree:
    snapshot, added_here, changes = asked
    shallow, deep = (_with_kin(set() if root is None else {normalise(root)}, changes) for root in (within, all_below))
    roots = shallow | deep
    single = {line for code in _with_kin({normalise(code) for code in codes}, changes) | roots for line in _up(code)}
    wanted = [added for added in added_here if added.code in single or _inside(added.code, roots)]
    listed = {**_listed(snapshot, shallow, down_to), **_units(snapshot, single, deep, Level.VILLAGE)}
    touching = [change for change in changes if change.code in single or _inside(change.code, roots)]
    return DivisionTree({**listed, **{added.code: added for added in wanted}}.values(), touching)


def tree_token(on: date, known_at: datetime | None = None) -> str:
    """While it is the same, every code lies on its day where it lay: the code list, what packs say beside it, and how
    many of the days on which something begins or ends have passed. Raises ``Misuse``: ``divisions_not_loaded``."""
    snapshot, added, changes = _required_snapshot(known_at), added_units(known_at), division_changes(known_at)
    begun = [unit.valid_from for unit in added if unit.valid_from] + [change.on for change in changes]
    ended = [unit.valid_to + timedelta(days=1) for unit in added if unit.valid_to]
    told = (
        (snapshot.pk, snapshot.digest),
        [(unit.code, unit.level, unit.valid_from, unit.valid_to, unit.successors) for unit in added],
        [(change.code, change.on, change.successors) for change in changes],
        sum(day <= on for day in (*begun, *ended)),
    )
    return hashlib.sha256(repr(told).encode()).hexdigest()


def added_units(known_at: datetime | None = None) -> tuple[Division, ...]:
    """The units that packs add, by code."""
    held = _newest(_added() if known_at is None else _known(AddedUnit.objects.all(), known_at))
    return tuple(
        Division(
            one.code,
            one.name,
            _LEVELS[one.level],
            one.placeholder,
            one.valid_from,
            one.valid_to,
            tuple(one.successors),
            one.source,
        )
        for one in held
    )


def division_changes(known_at: datetime | None = None) -> tuple[DivisionChange, ...]:
    """The changes that packs state, by code."""
    held = _newest(_changed() if known_at is None else _known(ChangeEntry.objects.all(), known_at))
    return tuple(
        DivisionChange(one.code, one.name, one.on, tuple(one.successors), one.source, one.verified) for one in held
    )


def find_division(text: str, on: date | None = None) -> Division:
    """The unit that ``text`` means on that day (default: today): a code, or a name that may be led by names from above.

    Raises ``Misuse``: ``division_unknown``, or ``division_ambiguous`` with one issue for each candidate.
    """
    day = on or day_of(timezone.now())
    plain = unicodedata.normalize("NFKC", text).strip()
    if plain.isdigit():
        return _coded(plain, day)
    tree = load_tree(codes=_codes_named(plain))
    found = tree.named(plain, day)
    if not found:
        raise Misuse(
            "division_unknown", f"没有名为“{text}”的行政区划。请写全称（如“宣州区”），或改用代码（如 341802）。"
        )
    if len(found) > 1:
        raise _ambiguous(text, found, tree, day)
    return found[0]


def _coded(code: str, day: date) -> Division:
    tree = load_tree(codes=[code])
    found = tree.find(code, day)
    if found:
        return found
    near = tree.place(code, day)
    hint = f"它所在的“{_title(near, tree, day)}”有记录；" if near else ""
    raise Misuse("division_unknown", f"没有代码为 {code} 的行政区划。{hint}请核对代码，或改用名称查找。")


def _ambiguous(text: str, found: tuple[Division, ...], tree: DivisionTree, day: date) -> Misuse:
    titles = [f"{one.official_code} {_title(one, tree, day)}" for one in found]
    issues = [Issue(code="division_ambiguous", message=title) for title in titles]
    message = (
        f"“{text}”有 {len(found)} 个，分不清是哪一个。请改用代码，或在前面写上级名称，例如“{titles[0].split()[1]}”。"
    )
    return Misuse("division_ambiguous", message, issues)


def _title(unit: Division, tree: DivisionTree, day: date) -> str:
    line = tree.lineage(unit.code, day)[1:]
    return "".join(one.name for one in line if not one.placeholder) or unit.name


def _codes_named(text: str) -> set[str]:
    """Codes of all units that carry the end of ``text`` as their name."""
    words = "".join(text.replace("/", " ").split())
    ends = {words[start:] for start in range(len(words))}
    listed = Unit.objects.filter(snapshot=_required_snapshot(None), name__in=ends, placeholder=False)
    told = {one.code for one in added_units() if one.name in ends}
    told.update(one.code for one in division_changes() if one.name in ends)
    return told.union(listed.values_list("code", flat=True))


_last_snapshot: KeptQuestion[Snapshot] = KeptQuestion(lambda: Snapshot.objects.order_by("-loaded_at", "-pk")[:1])
_added: KeptQuestion[AddedUnit] = KeptQuestion(lambda: AddedUnit.objects.order_by("pk"))
_changed: KeptQuestion[ChangeEntry] = KeptQuestion(lambda: ChangeEntry.objects.order_by("pk"))


def _snapshot(known_at: datetime | None) -> Snapshot | None:
    """The last one loaded by then; for a question about an earlier moment, the first there was."""
    if known_at is None:
        return next(iter(_last_snapshot()), None)
    held = Snapshot.objects.order_by("loaded_at", "pk")
    return held.filter(loaded_at__lte=known_at).last() or held.first()


def _required_snapshot(known_at: datetime | None) -> Snapshot:
    snapshot = _snapshot(known_at)
    if snapshot is None:
        raise Misuse("divisions_not_loaded", "行政区划还没有装入。请先运行 shishi init。")
    return snapshot


def _listed(snapshot: Snapshot, roots: set[str], down_to: Level) -> Mapping[str, Division]:
    """What lies within; of a country down to its counties kept in memory: it is a part of many trees."""
    if COUNTRY not in roots or down_to > Level.COUNTY:
        return _units(snapshot, set(), roots, down_to)
    key = (snapshot.pk, snapshot.digest, down_to)
    if key not in _countries:
        _countries.clear()
        _countries[key] = _units(snapshot, set(), {COUNTRY}, down_to)
    return _countries[key]


def _units(snapshot: Snapshot, single: set[str], roots: set[str], down_to: Level) -> dict[str, Division]:
    source, found = str(snapshot), dict[str, Division]()
    held = Unit.objects.filter(snapshot=snapshot)
    # As a text: a truth value is converted row by row, which takes as long as reading all of the rest.
    columns = ("code", "name", "level", Cast("placeholder", TextField()))
    for part in _queries(held, single, roots, down_to):
        for code, name, level, twin in part.values_list(*columns).iterator(chunk_size=_AT_ONCE):
            if len(single) <= _MANY or code in single or _inside(code, roots):
                found[code] = Division(code, name, _LEVELS[level], twin in _TRUE, source=source)
    return found


def _queries(held: QuerySet[Unit], single: set[str], roots: set[str], down_to: Level) -> Iterator[QuerySet[Unit]]:
    if len(single) > _MANY:
        yield held
        return
    for root in roots:
        # Digits only: in every collation these are exactly the codes that begin with the root.
        below = Q() if root == COUNTRY else Q(code__gte=root, code__lte=root.ljust(12, "9"))
        yield held.filter(below, level__lte=down_to) if down_to < Level.VILLAGE else held.filter(below)
    codes = sorted(single)
    for start in range(0, len(codes), _AT_ONCE):
        yield held.filter(code__in=codes[start : start + _AT_ONCE])


def _known(entries: QuerySet[Entry], known_at: datetime) -> QuerySet[Entry]:
    return entries.filter(recorded_at__lte=known_at).order_by("pk")


def _newest(entries: Iterable[Entry]) -> list[Entry]:
    latest = {one.code: one for one in entries}
    return [latest[code] for code in sorted(latest)]


def _with_kin(codes: set[str], changes: Iterable[DivisionChange]) -> set[str]:
    """Also the codes that changes tie to them, to anything above them or below them."""
    found, waiting = set(codes), list(changes)
    while touched := [one for one in waiting if any(_related(code, found) for code in (one.code, *one.successors))]:
        waiting = [one for one in waiting if one not in touched]
        found.update(code for one in touched for code in (one.code, *one.successors))
    return found


def _related(code: str, others: Iterable[str]) -> bool:
    return any(other == COUNTRY or code.startswith(other) or other.startswith(code) for other in others)


def _inside(code: str, roots: Iterable[str]) -> bool:
    return any(root == COUNTRY or code.startswith(root) for root in roots)


def _up(code: str) -> Iterator[str]:
    above: str | None = code
    while above is not None:
        yield above
        above = parent_code(above)
