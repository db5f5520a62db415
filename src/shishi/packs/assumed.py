"""What a pack holds as not verified: shown to everybody who installs it, so that no assumption passes for a rule."""

from __future__ import annotations

from collections.abc import Iterator

from shishi.core.gaming import USUAL
from shishi.core.processes import Process
from shishi.core.programmes import Pack, Programme
from shishi.core.verification import PROPOSED


def assumed(pack: Pack) -> tuple[str, ...]:
    """One line for each thing of the pack that says ``verified: false``, in the order of its folder."""
    return tuple(_of_pack(pack))


def _of_pack(pack: Pack) -> Iterator[str]:
    yield from (f"单位：{entry.title}" for entry in pack.bodies if not entry.verified)
    yield from (f"区划变更：{change.code} {change.name}" for change in pack.division_changes if not change.verified)
    for process in pack.processes:
        for line in _of_process(process):
            yield f"流程“{process.title}”：{line}"
    for programme in pack.programmes:
        for line in _of_programme(programme):
            yield f"{programme.title}：{line}"


def _of_process(process: Process) -> Iterator[str]:
    limits = [(f"环节“{step.title}”的时限", step.limit) for step in process.steps]
    limits += [(f"环节“{step.title}”的承诺时限", step.promised) for step in process.steps]
    limits += [("办件的时限", process.clocks.legal), ("办件的承诺时限", process.clocks.promised)]
    limits += [("办件可以延长的时限", process.clocks.extension)]
    for timer in process.timers:
        node = process.nodes[timer.element]
        limits.append((f"定时“{node.title or node.id}”", timer.after))
    for what, limit in limits:
        if limit is not None and not limit.verified:
            yield f"{what}（{limit.basis or '没有写依据'}）"


def _of_programme(programme: Programme) -> Iterator[str]:
    titles = {item.code: item.title for item in programme.indicators}
    yield from (f"来源 {source.title}" for source in programme.sources if not source.verified)
    yield from (
        f"目标“{titles.get(tree.indicator, tree.indicator)}”（{tree.document}）"
        for tree in programme.targets
        if not tree.verified
    )
    yield from (
        f"序时进度“{titles.get(path.indicator, path.indicator)}”（{path.source}）"
        for path in programme.trajectories
        if not path.verified
    )
    small = programme.publishing and programme.publishing.small_numbers
    if small and not small.verified:
        yield f"小数保护：小于 {small.minimum} 的人数不显示到县"
    yield from (f"督办阶梯 {rung.kind}：{rung.reply_within} 个工作日" for rung in programme.ladder if not rung.verified)
    if programme.verification != PROPOSED and not programme.verification.verified:
        yield f"核实：置信水平 {programme.verification.confidence}，误差 {programme.verification.margin}"
    if programme.gaming != USUAL and not programme.gaming.verified:
        yield "疑似虚报的界限"
