"""Reach, for posts of any shape: what a person sees of the ledger is the same on a row's page, in the list, on the
map, in the search, in what is taken out and in what is attached, and is what their posts say."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from itertools import count
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from shishi.apps.accounts.models import Body, Person, Post
from shishi.apps.accounts.roles import MAY, Action, Role
from shishi.apps.assurance import likenesses
from shishi.apps.assurance.evidence import NewEvidence, receive_evidence
from shishi.apps.ledger.models import RevisionRow
from tests.adapters.pictures import PAPER
from tests.apps.town import GUANGDE, LANGXI, NAME, XUANZHOU, Town, home
from tests.web.conftest import SignedIn

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
HERE = ["somewhere", 2021, "homes", "homes"]
ROWS = {"RX1": XUANZHOU, "RX2": XUANZHOU, "RL1": LANGXI, "RG1": GUANGDE}
PLACES = ("00", "34", "3418", XUANZHOU, LANGXI, GUANGDE, "341802001", "11", "3417")
ROLES = (Role.CLERK, Role.REVIEWER, Role.SUPERVISOR, Role.LEADER, Role.SYSTEM_ADMINISTRATOR)
PAST, FUTURE = date(2021, 1, 1), date(2099, 1, 1)
numbers = count(1)

posts = st.fixed_dictionaries({
    "role": st.sampled_from(ROLES),
    "divisions": st.lists(st.sampled_from(PLACES), min_size=1, max_size=3, unique=True),
    "programmes": st.sampled_from([["*"], [NAME], ["elsewhere/2021/other"], [NAME, "elsewhere/2021/other"]]),
    "until": st.sampled_from([None, FUTURE, PAST]),
    "ended_on": st.sampled_from([None, None, PAST]),
})  # fmt: skip
lawful = settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate],
)


@pytest.fixture
def attached(town: Town) -> dict[str, int]:
    """Rows of three counties, each with a paper: key → the number of the paper."""
    likenesses.forget()
    town.hand_in(*(home(key, county=county) for key, county in ROWS.items()))
    entries = dict(RevisionRow.objects.filter(key__in=ROWS).values_list("key", "entry"))
    told = {"by": town.operator, "at": town.tick()}
    return {
        key: receive_evidence(NewEvidence(entry, file_name=f"{key}.pdf"), PAPER + key.encode(), **told).evidence_id
        for key, entry in entries.items()
    }


def hold(held: Iterable[dict[str, Any]]) -> str:
    """A person with these posts."""
    person = Person.objects.create(username=f"somebody{next(numbers)}", name="某人（演示）", demonstration=True)
    for post in held:
        Post.objects.create(person=person, body=Body.objects.get(code="office"), **post)
    return person.username


def reached(held: Iterable[dict[str, Any]]) -> set[str]:
    """The rows that the posts say, told plainly."""
    return {
        key
        for key, county in ROWS.items()
        for post in held
        if Action.READ in MAY[post["role"]]
        and post["until"] != PAST
        and post["ended_on"] is None
        and {"*", NAME} & set(post["programmes"])
        and any(code == "00" or county.startswith(code) for code in post["divisions"])
    }


def content(client: Client, address: str, **asked: str) -> str:
    """What is answered; nothing where the person is not let in."""
    answer: Any = client.get(address, asked)
    if answer.status_code != 200:
        assert answer.status_code in (403, 404)
        return ""
    return (b"".join(answer) if answer.streaming else answer.content).decode()


def seen(client: Client, attached: dict[str, int]) -> dict[str, set[str]]:
    """Way of looking → the rows that it shows."""
    pages = {key: reverse("office:row", args=[entry]) for key, entry in entries()}
    papers = {key: reverse("office:evidence-paper", args=[number]) for key, number in attached.items()}
    grid = content(client, reverse("office:ledger-rows", args=HERE))
    taken = content(client, reverse("office:ledger-export", args=[*HERE, "csv"]))
    spread = content(client, reverse("office:ledger-map", args=HERE))
    found = content(client, reverse("office:search"), q="r")
    counted = sum(int(many) for many in re.findall(r'</th><td class="n">(\d+)</td>', spread))
    return {
        "page": {key for key, address in pages.items() if client.get(address).status_code == 200},
        "list": set(re.findall(r">(R\w\d)</th>", grid)),
        "map": set(list(ROWS)[:counted]),
        "search": set(re.findall(r">(R\w\d)<", found)),
        "export": set(re.findall(r"^(R\w\d),", taken, re.MULTILINE)),
        "attachment": {key for key, address in papers.items() if client.get(address).status_code == 200},
    }


def entries() -> list[tuple[str, Any]]:
    return list(RevisionRow.objects.filter(key__in=ROWS).values_list("key", "entry"))


@lawful
@given(held=st.lists(posts, max_size=3))
def test_every_way_of_looking_shows_the_same_rows_and_those_are_what_the_posts_say(
    attached: dict[str, int], signed_in: SignedIn, held: list[dict[str, Any]]
) -> None:
    expected = reached(held)
    shown = seen(signed_in(hold(held)), attached)
    assert len(shown.pop("map")) == len(expected)
    assert shown == dict.fromkeys(shown, expected)
