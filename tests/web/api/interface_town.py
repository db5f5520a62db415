"""A town whose pack takes complaints, and a program that may work on them."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.test import Client

from shishi.apps.accounts.roles import Role
from shishi.apps.ledger.selectors import holds_rows
from shishi.apps.machines.clients import MadeClient, make_client
from shishi.apps.programmes.services import install_pack
from shishi.packs.loading import load_pack
from tests.apps.case_town import BEGIN, XUANZHOU, CaseTown

LITTLE = Path(__file__).parents[2] / "little_pack"


class InterfaceTown(CaseTown):
    """Programs live today, whatever day a town has."""

    def __init__(self, folder: Path, code_list: Path) -> None:
        super().__init__(folder, code_list)
        copy = folder / "pack"
        shutil.copytree(LITTLE, copy)
        listed = (copy / "pack.yaml").read_text(encoding="utf-8")
        (copy / "pack.yaml").write_text(f"{listed}\nprocesses: [complaint]\n", encoding="utf-8")
        told = {"by": self.operator, "at": self.tick()}
        install_pack(load_pack(copy), effective_on=BEGIN.date(), holds_rows=holds_rows, **told)

    def program(
        self, username: str = "hotline", division: str = XUANZHOU, role: Role = Role.CLERK, **told: Any
    ) -> MadeClient:
        """A client that acts as a clerk, or as somebody else."""
        self.person(username, "xuanzhou", role, division)
        now = datetime.now(UTC)
        until = now.date() + timedelta(days=30)
        return make_client(username, "12345 热线", until, by=self.operator, at=now, **told)


class Program:
    """What a program does: it asks over https, with its token."""

    def __init__(self, made: MadeClient) -> None:
        self.made = made
        self.browser = Client(SERVER_NAME="localhost", enforce_csrf_checks=True)

    def get(self, path: str, **headers: str) -> Any:
        return self.browser.get(f"/api/v1{path}", headers={"authorization": f"Bearer {self.made.token}", **headers})

    def post(self, path: str, told: object, key: str = "") -> Any:
        headers = {"authorization": f"Bearer {self.made.token}"} | ({"idempotency-key": key} if key else {})
        return self.browser.post(f"/api/v1{path}", json.dumps(told), content_type="application/json", headers=headers)
