"""Forms of the editor for what a programme counts, promises and follows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from shishi.core.definition_changes import RUNGS
from shishi.core.evidence_plans import DutyReason, Side
from shishi.packs.condition_editing import Columns
from shishi.web.design.forms import Form
from shishi.web.office.editor_conditions import ConditionedForm
from shishi.web.office.editor_forms import CADENCES

MEASURES = (
    ("count", _("数行")),
    ("sum", _("加总一列")),
    ("distinct", _("数一列里不同的值")),
    ("ratio", _("两个指标相除")),
    ("reported", _("各地自报的数")),
    ("reports", _("报送情况")),
)
DIRECTIONS = (("up", _("越高越好")), ("down", _("越低越好")), ("hold", _("不分高低")))
SPANS = (("stock", _("截至当天的存量")), ("running", _("自某日以来累计")), ("flow", _("本期发生")))
SHAPES = (("linear", _("匀速")), ("stepped", _("阶梯")), ("milestone", _("按节点")))


class IndicatorForm(ConditionedForm):
    """One indicator, with the condition that its rows meet."""

    code = forms.RegexField(
        r"^[a-z][a-z0-9_]{0,59}$",
        label=_("代码"),
        error_messages={"invalid": _("代码用小写字母开头，只含小写字母、数字和下划线。")},
        help_text=_("小写字母、数字、下划线；安装以后不能改"),
    )
    title = forms.CharField(label=_("名称"), max_length=60)
    measure = forms.ChoiceField(label=_("算法"), choices=MEASURES)
    table = forms.ChoiceField(label=_("台账"), required=False)
    field = forms.ChoiceField(label=_("哪一列"), required=False, help_text=_("加总、去重、自报时选"))
    numerator = forms.ChoiceField(label=_("分子"), required=False, help_text=_("相除时选"))
    denominator = forms.ChoiceField(label=_("分母"), required=False)
    unit = forms.CharField(label=_("单位"), max_length=20)
    scale = forms.IntegerField(label=_("小数位数"), required=False, min_value=0, max_value=8)
    direction = forms.ChoiceField(label=_("方向"), choices=DIRECTIONS)
    span = forms.ChoiceField(label=_("时段"), choices=SPANS)
    by = forms.ChoiceField(label=_("按哪个日期"), required=False, help_text=_("累计、本期发生时选"))
    since = forms.DateField(label=_("从哪天起累计"), required=False, widget=forms.DateInput)
    headline = forms.BooleanField(label=_("主要指标，放在项目页上方"), required=False)
    basis_note = forms.CharField(label=_("口径说明"), required=False, max_length=300)
    drop = forms.BooleanField(label=_("删去这个指标（连同它的目标和序时进度）"), required=False)

    def __init__(
        self,
        *args: Any,
        tables: Sequence[tuple[str, str]],
        columns: Columns,
        indicators: Sequence[tuple[str, str]],
        new: bool,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, columns=columns, **kwargs)
        if self.is_bound:
            self.over = str(self.data.get("table", ""))
        nothing = ("", "—")
        named = [(name, f"{told['table_title']} · {told.get('title', name)}") for name, told in columns.items()]
        days = [pair for pair in named if columns[pair[0]].get("type") in ("date", "day_time")]
        choices = {
            "table": [nothing, *tables],
            "field": [nothing, *named, *((f"reports.{code}", title) for code, title in REPORTS)],
            "numerator": [nothing, *indicators],
            "denominator": [nothing, *indicators],
            "by": [nothing, *days],
        }
        for name, found in choices.items():
            self.fields[name].choices = found  # type: ignore[attr-defined]  # each is a ChoiceField
        if new:
            del self.fields["drop"]
        else:
            self.fields["code"].disabled = True

    def clean(self) -> dict[str, Any]:
        """What each way of counting needs is chosen, from the same table."""
        told = super().clean() or {}
        measure = told.get("measure")
        needs = {
            "ratio": ("numerator", "denominator"), "count": ("table",), "sum": ("table", "field"),
            "distinct": ("table", "field"), "reported": ("table", "field"), "reports": ("table", "field"),
        }.get(str(measure), ())  # fmt: skip
        for name in needs:
            if not told.get(name) and name not in self.errors:
                self.add_error(name, _("这种算法要选这一项。"))
        places = [(name, str(told.get(name) or "")) for name in ("field", "by")]
        for name, chosen in places:
            table = chosen.rpartition(".")[0]
            if chosen and table not in (told.get("table"), "reports"):
                self.add_error(name, _("请选这个指标所在台账的列。"))
        return told


REPORTS = (
    ("due", _("应报个数")),
    ("received", _("已报个数")),
    ("on_time", _("按时个数")),
    ("accepted", _("已接收个数")),
)


class TargetForm(Form):
    """What is promised of an indicator, division by division, and by when."""

    document = forms.CharField(label=_("哪份文件定的"), required=False, max_length=200)
    verified = forms.BooleanField(label=_("已经对照文件核实"), required=False)
    values = forms.CharField(
        label=_("各地的目标"),
        required=False,
        widget=forms.Textarea(attrs={"rows": "8"}),
        help_text=_("一行一个区划和一个数，如“341802 120”或“宣州区 120”；分项之和要等于总数。清空就是不设目标。"),
    )
    shape = forms.ChoiceField(label=_("序时进度的形状"), choices=SHAPES)
    points = forms.CharField(
        label=_("序时进度"),
        required=False,
        widget=forms.Textarea(attrs={"rows": "4"}),
        help_text=_("一行一个日期和到那天应完成的百分数，如“2021-12-31 100%”；不写就不比进度。"),
    )
    start = forms.DecimalField(label=_("起点的数"), required=False, initial=0)
    source = forms.CharField(label=_("序时进度的出处"), required=False, max_length=200)

    def clean(self) -> dict[str, Any]:
        """A number needs the paper that it stands in."""
        told = super().clean() or {}
        if told.get("values") and not told.get("document"):
            self.add_error("document", _("目标要写明出自哪份文件。"))
        return told


class EvidenceForm(ConditionedForm):
    """What has to prove some columns, and with what right photos are asked for."""

    columns = forms.MultipleChoiceField(
        label=_("哪几列要佐证"), widget=forms.CheckboxSelectMultiple, help_text=_("改了这几列，就要重新佐证")
    )
    because = forms.CharField(label=_("为什么要，说给填报人听"), max_length=200)
    reason = forms.ChoiceField(
        label=_("凭什么要照片"),
        required=False,
        choices=[("", _("不要照片")), *((item.value, _(item.label)) for item in DutyReason)],
        help_text=_("国办函〔2026〕12号：只有安全、应急、资金拨付可以要求上传照片"),
    )
    documents = forms.IntegerField(label=_("几份文件（PDF）"), required=False, min_value=0, max_value=50)
    drop = forms.BooleanField(label=_("不再要求佐证"), required=False)

    def __init__(self, *args: Any, named: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["columns"].choices = named  # type: ignore[attr-defined]  # it is a ChoiceField
        for side in Side:
            self.fields[f"photos_{side.value}"] = forms.IntegerField(
                label=_("照片：%(side)s几张") % {"side": _(side.label)}, required=False, min_value=0, max_value=50
            )
        self.order_fields(
            ["columns", "because", "reason", *(f"photos_{side.value}" for side in Side), "documents", "drop"]
        )

    @property
    def photo_controls(self) -> Iterator[forms.BoundField]:
        """How many of each side, as controls."""
        for side in Side:
            yield self[f"photos_{side.value}"]

    @property
    def photos(self) -> dict[str, int]:
        """How many of each side."""
        counted = {side.value: self.cleaned_data.get(f"photos_{side.value}") or 0 for side in Side}
        return {side: many for side, many in counted.items() if many}


THRESHOLDS = ("behind_points", "behind_days", "round_number", "last_day_times", "last_day_at_least")
WATCHED = ("falling", "over_whole", "parts_differ")


class RhythmForm(Form):
    """How often each table is due, what follows who is behind, and from when on somebody is."""

    behind_points = forms.DecimalField(
        label=_("落后几个百分点算问题"), required=False, min_value=0, help_text=_("比序时进度；不填就不看")
    )
    behind_days = forms.IntegerField(label=_("落后几天算问题"), required=False, min_value=0)
    round_number = forms.IntegerField(
        label=_("几的整倍数算“过于整齐”"), required=False, min_value=2, help_text=_("不填就不看")
    )
    last_day_times = forms.DecimalField(
        label=_("最后一天报的是平日的几倍算突击"), required=False, min_value=1, help_text=_("不填就不看")
    )
    last_day_at_least = forms.DecimalField(label=_("至少多少才看突击"), required=False, min_value=0)
    falling = forms.BooleanField(label=_("累计数变少算问题"), required=False)
    over_whole = forms.BooleanField(label=_("部分多于全部算问题"), required=False)
    parts_differ = forms.BooleanField(label=_("自报数与分项之和不符算问题"), required=False)

    def __init__(self, *args: Any, tables: Sequence[tuple[str, str]], tree: Mapping[str, Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.tables = [name for name, _title in tables]
        for name, title in tables:
            told = (tree.get("cadences") or {}).get(name) or {}
            self.fields[f"cadence_{name}"] = forms.ChoiceField(
                label=_("《%(title)s》多久报一次") % {"title": title},
                choices=[("", _("不按期报")), *CADENCES],
                required=False,
                initial=str(told.get("kind", "")),
            )
            self.fields[f"cut_off_{name}"] = forms.TimeField(
                label=_("截止时刻"),
                required=False,
                initial=str(told.get("cut_off", "18:00")),
                widget=forms.TextInput(attrs={"inputmode": "numeric"}),
            )
        for rung, title in RUNGS.items():
            told = (tree.get("ladder") or {}).get(rung)
            held = told or {}
            self.fields[f"use_{rung}"] = forms.BooleanField(
                label=_("发%(rung)s") % {"rung": title}, required=False, initial=told is not None
            )
            self.fields[f"within_{rung}"] = forms.IntegerField(
                label=_("几个工作日内回复"), required=False, min_value=0, max_value=250,
                initial=str(held.get("reply_within", "")),
            )  # fmt: skip
            self.fields[f"after_{rung}"] = forms.IntegerField(
                label=_("问题连续几天后发"), required=False, min_value=0, initial=str(held.get("after_days", ""))
            )
            self.fields[f"asks_{rung}"] = forms.CharField(
                label=_("要求"), required=False, max_length=300, initial=held.get("requirement", "")
            )
        thresholds = tree.get("thresholds") or {}
        usual = {"behind_points": "5", "round_number": "1000", "last_day_times": "5", "last_day_at_least": "100"}
        for name in THRESHOLDS:
            self.fields[name].initial = thresholds.get(name, usual.get(name))
        for name in WATCHED:
            self.fields[name].initial = str(thresholds.get(name, "true")) in ("True", "true")

    @property
    def dues(self) -> Iterator[tuple[forms.BoundField, forms.BoundField]]:
        """Of each table how often, and until what hour."""
        for name in self.tables:
            yield self[f"cadence_{name}"], self[f"cut_off_{name}"]

    @property
    def rungs(self) -> Iterator[tuple[forms.BoundField, ...]]:
        """The rungs from below."""
        for rung in RUNGS:
            yield tuple(self[f"{part}_{rung}"] for part in ("use", "within", "after", "asks"))

    @property
    def thresholds(self) -> dict[str, Any]:
        """As the file has them; ``None`` for what is not looked at."""
        told = {name: self.cleaned_data[name] for name in (*THRESHOLDS, *WATCHED)}
        if told["last_day_at_least"] is None:
            del told["last_day_at_least"]
        return told

    @property
    def watched(self) -> Iterator[forms.BoundField]:
        """What is looked at or not."""
        for name in WATCHED:
            yield self[name]

    @property
    def cadences(self) -> dict[str, dict[str, Any]]:
        """As the file has them."""
        told = self.cleaned_data
        return {
            name: {"kind": told[f"cadence_{name}"]}
            | ({"cut_off": f"{told[f'cut_off_{name}']:%H:%M}"} if told.get(f"cut_off_{name}") else {})
            for name in self.tables
            if told.get(f"cadence_{name}")
        }

    @property
    def ladder(self) -> dict[str, dict[str, Any]]:
        """As the file has it."""
        told = self.cleaned_data
        return {
            rung: {
                "reply_within": told.get(f"within_{rung}") or 0,
                "after_days": told.get(f"after_{rung}") or 0,
                "requirement": told.get(f"asks_{rung}") or "",
            }
            for rung in RUNGS
            if told.get(f"use_{rung}")
        }

    def clean(self) -> dict[str, Any]:
        """A rung that is used says by when it wants its answer."""
        told = super().clean() or {}
        for rung in RUNGS:
            if told.get(f"use_{rung}") and told.get(f"within_{rung}") is None and f"within_{rung}" not in self.errors:
                self.add_error(f"within_{rung}", _("请写明几个工作日内回复。"))
        return told


class WordsForm(Form):
    """The reasons that who is behind may give, and the choices that several tables share."""

    reasons = forms.CharField(
        label=_("落后、未报可以选的原因"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": "6"}),
        help_text=_("一行一个；要定代码的写成“代码=名称”"),
    )
    new_name = forms.RegexField(
        r"^[a-z][a-z0-9_]{0,59}$",
        label=_("再添一组选项：代码"),
        required=False,
        error_messages={"invalid": _("代码用小写字母开头，只含小写字母、数字和下划线。")},
    )
    new_values = forms.CharField(
        label=_("这一组的选项"), required=False, max_length=8000, widget=forms.Textarea(attrs={"rows": "4"})
    )

    def __init__(self, *args: Any, lists: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lists = list(lists)
        for name, told in lists.items():
            self.fields[f"list_{name}"] = forms.CharField(
                label=_("共用的选项 %(name)s") % {"name": name},
                required=False,
                max_length=8000,
                initial=told,
                widget=forms.Textarea(attrs={"rows": "5"}),
                help_text=_("从低到高，一行一个；清空就删去这一组"),
            )
        self.order_fields(["reasons", *(f"list_{name}" for name in lists), "new_name", "new_values"])

    @property
    def told(self) -> dict[str, str]:
        """Each list as it was written."""
        found = {name: str(self.cleaned_data.get(f"list_{name}") or "") for name in self.lists}
        if self.cleaned_data.get("new_name") and self.cleaned_data.get("new_values"):
            found[self.cleaned_data["new_name"]] = self.cleaned_data["new_values"]
        return {name: text for name, text in found.items() if text.strip()}
