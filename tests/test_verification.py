"""What the source sentences support and what they do not."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embeddings.cross_encoders import Entailment
from embeddings.records import Article, Hit, Passage, PublicationDate
from embeddings.sentences import split_sentences
from qa.answer import SourceSentence
from qa.verification import share_held, statements, verify

TEXT = (
    "De Verenigde Staten sturen zo'n 2.000 militairen naar Polen en Duitsland. "
    "Daarnaast gaan 1.000 militairen naar Roemenië. "
    "“Dat zijn tijdelijke maatregelen”, zei woordvoerder John Kirby dinsdag. "
    "Hij sprak van een sterk signaal aan president Poetin. "
    "Rusland ontkent dat het een invasie van Oekraïne plant, maar heeft 100.000 militairen aan de grens. "
    "In 2014 veroverde Rusland de Krim. "
    "De regering wil vijf procent meer uitgeven aan defensie. "
    "Volgens de politie kwamen bij het ongeluk in Gent drie mensen om het leven. "
    "Emma Bakker versloeg Lotte Smit in de finale in Utrecht."
)
ENGLISH = "The United States is sending 2,000 troops to Poland and Germany. Russia denies that it plans an invasion."


def sources(
    text: str = TEXT, language: str = "nl", published: str = "2022-02-02", title: str = ""
) -> list[SourceSentence]:
    article = Article(
        text=text, source="a.txt", title=title, language=language, published=PublicationDate(published, "field")
    )
    sentences = split_sentences(text, language)
    hit = Hit(article, Passage(article.id, 0, sentences), 1.0, 1.0, None)
    return [SourceSentence(hit, place, 0.0) for place in range(len(sentences))]


ALL = sources()


def problems(claim: str, *places: int, language: str = "nl") -> list[str]:
    verdict = verify(claim, [ALL[place] for place in places], language=language)
    assert verdict.supported == (not verdict.problems)
    assert (verdict.score >= 0.5) == verdict.supported
    return [problem.kind for problem in verdict.problems]


@pytest.mark.parametrize(
    ("claim", "places"),
    [
        ("De VS sturen tweeduizend militairen naar Polen en Duitsland.", (0,)),
        ("De Amerikanen sturen ongeveer 2000 militairen naar Duitsland en Polen.", (0,)),
        ("Duizend militairen gaan naar Roemenië.", (1,)),
        ("Volgens John Kirby zijn dat tijdelijke maatregelen.", (2,)),
        ("“Dat zijn tijdelijke maatregelen”, aldus Kirby.", (2,)),
        ("Rusland ontkent dat het een invasie plant.", (4,)),
        ("Rusland heeft 100.000 militairen aan de grens.", (4,)),
        ("De Krim werd in 2014 door Rusland veroverd.", (5,)),
        ("De regering wil 5% meer uitgeven aan defensie.", (6,)),
        ("Volgens de politie kwamen er drie mensen om in Gent.", (7,)),
        ("De VS sturen 2.000 militairen naar Polen en Duitsland, en 1.000 militairen gaan naar Roemenië.", (0, 1)),
        ("John Kirby sprak van een sterk signaal aan Poetin.", (3,)),
    ],
)
def test_supported(claim: str, places: tuple[int, ...]) -> None:
    assert problems(claim, *places) == []


@pytest.mark.parametrize(
    ("source", "claim", "kind"),
    [
        ("Er zijn geen doden en geen gewonden gevallen.", "Er zijn doden en gewonden gevallen.", "negation"),
        ("Er zijn geen doden en geen gewonden gevallen.", "Er zijn geen doden gevallen.", ""),
        ("De bestuurder had geen rijbewijs en was niet verzekerd.", "De bestuurder was verzekerd.", "negation"),
        ("De man kreeg vier jaar cel en mag niet meer rijden.", "De man kreeg vier jaar cel.", ""),
        (
            "De gemeente wil de brug slopen en heeft 3 miljoen opzijgezet.",
            "De gemeente heeft 3 miljoen opzijgezet.",
            "",
        ),
        ("Er is nauwelijks bewijs tegen de verdachte.", "Er is bewijs tegen de verdachte.", "negation"),
        ("De raad stemde tegen het voorstel van Groen.", "De raad stemde voor het voorstel van Groen.", "negation"),
        ("De maatregel geldt sinds 2019 in Gent.", "De maatregel geldt tot 2019 in Gent.", "negation"),
        ("Sommige artsen zijn tegen het vaccin.", "Alle artsen zijn tegen het vaccin.", "number"),
        ("Minister Jansen opende dinsdag de nieuwe brug.", "Minister Bakker opende dinsdag de nieuwe brug.", "name"),
        ("Jansen won zondag de finale in Utrecht.", "Bakker won zondag de finale in Utrecht.", "name"),
        ("De bode kwam op 11 maart 2021 aan.", "De bode kwam op 1 maart 2021 aan.", "date"),
        ("De bode komt maandagmorgen aan in Kiev.", "De bode komt morgen aan in Kiev.", "date"),
        ("De wedstrijd begint om 08.00 uur in Utrecht.", "De wedstrijd begint om 20.00 uur in Utrecht.", "number"),
        ("De wedstrijd begint om 8 uur 's avonds.", "De wedstrijd begint om 20.00 uur.", ""),
        ("Onduidelijk is of er doden zijn gevallen in Gent.", "Er zijn doden gevallen in Gent.", "modality"),
        ("De politie onderzoekt of de man de brand stichtte.", "De man stichtte de brand.", "modality"),
        ("De griepgolf eindigt naar verwachting in maart.", "De griepgolf eindigt in maart.", "modality"),
        ("Het bedrijf investeert 5 miljoen, tenzij de rente stijgt.", "Het bedrijf investeert 5 miljoen.", "modality"),
        ("The factory will close if the court agrees.", "The factory will close.", "modality"),
        ("Als de rente daalt, investeert het bedrijf.", "Als de rente daalt investeert het bedrijf.", ""),
        ("Het virus kan dodelijk zijn voor kinderen.", "Het virus is dodelijk voor kinderen.", "modality"),
        ("Er kwamen minder dan 100 mensen naar Gent.", "Er kwamen 100 mensen naar Gent.", "number"),
        ("De reparatie kost 500 euro.", "De reparatie kost minstens 500 euro.", "number"),
        ("Er kwamen ruim 100 mensen naar Gent.", "Er kwamen 100 mensen naar Gent.", ""),
        ("Bij het ongeluk vielen twaalf doden.", "Bij het ongeluk viel één dode.", "number"),
        (
            "De fabriek betaalt 15 euro per uur aan uitzendkrachten.",
            "De fabriek betaalt 15 euro per dag aan uitzendkrachten.",
            "number",
        ),
        (
            "“De brug is onveilig”, zei Mark Jansen tegen Karel Smit.",
            "“De brug is onveilig”, zei Karel Smit.",
            "other_speaker",
        ),
        ("Jansen zei tegen Smit dat de brug onveilig is.", "Volgens Smit is de brug onveilig.", "other_speaker"),
        (
            "De politie zegt dat de auto door rood reed.",
            "De burgemeester zegt dat de auto door rood reed.",
            "other_speaker",
        ),
    ],
)
def test_one_small_change_is_seen_and_a_faithful_part_is_not_refused(source: str, claim: str, kind: str) -> None:
    language = "en" if source.startswith("The") else "nl"
    verdict = verify(claim, sources(source, language)[:1], language=language)
    assert verdict.supported == (not kind)
    assert not kind or kind in [problem.kind for problem in verdict.problems]


@pytest.mark.parametrize(
    ("claim", "places", "kind"),
    [
        ("De VS sturen 2.100 militairen naar Polen en Duitsland.", (0,), "number"),
        ("De VS sturen 2.000 militairen naar Polen en Hongarije.", (0,), "name"),
        ("In 2015 veroverde Rusland de Krim.", (5,), "date"),
        ("In 2014 veroverde Oekraïne de Krim.", (5,), "name"),
        ("Rusland plant een invasie van Oekraïne.", (4,), "denial"),
        ("Rusland heeft geen 100.000 militairen aan de grens.", (4,), "negation"),
        ("De regering geeft vijf procent meer uit aan defensie.", (6,), "modality"),
        ("“Het zijn tijdelijke maatregelen”, zei John Kirby.", (2,), "quotation"),
        ("Dat zijn tijdelijke maatregelen.", (2,), "attribution_lost"),
        ("Bij het ongeluk in Gent kwamen drie mensen om het leven.", (7,), "attribution_lost"),
        ("Lotte Smit versloeg Emma Bakker in de finale in Utrecht.", (8,), "roles"),
        ("Tweeduizend militairen gaan naar Roemenië.", (0, 1), "number"),
        ("De bakker verkoopt elke ochtend verse broodjes.", (0,), "not_covered"),
    ],
)
def test_not_supported(claim: str, places: tuple[int, ...], kind: str) -> None:
    assert kind in problems(claim, *places)


def test_a_speaker_may_not_be_exchanged() -> None:
    text = "“Dat is onjuist”, zei Mark Rutte. Sigrid Kaag zweeg."
    verdict = verify("Volgens Sigrid Kaag is dat onjuist.", sources(text)[:1], language="nl")
    assert not verdict.supported


def test_dates_are_read_beside_the_day_of_publication() -> None:
    (entry,) = sources("De minister kwam gisteren aan in Kiev.")
    assert verify("De minister kwam op 1 februari 2022 aan in Kiev.", [entry], language="nl").supported
    assert not verify("De minister kwam op 2 februari 2022 aan in Kiev.", [entry], language="nl").supported


def test_a_title_may_give_the_name_that_a_sentence_refers_to() -> None:
    (entry,) = sources("De premier kwam in de ochtend aan.", title="Mark Rutte bezoekt Kiev")
    assert verify("Premier Mark Rutte kwam in de ochtend aan.", [entry], language="nl").supported


def test_across_languages_the_encoder_decides_on_what_words_cannot() -> None:
    first, second = sources(ENGLISH, "en")
    claim = "De Verenigde Staten sturen 2.000 militairen naar Polen en Duitsland."
    near = verify(claim, [first], language="nl", similarity=lambda _, entries: [0.93] * len(entries))
    assert near.supported
    assert near.similarity == 0.93
    assert not verify(claim, [first], language="nl", similarity=lambda _, entries: [0.5] * len(entries)).supported
    wrong = "De Verenigde Staten sturen 3.000 militairen naar Polen en Duitsland."
    assert not verify(wrong, [first], language="nl", similarity=lambda _, entries: [0.99] * len(entries)).supported
    plan = verify(
        "Rusland plant een invasie.", [second], language="nl", similarity=lambda _, entries: [0.99] * len(entries)
    )
    assert [problem.kind for problem in plan.problems] == ["negation"]


def test_the_encoder_is_not_asked_where_words_settle_it() -> None:
    def never(text: str, entries: object) -> list[float]:
        raise AssertionError(text)

    assert verify("Duizend militairen gaan naar Roemenië.", [ALL[1]], language="nl", similarity=never).supported
    assert not verify("Duizend militairen gaan naar Polen.", [ALL[1]], language="nl", similarity=never).supported


def test_one_source_of_several_may_support_all_by_itself() -> None:
    claim = "Duizend militairen gaan naar Roemenië."
    together = verify(claim, [ALL[0], ALL[1], ALL[5]], language="nl")
    assert together.supported
    assert together == verify(claim, [ALL[1]], language="nl")


def test_a_number_may_not_move_to_another_name() -> None:
    (entry,) = sources("In Gent vielen 12 doden, terwijl er in Brugge 40 doden vielen.")
    exchanged = verify("In Brugge vielen 12 doden.", [entry], language="nl")
    assert [problem.kind for problem in exchanged.problems] == ["misplaced_number"]
    assert verify("In Brugge vielen 40 doden.", [entry], language="nl").supported


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("De brug ging dicht en de tunnel bleef open.", 2),
        ("De brug ging dicht en open.", 1),
        ("De brug ging dicht en de tunnel bleef open en weg.", 2),
        ("De brug ging dicht en de tunnel bleef open en de pont voer uit.", 3),
    ],
)
def test_a_sentence_is_cut_where_both_sides_say_something(text: str, parts: int) -> None:
    cut = statements(text)
    assert len(cut) == parts
    assert "".join(cut) == text


def test_the_share_of_words_held_is_a_first_look() -> None:
    assert share_held("Duizend militairen gaan naar Roemenië.", ALL[1], language="nl") == 1.0
    assert share_held("De bakker verkoopt broodjes.", ALL[1], language="nl") == 0.0
    assert share_held("De bakker verkoopt broodjes.", sources(ENGLISH, "en")[0], language="nl") == 1.0


def test_nothing_cited_and_nothing_said() -> None:
    assert [problem.kind for problem in verify("De brug is dicht.", [], language="nl").problems] == ["not_covered"]
    assert [problem.kind for problem in verify("Ja.", [ALL[0]], language="nl").problems] == ["no_content"]


@pytest.mark.parametrize("place", range(len(ALL)))
def test_every_sentence_supports_itself(place: int) -> None:
    assert problems(ALL[place].text, place) == []


@settings(max_examples=60)
@given(st.integers(min_value=3, max_value=9999).filter(lambda number: number != 2000), st.booleans())
def test_no_other_number_passes(number: int, grouped: bool) -> None:
    written = f"{number:,}".replace(",", ".") if grouped else str(number)
    claim = f"De VS sturen wel {written} militairen naar Polen en Duitsland."
    assert problems(claim, 0) != []


@settings(max_examples=60)
@given(st.text(max_size=100), st.sampled_from(["nl", "en", "de", "fr", ""]))
def test_any_claim_is_judged_and_the_same_every_time(claim: str, language: str) -> None:
    verdict = verify(claim, ALL[:3], language=language)
    assert verdict == verify(claim, ALL[:3], language=language)
    assert 0 <= verdict.score <= 1
    assert verdict.supported == (not verdict.problems)


NEWS = (
    "De machinist die dinsdag zwaargewond raakte bij het treinongeluk in Lindevoort, is woensdagavond overleden. "
    "Het festival in Elderveen mag volgend jaar nog maar twee dagen duren in plaats van drie. "
    "De verloskamers blijven open, net als de polikliniek en de dialyse. "
    "Windpark Doggerrif levert pas eind 2029 stroom, twee jaar later dan beloofd. "
    "De brug is dicht doordat er een scheur in zit. "
    "Bij de aanslag vielen 12 doden en 40 gewonden."
)


@pytest.mark.parametrize(
    ("claim", "place", "question", "kind"),
    [
        ("De machinist reed door rood omdat hij dinsdag zwaargewond raakte.", 0, "Waarom reed hij door rood?", "cause"),
        ("Het festival in Elderveen mag drie dagen duren.", 1, "Hoe lang duurt het festival?", "replaced"),
        ("De verloskamers en de dialyse blijven open, net als de huisartsen en de spoedpost.", 2, "Wat blijft open?",
         "not_covered"),
        ("Twee jaar.", 3, "Hoelang wordt één wiek van de molens?", "not_covered"),
        ("De brug is dicht doordat er een trein tegen reed.", 4, "Waarom is de brug dicht?", "not_covered"),
        ("Bij de aanslag vielen 40 doden en 12 gewonden.", 5, "Hoeveel doden vielen er?", "misplaced_number"),
        ("Doggerrif levert Doggerrif stroom van Doggerrif eind 2029.", 3, "Wanneer levert Doggerrif stroom?", "not_covered"),
    ],
)  # fmt: skip
def test_what_small_models_make_of_a_source_is_refused(claim: str, place: int, question: str, kind: str) -> None:
    cited = [sources(NEWS)[place]]
    verdict = verify(claim, cited, language="nl", question=question, similarity=lambda *_: [0.99])
    assert kind in [problem.kind for problem in verdict.problems]


@pytest.mark.parametrize(
    ("claim", "place", "question"),
    [
        ("De brug is dicht omdat er een scheur in zit.", 4, "Waarom is de brug dicht?"),
        ("Het festival in Elderveen mag twee dagen duren.", 1, "Hoe lang duurt het festival?"),
        ("Eerst mocht het festival in Elderveen drie dagen duren.", 1, "Hoe lang duurde het festival?"),
        ("Bij de aanslag vielen 40 gewonden en 12 doden.", 5, "Hoeveel doden vielen er?"),
        ("Twee dagen.", 1, "Hoe lang mag het festival in Elderveen volgend jaar duren?"),
    ],
)
def test_what_says_the_same_in_other_words_passes(claim: str, place: int, question: str) -> None:
    cited = [sources(NEWS)[place]]
    assert verify(claim, cited, language="nl", question=question, similarity=lambda *_: [0.99]).problems == ()


def test_several_sources_support_a_sentence_part_by_part_only() -> None:
    cited = [sources(NEWS)[place] for place in (3, 4)]
    both = "Windpark Doggerrif levert pas eind 2029 stroom en de brug is dicht doordat er een scheur in zit."
    mixed = "De brug levert pas eind 2029 stroom doordat er een scheur in windpark Doggerrif zit."
    assert verify(both, cited, language="nl").supported
    assert not verify(mixed, cited, language="nl").supported


def test_the_questions_words_support_nothing() -> None:
    claim = "De machinist in Lindevoort sloeg alarm met een fluit en is woensdagavond overleden."
    cited = [sources(NEWS)[0]]
    assert not verify(claim, cited, language="nl", question="Wie sloeg alarm met een fluit?").supported


class Judge:
    """A made model that has one opinion on everything, and remembers what it was asked."""

    def __init__(self, entailed: float) -> None:
        self.entailed = entailed
        self.asked: list[tuple[str, str]] = []

    def judge(self, pairs: Sequence[tuple[str, str]]) -> list[Entailment]:
        self.asked += pairs
        return [Entailment(self.entailed, 1 - self.entailed) for _ in pairs]


def test_a_model_of_entailment_may_refuse_what_the_checks_let_pass_and_settle_what_words_do_not() -> None:
    copied, reworded = (
        "Duizend militairen gaan naar Roemenië.",
        "Naar Roemenië gaan duizend uniformdragers.",
    )
    against, unsure, certain = Judge(0.1), Judge(0.6), Judge(0.95)
    assert verify(copied, [ALL[1]], language="nl").supported
    refused = verify(copied, [ALL[1]], language="nl", entailment=against)
    assert [problem.kind for problem in refused.problems] == ["not_entailed"]
    assert against.asked == [(f"{ALL[0].text} {ALL[1].text}", copied)]
    assert verify(copied, [ALL[1]], language="nl", entailment=unsure).supported
    assert not verify(reworded, [ALL[1]], language="nl").supported
    assert not verify(reworded, [ALL[1]], language="nl", entailment=unsure).supported
    assert verify(reworded, [ALL[1]], language="nl", entailment=certain).supported


def test_a_model_of_entailment_is_not_asked_where_the_checks_refuse() -> None:
    certain = Judge(0.99)
    assert not verify(
        "Drieduizend militairen gaan naar Roemenië.", [ALL[1]], language="nl", entailment=certain
    ).supported
    assert certain.asked == []
