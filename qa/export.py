"""Answers as documents: Markdown with footnotes, JSON, and a page that needs nothing and runs nothing.

Each is a receipt: every citation stands beside its passage, with the offsets and the checksum by which
`bronvast verify` can check it later.
"""

from __future__ import annotations

import errno
import html
import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from embeddings.files import write_atomically
from qa.errors import UsageError
from qa.layout import shortened
from qa.listing import body_start, excerpt
from qa.messages import Messages
from qa.sanitise import json_text, sanitise, sanitise_line
from qa.sessions import Conversation

if TYPE_CHECKING:
    from embeddings.store import Store
    from qa.answer import Answer, Citation

__all__ = ["as_json", "as_markdown", "as_page", "as_text", "check_writable", "export", "write_page"]

_FORMS: Final = {".md": "markdown", ".markdown": "markdown", ".json": "json", ".html": "html", ".htm": "html"}
_MARKDOWN: Final = re.compile(r"([\\`*_{}\[\]<>#|~$])")


def export(path: Path, conversation: Conversation, library: Store) -> None:
    """Write a conversation in the form that the file's name ends in.

    Raises:
        UsageError: another ending, or a file that cannot be written.
    """
    form = _FORMS.get(path.suffix.lower())
    if form is None:
        raise UsageError(f"{path} has no known ending", "end it in .md, .html or .json")
    if form == "html":
        text = as_page(conversation, library)
    else:
        text = as_json(conversation) if form == "json" else as_markdown(conversation)
    _write(path, text)


def write_page(path: Path, conversation: Conversation, library: Store) -> None:
    """Write a conversation as a page, whatever the file is called.

    Raises:
        UsageError: the file cannot be written.
    """
    _write(path, as_page(conversation, library))


def check_writable(path: Path) -> None:
    """Make sure that `export` and `write_page` will be able to write there, as far as that can be known.

    Raises:
        UsageError: the file cannot be written.
    """
    target = path.expanduser().resolve()
    problem = 0
    if target.is_dir():
        problem = errno.EISDIR
    elif not target.parent.is_dir():
        problem = errno.ENOTDIR if target.parent.exists() else errno.ENOENT
    # A file is replaced, for which its folder must be writable; a device or a pipe is written to.
    elif not os.access(target if target.exists() and not target.is_file() else target.parent, os.W_OK):
        problem = errno.EACCES
    if problem:
        raise _unwritable(path, os.strerror(problem))


def _unwritable(path: Path, reason: str | None) -> UsageError:
    return UsageError(f"{path} cannot be written ({reason})", "name another file")


def _write(path: Path, text: str) -> None:
    target = path.expanduser()
    try:
        if target.exists() and not target.is_file():  # a device or a pipe is written to and not replaced
            target.write_text(text, encoding="utf-8")
        else:
            # It is made to be handed on, so it gets the mode of any new file; one that is replaced is no more open than it was.
            mode = stat.S_IMODE(target.stat().st_mode) if target.exists() else 0o666
            write_atomically(target.resolve(), text.encode("utf-8"), mode)
    except OSError as error:
        raise _unwritable(path, error.strerror) from None


def as_json(conversation: Conversation) -> str:
    """All of it, in the form in which conversations are kept."""
    return json_text(conversation.as_json(), indent=1) + "\n"


# Markdown


def _plain(text: str) -> str:
    """Text that Markdown takes literally."""
    return _MARKDOWN.sub(r"\\\1", sanitise_line(text))


def as_markdown(conversation: Conversation) -> str:
    """The conversation with a footnote a citation."""
    say = Messages()
    lines = [f"# {_plain(conversation.title)}", ""]
    for turn, exchange in enumerate(conversation.exchanges, 1):
        answer = exchange.answer
        lines += [f"## {_plain(exchange.question)}", "", *_markdown_answer(answer, turn, say), ""]
        cited = answer.citations or answer.nearest
        for citation in cited:
            head = f"[^{turn}-{citation.number}]: {_plain(citation.title or say('untitled'))}."
            lines.append(f"{head} {_plain(_origin(citation, say))}. “{_plain(citation.quote)}”")
        lines.append("")
    return "\n".join(lines)


