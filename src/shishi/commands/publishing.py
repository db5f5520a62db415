"""``publish``: let everybody see the figures of a day's stocktake; ``unpublish``: take an edition down."""

from __future__ import annotations

import argparse

from shishi.commands.context import Context, Outcome, day, prepare


def configure(verb: str, parser: argparse.ArgumentParser) -> None:
    """Arguments of ``publish`` and ``unpublish``."""
    if verb == "unpublish":
        prepare(parser, _unpublish, writes=True)
        parser.add_argument("programme", help="项目")
        parser.add_argument("--as-of", type=day, required=True, help="截至哪一天的")
        parser.add_argument("--edition", type=int, help="这一天的第几版；不写为最新一版")
        parser.add_argument("--reason", required=True, help="为什么撤下；会写在公众页面上")
        return
    prepare(parser, _publish, writes=True)
    parser.add_argument("programme", nargs="?", help="项目；不写则公开这一天调度过、清单允许公开的全部项目")
    parser.add_argument("--as-of", type=day, required=True, help="哪一天的调度")


def _publish(context: Context) -> Outcome:
    from shishi.apps.publishing.services import publish

    given = context.arguments
    names = [given.programme] if given.programme else _publishable(context)
    documents, lines = [], []
    for name in names:
        edition, made = publish(name, given.as_of, by=context.by, at=context.at)
        documents.append(
            {
                "programme": edition.content.programme,
                "as_of": edition.as_of.isoformat(),
                "edition": edition.number,
                "known_at": edition.known_at.isoformat(),
                "digest": edition.digest,
                "status": "published" if made else "unchanged",
            }
        )
        word = f"公开了第 {edition.number} 版" if made else f"与第 {edition.number} 版相同，没有变动"
        lines.append(f"{edition.content.title}　截至 {edition.as_of}：{word}。")
    return Outcome(documents[0] if given.programme else documents, lines)


def _unpublish(context: Context) -> Outcome:
    from shishi.apps.publishing.services import take_down

    given = context.arguments
    taken, done = take_down(
        given.programme, given.as_of, reason=given.reason, number=given.edition, by=context.by, at=context.at
    )
    edition = taken.edition
    document = {
        "programme": edition.programme,
        "as_of": edition.as_of.isoformat(),
        "edition": edition.number,
        "reason": taken.reason,
        "status": "taken_down" if done else "unchanged",
    }
    word = "已撤下" if done else "早已撤下"
    line = f"{edition.content['title']}　截至 {edition.as_of} 第 {edition.number} 版：{word}（{taken.reason}）。"
    return Outcome(document, [line])


def _publishable(context: Context) -> list[str]:
    from shishi.apps.programmes.selectors import programmes
    from shishi.apps.supervision.selectors import looks
    from shishi.core.errors import Misuse

    as_of = context.arguments.as_of
    names = [
        item.name
        for _, item in programmes()
        if item.publishing
        and (item.publishing.since or as_of) <= as_of
        and as_of in looks(item.name, as_of, context.at)
    ]
    if not names:
        message = f"{as_of} 没有可以公开的项目：先在清单里写 publishing，再运行 shishi day {as_of}。"
        raise Misuse("nothing_to_publish", message)
    return names
