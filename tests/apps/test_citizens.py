"""Citizens: who holds a phone gets an account of their own, apart from every office; codes give nothing away."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db import transaction

from shishi.adapters.messages.base import DeliveryFailed, Message, Receipt
from shishi.apps.accounts.roles import Action, Role
from shishi.apps.accounts.selectors import may, people, person_named, posts_of
from shishi.apps.accounts.services import add_body, add_person, add_post, make_operator
from shishi.apps.audit.models import AuditEvent
from shishi.apps.audit.selectors import verify
from shishi.apps.citizens import codes
from shishi.apps.citizens.models import Citizen, PhoneCode
from shishi.apps.citizens.selectors import account_of
from shishi.apps.citizens.services import enter_by_login, enter_by_phone, tell_identity
from shishi.apps.citizens.trust import Trust
from shishi.apps.messages.models import Delivery, Short
from shishi.apps.messages.services import channels, post_message, register_channels, send_what_waits
from shishi.core.calendars import day_of
from shishi.core.errors import Misuse, Refused

AT = datetime(2021, 10, 28, 2, tzinfo=UTC)
PHONE, OTHER = "13800005678", "13900001234"
NUMBER = "11010519491231002X"
ISSUER = "https://login.example.gov.cn"


class Phone:
    """A gateway that keeps what it sends."""

    name = "sms"

    def __init__(self) -> None:
        self.sent: list[Message] = []
        self.down = False

    def send(self, message: Message) -> Receipt:
        if self.down:
            raise DeliveryFailed("channel_unreachable", "连不上")
        self.sent.append(message)
        return Receipt("sms", "1")


@pytest.fixture
def phone(db: None, own_folder: Path) -> Iterator[Phone]:
    before = list(channels().values())
    made = Phone()
    register_channels([made])
    yield made
    register_channels(before)


def code_in(message: Message) -> str:
    return message.text.split()[1][:6]


def asked(phone: Phone, at: datetime = AT, number: str = PHONE) -> tuple[str, str]:
    told = codes.ask_code(number, codes.SIGN_IN, at=at)
    send_what_waits(at)
    return told.challenge, code_in(phone.sent[-1])


def test_a_code_opens_once_and_only_for_what_it_was_asked_for(phone: Phone) -> None:
    challenge, code = asked(phone)
    with pytest.raises(Refused, match="已失效"):
        codes.prove(challenge, code, codes.PROGRESS, at=AT)
    assert codes.prove(challenge, code, codes.SIGN_IN, at=AT).phone == PHONE
    with pytest.raises(Refused, match="已失效"):
        codes.prove(challenge, code, codes.SIGN_IN, at=AT)


def test_a_code_is_good_for_ten_minutes_and_five_tries(phone: Phone) -> None:
    challenge, code = asked(phone)
    with pytest.raises(Refused, match="已失效"):
        codes.prove(challenge, code, codes.SIGN_IN, at=AT + timedelta(minutes=10))
    wrong = "000000" if code != "000000" else "000001"
    for _ in range(codes.TRIES):
        with pytest.raises(Refused, match="不对"):
            codes.prove(challenge, wrong, codes.SIGN_IN, at=AT)
    with pytest.raises(Refused, match="已失效"):
        codes.prove(challenge, code, codes.SIGN_IN, at=AT)


def test_neither_the_code_nor_the_number_is_held_in_words(phone: Phone) -> None:
    challenge, code = asked(phone)
    for held in (*PhoneCode.objects.values_list(), *Short.objects.values_list(), *AuditEvent.objects.values_list()):
        assert code not in str(held)
        assert PHONE not in str(held)
    assert Short.objects.get().text == ""
    assert challenge in str(PhoneCode.objects.values_list())


def test_one_number_is_sent_few_codes_whoever_asks(phone: Phone) -> None:
    codes.ask_code(PHONE, codes.SIGN_IN, at=AT)
    with pytest.raises(Refused, match="一分钟"):
        codes.ask_code(PHONE, codes.SIGN_IN, at=AT + timedelta(seconds=30))
    for minute in range(2, 2 + codes.IN_AN_HOUR[codes.SIGN_IN] - 1):
        codes.ask_code(PHONE, codes.SIGN_IN, at=AT + timedelta(minutes=minute))
    with pytest.raises(Refused, match="一小时"):
        codes.ask_code(PHONE, codes.SIGN_IN, at=AT + timedelta(minutes=50))
    codes.ask_code(OTHER, codes.SIGN_IN, at=AT)


def test_who_asks_after_cases_with_somebodys_number_does_not_keep_them_from_signing_in(phone: Phone) -> None:
    for minute in range(codes.IN_AN_HOUR[codes.PROGRESS]):
        codes.ask_code(PHONE, codes.PROGRESS, at=AT + timedelta(minutes=2 * minute), real=False)
    with pytest.raises(Refused, match="一小时"):
        codes.ask_code(PHONE, codes.PROGRESS, at=AT + timedelta(minutes=20), real=True)
    codes.ask_code(PHONE, codes.SIGN_IN, at=AT + timedelta(minutes=20))
    send_what_waits(AT + timedelta(minutes=20))
    assert len(phone.sent) == 1


def test_a_code_that_nobody_was_sent_looks_like_any_other(phone: Phone) -> None:
    told = codes.ask_code(PHONE, codes.PROGRESS, at=AT, real=False)
    send_what_waits(AT)
    assert phone.sent == []
    decoy = Short.objects.get()
    assert (decoy.state, decoy.to, decoy.text) == ("failed", "", ""), "it took the same work, and holds nothing"
    assert (len(told.challenge), told.tail, told.shown) == (32, "5678", "")


def test_a_gateway_that_is_down_is_tried_again_and_what_is_too_late_is_wiped(phone: Phone) -> None:
    phone.down = True
    codes.ask_code(PHONE, codes.SIGN_IN, at=AT)
    send_what_waits(AT)
    held = Short.objects.get()
    assert (held.state, held.attempts) == ("queued", 1)
    phone.down = False
    send_what_waits(AT + timedelta(minutes=1))
    assert len(phone.sent) == 1
    codes.ask_code(OTHER, codes.SIGN_IN, at=AT)
    send_what_waits(AT + timedelta(minutes=11))
    late = Short.objects.exclude(pk=held.pk).get()
    assert (late.state, late.to, late.text) == ("failed", "", "")
    assert len(phone.sent) == 1


def test_without_a_gateway_nobody_is_let_to_wait_for_a_text(db: None, own_folder: Path) -> None:
    before = list(channels().values())
    register_channels([])
    with pytest.raises(Refused, match="没有接通短信"):
        codes.ask_code(PHONE, codes.SIGN_IN, at=AT)
    register_channels(before)


def test_who_holds_a_phone_has_one_account_that_rests_sealed(phone: Phone) -> None:
    person = enter_by_phone(PHONE, AT)
    assert enter_by_phone(PHONE, AT) == person
    account = account_of(person)
    assert (account.phone, account.phone_masked, account.trust) == (PHONE, "138****5678", Trust.PHONE)
    assert PHONE not in str(Citizen.objects.values_list())
    assert verify().broken is None


def test_a_citizen_holds_no_post_and_is_no_person_of_an_office(phone: Phone) -> None:
    operator = make_operator(AT)
    person = enter_by_phone(PHONE, AT)
    assert person not in people()
    assert posts_of(person, day_of(AT)) == ()
    assert not any(may(person, action, "00", "", day_of(AT)) for action in Action)
    with pytest.raises(Misuse, match="没有名为"):
        person_named(person.username)
    add_body(code="b", title="单位", division="341800", ends=None, by=operator, at=AT)
    with pytest.raises(Misuse, match="没有名为"):
        add_post(
            username=person.username, body="b", role=Role.CLERK, divisions=["3418"], programmes=["*"], until=None,
            by=operator, at=AT,
        )  # fmt: skip
    with pytest.raises(Misuse, match="群众账户"):
        add_person(username="citizen.x", name="某人", mail="", demonstration=False, by=operator, at=AT)


def test_what_one_says_of_oneself_proves_nothing_and_what_is_proved_stays(phone: Phone) -> None:
    person = enter_by_phone(PHONE, AT)
    tell_identity(person, "张三", NUMBER, AT)
    assert account_of(person).trust is Trust.PHONE
    with pytest.raises(Refused, match="校验位"):
        tell_identity(person, "张三", NUMBER[:-1] + "1", AT)
    proved = enter_by_login(ISSUER, "p-1", {"name": "李四", "number": NUMBER, "phone": OTHER}, Trust.REAL_NAME, AT)
    assert proved != person, "a number that was only said is no proof that it is the same person"
    tell_identity(proved, "王五", "", AT)
    assert account_of(proved).name == "李四"
    assert verify().broken is None


def test_the_same_login_of_elsewhere_is_the_same_account(phone: Phone) -> None:
    first = enter_by_login(ISSUER, "p-1", {"name": "李四"}, Trust.REAL_NAME, AT)
    again = enter_by_login(ISSUER, "p-1", {"name": "李四", "phone": PHONE}, Trust.REAL_NAME, AT)
    other = enter_by_login("https://other.example", "p-1", {}, Trust.REAL_NAME, AT)
    assert first == again != other
    assert enter_by_phone(PHONE, AT) == first
    assert account_of(first).trust is Trust.REAL_NAME
    with pytest.raises(Misuse, match="没有说明"):
        enter_by_login(ISSUER, "", {}, Trust.REAL_NAME, AT)


def test_a_phone_that_is_anothers_is_left_where_it_is(phone: Phone) -> None:
    owner = enter_by_phone(PHONE, AT)
    comer = enter_by_login(ISSUER, "p-2", {"name": "李四", "phone": PHONE}, Trust.REAL_NAME, AT)
    assert comer != owner
    assert account_of(comer).phone == ""


def test_a_message_reaches_a_citizens_phone_whose_number_stands_in_no_delivery(phone: Phone) -> None:
    person = enter_by_phone(PHONE, AT)
    with transaction.atomic():
        post_message(to=person, key="k", subject="已受理", text="您的申请已受理。", about="case:1", at=AT)
    assert PHONE not in str(Delivery.objects.values_list())
    send_what_waits(AT)
    assert [(message.to, message.subject) for message in phone.sent] == [(PHONE, "已受理")]