def _markdown_answer(answer: Answer, turn: int, say: Messages) -> Iterator[str]:
    if answer.status == "abstained":
        yield _plain(answer.message)
        if answer.nearest:
            notes = "".join(f"[^{turn}-{citation.number}]" for citation in answer.nearest)
            yield f"\n{say('nearest')}: {notes}"
        return
    parts = []
    for sentence in answer.sentences:
        doubt = "" if sentence.verified else f"({say('unverified')}) "
        parts.append(doubt + _plain(sentence.text) + "".join(f"[^{turn}-{number}]" for number in sentence.citations))
    yield " ".join(parts)
    if answer.doubtful:
        yield f"\n{say('doubtful')}"
    if answer.unanswered:
        yield f"\n{_plain(answer.message)}"
    for disagreement in answer.disagreements:
        notes = "".join(f"[^{turn}-{number}]" for number in disagreement.citations)
        yield f"\n**{say('note')}:** {_plain(disagreement.text)}{notes}"
    if not answer.complete:
        yield f"\n{say('incomplete')}"
    if answer.withheld:
        yield f"\n{say.count('withheld', len(answer.withheld))}"


def _origin(citation: Citation, say: Messages) -> str:
    date = say.date(citation.published) if citation.published else say("undated")
    place = f"{shortened(citation.source)} {citation.start}:{citation.end}"
    return ", ".join(filter(None, (citation.publisher, date, place)))


def as_text(answer: Answer, say: Messages) -> str:
    """One answer with its sources as plain text, for the clipboard."""
    lines = [sanitise(answer.text), *([say("doubtful")] if answer.doubtful else [])]
    for disagreement in answer.disagreements:
        marks = "".join(f"[{number}]" for number in disagreement.citations)
        lines.append(f"{say('note')}: {sanitise_line(disagreement.text)} {marks}".rstrip())
    lines += [] if answer.complete else [say("incomplete")]
    for citation in answer.citations:
        title = sanitise_line(citation.title) or say("untitled")
        place, quote = sanitise_line(_origin(citation, say)), sanitise_line(citation.quote)
        lines.append(f"[{citation.number}] {title} ({place}): “{quote}”")
    return "\n".join(lines) + "\n"


# HTML

_POLICY: Final = "default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'"
_STYLE: Final = """
:root { color-scheme: light dark; }
body { font: 1rem/1.6 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; line-height: 1.3; } h2 { font-size: 1.2rem; margin-top: 3rem; }
h3 { font-size: .95rem; margin: 2rem 0 0; opacity: .75; }
.answer { font-size: 1.1rem; }
.mark { font-size: .8em; vertical-align: super; text-decoration: none; padding: 0 .1em; }
.note { opacity: .75; } .doubt { text-decoration: underline wavy; }
ol { padding-left: 1.6rem; } li { margin: 1.2rem 0; }
.origin, .receipt { font-size: .85rem; opacity: .7; overflow-wrap: anywhere; } .receipt { font-size: .75rem; }
blockquote { margin: .5rem 0; padding: 0 0 0 .9rem; border-left: 2px solid #9996; white-space: pre-wrap; }
mark { background: #fff0a3; color: #1a1a1a; padding: .1em 0; }
li:target { outline: 2px solid #9996; outline-offset: .5rem; }
@media (prefers-color-scheme: dark) { body { background: #17191d; color: #dfe2e6; } mark { background: #e2c65f; } a { color: #8cc4f0; } }
@media print { .mark { text-decoration: none; color: inherit; } li { break-inside: avoid; } }
"""


