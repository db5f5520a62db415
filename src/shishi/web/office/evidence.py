"""Evidence of a row: its pictures before and after, adding some, taking back, and the way a phone hands in photos."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from shishi.adapters.images.base import MOST_BYTES
from shishi.apps.assurance.evidence import (
    CAPTION_AT_MOST,
    NewEvidence,
    ReceivedEvidence,
    reaffirm_evidence,
    receive_evidence,
    withdraw_evidence,
)
from shishi.apps.assurance.evidence_rows import subject_of
from shishi.apps.assurance.evidence_seen import (
    SIZES,
    RowEvidence,
    evidence_of,
    original_of,
    paper_of,
    picture_of,
    piece_of,
)
from shishi.apps.assurance.tickets import declare_capture, issue_ticket
from shishi.core.errors import Misuse, ShishiError
from shishi.core.evidence_plans import RULE, Side
from shishi.core.evidence_trust import Claim
from shishi.core.tables import Point
from shishi.web.design.forms import UNTAKEN, Form
from shishi.web.office.viewing import Viewer

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

MOST_FILES = 30
SIDES: tuple[tuple[str, _StrPromise], ...] = (
    (Side.AFTER.value, lazy("之后")),
    (Side.BEFORE.value, lazy("之前")),
    (Side.DURING.value, lazy("过程中")),
    (Side.NONE.value, lazy("现状")),
)


class FilesWidget(forms.FileInput):
    """Several files at once."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Some files; what is in them is looked at where they are opened."""

    widget = FilesWidget(attrs={"multiple": True, "accept": "image/*,.heic,.heif,application/pdf"})

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile[Any]]:
        """The files; a fault when there is none, or more than are taken at once."""
        files = data if isinstance(data, list | tuple) else [data] if data else []
        if not files:
            raise forms.ValidationError(_("请选择照片或 PDF 文件。"), "required")
        if len(files) > MOST_FILES:
            raise forms.ValidationError(_("一次最多选 %(most)s 个文件，请分几次上传。") % {"most": MOST_FILES}, "many")
        return list(files)


