"""``brief PROGRAMME`` writes one (``brief PACK`` the whole list's), ``brief check F.json`` recomputes every number and
looks up every sentence that one cites, ``brief list``; writing one step by step: :mod:`shishi.commands.drafts`."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from shishi.commands.context import Context, Outcome, day, prepare, store_facts
from shishi.commands.drafts import configure_drafts, step_named
from shishi.core.errors import Misuse, Refused

if TYPE_CHECKING:
    from shishi.apps.documents.checking import CheckedCitation
    from shishi.apps.documents.models import Brief
    from shishi.apps.documents.work_record import CheckedEntry

KINDS = ("daily", "analysis", "weekly", "half-month", "monthly")


def configure(verb: str, parser: argparse.ArgumentParser) -> None:
    """Arguments: a programme's or a pack's name, or ``check`` and a file."""
    prepare(parser, _brief, writes=True)
    parser.add_argument(
        "programme",
        help="项目，或整份清单（只有 monthly）；或 check、list；或 draft、show、edit、freeze、sign、publish、erratum 等",
    )
    parser.add_argument("file", nargs="?", type=Path, help="check 时：简报旁的 .json；draft 时：项目；其余：编号")
    parser.add_argument("--kind", choices=KINDS, default="daily")
    parser.add_argument("--division")
    parser.add_argument("--as-of", type=day)
    parser.add_argument("-o", dest="output", type=Path, default=Path())
    configure_drafts(parser)
    parser.add_argument("--as", dest="reader", metavar="用户名", help="复核时以谁的身份查看")


def _brief(context: Context) -> Outcome:
    given = context.arguments
    step = step_named(given.programme)
    if step is not None:
        return step(context)
    if given.programme == "check":
        return _check(context)
    if given.programme == "list":
        return _list(context)
    if given.as_of is None:
        raise Misuse("as_of_missing", "请用 --as-of 写明截至哪一天。")
    return _write_list(context) or _write(context)


def _write_list(context: Context) -> Outcome | None:
    """The brief of a whole list; ``None`` when the name is none of a list."""
    from shishi.apps.programmes.selectors import pack_named
    from shishi.apps.supervision.month_end import close_month

    given = context.arguments
    pack = pack_named(given.programme, given.as_of)
    if pack is None:
        return None
    if given.kind != "monthly":
        raise Misuse("unknown_brief_kind", "整份清单只有月报：请加 --kind monthly，或写项目的名称。")
    if given.division:
        raise Misuse("list_brief_of_a_part", "整份清单的月报不分地区。请去掉 --division，或写项目的名称。")
    demonstration = bool(store_facts()["demonstration"])
    done = close_month(pack, given.as_of, demonstration=demonstration, by=context.by, at=context.at)
    return _told_of(done.brief, done.written, given.output)


def _write(context: Context) -> Outcome:
    from shishi.apps.divisions.selectors import find_division
    from shishi.apps.documents.services import Order, write_brief
    from shishi.apps.indicators.selectors import Asked
    from shishi.apps.programmes.selectors import programme_named
    from shishi.apps.supervision.stocktake import findings_within, known_at_of

    given = context.arguments
    _, programme = programme_named(given.programme, given.as_of)
    division = find_division(given.division, given.as_of).code if given.division else ""
    known_at = known_at_of(programme, given.as_of, context.at)
    findings = findings_within(context.by, programme, given.as_of, division, known_at=known_at, at=context.at)
    asked = Asked(programme=programme.name, as_of=given.as_of, known_at=known_at, division=division)
    order = Order(asked, given.kind, findings, None, bool(store_facts()["demonstration"]))
    brief, made = write_brief(order, by=context.by, at=context.at)
    return _told_of(brief, made, given.output)


def _told_of(brief: Brief, made: bool, folder: Path) -> Outcome:
    from shishi.apps.documents.keeping import put_files

    paths = put_files(brief, folder)
    document = {
        "brief": brief.pk,
        "number": brief.number,
        "title": brief.title,
        "written": made,
        "files": [str(path) for path in paths],
        "citations": len(brief.citations["citations"]),
        "entries": len(brief.citations["entries"]),
    }
    words = "已写成" if made else "早已写成，原样取出"
    return Outcome(document, [f"{brief.title}第{brief.number}期{words}：", *(f"  {path}" for path in paths)])


def _check(context: Context) -> Outcome:
    from shishi.apps.documents.checking import altered, check_citations
    from shishi.apps.documents.work_record import check_entries
    from shishi.core.citations import citations_of, entry_citations_of

    path: Path | None = context.arguments.file
    if path is None or not path.is_file():
        raise Misuse("file_missing", "请给出简报旁的 .json 文件：shishi brief check 文件.json。")
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
    except ValueError as wrong:
        raise Refused("citations_unreadable", f"{path.name} 不是 JSON。请使用与简报同时生成的文件。") from wrong
    checked = check_citations(citations_of(content), context.reader, context.at)
    entries = check_entries(entry_citations_of(content), context.reader, context.at)
    told: list[tuple[CheckedCitation | CheckedEntry, dict[str, object], str]] = [
        (item, _told(item), _words(item)) for item in checked
    ]
    told += [(item, _told_entry(item), _entry_words(item)) for item in entries]
    unlike = [(facts, words) for item, facts, words in told if not item.holds]
    changed = [(facts, words) for item, facts, words in told if item.holds and item.changed]
    issues = altered(content, _issued(content))
    document = {
        "status": "refused" if unlike or issues else "ok",
        "citations": len(told),
        "reproduced": len(told) - len(unlike),
        "changed": [facts for facts, _ in changed],
        "issues": [
            {"code": "citation_not_reproduced", "message": "引用的内容不能由当时的数据得出。", **facts}
            for facts, _ in unlike
        ]
        + [issue.document() for issue in issues],
    }
    many = f"{len(checked)} 个数字、{len(entries)} 条引文"
    lines = [f"{many}，{len(told) - len(unlike)} 处与当时的数据一致，{len(changed)} 处后来有变化。"]
    lines += [f"  不一致　{words}" for _, words in unlike]
    lines += [f"  有变化　{words}" for _, words in changed]
    lines += [f"  {issue.message}（{issue.code}）" for issue in issues]
    return Outcome(document, lines, 1 if unlike or issues else 0)


def _issued(content: dict[str, object]) -> Sequence[Mapping[str, object]]:
    from shishi.apps.documents.selectors import citations_issued
    from shishi.apps.supervision.circulars import circulars_issued
    from shishi.apps.supervision.papers import papers_issued

    asked = str(content.get("title")), str(content.get("number")), str(content.get("date"))
    return citations_issued(*asked) or papers_issued(*asked) or circulars_issued(*asked)


def _told(item: CheckedCitation) -> dict[str, object]:
    from shishi.core.divisions import official

    citation = item.citation
    return {
        "id": citation.id,
        "indicator": citation.indicator,
        "division": official(citation.division),
        "as_of": citation.as_of.isoformat(),
        "aspect": citation.aspect.value,
        "printed": citation.printed,
        "cited": None if citation.value is None else str(citation.value),
        "then": None if item.value_then is None else str(item.value_then),
        "now": None if item.value_now is None else str(item.value_now),
    }


def _words(item: CheckedCitation) -> str:
    told = _told(item)
    what = f"{told['division']} {told['indicator']} {told['aspect']}"
    return f"{what}：印作 {told['printed']}，当时 {told['then']}，现在 {told['now']}"


def _told_entry(item: CheckedEntry) -> dict[str, object]:
    citation = item.citation
    return {
        "id": citation.id,
        "entry": str(citation.entry),
        "revision": citation.revision,
        "batch": citation.batch,
        "as_of": citation.as_of.isoformat(),
        "printed": citation.printed,
        "then": item.then or None,
        "now": item.now or None,
    }


def _entry_words(item: CheckedEntry) -> str:
    now = item.now or "已撤回或改为不公开"
    return f"工作纪实 {item.citation.entry}：印作“{item.citation.printed}”，现在：{now}"


def _list(context: Context) -> Outcome:
    from shishi.apps.documents.selectors import briefs_for

    listed = [
        {
            "id": brief.pk,
            "programme": brief.programme,
            "kind": brief.kind,
            "as_of": brief.as_of.isoformat(),
            "number": brief.number,
            "title": brief.title,
            "erratum": brief.erratum,
        }
        for brief in briefs_for(context.reader, at=context.at, as_of=context.arguments.as_of)
    ]
    return Outcome(listed, [f"{item['id']}　{item['as_of']}　{item['title']}　第{item['number']}期" for item in listed])
