"""``exchange``: our identity, who we speak with, what goes out and comes in, and proofs of it."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from shishi.commands import exchange_views as shown
from shishi.commands.context import Commands, Context, Outcome, command
from shishi.commands.usage import paged
from shishi.core.errors import Misuse

if TYPE_CHECKING:
    from shishi.adapters.signing.base import Card

OUT_STATES = ("queued", "laid", "taken", "refused")
IN_STATES = ("waiting", "done", "aside")


def configure(verb: str, parser: argparse.ArgumentParser) -> None:
    """Ourselves, peers, messages, proofs."""
    commands = parser.add_subparsers(required=True, metavar="操作")
    own = command(commands, "identity", "本方的代码、名称和公钥；第一次运行时建立", _identity, writes=True)
    own.add_argument("--code", default="", help="第一次运行时写：小写字母、数字和连字符，例如 gjj-341800")
    own.add_argument("--title", default="", help="第一次运行时写：本方名称")
    own.add_argument("-o", "--output", type=Path, help="把名片（公钥）写到这个文件，交给对方登记")
    command(commands, "rotate", "换新密钥，并用旧密钥签名通知所有对方", _rotate, writes=True)
    peers = commands.add_parser("peer", help="参与方：登记、列出、停止").add_subparsers(required=True, metavar="操作")
    _configure_peers(peers)
    _configure_messages(commands)
    _configure_proofs(commands)


def _configure_peers(peers: Commands) -> None:
    adding = command(peers, "add", "登记对方，或登记它的新名片、新地址", _peer_add, writes=True)
    adding.add_argument("card", type=Path, help="对方用 exchange identity -o 导出的名片")
    adding.add_argument("--address", required=True, help="https://主机:端口，或 folder:/文件夹的完整路径")
    adding.add_argument("--fingerprint", required=True, help="对方用电话或公函告知的公钥指纹")
    command(peers, "list", "列出参与方，多久没有联系上", _peer_list)
    ending = command(peers, "end", "停止与对方交换", _peer_end, writes=True)
    ending.add_argument("code")
    ending.add_argument("--reason", required=True)


def _configure_messages(commands: Commands) -> None:
    greeting = command(commands, "hello", "给对方发一条试通消息", _hello, writes=True)
    greeting.add_argument("peer")
    greeting.add_argument("--words", default="试通", help="写给对方看的一句话")
    greeting.add_argument("--once", default="", help="这条消息的名字；同名的只有一条")
    sending = command(commands, "send-pending", "发送排队的消息", _send, writes=True)
    sending.add_argument("--peer", default="", help="只发给这一方")
    again = command(commands, "send-again", "对方拒收的，原因排除后再发", _send_again, writes=True)
    again.add_argument("message")
    receiving = command(commands, "receive", "收下文件夹里给本方的消息和回执，写回本方的回执", _receive, writes=True)
    receiving.add_argument("folder", type=Path)
    command(commands, "act", "办理收到还没有办的消息", _act, writes=True)
    aside = command(commands, "set-aside", "搁置一条办不下去的来件，让后面的继续办", _set_aside, writes=True)
    aside.add_argument("message")
    aside.add_argument("--reason", required=True)
    for name, title, run, states in (
        ("outbox", "发出的消息，新的在前", _outbox, OUT_STATES),
        ("inbox", "收到的消息，新的在前", _inbox, IN_STATES),
    ):
        listing = command(commands, name, title, run)
        listing.add_argument("--state", choices=states, default="")
        listing.add_argument("--peer", default="")
        paged(listing)
    about = command(commands, "case", "两个单位的一件办件：轮到谁、两只钟、往来消息和回执", _case)
    about.add_argument("case", help="受理号")
    paged(command(commands, "receipts", "双方的回执：对方签给本方的，本方签给对方的", _receipts))


def _configure_proofs(commands: Commands) -> None:
    proving = command(
        commands, "prove", "出具一条消息的证明包：谁在什么时候发了什么，对方收到没有", _prove, writes=True
    )
    proving.add_argument("message")
    proving.add_argument("-o", "--output", type=Path, required=True)
    proving.add_argument("--without-contents", action="store_true", help="不含正文和附件，只有摘要")
    verifying = command(commands, "verify", "核对一个证明包；不需要库", _verify, needs_store=False)
    verifying.add_argument("bundle", type=Path)
    verifying.add_argument("--card", type=Path, action="append", default=[], help="您手中的名片，可写多次")


def _identity(context: Context) -> Outcome:
    from shishi.adapters.signing.jose import card_text
    from shishi.apps.exchange.own_keys import has_identity, make_identity, require_operator, signer

    given = context.arguments
    if has_identity() and not given.code:
        require_operator(context.by, context.at)
        card = signer().card
    elif given.code:
        card = make_identity(given.code, given.title or given.code, by=context.by, at=context.at)
    else:
        told = "本方还没有身份。第一次请写明：--code 代码 --title 名称。"
        raise Misuse("exchange_no_identity", told)
    if given.output:
        given.output.write_text(card_text(card), encoding="utf-8")
    return Outcome(_card(card), shown.card_lines(card, given.output))


def _card(card: Card) -> dict[str, object]:
    return {"code": card.code, "title": card.title, "kid": card.keys.kid, "fingerprint": card.keys.fingerprint}


def _rotate(context: Context) -> Outcome:
    from shishi.apps.exchange.peers import rotate

    card = rotate(by=context.by, at=context.at)
    lines = [f"已换用新密钥，指纹 {card.keys.fingerprint}。", "通知已排队；对方收到后自动登记。密钥文件请一并另存。"]
    return Outcome(_card(card), lines)


def _peer_add(context: Context) -> Outcome:
    from shishi.apps.exchange.peers import add_peer

    given = context.arguments
    peer = add_peer(given.card.read_bytes(), given.address, given.fingerprint, by=context.by, at=context.at)
    return _one_peer(context, peer.code, by=True)


def _peer_end(context: Context) -> Outcome:
    from shishi.apps.exchange.peers import end_peer

    peer = end_peer(context.arguments.code, context.arguments.reason, by=context.by, at=context.at)
    return _one_peer(context, peer.code, by=True)


def _one_peer(context: Context, code: str, *, by: bool) -> Outcome:
    from shishi.apps.exchange.selectors import peers_for

    person = context.by if by else context.reader
    view = next(one for one in peers_for(person, context.at) if one.code == code)
    return Outcome(shown.peer_document(view), [shown.peer_line(view)])


def _peer_list(context: Context) -> Outcome:
    from shishi.apps.exchange.selectors import peers_for

    found = peers_for(context.reader, context.at)
    lines = [shown.peer_line(view) for view in found] or ["本方还没有身份。用 shishi exchange identity 建立。"]
    return Outcome([shown.peer_document(view) for view in found], lines)


def _hello(context: Context) -> Outcome:
    from django.db import transaction

    from shishi.apps.exchange.arriving import greet

    given = context.arguments
    once = given.once or context.at.isoformat()
    with transaction.atomic():
        message = greet(given.peer, given.words, once=once, by=context.by, at=context.at)
    return Outcome({"message": message}, [f"已排队：{message}。用 shishi exchange send-pending 立即发送。"])


def _send(context: Context) -> Outcome:
    from shishi.apps.exchange.sending import send_pending

    sent = send_pending(by=context.by, at=context.at, only=context.arguments.peer)
    line = (
        f"对方已收 {sent.taken} 条，写入文件夹 {sent.laid} 条，对方拒收 {sent.refused} 条，还在排队 {sent.waiting} 条。"
    )
    return Outcome(asdict(sent), [line])


def _send_again(context: Context) -> Outcome:
    from shishi.apps.exchange.sending import send_again

    row = send_again(context.arguments.message, by=context.by, at=context.at)
    return Outcome({"message": str(row.uuid), "state": "queued"}, [f"已重新排队：{row.uuid}"])


def _receive(context: Context) -> Outcome:
    from shishi.apps.exchange.folders import receive_folder

    taken = receive_folder(context.arguments.folder.resolve(), by=context.by, at=context.at)
    left = [{"file": name, "code": code, "message": words} for name, code, words in taken.left]
    line = f"新收 {taken.new} 条，收过的 {taken.again} 条，拒收 {taken.refused} 条，收到回执 {taken.receipts} 份。"
    lines = [line, *(f"　没有收：{name}　{words}（{code}）" for name, code, words in taken.left)]
    document = {"new": taken.new, "again": taken.again, "refused": taken.refused, "receipts": taken.receipts}
    return Outcome({**document, "left": left}, lines, 1 if left or taken.refused else 0)


def _act(context: Context) -> Outcome:
    from shishi.apps.exchange.handling import act_on_pending
    from shishi.apps.exchange.own_keys import require_operator

    require_operator(context.by, context.at)
    many = act_on_pending(context.at)
    return Outcome({"done": many}, [f"办了 {many} 条。"])


def _set_aside(context: Context) -> Outcome:
    from shishi.apps.exchange.handling import set_aside

    given = context.arguments
    handling = set_aside(given.message, given.reason, by=context.by, at=context.at)
    return Outcome({"message": given.message, "state": handling.state}, ["已搁置；后面的消息随后办理。"])


def _outbox(context: Context) -> Outcome:
    from shishi.apps.exchange.selectors import outbox_for

    given = context.arguments
    asked = {"state": given.state, "peer": given.peer, "offset": given.offset, "limit": given.limit}
    return shown.messages(outbox_for(context.reader, at=context.at, **asked), "没有发出过消息。")


def _inbox(context: Context) -> Outcome:
    from shishi.apps.exchange.selectors import inbox_for

    given = context.arguments
    asked = {"state": given.state, "peer": given.peer, "offset": given.offset, "limit": given.limit}
    return shown.messages(inbox_for(context.reader, at=context.at, **asked), "没有收到过消息。")


def _case(context: Context) -> Outcome:
    from shishi.apps.cases.both_sides import both_sides

    found = both_sides(context.reader, context.arguments.case, context.at)
    if found is None:
        return Outcome(None, ["这件办件没有转给别的单位。"])
    return shown.both_sides_told(found)


def _receipts(context: Context) -> Outcome:
    from shishi.apps.exchange.selectors import receipts_for

    given = context.arguments
    found = receipts_for(context.reader, at=context.at, offset=given.offset, limit=given.limit)
    lines = [shown.receipt_line(view) for view in found] or ["没有回执。"]
    return Outcome([shown.receipt_document(view) for view in found], lines)


def _prove(context: Context) -> Outcome:
    from shishi.apps.exchange.proofs import prove

    given = context.arguments
    bundle = prove(given.message, contents=not given.without_contents, by=context.by, at=context.at)
    given.output.write_bytes(bundle)
    return Outcome({"file": str(given.output), "bytes": len(bundle)}, [f"证明包已写到 {given.output}。"])


def _verify(context: Context) -> Outcome:
    from shishi.adapters.signing.jose import read_card
    from shishi.apps.exchange.checking import check_bundle

    given = context.arguments
    found = check_bundle(given.bundle.read_bytes(), [read_card(path.read_bytes()) for path in given.card])
    return Outcome(shown.proof_document(found), shown.proof_lines(found), 0 if found.holds else 1)
