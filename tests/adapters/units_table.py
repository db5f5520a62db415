"""A table with every kind of field that a clerk fills in, and rows for it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

from shishi.core.cells import CellFault
from shishi.core.criteria import Compare, Operator
from shishi.core.tables import Check, CheckKind, Choice, Field, FieldType, Point, Sensitivity, Table, Value, Values
from shishi.core.values import parse

STAGES = (Choice("surveyed", "已测绘"), Choice("filed", "已受理"), Choice("issued", "已颁证"))
DIVISIONS = (("341802", "宣州区"), ("341821", "郎溪县"), ("341882", "广德市"))
TABLE = Table(
    "xuancheng/2021/title_certificates/units",
    "难办证单元",
    3,
    (
        Field("project", "项目名称", FieldType.TEXT, synonyms=("小区名称",), sample="锦绣家园", note="与批复一致"),
        Field("room", "室号", FieldType.TEXT, sample="3-1"),
        Field("county", "县市区", FieldType.DIVISION, required=True),
        Field("stage", "办证阶段", FieldType.ENUMERATION, required=True, values=STAGES),
        Field("owner", "权利人", FieldType.TEXT, sensitivity=Sensitivity.MASKED),
        Field("citizen", "身份证号", FieldType.CITIZEN_NUMBER, sensitivity=Sensitivity.ENCRYPTED),
        Field("issued_on", "颁证日期", FieldType.DATE, minimum=date(2000, 1, 1)),
        Field("area", "建筑面积", FieldType.DECIMAL, scale=3, unit="平方米", minimum=Decimal(0)),
        Field("cost", "补缴金额", FieldType.MONEY, unit="元"),
        Field("floors", "层数", FieldType.INTEGER),
        Field("shop", "是否商铺", FieldType.YES_NO),
        Field("seen_at", "巡查时间", FieldType.DAY_TIME),
        Field("place", "位置", FieldType.POINT),
        Field("kinds", "缺少材料", FieldType.CHOICES, values=STAGES),
    ),
    ("project", "room"),
    "county",
    checks=(
        Check("area_unusual", CheckKind.QUERY, Compare("area", Operator.AT_MOST, 300), "面积超过300平方米，请核实。"),
    ),
)
ROW: Values = {
    "project": "锦绣苑",
    "room": "0101",
    "county": "341802",
    "stage": "issued",
    "owner": "张三丰",
    "citizen": "11010519491231002X",
    "issued_on": date(2021, 9, 1),
    "area": Decimal("89.120"),
    "cost": Decimal("1234.50"),
    "floors": 6,
    "shop": False,
    "seen_at": datetime(2021, 9, 30, 6, 30, tzinfo=UTC),
    "place": Point(Decimal("118.75"), Decimal("30.94")),
    "kinds": ("surveyed", "issued"),
}


class World:
    """Lookups that know the three counties by code and by name."""

    day = date(2021, 9, 30)

    def division(self, text: str) -> str:
        found = {name: code for code, name in DIVISIONS}.get(text, text)
        if found not in dict(DIVISIONS):
            raise CellFault("division_unknown", f"没有“{text}”。")
        return found

    def entry_of(self, table: str, key: str) -> str | None:
        return None


def typed(cells: dict[str, tuple[str, object]]) -> dict[str, Value]:
    """The values of a row that was read."""
    return {name: parse(TABLE.by_name[name], raw, World()) for name, (_, raw) in cells.items()}
