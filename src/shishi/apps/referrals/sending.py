"""Out: a matter of people goes to another city's system, once, and what that says of it comes back into the thread.

What is sent lies in the outbox from the moment of the decision; what fails three times is an incident of the case, with
an owner."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F

from shishi.adapters.georeport.base import RequestServer, ServerFailed
from shishi.apps.accounts.acting import record_act
from shishi.apps.accounts.models import Person
from shishi.apps.audit.chain import digest
from shishi.apps.audit.services import record
from shishi.apps.cases.incidents import note_failure
from shishi.apps.cases.seen import case_of
from shishi.apps.cases.talking import say_for_system
from shishi.apps.cases.views import CaseView
from shishi.apps.referrals.endpoints import COMPLAINT, endpoint_coded, server_of
from shishi.apps.referrals.models import Endpoint, Referral, ReferralState
from shishi.core.errors import Misuse, Refused, ShishiError
from shishi.core.service_requests import Asking, Created, Request, RequestState

REFER = "refer"
"""Of which kind the incidents are."""
TRIES = 3
PAUSES = (timedelta(minutes=1), timedelta(minutes=10))
"""Before the second and the third try."""
HOLD = timedelta(minutes=5)
"""So long one sender may be busy with a referral before another takes it; longer than any timeout."""
ASK_AGAIN = timedelta(minutes=30)
"""So often it is asked how a request stands."""
AT_ONCE = 200


@transaction.atomic
def refer(case: UUID | str, to: str, service: str, text: str, *, by: Person, at: datetime) -> Referral:
    """Decide that a matter goes to an endpoint as a request for ``service``, in these words; names and telephones of
    people stay here. The same case to the same endpoint is one referral. ``Misuse``: unknown_case, case_not_referable,
    unknown_endpoint, endpoint_ended, service_missing, referral_text."""
    view, endpoint = case_of(by, case, at), endpoint_coded(to)
    held = Referral.objects.filter(endpoint=endpoint, case=view.uuid).first()
    if held is not None:
        return held
    _require(view, endpoint, service, text)
    address, latitude, longitude = _place(view)
    asking = Asking(service.strip()[:120], text.strip()[:2000], address, latitude, longitude)
    body = asking.fields
    made = Referral.objects.create(
        endpoint=endpoint,
        case=view.uuid,
        number=view.number,
        body=body,
        next_at=at,
        sent_by=by.username,
        sent_at=at,
        digest=digest({"endpoint": endpoint.code, "case": str(view.uuid), "body": body}),
    )
    told = {"case": view.number, "to": endpoint.code, "service": asking.service}
    record_act(by, at, "referral.send", f"referral:{made.pk}", made.digest, told)
    say_for_system(
        view.uuid, f"转送{endpoint.title}办理：{asking.description}", key=f"referral:{made.pk}:sent", by=by, at=at
    )
    return made


def send_what_waits(at: datetime, server: RequestServer | None = None) -> int:
    """What the worker does: send what is due, ask how the rest stands; how many answers came. Nothing is locked while
    the other end is waited for."""
    due = Referral.objects.filter(next_at__lte=at, endpoint__ended_at__isnull=True).order_by("next_at", "pk")
    answered = 0
    for pk in list(due.values_list("pk", flat=True)[:AT_ONCE]):
        if Referral.objects.filter(pk=pk, next_at__lte=at).update(next_at=at + HOLD):
            row = Referral.objects.select_related("endpoint").get(pk=pk)
            way = server or server_of(row.endpoint)
            answered += _sent(row, way, at) if row.state == ReferralState.QUEUED else _asked(row, way, at)
    return answered


def settle(token: str, again: bool, by: Person, at: datetime) -> None:
    """What whoever has the incident decided: send it again at the next look, or let it go."""
    row = Referral.objects.select_for_update().get(pk=token.rpartition(":")[2])
    if row.state != ReferralState.FAILED:
        return
    row.state, row.tries = (ReferralState.QUEUED, 0) if again else (ReferralState.DROPPED, row.tries)
    row.next_at = at if again else None
    row.save(update_fields=["state", "tries", "next_at"])


def _sent(row: Referral, server: RequestServer, at: datetime) -> bool:
    Referral.objects.filter(pk=row.pk).update(tries=F("tries") + 1)
    row.refresh_from_db(fields=["tries"])
    try:
        fields = {name: str(text) for name, text in row.body.items()}
        names = {"service_code": "service", "address_string": "address", "lat": "latitude", "long": "longitude"}
        made = server.create(Asking(**{names.get(name, name): text for name, text in fields.items()}), _key(row))
    except ShishiError as fault:
        _failed(row, fault.message, at)
        return False
    _taken(row, made, at)
    return True


@transaction.atomic
def _taken(row: Referral, made: Created, at: datetime) -> None:
    row.state, row.theirs, row.token, row.told = ReferralState.TAKEN, made.number, made.token, ""
    row.status, row.taken_at, row.next_at = RequestState.OPEN, at, at + ASK_AGAIN
    row.save()
    told = {"theirs": made.number or made.token, "to": row.endpoint.code}
    record(
        at=at,
        person=f"（{row.endpoint.code}）",
        action="referral.taken",
        subject=f"referral.answer:{row.pk}",
        detail=told,
    )
    number = f"，编号 {made.number}" if made.number else ""
    say_for_system(row.case, f"{row.endpoint.title}已收到{number}", key=f"referral:{row.pk}:taken", at=at)


@transaction.atomic
def _failed(row: Referral, why: str, at: datetime) -> None:
    row.told = why[:300]
    if row.tries < TRIES:
        row.next_at = at + PAUSES[row.tries - 1]
        row.save(update_fields=["told", "next_at"])
        return
    row.state, row.next_at = ReferralState.FAILED, None
    row.save(update_fields=["told", "state", "next_at"])
    title = f"转送{row.endpoint.title}没有成功"
    note_failure(row.case, REFER, f"{REFER}:{row.pk}", title, row.told, row.tries, at)


def _asked(row: Referral, server: RequestServer, at: datetime) -> bool:
    """How it stands there now. What can't be asked is asked again later: nobody waits for it here."""
    try:
        number = row.theirs or server.number_of(row.token)
        found = server.request(number).requests if number else ()
    except (ServerFailed, Refused) as fault:
        Referral.objects.filter(pk=row.pk).update(told=fault.message[:300], next_at=at + ASK_AGAIN)
        return False
    one = next((item for item in found if item.number == number), None)
    _heard(row, number, one, at)
    return one is not None


