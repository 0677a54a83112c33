"""E-mail (newsletters, alerts) and pages saved as MHTML, which are e-mails in form."""

from __future__ import annotations

import email
import email.policy
import io
import re
from collections.abc import Iterator
from email.message import EmailMessage
from email.utils import parseaddr

from embeddings.records import Article, Span
from qa.dates import parse_date
from qa.errors import ReadError
from qa.readers.decoding import decode, no_text
from qa.readers.document import Document, Report
from qa.readers.fields import clean, valid_unicode
from qa.readers.html import article_of_page, lay_out_fragment
from qa.readers.isolation import read_isolated
from qa.readers.layout import first_sentence, lay_out, merged

__all__ = ["read_email", "read_mailbox", "read_mhtml"]

_SIGNATURE = re.compile(r"^--[ \t]?\r?$(?=[\s\S]{1,2000}\Z)", re.MULTILINE)  # from here on no message, by old custom
_QUOTED = re.compile(  # the mail that is replied to, with the line that announces it
    r"^(?:(?:Op|On|Am|Le) [^\n]{5,200}(?:schreef|wrote|schrieb|a écrit)[^\n]{0,120}:\s*\n)?>[^\n]*(?:\n>[^\n]*)*",
    re.MULTILINE,
)
_ANY_BORDER = re.compile(rb"From ")
_BORDER = re.compile(
    rb"From .{0,200}?\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? +(?:\d{1,2} +)?(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\b.{0,60}\d{4}"
)
LARGEST_MESSAGE = 32 * 2**20  # bytes of one message in a mailbox


def read_email(document: Document, report: Report) -> Iterator[Article]:
    """One article a message: its subject, sender, date and text; attachments are left out."""
    message = _message(document.read())
    plain, page = _bodies(message)
    text, layout = lay_out_fragment(page) if page else ("", lay_out(""))
    if plain.strip() and len(plain) >= 0.2 * len(text):  # else it says "this message needs HTML" and the like
        text, layout = plain, lay_out(plain)
    if not text.strip():
        raise no_text("the message has no text of its own")
    signature = _SIGNATURE.search(text)
    below = [Span(signature.start(), len(text.rstrip()))] if signature else []
    quoted = [Span(*match.span()) for match in _QUOTED.finditer(text)]
    if sum(span.end - span.start for span in quoted) < 0.5 * len(text):  # else it is what was sent on
        below += quoted
    name, address = parseaddr(_header(message, "From"))
    date = parse_date(_header(message, "Date"), "e-mail header")
    yield Article(
        text=text,
        source=document.source,
        title=_header(message, "Subject") or layout.title or first_sentence(text, layout.furniture),
        published=date or layout.published,
        publisher=clean(name) or address.rpartition("@")[2],
        author=layout.author,
        external_id=_header(message, "Message-ID").strip("<>"),
        furniture=merged([*layout.furniture, *below]),
        headings=tuple(
            span for span in layout.headings if not any(one.start < span.end and span.start < one.end for one in below)
        ),
    )


def read_mhtml(document: Document, report: Report) -> Iterator[Article]:
    """The page that was saved; the date in its header is that of saving, so it is left alone."""
    message = _message(document.read())
    url = _header(message, "Snapshot-Content-Location") or _header(message, "Content-Location")
    for part in message.walk():
        if part.get_content_type() in ("text/html", "application/xhtml+xml"):
            address = url or str(part.get("Content-Location", ""))
            page = _content(part)
            yield article_of_page(page, document.source, address if re.match(r"https?://", address) else "")
            return
    raise no_text("the file holds no page")


def read_mailbox(document: Document, report: Report) -> Iterator[Article]:
    """One article a message of an mbox file, read as a stream; source is `path#message id` or its number."""
    from qa.readers.records import Numbering

    numbering = Numbering(document.source)
    number = 0
    for number, data in enumerate(_messages(document), start=1):
        if len(data) > LARGEST_MESSAGE:
            reason = f"message {number} is larger than {LARGEST_MESSAGE // 2**20} MB"
            report(f"{document.source}#{number}", ReadError(reason, "save it by itself without attachments"))
            continue
        match = re.search(rb"^message-id:\s*<?([^>\s]{1,200})", data[:20_000], re.IGNORECASE | re.MULTILINE)
        source = numbering.source(number, match[1].decode("ascii", "replace") if match else "")
        single = Document(source, f"{number}.eml", io.BytesIO(data), len(data))
        try:
            yield from read_isolated(single, "qa.readers.mail:read_email", report)
        except ReadError as error:
            report(source, error)
    if not number:
        raise no_text("the mailbox holds no messages")


def _messages(document: Document) -> Iterator[bytes]:
    """The messages of an mbox file; of one that is too large only the beginning, so that memory stays
    flat.

    Not all programs mark lines of text that begin with "From " (Mutt does not), so where the first line of the file
    has sender and time, only such lines part messages.
    """
    lines: list[bytes] = []
    size, after_blank, begun, border = 0, True, False, _ANY_BORDER
    while line := document.stream.readline(1 << 20):
        if not begun and _BORDER.match(line):
            border = _BORDER
        if after_blank and border.match(line):
            if begun:
                yield b"".join(lines[:-1] if lines and not lines[-1].strip() else lines)  # a blank line parts them
            lines, size, begun = [], 0, True
        elif begun:
            size += len(line)
            if size <= LARGEST_MESSAGE + (1 << 20):
                lines.append(line[1:] if re.match(rb">+From ", line) else line)
        elif line.strip():
            raise ReadError("not a mailbox: it does not begin with a message", "give the file its right extension")
        after_blank = not line.strip()
    if begun:
        yield b"".join(lines)


def _message(data: bytes) -> EmailMessage:
    message = email.message_from_bytes(data, policy=email.policy.default)
    if not message.keys():
        raise ReadError("not an e-mail: it has no header lines", "give the file the extension of its format")
    return message


def _bodies(message: EmailMessage) -> tuple[str, str]:
    """The first plain and the first HTML text that are not attachments."""
    plain = page = ""
    for part in message.walk():
        if part.is_multipart() or part.get_content_disposition() == "attachment":
            continue
        kind = part.get_content_type()
        if kind == "text/plain" and not plain:
            plain = _content(part)
        elif kind == "text/html" and not page:
            page = _content(part)
    return plain, page


def _content(part: EmailMessage) -> str:
    data = part.get_payload(decode=True)
    if not isinstance(data, bytes) or not data.strip():
        return ""
    return valid_unicode(decode(data, part.get_content_charset() or "").text).replace("\r\n", "\n")


def _header(message: EmailMessage, name: str) -> str:
    try:
        return clean(str(message.get(name, "")))
    except (
        ValueError,
        IndexError,
        AttributeError,
        TypeError,
    ):  # the header parser fails on some broken headers
        return ""
