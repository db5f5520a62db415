"""``decision``: what owners decide together, from the register to the frozen protocol; what its pages do."""

from __future__ import annotations

import argparse
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from shishi.commands.context import Context, Outcome, command, day
from shishi.core.errors import Misuse

if TYPE_CHECKING:
    from shishi.apps.decisions.seen import DecisionView


def configure(verb: str, parser: argparse.ArgumentParser) -> None:
    """Arguments: list, show, new, register, terms, open, ballot, object, mediate, close, cancel, protocol."""
    commands = parser.add_subparsers(required=True, metavar="操作")
    command(commands, "list", "您能看的业主共同决定", _list)
    beginning = command(commands, "new", "提出一项表决", _new, writes=True)
    beginning.add_argument("programme")
    beginning.add_argument("division", help="所在区划，名称或代码")
    beginning.add_argument("title", help="小区和楼栋单元")
    beginning.add_argument("question", help="表决事项")
    beginning.add_argument("--notice-days", type=int, default=15, help="公示和征求意见至少几天（默认 15）")
    command(commands, "show", "一项表决：名册、两项计算、分摊、异议", _show)
    papers = command(commands, "protocol", "写出冻结的表决记录（PDF）", _protocol)
    papers.add_argument("-o", "--output", type=Path, required=True)
    registering = command(commands, "register", "登记业主名册（一行一户的文本文件）", _register, writes=True)
    registering.add_argument("path", type=Path)
    sharing = command(commands, "terms", "费用和分摊", _terms, writes=True)
    sharing.add_argument("cost", type=Decimal)
    sharing.add_argument("--subsidy", type=Decimal, default=Decimal(0))
    sharing.add_argument("--investment", type=Decimal, default=Decimal(0))
    sharing.add_argument(
        "--floors", nargs=3, metavar=("起", "系数", "每层加"), help="按楼层系数，如 3 0.7 0.1；不写按面积"
    )
    opening = command(commands, "open", "开始表决；投票号码只显示这一次", _open, writes=True)
    opening.add_argument("closes_on", type=day)
    voting = command(commands, "ballot", "登记一张书面票", _ballot, writes=True)
    voting.add_argument("unit", help="房号")
    voting.add_argument("stand", choices=("agree", "against", "abstain"))
    voting.add_argument("--evidence", type=Path, help="签名的表决票")
    voting.add_argument("--kept", default="", help="票存放在哪里")
    objecting = command(commands, "object", "登记一条异议", _object, writes=True)
    objecting.add_argument("text")
    mediating = command(commands, "mediate", "登记调解", _mediate, writes=True)
    mediating.add_argument("objection", type=int)
    mediating.add_argument("text")
    mediating.add_argument("--settled", action="store_true", help="已调解好")
    command(commands, "close", "结束表决，冻结并签署记录", _close, writes=True)
    command(commands, "cancel", "取消表决", _cancel, writes=True).add_argument("reason")
    for name in ("show", "protocol", "register", "terms", "open", "ballot", "object", "mediate", "close", "cancel"):
        commands.choices[name].add_argument("--decision", type=_uuid, required=True, metavar="编号", dest="uuid")


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as unread:
        raise Misuse("unknown_decision", f"“{text}”不是表决的编号。用 shishi decision list 查。") from unread


def _list(context: Context) -> Outcome:
    from shishi.apps.decisions.seen import decisions_for

    found = decisions_for(context.reader, at=context.at)
    documents = [{"decision": str(row.uuid), "title": row.title, "state": row.state} for row in found]
    return Outcome(documents, [f"{row.uuid}  {row.state}  {row.title}" for row in found] or ["没有。"])


def _new(context: Context) -> Outcome:
    from shishi.apps.decisions.services import NewDecision, draft_decision
    from shishi.apps.decisions.terms import rule_from
    from shishi.apps.divisions.selectors import find_division
    from shishi.apps.programmes.selectors import programme_named
    from shishi.core.calendars import day_of

    given = context.arguments
    pack, programme = programme_named(given.programme)
    place = find_division(given.division, day_of(context.at))
    rule = rule_from(pack.parameters)
    asked = NewDecision(programme.name, place.code, given.title, given.question, rule, given.notice_days)
    return _told(draft_decision(asked, by=context.by, at=context.at))


def _show(context: Context) -> Outcome:
    from shishi.apps.decisions.seen import decision_for

    return _told(decision_for(context.reader, context.arguments.uuid, at=context.at))


