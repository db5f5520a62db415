"""Forms of the editor for what a programme follows: how often is reported, what follows who is behind, shared words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from shishi.core.definition_changes import RUNGS
from shishi.web.design.forms import Form
from shishi.web.office.editor_forms import CADENCES

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
        told = tree.get("cadences") or {}
        self.tables = [name for name, _title in tables]
        self.others = {name: item for name, item in told.items() if name not in self.tables}
        for name, title in tables:
            self.ask(_due_controls(name, title, told.get(name) or {}))
        for rung, title in RUNGS.items():
            self.ask(_rung_controls(rung, str(title), (tree.get("ladder") or {}).get(rung)))
        thresholds = tree.get("thresholds") or {}
        usual = {"behind_points": "5", "round_number": "1000", "last_day_times": "5", "last_day_at_least": "100"}
        for name in THRESHOLDS:
            self.fields[name].initial = thresholds.get(name, usual.get(name))
        for name in WATCHED:
            self.fields[name].initial = str(thresholds.get(name, "true")) in ("True", "true")

    @property
    def dues(self) -> Iterator[tuple[forms.BoundField, ...]]:
        """Of each table how often, until what hour, on which days, from when until when."""
        for name in self.tables:
            yield tuple(self[f"{part}_{name}"] for part in ("cadence", "cut_off", "starts", "ends", "working"))

    @property
    def rungs(self) -> Iterator[tuple[forms.BoundField, ...]]:
        """The rungs from below."""
        for rung in RUNGS:
            yield tuple(self[f"{part}_{rung}"] for part in ("use", "within", "after", "series", "asks", "sure"))

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
        """As the file has them; those of tables that the platform gives stay as they are."""
        return dict(self.others) | {name: self._due(name) for name in self.tables if self.told_of("cadence", name)}

    def _due(self, name: str) -> dict[str, Any]:
        cut_off = self.told_of("cut_off", name)
        return {
            "kind": self.told_of("cadence", name),
            **({"cut_off": f"{cut_off:%H:%M}"} if cut_off else {}),
            "working_days_only": bool(self.told_of("working", name)),
            "starts": self.told_of("starts", name),
            "ends": self.told_of("ends", name),
        }

    def told_of(self, part: str, name: str) -> Any:
        """What was filled in of one part of a table's due, or of a rung."""
        return self.cleaned_data.get(f"{part}_{name}")

    @property
    def ladder(self) -> dict[str, dict[str, Any]]:
        """As the file has it."""
        return {
            rung: {
                "reply_within": self.told_of("within", rung) or 0,
                "after_days": self.told_of("after", rung) or 0,
                "series": self.told_of("series", rung) or "",
                "requirement": self.told_of("asks", rung) or "",
                "verified": bool(self.told_of("sure", rung)),
            }
            for rung in RUNGS
            if self.told_of("use", rung)
        }

    def clean(self) -> dict[str, Any]:
        """A rung that is used says by when it wants its answer."""
        told = super().clean() or {}
        for rung in RUNGS:
            if told.get(f"use_{rung}") and told.get(f"within_{rung}") is None and f"within_{rung}" not in self.errors:
                self.add_error(f"within_{rung}", _("请写明几个工作日内回复。"))
        return told


def _due_controls(name: str, title: str, told: Mapping[str, Any]) -> dict[str, forms.Field]:
    """How often a table is due, as controls."""
    days = {part: str(told[part]) if told.get(part) else None for part in ("starts", "ends")}
    return {
        f"cadence_{name}": forms.ChoiceField(
            label=_("《%(title)s》多久报一次") % {"title": title},
            choices=[("", _("不按期报")), *CADENCES],
            required=False,
            initial=str(told.get("kind", "")),
        ),
        f"cut_off_{name}": forms.TimeField(
            label=_("截止时刻"),
            required=False,
            initial=str(told.get("cut_off", "18:00")),
            widget=forms.TextInput(attrs={"inputmode": "numeric"}),
        ),
        f"starts_{name}": forms.DateField(
            label=_("从哪天起报"), required=False, widget=forms.DateInput, initial=days["starts"]
        ),
        f"ends_{name}": forms.DateField(
            label=_("报到哪天为止"), required=False, widget=forms.DateInput, initial=days["ends"]
        ),
        f"working_{name}": forms.BooleanField(
            label=_("只在工作日报"),
            required=False,
            initial=str(told.get("working_days_only")) in ("True", "true"),
        ),
    }


def _rung_controls(rung: str, title: str, told: Mapping[str, Any] | None) -> dict[str, forms.Field]:
    """A rung of the ladder, as controls."""
    held = told or {}
    return {
        f"use_{rung}": forms.BooleanField(
            label=_("发%(rung)s") % {"rung": title}, required=False, initial=told is not None
        ),
        f"within_{rung}": forms.IntegerField(
            label=_("几个工作日内回复"), required=False, min_value=0, max_value=250,
            initial=str(held.get("reply_within", "")),
        ),
        f"after_{rung}": forms.IntegerField(
            label=_("问题连续几天后发"), required=False, min_value=0, initial=str(held.get("after_days", ""))
        ),
        f"series_{rung}": forms.CharField(
            label=_("文号里的系列名"), required=False, max_length=60, initial=held.get("series", "")
        ),
        f"asks_{rung}": forms.CharField(
            label=_("要求"), required=False, max_length=300, initial=held.get("requirement", "")
        ),
        f"sure_{rung}": forms.BooleanField(
            label=_("期限有文件依据"),
            required=False,
            initial=told is not None and str(held.get("verified", "true")) in ("True", "true"),
        ),
    }  # fmt: skip


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
