"""Forms of the editor for a table as a whole: statements by period, approval, examples; and the work record."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from shishi.web.design.forms import Form
from shishi.web.office.editor_forms import LEVELS, TYPES

Named = Sequence[tuple[str, str]]
SPARE_GAPS = 2
ABOVE = (
    ("counted", _("审核后就计入上级，注明未审")),
    ("accepted", _("上级接收后才计入")),
)
BOX = forms.CheckboxSelectMultiple


class TableSettingsForm(Form):
    """How rows of a table come in: with a second person's approval, as statements by period, from an older table."""

    approval = forms.BooleanField(label=_("工作簿的改动要经第二个人审批才写入"), required=False)
    continues = forms.ChoiceField(
        label=_("接续哪张往年的台账"), required=False, help_text=_("同样的行、同样的经过；不选就从空的开始")
    )
    stated = forms.BooleanField(
        label=_("按期填报：一个区划一期一行，逐级审核、接收"), required=False,
        help_text=_("主键只能是行政区划和期末日期。多久报一次，在“报送与督办”里写"),
    )  # fmt: skip
    by = forms.ChoiceField(
        label=_("期末日期在哪一列"), required=False, help_text=_("不选就是“自开展以来”，一个区划一行")
    )
    review = forms.BooleanField(label=_("提交后由本区划的第二个人审核"), required=False)
    accepted_by = forms.MultipleChoiceField(
        label=_("上面哪几级逐级接收"), required=False, widget=BOX, choices=(("country", _("国家")), *LEVELS)
    )
    above = forms.ChoiceField(label=_("几时计入上级"), required=False, choices=ABOVE)
    grace_hours = forms.IntegerField(
        label=_("截止后再过几小时锁定"), required=False, min_value=0, max_value=8784, help_text=_("不写就不锁定")
    )
    never_fall = forms.MultipleChoiceField(label=_("累计数，不能比前一期少"), required=False, widget=BOX)
    queried = forms.MultipleChoiceField(label=_("前后不一致时，写明情况后可收"), required=False, widget=BOX)

    def __init__(
        self,
        *args: Any,
        days: Named,
        numbers: Named,
        older: Named,
        gaps: Mapping[str, str],
        stated: bool,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.was_stated = stated
        nothing = ("", "—")
        for name, choices in (
            ("by", [nothing, *days]), ("continues", [nothing, *older]), ("never_fall", numbers), ("queried", numbers),
        ):  # fmt: skip
            self.fields[name].choices = choices  # type: ignore[attr-defined]  # each is a ChoiceField
        self.many_gaps = len(gaps) + SPARE_GAPS
        told = [*gaps.items(), *[("", "")] * SPARE_GAPS]
        for at, (name, total) in enumerate(told):
            self.ask({
                f"gap_{at}": forms.ChoiceField(
                    label=_("本期数"), required=False, initial=name, choices=[nothing, *numbers]),
                f"total_{at}": forms.ChoiceField(
                    label=_("等于哪个累计数前后两期之差"), required=False, initial=total, choices=[nothing, *numbers]),
            })  # fmt: skip

    @property
    def gap_controls(self) -> Iterator[tuple[forms.BoundField, forms.BoundField]]:
        """What came within a period, and the running total that it is the difference of."""
        for at in range(self.many_gaps):
            yield self[f"gap_{at}"], self[f"total_{at}"]

    @property
    def gaps(self) -> dict[str, str]:
        """As the file has them."""
        pairs = ((self.cleaned_data.get(f"gap_{at}"), self.cleaned_data.get(f"total_{at}"))
                 for at in range(self.many_gaps))  # fmt: skip
        return {str(name): str(total) for name, total in pairs if name and total}

    def clean(self) -> dict[str, Any]:
        """Half a pair is a slip, and so is saying how without saying that."""
        told = super().clean() or {}
        how = [told.get(name) for name in ("by", "accepted_by", "grace_hours", "never_fall", "queried")]
        if any(how) and not told.get("stated") and not self.was_stated:
            self.add_error("stated", _("写了怎样按期填报，却没有勾选按期填报。请勾上，或清空下面的内容。"))
        for at in range(self.many_gaps):
            if bool(told.get(f"gap_{at}")) != bool(told.get(f"total_{at}")):
                self.add_error(f"total_{at}", _("本期数和累计数要成对选。"))
        return told


class ExampleForm(Form):
    """A row that has to pass, or has to be refused: an example is a test of the table."""

    title = forms.CharField(label=_("这个例子说明什么"), max_length=200)
    passes = forms.ChoiceField(label=_("应当怎样"), choices=(("true", _("收下")), ("false", _("退回"))))
    code = forms.CharField(
        label=_("退回的原因代码"), required=False, max_length=60,
        help_text=_("不写就试填一遍，把实际退回的原因和列记下来"),
    )  # fmt: skip
    field = forms.ChoiceField(label=_("在哪一列退回"), required=False)
    drop = forms.BooleanField(label=_("删去这个例子"), required=False)

    def __init__(self, *args: Any, columns: Named, new: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.columns = [name for name, _title in columns]
        self.fields["field"].choices = [("", "—"), *columns]  # type: ignore[attr-defined]  # it is a ChoiceField
        for name, title in columns:
            self.ask({f"cell_{name}": forms.CharField(label=title, required=False, max_length=4000)})
        if new:
            del self.fields["drop"]

    @property
    def cells(self) -> dict[str, str]:
        """What is filled in, by the name of the column."""
        told = {name: str(self.cleaned_data.get(f"cell_{name}") or "") for name in self.columns}
        return {name: text for name, text in told.items() if text}

    @property
    def cell_controls(self) -> Iterator[forms.BoundField]:
        """The cells as controls."""
        for name in self.columns:
            yield self[f"cell_{name}"]

    def clean(self) -> dict[str, Any]:
        """An example has a row."""
        told = super().clean() or {}
        if not told.get("drop") and not any(told.get(f"cell_{name}") for name in self.columns):
            self.add_error(None, _("请至少填一列：例子是一行。"))
        return told


COLUMN_TYPES = TYPES
