"""People, bodies and posts: for who manages them, and one's own posts in other hands."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shishi.apps.accounts.delegating import delegate, end_post, let_stand_in, take_back
from shishi.apps.accounts.directory import (
    PAGE,
    bodies_within,
    body_seen,
    colleagues,
    own_posts,
    people_within,
    person_seen,
)
from shishi.apps.accounts.links import invite
from shishi.apps.accounts.roles import Role
from shishi.apps.accounts.selectors import EVERYTHING, delegations_about
from shishi.apps.accounts.services import add_body, add_person, add_post, end_body, set_in_use
from shishi.apps.divisions.selectors import find_division
from shishi.apps.files.selectors import is_demonstration
from shishi.apps.programmes.selectors import programmes
from shishi.core.calendars import day_of
from shishi.web.design.forms import Form, answer
from shishi.web.office.viewing import Viewer, query_of


class Day(forms.DateField):
    """A day, as browsers ask for it."""

    def __init__(self, **more: Any) -> None:
        more["widget"] = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
        super().__init__(**more)


class PersonForm(Form):
    """Somebody new."""

    username = forms.CharField(
        label=gettext_lazy("用户名"), max_length=80, help_text=gettext_lazy("字母、数字和 . _ - @")
    )
    name = forms.CharField(label=gettext_lazy("姓名"), max_length=80)
    mail = forms.EmailField(label=gettext_lazy("邮箱"), required=False)


class BodyForm(Form):
    """A body or a task force."""

    code = forms.CharField(label=gettext_lazy("代码"), max_length=80, help_text=gettext_lazy("字母、数字和 . _ - @"))
    title = forms.CharField(label=gettext_lazy("名称"), max_length=200)
    division = forms.CharField(
        label=gettext_lazy("行政区划"), help_text=gettext_lazy("名称或代码，例如 宣城市、341800")
    )
    ends = Day(label=gettext_lazy("终止日"), required=False, help_text=gettext_lazy("专班才填"))


class PostForm(Form):
    """A post for somebody."""

    body = forms.CharField(label=gettext_lazy("单位代码"), max_length=80)
    role = forms.ChoiceField(
        label=gettext_lazy("角色"), choices=[(role.value, gettext_lazy(role.label)) for role in Role]
    )
    divisions = forms.CharField(label=gettext_lazy("行政区划"), help_text=gettext_lazy("名称或代码，多个用顿号隔开"))
    programmes = forms.MultipleChoiceField(
        label=gettext_lazy("重点项目"), required=False, help_text=gettext_lazy("不选即全部")
    )
    until = Day(label=gettext_lazy("截止日"), required=False)

    def __init__(self, *args: object, **named: object) -> None:
        super().__init__(*args, **named)
        offered: Any = self.fields["programmes"]
        offered.choices = [(item.name, item.title) for _pack, item in programmes()]


class SpanForm(Form):
    """For whom, from when to when, why."""

    to = forms.CharField(label=gettext_lazy("由谁（用户名）"), max_length=80)
    starts = Day(label=gettext_lazy("从哪天起"))
    ends = Day(label=gettext_lazy("到哪天止"))
    reason = forms.CharField(label=gettext_lazy("事由"), max_length=200, help_text=gettext_lazy("例如：出差、休假"))


class DelegationForm(SpanForm):
    """One's own post, whole or in part, for a colleague."""

    divisions = forms.CharField(
        label=gettext_lazy("只委托这些行政区划"), required=False, help_text=gettext_lazy("空即岗位的全部")
    )

    def __init__(self, *args: Any, near: Iterable[Any] = (), **named: Any) -> None:
        super().__init__(*args, **named)
        choices = [("", gettext_lazy("请选择")), *((item.username, str(item)) for item in near)]
        self.fields["to"] = forms.ChoiceField(label=gettext_lazy("由哪位同事代理"), choices=choices)
        self.order_fields(["to", "starts", "ends", "divisions", "reason"])


class NothingForm(Form):
    """A button."""


def people(request: HttpRequest) -> HttpResponse:
    """Who is managed from here, with posts; searched and paged."""
    viewer, query = Viewer.of(request), query_of(request)
    asked, role = request.GET.get("q", "").strip(), request.GET.get("role", "")
    found, many = people_within(viewer.person, at=viewer.at, asked=asked, role=role, offset=(query.page - 1) * PAGE)
    page = {"found": found, "many": many, "asked": asked, "role": role, "roles": list(Role), "query": query}
    return render(request, "office/people.html", page | {"more": query.page * PAGE < many})


