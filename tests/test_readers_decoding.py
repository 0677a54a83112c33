"""Bytes to text: exact where it is declared or marked, a careful guess otherwise, a reason where it is no
text."""

from __future__ import annotations

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.errors import ReadError
from qa.readers.decoding import NO_TEXT, decode

DUTCH = (
    "De coördinatoren van de naïeve café-eigenaren uit België reageerden geërgerd: ‘Het is ’s ochtends al €5 duurder’, "
    "zei één van hen – “geen grap” … De ruïne van de Oekraïense fabriek kost 3½ miljoen, volgens Zoë Müller. "
) * 4
GERMAN = "Die Straße über den Fluß wurde gesperrt; die Bürger ärgern sich größtenteils über die Umleitung. " * 7
FRENCH = "L’été dernier, à la fête, les élèves ont reçu des prix où l’œuvre française était évoquée avec ça. " * 7
RUSSIAN = "Президент заявил, что переговоры продолжатся на следующей неделе в столице соседней страны. " * 8
CHINESE = "政府星期三宣布，新的铁路将于明年开通，连接两个最大的城市，预计投资超过一百亿元。" * 15
JAPANESE = "政府は水曜日、新しい鉄道が来年開通し、二つの大都市を結ぶと発表しました。とても便利になります。" * 12
KOREAN = "정부는 수요일에 새로운 철도가 내년에 개통되어 두 대도시를 연결할 것이라고 발표했습니다. " * 12

TEXTS = {
    "cp1252": (DUTCH, GERMAN, FRENCH),
    "iso8859-15": tuple(text.translate(str.maketrans("‘’“”–…½", "''\"\"-.!")) for text in (DUTCH, GERMAN, FRENCH)),
    "cp1251": (RUSSIAN,),
    "koi8-r": (RUSSIAN,),
    "gb18030": (CHINESE,),
    "shift_jis": (JAPANESE,),
    "euc-kr": (KOREAN,),
}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_a_byte_order_mark_decides(encoding: str) -> None:
    marks = {
        "utf-8": codecs.BOM_UTF8, "utf-16-le": codecs.BOM_UTF16_LE, "utf-16-be": codecs.BOM_UTF16_BE,
        "utf-32-le": codecs.BOM_UTF32_LE, "utf-32-be": codecs.BOM_UTF32_BE,
    }  # fmt: skip
    for text in (DUTCH, GERMAN, FRENCH, RUSSIAN, CHINESE, JAPANESE, KOREAN):
        found = decode(marks[encoding] + text.encode(encoding))
        assert (found.text, found.encoding) == (text, encoding)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_wide_encodings_without_a_mark_are_seen_by_their_zeros(encoding: str) -> None:
    for text in (DUTCH, GERMAN, FRENCH):
        assert decode(text.encode(encoding)).text == text


@pytest.mark.parametrize("encoding", sorted(TEXTS))
def test_a_declared_encoding_is_exact(encoding: str) -> None:
    for text in TEXTS[encoding]:
        encoded = text.encode(encoding)
        assert decode(encoded, encoding).text == text


def test_undeclared_encodings_are_guessed_right() -> None:
    samples = [(encoding, text) for encoding, texts in TEXTS.items() for text in texts]
    wrong = [encoding for encoding, text in samples if decode(text.encode(encoding)).text != text]
    assert wrong == []


@given(st.text(min_size=1).filter(lambda text: text.strip() != "" and "\0" not in text))
def test_utf8_is_exact_line_ends_included(text: str) -> None:
    data = text.encode("utf-8")
    try:
        found = decode(data)
    except ReadError as error:
        assert "control codes" in error.cause or "garbled" in error.cause
        return
    assert found.text == text.removeprefix("\ufeff")


@given(st.binary(max_size=300))
def test_any_bytes_give_text_or_a_reason(data: bytes) -> None:
    try:
        found = decode(data)
    except ReadError as error:
        assert error.cause
        return
    assert found.text.count("\ufffd") <= 0.01 * len(found.text)
    assert "\0" not in found.text
    found.text.encode("utf-8")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", f"{NO_TEXT} (the file is empty)"),
        (b" \n\t\r\n", f"{NO_TEXT} (the file holds only white space)"),
        (codecs.BOM_UTF8, f"{NO_TEXT} (the file holds only white space)"),
        (b"%PDF-1.7 ...", "not text but a PDF"),
        (b"PK\x03\x04 ...", "not text but a ZIP or office file"),
        (b"woorden\0meer woorden, en nog meer", "binary data, not text (it contains zero bytes)"),
        (b"\x01\x02\x03\x04\x05\x06 abc", "binary data, not text (it is full of control codes)"),
    ],
)
def test_what_is_no_text_is_refused_with_its_reason(data: bytes, reason: str) -> None:
    with pytest.raises(ReadError) as caught:
        decode(data)
    assert caught.value.cause == reason


def test_a_little_damage_is_borne_and_much_is_refused() -> None:
    whole = (DUTCH * 3).encode("utf-8")
    damaged = whole[:500] + b"\xff" + whole[500:]
    assert decode(damaged).text == (DUTCH * 3).encode("utf-8")[:500].decode() + "\ufffd" + whole[500:].decode()
    with pytest.raises(ReadError, match="garbled"):
        decode(codecs.BOM_UTF8 + b"abc \xff\xfe\xfd" * 20)
