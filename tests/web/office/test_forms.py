"""Forms: what is wrong is said twice, what was typed stays, what was sent twice is done once."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django import forms
from django.contrib.messages import get_messages
from django.contrib.messages.storage.cookie import CookieStorage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import RequestFactory

from shishi.core.errors import Issue, Misuse, Refused
from shishi.web.design.forms import Form, UploadField, answer
from tests.apps.town import Town

AT = datetime(2021, 9, 30, 10, tzinfo=UTC)
TOKEN = "a-token-of-this-form-0001"


class NoteForm(Form):
    text = forms.CharField(label="说明")
    day = forms.DateField(label="日期", required=False)
    file = UploadField(label="附件", required=False, endings=(".xlsx",), most_bytes=2**20)


class Office:
    """Sends the form in somebody's name, and counts what was done."""

    def __init__(self, town: Town) -> None:
        self.by = town.clerk()
        self.done: list[str] = []
        self.fault: Exception | None = None

    def act(self, form: Any) -> str:
        self.done.append(form.cleaned_data["text"])
        if self.fault:
            raise self.fault
        return "7"

    def send(self, **fields: object) -> HttpResponse:
        request = RequestFactory().post("/note/", {"once": TOKEN, **fields})
        request._messages = CookieStorage(request)
        self.request = request
        return answer(
            request,
            NoteForm,
            "design/form.html",
            {},
            act=self.act,
            then=lambda made: f"/note/{made}/",
            by=self.by,
            at=AT,
        )

    def told(self) -> list[str]:
        return [str(message) for message in get_messages(self.request)]


@pytest.fixture
def office(town: Town) -> Office:
    return Office(town)


def test_what_is_done_goes_on_to_another_page_and_says_so(office: Office) -> None:
    response = office.send(text="已补材料")
    assert (response.status_code, response["Location"]) == (302, "/note/7/")
    assert office.done == ["已补材料"]
    assert office.told() == ["已办好。"]


def test_a_fault_is_told_on_top_and_at_the_field_and_every_word_stays(office: Office) -> None:
    response = office.send(text="", day="2021-9-31")
    page = response.content.decode()
    assert response.status_code == 422
    assert page.count("请填写“说明”。") == 2
    assert 'href="#id_text"' in page
    assert 'value="2021-9-31"' in page
    assert f'value="{TOKEN}"' in page
    assert office.done == []


def test_what_a_service_refuses_stands_at_the_field_that_it_names(office: Office) -> None:
    office.fault = Refused("not_accepted", "没有收。", [Issue("too_short", "说明太短，请写清楚。", field="text")])
    page = office.send(text="好").content.decode()
    assert page.count("说明太短，请写清楚。") == 2
    assert "没有收。" in page
    office.fault = Misuse("closed", "这一期已锁定。")
    assert office.send(text="好").content.decode().count("这一期已锁定。") == 1


def test_a_form_sent_again_does_nothing_again_unless_it_was_refused(office: Office) -> None:
    office.fault = Misuse("busy", "请稍后再试。")
    assert office.send(text="一").status_code == 422
    office.fault = None
    assert [office.send(text="一").status_code for _ in range(3)] == [302, 302, 302]
    assert office.done == ["一", "一"]
    assert office.told() == ["这张表已经交过了，没有再办一次。"]


def test_a_file_of_another_kind_or_too_large_is_refused_before_it_is_read(office: Office) -> None:
    for name, size, said in (("a.exe", 3, "请选择 .xlsx 文件"), ("a.xlsx", 2**20 + 1, "最多 1 MB")):
        page = office.send(text="好", file=SimpleUploadedFile(name, b"x" * size)).content.decode()
        assert said in page
    assert office.done == []


def test_days_are_written_as_browsers_read_them() -> None:
    form = NoteForm(initial={"day": AT.date()})
    assert 'type="date"' in str(form["day"])
    assert 'value="2021-09-30"' in str(form["day"])
