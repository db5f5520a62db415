"""Three-valued criteria: Kleene's laws, comparisons by type, documents without loss, sentences that people can read."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shishi.core.criteria import (
    ALWAYS,
    All,
    Answer,
    AnyOf,
    Compare,
    Criterion,
    Moment,
    Not,
    Operator,
    OtherField,
    Quantifier,
    Related,
    Through,
)
from shishi.core.errors import Refused
from shishi.core.evaluation import (
    LoneRow,
    Moments,
    RowView,
    criterion_document,
    describe,
    evaluate,
    failing,
    parse_criterion,
)
from shishi.core.tables import Choice, Field, FieldType, Sensitivity, Table, Value

STAGES = tuple(Choice(name, title) for name, title in (("a", "测绘"), ("b", "受理"), ("c", "颁证")))
UNITS = Table(
    "x/2021/p/units",
    "单元",
    1,
    (
        Field("stage", "办证阶段", FieldType.ENUMERATION, values=STAGES),
        Field("was", "上期阶段", FieldType.ENUMERATION, values=STAGES),
        Field("area", "面积", FieldType.DECIMAL, scale=2, unit="平方米"),
        Field("count", "套数", FieldType.INTEGER),
        Field("issued_on", "颁证日期", FieldType.DATE),
        Field("seen_at", "巡查时间", FieldType.DAY_TIME),
        Field("name", "名称", FieldType.TEXT),
        Field("secret", "证件号", FieldType.TEXT, sensitivity=Sensitivity.ENCRYPTED),
        Field("open", "是否开放", FieldType.YES_NO),
        Field("kinds", "内容", FieldType.CHOICES, values=STAGES),
        Field("project", "项目", FieldType.REFERENCE, references="x/2021/p/projects"),
    ),
    ("name",),
    "name",
)
PROJECTS = Table("x/2021/p/projects", "项目", 1, (Field("name", "项目名称", FieldType.TEXT),), ("name",), "name")
TODAY = Moments(date(2021, 9, 30))
MET, NOT_MET, NOT_KNOWN = Answer.MET, Answer.NOT_MET, Answer.NOT_KNOWN


@dataclass(frozen=True)
class Around:
    """Neighbours that are given."""

    units: tuple[RowView, ...] = ()
    project: RowView | None = None

    def related(self, table: str, via: str) -> tuple[RowView, ...]:
        return self.units

    def through(self, field: str) -> RowView | None:
        return self.project


def row(**values: Value) -> LoneRow:
    return LoneRow(UNITS, values)


def ask(document: object, view: RowView, moments: Moments = TODAY) -> Answer:
    return evaluate(parse_criterion(document, lambda name: f"x/2021/p/{name}"), view, moments)


@pytest.mark.parametrize(
    ("document", "values", "answer"),
    [
        ({"field": "stage", "at_least": "b"}, {"stage": "c"}, MET),
        ({"field": "stage", "at_least": "b"}, {"stage": "a"}, NOT_MET),
        ({"field": "stage", "more_than": {"field": "was"}}, {"stage": "b", "was": "a"}, MET),
        ({"field": "stage", "more_than": {"field": "was"}}, {"stage": "b"}, NOT_KNOWN),
        ({"field": "stage", "at_least": "z"}, {"stage": "b"}, NOT_KNOWN),
        ({"field": "stage", "in": ["a", "b"]}, {"stage": "b"}, MET),
        ({"field": "stage", "not_in": ["a", "b"]}, {"stage": "b"}, NOT_MET),
        ({"field": "area", "at_least": 60.5}, {"area": Decimal("60.50")}, MET),
        ({"field": "area", "less_than": 60}, {"area": Decimal("60.00")}, NOT_MET),
        ({"field": "area", "equals": 60}, {"area": Decimal("60.00")}, MET),
        ({"field": "area", "equals": "60"}, {"area": Decimal("60.00")}, NOT_KNOWN),
        ({"field": "count", "at_most": {"field": "area"}}, {"count": 3, "area": Decimal("3.5")}, MET),
        ({"field": "issued_on", "on_or_before": "as_of"}, {"issued_on": date(2021, 9, 30)}, MET),
        ({"field": "issued_on", "before": "as_of"}, {"issued_on": date(2021, 9, 30)}, NOT_MET),
        ({"field": "issued_on", "on_or_after": "period_start"}, {"issued_on": date(2021, 9, 30)}, NOT_KNOWN),
        ({"field": "issued_on", "after": "2021-09-01"}, {"issued_on": date(2021, 9, 30)}, MET),
        ({"field": "issued_on", "after": "2021-09-01"}, {}, NOT_KNOWN),
        ({"field": "seen_at", "after": "as_of"}, {"seen_at": datetime(2021, 9, 30, 16, tzinfo=UTC)}, MET),
        ({"field": "seen_at", "equals": {"day": "2021-09-30"}}, {"seen_at": datetime(2021, 9, 30, tzinfo=UTC)}, MET),
        ({"field": "name", "is_empty": True}, {"name": None}, MET),
        ({"field": "name", "is_empty": False}, {"name": "甲"}, MET),
        ({"field": "kinds", "is_empty": True}, {"kinds": ()}, MET),
        ({"field": "name", "contains": "苑"}, {"name": "锦绣苑"}, MET),
        ({"field": "kinds", "contains": "a"}, {"kinds": ("a", "c")}, MET),
        ({"field": "kinds", "contains": ["a", "b"]}, {"kinds": ("a", "c")}, NOT_MET),
        ({"field": "count", "contains": 1}, {"count": 1}, NOT_KNOWN),
        ({"field": "name", "at_least": "甲"}, {"name": "乙"}, NOT_KNOWN),
        ({"field": "open", "equals": True}, {"open": True}, MET),
        ({"field": "open", "not_equals": True}, {"open": None}, NOT_KNOWN),
        ({"field": "open", "equals": 1}, {"open": True}, NOT_KNOWN),
        ({"field": "secret", "equals": "d1"}, {"secret": "d1"}, MET),
        ({"field": "secret", "contains": "d"}, {"secret": "d1"}, NOT_KNOWN),
        ({"all": []}, {}, MET),
        ({"any": []}, {}, NOT_MET),
    ],
)
def test_a_comparison_answers_by_the_type_of_its_field(document, values, answer):
    assert ask(document, row(**values)) is answer


@pytest.mark.parametrize(
    ("quantifier", "stages", "answer"),
    [
        ("all", (), MET), ("any", (), NOT_MET), ("none", (), MET),
        ("all", ("c", "c"), MET), ("all", ("c", None), NOT_KNOWN), ("all", ("a", None), NOT_MET),
        ("any", ("c", None), MET), ("any", ("a", None), NOT_KNOWN), ("none", ("c", None), NOT_MET),
        ("none", ("a", None), NOT_KNOWN), ("none", ("a", "b"), MET),
    ],
)  # fmt: skip
def test_quantifiers_over_related_rows(quantifier, stages, answer):
    units = tuple(row(stage=stage) for stage in stages)
    where = {"field": "stage", "equals": "c"}
    asked = {"related": "units", "via": "project", "quantifier": quantifier, "where": where}
    assert ask(asked, LoneRow(PROJECTS, {}, Around(units))) is answer


def test_through_a_reference_to_no_live_row_is_not_known():
    asked = {"through": "project", "table": "projects", "where": {"field": "name", "equals": "甲"}}
    assert ask(asked, row()) is NOT_KNOWN
    there = LoneRow(UNITS, {}, Around(project=LoneRow(PROJECTS, {"name": "甲"})))
    assert ask(asked, there) is MET


def test_through_may_leave_its_table_to_the_field_that_refers():
    asked = {"related": "units", "via": "project", "where": {"through": "project", "where": {"all": []}}}
    told = []

    def references(table: str, field: str) -> str:
        told.append((table, field))
        return PROJECTS.name

    found = parse_criterion(asked, lambda name: f"x/2021/p/{name}", references, PROJECTS.name)
    assert told == [(UNITS.name, "project")]
    assert found == Related(UNITS.name, "project", Quantifier.ANY, Through("project", PROJECTS.name, ALWAYS))


def test_what_failed_is_named_down_to_the_smallest_part():
    low, late = Compare("count", Operator.AT_LEAST, 2), Compare("issued_on", Operator.BEFORE, Moment.AS_OF)
    asked = All((low, AnyOf((late, Not(ALWAYS))), Compare("stage", Operator.EQUALS, "a")))
    view = row(count=1, issued_on=date(2021, 10, 1))
    assert failing(asked, view, TODAY) == [low, late, Not(ALWAYS)]
    assert failing(ALWAYS, view, TODAY) == []
    assert failing(Compare("stage", Operator.EQUALS, "a"), view, TODAY) == []


@pytest.mark.parametrize(
    "document",
    [None, [], "x", {}, {"field": "a"}, {"field": "a", "is": 1}, {"field": "a", "equals": 1, "in": [1]},
     {"field": "", "equals": 1}, {"all": {}}, {"all": [], "any": []}, {"not": {"all": []}, "extra": 1},
     {"field": "a", "after": "soon"}, {"field": "a", "equals": None}, {"field": "a", "equals": {"number": "x"}},
     {"field": "a", "equals": {"odd": "x"}}, {"related": "units"},
     {"related": "units", "via": "p", "quantifier": "most"},
     {"through": "p", "where": {"all": []}}, {"related": "u", "via": "p", "wher": {}}],
)  # fmt: skip
def test_a_malformed_document_is_refused_with_its_place(document):
    with pytest.raises(Refused) as caught:
        parse_criterion({"all": [{"all": []}, document]}, str)
    assert caught.value.code == "criterion_malformed"
    assert "all[1]" in caught.value.message


def test_a_criterion_reads_as_a_sentence():
    asked = All(
        (
            Compare("stage", Operator.AT_LEAST, "b"),
            AnyOf((Compare("area", Operator.MORE_THAN, 60), Compare("issued_on", Operator.ON_OR_BEFORE, Moment.AS_OF))),
            Not(Compare("open", Operator.EQUALS, True)),
            Through("project", PROJECTS.name, Compare("name", Operator.IS_EMPTY, False)),
        )
    )
    assert describe(asked, UNITS, {PROJECTS.name: PROJECTS}) == (
        "“办证阶段”不低于“受理”，且（“面积”高于60平方米，或“颁证日期”不晚于截至日），且并非（“是否开放”为是），"
        "且“项目”所指的“项目”满足（“项目名称”已填写）"
    )
    some = Related(UNITS.name, "project", Quantifier.NONE, Compare("stage", Operator.IN, ("a", "b")))
    assert (
        describe(some, PROJECTS, {UNITS.name: UNITS})
        == "所属“单元”中没有一条满足（“办证阶段”为以下之一：“测绘”、“受理”）"
    )
    assert describe(ALWAYS, UNITS) == "无条件"


NAMES = st.sampled_from([item.name for item in UNITS.fields])
LITERALS = st.one_of(
    st.text(max_size=8),
    st.sampled_from(["a", "b", "c", "as_of", "2021-09-30"]),
    st.integers(-99, 99),
    st.booleans(),
    st.decimals(-99, 99, places=2),
    st.dates(),
)
OPERANDS = st.one_of(
    LITERALS, st.lists(LITERALS, max_size=3).map(tuple), st.sampled_from(Moment), st.builds(OtherField, NAMES)
)
COMPARISONS: st.SearchStrategy[Criterion] = st.builds(Compare, NAMES, st.sampled_from(Operator), OPERANDS)
CRITERIA: st.SearchStrategy[Criterion] = st.recursive(
    COMPARISONS,
    lambda inner: st.one_of(
        st.builds(All, st.lists(inner, max_size=3).map(tuple)),
        st.builds(AnyOf, st.lists(inner, max_size=3).map(tuple)),
        st.builds(Not, inner),
        st.builds(Related, st.just(UNITS.name), st.just("project"), st.sampled_from(Quantifier), inner),
        st.builds(Through, st.just("project"), st.just(UNITS.name), inner),
    ),
    max_leaves=6,
)
VALUES = st.fixed_dictionaries(
    {
        "stage": st.sampled_from([None, "a", "b", "c", "z"]),
        "was": st.sampled_from([None, "a", "c"]),
        "area": st.none() | st.decimals(-99, 99, places=2),
        "count": st.none() | st.integers(-99, 99),
        "issued_on": st.none() | st.dates(),
        "seen_at": st.none() | st.datetimes(timezones=st.just(UTC), min_value=datetime.fromisoformat("1992-01-01"),
                                            max_value=datetime.fromisoformat("2999-01-01")),
        "name": st.none() | st.text(max_size=5),
        "secret": st.sampled_from([None, "d1", "d2"]),
        "open": st.sampled_from([None, True, False]),
        "kinds": st.sampled_from([None, (), ("a",), ("a", "b")]),
    }
)  # fmt: skip
LONE = st.builds(LoneRow, st.just(UNITS), VALUES)
ROWS = st.builds(
    LoneRow, st.just(UNITS), VALUES, st.builds(Around, st.lists(LONE, max_size=3).map(tuple), st.none() | LONE)
)
MOMENTS = st.builds(Moments, st.dates(), st.none() | st.dates(), st.none() | st.dates())


@given(CRITERIA, ROWS, MOMENTS)
def test_every_criterion_answers_on_every_row(criterion, view, moments):
    answer = evaluate(criterion, view, moments)
    assert isinstance(answer, Answer)
    assert bool(failing(criterion, view, moments)) <= (answer is NOT_MET)
    assert describe(criterion, UNITS)


@given(CRITERIA, CRITERIA, ROWS, MOMENTS)
def test_kleene_laws_hold(one, two, view, moments):
    def of(criterion: Criterion) -> Answer:
        return evaluate(criterion, view, moments)

    assert of(Not(Not(one))) is of(one)
    assert of(Not(All((one, two)))) is of(AnyOf((Not(one), Not(two))))
    assert of(Not(AnyOf((one, two)))) is of(All((Not(one), Not(two))))
    assert of(All((one, two))) is of(All((two, one)))
    assert of(All((one, ALWAYS))) is of(one)
    assert of(AnyOf((one, All((one, two))))) is of(one)


@given(CRITERIA)
def test_a_document_gives_the_same_criterion_back(criterion):
    document = json.loads(json.dumps(criterion_document(criterion)))
    assert repr(parse_criterion(document, str)) == repr(criterion)
