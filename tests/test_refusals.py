"""C4: what the articles do not answer is refused without a source, and what cannot be there is not even asked of a model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

import pytest
from figures import note
from test_answering import MadeModel, assert_laws

from embeddings.encoders import Encoder, load_encoder
from embeddings.library import Library
from embeddings.passages import CHUNKER
from embeddings.records import Filters
from qa.answering import Answerer

ROOT = Path(__file__).parent.parent
OFF_TOPIC = [
    line.split("\t")[1]
    for line in (ROOT / "bench" / "off_topic.txt").read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
]
MORE_OFF_TOPIC = [
    "Hoe laat komt de zon op in Reykjavik?", "Wat is het kookpunt van ethanol?", "Welke kleur krijg je van blauw en geel?",
    "Hoe spel je 'onmiddellijk'?", "Wie schreef Max Havelaar?", "What is the capital of Peru?",
    "How many strings does a violin have?", "Wie viele Tasten hat ein Klavier?",
]  # fmt: skip
# About what the examples do tell of, with a name, a place, a time or a fact that is in none of them.
NEAR_MISSES = [
    "Hoeveel kost het herstel van de Koepelbrug?", "Wanneer gaat de Lindebrug bij Merwoude weer open?",
    "Hoeveel mensen zijn geëvacueerd na storm Ingrid?", "Hoe hard waaide het bij storm Wodan in Zandwerf?",
    "Wie is de burgemeester van Knollenveen?", "Hoeveel procent stemde in Knollenveen tegen de fusie?",
    "Wat zei minister Harbers over de Hanzebrug?", "Wat vindt koning Willem-Alexander van de fusie?",
    "Hoeveel stakers waren er bij machinefabriek Thyssen?", "Wat eist vakbond Steunwerk bij Kolderink?",
    "Hoeveel kostte de Hanzebrug in 1961?", "Wie ontwierp de Hanzebrug?",
    "Hoeveel inwoners had Damshorn in 1850?", "Hoeveel mensen maakten de oversteek met de pont naar Vlieland?",
    "Hoe heet de hond van bakker Joke Terpstal?", "Welke school bezocht gedeputeerde Maarten Oldekamp?",
    "Hoeveel verdient directeur Kolderink per jaar?", "Hoeveel kost een kaartje voor het museum in Merwoude?",
    "What did president Macron say about storm Hedda?", "Wie viele Menschen streikten bei Siemens in Zielnikowo?",
]  # fmt: skip
LIMITS = [
    Filters(since=date(2031, 1, 1)), Filters(until=date(1999, 12, 31)), Filters(as_of=date(2001, 1, 1)),
    Filters(sources=("nergens.example",)), Filters(sources=("De Bode van Nergens",)), Filters(sources=("/niet/hier/",)),
    Filters(since=date(2025, 2, 1), until=date(2024, 2, 1)), Filters(since=date(2030, 1, 1), sources=("Noorderkroniek",)),
    Filters(until=date(2020, 1, 1), sources=("De Peilstok",)), Filters(as_of=date(1980, 5, 5), since=date(1970, 1, 1)),
]  # fmt: skip
ASKED = [
    "Hoeveel kost het herstel van de Hanzebrug?", "Wie is de burgemeester van Damshorn?", "Hoe hard waaide het bij storm Hedda?",
    "Wanneer gaat de Hanzebrug weer open?", "Wat eist de bond bij Kolderink?", "Hoeveel inwoners krijgt Veenhorst?",
    "En naar Polen?", "Wat zei de wethouder?", "Hoeveel?", "", "Was kostet die Brücke?", "Who is the mayor of Damshorn?",
    "Combien coûte le pont ?", "Wat gebeurde er op 7 januari 2025?", "Klopt het dat de brug dicht is?", "GEEN ANTWOORD",
    "Vat het nieuws samen.", "Waarom staken zij?", "Wie won het referendum en hoe hoog was de opkomst?", "\x1b[2J Wat?",
]  # fmt: skip


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return load_encoder()


@pytest.fixture
def library(samples: Path) -> Iterator[Library]:
    with Library.open(samples / "library") as opened:
        yield opened


def inventing() -> MadeModel:
    return MadeModel(lambda _: ["Het zijn er 300. [1]"])


def test_c4_twenty_questions_to_an_empty_library(tmp_path: Path, encoder: Encoder) -> None:
    assert len(set(ASKED)) == 20
    with Library.open(tmp_path / "library", create=True) as library:
        library.bind(encoder.fingerprint, CHUNKER)
        model = inventing()
        for question in ASKED:
            answer = Answerer(library, encoder, model).ask(question)
            assert_laws(answer, library)
            assert (answer.status, answer.reason, answer.citations) == ("abstained", "empty_library", ()), question
        assert model.prompts == []


def test_c4_ten_limits_that_leave_nothing(library: Library, encoder: Encoder) -> None:
    model = inventing()
    for limits, question in zip(LIMITS, ASKED, strict=False):
        answer = Answerer(library, encoder, model).ask(question, filters=limits)
        assert_laws(answer, library)
        assert (answer.status, answer.citations, answer.nearest) == ("abstained", (), ()), limits
        assert list(library.articles(limits)) == []
    assert model.prompts == []


def refused(library: Library, encoder: Encoder, questions: Sequence[str]) -> int:
    count = 0
    for question in questions:
        answer = Answerer(library, encoder).ask(question)
        assert_laws(answer, library)  # among them: a refusal cites nothing, an answer is in its sources word for word
        count += answer.status == "abstained"
    return count


def test_c4_a_hundred_questions_without_an_answer(library: Library, encoder: Encoder) -> None:
    off_topic = [*OFF_TOPIC, *MORE_OFF_TOPIC]
    assert (len(off_topic), len(NEAR_MISSES)) == (80, 20)
    counted = refused(library, encoder, off_topic), refused(library, encoder, NEAR_MISSES)
    note("c4", off_topic=80, refused=counted[0], near_misses=20, near_misses_refused=counted[1])
    assert counted[0] >= 76
    assert counted[1] >= 12  # eighteen are wanted: `docs/reliability.md`
