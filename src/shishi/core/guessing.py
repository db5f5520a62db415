"""Guesses 推断: what table a sheet's columns look like, each guess with what it was made from.

A guess is an offer: a person looks at it, changes it, and only then is it a table. Nothing here is certain, so every
one says on how many cells it stands. Columns come from whoever understood the sheet, identifiers from ``naming``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from shishi.core.cells import Raw, half_width
from shishi.core.guessed_types import HINTS, Seen, kind_of
from shishi.core.tables import Choice, Field, FieldType, Sensitivity

Naming = Callable[[str], str]
"""A stable identifier (``snake_case``) for a Chinese title."""

MOST_IN_KEY = 4
_CANDIDATES = 10
_TEXT_LENGTHS = (20, 40, 60, 100, 200, 500, 1000, 2000, 4000)
_PREFERENCE = {
    FieldType.CREDIT_CODE: 1,
    FieldType.REAL_ESTATE_UNIT: 1,
    FieldType.TEXT: 2,
    FieldType.DIVISION: 3,
    FieldType.DATE: 4,
    FieldType.INTEGER: 5,
    FieldType.ENUMERATION: 6,
    FieldType.CITIZEN_NUMBER: 7,
    FieldType.IDENTITY_DOCUMENT: 7,
}
"""What a key is made of, the likeliest first; other types never are."""


@dataclass(frozen=True, slots=True)
class SeenColumn:
    """A column of a sheet: its letter, the parts of its header from above, the unit that stands there, whether the
    header is marked as required, and its cells in the data rows."""

    letter: str
    header: tuple[str, ...]
    unit: str
    cells: Sequence[Raw]
    marked: bool = False


@dataclass(frozen=True, slots=True)
class Guess:
    """A field with what it was guessed from: ``reasons`` in Chinese; ``filled`` of the data rows hold something,
    ``distinct`` different things."""

    field: Field
    letter: str
    header: str
    reasons: tuple[str, ...]
    filled: int
    distinct: int


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A column that becomes no field, and why."""

    letter: str
    header: str
    why: str


@dataclass(frozen=True, slots=True)
class GuessedTable:
    """``key`` is empty where no set of columns tells the rows apart; ``key_reason`` says so. ``division_field`` is
    empty where no column tells whose a row is."""

    guesses: tuple[Guess, ...]
    left_out: tuple[LeftOut, ...]
    key: tuple[str, ...]
    key_reason: str
    division_field: str
    rows: int

    @property
    def fields(self) -> tuple[Field, ...]:
        """The fields in the order of the columns."""
        return tuple(guess.field for guess in self.guesses)


def guess_table(
    columns: Sequence[SeenColumn], naming: Naming, is_division: Callable[[str], bool] | None = None
) -> GuessedTable:
    """The table that these columns look like. ``is_division``: whether a text is a division's name or code."""
    rows = len(columns[0].cells) if columns else 0
    left_out, kept = [], []
    for column in columns:
        why = _unwanted(column)
        if why:
            left_out.append(LeftOut(column.letter, "／".join(column.header), why))
        else:
            kept.append(column)
    titles = _titles(kept)
    names = _names(titles, naming)
    knows = is_division or (lambda text: False)
    guesses = [_guess(column, title, name, knows) for column, title, name in zip(kept, titles, names, strict=True)]
    guesses = [_named_choices(guess, naming) for guess in guesses]
    key, reason = _key(guesses, kept, rows)
    guesses = [_keyed(guess, key) for guess in guesses]
    return GuessedTable(tuple(guesses), tuple(left_out), key, reason, _division_field(guesses), rows)


def _unwanted(column: SeenColumn) -> str:
    leaf = column.header[-1] if column.header else ""
    if HINTS["serial"].fullmatch(leaf):
        return "序号：系统的表格自己编号，不用填报。"
    if not leaf:
        return "没有表头。" if any(cell is not None for cell in column.cells) else "空列。"
    return ""


def _titles(columns: Sequence[SeenColumn]) -> list[str]:
    """The last part of each header; as many parts above it as it takes to tell two columns apart."""
    many = Counter(column.header[-1] for column in columns)
    titles: list[str] = []
    for column in columns:
        leaf = column.header[-1]
        title = leaf if many[leaf] == 1 else "".join(column.header)
        while title in titles:
            title = f"{title}（{column.letter}列）"
        titles.append(title[:60])
    return titles


def _names(titles: Sequence[str], naming: Naming) -> list[str]:
    names: list[str] = []
    for title in titles:
        name = wanted = naming(title)
        number = 2
        while name in names:
            name, number = f"{wanted}_{number}", number + 1
        names.append(name)
    return names


