"""``POST /exchange/messages``: another instance hands over a sealed message and gets our signed receipt.

There is no session and no token: a message says by its signature who sent it, and only whoever holds a registered key
is answered with a receipt. 200: we hold it (the same receipt each time); 409: we shall never take it (a signed
refusal); 425: not now (a signed refusal, to be sent again). Where nobody can be answered: ``{"code", "message"}`` with
400, 403, 405, 411, 413 or 503.
"""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import urlsplit

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.request import UnreadablePostError
from django.views.decorators.csrf import csrf_exempt

from shishi.adapters.exchange.http import HERE, RECEIPT_TYPE, SEALED_TYPE
from shishi.adapters.exchange.parcels import MOST_BYTES
from shishi.adapters.signing.jose import most_sealed
from shishi.apps.audit import capacity
from shishi.apps.exchange.handling import act_on_conversation
from shishi.apps.exchange.receiving import Answer, receive
from shishi.core.errors import Misuse, ShishiError

STATUS = {
    "not_private": 403,
    "unknown_sender": 403,
    "key_unknown": 403,
    "signature_wrong": 403,
    "method": 405,
    "length_missing": 411,
    "message_too_large": 413,
    "not_sealed": 403,
    "exchange_no_identity": 503,
    "store_busy": 503,
}


@csrf_exempt
def messages(request: HttpRequest) -> HttpResponse:
    """Take one message."""
    capacity.forget()
    at = datetime.now(UTC)
    try:
        answer = receive(_content(request), at)
    except OperationalError:
        told = "库正忙，没有收下。请稍后再发。"
        return JsonResponse({"code": "store_busy", "message": told}, status=503)
    except ShishiError as wrong:
        response = JsonResponse({"code": wrong.code, "message": wrong.message}, status=STATUS.get(wrong.code, 400))
        if wrong.code == "method":
            response["Allow"] = "POST"
        return response
    if answer.new:
        act_on_conversation(answer.envelope.sender, answer.envelope.conversation, at)
    return HttpResponse(answer.receipt, status=_status(answer), content_type=RECEIPT_TYPE)


def _status(answer: Answer) -> int:
    return 200 if answer.taken else 425 if answer.passing else 409


def _content(request: HttpRequest) -> bytes:
    if request.method != "POST":
        raise Misuse("method", "这个地址只接受 POST。")
    host = urlsplit(f"//{request.get_host()}").hostname or ""
    if not request.is_secure() and host not in HERE:
        raise Misuse("not_private", "数据交换只能用 https 连接。请把对方地址改成 https:// 开头。")
    if request.content_type != SEALED_TYPE:
        raise Misuse("not_sealed", f"消息应以 {SEALED_TYPE} 发送。")
    length = request.META.get("CONTENT_LENGTH") or ""
    if not length.isdigit() or request.headers.get("Transfer-Encoding"):
        raise Misuse("length_missing", "请求没有写明长度（Content-Length）。")
    most = most_sealed(MOST_BYTES)
    if int(length) > most:
        raise Misuse("message_too_large", f"一条消息最多 {most // 2**20} MB。请分几条发送。")
    try:
        return request.read(int(length))
    except UnreadablePostError as wrong:
        raise Misuse("message_cut", "消息没有传完。请再发一次。") from wrong
