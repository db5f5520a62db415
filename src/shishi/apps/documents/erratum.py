"""The erratum 更正: which printed numbers and sentences are no longer so, what they are now, and as known when."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from shishi.adapters.rendering.printing_house import print_document
from shishi.apps.accounts.models import Person
from shishi.apps.documents.checking import CheckedCitation, check_citations
from shishi.apps.documents.keeping import Slot, briefs_like, keep_brief, unrivalled
from shishi.apps.documents.models import Brief
from shishi.apps.documents.quoting import printed_aspect
from shishi.apps.documents.reckonings import Reckonings
from shishi.apps.documents.work_record import CheckedEntry, check_entries
from shishi.apps.indicators.selectors import Asked, Reckoning
from shishi.apps.ledger.periods import reopenings
from shishi.core.blocks import Align, Block, Cell, Grid, Heading, Note, Paragraph, Run, number
from shishi.core.calendars import day_of
from shishi.core.citations import Aspect, Citation, EntryCitation, citations_of, entry_citations_of
from shishi.core.divisions import covers
from shishi.core.documents import Document, DocumentKind, Proof
from shishi.core.indicators import Indicator
from shishi.core.printing import print_value
from shishi.core.programmes import BriefPlan
from shishi.core.typography import chinese_date

WORDS = {
    Aspect.EXPECTED: "序时应达",
    Aspect.TARGET: "目标",
    Aspect.BEHIND_POINTS: "差距",
    Aspect.BEHIND_DAYS: "差距天数",
    Aspect.DUE: "应报单位",
    Aspect.RECEIVED: "已报单位",
    Aspect.RATE: "完成率",
    Aspect.SILENT: "未报单位",
    Aspect.PLACE: "位次",
    Aspect.RANKED: "参加排名单位",
}
WITHDRAWN = "已撤回或改为不公开，不再引用。"


@dataclass(frozen=True, slots=True)
class ErratumSheet:
    """What an erratum is written on. ``asked`` is as known now; citations of any programme are reckoned by it."""

    plan: BriefPlan
    demonstration: bool
    proof: Proof | None
    reckonings: Reckonings
    asked: Asked

    def reckoning(self, citation: Citation) -> Reckoning:
        """The programme of a citation, as known now."""
        return self.reckonings.of(replace(self.asked, programme=citation.programme))


@dataclass(frozen=True, slots=True)
class News:
    """What of a brief changed: numbers, and sentences from the work record."""

    numbers: tuple[CheckedCitation, ...]
    sentences: tuple[CheckedEntry, ...]

    def told(self) -> set[tuple[str, ...]]:
        """The new answers, to see whether an erratum has told them."""
        found = {_answer(item.citation, str(item.value_now)) for item in self.numbers}
        return found | {(str(item.citation.entry), item.now) for item in self.sentences}


def correct(brief: Brief, sheet: Callable[[], ErratumSheet], *, by: Person, at: datetime) -> Brief | None:
    """Write what of ``brief`` is no longer so; ``None`` when nothing is new. ``sheet`` is only asked for when it is
    needed."""
    return unrivalled(lambda: _correct(brief, sheet, by, at))


def _correct(brief: Brief, sheet: Callable[[], ErratumSheet], by: Person, at: datetime) -> Brief | None:
    series = briefs_like(brief.programme, brief.kind, brief.division)
    last = series.filter(as_of=brief.as_of, edition=brief.edition).latest("erratum")
    numbers = check_citations(citations_of(brief.citations), by, at)
    sentences = check_entries(entry_citations_of(brief.citations), by, at)
    news = News(tuple(n for n in numbers if n.changed), tuple(s for s in sentences if s.changed))
    if not news.told() or (last.erratum and _told(last) == news.told()):
        return None
    paper, turn = sheet(), last.erratum + 1
    document = compose_erratum(brief, paper, news, turn)
    known_at = paper.asked.known_at or at
    place = brief.programme, brief.kind, brief.division, brief.as_of, brief.number
    slot = Slot(*place, known_at, turn, brief.edition)
    return keep_brief(document, print_document(document), slot, by, at)


def _told(erratum: Brief) -> set[tuple[str, ...]]:
    found = {
        _answer(item, str(item.value)) for item in citations_of(erratum.citations) if item.known_at == erratum.known_at
    }
    cited = entry_citations_of(erratum.citations)
    new = {item.entry: item.printed for item in cited if item.known_at == erratum.known_at}
    return found | {(str(item.entry), new.get(item.entry, "")) for item in cited}


def _answer(citation: Citation, value: str) -> tuple[str, ...]:
    return (citation.programme, citation.indicator, citation.division, citation.aspect, value)


def compose_erratum(brief: Brief, sheet: ErratumSheet, news: News, sequence: int) -> Document:
    """A short paper with one line for each number and each sentence that changed; both answers are cited."""
    citations, lines = _lines(sheet, news.numbers)
    entries, sentences = _sentences(sheet, news.sentences)
    plan, title = sheet.plan, brief.title
    return Document(
        kind=DocumentKind(brief.kind),
        title=f"关于{title}第{brief.number}期的更正",
        issuer_mark=plan.mark,
        number=f"第{brief.number}期更正之{sequence}",
        date=brief.as_of,
        blocks=tuple(_blocks(f"{chinese_date(brief.as_of)}的{title}", lines, sentences, _opened(brief, sheet, news))),
        issuer=plan.signatory,
        addressee=plan.addressee,
        signatory=plan.signatory,
        signed_on=brief.as_of,
        citations=tuple(citations),
        entries=tuple(entries),
        demonstration=sheet.demonstration,
        proof=sheet.proof,
    )


def _blocks(
    what: str, lines: Sequence[tuple[Cell, ...]], sentences: Sequence[tuple[Cell, ...]], opened: Sequence[str]
) -> Iterator[Block]:
    yield Paragraph((Run(f"{what}印发后，收到更正和补报的数据。原文不改，变化的内容如下。"),))
    if lines:
        yield Heading(1, "更正的数字")
        align = (Align.LEFT, Align.LEFT, Align.NUMBER, Align.NUMBER)
        yield Grid("更正对照", ("单位", "指标", "原印数", "更正为"), tuple(lines), align)
    if sentences:
        yield Heading(1, "更正的文字")
        yield Grid("文字更正对照", ("原文", "更正为"), tuple(sentences), (Align.LEFT, Align.LEFT))
    yield from (Paragraph((Run(text),)) for text in opened)
    yield Note("说明：原印的按原文印发时所知，更正的按现在所知，截至日相同。")


def _opened(brief: Brief, sheet: ErratumSheet, news: News) -> list[str]:
    """Which closed periods of the changed figures' tables were opened again since the brief went out, by whom, why."""
    told: dict[str, None] = {}
    for item in news.numbers:
        reckoning = sheet.reckoning(item.citation)
        table = reckoning.programme.table(reckoning.table_of(reckoning.programme.indicator(item.citation.indicator)))
        for one in reopenings(table.name, brief.known_at, reckoning.known_at):
            if one.start <= brief.as_of and covers(item.citation.division, one.division):
                name = reckoning.tree.name(one.division, brief.as_of) or one.division
                days = f"{chinese_date(one.start)}至{chinese_date(one.end)}"
                when = chinese_date(day_of(one.opened_at))
                told[f"{name}“{table.title}”{days}这一期，{when}由{one.person}重新打开更正：{one.reason}。"] = None
    return list(told)


