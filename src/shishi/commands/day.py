"""``day``: the day's cycle of one programme or of all."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from shishi.commands.context import Context, Outcome, day, prepare, progress, store_facts
from shishi.core.divisions import Level

if TYPE_CHECKING:
    from shishi.apps.supervision.selectors import NoticeView
    from shishi.apps.supervision.stocktake import Stocktake


def configure(verb: str, parser: argparse.ArgumentParser) -> None:
    """Arguments of the day."""
    prepare(parser, _day, writes=True)
    parser.add_argument("day", type=day)
    parser.add_argument("--programme", help="默认全部")
    parser.add_argument("--division", help="只为这个行政区划出简报，默认是项目自己的")
    levels = [level.name.lower() for level in Level if Level.COUNTRY < level < Level.STREET]
    parser.add_argument(
        "--each", action="append", default=[], choices=levels, help="再为这一级的每个行政区划各出简报，可写几次"
    )
    parser.add_argument("-o", dest="output", type=Path, help="把简报写到这个文件夹")


def _day(context: Context) -> Outcome:
    from shishi.apps.divisions.selectors import find_division
    from shishi.apps.documents.keeping import put_files
    from shishi.apps.supervision.stocktake import run_day

    given = context.arguments
    names = [given.programme] if given.programme else _within_reach(context)
    division = find_division(given.division, given.day).code if given.division else ""
    documents, lines = [], []
    for name in names:
        with progress(f"调度 {name}") as bar:
            done = run_day(
                name,
                given.day,
                divisions=[division, *_below(name, division, context)],
                demonstration=bool(store_facts()["demonstration"]),
                by=context.by,
                at=context.at,
                progress=bar,
            )
        files = []
        if given.output:
            files = [str(path) for brief in (*done.briefs, *done.errata) for path in put_files(brief, given.output)]
        documents.append(_document(done, files))
        lines += _lines(done, files)
    if not given.programme and not given.division:
        lists, words = _lists(context)
        return Outcome([*documents, *lists], [*lines, *words])
    return Outcome(documents[0] if given.programme else documents, lines)


def _lists(context: Context) -> tuple[list[dict[str, object]], list[str]]:
    """On the last day of a month the brief of every list that the person may run whole."""
    from shishi.apps.accounts.roles import Action
    from shishi.apps.accounts.selectors import may
    from shishi.apps.documents.keeping import put_files
    from shishi.apps.programmes.selectors import packs
    from shishi.apps.supervision.month_end import close_month, ends_month
    from shishi.core.calendars import day_of
    from shishi.core.divisions import normalise

    given, today = context.arguments, day_of(context.at)
    documents, lines = [], []
    for pack in packs(given.day) if ends_month(given.day) else ():
        if may(context.by, Action.RUN_DAY, normalise(pack.division), pack.name, today):
            facts = bool(store_facts()["demonstration"])
            with progress(f"月报 {pack.title}"):
                done = close_month(pack, given.day, demonstration=facts, by=context.by, at=context.at)
            briefs = [item for item in (done.brief, done.erratum) if item]
            files = [str(path) for item in briefs if given.output for path in put_files(item, given.output)]
            documents.append(
                {
                    "pack": pack.name,
                    "as_of": given.day.isoformat(),
                    "briefs": [{"id": done.brief.pk, "kind": done.brief.kind, "title": done.brief.title}],
                    "written": int(done.written),
                    "errata": [{"id": done.erratum.pk, "title": done.erratum.title}] if done.erratum else [],
                    "files": files,
                }
            )
            state = "新写" if done.written else "早已写成" + ("，另出更正" if done.erratum else "")
            lines += [
                f"{pack.title}　{done.brief.title}第{done.brief.number}期（{state}）",
                *(f"  {it}" for it in files),
            ]
    return documents, lines


def _below(name: str, division: str, context: Context) -> list[str]:
    """The divisions of the levels asked for that may have a brief of their own: no placeholders."""
    from shishi.apps.divisions.selectors import load_tree
    from shishi.apps.programmes.selectors import programme_named
    from shishi.core.divisions import normalise

    wanted = sorted({Level[word.upper()] for word in context.arguments.each})
    if not wanted:
        return []
    day = context.arguments.day
    _, programme = programme_named(name, day, None)
    start = division or normalise(programme.division)
    tree = load_tree(within=start, down_to=wanted[-1], known_at=context.at)
    return [unit.code for level in wanted for unit in tree.under(start, level, day) if unit.code != start]


def _within_reach(context: Context) -> list[str]:
    """The programmes whose day the person may run."""
    from shishi.apps.accounts.roles import Action
    from shishi.apps.accounts.selectors import may
    from shishi.apps.programmes.selectors import programmes
    from shishi.core.calendars import day_of
    from shishi.core.divisions import normalise
    from shishi.core.errors import Misuse

    today = day_of(context.at)
    known = [item for _, item in programmes(context.arguments.day)]
    names = [item.name for item in known if may(context.by, Action.RUN_DAY, normalise(item.division), item.name, today)]
    if not names:
        message = "没有可以由您运行调度的项目。请用 shishi programme list 查看，或用 shishi post add 授权。"
        raise Misuse("no_programme", message)
    return names


def _document(done: Stocktake, files: list[str]) -> dict[str, object]:
    from shishi.core.divisions import official

    return {
        "programme": done.programme.name,
        "as_of": done.as_of.isoformat(),
        "known_at": done.known_at.isoformat(),
        "root": done.root,
        "findings": [
            {
                "kind": item.kind.value,
                "indicator": item.indicator or None,
                "division": official(item.division),
                "name": item.name,
                "message": item.message,
                "clears": item.clears,
                "facts": dict(item.facts),
            }
            for item in done.findings
        ],
        "drafted": [notice.id for notice in done.drafted],
        "unaddressed": [official(item.division) for item in done.unaddressed],
        "reminded": {
            "notices": [item.id for item in done.urged.notices],
            "matters": [item.id for item in done.urged.matters],
        },
        "to_raise": [item.id for item in done.urged.to_raise],
        "briefs": [
            {"id": item.pk, "kind": item.kind, "number": item.number, "title": item.title} for item in done.briefs
        ],
        "written": done.written,
        "errata": [{"id": item.pk, "title": item.title} for item in done.errata],
        "files": files,
    }


def _addressees(notice: NoticeView) -> str:
    return "、".join(item.title for item in notice.recipients)


def _lines(done: Stocktake, files: list[str]) -> list[str]:
    lines = [
        f"{done.programme.title}　{done.as_of}：发现 {len(done.findings)} 个问题，起草 {len(done.drafted)} 份提示单。"
    ]
    lines += [f"  {item.kind.label}　{item.message}" for item in done.findings]
    lines += [f"  起草　{_addressees(notice)}　{notice.title}" for notice in done.drafted]
    lines += [f"  无人可发　{item.name}：没有牵头单位，请在清单里写明 responsibilities" for item in done.unaddressed]
    reminded = len(done.urged.notices) + len(done.urged.matters)
    lines += [f"  催办　{reminded} 件"] if reminded else []
    lines += [
        f"  宜升级　{item.number} {item.title}：{item.left}，请决定是否升级为{item.due_rung.label}"
        for item in done.urged.to_raise
        if item.due_rung
    ]
    told = "、".join(f"{brief.title}第{brief.number}期" for brief in done.briefs)
    lines.append(f"  简报　{told or '今天没有到期的简报'}（新写 {done.written} 份，更正 {len(done.errata)} 份）")
    lines.append(f"  日根　{done.root}")
    return [*lines, *(f"  {name}" for name in files)]
