"""Writing circulars 通报: draft on a recorded stocktake, sign, issue with a number and frozen papers, withdraw."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from pathlib import Path

from django.db import transaction

from shishi.adapters.rendering.docx import render_docx
from shishi.adapters.rendering.pdf import render_pdf
from shishi.apps.accounts.models import Person
from shishi.apps.accounts.roles import Action
from shishi.apps.accounts.selectors import body_of, members, require, responsible
from shishi.apps.audit.chain import digest, moment_text
from shishi.apps.audit.services import one_at_a_time, record
from shishi.apps.files.services import content_of, keep_all
from shishi.apps.indicators.selectors import Asked, Reckoning
from shishi.apps.messages.services import post_message
from shishi.apps.programmes.selectors import programme_named
from shishi.apps.supervision.circular_document import circular_document
from shishi.apps.supervision.circulars_seen import CircularView, circular_seen, circular_view
from shishi.apps.supervision.drafting import issuer_of
from shishi.apps.supervision.models import Circular, CircularPaper, CircularStep
from shishi.apps.supervision.numbering import next_number
from shishi.apps.supervision.papers import Files
from shishi.apps.supervision.selectors import looks
from shishi.core.calendars import day_of
from shishi.core.circulars import TURNS, CircularAction, CircularState, turn
from shishi.core.divisions import normalise
from shishi.core.documents import citations_document
from shishi.core.errors import Misuse
from shishi.core.programmes import Part, Programme
from shishi.core.typography import chinese_date

A = CircularAction
SERIES = "通报"


@transaction.atomic
def draft_circular(
    programme: str,
    as_of: date,
    *,
    by: Person,
    at: datetime,
    indicator: str = "",
    demonstration: bool = False,
) -> CircularView:
    """Draft a circular on a day's stocktake, ranked by an indicator (default: the one that the daily brief breaks down,
    else the first headline). A draft that there is already is returned. ``Misuse`` (no_look, unknown_indicator)."""
    _, known = programme_named(programme)
    require(by, Action.DRAFT_NOTICE, root := normalise(known.division), known.name, day_of(at))
    look = looks(known.name, as_of).get(as_of)
    if look is None:
        raise Misuse("no_look", f"{as_of} 还没有调度记录，通报要以一次调度的数字为准。先运行 shishi day {as_of}。")
    chosen = indicator or _usual(known)
    if chosen not in {item.code for item in known.indicators}:
        codes = "、".join(item.code for item in known.indicators)
        raise Misuse("unknown_indicator", f"本项目没有指标“{chosen}”。现有：{codes}。")
    one_at_a_time()
    unsent = Circular.objects.filter(state__in=(CircularState.DRAFT, CircularState.SIGNED))
    if held := unsent.filter(programme=known.name, indicator=chosen, as_of=as_of).first():
        return circular_view(held)
    title = known.indicator(chosen).title
    row = Circular.objects.create(
        programme=known.name,
        indicator=chosen,
        as_of=as_of,
        known_at=look.known_at,
        title=f"关于{known.title}“{title}”进展情况的通报",
        opening=f"现将截至{chinese_date(as_of)}{known.title}工作进展情况通报如下。",
        requirement="落后和未报的单位要查明原因，倒排工期，尽快赶上序时进度；已完成的单位要巩固成果。",
        issuer=issuer_of(known, root, by, at),
        issuer_division=root,
        series=SERIES,
        demonstration=demonstration or known.demonstration,
    )
    _write(row, A.DRAFT, "", by, at, worded=True)
    return circular_seen(by, str(row.pk), at=at)


@transaction.atomic
def reword_circular(
    circular: str, *, title: str, opening: str, requirement: str, by: Person, at: datetime
) -> CircularView:
    """Change the words of a draft; one that was signed has to be signed again. The figures stay the stocktake's."""
    row = _held(circular, by, at)
    told = {"title": title.strip(), "opening": opening.strip(), "requirement": requirement.strip()}
    if not told["title"] or len(told["title"]) > 200:
        raise Misuse("circular_title", "标题不能空着，也不能超过200字。")
    if told == {name: getattr(row, name) for name in told}:
        return circular_view(row)
    row.title, row.opening, row.requirement = told["title"], told["opening"], told["requirement"]
    return _take(row, A.REWORD, "", by, at, worded=True)


