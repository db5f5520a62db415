"""``device``: collecting apps, their tokens, and what they sent."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from shishi.commands.context import Commands, Context, Outcome, command, day
from shishi.commands.usage import paged
from shishi.core.errors import Misuse

if TYPE_CHECKING:
    from shishi.apps.fieldwork.devices_seen import DeviceView, SubmissionView


def configure(verb: str, parser: argparse.ArgumentParser) -> None:
    """Arguments: devices, then what they sent."""
    commands = parser.add_subparsers(required=True, metavar="操作")
    making = command(commands, "add", "新增一台采集设备，凭证只显示这一次", _add, writes=True)
    making.add_argument("title", help="设备的名字，例如：办公室的安卓手机")
    making.add_argument("--until", type=day, required=True, help="凭证的截止日，最长一年")
    making.add_argument("--post", type=int, help="绑定的岗位编号，默认第一个可以报送的岗位")
    command(commands, "list", "列出自己的采集设备", _list)
    ending = command(commands, "end", "停用一台设备的凭证", _end, writes=True)
    ending.add_argument("id", type=int)
    command(commands, "forms", "一台设备可以填的采集表，以及哪些台账不能采集", _forms).add_argument("id", type=int)
    _configure_submissions(commands)


def _configure_submissions(commands: Commands) -> None:
    sent = command(commands, "received", "列出收到的采集", _received)
    sent.add_argument("--state", choices=("received", "written", "proposed", "refused", "dismissed"), default="")
    paged(sent)
    trying = command(commands, "retry", "再办一次没有收下的采集", _retry, writes=True)
    trying.add_argument("id", type=int)
    leaving = command(commands, "dismiss", "没有收下的采集作废", _dismiss, writes=True)
    leaving.add_argument("id", type=int)
    leaving.add_argument("--reason", required=True)


def _add(context: Context) -> Outcome:
    from django.conf import settings
    from django.urls import reverse

    from shishi.apps.fieldwork.devices import make_device

    given = context.arguments
    post = given.post if given.post is not None else _first_post(context)
    made = make_device(post, given.title, given.until, by=context.by, at=context.at)
    path = reverse("api:openrosa-key-forms", kwargs={"token": made.token}).removesuffix("/formList")
    document = {**_document(made.device), "token": made.token, "server_url": f"{settings.ADDRESS}{path}"}
    lines = [_line(made.device), f"服务器地址（等于密码，只显示这一次）：{document['server_url']}"]
    return Outcome(document, lines)


def _first_post(context: Context) -> int:
    from shishi.apps.accounts.roles import MAY, Action, Role
    from shishi.apps.accounts.selectors import posts_of
    from shishi.core.calendars import day_of

    for post in posts_of(context.by, day_of(context.at)):
        if Action.HAND_IN in MAY[Role(post.role)] and post.delegation is None:
            return int(post.pk)
    raise Misuse("device_post", f"{context.by} 没有可以报送的岗位，不能绑定采集设备。")


def _list(context: Context) -> Outcome:
    from shishi.apps.fieldwork.devices_seen import devices_for

    found = devices_for(context.reader, at=context.at)
    return Outcome([_document(item) for item in found], [_line(item) for item in found] or ["没有采集设备。"])


def _end(context: Context) -> Outcome:
    from shishi.apps.fieldwork.devices import end_device

    view = end_device(context.arguments.id, by=context.by, at=context.at)
    return Outcome(_document(view), [_line(view)])


def _forms(context: Context) -> Outcome:
    from shishi.apps.fieldwork.devices_seen import forms_of_device

    offered, unfit = forms_of_device(context.reader, context.arguments.id, at=context.at)
    document = {
        "forms": [{"form": item.form.id, "version": item.form.version, "table": item.table.name} for item in offered],
        "unfit": list(unfit),
    }
    return Outcome(document, [*(f"{item.form.id}　{item.table.title}" for item in offered), *unfit])


def _received(context: Context) -> Outcome:
    from shishi.apps.fieldwork.devices_seen import submissions_for

    given = context.arguments
    found = submissions_for(context.reader, at=context.at, state=given.state, offset=given.offset, limit=given.limit)
    return Outcome([_sent(item) for item in found], [_sent_line(item) for item in found] or ["没有收到采集。"])


def _retry(context: Context) -> Outcome:
    from shishi.apps.fieldwork.submissions import retry_submission

    view = retry_submission(context.arguments.id, by=context.by, at=context.at)
    return Outcome(_sent(view), [_sent_line(view)], 1 if view.state == "refused" else 0)


def _dismiss(context: Context) -> Outcome:
    from shishi.apps.fieldwork.submissions import dismiss_submission

    given = context.arguments
    view = dismiss_submission(given.id, given.reason, by=context.by, at=context.at)
    return Outcome(_sent(view), [_sent_line(view)])


def _document(view: DeviceView) -> dict[str, object]:
    return {
        "id": view.id,
        "title": view.title,
        "person": view.person,
        "body": view.body,
        "until": view.until.isoformat(),
        "works": view.works,
        "sent": view.sent,
    }


def _line(view: DeviceView) -> str:
    state = f"至 {view.until}" if view.works else "已停用"
    return f"{view.id}　{view.title}　{view.person}（{view.body}）　{state}　{view.sent} 份"


def _sent(view: SubmissionView) -> dict[str, object]:
    return {
        "id": view.id,
        "instance": view.instance,
        "replaces": view.replaces or None,
        "table": view.table,
        "state": view.state,
        "issues": [dict(fault) for fault in view.faults],
        "batch": view.batch or None,
        "files": [name for name, _ in view.files],
        "missing": list(view.missing),
        "received_at": view.received_at.isoformat(),
    }


def _sent_line(view: SubmissionView) -> str:
    from shishi.apps.fieldwork.submissions import STATES

    why = "；".join(str(fault["message"]) for fault in view.faults)
    return f"{view.id}　{view.table_title}　{STATES[view.state]}　{why or view.instance}"