class EvidenceForm(Form):
    """Photos or papers of one group and side."""

    group = forms.ChoiceField(label=lazy("证明什么"), required=False)
    side = forms.ChoiceField(label=lazy("哪个时候的样子"), choices=SIDES)
    caption = forms.CharField(
        label=lazy("拍摄内容"),
        required=False,
        max_length=CAPTION_AT_MOST,
        help_text=lazy("如“3 号楼外墙”。前后两张写得一样，就并排显示。"),
    )
    evidence = FilesField(
        label=lazy("照片或 PDF"),
        help_text=lazy("可以一次选几个。照片按原样保存；给人看的是去掉位置、机型等信息的副本。"),
    )

    def __init__(self, *args: Any, shown: RowEvidence, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        groups = [(item.group, item.title or _("整行")) for item in shown.groups]
        self.fields["group"].choices = groups  # type: ignore[attr-defined]  # a choice field


def page(request: HttpRequest, entry: UUID) -> HttpResponse:
    """The evidence of a row; ``POST`` adds some. A script that sends file by file is answered in JSON."""
    viewer = Viewer.of(request)
    shown = evidence_of(viewer.person, entry, at=viewer.at)
    if request.method == "POST":
        return _added(request, viewer, entry, shown)
    return _page(request, shown, EvidenceForm(shown=shown, initial=_wanted(request, shown)))


def _wanted(request: HttpRequest, shown: RowEvidence) -> dict[str, str]:
    """What is most likely to be added: what the address names, else what is lacking first."""
    named = request.GET.get("group", "")
    lacking = [group for group in shown.groups if group.proof.lacks and named in ("", group.group)]
    group = lacking[0].group if lacking else named or shown.groups[0].group
    side = lacking[0].proof.lacks[0].side if lacking else Side.AFTER
    return {"group": group, "side": request.GET.get("side", side.value)}


def _page(request: HttpRequest, shown: RowEvidence, form: EvidenceForm, status: int = 200) -> HttpResponse:
    subject = shown.subject
    jurisdiction, year, code = subject.programme.name.split("/")
    context = {
        "shown": shown,
        "subject": subject,
        "groups": [group for group in shown.groups if not group.empty],
        "jurisdiction": jurisdiction,
        "year": int(year),
        "code": code,
        "form": form,
        "rule": RULE,
        "me": Viewer.of(request).person,
        "asked": any(group.proof.plan for group in shown.groups),
    }
    return render(request, "office/evidence.html", context, status=status)


def _added(request: HttpRequest, viewer: Viewer, entry: UUID, shown: RowEvidence) -> HttpResponse:
    form = EvidenceForm(request.POST, _files(request), shown=shown)
    by_script = "application/json" in request.headers.get("Accept", "")
    if not form.is_valid():
        told = [str(fault) for faults in form.errors.values() for fault in faults]
        return JsonResponse({"refused": told}, status=UNTAKEN) if by_script else _page(request, shown, form, UNTAKEN)
    asked = form.cleaned_data
    done: list[ReceivedEvidence] = []
    refused: list[str] = []
    for file in asked["evidence"]:
        new = NewEvidence(
            entry,
            asked["group"],
            str(file.name),
            Side(asked["side"]),
            asked["caption"],
            _ticket(request),
            _claim(request),
        )
        try:
            done.append(_received(new, file, viewer))
        except ShishiError as wrong:
            refused.append(f"{file.name}：{wrong.message}")
    if by_script:
        return _told_to_script(done, refused)
    if refused and not done:
        for message in refused:
            form.add_error("evidence", message)
        return _page(request, shown, form, UNTAKEN)
    _say(request, done, refused)
    return _back(entry)


def _files(request: HttpRequest) -> Any:
    return {"evidence": request.FILES.getlist("evidence")}


def _received(new: NewEvidence, file: UploadedFile[Any], viewer: Viewer) -> ReceivedEvidence:
    if (file.size or 0) > MOST_BYTES:
        raise Misuse("file_too_large", _("文件超过 %(most)s MB。请压缩后再交。") % {"most": MOST_BYTES // 2**20})
    return receive_evidence(new, file.read(), by=viewer.person, at=viewer.at)


def _told_to_script(done: Sequence[ReceivedEvidence], refused: Sequence[str]) -> JsonResponse:
    told = [
        {"id": item.evidence_id, "status": item.status, "level": item.level, "hints": [it.label for it in item.hints]}
        for item in done
    ]
    return JsonResponse({"done": told, "refused": list(refused)}, status=200 if done else UNTAKEN)


def _say(request: HttpRequest, done: Sequence[ReceivedEvidence], refused: Sequence[str]) -> None:
    fresh = sum(item.status == "received" for item in done)
    if fresh:
        messages.success(request, _("收到 %(n)s 份佐证。") % {"n": fresh})
    if len(done) > fresh:
        again = len(done) - fresh
        messages.info(request, _("%(n)s 份已经有了。") % {"n": again})
    hinted = sum(bool(item.hints) for item in done)
    if hinted:
        told = _("%(n)s 份有需要看一看的地方。") % {"n": hinted}
        messages.warning(request, told)
    for message in refused:
        messages.error(request, message)


def ticket(request: HttpRequest, entry: UUID) -> HttpResponse:
    """Leave to take one photo now, for the page's own script."""
    viewer = Viewer.of(request)
    subject_of(viewer.person, entry, at=viewer.at)
    if request.method != "POST":
        return _back(entry)
    side = request.POST.get("side", "")
    if side not in list(Side):
        return JsonResponse({"refused": [_("请选择是哪个时候的样子。")]}, status=UNTAKEN)
    try:
        made = issue_ticket(entry, request.POST.get("group", ""), Side(side), by=viewer.person, at=viewer.at)
    except ShishiError as wrong:
        return JsonResponse({"refused": [wrong.message]}, status=UNTAKEN)
    return JsonResponse({"ticket": str(made.id), "expires_at": made.expires_at.isoformat()})


def capture(request: HttpRequest, ticket: UUID) -> HttpResponse:
    """What is told at the shutter, before the photo: its hash, and what the device says."""
    viewer = Viewer.of(request)
    if request.method != "POST":
        raise Http404
    try:
        declare_capture(ticket, request.POST.get("sha256", ""), _claim(request), by=viewer.person, at=viewer.at)
    except ShishiError as wrong:
        return JsonResponse({"refused": [wrong.message]}, status=UNTAKEN)
    return JsonResponse({"told_at": viewer.at.isoformat()})


def picture(request: HttpRequest, number: int, size: str) -> HttpResponse:
    """A copy to look at: without any metadata, never kept by a cache between people."""
    if size not in SIZES:
        raise Http404
    viewer = Viewer.of(request)
    content = picture_of(viewer.person, number, size, at=viewer.at)
    headers = {"Cache-Control": "private, max-age=3600, immutable", "Content-Disposition": "inline"}
    return HttpResponse(content, content_type="image/jpeg", headers=headers)


def paper(request: HttpRequest, number: int) -> HttpResponse:
    """A paper, to be saved; it is never opened here."""
    viewer = Viewer.of(request)
    name, content = paper_of(viewer.person, number, at=viewer.at)
    return _file(name, content)


def original(request: HttpRequest, number: int) -> HttpResponse:
    """A photo as it came, with all that it carries; the reason is on the trail."""
    viewer = Viewer.of(request)
    subject = piece_of(viewer.person, number, at=viewer.at)[1]
    if request.method != "POST":
        return _back(subject.row.entry)
    name, content = original_of(viewer.person, number, request.POST.get("reason", ""), at=viewer.at)
    return _file(name, content)


def _file(name: str, content: bytes) -> HttpResponse:
    disposition = content_disposition_header(as_attachment=True, filename=name) or "attachment"
    return HttpResponse(content, content_type="application/octet-stream", headers={"Content-Disposition": disposition})


def step(request: HttpRequest, number: int, step: str) -> HttpResponse:
    """Take evidence back, or say that it proves what the row says now, too."""
    if step not in ("withdraw", "reaffirm"):
        raise Http404
    viewer = Viewer.of(request)
    subject = piece_of(viewer.person, number, at=viewer.at)[1]
    if request.method != "POST":
        return _back(subject.row.entry)
    try:
        if step == "withdraw":
            withdraw_evidence(number, request.POST.get("reason", ""), by=viewer.person, at=viewer.at)
            messages.success(request, _("已撤下，不再计入。原件和原因都留着。"))
        else:
            reaffirm_evidence(number, by=viewer.person, at=viewer.at)
            messages.success(request, _("已确认：它也证明现在的内容。"))
    except ShishiError as wrong:
        messages.error(request, wrong.message)
    return _back(subject.row.entry)


def _back(entry: UUID) -> HttpResponse:
    return HttpResponseRedirect(reverse("office:evidence", args=[entry]))


def _ticket(request: HttpRequest) -> UUID | None:
    text = request.POST.get("ticket", "")
    try:
        return UUID(text) if text else None
    except ValueError as wrong:
        raise Misuse("ticket_unknown", _("拍摄凭证写法不对。请重新拍摄。")) from wrong


def _claim(request: HttpRequest) -> Claim:
    """What the device says; what cannot be read is not claimed."""
    given = request.POST
    try:
        place = Point(Decimal(given["longitude"]), Decimal(given["latitude"])) if "longitude" in given else None
        accuracy = _metres(given.get("accuracy", ""))
        taken = datetime.fromisoformat(given["taken_at"]) if given.get("taken_at") else None
    except (InvalidOperation, KeyError, ValueError, OverflowError):
        return Claim()
    return Claim(taken if taken and taken.tzinfo else None, place, accuracy)


def _metres(text: str) -> int | None:
    """An accuracy in metres, rounded up; what is no number of metres is none."""
    told = Decimal(text) if text else None
    return int(told) + 1 if told is not None and told.is_finite() and 0 <= told < 10**6 else None
