"""Materials 申请材料: what each lacks, what may be promised or follow later, and that nothing is asked for twice."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from shishi.core.criteria import Answer, Criterion
from shishi.core.errors import Issue, Misuse
from shishi.core.labels import Labelled
from shishi.core.processes import Material


class MaterialState(Labelled):
    """Where one material of a case stands. ``held``: the office has it already, so that nobody is asked; ``promised``:
    a promise stands for it 告知承诺; ``later``: it follows within a limit 容缺."""

    LACKING = "lacking", "未提交"
    HELD = "held", "已有，免提交"
    PROMISED = "promised", "已承诺"
    LATER = "later", "容缺后补"
    GIVEN = "given", "已提交"
    FITS = "fits", "已核验"
    RETURNED = "returned", "已退回"
    WAIVED = "waived", "不需要"


ENOUGH = frozenset(
    {
        MaterialState.HELD,
        MaterialState.PROMISED,
        MaterialState.LATER,
        MaterialState.GIVEN,
        MaterialState.FITS,
        MaterialState.WAIVED,
    }
)
"""States in which nothing stands in the way."""
OWED = frozenset({MaterialState.LACKING, MaterialState.RETURNED, MaterialState.LATER})
"""States in which the applicant still has to bring it."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One material as a case asks for it."""

    material: Material
    state: MaterialState = MaterialState.LACKING


def asked_of(materials: Sequence[Material], answer: Callable[[Criterion], Answer]) -> tuple[Material, ...]:
    """The materials that this case asks for: those without a condition, and those whose condition is not ruled out.
    What is not known is asked for, since leaving it out would be deciding."""
    return tuple(item for item in materials if answer(item.when) is not Answer.NOT_MET)


def lacking(asked: Sequence[Asked]) -> tuple[Issue, ...]:
    """What stands in the way of going on: required materials that are neither there nor promised nor to follow. Each
    issue says what could be done instead."""
    return tuple(
        Issue("material_lacking", _message(item.material), field=item.material.code)
        for item in asked
        if item.material.required and item.state not in ENOUGH
    )


def require_promisable(material: Material) -> None:
    """``Misuse`` (material_not_promisable) where no promise may stand for it."""
    if not material.promise:
        raise Misuse("material_not_promisable", f"“{material.title}”不适用告知承诺，请提交原件或电子件。")


def require_deferrable(material: Material) -> None:
    """``Misuse`` (material_not_deferrable) where it may not follow later."""
    if material.later is None:
        raise Misuse("material_not_deferrable", f"“{material.title}”不能容缺后补，请现在提交。")


def named(materials: Sequence[Material], code: str) -> Material:
    """The material of that code. ``Misuse`` (unknown_material) with those that there are."""
    known: Mapping[str, Material] = {item.code: item for item in materials}
    if code not in known:
        ways = "、".join(f"{item.code}（{item.title}）" for item in materials) or "无"
        raise Misuse("unknown_material", f"这件办件没有“{code}”这项材料。材料清单：{ways}。")
    return known[code]


def _message(material: Material) -> str:
    ways = [*(["书面承诺"] if material.promise else []), *(["容缺后补"] if material.later else [])]
    instead = f"，也可以{'或'.join(ways)}" if ways else ""
    issuer = f"（由{material.issuer}出具）" if material.issuer else ""
    return f"还缺“{material.title}”{issuer}，请提交{instead}。"
