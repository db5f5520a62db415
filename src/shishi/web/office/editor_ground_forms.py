"""Forms of the editor for the papers that a programme stands on, who has a part in it, and its work record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from shishi.core.programmes import Part
from shishi.core.provenance import Trust
from shishi.web.office.editor_forms import LEVELS, TYPES
from shishi.web.office.editor_lines import LinesForm
from shishi.web.office.editor_rule_forms import CODE, CODE_WORDS

TRUST = {
    Trust.GIVEN: _("原文"),
    Trust.LAW: _("法规"),
    Trust.STANDARD: _("标准"),
    Trust.OFFICIAL: _("公开网页、文件"),
    Trust.PRESS: _("报道"),
    Trust.COMPUTED: _("推算"),
    Trust.DESIGN: _("设计建议"),
    Trust.DEMONSTRATION: _("演示"),
}
PARTS = {
    Part.LEAD: _("牵头"),
    Part.ASSISTING: _("配合"),
    Part.SUPERVISING: _("督办"),
    Part.ANSWERING: _("领办"),
}


class SourcesForm(LinesForm):
    """The papers, pages and reports that a programme stands on."""

    word = _("来源")

    def controls(self, told: Mapping[str, Any]) -> dict[str, forms.Field]:
        """One source."""
        return {
            "title": forms.CharField(label=_("标题"), max_length=300, help_text=_("清空就删去这一条")),
            "trust": forms.ChoiceField(label=_("可信程度"), choices=[(k.value, title) for k, title in TRUST.items()]),
            "published": forms.DateField(label=_("发布日期"), widget=forms.DateInput),
            "supports": forms.CharField(label=_("哪些内容以它为据"), max_length=500),
            "verified": forms.BooleanField(label=_("已经对照原文核实")),
        }


class DutiesForm(LinesForm):
    """Who has what part in a programme."""

    word = _("单位")

    def controls(self, told: Mapping[str, Any]) -> dict[str, forms.Field]:
        """One body with its part."""
        every = [("", _("就这一个")), *((level, _("每个%(level)s一个") % {"level": word}) for level, word in LEVELS)]
        return {
            "title": forms.CharField(
                label=_("单位名称"), max_length=120, help_text=_("清空就删去这一条；每地一个的，用 {name} 代替地名")
            ),
            "part": forms.ChoiceField(label=_("担任"), choices=[(k.value, title) for k, title in PARTS.items()]),
            "division": forms.CharField(label=_("所在行政区划"), max_length=20),
            "each": forms.ChoiceField(label=_("几个"), choices=every),
            "leader": forms.CharField(label=_("责任领导"), max_length=60),
        }


class RecordForm(LinesForm):
    """What a programme adds to the work record that the platform gives."""

    word = _("列")
    kept = forms.BooleanField(label=_("这个项目有工作纪实"), required=False)

    def controls(self, told: Mapping[str, Any]) -> dict[str, forms.Field]:
        """One column more."""
        return {
            "title": forms.CharField(label=_("列名"), max_length=60, help_text=_("清空就删去这一列")),
            "name": forms.RegexField(CODE, label=_("代码"), error_messages={"invalid": CODE_WORDS}),
            "type": forms.ChoiceField(label=_("类型"), choices=TYPES),
            "unit": forms.CharField(label=_("单位"), max_length=20),
            "values": forms.CharField(label=_("选项，从低到高，用顿号隔开"), max_length=2000),
            "required": forms.BooleanField(label=_("必填")),
        }
