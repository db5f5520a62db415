"""Rows grown from a recipe: deterministic, exact in count and total, the same row keeping its cells from day to day.

Rows stand in one order, row by row of the whole table, spread over the divisions that hand in. A state that a recipe
gives to ``exactly`` so many rows goes to the first of that order, so that what was done stays done as the numbers grow;
rows of ``slow`` divisions stand last.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from random import Random

from shishi.commands.demonstration.identifiers import citizen_number, credit_code, phone_number, real_estate_unit
from shishi.commands.demonstration.planned import Clerk, HandIn, places
from shishi.commands.demonstration.recipes import CellRecipe, Correction, Recipe, TableRecipe, unfit
from shishi.core.calendars import SHANGHAI
from shishi.core.divisions import DivisionTree, Level, normalise, official
from shishi.core.ledger import Mode
from shishi.core.programmes import Pack, Programme
from shishi.core.tables import FieldType, Point, Table, Value, Values


def clerks_of(recipe: Recipe, pack: Pack, tree: DivisionTree) -> tuple[Clerk, ...]:
    """One clerk for each division that hands in."""
    day = min(day for table in recipe.tables.values() for day in table.days)
    programme = _programme(recipe, pack)
    return tuple(
        Clerk(_username(recipe, code), f"{tree.name(code, day)}演示填报员", recipe.programme, code)
        for code in _units(recipe, programme, tree, day)
    )


def grown(recipe: Recipe, pack: Pack, tree: DivisionTree) -> Iterator[HandIn]:
    """Every workbook of the recipe, table by table."""
    programme = _programme(recipe, pack)
    crops: dict[str, _Crop] = {}
    for minutes, (short, plan) in enumerate(recipe.tables.items()):
        table = next((item for item in programme.tables if item.short == short), None)
        if table is None:
            raise unfit(recipe.programme, short, "项目里没有这张台账，请核对名称。")
        units = _units(recipe, programme, tree, plan.days[0])
        made = crops[short] = _Crop(recipe, plan, table, units, tree, crops)
        when = time(9 + minutes // 12, minutes % 12 * 5)
        yield from _workbooks(made, when)


def _workbooks(crop: _Crop, when: time) -> Iterator[HandIn]:
    """Per day and division the rows that are new or have changed, wrong ones as they were told first; then what was
    put right later, as of the day on which it was told."""
    handed: dict[int, Values] = {}

    def of(at_rows: Mapping[int, Values], day: date, late: date | None = None) -> Iterator[HandIn]:
        parts: defaultdict[str, list[Values]] = defaultdict(list)
        for at, row in at_rows.items():
            parts[crop.unit_of[at]].append(row)
        for code, rows in parts.items():
            person = _username(crop.recipe, code)
            yield HandIn(day, when, person, crop.table.name, code, Mode.MERGE, tuple(rows), late)

    for day in crop.plan.days:
        rows = dict(enumerate(crop.rows(day)))
        fresh = {at: row for at, row in rows.items() if handed.get(at) != row}
        wrong = {later: crop.mistaken(told, fresh) for later, told in crop.plan.corrections.items() if told.of == day}
        yield from of(fresh | {at: row for rows in wrong.values() for at, row in rows.items()}, day)
        for later, mistaken in wrong.items():
            yield from of({at: rows[at] for at in mistaken}, day, later)
        handed |= fresh


def _programme(recipe: Recipe, pack: Pack) -> Programme:
    found = next((item for item in pack.programmes if item.code == recipe.programme), None)
    if found is None:
        raise unfit(recipe.programme, "programme", "清单里没有这个项目，请核对代码。")
    return found


def _username(recipe: Recipe, code: str) -> str:
    return f"{recipe.programme.replace('_', '-')}-{code}"


def _units(recipe: Recipe, programme: Programme, tree: DivisionTree, on: date) -> list[str]:
    """Official codes of those who hand in."""
    if recipe.only:
        return [official(normalise(code)) for code in recipe.only]
    return places(tree, programme.division, Level[recipe.hands_in.upper()], on)


@dataclass
class _Crop:
    """One table's rows as a recipe has them: where each lies, and its cells on a day."""

    recipe: Recipe
    plan: TableRecipe
    table: Table
    units: Sequence[str]
    tree: DivisionTree
    others: Mapping[str, _Crop]
    unit_of: list[str] = field(default_factory=list)
    place_of: list[str] = field(default_factory=list)
    _held: dict[date, list[Values]] = field(default_factory=dict)
    kept: dict[str, dict[int, Value]] = field(default_factory=lambda: defaultdict(dict))
    parts: dict[str, dict[int, int]] = field(default_factory=lambda: defaultdict(dict))

    def __post_init__(self) -> None:
        known = set(self.table.by_name) - {self.table.division_field}
        if strange := set(self.plan.cells) - set(self.table.by_name):
            raise unfit(self.recipe.programme, self.table.short, f"没有这些列：{'、'.join(sorted(strange))}。")
        if missing := {item.name for item in self.table.fields if item.required} & known - set(self.plan.cells):
            raise unfit(self.recipe.programme, self.table.short, f"必填的列没有写：{'、'.join(sorted(missing))}。")
        self._place_rows()

    def rows(self, day: date) -> list[Values]:
        """All rows held by the day, in the order of the table."""
        if day not in self._held:
            many, before = self.many(day), [known for known in self.plan.days if known < day]
            columns: dict[str, list[Value]] = {}
            grower = _Grower(self, day, before[-1] if before else None, columns, many)
            for name, recipe in self.plan.cells.items():
                columns[name] = grower.column(name, recipe)
            if self.table.division_field not in columns:
                columns[self.table.division_field] = list(self.place_of[:many])
            self._held[day] = [dict(zip(columns, cells, strict=True)) for cells in zip(*columns.values(), strict=True)]
        return self._held[day]

    def mistaken(self, told: Correction, fresh: Mapping[int, Values]) -> dict[int, Values]:
        """The rows that were told wrongly, as they were told."""
        kinds = {name: item.type for name, item in self.table.by_name.items()}
        if strange := set(told.cells) - (set(kinds) - set(self.table.key)):
            raise unfit(self.recipe.programme, self.table.short, f"这些列不能更正：{'、'.join(sorted(strange))}。")
        if len(fresh) < told.rows:
            raise unfit(self.recipe.programme, self.table.short, f"{told.of} 没有报过 {told.rows} 行。")
        wrong = {name: _typed(word, kinds[name]) for name, word in told.cells.items()}
        return {at: {**fresh[at], **wrong} for at in list(fresh)[: told.rows]}

    def parents(self) -> _Crop:
        """The table on whose rows these hang."""
        found = self.others.get(self.plan.belongs_to or "")
        if found is None:
            raise unfit(self.recipe.programme, self.table.short, "belongs_to 要写前面的一张台账。")
        return found

    def parent_of(self, at: int) -> int:
        """The row above: one that is held already on the day on which this one comes."""
        return at % self.parents().many(self.first_day(at))

    def first_day(self, at: int) -> date:
        """The day on which a row comes."""
        if self.plan.stated:
            return self.plan.days[at // len(self.units)]
        return next(day for day, many in self.plan.count.items() if at < many)

    def order(self, many: int) -> list[int]:
        """Rows in the order of their progress: those of slow divisions last."""
        slow = {official(normalise(code)) for code in self.recipe.slow}
        return sorted(range(many), key=lambda at: (self.unit_of[at] in slow, at)) if slow else list(range(many))

    def many(self, day: date) -> int:
        """How many rows are held by the day."""
        if self.plan.stated:
            return len(self.units) * sum(known <= day for known in self.plan.days)
        return next((many for known, many in reversed(self.plan.count.items()) if known <= day), 0)

    def _place_rows(self) -> None:
        many = self.many(self.plan.days[-1])
        if self.plan.belongs_to:
            above = self.parents()
            for at in range(many):
                parent = self.parent_of(at)
                self.unit_of.append(above.unit_of[parent])
                self.place_of.append(above.place_of[parent])
            return
        weights = {official(normalise(code)): share for code, share in self.recipe.weights.items()}
        turns = self.units if self.plan.stated else _turns(self.units, weights)
        below = {code: self._below(code) for code in self.units}
        seen: Counter[str] = Counter()
        for at in range(many):
            unit = turns[at % len(turns)]
            self.unit_of.append(unit)
            self.place_of.append(below[unit][seen[unit] % len(below[unit])])
            seen[unit] += 1

    def _below(self, code: str) -> list[str]:
        if self.plan.place is None:
            return [code]
        return places(self.tree, code, Level[self.plan.place.upper()], self.plan.days[0])


def _turns(units: Sequence[str], weights: Mapping[str, int]) -> list[str]:
    """Whose turn it is, round after round: every unit as often as its weight, spread evenly."""
    shares = {code: weights.get(code, 1) for code in units}
    return [code for turn in range(max(shares.values())) for code in units if turn < shares[code]]


@dataclass
class _Grower:
    """Columns of one table on one day."""

    rows: _Crop
    day: date
    before: date | None
    columns: Mapping[str, list[Value]]
    many: int

    def column(self, name: str, recipe: CellRecipe) -> list[Value]:
        """The cells of a column for every row held."""
        item = self.rows.table.by_name[name]
        filled = [self._filled(at, recipe) for at in range(self.many)]
        words: Mapping[int, Value]
        if recipe.exactly is not None:
            words = self._exactly(recipe, filled)
        elif recipe.total is not None:
            words = self._total(name, recipe, filled)
        elif recipe.totals is not None:
            words = self._totals(name, recipe, filled)
        else:
            form = self._form(name, recipe)
            kept = self.rows.kept[name]
            for at in range(self.many):
                if filled[at] and at not in kept:
                    kept[at] = form(at)
            words = kept
        return [_typed(words.get(at), item.type) if filled[at] else None for at in range(self.many)]

    def _filled(self, at: int, recipe: CellRecipe) -> bool:
        return all(_said(self.columns[name][at]) in values for name, values in recipe.when.items())

    def _rng(self, name: str, at: int) -> Random:
        return Random(f"{self.rows.table.name}/{name}/{at}")  # noqa: S311 - demonstration rows, not secrets

    def _form(self, name: str, recipe: CellRecipe) -> Callable[[int], Value]:
        if recipe.one_of is not None:
            shares = recipe.one_of if isinstance(recipe.one_of, dict) else dict.fromkeys(recipe.one_of, 1)
            words, weights = list(shares), list(shares.values())
            return lambda at: str(self._rng(name, at).choices(words, weights)[0])
        if recipe.number is not None:
            unit = Decimal(1).scaleb(-recipe.scale)
            low, high = (int(edge / unit) for edge in recipe.number)
            return lambda at: self._rng(name, at).randint(low, high) * unit
        if recipe.between is not None:
            return lambda at: self._date(recipe, self._rng(name, at))
        if recipe.of is not None:
            return lambda at: self._above(recipe, at)
        if recipe.identifier is not None:
            return lambda at: self._identifier(str(recipe.identifier), name, at)
        if recipe.value is not None:
            return lambda at: recipe.value
        return lambda at: self._text(recipe, at)

    def _date(self, recipe: CellRecipe, rng: Random) -> date:
        if isinstance(recipe.between, tuple):
            first, last = recipe.between
        else:
            first, last = (self.before or self.day - timedelta(days=30)) + timedelta(days=1), self.day
        last = min(last, self.day)
        return first + timedelta(days=rng.randrange((last - first).days + 1)) if first < last else last

    def _above(self, recipe: CellRecipe, at: int) -> Value:
        above = self.rows.parents() if recipe.of == self.rows.plan.belongs_to else self.rows.others.get(recipe.of or "")
        if above is None:
            raise unfit(
                self.rows.recipe.programme, self.rows.table.short, f"of 要写前面的一张台账，而不是 {recipe.of}。"
            )
        held = above.rows(max(day for day in above.plan.days if day <= self.day))
        own = recipe.of == self.rows.plan.belongs_to
        row = held[self.rows.parent_of(at) if own else at % len(held)]
        if recipe.field:
            return row[recipe.field]
        return " ".join(str(row[name]) for name in above.table.key)

    def _identifier(self, kind: str, name: str, at: int) -> str:
        if kind == "citizen_number":
            return citizen_number(self._rng(name, at), at + 1)
        if kind == "credit_code":
            return credit_code(at + 1)
        if kind == "phone":
            return phone_number(at + 1)
        return real_estate_unit(self.rows.place_of[at][:6], at // 9999 + 1, at % 9999 + 1, 1)

    def _text(self, recipe: CellRecipe, at: int) -> str:
        place = self.rows.place_of[at]
        cycle = at % recipe.cycle + 1 if recipe.cycle else 0
        text = recipe.text or ""
        if "{" not in text:
            return text
        name = self.rows.tree.name(normalise(place), self.day) if "{place_name" in text else ""
        first = self.rows.first_day(at)
        try:
            return text.format(
                n=at + 1, place=place[:6], division=self.rows.unit_of[at][:6], place_name=name, day=first, cycle=cycle
            )
        except (KeyError, ValueError, IndexError) as fault:
            raise unfit(
                self.rows.recipe.programme, self.rows.table.short, f"模板 {text} 写得不对（{fault}）。"
            ) from fault

    def _exactly(self, recipe: CellRecipe, filled: Sequence[bool]) -> dict[int, Value]:
        shares = self._shares(recipe)
        rows = [at for at in self.rows.order(self.many) if filled[at]]
        words = [word for word, many in shares.items() for _ in range(many)]
        if len(words) > len(rows):
            why = f"{self.day} 要 {len(words)} 行，却只有 {len(rows)} 行可用。"
            raise unfit(self.rows.recipe.programme, self.rows.table.short, why)
        return {at: words[rank] if rank < len(words) else recipe.else_ for rank, at in enumerate(rows)}

    def _shares(self, recipe: CellRecipe) -> dict[str, int]:
        """How many rows take each value by this day; of one statement for all days the share of the rows there are."""
        stated = recipe.exactly or {}
        by_day = {day: shares for day, shares in stated.items() if isinstance(day, date) and isinstance(shares, dict)}
        if by_day:
            return next((shares for day, shares in sorted(by_day.items(), reverse=True) if day <= self.day), {})
        whole = self.rows.many(self.rows.plan.days[-1])
        return {str(word): many * self.many // whole for word, many in stated.items() if isinstance(many, int)}

    def _total(self, name: str, recipe: CellRecipe, filled: Sequence[bool]) -> dict[int, Value]:
        """What has come since goes to the rows that are new; when none is, to all. Parts are counted in the smallest
        unit of the scale."""
        unit = Decimal(1).scaleb(-recipe.scale)
        parts = self.rows.parts[name]
        rows = [at for at in range(self.many) if filled[at]]
        wanted = self._wanted(recipe, len(rows))
        if wanted is not None:
            self._add(name, rows, int(wanted / unit))
        return {at: parts[at] * unit for at in rows if at in parts}

    def _totals(self, name: str, recipe: CellRecipe, filled: Sequence[bool]) -> dict[int, Value]:
        """One total for each word of another column."""
        found: dict[int, Value] = {}
        for column, totals in (recipe.totals or {}).items():
            for word, total in totals.items():
                mine = [full and _said(self.columns[column][at]) == word for at, full in enumerate(filled)]
                found |= self._total(f"{name}/{word}", recipe.model_copy(update={"total": total}), mine)
        return found

    def _wanted(self, recipe: CellRecipe, filled: int) -> Decimal | None:
        """The sum by this day; of one total for all days the share of the rows that are there."""
        if isinstance(recipe.total, dict):
            return next((value for day, value in sorted(recipe.total.items(), reverse=True) if day <= self.day), None)
        days = self.rows.plan.days
        if recipe.total is None or self.day == days[-1]:
            return recipe.total
        return recipe.total * filled // self.rows.many(days[-1])

    def _add(self, name: str, rows: Sequence[int], wanted: int) -> None:
        """Bring the sum of what stands to ``wanted``. A stated row carries on from the division's last one."""
        parts = self.rows.parts[name]
        if self.rows.plan.stated:
            rows = [at for at in rows if self.rows.first_day(at) == self.day]
            last = {self.rows.unit_of[at]: part for at, part in sorted(parts.items())}
            more = self._split(name, rows, wanted - sum(last.values()))
            parts |= {at: part + last.get(self.rows.unit_of[at], 0) for at, part in more.items()}
        elif wanted != sum(parts.values()):
            more = self._split(name, [at for at in rows if at not in parts] or rows, wanted - sum(parts.values()))
            parts |= {at: parts.get(at, 0) + part for at, part in more.items()}

    def _split(self, name: str, rows: Sequence[int], total: int) -> dict[int, int]:
        """The total over the rows, about evenly, exactly."""
        if not rows:
            why = f"{self.day} 没有可以分担 {name} 总数的行。"
            raise unfit(self.rows.recipe.programme, self.rows.table.short, why)
        weights = [self._rng(name, at).randint(60, 140) for at in rows]
        whole, sign = sum(weights), -1 if total < 0 else 1
        parts = [abs(total) * weight // whole for weight in weights]
        for index in range(abs(total) - sum(parts)):
            parts[index % len(parts)] += 1
        return {at: sign * part for at, part in zip(rows, parts, strict=True)}


def _said(value: Value) -> str:
    """A cell as ``when`` writes it."""
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def _typed(word: Value, kind: FieldType) -> Value:
    """A recipe's word as the column has it."""
    if word is None or word == "":
        return None
    if not isinstance(word, str):
        return int(word) if isinstance(word, Decimal) and kind is FieldType.INTEGER else word
    match kind:
        case FieldType.INTEGER:
            return int(word)
        case FieldType.DECIMAL | FieldType.MONEY:
            return Decimal(word)
        case FieldType.DATE:
            return date.fromisoformat(word)
        case FieldType.DAY_TIME:
            return datetime.fromisoformat(word).replace(tzinfo=SHANGHAI)
        case FieldType.YES_NO:
            return word in {"true", "是"}
        case FieldType.CHOICES:
            return tuple(word.split(","))
        case FieldType.POINT:
            longitude, latitude = word.split(",")
            return Point(Decimal(longitude), Decimal(latitude))
        case _:
            return word
