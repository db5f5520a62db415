"""Forms of the editor: each shows a part of a draft and gives it back to be written."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from shishi.core.definition_changes import FIELD_TYPES
from shishi.core.tables import FieldType
from shishi.packs.editing import Column, written_values
from shishi.packs.table_building import ENUMERATED
from shishi.web.design.forms import Form, UploadField

WORKBOOKS = (".xlsx", ".xls", ".ods", ".csv")
MOST_BYTES = 10 * 2**20
BLANK_ROWS = 2
OWN = "own"
"""The choice of a list that the programme begins itself."""
LEVELS = (
    ("province", _("省")),
    ("city", _("市")),
    ("county", _("县市区")),
    ("street", _("乡镇街道")),
    ("village", _("村社区")),
)
CADENCES = (
    ("day", _("每天")),
    ("week", _("每周")),
    ("half_month", _("每半月")),
    ("month", _("每月")),
    ("quarter", _("每季度")),
    ("year", _("每年")),
)
REFERENCE = "reference:"
"""Before the short name of the table that a column points to."""
CHOSEN = frozenset(kind.value for kind in ENUMERATED)
FORMATS = (
    ("", _("不限")),
    ("item_code", _("实施编码（政务服务事项）")),
    ("basic_code", _("基本编码（政务服务事项）")),
    ("phone", _("对外公布的电话")),
)
TYPES = [(kind.value, FIELD_TYPES[kind.value]) for kind in FieldType if kind is not FieldType.REFERENCE]


class NewForm(Form):
    """The first step: the workbook that the office keeps, and what the programme is called."""

    title = forms.CharField(label=_("项目名称"), max_length=60, help_text=_("例如：老年食堂建设"))
    pack = forms.ChoiceField(label=_("放进哪份清单"))
    file = UploadField(
        label=_("现在用的工作簿"),
        endings=WORKBOOKS,
        most_bytes=MOST_BYTES,
        help_text=_("照着它的表头和行推断台账，ODK、KoBo 的调查表（XLSForm）也读得懂；工作簿本身不保存。"),
    )
    sheet = forms.CharField(label=_("工作表"), required=False, max_length=60, help_text=_("不写就用行数最多的一张"))
    code = forms.RegexField(
        r"^[a-z][a-z0-9_]{0,59}$",
        label=_("项目代码"),
        required=False,
        help_text=_("小写字母、数字、下划线；不写就按名称给一个。安装以后不能改。"),
        error_messages={"invalid": _("项目代码用小写字母开头，只含小写字母、数字和下划线。")},
    )
    list_name = forms.RegexField(
        r"^[a-z][a-z0-9_]*/[0-9]{4}$",
        label=_("新清单的代码"),
        required=False,
        help_text=_("只在选了“另起一份清单”时填，如 xuancheng/2022"),
        error_messages={"invalid": _("清单的代码写成“发布者/年份”，如 xuancheng/2022。")},
    )
    list_title = forms.CharField(label=_("新清单的名称"), required=False, max_length=120)
    list_division = forms.CharField(label=_("新清单管到的行政区划"), required=False, max_length=40)

    def __init__(self, *args: Any, packs: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["pack"].choices = [*packs, (OWN, _("另起一份清单"))]  # type: ignore[attr-defined]  # it is a ChoiceField

    def clean(self) -> dict[str, Any]:
        """A list of its own needs a name, a title and a place."""
        told = super().clean() or {}
        if told.get("pack") == OWN:
            for name in ("list_name", "list_title", "list_division"):
                if not told.get(name) and name not in self.errors:
                    self.add_error(name, _("另起一份清单，要填写这一项。"))
        return told


@dataclass(frozen=True, slots=True)
class ColumnRow:
    """One line of the list of columns: its controls, and what it was guessed from."""

    number: int
    was: str
    title: str
    controls: Mapping[str, forms.BoundField]
    letter: str
    reasons: Sequence[str]

    @property
    def faults(self) -> list[str]:
        """What is wrong with the line."""
        return [str(fault) for control in self.controls.values() for fault in control.errors]


class ColumnsForm(Form):
    """A table as a list of columns: what is called how, holds what, must be filled in, and tells rows apart."""

    table_title = forms.CharField(label=_("台账名称"), max_length=60)

    def __init__(
        self,
        *args: Any,
        tree: Mapping[str, Any],
        guesses: Mapping[str, Mapping[str, Any]],
        tables: Sequence[tuple[str, str]] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.tree, self.guesses = tree, guesses
        self.kinds = [
            *TYPES,
            *((f"{REFERENCE}{name}", _("指向《%(title)s》") % {"title": title}) for name, title in tables),
        ]
        self.fields["table_title"].initial = tree.get("title", "")
        self.was = [*tree.get("fields", {}), *[""] * BLANK_ROWS]
        for at, name in enumerate(self.was):
            self._add_row(at, name, tree.get("fields", {}).get(name, {}))

    def _add_row(self, at: int, name: str, field: Mapping[str, Any]) -> None:
        def said(word: object) -> dict[str, str]:
            return {"aria-label": f"{field.get('title') or _('新的一列')}：{word}"}

        for part, control in self._controls(name, field, said).items():
            self.fields[f"{part}_{at}"] = control

    def _controls(
        self, name: str, field: Mapping[str, Any], said: Callable[[object], dict[str, str]]
    ) -> dict[str, forms.Field]:
        """The controls of one line; ``said`` names each for who hears the page."""
        kind, kinds = self._kinds(field)
        key, number = name in self.tree.get("key", ()), str(field.get("scale") or "")
        return {
            "title": forms.CharField(
                required=False, max_length=60, initial=field.get("title", ""),
                widget=forms.TextInput(attrs=said(_("列名"))),
            ),
            "name": forms.RegexField(
                r"^[a-z][a-z0-9_]{0,59}$", required=False, initial=name, widget=forms.TextInput(attrs=said(_("代码"))),
                error_messages={"invalid": _("代码用小写字母开头，只含小写字母、数字和下划线。")},
            ),
            "type": forms.ChoiceField(
                choices=kinds, initial=kind, widget=forms.Select(attrs=said(_("类型")))
            ),
            "unit": forms.CharField(
                required=False, max_length=20, initial=field.get("unit", ""),
                widget=forms.TextInput(attrs=said(_("单位"))),
            ),
            "scale": forms.IntegerField(
                required=False, min_value=0, max_value=12, initial=number,
                widget=forms.NumberInput(attrs=said(_("小数位数"))),
            ),
            "values": forms.CharField(
                required=False, max_length=2000, initial=written_values(field.get("values") or {}),
                widget=forms.TextInput(attrs=said(_("选项，从低到高，用顿号隔开"))),
            ),
            "required": forms.BooleanField(
                required=False, initial=str(field.get("required", "")) in ("True", "true"),
                widget=forms.CheckboxInput(attrs=said(_("必填"))),
            ),
            "key": forms.BooleanField(required=False, initial=key, widget=forms.CheckboxInput(attrs=said(_("主键")))),
            "drop": forms.BooleanField(
                required=False, initial=False, widget=forms.CheckboxInput(attrs=said(_("不要这一列"))),
            ),
        }  # fmt: skip

    def _kinds(self, field: Mapping[str, Any]) -> tuple[str, list[tuple[str, Any]]]:
        """What a column is, and what it may be: also what points to a table of another programme may stay so."""
        kind = str(field.get("type", "text"))
        if kind == "reference":
            kind = f"{REFERENCE}{field.get('references', '')}"
        return kind, self.kinds if kind in dict(self.kinds) else [*self.kinds, (kind, FIELD_TYPES["reference"])]

    @property
    def rows(self) -> Iterator[ColumnRow]:
        """The lines in order."""
        for at, name in enumerate(self.was):
            controls = {part: self[f"{part}_{at}"] for part in PARTS}
            told = self.guesses.get(name, {})
            title = self.tree.get("fields", {}).get(name, {}).get("title", "")
            yield ColumnRow(at, name, str(title), controls, str(told.get("letter", "")), told.get("reasons", ()))

    @property
    def columns(self) -> list[Column]:
        """The columns that are kept, as they were typed."""
        kept = []
        for at, was in enumerate(self.was):
            told = {part: self.cleaned_data.get(f"{part}_{at}") for part in PARTS}
            if told["title"] and not told["drop"]:
                kind, _colon, other = str(told["type"]).partition(":")
                kept.append(
                    Column(
                        was,
                        str(told["name"] or ""),
                        str(told["title"]).strip(),
                        FieldType(kind),
                        required=bool(told["required"]),
                        unit=str(told["unit"] or "").strip(),
                        scale=told["scale"] if isinstance(told["scale"], int) else None,
                        values=str(told["values"] or ""),
                        references=other,
                    )
                )
        return kept

    @property
    def key(self) -> list[str]:
        """The names, as they were or as they are typed, of the columns that tell rows apart."""
        return [
            was or str(self.cleaned_data.get(f"name_{at}") or "")
            for at, was in enumerate(self.was)
            if self.cleaned_data.get(f"key_{at}") and not self.cleaned_data.get(f"drop_{at}")
        ]

    @property
    def division(self) -> str:
        """The column that says whose a row is: the one it was, else the first of that type."""
        was = str(self.tree.get("division_field", ""))
        columns = self.columns
        kept = {column.was for column in columns if column.type is FieldType.DIVISION}
        first = next((c.was or c.name for c in columns if c.type is FieldType.DIVISION), was)
        return was if was in kept else first

    def place(self, dotted: str) -> str | None:
        """The control that a place of the table's file stands in: ``fields.stage.values`` → ``values_3``."""
        parts = dotted.split(".")
        if parts[0] == "title":
            return "table_title"
        if parts[0] in ("fields", "key") and len(parts) > 1:
            named = [str(self.cleaned_data.get(f"name_{at}") or was) for at, was in enumerate(self.was)]
            if parts[1] in named:
                part = parts[2] if len(parts) > 2 and parts[2] in PARTS else "title"
                return f"{part}_{named.index(parts[1])}"
        return None


