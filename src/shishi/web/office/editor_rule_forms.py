"""Forms of the editor for what has to agree: checks within a row, quality rules between figures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from shishi.core.rules import Relation
from shishi.core.tables import CheckKind
from shishi.packs.programme_building import EARLIER
from shishi.web.design.forms import Form
from shishi.web.office.editor_conditions import ConditionedForm

CODE = r"^[a-z][a-z0-9_]{0,59}$"
CODE_WORDS = _("代码用小写字母开头，只含小写字母、数字和下划线。")
KINDS = (
    (CheckKind.ERROR.value, _("不通过就不收")),
    (CheckKind.QUERY.value, _("不通过要写明情况，写明了可以收")),
)
RELATIONS = (
    (Relation.AT_MOST.value, _("不多于")),
    (Relation.AT_LEAST.value, _("不少于")),
    (Relation.EQUALS.value, _("等于")),
)


class CheckForm(ConditionedForm):
    """A check within one row: what has to be met, how strictly, and what is said to who fills it in."""

    message = forms.CharField(label=_("不符合时怎么说"), max_length=200, help_text=_("说给填报人听：哪里不对、怎么改"))
    kind = forms.ChoiceField(label=_("多严"), choices=KINDS)
    code = forms.RegexField(
        CODE, label=_("代码"), required=False, error_messages={"invalid": CODE_WORDS},
        help_text=_("小写字母、数字、下划线；不写就给一个"),
    )  # fmt: skip
    drop = forms.BooleanField(label=_("删去这条核对规则"), required=False)

    def __init__(self, *args: Any, new: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if new:
            del self.fields["drop"]
        else:
            self.fields["code"].disabled = True


class RuleForm(Form):
    """A quality rule: how a division's figures stand to each other, or to what was reported before."""

    compare = forms.ChoiceField(label=_("哪个指标"))
    relation = forms.ChoiceField(label=_("应当"), choices=RELATIONS)
    to = forms.MultipleChoiceField(
        label=_("和谁比"), widget=forms.CheckboxSelectMultiple, help_text=_("选几个，就和它们的和比")
    )
    message = forms.CharField(label=_("不符合时怎么说"), max_length=200, help_text=_("列为“数据矛盾”，请填报人核实"))
    code = forms.RegexField(
        CODE, label=_("代码"), required=False, error_messages={"invalid": CODE_WORDS},
        help_text=_("小写字母、数字、下划线；不写就给一个"),
    )  # fmt: skip
    drop = forms.BooleanField(label=_("删去这条质量规则"), required=False)

    def __init__(self, *args: Any, indicators: Sequence[tuple[str, str]], new: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["compare"].choices = indicators  # type: ignore[attr-defined]  # it is a ChoiceField
        others = [(EARLIER, _("上一次报的同一个数")), *indicators]
        self.fields["to"].choices = others  # type: ignore[attr-defined]  # it is a ChoiceField
        if new:
            del self.fields["drop"]
        else:
            self.fields["code"].disabled = True

    def clean(self) -> dict[str, Any]:
        """A figure is compared with others, or with its own past: not with itself, and not with both at once."""
        told = super().clean() or {}
        others = told.get("to") or []
        if EARLIER in others and len(others) > 1:
            self.add_error("to", _("“上一次报的同一个数”要单独选。"))
        if told.get("compare") in others:
            self.add_error("to", _("一个指标不能和它自己比；要和上一次比，选“上一次报的同一个数”。"))
        return told
