"""Twelve encodings of twenty texts each: exact where the file says which, nearly always where it does not."""

from __future__ import annotations

import codecs
import io
import random

import pytest

from qa.errors import ReadError
from qa.readers.decoding import decode
from qa.readers.document import Document
from qa.readers.feeds import read_feed
from qa.readers.html import parsed_page

SENTENCES = {
    "nl": "De coördinator van het café in België reageerde geërgerd op de beslissing.|Volgens één van de bewoners is de ruïne al in 1953 ontruimd.|"
    "De gemeenteraad van Sluiskerke stemde dinsdag tegen het plan van de wethouder.|Het herstel kost naar schatting 3,5 miljoen euro en duurt acht maanden.|"
    "Daarmee komt een einde aan jaren van onzekerheid voor de naïeve kopers.|De reünie van de oud-leerlingen trok vijfhonderd bezoekers uit heel Oekraïne.|"
    "Niemand weet waarom de veerpont zaterdag niet voer, zegt rederij Brandsema.|De minister noemt de coëfficiënt een technische kwestie zonder gevolgen.",
    "de": "Die Straße über den Fluß wurde wegen größerer Schäden gesperrt.|Der Bürgermeister äußerte sich am Mittwoch nicht zu den Vorwürfen.|"
    "Für die Anwohner bedeutet das längere Wege und höhere Kosten.|Nach Angaben der Behörde müssen zwölf Brücken überprüft werden.|"
    "Die Gemeinde hofft auf schnelle Hilfe aus München und Köln.|Am Wochenende demonstrierten mehrere Tausend Menschen gegen die Schließung.|"
    "Ein Gutachten soll bis Ende März veröffentlicht werden.|Die Prüfung der Verträge läuft, sagte ein Sprecher der Fähre.",
    "fr": "L'été dernier, les élèves ont reçu des prix à la fête du village.|Le maire a déclaré que la décision avait été prise après réflexion.|"
    "Les habitants s'inquiètent de la hausse des loyers dans le quartier.|Où iront les réfugiés après la fermeture du château, demande l'opposition.|"
    "Le ministère prévoit un déficit supérieur à trois milliards.|La représentation a été annulée à cause de la grève générale.|"
    "Selon l'enquête, la moitié des foyers préfère le gaz à l'électricité.|Ça ne changera rien, répète-t-on à la préfecture.",
    "ru": "Президент заявил, что переговоры продолжатся на следующей неделе.|Правительство выделит пятьсот миллионов рублей на ремонт мостов.|"
    "По словам жителей города, вода поднялась выше обычного уровня.|Министерство не подтвердило сообщения о закрытии границы.|"
    "В столице прошла встреча руководителей трёх соседних стран.|Эксперты считают, что цены на хлеб вырастут к осени.|"
    "Суд отложил рассмотрение дела до понедельника.|Новая железная дорога соединит два крупнейших порта страны.",
    "zh": "政府星期三宣布，新的铁路将于明年开通，连接两个最大的城市。|预计总投资将超过一百亿元，工程需要三年时间。|市长表示，当地居民的生活不会受到影响。|"
    "专家认为，今年秋天的粮食价格可能会继续上涨。|法院决定把案件推迟到下星期一审理。|外交部没有证实边境已经关闭的消息。|数百名学生参加了周末举行的纪念活动。|"
    "据统计，去年有三千多家企业搬到了南方。",
    "ja": "政府は水曜日、新しい鉄道が来年開通すると発表しました。|市長は、住民の生活に影響はないと述べています。|専門家によると、秋には食料品の値段が上がる見通しです。|"
    "裁判所は審理を来週の月曜日まで延期することを決めました。|週末の記念式典には数百人の学生が参加しました。|昨年は三千社以上の企業が南部に移りました。|"
    "外務省は国境が閉鎖されたという情報を確認していません。|工事には三年かかり、費用は百億円を超える予定です。",
    "ko": "정부는 수요일에 새로운 철도가 내년에 개통된다고 발표했습니다.|시장은 주민들의 생활에 영향이 없을 것이라고 말했습니다.|전문가들은 가을에 식료품 가격이 오를 것으로 보고 있습니다.|"
    "법원은 재판을 다음 주 월요일로 연기하기로 결정했습니다.|주말에 열린 기념 행사에는 수백 명의 학생이 참가했습니다.|작년에는 삼천 개가 넘는 기업이 남쪽으로 옮겼습니다.|"
    "외교부는 국경이 폐쇄되었다는 소식을 확인하지 않았습니다.|공사는 삼 년이 걸리고 비용은 백억 원을 넘을 예정입니다.",
}  # fmt: skip
ENCODINGS = {
    "utf-8": ("nl", "de", "fr", "ru", "zh", "ja", "ko"), "utf-16-le": ("nl", "de", "fr"), "utf-16-be": ("nl", "de", "fr"),
    "utf-32-le": ("nl", "de", "ru"), "cp1252": ("nl", "de", "fr"), "iso8859-1": ("nl", "de", "fr"), "iso8859-15": ("nl", "de", "fr"),
    "cp1251": ("ru",), "koi8-r": ("ru",), "gb18030": ("zh",), "shift_jis": ("ja",), "euc-kr": ("ko",),
}  # fmt: skip
MARKS = {
    "utf-8": codecs.BOM_UTF8, "utf-16-le": codecs.BOM_UTF16_LE, "utf-16-be": codecs.BOM_UTF16_BE,
    "utf-32-le": codecs.BOM_UTF32_LE,
}  # fmt: skip
TYPOGRAPHY = {"cp1252": "‘’“”–…€", "iso8859-15": "€œŒ", "utf-8": "‘’“”–…€"}  # what an encoding has beyond Latin-1