PARTS = ("title", "name", "type", "unit", "scale", "values", "required", "key", "drop")


class FieldForm(Form):
    """The rest of a column: what helps to fill it in, its limits, how it is kept."""

    note = forms.CharField(label=_("给填报人的说明"), required=False, max_length=200)
    sample = forms.CharField(label=_("示例"), required=False, max_length=100)
    synonyms = forms.CharField(
        label=_("别名"), required=False, max_length=500, help_text=_("各地表头的其他叫法，用顿号隔开；照旧表报来也认得")
    )
    minimum = forms.CharField(label=_("最小值"), required=False, max_length=30, help_text=_("数或日期，含"))
    maximum = forms.CharField(label=_("最大值"), required=False, max_length=30)
    max_length = forms.IntegerField(label=_("最多字数"), required=False, min_value=1, max_value=4000)
    sensitivity = forms.ChoiceField(
        label=_("敏感程度"),
        required=False,
        choices=[
            ("", _("照类型（身份证号、电话加密）")),
            ("none", _("不敏感")),
            ("masked", _("显示时遮蔽")),
            ("encrypted", _("加密保存")),
        ],
    )
    values_from = forms.ChoiceField(
        label=_("选项取自"), required=False, help_text=_("取自共用的一组，本列自己的选项就不用了")
    )
    format = forms.ChoiceField(label=_("文字的样式"), required=False, choices=FORMATS)
    locked = forms.BooleanField(label=_("带数据发出的模板里，已有的行锁定这一栏"), required=False)

    def __init__(self, *args: Any, kind: str, lists: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = ("", _("本列自己的选项"))
        self.fields["values_from"].choices = [own, *lists]  # type: ignore[attr-defined]  # it is a ChoiceField
        if kind not in CHOSEN:
            del self.fields["values_from"]
        if kind != FieldType.TEXT.value:
            del self.fields["format"]


class FrameForm(Form):
    """What the programme promises, on what ground, and who answers for it."""

    title = forms.CharField(label=_("项目名称"), max_length=60)
    promise = forms.CharField(
        label=_("承诺"), max_length=500, widget=forms.Textarea(attrs={"rows": "3"}),
        help_text=_("一两句话，写明数量和期限"),
    )  # fmt: skip
    basis = forms.CharField(label=_("依据"), max_length=300)
    document = forms.CharField(label=_("文件"), max_length=200, help_text=_("定下这件事的文件：标题、文号、日期"))
    division = forms.CharField(label=_("行政区划"), max_length=20, help_text=_("项目管到哪里，如 341800"))
    supervised_level = forms.ChoiceField(label=_("督促、排名到哪一级"), choices=LEVELS)
    supervises = forms.CharField(
        label=_("只督促其中哪些地方"), required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": "3"}),
        help_text=_("一行一个区划；不写就是那一级的每一个"),
    )  # fmt: skip
    lead = forms.CharField(label=_("牵头单位"), required=False, max_length=60)


class AimForm(FrameForm):
    """The frame of a new programme together with what it counts first."""

    measure = forms.ChoiceField(label=_("怎么算完成"))
    unit = forms.CharField(label=_("单位"), max_length=20, initial="个")
    target = forms.DecimalField(label=_("目标"), required=False, min_value=0, help_text=_("承诺的数；没有就不填"))
    begins = forms.DateField(label=_("从哪天起"), required=False, widget=forms.DateInput)
    ends = forms.DateField(label=_("到哪天完成"), required=False, widget=forms.DateInput)
    cadence = forms.ChoiceField(label=_("多久报一次"), choices=CADENCES, initial="week")

    def __init__(self, *args: Any, measures: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["measure"].choices = measures  # type: ignore[attr-defined]  # it is a ChoiceField

    def clean(self) -> dict[str, Any]:
        """The days go together, in their order."""
        told = super().clean() or {}
        begins, ends = told.get("begins"), told.get("ends")
        if bool(begins) != bool(ends):
            self.add_error("ends" if begins else "begins", _("起止两天要么都写，要么都不写。"))
        if begins and ends and begins >= ends:
            self.add_error("ends", _("完成的日子要在开始之后。"))
        return told


class TableForm(Form):
    """One more table of a draft: an empty one, or one that a sheet or a survey proposes."""

    title = forms.CharField(label=_("台账名称"), max_length=60)
    file = UploadField(
        label=_("照着哪份工作簿"),
        endings=WORKBOOKS,
        most_bytes=MOST_BYTES,
        required=False,
        help_text=_("普通的表，或 ODK、KoBo 的调查表（XLSForm）；不选就从一张空的台账开始。工作簿本身不保存。"),
    )
    sheet = forms.CharField(label=_("工作表"), required=False, max_length=60, help_text=_("不写就用行数最多的一张"))


class SubmitForm(Form):
    """To a second person, with the day from which it holds."""

    effective_on = forms.DateField(label=_("从哪天起按新口径算"), required=False, widget=forms.DateInput)


class ReasonForm(Form):
    """A step that says why."""

    reason = forms.CharField(label=_("理由"), widget=forms.Textarea(attrs={"rows": "3"}), max_length=1000)


class PlainForm(Form):
    """A step without words."""


class ApproveForm(Form):
    """Approving what was looked at, and nothing newer."""

    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)


class FileForm(Form):
    """A file of the draft as YAML, for who knows it."""

    text = forms.CharField(
        label="YAML", strip=False, required=False, max_length=400_000,
        widget=forms.Textarea(attrs={"rows": "28", "spellcheck": "false", "class": "code"}),
    )  # fmt: skip
