"""The form of a task: the fields of its step, how it ends, and what each way to end it asks."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from shishi.apps.cases.completing import AGREE, DISAGREE
from shishi.apps.cases.desks import TaskDesk
from shishi.apps.cases.supplementing import Lacking
from shishi.core.processes import Outcome, OutcomeKind, Step
from shishi.core.tasks import TaskKind
from shishi.web.design.answers import PREFIX, AnswersForm

WHAT = "lacks-"
"""Before the codes of materials, in the list of what lacks."""
SECOND = (
    Outcome(AGREE, "同意", OutcomeKind.APPROVE),
    Outcome(DISAGREE, "不同意，退回重办", OutcomeKind.BACK),
)
_TEXTS = {
    TaskKind.CORRECTION: lazy("更正了什么"),
    TaskKind.SECOND: lazy("复核意见"),
    TaskKind.VOICE: lazy("会签意见"),
}


NEVER = (OutcomeKind.REFUSE, OutcomeKind.SUPPLEMENT, OutcomeKind.BACK)
"""What is never done in bulk: each applicant is owed a reason of their own."""


def bulk_allowed(step: Step) -> bool:
    """Whether tasks of a step may be done many at once: nothing is to be filled in, and some way to end them needs no
    reason of its own."""
    return not step.form and any(item.kind not in NEVER for item in step.outcomes)


class OutcomeChoice(forms.RadioSelect):
    """Ways to end a task; each says of which kind it is, so that the page shows what that kind asks."""

    kinds: dict[str, str] = {}

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """One way."""
        option = super().create_option(name, value, *args, **kwargs)
        option["attrs"]["data-kind"] = self.kinds.get(str(value), "")
        return option


class TaskForm(AnswersForm):
    """A task as it is done."""

    def __init__(self, *args: Any, desk: TaskDesk, **kwargs: Any) -> None:
        super().__init__(*args, table=desk.form, held=desk.held, **kwargs)
        self.desk = desk
        self.outcomes = SECOND if desk.view.kind is TaskKind.SECOND else desk.view.outcomes
        self.kinds = {item.kind for item in self.outcomes}
        self.ask(self._deciding())

    def clean(self) -> dict[str, Any] | None:
        """Who asks for a supplement has nothing to say in the form of the step yet."""
        told = super().clean()
        chosen = self.cleaned_data.get("outcome")
        if any(item.code == chosen and item.kind is OutcomeKind.SUPPLEMENT for item in self.outcomes):
            for name in [name for name in self.errors if name.startswith(PREFIX)]:
                del self.errors[name]
        return told

    def _deciding(self) -> dict[str, forms.Field]:
        found: dict[str, forms.Field] = {}
        if len(self.outcomes) > 1:
            choice = OutcomeChoice()
            choice.kinds = {item.code: item.kind.value for item in self.outcomes}
            ways = [(item.code, _(item.title)) for item in self.outcomes]
            found["outcome"] = forms.ChoiceField(label=_("结果"), choices=ways, widget=choice)
        if OutcomeKind.SUPPLEMENT in self.kinds:
            found |= self._lacking()
        text = _TEXTS.get(self.desk.view.kind, lazy("意见"))
        found["text"] = forms.CharField(
            label=text,
            required=self.desk.view.kind is TaskKind.CORRECTION,
            max_length=4000,
            widget=forms.Textarea(attrs={"rows": 3}),
            help_text=_("退回和不予办理的须写明理由。") if self.kinds & {OutcomeKind.REFUSE, OutcomeKind.BACK} else "",
        )
        if OutcomeKind.REFUSE in self.kinds:
            found["basis"] = forms.CharField(
                label=_("法律依据"), required=False, max_length=500, help_text=_("哪部法律、第几条。")
            )
            found["remedy"] = forms.CharField(
                label=_("救济途径"),
                required=False,
                max_length=500,
                help_text=_("向哪个机关、在多少日内申请行政复议或者提起诉讼。"),
            )
        return found

    def _lacking(self) -> dict[str, forms.Field]:
        found: dict[str, forms.Field] = {}
        for item in self.desk.case.view.materials:
            found[WHAT + item.code] = forms.CharField(
                label=_("材料：%s") % item.title, required=False, max_length=300, empty_value=""
            )
        facts = [
            (answer.fact, f"{form.title}：{answer.field.title}")
            for form in self.desk.case.forms
            for answer in form.answers
            if "/" not in answer.fact
        ]
        if facts:
            found["fields"] = forms.MultipleChoiceField(
                label=_("表单里要更正的内容"), required=False, choices=facts, widget=forms.CheckboxSelectMultiple
            )
        found["others"] = forms.CharField(
            label=_("其他要补的"),
            required=False,
            max_length=2000,
            widget=forms.Textarea(attrs={"rows": 3}),
            help_text=_("每行一项，写明缺什么、怎样补。"),
        )
        return found

    @property
    def answering(self) -> list[forms.BoundField]:
        """The fields of the step's own form."""
        return [self[name] for name in self.fields if name.startswith(PREFIX)]

    @property
    def lacking_fields(self) -> list[forms.BoundField]:
        """What a supplement asks."""
        return [self[name] for name in self.fields if name.startswith(WHAT) or name in ("fields", "others")]

    @property
    def refusing(self) -> list[forms.BoundField]:
        """What a refusal asks."""
        return [self[name] for name in ("basis", "remedy") if name in self.fields]

    def told(self, name: str) -> str:
        """What was typed or chosen; empty where it was not asked. A single way to end needs no choice."""
        if name == "outcome" and name not in self.fields:
            return self.outcomes[0].code if self.outcomes else ""
        return str(self.cleaned_data.get(name) or "").strip()

    def lacking(self) -> list[Lacking]:
        """Everything that is asked for, where the case is to be supplemented."""
        chosen = next((item for item in self.outcomes if item.code == self.told("outcome")), None)
        if chosen is None or chosen.kind is not OutcomeKind.SUPPLEMENT:
            return []
        found = [
            Lacking(self.told(name), material=name.removeprefix(WHAT))
            for name in self.fields
            if name.startswith(WHAT) and self.told(name)
        ]
        titles = {answer.fact: answer.field.title for form in self.desk.case.forms for answer in form.answers}
        found += [
            Lacking(_("更正“%s”") % titles.get(fact, fact), field=fact)
            for fact in self.cleaned_data.get("fields") or []
        ]
        return found + [Lacking(line.strip()) for line in self.told("others").splitlines() if line.strip()]
