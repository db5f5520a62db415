"""Words that were typed into a page whose session has ended meanwhile: shown again where they were typed, once, and
only if they come from our own page."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from shishi.apps.accounts.selectors import person_named
from shishi.apps.ledger.models import Comment, RevisionRow
from tests.apps.town import Town

pytestmark = pytest.mark.django_db
WORDS = "这一套的发证日期请核对。"


@pytest.fixture
def page(lived_in: Town) -> str:
    """The page of a row, on which there is a form for comments."""
    return reverse("office:row", args=[RevisionRow.objects.filter(key="X1").latest("sequence").entry])


def browser() -> Client:
    """A browser whose forms are checked as those of real ones."""
    return Client(SERVER_NAME="localhost", enforce_csrf_checks=True)


def send(client: Client, page: str, **headers: str) -> object:
    """The comment form as it stands on the page."""
    token = client.cookies["shishi-form"].value if "shishi-form" in client.cookies else ""
    return client.post(
        f"{page}comment/",
        {"text": WORDS, "csrfmiddlewaretoken": token},
        headers={"Referer": f"http://localhost{page}", **headers},
    )


def test_words_for_a_form_within_another_page_wait_there_until_they_are_shown(page: str) -> None:
    client = browser()
    client.get("/sign-in/")
    away = send(client, page)
    assert away["Location"].startswith("/sign-in/?next=%2Frow%2F")  # type: ignore[index]  # an answer of the client
    client.force_login(person_named("clerk_xuanzhou"))
    shown = client.get(page).content.decode()
    assert f'data-typed="{page}comment/"' in shown
    assert WORDS in shown
    assert WORDS not in client.get(page).content.decode()
    assert Comment.objects.count() == 0


@pytest.mark.parametrize(
    ("headers", "kept"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Origin": "http://localhost"}, True),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"}, False),
        ({"Origin": "http://elsewhere.example"}, False),
        ({}, False),
    ],
)
def test_a_page_of_ours_that_waited_too_long_opens_again_with_its_words_and_another_sites_does_not(
    page: str, headers: dict[str, str], kept: bool
) -> None:
    client = browser()
    client.force_login(person_named("clerk_xuanzhou"))
    client.get(page)
    # Signed in anew in another tab: the tokens of this page are no longer taken.
    client.cookies["shishi-form"] = "a" * 32
    answer = client.post(
        f"{page}comment/",
        {"text": WORDS, "csrfmiddlewaretoken": "b" * 32},
        headers={"Referer": f"http://localhost{page}", **headers},
    )
    assert (answer.status_code, answer.headers.get("Location", "")) == ((302, page) if kept else (403, ""))
    assert (WORDS in client.get(page).content.decode()) is kept
    assert Comment.objects.count() == 0


def test_without_the_cookie_of_forms_the_page_says_so_instead_of_going_round_in_circles(page: str) -> None:
    client = browser()
    client.force_login(person_named("clerk_xuanzhou"))
    answer = send(client, page, **{"Sec-Fetch-Site": "same-origin"})
    assert answer.status_code == 403  # type: ignore[attr-defined]  # an answer of the client
