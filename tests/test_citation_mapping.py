"""C2: the text shown for [n] is the text that was sent as n, however the sources were ordered, dropped and doubled."""

from __future__ import annotations

import random
from collections.abc import Sequence

from embeddings.records import Article, Hit, Passage, PublicationDate
from embeddings.sentences import split_sentences
from qa.answer import SourceSentence
from qa.citing import Citer
from qa.evidence import Evidence, weigh
from qa.markers import MarkerParser

QUESTION = "Wat gebeurde er met de dieren van Lienderveld?"
ANIMALS = ("schapen", "geiten", "paarden", "ganzen", "ezels", "bijen")
TOWNS = ("Wobkerhout", "Talsmaveen", "Grietzijl", "Oudewoud", "Harkstede", "Nijemirdum")


def report(number: int) -> str:
    animals, town = ANIMALS[number % 6], TOWNS[number % 6]
    return (
        f"De {animals} van Lienderveld zijn naar {town} gebracht. Er gingen {31 + 17 * number} {animals} mee naar {town}. "
        f"Boer Klaas{number} uit {town} zorgt nu voor de {animals}."
    )


def hits() -> list[Hit]:
    """Six reports and a copy of each of the first two."""
    found = []
    for number in (*range(6), 0, 1):
        place = len(found)
        text = report(number)
        article = Article(text, f"/{place}.txt", f"Dieren {place}", PublicationDate("2024-05-06", "field"), "De Bode")
        sentences = split_sentences(text, "nl")
        assert len(sentences) == 3
        similarity = 0.9 - place / 200
        passage = Passage(article.id, 0, sentences, article.title)
        found.append(Hit(article, passage, similarity, similarity, None, (similarity,) * 3))
    return found


def told(citer: Citer, shown: Sequence[SourceSentence], numbers: Sequence[int], chance: random.Random) -> None:
    """What a model says that copies those sources, each with its mark, in pieces of any length."""
    reply = " ".join(f"{shown[number - 1].text[:-1]} [{number}]." for number in numbers)
    parser = MarkerParser(range(1, len(shown) + 1), "nl")
    place = 0
    while place < len(reply):
        length = chance.randrange(1, 12)
        for sentence in parser.feed(reply[place : place + length]):
            citer.write(sentence, shown)
        place += length
    for sentence in parser.finish():
        citer.write(sentence, shown)


def check(citer: Citer, evidence: Evidence, shown: Sequence[SourceSentence], numbers: Sequence[int]) -> int:
    sent = {source.text: source for source in shown}
    articles = {source.article.id: source.article for source in evidence.candidates}
    assert [citation.number for citation in citer.citations] == list(range(1, len(citer.citations) + 1))
    for citation in citer.citations:
        assert articles[citation.article_id].text[citation.start : citation.end] == citation.quote
        assert citation.quote in sent
    quotes = {citation.number: citation.quote for citation in citer.citations}
    said = {shown[number - 1].text for number in numbers}
    for sentence in citer.sentences:
        assert sentence.text in said
        assert {quotes[number] for number in sentence.citations} == {sentence.text}  # a copy may be cited with it
    return len(citer.sentences)


def test_c2_five_hundred_orders_of_the_sources() -> None:
    evidence = weigh(QUESTION, "nl", hits(), lambda terms: dict.fromkeys(terms, 1))
    assert len(evidence.candidates) == 24
    said = shown_again = 0
    for seed in range(500):
        chance = random.Random(seed)
        shown = chance.sample(evidence.candidates, chance.randrange(2, 24))  # in any order, some dropped
        for _ in range(2 if seed % 10 == 0 else 1):  # a second turn begins at [1] again, with an order of its own
            numbers = chance.sample(range(1, len(shown) + 1), min(2, len(shown)))
            citer = Citer(QUESTION, "nl", evidence)
            told(citer, shown, numbers, chance)
            shown_again += check(citer, evidence, shown, numbers)
            said += len(numbers)
            chance.shuffle(shown)
    assert shown_again >= 0.9 * said
