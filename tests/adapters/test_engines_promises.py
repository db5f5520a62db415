"""What ``core.rollup`` promises at its edges, asked of every engine: long numbers, strange texts, old days, unknown
places, several references, and assurance before and after a revision."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest

from shishi.core import rollup
from shishi.core.assurance import Basis, Mark
from shishi.core.criteria import AnyOf, Compare, Criterion, Not, Operator, OtherField, Quantifier, Related, Through
from shishi.core.errors import Refused
from shishi.core.indicators import Indicator, Measure, Span
from shishi.core.ledger import Revision, RevisionKind
from shishi.core.questions import Held, Question
from shishi.core.tables import Field, FieldType, Table, Value
from tests.adapters.asked_engines import ENGINES, TREE, engine_over, every_engine
from tests.adapters.ledger_worlds import DAYS, END, SEEN, START, MemorySource

PLACE = Field("place", "区划", FieldType.DIVISION)
COUNT = Indicator("all", "全部", Measure.COUNT, "个", table="units")


def table(name: str, *fields: Field, groups: Sequence[str] = ()) -> Table:
    return Table(name, name, 1, (PLACE, *fields), ("place",), "place", groups=dict.fromkeys(groups, ()))


def posted(sequence: int, entry: int, on: date = DAYS[0], **values: Value) -> Revision:
    moment = START + timedelta(hours=sequence)
    return Revision(sequence, UUID(int=entry), RevisionKind.POSTED, on, moment, "", values, SEEN, settled={"stage": 1})


def rows(*each: dict[str, Value]) -> Held:
    return Held(tuple(posted(at, at, **values) for at, values in enumerate(each, 1)))


def ask(indicator: Indicator, *tables: Table, as_of: date = DAYS[-1], known_at: datetime = END) -> Question:
    return Question(replace(indicator, table="units"), {item.name: item for item in tables}, as_of, known_at)


def where(question: Question, criterion: Criterion) -> Question:
    return replace(question, indicator=replace(question.indicator, where=criterion))


def same(name: str, source: MemorySource, *questions: Question) -> list[dict[str, Decimal | None]]:
    """The leaves, and of the last question the entries: found to be the meaning itself."""
    with engine_over(name, source) as (engine, _):
        found = [engine.leaves(question) for question in questions]
        entries = engine.entries(questions[-1])
    assert found == [rollup.leaves_of(question, source.held) for question in questions]
    assert entries == rollup.entries_of(questions[-1], source.held)
    return found


@every_engine
def test_sums_are_exact_to_the_last_of_thirty_eight_digits(name: str) -> None:
    units = table("units", Field("area", "面积", FieldType.DECIMAL, scale=12))
    cells = [Decimal("99999999999999999999999999.999999999998"), Decimal("0.000000000001"), Decimal("-0.000000000003")]
    source = MemorySource({"units": rows(*({"place": "341802", "area": cell} for cell in cells))})
    asked = ask(replace(COUNT, measure=Measure.SUM, field="area"), units)
    [leaves] = same(name, source, asked)
    assert leaves == {"341802": Decimal("99999999999999999999999999.999999999996")}


@every_engine
def test_a_sum_that_is_longer_is_exact_or_refused_and_never_rounded(name: str) -> None:
    units = table("units", Field("number", "数量", FieldType.INTEGER))
    largest = 10**38 - 1
    source = MemorySource({"units": rows(*({"place": "341802", "number": largest} for _ in range(3)))})
    asked = ask(replace(COUNT, measure=Measure.SUM, field="number"), units)
    with engine_over(name, source) as (engine, _):
        if name == "reference":
            assert engine.leaves(asked) == {"341802": 3 * largest}
        else:
            with pytest.raises(Refused, match="sum_too_long"):
                engine.leaves(asked)


@every_engine
def test_long_numbers_of_unlike_scales_are_compared_exactly(name: str) -> None:
    units = table(
        "units",
        Field("number", "数量", FieldType.INTEGER),
        Field("area", "面积", FieldType.DECIMAL, scale=12),
        Field("money", "金额", FieldType.MONEY),
    )
    long, short = 10**37, Decimal("25.000000000000")
    cells: list[dict[str, Value]] = [
        {"number": number, "area": area, "money": money}
        for number, area, money in [
            (long, short, Decimal("25.00")),
            (-long, -short, Decimal("-25.00")),
            (25, short, Decimal("25.01")),
            (-25, Decimal("-25.000000000001"), Decimal("-25.01")),
            (-1, Decimal("-0.999999999999"), Decimal("-1.00")),
            (None, short, None),
        ]
    ]
    source = MemorySource({"units": rows(*({"place": "341802"} | row for row in cells))})
    fields = ("number", "area", "money")
    signs = (Operator.EQUALS, Operator.NOT_EQUALS, Operator.AT_LEAST, Operator.LESS_THAN)
    compared = [Compare(one, sign, OtherField(two)) for one in fields for two in fields for sign in signs if one != two]
    same(name, source, *(where(ask(COUNT, units), criterion) for criterion in compared))


@every_engine
def test_texts_are_told_apart_and_ordered_by_their_code_points(name: str) -> None:
    units = table("units", Field("名称 `x`", "名称", FieldType.TEXT))
    texts = [
        "é",
        "e\u0301",
        "E",
        "e",
        "e ",
        "甲",
        "\uff21",
        "𠮷",
        "\U0001f3e0",
        "a\\b",
        "a\nb",
        "%",
        "_",
        "'",
        "${x}",
        ":p0",
    ]
    places = ["\U0001f3e0", "\uff21", "甲", "a", "A"]
    source = MemorySource(
        {"units": rows(*({"place": places[at % 5], "名称 `x`": text} for at, text in enumerate(texts * 2)))}
    )
    told = ask(replace(COUNT, measure=Measure.DISTINCT, field="名称 `x`"), units)
    with engine_over(name, source) as (engine, _):
        assert engine.distinct(told, dict.fromkeys(places, ("all",))) == {"all": len(texts)}
    questions = [where(ask(COUNT, units), Compare("名称 `x`", Operator.EQUALS, text)) for text in texts[::3]]
    questions += [
        where(ask(COUNT, units), Compare("名称 `x`", Operator.CONTAINS, text)) for text in ("\\", "%", "𠮷", "e")
    ]
    same(name, source, ask(COUNT, units), *questions)


@every_engine
def test_days_before_1970_and_before_the_gregorian_calendar_are_days(name: str) -> None:
    units = table("units", Field("day", "日期", FieldType.DATE), Field("moment", "时刻", FieldType.DAY_TIME))
    days = [
        date(1, 1, 1),
        date(1582, 10, 4),
        date(1582, 10, 15),
        date(1949, 10, 1),
        date(1969, 12, 31),
        date(9999, 12, 31),
    ]
    moments = [datetime(1582, 10, 14, 16, tzinfo=UTC), datetime(1969, 12, 31, 15, 59, 59, 999999, tzinfo=UTC)]
    cells = [{"place": "341802", "day": day, "moment": moments[at % 2]} for at, day in enumerate(days)]
    source = MemorySource({"units": rows(*cells)})
    asked = ask(COUNT, units)
    running = replace(COUNT, span=Span.RUNNING, by="moment", since=date(1969, 12, 31))
    compared = [Compare("day", Operator.ON_OR_BEFORE, day) for day in days]
    compared += [
        Compare("moment", Operator.EQUALS, date(1582, 10, 15)),
        Compare("day", Operator.AFTER, OtherField("moment")),
    ]
    same(name, source, ask(running, units), *(where(asked, criterion) for criterion in compared))


@every_engine
def test_what_the_tree_does_not_know_counts_where_the_core_says(name: str) -> None:
    units = table("units", Field("number", "数量", FieldType.INTEGER))
    codes = ["341802", "341899", "349999999999", "990000", "999999999999", None]
    source = MemorySource({"units": rows(*({"place": code, "number": at} for at, code in enumerate(codes, 1)))})
    for measure in (Measure.COUNT, Measure.SUM, Measure.DISTINCT, Measure.REPORTED):
        asked = ask(replace(COUNT, measure=measure, field="number"), units)
        with engine_over(name, source) as (engine, _), engine_over("reference", source) as (reference, _):
            found = rollup.amounts(engine, asked, TREE, DAYS[-1])
            assert found == rollup.amounts(reference, asked, TREE, DAYS[-1])
            if measure is Measure.COUNT:
                assert {node: amount.value for node, amount in found.items()} == {
                    "341802": 1,
                    "3418": 2,
                    "34": 3,
                    "00": 6,
                }


@every_engine
def test_each_of_several_references_leads_its_own_way(name: str) -> None:
    units = table(
        "units",
        Field("owner", "产权人", FieldType.REFERENCE, references="people"),
        Field("tenant", "承租人", FieldType.REFERENCE, references="people"),
        Field("inside", "所在", FieldType.REFERENCE, references="units"),
    )
    people = table(
        "people", Field("age", "年龄", FieldType.INTEGER), Field("home", "住", FieldType.REFERENCE, references="units")
    )
    one, two, three = (str(UUID(int=number)) for number in (1, 2, 3))
    source = MemorySource(
        {
            "units": rows(
                {"place": "341802", "owner": one, "tenant": two, "inside": two},
                {"place": "341821", "owner": two, "tenant": None, "inside": None},
                {"place": "341821", "owner": three, "tenant": one, "inside": one},
            ),
            "people": rows(
                {"place": "341802", "age": 70, "home": one},
                {"place": "341802", "age": 20, "home": one},
                {"place": "341802", "age": None, "home": three},
            ),
        }
    )
    old = Compare("age", Operator.AT_LEAST, 60)
    deep: list[Criterion] = [Through("owner", "people", old), Through("tenant", "people", old)]
    for how in Quantifier:
        owned = Related("units", "owner", how, Compare("tenant", Operator.IS_EMPTY, False))
        lives = Related("people", "home", how, old)
        deep += [
            lives,
            Related("units", "inside", how, lives),
            Related("people", "home", how, owned),
            Related("units", "inside", how, Related("units", "inside", how, Through("owner", "people", owned))),
            Through("inside", "units", Through("owner", "people", owned)),
            AnyOf((Not(lives), Related("units", "inside", how, Not(Through("tenant", "people", old))))),
        ]
    same(name, source, *(where(ask(COUNT, units, people), criterion) for criterion in deep))


@every_engine
def test_nobody_referring_is_none_of_them_and_all_of_them(name: str) -> None:
    units = table("units", Field("owner", "产权人", FieldType.REFERENCE, references="people"))
    people = table("people", Field("home", "住", FieldType.REFERENCE, references="units"))
    source = MemorySource({"units": rows({"place": "341802", "owner": str(UUID(int=9))}), "people": Held(())})
    anybody = Compare("home", Operator.IS_EMPTY, False)
    found = same(
        name,
        source,
        *(where(ask(COUNT, units, people), Related("people", "home", how, anybody)) for how in Quantifier),
        where(ask(COUNT, units, people), Through("owner", "people", anybody)),
        where(ask(COUNT, units, people), Not(Through("owner", "people", anybody))),
    )
    counted = dict(zip([*Quantifier, "through", "not through"], found, strict=True))
    assert counted[Quantifier.ALL] == counted[Quantifier.NONE] == {"341802": 1}
    assert counted[Quantifier.ANY] == counted["through"] == counted["not through"] == {"341802": 0}


@every_engine
def test_a_mark_counts_until_its_group_changes_and_from_the_day_it_is_true(name: str) -> None:
    units = table("units", groups=("stage",))
    revisions = tuple(
        replace(posted(sequence, entry, on, place="341802"), settled={"stage": settled})
        for sequence, entry, on, settled in [
            (1, 1, DAYS[0], 1),
            (2, 2, DAYS[0], 2),
            (3, 3, DAYS[2], 3),
            (9, 1, DAYS[1], 9),  # the group changed after it was marked
            (10, 2, DAYS[1], 2),  # another field changed: the mark still stands
        ]
    )
    marks = tuple(
        Mark(sequence, UUID(int=entry), "stage", basis, on, START + timedelta(hours=sequence), "checker")
        for sequence, entry, basis, on in [
            (4, 1, Basis.VERIFIED, DAYS[0]),
            (5, 2, Basis.VERIFIED, DAYS[1]),
            (6, 2, Basis.EVIDENCED, DAYS[1]),
            (7, 3, Basis.VERIFIED, DAYS[0]),  # of a day before the row's own
            (11, 2, Basis.VERIFIED, DAYS[3]),
        ]
    )
    source = MemorySource({"units": Held(revisions, marks)})
    counted = replace(COUNT, assured_group="stage")
    known = (START + timedelta(hours=8), END)
    same(
        name,
        source,
        *(
            replace(ask(counted, units, as_of=as_of, known_at=known_at), basis=basis)
            for as_of in DAYS
            for known_at in known
            for basis in Basis
        ),
        replace(ask(replace(COUNT, assured_group="nothing"), units), basis=Basis.VERIFIED),
    )


@every_engine
def test_voiding_brings_back_what_stood_before_for_those_who_know(name: str) -> None:
    units = table("units", Field("number", "数量", FieldType.INTEGER))
    first = posted(1, 1, place="341802", number=1)
    second = posted(2, 1, DAYS[1], place="341821", number=2)
    gone = replace(posted(3, 1, DAYS[2]), kind=RevisionKind.WITHDRAWN)
    voiding = [replace(posted(at, 1), kind=RevisionKind.VOIDED, voids=voids) for at, voids in [(4, 3), (5, 2), (6, 5)]]
    source = MemorySource({"units": Held((first, second, gone, *voiding))})
    summed = replace(COUNT, measure=Measure.SUM, field="number")
    found = same(name, source, *(ask(summed, units, known_at=START + timedelta(hours=hour)) for hour in range(1, 7)))
    assert found == [{"341802": 1}, {"341821": 2}, {}, {"341821": 2}, {"341802": 1}, {"341802": 1}]


@every_engine
def test_pages_of_entries_make_the_whole(name: str) -> None:
    units = table("units")
    source = MemorySource({"units": rows(*({"place": place} for place in ("b", "a", None, "a", "甲", "b", "a")))})
    asked = ask(COUNT, units)
    with engine_over(name, source) as (engine, _):
        whole = engine.entries(asked)
        assert [entry.int for entry in whole] == [3, 2, 4, 7, 1, 6, 5]
        assert sum((engine.entries(asked, None, 3, offset) for offset in (0, 3, 6)), ()) == whole
        assert engine.entries(asked, (), 3) == engine.entries(asked, {"c"}) == ()


@pytest.mark.parametrize("name", [pytest.param("duckdb"), pytest.param("spark", marks=pytest.mark.spark)])
def test_the_folder_of_the_parts_may_have_any_name(name: str, tmp_path: Path) -> None:
    units = replace(table("units"), name="宣城/2021/units {a,b}")
    source = MemorySource({units.name: rows({"place": "341802"}, {"place": "341802"})})
    engine = ENGINES[name](source, tmp_path / "数据 [1]{a,b}*?%20", 1)
    asked = Question(replace(COUNT, table=units.name), {units.name: units}, DAYS[-1], END)
    assert engine.leaves(asked) == {"341802": 2}
