"""Draws the README's pictures from a real session: a chat in tmux over the sample articles, captured with its colours.

    python scripts/screenshots.py          writes docs/images/*.svg; needs tmux and takes half a minute

A picture is the terminal's text as text: it can be selected, scales, and holds nothing but what stood on the screen.
"""

from __future__ import annotations

import html
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COLUMNS, ROWS = 90, 30
CELL_WIDTH, CELL_HEIGHT, MARGIN = 8.4, 18, 14
BACKGROUND, FOREGROUND = "#1d2026", "#d6d9de"
COLOURS = {"33": "#e3b341", "36": "#5cc8d7"}  # those that `qa.layout.Paint` uses
_ESCAPE = re.compile(r"\x1b\[([0-9;]*)m|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b.")


@dataclass(frozen=True)
class Style:
    """How a piece of text looks."""

    colour: str = ""
    bold: bool = False
    faint: bool = False
    reverse: bool = False

    def after(self, codes: str) -> Style:
        """The style after an SGR sequence."""
        style = self
        for code in codes.split(";") if codes else ["0"]:
            if code in ("", "0"):
                style = Style()
            elif code in COLOURS:
                style = replace(style, colour=COLOURS[code])
            elif code in ("1", "2"):
                style = replace(style, bold=style.bold or code == "1", faint=style.faint or code == "2")
            elif code in ("22", "39"):
                style = replace(style, bold=False, faint=False) if code == "22" else replace(style, colour="")
            elif code in ("7", "27"):
                style = replace(style, reverse=code == "7")
        return style


def pieces(captured: str) -> Iterator[list[tuple[str, Style]]]:
    """Each line of a captured terminal as pieces of text with their styles."""
    style = Style()
    for line in captured.rstrip("\n").split("\n"):
        found, place = [], 0
        for match in _ESCAPE.finditer(line):
            if match.start() > place:
                found.append((line[place : match.start()], style))
            if match[1] is not None:
                style = style.after(match[1])
            place = match.end()
        if line[place:]:
            found.append((line[place:], style))
        yield found


def picture(captured: str, title: str) -> str:
    """A captured terminal as SVG."""
    lines = list(pieces(captured))
    width, height = COLUMNS * CELL_WIDTH + 2 * MARGIN, len(lines) * CELL_HEIGHT + 2 * MARGIN
    drawn = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" role="img">',
        f"<title>{html.escape(title)}</title>",
        f'<rect width="100%" height="100%" rx="8" fill="{BACKGROUND}"/>',
        f'<g style="white-space: pre" font-family="ui-monospace, Menlo, Consolas, \'DejaVu Sans Mono\', monospace" font-size="14" fill="{FOREGROUND}"'
        ' xml:space="preserve">',
    ]
    for row, line in enumerate(lines):
        column, base = 0, MARGIN + row * CELL_HEIGHT + 13
        for text, style in line:
            x, cells = MARGIN + column * CELL_WIDTH, len(text)
            fill = style.colour or FOREGROUND
            if style.reverse:
                drawn.append(
                    f'<rect x="{x:.1f}" y="{base - 14}" width="{cells * CELL_WIDTH:.1f}" height="{CELL_HEIGHT}" fill="{fill}"/>'
                )
                fill = BACKGROUND
            weight = ' font-weight="bold"' if style.bold else ""
            faint = ' opacity=".65"' if style.faint and not style.reverse else ""
            if shown := text.strip():  # viewers do not agree on blanks at the ends
                start, length = x + (cells - len(text.lstrip())) * CELL_WIDTH, len(shown) * CELL_WIDTH
                drawn.append(
                    f'<text x="{start:.1f}" y="{base}" textLength="{length:.1f}" fill="{fill}"{weight}{faint}>'
                    f"{html.escape(shown)}</text>"
                )
            column += cells
    return "\n".join([*drawn, "</g>", "</svg>", ""])


class Screen:
    """A terminal of our own in tmux, with a home of its own."""

    def __init__(self, home: Path) -> None:
        self._tmux = ["tmux", "-f", "/dev/null", "-S", str(home / "tmux")]
        environment = {
            "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
            "HOME": str(home),
            "PYTHONPATH": str(ROOT),
            "BRONVAST_CACHE": os.environ.get("BRONVAST_CACHE") or str(Path.home() / ".cache" / "bronvast"),
            "BRONVAST_LLM": "none",
            "TERM": "xterm-256color",
            "LANG": "en_US.UTF-8",
            "PYTHONUTF8": "1",
            "PS1": "$ ",
        }
        settings = [f"{name}={value}" for name, value in environment.items()]
        self._run(
            "new-session", "-d", "-x", str(COLUMNS), "-y", str(ROWS), "-c", str(home), "env", "-i", *settings, "sh"
        )

    def _run(self, *arguments: str) -> str:
        return subprocess.run([*self._tmux, *arguments], check=True, capture_output=True, text=True).stdout

    def type(self, text: str, until: str, seconds: float = 120) -> None:
        """Type a line and wait until something stands on the screen."""
        self._run("send-keys", text, "Enter")
        deadline = time.monotonic() + seconds
        while until not in self._run("capture-pane", "-p"):
            if time.monotonic() > deadline:
                raise SystemExit(f"'{until}' did not appear:\n{self._run('capture-pane', '-p')}")
            time.sleep(0.2)
        time.sleep(0.5)

    def press(self, key: str) -> None:
        self._run("send-keys", key)
        time.sleep(0.5)

    def captured(self) -> str:
        return self._run("capture-pane", "-p", "-e")

    def close(self) -> None:
        self._run("kill-server")


def main() -> None:
    if shutil.which("tmux") is None:
        raise SystemExit("tmux is not installed; on Debian or Ubuntu: apt-get install tmux")
    images = ROOT / "docs" / "images"
    images.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        shutil.copytree(ROOT / "examples" / "articles", home / "articles")
        screen = Screen(home)
        try:
            screen.type("bronvast add --quiet ~/articles; clear; bronvast chat", "exact sentences")
            screen.type("Wat vonden inspecteurs bij de Hanzebrug?", "301:362")
            screen.type("Hoeveel kost het herstel?", "772:835")
            chat = picture(screen.captured(), "bronvast chat")
            screen.type("/open 1", "(END)")
            article = picture(screen.captured(), "An article, opened at a citation")
            screen.press("q")
        finally:
            screen.close()
    (images / "chat.svg").write_text(chat, encoding="utf-8")
    (images / "article.svg").write_text(article, encoding="utf-8")


if __name__ == "__main__":
    main()
