"""Collecting apps on pages: one's devices with their settings as a QR code, and what they sent."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from shishi.adapters.xforms.collect import settings_picture
from shishi.apps.accounts.roles import MAY, Action, Role
from shishi.apps.accounts.selectors import posts_of
from shishi.apps.accounts.services import first_time
from shishi.apps.fieldwork.devices import MadeDevice, end_device, make_device
from shishi.apps.fieldwork.devices_seen import device_seen, devices_for, submission_seen, submissions_for
from shishi.apps.fieldwork.submissions import STATES, dismiss_submission, retry_submission
from shishi.apps.files.services import content_of
from shishi.core.calendars import day_of
from shishi.core.errors import Misuse, ShishiError
from shishi.web.design.forms import UNTAKEN, Form
from shishi.web.office.viewing import Viewer, query_of

PAGE = 50
L = gettext_lazy
USUAL = timedelta(days=90)


class DeviceForm(Form):
    """A device for one of one's posts."""

    title = forms.CharField(label=L("设备的名字"), max_length=80, help_text=L("例如：办公室的安卓手机。"))
    post = forms.TypedChoiceField(label=L("以哪个岗位"), coerce=int)
    until = forms.DateField(label=L("用到哪一天"), widget=forms.DateInput, help_text=L("最长一年，不晚于岗位截止日。"))

    def __init__(self, *args: Any, posts: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["post"].choices = posts  # type: ignore[attr-defined]  # a choice field


def devices(request: HttpRequest) -> HttpResponse:
    """One's own devices, and how many of what they sent waits."""
    viewer = Viewer.of(request)
    page = {
        "devices": devices_for(viewer.person, at=viewer.at),
        "refused": len(submissions_for(viewer.person, at=viewer.at, state="refused", limit=200)),
    }
    return render(request, "office/fieldwork_devices.html", page)


def new(request: HttpRequest) -> HttpResponse:
    """Make a device; its settings are shown in answer to the form, this once, and kept nowhere."""
    viewer = Viewer.of(request)
    posts = [
        (item.pk, f"{item.body.title} · {item.role_label}")
        for item in posts_of(viewer.person, day_of(viewer.at))
        if Action.HAND_IN in MAY[Role(item.role)] and item.delegation is None
    ]
    form = DeviceForm(request.POST or None, posts=posts, initial={"until": day_of(viewer.at) + USUAL})
    if request.method == "POST" and form.is_valid():
        try:
            made = _made(form, viewer)
        except ShishiError as wrong:
            form.refuse(wrong)
        else:
            if made is None:
                messages.info(
                    request, _("这张表已经交过了，没有再办一次。凭证只显示一次；没有扫到的，请停用后重新生成。")
                )
                return HttpResponseRedirect(reverse("office:fieldwork-devices"))
            return _shown(request, made)
    status = UNTAKEN if request.method == "POST" else 200
    return render(request, "office/fieldwork_device_new.html", {"form": form}, status=status)


def _made(form: DeviceForm, viewer: Viewer) -> MadeDevice | None:
    told = form.cleaned_data
    with transaction.atomic():
        if told["once"] and not first_time(told["once"], viewer.person, viewer.at):
            return None
        return make_device(told["post"], told["title"], told["until"], by=viewer.person, at=viewer.at)


def _shown(request: HttpRequest, made: MadeDevice) -> HttpResponse:
    path = reverse("api:openrosa-key-forms", kwargs={"token": made.token}).removesuffix("/formList")
    address = request.build_absolute_uri(path)
    local = request.get_host().split(":")[0] in ("localhost", "127.0.0.1")
    page = {
        "device": made.device,
        "address": address,
        "picture": settings_picture(address, _("实事：%(body)s") % {"body": made.device.body}),
        "local": local,
    }
    return render(request, "office/fieldwork_device_made.html", page)


@require_POST
def end(request: HttpRequest, device: int) -> HttpResponse:
    """From now on a device's token opens nothing."""
    viewer = Viewer.of(request)
    seen = device_seen(viewer.person, device, at=viewer.at)
    end_device(seen.id, by=viewer.person, at=viewer.at)
    messages.success(request, _("已停用。手机上已收好还没发的采集不会丢，换一台设备或重新扫码后可以再发。"))
    return HttpResponseRedirect(reverse("office:fieldwork-devices"))


def submissions(request: HttpRequest) -> HttpResponse:
    """What one's devices sent, the newest first."""
    viewer, query = Viewer.of(request), query_of(request)
    state = request.GET.get("state", "")
    state = state if state in STATES else ""
    start = (query.page - 1) * PAGE
    found = submissions_for(viewer.person, at=viewer.at, state=state, offset=start, limit=PAGE + 1)
    page = {
        "submissions": [(item, STATES[item.state]) for item in found[:PAGE]],
        "more": len(found) > PAGE,
        "query": query,
        "state": state,
        "states": STATES,
    }
    return render(request, "office/fieldwork_submissions.html", page)


def submission(request: HttpRequest, number: int) -> HttpResponse:
    """One of them; a refused one may be tried again or dismissed."""
    viewer = Viewer.of(request)
    view = submission_seen(viewer.person, number, at=viewer.at)
    if request.method == "POST":
        try:
            if request.POST.get("step") == "dismiss":
                dismiss_submission(number, request.POST.get("reason", ""), by=viewer.person, at=viewer.at)
                messages.success(request, _("已作废，内容和理由都保留。"))
            else:
                view = retry_submission(number, by=viewer.person, at=viewer.at)
                said = messages.success if view.state == "written" else messages.info
                said(request, STATES[view.state])
        except ShishiError as wrong:
            for issue in wrong.issues:
                messages.error(request, issue.message)
        return HttpResponseRedirect(reverse("office:fieldwork-submission", args=[number]))
    page = {"sent": view, "word": STATES[view.state]}
    return render(request, "office/fieldwork_submission.html", page)


def file(request: HttpRequest, number: int, sha256: str) -> HttpResponse:
    """A file that came with a submission."""
    viewer = Viewer.of(request)
    view = submission_seen(viewer.person, number, at=viewer.at)
    name = next((name for name, held in view.files if held == sha256), None)
    if name is None:
        raise Misuse("unknown_file", _("这份采集没有这个文件。"))
    disposition = content_disposition_header(as_attachment=True, filename=name) or "attachment"
    told = {"Content-Disposition": disposition}
    return HttpResponse(content_of(sha256), content_type="application/octet-stream", headers=told)
