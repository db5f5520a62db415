"""Everything that creates over the interface is done once under its key: asked of every such operation that the
document names, so that none can be added without."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import get_resolver

from shishi.apps.audit.selectors import last_event, verify
from shishi.apps.cases.completing import complete_task
from shishi.apps.cases.models import CaseRow, TaskRow
from shishi.apps.cases.rating_loop import correct_rating, verify_rating
from shishi.apps.machines.models import Hook
from shishi.web.api.examples import EXAMPLES
from shishi.web.api.interface import interface
from tests.apps.case_town import HOMES, XUANZHOU
from tests.web.api.interface_town import InterfaceTown, Program

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
ORIGIN = "https://hotline.example.gov.cn"
COMPLAINT = {
    "process": "complaint",
    "programme": HOMES,
    "division": XUANZHOU,
    "applicant": {"name": "王五", "phone": "13800001234"},
    "answers": {"类型": "投诉", "标题": "办证太慢", "内容": "等了三个月。"},
}
PERMIT = {
    "process": "permit",
    "division": XUANZHOU,
    "applicant": {"name": "李四", "phone": "13800001111"},
    "answers": {"number": "H-01", "county": XUANZHOU},
}
REPEATED = {"task-claim": "taking it again changes nothing", "hook-end": "so does ending", "hook-replay": "and asking"}
"""What is sent without a key, since its repetition changes nothing."""


@dataclass
class Scene:
    """What is sent where."""

    path: str
    told: Any = field(default_factory=dict)


def now() -> datetime:
    return datetime.now(UTC)


def opened(program: Program, told: dict[str, Any]) -> str:
    answer = program.post("/cases/", told, f"scene-{CaseRow.objects.count()}-key")
    assert answer.status_code == 201, answer.content.decode()
    return str(answer.json()["number"])


def task(number: str) -> int:
    return TaskRow.objects.get(case__number=number, state="open", kind="work").pk


def decided(town: InterfaceTown, program: Program) -> str:
    """A complaint that was answered."""
    number = opened(program, COMPLAINT)
    steps: tuple[tuple[Any, str, dict[str, Any]], ...] = (
        (town.window, "accept", {}),
        (town.window, "", {"body": "宣州区"}),
        (town.window, "done", {"reply": "已办好。"}),
        (town.reviewer, "approve", {}),
    )
    for person, outcome, answers in steps:
        complete_task(task(number), outcome, answers=answers, by=person, at=now())
    return number


def rated(town: InterfaceTown, program: Program, *steps: Callable[..., object]) -> str:
    """A complaint with a bad rating, answered so far."""
    number = decided(town, program)
    assert (
        program.post(f"/cases/{number}/rating/", {"score": 5}, f"bad-rating-{number}".encode().hex()).status_code == 201
    )
    for step in steps:
        step(number, "看过了", by=town.window, at=now())
    return number


def given(program: Program) -> str:
    number = opened(program, PERMIT)
    answer = sent(program, Scene(f"/cases/{number}/materials/title/file/", file()), f"given-{number}".encode().hex())
    assert answer.status_code == 201, answer.content.decode()
    return number


def file() -> dict[str, Any]:
    return {"file": ("证明.pdf", PDF)}


SCENES: dict[str, Callable[[InterfaceTown, Program], Scene]] = {
    "case-new": lambda town, program: Scene("/cases/", COMPLAINT),
    "case-comment": lambda town, program: Scene(f"/cases/{opened(program, COMPLAINT)}/comments/", {"text": "已联系。"}),
    "task-complete": lambda town, program: Scene(
        f"/tasks/{task(opened(program, COMPLAINT))}/complete/", {"outcome": "accept"}
    ),
    "hook-new": lambda town, program: Scene("/hooks/", {"url": f"{ORIGIN}/told", "topics": ["case."]}),
    "material-give": lambda town, program: Scene(f"/cases/{opened(program, PERMIT)}/materials/title/file/", file()),
    "material-promise": lambda town, program: Scene(
        f"/cases/{opened(program, PERMIT)}/materials/pledge/promise/", EXAMPLES["PromiseIn"]
    ),
    "material-later": lambda town, program: Scene(f"/cases/{opened(program, PERMIT)}/materials/plan/later/"),
    "material-check": lambda town, program: Scene(f"/cases/{given(program)}/materials/title/check/", {"fits": True}),
    "rating-new": lambda town, program: Scene(f"/cases/{decided(town, program)}/rating/", {"score": 2}),
    "rating-verify": lambda town, program: Scene(f"/cases/{rated(town, program)}/rating/verify/", {"text": "属实"}),
    "rating-correct": lambda town, program: Scene(
        f"/cases/{rated(town, program, verify_rating)}/rating/correct/", {"text": "已改"}
    ),
    "rating-tell": lambda town, program: Scene(
        f"/cases/{rated(town, program, verify_rating, correct_rating)}/rating/feed-back/",
        {"text": "已告知", "way": "phone"},
    ),
}


def sent(program: Program, scene: Scene, key: str = "") -> Any:
    """As JSON, or as a form with a file."""
    if "file" not in scene.told:
        return program.post(scene.path, scene.told, key)
    headers = {"authorization": f"Bearer {program.made.token}"} | ({"idempotency-key": key} if key else {})
    files = {name: SimpleUploadedFile(*told, "application/pdf") for name, told in scene.told.items()}
    return program.browser.post(f"/api/v1{scene.path}", files, headers=headers)


def operations() -> dict[str, dict[str, Any]]:
    """Every operation that writes, by the name of its address."""
    assert get_resolver().url_patterns  # the addresses of the site are read first: they are where the routers join
    found = {}
    for bound in interface._get_bound_routers():
        for view in bound.path_operations.values():
            for operation in view.operations:
                if "GET" not in operation.methods:
                    found[str(operation.url_name)] = dict(operation.openapi_extra or {})
    return found


def keyed() -> set[str]:
    return {
        name
        for name, extra in operations().items()
        if any(item["name"] == "Idempotency-Key" and item["required"] for item in extra.get("parameters", ()))
    }


@pytest.fixture(autouse=True)
def allowed(settings: Any) -> None:
    settings.WEBHOOKS = frozenset({ORIGIN})


def test_every_operation_that_writes_wants_a_key_or_says_why_it_needs_none() -> None:
    assert set(operations()) == keyed() | set(REPEATED)
    assert not keyed() & set(REPEATED)
    assert keyed() == set(SCENES), "each has a scene of its own below"


@pytest.fixture
def busy(town: InterfaceTown) -> Program:
    """A program that may ask often."""
    return Program(town.program("busy", per_minute=6000))


def test_without_a_key_nothing_is_created_and_with_it_once(town: InterfaceTown, busy: Program) -> None:
    for name, made in SCENES.items():
        scene, key = made(town, busy), f"one-key-for-{name}"
        before = last_event()
        refused = sent(busy, scene)
        assert (refused.status_code, refused.json()["code"]) == (400, "key_missing"), name
        assert sent(busy, scene, "a key").json()["code"] == "key_malformed"
        assert last_event() == before, "nothing happened"
        first = sent(busy, scene, key)
        assert first.status_code in (200, 201), (name, first.content.decode())
        assert "Idempotency-Replayed" not in first
        done = last_event()
        assert done > before
        again = sent(busy, scene, key)
        assert (again.status_code, again.content) == (first.status_code, first.content), name
        assert again["Idempotency-Replayed"] == "true"
        assert last_event() == done, "nothing happened twice"
    assert verify().broken is None


def test_a_key_stands_for_one_thing_sent_to_one_place(town: InterfaceTown, busy: Program) -> None:
    assert busy.post("/cases/", {**COMPLAINT, "title": "另一件"}, "a-key-of-another").status_code == 201
    for name, made in SCENES.items():
        scene = made(town, busy)
        before = last_event()
        refused = sent(busy, scene, "a-key-of-another")
        assert (refused.status_code, refused.json()["code"]) == (422, "key_reused"), name
        assert last_event() == before


def test_what_needs_no_key_changes_nothing_when_it_is_repeated(town: InterfaceTown, program: Program) -> None:
    number = task(opened(program, COMPLAINT))
    hook = program.post("/hooks/", {"url": f"{ORIGIN}/told", "topics": ["case."]}, "a-hook-for-it").json()["hook"]
    for path in (f"/tasks/{number}/claim/", f"/hooks/{hook}/end/"):
        first = program.post(path, {})
        held = last_event()
        again = program.post(path, {})
        assert (again.status_code, again.content, last_event()) == (200, first.content, held)
    assert Hook.objects.count() == 1


def test_a_file_sent_under_the_same_key_with_other_bytes_is_another_thing(program: Program) -> None:
    number = opened(program, PERMIT)
    path = f"/cases/{number}/materials/title/file/"
    assert sent(program, Scene(path, file()), "one-file-key").status_code == 201
    refused = sent(program, Scene(path, {"file": ("证明.pdf", PDF + b"%\n")}), "one-file-key")
    assert (refused.status_code, refused.json()["code"]) == (422, "key_reused")


def test_the_document_has_an_example_of_every_shape_and_each_has_it(db: None) -> None:
    document = Client(SERVER_NAME="localhost").get("/api/openapi.json").json()
    shapes = document["components"]["schemas"]
    plain = {name for name in shapes if not name.endswith("Params") and "properties" in shapes[name]}
    forms = {name for name in plain if shapes[name].get("title", "").startswith(("FileParams", "MultiPart"))}
    assert plain - forms - set(EXAMPLES) == set()
    for name in plain - forms:
        (example,) = shapes[name]["examples"]
        told = set(example)
        assert told == set(shapes[name]["properties"]), name
        assert set(shapes[name].get("required", ())) <= told


def test_every_refusal_of_the_document_is_told_with_its_code(db: None) -> None:
    document = Client(SERVER_NAME="localhost").get("/api/openapi.json").json()
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            refusals = {status for status in operation["responses"] if status >= "400"}
            assert {"401", "403", "404", "429"} <= refusals, (path, method)
            for status in refusals:
                content = operation["responses"][status]["content"]["application/json"]
                assert content["schema"] == {"$ref": "#/components/schemas/Trouble"}
                for code, example in content["examples"].items():
                    assert example["value"]["code"] == code
            assert ("415" in refusals) == ("requestBody" in operation)
    assert document["webhooks"]["event"]["post"]["requestBody"]["content"]
