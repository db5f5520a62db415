"""Materials of a case: taken in over the counter, promised, deferred, checked, sent back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as lazy

from shishi.apps.cases import materials as services
from shishi.apps.cases.desks import case_desk
from shishi.apps.cases.views import MaterialView
from shishi.core.materials import MaterialState
from shishi.web.design.forms import Form, UploadField, answer
from shishi.web.office.step_forms import MOST_PROOF, PROOF
from shishi.web.office.viewing import Viewer

M = MaterialState
THERE = frozenset({M.GIVEN, M.HELD, M.PROMISED, M.FITS, M.RETURNED})
"""States in which there is something to look at."""


class GiveForm(Form):
    """A file that was brought."""

    file = UploadField(label=lazy("文件"), endings=PROOF, most_bytes=MOST_PROOF)


class PromiseForm(Form):
    """A written promise."""

    text = forms.CharField(
        label=lazy("承诺内容"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=lazy("写明承诺什么、何时兑现、不实承诺的责任。"),
    )


class FitsForm(Form):
    """It was looked at and fits."""

    text = forms.CharField(label=lazy("备注"), required=False, max_length=500)


class BackForm(Form):
    """It goes back."""

    text = forms.CharField(
        label=lazy("哪里不合要求、怎样改"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3})
    )


@dataclass(frozen=True, slots=True)
class Way:
    """What can be done with a material: label, form, what is said after, when it is offered, and the service."""

    label: Any
    form: type[Form]
    told: Any
    offered: Callable[[MaterialView], bool]
    take: Callable[[UUID, str, Any, Any], object]
    danger: bool = False


def _give(case: UUID, code: str, form: Any, who: Any) -> object:
    file = form.cleaned_data["file"]
    return services.add_material(case, code, name=str(file.name), content=file.read(), **who)


WAYS: Mapping[str, Way] = {
    "give": Way(
        lazy("收件"), GiveForm, lazy("已收件，收件编号在材料清单里。"), lambda item: item.state is not M.FITS, _give
    ),
    "promise": Way(
        lazy("承诺"),
        PromiseForm,
        lazy("已登记承诺。"),
        lambda item: item.may_promise and item.state in (M.LACKING, M.RETURNED, M.LATER),
        lambda case, code, form, who: services.promise_material(case, code, form.cleaned_data["text"], **who),
    ),
    "later": Way(
        lazy("容缺后补"),
        Form,
        lazy("已登记容缺，到期前补交。"),
        lambda item: item.may_follow and item.state in (M.LACKING, M.RETURNED),
        lambda case, code, _form, who: services.defer_material(case, code, **who),
    ),
    "fits": Way(
        lazy("核验合格"),
        FitsForm,
        lazy("已核验。"),
        lambda item: item.state in THERE - {M.FITS, M.RETURNED},
        lambda case, code, form, who: services.check_material(
            case, code, True, remark=form.cleaned_data["text"], **who
        ),
    ),
    "back": Way(
        lazy("退回"),
        BackForm,
        lazy("已退回，理由申请人能看到。"),
        lambda item: item.state in THERE - {M.RETURNED},
        lambda case, code, form, who: services.check_material(
            case, code, False, remark=form.cleaned_data["text"], **who
        ),
        danger=True,
    ),
}


def offered(item: MaterialView, may: tuple[str, ...]) -> list[tuple[str, Way]]:
    """What the page offers for one material to whoever may do this much with the case."""
    needs = {"fits": "check_material", "back": "check_material"}
    return [(slug, way) for slug, way in WAYS.items() if needs.get(slug, "material") in may and way.offered(item)]


def step(request: HttpRequest, case: UUID, code: str, step: str) -> HttpResponse:
    """One step of one material."""
    viewer = Viewer.of(request)
    desk = case_desk(viewer.person, case, viewer.at)
    item = next((found for found in desk.view.materials if found.code == code), None)
    if step not in WAYS or item is None:
        raise Http404
    way, back = WAYS[step], reverse("office:case", args=[case]) + "#materials"
    who = {"by": viewer.person, "at": viewer.at}
    return answer(
        request,
        way.form,
        "office/case_material.html",
        {"desk": desk, "case": desk.view, "material": item, "way": way, "back": back},
        act=lambda form: way.take(case, code, form, who),
        then=back,
        told=str(way.told),
        by=viewer.person,
        at=viewer.at,
    )
