"""Forms of the office: faults in a summary on top and at the field, nothing typed lost, nothing done twice.

A view hands its form to :func:`answer`: ``GET`` shows it, ``POST`` checks, calls the service and goes on to another
page. What the service refuses (``Misuse``, ``Refused``) comes back as faults of the form. Each form carries a ``once``
token that is spent in the transaction of the service: the same form sent again does nothing again.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.core.signing import BadSignature, Signer
from django.db import transaction
from django.forms.renderers import DjangoTemplates
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _

from shishi.apps.accounts.services import first_time
from shishi.core.errors import ShishiError
from shishi.web.design.typed import typed_before

if TYPE_CHECKING:
    from shishi.apps.accounts.selectors import Person

OPENED = "form_opened"
"""The hidden field of forms that are measured: the moment of opening, signed by us."""
UNTAKEN = 422
"""Status of a page that shows a form with its faults."""


class Paper(DjangoTemplates):
    """How forms and fields are written."""

    form_template_name = "design/form_fields.html"
    field_template_name = "design/field.html"


@dataclass(frozen=True, slots=True)
class Fault:
    """One line of the summary; ``href`` is the control that it is about, empty for the form as a whole."""

    message: str
    href: str


class Form(forms.Form):
    """The base of every form. Labels are the words of the field; what is not required says so."""

    default_renderer = Paper()
    once = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("use_required_attribute", False)
        super().__init__(*args, **kwargs)
        self.label_suffix = ""
        self.fields["once"].initial = secrets.token_urlsafe(18)
        for field in self.fields.values():
            _ask_plainly(field)
            _fit(field.widget)

    def ask(self, more: Mapping[str, forms.Field]) -> None:
        """Further fields, asked for as plainly as those of the class."""
        for name, field in more.items():
            _ask_plainly(field)
            _fit(field.widget)
            self.fields[name] = field

    def refuse(self, error: ShishiError) -> None:
        """Turn what a service refused into faults: at the field that an issue names, else of the form as a whole."""
        for issue in error.issues:
            named = next((name for name in (issue.field, issue.column) if name in self.fields), None)
            self.add_error(named, issue.message)
        if error.message not in {issue.message for issue in error.issues} and not self.non_field_errors():
            self.add_error(None, error.message)

    @property
    def faults(self) -> tuple[Fault, ...]:
        """Every fault in the order of the fields, those of the whole form first."""
        if not self.is_bound:
            return ()
        whole = [Fault(str(message), "") for message in self.non_field_errors()]
        ordered = (name for name in self.fields if name in self.errors)
        return (*whole, *(Fault(str(text), self._control(name)) for name in ordered for text in self.errors[name]))

    def _control(self, name: str) -> str:
        field = self[name]
        return field.id_for_label or f"{field.auto_id}_0"


def _fit(widget: forms.Widget) -> None:
    """Browsers' own controls for days and moments, which read the written form of ISO 8601 whatever the language."""
    if isinstance(widget, forms.DateTimeInput):
        widget.input_type, widget.format = "datetime-local", "%Y-%m-%dT%H:%M"
    elif isinstance(widget, forms.DateInput):
        widget.input_type, widget.format = "date", "%Y-%m-%d"
    elif isinstance(widget, forms.Textarea) and widget.attrs.get("rows") == "10":
        widget.attrs["rows"] = "4"


def _ask_plainly(field: forms.Field) -> None:
    """Say what is missing instead of that something is."""
    chosen = isinstance(field, forms.ChoiceField | forms.FileField)
    default = str(type(field).default_error_messages.get("required") or forms.Field.default_error_messages["required"])
    if str(field.error_messages.get("required")) == default and field.label:
        words = {"label": field.label}
        field.error_messages["required"] = (
            _("请选择“%(label)s”。") % words if chosen else _("请填写“%(label)s”。") % words
        )


