"""``brief draft | drafts | show | edit | add | move | delete | cite | freeze | sign | send-back | publish | drop |
erratum``: writing a brief, step by step, as its page does."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from shishi.commands.context import Context, Outcome
from shishi.core.errors import Misuse

if TYPE_CHECKING:
    from shishi.apps.documents.selectors import Brief, Draft


def configure_drafts(parser: argparse.ArgumentParser) -> None:
    """The options that only these steps take."""
    parser.add_argument("--piece", default="", help="哪一段（brief show 列出）；add 时加在它之后")
    parser.add_argument("--text", default="", help="这一段写什么；数字写 {引用1}")
    parser.add_argument("--sort", choices=("paragraph", "heading", "note"), default="paragraph", help="add 时加什么")
    parser.add_argument("--seen", type=int, help="改之前看到的是第几版（默认现在的）")
    parser.add_argument("--offset", type=int, help="cite 时放在这一段的第几个字之后（默认末尾）")
    parser.add_argument("--steps", type=int, default=1, help="move 时下移几段，负数上移")
    parser.add_argument("--indicator", default="", help="cite 时引用哪个指标")
    parser.add_argument("--of", dest="cited_programme", default="", help="cite 时引用哪个项目的（整份清单的月报里写）")
    parser.add_argument("--aspect", default="value", help="cite 时引用它的哪个数，默认数值本身")
    parser.add_argument("--basis", default="reported", choices=("reported", "evidenced", "verified"))
    parser.add_argument("--signer", action="append", default=[], metavar="用户名", help="签发人，按次序（可重复）")
    parser.add_argument("--reason", default="", help="退回或作废的原因")


def step_named(word: str) -> Callable[[Context], Outcome] | None:
    """What does the step of that name; ``None`` when it is none of these."""
    return _STEPS.get(word)


def _number(context: Context) -> int:
    text = str(context.arguments.file or "")
    if not text.isascii() or not text.isdigit():
        raise Misuse("draft_missing", "请写明哪一份：编号由 shishi brief drafts 或 brief list 列出。")
    return int(text)


def _draft(context: Context) -> Draft:
    from shishi.apps.documents.selectors import draft_of

    return draft_of(context.by, _number(context), at=context.at)


def _begin(context: Context) -> Outcome:
    from shishi.apps.divisions.selectors import find_division
    from shishi.apps.documents.drafts import begin
    from shishi.apps.documents.services import Order
    from shishi.apps.files.selectors import is_demonstration
    from shishi.apps.indicators.selectors import Asked
    from shishi.apps.programmes.selectors import pack_named, programme_named
    from shishi.apps.supervision.stocktake import findings_within, known_at_of

    given = context.arguments
    if given.as_of is None or given.file is None:
        raise Misuse("as_of_missing", "请写明项目和截至哪一天：shishi brief draft 项目 --as-of 日期。")
    pack = pack_named(str(given.file), given.as_of)
    if pack is not None:
        return _begin_list(context, pack.name)
    _, programme = programme_named(str(given.file), given.as_of)
    division = find_division(given.division, given.as_of).code if given.division else ""
    known_at = known_at_of(programme, given.as_of, context.at)
    found = findings_within(context.by, programme, given.as_of, division, known_at=known_at, at=context.at)
    asked = Asked(programme=programme.name, as_of=given.as_of, known_at=context.at, division=division)
    return _told(begin(Order(asked, given.kind, found, None, is_demonstration()), by=context.by, at=context.at))


def _begin_list(context: Context, pack: str) -> Outcome:
    from shishi.apps.documents.drafts import begin_list
    from shishi.apps.documents.list_briefs import ListOrder
    from shishi.apps.files.selectors import is_demonstration

    given = context.arguments
    if given.division:
        raise Misuse("list_brief_of_a_part", "整份清单的月报不分地区。请去掉 --division，或写项目的名称。")
    order = ListOrder(pack, given.as_of, context.at, given.kind, demonstration=is_demonstration())
    return _told(begin_list(order, by=context.by, at=context.at))


def _list(context: Context) -> Outcome:
    from shishi.apps.documents.selectors import drafts_for

    found = drafts_for(context.by, at=context.at)
    return Outcome([_document(item) for item in found], [_line(item) for item in found] or ["没有拟稿。"])


def _show(context: Context) -> Outcome:
    return _told(_draft(context))


def _edit(context: Context) -> Outcome:
    from shishi.apps.documents.drafts import edit, piece_of

    given, draft = context.arguments, _draft(context)
    seen = given.seen if given.seen is not None else piece_of(draft, given.piece).revision
    return _told(edit(draft, given.piece, given.text, seen=seen, by=context.by, at=context.at))


def _add(context: Context) -> Outcome:
    from shishi.apps.documents.drafts import add

    given = context.arguments
    return _told(add(_draft(context), given.sort, given.text, after=given.piece, by=context.by, at=context.at))


def _move(context: Context) -> Outcome:
    from shishi.apps.documents.drafts import move

    given = context.arguments
    return _told(move(_draft(context), given.piece, given.steps, by=context.by, at=context.at))


def _delete(context: Context) -> Outcome:
    from shishi.apps.documents.drafts import delete, piece_of

    given, draft = context.arguments, _draft(context)
    seen = given.seen if given.seen is not None else piece_of(draft, given.piece).revision
    return _told(delete(draft, given.piece, seen=seen, by=context.by, at=context.at))


def _cite(context: Context) -> Outcome:
    from shishi.apps.divisions.selectors import find_division
    from shishi.apps.documents.drafts import cite
    from shishi.apps.documents.pieces import Asking, Cursor
    from shishi.apps.programmes.selectors import programme_named
    from shishi.core.citations import Aspect

    given, draft = context.arguments, _draft(context)
    on = given.as_of or draft.as_of
    division = find_division(given.division, on).code if given.division else draft.division
    if given.aspect not in set(Aspect):
        raise Misuse("unknown_aspect", f"没有“{given.aspect}”这种数。可选：{'、'.join(Aspect)}。")
    programme = programme_named(given.cited_programme, on)[1].name if given.cited_programme else draft.programme
    asking = Asking(programme, given.indicator, division, on.isoformat(), given.basis, aspect=given.aspect)
    cursor = Cursor(given.piece, given.offset, given.seen)
    draft, token = cite(draft, asking, cursor=cursor, by=context.by, at=context.at)
    told = _told(draft)
    return Outcome({**_document(draft), "token": str(token)}, [f"引用写作 {token}", *told.lines])


def _freeze(context: Context) -> Outcome:
    from shishi.apps.documents.drafts import freeze

    return _told(freeze(_draft(context), context.arguments.signer, by=context.by, at=context.at))


def _sign(context: Context) -> Outcome:
    from shishi.apps.documents.drafts import sign

    return _told(sign(_draft(context), by=context.by, at=context.at))


def _send_back(context: Context) -> Outcome:
    from shishi.apps.documents.drafts import send_back

    return _told(send_back(_draft(context), reason=context.arguments.reason, by=context.by, at=context.at))


def _drop(context: Context) -> Outcome:
    from shishi.apps.documents.drafts import drop

    return _told(drop(_draft(context), reason=context.arguments.reason, by=context.by, at=context.at))


def _publish(context: Context) -> Outcome:
    from shishi.apps.documents.drafts import publish
    from shishi.apps.documents.keeping import put_files

    brief = publish(_draft(context), by=context.by, at=context.at)
    paths = put_files(brief, context.arguments.output)
    document = {"brief": brief.pk, "number": brief.number, "title": brief.title, "files": [str(path) for path in paths]}
    return Outcome(document, [f"{brief.title}第{brief.number}期已印发：", *(f"  {path}" for path in paths)])


def _erratum(context: Context) -> Outcome:
    from shishi.apps.documents.compositions import of_list
    from shishi.apps.documents.keeping import put_files
    from shishi.apps.documents.list_briefs import ListOrder, correct_list_brief
    from shishi.apps.documents.selectors import brief_of
    from shishi.apps.documents.services import Order, write_erratum
    from shishi.apps.files.selectors import is_demonstration
    from shishi.apps.indicators.selectors import Asked

    found = brief_of(context.by, _number(context), at=context.at)
    made: Brief | None
    if of_list(found.programme):
        whole = ListOrder(found.programme, found.as_of, context.at, found.kind, demonstration=is_demonstration())
        made = correct_list_brief(found, whole, by=context.by, at=context.at)
    else:
        asked = Asked(programme=found.programme, as_of=found.as_of, known_at=context.at, division=found.division)
        order = Order(asked, found.kind, demonstration=is_demonstration())
        made = write_erratum(found, order, by=context.by, at=context.at)
    if made is None:
        return Outcome({"status": "unchanged", "brief": None}, ["每个数字现在算出来都和印发时一样，没有要更正的。"])
    paths = put_files(made, context.arguments.output)
    document = {"status": "written", "brief": made.pk, "erratum": made.erratum, "files": [str(path) for path in paths]}
    return Outcome(document, [f"{made.title}已印发：", *(f"  {path}" for path in paths)])


def _told(draft: Draft) -> Outcome:
    from shishi.apps.documents.pieces import content_of

    pieces = content_of(draft.content).pieces
    return Outcome(_document(draft), [_line(draft), *(f"  {item.id}　{item.text}" for item in pieces)])


def _document(draft: Draft) -> dict[str, object]:
    from shishi.core.divisions import official

    return {
        "draft": draft.pk,
        "programme": draft.programme,
        "kind": draft.kind,
        "division": official(draft.division),
        "as_of": draft.as_of.isoformat(),
        "title": draft.title,
        "state": draft.state,
        "known_at": draft.known_at.isoformat() if draft.known_at else None,
        "signers": draft.signers,
        "reason": draft.reason,
        "brief": draft.brief_id,
        "pieces": draft.content["pieces"],
        "figures": draft.content["figures"],
    }


def _line(draft: Draft) -> str:
    from shishi.core.drafts import DraftState

    turn = next((item["person"] for item in draft.signers if not item["signed_at"]), "")
    waits = f"　等 {turn} 签" if draft.state == DraftState.FROZEN and turn else ""
    return f"{draft.pk}　{DraftState(draft.state).label}　{draft.title}　截至 {draft.as_of}{waits}"


_STEPS: Mapping[str, Callable[[Context], Outcome]] = {
    "draft": _begin,
    "drafts": _list,
    "show": _show,
    "edit": _edit,
    "add": _add,
    "move": _move,
    "delete": _delete,
    "cite": _cite,
    "freeze": _freeze,
    "sign": _sign,
    "send-back": _send_back,
    "publish": _publish,
    "drop": _drop,
    "erratum": _erratum,
}