@transaction.atomic
def _heard(row: Referral, number: str, one: Request | None, at: datetime) -> None:
    row.theirs, row.next_at = number, at + ASK_AGAIN
    row.told = "" if one or not number else f"对方没有编号 {number} 的请求。"
    before = (row.status, row.notes, row.agency)
    if one is not None:
        row.status, row.notes, row.agency, row.heard_at = one.state, one.notes, one.agency, at
        if one.state is RequestState.CLOSED:
            row.next_at = None
    row.save()
    if one is None or before == (row.status, row.notes, row.agency):
        return
    agency = f"（{one.agency}）" if one.agency else ""
    text = f"{row.endpoint.title}{agency}{one.state.label}{f'：{one.notes}' if one.notes else ''}"
    key = f"referral:{row.pk}:{digest({'told': text})[:16]}"
    say_for_system(row.case, text, key=key, at=at)


def _require(view: CaseView, endpoint: Endpoint, service: str, text: str) -> None:
    if view.process.short != COMPLAINT or view.ended_at is not None:
        raise Misuse("case_not_referable", "只有还在办的投诉建议可以转送外地。")
    if endpoint.ended_at is not None:
        raise Misuse("endpoint_ended", f"外地接口“{endpoint.title}”已停用。")
    if not service.strip():
        raise Misuse("service_missing", "请写明对方的服务编码（service_code）。")
    if not text.strip():
        raise Misuse("referral_text", "请写明要对方办什么；不要写申请人的姓名和电话。")


def _place(view: CaseView) -> tuple[str, str, str]:
    """Address and point, as the form of the matter has them."""
    told = {name: text for name, _, text in view.answers}
    form = view.process.starts.form
    longitude, _, latitude = told.get(f"{form}.point", "").replace(" ", "").partition(",")
    return told.get(f"{form}.address", "")[:200], latitude, longitude


def _key(row: Referral) -> str:
    return f"shishi-{row.case}-{row.endpoint.code}"
