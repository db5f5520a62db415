"""Facts of a case: what its forms and steps said, one flat mapping ``form.field`` → value, in the ledger's own stored
form with encrypted ones sealed; and what the platform itself knows of the case."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime

from shishi.apps.cases.models import CaseRow
from shishi.apps.divisions.selectors import find_division, load_tree
from shishi.apps.files.services import key_ring
from shishi.apps.ledger.intake import CODE_LENGTHS, BatchLookups
from shishi.apps.ledger.sealing import decode, encode, opened, seal, typed
from shishi.apps.programmes.selectors import tables
from shishi.core.calendars import day_of
from shishi.core.checking import Place, RowContext, check_row
from shishi.core.divisions import official
from shishi.core.errors import Issue, Misuse, Refused
from shishi.core.evaluation import Moments
from shishi.core.process_answers import FactAnswers
from shishi.core.processes import Process
from shishi.core.tables import FieldType, Table, Value, Values
from shishi.core.values import CellFault, parse, to_text


def form_of(process: Process, name: str) -> Table:
    """The form as a table. ``Misuse`` (unknown_form)."""
    if name not in process.forms:
        raise Misuse(
            "unknown_form", f"流程“{process.title}”没有表单“{name}”。可用：{'、'.join(process.forms) or '无'}。"
        )
    return process.forms[name]


def read_answers(form: Table, texts: Mapping[str, str], on: date) -> dict[str, Value]:
    """Answers as people type them (field name or title → text) as typed values. ``Refused``
    (answers_refused) with every fault at its field."""
    names = {word: item for item in form.fields for word in (item.name, item.title)}
    places = {item.name for item in form.fields if item.type is FieldType.DIVISION}
    texts = {
        word: _coded(text, on) if word in names and names[word].name in places else text for word, text in texts.items()
    }
    codes = [text for text in texts.values() if text.isdigit() and len(text) in CODE_LENGTHS]
    lookups = BatchLookups(on, load_tree(codes=codes), tables())
    found: dict[str, Value] = {}
    issues: list[Issue] = []
    for word, text in texts.items():
        if word not in names:
            fields = "、".join(f"{item.name}（{item.title}）" for item in form.fields)
            issues.append(Issue("unknown_field", f"表单没有“{word}”。可以填：{fields}。", field=word))
            continue
        try:
            found[names[word].name] = parse(names[word], text, lookups)
        except CellFault as fault:
            issues.append(Issue(fault.code, fault.message, field=names[word].name))
    if issues:
        raise Refused("answers_refused", "表单有内容没有填对，没有写入。", issues)
    return found


def read_facts(process: Process, texts: Mapping[str, str], on: date) -> dict[str, Value]:
    """Answers by the names of their facts (``form.field`` → text) as typed values. ``Refused`` (answers_refused)
    with every fault under that name; ``Misuse`` (unknown_form)."""
    found: dict[str, Value] = {}
    issues: list[Issue] = []
    for fact, text in texts.items():
        form, _, field = fact.partition(".")
        try:
            read = read_answers(form_of(process, form), {field: text}, on)
        except Refused as refused:
            issues += [replace(issue, field=fact) for issue in refused.issues]
            continue
        found |= {f"{form}.{key}": value for key, value in read.items()}
    if issues:
        raise Refused("answers_refused", "更正的内容有没有填对的，没有写入。", issues)
    return found


def _coded(text: str, on: date) -> str:
    """A place that is named by its code; what names none, or several, is left to be refused as it was typed."""
    try:
        return text if text.isdigit() or not text.strip() else find_division(text, on).official_code
    except Misuse:
        return text


def checked(process: Process, name: str, answers: Values, at: datetime) -> dict[str, Value]:
    """The answers of a form, fit to be kept. ``Refused`` (answers_refused) with each fault; fields that
    the form has not are refused too."""
    form = form_of(process, name)
    strange = [
        Issue("unknown_field", f"表单“{form.title}”没有“{key}”。", field=key)
        for key in answers
        if key not in form.by_name
    ]
    context = RowContext(Moments(day_of(at), None, None), Place())
    issues = [*strange, *check_row(form, answers, context)]
    if issues:
        raise Refused("answers_refused", f"“{form.title}”还有 {len(issues)} 处没有填对，没有写入。", issues)
    return dict(answers)


def stored(process: Process, name: str, answers: Values, within: str = "") -> dict[str, object]:
    """The answers of a form as the case keeps them, under ``form.field`` (within an
    instance: ``Sub[3]/form.field``)."""
    told = {f"{name}.{key}": value for key, value in answers.items() if f"{name}.{key}" in process.facts.by_name}
    prefix = f"{within}/" if within else ""
    cells = encode(seal(process.facts, told, key_ring()))
    return {f"{prefix}{key}": cell for key, cell in cells.items()}


def stored_outcome(element: str, outcome: str, within: str = "") -> dict[str, object]:
    """The outcome of a step as a fact."""
    return {f"{within}/{element}.outcome" if within else f"{element}.outcome": outcome}


def known(row: CaseRow, process: Process, said: Mapping[str, object] | None = None) -> dict[str, Value]:
    """Every fact of the case, typed; of encrypted ones their digests. ``said``: what is being said now, in the stored
    form."""
    found: dict[str, Value] = {}
    for key, cell in decode({**row.facts, **(said or {})}).items():
        plain = key.rpartition("/")[2]
        if plain in process.facts.by_name:
            found[key] = typed(process.facts, {plain: cell})[plain]
    return {**found, **of_platform(row, process)}


def of_platform(row: CaseRow, process: Process) -> dict[str, Value]:
    """What the platform knows of a case, as far as the process may ask for it."""
    told: dict[str, Value] = {
        "case.state": row.state,
        "case.outcome": row.outcome or None,
        "case.division": official(row.division),
        "case.channel": row.channel,
        "case.item": row.item or None,
        "case.number": row.number,
        "case.applicant": row.applicant_name,
        "case.applicant_kind": row.applicant_kind,
        "case.opened_on": day_of(row.opened_at),
        "case.round": int(row.standing.get("rounds", 0)),
    }
    return {key: value for key, value in told.items() if key in process.facts.by_name}


def plain_facts(row: CaseRow, process: Process, names: Mapping[str, str] | None = None) -> dict[str, Value]:
    """Facts with encrypted ones opened: for verbs that post them on, never for a page."""
    cells = {key: cell for key, cell in decode(row.facts).items() if names is None or key in names}
    found = {key: cell for key, cell in cells.items() if key in process.facts.by_name}
    return {**opened(process.facts, found, key_ring()), **of_platform(row, process)}


def answers_of(row: CaseRow, process: Process, at: datetime) -> FactAnswers:
    """What the process may ask about its case now."""
    return FactAnswers(process, known(row, process), Moments(day_of(at), None, None))


def said(facts: Mapping[str, Value]) -> dict[str, object]:
    """Facts that a verb says, in the stored form."""
    return {key: to_text(value) for key, value in facts.items()}
