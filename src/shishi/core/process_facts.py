"""Facts 事实 of a case: what its criteria may ask, as the columns of one table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from shishi.core.processes import Step
from shishi.core.tables import Choice, Field, FieldType, Sensitivity, Table

PLATFORM = (
    Field("case.state", "办件状态", FieldType.TEXT),
    Field("case.division", "所在区划", FieldType.DIVISION),
    Field("case.channel", "渠道", FieldType.TEXT),
    Field("case.item", "事项", FieldType.TEXT),
    Field("case.applicant", "申请人", FieldType.TEXT, sensitivity=Sensitivity.MASKED),
    Field("case.number", "受理编号", FieldType.TEXT),
    Field("case.opened_on", "收件日期", FieldType.DATE),
    Field("case.round", "第几轮", FieldType.INTEGER),
    Field("case.applicant_kind", "申请人类型", FieldType.TEXT),
)
"""Of every case."""


def facts_table(
    name: str, title: str, forms: Mapping[str, Table], steps: Iterable[Step], said: Iterable[Field]
) -> Table:
    """``form.field`` of every form, ``<element>.outcome`` of every step that has outcomes, what verbs say back, and
    what the platform knows of every case."""
    fields = [
        replace(field, name=f"{code}.{field.name}", required=False)
        for code, form in forms.items()
        for field in form.fields
    ]
    return Table(name, title, 1, (*fields, *_outcomes(steps), *said, *PLATFORM), (), "")


def _outcomes(steps: Iterable[Step]) -> Iterator[Field]:
    for step in steps:
        if step.outcomes:
            values = tuple(Choice(outcome.code, outcome.title) for outcome in step.outcomes)
            yield Field(f"{step.element}.outcome", f"{step.title}的结果", FieldType.ENUMERATION, values=values)