def person(request: HttpRequest, username: str) -> HttpResponse:
    """One person: posts that hold and that ended, delegations, what can be done."""
    viewer = Viewer.of(request)
    seen = person_seen(viewer.person, username, at=viewer.at)
    return render(request, "office/person.html", {"seen": seen, "link": request.session.pop("invitation", "")})


def add(request: HttpRequest) -> HttpResponse:
    """A new person."""
    viewer = Viewer.of(request)

    def act(form: Form) -> str:
        given = {name: form.cleaned_data[name] for name in ("username", "name", "mail")}
        made = add_person(**given, demonstration=is_demonstration(), by=viewer.person, at=viewer.at)
        return made.username

    page = {"title": _("新增人员"), "back": reverse("office:people")}
    then = _person_page
    return answer(
        request, PersonForm, "office/people_form.html", page, act=act, then=then, by=viewer.person, at=viewer.at
    )


def add_post_to(request: HttpRequest, username: str) -> HttpResponse:
    """A post for a person."""
    viewer = Viewer.of(request)
    seen = person_seen(viewer.person, username, at=viewer.at)

    def act(form: Form) -> str:
        given = form.cleaned_data
        add_post(
            username=username,
            body=given["body"],
            role=Role(given["role"]),
            divisions=divisions_in(given["divisions"]),
            programmes=given["programmes"] or [EVERYTHING],
            until=given["until"],
            by=viewer.person,
            at=viewer.at,
        )
        return username

    page = {"title": _("授予岗位"), "about": seen.person, "back": _person_page(username)}
    return answer(
        request, PostForm, "office/people_form.html", page, act=act, then=_person_page, by=viewer.person, at=viewer.at
    )


def change(request: HttpRequest, username: str, step: str) -> HttpResponse:
    """Out of use, back into it, or a link to set a password: one button each."""
    viewer = Viewer.of(request)
    seen = person_seen(viewer.person, username, at=viewer.at)

    def act(_form: Form) -> str:
        if step == "invite":
            token = invite(seen.person, by=viewer.person, at=viewer.at)
            request.session["invitation"] = f"{settings.ADDRESS}{reverse('office:entry-password', args=[token])}"
        else:
            set_in_use(username, step == "resume", by=viewer.person, at=viewer.at)
        return username

    titles = {"invite": _("发设置密码的链接"), "end": _("停用人员"), "resume": _("恢复人员")}
    page = {"title": titles[step], "about": seen.person, "back": _person_page(username), "danger": step == "end"}
    return answer(
        request,
        NothingForm,
        "office/people_form.html",
        page,
        act=act,
        then=_person_page,
        by=viewer.person,
        at=viewer.at,
    )


def end(request: HttpRequest, post: int) -> HttpResponse:
    """End a post from a day on."""
    viewer = Viewer.of(request)
    page = {"title": _("免去岗位"), "back": reverse("office:people"), "danger": True}

    class EndForm(Form):
        """From which day on."""

        on = Day(label=_("从哪天起"))

    return answer(
        request,
        EndForm,
        "office/people_form.html",
        page,
        act=lambda form: end_post(post, on=form.cleaned_data["on"], by=viewer.person, at=viewer.at).person.username,
        then=_person_page,
        by=viewer.person,
        at=viewer.at,
        initial={"on": day_of(viewer.at)},
    )


def stand_in(request: HttpRequest, post: int) -> HttpResponse:
    """Somebody stands in for a post."""
    viewer = Viewer.of(request)
    page = {"title": _("安排顶岗"), "back": reverse("office:people")}
    return answer(
        request,
        SpanForm,
        "office/people_form.html",
        page,
        act=lambda form: let_stand_in(post, **_span(form), by=viewer.person, at=viewer.at).post.person.username,
        then=_person_page,
        by=viewer.person,
        at=viewer.at,
        initial={"starts": day_of(viewer.at)},
    )


