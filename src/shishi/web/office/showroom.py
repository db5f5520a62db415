"""The living page of the design: every part that pages are made of, to look at and to try. In demonstrations only."""

from __future__ import annotations

from datetime import UTC, datetime

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from shishi.apps.files.selectors import is_demonstration
from shishi.core.calendars import SHANGHAI
from shishi.web.design.forms import Form, UploadField

STEPS = ("选文件", "看改动", "完成")
STATES = (
    ("ahead", "领先 4 天"),
    ("even", "持平"),
    ("behind", "落后 11 天"),
    ("overdue", "逾期 3 天"),
    ("silent", "未报 2 天"),
    ("plain", "无序时进度"),
)
TAGS = (("", "草稿"), ("act", "签收"), ("good", "已销号"), ("wait", "今天到期"), ("late", "逾期"))
HISTORY = (
    (datetime(2021, 9, 28, 9, 20, tzinfo=SHANGHAI), "起草", "调度", ""),
    (datetime(2021, 9, 28, 17, 5, tzinfo=SHANGHAI), "签发", "市专班办公室", "时限 2021-10-08 17:30"),
    (datetime(2021, 9, 29, 8, 40, tzinfo=SHANGHAI), "签收", "甲县住房城乡建设局", ""),
)
ROWS = tuple((f"甲小区 {number} 栋", 120 + number * 7, number * 3 - 20) for number in range(1, 7))


class SampleForm(Form):
    """Every kind of field once."""

    title = forms.CharField(label="标题", max_length=40, help_text="一句话说清要办什么。")
    kind = forms.ChoiceField(
        label="形式", choices=[("prompt", "工作提示单"), ("order", "督办单")], widget=forms.RadioSelect
    )
    body = forms.ChoiceField(label="接收单位", choices=[("", "请选择"), ("a", "甲县专班"), ("b", "乙县专班")])
    due = forms.DateField(label="反馈时限", widget=forms.DateInput({"type": "date"}))
    copies = forms.MultipleChoiceField(
        label="抄送", required=False, choices=[("c", "丙局"), ("d", "丁局")], widget=forms.CheckboxSelectMultiple
    )
    text = forms.CharField(label="要求", widget=forms.Textarea)
    file = UploadField(label="附件", required=False, endings=(".xlsx", ".pdf"), most_bytes=20 * 2**20)
    remind = forms.BooleanField(label="到期前一天提醒", required=False)


def showroom(request: HttpRequest) -> HttpResponse:
    """Everything, with invented figures. A form that is sent here is checked and goes nowhere."""
    if not is_demonstration():
        raise Http404
    form = SampleForm(request.POST, request.FILES) if request.method == "POST" else SampleForm()
    if form.is_bound and form.is_valid():
        messages.success(request, "表单没有问题。这里只是样子，什么都没有办。")
    page = {
        "form": form,
        "steps": STEPS,
        "states": STATES,
        "tags": TAGS,
        "history": HISTORY,
        "rows": ROWS,
        "page": Paginator(range(312), 20).get_page(request.GET.get("page")),
        "now": datetime.now(UTC),
    }
    return render(request, "office/showroom.html", page, status=422 if form.faults else 200)
