"""E-mail, mailboxes and saved pages."""

from __future__ import annotations

from email.message import EmailMessage
from pathlib import Path

import pytest

from embeddings.records import Article
from qa.errors import ReadError
from qa.readers import read


def _read(tmp_path: Path, name: str, data: bytes) -> list[Article]:
    path = tmp_path / name
    path.write_bytes(data)
    return list(read(str(path)))


def _message(number: int = 1, html: str = "", charset: str = "utf-8") -> EmailMessage:
    message = EmailMessage()
    message["Subject"] = f"Nieuwsbrief {number}: coördinatie"
    message["From"] = "De Peilstok <nieuws@peilstok.example>"
    message["Date"] = "Tue, 07 Jan 2025 23:30:00 -0800"
    message["Message-ID"] = f"<bericht-{number}@peilstok.example>"
    message.set_content(f"De brug {number} is dicht, zegt de coördinator.\n\nFrom here it goes on.\n", charset=charset)
    if html:
        message.add_alternative(html, subtype="html")
    message.add_attachment(b"KANARIE", maintype="text", subtype="plain", filename="bijlage.txt")
    return message


@pytest.mark.parametrize("charset", ["utf-8", "iso-8859-1"])
def test_an_email(tmp_path: Path, charset: str) -> None:
    (article,) = _read(tmp_path, "a.eml", _message(charset=charset).as_bytes())
    assert article.text == "De brug 1 is dicht, zegt de coördinator.\n\nFrom here it goes on.\n"
    assert (article.title, article.publisher) == ("Nieuwsbrief 1: coördinatie", "De Peilstok")
    assert article.published is not None
    assert (article.published.iso, article.published.origin) == ("2025-01-07", "e-mail header")
    assert article.external_id == "bericht-1@peilstok.example"


def test_an_email_whose_plain_part_is_a_stub(tmp_path: Path) -> None:
    long = "".join(f"<p>Alinea {number} van de nieuwsbrief gaat over de brug.</p>" for number in range(30))
    (article,) = _read(
        tmp_path, "a.eml", _message(html=f"<html><style>KANARIE</style><body>{long}</body></html>").as_bytes()
    )
    assert article.text.startswith("Alinea 0 van de nieuwsbrief gaat over de brug.\n\nAlinea 1")
    assert "KANARIE" not in article.text


def test_what_stands_below_the_signature_is_no_message(tmp_path: Path) -> None:
    path = tmp_path / "brief.eml"
    path.write_bytes(
        b"Subject: Ochtendbrief\r\n\r\nDe brug is dicht.\r\n\r\n-- \r\nDe Peilstok, Postbus 1, 1000 AA Harlo\r\nAfmelden\r\n"
    )
    (article,) = read(str(path))
    assert [article.text[span.start : span.end] for span in article.furniture] == [
        "-- \nDe Peilstok, Postbus 1, 1000 AA Harlo\nAfmelden"
    ]


def test_a_mailbox(tmp_path: Path) -> None:
    mailbox = b"".join(
        b"From nieuws@peilstok.example Tue Jan  7 10:00:00 2025\n"
        + _message(number).as_bytes().replace(b"\nFrom ", b"\n>From ")
        + b"\n"
        for number in (1, 2, 3)
    )
    articles = _read(tmp_path, "a.mbox", mailbox)
    assert [article.source for article in articles] == [
        f"{tmp_path}/a.mbox#bericht-{number}@peilstok.example" for number in (1, 2, 3)
    ]
    assert articles[1].text == "De brug 2 is dicht, zegt de coördinator.\n\nFrom here it goes on.\n"
    for data in (b"", b"gewoon tekst\n"):
        with pytest.raises(ReadError):
            _read(tmp_path, "b.mbox", data)


def test_a_saved_page(tmp_path: Path) -> None:
    page = (
        "<html><head><title>Brug dicht</title></head><body><article><h1>Brug dicht</h1><p>De"
        " brug is d=\r\nicht.</p></article></body></html>"
    )
    saved = (
        "From: <Saved by Blink>\r\nSnapshot-Content-Location: https://peilstok.example/2025/01/07/brug\r\n"
        "Subject: x\r\nDate: Sat, 1 Mar 2025 10:00:00 +0000\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/related; type="text/html";'
        ' boundary="B"\r\n\r\n--B\r\nContent-Type: text/html; charset=utf-8\r\n'
        f"Content-Transfer-Encoding: quoted-printable\r\n\r\n{page}\r\n--B--\r\n"
    )
    (article,) = _read(tmp_path, "a.mhtml", saved.encode())
    assert "De brug is dicht." in article.text
    assert article.url == "https://peilstok.example/2025/01/07/brug"
    assert article.published is not None
    assert (article.published.iso, article.published.origin) == ("2025-01-07", "url")


@pytest.mark.parametrize(
    "data", [b"", b"geen kop", b"Subject: x\n\n", b"Content-Type: multipart/mixed; boundary=a\n\n--a\n" * 50]
)
def test_messages_without_text_have_a_reason(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(ReadError):
        _read(tmp_path, "a.eml", data)


def test_the_mail_that_is_replied_to_is_not_the_senders_word(tmp_path: Path) -> None:
    message = EmailMessage()
    message["From"] = "Jan Jansen <jan@x.example>"
    reply = "De huur is 1.150 euro, zegt Cor Blom van de winkel. Hij wil er op 14 juni in, en de gemeente vindt dat goed.\n\n"
    quoted = "Op ma 10 mrt 2025 om 16:02 schreef Els Vos <els@x.example>:\n> Is het 900 euro?\n> Groet, Els"
    message.set_content(reply + quoted + "\n")
    (article,) = _read(tmp_path, "a.eml", bytes(message))
    assert [article.text[span.start : span.end] for span in article.furniture] == [quoted]
    message.set_content("Zie hieronder.\n\n" + quoted + "\n")  # sent on rather than answered
    (article,) = _read(tmp_path, "a.eml", bytes(message))
    assert article.furniture == ()


def test_a_newsletter_of_several_pieces_keeps_their_headings(tmp_path: Path) -> None:
    piece = "<tr><td><h2>{}</h2><p>{} De directie bevestigt dat aan deze krant.</p><a href='u'>Lees verder &gt;</a></td></tr>"
    page = "".join(
        piece.format(title, text)
        for title, text in (("Fabriek verplaatst productie", "In Almere verdwijnen 180 banen."),
                            ("Gasprijs zakt onder de 40 euro", "De prijs is 39,80 euro per megawattuur."))
    )  # fmt: skip
    agenda = "<tr><td><h3>Agenda</h3><table><tr><td>09.00</td><td>Jaarcijfers</td></tr></table></td></tr>"
    message = EmailMessage()
    message["From"] = "De Peilstok <nieuws@peilstok.example>"
    message.set_content(f"<html><body><table>{page}{agenda}</table></body></html>", subtype="html")
    (article,) = _read(tmp_path, "a.eml", bytes(message))
    headings = [article.text[span.start : span.end] for span in article.headings]
    assert headings == ["Fabriek verplaatst productie", "Gasprijs zakt onder de 40 euro", "Agenda"]
    assert [article.text[span.start : span.end] for span in article.furniture] == ["Lees verder >", "Lees verder >"]
