"""The demonstration's cases: complaints that everybody knows are invented, one answered in time, one that is late."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time

from shishi.apps.accounts.selectors import Person, person_named
from shishi.apps.cases.completing import complete_task
from shishi.apps.cases.opening import open_case
from shishi.apps.cases.parties import Applicant
from shishi.apps.cases.seen import case_of
from shishi.apps.cases.ticking import tick
from shishi.core.calendars import moment_of
from shishi.core.tables import Value

PROCESS, PROGRAMME, COUNTY = "xuancheng/2021/complaint", "xuancheng/2021/title_certificates", "341802"


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a case: on which day, with which outcome and answers."""

    day: date
    outcome: str
    answers: Mapping[str, Value]


ANSWERED = (
    Step(date(2021, 10, 9), "accept", {"remark": "属于受理范围（演示）"}),
    Step(date(2021, 10, 9), "", {"body": "演示承办单位", "remark": "请核实（演示）"}),
    Step(
        date(2021, 10, 13), "done", {"found": "情况属实（演示）", "solved": True, "reply": "已安排补正材料（演示）。"}
    ),
    Step(date(2021, 10, 14), "approve", {}),
)
LATE = ANSWERED[:2]


def follow_cases(tell: Callable[[str], None], until: datetime) -> list[str]:
    """Open both and take each as far as it is told; what time does to them by ``until`` is done. Gives
    the lines for the end of the page."""
    operator = person_named("operator")
    told = [_followed(operator, f"演示{name}", steps) for name, steps in (("一", ANSWERED), ("二", LATE))]
    tick(until)
    lines = []
    for number in told:
        case = case_of(operator, number, until)
        lines.append(f"演示投诉 {number}：{case.state.label}。{case.left}")
    for line in lines:
        tell(line)
    return lines


def _followed(operator: Person, name: str, steps: tuple[Step, ...]) -> str:
    case = open_case(
        PROCESS,
        answers={"kind": "complaint", "title": f"办证进度（{name}）", "text": "演示数据：问什么时候能办证。"},
        applicant=Applicant("演示申请人"),
        division=COUNTY,
        programme=PROGRAMME,
        channel="hotline",
        once=f"demonstration:{name}",
        title=f"办证进度（{name}）",
        by=operator,
        at=moment_of(date(2021, 10, 8), time(9)),
    )
    for step in steps:
        at = moment_of(step.day, time(10))
        (task,) = [item for item in case_of(operator, case.number, at).tasks if item.state.value == "open"]
        complete_task(task.id, step.outcome, answers=step.answers, by=operator, at=at)
    return case.number
