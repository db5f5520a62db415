"""Our own client in front of our own Open311 server, over HTTP: what the one sends the other takes, once, and
tells of."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from shishi.apps.cases.completing import complete_task
from shishi.apps.cases.models import CaseRow, TaskRow
from shishi.apps.cases.opening import open_case
from shishi.apps.cases.parties import Applicant
from shishi.apps.referrals.endpoints import NewEndpoint, add_endpoint, endpoint_coded, server_of
from shishi.apps.referrals.models import Referral
from shishi.apps.referrals.sending import refer, send_what_waits
from tests.apps.case_town import HOMES, LANGXI, REMEDY
from tests.web.api.interface_town import InterfaceTown
from tests.web.running import site_running

CODE = "somewhere.2021.homes.complaint"


@pytest.fixture
def city(town: InterfaceTown) -> Iterator[str]:
    """The site, registered as if it were another city's, with the token of a program that takes for the whole of it."""
    program = town.program(division="34")
    with site_running() as address:
        new = NewEndpoint("city-1", "那边", f"{address}/open311/v2", "somewhere", program.token)
        add_endpoint(new, by=town.operator, at=town.tick())
        yield address


def referred(town: InterfaceTown, service: str = CODE) -> Referral:
    answers = {
        "kind": "complaint",
        "title": "路灯不亮",
        "text": "路灯不亮",
        "address": "示例路 1 号",
        "point": "118.75,30.94",
    }
    case = open_case(
        "complaint",
        answers=answers,
        applicant=Applicant("张三", None, "13800001234"),
        division=LANGXI,
        programme=HOMES,
        by=town.far,
        at=town.tick(),
        channel="window",
    )
    return refer(case.uuid, "city-1", service, "请修路灯", by=town.far, at=town.tick())


def test_what_is_sent_is_taken_once_and_its_end_is_told(town: InterfaceTown, city: str) -> None:
    made = referred(town)
    answered = send_what_waits(town.tick())
    made.refresh_from_db()
    assert made.told == ""
    assert answered == 1
    there = CaseRow.objects.get(number=made.theirs)
    assert there.facts["complaint.text"] == "请修路灯"
    assert there.facts["complaint.address"] == "示例路 1 号"
    assert (there.applicant_name, there.phone_digest) == ("（未署名）", "")
    Referral.objects.filter(pk=made.pk).update(state="queued", theirs="", next_at=town.now)
    assert send_what_waits(town.tick()) == 1
    made.refresh_from_db()
    assert (made.theirs, CaseRow.objects.count()) == (there.number, 2), "the same key is the same request"

    task = TaskRow.objects.get(case=there, state="open")
    basis, at = "演示规定第七条", town.tick()
    complete_task(task.pk, "refuse", by=town.operator, at=at, text="不归我们管", basis=basis, remedy=REMEDY)
    assert send_what_waits(town.tick(minutes=31)) == 1
    made.refresh_from_db()
    assert made.status == "closed"
    here = CaseRow.objects.get(uuid=made.case)
    assert "那边已办结" in "\n".join(here.steps.values_list("text", flat=True))


def test_what_the_server_refuses_is_told_with_its_way_out(town: InterfaceTown, city: str) -> None:
    made = referred(town, "nothing.of.that.kind")
    assert send_what_waits(town.tick()) == 0
    made.refresh_from_db()
    assert made.state == "queued"
    assert "HTTP 404" in made.told
    assert "服务编码" in made.told


def test_the_list_of_the_server_is_read_without_a_rest(town: InterfaceTown, city: str) -> None:
    referred(town)
    send_what_waits(town.tick())
    found = server_of(endpoint_coded("city-1")).since(town.now.replace(year=2021), [CODE])
    assert found.unreadable == 0
    assert [one.description for one in found.requests] == ["请修路灯"]
    assert found.requests[0].longitude.startswith("118.75")