def _guess(column: SeenColumn, title: str, name: str, is_division: Callable[[str], bool]) -> Guess:
    seen = Seen.of(title, column.unit, column.cells)
    kind = kind_of(seen, is_division)
    reasons = [kind.reason]
    required = bool(seen.rows) and seen.filled == seen.rows
    if column.marked:
        required = True
        reasons.append("表头标了必填的记号。")
    elif seen.rows:
        reasons.append(
            f"{seen.rows} 行都填了，定为必填。" if required else f"{seen.rows} 行里填了 {seen.filled} 行，不定为必填。"
        )
    if kind.personal:
        reasons.append(kind.personal)
    field = Field(
        name=name,
        title=title,
        type=kind.type,
        required=required,
        unit=column.unit if kind.type in (FieldType.INTEGER, FieldType.DECIMAL) else "",
        scale=kind.scale,
        max_length=_length(seen) if kind.type is FieldType.TEXT else 500,
        values=tuple(Choice(text, text) for text in kind.values),
        sensitivity=kind.sensitivity,
        synonyms=_synonyms(column, title),
    )
    return Guess(field, column.letter, "／".join(column.header), tuple(reasons), seen.filled, len(seen.distinct))


def _synonyms(column: SeenColumn, title: str) -> tuple[str, ...]:
    """What their own sheets call the column, where that is not its title."""
    joined = "".join(column.header)
    return (joined,) if joined != title and len(column.header) > 1 else ()


def _length(seen: Seen) -> int:
    """Half as much again as the longest text that stands there, as a round number."""
    longest = max((len(half_width(text)) for text in seen.texts), default=0)
    return next((length for length in _TEXT_LENGTHS if length * 2 >= longest * 3), 4000)


def _named_choices(guess: Guess, naming: Naming) -> Guess:
    """Codes for the values of an enumeration."""
    if not guess.field.values:
        return guess
    names = _names([choice.title for choice in guess.field.values], naming)
    values = tuple(Choice(name, choice.title) for name, choice in zip(names, guess.field.values, strict=True))
    return replace(guess, field=replace(guess.field, values=values))


def _keyed(guess: Guess, key: Sequence[str]) -> Guess:
    if guess.field.name not in key:
        return guess
    reasons = tuple(reason for reason in guess.reasons if "必填" not in reason)
    return replace(guess, field=replace(guess.field, required=True), reasons=(*reasons, "是主键的一部分，必填。"))


def _key(guesses: Sequence[Guess], columns: Sequence[SeenColumn], rows: int) -> tuple[tuple[str, ...], str]:
    """The smallest set of columns whose cells together are different in every row."""
    if not rows:
        return (), "没有数据行，看不出哪几列能认出一行，请您指定主键。"
    wanted = [
        (_preference(guess), at)
        for at, guess in enumerate(guesses)
        if guess.filled == rows and _tells_apart(guess.field)
    ]
    chosen = [at for _, at in sorted(wanted)[:_CANDIDATES]]
    texts = {at: [half_width(str(cell)) for cell in columns[at].cells] for at in chosen}
    for size in range(1, MOST_IN_KEY + 1):
        for places in _sets(chosen, size):
            if len(set(zip(*(texts[at] for at in places), strict=True))) == rows:
                titles = "、".join(f"“{guesses[at].field.title}”" for at in places)
                together = "合起来" if size > 1 else ""
                return tuple(
                    guesses[at].field.name for at in places
                ), f"{titles}{together}在 {rows} 行里没有重复，也没有空的。"
    return (
        (),
        f"没有哪几列（至多 {MOST_IN_KEY} 列）能把 {rows} 行都区分开：可能有重复的行。请您指定主键，或先在表里改正。",
    )


def _sets(places: Sequence[int], size: int) -> Iterator[tuple[int, ...]]:
    """Sets of that many, those of preferred columns first."""
    ranked = list(enumerate(places))
    found = sorted(combinations(ranked, size), key=lambda chosen: sum(rank for rank, _ in chosen))
    yield from (tuple(sorted(at for _, at in chosen)) for chosen in found)


def _tells_apart(field: Field) -> bool:
    """Whether a column may tell rows apart: an amount may by chance, not by what it is."""
    return field.type in _PREFERENCE and (
        field.type is not FieldType.INTEGER or bool(HINTS["period"].search(field.title))
    )


def _preference(guess: Guess) -> int:
    field = guess.field
    if HINTS["code"].search(field.title) and field.type is FieldType.TEXT:
        return 0
    secret = 5 if field.sensitivity is not Sensitivity.NONE else 0
    return _PREFERENCE[field.type] + secret


def _division_field(guesses: Sequence[Guess]) -> str:
    """The division that tells whose a row is: the one that is always filled in, the first of those."""
    found = [guess.field for guess in guesses if guess.field.type is FieldType.DIVISION]
    return next((field.name for field in found if field.required), found[0].name if found else "")
