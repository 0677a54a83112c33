"""Pages in the manner of Dutch, Flemish, German, French and English news sites: what is the article, and what is not.

The pages are written for these tests; the villages, people and outlets in them do not exist.
"""

from __future__ import annotations

import random
import time

import pytest

from embeddings.records import Article
from qa.readers.furniture import is_furniture
from qa.readers.html import article_of_page
from qa.readers.page_blocks import article_blocks, visible_blocks

LINKED = """<script type="application/ld+json">{"@context":"https://schema.org","@graph":[{"@type":"WebPage"},
{"@type":["NewsArticle"],"headline":"Veerpont Sluiskerke vaart weer","datePublished":"2025-04-14T06:30:00+02:00",
"dateModified":"2025-04-15T09:00:00+02:00","articleSection":"Binnenland","inLanguage":"nl-NL",
"author":[{"@type":"Person","name":"Ilse Brandsema"}],"publisher":{"@type":"Organization","name":"De Peilstok"}}]}</script>"""

DAILY = f"""<!doctype html><html lang="nl"><head><meta charset="utf-8"><title>Veerpont Sluiskerke vaart weer | De Peilstok</title>{LINKED}
</head><body><div class="cookie-banner"><p>Wij gebruiken cookies om u de beste ervaring te bieden. Lees ons beleid.</p></div>
<header class="site-header"><nav><ul><li><a href="/">Voorpagina</a></li><li><a href="/sport">Sport</a></li></ul></nav></header>
<main><article><header><h1>Veerpont Sluiskerke vaart weer</h1>
<p class="intro">De veerpont tussen Sluiskerke en Oosterveen vaart sinds maandag weer. De reparatie kostte 412.000 euro.</p>
<div class="byline">Ilse Brandsema</div><time datetime="2025-04-14T06:30">14 april 2025, 06:30</time></header>
<figure><img src="pont.jpg"><figcaption>De pont bij Sluiskerke, maandagochtend vroeg. Foto Bram Elzinga</figcaption></figure>
<div class="article__body"><p>Volgens directeur Femke Hoogland was de levertijd van de nieuwe as onderschat. „Drie weken was te kort.”</p>
<aside class="newsletter-box"><h3>Ochtendbrief</h3><p>Elke ochtend het belangrijkste nieuws in uw mailbox, zonder omwegen gebracht.</p></aside>
<h2>Scholieren</h2><p>Vooral de 180 scholieren uit Sluiskerke hadden er last van. Hun reistijd ging naar ruim een uur.</p>
<p>Advertentie</p><div class="related-articles"><p>Lees ook</p><ul><li><a href="/x">Brug bij Merwoude blijft nog maanden dicht</a></li></ul></div>
<ul><li>De pont vaart elk kwartier.</li><li>Het tarief stijgt naar 2,80 euro.</li></ul>
<table><tr><th>Jaar</th><th>Passagiers</th></tr><tr><td>2023</td><td>212.000</td></tr><tr><td>2024</td><td>198.500</td></tr></table>
<p>De wethouder noemt de uitkomst „een opluchting voor het dorp”, al blijft zij kritisch op de rederij.</p>
<div class="share-buttons"><a href="#">Deel op Facebook</a> <a href="#">WhatsApp</a></div></div></article>
<section><h2>Meer nieuws</h2><article class="teaser"><a href="/y"><h3>Storm Hedda trekt over</h3><p>Een storm trok over het land en liet een spoor van schade achter.</p></a></article></section>
</main><footer><p>© 2025 De Peilstok. Alle rechten voorbehouden.</p></footer></body></html>"""

LIVE = """<!doctype html><html lang="nl"><head><title>Liveblog storm Hedda</title>
<meta property="og:site_name" content="Omroep Lieveland"><meta property="article:published_time" content="2025-11-20T05:00:00+01:00"></head>
<body><main><h1>Liveblog storm Hedda</h1>
<div class="live"><div class="update"><time>07:45</time><h3>Dijk bij Zandwerf doorgebroken</h3><p>De dijk bij Zandwerf is rond zeven uur doorgebroken, meldt het waterschap. Bewoners wordt gevraagd te vertrekken.</p></div>
<div class="update"><time>07:10</time><h3>Treinen rijden niet</h3><p>Tussen Merwoude en Harlo rijden tot zeker elf uur geen treinen, zegt de vervoerder. Er ligt een boom op het spoor.</p></div>
<div class="update"><time>06:30</time><h3>Code rood</h3><p>Voor de kust geldt sinds half zes code rood. Er worden windstoten verwacht van 130 kilometer per uur.</p></div></div>
</main></body></html>"""

