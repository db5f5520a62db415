"""The shape of what ``pack.yaml`` says of working days and office hours."""

from __future__ import annotations

from datetime import time

from pydantic import Field

from shishi.packs.shape_parts import FileShape, Text, YesNo


class CalendarDayShape(FileShape):
    """对工作日历的逐日补充。"""

    working: YesNo
    source: Text


class OfficeHoursShape(FileShape):
    """办公时间：期限到下班时届满，办理时长按它计。"""

    opens: time = Field(description='几点上班，如 "08:30"')
    closes: time = Field(description='几点下班，如 "17:30"')
    source: Text = Field(description="出自哪里")
    verified: YesNo = Field(default=False, description="是否核对过出处")
