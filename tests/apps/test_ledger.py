"""A workbook is accepted whole or refused whole, and says exactly what it changed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest

from shishi.adapters.spreadsheets.marking import mark_workbook
from shishi.adapters.spreadsheets.template import write_template
from shishi.apps.accounts.roles import Role
from shishi.apps.audit.models import AuditEvent
from shishi.apps.ledger.models import Batch, RevisionRow
from shishi.apps.ledger.selectors import batch_of, live
from shishi.apps.ledger.services import report_no_change, undo_batch
from shishi.apps.ledger.single_rows import correct_key, withdraw_row
from shishi.core.errors import Issue, Misuse, Refused
from shishi.core.ledger import Mode
from shishi.core.tables import Field, FieldType
from tests.apps.town import (
    CITIZEN,
    DAY,
    ESTATES,
    GUANGDE,
    HOMES,
    LANGXI,
    PROGRAMME,
    XUANZHOU,
    Town,
    everything,
    home,
)

pytestmark = pytest.mark.django_db
YESTERDAY = DAY - timedelta(days=1)


def faults(town: Town, *rows: dict[str, object], **asked: object) -> tuple[Issue, ...]:
    """Hand in, be refused, and find that nothing at all was written."""
    before = everything()
    with pytest.raises(Refused) as refused:
        town.hand_in(*rows, **asked)
    assert everything() == before
    return refused.value.issues


def misuse(town: Town, *rows: dict[str, object], **asked: object) -> str:
    before = everything()
    with pytest.raises(Misuse) as wrong:
        town.hand_in(*rows, **asked)
    assert everything() == before
    return wrong.value.code


def cells(key: str, as_of: date = DAY) -> dict[str, object]:
    """What is held of a home on a day; empty when it is not there."""
    row = live(HOMES.name, as_of).filter(key=key).first()
    return dict(row.cells) if row else {}


def test_a_first_hand_in_posts_every_row_with_its_batch_place_and_person(town: Town) -> None:
    got = town.hand_in(home("H1"), home("H2", "issued", LANGXI), by=town.operator)
    assert (got.status, got.rows, got.posted, got.revised, got.withdrawn) == ("accepted", 2, 2, 0, 0)
    second = RevisionRow.objects.get(key="H2")
    assert (second.sheet, second.row, second.division, str(second.batch_id)) == ("台账", 3, LANGXI, got.batch)
    assert second.batch.person == "operator"
    event = AuditEvent.objects.get(subject=f"ledger.batch:{got.batch}")
    assert (event.action, event.detail["posted"]) == ("ledger.accepted", 2)


def test_a_real_workbook_travels_the_same_way(office: Town) -> None:
    rows = [{"number": "H1", "county": XUANZHOU, "stage": "registered", "area": Decimal("88.50")}]
    got = office.receive(office.workbook(rows))
    assert (got.status, got.posted) == ("accepted", 1)
    assert (cells("H1")["area"], RevisionRow.objects.get().row) == ("88.50", 6)


def test_what_is_handed_in_at_a_moment_is_known_at_that_moment(town: Town) -> None:
    town.hand_in(home("H1"), at=town.now)
    town.hand_in(home("H2"), at=town.now)
    assert town.value("homes") == 2


def test_the_same_file_twice_changes_nothing(town: Town) -> None:
    first = town.hand_in(home("H1", area="600", _explanation="复式楼，已核实"), file="a.xlsx")
    before = everything()
    again = town.hand_in(home("H1", area="600", _explanation="复式楼，已核实"), file="a.xlsx")
    assert (again.status, again.batch, everything()) == ("unchanged", first.batch, before)


def test_an_older_file_handed_in_again_after_another_one_counts_again(town: Town) -> None:
    for stage in ("registered", "listed", "registered"):
        got = town.hand_in(home("H1", stage), file="a.xlsx")
        assert got.status == "accepted"
    assert cells("H1")["stage"] == "registered"


def test_an_unchanged_file_of_a_later_day_is_a_report_without_revisions(town: Town) -> None:
    town.hand_in(home("H1"), as_of=YESTERDAY)
    got = town.hand_in(home("H1"))
    assert (got.status, got.batch != "", RevisionRow.objects.count()) == ("unchanged", True, 1)
    assert Batch.objects.get(pk=got.batch).receipts.get().division == XUANZHOU


def test_a_dry_run_tells_what_would_happen_and_writes_nothing(town: Town) -> None:
    town.hand_in(home("H1"))
    before = everything()
    got = town.hand_in(home("H1", "registered"), home("H2"), dry_run=True)
    assert (got.status, got.batch, got.posted, got.revised) == ("accepted", "", 1, 1)
    assert everything() == before
    assert cells("H1")["stage"] == "listed"


def test_every_fault_is_told_at_once_each_in_its_cell(town: Town) -> None:
    found = faults(
        town,
        home("H1"),
        home("H2", "issued", issued_on=None),
        home("H3", "unheard of"),
        home("H4", area="88.505"),
        home("", county="999999"),
    )
    assert [(issue.row, issue.column, issue.field, issue.code) for issue in found] == [
        (3, "E", "issued_on", "issued_undated"),
        (4, "C", "stage", "value_not_listed"),
        (5, "D", "area", "too_many_decimals"),
        (6, "A", "number", "required"),
        (6, "B", "county", "division_unknown"),
    ]
    assert all(issue.message.endswith("。") or issue.message.endswith("）") for issue in found)


def test_a_refused_workbook_comes_back_with_its_cells_marked(office: Town, tmp_path: Path) -> None:
    path = office.workbook([{"number": "H1", "county": XUANZHOU, "stage": "issued"}])
    with pytest.raises(Refused) as refused:
        office.receive(path)
    mark_workbook(path, refused.value.issues, tmp_path / "marked.xlsx")
    book = openpyxl.load_workbook(tmp_path / "marked.xlsx")
    (issue,) = refused.value.issues
    cell = book[issue.sheet][f"{issue.column}{issue.row}"]
    assert (cell.fill.fgColor.rgb, cell.comment.text) == ("FFFFC7CE", "已发证的要填发证日期。")
    assert book.sheetnames[0] == "错误清单"


def test_two_rows_of_one_key_are_refused_at_the_second_naming_the_first(town: Town) -> None:
    (fault,) = faults(town, home("H1"), home("H2"), home("h1 "))
    assert (fault.code, fault.row) == ("duplicate_key", 4)
    assert "第 2 行" in fault.message


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("110105194912310020", "citizen_number_check_digit"),
        ("110105194912310000", "citizen_number_rounded_by_excel"),
        ("110105194913310021", "citizen_number_birth_date"),
        ("1101051949", "citizen_number_malformed"),
    ],
)
def test_a_citizen_number_that_cannot_be_right_is_refused(town: Town, number: str, code: str) -> None:
    (fault,) = faults(town, home("H1", citizen=number))
    assert (fault.code, fault.field) == (code, "citizen")


def test_a_citizen_number_from_an_unknown_place_is_no_fault(town: Town) -> None:
    assert town.hand_in(home("H1", citizen="899999194912310021")).status == "accepted"


def test_in_merge_an_absent_column_keeps_and_an_empty_cell_clears(town: Town) -> None:
    town.hand_in(home("H1", owner="张三", household="F1"))
    got = town.hand_in(home("H1", household=None))
    (change,) = got.changes
    assert (change.held.cells["household"], change.cells.get("household")) == ("F1", None)
    assert cells("H1") == {"number": "H1", "county": XUANZHOU, "stage": "listed", "owner": "张三"}


def whole(**row: object) -> dict[str, object]:
    """A row with every column of the table."""
    return {item.name: row.get(item.name) for item in HOMES.fields}


def test_replace_withdraws_what_the_file_leaves_out_in_its_division_only(town: Town) -> None:
    town.hand_in(home("H1"), home("H2"), home("L1", county=LANGXI), as_of=YESTERDAY)
    got = town.hand_in(whole(**home("H1")), mode=Mode.REPLACE, division=XUANZHOU)
    assert (got.posted, got.revised, got.withdrawn) == (0, 0, 1)
    assert [row.key for row in live(HOMES.name, DAY).order_by("key")] == ["H1", "L1"]
    assert [row.key for row in live(HOMES.name, YESTERDAY).order_by("key")] == ["H1", "H2", "L1"]


def test_replace_with_an_empty_sheet_empties_the_division(office: Town) -> None:
    office.receive(office.workbook([{"number": "H1", "county": XUANZHOU, "stage": "listed"}]), as_of=YESTERDAY)
    got = office.receive(office.workbook(name="empty.xlsx"), mode=Mode.REPLACE, division=XUANZHOU)
    assert (got.withdrawn, live(HOMES.name, DAY).count()) == (1, 0)


def test_replace_needs_a_division_within_reach_and_every_column(town: Town) -> None:
    assert misuse(town, whole(**home("H1")), mode=Mode.REPLACE) == "division_missing"
    outside = {"mode": Mode.REPLACE, "division": LANGXI, "by": town.clerk("xuanzhou")}
    assert misuse(town, whole(**home("L1", county=LANGXI)), **outside) == "out_of_reach"
    codes = {fault.code for fault in faults(town, home("H1"), mode=Mode.REPLACE, division=XUANZHOU)}
    assert codes == {"column_missing"}


def test_replace_refuses_rows_of_another_division(town: Town) -> None:
    rows = (whole(**home("H1")), whole(**home("L1", county=LANGXI)))
    (fault,) = faults(town, *rows, mode=Mode.REPLACE, division=XUANZHOU)
    assert (fault.code, fault.row) == ("division_outside", 3)


def test_replace_does_not_take_a_row_away_from_the_division_that_has_it(town: Town) -> None:
    town.hand_in(home("L1", county=LANGXI), as_of=YESTERDAY)
    clerk = town.clerk("xuanzhou")
    (fault,) = faults(town, whole(**home("L1")), mode=Mode.REPLACE, division=XUANZHOU, by=clerk)
    assert fault.code == "out_of_reach"


def test_a_division_outside_the_persons_reach_is_marked_in_its_row(town: Town) -> None:
    (fault,) = faults(town, home("H1"), home("L1", county=LANGXI), by=town.clerk("xuanzhou"))
    assert (fault.code, fault.row, fault.column) == ("out_of_reach", 3, "B")


def test_a_row_of_another_division_cannot_be_drawn_into_ones_own(town: Town) -> None:
    town.hand_in(home("L1", county=LANGXI))
    (fault,) = faults(town, home("L1"), by=town.clerk("xuanzhou"))
    assert (fault.code, fault.field) == ("out_of_reach", "county")


def test_a_division_outside_the_programme_is_refused_even_to_who_reaches_everywhere(town: Town) -> None:
    (fault,) = faults(town, home("B1", county="110105"))
    assert (fault.code, fault.column) == ("division_outside", "B")


def test_a_division_may_be_named_and_an_ambiguous_name_lists_the_candidates(town: Town) -> None:
    town.hand_in(home("H1", county="宣州区"))
    assert cells("H1")["county"] == XUANZHOU
    (fault, *_) = faults(town, home("H2", county="鼓楼区"))
    assert fault.code in ("division_ambiguous", "division_unknown")


def test_who_has_no_right_to_hand_in_cannot(town: Town) -> None:
    town.person("auditor", "office", Role.AUDIT_ADMINISTRATOR, "3418")
    outsider = town.person("outsider", "office", Role.CLERK, "3418", programme="somewhere/2021/other")
    assert misuse(town, home("H1"), by=outsider) == "out_of_reach"
    assert misuse(town, home("H1"), by=town.leader) == "out_of_reach"


def test_a_day_that_has_not_come_is_refused(town: Town) -> None:
    assert misuse(town, home("H1"), as_of=date(2021, 10, 1)) == "as_of_in_future"


def test_a_query_needs_an_explanation_and_keeps_it_on_the_revision(town: Town) -> None:
    (fault,) = faults(town, home("H1", area="600"))
    assert (fault.code, fault.field) == ("query_unexplained", "area")
    town.hand_in(home("H1", area="600", _explanation="复式楼，已核实"))
    assert RevisionRow.objects.get().explanation == "复式楼，已核实"


def test_hidden_rows_are_read_and_counted_aloud(office: Town) -> None:
    path = office.workbook([{"number": f"H{n}", "county": XUANZHOU, "stage": "listed"} for n in (1, 2)])
    book = openpyxl.load_workbook(path)
    book.worksheets[0].row_dimensions[7].hidden = True
    book.save(path)
    got = office.receive(path)
    assert got.posted == 2
    assert any("隐藏的 1 行" in note for note in got.notes)


def test_a_file_without_rows_is_no_report(town: Town) -> None:
    (fault,) = faults(town)
    assert fault.code == "no_rows"
    assert "no-change" in fault.message


def test_no_change_is_said_once_and_meets_the_due(town: Town) -> None:
    said = [
        report_no_change(
            PROGRAMME, HOMES, division=XUANZHOU, as_of=DAY, units=[XUANZHOU], by=town.clerk(), at=town.tick()
        )
        for _ in range(2)
    ]
    assert said[0].pk == said[1].pk
    assert said[0].receipts.get().division == XUANZHOU
    assert AuditEvent.objects.filter(action="ledger.unchanged").count() == 1


def test_no_change_is_said_within_reach_and_not_ahead(town: Town) -> None:
    for division, as_of, code in ((LANGXI, DAY, "out_of_reach"), (XUANZHOU, date(2021, 10, 1), "as_of_in_future")):
        with pytest.raises(Misuse) as wrong:
            report_no_change(
                PROGRAMME, HOMES, division=division, as_of=as_of, units=[division], by=town.clerk(), at=town.tick()
            )
        assert wrong.value.code == code


def test_the_workbook_of_another_table_is_refused(office: Town) -> None:
    path = office.workbook([{"code": "E1", "county": XUANZHOU, "name": "甲"}], table=ESTATES)
    before = everything()
    with pytest.raises(Refused) as refused:
        office.receive(path)
    assert (refused.value.code, everything()) == ("other_table", before)


OLDER = {
    "key": replace(HOMES, key=("number", "household")),
    "type": replace(
        HOMES, fields=tuple(replace(f, type=FieldType.TEXT) if f.name == "area" else f for f in HOMES.fields)
    ),
    "required": replace(
        HOMES, fields=tuple(replace(f, required=False) if f.name == "stage" else f for f in HOMES.fields)
    ),
    "nothing": replace(HOMES, version=0, fields=tuple(f for f in HOMES.fields if f.name != "household")),
}


@pytest.mark.parametrize("changed", OLDER)
def test_an_older_template_is_refused_when_its_key_types_or_required_columns_differ(office: Town, changed: str) -> None:
    path = office.folder / "older.xlsx"
    rows = [{"number": "H1", "county": XUANZHOU, "stage": "listed", "household": "F1"}]
    write_template(OLDER[changed], path, rows=rows)
    if changed == "nothing":
        got = office.receive(path)
        assert got.posted == 1
        assert any("模板是第 0 版" in note for note in got.notes)
        return
    with pytest.raises(Refused) as refused:
        office.receive(path)
    assert (refused.value.code, RevisionRow.objects.count()) == ("template_outdated", 0)


def test_a_reference_is_checked_as_of_the_batchs_day(town: Town) -> None:
    town.hand_in({"code": "E1", "county": XUANZHOU, "name": "甲小区"}, table="estates", as_of=DAY)
    (fault,) = faults(town, home("H1", estate="E1"), as_of=YESTERDAY)
    assert (fault.code, fault.field) == ("reference_unknown", "estate")
    town.hand_in(home("H1", estate="E1"), as_of=DAY)
    assert cells("H1")["estate"] == str(live(ESTATES.name, DAY).get().entry)


def test_a_row_that_others_refer_to_is_not_withdrawn_alone(town: Town) -> None:
    town.hand_in({"code": "E1", "county": XUANZHOU, "name": "甲小区"}, table="estates", as_of=YESTERDAY, file="e.xlsx")
    town.hand_in(home("H1", estate="E1"), as_of=YESTERDAY)
    estates = Batch.objects.get(table=ESTATES.name)
    with pytest.raises(Refused) as refused:
        withdraw_row(ESTATES, {"code": "E1"}, as_of=DAY, reason="拆除", by=town.operator, at=town.tick())
    assert refused.value.code == "rows_referred_to"
    with pytest.raises(Refused) as refused:
        undo_batch(estates, ESTATES, reason="报错了", by=town.operator, at=town.tick())
    assert refused.value.code == "rows_referred_to"
    other = {"code": "E2", "county": XUANZHOU, "name": "乙小区"}
    (fault,) = faults(town, other, table="estates", mode=Mode.REPLACE, division=XUANZHOU)
    assert fault.code == "row_referred_to"
    withdraw_row(HOMES, {"number": "H1"}, as_of=DAY, reason="拆除", by=town.operator, at=town.tick())
    withdraw_row(ESTATES, {"code": "E1"}, as_of=DAY, reason="拆除", by=town.operator, at=town.tick())
    assert live(ESTATES.name, DAY).count() == 0


def test_undoing_a_batch_takes_its_rows_back_for_every_day_from_now_on(town: Town) -> None:
    town.hand_in(home("H1"), as_of=YESTERDAY)
    wrong = town.hand_in(home("H1", "registered"), home("H2"), as_of=YESTERDAY)
    known = town.now
    undo_batch(batch_of(wrong.batch), HOMES, reason="报错了", by=town.operator, at=town.tick())
    assert (cells("H1")["stage"], cells("H2"), town.value("homes")) == ("listed", {}, 1)
    assert town.value("homes", known_at=known) == 2
    again = town.hand_in(home("H1", "registered"), home("H2"), as_of=YESTERDAY)
    assert (again.status, town.value("homes")) == ("accepted", 2)


def test_undoing_needs_a_reason_reach_and_happens_once(town: Town) -> None:
    wrong = batch_of(town.hand_in(home("L1", county=LANGXI)).batch)
    for by, reason, code in ((town.operator, " ", "reason_missing"), (town.clerk(), "报错了", "out_of_reach")):
        with pytest.raises(Misuse) as refused:
            undo_batch(wrong, HOMES, reason=reason, by=by, at=town.tick())
        assert refused.value.code == code
    first = undo_batch(wrong, HOMES, reason="报错了", by=town.operator, at=town.tick())
    again = undo_batch(batch_of(str(wrong.pk)), HOMES, reason="报错了", by=town.operator, at=town.tick())
    assert first.pk == again.pk
    with pytest.raises(Misuse) as refused:
        undo_batch(first, HOMES, reason="又对了", by=town.operator, at=town.tick())
    assert refused.value.code == "batch_undoes_another"


def test_a_corrected_key_is_a_revision_of_the_same_entry(town: Town) -> None:
    town.hand_in(home("H1"), as_of=YESTERDAY)
    entry = RevisionRow.objects.get().entry
    correct_key(HOMES, {"number": "H1"}, {"number": "H9"}, as_of=DAY, reason="抄错", by=town.operator, at=town.tick())
    assert [(row.key, row.entry) for row in live(HOMES.name, DAY)] == [("H9", entry)]
    assert [row.key for row in live(HOMES.name, YESTERDAY)] == ["H1"]
    got = town.hand_in(home("H9", "registered"), home("H1"))
    assert (got.posted, got.revised) == (1, 1)
    assert RevisionRow.objects.filter(key="H1").exclude(entry=entry).count() == 1


def test_a_key_is_not_corrected_into_one_that_another_row_has_or_will_have(town: Town) -> None:
    town.hand_in(home("H1"), as_of=YESTERDAY)
    town.hand_in(home("H2"), as_of=DAY)
    for as_of in (YESTERDAY, DAY):
        with pytest.raises(Refused) as refused:
            correct_key(
                HOMES, {"number": "H1"}, {"number": "H2"}, as_of=as_of, reason="抄错", by=town.operator, at=town.tick()
            )
        assert refused.value.code == "key_taken"


def test_a_key_is_corrected_to_a_value_of_its_type_and_to_a_field_of_the_key(town: Town) -> None:
    town.hand_in(home("H1"))
    for new, code in (({"number": ""}, "key_malformed"), ({"stage": "issued"}, "key_malformed")):
        with pytest.raises(Misuse) as wrong:
            correct_key(HOMES, {"number": "H1"}, new, as_of=DAY, reason="抄错", by=town.operator, at=town.tick())
        assert wrong.value.code == code
    assert cells("H1")["stage"] == "listed"


def test_a_withdrawn_key_that_comes_back_is_the_same_entry(town: Town) -> None:
    town.hand_in(home("H1"), as_of=date(2021, 9, 28))
    withdraw_row(HOMES, {"number": "H1"}, as_of=YESTERDAY, reason="退出", by=town.operator, at=town.tick())
    got = town.hand_in(home("H1"), as_of=DAY)
    assert (got.posted, RevisionRow.objects.values("entry").distinct().count()) == (1, 1)
    assert [live(HOMES.name, date(2021, 9, day)).count() for day in (27, 28, 29, 30)] == [0, 1, 0, 1]


def test_a_row_known_from_a_later_day_may_be_told_of_an_earlier_one(town: Town) -> None:
    town.hand_in(home("H1", "registered"), as_of=DAY)
    got = town.hand_in(home("H1", "listed"), as_of=YESTERDAY)
    assert (got.posted, RevisionRow.objects.values("entry").distinct().count()) == (1, 1)
    assert (cells("H1", YESTERDAY)["stage"], cells("H1", DAY)["stage"]) == ("listed", "registered")


def test_rows_of_an_abolished_code_keep_it_and_stand_under_its_successor(town: Town) -> None:
    town.hand_in(home("G1", county="341822"), home("G2", county=GUANGDE))
    assert cells("G1")["county"] == "341822"
    assert [row.division for row in live(HOMES.name, DAY)] == [GUANGDE, GUANGDE]


def test_citizen_numbers_are_compared_without_being_opened(town: Town) -> None:
    town.hand_in(home("H1", citizen=CITIZEN), file="a.xlsx")
    got = town.hand_in(home("H1", citizen=CITIZEN.lower(), household=None), file="b.xlsx")
    assert got.status == "unchanged"


def test_a_field_that_came_later_is_simply_empty_on_older_rows(town: Town) -> None:
    town.hand_in(home("H1"))
    wider = replace(HOMES, fields=(*HOMES.fields, Field("note", "备注", FieldType.TEXT)))
    assert wider.by_name["note"].required is False
    assert "note" not in cells("H1")
