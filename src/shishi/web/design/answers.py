"""A form of a process as a page asks it: each field of the core with the control that fits it.

What was typed is handed on as text and read as cells of a workbook are (:mod:`shishi.core.cells`), so that a page, a
workbook and a program are refused for the same reasons in the same words.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from shishi.core.calendars import SHANGHAI
from shishi.core.errors import ShishiError
from shishi.core.tables import Field, FieldType, Table, Value, Values
from shishi.core.values import to_text
from shishi.web.design.forms import Form

PREFIX = "answer-"
"""Before the names of fields, so that a form may ask for more than its table."""
FEW = 5
"""So many choices stand open; more are a list to choose from."""
LONG = 200
_NUMBERS = (FieldType.INTEGER, FieldType.DECIMAL, FieldType.MONEY)


class AnswersForm(Form):
    """Asks for the fields of ``table`` (not for files: those are materials). ``held``: values that are known already
    and stand in the fields. ``names``: only these fields."""

    def __init__(
        self,
        *args: Any,
        table: Table | None,
        held: Values | None = None,
        names: Collection[str] | None = None,
        **kwargs: Any,
    ) -> None:
        self.asked = tuple(item for item in asked_of(table) if names is None or item.name in names)
        known = {PREFIX + item.name: typed_form(item, (held or {}).get(item.name)) for item in self.asked}
        kwargs["initial"] = {**known, **(kwargs.get("initial") or {})}
        super().__init__(*args, **kwargs)
        self.ask({PREFIX + item.name: control_of(item) for item in self.asked})

    @property
    def texts(self) -> dict[str, str]:
        """Field → what was typed, several choices one a line; to be read as cells are."""
        told = {item.name: self.cleaned_data.get(PREFIX + item.name) for item in self.asked}
        return {name: "\n".join(raw) if isinstance(raw, list) else str(raw or "") for name, raw in told.items()}

    def refuse(self, error: ShishiError) -> None:
        """Faults that name a field of the table land there, also by the name of its fact (``form.field``)."""
        left = []
        for issue in error.issues:
            name = PREFIX + issue.field.rsplit(".", 1)[-1]
            if issue.field and name in self.fields:
                self.add_error(name, issue.message)
            else:
                left.append(issue)
        if left:
            super().refuse(type(error)(error.code, error.message, left))


def asked_of(table: Table | None) -> tuple[Field, ...]:
    """The fields of a table that a form asks for."""
    return tuple(item for item in table.fields if item.type is not FieldType.FILE) if table else ()


def control_of(item: Field) -> forms.Field:
    """One field as Django asks for it; its text is read as a cell's is."""
    label = _("%(title)s（%(unit)s）") % {"title": item.title, "unit": item.unit} if item.unit else item.title
    plain: dict[str, Any] = {"label": label, "required": item.required, "help_text": _help(item)}
    chosen = [(choice.value, choice.title) for choice in item.values]
    if item.type is FieldType.YES_NO:
        pair = [("是", _("是")), ("否", _("否"))]
        return forms.ChoiceField(choices=_with_none(item, pair), widget=forms.RadioSelect, **plain)
    if item.type is FieldType.ENUMERATION and len(chosen) <= FEW:
        return forms.ChoiceField(choices=_with_none(item, chosen), widget=forms.RadioSelect, **plain)
    if item.type is FieldType.ENUMERATION:
        return forms.ChoiceField(choices=[("", _("请选择")), *chosen], **plain)
    if item.type is FieldType.CHOICES and chosen:
        return forms.MultipleChoiceField(choices=chosen, widget=forms.CheckboxSelectMultiple, **plain)
    return forms.CharField(max_length=max(item.max_length, 40), widget=_widget(item), **plain)


def _with_none(item: Field, chosen: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """What need not be answered can be left open again."""
    return chosen if item.required else [*chosen, ("", _("不填"))]


def _widget(item: Field) -> forms.Widget:
    if item.type is FieldType.DATE:
        return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    if item.type is FieldType.DAY_TIME:
        return forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    if item.type is FieldType.TEXT and item.max_length > LONG:
        return forms.Textarea(attrs={"rows": 4})
    if item.type in _NUMBERS:
        return forms.TextInput(attrs={"inputmode": "numeric" if item.type is FieldType.INTEGER else "decimal"})
    if item.type is FieldType.PHONE:
        return forms.TextInput(attrs={"type": "tel"})
    return forms.TextInput(attrs={"autocomplete": "off"} if item.sensitive else {})


def _help(item: Field) -> str:
    if item.note:
        return item.note
    if item.type is FieldType.DIVISION:
        return _("写名称或代码，例如：宣州区。")
    if item.type is FieldType.POINT:
        return _("经度,纬度，先经度后纬度。")
    if item.type is FieldType.CHOICES and not item.values:
        return _("几项之间用顿号隔开。")
    return _("例如：%s") % item.sample if item.sample else ""


def typed_form(item: Field, value: Value) -> object:
    """A value as its control shows it."""
    if value is None:
        return [] if item.type is FieldType.CHOICES and item.values else ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, datetime):
        return f"{value.astimezone(SHANGHAI):%Y-%m-%dT%H:%M}"
    if isinstance(value, tuple):
        return list(value) if item.values else "、".join(value)
    return str(to_text(value))
