"""One notice of the demonstration: issued, acknowledged, replied with a new workbook, verified, closed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from shishi.adapters.spreadsheets.template import write_template
from shishi.apps.accounts.models import Person
from shishi.apps.accounts.selectors import person_named
from shishi.apps.files.services import key_ring
from shishi.apps.indicators.selectors import Asked, figures
from shishi.apps.ledger.intake import HandIn
from shishi.apps.ledger.sealing import decode, opened
from shishi.apps.ledger.selectors import live
from shishi.apps.ledger.services import receive_workbook
from shishi.apps.messages.services import channels, deliver_pending
from shishi.apps.programmes.selectors import table_named
from shishi.apps.supervision import services
from shishi.apps.supervision.papers import put_paper
from shishi.apps.supervision.selectors import NoticeView, notices_for
from shishi.commands.demonstration.growing import username
from shishi.core.calendars import moment_of
from shishi.core.divisions import DivisionTree
from shishi.core.notices import NoticeKind, NoticeState
from shishi.core.printing import print_value
from shishi.core.tables import Table, Values

if TYPE_CHECKING:
    from shishi.apps.ledger.models import RevisionRow

TITLES = "xuancheng/2021/title_certificates"
GUANGDE = "341882"
ISSUED = date(2021, 9, 30)
ANSWERED = date(2021, 10, 11)
ISSUED_MEANWHILE = 260


def follow(folder: Path, tree: DivisionTree, tell: Callable[[str], None]) -> list[str]:
    """Follow the prompt notice to 广德市; returns what happened in sentences."""
    leader, clerk = person_named("leader"), person_named(username("title_certificates", GUANGDE))
    notice = _draft(leader)
    if notice is None:
        return ["没有起草给广德市的提示单。"]
    number = str(notice.id)
    issued = services.issue(number, by=leader, at=moment_of(ISSUED, time(20, 30)))
    put_paper(number, folder / "notices", by=leader, at=moment_of(ISSUED, time(20, 30)))
    told = [f"{ISSUED} 签发 {issued.number}（{issued.recipients[0].title}），要求 {_deadline(issued)} 前反馈。"]
    services.acknowledge(number, by=clerk, at=moment_of(date(2021, 10, 8), time(9)))
    before = _figure(leader, ISSUED)
    _hand_in(folder, clerk)
    services.reply(number, "已逐套排查，集中办理发证，数据已更新（演示）。", by=clerk, at=moment_of(ANSWERED, time(15)))
    after = _figure(leader, ANSWERED)
    told.append(f"{ANSWERED} 广德市更新台账并反馈：发证由 {before} 增至 {after}。")
    closed = _close(number, leader)
    sent = deliver_pending(channels(), by=leader, at=moment_of(ANSWERED, time(19)))
    told.append(
        f"{ANSWERED} 核实并办结，状态：{closed.state.label}。消息进收件箱，邮件送达 {sent.sent} 封（未设邮件服务器，写在库的 mail 文件夹）。"
    )
    for line in told:
        tell(line)
    return told


def _draft(person: Person) -> NoticeView | None:
    found = notices_for(
        person, at=moment_of(ISSUED, time(20, 15)), programme=TITLES, division=GUANGDE, states=[NoticeState.DRAFT]
    )
    return next((item for item in found if item.kind is NoticeKind.PROMPT_NOTICE), found[0] if found else None)


def _deadline(notice: NoticeView) -> str:
    moment = notice.recipients[0].standing.deadline
    return "" if moment is None else f"{moment_text(moment)}"


def moment_text(moment: datetime) -> str:
    """A moment in Shanghai as people read it."""
    from shishi.core.calendars import SHANGHAI

    return f"{moment.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"


def _figure(person: Person, day: date) -> str:
    asked = Asked(TITLES, day, known_at=moment_of(day, time(16)), division=GUANGDE, indicators=("issued_units",))
    if day == ISSUED:
        asked = replace(asked, known_at=moment_of(day, time(20)))
    (found,) = figures(person, asked, at=moment_of(ANSWERED, time(16)))
    return print_value(found.indicator, found.value)


def _hand_in(folder: Path, clerk: Person) -> None:
    """The clerk's new workbook: the next units of 广德市 have their certificates; others wait for their reasons."""
    programme, table = table_named(f"{TITLES}/units")
    rows = [
        _issued(table, row) for row in live(table.name, ISSUED).filter(division__startswith=GUANGDE).order_by("key")
    ]
    path = folder / "hand-ins" / ANSWERED.isoformat() / f"{clerk.username}-units.xlsx"
    path.parent.mkdir(parents=True, exist_ok=True)
    changed = [row for row in rows if row][:ISSUED_MEANWHILE]
    write_template(table, path, divisions=(), rows=changed, demonstration=True)
    receive_workbook(HandIn(programme, table, path, ANSWERED), by=clerk, at=moment_of(ANSWERED, time(14)))


def _issued(table: Table, row: RevisionRow) -> Values | None:
    if row.cells.get("stage") == "cert_issued":
        return None
    values = opened(table, decode(row.cells), key_ring())
    day = ANSWERED
    return {
        **values,
        "building": _building(str(values["building"])),
        "stage": "cert_issued",
        "made_on": day,
        "notified_on": day,
        "collected_on": day,
        "reason": None,
        "reason_note": None,
    }


def _building(entry: str) -> str:
    row = live(f"{TITLES}/buildings", ANSWERED, entries=[UUID(entry)]).first()
    return row.key if row else ""


def _close(number: str, leader: Person) -> NoticeView:
    at = moment_of(ANSWERED, time(18, 30))
    return services.close(number, by=leader, at=at, as_of=ANSWERED)
