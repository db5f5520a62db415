"""``verification``: sampling plans, the draw, work lists, what was found on the spot, and the estimate."""

from __future__ import annotations

import argparse
import csv
from decimal import Decimal, InvalidOperation
from pathlib import Path

from shishi.commands.context import Commands, Context, Outcome, command, day, store_facts
from shishi.commands.usage import between, paged
from shishi.commands.verification_views import (
    drawn_document,
    drawn_line,
    estimate_lines,
    stratum_line,
    verification_document,
    verification_line,
)

VERDICTS = ("confirmed", "refuted")


def configure(verb: str, parser: argparse.ArgumentParser) -> None:
    """Arguments: planning and drawing, then what verifiers do, then reading."""
    commands = parser.add_subparsers(required=True, metavar="操作")
    planning = command(commands, "plan", "立核实方案：冻结总体、算出样本量", _plan, writes=True)
    planning.add_argument("programme")
    planning.add_argument("indicator", help="数台账行或合计数额的指标，设有佐证组")
    planning.add_argument("--as-of", type=day, required=True, help="核实截至哪一天的填报")
    planning.add_argument("--division", default="", help="只核实这个区划，默认项目全部")
    planning.add_argument("--title", default="")
    planning.add_argument("--confidence", type=_share, help="置信水平：0.80、0.90、0.95、0.98、0.99、0.999")
    planning.add_argument("--margin", type=_share, help="误差范围，0.05 即正负 5 个百分点")
    planning.add_argument("--share", type=_share, default=Decimal("0.5"), help="预计的属实比例，没有把握就不写")
    planning.add_argument("--minimum", type=between(0, 1000), help="每个单位至少抽几行")
    planning.add_argument("--seed-source", default="", help="种子取自哪里（事先公布），不写则由平台随机产生")
    planning.add_argument("--seed-on", type=day, help="种子哪天公布，须在今天之后")
    planning.add_argument("--verifier", action="append", default=[], help="核实人员的用户名，可写几次")
    drawing = command(commands, "draw", "抽取，只能一次", _draw, writes=True)
    drawing.add_argument("id", type=int)
    drawing.add_argument("--seed", default="", help="公布的种子；由平台产生的不写")
    _configure_checking(commands)
    _configure_reading(commands)


def _configure_checking(commands: Commands) -> None:
    recording = command(commands, "record", "记录到现场核实的结果", _record, writes=True)
    recording.add_argument("row", type=int, help="抽中行的编号")
    recording.add_argument("verdict", choices=VERDICTS, help="confirmed 属实，refuted 不属实")
    recording.add_argument("--on", dest="visited_on", type=day, required=True, help="到现场的日期")
    recording.add_argument("--reason", default="", help="不属实的原因代码")
    recording.add_argument("--amount", type=_number, help="核得的数额；核数额的方案填 refuted 时必填，没有就写 0")
    recording.add_argument("--text", default="", help="说明")
    sheet = command(commands, "sheet", "把等我核实的行写成工作簿，带到现场填", _sheet)
    sheet.add_argument("id", type=int)
    sheet.add_argument("-o", dest="output", type=Path, required=True)
    handing = command(commands, "import", "交回填好的核实清单", _import, writes=True)
    handing.add_argument("id", type=int)
    handing.add_argument("file", type=Path)
    again = command(commands, "recheck", "整改以后申请复核", _recheck, writes=True)
    again.add_argument("row", type=int, help="抽中行的编号")
    again.add_argument("--text", required=True, help="怎样整改的")


def _configure_reading(commands: Commands) -> None:
    listing = command(commands, "list", "列出核实方案；写编号则列出抽中的行", _list)
    listing.add_argument("id", type=int, nargs="?")
    listing.add_argument("--programme", default="")
    listing.add_argument("--division", default="", help="只看这个单位抽中的行")
    listing.add_argument("--open", action="store_true", help="只看没有结论的行")
    listing.add_argument("--mine", action="store_true", help="等我核实的行")
    paged(listing)
    command(commands, "show", "一个方案：总体、种子、各单位", _show).add_argument("id", type=int)
    command(commands, "estimate", "核实估计与各单位的折扣", _estimate).add_argument("id", type=int)
    checking = command(commands, "check", "复算：总体与公布的摘要、种子与抽中的行是否相符", _check)
    checking.add_argument("id", type=int)
    checking.add_argument("-o", dest="output", type=Path, help="把冻结的总体写成 CSV，供别人复算")