INTERVIEW = """<!doctype html><html lang="nl"><head><title>‘Wij hebben de tijd onderschat’ - Noorderkroniek</title>
<meta property="og:title" content="‘Wij hebben de tijd onderschat’"></head><body><article><h1>‘Wij hebben de tijd onderschat’</h1>
<p>Door onze verslaggever Bram Elzinga</p><p>Zeven weken lag de pont stil. Femke Hoogland leidt de rederij en legt uit waarom.</p>
<p><strong>Waarom duurde het zo lang?</strong></p><p>‘De as kwam uit Finland en was drie weken onderweg. Dat hadden wij niet ingepland.’</p>
<p><strong>En de kosten?</strong></p><p>‘Die kwamen uit op 412.000 euro, bijna het dubbele van wat wij dachten. Gelukkig dekt de verzekering een deel.’</p>
</article></body></html>"""


def _furniture(article: Article) -> list[str]:
    return [line for span in article.furniture for line in article.text[span.start : span.end].split("\n") if line]


def _prose(article: Article) -> str:
    text = article.text
    for span in reversed(article.furniture):
        text = text[: span.start] + text[span.end :]
    return text


def test_a_daily() -> None:
    article = article_of_page(DAILY, "x")
    assert article.published is not None
    assert (article.title, article.publisher, article.author, article.section) == (
        "Veerpont Sluiskerke vaart weer", "De Peilstok", "Ilse Brandsema", "Binnenland",
    )  # fmt: skip
    assert (article.published.iso, article.published.origin) == ("2025-04-14", "json-ld")
    prose = _prose(article)
    for sentence in (
        "De reparatie kostte 412.000 euro.", "„Drie weken was te kort.”", "Hun reistijd ging naar ruim een uur.",
        "De pont vaart elk kwartier.", "Het tarief stijgt naar 2,80 euro.", "2023 | 212.000", "2024 | 198.500",
        "„een opluchting voor het dorp”",
    ):  # fmt: skip
        assert sentence in prose
    furniture = "\n".join(_furniture(article))
    for line in (
        "Foto Bram Elzinga",
        "Elke ochtend het belangrijkste nieuws",
        "Advertentie",
        "Brug bij Merwoude blijft",
    ):
        assert line in furniture and line not in prose
    for elsewhere in ("cookies", "Voorpagina", "Alle rechten voorbehouden", "een spoor van schade"):
        assert elsewhere not in prose
    assert [article.text[span.start : span.end] for span in article.headings] == [article.title, "Scholieren"]


def test_a_live_blog_keeps_its_times_and_headings() -> None:
    article = article_of_page(LIVE, "x")
    assert (article.title, article.publisher) == ("Liveblog storm Hedda", "Omroep Lieveland")
    blocks = article.text.split("\n\n")
    assert [block for block in blocks if block in ("07:45", "07:10", "06:30")] == ["07:45", "07:10", "06:30"]
    headings = [article.text[span.start : span.end] for span in article.headings]
    assert headings == [
        "Liveblog storm Hedda", "07:45", "Dijk bij Zandwerf doorgebroken", "07:10", "Treinen rijden niet", "06:30", "Code rood",
    ]  # fmt: skip
    assert blocks.index("Treinen rijden niet") == blocks.index("07:10") + 1
    assert "windstoten verwacht van 130 kilometer per uur" in _prose(article)


def test_an_interview_keeps_questions_and_answers() -> None:
    article = article_of_page(INTERVIEW, "x")
    assert (article.title, article.author) == ("‘Wij hebben de tijd onderschat’", "onze verslaggever Bram Elzinga")
    prose = _prose(article)
    assert (
        prose.index("Waarom duurde het zo lang?") < prose.index("De as kwam uit Finland") < prose.index("En de kosten?")
    )
    assert "Die kwamen uit op 412.000 euro" in prose


