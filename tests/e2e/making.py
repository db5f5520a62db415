"""Makes the store that the browser's tests look at: the town after two days, its promise published, with one of
everything that a page can be about. Run as a process of its own (``python -m tests.e2e.making FOLDER CODE_LIST``),
because a test's database is not a site's. What pages are about is named in ``things.json`` beside the store."""

from __future__ import annotations

import json
import logging
import os
import sys
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from unittest.mock import patch

import django
from django.test import override_settings

if TYPE_CHECKING:
    from shishi.apps.accounts.models import Person
    from shishi.apps.documents.models import Draft
    from shishi.apps.jobs.models import Job
    from tests.apps.town import Town

LONG_SECONDS = 6 * 3600
"""No run of the tests takes so long."""
MAPS = "maps"
"""Folder of the store with invented outlines."""


def make(folder: Path, code_list: Path) -> dict[str, object]:
    """Fill the store of ``folder``, which ``init`` has made; everything that was made, by name."""
    from tests.apps.town import Town, read_rows
    from tests.web.cased import cased
    from tests.web.conftest import populate
    from tests.web.fielded import field
    from tests.web.published import open_to_the_public
    from tests.web.supervised import supervise
    from tests.web.verified import verify

    reader = "shishi.apps.ledger.services.Workbook"
    with patch(reader, read_rows):  # what stands in for the reader of workbooks
        town = field(supervise(open_to_the_public(populate(Town(folder, code_list)))))
        things = {**_supervised(town), **_stated(town), **verify(town), **_fielded()}
    things |= {**_briefs(town), **_handed_in(town), **_rows(town), **_proved(town), **_failed(town)}
    things |= _drafted(town)
    things |= cased(town) | _referring(town)
    outlines(folder / MAPS)
    # What holds today has to be made today: the site knows no other day.
    return things | _posts(town) | _doors(town)


def _referring(town: Town) -> dict[str, object]:
    """Another city's system, to which matters may go."""
    from shishi.apps.referrals.endpoints import NewEndpoint, add_endpoint

    new = NewEndpoint("city-310000", "上海市民热线", "https://open311.example/v2")
    return {"endpoint": add_endpoint(new, by=town.operator, at=town.tick()).code}


def _fielded() -> dict[str, object]:
    from shishi.apps.fieldwork.models import ProblemRow, SubmissionRow, VisitRow

    return {
        "visit_planned": VisitRow.objects.get(state="planned").pk,
        "visit": VisitRow.objects.get(state="done").pk,
        "problem": ProblemRow.objects.get(state="rectifying").pk,
        "problem_replied": ProblemRow.objects.get(state="replied").pk,
        "submission": SubmissionRow.objects.get().pk,
    }


def _supervised(town: Town) -> dict[str, object]:
    from shishi.apps.supervision.circulars_seen import circulars_for
    from shishi.apps.supervision.findings_seen import look_seen
    from shishi.apps.supervision.models import MatterRow, Meeting
    from shishi.apps.supervision.selectors import notices_for
    from shishi.core.notices import NoticeState
    from tests.apps.town import DAY, NAME

    notices = notices_for(town.leader, at=town.now)
    issued = next(item for item in notices if item.state is NoticeState.ISSUED)
    look = look_seen(town.leader, NAME, DAY, at=town.now)
    assert look is not None
    return {
        "notice": issued.id,
        "answerer": f"clerk_{issued.recipients[0].body}",
        "notice_draft": next(item.id for item in notices if item.state is NoticeState.DRAFT),
        "finding": look.findings[0].id,
        "meeting": Meeting.objects.get().pk,
        "matter": MatterRow.objects.earliest("pk").pk,
        "circular": circulars_for(town.leader, at=town.now)[0].id,
    }


def _stated(town: Town) -> dict[str, object]:
    """A weekly table: 宣州区 has entered it, and a reviewer has looked at it; the others owe it."""
    from shishi.apps.accounts.roles import Role
    from shishi.apps.assurance.acceptance import review
    from shishi.apps.divisions.selectors import find_division
    from shishi.apps.ledger.entering import Entered, asked_period, enter
    from shishi.apps.ledger.periods import required_calendar
    from shishi.apps.programmes.selectors import table_named
    from shishi.apps.programmes.services import install_pack
    from shishi.core.programmes import Cadence, PeriodKind
    from tests.apps.reporting_town import METRICS, USERS, WEEK
    from tests.apps.town import DAY, XUANZHOU, versioned
    from tests.web.published import public_pack

    pack = public_pack()
    programme = pack.programmes[0]
    more = replace(
        programme,
        tables=(*programme.tables, METRICS),
        indicators=(*programme.indicators, USERS),
        cadences=(*programme.cadences, Cadence(METRICS.name, PeriodKind.WEEK, programme.cadences[0].cut_off)),
    )
    pack = versioned(replace(pack, programmes=(more,)))
    since = DAY.replace(day=1)
    install_pack(pack, effective_on=since, holds_rows=lambda table: False, by=town.operator, at=town.tick())
    reviewer = town.person("xuanzhou_reviewer", "xuanzhou", Role.REVIEWER, XUANZHOU)
    owner, metrics = table_named("metrics")
    calendar = required_calendar(metrics, owner)
    for county in (XUANZHOU, "341821"):
        clerk = town.clerk("xuanzhou" if county == XUANZHOU else "langxi")
        period = asked_period(calendar, WEEK, town.now)
        cells = {"users": "9700", "new_users": "120", "visits": "3150"}
        enter(Entered(calendar, find_division(county, DAY), period, cells, ""), by=clerk, at=town.tick())
    review(calendar, asked_period(calendar, WEEK, town.now), (XUANZHOU,), by=reviewer, at=town.tick())
    return {"week": WEEK}