def _texts(encoding: str) -> list[str]:
    """Twenty texts of at least 500 characters that the encoding can write, no two alike."""
    random_ = random.Random(encoding)
    found = []
    for number in range(20):
        sentences = SENTENCES[ENCODINGS[encoding][number % len(ENCODINGS[encoding])]].split("|")
        text = ""
        while len(text) < 500:
            text += random_.choice(sentences) + random_.choice([" ", " ", "\n\n", "\r\n"])
        signs = TYPOGRAPHY.get(encoding, "")
        for sign in random_.sample(signs, min(len(signs), 3)):
            text += f" {sign} 25"
        found.append(text.strip() + f" {number}.")
    assert len(set(found)) == 20
    return found


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_declared_or_marked_encoding_is_exact(encoding: str) -> None:
    for text in _texts(encoding):
        if encoding in MARKS:
            assert decode(MARKS[encoding] + text.encode(encoding)).text == text
        line = " ".join(text.split())
        page = f"<html><head><meta charset='{encoding}'></head><body><p>{line}</p></body></html>".encode(encoding)
        if not encoding.startswith(("utf-16", "utf-32")):
            assert parsed_page(Document("x", "x.html", io.BytesIO(page))).xpath("//p")[0].text == line
        served = Document("x", "x.html", io.BytesIO(page.replace(b"meta", b"atem")), charset=encoding)
        assert parsed_page(served).xpath("//p")[0].text == line


@pytest.mark.parametrize("encoding", [name for name in ENCODINGS if not name.startswith(("utf-16", "utf-32"))])
def test_a_feed_in_its_declared_encoding_is_exact(encoding: str) -> None:
    for text in _texts(encoding)[:4]:
        line = " ".join(text.split())
        feed = f'<?xml version="1.0" encoding="{encoding}"?><rss><channel><item><title>x</title><description>{line}</description></item></channel></rss>'
        (article,) = read_feed(Document("x", "x.rss", io.BytesIO(feed.encode(encoding))), lambda *_: None)
        assert article.text == line


def test_an_undeclared_encoding_is_nearly_always_exact_and_never_garbled_unsaid() -> None:
    exact, flagged, wrong = 0, 0, []
    for encoding in ENCODINGS:
        for text in _texts(encoding):
            try:
                found = decode(text.encode(encoding)).text
            except ReadError:
                flagged += 1
                continue
            exact += found == text
            if found != text:
                wrong.append((encoding, found[:60]))
            assert found.count("\ufffd") <= 0.01 * len(found)
    assert exact >= 0.95 * 240, (exact, flagged, wrong[:10])


def test_more_than_one_replacement_in_a_hundred_characters_is_refused() -> None:
    text = "De brug is dicht. " * 40
    few, many = text[:-4].encode() + b"\xff\xff", text.encode().replace(b"dicht", b"d\xff\xfe\xfd\xfct")
    assert decode(codecs.BOM_UTF8 + few).text.count("\ufffd") == 2
    with pytest.raises(ReadError, match="garbled"):
        decode(codecs.BOM_UTF8 + many)