@pytest.mark.parametrize(
    "line",
    [
        # captions and credits
        "Volledig scherm © AFP", "Volledig scherm De pont bij Sluiskerke. © ANP", "© Belga", "Beeld ANP / Bram Elzinga",
        "Foto Bram Elzinga", "Beeld: Freek van den Bergh", "Archieffoto: Omroep Lieveland", "Foto: dpa/Uwe Petersen",
        "Photo: Reuters", "Bild: Imago", "Crédit photo : AFP", "Getty Images", "ANP", "(Belga)",
        # boxes of links
        "Lees ook: Brug bij Merwoude blijft dicht", "Lees ook", "Lees ook >", "Lire aussi : Le pont reste fermé",
        "Lesen Sie auch: Brücke bleibt gesperrt", "Read more: Bridge stays closed", "Meer over dit onderwerp",
        "Bekijk ook: beelden van de storm", "Mehr zum Thema", "À lire également : Le bac repart",
        # newsletters, cookies, subscriptions
        "Schrijf je in voor onze nieuwsbrief", "Ontvang elke ochtend onze nieuwsbrief in uw mailbox",
        "Meld je aan voor de ochtendnieuwsbrief", "Sign up for our morning newsletter", "Jetzt Newsletter abonnieren",
        "Inscrivez-vous à notre newsletter", "Deze site gebruikt cookies om uw ervaring te verbeteren.",
        "Wij en onze partners gebruiken cookies.", "Alle cookies accepteren", "Cookie-instellingen beheren",
        "Dit artikel is exclusief voor abonnees", "Dit artikel lezen? Neem een abonnement.",
        "Verder lezen? Word nu abonnee", "Dieser Artikel ist nur für Abonnenten", "Article réservé aux abonnés",
        "This article is for subscribers only", "Al abonnee? Log in",
        # advertisements and buttons
        "Advertentie", "ADVERTENTIE", "Anzeige", "Publicité", "Tekst loopt door onder de advertentie",
        "De tekst gaat verder onder de foto", "Deel dit artikel", "Deel via WhatsApp", "Artikel teilen", "Partager",
        "Reageer", "12 reacties", "Leestijd: 4 min", "4 min. lezen", "Luister naar dit artikel",
    ],
)  # fmt: skip
def test_what_surrounds_an_article_is_told_by_its_words(line: str) -> None:
    page = (
        "<html><body><article><h1>Kop van het stuk</h1><p>De pont vaart weer. Dat meldt de rederij maandag aan de pers.</p>"
        f"<p>{line}</p><p>Het herstel kostte 412.000 euro. De verzekering betaalt een deel, zegt de directeur.</p></article></body></html>"
    )
    article = article_of_page(page, "x")
    assert line in _furniture(article)
    assert all(article.text[span.start : span.end].strip() for span in article.furniture)
    assert "De pont vaart weer." in _prose(article) and "Het herstel kostte" in _prose(article)


@pytest.mark.parametrize(
    "line",
    [
        "Foto van de oude haven", "Beeld van een verdeeld dorp", "Foto’s van de ramp gingen de wereld over.", "Beeld en geluid verdwenen tegelijk van het scherm, zegt hij.",
        "Cookies blijven volgens de rechter toegestaan als de bezoeker ermee instemt.",
        "Abonnees krijgen hun geld terug, belooft de rederij.", "De advertentie werd na klachten van het station gehaald.",
        "Lees- en schrijfonderwijs krijgt 20 miljoen euro extra.", "De nieuwsbrief van de gemeente verschijnt niet meer.",
        "Reuters meldde dinsdag dat de as uit Finland komt.", "Delen van het dak waaiden eraf.",
        "Luister eens, zei de wethouder, dit gaat zo niet langer.", "Wie een abonnement heeft, reist in mei gratis.",
    ],
)  # fmt: skip
def test_prose_about_the_same_things_stays(line: str) -> None:
    page = (
        "<html><body><article><h1>Kop van het stuk</h1><p>De pont vaart weer. Dat meldt de rederij maandag aan de pers.</p>"
        f"<p>{line}</p><p>Het herstel kostte 412.000 euro. De verzekering betaalt een deel, zegt de directeur.</p></article></body></html>"
    )
    assert line in _prose(article_of_page(page, "x"))


def test_no_line_takes_long(seed: int = 11) -> None:
    pieces = ["Foto ", "van ", "Van ", "/", "ANP", "via ", "| ", "© ", "cookie ", "Aa ", "Lees ", "ook ", ": ", "deel ",
              "op ", "facebook ", ", ", " - ", "beeld ", "12 ", "min "]  # fmt: skip
    random_ = random.Random(seed)
    began = time.monotonic()
    for _ in range(1000):
        line = random_.choice(pieces) + "".join(random_.choices(random_.sample(pieces, 3), k=200))
        is_furniture(line[:690] + random_.choice(["", "!", "."]))
    assert time.monotonic() - began < 20  # some milliseconds each at most; a pattern that tries everything never ends


