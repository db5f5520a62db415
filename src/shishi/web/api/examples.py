"""Examples of everything that is sent and answered, by the name of its shape: invented, and each of its shape."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

CASE = "0190a0b0-0000-7000-8000-000000000001"
NUMBER = "诉3418022021000012"
OPENED = "2021-09-13T09:00:00+08:00"
DUE = "2021-09-30T17:30:00+08:00"
PROGRAMME = "xuancheng/2021/title_certificates"
COMPLAINT = "xuancheng/2021/complaint"

_LISTED = {
    "case": CASE,
    "number": NUMBER,
    "title": "办证太慢",
    "process": COMPLAINT,
    "programme": PROGRAMME,
    "division": "341802000000",
    "state": "handling",
    "outcome": "",
    "opened_at": OPENED,
    "due_at": DUE,
    "ended_at": None,
    "overdue": False,
}
_ENDING = {"code": "accept", "title": "受理", "kind": "approve"}
_TASK = {
    **{name: _LISTED[name] for name in ("case", "number", "title", "process", "programme", "division", "opened_at")},
    "task": 17,
    "step": "受理",
    "element": "Task_accept",
    "state": "open",
    "owner": "",
    "due_at": DUE,
    "left": "还剩 3 个工作日",
    "form": "",
    "outcomes": [_ENDING],
}
_FIGURE = {
    "indicator": "certificates",
    "division": "341802000000",
    "name": "宣州区",
    "value": "1204",
    "unit": "户",
    "numerator": "1204",
    "denominator": None,
    "target": "1500",
    "expected": "1250",
    "behind_points": "3.07",
    "behind_days": 6,
    "assurance": {"reported": "1204", "evidenced": "1100", "verified": None},
    "carried_from": None,
    "due": 4,
    "received": 4,
    "versions": {"indicator": 1, "target": 1},
}
_ITEM_LINE = {
    "item_code": "SX-0001",
    "basic_code": "YS00000001",
    "name": "社会保险信息变更",
    "division": "341800000000",
    "place": "宣城市",
    "body": "市人力资源和社会保障局",
    "programme": "xuancheng/2021/service_items",
    "online": True,
    "way": "here",
    "process": "xuancheng/2021/item_application",
    "system": "",
    "promised": "5 个工作日",
    "legal": "20 个工作日",
}
_ELEMENT = {"name": "kind", "title": "事项类型", "text": "公共服务", "code": "20"}
_TOLD = {"title": "出具单位", "text": "公安机关"}
_ITEM_PAPER = {"number": 1, "name": "变更申请表", "required": True, "shared": False, "told": [_TOLD]}
_PAPER = {
    "code": "proof",
    "title": "证明材料",
    "required": True,
    "state": "given",
    "state_title": "已提交",
    "file_name": "证明.pdf",
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "receipt": f"{NUMBER}-003",
    "source": "",
    "remark": "",
    "due_at": None,
    "may_promise": False,
    "may_follow": True,
    "note": "",
}
_RATING = {
    "number": NUMBER,
    "title": "办证太慢",
    "score": 4,
    "label": "不满意",
    "code_set": "GB/T 39046-2020",
    "text": "等太久",
    "at": OPENED,
    "bad": True,
    "closed": False,
    "late": False,
    "verify_due": DUE,
    "verified_at": None,
    "finding": "",
    "correct_due": DUE,
    "corrected_at": None,
    "measure": "",
    "told_at": None,
}
_APPLICANT = {"name": "王五", "phone": "13800001234", "id_number": "", "kind": "natural"}
_HOOK = {"hook": 3, "url": "https://hotline.example.gov.cn/told", "topics": ["case."], "ended_at": None}
_FIELD = {"name": "kind", "title": "类型", "type": "enumeration", "required": True, "values": {"complaint": "投诉"}}
_INDICATOR = {"code": "certificates", "title": "办证户数", "unit": "户"}
_FAULT = {"code": "required", "message": "请填写“内容”。", "field": "text"}


def _page(item: object, **more: object) -> dict[str, object]:
    return {"items": [item], "page": 1, "count": 1, **more, "more": False}


EXAMPLES: Mapping[str, object] = {
    "Fault": _FAULT,
    "Trouble": {"code": "answers_refused", "message": "填写的内容还有 1 处要改。", "issues": [_FAULT]},
    "Me": {
        "client": "12345 热线平台",
        "person": "hotline",
        "until": "2027-06-30",
        "per_minute": 300,
        "roles": ["clerk"],
    },
    "IndicatorOut": _INDICATOR,
    "ProgrammeOut": {
        "name": PROGRAMME,
        "pack": "xuancheng/2021",
        "title": "“难办证”治理",
        "promise": "年内办结承诺的项目。",
        "division": "341800000000",
        "indicators": [_INDICATOR],
    },
    "FieldOut": _FIELD,
    "ProcessOut": {"name": COMPLAINT, "title": "投诉建议", "programme": "", "form": [_FIELD]},
    "FigureOut": _FIGURE,
    "Figures": _page(_FIGURE),
    "Listed": _LISTED,
    "Cases": _page(_LISTED, many=False),
    "Answered": {"name": "complaint.title", "title": "标题", "text": "办证太慢"},
    "Waiting": {"task": 17, "step": "受理", "element": "Task_accept", "opened_at": OPENED, "due_at": DUE},
    "Case": {
        **{name: value for name, value in _LISTED.items() if name not in ("due_at", "overdue")},
        "channel": "api",
        "state_title": "办理中",
        "applicant": "王*",
        "phone": "138****1234",
        "clock": "承诺还剩 3 个工作日",
        "answers": [{"name": "complaint.title", "title": "标题", "text": "办证太慢"}],
        "tasks": [{"task": 17, "step": "受理", "element": "Task_accept", "opened_at": OPENED, "due_at": DUE}],
        "may": ["comment", "material"],
    },
    "Line": {
        "position": 1,
        "action": "submit",
        "title": "提交申请",
        "who": "申请人",
        "at": OPENED,
        "text": "",
        "outcome": "",
    },
    "ApplicantIn": _APPLICANT,
    "NewCase": {
        "process": "complaint",
        "programme": PROGRAMME,
        "division": "341802",
        "title": "",
        "applicant": _APPLICANT,
        "answers": {"类型": "投诉", "标题": "办证太慢", "内容": "等了三个月。"},
    },
    "Opened": {"case": CASE, "number": NUMBER, "state": "submitted"},
    "Words": {"text": "已电话联系。", "seen_by": "officials"},
    "Said": {"case": CASE, "number": NUMBER},
    "Ending": _ENDING,
    "Task": _TASK,
    "Tasks": _page(_TASK, many=False),
    "Completion": {"outcome": "accept", "answers": {}, "text": "", "basis": "", "remedy": ""},
    "Done": {"task": 17, "state": "done", "outcome": "accept", "case": CASE, "case_state": "handling"},
    "ItemLine": _ITEM_LINE,
    "Items": _page(_ITEM_LINE),
    "Element": _ELEMENT,
    "Told": _TOLD,
    "ItemPaper": _ITEM_PAPER,
    "Item": {
        **_ITEM_LINE,
        "trust": "phone",
        "flow": ["申请", "审核", "办结"],
        "elements": [_ELEMENT],
        "materials": [_ITEM_PAPER],
    },
    "GuideVersion": {
        "number": 1,
        "effective_on": "2021-10-27",
        "recorded_at": OPENED,
        "voided": False,
        "withdrawn": False,
    },
    "Paper": _PAPER,
    "PromiseIn": {"text": "承诺所附材料真实，不实愿承担责任。"},
    "CheckIn": {"fits": False, "remark": "看不清，请重新拍照。"},
    "Rating": _RATING,
    "Ratings": _page(_RATING),
    "RatingIn": {"score": 4, "text": "等太久"},
    "AnswerIn": {"text": "确实拖了两天，已增加一名窗口人员。"},
    "CalledBack": {"text": "已电话说明，并致歉。", "way": "phone"},
    "NewHook": {"url": "https://hotline.example.gov.cn/told", "topics": ["case."]},
    "HookOut": _HOOK,
    "MadeHook": {**_HOOK, "secret": "whsec_…"},
    "CallOut": {"call": 9, "hook": 3, "key": "hook-3-4711", "state": "sent", "tries": 1, "told": ""},
}

TROUBLES: Mapping[int, tuple[tuple[str, str], ...]] = {
    400: (
        ("key_missing", "新建请求要带请求头 Idempotency-Key：每件事一个，重发时用同一个，就不会办成两件。"),
        ("body_malformed", "请求的内容不是一份完整的 JSON（UTF-8）。"),
    ),
    401: (("client_unknown", "请带上接口凭证：Authorization: Bearer …。"), ("client_ended", "接口凭证已停用或到期。")),
    403: (
        ("out_of_reach", "这不在您的权限范围内。"),
        ("not_your_case", "这件办件现在不归您办理，您也不负责管理它。请由经办人或负责人办理。"),
    ),
    404: (("unknown_case", f"没有办件“{NUMBER}”，或它不在您的权限范围内。请核对受理号。"),),
    409: (("task_done", "“受理”已经办完。"), ("materials_lacking", "还有 1 项必备材料没有。")),
    413: (("body_too_large", "请求太大，没有读。JSON 最大 1 MB，文件最大 50 MB。"),),
    415: (("not_json", "请求的内容应为 JSON，并带请求头 Content-Type: application/json。"),),
    422: (
        ("key_reused", "同一个 Idempotency-Key 已用于另一件事。请换一个新的再发。"),
        ("request_malformed", "请求的内容不合接口文档（见 issues）。"),
    ),
    429: (("too_many_requests", "请求太密：每分钟最多 120 次。请按响应头 Retry-After 所说的秒数稍后再试。"),),
}
"""Of each status the refusals that a program has to be ready for, by their codes."""

EVENT: Mapping[str, Any] = {
    "id": "event-4711",
    "type": "case.decide",
    "at": "2021-09-30T10:00:00+00:00",
    "subject": f"case.step:{CASE}/7",
    "data": {
        "case": CASE,
        "number": NUMBER,
        "process": COMPLAINT,
        "programme": PROGRAMME,
        "division": "341802000000",
        "state": "decided",
        "outcome": "approve",
        "due_at": DUE,
    },
}
"""What a webhook is called with."""