def _briefs(town: Town) -> dict[str, object]:
    from shishi.apps.documents import drafts
    from shishi.apps.documents.selectors import briefs_for
    from shishi.apps.documents.services import Order
    from shishi.apps.indicators.selectors import Asked
    from tests.apps.town import DAY, NAME, XUANZHOU

    def begun(division: str) -> Draft:
        asked = Asked(programme=NAME, as_of=DAY, known_at=town.now, division=division)
        return drafts.begin(Order(asked, "daily", demonstration=True), by=town.operator, at=town.tick())

    writing, frozen = begun(""), begun(XUANZHOU)
    drafts.add(writing, "paragraph", "共有房屋7套，请各县市区抓紧。", after="", by=town.operator, at=town.tick())
    drafts.freeze(frozen, ["leader", "operator"], by=town.operator, at=town.tick())
    return {
        "brief": briefs_for(town.operator, at=town.now)[0].pk,
        "draft": writing.pk,
        "piece": drafts.first_piece(writing),
        "frozen": frozen.pk,
    }


def _handed_in(town: Town) -> dict[str, object]:
    """Workbooks in every state that the import page knows."""
    from tests.apps.town import home

    def sent(kind: str, name: str, *rows: Mapping[str, object]) -> Job:
        from shishi.apps.jobs.services import start
        from shishi.apps.ledger.hand_in_jobs import Sent, keep_upload
        from shishi.core.ledger import Mode
        from tests.apps.town import DAY, HOMES, NAME

        path = town.workbook(rows, HOMES, name)  # type: ignore[arg-type]  # cells as a clerk writes them
        sha256 = keep_upload(path.read_bytes(), name, HOMES.name, by=town.clerk(), at=town.tick())
        what = Sent(HOMES.name, DAY, Mode.MERGE, "341802", sha256, name)
        title = f"{HOMES.title}：{name}"
        return start(kind, title, what.document(), programme=NAME, by=town.clerk(), at=town.tick())

    done = sent("ledger.receive", "十月补报.xlsx", home("X4", "registered", owner="李四"), home("X5", area="88.50"))
    proposed = sent("ledger.propose", "请审批.xlsx", home("X3", "issued"), home("X6"))
    return {
        "import_done": done.pk,
        "batch": done.outcome["batch"],
        "proposal": proposed.outcome["proposal"],
        "import_proposed": proposed.pk,
        "import_look": sent("ledger.check", "待确认.xlsx", home("X2", "issued", area="70"), home("X7")).pk,
        "import_faults": sent("ledger.check", "有问题.xlsx", {"number": "X8", "county": "341802"}, home("X9")).pk,
        "import_queries": sent("ledger.check", "要说明.xlsx", home("X8", area="800"), home("X9", area="640")).pk,
        "import_unchanged": sent("ledger.check", "没变化.xlsx", home("X5", area="88.50")).pk,
    }


def _rows(town: Town) -> dict[str, object]:
    from shishi.apps.accounts.saved_views import save_view
    from shishi.apps.ledger.comments import comment_on
    from shishi.apps.ledger.models import RevisionRow
    from tests.apps.town import HOMES

    entry = RevisionRow.objects.filter(key="X2").latest("sequence").entry
    comment_on(entry, "@reviewer 这一套的发证日期请核对。", by=town.clerk(), at=town.tick())
    comment_on(entry, "核对过了，与证书一致。", by=town.reviewer, at=town.tick())
    view = save_view(
        table=HOMES.name, title="已登记待发证", query="f.stage=registered", shared=True, by=town.clerk(), at=town.tick()
    )
    first = RevisionRow.objects.filter(key="X1").latest("sequence").entry
    return {"entry": entry, "secret_entry": first, "view": view.pk}


def _proved(town: Town) -> dict[str, object]:
    """A photo and a paper of a home."""
    from shishi.apps.assurance.models import EvidenceRow
    from tests.web.office import samples

    photo, paper = samples.proof(town, samples.photo()), samples.proof(town, samples.PAPER)
    return {"photo": photo, "paper": paper, "photo_code": EvidenceRow.objects.get(pk=photo).code}


