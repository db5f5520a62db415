"""Forms of the editor for how a programme's figures are checked by sample, and when they are doubted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from shishi.core.gaming import USUAL
from shishi.core.verification import PROPOSED
from shishi.web.design.forms import Form

Named = Sequence[tuple[str, str]]
BOX = forms.CheckboxSelectMultiple
PATTERNS = ("copied_rows", "never_falls", "digit_rows", "voices", "complaints")
"""What is looked at or not: an empty number is *not*."""
BOUNDS = ("chance", "voice_average", "complaint_days")
SAMPLED = ("confidence", "margin", "minimum")


class SamplingForm(Form):
    """How sure a sample has to be, and for what reasons a row is found not to be as reported."""

    confidence = forms.DecimalField(
        label=_("置信水平（%）"), min_value=50, max_value=100, help_text=_("95 是说：一百次抽样有九十五次说得对")
    )
    margin = forms.DecimalField(label=_("误差范围（正负几个百分点）"), min_value=0, max_value=50)
    minimum = forms.IntegerField(label=_("每个单位至少抽几行"), min_value=0, max_value=1000)
    reasons = forms.CharField(
        label=_("不属实的原因"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": "5"}),
        help_text=_("一行一个；要定代码的写成“代码=名称”。不写就用平台的"),
    )
    verified = forms.BooleanField(label=_("这些要求有文件依据"), required=False)
    drop = forms.BooleanField(label=_("不另定，用平台的建议值"), required=False)

    def __init__(self, *args: Any, new: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if new:
            del self.fields["drop"]

    def clean(self) -> dict[str, Any]:
        """People write percents, files shares."""
        told = super().clean() or {}
        for name in ("confidence", "margin"):
            if name in told and told[name] is not None:
                told[name] = told[name] / 100
        return told


class GamingForm(Form):
    """From when on a pattern is shown to a person. An empty number: it is not looked at."""

    copied_rows = forms.IntegerField(
        label=_("一个单位有几行只有编号不同"), required=False, min_value=2, help_text=_("不填就不看")
    )
    never_falls = forms.IntegerField(
        label=_("应当有增有减的数，连续几次没有减少"), required=False, min_value=4, max_value=60
    )
    digit_rows = forms.IntegerField(label=_("至少有几个数才比对数字分布"), required=False, min_value=100)
    chance = forms.DecimalField(
        label=_("纯属碰巧的机会小于多少才提出"), required=False, min_value=0, max_digits=12,
        help_text=_("各单位合计，如 0.001；不填用平台的"),
    )  # fmt: skip
    digit_fields = forms.MultipleChoiceField(
        label=_("比对末位数字的列"), required=False, widget=BOX, help_text=_("不选就是各合计指标所加的列")
    )
    benford_fields = forms.MultipleChoiceField(
        label=_("比对首位数字规律的列"), required=False, widget=BOX, help_text=_("数要跨三个数量级")
    )
    voices = forms.IntegerField(label=_("一地至少几人评分才与进度比对"), required=False, min_value=5)
    voice_average = forms.DecimalField(label=_("评分平均低于多少算相反"), required=False, min_value=0, max_value=5)
    complaints = forms.IntegerField(label=_("一地最近有几件投诉举报才与进度比对"), required=False, min_value=2)
    complaint_days = forms.IntegerField(label=_("看最近多少天的"), required=False, min_value=7, max_value=366)
    verified = forms.BooleanField(label=_("这些要求有文件依据"), required=False)
    drop = forms.BooleanField(label=_("不另定，用平台的建议值"), required=False)

    def __init__(self, *args: Any, numbers: Named, new: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if new:
            del self.fields["drop"]
        for name in ("digit_fields", "benford_fields"):
            self.fields[name].choices = numbers  # type: ignore[attr-defined]  # it is a ChoiceField
        for name in BOUNDS:
            self.fields[name].help_text = self.fields[name].help_text or _("不填用平台的：%(usual)s") % {
                "usual": getattr(USUAL, name)
            }

    @property
    def told(self) -> dict[str, Any]:
        """As a file has it; ``None`` for what is not looked at."""
        said = self.cleaned_data
        found: dict[str, Any] = {name: said[name] for name in PATTERNS}
        found |= {name: said[name] for name in BOUNDS if said[name] is not None}
        return found | {"verified": said["verified"]}


def usual_sampling() -> dict[str, str]:
    """What the platform proposes, as the form shows it."""
    return {
        "confidence": percent(PROPOSED.confidence),
        "margin": percent(PROPOSED.margin),
        "minimum": str(PROPOSED.minimum),
    }


def percent(share: Any) -> str:
    """``0.950`` as ``95``."""
    return f"{(share * 100).normalize():f}"
