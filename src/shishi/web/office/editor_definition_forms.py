"""Forms of the editor for what a programme counts, promises and follows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from shishi.core.indicators import Qualifier
from shishi.packs.condition_editing import Columns
from shishi.web.design.forms import Form
from shishi.web.office.editor_conditions import ConditionedForm

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


SCALES = (("", _("不换")), ("万", _("万")), ("亿", _("亿")))
QUALIFIERS = tuple((item.value, item.value or _("不加")) for item in Qualifier)
PRINTED = ("in", "digits", "qualifier", "grouped")


class PrintedForm(Form):
    """A form with how a number stands in official papers: 4.73万, 2.12万余, 近3万."""

    printed_in = forms.ChoiceField(label=_("公文里换成"), required=False, choices=SCALES)
    printed_digits = forms.IntegerField(
        label=_("公文里几位小数"), required=False, min_value=-8, max_value=6, help_text=_("-3 是只写到千")
    )
    printed_qualifier = forms.ChoiceField(label=_("加上"), required=False, choices=QUALIFIERS)
    printed_grouped = forms.BooleanField(label=_("公文里用逗号分节"), required=False)

    @property
    def printed(self) -> dict[str, Any]:
        """As a file has it."""
        told = {part: self.cleaned_data.get(f"printed_{part}") for part in PRINTED}
        return {part: item for part, item in told.items() if item is not None and item != ""}


def printed_initial(told: Mapping[str, Any] | None) -> dict[str, object]:
    """The controls of :class:`PrintedForm` as the file fills them."""
    found: dict[str, object] = {
        f"printed_{part}": str(item) for part, item in (told or {}).items() if part != "grouped"
    }
    return found | {"printed_grouped": str((told or {}).get("grouped")) in ("True", "true")}


class IndicatorForm(PrintedForm, ConditionedForm):
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
    assured_group = forms.ChoiceField(
        label=_("按哪一组列算“佐证的”“核实的”"), required=False, help_text=_("不选就不分填报、佐证、核实")
    )
    own_counts = forms.BooleanField(label=_("上级也自报时，以上级自报的数为准"), required=False)
    basis_note = forms.CharField(label=_("口径说明"), required=False, max_length=300)
    drop = forms.BooleanField(label=_("删去这个指标（连同它的目标和序时进度）"), required=False)

    def __init__(
        self,
        *args: Any,
        tables: Sequence[tuple[str, str]],
        columns: Columns,
        indicators: Sequence[tuple[str, str]],
        groups: Sequence[tuple[str, str]],
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
            "assured_group": [nothing, *groups],
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


class TargetForm(PrintedForm):
    """What is promised of an indicator, division by division, and by when."""

    document = forms.CharField(label=_("哪份文件定的"), required=False, max_length=200)
    verified = forms.BooleanField(label=_("已经对照文件核实"), required=False)
    values = forms.CharField(
        label=_("各地的目标"),
        required=False,
        widget=forms.Textarea(attrs={"rows": "8"}),
        help_text=_("一行一个区划和一个数，如“341802 120”或“宣州区 120”；分项之和要等于总数。清空就是不设目标。"),
    )
    difference = forms.CharField(
        label=_("分项和总数对不上的，差多少、为什么"),
        required=False,
        widget=forms.Textarea(attrs={"rows": "2"}),
        help_text=_("一行一个：上级区划、总数减分项之和、原因，如“341800 3 市本级另有 3 个”；对得上就不写"),
    )
    own_print = forms.BooleanField(label=_("目标在公文里另有写法（如“1000块以上”）"), required=False)
    shape = forms.ChoiceField(label=_("序时进度的形状"), choices=SHAPES)
    points = forms.CharField(
        label=_("序时进度"),
        required=False,
        widget=forms.Textarea(attrs={"rows": "4"}),
        help_text=_("一行一个日期和到那天应完成的百分数，如“2021-12-31 100%”；不写就不比进度。"),
    )
    start = forms.DecimalField(label=_("起点的数"), required=False, initial=0)
    source = forms.CharField(label=_("序时进度的出处"), required=False, max_length=200)
    path_verified = forms.BooleanField(label=_("序时进度已经对照文件核实"), required=False)

    def clean(self) -> dict[str, Any]:
        """A number needs the paper that it stands in."""
        told = super().clean() or {}
        if told.get("values") and not told.get("document"):
            self.add_error("document", _("目标要写明出自哪份文件。"))
        return told
