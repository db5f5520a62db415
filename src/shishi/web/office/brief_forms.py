"""Forms of briefs: beginning one, its pieces, who signs, why it goes back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from shishi.web.design.forms import Form

BRIEF_KINDS = (
    ("daily", _("日汇总")),
    ("analysis", _("日分析")),
    ("weekly", _("周调度")),
    ("half-month", _("半月报告")),
    ("monthly", _("月报")),
)
PIECES = (("paragraph", _("正文")), ("heading", _("标题")), ("note", _("附注")))


class BeginForm(Form):
    """Which brief to write."""

    programme = forms.ChoiceField(label=_("重点项目"), help_text=_("整份清单只有月报，一个项目一节。"))
    kind = forms.ChoiceField(label=_("种类"), choices=BRIEF_KINDS)
    division = forms.CharField(
        label=_("行政区划"), required=False, max_length=60, help_text=_("代码或名称；不写就是整个项目。")
    )
    as_of = forms.DateField(label=_("截至日"), widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, *args: Any, choices: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["programme"].choices = choices  # type: ignore[attr-defined]  # it is a ChoiceField


class EditForm(Form):
    """One piece anew. ``seen`` is the revision that stood on the page."""

    piece = forms.CharField(widget=forms.HiddenInput, max_length=20)
    seen = forms.IntegerField(widget=forms.HiddenInput)
    text = forms.CharField(
        label=_("这一段"), required=False, widget=forms.Textarea(attrs={"rows": 5}), max_length=6000, strip=False
    )


class AddForm(Form):
    """A new piece, after the one named."""

    piece = forms.CharField(widget=forms.HiddenInput, required=False, max_length=20)
    kind = forms.ChoiceField(label=_("加什么"), choices=PIECES, initial="paragraph")
    text = forms.CharField(label=_("内容"), widget=forms.Textarea(attrs={"rows": 3}), max_length=6000)


class PieceForm(Form):
    """A piece to move or to delete."""

    piece = forms.CharField(widget=forms.HiddenInput, max_length=20)
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)


class CursorForm(Form):
    """Where something that was picked goes: after so many characters of a revision of a piece."""

    piece = forms.CharField(widget=forms.HiddenInput, max_length=20)
    offset = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0)
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)
    programme = forms.CharField(widget=forms.HiddenInput, required=False, max_length=120)


class CiteForm(CursorForm):
    """A number that was picked for a piece."""

    indicator = forms.CharField(widget=forms.HiddenInput, max_length=80)
    division = forms.CharField(widget=forms.HiddenInput, max_length=12)
    as_of = forms.DateField(widget=forms.HiddenInput)
    basis = forms.CharField(widget=forms.HiddenInput, max_length=10)
    aspect = forms.CharField(widget=forms.HiddenInput, max_length=20)


class QuoteForm(CursorForm):
    """A sentence of the work record that was picked for a piece."""

    entry = forms.UUIDField(widget=forms.HiddenInput)


class FreezeForm(Form):
    """Who signs, in order."""

    first = forms.ChoiceField(label=_("第一签发人"))
    second = forms.ChoiceField(label=_("第二签发人"), required=False)
    third = forms.ChoiceField(label=_("第三签发人"), required=False)

    def __init__(self, *args: Any, signers: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("first", "second", "third"):
            self.fields[name].choices = [("", "—"), *signers]  # type: ignore[attr-defined]  # it is a ChoiceField

    @property
    def signers(self) -> list[str]:
        """User names in order."""
        return [str(self.cleaned_data[name]) for name in ("first", "second", "third") if self.cleaned_data.get(name)]


class ReasonForm(Form):
    """Why."""

    reason = forms.CharField(label=_("原因"), widget=forms.Textarea(attrs={"rows": 2}), max_length=1000)


class PlainForm(Form):
    """A step that needs no words."""
