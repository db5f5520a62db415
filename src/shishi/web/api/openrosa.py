"""OpenRosa 1.0: the list of forms, a form, its manifest, and submissions, as ODK Collect asks for them.

A device says who it is by the secret path ``/openrosa/key/<token>/…``, or by Basic authentication (its person's user
name, the token as password). Both only over https, or on this machine itself. Success is 201 (it stands in the ledger)
or 202 (it is kept, and waits for a person); a client takes anything else for a failure and keeps the form.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps
from xml.etree.ElementTree import Element, SubElement, tostring

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt

from shishi.apps.audit import capacity
from shishi.apps.fieldwork.devices_seen import Device, device_of, form_for, forms_for
from shishi.apps.fieldwork.submissions import receive_submission
from shishi.core.errors import Misuse, Refused, ShishiError
from shishi.web.api.entrance import require_private

VERSION = "1.0"
MOST_BYTES = 32 * 2**20
XML_PART = "xml_submission_file"
LIST, MANIFEST = "http://openrosa.org/xforms/xformsList", "http://openrosa.org/xforms/xformsManifest"
RESPONSE = "http://openrosa.org/http/response"
TOLD = {
    "written": "已收到并写入台账。",
    "proposed": "已收到，待第二人审批后写入台账。",
    "refused": "已收到并保存，但有问题没有写入台账，请在网页“走访·采集”里处理：",
    "received": "已收到，稍后写入台账。",
    "dismissed": "这份采集此前已作废，没有写入台账。",
}
STATUS = {
    "unknown_form": 404,
    "form_too_large": 413,
    "request_too_large": 413,
    "length_missing": 411,
    "not_multipart": 415,
    "not_private": 403,
    "method": 405,
}
Answering = Callable[..., HttpResponse]


def _machines(*methods: str) -> Callable[[Answering], Answering]:
    """What every address of this page has: the version, its methods, a device, errors as OpenRosa tells them."""

    def around(view: Answering) -> Answering:
        @csrf_exempt
        @wraps(view)
        def answer(request: HttpRequest, token: str = "", **given: str) -> HttpResponse:
            capacity.forget()
            try:
                if request.method not in methods:
                    raise Misuse("method", f"这个地址只接受 {'、'.join(methods)}。")
                require_private(request, "采集设备")
                device = _device(request, token)
                _require_version(request)
                response = view(request, device, token, **given)
            except ShishiError as wrong:
                response = _refused(wrong, token, methods)
            response["X-OpenRosa-Version"] = VERSION
            return response

        return answer

    return around


@_machines("GET", "HEAD")
def forms(request: HttpRequest, device: Device, token: str) -> HttpResponse:
    """The list of forms; ``?formID=`` asks for one."""
    root = Element("xforms", xmlns=LIST)
    asked = request.GET.get("formID", "")
    for item in forms_for(device, datetime.now(UTC)):
        if asked in ("", item.form.id):
            told = {
                "formID": item.form.id,
                "name": f"{item.programme.title} · {item.table.title}",
                "version": item.form.version,
                "hash": f"md5:{item.form.md5}",
                "descriptionText": item.pack.title,
                "downloadUrl": _address(request, "form", token, item.form.id),
                "manifestUrl": _address(request, "manifest", token, item.form.id),
            }
            one = SubElement(root, "xform")
            for name, text in told.items():
                SubElement(one, name).text = text
    return _xml(root)


@_machines("GET", "HEAD")
def form(request: HttpRequest, device: Device, token: str, form: str) -> HttpResponse:
    """One form."""
    return HttpResponse(form_for(device, form, datetime.now(UTC)).form.xml, content_type="text/xml; charset=utf-8")


@_machines("GET", "HEAD")
def manifest(request: HttpRequest, device: Device, token: str, form: str) -> HttpResponse:
    """What goes with a form: our forms carry their lists within themselves, so nothing."""
    form_for(device, form, datetime.now(UTC))
    return _xml(Element("manifest", xmlns=MANIFEST))


@_machines("HEAD", "POST")
def submission(request: HttpRequest, device: Device, token: str) -> HttpResponse:
    """``HEAD`` says where and how much; ``POST`` takes a filled form with its files."""
    if request.method == "HEAD":
        where = _address(request, "submission", token)
        limits = {"Location": where, "X-OpenRosa-Accept-Content-Length": str(MOST_BYTES)}
        return HttpResponse(status=204, headers=limits)
    _require_size(request)
    xml, files = _parts(request)
    sent = receive_submission(xml, files, device=device, at=datetime.now(UTC))
    told = TOLD[sent.submission.state]
    if sent.submission.state == "refused":
        told += "；".join(str(fault["message"]) for fault in sent.submission.faults)[:500]
    response = _said(told, 201 if sent.written else 202, "submit_success")
    response["Location"] = _address(request, "submission", token)
    return response


def _require_version(request: HttpRequest) -> None:
    if request.headers.get("X-OpenRosa-Version") != VERSION:
        told = f"请求头 X-OpenRosa-Version 应为 {VERSION}。请用 ODK Collect 等支持 OpenRosa 的采集程序。"
        raise Misuse("version_unknown", told)


def _require_size(request: HttpRequest) -> None:
    length = request.META.get("CONTENT_LENGTH") or ""
    if not length.isdigit() or request.headers.get("Transfer-Encoding"):
        raise Misuse("length_missing", "请求没有写明长度（Content-Length）。请更新采集程序。")
    if int(length) > MOST_BYTES:
        told = f"一次最多发送 {MOST_BYTES // 2**20} MB。请让采集程序分几次发送照片。"
        raise Misuse("request_too_large", told)
    if request.content_type != "multipart/form-data":
        raise Misuse("not_multipart", "采集内容应以 multipart/form-data 发送。请用 ODK Collect 等采集程序。")


def _parts(request: HttpRequest) -> tuple[bytes, dict[str, bytes]]:
    """The form, and the files beside it by their names."""
    try:
        uploads = request.FILES
        text = request.POST.get(XML_PART, "")
    except RequestDataTooBig as wrong:
        raise Misuse("form_too_large", "采集内容太大。请分成几份。") from wrong
    except (MultiPartParserError, SuspiciousOperation, UnicodeError) as wrong:
        raise Misuse("parts_malformed", "采集内容没有传完整，或文件太多。请重新发送。") from wrong
    sent = uploads.get(XML_PART)
    xml = sent.read() if sent else text.encode()
    if not xml:
        raise Misuse("form_missing", f"请求里没有采集内容（{XML_PART}）。请用 ODK Collect 等采集程序。")
    files = {
        str(item.name): item.read()
        for name, items in uploads.lists()
        if name != XML_PART
        for item in items
        if item.name
    }
    return xml, files


def _device(request: HttpRequest, token: str) -> Device:
    """Who asks. ``Misuse``: device_unknown, device_ended."""
    if token:
        return device_of(token, datetime.now(UTC))
    scheme, _, told = request.headers.get("Authorization", "").partition(" ")
    try:
        name, _, secret = base64.b64decode(told, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        name = secret = ""
    if scheme.lower() != "basic" or not secret:
        raise Misuse("device_unknown", "请提供采集设备的凭证：重新扫描设置二维码。")
    device = device_of(secret, datetime.now(UTC))
    if device.post.person.username != name:
        raise Misuse("device_unknown", "采集设备的凭证与用户名不符。请重新扫描设置二维码。")
    return device


def _address(request: HttpRequest, what: str, token: str, form: str = "") -> str:
    given = {name: text for name, text in (("token", token), ("form", form)) if text}
    return request.build_absolute_uri(reverse(f"api:openrosa{'-key' if token else ''}-{what}", kwargs=given))


def _refused(wrong: ShishiError, token: str, methods: tuple[str, ...]) -> HttpResponse:
    """A secret path that opens nothing is forbidden; without one, credentials are asked for."""
    unknown = wrong.code in ("device_unknown", "device_ended")
    status = (403 if token else 401) if unknown else STATUS.get(wrong.code, 409 if isinstance(wrong, Refused) else 400)
    response = _said(wrong.message, status, "submit_failure")
    if status == 401:
        response["WWW-Authenticate"] = 'Basic realm="shishi", charset="UTF-8"'
    if status == 405:
        response["Allow"] = ", ".join(methods)
    return response


def _said(message: str, status: int, nature: str) -> HttpResponse:
    root = Element("OpenRosaResponse", xmlns=RESPONSE)
    SubElement(root, "message", nature=nature).text = message
    return _xml(root, status)


def _xml(root: Element, status: int = 200) -> HttpResponse:
    body = tostring(root, encoding="utf-8", xml_declaration=True)
    return HttpResponse(body, status=status, content_type="text/xml; charset=utf-8")