def bodies(request: HttpRequest) -> HttpResponse:
    """Bodies and task forces."""
    viewer, query = Viewer.of(request), query_of(request)
    asked = request.GET.get("q", "").strip()
    found, many = bodies_within(viewer.person, at=viewer.at, asked=asked, offset=(query.page - 1) * PAGE)
    page = {"found": found, "many": many, "asked": asked, "query": query, "more": query.page * PAGE < many}
    return render(request, "office/bodies.html", page)


def body(request: HttpRequest, code: str) -> HttpResponse:
    """One body: members, responsibilities with the leader who answers."""
    viewer = Viewer.of(request)
    titles = {item.name: item.title for _pack, item in programmes()}
    page = {"seen": body_seen(viewer.person, code, at=viewer.at), "titles": titles}
    return render(request, "office/body.html", page)


def add_one_body(request: HttpRequest) -> HttpResponse:
    """A new body."""
    viewer = Viewer.of(request)

    def act(form: Form) -> str:
        given = form.cleaned_data
        division = find_division(given["division"]).code
        told = {"code": given["code"], "title": given["title"], "division": division, "ends": given["ends"]}
        return add_body(**told, by=viewer.person, at=viewer.at).code

    page = {"title": _("新增单位"), "back": reverse("office:bodies")}
    return answer(
        request, BodyForm, "office/people_form.html", page, act=act, then=_body_page, by=viewer.person, at=viewer.at
    )


def end_one_body(request: HttpRequest, code: str) -> HttpResponse:
    """End a body today."""
    viewer = Viewer.of(request)
    seen = body_seen(viewer.person, code, at=viewer.at)
    page = {"title": _("撤销单位"), "about": seen.body, "back": _body_page(code), "danger": True}
    today = day_of(viewer.at)
    return answer(
        request,
        NothingForm,
        "office/people_form.html",
        page,
        act=lambda form: end_body(code, on=today, by=viewer.person, at=viewer.at).code,
        then=_body_page,
        by=viewer.person,
        at=viewer.at,
    )


def delegations(request: HttpRequest) -> HttpResponse:
    """One's own posts, what is in other hands, what was taken on."""
    viewer = Viewer.of(request)
    on = day_of(viewer.at)
    held = delegations_about(viewer.person, on)
    page = {
        "posts": own_posts(viewer.person, on),
        "given": [item for item in held if item.post.person_id == viewer.person.pk],
        "taken": [item for item in held if item.to_id == viewer.person.pk],
        "today": on,
    }
    return render(request, "office/delegations.html", page)


def delegate_one(request: HttpRequest, post: int) -> HttpResponse:
    """Give one's own post, or a part of it, to a colleague."""
    viewer = Viewer.of(request)
    on = day_of(viewer.at)
    held = next((item for item in own_posts(viewer.person, on) if item.pk == post), None)

    def act(form: Form) -> object:
        named = divisions_in(form.cleaned_data["divisions"])
        return delegate(post, **_span(form), divisions=named, by=viewer.person, at=viewer.at)

    page = {"title": _("委托代理"), "about": held, "back": reverse("office:delegations")}
    return answer(
        request,
        DelegationForm,
        "office/people_form.html",
        page,
        act=act,
        then=reverse("office:delegations"),
        by=viewer.person,
        at=viewer.at,
        initial={"starts": on},
        given={"near": colleagues(viewer.person, on)},
        told=_("已委托。代理人办的每件事，审计里都写明是代理。"),
    )


def take_one_back(request: HttpRequest, delegation: int) -> HttpResponse:
    """End a delegation at once."""
    viewer = Viewer.of(request)
    page = {"title": _("收回代理"), "back": reverse("office:delegations")}
    return answer(
        request,
        NothingForm,
        "office/people_form.html",
        page,
        act=lambda form: take_back(delegation, by=viewer.person, at=viewer.at),
        then=reverse("office:delegations"),
        by=viewer.person,
        at=viewer.at,
        told=_("已收回，立即生效。"),
    )


def divisions_in(text: str) -> list[str]:
    """Significant codes of the divisions that a text names, by name or code."""
    words = text.replace("，", "、").replace(",", "、").replace(" ", "、").split("、")
    return [find_division(word).code for word in words if word]


def _span(form: Form) -> dict[str, Any]:
    return {name: form.cleaned_data[name] for name in ("to", "starts", "ends", "reason")}


def _person_page(username: str) -> str:
    return reverse("office:person", args=[username])


def _body_page(code: str) -> str:
    return reverse("office:body", args=[code])
