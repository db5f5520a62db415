"""What fieldwork adds to the lived-in town: a planned visit, one with photos and problems on their way, and a device
that sent a form which could not be taken."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

from shishi.apps.accounts.models import Person
from shishi.apps.accounts.roles import Role
from shishi.apps.fieldwork.devices import make_device
from shishi.apps.fieldwork.devices_seen import device_of
from shishi.apps.fieldwork.photos import take_photo
from shishi.apps.fieldwork.problems import NewProblem, reply
from shishi.apps.fieldwork.submissions import receive_submission
from shishi.apps.fieldwork.visits import Carried, NewVisit, carry_out, plan_visit
from shishi.apps.fieldwork.visits_seen import VisitView
from shishi.core.tables import Point
from shishi.core.visits import NamedPhoto, Seen, VisitKind
from tests.adapters.pictures import photo
from tests.apps.town import DAY, NAME, XUANZHOU, Town
from tests.web.api.machine import filled

PLACE = Point(Decimal("118.758"), Decimal("30.946"))
SEEN = Seen(
    DAY, "双桥小区东门", "到双桥小区查看外墙施工，进度正常；与住户座谈，听取对停车的意见。", "王工、李工", PLACE, 12
)
LONGEST = timedelta(days=300)


def visit(town: Town, by: Person, *problems: NewProblem, photos: int = 0, title: str = "双桥小区施工现场") -> VisitView:
    """A visit that was carried out, with its photos; one more is told of and did not arrive."""
    contents = [photo(number) for number in range(1, photos + 1)]
    named = [NamedPhoto(str(uuid4()), hashlib.sha256(content).hexdigest(), "现场.jpg") for content in contents]
    late = (NamedPhoto(str(uuid4()), "0" * 64, "没到.jpg"),) if photos else ()
    new = NewVisit(NAME, VisitKind.PATROL, title, XUANZHOU, uuid=uuid4(), demonstration=True)
    assert new.uuid is not None
    made = carry_out(new.uuid, Carried(SEEN, problems, (*named, *late)), by=by, at=town.tick(), new=new)
    for one, content in zip(named, contents, strict=True):
        take_photo(UUID(one.id), content, by=by, at=town.tick())
    return made


def problem(text: str) -> NewProblem:
    """A problem for the county's body."""
    return NewProblem(uuid4(), text, "xuanzhou", 3)


def field(town: Town) -> Town:
    """Add all of it."""
    by = town.leader
    plan_visit(
        NewVisit(
            NAME, VisitKind.RESEARCH, "郎溪县窗口办证情况", "341821", planned_on=date(2021, 10, 9), demonstration=True
        ),
        by=by,
        at=town.tick(),
    )
    made = visit(town, by, problem("东侧围挡缺口未封闭。"), problem("公示栏没有监督电话。"), photos=2)
    reply(made.problems[1].id, "已补贴监督电话。", by=town.clerk(), at=town.tick())
    town.person("inspector", "office", Role.SUPERVISOR, "3418")
    clerk, now = town.clerk(), datetime.now(UTC)
    device = make_device(clerk.posts.get().pk, "宣州区的安卓手机", now.date() + LONGEST, by=clerk, at=now)
    form = filled(number="H-9", estate="没有报过的小区")
    receive_submission(form.encode(), {}, device=device_of(device.token, now), at=now)
    return town
