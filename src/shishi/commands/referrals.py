"""``referral``: matters that go to another city's Open311 system, and its requests that become matters here."""

from __future__ import annotations

import argparse
import os
from typing import TYPE_CHECKING

from shishi.commands.context import Commands, Context, Outcome, command
from shishi.commands.notice_views import iso
from shishi.commands.usage import paged
from shishi.core.errors import Misuse

if TYPE_CHECKING:
    from shishi.apps.referrals.models import Endpoint, Referral, TakenRequest

KEY = "SHISHI_OPEN311_KEY"
"""The variable of the environment that holds an ``api_key``: a command line is read by everybody on the machine."""


def configure(verb: str, parser: argparse.ArgumentParser) -> None:
    """Arguments of the verb."""
    commands = parser.add_subparsers(required=True, metavar="操作")
    _configure_endpoints(commands)
    sending = command(commands, "send", "把一件投诉建议转送外地", _send, writes=True)
    sending.add_argument("case", help="受理号")
    sending.add_argument("endpoint", help="外地接口的代码")
    sending.add_argument("--service", required=True, help="对方的服务编码（service_code）")
    sending.add_argument("--text", required=True, help="要对方办什么；不写申请人的姓名和电话")
    listing = command(commands, "list", "列出转送和对方的办理情况", _list)
    listing.add_argument("--state", choices=("queued", "taken", "failed", "dropped"), default="")
    paged(listing)
    paged(command(commands, "taken", "列出从外地收下的请求", _taken))
    command(commands, "look", "马上转送、问办理情况、收新的请求", _look, writes=True)


def _configure_endpoints(commands: Commands) -> None:
    adding = command(commands, "endpoint-add", "登记外地的 Open311 接口；只有登记过的才会访问", _add, writes=True)
    adding.add_argument("code", help="代码，例如 city-310000")
    adding.add_argument("--title", required=True, help="哪个城市的哪个系统")
    adding.add_argument("--address", required=True, help="https://…/open311/v2")
    adding.add_argument("--jurisdiction", default="", help="对方的 jurisdiction_id")
    adding.add_argument("--programme", default="", help="收对方的请求：算哪个重点项目的；不写就只转送")
    adding.add_argument("--division", default="", help="收对方的请求：归哪个区划")
    adding.add_argument("--kind", default="suggestion", help="收对方的请求：算哪一类，默认 suggestion（建议）")
    adding.add_argument("--service", action="append", default=[], help="只收这些服务的请求；可写多次，不写就全收")
    command(commands, "endpoints", "列出外地接口", _endpoints)
    ending = command(commands, "endpoint-end", "停用一个外地接口", _end, writes=True)
    ending.add_argument("code")
    ending.add_argument("--reason", required=True)


def _add(context: Context) -> Outcome:
    from shishi.apps.referrals.endpoints import NewEndpoint, add_endpoint

    given = context.arguments
    new = NewEndpoint(
        code=given.code,
        title=given.title,
        address=given.address,
        jurisdiction=given.jurisdiction,
        api_key=os.environ.get(KEY, ""),
        programme=given.programme,
        division=given.division,
        kind=given.kind,
        services=tuple(given.service),
    )
    if given.programme and not given.division:
        raise Misuse("division_missing", "收对方的请求要用 --division 写明归哪个区划。")
    made = add_endpoint(new, by=context.by, at=context.at)
    return Outcome(_endpoint(made), [_endpoint_line(made)])


def _end(context: Context) -> Outcome:
    from shishi.apps.referrals.endpoints import end_endpoint

    found = end_endpoint(context.arguments.code, context.arguments.reason, by=context.by, at=context.at)
    return Outcome(_endpoint(found), [_endpoint_line(found)])


def _endpoints(context: Context) -> Outcome:
    from shishi.apps.referrals.selectors import endpoints_for

    found = endpoints_for(context.reader, context.at)
    none = "还没有外地接口。用 shishi referral endpoint-add 登记。"
    return Outcome([_endpoint(item) for item in found], [_endpoint_line(item) for item in found] or [none])


def _send(context: Context) -> Outcome:
    from shishi.apps.referrals.sending import refer

    given = context.arguments
    made = refer(given.case, given.endpoint, given.service, given.text, by=context.by, at=context.at)
    return Outcome(_referral(made), [_referral_line(made)])


def _list(context: Context) -> Outcome:
    from shishi.apps.referrals.selectors import referrals_for

    given = context.arguments
    found = referrals_for(context.reader, context.at, state=given.state, offset=given.offset, limit=given.limit)
    return Outcome([_referral(item) for item in found], [_referral_line(item) for item in found] or ["没有转送。"])


def _taken(context: Context) -> Outcome:
    from shishi.apps.referrals.selectors import taken_for

    given = context.arguments
    found = taken_for(context.reader, context.at, offset=given.offset, limit=given.limit)
    return Outcome([_request(item) for item in found], [_request_line(item) for item in found] or ["没有收过请求。"])


def _look(context: Context) -> Outcome:
    from shishi.apps.exchange.own_keys import require_operator
    from shishi.apps.referrals.sending import send_what_waits
    from shishi.apps.referrals.taking import take_what_came

    require_operator(context.by, context.at)
    answered, opened = send_what_waits(context.at), take_what_came(context.at)
    lines = [f"对方答复 {answered} 件，新收 {opened} 件。"]
    return Outcome({"answered": answered, "opened": opened}, lines)


def _endpoint(row: Endpoint) -> dict[str, object]:
    return {
        "code": row.code,
        "title": row.title,
        "address": row.address,
        "jurisdiction": row.jurisdiction,
        "reads": row.reads,
        "programme": row.programme or None,
        "division": row.division or None,
        "services": row.services,
        "failures": row.failures,
        "error": row.last_error,
        "unreadable": row.unreadable,
        "ended_at": iso(row.ended_at),
    }


def _endpoint_line(row: Endpoint) -> str:
    state = "已停用" if row.ended_at else "收请求" if row.reads else "只转送"
    wrong = f"　{row.failures} 次没有读到：{row.last_error}" if row.failures else ""
    return f"{row.code}　{row.title}　{row.address}　{state}{wrong}"


def _referral(row: Referral) -> dict[str, object]:
    return {
        "id": row.pk,
        "case": row.number,
        "endpoint": row.endpoint.code,
        "state": row.state,
        "tries": row.tries,
        "error": row.told,
        "service_request_id": row.theirs or None,
        "status": row.status or None,
        "status_notes": row.notes,
        "heard_at": iso(row.heard_at),
    }


def _referral_line(row: Referral) -> str:
    theirs = f"　对方编号 {row.theirs}" if row.theirs else ""
    status = f"　{row.status}　{row.notes}" if row.status else ""
    went = f"{row.pk:>4}　{row.number} → {row.endpoint.title}　{row.get_state_display()}"
    return f"{went}{theirs}{status}　{row.told}".rstrip()


def _request(row: TakenRequest) -> dict[str, object]:
    return {
        "endpoint": row.endpoint.code,
        "service_request_id": row.request,
        "case": row.number or None,
        "refused": row.refused or None,
        "at": iso(row.at),
    }


def _request_line(row: TakenRequest) -> str:
    return f"{row.endpoint.title} {row.request}　{row.number or f'没有收：{row.refused}'}"
