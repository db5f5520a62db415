"""Reading joint decisions: by who reaches the place, or by an owner with the code of the ballot."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from uuid import UUID

from django.db.models import Q

from shishi.adapters.crypto.base import Cipher
from shishi.apps.accounts.models import Person
from shishi.apps.accounts.roles import Action
from shishi.apps.accounts.selectors import lying_in, may, reaches
from shishi.apps.decisions.models import BallotCode, DecisionLine, DecisionRow, HoldingRow
from shishi.apps.decisions.terms import amount, coefficients_of, threshold_of
from shishi.core.calendars import day_of
from shishi.core.cost_sharing import CostTable, Paying, share_cost
from shishi.core.errors import Misuse, Refused
from shishi.core.joint_decisions import Holding, HoldingKind, Stand, Tally, Threshold, tally, voters

PURPOSE = "decision ballot"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of what happened."""

    position: int
    kind: str
    voter: str
    stand: Stand | None
    way: str
    text: str
    evidence: str
    about: int | None
    person: str
    at: datetime
    digest: str


@dataclass(frozen=True, slots=True)
class Voter:
    """A person who counts, with homes, masked name, and the last that was said."""

    code: str
    name: str
    holdings: tuple[Holding, ...]
    last: Line | None

    @property
    def units(self) -> str:
        """The homes, as people call them."""
        return "、".join(holding.unit for holding in self.holdings)

    @property
    def may_speak(self) -> bool:
        """Whether somebody can speak for every one of the homes."""
        return all(holding.may_speak for holding in self.holdings)


@dataclass(frozen=True, slots=True)
class DecisionView:
    """A joint decision as it stands at a moment."""

    row: DecisionRow
    holdings: tuple[Holding, ...]
    names: dict[str, str]
    lines: tuple[Line, ...]
    on: date

    @property
    def uuid(self) -> UUID:
        """Its identity."""
        return self.row.uuid

    @property
    def threshold(self) -> Threshold:
        """What it takes."""
        return threshold_of(self.row.rule)

    @property
    def said(self) -> dict[str, Line]:
        """The last ballot of everybody who is on the register now; of who sold meanwhile nothing counts."""
        current = voters(self.holdings)
        return {line.voter: line for line in self.lines if line.kind == "ballot" and line.voter in current}

    @property
    def voters(self) -> tuple[Voter, ...]:
        """Everybody who counts."""
        said = self.said
        return tuple(
            Voter(code, self.name_of(held[0]), held, said.get(code)) for code, held in voters(self.holdings).items()
        )

    @property
    def tally(self) -> Tally | None:
        """The count as it is now; ``None`` while the register does not stand."""
        stands = {voter: line.stand for voter, line in self.said.items() if line.stand is not None}
        try:
            return tally(self.holdings, stands, self.threshold)
        except Refused:
            return None

    @property
    def costs(self) -> CostTable | None:
        """Who pays how much; ``None`` while no cost is told."""
        terms = self.row.terms
        if not terms.get("cost") or not self.holdings:
            return None
        homes = [Paying(item.unit, item.floor, item.area) for item in self.holdings]
        told = {name: amount(terms.get(name)) for name in ("cost", "subsidy", "investment")}
        return share_cost(homes, coefficients=coefficients_of(terms), **told)

    @property
    def objections(self) -> tuple[tuple[Line, tuple[Line, ...]], ...]:
        """Each objection with what was done about it."""
        answers = [line for line in self.lines if line.kind in ("mediation", "settled")]
        return tuple(
            (line, tuple(answer for answer in answers if answer.about == line.position))
            for line in self.lines
            if line.kind == "objection"
        )

    @property
    def open_objections(self) -> int:
        """How many are not settled."""
        return sum(1 for _line, answers in self.objections if not any(item.kind == "settled" for item in answers))

    def name_of(self, holding: Holding) -> str:
        """Whose the home is, masked."""
        if not holding.owners:
            return HoldingKind.UNKNOWN.label
        return "、".join(masked(self.names.get(owner, owner)) for owner in holding.owners)


def masked(name: str) -> str:
    """The family name, and how long the rest is."""
    return name[:1] + "＊" * max(1, len(name) - 1) if len(name) <= 4 else name


def decisions_for(person: Person, *, at: datetime, offset: int = 0, limit: int = 50) -> Sequence[DecisionRow]:
    """The decisions within reach, the newest first."""
    places = Q(pk__in=[])
    for reach in reaches(person, Action.READ, day_of(at)):
        found = lying_in("division", reach.divisions)
        places |= found if "*" in reach.programmes else found & Q(programme__in=reach.programmes)
    return list(DecisionRow.objects.filter(places).order_by("-pk")[offset : offset + limit])


