"""Reading who citizens are. A citizen's own account is theirs to see; nobody else's page asks for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC

from shishi.apps.accounts.models import Person
from shishi.apps.accounts.services import CITIZENS
from shishi.apps.audit import chain
from shishi.apps.citizens.models import Citizen, System
from shishi.apps.citizens.sealing import NUMBER, PHONE, digest, plain
from shishi.apps.citizens.trust import Trust
from shishi.apps.messages.services import CITIZENS_CHANNEL
from shishi.core.errors import Misuse


@dataclass(frozen=True, slots=True)
class Account:
    """A citizen's own account. ``phone`` and ``number`` are plain: for the account's holder, and for what they hand in
    themselves."""

    uid: str
    username: str
    name: str
    phone: str = field(repr=False)
    number: str = field(repr=False)
    trust: Trust

    @property
    def phone_masked(self) -> str:
        """As it is shown: 138****1234."""
        return f"{self.phone[:3]}****{self.phone[-4:]}" if self.phone else ""

    @property
    def number_masked(self) -> str:
        """The first six and the last four."""
        return f"{self.number[:6]}{'*' * (len(self.number) - 10)}{self.number[-4:]}" if len(self.number) > 10 else ""


def account_of(person: Person) -> Account:
    """The account of a signed-in citizen; ``Misuse`` (unknown_citizen) for people of the offices."""
    held = Citizen.objects.filter(person=person).first() if person.citizen else None
    if held is None:
        raise Misuse("unknown_citizen", "没有这个群众账户。请用手机验证码登录。")
    number, phone = plain(held.number, NUMBER), plain(held.phone, PHONE)
    return Account(held.uid, person.username, held.name, phone, number, Trust(held.trust))


def person_by_phone(phone: str) -> Person | None:
    """Whose phone it is; for whoever has proved to hold it."""
    held = Citizen.objects.filter(phone_digest=digest(phone, PHONE)).select_related("person").first() if phone else None
    return held.person if held else None


def person_by_uid(uid: str) -> Person | None:
    """Whose unified id it is, while the account is in use."""
    held = Citizen.objects.filter(uid=uid, person__is_active=True).select_related("person").first()
    return held.person if held else None


def phone_behind(channel: str, address: str) -> str:
    """The number behind the address of a delivery to a citizen; any other address as it is."""
    if channel != CITIZENS_CHANNEL or not address.startswith(CITIZENS):
        return address
    held = Citizen.objects.filter(uid=address.removeprefix(CITIZENS)).first()
    return plain(held.phone, PHONE) if held else address


def systems() -> tuple[System, ...]:
    """The outside systems in use, by code."""
    return tuple(System.objects.filter(ended_at__isnull=True).order_by("code"))


def system_coded(code: str) -> System:
    """``Misuse`` (unknown_system) for none in use."""
    held = System.objects.filter(code=code, ended_at__isnull=True).first()
    if held is None:
        raise Misuse("unknown_system", "没有接入这个业务系统。请按办事指南写的方式办理。")
    return held


def any_system(code: str) -> System | None:
    """In use or ended; ``None`` for one that never was."""
    return System.objects.filter(code=code).first()


def system_of_client(client: str) -> System | None:
    """The system in use that holds this client of the login provider."""
    return System.objects.filter(client=client, ended_at__isnull=True).first()


def facts_of(held: Citizen) -> dict[str, object]:
    """What stays of an account whatever is learnt of its holder: whose it is and since when."""
    return {"uid": held.uid, "person": held.person_id, "made_at": held.made_at.astimezone(UTC).isoformat()}


def known_of(held: Citizen) -> dict[str, object]:
    """What is known of the holder now, as the trail tells it: digests, no numbers."""
    return {"number": held.number_digest, "phone": held.phone_digest, "trust": held.trust}


def digest_of_citizen(identifier: str) -> str | None:
    """Recomputed from what is stored now."""
    held = Citizen.objects.filter(uid=identifier).first()
    return chain.digest(facts_of(held)) if held else None


def citizen_identifiers() -> Iterator[str]:
    """The unified id of every account."""
    return iter(Citizen.objects.order_by("pk").values_list("uid", flat=True))


def facts_of_system(held: System) -> dict[str, object]:
    """What the trail tells of an outside system."""
    return {
        "code": held.code,
        "title": held.title,
        "client": held.client,
        "starts_at": held.starts_at,
        "logout_at": held.logout_at,
        "trust": held.trust,
    }


def digest_of_system(identifier: str) -> str | None:
    """Recomputed from what is stored now."""
    held = System.objects.filter(code=identifier).first()
    return chain.digest(facts_of_system(held)) if held else None


def system_identifiers() -> Iterator[str]:
    """The code of every outside system."""
    return iter(System.objects.order_by("pk").values_list("code", flat=True))
