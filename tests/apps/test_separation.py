"""Nobody is above the rights of posts: no admin site, no superuser, and no all-rounder where duties are separated."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings as site
from django.contrib.auth import get_user_model
from django.core.exceptions import ImproperlyConfigured
from django.test import Client

from shishi.apps.accounts.delegating import end_post
from shishi.apps.accounts.models import Post
from shishi.apps.accounts.roles import Role
from shishi.apps.accounts.separation import all_rounders, require_separated
from shishi.core.calendars import day_of
from shishi.core.errors import Misuse
from shishi.web.office.doors import require_duties
from tests.apps.town import Town


def administrators(town: Town) -> None:
    for role in (Role.SYSTEM_ADMINISTRATOR, Role.SECURITY_ADMINISTRATOR, Role.AUDIT_ADMINISTRATOR):
        town.person(role.value, "office", role, "00")


def test_there_is_no_admin_site_and_no_flag_that_goes_past_the_posts() -> None:
    assert not [name for name in site.INSTALLED_APPS if name.startswith("django.contrib.admin")]
    fields = {field.name for field in get_user_model()._meta.get_fields()}
    assert not fields & {"is_superuser", "is_staff", "user_permissions", "groups"}


def test_one_office_pc_may_have_its_all_rounder_until_administrators_are_kept_apart(town: Town) -> None:
    today = day_of(town.now)
    assert all_rounders(today) == ()
    administrators(town)
    assert all_rounders(today) == ("operator",)


def test_where_duties_are_separated_nothing_starts_while_somebody_may_do_everything(town: Town, settings: Any) -> None:
    administrators(town)
    settings.SEPARATED_DUTIES = True
    with pytest.raises(Misuse, match="operator") as refused:
        require_separated(day_of(town.now))
    assert refused.value.code == "duties_not_separated"
    with pytest.raises(ImproperlyConfigured, match="operator"):
        Client(SERVER_NAME="localhost").get("/promises/")
    post = Post.objects.get(role=Role.OPERATOR)
    end_post(post.pk, on=day_of(town.now), by=town.operator, at=town.tick())
    require_separated(day_of(town.tick()))
    require_duties()


def test_no_such_post_is_given_any_more(town: Town, settings: Any) -> None:
    settings.SEPARATED_DUTIES = True
    with pytest.raises(Misuse) as refused:
        town.person("another", "office", Role.OPERATOR, "00")
    assert refused.value.code == "all_rounder_not_allowed"
