"""The form of the editor for what has to prove some columns of a table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from shishi.core.evidence_plans import DutyReason, Side
from shishi.web.office.editor_conditions import ConditionedForm
from shishi.web.office.editor_rule_forms import CODE, CODE_WORDS


class EvidenceForm(ConditionedForm):
    """Some columns that are proved and checked together, what has to prove them, and with what right photos are asked
    for. Without proof they are a group all the same: it can be verified."""

    columns = forms.MultipleChoiceField(
        label=_("哪几列一起佐证、核实"), widget=forms.CheckboxSelectMultiple, required=False,
        help_text=_("改了这几列，就要重新佐证、核实"),
    )  # fmt: skip
    code = forms.RegexField(
        CODE, label=_("这一组的代码"), required=False, error_messages={"invalid": CODE_WORDS},
        help_text=_("小写字母、数字、下划线；不写就给一个"),
    )  # fmt: skip
    because = forms.CharField(label=_("为什么要，说给填报人听"), required=False, max_length=200)
    reason = forms.ChoiceField(
        label=_("凭什么要照片"),
        required=False,
        choices=[("", _("不要照片")), *((item.value, _(item.label)) for item in DutyReason)],
        help_text=_("国办函〔2026〕12号：只有安全、应急、资金拨付可以要求上传照片"),
    )
    documents = forms.IntegerField(label=_("几份文件（PDF）"), required=False, min_value=0, max_value=50)
    place = forms.ChoiceField(
        label=_("登记地点在哪一列"), required=False, help_text=_("拍摄位置与它比；不选就不比距离")
    )
    within = forms.IntegerField(
        label=_("离登记地点多少米以内算在现场"), required=False, min_value=10, max_value=20000, initial=300
    )
    minutes = forms.IntegerField(
        label=_("拍摄凭证几分钟内传来指纹算即时"), required=False, min_value=1, max_value=120, initial=10
    )
    days = forms.IntegerField(
        label=_("拍摄凭证几天内有效（离线补传）"), required=False, min_value=1, max_value=60, initial=7
    )
    drop = forms.BooleanField(label=_("不要求佐证（这几列仍合为一组，可以核实）"), required=False)
    gone = forms.BooleanField(label=_("删去这一组"), required=False)

    def __init__(
        self,
        *args: Any,
        named: Sequence[tuple[str, str]],
        points: Sequence[tuple[str, str]],
        new: bool,
        asked: bool,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.asked = asked
        self.fields["columns"].choices = named  # type: ignore[attr-defined]  # it is a ChoiceField
        self.fields["place"].choices = [("", _("没有")), *points]  # type: ignore[attr-defined]  # it is a ChoiceField
        if new:
            del self.fields["gone"]
        else:
            del self.fields["code"]
        for side in Side:
            label = _("照片：%(side)s几张") % {"side": _(side.label)}
            self.ask({f"photos_{side.value}": forms.IntegerField(
                label=label, required=False, min_value=0, max_value=50)})  # fmt: skip

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

    def clean(self) -> dict[str, Any]:
        """A group has columns; what is asked for says why."""
        told = super().clean() or {}
        if told.get("gone"):
            return told
        if not told.get("columns") and "columns" not in self.errors:
            self.add_error("columns", _("请选择“%(label)s”。") % {"label": self.fields["columns"].label})
        wanted = told.get("because") or told.get("documents") or self.photos
        if told.get("drop") and wanted and not self.asked:
            self.add_error("drop", _("写了要什么佐证，又勾了不要求佐证。请去掉这个勾，或清空要什么。"))
        if not told.get("drop") and not told.get("because") and "because" not in self.errors:
            self.add_error("because", _("请填写“%(label)s”。") % {"label": self.fields["because"].label})
        return told
