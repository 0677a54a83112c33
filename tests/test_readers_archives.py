"""Archives, and all files that are archives inside: their articles, and every bomb refused within seconds."""

from __future__ import annotations

import bz2
import gzip
import io
import tarfile
import zipfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from embeddings.records import Article
from qa.errors import ReadError
from qa.readers import read

DOCX_HEAD = '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>'
DOCX_TAIL = "</w:body></w:document>"
SENTENCE = "De brug bij Merwoude is sinds dinsdag dicht voor al het autoverkeer. "


def zip_of(parts: dict[str, str | bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return stream.getvalue()


def tar_of(parts: dict[str, bytes], mode: str = "w:gz") -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode=mode) as archive:  # type: ignore[call-overload]
        for name, content in parts.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return stream.getvalue()


def _read(tmp_path: Path, name: str, data: bytes) -> tuple[list[Article], list[tuple[str, str]]]:
    path = tmp_path / name
    path.write_bytes(data)
    problems: list[tuple[str, str]] = []
    articles = list(read(str(path), report=lambda source, error: problems.append((source, error.cause))))
    return articles, problems


def test_zip_and_tar_hold_files_of_every_format(tmp_path: Path) -> None:
    parts = {
        "krant/a.txt": SENTENCE.encode(),
        "krant/b.jsonl": b'{"id": "b1", "text": "De weg is dicht."}\n{"text": ""}\n',
        ".verborgen/c.txt": b"nee",
        "__MACOSX/._a.txt": b"nee",
        "foto.jpg": b"nee",
    }
    for name, data in (
        ("a.zip", zip_of(dict(parts))),
        ("a.tar.gz", tar_of(parts)),
        ("a.tar", tar_of(parts, "w:")),
    ):
        articles, problems = _read(tmp_path, name, data)
        base = str(tmp_path / name)
        assert [article.source for article in articles] == [f"{base}#krant/a.txt", f"{base}#krant/b.jsonl#b1"]
        assert [article.text for article in articles] == [SENTENCE, "De weg is dicht."]
        assert [source for source, _ in problems] == [f"{base}#krant/b.jsonl#2"]


def test_names_that_lead_out_and_links_are_refused(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("KANARIE")
    names = ["../secret.txt", "/etc/x.txt", "a/../../secret.txt", "C:/x.txt", "..\\secret.txt"]
    for name, data in (
        ("a.zip", zip_of({**dict.fromkeys(names, "x"), "goed.txt": SENTENCE})),
        ("a.tar", tar_of({**dict.fromkeys(names, b"x"), "goed.txt": SENTENCE.encode()}, "w:")),
    ):
        articles, problems = _read(tmp_path, name, data)
        assert [article.text for article in articles] == [SENTENCE]
        assert len(problems) == len(names)
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for name, kind in (("soft.txt", tarfile.SYMTYPE), ("hard.txt", tarfile.LNKTYPE)):
            member = tarfile.TarInfo(name)
            member.type, member.linkname = kind, str(secret)
            archive.addfile(member)
        member = tarfile.TarInfo("goed.txt")
        member.size = len(SENTENCE)
        archive.addfile(member, io.BytesIO(SENTENCE.encode()))
    articles, problems = _read(tmp_path, "l.tar", stream.getvalue())
    assert [article.text for article in articles] == [SENTENCE]
    assert [cause for _, cause in problems] == ["refused: a link in an archive"] * 2


@cache
def bombs() -> dict[str, Callable[[], bytes]]:
    """By name; made when they are asked for, since some take a second."""
    zeros = b"a" * 30_000_000
    container = '<container><rootfiles><rootfile full-path="o.opf"/></rootfiles></container>'
    laughs = '<!DOCTYPE x [<!ENTITY a "ha">' + "".join(
        f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(10)
    )

    def lying() -> bytes:
        archive = bytearray(zip_of({"a.txt": zeros}))
        place = archive.rindex(b"PK\x01\x02")
        archive[place + 24 : place + 28] = (1000).to_bytes(4, "little")
        return bytes(archive)

    return {
        "ratio.zip": lambda: zip_of({"a.txt": zeros}),
        "ratio.docx": lambda: zip_of({"word/document.xml": DOCX_HEAD.encode() + zeros}),
        "ratio.epub": lambda: zip_of({"META-INF/container.xml": container.encode() + zeros}),
        "large.zip": lambda: zip_of({f"{n}.txt": b"a" * 40_000_000 for n in range(12)}),
        "entries.zip": lambda: zip_of({f"{n}.txt": "x" for n in range(10_000)}, zipfile.ZIP_STORED),
        "nested.zip": lambda: zip_of({"b.zip": zip_of({"a.txt": zeros})}),
        "lying.zip": lying,
        "ratio.tgz": lambda: tar_of({"a.txt": zeros}),
        "ratio.tar.bz2": lambda: bz2.compress(tar_of({"a.txt": zeros}, "w:")),
        "entries.tar": lambda: tar_of({f"{n}.txt": b"x" for n in range(3000)}, "w:"),
        "gzip.tgz": lambda: gzip.compress(b"\0" * 50_000_000),
        "laughs.xml": lambda: (laughs + "]><rss><channel><item><title>&k;</title></item></channel></rss>").encode(),
        "quadratic.xml": lambda: (
            '<!DOCTYPE x [<!ENTITY a "' + "a" * 100_000 + '">]><rss><channel><item><description>' + "&a;" * 50_000
            + "</description></item></channel></rss>"
        ).encode(),
    }  # fmt: skip


@pytest.mark.parametrize("name", ["a.zip", "a.docx", "a.odt", "a.epub", "a.tar", "a.tgz"])
@pytest.mark.parametrize(
    "data",
    [b"", b"PK\x03\x04 stuk", b"gewoon wat tekst", zip_of({"x": "y"})[:-10]],
    ids=["empty", "torn", "text", "truncated"],  # a ZIP holds the time, so its bytes are no name
)
def test_damaged_archives_have_a_reason(tmp_path: Path, name: str, data: bytes) -> None:
    with pytest.raises(ReadError):
        _read(tmp_path, name, data)


def test_external_entities_open_nothing(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("KANARIE")
    item = "<item><title>Kop</title><description>De brug &x; is dicht.</description></item>"
    attacks = [
        f'<!DOCTYPE rss [<!ENTITY x SYSTEM "file://{secret}">]><rss><channel>{item}</channel></rss>',
        f'<!DOCTYPE rss [<!ENTITY x SYSTEM "http://127.0.0.1:9/x">]><rss><channel>{item}</channel></rss>',
        f'<!DOCTYPE rss [<!ENTITY % p SYSTEM "file://{secret}"> %p;]><rss><channel>{item}</channel></rss>',
        f'<!DOCTYPE rss SYSTEM "file://{secret}"><rss><channel>{item}</channel></rss>',
        f'<rss xmlns:xi="http://www.w3.org/2001/XInclude"><channel><item><title>K</title><description>De brug '
        f'<xi:include href="file://{secret}" parse="text"/> is dicht.</description></item></channel></rss>',
    ]
    for number, attack in enumerate(attacks):
        path = tmp_path / f"{number}.xml"
        path.write_text(attack)
        try:
            texts = [article.text + article.title for article in read(str(path), report=lambda *_: None)]
        except ReadError:
            continue
        assert not any("KANARIE" in text for text in texts)
    document = (
        f'<!DOCTYPE d [<!ENTITY x SYSTEM "file://{secret}">]>{DOCX_HEAD}<w:p><w:r><w:t>&x;</w:t></w:r></w:p>{DOCX_TAIL}'
    )
    with pytest.raises(ReadError):
        _read(tmp_path, "x.docx", zip_of({"word/document.xml": document}))
