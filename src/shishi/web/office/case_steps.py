"""What is done with a case or a task besides completing it: each with what it asks, each a service of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as lazy

from shishi.apps.accounts.selectors import bodies
from shishi.apps.cases import handing, pausing, supplementing, talking
from shishi.apps.cases.desks import CaseDesk, case_desk, task_desk
from shishi.core.case_states import CaseAction, SeenBy
from shishi.core.errors import ShishiError
from shishi.core.tables import Field
from shishi.web.design.answers import PREFIX, control_of
from shishi.web.design.forms import Form, answer
from shishi.web.office.viewing import Viewer

if TYPE_CHECKING:
    from shishi.apps.accounts.selectors import Person

A = CaseAction
READERS = (
    (SeenBy.OFFICIALS.value, lazy("只有工作人员")),
    (SeenBy.PARTIES.value, lazy("申请人和当事人")),
    (SeenBy.APPLICANT.value, lazy("申请人")),
)


class WayForm(Form):
    """A step's form, made of what it asks."""

    def __init__(
        self,
        *args: Any,
        way: Way,
        choices: Mapping[str, Sequence[tuple[str, Any]]],
        corrected: Mapping[str, Field] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.corrected = corrected or {}
        asked: dict[str, forms.Field] = {
            PREFIX + name: control_of(replace(item, required=False)) for name, item in self.corrected.items()
        }
        for name in way.chooses:
            ways = choices.get(name, ())
            if name == "user":
                asked[name] = forms.CharField(label=lazy("委托给谁（用户名）"), max_length=80)
                continue
            listed = [("", lazy("请选择")), *ways] if name != "seen_by" else list(ways)
            asked[name] = forms.ChoiceField(label=_CHOICES[name], choices=listed)
        if way.text:
            asked["text"] = forms.CharField(
                label=way.text,
                help_text=way.help,
                required=not way.optional,
                max_length=4000,
                widget=forms.Textarea(attrs={"rows": 4}),
            )
        self.ask(asked)

    def told(self, name: str) -> str:
        """What was typed or chosen."""
        return str(self.cleaned_data.get(name) or "").strip()

    def refuse(self, error: ShishiError) -> None:
        """Faults of corrected answers land at their fields."""
        left = []
        for issue in error.issues:
            if PREFIX + issue.field in self.fields:
                self.add_error(PREFIX + issue.field, issue.message)
            else:
                left.append(issue)
        if left or not error.issues:
            super().refuse(type(error)(error.code, error.message, left))

    @property
    def corrections(self) -> dict[str, str]:
        """Corrected answers: ``form.field`` → what was typed; what was left empty stays as it is."""
        told = {name: self.cleaned_data.get(PREFIX + name) for name in self.corrected}
        texts = {name: "\n".join(raw) if isinstance(raw, list) else str(raw or "") for name, raw in told.items()}
        return {name: text for name, text in texts.items() if text.strip()}


_CHOICES: Mapping[str, Any] = {
    "to": lazy("给谁"),
    "body": lazy("抄送哪个单位"),
    "seen_by": lazy("谁能看到"),
    "element": lazy("退回哪个环节"),
}
_Take = Callable[[Any, WayForm, "Person", datetime], object]


@dataclass(frozen=True, slots=True)
class Way:
    """One step: its label, the label of its text (``""``: none is asked), what is chosen, what is said when it is
    done, and the service. ``needs``: the action that the case must allow."""

    label: Any
    take: _Take
    needs: CaseAction | None = None
    text: Any = ""
    help: Any = ""
    optional: bool = False
    chooses: tuple[str, ...] = ()
    told: Any = ""
    danger: bool = False


CASE: Mapping[str, Way] = {
    "comment": Way(
        lazy("留言"),
        lambda case, form, by, at: talking.comment(
            case, form.told("text"), by=by, at=at, seen_by=form.told("seen_by") or SeenBy.OFFICIALS
        ),
        A.COMMENT,
        text=lazy("内容"),
        chooses=("seen_by",),
        told=lazy("已留言。"),
    ),
    "copy": Way(
        lazy("抄送"),
        lambda case, form, by, at: talking.copy_to(case, by=by, at=at, body=form.told("body")),
        A.COPY,
        chooses=("body",),
        told=lazy("已抄送，该单位办件人员可以查看。"),
    ),
    "interest": Way(
        lazy("声明回避"),
        lambda case, form, by, at: talking.declare_interest(case, form.told("text"), by=by, at=at),
        A.INTEREST,
        text=lazy("与申请人或事项有什么关系"),
        help=lazy("声明后您不再办理这件办件，已认领的环节回到岗位。"),
        told=lazy("已声明回避。"),
        danger=True,
    ),
    "supplement": Way(
        lazy("代申请人提交补正"),
        lambda case, form, by, at: supplementing.supplement(
            case, by=by, at=at, texts=form.corrections, text=form.told("text")
        ),
        A.SUPPLEMENT,
        text=lazy("补了什么"),
        help=lazy("材料先在“材料”里逐项补交；要更正的内容填在这里，原来填的留在办件记录里。提交后时限恢复计算。"),
        optional=True,
        told=lazy("补正已提交，时限恢复计算。"),
    ),
    "suspend": Way(
        lazy("中止"),
        lambda case, form, by, at: pausing.suspend(case, form.told("text"), by=by, at=at),
        A.SUSPEND,
        text=lazy("中止的理由"),
        help=lazy("申请人能看到。中止期间停止计时，恢复后继续。"),
        told=lazy("已中止，停止计时。"),
        danger=True,
    ),
    "resume": Way(
        lazy("恢复办理"),
        lambda case, form, by, at: pausing.resume(case, form.told("text"), by=by, at=at),
        A.RESUME,
        text=lazy("恢复的理由"),
        told=lazy("已恢复办理，时限顺延。"),
    ),
    "extend": Way(
        lazy("延长时限"),
        lambda case, form, by, at: pausing.extend(case, form.told("text"), by=by, at=at),
        A.EXTEND,
        text=lazy("延长的理由"),
        help=lazy("由负责人批准，只能一次；延长多久由流程规定。申请人能看到。"),
        told=lazy("时限已延长。"),
    ),
    "withdraw": Way(
        lazy("代申请人撤回"),
        lambda case, form, by, at: pausing.withdraw(case, form.told("text"), by=by, at=at),
        A.WITHDRAW,
        text=lazy("申请人怎么说的，何时、何种方式"),
        told=lazy("已撤回。"),
        danger=True,
    ),
    "reopen": Way(
        lazy("重新办理"),
        lambda case, form, by, at: pausing.reopen(case, form.told("text"), by=by, at=at),
        A.REOPEN,
        text=lazy("重新办理的理由"),
        told=lazy("已重新办理，时限重新起算。"),
    ),
    "archive": Way(
        lazy("归档"),
        lambda case, form, by, at: pausing.archive(case, by=by, at=at),
        A.ARCHIVE,
        told=lazy("已归档。"),
    ),
}
TASK: Mapping[str, Way] = {
    "claim": Way(lazy("认领"), lambda task, form, by, at: handing.claim(task, by=by, at=at), told=lazy("已认领。")),
    "release": Way(
        lazy("放回"),
        lambda task, form, by, at: handing.release(task, form.told("text"), by=by, at=at),
        text=lazy("放回的理由"),
        told=lazy("已放回，同岗位的人可以认领。"),
    ),
    "hand-over": Way(
        lazy("转办"),
        lambda task, form, by, at: handing.hand_over(task, form.told("to"), form.told("text"), by=by, at=at),
        text=lazy("转办的理由"),
        chooses=("to",),
        told=lazy("已转办，对方会收到消息。"),
    ),
    "delegate": Way(
        lazy("委托办理"),
        lambda task, form, by, at: handing.delegate(task, form.told("user"), form.told("text"), by=by, at=at),
        text=lazy("委托的理由"),
        help=lazy("受托人不必在这个岗位，但须在这个区划办理办件；您可以随时收回。"),
        chooses=("user",),
        told=lazy("已委托，对方会收到消息。"),
    ),
    "return": Way(
        lazy("退回更正"),
        lambda task, form, by, at: supplementing.return_for_correction(
            task, form.told("element"), form.told("text").splitlines(), by=by, at=at
        ),
        text=lazy("要更正什么"),
        help=lazy("每行一项。只能退回一次，请一次列全；时限照常计算。"),
        chooses=("element",),
        told=lazy("已退回，原经办人会收到消息。"),
    ),
}


def ways_of(desk: CaseDesk) -> list[tuple[str, Way]]:
    """The steps of a case that its page offers now."""
    found = [(slug, way) for slug, way in CASE.items() if way.needs is None or way.needs.value in desk.view.may]
    return sorted(found, key=lambda item: item[1].danger)


def case_step(request: HttpRequest, case: UUID, step: str) -> HttpResponse:
    """Take one step of a case."""
    viewer, way = Viewer.of(request), _named(CASE, step)
    desk = case_desk(viewer.person, case, viewer.at)
    choices: dict[str, Sequence[tuple[str, Any]]] = {"seen_by": READERS, "body": _bodies(viewer)}
    page = {"case": desk.view, "desk": desk, "possible": (step, way) in ways_of(desk)}
    back = reverse("office:case", args=[case])
    facts = desk.view.process.facts.by_name
    corrected = {name: facts[name] for name in desk.view.asked if name in facts} if step == "supplement" else {}
    return _ask(
        request,
        viewer,
        way,
        page,
        back,
        lambda form: way.take(case, form, viewer.person, viewer.at),
        choices,
        corrected,
    )


def task_step(request: HttpRequest, number: int, step: str) -> HttpResponse:
    """Take one step of a task."""
    viewer, way = Viewer.of(request), _named(TASK, step)
    desk = task_desk(viewer.person, number, viewer.at)
    may = {"claim": desk.may_claim, "release": desk.may_release, "hand-over": desk.may_hand_over}
    choices = {"to": [(name, f"{title}（{name}）") for name, title in desk.colleagues], "element": desk.earlier}
    page = {"case": desk.case.view, "desk": desk.case, "task": desk.view, "possible": may.get(step, desk.mine)}
    return _ask(
        request,
        viewer,
        way,
        page,
        reverse("office:task", args=[number]),
        lambda form: way.take(number, form, viewer.person, viewer.at),
        choices,
    )


def _ask(
    request: HttpRequest,
    viewer: Viewer,
    way: Way,
    page: Mapping[str, object],
    back: str,
    act: Callable[[Any], object],
    choices: Mapping[str, Sequence[tuple[str, Any]]],
    corrected: Mapping[str, Field] | None = None,
) -> HttpResponse:
    return answer(
        request,
        WayForm,
        "office/case_step.html",
        {**page, "way": way, "back": back},
        act=act,
        then=back,
        told=str(way.told),
        by=viewer.person,
        at=viewer.at,
        given={"way": way, "choices": choices, "corrected": corrected or {}},
    )


def _named(ways: Mapping[str, Way], step: str) -> Way:
    if step not in ways:
        raise Http404
    return ways[step]


def _bodies(viewer: Viewer) -> list[tuple[str, str]]:
    """Bodies that are there, to be chosen from."""
    found = bodies(limit=2000)
    return [(item.code, item.title) for item in found if item.ends is None or item.ends >= viewer.today]