class UploadField(forms.FileField):
    """A file of named kinds up to a size, refused before anything reads it. ``endings`` as ``(".xlsx",)``.

    The browser offers only these kinds; the server looks at the name and the size again. What is in the file is the
    business of whoever opens it.
    """

    def __init__(self, *, endings: Iterable[str], most_bytes: int, **kwargs: Any) -> None:
        self.endings = tuple(endings)
        self.most_bytes = most_bytes
        super().__init__(**kwargs)

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        """What the browser needs to refuse early."""
        return {
            **super().widget_attrs(widget),
            "accept": ",".join(self.endings),
            "data-most-bytes": str(self.most_bytes),
            "data-too-large": self._too_large(),
        }

    def clean(self, data: Any, initial: Any = None) -> Any:
        """The file; ``ValidationError`` when its kind or size is not taken."""
        file = super().clean(data, initial)
        if isinstance(file, UploadedFile):
            if not str(file.name).lower().endswith(self.endings):
                told = {"kinds": "、".join(self.endings), "name": file.name}
                raise forms.ValidationError(
                    _("“%(name)s”不是这里收的文件。请选择 %(kinds)s 文件。") % told, "file_kind"
                )
            if (file.size or 0) > self.most_bytes:
                raise forms.ValidationError(self._too_large(), "file_too_large")
        return file

    def _too_large(self) -> str:
        return _("文件太大：最多 %(most)s MB。请拆成几份再交。") % {"most": self.most_bytes // 2**20}


def answer(
    request: HttpRequest,
    form_class: Callable[..., Form],
    template: str,
    context: Mapping[str, object] | Callable[[], Mapping[str, object]],
    *,
    act: Callable[[Any], Any],
    then: str | Callable[[Any], str],
    by: Person,
    at: datetime,
    told: str | Callable[[Any], str] = "",
    initial: Mapping[str, object] | None = None,
    given: Mapping[str, object] | None = None,
    measured: Callable[[timedelta], None] | None = None,
) -> HttpResponse:
    """Show the form, or take it: ``act(form)`` calls the service, ``then`` (of its result) is where to go on.

    ``context``, or what makes it where that is dear: a form that is taken shows no page. ``told`` (of the result) is
    said on the next page. ``given`` are further arguments of the form's class. A form whose
    faults are shown answers 422. A form that was taken before goes on at once, with a word about it. ``measured`` hears
    how long the form was open when it is taken, where the server signed the moment of its opening.
    """
    more = dict(given or {})
    if request.method != "POST":
        typed = typed_before(request, request.path)
        kept = {name: values if len(values) > 1 else values[0] for name, values in typed.lists()} if typed else {}
        if kept:
            messages.info(request, _("您登录前填写的内容还在，请核对后再交；文件要重新选择。"))
        opened = {OPENED: _signer().sign(at.isoformat())} if measured else {}
        form = form_class(initial={**(initial or {}), **kept, **opened}, **more)
        return render(request, template, {**_made(context), "form": form})
    form = form_class(request.POST, request.FILES, initial=initial, **more)
    if form.is_valid():
        try:
            taken, result = _once(form, _measuring(form, act, measured, at), by, at)
        except ShishiError as error:
            form.refuse(error)
        else:
            return _go_on(request, then, told, taken=taken, result=result)
    return render(request, template, {**_made(context), "form": form}, status=UNTAKEN)


def _measuring(
    form: Form, act: Callable[[Any], Any], measured: Callable[[timedelta], None] | None, at: datetime
) -> Callable[[Any], Any]:
    """What is done with the form, and that it is told how long it was open; a moment that we did not sign is none."""
    if measured is None:
        return act

    def acting(taken: Any) -> Any:
        result = act(taken)
        with suppress(BadSignature, ValueError):
            measured(at - datetime.fromisoformat(_signer().unsign(form.cleaned_data.get(OPENED, ""))))
        return result

    return acting


def _signer() -> Signer:
    return Signer(salt="shishi.form.opened")


def _made(context: Mapping[str, object] | Callable[[], Mapping[str, object]]) -> Mapping[str, object]:
    return context() if callable(context) else context


def _once(form: Form, act: Callable[[Any], Any], by: Person, at: datetime) -> tuple[bool, Any]:
    """Spend the token and act, both or neither. A form without a token (a program's) acts every time."""
    token = form.cleaned_data.get("once", "")
    with transaction.atomic():
        if token and not first_time(token, by, at):
            return False, None
        return True, act(form)


def _go_on(
    request: HttpRequest,
    then: str | Callable[[Any], str],
    told: str | Callable[[Any], str],
    *,
    taken: bool,
    result: Any,
) -> HttpResponse:
    if not taken:
        messages.info(request, _("这张表已经交过了，没有再办一次。"))
        return HttpResponseRedirect(then if isinstance(then, str) else request.path)
    words = told(result) if callable(told) else told
    messages.success(request, words or _("已办好。"))
    return HttpResponseRedirect(then(result) if callable(then) else then)