def _number(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation as wrong:
        raise argparse.ArgumentTypeError(f"要写数字，如 88.50，不能是“{text}”") from wrong


def _share(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation as wrong:
        raise argparse.ArgumentTypeError(f"要写小数，如 0.95，不能是“{text}”") from wrong


def _plan(context: Context) -> Outcome:
    from shishi.apps.assurance.verification import NewVerification, plan_verification
    from shishi.apps.divisions.selectors import find_division
    from shishi.apps.programmes.selectors import programme_named

    given = context.arguments
    new = NewVerification(
        programme=programme_named(given.programme)[1].name,
        indicator=given.indicator,
        as_of=given.as_of,
        division=find_division(given.division, given.as_of).code if given.division else "",
        title=given.title,
        confidence=given.confidence,
        margin=given.margin,
        share=given.share,
        minimum=given.minimum,
        seed_source=given.seed_source,
        seed_on=given.seed_on,
        verifiers=tuple(given.verifier),
    )
    return _told(context, plan_verification(new, by=context.by, at=context.at).pk)


def _draw(context: Context) -> Outcome:
    from shishi.apps.assurance.verification import draw_sample

    given = context.arguments
    draw_sample(given.id, given.seed, by=context.by, at=context.at)
    return _told(context, given.id)


def _told(context: Context, verification: int) -> Outcome:
    from shishi.apps.assurance.verification_seen import verification_of

    view = verification_of(context.by, verification, at=context.at)
    return Outcome(verification_document(view), [verification_line(view), *map(stratum_line, view.strata)])


def _record(context: Context) -> Outcome:
    from shishi.apps.assurance.drawn_rows import drawn_row
    from shishi.apps.assurance.verification_checks import Found, record_check
    from shishi.core.verification import Verdict

    given = context.arguments
    found = Found(Verdict(given.verdict), given.visited_on, given.reason, given.text, given.amount)
    record_check(given.row, found, by=context.by, at=context.at)
    view = drawn_row(context.by, given.row, at=context.at)
    return Outcome(drawn_document(view), [drawn_line(view)])


def _sheet(context: Context) -> Outcome:
    from shishi.apps.assurance.check_lists import write_work_list
    from shishi.apps.assurance.verification_seen import verification_of
    from shishi.apps.programmes.selectors import programme_named

    given = context.arguments
    view = verification_of(context.reader, given.id, at=context.at)
    programme = programme_named(view.programme)[1]
    facts = bool(store_facts()["demonstration"])
    rows = write_work_list(context.reader, given.id, programme, given.output, at=context.at, demonstration=facts)
    return Outcome({"file": str(given.output), "rows": rows}, [f"{given.output}：{rows} 行等您核实。"])


def _import(context: Context) -> Outcome:
    from shishi.apps.assurance.check_lists import record_work_list
    from shishi.apps.assurance.verification_seen import verification_of
    from shishi.apps.programmes.selectors import programme_named

    given = context.arguments
    view = verification_of(context.by, given.id, at=context.at)
    done = record_work_list(given.file, programme_named(view.programme)[1], by=context.by, at=context.at)
    document = {"recorded": done.recorded, "empty": done.empty, "notes": list(done.notes)}
    return Outcome(document, [f"记下 {done.recorded} 行结果，{done.empty} 行没有填。", *done.notes])


def _recheck(context: Context) -> Outcome:
    from shishi.apps.assurance.drawn_rows import drawn_row
    from shishi.apps.assurance.verification_checks import ask_recheck

    given = context.arguments
    ask_recheck(given.row, given.text, by=context.by, at=context.at)
    view = drawn_row(context.by, given.row, at=context.at)
    return Outcome(drawn_document(view), [drawn_line(view)])


def _list(context: Context) -> Outcome:
    from shishi.apps.assurance.drawn_rows import drawn_rows, work_list
    from shishi.apps.assurance.verification_seen import verifications_for
    from shishi.apps.divisions.selectors import find_division
    from shishi.apps.programmes.selectors import programme_named
    from shishi.core.verification import Outcome as Settled

    given = context.arguments
    if given.mine:
        waiting = work_list(context.reader, at=context.at, verification=given.id)
        page = waiting[given.offset : given.offset + given.limit]
        return Outcome([drawn_document(item) for item in page], list(map(drawn_line, page)) or ["没有等您核实的行。"])
    if given.id is not None:
        stratum = find_division(given.division).code if given.division else ""
        wanted = [item for item in Settled if not item.settled] if given.open else []
        _, rows = drawn_rows(
            *(context.reader, given.id),
            at=context.at,
            stratum=stratum,
            outcomes=wanted,
            offset=given.offset,
            limit=given.limit,
        )
        return Outcome([drawn_document(item) for item in rows], list(map(drawn_line, rows)) or ["没有。"])
    name = programme_named(given.programme)[1].name if given.programme else ""
    found = verifications_for(context.reader, at=context.at, programme=name, offset=given.offset, limit=given.limit)
    lines = list(map(verification_line, found)) or ["还没有核实方案。用 shishi verification plan 立一个。"]
    return Outcome([verification_document(item) for item in found], lines)


def _show(context: Context) -> Outcome:
    from shishi.apps.assurance.verification_seen import verification_of

    view = verification_of(context.reader, context.arguments.id, at=context.at)
    return Outcome(verification_document(view), [verification_line(view), *map(stratum_line, view.strata)])


def _estimate(context: Context) -> Outcome:
    from shishi.apps.assurance.verification_seen import verification_of

    view = verification_of(context.reader, context.arguments.id, at=context.at)
    return Outcome(verification_document(view), [*estimate_lines(view), *map(stratum_line, view.strata)])


def _check(context: Context) -> Outcome:
    from shishi.apps.assurance.verification import recompute

    given = context.arguments
    found = recompute(context.reader, given.id, at=context.at)
    if given.output:
        with given.output.open("w", encoding="utf-8-sig", newline="") as out:
            written = csv.writer(out)
            written.writerow(["stratum", "entry"])
            written.writerows((item.code, entry) for item in found.strata for entry in sorted(item.entries))
    document = {
        "id": given.id,
        "rows": sum(len(item.entries) for item in found.strata),
        "population_same": found.same,
        "draw_same": found.same_draw,
    }
    drawn = {None: "还没有抽取。", True: "种子与抽中的行相符。", False: "种子推不出抽中的行，请查明。"}[found.same_draw]
    lines = ["总体与公布的摘要相符。" if found.same else "总体与公布的摘要不符，请查明。", drawn]
    return Outcome(document, lines, 0 if found.same and found.same_draw is not False else 1)
