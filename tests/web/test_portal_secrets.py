"""Nothing reaches the public but what a pack names: canaries are planted wherever something may sing, and every public
page, file, header and error is listened to."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import unquote, urljoin

import pytest
from django.test import Client
from pypdf import PdfReader

from shishi.apps.accounts.roles import Role
from shishi.apps.publishing import rating, selectors, voices
from shishi.apps.publishing.services import publish
from shishi.apps.supervision import services
from shishi.apps.supervision.selectors import notices_for
from shishi.apps.supervision.stocktake import run_day
from tests.apps.town import DAY, NAME, Town, home
from tests.web.published import RULES, public_pack

START = "/promises/"
ODD = (
    "/promises/nowhere/",
    "/promises/somewhere/2021/homes/999999/",
    "/promises/somewhere/2021/homes/341802001/",
    "/promises/somewhere/2021/homes/rows-estates.csv",
    "/promises/somewhere/2021/homes/rate/?place=x",
    "/promises/somewhere/2021/homes/?reading=%3Cscript%3E",
)
CANARIES = {
    "a masked field": "金丝雀权利人",
    "an encrypted field": "440524188001010014",
    "a field that is not published": "HH-CANARY-7",
    "a number that is not published": "87.65",
    "a day that is not published": "2021-03-17",
    "an explanation": "金丝雀说明",
    "a row of another table": "金丝雀小区",
    "the key of a row that is not listed": "CANARY-ESTATE",
    "a file's name": "金丝雀文件",
    "a person's name": "金丝雀姓名",
    "a person's user name": "canary_clerk",
    "a publisher's user name": "canary_leader",
    "a notice's reply": "金丝雀回复",
    "a comment": "金丝雀意见",
    "an indicator that is not published": "户数",
    "another": "建筑面积",
    "the operator of the site": "operator",
}


def plant(town: Town) -> Town:
    """Everything sings."""
    selectors.forget()
    clerk = town.person("canary_clerk", "xuanzhou", Role.CLERK, "341802")
    leader = town.person("canary_leader", "office", Role.LEADER, "3418")
    for person in (clerk, leader):
        person.name = CANARIES["a person's name"]
        person.save()
    town.hand_in(
        {"code": CANARIES["the key of a row that is not listed"], "county": "341802", "name": "金丝雀小区"},
        table="estates",
        by=clerk,
        file="金丝雀文件.xlsx",
    )
    row = home(
        "X1",
        "issued",
        estate=CANARIES["the key of a row that is not listed"],
        owner=CANARIES["a masked field"],
        citizen=CANARIES["an encrypted field"],
        household=CANARIES["a field that is not published"],
        area=CANARIES["a number that is not published"],
        _explanation=CANARIES["an explanation"],
    )
    row["issued_on"] = CANARIES["a day that is not published"]
    town.hand_in(row, by=clerk, file="金丝雀文件二.xlsx")
    run_day("homes", DAY, demonstration=True, by=town.operator, at=town.tick())
    draft = notices_for(town.operator, at=town.now)[0]
    services.approve(str(draft.id), by=leader, at=town.tick())
    issued = services.issue(str(draft.id), by=leader, at=town.tick())
    body = issued.recipients[0].body
    answering = town.clerk(body) if body != "xuanzhou" else clerk
    services.acknowledge(str(draft.id), by=answering, at=town.tick(), body=body)
    services.reply(str(draft.id), CANARIES["a notice's reply"], by=answering, at=town.tick(), body=body)
    ticket = voices.hand_out(NAME, "341802", "", town.tick())
    rating.rate(ticket, 1, CANARIES["a comment"], at=town.tick())
    CANARIES["a browser's token"], CANARIES["a voice"] = ticket.token, ticket.voice
    run_day("homes", DAY, demonstration=True, by=town.operator, at=town.tick())
    publish("homes", DAY, by=leader, at=town.tick())
    return town


@pytest.fixture
def sung(db: None, own_folder: Path, code_list: Path, monkeypatch: pytest.MonkeyPatch) -> Town:
    """The town with every canary and a public page."""
    from tests.apps.town import read_rows

    monkeypatch.setattr("shishi.apps.ledger.services.Workbook", read_rows)
    rules = replace(RULES, rows={"homes": ("number", "stage")})
    return plant(Town(own_folder, code_list, public_pack(rules)))


def heard(site: Client) -> dict[str, str]:
    """Every public answer that can be reached by its links, and some odd ones: headers and what is read."""
    waiting, found = [START, *ODD], {}
    while waiting:
        address = waiting.pop()
        if address in found:
            continue
        response = site.get(address)
        said = _text(response.content, response["Content-Type"])
        found[address] = unquote(str(response.headers)) + said
        links = re.findall(r'href="([^"]+)"', said) if "html" in response["Content-Type"] else []
        waiting += [place for link in links if (place := urljoin(address, link).split("#")[0]).startswith(START)]
    return found


def _text(content: bytes, kind: str) -> str:
    if kind == "application/pdf":
        reader = PdfReader(io.BytesIO(content))
        return str(reader.metadata) + "".join(page.extract_text() for page in reader.pages)
    return content.decode("utf-8-sig")


def test_no_canary_sings_in_public(sung: Town, site: Client) -> None:
    answers = heard(site)
    assert {address.rsplit(".", 1)[-1] for address in answers} >= {"csv", "json", "pdf"}
    assert len(answers) > 15
    for address, said in answers.items():
        for where, canary in CANARIES.items():
            assert canary not in said, f"{where} is heard at {address}"


def test_what_the_pack_names_is_heard_so_the_ear_is_good(sung: Town, site: Client) -> None:
    answers = heard(site)
    rows = answers["/promises/somewhere/2021/homes/rows-homes.csv"]
    assert "行政区划代码,房屋编号,阶段" in rows
    assert "341802,X1,已发证" in rows
    assert "发证套数" in answers["/promises/somewhere/2021/homes/brief.pdf"]
    assert "1.00" in answers["/promises/somewhere/2021/homes/341802/"]


def test_an_answer_to_a_form_repeats_to_its_sender_alone(sung: Town, site: Client) -> None:
    when = datetime(2021, 9, 30, tzinfo=UTC) + timedelta(hours=5)
    ticket = voices.sealed(voices.hand_out(NAME, "341802", "", when))
    address = "/promises/somewhere/2021/homes/rate/"
    response = site.post(address, {"ticket": ticket, "place": "341802", "score": "5", "comment": "金丝雀意见"})
    assert response.status_code == 422
    assert "金丝雀意见" not in site.get(address).content.decode()
    assert response["Cache-Control"] == "private, no-store"
