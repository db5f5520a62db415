"""Import in three steps: what was understood, what will change cell by cell, done. Each is a job that is watched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from shishi.apps.accounts.roles import Action
from shishi.apps.accounts.selectors import reaches
from shishi.apps.divisions.selectors import find_division
from shishi.apps.files.services import content_of
from shishi.apps.jobs.progress import reached
from shishi.apps.jobs.selectors import job_of, jobs_for
from shishi.apps.jobs.services import start
from shishi.apps.ledger.hand_in_jobs import (
    CHECK,
    PROPOSE,
    RECEIVE,
    Sent,
    document_kept,
    keep_upload,
    page_of,
    sent_of,
)
from shishi.apps.ledger.handing_out import Wanted
from shishi.apps.ledger.mappings import mappings_of
from shishi.apps.ledger.templates import make_template
from shishi.apps.programmes.selectors import programmes_for, table_named, tables
from shishi.apps.supervision.replying import KIND as REPLY
from shishi.apps.supervision.selectors import notice_of
from shishi.core.calendars import day_of
from shishi.core.divisions import official
from shishi.core.errors import Misuse
from shishi.web.design.forms import answer
from shishi.web.office.import_forms import (
    ConfirmForm,
    ExplainForm,
    MappingForm,
    UploadForm,
    sent_from,
    table_choices,
)
from shishi.web.office.viewing import Viewer, query_of

if TYPE_CHECKING:
    from shishi.apps.jobs.selectors import Job
    from shishi.apps.supervision.selectors import NoticeView
    from shishi.core.programmes import Programme

PAGE = 50
RECENT = 10
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
KINDS = {"posted": "新增", "revised": "更新", "withdrawn": "撤下"}


def imports(request: HttpRequest) -> HttpResponse:
    """Step one: the workbook; below it templates, and what was handed in lately."""
    viewer = Viewer.of(request)
    own = handed_in_by(viewer)
    chosen = request.GET.get("table", "") or request.POST.get("table", "")
    recent = [job for job in jobs_for(viewer.person, own=True, limit=50, at=viewer.at) if is_hand_in(job)]
    page = {"recent": recent[:RECENT], "programmes": own, "chosen": chosen}
    initial = {
        "table": chosen,
        "as_of": day_of(viewer.at),
        "division": request.GET.get("division", "") or usual_division(viewer),
    }
    return answer(
        request,
        UploadForm,
        "office/imports.html",
        page,
        act=lambda form: _take(viewer, form),
        then=address_of,
        told=lambda job: _("已收到，正在读取。"),
        by=viewer.person,
        at=viewer.at,
        initial=initial,
        given={"choices": table_choices(own)},
    )


def is_hand_in(job: Job) -> bool:
    """Whether the job is one that these pages show."""
    return job.kind.startswith("ledger.") or job.kind == REPLY


def handed_in_by(viewer: Viewer) -> list[Programme]:
    """The programmes into whose tables the person may hand in."""
    own = reaches(viewer.person, Action.HAND_IN, day_of(viewer.at))
    seen = (programme for _, programme in programmes_for(viewer.person, at=viewer.at))
    return [item for item in seen if any(reach.holds(reach.divisions[0], item.name) for reach in own)]


def usual_division(viewer: Viewer) -> str:
    """The division that the person most likely hands in for, by its official code; empty for the whole country."""
    own = reaches(viewer.person, Action.HAND_IN, day_of(viewer.at))
    code = own[0].divisions[0] if own else ""
    return official(code) if len(code) > 2 else ""


def _take(viewer: Viewer, form: UploadForm) -> Job:
    told = form.cleaned_data
    division = find_division(told["division"].strip(), told["as_of"]).code if told["division"].strip() else ""
    file = told["file"]
    sha256 = keep_upload(file.read(), str(file.name), told["table"], by=viewer.person, at=viewer.at)
    return begin(viewer, CHECK, sent_from(form, sha256, division))


def begin(viewer: Viewer, kind: str, sent: Sent) -> Job:
    """Ask for the job."""
    programme, table = table_named(sent.table, sent.as_of)
    title = f"{table.title}：{sent.file}"
    return start(kind, title, sent.document(), programme=programme.name, by=viewer.person, at=viewer.at)


def address_of(job: Job | None) -> str:
    """The page on which a hand-in is watched."""
    return reverse("office:import", args=[job.pk]) if job else reverse("office:imports")


@dataclass
class HandInJob:
    """A job of this page with what it kept."""

    viewer: Viewer
    job: Job

    @classmethod
    def of(cls, viewer: Viewer, identifier: UUID) -> HandInJob:
        """One's own; ``Http404`` for jobs of another kind and other people's: a cell is for who handed it in."""
        job = job_of(viewer.person, str(identifier), viewer.at)
        if not is_hand_in(job) or job.person != viewer.person.username:
            raise Http404
        return cls(viewer, job)

    @cached_property
    def sent(self) -> Sent:
        """What was handed in."""
        return sent_of(self.job.asked)

    @cached_property
    def understood(self) -> dict[str, Any]:
        """What was made of the workbook; empty where it could not be opened."""
        kept = self.job.outcome.get("understood")
        found = document_kept(kept) if kept else {}
        return found if isinstance(found, dict) else {}

    def faults(self, number: int) -> tuple[Sequence[Mapping[str, Any]], Any]:
        """A page of the faults."""
        parts, many = self.job.outcome.get("faults", []), int(self.job.outcome.get("fault_count", 0))
        pages = Paginator(range(many), PAGE).get_page(number)
        return page_of(parts, (number - 1) * PAGE, PAGE), pages

    def changes(self, number: int) -> tuple[Sequence[Mapping[str, Any]], Any]:
        """A page of the rows that change, each with its cells."""
        parts, many = self.job.outcome.get("changes", []), int(self.job.outcome.get("changed_rows", 0))
        pages = Paginator(range(many), PAGE).get_page(number)
        return page_of(parts, (number - 1) * PAGE, PAGE), pages

    @cached_property
    def queries(self) -> list[str]:
        """Places of rows that want a reason, of the first part of the faults."""
        first = page_of(self.job.outcome.get("faults", []), 0, 200)
        told = [f"{item['sheet']}!{item['row']}" for item in first if item["code"] == "query_unexplained"]
        return list(dict.fromkeys(told))

    def choices(self, *, approval: bool) -> dict[str, Any]:
        """What the last word is about; a reply is written at once or not at all."""
        return {"conflicts": self.job.outcome.get("conflicts", 0), "approval": approval or bool(self.sent.errand)}

    @cached_property
    def notice(self) -> NoticeView | None:
        """The notice that the hand-in answers, if it was handed in for that."""
        said = self.sent.errand
        return notice_of(self.viewer.person, said["notice"], at=self.viewer.at) if said else None

    def page(self) -> dict[str, object]:
        """What every step shows."""
        programme, table = table_named(self.sent.table, self.sent.as_of)
        division = find_division(self.sent.division).name if self.sent.division else ""
        return {
            "job": self.job,
            "sent": self.sent,
            "programme": programme,
            "table": table,
            "division": division,
            "outcome": self.job.outcome,
            "progress": None if self.job.ended else reached(self.job.pk),
            "kinds": KINDS,
            "approval": table.approval,
            "notice": self.notice,
        }


def imported(request: HttpRequest, job: UUID) -> HttpResponse:
    """Step two or three of one hand-in, or how far it is."""
    viewer, query = Viewer.of(request), query_of(request)
    found = HandInJob.of(viewer, job)
    page = found.page() | {"query": query}
    if not found.job.ended:
        part = "office/import_progress.html" if request.headers.get("HX-Request") else "office/import_running.html"
        return render(request, part, page)
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})
    if found.job.kind == CHECK and found.job.state in ("done", "refused"):
        return _looked_at(request, found, page)
    if found.job.state == "refused":
        return render(request, "office/import_faults.html", page | _faults(found, query.page))
    return render(request, "office/import_done.html", page | _done(found, query.page))


def _looked_at(request: HttpRequest, found: HandInJob, page: dict[str, object]) -> HttpResponse:
    number = query_of(request).page
    if request.GET.get("step") == "understood" or (not found.job.outcome.get("faults") and "step" not in request.GET):
        return render(request, "office/import_understood.html", page | _understood(found))
    if found.job.state == "refused":
        return render(request, "office/import_faults.html", page | _faults(found, number))
    rows, pages = found.changes(number)
    apart = page_of(found.job.outcome.get("faults", []), 0, PAGE)
    given = found.choices(approval=bool(page["approval"]))
    more = {"rows": rows, "pages": pages, "apart": apart, "form": ConfirmForm(**given)}
    return render(request, "office/import_changes.html", page | more | _notes(found))


def _understood(found: HandInJob) -> dict[str, object]:
    _programme, table = table_named(found.sent.table, found.sent.as_of)
    form = MappingForm(table=table, understood=found.understood)
    remembered = mappings_of(found.viewer.person, table)
    sheets = []
    for sheet in found.understood.get("sheets", ()):
        columns = [dict(item, choice=form.field_of(item["header"])) for item in sheet["fields"]]
        unread = [
            dict(item, choice=form.field_of(item["text"])) for item in sheet["skipped"] if item["what"] == "column"
        ]
        sheets.append({**sheet, "columns": columns, "unread": unread})
    return {"sheets": sheets, "form": form, "remembered": remembered, "understood": found.understood, **_notes(found)}


def _notes(found: HandInJob) -> dict[str, object]:
    notes, kept = found.job.outcome.get("notes"), found.job.outcome.get("kept")
    told = document_kept(notes) if notes else found.understood.get("notes", [])
    return {"notes": told, "kept": document_kept(kept) if kept else []}


def _faults(found: HandInJob, number: int) -> dict[str, object]:
    faults, pages = found.faults(number)
    form = ExplainForm(places=found.queries)
    shown: set[str] = set()
    rows = []
    for item in faults:
        place = f"{item['sheet']}!{item['row']}"
        line = form.field_of(place) if item["code"] == "query_unexplained" and place not in shown else None
        shown |= {place} if line else set()
        rows.append({**item, "explain": line})
    return {"faults": rows, "pages": pages, "form": form, "has_queries": bool(found.queries)}


def _done(found: HandInJob, number: int) -> dict[str, object]:
    from shishi.web.office.batches import moved_by

    rows, pages = found.changes(number)
    batch = found.job.outcome.get("batch", "")
    moved = moved_by(found.viewer, batch) if batch and found.job.outcome.get("status") == "accepted" else ()
    return {"rows": rows, "pages": pages, "moved": moved, **_notes(found)}


def mapping(request: HttpRequest, job: UUID) -> HttpResponse:
    """The headers mean something else: look at the same file again."""
    viewer = Viewer.of(request)
    found = HandInJob.of(viewer, job)
    _programme, table = table_named(found.sent.table, found.sent.as_of)

    def act(form: MappingForm) -> Job:
        if not form.said:
            raise Misuse("nothing_said", _("没有改任何一栏的对应。要改，请在右边选择这一栏是什么。"))
        return begin(viewer, CHECK, replace(found.sent, corrected={**found.sent.corrected, **form.said}))

    return _again(request, found, MappingForm, act, {"table": table, "understood": found.understood})


def explain(request: HttpRequest, job: UUID) -> HttpResponse:
    """Queries have reasons: look at the same file again, with them."""
    viewer = Viewer.of(request)
    found = HandInJob.of(viewer, job)

    def act(form: ExplainForm) -> Job:
        if not form.said:
            raise Misuse("nothing_said", _("还没有写核实说明。情况属实的，请在那一行写明原因。"))
        return begin(viewer, CHECK, replace(found.sent, explained={**found.sent.explained, **form.said}))

    return _again(request, found, ExplainForm, act, {"places": found.queries})


def confirm(request: HttpRequest, job: UUID) -> HttpResponse:
    """Write it, or hold it for a second person."""
    viewer = Viewer.of(request)
    found = HandInJob.of(viewer, job)
    _programme, table = table_named(found.sent.table, found.sent.as_of)

    def act(form: ConfirmForm) -> Job:
        if found.job.kind != CHECK or found.job.state != "done":
            raise Misuse("not_looked_at", _("这份表还有问题，不能写入。请先改正再报送。"))
        told = form.cleaned_data
        plain = REPLY if found.sent.errand else RECEIVE
        kind = PROPOSE if table.approval or told.get("propose") else plain
        return begin(viewer, kind, replace(found.sent, overwrite=bool(told.get("overwrite"))))

    given = found.choices(approval=table.approval)
    return _again(request, found, ConfirmForm, act, given)


def _again(request: HttpRequest, found: HandInJob, form: Any, act: Any, given: Mapping[str, object]) -> HttpResponse:
    if request.method != "POST":
        return redirect("office:import", found.job.pk)
    viewer = found.viewer
    page = found.page()
    return answer(
        request,
        form,
        "office/import_again.html",
        page,
        act=act,
        then=lambda job: address_of(job) + ("?step=understood" if form is MappingForm else ""),
        told=lambda job: _("正在办理。"),
        by=viewer.person,
        at=viewer.at,
        given=given,
    )


def marked(request: HttpRequest, job: UUID) -> HttpResponse:
    """The workbook with every fault in its cell."""
    found = HandInJob.of(Viewer.of(request), job)
    kept = found.job.outcome.get("marked")
    if not kept:
        raise Http404
    return _file(content_of(kept), f"已标记-{Path(found.sent.file).stem}.xlsx")


def template(request: HttpRequest) -> HttpResponse:
    """The workbook of a table, empty or (``prefill``) with the rows that are held."""
    viewer, query = Viewer.of(request), query_of(request)
    programme, table = table_named(request.GET.get("table", ""), query.as_of)
    viewer.programme(programme.name)
    on = query.as_of or day_of(viewer.at)
    wanted = Wanted(programme, table, tables(), on, query.division)
    prefill = request.GET.get("prefill") == "1"
    with TemporaryDirectory(prefix="shishi-") as folder:
        path = Path(folder) / "template.xlsx"
        make_template(wanted, path, prefill=prefill, to=viewer.person, at=viewer.at)
        content = path.read_bytes()
    return _file(content, f"{table.title}-{'带数据' if prefill else '模板'}-{on}.xlsx")


def _file(content: bytes, name: str) -> HttpResponse:
    disposition = content_disposition_header(as_attachment=True, filename=name.replace("/", "／"))
    return HttpResponse(content, content_type=XLSX, headers={"Content-Disposition": disposition or "attachment"})