def as_page(conversation: Conversation, library: Store) -> str:
    """One page without script, image or outside reference; each citation beside its passage."""
    import base64
    import hashlib

    say = Messages()
    hash_ = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
    title = _text(conversation.title)
    body = "".join(
        _page_answer(
            exchange.question,
            exchange.answer,
            turn,
            library,
            say,
            heading=turn > 1 or exchange.question != conversation.title,
        )
        for turn, exchange in enumerate(conversation.exchanges, 1)
    )
    made = _text(say("receipt", date=say.date(conversation.updated[:10])))
    return (
        f'<!DOCTYPE html>\n<html lang="{say.language}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY.format(hash=hash_)}">\n'
        '<meta name="referrer" content="no-referrer">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<h1>{title}</h1>\n{body}"
        f'<p class="receipt">{made}</p>\n</body>\n</html>\n'
    )


def _text(text: str) -> str:
    return html.escape(sanitise(text), quote=True)


def _page_answer(question: str, answer: Answer, turn: int, library: Store, say: Messages, heading: bool) -> str:
    parts = ["<section>\n", f"<h2>{_text(question)}</h2>\n" if heading else ""]
    if answer.status == "abstained":
        parts.append(f'<p class="answer">{_text(answer.message)}</p>\n')
    else:
        sentences = (
            (
                _text(sentence.text)
                if sentence.verified
                else f'<span class="doubt">{_text(sentence.text)}</span> <span class="note">'
                f"({_text(say('unverified'))})</span>"
            )
            + _marks(sentence.citations, turn)
            for sentence in answer.sentences
        )
        parts.append(f'<p class="answer">{" ".join(sentences)}</p>\n')
        notes = [say("doubtful")] if answer.doubtful else []
        notes += [answer.message] if answer.unanswered else []
        parts += [f'<p class="note">{_text(note)}</p>\n' for note in notes]
    for disagreement in answer.disagreements:
        text = f"<strong>{_text(say('note'))}:</strong> {_text(disagreement.text)}"
        parts.append(f"<p>{text}{_marks(disagreement.citations, turn)}</p>\n")
    if not answer.complete:
        parts.append(f'<p class="note">{_text(say("incomplete"))}</p>\n')
    if answer.withheld:
        parts.append(f'<p class="note">{_text(say.count("withheld", len(answer.withheld)))}</p>\n')
    label, cited = ("nearest", answer.nearest) if answer.status == "abstained" else ("sources", answer.citations)
    if cited:
        items = "".join(_page_citation(citation, turn, library, say) for citation in cited)
        parts.append(f"<h3>{_text(say(label))}</h3>\n<ol>\n{items}</ol>\n")
    return "".join(parts) + "</section>\n"


def _marks(numbers: tuple[int, ...], turn: int) -> str:
    return "".join(f'<a class="mark" href="#c{turn}-{number}">[{number}]</a>' for number in numbers)


def _page_citation(citation: Citation, turn: int, library: Store, say: Messages) -> str:
    """The citation in its surroundings where the library still has that text, else the bare quotation."""
    article = library.article(citation.article_id)
    title = _text(citation.title or say("untitled"))
    if re.match(r"https?://", citation.source, re.IGNORECASE):
        title = f'<a rel="noreferrer noopener" href="{html.escape(sanitise_line(citation.source))}">{title}</a>'
    if article is not None and article.sha256 == citation.sha256:
        first, last = excerpt(article.text, citation.start, citation.end)
        before, after = article.text[first : citation.start], article.text[citation.end : last]
        passage = f"{'…' if first > body_start(article.text) else ''}{_text(before)}<mark>{_text(citation.quote)}</mark>{_text(after)}"
        passage += "…" if last < len(article.text) else ""
    else:
        passage = f"<mark>{_text(citation.quote)}</mark>"
    return (
        f'<li id="c{turn}-{citation.number}" value="{citation.number}"><strong>{title}</strong>\n'
        f'<div class="origin">{_text(_origin(citation, say))}</div>\n<blockquote>{passage}</blockquote>\n'
        f'<div class="receipt">{_text(citation.article_id)} sha256 {_text(citation.sha256)}</div></li>\n'
    )
