"""The entry point ``shishi``. It finds the module of a verb and loads only that one,
so that every command starts quickly.

A command module offers ``configure(verb, parser)``: it adds arguments and sets ``run`` to a function that takes a
:class:`shishi.commands.context.Context` and returns an :class:`shishi.commands.context.Outcome`.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Mapping, Sequence

from shishi import __version__
from shishi.commands.context import Context, print_error, print_outcome, told_gently
from shishi.commands.usage import Parser
from shishi.core.errors import Misuse, Refused, ShishiError

VERBS: Mapping[str, tuple[str, str]] = {
    "init": ("shishi.commands.store", "建立数据文件夹、库和行政区划树，可重复运行"),
    "backup": ("shishi.commands.store", "备份到文件夹（密钥另存）"),
    "restore": ("shishi.commands.store", "从备份恢复"),
    "drill": ("shishi.commands.drill", "演练：备份、另处恢复、比对"),
    "health": ("shishi.commands.drill", "运行状况"),
    "body": ("shishi.commands.people", "单位"),
    "user": ("shishi.commands.people", "人员"),
    "post": ("shishi.commands.people", "岗位：角色、权限范围、截止日"),
    "pack": ("shishi.commands.packs", "清单：检查、安装"),
    "programme": ("shishi.commands.definitions", "重点项目"),
    "process": ("shishi.commands.processes", "流程：检查流程图、列出、查看"),
    "table": ("shishi.commands.definitions", "台账的字段与核查"),
    "division": ("shishi.commands.divisions", "行政区划：按代码或名称查"),
    "ledger": ("shishi.commands.ledger", "台账：模板、报送、导出、撤销"),
    "report": ("shishi.commands.reports", "按期填报：填、审、逐级接收、锁定、齐全率"),
    "assurance": ("shishi.commands.ledger", "佐证与核实状态"),
    "verification": ("shishi.commands.verification", "核实：抽样方案、抽取、到现场核、核实估计"),
    "evidence": ("shishi.commands.evidence", "佐证：照片和文件、还缺什么、一行一档、核对原件"),
    "indicators": ("shishi.commands.figures", "指标：各级数字、目标、序时进度"),
    "why": ("shishi.commands.figures", "一个数字从哪些行来"),
    "difference": ("shishi.commands.differences", "一个数字前后为什么不同，逐行说明"),
    "day": ("shishi.commands.day", "一天的调度：汇总、分析、问题、提示单、简报"),
    "record": ("shishi.commands.work_record", "工作纪实：做了什么"),
    "brief": ("shishi.commands.briefs", "简报：生成、复核"),
    "notice": ("shishi.commands.notices", "工作提示单与督办单"),
    "finding": ("shishi.commands.findings", "调度发现的问题：查看、拟单、说明不发单的理由"),
    "meeting": ("shishi.commands.meetings", "碰头会、调度会的记录与议定事项"),
    "matter": ("shishi.commands.matters", "督办事项：从立项到销号"),
    "visits": ("shishi.commands.visits", "走访巡查：计划、登记结果、现场问题的整改和复查"),
    "device": ("shishi.commands.devices", "采集设备（ODK Collect）：凭证、收到的采集"),
    "case": ("shishi.commands.cases", "办件：登记、待办、办结、补正、时限、异常件"),
    "decision": ("shishi.commands.decisions", "业主共同决定：名册、表决、分摊、异议、记录"),
    "circular": ("shishi.commands.circulars", "通报：拟稿、签批、印发"),
    "publish": ("shishi.commands.publishing", "公开：把一天调度的数字放到公众页面"),
    "unpublish": ("shishi.commands.publishing", "撤下：不再公开某一版，写明原因"),
    "editions": ("shishi.commands.publishing", "公开过的：哪一版公开中、哪一版撤下了"),
    "todo": ("shishi.commands.waiting", "待办：等您办的、您发起的"),
    "inbox": ("shishi.commands.inbox", "收到的消息"),
    "messages": ("shishi.commands.inbox", "消息投递"),
    "client": ("shishi.commands.machines", "接口程序：谁可以用接口，凭证"),
    "webhook": ("shishi.commands.machines", "回调：把发生的事推送给接口程序，失败的重推或放弃"),
    "system": ("shishi.commands.systems", "业务系统：接入统一登录、停用、换密钥"),
    "rating": ("shishi.commands.systems", "差评：核实、整改、回访"),
    "exchange": ("shishi.commands.exchange", "数据交换：参与方、发出与收到的消息、回执、证明"),
    "referral": ("shishi.commands.referrals", "外地转送：别的城市的 Open311 接口，转送和收下的投诉建议"),
    "audit": ("shishi.commands.audit", "审计链：核对"),
    "jobs": ("shishi.commands.jobs", "任务：进度、失败的重试或放弃"),
    "work": ("shishi.commands.jobs", "办理排队的任务，直到被停止"),
    "serve": ("shishi.commands.site", "在本机打开网页"),
    "demo": ("shishi.commands.demo", "用演示数据走完一天"),
    "bench": ("shishi.commands.bench", "测量"),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code (0 done, 1 refused because of the data, 2 wrong use)."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given[:1] == ["--version"]:
        print(__version__)
        return 0
    verb = next((word for word in given if not word.startswith("-")), "")
    if verb not in VERBS:
        _overview(verb)
        return 0 if not verb else 2
    given.remove(verb)
    try:
        parsed = _parse(verb, given)
    except SystemExit as ended:
        return int(ended.code or 0)
    except Misuse as wrong:
        print_error(wrong, "--json" in given)
        return 2
    return _run(parsed)


def _parse(verb: str, given: Sequence[str]) -> argparse.Namespace:
    name, title = VERBS[verb]
    parser = Parser(prog=f"shishi {verb}", description=title)
    importlib.import_module(name).configure(verb, parser)
    return parser.parse_args(given)


def _run(parsed: argparse.Namespace) -> int:
    wants_json = bool(getattr(parsed, "json", False))
    try:
        if parsed.needs_store:
            _start_django()
        outcome = parsed.run(Context(parsed))
        print_outcome(outcome, wants_json)
    except ShishiError as error:
        print_error(error, wants_json)
        return 1 if isinstance(error, Refused) else 2
    except BrokenPipeError:
        # The reader closed the pipe (`| head`): what was done is done; leave without a traceback.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        print("已中断，未完成的写入没有留下。", file=sys.stderr)
        return 130
    except Exception as fault:
        gentle = told_gently(fault)
        if gentle is None:
            raise
        print_error(gentle, wants_json)
        return 1 if isinstance(gentle, Refused) else 2
    return int(outcome.exit_code)


def _start_django() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shishi.conf.settings")
    import django

    django.setup()
    from shishi.commands.context import require_same_store, store_is_ready

    if not store_is_ready():
        raise Misuse("store_missing", "数据文件夹还没有建立。先运行 shishi init。")
    require_same_store()


def _overview(verb: str) -> None:
    out = sys.stderr if verb else sys.stdout
    if verb:
        print(f"没有“{verb}”这个命令。", file=out)
    print("shishi 实事：从承诺到兑现。用法：shishi 命令 [参数]，每个命令加 --help 看说明。\n", file=out)
    for name, (_, title) in VERBS.items():
        print(f"  {name:<12}{title}", file=out)


if __name__ == "__main__":
    sys.exit(main())