@transaction.atomic
def sign_circular(circular: str, *, by: Person, at: datetime) -> CircularView:
    """A leader signs the draft."""
    return _take(_held(circular, by, at), A.SIGN, "", by, at)


@transaction.atomic
def issue_circular(circular: str, *, by: Person, at: datetime) -> CircularView:
    """Number it, freeze its papers, tell every lead body of the programme. Without papers it does not go out."""
    row = _held(circular, by, at)
    turn(CircularState(row.state), A.ISSUE)
    row.number = next_number(row.series, day_of(at).year)
    view = _take(row, A.ISSUE, "", by, at)
    _freeze(view, by, at)
    text = "\n".join([view.title, f"文号：{view.number}", "（演示数据）" if view.demonstration else ""]).strip()
    for person in _concerned(view, by, at):
        key = f"circular:{view.id}:{person.username}"
        subject = f"【通报】{view.number} 已印发"
        post_message(to=person, key=key, subject=subject, text=text, about=f"circular:{view.id}", at=at)
    return view


@transaction.atomic
def withdraw_circular(circular: str, reason: str, *, by: Person, at: datetime) -> CircularView:
    """Take it back, with a reason; it keeps its number and its history."""
    return _take(_held(circular, by, at), A.WITHDRAW, reason, by, at)


def circular_paper(circular: str, *, by: Person, at: datetime) -> Files:
    """The paper: of an issued circular the frozen one, of a draft how it would look."""
    view = circular_seen(by, circular, at=at)
    held = CircularPaper.objects.filter(circular=view.id).first()
    if held:
        return Files(content_of(held.docx), content_of(held.pdf), held.citations)
    return _rendered(view, by, at)


def put_circular(circular: str, folder: Path, *, by: Person, at: datetime) -> tuple[Path, ...]:
    """Write the paper's .docx, .pdf and .json into a folder."""
    view, files = circular_seen(by, circular, at=at), circular_paper(circular, by=by, at=at)
    folder.mkdir(parents=True, exist_ok=True)
    stem = f"{view.number or f'草稿{view.id}'}-{view.title}".replace("/", "／")
    paths = tuple(folder / f"{stem}.{ending}" for ending in ("docx", "pdf", "json"))
    paths[0].write_bytes(files.docx)
    paths[1].write_bytes(files.pdf)
    paths[2].write_text(json.dumps(files.citations, ensure_ascii=False, indent=1), encoding="utf-8")
    return paths


def circulars_issued(title: str, number: str, day: str) -> tuple[Mapping[str, object], ...]:
    """The citations of the circulars that went out under a title and number on a day (ISO 8601)."""
    held = CircularPaper.objects.filter(citations__title=title, citations__number=number, citations__date=day)
    return tuple(held.values_list("citations", flat=True))


def digest_of_circular_step(step: CircularStep, previous: str) -> str:
    """SHA-256 over a line and the digest of the line before it; the first one covers what the circular rests on."""
    row = step.circular
    said: list[object] = [
        previous,
        row.pk,
        row.programme,
        row.indicator,
        row.as_of.isoformat(),
        moment_text(row.known_at),
    ]
    return digest([*said, step.position, step.action, step.person, moment_text(step.at), step.text, step.wording])