def _drafted(town: Town) -> dict[str, object]:
    """A programme of a list of its own, begun from a workbook."""
    from shishi.apps.programmes.proposing import NewList, begin_from_workbook
    from tests.apps.test_programme_drafts import workbook

    path, whole = workbook(town.folder / "食堂.xlsx"), NewList("下一年的清单", "341800")
    name, now = "elsewhere/2022/canteens", town.tick()
    made = begin_from_workbook(name, path, title="老年食堂建设", whole=whole, by=town.operator, at=now)
    return {"programme_draft": made.number}


def _failed(town: Town) -> dict[str, object]:
    """A job that broke three times and waits for its owner."""
    from shishi.apps.jobs.kinds import Ending, Errand, register_kind, work_of
    from shishi.apps.jobs.services import start

    def broken(errand: Errand) -> Ending:
        raise OSError("磁盘写满")

    work = work_of("store.drill")
    register_kind("store.drill", broken)
    logging.getLogger("shishi.jobs").setLevel(logging.CRITICAL)
    job = start("store.drill", "恢复演练", {}, by=town.operator, at=town.tick())
    register_kind("store.drill", work)
    return {"job": job.pk, "failed_call": _untold(town)}


def _untold(town: Town) -> object:
    """A program that could not be told what happened."""
    from shishi.apps.accounts.roles import Role
    from shishi.apps.machines.clients import make_client
    from shishi.apps.machines.hooks import make_hook
    from shishi.apps.machines.models import Call, CallState

    now = datetime.now(UTC)
    town.person("hotline", "office", Role.LEADER, "3418")
    made = make_client("hotline", "12345 热线平台", now.date() + timedelta(days=30), by=town.operator, at=now)
    with override_settings(WEBHOOKS=frozenset({"https://hotline.example.gov.cn"})):
        hook = make_hook(made.client, "https://hotline.example.gov.cn/told", ["case."], by=town.operator, at=now).hook
    told = {"state": CallState.FAILED, "tries": 3, "told": "对方没有收下（HTTP 500）。请对方检查。", "ended_at": now}
    return Call.objects.create(hook=hook, key=f"hook-{hook.pk}-1", event=1, body="{}", not_before=now, **told).pk


def _posts(town: Town) -> dict[str, object]:
    from shishi.apps.accounts.delegating import delegate
    from shishi.apps.accounts.models import Post

    now = datetime.now(UTC)
    of = {name: Post.objects.get(person__username=name).pk for name in ("clerk_guangde", "reviewer")}
    starts, ends = now.date(), now.date() + timedelta(days=7)
    given = delegate(
        of["reviewer"], to="clerk_guangde", starts=starts, ends=ends, reason="出差", by=town.reviewer, at=now
    )
    return {"post": of["clerk_guangde"], "own_post": of["reviewer"], "delegation": given.pk}


def _doors(town: Town) -> dict[str, object]:
    """Who comes in by other ways than the demonstration's: see :mod:`tests.e2e.entering`."""
    from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
    from allauth.mfa.totp.internal.auth import TOTP

    from shishi.apps.accounts.links import entry_link, invite
    from shishi.apps.accounts.roles import Role
    from tests.e2e.entering import PASSWORD, SECRET

    def person(username: str) -> Person:
        made = town.person(username, "office", Role.LEADER, "3418")
        if username in ("keeper", "novice"):
            made.set_password(PASSWORD)
            made.save(update_fields=["password"])
        return made

    # At the city's office, for one county: who has to be let in to see the others.
    town.person("assistant", "office", Role.CLERK, "341802")
    keeper, _novice, guest, invited = (person(name) for name in ("keeper", "novice", "guest", "invited"))
    TOTP.activate(keeper, SECRET)
    RecoveryCodes.activate(keeper)
    now, later = datetime.now(UTC), time.time() + LONG_SECONDS
    with patch("sesame.tokens_v2.time.time", lambda: later):  # it lives for minutes, and a run may take longer
        link = entry_link(guest, now)
    return {"entry_link": link, "invitation": invite(invited, by=town.operator, at=now)}


def outlines(folder: Path) -> None:
    """Three invented counties side by side, as an operator's map gives them."""

    def square(west: int, code: str) -> dict[str, object]:
        ring = [[west, 30], [west + 1, 30], [west + 1, 31], [west, 31], [west, 30]]
        shape = {"type": "Polygon", "coordinates": [ring]}
        return {"type": "Feature", "properties": {"code": code}, "geometry": shape}

    folder.mkdir()
    found = [square(118 + at, code) for at, code in enumerate(("341802", "341821", "341882"))]
    document = {"type": "FeatureCollection", "features": found}
    (folder / "341800.geojson").write_text(json.dumps(document), encoding="utf-8")


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "shishi.conf.settings"
    django.setup()
    at_once = {"default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend"}}
    with override_settings(TASKS=at_once):
        made = make(Path(sys.argv[1]), Path(sys.argv[2]))
    (Path(sys.argv[1]) / "things.json").write_text(json.dumps(made, default=str), encoding="utf-8")
