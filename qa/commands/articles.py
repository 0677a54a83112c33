"""Commands on articles that are in the library: show, list, remove."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qa.commands.options import AsOf, Json, Session, Since, Source, Until, make_filters, note_unknown_sources
from qa.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from embeddings.records import Article
    from embeddings.store import Store

__all__ = ["list_articles", "one_article", "remove", "show"]


def one_article(library: Store, wanted: str) -> Article:
    """The article that an id, the beginning of one, or a path means.

    Raises:
        UsageError: none, or more than one.
    """
    found = library.find(wanted)
    if not found:
        raise no_article(wanted)
    if len(found) > 1:
        ids = ", ".join(article.id for article in found[:5]) + (", …" if len(found) > 5 else "")
        raise UsageError(f"{wanted} means {len(found)} articles", f"name one of {ids}")
    return found[0]


def no_article(wanted: str) -> UsageError:
    """What is said where nothing goes by that name."""
    return UsageError(f"there is no article {wanted if wanted.strip() else repr(wanted)}", "see: bronvast list")


def show(
    context: typer.Context,
    article: Annotated[str, typer.Argument(metavar="ID", help="An article's id, the beginning of it, or its path.")],
    text: Annotated[bool, typer.Option("--text", help="Print the stored text exactly and nothing else.")] = False,
    at: Annotated[str, typer.Option("--at", metavar="START:END", help="Mark this stretch, in its surroundings.")] = "",
    json: Json = False,
) -> int:
    """Show an article."""
    from qa.assembly import open_library
    from qa.listing import article_json, show_article

    session: Session = context.obj
    console = session.console()
    with open_library(session.config()) as library:
        found = one_article(library, article)
    span = parse_span(at, len(found.text)) if at else None
    if json:
        console.write_json({"schema": 1, **article_json(found), "text": found.text})
    elif text and not at:
        if console.on_terminal:
            from qa.sanitise import sanitise

            console.write(sanitise(found.text))
        else:
            sys.stdout.flush()
            sys.stdout.buffer.write(found.text.encode("utf-8"))
            sys.stdout.buffer.flush()
    else:
        show_article(console, found, span)
    return ExitCode.ANSWERED


def parse_span(text: str, length: int) -> tuple[int, int]:
    """The stretch that START:END means in a text of that length.

    Raises:
        UsageError: not of that form, or outside the text.
    """
    match = re.fullmatch(r"(\d{1,12}):(\d{1,12})", text, re.ASCII)
    if match is None:
        raise UsageError(f"--at {text} is not a stretch of text", "write START:END, as in 120:233")
    start, end = int(match[1]), int(match[2])
    if not start < end <= length:
        raise UsageError(f"--at {text} lies outside the article", f"its text goes from 0 to {length}")
    return start, end


def list_articles(
    context: typer.Context,
    since: Since = None,
    until: Until = None,
    as_of: AsOf = None,
    source: Source = None,
    json: Json = False,
) -> int:
    """List the articles, with id, date, outlet and title."""
    from qa.assembly import open_library
    from qa.listing import article_json, article_line

    session: Session = context.obj
    console = session.console()
    filters = make_filters(since, until, as_of, source)
    with open_library(session.config()) as library:
        if json:
            articles = [article_json(found) for found in library.articles(filters)]
            console.write_json({"schema": 1, "articles": articles})
            return ExitCode.ANSWERED
        shown = 0
        for found in library.articles(filters):
            console.write(article_line(console, found))
            shown += 1
        note_unknown_sources(console, library, filters)
    if not shown:
        console.note(console.say("nothing_found" if filters else "no_articles"))
    return ExitCode.ANSWERED


def remove(
    context: typer.Context,
    wanted: Annotated[
        list[str], typer.Argument(metavar="ID_OR_PATH...", help="Ids, beginnings of ids, files or folders.")
    ],
    json: Json = False,
) -> int:
    """Remove articles from the library; their files stay."""
    from qa.assembly import open_store
    from qa.listing import article_json, article_line

    session: Session = context.obj
    console = session.console()
    removed: list[Article] = []
    missing: list[str] = []
    with open_store(session.config(), writable=True) as library:
        # All are looked up before any is removed: one that two names mean is not missing under the second.
        meant = {name: _meant(library, name) for name in wanted}
        missing += [name for name, found in meant.items() if not found]
        removed += [article for found in meant.values() for article in found if library.remove(article.id)]
        followed = _followed(library, removed)
    if json:
        articles = [article_json(article) for article in removed]
        console.write_json({"schema": 1, "removed": articles, "missing": missing})
    else:
        for article in removed:
            console.write(article_line(console, article))
        for name in missing:
            console.error(f"bronvast: {console.say.translated(str(no_article(name)))}")
        console.note(console.say.count("removed", len(removed)))
    if followed:
        console.note(console.say("still_followed", source=followed))
    return ExitCode.USAGE if missing else ExitCode.ANSWERED


def _meant(library: Store, name: str) -> list[Article]:
    """The articles that a name means: all of a file or folder, else one by its id, else none.

    An empty name, as an unset variable of a script gives it, means none; as a path it would be the folder one is in.
    """
    if not name.strip():
        return []
    path = str(Path(name).expanduser().absolute())
    below = (path + "#", path.rstrip("/\\") + os.sep)
    ids = [
        article_id
        for article_id, source in library.article_sources()
        if source in (name, path) or source.startswith(below)
    ]
    if not ids:
        return [one_article(library, name)] if library.find(name) else []
    return [article for article in map(library.article, ids) if article is not None]


def _followed(library: Store, removed: list[Article]) -> str:
    """A remembered source that would bring a removed article back at the next sync, or ""."""
    for source in library.sources():
        below = (source + "#", source.rstrip("/\\") + os.sep)
        if any(article.source == source or article.source.startswith(below) for article in removed):
            return source
    return ""
