"""Passages hold every sentence, fit the limit for any way of counting, and overlap by one sentence."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embeddings.passages import OVERLAP_CHARACTERS, TARGET_CHARACTERS, passage_text, split_passages
from embeddings.records import Article, Passage
from embeddings.sentences import split_sentences


def words(texts: Sequence[str]) -> list[int]:
    return [len(text.split()) for text in texts]


def octets(texts: Sequence[str]) -> list[int]:
    return [len(text.encode("utf-8", "surrogatepass")) for text in texts]


def greedy_pairs(texts: Sequence[str]) -> list[int]:
    """A counter under which joined texts can take more tokens than their parts do."""
    return [len(text) // 2 + text.count(" ") * 2 for text in texts]


def passages(article: Article, limit: int = 400, count=words) -> tuple[Passage, ...]:  # type: ignore[no-untyped-def]
    return split_passages(article, split_sentences(article.text, "nl"), count, limit)


def test_a_short_article_is_one_passage_with_its_title() -> None:
    article = Article("De VS sturen troepen. Dat is bevestigd.", "a.txt", title="Troepen naar Polen")
    (passage,) = passages(article)
    assert (passage.start, passage.end, passage.number) == (0, 39, 0)
    assert passage.context == "Troepen naar Polen"
    assert passage_text(article, passage) == "Troepen naar Polen\nDe VS sturen troepen. Dat is bevestigd."


def test_sections_have_their_heading_and_captions_stay_out() -> None:
    long = "Deze zin vult de alinea met woorden over het onderwerp. " * 6
    article = Article(
        f"{long}\n\nVolledig scherm Een foto. © AFP\n\nRussische eisen\n\nRusland ontkent alles.\n",
        "a.txt",
        "Titel",
    )
    first, second = passages(article)
    assert first.context == "Titel"
    assert second.context == "Titel – Russische eisen"
    assert article.text[second.start : second.end] == "Rusland ontkent alles."
    assert "AFP" not in passage_text(article, first) + passage_text(article, second)


def test_short_sections_share_a_passage_under_all_their_headings() -> None:
    article = Article("Kop een\n\nEen zin.\n\nKop twee\n\nNog een zin.", "a.txt", "Titel")
    (passage,) = passages(article)
    assert passage_text(article, passage) == "Titel – Kop een – Kop twee\nEen zin. Nog een zin."


def test_successive_passages_share_one_sentence() -> None:
    article = Article(" ".join(f"Dit is zin nummer {n} over de troepen in Polen." for n in range(60)), "a.txt")
    found = passages(article)
    assert len(found) > 2
    for before, after in pairwise(found):
        assert before.sentences[-1] == after.sentences[0]
        assert before.end - before.start <= TARGET_CHARACTERS * 1.25 + len(before.sentences)


def test_a_sentence_that_is_too_long_is_cut_at_clauses_and_nothing_is_lost() -> None:
    clause = "de minister zegt dat de troepen vertrekken"
    article = Article(", ".join([clause] * 20) + ".", "a.txt")
    found = passages(article, limit=30)
    pieces = sorted({sentence for passage in found for sentence in passage.sentences}, key=lambda one: one.start)
    assert all(article.text[piece.start : piece.end].endswith((",", ".")) for piece in pieces)
    assert " ".join(article.text[piece.start : piece.end] for piece in pieces) == article.text


def test_only_headings_still_give_a_passage_and_nothing_gives_none() -> None:
    article = Article("Volledig scherm Een foto. © AFP", "a.txt", title="Titel")
    (passage,) = passages(article)
    assert passage_text(article, passage) == "Titel\nVolledig scherm Een foto. © AFP"
    assert passages(Article("  \n ", "b.txt", title="Titel")) == ()


def test_a_limit_without_room_is_refused() -> None:
    with pytest.raises(ValueError, match="no room"):
        passages(Article("Een zin.", "a.txt"), limit=0)


def test_tokens_are_counted_in_few_batches() -> None:
    calls = []

    def counting(texts: Sequence[str]) -> list[int]:
        calls.append(len(texts))
        return words(texts)

    article = Article(" ".join(f"Dit is zin nummer {n} over de troepen." for n in range(500)), "a.txt", "Titel")
    passages(article, count=counting)
    assert len(calls) <= 5


PARTS = st.sampled_from(
    [
        "Een zin over troepen. ",
        "Kop\n\n",
        "\n\n",
        "woord ",
        "lang" * 30,
        ", ",
        "2.000 ",
        "é😀 ",
        "- punt;\n",
        "Kop twee\n\n",
    ]
)


@settings(max_examples=300)
@given(
    st.lists(PARTS, max_size=40).map("".join),
    st.text(max_size=60),
    st.integers(24, 300),
    st.sampled_from([words, octets, greedy_pairs]),
)
def test_laws(text: str, title: str, limit: int, count) -> None:  # type: ignore[no-untyped-def]
    article = Article(text, "a.txt", title)
    sentences = split_sentences(text, "nl")
    found = split_passages(article, sentences, count, limit)
    kind = next((kind for kind in ("body", "heading", "furniture") if any(s.kind == kind for s in sentences)), None)
    covered: set[int] = set()
    assert [passage.number for passage in found] == list(range(len(found)))
    for passage in found:
        assert count([passage_text(article, passage)])[0] <= limit
        assert all(sentence.kind == kind for sentence in passage.sentences)
        starts = [sentence.start for sentence in passage.sentences]
        assert starts == sorted(set(starts))
        for sentence in passage.sentences:
            content = text[sentence.start : sentence.end]
            assert content and content == content.strip()
            covered.update(place for place in range(sentence.start, sentence.end) if not text[place].isspace())
    expected = {
        place
        for sentence in sentences
        if sentence.kind == kind
        for place in range(sentence.start, sentence.end)
        if not text[place].isspace()
    }
    assert covered == expected
    for before, after in pairwise(found):
        assert before.start < after.start
        shared = set(before.sentences) & set(after.sentences)
        assert len(shared) <= 1 and all(s.end - s.start <= OVERLAP_CHARACTERS for s in shared)
