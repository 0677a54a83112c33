"""What invented questions ask for and what they take for granted, in four languages."""

from __future__ import annotations

import pytest

from embeddings.analysis import query_terms
from qa.question_shape import QuestionShape, answers_kind, asks_statement, expected, shape_of


def shape(question: str, language: str = "nl") -> QuestionShape:
    return shape_of(question, language, query_terms)


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("Hoeveel schapen telt de kudde van Lienderveld?", "number"),
        ("Hoe hoog is de nieuwe uitkijktoren?", "number"),
        ("Welk percentage van de leden stemde voor?", "number"),
        ("Wanneer begint de kermis in Dorrum?", "time"),
        ("In welk jaar brandde de molen af?", "time"),
        ("Hoe laat vertrok de laatste pont?", "time"),
        ("Wie schilderde het doek in de raadszaal?", "person"),
        ("Door wie werd de inbreker aangehouden?", "person"),
        ("Welke wethouder stapte op?", "person"),
        ("Waar vond de botsing plaats?", "place"),
        ("In welke gemeente komt het zonnepark?", "place"),
        ("Waarom ging het concert niet door?", "reason"),
        ("Waardoor viel de stroom uit?", "reason"),
        ("Is de bibliotheek in Dorrum dicht?", "anything"),
        ("Waarover spraken de buren?", "anything"),
        ("How many sheep were lost?", "number"),
        ("When will the ferry sail again?", "time"),
        ("Who painted the ceiling?", "person"),
        ("Where did the two lorries collide?", "place"),
        ("Why was the concert called off?", "reason"),
        ("Wie viele Schafe zählt die Herde?", "number"),
        ("Wie hoch ist der neue Turm?", "number"),
        ("Wann öffnet das Freibad?", "time"),
        ("Wer leitet den Verein?", "person"),
        ("Wo stießen die Lastwagen zusammen?", "place"),
        ("Warum fiel das Konzert aus?", "reason"),
        ("Combien de moutons ont disparu ?", "number"),
        ("Quand rouvrira la piscine ?", "time"),
        ("Qui dirige la chorale ?", "person"),
        ("Où se trouve la nouvelle gare ?", "place"),
        ("Pourquoi le concert a-t-il été annulé ?", "reason"),
    ],
)
def test_the_question_word_says_what_is_asked_for(question: str, kind: str) -> None:
    assert expected(question) == kind


def test_the_first_question_word_decides() -> None:
    assert expected("Wie zei wanneer de brug opengaat?") == "person"
    assert expected("Wanneer zei de trainer wie er speelt?") == "time"


@pytest.mark.parametrize(
    ("question", "counted"),
    [
        ("Hoeveel schapen telt de kudde?", "schapen"),
        ("How many sheep were lost?", "sheep"),
        ("Wie viele Schafe zählt die Herde?", "Schafe"),
        ("Combien de moutons ont disparu ?", "moutons"),
        ("Combien d'élèves sont absents ?", "élèves"),
        ("Wanneer komen de schapen terug?", ""),
    ],
)
def test_what_is_counted(question: str, counted: str) -> None:
    assert shape(question).counted == counted


@pytest.mark.parametrize(
    ("question", "unit"),
    [
        ("Hoeveel kost een kaartje voor de draaimolen?", "EUR"),
        ("Welk percentage van de leden stemde voor?", "%"),
        ("Hoe diep is de put?", "m"),
        ("Hoe zwaar was de pompoen?", "kg"),
        ("Hoe warm werd het in de kas?", "°C"),
        ("How fast was the train?", "km/h"),
        ("Wie teuer ist die Fahrkarte?", "EUR"),
        ("Hoe oud is de boom op het plein?", "year"),
    ],
)
def test_the_unit_that_a_measure_must_have(question: str, unit: str) -> None:
    assert unit in shape(question).units


def test_a_count_has_no_unit() -> None:
    assert shape("Hoeveel schapen telt de kudde?").units == frozenset()


@pytest.mark.parametrize(
    ("question", "asks"),
    [
        ("Wat zei Oele Drenthema over de kudde?", True),
        ("Wat vindt de wethouder van het plan?", True),
        ("Wat heeft de burgemeester gezegd?", True),
        ("Wat heeft de burgemeester gekocht?", False),
        ("What did the mayor say about the flock?", True),
        ("What did the mayor buy?", False),
        ("Was sagte der Trainer nach dem Spiel?", True),
        ("Qu'a dit le maire ?", True),
        ("Wat kost een kaartje?", False),
    ],
)
def test_questions_after_a_statement(question: str, asks: bool) -> None:
    assert asks_statement(question) == asks


def test_the_speaker_is_what_stands_before_the_subject() -> None:
    assert shape("Wat zei Oele Drenthema over de kudde?").speaker == ("Oele", "Drenthema")
    assert shape("Wat vindt wethouder Jansma van het plan?").speaker == ("wethouder", "Jansma")
    assert shape("Hoeveel schapen telt de kudde?").speaker == ()


def test_names_numbers_and_times_are_taken_for_granted() -> None:
    taken = shape("Waarom kreeg Oele Drenthema 3.400 euro in maart 2024?")
    assert [name.text for name in taken.names] == ["Oele Drenthema"]
    assert [int(number.low) for number in taken.numbers] == [3400]
    (time,) = taken.times
    assert taken.text[time.start : time.end] == "maart 2024"
    assert "drenthema" in " ".join(taken.terms).lower()


@pytest.mark.parametrize(
    ("question", "sentence", "holds"),
    [
        ("Hoeveel schapen telt de kudde?", "De kudde telt 214 schapen.", True),
        ("Hoeveel schapen telt de kudde?", "De kudde graast op de heide.", False),
        ("Hoeveel kost een kaartje?", "Een kaartje kost 12,50 euro.", True),
        ("Hoeveel kost een kaartje?", "Er werden 900 kaartjes verkocht.", False),
        ("Hoeveel van de 80 bewoners bleven thuis?", "In de flat wonen 80 mensen.", False),
        ("Wanneer begint de kermis?", "De kermis begint op 4 juli.", True),
        ("Wanneer begint de kermis?", "De kermis is groot.", False),
        ("Wie leidt het koor van Dorrum?", "Het koor wordt geleid door Wobke Talsma.", True),
        ("Wie leidt het koor van Dorrum?", "Het koor bestaat al lang.", False),
        ("Wat zei de wethouder?", "“Dit is onaanvaardbaar”, zei de wethouder.", True),
        ("Wat zei de wethouder?", "Het regende die dag.", False),
    ],
)
def test_whether_a_sentence_holds_that_kind_of_thing(question: str, sentence: str, holds: bool) -> None:
    assert answers_kind(shape(question), sentence, "nl") == holds