def recomputed_circular_digest(subject: str) -> str | None:
    """For the audit: the digest of a step (``circular/position``) from what is stored now."""
    circular, _, position = subject.partition("/")
    steps = CircularStep.objects.filter(circular__pk=circular).select_related("circular")
    step = steps.filter(position=position).first()
    if step is None:
        return None
    before = steps.filter(position=step.position - 1).first()
    return digest_of_circular_step(step, before.digest if before else "")


def circular_step_identifiers() -> tuple[str, ...]:
    """For the audit: every step must have its event."""
    return tuple(f"{circular}/{at}" for circular, at in CircularStep.objects.values_list("circular_id", "position"))


def _usual(programme: Programme) -> str:
    """The indicator to rank by when none is named."""
    planned = [plan.breakdown for plan in programme.briefs if plan.breakdown]
    headlines = [item.code for item in programme.indicators if item.headline]
    return next(iter([*planned, *headlines, *(item.code for item in programme.indicators)]))


def _take(
    row: Circular, action: CircularAction, text: str, by: Person, at: datetime, *, worded: bool = False
) -> CircularView:
    """Check the right, take the step, record it."""
    require(by, Action(TURNS[action].right.value), row.issuer_division, row.programme, day_of(at))
    row.state = turn(CircularState(row.state), action, text)
    row.save()
    _write(row, action, text, by, at, worded=worded)
    return circular_seen(by, str(row.pk), at=at)


def _write(row: Circular, action: CircularAction, text: str, by: Person, at: datetime, *, worded: bool) -> None:
    last = row.steps.order_by("-position").first()
    step = CircularStep(
        circular=row,
        position=last.position + 1 if last else 1,
        action=action,
        person=by.username,
        at=at,
        text=text,
        wording={"title": row.title, "opening": row.opening, "requirement": row.requirement} if worded else None,
    )
    step.digest = digest_of_circular_step(step, last.digest if last else "")
    step.save(force_insert=True)
    record(
        at=at,
        person=by.username,
        body=body_of(by, day_of(at)),
        action=f"circular.{action.value}",
        subject=f"circular:{row.pk}/{step.position}",
        digest=step.digest,
        detail={"programme": row.programme, "as_of": row.as_of.isoformat(), "number": row.number},
    )


def _held(circular: str, by: Person, at: datetime) -> Circular:
    """The circular, within the person's sight, locked; the trail's lock comes first."""
    one_at_a_time()
    return Circular.objects.select_for_update().get(pk=circular_seen(by, circular, at=at).id)


def _concerned(view: CircularView, by: Person, at: datetime) -> Iterable[Person]:
    """The people of every body that leads the programme in a division that it supervises."""
    on = day_of(at)
    units = Reckoning(by, Asked(view.programme, view.as_of, view.known_at), at).units
    bodies = [body for code in sorted(units) for body in responsible(view.programme, code, Part.LEAD, on)]
    return {person.pk: person for body in bodies for person in members(body, on)}.values()


def _rendered(view: CircularView, by: Person, at: datetime) -> Files:
    document = circular_document(view, Reckoning(by, Asked(view.programme, view.as_of, view.known_at), at))
    with tempfile.TemporaryDirectory() as folder:
        docx, pdf = Path(folder) / "circular.docx", Path(folder) / "circular.pdf"
        render_docx(document, docx)
        render_pdf(document, pdf)
        return Files(docx.read_bytes(), pdf.read_bytes(), citations_document(document))


def _freeze(view: CircularView, by: Person, at: datetime) -> None:
    files = _rendered(view, by, at)
    docx, pdf = (one.sha256 for one in keep_all((files.docx, files.pdf), at))
    held = CircularPaper.objects.create(
        circular_id=view.id, docx=docx, pdf=pdf, citations=files.citations, written_at=at, person=by.username
    )
    record(
        at=at,
        person=by.username,
        body=body_of(by, day_of(at)),
        action="circular.paper",
        subject=f"circular.paper:{held.pk}",
        digest=digest([files.citations, docx, pdf]),
        detail={"number": view.number, "title": view.title},
    )
