"""The life of one row: from an empty workbook to a closed notice, through the command line that officials use.

If you are new here, read this page first. A city has promised eight homes their certificates by the end of the year,
four of them in 宣州区 (341802) and four in 郎溪县 (341821): that is the little pack in ``tests/little_pack``. We follow one
home, H-01 in 宣州区, through everything that shishi does, in the order of DESIGN §5:

    template → filled → refused → mended → accepted → figure → why → day → finding → brief → notice
    → acknowledged → replied → still behind → new workbook → figure moves → closed → proven

Every step is one call of ``shishi``, exactly as typed in a shell. The store is a demonstration store, so ``--at`` may
say what time it is.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from shishi.commands.main import main

PACK = Path(__file__).parent / "little_pack"
MARKED_RED = "FFFFC7CE"


class City:
    """The city's office: a shell with a folder, and a clock on the wall."""

    def __init__(self, folder: Path, capture: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self.time = "2021-09-01T09:00"
        self._capture = capture

    def shishi(self, line: str, *, exit_code: int = 0) -> Any:
        """Run ``shishi LINE --json`` at the time on the clock; give back the one document that it prints."""
        words = [word.replace("~", str(self.folder)) for word in line.split()]
        self._capture.readouterr()
        assert main([*words, "--json", *(("--at", self.time) if words[0] != "init" else ())]) == exit_code, line
        return json.loads(self._capture.readouterr().out)


@pytest.fixture
def city(db: None, own_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> City:
    """A city with a store, the pack, and three people: a clerk in 宣州区, a supervisor and a leader in the city's
    office."""
    city = City(tmp_path, capsys)
    city.shishi("init --demonstration")
    city.shishi(f"pack install {PACK}")
    for who, name, post in (
        ("wang", "小王", "xuanzhou clerk --division 341802"),
        ("li", "老李", "office supervisor --division 341800"),
        ("zhao", "赵主任", "office leader --division 341800"),
    ):
        city.shishi(f"user add {who} {name}")
        city.shishi(f"post add {who} {post}")
    return city


def fill(path: Path, *rows: dict[str, str]) -> None:
    """Type rows into a template below its sample row, each value under its title, as a clerk does."""
    book = openpyxl.load_workbook(path)
    sheet = book["房屋台账"]
    columns = columns_of(sheet)
    for number, row in enumerate(rows, start=6):
        for title, value in row.items():
            sheet.cell(number, columns[title]).value = value
    book.save(path)


def columns_of(sheet: Worksheet) -> dict[str, int]:
    """Title → column; required titles carry a star and units stand below."""
    header = {str(cell.value).split("\n")[0].strip("＊ "): cell.column for cell in sheet[4] if cell.value}
    return {title.split("（")[0]: column for title, column in header.items()}


def home(number: int, stage: str, **more: str) -> dict[str, str]:
    """One row of the workbook."""
    return {"房屋编号": f"H-0{number}", "所在县区": "宣州区", "阶段": stage, **more}


def test_the_life_of_one_row(city: City) -> None:
    # ── 30 September, morning. The clerk takes the template and fills it in. ────────────────────────────────────────
    city.time = "2021-09-30T09:00"
    city.shishi("ledger template homes -o ~/homes.xlsx --division 宣州区 --as wang")
    secret = {"住户": "张三丰", "身份证号": "11010519491231002X"}
    fill(
        city.folder / "homes.xlsx",
        home(1, "已发证", **secret),  # the date of the certificate is forgotten …
        home(2, "已登记", 面积="88.505"),  # … and an area has a digit too many
        home(3, "已登记"),
    )

    # ── It is refused, whole, with every fault marked in its cell. Nothing was written. ─────────────────────────────
    refused = city.shishi(
        "ledger import homes ~/homes.xlsx --as-of 2021-09-30 --marked ~/marked.xlsx --by wang", exit_code=1
    )
    assert refused["status"] == "refused"
    assert [(issue["row"], issue["field"], issue["code"]) for issue in refused["issues"]] == [
        (6, "issued_on", "issued_undated"),
        (7, "area", "too_many_decimals"),
    ]
    marked = openpyxl.load_workbook(city.folder / "marked.xlsx")
    assert marked.sheetnames[0] == "错误清单"
    date_of_h1 = marked["房屋台账"].cell(6, columns_of(marked["房屋台账"])["发证日期"])
    assert date_of_h1.fill.fgColor.rgb == MARKED_RED
    assert date_of_h1.comment.text == "已发证的要填发证日期。"
    assert city.shishi("ledger batches homes") == []

    # ── The clerk mends the very workbook that came back, and hands it in. ──────────────────────────────────────────
    fill(city.folder / "marked.xlsx", {"发证日期": "2021年9月15日"}, {"面积": "88.50"})
    city.time = "2021-09-30T10:00"
    accepted = city.shishi("ledger import homes ~/marked.xlsx --as-of 2021-09-30 --by wang")
    assert (accepted["status"], accepted["rows"], accepted["posted"]) == ("accepted", 3, 3)
    again = city.shishi("ledger import homes ~/marked.xlsx --as-of 2021-09-30 --by wang")
    assert (again["status"], again["batch"]) == ("unchanged", accepted["batch"])

    # ── The row has become part of a figure, for the county and for every level above it. ───────────────────────────
    (county,) = city.shishi("indicators homes --indicator issued --division 宣州区 --as-of 2021-09-30")
    assert (county["name"], county["value"], county["unit"], county["target"]) == ("宣州区", "1", "套", "4")
    assert float(county["behind_points"]) > 5
    (whole,) = city.shishi("indicators homes --indicator issued --as-of 2021-09-30")
    assert (whole["name"], whole["value"], whole["target"]) == ("宣城市", "1", "8")
    assert whole["reporting"] == {"due": 2, "received": 1}
    (rate,) = city.shishi("indicators homes --indicator rate --division 341802 --as-of 2021-09-30")
    assert (rate["value"], rate["numerator"], rate["denominator"]) == ("33.33", "1", "3")
    # 郎溪县 has not reported. That is not zero: it is null, 未报.
    (silent,) = city.shishi("indicators homes --indicator issued --division 郎溪县 --as-of 2021-09-30")
    assert silent["value"] is None

    # ── Every number can be asked why: down to the file, the sheet, the row and the person. ─────────────────────────
    why = city.shishi("why homes issued --division 宣州区 --as-of 2021-09-30")
    (row,) = why["rows"]
    assert (row["key"], row["file"], row["sheet"], row["row"], row["person"]) == (
        *("H-01", "marked.xlsx", "房屋台账", 6, "wang"),
    )
    assert row["batch"] == accepted["batch"]
    assert "张三丰" not in str(why)
    assert secret["身份证号"] not in str(why)

    # ── Evening. The day is run: what is behind and who is silent is found, a notice is drafted, a brief is written. ─
    city.time = "2021-09-30T20:00"
    day = city.shishi("day 2021-09-30 --programme homes -o ~/briefs --by li")
    found = {(finding["kind"], finding["name"]) for finding in day["findings"]}
    assert {("behind", "宣州区"), ("silent", "郎溪县")} <= found
    assert [brief["kind"] for brief in day["briefs"]] == ["daily"]
    brief = {path.suffix: path for path in map(Path, day["files"])}
    assert brief[".docx"].read_bytes().startswith(b"PK")
    assert brief[".pdf"].read_bytes().startswith(b"%PDF")
    # Every number of the brief cites its question, and is the same when it is asked again.
    checked = city.shishi(f"brief check {brief['.json']}")
    assert checked["status"] == "ok"
    assert checked["reproduced"] == checked["citations"] > 5
    # Running the day again changes nothing that went out.
    once_more = city.shishi("day 2021-09-30 --programme homes --by li")
    assert (once_more["written"], once_more["drafted"], once_more["errata"]) == (0, [], [])

    # ── The leader issues the prompt notice to the county that is behind. It has a number and a deadline. ───────────
    city.time = "2021-09-30T20:30"
    drafts = city.shishi("notice list --programme homes --division 宣州区 --as zhao")
    (draft,) = [notice for notice in drafts if notice["state"] == "draft"]
    issued = city.shishi(f"notice issue {draft['id']} -o ~/notices --by zhao")
    assert (issued["state"], issued["kind"], issued["number"]) == ("issued", "prompt_notice", "演示提示〔2021〕1号")
    # Three working days: 1 to 7 October are off, 8 and 9 (a Saturday that is worked) count, and 11 is the Monday after.
    assert issued["recipients"][0]["deadline"].startswith("2021-10-11T09:30")
    assert {Path(file).suffix for file in issued["files"]} == {".docx", ".pdf", ".json"}
    assert [item["subject"] for item in city.shishi("inbox --as wang")] == [
        "【工作提示单】演示提示〔2021〕1号 请签收并按时反馈"
    ]

    # ── The county acknowledges and replies with words alone. Closing is refused: the figure has not moved. ─────────
    city.time = "2021-10-08T09:00"
    city.shishi(f"notice acknowledge {draft['id']} --by wang")
    city.shishi(f"notice reply {draft['id']} --text 正在抓紧办理。 --by wang")
    refused = city.shishi(f"notice close {draft['id']} --as-of 2021-10-08 --by li", exit_code=1)
    assert refused["code"] == "notice_still_behind"
    city.shishi(f"notice return {draft['id']} --reason 数据没有变化，请补办后再反馈。 --by li")

    # ── So the work is done, and the reply comes with a new workbook: the other three homes have their certificates. ─
    city.time = "2021-10-11T15:00"
    city.shishi("ledger template homes -o ~/reply.xlsx --division 宣州区 --prefill --as wang")
    issued_too = {"阶段": "已发证", "发证日期": "2021-10-10"}
    fill(city.folder / "reply.xlsx", {}, issued_too, issued_too, home(4, "已发证", 发证日期="2021-10-10"))
    reply = city.shishi("ledger import homes ~/reply.xlsx --as-of 2021-10-11 --by wang")
    assert (reply["posted"], reply["revised"]) == (1, 2)
    city.shishi(f"notice reply {draft['id']} --text 三套已补办，一套已新发，台账已更新。 --by wang")

    # ── The figure moves; what was true on 30 September stays as it was. ────────────────────────────────────────────
    (now,) = city.shishi("indicators homes --indicator issued --division 宣州区 --as-of 2021-10-11")
    assert (now["value"], float(now["behind_points"]) < 0) == ("4", True)
    (then,) = city.shishi("indicators homes --indicator issued --division 宣州区 --as-of 2021-09-30")
    assert then["value"] == "1"

    # ── The notice is closed, with its whole history. ───────────────────────────────────────────────────────────────
    closed = city.shishi(f"notice close {draft['id']} --as-of 2021-10-11 --by li")
    assert closed["state"] == "closed"
    assert [step["action"] for step in city.shishi(f"notice history {draft['id']}")] == [
        *("approve", "issue", "acknowledge", "reply", "return", "reply", "verify", "close"),
    ]

    # ── And all of it is proven: the chain is whole up to the root that was printed on the day's summary. ───────────
    proof = city.shishi(f"audit verify --root {day['root']}")
    assert (proof["status"], proof["tail"]) == ("intact", "proven")
    assert city.shishi(f"brief check {brief['.json']}")["changed"] == []
