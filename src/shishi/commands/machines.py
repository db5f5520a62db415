"""``client``: programs that ask over the API, and their tokens; ``webhook``: where
they want to be told what happens."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from shishi.commands.context import Commands, Context, Outcome, command, day
from shishi.commands.usage import between, paged
from shishi.core.errors import Misuse

if TYPE_CHECKING:
    from shishi.apps.machines.clients import Client
    from shishi.apps.machines.models import Call, Hook


def configure(verb: str, parser: argparse.ArgumentParser) -> None:
    """Arguments of both verbs."""
    commands = parser.add_subparsers(required=True, metavar="操作")
    if verb == "client":
        _configure_clients(commands)
    else:
        _configure_hooks(commands)


def _configure_clients(commands: Commands) -> None:
    making = command(commands, "add", "给一个接口程序发凭证，凭证只显示这一次", _add, writes=True)
    making.add_argument("title", help="接口程序的名字，例如：12345 热线平台")
    making.add_argument("--person", required=True, help="它以谁的岗位和权限范围办事（用户名）")
    making.add_argument("--until", type=day, required=True, help="凭证的截止日，最长一年")
    making.add_argument("--per-minute", type=between(1, 6000), default=120, help="每分钟最多多少次请求，默认 120")
    command(commands, "list", "列出接口程序", _list)
    command(commands, "end", "停用一个接口程序的凭证", _end, writes=True).add_argument("id", type=int)


def _configure_hooks(commands: Commands) -> None:
    making = command(commands, "add", "登记回调地址，签名密钥只显示这一次", _add_hook, writes=True)
    making.add_argument("client", type=int, help="接口程序的编号")
    making.add_argument("url")
    making.add_argument("--topic", action="append", required=True, help="要听的事，例如 case.；可写多次")
    command(commands, "list", "列出回调地址", _list_hooks)
    command(commands, "end", "停用一个回调地址", _end_hook, writes=True).add_argument("id", type=int)
    calls = command(commands, "calls", "列出推送", _calls)
    calls.add_argument("--state", choices=("queued", "sent", "failed", "dropped"), default="")
    paged(calls)
    command(commands, "replay", "重新推送一次", _replay, writes=True).add_argument("id", type=int)
    leaving = command(commands, "drop", "放弃一次失败的推送，写明原因", _drop, writes=True)
    leaving.add_argument("id", type=int)
    leaving.add_argument("--reason", required=True)


def _add(context: Context) -> Outcome:
    from shishi.apps.machines.clients import make_client

    given = context.arguments
    made = make_client(
        given.person, given.title, given.until, per_minute=given.per_minute, by=context.by, at=context.at
    )
    document = {**_document(made.client), "token": made.token}
    return Outcome(document, [_line(made.client), f"凭证（等于密码，只显示这一次）：{made.token}"])


def _list(context: Context) -> Outcome:
    from shishi.apps.machines.clients import clients_for

    found = clients_for(context.reader, context.at)
    return Outcome([_document(item) for item in found], [_line(item) for item in found] or ["没有接口程序。"])


def _end(context: Context) -> Outcome:
    from shishi.apps.machines.clients import end_client

    found = end_client(context.arguments.id, by=context.by, at=context.at)
    return Outcome(_document(found), [_line(found)])


def _document(client: Client) -> dict[str, object]:
    return {
        "id": client.pk,
        "title": client.title,
        "person": client.person.username,
        "per_minute": client.per_minute,
        "until": client.until.isoformat(),
        "made_by": client.made_by,
        "ended_at": client.ended_at.isoformat() if client.ended_at else None,
    }


def _line(client: Client) -> str:
    state = "已停用" if client.ended_at else f"到 {client.until}"
    return f"{client.pk:>4}　{client.title}　以 {client.person} 办事　每分钟 {client.per_minute} 次　{state}"


def _add_hook(context: Context) -> Outcome:
    from shishi.apps.machines.clients import clients_for
    from shishi.apps.machines.hooks import make_hook

    given = context.arguments
    client = next((item for item in clients_for(context.by, context.at) if item.pk == given.client), None)
    if client is None:
        raise Misuse("unknown_client", f"没有第 {given.client} 号接口程序。用 shishi client list 查看。")
    made = make_hook(client, given.url, given.topic, by=context.by, at=context.at)
    document = {**_hook_document(made.hook), "secret": made.secret}
    return Outcome(document, [_hook_line(made.hook), f"签名密钥（只显示这一次）：{made.secret}"])


def _list_hooks(context: Context) -> Outcome:
    from shishi.apps.machines.hooks import hooks_for

    found = hooks_for(context.reader, context.at)
    return Outcome([_hook_document(item) for item in found], [_hook_line(item) for item in found] or ["没有回调地址。"])


def _end_hook(context: Context) -> Outcome:
    from shishi.apps.machines.hooks import end_hook

    found = end_hook(context.arguments.id, by=context.by, at=context.at)
    return Outcome(_hook_document(found), [_hook_line(found)])


def _hook_document(hook: Hook) -> dict[str, object]:
    return {
        "id": hook.pk,
        "client": hook.client_id,
        "url": hook.url,
        "topics": hook.topics,
        "ended_at": hook.ended_at.isoformat() if hook.ended_at else None,
    }


def _hook_line(hook: Hook) -> str:
    state = "已停用" if hook.ended_at else "在用"
    return f"{hook.pk:>4}　{hook.client.title}　{hook.url}　{'、'.join(hook.topics)}　{state}"


def _calls(context: Context) -> Outcome:
    from shishi.apps.machines.calling import calls_for

    given = context.arguments
    found = calls_for(context.reader, context.at, state=given.state, offset=given.offset, limit=given.limit)
    return Outcome([_call_document(item) for item in found], [_call_line(item) for item in found] or ["没有推送。"])


def _replay(context: Context) -> Outcome:
    from shishi.apps.machines.calling import replay

    found = replay(context.arguments.id, by=context.by, at=context.at)
    return Outcome(_call_document(found), [_call_line(found)])


def _drop(context: Context) -> Outcome:
    from shishi.apps.machines.calling import drop

    found = drop(context.arguments.id, reason=context.arguments.reason, by=context.by, at=context.at)
    return Outcome(_call_document(found), [_call_line(found)])


def _call_document(call: Call) -> dict[str, object]:
    return {
        "id": call.pk,
        "hook": call.hook_id,
        "key": call.key,
        "state": call.state,
        "tries": call.tries,
        "told": call.told,
        "reason": call.reason,
    }


def _call_line(call: Call) -> str:
    why = f"　{call.told}" if call.told else ""
    return f"{call.pk:>6}　{call.get_state_display()}　{call.hook.url}　{call.key}　试了 {call.tries} 次{why}"
