"""Correcting the key of a row: it stays the same row, with its history, relations and evidence."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from shishi.apps.ledger.one_row import RowPage, row_of
from shishi.apps.ledger.single_rows import correct_key_of
from shishi.core.calendars import day_of
from shishi.core.errors import Misuse
from shishi.web.design.forms import Form, answer
from shishi.web.office.viewing import Viewer

PREFIX = "key_"


class KeyForm(Form):
    """One control for each field of the key, then why. What must not be shown starts empty; empty stays as it is."""

    sequence = forms.IntegerField(widget=forms.HiddenInput)
    reason = forms.CharField(label=lazy("为什么更正（留在版本里）"), max_length=300)

    def __init__(self, *args: Any, found: RowPage, **kwargs: Any) -> None:
        self._found = found
        super().__init__(*args, **kwargs)
        asked = {PREFIX + name: _control(found, name) for name in found.table.key}
        self.fields = {**asked, **self.fields}

    @property
    def changed(self) -> dict[str, str]:
        """The parts of the key that were written anew."""
        written = {name: self.cleaned_data[PREFIX + name].strip() for name in self._found.table.key}
        return {name: text for name, text in written.items() if text and text != self._found.cells[name].raw}

    def clean(self) -> dict[str, Any]:
        """Something of the key must differ."""
        told: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors and not self.changed:
            raise forms.ValidationError(_("写的就是现在的主键，没有要更正的。"), "key_unchanged")
        return told


def _control(found: RowPage, name: str) -> forms.CharField:
    item, cell = found.table.by_name[name], found.cells[name]
    hidden = bool(cell.text and not cell.raw)
    help_text = _("现在是 %s。不改就留空。") % cell.text if hidden else ""
    return forms.CharField(label=item.title, initial=cell.raw, max_length=500, required=not hidden, help_text=help_text)


def rekey(request: HttpRequest, entry: UUID) -> HttpResponse:
    """Correct the key from today on. ``Misuse`` (unknown_row) where the person may not hand in for the row."""
    viewer = Viewer.of(request)
    found = row_of(viewer.person, entry, at=viewer.at)
    if not found.editable or not found.live:
        raise Misuse("unknown_row", _("没有这一行，或您不能改它。请从台账里找。"))
    day, back = day_of(viewer.at), reverse("office:row", args=[entry])

    def act(form: KeyForm) -> object:
        told = form.cleaned_data
        return correct_key_of(
            found.table,
            entry,
            told["sequence"],
            form.changed,
            as_of=day,
            reason=told["reason"],
            by=viewer.person,
            at=viewer.at,
        )

    return answer(
        request,
        KeyForm,
        "office/rekey.html",
        {"found": found, "table": found.table, "today": day},
        act=act,
        then=back,
        by=viewer.person,
        at=viewer.at,
        told=_("主键已更正。行还是那一行，历史、关联和佐证都在。"),
        initial={"sequence": found.sequence},
        given={"found": found},
    )
