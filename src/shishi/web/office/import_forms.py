"""Forms of the import page: the workbook, what its headers mean, what a query's reason is, and the last word."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from shishi.apps.ledger.hand_in_jobs import ENDINGS, MOST_BYTES, Sent
from shishi.core.ledger import Mode
from shishi.core.programmes import Programme
from shishi.core.tables import Table
from shishi.web.design.forms import Form, UploadField

MODES = (
    (Mode.MERGE.value, _("合并：表里有的新增或更新，没有的保留")),
    (Mode.REPLACE.value, _("整表替换：这个区划的行以这份表为准，表里没有的撤下")),
)


class UploadForm(Form):
    """Which table, as of when, how, for whom, and the file."""

    table = forms.ChoiceField(label=_("台账"))
    as_of = forms.DateField(
        label=_("截至日"),
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("表里的情况到哪一天为止。"),
    )
    division = forms.CharField(
        label=_("行政区划"),
        required=False,
        max_length=60,
        help_text=_("代码或名称。整表替换必须写；合并时写了，就只收这个区划的行。"),
    )
    mode = forms.ChoiceField(label=_("方式"), choices=MODES, initial=Mode.MERGE.value, widget=forms.RadioSelect)
    file = UploadField(
        label=_("工作簿"),
        endings=ENDINGS,
        most_bytes=MOST_BYTES,
        help_text=_("Excel、WPS 或文本表格都可以，表头在第几行、有没有合计行都不要紧。"),
    )

    def __init__(self, *args: Any, choices: Sequence[tuple[str, list[tuple[str, str]]]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["table"].choices = choices  # type: ignore[attr-defined]  # it is a ChoiceField


def table_choices(programmes: Sequence[Programme]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Tables by programme; those that a service writes itself are left out."""
    told = []
    for programme in programmes:
        tables = [(table.name, table.title) for table in programme.tables if not table.by_service]
        if tables:
            told.append((f"{programme.title}（{programme.name.rsplit('/', 1)[0]}）", tables))
    return told


class MappingForm(Form):
    """A choice for every header that was found: the field that it means. Only what is said otherwise is remembered."""

    def __init__(self, *args: Any, table: Table, understood: Mapping[str, Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields = [(item.name, item.title) for item in table.fields]
        self.headers: dict[str, str] = {}
        self._before: dict[str, str] = {}
        for header, field in headers_of(understood):
            if header in self._before:
                continue
            name = f"header_{len(self.headers)}"
            self.headers[name], self._before[header] = header, field
            self.fields[name] = forms.ChoiceField(
                label=header, required=False, choices=[("", _("不读取")), *fields], initial=field
            )

    @property
    def said(self) -> dict[str, str]:
        """Header → field where the person said something else than was understood."""
        given = {header: str(self.cleaned_data.get(name) or "") for name, header in self.headers.items()}
        return {header: field for header, field in given.items() if field and field != self._before[header]}

    def field_of(self, header: str) -> forms.BoundField | None:
        """The choice for a header; ``None`` for one that was listed before."""
        return next((self[name] for name, told in self.headers.items() if told == header), None)


def headers_of(understood: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Every header with the field it was matched with; those that were passed over with none."""
    for sheet in understood.get("sheets", ()):
        for item in sheet["fields"]:
            yield item["header"], item["field"]
        for item in sheet["skipped"]:
            if item["what"] == "column" and item["text"]:
                yield item["text"], ""


class ExplainForm(Form):
    """A reason for each row that a query is about."""

    def __init__(self, *args: Any, places: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.places = {f"place_{at}": place for at, place in enumerate(places)}
        for name, place in self.places.items():
            self.fields[name] = forms.CharField(
                label=_("%(place)s 的核实说明") % {"place": place}, required=False, max_length=500
            )

    @property
    def said(self) -> dict[str, str]:
        """Place → reason, of those that were given one."""
        given = {place: str(self.cleaned_data.get(name) or "").strip() for name, place in self.places.items()}
        return {place: text for place, text in given.items() if text}

    def field_of(self, place: str) -> forms.BoundField | None:
        """The line for a place."""
        return next((self[name] for name, told in self.places.items() if told == place), None)


class ConfirmForm(Form):
    """The last word before it is written or proposed."""

    overwrite = forms.BooleanField(label=_("发出之后被别人改过的单元格，仍按这份表写入"), required=False)
    propose = forms.BooleanField(label=_("不直接写入，先请第二个人审批"), required=False)

    def __init__(self, *args: Any, conflicts: int, approval: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not conflicts:
            del self.fields["overwrite"]
        if approval:
            del self.fields["propose"]


def sent_from(form: UploadForm, sha256: str, division: str) -> Sent:
    """What the first step says. ``division`` is a significant code or empty."""
    told = form.cleaned_data
    as_of: date = told["as_of"]
    name = str(told["file"].name)
    return Sent(told["table"], as_of, Mode(told["mode"]), division, sha256, name)
