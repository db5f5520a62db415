"""``notice reply --workbook``: the reply and the hand-in that it came with, both or neither."""

from __future__ import annotations

from shishi.commands.context import Context, Outcome
from shishi.commands.hand_ins import refused_outcome
from shishi.commands.notice_views import notice_document, notice_line
from shishi.commands.pacing import stages
from shishi.core.errors import Misuse, Refused


def reply_by_workbook(context: Context) -> Outcome:
    """Receive the workbook as ``ledger import`` does, and reply with its batch; ``batch`` and ``counts`` stand beside
    the notice in the document."""
    from shishi.apps.divisions.selectors import find_division
    from shishi.apps.ledger.intake import HandIn
    from shishi.apps.programmes.selectors import table_named
    from shishi.apps.supervision.replying import Reply, reply_with_workbook
    from shishi.apps.supervision.selectors import notice_of
    from shishi.core.ledger import Mode

    given = context.arguments
    if not given.table or not given.as_of:
        raise Misuse("usage", "附工作簿要用 --table 写明是哪张台账，用 --as-of 写明截至日。")
    if not given.workbook.is_file():
        raise Misuse("file_missing", f"找不到文件 {given.workbook}。")
    view = notice_of(context.by, given.id, at=context.at)
    named = [item.division for item in view.recipients if given.body in ("", item.body)]
    own = named[0] if len(named) == 1 else ""
    division = find_division(given.division).code if given.division else own
    programme, table = table_named(given.table, given.as_of)
    hand_in = HandIn(programme, table, given.workbook, given.as_of, Mode.MERGE, division)
    said = Reply(str(view.id), given.body, given.text)
    try:
        with stages() as told:
            done = reply_with_workbook(said, hand_in, by=context.by, at=context.at, progress=told)
    except Refused as refused:
        return refused_outcome(hand_in, refused, given.marked)
    after = notice_of(context.by, given.id, at=context.at)
    counts = {"rows": done.rows, "posted": done.posted, "revised": done.revised, "withdrawn": done.withdrawn}
    lines = [
        f"{given.workbook.name} 已接收：{done.rows} 行，新增 {done.posted}，更新 {done.revised}，撤下 {done.withdrawn}。",
        f"批次 {done.batch}",
        notice_line(after),
    ]
    return Outcome({**notice_document(after), "batch": done.batch, "counts": counts}, lines)