def _lines(sheet: ErratumSheet, changed: Sequence[CheckedCitation]) -> tuple[list[Citation], list[tuple[Cell, ...]]]:
    citations: list[Citation] = []
    rows: list[tuple[Cell, ...]] = []
    for position, item in enumerate(changed, start=1):
        reckoning = sheet.reckoning(item.citation)
        old = replace(item.citation, id=f"old{position}")
        indicator = reckoning.programme.indicator(old.indicator)
        printed = _printed(indicator, item)
        new = replace(old, id=f"new{position}", known_at=reckoning.known_at, value=item.value_now, printed=printed)
        citations += [old, new]
        name = reckoning.tree.name(old.division, sheet.asked.as_of) or old.division
        rows.append((name, indicator.title + WORDS.get(old.aspect, ""), number(old), number(new)))
    return citations, rows


def _sentences(
    sheet: ErratumSheet, changed: Sequence[CheckedEntry]
) -> tuple[list[EntryCitation], list[tuple[Cell, ...]]]:
    """The old sentence and the new one, as it stands now, each with its citation; of a withdrawn one that it is."""
    entries: list[EntryCitation] = []
    rows: list[tuple[Cell, ...]] = []
    for position, item in enumerate(changed, start=1):
        old = replace(item.citation, id=f"olde{position}")
        entries.append(old)
        now: Cell = WITHDRAWN
        if item.now:
            known_at = sheet.asked.known_at or old.known_at
            new = replace(old, id=f"newe{position}", printed=item.now, known_at=known_at)
            entries.append(replace(new, revision=item.revision_now, batch=item.batch_now))
            now = Run(item.now, f"newe{position}")
        rows.append((Run(old.printed, old.id), now))
    return entries, rows


def _printed(indicator: Indicator, item: CheckedCitation) -> str:
    if item.citation.aspect is Aspect.VALUE:
        return print_value(indicator, item.value_now)
    return printed_aspect(indicator, item.citation.aspect, item.value_now)
