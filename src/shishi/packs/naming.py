"""Names for what has only a Chinese title: a short ``snake_case`` identifier, the same for the same title for ever.

Everyday words of ledgers are translated, the longest first; what is left is written in pinyin.
"""

from __future__ import annotations

import re
import unicodedata

LONGEST = 40
_WORDS = {
    "项目": "project", "名称": "name", "编号": "number", "编码": "code", "代码": "code", "类型": "kind", "类别": "kind",
    "种类": "kind", "性质": "nature", "县市区": "county", "区县": "county", "县区": "county", "县市": "county", "食堂": "canteen",
    "行政区划": "division", "区划": "division", "乡镇": "town", "街道": "street", "乡镇街道": "town", "社区": "community",
    "村": "village", "小区": "estate", "楼栋": "building", "单元": "entrance", "房号": "room", "户号": "household_number",
    "户数": "households", "套数": "homes", "栋数": "buildings", "人数": "people", "人次": "visits", "地址": "address",
    "地点": "place", "位置": "place", "坐标": "point", "面积": "area", "建筑面积": "floor_area", "占地面积": "land_area",
    "长度": "length", "数量": "quantity", "个数": "count", "总数": "total", "金额": "amount", "资金": "funds", "投资": "investment",
    "总投资": "investment", "造价": "cost", "费用": "fee", "租金": "rent", "补贴": "subsidy", "单价": "unit_price", "单位": "unit",
    "日期": "on", "时间": "on", "年份": "year", "月份": "month", "年度": "year", "开工": "started", "竣工": "completed",
    "完工": "completed", "完成": "finished", "验收": "accepted", "交付": "delivered", "计划": "planned", "实际": "actual",
    "目标": "target", "进度": "progress", "进展": "progress", "状态": "state", "阶段": "stage", "情况": "situation",
    "问题": "problem", "原因": "reason", "措施": "measure", "备注": "remark", "说明": "remark", "负责人": "responsible",
    "责任人": "responsible", "责任单位": "responsible_body", "牵头单位": "lead_body", "配合单位": "assisting_body",
    "施工单位": "contractor", "建设单位": "developer", "设计单位": "designer", "监理单位": "supervisor", "联系人": "contact",
    "联系电话": "phone", "电话": "phone", "手机": "phone", "手机号": "phone", "手机号码": "phone", "联系方式": "phone", "姓名": "name",
    "性别": "sex", "年龄": "age", "身份证": "citizen_number", "身份证号": "citizen_number", "身份证号码": "citizen_number",
    "公民身份号码": "citizen_number", "证件号码": "document_number", "证件类型": "document_kind", "统一社会信用代码": "credit_code",
    "信用代码": "credit_code", "不动产单元号": "real_estate_unit", "是否": "is", "已": "", "的": "", "开始": "start", "结束": "end",
    "截止": "due", "期限": "due", "达标": "up_to_standard", "改造": "renovation", "更新": "renewal", "新建": "new",
    "内容": "content", "标题": "title", "来源": "source", "文号": "document_number", "文件": "file", "照片": "photo", "率": "rate",
    "比例": "share", "合同": "contract", "企业": "firm", "学校": "school", "医院": "hospital", "电梯": "lift", "道路": "road",
    "桥梁": "bridge", "停车位": "parking_spaces", "学位": "school_places", "床位": "beds", "老人": "elders",
    "残疾人": "disabled_people", "所在": "", "所属": "", "经度": "longitude", "纬度": "latitude", "等级": "grade", "层数": "floors",
    "房屋": "house", "业主": "owner", "户主": "householder", "申请": "application", "审批": "approval", "办理": "handled",
    "发放": "paid_out", "到位": "arrived", "惠及": "benefited", "未开工": "not_started", "已开工": "started", "在建": "building",
    "已完工": "completed", "已完成": "finished", "未完成": "unfinished", "已验收": "accepted", "已竣工": "completed",
    "进行中": "under_way", "未启动": "not_begun", "已启动": "begun", "其他": "other", "无": "none", "有": "some", "座位": "seats",
    "座位数": "seats", "运营单位": "operator", "配送": "delivered", "合格": "passed", "不合格": "failed", "男": "male",
    "女": "female", "正常": "normal", "停用": "out_of_use",
}  # fmt: skip
_LONGEST_WORD = max(map(len, _WORDS))
_ASIDE = re.compile(r"[(（\[【].*?[)）\]】]")


def identifier_for(title: str) -> str:
    """A name for a field, an indicator, a value, a programme.

    >>> identifier_for("项目名称"), identifier_for("开工日期"), identifier_for("惠山泉眼")
    ('project_name', 'started_on', 'hui_shan_quan_yan')
    """
    plain = unicodedata.normalize("NFKC", title)
    kept = _ASIDE.sub("", plain) or plain
    parts = [part for part in _parts(kept) if part]
    name = re.sub(r"[^a-z0-9]+", "_", "_".join(parts).lower()).strip("_")[:LONGEST].strip("_")
    if not name:
        return "column"
    return name if name[0].isalpha() else f"x_{name}"


def _parts(text: str) -> list[str]:
    parts: list[str] = []
    at = 0
    while at < len(text):
        length = next((n for n in range(min(_LONGEST_WORD, len(text) - at), 0, -1) if text[at : at + n] in _WORDS), 0)
        if length:
            parts.append(_WORDS[text[at : at + length]])
            at += length
        elif text[at].isascii():
            run = re.match(r"[\x00-\x7f]+", text[at:])
            parts.append(run[0] if run else "")
            at += len(parts[-1]) or 1
        else:
            parts.append(_syllable(text[at]))
            at += 1
    return parts


def _syllable(sign: str) -> str:
    from pypinyin import lazy_pinyin

    said = "".join(lazy_pinyin(sign)).lower()
    return said if said.isascii() else ""
