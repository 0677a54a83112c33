"""An article in the user's pager, opened at a citation."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from pathlib import PurePath
from typing import TYPE_CHECKING

from qa.console import is_terminal
from qa.listing import article_lines, origin, show_article
from qa.sanitise import sanitise_line

if TYPE_CHECKING:
    from embeddings.records import Article
    from qa.console import Console

__all__ = ["page_article"]

CONTEXT_LINES = 4  # shown above the citation


def page_article(console: Console, article: Article, span: tuple[int, int]) -> None:
    """Show an article with a citation marked: all of it in a pager, else the citation's surroundings."""
    command = _pager()
    if not command or console.plain or not console.capable or not is_terminal(console.out):
        show_article(console, article, span)
        return
    head = [sanitise_line(article.title) or console.say("untitled"), origin(console, article), ""]
    lines = [*head, *article_lines(console, article.text, span, whole=True)]
    marks = ("\x1b[7m", "⟦")
    place = next((number for number, line in enumerate(lines, 1) if any(map(line.__contains__, marks))), 1)
    if PurePath(command[0]).stem == "less":
        command += ["-R", f"+{max(1, place - CONTEXT_LINES)}g"]
    # Articles are not to be trusted, so the pager may not start other programs.
    environment = {**os.environ, "LESSSECURE": "1", "LESSOPEN": "", "LESSCHARSET": "utf-8"}
    try:
        subprocess.run(command, input="\n".join(lines).encode("utf-8"), env=environment, check=False)
    except OSError:
        show_article(console, article, span)


def _pager() -> list[str]:
    try:
        command = shlex.split(os.environ.get("PAGER", "") or "less")
    except ValueError:
        command = ["less"]
    return command if command and shutil.which(command[0]) else []
