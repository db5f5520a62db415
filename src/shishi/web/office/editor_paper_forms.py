"""Forms of the editor for what a programme tells: its briefs, and what everybody may see."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from shishi.core.programmes import MOST_ENTRIES
from shishi.web.design.forms import Form

BRIEFS = {
    "daily": _("日汇总"),
    "analysis": _("日分析"),
    "weekly": _("周调度"),
    "half-month": _("半月报告"),
    "monthly": _("月报"),
}
DOWN_TO = (("country", _("只公开全国的")), ("province", _("到省")), ("city", _("到市")), ("county", _("到县市区")))
SHOWN_AT = (("province", _("到省照常显示")), ("city", _("到市照常显示")), ("county", _("到县照常显示")))
Named = Sequence[tuple[str, str]]


class OrderedForm(Form):
    """A form in which indicators are chosen by the place that they shall have."""

    def __init__(self, *args: Any, indicators: Named, chosen: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.indicators = list(indicators)
        for code, title in indicators:
            self.fields[f"order_{code}"] = forms.IntegerField(
                label=title,
                required=False,
                min_value=1,
                max_value=999,
                initial=chosen.index(code) + 1 if code in chosen else None,
                widget=forms.NumberInput(attrs={"aria-label": _("“%(title)s”排第几") % {"title": title}}),
            )

    @property
    def orders(self) -> Iterator[tuple[str, forms.BoundField]]:
        """Each indicator with the control of its place."""
        for code, title in self.indicators:
            yield title, self[f"order_{code}"]

    @property
    def chosen(self) -> list[str]:
        """The indicators that have a place, in that order."""
        told = [(self.cleaned_data.get(f"order_{code}"), at, code) for at, (code, _title) in enumerate(self.indicators)]
        return [code for place, _at, code in sorted((item for item in told if item[0]), key=lambda item: item[:2])]

    def clean(self) -> dict[str, Any]:
        """At least one has a place, unless the part goes."""
        told = super().clean() or {}
        if not told.get("drop") and not any(told.get(f"order_{code}") for code, _title in self.indicators):
            self.add_error(None, _("请至少给一个指标写上排第几。"))
        return told


class BriefForm(OrderedForm):
    """A kind of brief: its head, its words, and the figures that it tells."""

    title = forms.CharField(label=_("标题"), max_length=120)
    mark = forms.CharField(label=_("红头"), max_length=60)
    series = forms.CharField(label=_("期号的系列名"), max_length=60)
    addressee = forms.CharField(label=_("主送"), required=False, max_length=120)
    signatory = forms.CharField(label=_("落款"), required=False, max_length=120)
    opening = forms.CharField(
        label=_("开头的话"), required=False, max_length=1000, widget=forms.Textarea(attrs={"rows": "3"})
    )
    breakdown = forms.ChoiceField(label=_("哪个指标逐个地区列表"), required=False)
    notes = forms.CharField(
        label=_("附注"), required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": "4"}),
        help_text=_("一行一条"),
    )  # fmt: skip
    most_entries = forms.IntegerField(
        label=_("工作纪实每一类最多引几条"), required=False, min_value=0, max_value=50, initial=MOST_ENTRIES
    )
    drop = forms.BooleanField(label=_("不要这种简报"), required=False)

    def __init__(self, *args: Any, indicators: Named, **kwargs: Any) -> None:
        super().__init__(*args, indicators=indicators, **kwargs)
        named = [("", _("不列")), *indicators]
        self.fields["breakdown"].choices = named  # type: ignore[attr-defined]  # it is a ChoiceField


class PublishingForm(OrderedForm):
    """What everybody may see: figures in their order, how far down, rows column by column."""

    down_to = forms.ChoiceField(label=_("公开到哪一级"), choices=DOWN_TO)
    since = forms.DateField(label=_("从哪一天的数起公开"), required=False, widget=forms.DateInput)
    brief = forms.ChoiceField(label=_("随页面公开哪种简报"), required=False)
    ratings = forms.BooleanField(label=_("请群众评分"), required=False)
    minimum = forms.IntegerField(
        label=_("小数保护：小于几不显示"), required=False, min_value=2,
        help_text=_("数人的指标，人少到可能认出是谁的不显示；不填就不用"),
    )  # fmt: skip
    guarded = forms.MultipleChoiceField(
        label=_("哪些指标用小数保护"), required=False, widget=forms.CheckboxSelectMultiple
    )
    shown_at = forms.ChoiceField(label=_("小数保护到哪一级为止"), choices=SHOWN_AT, initial="city", required=False)
    guarded_verified = forms.BooleanField(label=_("小数保护有文件依据"), required=False)
    items = forms.ChoiceField(
        label=_("办事指南取自哪张事项台账"), required=False, help_text=_("一项一行，公众随时可查；不选就没有办事指南")
    )
    materials = forms.ChoiceField(label=_("材料清单取自哪张台账"), required=False)
    drop = forms.BooleanField(label=_("什么都不公开"), required=False)

    def __init__(
        self,
        *args: Any,
        indicators: Named,
        briefs: Named,
        tables: Sequence[tuple[str, str, Named]],
        rows: Mapping[str, Sequence[str]],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, indicators=indicators, **kwargs)
        self.fields["brief"].choices = [("", _("不公开简报")), *briefs]  # type: ignore[attr-defined]  # it is a ChoiceField
        self.fields["guarded"].choices = indicators  # type: ignore[attr-defined]  # it is a ChoiceField
        self.tables = [name for name, _title, _columns in tables]
        named = [("", _("没有")), *((name, title) for name, title, _columns in tables)]
        for name in ("items", "materials"):
            self.fields[name].choices = named  # type: ignore[attr-defined]  # each is a ChoiceField
        for name, title, columns in tables:
            self.fields[f"rows_{name}"] = forms.MultipleChoiceField(
                label=_("《%(title)s》逐行公开哪几列") % {"title": title},
                required=False,
                choices=columns,
                initial=list(rows.get(name) or ()),
                widget=forms.CheckboxSelectMultiple,
            )

    @property
    def row_lists(self) -> Iterator[forms.BoundField]:
        """Of each table the columns that may be seen row by row."""
        for name in self.tables:
            yield self[f"rows_{name}"]

    @property
    def rows(self) -> dict[str, list[str]]:
        """Table → columns that are public."""
        told = {name: list(self.cleaned_data.get(f"rows_{name}") or ()) for name in self.tables}
        return {name: columns for name, columns in told.items() if columns}

    def clean(self) -> dict[str, Any]:
        """Guarding small numbers says of which indicators and below what."""
        told = super().clean() or {}
        if told.get("minimum") and not told.get("guarded"):
            self.add_error("guarded", _("请选出数人的指标。"))
        if told.get("guarded") and not told.get("minimum") and "minimum" not in self.errors:
            self.add_error("minimum", _("请写明小于几不显示。"))
        if told.get("materials") and not told.get("items"):
            self.add_error("items", _("有材料清单，就要有事项台账。"))
        return told
