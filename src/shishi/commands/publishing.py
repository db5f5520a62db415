"""``publish``: let everybody see the figures of a day's stocktake; ``unpublish``: take an edition down; ``editions``:
what was public."""

from __future__ import annotations

import argparse

from shishi.commands.context import Context, Outcome, day, prepare


def configure(verb: str, parser: argparse.ArgumentParser) -> None:
    """Arguments of ``publish``, ``unpublish`` and ``editions``."""
    if verb == "editions":
        prepare(parser, _editions)
        parser.add_argument("programme", nargs="?", help="项目；不写则列出可以公开的全部项目")
        return
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
    parser.add_argument("--dry-run", action="store_true", help="只看会公开什么、和现在公开的比变了什么，不公开")


def _publish(context: Context) -> Outcome:
    from shishi.apps.publishing.services import publish

    given = context.arguments
    names = [given.programme] if given.programme else _publishable(context)
    if given.dry_run:
        told = [_previewed(context, name) for name in names]
        return Outcome([item for item, _ in told] if not given.programme else told[0][0], [line for _, line in told])
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


def _previewed(context: Context, name: str) -> tuple[dict[str, object], str]:
    from shishi.apps.publishing.editions import preview

    seen = preview(context.by, name, context.arguments.as_of, at=context.at)
    content = seen.edition.content
    document: dict[str, object] = {
        "programme": content.programme,
        "as_of": seen.edition.as_of.isoformat(),
        "known_at": seen.edition.known_at.isoformat(),
        "indicators": [item.indicator.code for item in content.indicators],
        "places": len(seen.places),
        "withheld": seen.withheld,
        "brief": content.brief.title if content.brief else None,
        "lists": {item.table: len(item.rows) for item in content.lists},
        "shown": seen.shown.as_of.isoformat() if seen.shown else None,
        "changes": len(seen.changes),
        "status": "dry_run",
    }
    words = f"{len(content.indicators)} 个指标，{len(seen.places)} 个地方，{seen.withheld} 个数因人数太少不显示"
    news = f"和现在公开的比变了 {len(seen.changes)} 个数" if seen.shown else "现在没有公开的数"
    return document, f"{content.title}　截至 {seen.edition.as_of}：会公开 {words}；{news}。"


def _editions(context: Context) -> Outcome:
    from shishi.apps.programmes.selectors import programme_named
    from shishi.apps.publishing.editions import editions_of, publishables

    asked = context.arguments.programme
    names = (
        [programme_named(asked)[1].name]
        if asked
        else [item.programme.name for item in publishables(context.reader, at=context.at)]
    )
    documents: list[dict[str, object]] = []
    lines = []
    for name in names:
        for item in editions_of(context.reader, name, at=context.at):
            state = "taken_down" if item.taken_at else "shown" if item.shown else "replaced"
            documents.append(
                {
                    "programme": name,
                    "as_of": item.as_of.isoformat(),
                    "edition": item.number,
                    "known_at": item.known_at.isoformat(),
                    "published_at": item.published_at.isoformat(),
                    "person": item.person,
                    "places": item.places,
                    "status": state,
                    "reason": item.reason or None,
                }
            )
            word = {"taken_down": f"已撤下（{item.reason}）", "shown": "公开中", "replaced": "已由后一版替代"}[state]
            lines.append(f"{name}　截至 {item.as_of}　第 {item.number} 版　{item.person}　{word}")
    return Outcome(documents, lines or ["还没有公开过。"])
