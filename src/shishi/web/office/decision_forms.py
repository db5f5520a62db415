"""Forms of joint decisions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from shishi.core.joint_decisions import Stand
from shishi.web.design.forms import Form, UploadField

PROOF = (".pdf", ".jpg", ".jpeg", ".png")


class NewForm(Form):
    """What is asked of whom."""

    programme = forms.ChoiceField(label=_("项目"))
    title = forms.CharField(label=_("小区和楼栋单元"), max_length=120)
    division = forms.CharField(label=_("所在区划"), max_length=40, help_text=_("名称或代码，填到社区"))
    question = forms.CharField(label=_("表决事项"), max_length=2000, widget=forms.Textarea(attrs={"rows": "3"}))
    notice_days = forms.IntegerField(label=_("公示和征求意见至少几天"), min_value=0, max_value=365, initial=15)

    def __init__(self, *args: Any, programmes: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["programme"].choices = programmes  # type: ignore[attr-defined]  # it is a ChoiceField


class RegisterForm(Form):
    """The homes, one on each line."""

    text = forms.CharField(
        label=_("一行一户"),
        max_length=40_000,
        widget=forms.Textarea(attrs={"rows": "14", "class": "code"}),
        help_text=_(
            "房号 楼层 面积 业主，如“301 3 90.00 张三、李四 代表=张三”；后面可写 未售、已故、不明。同名的写成 张伟#1、张伟#2。"
        ),
    )


class TermsForm(Form):
    """What it costs, and how it is shared."""

    cost = forms.DecimalField(label=_("总费用（元）"), min_value=0, decimal_places=2, max_digits=14)
    subsidy = forms.DecimalField(
        label=_("财政补助（元）"), required=False, min_value=0, decimal_places=2, max_digits=14
    )
    investment = forms.DecimalField(
        label=_("社会投资（元）"), required=False, min_value=0, decimal_places=2, max_digits=14
    )
    by_floor = forms.BooleanField(label=_("按约定的楼层系数分摊（不勾就按面积）"), required=False)
    first = forms.IntegerField(label=_("从第几层起出资"), required=False, min_value=1, max_value=99)
    base = forms.DecimalField(label=_("那一层的系数"), required=False, min_value=0, decimal_places=4, max_digits=8)
    step = forms.DecimalField(label=_("每高一层加多少"), required=False, decimal_places=4, max_digits=8)
    basis = forms.CharField(label=_("约定的出处"), required=False, max_length=200)

    def clean(self) -> dict[str, Any]:
        """Coefficients go together."""
        told = super().clean() or {}
        if told.get("by_floor"):
            for name in ("first", "base", "step"):
                if told.get(name) is None and name not in self.errors:
                    self.add_error(name, _("按楼层系数分摊，要填写这一项。"))
        return told

    @property
    def terms(self) -> dict[str, Any]:
        """As they are stored: amounts as texts."""
        told = self.cleaned_data
        found: dict[str, Any] = {name: f"{told[name] or 0:.2f}" for name in ("cost", "subsidy", "investment")}
        if told["by_floor"]:
            found |= {
                "by_floor": True,
                "first": told["first"],
                "base": f"{told['base']:f}",
                "step": f"{told['step']:f}",
            }
            found["basis"] = told["basis"]
        return found


class CodesForm(Form):
    """Until when the vote is open."""

    closes_on = forms.DateField(label=_("表决截止日期"), widget=forms.DateInput)


class BallotForm(Form):
    """A ballot on paper."""

    voter = forms.ChoiceField(label=_("谁"))
    stand = forms.ChoiceField(
        label=_("意见"), choices=[(item.value, _(item.label)) for item in Stand], widget=forms.RadioSelect
    )
    file = UploadField(
        label=_("签名的表决票"), endings=PROOF, most_bytes=10 * 2**20, required=False, help_text=_("照片或扫描件")
    )
    text = forms.CharField(label=_("票存放在哪里"), required=False, max_length=200)

    def __init__(self, *args: Any, voters: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["voter"].choices = voters  # type: ignore[attr-defined]  # it is a ChoiceField


class TransferForm(Form):
    """A home as it is from a day on."""

    line = forms.CharField(
        label=_("变更后的一户"), max_length=300, help_text=_("写法同名册：房号 楼层 面积 业主 代表=")
    )
    since = forms.DateField(label=_("从哪天起"), widget=forms.DateInput)
    reason = forms.CharField(label=_("依据"), max_length=300)


class ObjectionForm(Form):
    """What somebody objects to."""

    voter = forms.ChoiceField(label=_("谁提出"), required=False)
    text = forms.CharField(label=_("异议"), max_length=1000, widget=forms.Textarea(attrs={"rows": "4"}))

    def __init__(self, *args: Any, voters: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        named = [("", _("不是本单元业主")), *voters]
        self.fields["voter"].choices = named  # type: ignore[attr-defined]  # it is a ChoiceField


class MediationForm(Form):
    """What a mediation did."""

    objection = forms.ChoiceField(label=_("哪条异议"))
    text = forms.CharField(label=_("经过和结果"), max_length=1000, widget=forms.Textarea(attrs={"rows": "4"}))
    settled = forms.BooleanField(label=_("已调解好"), required=False)

    def __init__(self, *args: Any, objections: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["objection"].choices = objections  # type: ignore[attr-defined]  # it is a ChoiceField


class ReasonForm(Form):
    """Why."""

    reason = forms.CharField(label=_("理由"), max_length=1000, widget=forms.Textarea(attrs={"rows": "3"}))


class PlainForm(Form):
    """A step without words."""
