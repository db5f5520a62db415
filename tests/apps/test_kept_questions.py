"""Kept questions: the SQL stays, the answer is that of now, and it is what the queryset itself would have given."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import connection
from django.db.models import AutoField, CharField, Count, DateField
from django.test.utils import CaptureQueriesContext

from shishi.apps.accounts.models import Body, Person, Post
from shishi.apps.audit.kept_questions import KeptQuestion
from tests.apps.town import Town

pytestmark = pytest.mark.django_db
TODAY = date(2021, 9, 30)


def test_it_answers_what_the_queryset_answers_with_what_is_selected_beside_it(town: Town) -> None:
    posts: KeptQuestion[Post] = KeptQuestion(
        lambda person: Post.objects.filter(person=person).select_related("body").order_by("pk"), AutoField()
    )
    for person in Person.objects.all():
        wanted = list(Post.objects.filter(person=person).order_by("pk"))
        found = posts(person.pk)
        assert found == wanted
        assert [(post.divisions, post.until) for post in found] == [(post.divisions, post.until) for post in wanted]
        with CaptureQueriesContext(connection) as asked:
            assert [post.body.title for post in found] == [Body.objects.get(pk=post.body_id).title for post in wanted]
        assert len(asked) == len(wanted)


def test_the_answer_is_that_of_now(town: Town) -> None:
    people: KeptQuestion[tuple[str]] = KeptQuestion(
        lambda name: Person.objects.filter(username=name).values_list("name"), CharField()
    )
    assert people("newcomer") == []
    Person.objects.create(username="newcomer", name="新来的")
    assert people("newcomer") == [("新来的",)]
    Person.objects.filter(username="newcomer").update(name="改名的")
    assert people("newcomer") == [("改名的",)]


def test_days_and_moments_go_in_and_come_out_as_they_are(town: Town) -> None:
    ends: KeptQuestion[tuple[str, date | None]] = KeptQuestion(
        lambda on: Body.objects.filter(ends__gte=on).order_by("code").values_list("code", "ends"), DateField()
    )
    Body.objects.create(code="ended", title="撤销的", division="3418", ends=TODAY)
    assert ends(TODAY) == [("ended", TODAY)]
    assert ends(date(2021, 10, 1)) == []
    moments: KeptQuestion[tuple[datetime | None]] = KeptQuestion(
        lambda name: Person.objects.filter(username=name).values_list("last_login"), CharField()
    )
    seen = datetime(2021, 9, 30, 10, tzinfo=UTC)
    Person.objects.filter(username="operator").update(last_login=seen)
    assert moments("operator") == [(seen,)]


def test_a_question_of_several_shapes_has_its_sql_for_each(town: Town) -> None:
    def ask(name: Any, *, shape: Any) -> Any:
        return Person.objects.filter(username=name, citizen=shape == "citizens").values_list("username")

    people: KeptQuestion[tuple[str]] = KeptQuestion(ask, CharField())
    assert people("operator", shape="officials") == [("operator",)]
    assert people("operator", shape="citizens") == []
    assert people("operator", shape="officials") == [("operator",)]


def test_what_nothing_can_answer_asks_nothing_and_what_it_cannot_tell_is_refused(town: Town) -> None:
    nobody: KeptQuestion[Person] = KeptQuestion(lambda: Person.objects.filter(pk__in=[]))
    with CaptureQueriesContext(connection) as asked:
        assert nobody() == []
    assert not asked.captured_queries
    counted: KeptQuestion[Any] = KeptQuestion(lambda: Person.objects.annotate(many=Count("posts")))
    with pytest.raises(TypeError):
        counted()