def decision_for(person: Person, uuid: UUID, *, at: datetime) -> DecisionView:
    """The decision of that identity; ``Misuse`` (``unknown_decision``) also for one beyond reach."""
    row = DecisionRow.objects.filter(uuid=uuid).first()
    if row is None or not may(person, Action.READ, row.division, row.programme, day_of(at)):
        raise unknown_decision()
    return view_of(row, day_of(at))


def decision_of_case(case: UUID, *, at: datetime) -> DecisionView | None:
    """The decision that a case asked for."""
    row = DecisionRow.objects.filter(case=case).first()
    return view_of(row, day_of(at)) if row else None


def decision_by_code(code: str, cipher: Cipher, *, at: datetime) -> tuple[DecisionView, str]:
    """The decision and the voter of a ballot's code; ``Misuse`` (``unknown_decision``) for a code that is none, or of
    somebody who is not on the register any more."""
    held = BallotCode.objects.filter(digest=cipher.digest(plain_code(code), PURPOSE)).select_related("decision").first()
    if held is None:
        raise unknown_decision()
    view = view_of(held.decision, day_of(at))
    if held.voter not in voters(view.holdings):
        raise unknown_decision()
    return view, held.voter


def plain_code(code: str) -> str:
    """A code as it was made, however it was typed."""
    return "".join(sign for sign in code.upper() if sign.isalnum())


def unknown_decision() -> Misuse:
    """Nothing of that name is told to this person."""
    return Misuse("unknown_decision", "没有这项表决，或它不在您的范围内。请核对编号或表决票上的号码。")


def view_of(row: DecisionRow, on: date) -> DecisionView:
    """As it stands on that day."""
    held = list(row.holdings.order_by("pk"))
    newest = max((item.generation for item in held), default=0)
    current: dict[str, HoldingRow] = {}
    for item in held:
        if item.generation == newest and (item.since is None or item.since <= on):
            current[item.unit] = item
    holdings = tuple(_holding(item) for item in sorted(current.values(), key=lambda item: (item.floor, item.unit)))
    names = {owner["code"]: owner["name"] for item in held for owner in item.owners}
    lines = tuple(_line(line) for line in row.lines.order_by("position"))
    return DecisionView(row, holdings, names, lines, on)


def _holding(row: HoldingRow) -> Holding:
    owners = tuple(owner["code"] for owner in row.owners)
    kind = HoldingKind(row.kind)
    return Holding(row.unit, row.floor, row.area, owners, kind, row.representative, row.since)


def _line(row: DecisionLine) -> Line:
    stand = Stand(row.stand) if row.stand else None
    return Line(
        row.position,
        row.kind,
        row.voter,
        stand,
        row.way,
        row.text,
        row.evidence,
        row.about,
        row.person,
        row.at,
        row.digest,
    )


def digest_of_line(row: DecisionLine, before: str) -> str:
    """SHA-256 over the line and the digest of the one before."""
    told = [
        before, str(row.decision.uuid), row.position, row.kind, row.voter, row.stand, row.way, row.text, row.evidence,
        row.evidence_sha256, row.about, row.person, row.at.astimezone(UTC).isoformat(),
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()


def recomputed_line_digest(identifier: str) -> str | None:
    """What the trail asks: the digest of a line made anew from everything up to it; ``None`` when it is not there."""
    uuid, _, position = identifier.rpartition("/")
    before = ""
    for row in DecisionLine.objects.filter(decision__uuid=uuid, position__lte=position).order_by("position"):
        before = digest_of_line(row, before)
        if row.position == int(position):
            return before
    return None


def line_identifiers() -> tuple[str, ...]:
    """Every line, as the trail calls it."""
    found = DecisionLine.objects.order_by("pk").values_list("decision__uuid", "position")
    return tuple(f"{uuid}/{position}" for uuid, position in found)


def recomputed_protocol_digest(identifier: str) -> str | None:
    """The digest of a frozen protocol."""
    row = DecisionRow.objects.filter(uuid=identifier, protocol__isnull=False).first()
    return protocol_digest(row.protocol) if row else None


def protocol_identifiers() -> tuple[str, ...]:
    """Every frozen protocol."""
    found = DecisionRow.objects.filter(protocol__isnull=False).values_list("uuid", flat=True)
    return tuple(map(str, found))


def protocol_digest(protocol: object) -> str:
    """SHA-256 of the canonical JSON."""
    text = json.dumps(protocol, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
