"""The brief of a whole list, written by hand: the same steps as a programme's, the numbers of all its programmes."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shishi.apps.accounts.roles import Role
from shishi.apps.audit.selectors import verify
from shishi.apps.documents import drafts
from shishi.apps.documents.list_briefs import ListOrder, correct_list_brief, write_list_brief
from shishi.apps.documents.models import Draft
from shishi.apps.documents.pieces import Asking, content_of
from shishi.apps.documents.showing import choices, shown, told_of
from shishi.apps.indicators.selectors import Asked
from shishi.core.blocks import Grid, Heading
from shishi.core.citations import citations_of
from shishi.core.errors import Misuse
from tests.apps.town import DAY, NAME, XUANZHOU, Town, home

PACK = "somewhere/2021"


def order(town: Town) -> ListOrder:
    return ListOrder(PACK, DAY, town.now)


@pytest.fixture
def written(town: Town) -> Draft:
    """The month's brief of the list as people begin to write it."""
    town.hand_in(home("X1", "issued"), home("X2"), by=town.clerk())
    return drafts.begin_list(order(town), by=town.operator, at=town.tick())


def test_it_begins_as_the_lists_own_brief_and_is_begun_once(town: Town, written: Draft) -> None:
    brief, _ = write_list_brief(order(town), by=town.operator, at=town.tick())
    document = drafts.document_of(written, by=town.operator, at=town.tick())
    assert (document.title, document.kind) == (brief.title, "monthly")
    asked = {(item.programme, item.indicator, item.aspect, item.printed) for item in citations_of(brief.citations)}
    assert {(c.programme, c.indicator, c.aspect, c.printed) for c in document.citations} == asked
    assert [block.text for block in document.blocks if isinstance(block, Heading)][:1] == ["房屋办证"]
    assert any(isinstance(block, Grid) for block in document.blocks)
    assert drafts.begin_list(order(town), by=town.operator, at=town.tick()).pk == written.pk
    assert not [item.fault for item in shown(written, by=town.operator, at=town.tick()) if item.fault]


def test_numbers_of_its_programmes_are_cited_and_of_no_other(town: Town, written: Draft) -> None:
    (programme,) = told_of(written, by=town.operator, at=town.tick())
    asked = Asked(programme=programme.name, as_of=DAY, division=XUANZHOU)
    found = choices(written, asked, by=town.operator, at=town.tick())
    homes = next(item for item in found if item.asking.indicator == "homes")
    draft, token = drafts.cite(written, homes.asking, by=town.operator, at=town.tick())
    first = content_of(draft.content).pieces[0]
    draft = drafts.edit(draft, first.id, f"宣州区列入{token}。", seen=first.revision, by=town.operator, at=town.tick())
    words = shown(draft, by=town.operator, at=town.tick())[0].words
    assert [word.text for word in words] == ["宣州区列入", "2套", "。"]
    other = Asking("elsewhere/2021/homes", "homes", XUANZHOU, DAY.isoformat())
    with pytest.raises(Misuse) as refused:
        drafts.cite(draft, other, by=town.operator, at=town.tick())
    assert refused.value.code == "unknown_programme"


def test_it_is_frozen_signed_published_and_corrected_as_the_lists_brief(town: Town, written: Draft) -> None:
    everyone = town.person("mayor", "office", Role.LEADER, "3418", programme="*")
    draft = drafts.freeze(written, [everyone.username], by=town.operator, at=town.tick())
    draft = drafts.sign(draft, by=everyone, at=town.tick())
    brief = drafts.publish(draft, by=town.operator, at=town.tick())
    assert (brief.programme, brief.kind, brief.edition, brief.number) == (PACK, "monthly", 1, 1)
    assert verify().broken is None
    town.hand_in(home("X2", "issued"), by=town.clerk())
    town.now += timedelta(hours=1)
    erratum = correct_list_brief(brief, order(town), by=town.operator, at=town.tick())
    assert erratum is not None
    assert (erratum.edition, erratum.erratum) == (1, 1)


def test_only_monthly_and_only_who_may_for_the_whole_list(town: Town, written: Draft) -> None:
    with pytest.raises(Misuse) as daily:
        drafts.begin_list(ListOrder(PACK, DAY, town.now, "daily"), by=town.operator, at=town.tick())
    assert daily.value.code == "unknown_brief_kind"
    with pytest.raises(Misuse) as reach:
        drafts.begin_list(order(town), by=town.leader, at=town.tick())
    assert reach.value.code == "out_of_reach"
    with pytest.raises(Misuse) as late:
        drafts.begin_list(ListOrder(PACK, DAY + timedelta(days=1), town.now), by=town.operator, at=town.now)
    assert late.value.code == "as_of_in_future"


def test_the_name_of_its_programme_is_no_list(town: Town) -> None:
    with pytest.raises(Misuse) as unknown:
        drafts.begin_list(ListOrder(NAME, DAY, town.now), by=town.operator, at=town.tick())
    assert unknown.value.code == "unknown_pack"
