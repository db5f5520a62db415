"""The reference meaning of a roll-up, told by small cases that can be checked by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

import pytest

from shishi.core.assurance import Basis, Mark
from shishi.core.criteria import Compare, Operator, Quantifier, Related, Through
from shishi.core.divisions import Division, DivisionTree, Level
from shishi.core.errors import Misuse
from shishi.core.indicators import Indicator, Measure, Span
from shishi.core.ledger import Revision, RevisionKind
from shishi.core.provenance import Door, Provenance
from shishi.core.questions import Held, Question
from shishi.core.rollup import (
    Amount,
    amounts,
    climb,
    distinct_of,
    entries_of,
    leaves_of,
    places_of,
    roll_up,
    state_as_of,
)
from shishi.core.tables import Choice, Field, FieldType, Table, Value, Values

UNITS = Table(
    "city/2021/titles/units",
    "房屋",
    1,
    fields=(
        Field("place", "区划", FieldType.DIVISION),
        Field("number", "编号", FieldType.TEXT),
        Field("stage", "环节", FieldType.ENUMERATION, values=(Choice("open", "未办"), Choice("issued", "已发证"))),
        Field("area", "面积", FieldType.DECIMAL, scale=2),
        Field("issued_on", "发证日", FieldType.DATE),
        Field("owner", "户", FieldType.TEXT),
        Field("project", "项目", FieldType.REFERENCE, references="city/2021/titles/projects"),
    ),
    key=("number",),
    division_field="place",
    groups={"stage": ("stage", "issued_on")},
)
PROJECTS = Table(
    "city/2021/titles/projects",
    "项目",
    1,
    fields=(Field("place", "区划", FieldType.DIVISION), Field("name", "名称", FieldType.TEXT)),
    key=("name",),
    division_field="place",
)
TREE = DivisionTree(
    [
        Division("34", "安徽省", Level.PROVINCE),
        Division("3418", "宣城市", Level.CITY),
        Division("341802", "宣州区", Level.COUNTY),
        Division("341821", "郎溪县", Level.COUNTY),
    ]
)
SEEN = Provenance(Door.WORKBOOK, "batch", "clerk")
SEPTEMBER, OCTOBER = date(2021, 9, 1), date(2021, 10, 1)
LATER = datetime(2021, 12, 31, tzinfo=UTC)
ISSUED = Compare("stage", Operator.EQUALS, "issued")


def entry(number: int) -> UUID:
    return UUID(int=number)


def posted(sequence: int, number: int, on: date = SEPTEMBER, **values: Value) -> Revision:
    kept: Values = dict(values)
    recorded = datetime(2021, 9, sequence, tzinfo=UTC)
    return Revision(
        sequence, entry(number), RevisionKind.POSTED, on, recorded, str(number), kept, SEEN, settled={"stage": sequence}
    )


def ended(sequence: int, number: int, on: date) -> Revision:
    return replace(posted(sequence, number, on), kind=RevisionKind.WITHDRAWN)


def voiding(sequence: int, number: int, voids: int) -> Revision:
    return replace(posted(sequence, number), kind=RevisionKind.VOIDED, voids=voids)


def marked(sequence: int, number: int, state: Basis, on: date = SEPTEMBER) -> Mark:
    return Mark(sequence, entry(number), "stage", state, on, datetime(2021, 9, sequence, tzinfo=UTC), "checker")


def held(*revisions: Revision, marks: Sequence[Mark] = (), projects: Sequence[Revision] = ()) -> dict[str, Held]:
    return {UNITS.name: Held(revisions, marks), PROJECTS.name: Held(projects)}


def count(**changes: object) -> Indicator:
    made = Indicator("units", "套数", Measure.COUNT, "套", table=UNITS.name)
    return replace(made, **changes)


def ask(
    indicator: Indicator, as_of: date = date(2021, 9, 30), known_at: datetime = LATER, **changes: object
) -> Question:
    made = Question(indicator, {UNITS.name: UNITS, PROJECTS.name: PROJECTS}, as_of, known_at)
    return replace(made, **changes)


class Answers:
    """An engine that is the reference over rows at hand."""

    def __init__(self, rows: Mapping[str, Held]) -> None:
        self.rows = rows

    def leaves(self, question: Question) -> dict[str, Decimal | None]:
        return leaves_of(question, self.rows)

    def distinct(self, question: Question, nodes: Mapping[str, tuple[str, ...]]) -> dict[str, int]:
        return distinct_of(question, self.rows, nodes)

    def places(self, table: Table, as_of: date, known_at: datetime) -> frozenset[str]:
        return places_of(table, self.rows[table.name], as_of, known_at)


def test_a_row_is_its_latest_state_by_its_day_and_not_by_its_arrival() -> None:
    rows = [posted(1, 1, date(2021, 9, 10), stage="issued"), posted(2, 1, date(2021, 9, 5), stage="open")]
    assert state_as_of(rows, date(2021, 9, 30), LATER)[entry(1)].sequence == 1
    assert state_as_of(rows, date(2021, 9, 7), LATER)[entry(1)].sequence == 2
    assert state_as_of(rows, date(2021, 9, 4), LATER) == {}
    assert state_as_of(rows, date(2021, 9, 7), datetime(2021, 9, 1, tzinfo=UTC)) == {}


def test_a_withdrawal_ends_a_row_from_its_day_on() -> None:
    rows = [posted(1, 1), ended(2, 1, date(2021, 9, 20))]
    assert set(state_as_of(rows, date(2021, 9, 19), LATER)) == {entry(1)}
    assert state_as_of(rows, date(2021, 9, 20), LATER) == {}


def test_a_voided_revision_never_was_for_those_who_know_of_it() -> None:
    rows = [posted(1, 1, stage="open"), posted(2, 1, stage="issued"), voiding(3, 1, voids=2)]
    before, after = datetime(2021, 9, 2, tzinfo=UTC), datetime(2021, 9, 3, tzinfo=UTC)
    assert state_as_of(rows, date(2021, 9, 30), before)[entry(1)].sequence == 2
    assert state_as_of(rows, date(2021, 9, 30), after)[entry(1)].sequence == 1


def test_a_leaf_where_nothing_belongs_is_zero_and_a_place_without_rows_is_missing() -> None:
    rows = held(posted(1, 1, place="341802", stage="issued"), posted(2, 2, place="341821", stage="open"))
    question = ask(count(where=ISSUED))
    assert leaves_of(question, rows) == {"341802": 1, "341821": 0}
    assert roll_up(Answers(rows), question, TREE, question.as_of) == {
        "00": 1, "34": 1, "3418": 1, "341802": 1, "341821": 0,
    }  # fmt: skip


def test_a_sum_of_only_empty_values_is_missing() -> None:
    rows = held(
        posted(1, 1, place="341802", area=Decimal("10.25")),
        posted(2, 2, place="341802", area=None),
        posted(3, 3, place="341821", area=None),
    )
    question = ask(count(measure=Measure.SUM, field="area"))
    assert leaves_of(question, rows) == {"341802": Decimal("10.25"), "341821": None}
    found = amounts(Answers(rows), question, TREE, SEPTEMBER)
    assert (found["3418"].value, found["341802"].value, found["341821"].value) == (
        Decimal("10.25"),
        Decimal("10.25"),
        None,
    )
    assert "341821" not in roll_up(Answers(rows), question, TREE, SEPTEMBER)


def test_sums_are_exact_beyond_the_digits_that_python_keeps_by_default() -> None:
    big = Decimal("1234567890123456789012345678901234.56")
    rows = held(posted(1, 1, place="341802", area=big), posted(2, 2, place="341802", area=Decimal("0.01")))
    (value,) = leaves_of(ask(count(measure=Measure.SUM, field="area")), rows).values()
    assert str(value) == "1234567890123456789012345678901234.57"


def test_running_counts_since_a_named_day_and_flow_within_a_period() -> None:
    rows = held(
        *(
            posted(number, number, place="341802", issued_on=day)
            for number, day in enumerate((date(2021, 8, 31), date(2021, 9, 1), date(2021, 9, 30), OCTOBER, None), 1)
        )
    )
    running = ask(count(span=Span.RUNNING, by="issued_on", since=date(2021, 9, 1)))
    assert leaves_of(running, rows) == {"341802": 2}
    flow = count(span=Span.FLOW, by="issued_on")
    assert leaves_of(ask(flow, period_start=SEPTEMBER, period_end=date(2021, 9, 29)), rows) == {"341802": 1}
    assert leaves_of(ask(flow, period_start=SEPTEMBER, period_end=date(2021, 10, 31)), rows) == {"341802": 2}
    with pytest.raises(Misuse, match="period_missing"):
        leaves_of(ask(flow), rows)


def test_distinct_lies_between_its_largest_part_and_the_sum_of_its_parts() -> None:
    rows = held(
        posted(1, 1, place="341802", owner="甲"),
        posted(2, 2, place="341802", owner="乙"),
        posted(3, 3, place="341821", owner="甲"),
        posted(4, 4, place="341821", owner=""),
    )
    question = ask(count(measure=Measure.DISTINCT, field="owner"))
    found = roll_up(Answers(rows), question, TREE, question.as_of)
    assert (found["341802"], found["341821"], found["3418"]) == (2, 1, 2)


def test_a_ratio_is_a_ratio_of_sums_and_never_a_mean_of_ratios() -> None:
    rows = held(
        posted(1, 1, place="341802", stage="issued"),
        *(posted(number, number, place="341821", stage="open") for number in (2, 3)),
    )
    parts = {"issued": count(where=ISSUED), "units": count()}
    rate = Indicator("rate", "发证率", Measure.RATIO, "%", numerator="issued", denominator="units", scale=2)
    found = amounts(Answers(rows), ask(rate, indicators=parts), TREE, SEPTEMBER)
    assert found["3418"] == Amount(Decimal("33.33"), numerator=Decimal(1), denominator=Decimal(3))
    assert found["341821"].value == 0


def test_evidence_counts_until_the_group_changes() -> None:
    first = posted(1, 1, place="341802", stage="issued")
    changed = posted(5, 1, date(2021, 9, 20), place="341802", stage="issued")
    untouched = replace(changed, settled={"stage": 1})
    indicator = count(assured_group="stage")
    evidence = [marked(3, 1, Basis.VERIFIED)]
    asked = ask(indicator, basis=Basis.EVIDENCED)
    assert leaves_of(asked, held(first, marks=evidence)) == {"341802": 1}
    assert leaves_of(asked, held(first, changed, marks=evidence)) == {"341802": 0}
    assert leaves_of(replace(asked, as_of=date(2021, 9, 19)), held(first, changed, marks=evidence)) == {"341802": 1}
    assert leaves_of(asked, held(first, untouched, marks=evidence)) == {"341802": 1}


def test_a_later_mark_takes_an_earlier_one_back() -> None:
    row = posted(1, 1, place="341802")
    evidence = [marked(2, 1, Basis.VERIFIED), marked(3, 1, Basis.EVIDENCED, date(2021, 9, 15))]
    verified = ask(count(assured_group="stage"), basis=Basis.VERIFIED)
    assert leaves_of(verified, held(row, marks=evidence)) == {"341802": 0}
    assert leaves_of(replace(verified, as_of=date(2021, 9, 14)), held(row, marks=evidence)) == {"341802": 1}
    assert leaves_of(replace(verified, known_at=datetime(2021, 9, 2, tzinfo=UTC)), held(row, marks=evidence)) == {
        "341802": 1
    }


def test_without_an_assured_group_there_is_nothing_to_verify() -> None:
    assert leaves_of(ask(count(), basis=Basis.VERIFIED), held(posted(1, 1, place="341802"))) == {}


def test_criteria_reach_related_rows_that_are_live() -> None:
    projects = [posted(1, 101, place="341802", name="甲"), posted(2, 102, place="341802", name="乙")]
    units = [
        posted(3, 1, place="341802", stage="issued", project=str(entry(101))),
        posted(4, 2, place="341802", stage="open", project=str(entry(102))),
        ended(5, 2, date(2021, 9, 25)),
    ]
    done = Related(UNITS.name, "project", Quantifier.ALL, ISSUED)
    asked = ask(count(table=PROJECTS.name, where=done))
    assert leaves_of(asked, held(*units, projects=projects)) == {"341802": 2}
    assert leaves_of(replace(asked, as_of=date(2021, 9, 24)), held(*units, projects=projects)) == {"341802": 1}
    named = Through("project", PROJECTS.name, Compare("name", Operator.EQUALS, "甲"))
    assert leaves_of(ask(count(where=named)), held(*units, projects=projects)) == {"341802": 1}


REPORTED = count(measure=Measure.REPORTED, field="area", by="issued_on")


def test_a_reported_figure_is_the_latest_one_and_totals_are_never_added() -> None:
    rows = held(
        posted(1, 1, place="341802", area=Decimal(10), issued_on=date(2021, 8, 31)),
        posted(2, 2, place="341802", area=Decimal(25), issued_on=date(2021, 9, 30)),
        posted(3, 3, place="341802", area=None, issued_on=date(2021, 9, 30)),
    )
    assert leaves_of(ask(REPORTED), rows) == {"341802": 25}
    assert leaves_of(ask(REPORTED, date(2021, 9, 29)), rows) == {"341802": 10}
    assert entries_of(ask(REPORTED), rows) == (entry(2),)


def test_a_flow_of_reported_totals_is_their_difference() -> None:
    rows = held(
        posted(1, 1, place="341802", area=Decimal(10), issued_on=date(2021, 8, 31)),
        posted(2, 2, place="341802", area=Decimal(25), issued_on=date(2021, 9, 30)),
    )
    flow = replace(REPORTED, span=Span.FLOW)
    september = ask(flow, period_start=SEPTEMBER, period_end=date(2021, 9, 30))
    assert leaves_of(september, rows) == {"341802": 15}
    assert entries_of(september, rows) == (entry(1), entry(2))
    october = ask(flow, date(2021, 10, 31), period_start=OCTOBER, period_end=date(2021, 10, 31))
    assert leaves_of(october, rows) == {}, "no report in the period is not a flow of nothing"
    august = ask(flow, period_start=date(2021, 8, 1), period_end=date(2021, 8, 31))
    assert leaves_of(august, rows) == {}, "what stood before the first report is not known"
    begun = replace(august, indicator=replace(flow, since=date(2021, 8, 1)))
    assert leaves_of(begun, rows) == {"341802": 10}


def test_an_own_figure_and_its_parts_are_both_shown_and_the_pack_says_which_counts() -> None:
    rows = held(
        posted(1, 1, place="341800", area=Decimal(100)),
        posted(2, 2, place="341802", area=Decimal(60)),
        posted(3, 3, place="341821", area=Decimal(30)),
    )
    indicator = replace(REPORTED, by="")
    found = amounts(Answers(rows), ask(indicator), TREE, SEPTEMBER)
    assert found["3418"] == Amount(Decimal(90), own=Decimal(100), parts=Decimal(90))
    assert found["34"] == Amount(Decimal(90), parts=Decimal(90))
    counted = amounts(Answers(rows), ask(replace(indicator, own_counts=True)), TREE, SEPTEMBER)
    assert counted["3418"].value == counted["34"].value == 100
    assert counted["341802"] == Amount(Decimal(60), own=Decimal(60))


def test_what_a_village_unknown_to_the_tree_reports_is_part_of_the_unit_above() -> None:
    rows = held(posted(1, 1, place="341802999", area=Decimal(5)))
    found = amounts(Answers(rows), ask(replace(REPORTED, by="")), TREE, SEPTEMBER)
    assert found["341802"] == Amount(Decimal(5), parts=Decimal(5))


def test_rows_that_no_province_holds_still_count_for_the_country() -> None:
    assert climb({"341802": Decimal(1), "990000": Decimal(2), "": Decimal(4)}, TREE, SEPTEMBER) == {
        "00": 7, "34": 1, "3418": 1, "341802": 1,
    }  # fmt: skip


def test_the_entries_behind_a_figure_are_those_that_enter_it() -> None:
    rows = held(
        posted(3, 3, place="341821", stage="issued"),
        posted(2, 2, place="341802", stage="open"),
        posted(4, 4, place="341802", stage="issued"),
        posted(1, 1, place="341802", stage="issued"),
    )
    question = ask(count(where=ISSUED))
    assert entries_of(question, rows) == (entry(1), entry(4), entry(3))
    assert entries_of(question, rows, {"341821"}) == (entry(3),)


def test_a_ratio_has_no_rows_of_its_own_and_a_sum_needs_a_number() -> None:
    rate = Indicator("rate", "率", Measure.RATIO, "%", numerator="a", denominator="b")
    with pytest.raises(Misuse, match="ratio_has_no_rows"):
        leaves_of(ask(rate), held())
    with pytest.raises(Misuse, match="indicator_field_unfit"):
        leaves_of(ask(count(measure=Measure.SUM, field="stage")), held())
