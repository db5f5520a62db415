"""Definitions have two times like rows: a pack is installed whole, changed with a version, and never pulls the ground
from under rows."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from shishi.apps.audit.models import AuditEvent
from shishi.apps.ledger.selectors import holds_rows
from shishi.apps.programmes.models import PackRevision
from shishi.apps.programmes.selectors import digest_of_pack, packs, programme_named, table_named, tables
from shishi.apps.programmes.services import install_pack
from shishi.core.criteria import Compare, Operator
from shishi.core.errors import Misuse, Refused
from shishi.core.indicators import TargetTree
from shishi.core.programmes import Pack, Programme
from shishi.core.tables import Field, FieldType, Table
from shishi.packs.canonical import document_version, pack_document, pack_from_document, pack_version
from tests.apps.town import (
    BEGIN,
    DAY,
    ESTATES,
    HOMES,
    INDICATORS,
    NAME,
    PROGRAMME,
    REPORTS,
    Town,
    everything,
    home,
    pack_of,
)

pytestmark = pytest.mark.django_db


def install(town: Town, pack: Pack, effective_on: date | None = DAY) -> bool:
    _, changed = install_pack(pack, effective_on=effective_on, holds_rows=holds_rows, by=town.operator, at=town.tick())
    return changed


def refused(town: Town, pack: Pack) -> set[str]:
    before = everything()
    with pytest.raises(Refused) as wrong:
        install(town, pack)
    assert everything() == before
    return {issue.code for issue in wrong.value.issues}


def with_tables(*exchanged: Table, without: tuple[Table, ...] = ()) -> Pack:
    """The pack with some of its tables in another form, or gone with what counts them."""
    by_name = {table.name: table for table in (*PROGRAMME.tables, *exchanged)}
    gone = {table.name for table in without}
    kept = tuple(item for item in INDICATORS if item.table not in gone)
    return pack_of(replace(PROGRAMME, tables=tuple(t for t in by_name.values() if t.name not in gone), indicators=kept))


def with_issued(programme: Programme = PROGRAMME, **changed: object) -> Pack:
    """The pack with the indicator ``issued`` changed."""
    return pack_of(
        replace(
            programme,
            indicators=tuple(replace(i, **changed) if i.code == "issued" else i for i in programme.indicators),
        )
    )


REGISTERED = Compare("stage", Operator.AT_LEAST, "registered")


def test_installing_the_same_pack_again_changes_nothing(town: Town) -> None:
    before = everything()
    assert install(town, pack_of(), None) is False
    assert everything() == before


def test_installing_leaves_its_bodies_and_an_event(town: Town) -> None:
    event = AuditEvent.objects.get(action="pack.install")
    assert (event.subject, event.digest) == (f"pack:{PackRevision.objects.get().pk}", pack_of().version)
    assert event.detail["name"] == "somewhere/2021"


def test_a_changed_pack_must_say_from_which_day(town: Town) -> None:
    with pytest.raises(Misuse) as wrong:
        install(town, with_issued(where=REGISTERED, version=2), None)
    assert wrong.value.code == "effective_day_missing"


def test_a_changed_indicator_needs_a_new_version(town: Town) -> None:
    assert refused(town, with_issued(where=REGISTERED)) == {"version_not_raised"}
    assert install(town, with_issued(where=REGISTERED, version=2)) is True


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("part", ["targets", "trajectories"])
def test_a_changed_target_or_trajectory_needs_a_new_version(town: Town, part: str, version: int) -> None:
    (targets,), (path,) = PROGRAMME.targets, PROGRAMME.trajectories
    moved = {**targets.values, "341802": Decimal(3), "341821": Decimal(4)}
    later = (path.points[0], replace(path.points[1], day=date(2022, 1, 31)))
    pack = pack_of(
        replace(PROGRAMME, targets=(replace(targets, values=moved, version=version),))
        if part == "targets"
        else replace(PROGRAMME, trajectories=(replace(path, points=later, version=version),))
    )
    if version == 1:
        assert refused(town, pack) == {"version_not_raised"}
    else:
        assert install(town, pack) is True


def test_targets_that_do_not_sum_are_refused_unless_the_difference_is_named(town: Town) -> None:
    values = {"341800": Decimal(12), "341802": Decimal(4), "341821": Decimal(3), "341882": Decimal(3)}
    targets = TargetTree("issued", 2, values, "演示文件二")
    assert refused(town, pack_of(replace(PROGRAMME, targets=(targets,)))) == {"target_sum_mismatch"}
    named = replace(targets, difference={"341800": (Decimal(2), "市直单位")})
    assert install(town, pack_of(replace(PROGRAMME, targets=(named,)))) is True


def test_a_target_of_an_unknown_division_is_refused(town: Town) -> None:
    targets = TargetTree("issued", 2, {"349900": Decimal(1)}, "演示文件二")
    assert refused(town, pack_of(replace(PROGRAMME, targets=(targets,)))) == {"target_division_unknown"}


def without(name: str) -> Table:
    return replace(HOMES, fields=tuple(item for item in HOMES.fields if item.name != name), checks=())


ORPHANING = {
    "the table is gone": with_tables(without=(REPORTS,)),
    "another key": with_tables(replace(HOMES, key=("number", "county"))),
    "a field is gone": with_tables(without("household")),
    "another type": with_tables(
        replace(HOMES, fields=tuple(replace(f, type=FieldType.TEXT) if f.name == "area" else f for f in HOMES.fields))
    ),
    "fewer decimals": with_tables(
        replace(HOMES, fields=tuple(replace(f, scale=1) if f.name == "area" else f for f in HOMES.fields))
    ),
    "a value is gone": with_tables(
        replace(
            HOMES,
            fields=tuple(replace(f, values=f.values[1:]) if f.name == "stage" else f for f in HOMES.fields),
        )
    ),
}


@pytest.mark.parametrize("change", ORPHANING)
def test_a_table_that_holds_rows_keeps_what_they_need(town: Town, change: str) -> None:
    town.hand_in(home("H1", area="88.50"))
    town.hand_in({"county": "341802", "complaints": 3}, table="reports")
    assert refused(town, ORPHANING[change]) == {"table_change_orphans_rows"}


def test_an_empty_table_may_change_and_one_with_rows_may_grow(town: Town) -> None:
    town.hand_in(home("H1"))
    grown = replace(HOMES, version=2, fields=(*HOMES.fields, Field("note", "备注", FieldType.TEXT)))
    other = replace(ESTATES, version=2, key=("code", "county"))
    assert install(town, with_tables(grown, other)) is True
    got = town.hand_in(home("H1", note="新"))
    assert (got.revised, town.value("homes")) == (1, 1)


def test_a_figure_of_an_old_day_uses_the_definition_of_that_day(town: Town) -> None:
    town.hand_in(home("H1", "registered"), home("H2", "issued"), as_of=date(2021, 9, 20))
    before = town.now
    install(town, with_issued(where=REGISTERED, version=2), effective_on=DAY)
    assert (town.value("issued"), town.value("issued", as_of=date(2021, 9, 29))) == (2, 1)
    figures = {day: town.figures(division="3418", as_of=day)["issued", "3418"] for day in (DAY, date(2021, 9, 29))}
    assert [figures[day].versions["indicator"] for day in sorted(figures)] == [1, 2]
    # And what was known before the change stays as it was known.
    assert town.value("issued", known_at=before) == 1


def test_a_definition_that_begins_later_is_not_used_before(town: Town) -> None:
    install(town, with_issued(where=REGISTERED, version=2), effective_on=date(2022, 1, 1))
    town.hand_in(home("H1", "registered"))
    assert town.value("issued") == 0
    assert programme_named("homes", date(2022, 1, 1))[1].indicator("issued").version == 2


def test_nothing_was_known_before_the_pack_was_installed(town: Town) -> None:
    assert packs(DAY, BEGIN.replace(year=2020)) == ()
    with pytest.raises(Misuse) as wrong:
        town.value("homes", known_at=BEGIN.replace(year=2020))
    assert wrong.value.code == "unknown_programme"


def test_names_may_be_short_while_they_are_unique(town: Town) -> None:
    for name in (f"{NAME}/homes", "homes/homes", "2021/homes/estates"):
        assert table_named(name)[1].name.endswith(name)
    with pytest.raises(Misuse) as wrong:
        table_named("trees")
    assert wrong.value.code == "unknown_table"
    assert all(name in wrong.value.message for name in tables())


def test_the_same_short_name_in_two_packs_lists_the_candidates(town: Town) -> None:
    twin = replace(
        PROGRAMME,
        name="elsewhere/2021/homes",
        tables=(replace(REPORTS, name="elsewhere/2021/homes/reports"),),
        indicators=(replace(INDICATORS[-1], table="elsewhere/2021/homes/reports"),),
        targets=(),
        trajectories=(),
        cadences=(),
        briefs=(),
    )
    install(town, pack_of(twin, jurisdiction="elsewhere", bodies=(), responsibilities=(), division_changes=()), None)
    with pytest.raises(Misuse) as wrong:
        table_named("reports")
    assert wrong.value.code == "name_ambiguous"
    assert "elsewhere/2021/homes/reports" in wrong.value.message
    assert REPORTS.name in wrong.value.message


def test_who_may_not_define_cannot_install(town: Town) -> None:
    with pytest.raises(Misuse) as wrong:
        install_pack(pack_of(), effective_on=None, holds_rows=holds_rows, by=town.clerk(), at=town.tick())
    assert (wrong.value.code, PackRevision.objects.count()) == ("out_of_reach", 1)


def test_a_field_that_the_core_got_since_is_not_taken_for_tampering(town: Town) -> None:
    """What an older release stored is digested as it stands, not as this one reads it."""
    document = pack_document(pack_of())
    del document["briefs"]
    held = PackRevision.objects.create(
        name="older/2020", version=document_version(document), document=document, recorded_at=BEGIN, person="operator"
    )
    assert digest_of_pack(str(held.pk)) == document_version(document)
    assert pack_version(pack_from_document(document)) != document_version(document)
