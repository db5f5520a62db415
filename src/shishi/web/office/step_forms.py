"""Steps of notices, matters and circulars: what each asks of the person who takes it, and the page that asks."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any, TypeVar

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from shishi.apps.supervision.matters import Evidence
from shishi.web.design.forms import Form, UploadField, answer
from shishi.web.office.viewing import Viewer

Action = TypeVar("Action", bound=StrEnum)
Words = Any
"""A text, or one that is translated when it is shown."""
PROOF = (".pdf", ".jpg", ".jpeg", ".png", ".docx", ".xlsx", ".doc", ".xls", ".zip")
MOST_PROOF = 20 * 2**20


@dataclass(frozen=True, slots=True)
class Asks:
    """What a step asks. ``text``: the label of its text, required unless ``optional``; ``days``: the label of a number
    of working days, asked for when not empty; ``evidence``: whether proof may be added; ``told``: what is said when it
    is done; ``warns``: what is asked again before."""

    text: Words = ""
    optional: bool = False
    help: Words = ""
    days: Words = ""
    days_optional: bool = False
    evidence: bool = False
    told: Words = ""
    warns: Words = ""
    danger: bool = False

    @property
    def plain(self) -> bool:
        """Whether one click is enough."""
        return not self.text and not self.days


def _asking_evidence() -> dict[str, forms.Field]:
    return {
        "proof": UploadField(
            label=_("佐证文件"),
            endings=PROOF,
            most_bytes=MOST_PROOF,
            required=False,
            help_text=_("能证明办成的材料一份，例如验收单、公示截图、批复。多份请打包。"),
        ),
        "named": forms.CharField(
            label=_("其他佐证的名称"),
            required=False,
            max_length=200,
            help_text=_("不能上传的，写明文号或台账，例如：宣府〔2021〕9号。"),
        ),
    }


class StepForm(Form):
    """A step's form, made of what it asks."""

    def __init__(
        self,
        *args: Any,
        asks: Asks,
        bodies: Sequence[tuple[str, str]] = (),
        milestones: Sequence[tuple[int, str]] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        more: dict[str, forms.Field] = {}
        if len(bodies) > 1:
            more["body"] = forms.ChoiceField(label=_("单位"), choices=bodies)
        if milestones:
            more["milestone"] = forms.TypedChoiceField(label=_("节点"), choices=milestones, coerce=int)
        if asks.text:
            more["text"] = forms.CharField(
                label=asks.text,
                help_text=asks.help,
                required=not asks.optional,
                widget=forms.Textarea(attrs={"rows": 5}),
                max_length=4000,
            )
        if asks.days:
            more["days"] = forms.IntegerField(
                label=asks.days, required=not asks.days_optional, min_value=1, max_value=250
            )
        self.fields.update(more | (_asking_evidence() if asks.evidence else {}))

    def given(self, name: str, otherwise: Any = "") -> Any:
        """What was typed; ``otherwise`` where it was not asked for or left empty."""
        found = self.cleaned_data.get(name)
        return otherwise if found in (None, "") else found

    def proof(self) -> list[Evidence]:
        """The evidence that came with it."""
        found = []
        file = self.given("proof", None)
        if isinstance(file, UploadedFile):
            found.append(Evidence(str(file.name), file.read()))
        if self.given("named"):
            found.append(Evidence(self.given("named")))
        return found


@dataclass(frozen=True, slots=True)
class Step:
    """A step that is asked for. ``noun`` names the page of the thing, its template and the word under which that has
    it: ``notice`` for ``office:notice`` and ``office/notice_step.html``. ``possible``: whether the person may take it
    now; ``take`` takes it, of the form; ``given`` is what the form's choices are made of."""

    noun: str
    view: Any
    action: StrEnum
    asks: Asks
    possible: bool
    take: Callable[[Any], Any]
    given: Mapping[str, object] = field(default_factory=dict)

    @property
    def back(self) -> str:
        """The thing's own page."""
        return reverse(f"office:{self.noun}", args=[self.view.id])


def action_named(kind: type[Action], slug: str, known: Container[Action]) -> Action:
    """The step that an address names; ``Http404`` for any other word."""
    try:
        action = kind(slug.replace("-", "_"))
    except ValueError as unknown:
        raise Http404 from unknown
    if action not in known:
        raise Http404
    return action


def slug_of(action: StrEnum) -> str:
    """The word of a step in addresses."""
    return action.value.replace("_", "-")


def ask(request: HttpRequest, viewer: Viewer, step: Step, form: type[StepForm] = StepForm, **more: Any) -> HttpResponse:
    """The page of a step: what it asks, then the service; afterwards the thing's own page. ``more`` goes to
    :func:`answer` (``then``, ``told``, ``initial``) and, as ``page``, to the template."""
    page = {
        step.noun: step.view,
        "action": step.action,
        "asks": step.asks,
        "possible": step.possible,
        "back": step.back,
        **more.pop("page", {}),
    }
    asked: dict[str, Any] = {"then": step.back, "told": str(step.asks.told), **more}
    given = {"asks": step.asks, **step.given}
    template = f"office/{step.noun}_step.html"
    return answer(request, form, template, page, act=step.take, by=viewer.person, at=viewer.at, given=given, **asked)


def milestones_typed(text: str) -> tuple[tuple[str, date], ...]:
    """Milestones as they are typed, one a line, the day first: ``2021-10-11 完成测绘``. ``ValidationError`` names the
    line that cannot be read."""
    found = []
    for line in text.splitlines():
        if not line.strip():
            continue
        when, _mark, title = line.strip().partition(" ")
        try:
            found.append((title.strip(), date.fromisoformat(when)))
        except ValueError:
            title = ""
        if not title.strip():
            told = _("“%(line)s”写法不对，每行先写日期再写名称，如：2021-10-11 完成测绘。")
            raise forms.ValidationError(told, "milestone_malformed", {"line": line.strip()[:40]})
    return tuple(found)


def milestones_shown(found: Iterable[tuple[str, date]]) -> str:
    """Milestones as they are typed."""
    return "\n".join(f"{day.isoformat()} {title}" for title, day in found)
