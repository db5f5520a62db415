"""What waits for whom."""

from __future__ import annotations

import pytest

from shishi.apps.accounts.models import Person
from shishi.apps.supervision import matters, services
from shishi.apps.supervision.dismissing import dismiss
from shishi.apps.supervision.findings_seen import look_seen
from shishi.apps.supervision.matters import NewMatter
from shishi.apps.supervision.waiting import started_by, waiting_for
from shishi.core.matters import MatterSource
from tests.apps.test_supervision import AT, DAY, NAME, House, behind

pytestmark = pytest.mark.django_db


@pytest.fixture
def house() -> House:
    return House()


def verbs(person: Person) -> list[tuple[str, str]]:
    return [(item.verb, item.page) for item in waiting_for(person, AT)]


def test_a_notice_waits_for_the_next_person_of_its_way(house: House) -> None:
    notice = str(house.draft().id)
    assert verbs(house.leader) == [("审批", "notice")]
    assert verbs(house.supervisor) == verbs(house.xz) == []
    services.approve(notice, by=house.leader, at=AT)
    assert verbs(house.supervisor) == [("签发", "notice")]
    services.issue(notice, by=house.supervisor, at=AT)
    (waiting,) = waiting_for(house.xz, AT)
    assert (waiting.verb, waiting.args, waiting.due is not None) == ("签收", (int(notice),), True)
    assert verbs(house.lx) == []
    services.acknowledge(notice, by=house.xz, at=AT)
    services.extend(notice, 3, "测绘未完成", by=house.xz, at=AT)
    assert verbs(house.leader) == [("批复延期", "notice")]
    services.reply(notice, "已补报。", by=house.xz, at=AT)
    assert verbs(house.supervisor) == [("核验", "notice")]
    services.verify(notice, by=house.supervisor, at=AT)
    assert verbs(house.supervisor) == [("销号", "notice")]
    assert [item.verb for item in started_by(house.supervisor, AT)] == ["已核验"]


def test_a_matter_waits_for_the_next_person_of_its_way(house: House) -> None:
    told = (NAME, "办结遗留项目", MatterSource.INSTRUCTION, "批示", "全部登记", "xz")
    matter = str(matters.open_matter(NewMatter(*told, within=3), by=house.supervisor, at=AT).id)
    assert verbs(house.supervisor) == [("交办", "matter")]
    matters.assign(matter, by=house.supervisor, at=AT)
    assert verbs(house.xz) == [("接办", "matter")]
    matters.accept(matter, by=house.xz, at=AT)
    matters.ask_extension(matter, 3, "汛期", by=house.xz, at=AT)
    assert verbs(house.leader) == [("批复延期", "matter")]
    matters.report_done(matter, "办结。", by=house.xz, at=AT)
    assert (verbs(house.xz), verbs(house.supervisor)) == ([], [("核验", "matter")])


def test_findings_that_nobody_took_up_wait_for_who_may_draft(house: House) -> None:
    house.look(behind(), behind("341821", "郎溪县"))
    (waiting,) = waiting_for(house.supervisor, AT)
    assert (waiting.page, waiting.args[-1], waiting.count) == ("stocktake", "2021-09-30", 2)
    look = look_seen(house.supervisor, NAME, DAY, at=AT)
    assert look
    dismiss(look.findings[0].id, "已核实", by=house.supervisor, at=AT)
    assert [item.count for item in waiting_for(house.supervisor, AT)] == [1]
    assert verbs(house.xz) == []
