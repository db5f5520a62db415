"""Saying "no change" 报“无变化”: nothing is different up to a day, which meets the due like an unchanged workbook."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shishi.apps.divisions.selectors import find_division
from shishi.apps.ledger.dues import reporting_units
from shishi.apps.ledger.services import report_no_change
from shishi.apps.programmes.selectors import table_named
from shishi.core.calendars import day_of
from shishi.web.design.forms import Form, answer
from shishi.web.office.import_forms import table_choices
from shishi.web.office.importing import handed_in_by, usual_division
from shishi.web.office.viewing import Viewer


class UnchangedForm(Form):
    """Of which table, up to which day, for whom."""

    table = forms.ChoiceField(label=gettext_lazy("台账"))
    as_of = forms.DateField(
        label=gettext_lazy("截至日"),
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=gettext_lazy("到这一天为止，和上次报的一样。"),
    )
    division = forms.CharField(
        label=gettext_lazy("行政区划"),
        max_length=60,
        help_text=gettext_lazy("代码或名称。它下面各填报单位的这一期都算报过。"),
    )

    def __init__(self, *args: Any, choices: Sequence[tuple[str, list[tuple[str, str]]]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["table"].choices = choices  # type: ignore[attr-defined]  # it is a ChoiceField


def no_change(request: HttpRequest) -> HttpResponse:
    """The form, and saying it."""
    viewer = Viewer.of(request)
    given = request.GET
    initial = {
        "table": given.get("table", ""),
        "as_of": day_of(viewer.at),
        "division": given.get("division", "") or usual_division(viewer),
    }
    return answer(
        request,
        UnchangedForm,
        "office/unchanged.html",
        {"back": reverse("office:imports")},
        act=lambda form: _say(viewer, form),
        then=reverse("office:home"),
        told=_("已报“无变化”。"),
        by=viewer.person,
        at=viewer.at,
        initial=initial,
        given={"choices": table_choices(handed_in_by(viewer))},
    )


def _say(viewer: Viewer, form: Form) -> object:
    told = form.cleaned_data
    programme, table = table_named(told["table"], told["as_of"])
    code = find_division(told["division"].strip(), told["as_of"]).code
    units = reporting_units(programme, code, told["as_of"])
    return report_no_change(
        programme, table, division=code, as_of=told["as_of"], units=units, by=viewer.person, at=viewer.at
    )