UNSTRUCTURED = """<html lang="nl"><head><title>Waarom boeren stoppen | De Peilstok</title>
<meta property="og:site_name" content="De Peilstok"></head><body>
<div role="dialog" class="consent"><p>De Peilstok vraagt om jouw toestemming voor het gebruik van cookies.</p></div>
<main><section><div><span>Nieuws</span><span>Landbouw</span></div><h1>Waarom boeren stoppen</h1>
<p class="intro">Vorig jaar stopten 1.300 boeren. Dat zijn er twee keer zo veel als in 2020.</p>
<div class="byline"><a>Yvonne Hofman</a><span>12 maart 2025, 17:00</span></div>
<div><p>Meindert uit Oosterveen verkocht vorige week zijn laatste <b>k</b><i>oe</i>. ‘Ik had er mee moeten stoppen’, zegt hij.</p>
<p>De provincie betaalde hem 1,4 miljoen euro. Volgens de gedeputeerde is dat een bedrag dat bij de markt past.</p>
<div class="premium-wall"><p>Wilt u dit artikel verder lezen?</p><p>Word abonnee en lees onbeperkt.</p></div>
</div></section></main></body></html>"""


def test_a_page_that_says_who_and_when_in_words_only() -> None:
    article = article_of_page(UNSTRUCTURED, "x")
    assert article.published is not None
    assert (article.title, article.publisher, article.author, article.published.iso) == (
        "Waarom boeren stoppen", "De Peilstok", "Yvonne Hofman", "2025-03-12",
    )  # fmt: skip
    assert _furniture(article) == [
        "Nieuws Landbouw", "Yvonne Hofman 12 maart 2025, 17:00", "Wilt u dit artikel verder lezen?", "Word abonnee en lees onbeperkt.",
    ]  # fmt: skip
    assert (
        "Nieuws Landbouw" in article.text and "zijn laatste koe." in article.text and "toestemming" not in article.text
    )


def test_an_offer_within_the_article_is_no_part_of_it() -> None:
    offer = '<section class="article-paywall"><h2>Lees verder met een abonnement</h2><p>Nu vier weken voor vier euro per week.</p></section>'
    whole = '<div class="paywall">' + "<p>De brug is dicht, meldt de gemeente aan de krant.</p>" * 12 + "</div>"
    page = "<html><body><article><h1>Kop</h1><p>De weg is dicht, meldt de provincie aan de krant.</p>{}</article></body></html>"
    assert _furniture(article_of_page(page.format(offer), "x")) == [
        "Lees verder met een abonnement", "Nu vier weken voor vier euro per week.",
    ]  # fmt: skip
    assert _furniture(article_of_page(page.format(whole), "x")) == []


def test_the_line_that_says_when_is_no_prose() -> None:
    when = '<div class="meta"><time datetime="2025-03-12T07:41">12 mrt 2025 om 07:41</time> <span>Update: 5 uur geleden</span></div>'
    article = article_of_page(DAILY.replace("</h1>", f"</h1>{when}", 1), "x")
    assert "12 mrt 2025 om 07:41 Update: 5 uur geleden" in _furniture(article)


def test_lists_of_a_section_that_trafilatura_left_out_are_kept() -> None:
    from lxml.html import document_fromstring

    long = "De {} wordt dit jaar voor het eerst in veertig jaar vervangen, meldt de provincie in een brief aan de raad."
    side = '<div class="col"><ul><li><a href="/a">Ander nieuws</a></li><li><a href="/b">Meer nieuws</a></li></ul></div>'
    page = (
        f'<body><div class="page">{side}<div class="text"><div class="s1"><p>{long.format("brug")}</p></div>'
        f'<div class="s2"><p>{long.format("pont")}</p><p>{long.format("sluis")}</p><ul><li>de kade;</li><li>de dijk.</li></ul></div></div></div></body>'
    )
    blocks = article_blocks(document_fromstring(page), [long.format("brug")])
    assert [block.text for block in blocks] == [
        long.format("brug"), long.format("pont"), long.format("sluis"), "de kade;", "de dijk.",
    ]  # fmt: skip


def test_text_in_no_block_of_a_broken_page_is_read() -> None:
    from lxml.html import fragment_fromstring

    (block,) = visible_blocks(fragment_fromstring("<b>16:40</b>"))
    assert (block.text, block.kind, block.path) == ("16:40", "text", ())


def test_boxes_within_boxes_take_no_longer_than_their_text() -> None:
    inner = "<p>De brug bij Merwoude is dicht, meldt de gemeente aan de krant van vandaag.</p>" * 300
    page = f"<html><body><article><h1>Kop</h1>{'<aside><div>' * 100}{inner}</article></body></html>"
    began = time.process_time()
    article = article_of_page(page, "x")
    assert time.process_time() - began < 10  # a tenth of a second; each box read anew for every line in it took minutes
    assert article.text.count("De brug") == 300