def _protocol(context: Context) -> Outcome:
    from shishi.adapters.rendering.printing_house import print_document
    from shishi.apps.decisions.papers import paper_of
    from shishi.apps.decisions.seen import decision_for

    row = decision_for(context.reader, context.arguments.uuid, at=context.at).row
    if row.protocol is None:
        raise Misuse("vote_running", "表决还没有结束，没有记录。")
    context.arguments.output.write_bytes(print_document(paper_of(row.protocol, row.protocol_digest)).pdf)
    return Outcome({"digest": row.protocol_digest, "protocol": row.protocol}, [f"记录指纹 {row.protocol_digest}"])


def _register(context: Context) -> Outcome:
    from shishi.apps.decisions.registers import read_register
    from shishi.apps.decisions.services import set_register

    homes = read_register(context.arguments.path.read_text(encoding="utf-8-sig"))
    return _told(set_register(context.arguments.uuid, homes, by=context.by, at=context.at))


def _terms(context: Context) -> Outcome:
    from shishi.apps.decisions.services import set_terms

    given = context.arguments
    terms: dict[str, Any] = {name: f"{getattr(given, name):.2f}" for name in ("cost", "subsidy", "investment")}
    if given.floors:
        first, base, step = given.floors
        terms |= {"by_floor": True, "first": int(first), "base": base, "step": step}
    return _told(set_terms(given.uuid, terms, by=context.by, at=context.at))


def _open(context: Context) -> Outcome:
    from shishi.apps.decisions.services import open_decision
    from shishi.apps.files.services import key_ring

    given = context.arguments
    view, codes = open_decision(given.uuid, given.closes_on, cipher=key_ring(), by=context.by, at=context.at)
    told = {voter.units: codes[voter.code] for voter in view.voters}
    return Outcome({"decision": str(view.uuid), "codes": told}, [f"{units}  {code}" for units, code in told.items()])


def _ballot(context: Context) -> Outcome:
    from shishi.apps.decisions.seen import decision_for
    from shishi.apps.decisions.services import Evidence, cast
    from shishi.core.joint_decisions import Stand

    given = context.arguments
    view = decision_for(context.by, given.uuid, at=context.at)
    voter = next((item.code for item in view.voters if any(h.unit == given.unit for h in item.holdings)), "")
    file = given.evidence
    proof = Evidence(file.name, file.read_bytes()) if file else None
    stand = Stand(given.stand)
    return _told(cast(given.uuid, voter, stand, by=context.by, at=context.at, text=given.kept, evidence=proof))


def _object(context: Context) -> Outcome:
    from shishi.apps.decisions.services import object_

    return _told(object_(context.arguments.uuid, context.arguments.text, by=context.by, at=context.at))


def _mediate(context: Context) -> Outcome:
    from shishi.apps.decisions.services import mediate

    given = context.arguments
    by, at = context.by, context.at
    return _told(mediate(given.uuid, given.objection, given.text, settled=given.settled, by=by, at=at))


def _close(context: Context) -> Outcome:
    from shishi.apps.decisions.services import close_decision

    return _told(close_decision(context.arguments.uuid, by=context.by, at=context.at))


def _cancel(context: Context) -> Outcome:
    from shishi.apps.decisions.services import cancel_decision

    return _told(cancel_decision(context.arguments.uuid, context.arguments.reason, by=context.by, at=context.at))


def _told(view: DecisionView) -> Outcome:
    """The decision for programs (shares as fractions, amounts as texts) and for people."""
    row, counted, costs = view.row, view.tally, view.costs
    document: dict[str, Any] = {
        "decision": str(row.uuid),
        "title": row.title,
        "state": row.state,
        "closes_on": str(row.closes_on) if row.closes_on else None,
        "rule": row.rule,
        "outcome": counted.outcome.value if counted else None,
        "measures": [
            {"whole": str(item.whole), "part": str(item.part), "agreed": str(item.agreed),
             "part_share": str(item.part_share), "agreed_share": str(item.agreed_share)}
            for item in (counted.measures if counted else ())
        ],
        "voters": [
            {"units": voter.units, "name": voter.name,
             "stand": voter.last.stand.value if voter.last and voter.last.stand else None}
            for voter in view.voters
        ],
        "shares": [{"unit": share.unit, "amount": str(share.amount)} for share in (costs.shares if costs else ())],
        "objections": [
            {"number": line.position, "text": line.text, "settled": any(item.kind == "settled" for item in answers)}
            for line, answers in view.objections
        ],
        "protocol_digest": row.protocol_digest,
    }  # fmt: skip
    lines = [f"{row.uuid}  {row.title}  {row.state}"]
    if counted:
        for title, item in zip(("面积", "人数"), counted.measures, strict=True):
            lines.append(f"  {title}：全部 {item.whole}，参与 {item.part}，同意 {item.agreed}")
        lines.append(f"  照现在的票：{counted.outcome.label}")
    lines += [f"  {share.unit}  {share.amount} 元" for share in (costs.shares if costs else ())]
    return Outcome(document, lines)
