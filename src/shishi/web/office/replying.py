"""A reply to a notice: words, a workbook that goes through the ordinary import, or a batch that is in already."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shishi.apps.accounts.roles import Action
from shishi.apps.accounts.selectors import may
from shishi.apps.jobs.selectors import job_of
from shishi.apps.ledger.hand_in_jobs import CHECK, ENDINGS, MOST_BYTES, Sent, keep_upload, sent_of
from shishi.apps.programmes.selectors import table_named
from shishi.apps.supervision.allowed import Rights
from shishi.apps.supervision.answers import batches_to_answer
from shishi.apps.supervision.replying import Reply, reply_of, require_possible
from shishi.apps.supervision.selectors import NoticeView
from shishi.core.calendars import SHANGHAI, day_of
from shishi.core.divisions import official
from shishi.core.errors import ShishiError
from shishi.core.ledger import Mode
from shishi.web.design.forms import UploadField
from shishi.web.office.importing import address_of, begin
from shishi.web.office.step_forms import Step, StepForm, ask
from shishi.web.office.viewing import Viewer

if TYPE_CHECKING:
    from shishi.apps.jobs.selectors import Job
    from shishi.apps.ledger.selectors import Batch
    from shishi.core.tables import Table

L = gettext_lazy


class ReplyForm(StepForm):
    """Words, a workbook, or both; instead of the workbook a batch that is already in."""

    def __init__(self, *args: Any, tables: list[Table], batches: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if tables:
            self.fields["file"] = UploadField(
                label=L("更新台账的工作簿"),
                endings=ENDINGS,
                most_bytes=MOST_BYTES,
                required=False,
                help_text=L("和“导入”一样先核对：有问题的整份退回，没有问题的确认后写入，同时反馈。"),
            )
            self.fields["table"] = forms.ChoiceField(
                label=L("工作簿是哪张台账"), choices=[(item.name, item.title) for item in tables], required=False
            )
            self.fields["as_of"] = forms.DateField(
                label=L("工作簿的截至日"),
                required=False,
                widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            )
        if batches:
            self.fields["batch"] = forms.ChoiceField(
                label=L("或者：签发以后已经报送的批次"), choices=[("", _("不附批次")), *batches], required=False
            )

    def clean(self) -> dict[str, Any]:
        """One of the three is needed; a workbook needs its table and day; a batch stands instead of a workbook."""
        told = super().clean() or self.cleaned_data
        file, batch = told.get("file"), told.get("batch")
        if not (file or batch or str(told.get("text") or "").strip()) and "file" not in self.errors:
            self.add_error("text", _("请写明反馈内容，或附上更新台账的工作簿。"))
        if file and batch:
            self.add_error("batch", _("附了工作簿，就不再选批次。请只留一样。"))
        if file and not told.get("as_of") and "as_of" not in self.errors:
            self.add_error("as_of", _("请填写工作簿的截至日。"))
        return told


def reply(request: HttpRequest, viewer: Viewer, step: Step) -> HttpResponse:
    """The page of the reply. ``again`` in the address is the hand-in that had faults: what was said then is kept."""
    notice: NoticeView = step.view
    tables = _tables(viewer, notice)
    batches = [(str(item.pk), _named(item)) for item in batches_to_answer(viewer.person, notice)]
    usual = _usual_table(notice, tables)
    before = _said_before(request, viewer, notice)
    initial = {"table": usual, "as_of": day_of(viewer.at), **before}
    bodies: Any = step.given["bodies"]

    def take(form: ReplyForm) -> NoticeView | Job:
        return _hand_in(viewer, notice, form, bodies) if form.given("file", None) else step.take(form)

    def told(done: NoticeView | Job) -> str:
        words = str(step.asks.told)
        return words if isinstance(done, NoticeView) else _("已收到，正在读取；确认写入时一并反馈。")

    return ask(
        request,
        viewer,
        replace(step, take=take, given={**step.given, "tables": tables, "batches": batches}),
        ReplyForm,
        page={"tables": tables, "usual": usual, "place": _place(viewer, notice)},
        initial=initial,
        then=lambda done: step.back if isinstance(done, NoticeView) else address_of(done),
        told=told,
    )


def _tables(viewer: Viewer, notice: NoticeView) -> list[Table]:
    """The tables of the programme into which the person may hand in by themselves."""
    on = day_of(viewer.at)
    hands_in = any(
        may(viewer.person, Action.HAND_IN, item.division, notice.programme, on) for item in notice.recipients
    )
    _pack, programme = viewer.programme(notice.programme)
    return [item for item in programme.tables if hands_in and not item.by_service and not item.approval]


def _place(viewer: Viewer, notice: NoticeView) -> str:
    """The code of the first recipient for which the person answers: its rows are what the template is filled with."""
    own = Rights(viewer.person, viewer.at).answering(notice)
    return next((official(item.division) for item in notice.recipients if item.body in own), "")


def _usual_table(notice: NoticeView, tables: list[Table]) -> str:
    """The table of the first finding that names one."""
    known = {item.name for item in tables}
    return next((item.table for item in notice.grounds if item.table in known), "")


def _said_before(request: HttpRequest, viewer: Viewer, notice: NoticeView) -> dict[str, object]:
    """What went with the hand-in that the address names, if it was for this notice."""
    try:
        job = job_of(viewer.person, request.GET.get("again", ""), viewer.at)
        sent = sent_of(job.asked)
        said = reply_of(sent.errand)
    except (ShishiError, ValueError, KeyError, TypeError):
        return {}
    if said.notice != str(notice.id) or job.person != viewer.person.username:
        return {}
    return {"text": said.text, "body": said.body, "table": sent.table, "as_of": sent.as_of}


def _hand_in(viewer: Viewer, notice: NoticeView, form: ReplyForm, bodies: Sequence[tuple[str, str]]) -> Job:
    """Look at the workbook; the reply waits with it until it is written."""
    told = form.cleaned_data
    body = form.given("body") or (bodies[0][0] if bodies else "")
    said = Reply(str(notice.id), body, form.given("text").strip())
    _programme, table = table_named(told["table"], told["as_of"])
    require_possible(said, table, by=viewer.person, at=viewer.at)
    division = next(item.division for item in notice.recipients if item.body == body)
    file = told["file"]
    sha256 = keep_upload(file.read(), str(file.name), table.name, by=viewer.person, at=viewer.at)
    sent = Sent(table.name, told["as_of"], Mode.MERGE, division, sha256, str(file.name), errand=said.document())
    return begin(viewer, CHECK, sent)


def _named(batch: Batch) -> str:
    _programme, table = table_named(batch.table)
    when = batch.recorded_at.astimezone(SHANGHAI)
    told = {"table": table.title, "when": f"{when:%m-%d %H:%M}", "rows": batch.rows}
    return _("%(when)s　%(table)s　%(rows)s 行") % told
