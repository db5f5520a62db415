"""The cells of a recipe's rows on a day: column by column, each cell staying as it was from day to day unless the
recipe says otherwise.

A state that a recipe gives to so many rows goes to the first of the table's order, so that what was done stays done as
the numbers grow; rows of ``slow`` divisions stand last.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from hashlib import blake2b
from itertools import accumulate
from random import Random

from shishi.commands.demonstration.identifiers import citizen_number, credit_code, phone_number, real_estate_unit
from shishi.commands.demonstration.layout import Layout
from shishi.commands.demonstration.recipes import ByDay, CellRecipe, Cells, Correction
from shishi.commands.demonstration.words import said, typed
from shishi.core.divisions import covers, normalise, official
from shishi.core.tables import FieldType, Point, Value, Values

NEARBY, DECIMALS = 250, 4
"""How far about a place a point lies: so many of the last of these decimals of a degree, two or three kilometres."""
DOORS = 4
"""Of a floor, where a template asks for ``{floor}`` and ``{door}``."""


@dataclass
class Crop:
    """The rows of one table, day by day. ``others``: the crops of the tables before this one."""

    lay: Layout
    others: Mapping[str, Crop]
    kept: dict[str, dict[int, Value]] = field(default_factory=lambda: defaultdict(dict))
    parts: dict[str, dict[int, int]] = field(default_factory=lambda: defaultdict(dict))
    _held: dict[date, list[Values]] = field(default_factory=dict)

    def rows(self, day: date) -> list[Values]:
        """All rows held by the day, in the order of the table."""
        if day not in self._held:
            before = [known for known in self.lay.plan.days if known < day]
            columns = _Grower(self, day, before[-1] if before else None).grown()
            self._held[day] = [dict(zip(columns, cells, strict=True)) for cells in zip(*columns.values(), strict=True)]
        return self._held[day]

    def mistaken(self, told: Correction, fresh: Mapping[int, Values]) -> dict[int, Values]:
        """The rows that were told wrongly, as they were told."""
        table = self.lay.table
        kinds = {name: item.type for name, item in table.by_name.items()}
        if strange := set(told.cells) - (set(kinds) - set(table.key)):
            raise self.lay.unfit(f"这些列不能更正：{'、'.join(sorted(strange))}。")
        if len(fresh) < told.rows:
            raise self.lay.unfit(f"{told.of} 没有报过 {told.rows} 行。")
        wrong = {name: typed(word, kinds[name]) for name, word in told.cells.items()}
        return {at: {**fresh[at], **wrong} for at in list(fresh)[: told.rows]}


class _Grower:
    """The columns of one table on one day."""

    def __init__(self, crop: Crop, day: date, before: date | None) -> None:
        self.crop, self.lay, self.day, self.before = crop, crop.lay, day, before
        self.many = crop.lay.many(day)
        self.columns: dict[str, list[Value]] = {}

    def grown(self) -> dict[str, list[Value]]:
        """The columns that are handed in."""
        plan, table = self.lay.plan, self.lay.table
        self.columns[table.division_field] = list(self.lay.place_of[: self.many])
        for name, forms in plan.aside.items():
            self.columns[name] = self._column(name, forms, FieldType.TEXT)
        kinds = {name: item.type for name, item in table.by_name.items()}
        for name in dict.fromkeys(name for row in self.lay.written for name in row):
            self.columns[name] = [
                typed(row.get(name), kinds[name]) if name != table.division_field else self.lay.place_of[at]
                for at, row in enumerate(self.lay.written[: self.many])
            ]
        for name, forms in plan.cells.items():
            self.columns[name] = self._column(name, forms, kinds[name])
        return {name: cells for name, cells in self.columns.items() if name not in plan.aside}

    def _column(self, name: str, forms: Cells, kind: FieldType) -> list[Value]:
        """The cells of a column: each row by the first form that it meets, after what is written out."""
        words: dict[int, Value] = {}
        written = self.lay.written
        left = [at for at in range(self.many) if not (written and name in written[at])]
        for number, recipe in enumerate(forms):
            mine = [at for at in left if self._meets(at, recipe)] if recipe.when else left
            found = self._words(name if len(forms) == 1 else f"{name}/{number}", recipe, mine)
            words |= {at: typed(found.get(at), kind) for at in mine}
            left = [at for at in left if at not in words] if recipe.when else []
        before = self.columns.get(name) if written else None
        return [words.get(at, before[at] if before else None) for at in range(self.many)]

    def _meets(self, at: int, recipe: CellRecipe) -> bool:
        return all(said(self._cell(name, at)) in values for name, values in recipe.when.items())

    def _cell(self, name: str, at: int) -> Value:
        if name not in self.columns:
            raise self.lay.unfit(f"{name} 要写在用到它的列前面。")
        return self.columns[name][at]

    def _words(self, name: str, recipe: CellRecipe, rows: Sequence[int]) -> Mapping[int, Value]:
        if recipe.exactly is not None:
            filled = set(rows)
            order = [at for at in self.lay.order if at in filled]
            return self._dealt(self._shares(recipe.exactly), order, recipe.else_)
        if recipe.each is not None:
            return self._each(name, recipe, recipe.each, rows)
        if recipe.total is not None:
            return self._total(name, recipe, rows)
        if recipe.totals is not None:
            return self._totals(name, recipe, rows)
        if recipe.same_as is not None:
            return {at: self._cell(recipe.same_as, at) for at in rows}
        if recipe.share is not None:
            return self._share(recipe, recipe.share, rows)
        return self._kept(name, recipe, rows)

    def _kept(self, name: str, recipe: CellRecipe, rows: Sequence[int]) -> Mapping[int, Value]:
        """What a row was given once, it keeps."""
        form, kept = self._form(name, recipe), self.crop.kept[name]
        first: dict[str, int] = {}
        if recipe.per is not None:
            for at in kept:
                first.setdefault(said(self._cell(recipe.per, at)), at)
        for at in rows:
            if at not in kept:
                same = first.setdefault(said(self._cell(recipe.per, at)), at) if recipe.per is not None else at
                kept[at] = kept[same] if same in kept else form(at)
        return kept

    def _drawn(self, name: str, at: int) -> int:
        """A number for this cell of this row, always the same, as if by chance."""
        return int.from_bytes(blake2b(f"{self.lay.table.name}/{name}/{at}".encode(), digest_size=8).digest())

    def _form(self, name: str, recipe: CellRecipe) -> Callable[[int], Value]:
        if recipe.one_of is not None:
            shares = recipe.one_of if isinstance(recipe.one_of, dict) else dict.fromkeys(recipe.one_of, 1)
            words, edges = list(shares), list(accumulate(shares.values()))
            return lambda at: words[bisect_right(edges, self._drawn(name, at) % edges[-1])]
        if recipe.number is not None:
            unit = Decimal(1).scaleb(-recipe.scale)
            low, high = (int(edge / unit) for edge in recipe.number)
            return lambda at: (low + self._drawn(name, at) % (high - low + 1)) * unit
        if recipe.between is not None:
            return lambda at: self._date(recipe, self._drawn(name, at), at)
        if recipe.of is not None:
            return lambda at: self._above(recipe, at)
        if recipe.identifier is not None:
            return lambda at: self._identifier(recipe, name, at)
        if recipe.value is not None:
            return lambda at: recipe.value
        if recipe.near is not None:
            return lambda at: self._near(recipe.near or {}, name, at)
        return lambda at: self._text(recipe, at)

    def _date(self, recipe: CellRecipe, drawn: int, at: int) -> date:
        if isinstance(recipe.between, tuple):
            first, last = recipe.between
        else:
            first, last = (self.before or self.day - timedelta(days=30)) + timedelta(days=1), self.day
        last = min(last, self.day)
        edge = self._cell(recipe.not_before, at) if recipe.not_before else None
        first = max(first, edge) if isinstance(edge, date) else first
        return first + timedelta(days=drawn % ((last - first).days + 1)) if first < last else last

    def _above(self, recipe: CellRecipe, at: int) -> Value:
        above = self.crop.others.get(recipe.of or "")
        if above is None:
            raise self.lay.unfit(f"of 要写前面的一张台账，而不是 {recipe.of}。")
        held = above.rows(max(day for day in above.lay.plan.days if day <= self.day))
        row = held[self.lay.parent_of[at] if recipe.of == self.lay.plan.belongs_to else at % len(held)]
        if recipe.field:
            return row[recipe.field]
        return " ".join(str(row[name]) for name in above.lay.table.key)

    def _near(self, places: Mapping[str, str], name: str, at: int) -> Point:
        """A point about the one that is given for the division in which the row lies."""
        place = normalise(self.lay.place_of[at])
        about = [text for code, text in places.items() if covers(normalise(code), place)]
        if not about:
            raise self.lay.unfit(f"near 没有写 {place} 附近的点。")
        drawn, longitude, latitude = self._drawn(name, at), *map(Decimal, about[-1].split(","))
        east, north = drawn % (2 * NEARBY) - NEARBY, drawn // (2 * NEARBY) % (2 * NEARBY) - NEARBY
        return Point(longitude + Decimal(east).scaleb(-DECIMALS), latitude + Decimal(north).scaleb(-DECIMALS))

    def _identifier(self, recipe: CellRecipe, name: str, at: int) -> str:
        if recipe.identifier == "citizen_number":
            return citizen_number(Random(self._drawn(name, at)), at + 1)  # noqa: S311 - belongs to nobody
        if recipe.identifier == "credit_code":
            return credit_code(at + 1)
        if recipe.identifier == "phone":
            return phone_number(at + 1)
        place = self.lay.place_of[at][:6]
        return real_estate_unit(recipe.instead.get(place, place), at // 9999 + 1, at % 9999 + 1, 1)

    def _text(self, recipe: CellRecipe, at: int) -> str:
        text = recipe.text or ""
        if "{" not in text:
            return text
        lay, place = self.lay, self.lay.place_of[at]
        nth = lay.nth_of[at] if lay.nth_of else 0
        above = CellRecipe(of=lay.plan.belongs_to) if "{above" in text else None
        try:
            return text.format(
                n=at + 1,
                row=lay.row_of[at] + 1,
                nth=nth,
                floor=(nth - 1) // DOORS + 1,
                door=(nth - 1) % DOORS + 1,
                above=self._above(above, at) if above else "",
                place=place[:6],
                division=lay.unit_of[at][:6],
                place_name=lay.tree.name(normalise(place), self.day) if "{place_name" in text else "",
                day=lay.day_of[at],
                cycle=self._cycle(recipe, at),
            )
        except (KeyError, ValueError, IndexError) as fault:
            raise lay.unfit(f"模板 {text} 写得不对（{fault}）。") from fault

    def _cycle(self, recipe: CellRecipe, at: int) -> int:
        if isinstance(recipe.cycle, int):
            return at % recipe.cycle + 1
        each = (recipe.cycle or {}).get(self.lay.unit_of[at])
        return self.lay.row_of[at] % each + 1 if each else 0

    def _shares(self, stated: ByDay) -> dict[str, int]:
        """How many rows take each value by this day; of one statement for all days the share of the rows there are."""
        by_day = {day: shares for day, shares in stated.items() if isinstance(day, date) and isinstance(shares, dict)}
        if by_day:
            return next((shares for day, shares in sorted(by_day.items(), reverse=True) if day <= self.day), {})
        whole = self.lay.many(self.lay.plan.days[-1])
        return {str(word): many * self.many // whole for word, many in stated.items() if isinstance(many, int)}

    def _each(
        self, name: str, recipe: CellRecipe, each: Mapping[str, ByDay], rows: Sequence[int]
    ) -> Mapping[int, Value]:
        """The same for each who hands in; those who are not named have only what is left over."""
        own: defaultdict[str, list[int]] = defaultdict(list)
        for at in rows:
            own[self.lay.unit_of[at]].append(at)
        stated = {official(normalise(code)): by_day for code, by_day in each.items()}
        found: dict[int, Value] = {}
        for unit, mine in own.items():
            if recipe.order == "scattered":
                mine.sort(key=lambda at: self._drawn(name, at))
            ordered = mine[::-1] if recipe.order == "last" else mine
            found |= self._dealt(self._shares(stated.get(unit, {})), ordered, recipe.else_)
        return found

    def _dealt(self, shares: Mapping[str, int], rows: Sequence[int], rest: str | None) -> dict[int, Value]:
        words: Iterator[str] = (word for word, many in shares.items() for _ in range(many))
        if (wanted := sum(shares.values())) > len(rows):
            raise self.lay.unfit(f"{self.day} 要 {wanted} 行，却只有 {len(rows)} 行可用。")
        return {at: next(words, rest) for at in rows}

    def _share(self, recipe: CellRecipe, share: Mapping[str, Decimal], rows: Sequence[int]) -> dict[int, Value]:
        ((name, part),) = share.items()
        unit = Decimal(1).scaleb(-recipe.scale)
        return {at: Decimal(str(self._cell(name, at))) * part // unit * unit for at in rows}

    def _total(self, name: str, recipe: CellRecipe, rows: Sequence[int]) -> dict[int, Value]:
        """What has come since goes to the rows that are new; when none is, to all. Parts are counted in the smallest
        unit of the scale."""
        unit = Decimal(1).scaleb(-recipe.scale)
        parts = self.crop.parts[name]
        wanted = self._wanted(recipe, len(rows))
        if wanted is not None:
            self._add(name, rows, int(wanted / unit))
        return {at: parts[at] * unit for at in rows if at in parts}

    def _totals(self, name: str, recipe: CellRecipe, rows: Sequence[int]) -> dict[int, Value]:
        """One total for each word of another column."""
        found: dict[int, Value] = {}
        for column, totals in (recipe.totals or {}).items():
            own: defaultdict[str, list[int]] = defaultdict(list)
            for at in rows:
                own[said(self._cell(column, at))].append(at)
            for word, total in totals.items():
                found |= self._total(f"{name}/{word}", recipe.model_copy(update={"total": total}), own[word])
        return found

    def _wanted(self, recipe: CellRecipe, filled: int) -> Decimal | None:
        """The sum by this day; of one total for all days the share of the rows that are there."""
        if isinstance(recipe.total, dict):
            return next((value for day, value in sorted(recipe.total.items(), reverse=True) if day <= self.day), None)
        days = self.lay.plan.days
        if recipe.total is None or self.day == days[-1]:
            return recipe.total
        return recipe.total * filled // self.lay.many(days[-1])

    def _add(self, name: str, rows: Sequence[int], wanted: int) -> None:
        """Bring the sum of what stands to ``wanted``. A stated row carries on from the division's last one."""
        parts = self.crop.parts[name]
        if self.lay.plan.stated:
            rows = [at for at in rows if self.lay.day_of[at] == self.day]
            last = {self.lay.unit_of[at]: part for at, part in sorted(parts.items())}
            more = self._split(name, rows, wanted - sum(last.values()))
            parts |= {at: part + last.get(self.lay.unit_of[at], 0) for at, part in more.items()}
        elif wanted != sum(parts.values()):
            more = self._split(name, [at for at in rows if at not in parts] or rows, wanted - sum(parts.values()))
            parts |= {at: parts.get(at, 0) + part for at, part in more.items()}

    def _split(self, name: str, rows: Sequence[int], total: int) -> dict[int, int]:
        """The total over the rows, about evenly, exactly."""
        if not rows:
            raise self.lay.unfit(f"{self.day} 没有可以分担 {name} 总数的行。")
        weights = [60 + self._drawn(name, at) % 81 for at in rows]
        whole, sign = sum(weights), -1 if total < 0 else 1
        parts = [abs(total) * weight // whole for weight in weights]
        for index in range(abs(total) - sum(parts)):
            parts[index % len(parts)] += 1
        return {at: sign * part for at, part in zip(rows, parts, strict=True)}
