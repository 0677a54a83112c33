"""Saying that the articles don't hold the answer: why, what comes nearest, and what the library covers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from embeddings.records import Filters
from embeddings.store import Counts
from qa.answer import Answer, Citation, Reason
from qa.calendar_terms import CalendarTerm
from qa.calendar_words import in_words
from qa.evidence import Evidence
from qa.quantity import Quantity

NEAREST = 3
"""Sentences shown as the nearest evidence."""

NO_LIMITS = Filters()

MOST_MISSING = 5
"""Missing things that are named."""

_TEXTS = {
    "nl": {
        "empty_library": "Er staan nog geen artikelen in de bibliotheek.",
        "outside_dates": "Binnen de gevraagde periode of bronnen staat daar niets over in de artikelen; daarbuiten mogelijk wel.",
        "outside_period": "Binnen de gevraagde periode staat daar niets over in de artikelen; daarbuiten mogelijk wel.",
        "outside_sources": "Binnen de gevraagde bronnen staat daar niets over in de artikelen; daarbuiten mogelijk wel.",
        "no_such_source": "Geen krant of bestand in de bibliotheek heet zoals {sources}.",
        "off_topic": "Daar gaan de artikelen niet over.",
        "no_evidence": "Dat staat niet in de artikelen.",
        "missing": "Dat staat niet in de artikelen: over {missing} vind ik hier niets.",
        "false_premise": "Zo staat het niet in de artikelen: {missing} uit de vraag komt daar niet in voor.",
        "left_open": "Hierop geven de artikelen geen antwoord: {missing}",
        "refused_by_model": "Het taalmodel vindt hierop geen antwoord in de artikelen.",
        "covers": "De bibliotheek telt {articles} artikelen{period}.",
        "period": " van {first} tot en met {last}",
        "partly_dated": ", waarvan {undated} zonder datum; de andere{period}",
    },
    "en": {
        "empty_library": "There are no articles in the library yet.",
        "outside_dates": "Within the period or sources asked for, the articles say nothing about it; outside them they may.",
        "outside_period": "Within the period asked for, the articles say nothing about it; outside it they may.",
        "outside_sources": "Within the sources asked for, the articles say nothing about it; outside them they may.",
        "no_such_source": "No outlet or file in the library has a name like {sources}.",
        "off_topic": "The articles are not about that.",
        "no_evidence": "The articles do not say.",
        "missing": "The articles do not say: I find nothing about {missing} here.",
        "false_premise": "The articles do not put it that way: {missing}, as in the question, does not occur there.",
        "left_open": "The articles do not answer this: {missing}",
        "refused_by_model": "The language model finds no answer to this in the articles.",
        "covers": "The library holds {articles} articles{period}.",
        "period": " from {first} to {last}",
        "partly_dated": ", {undated} of them without a date; the others{period}",
    },
    "de": {
        "empty_library": "In der Bibliothek sind noch keine Artikel.",
        "outside_dates": "Im gefragten Zeitraum oder in den gefragten Quellen steht dazu nichts; außerhalb davon vielleicht.",
        "outside_period": "Im gefragten Zeitraum steht dazu nichts; außerhalb davon vielleicht.",
        "outside_sources": "In den gefragten Quellen steht dazu nichts; außerhalb davon vielleicht.",
        "no_such_source": "Keine Zeitung oder Datei in der Bibliothek heißt wie {sources}.",
        "off_topic": "Davon handeln die Artikel nicht.",
        "no_evidence": "Das steht nicht in den Artikeln.",
        "missing": "Das steht nicht in den Artikeln: Zu {missing} finde ich hier nichts.",
        "false_premise": "So steht es nicht in den Artikeln: {missing} aus der Frage kommt dort nicht vor.",
        "left_open": "Hierauf geben die Artikel keine Antwort: {missing}",
        "refused_by_model": "Das Sprachmodell findet in den Artikeln keine Antwort darauf.",
        "covers": "Die Bibliothek enthält {articles} Artikel{period}.",
        "period": " vom {first} bis zum {last}",
        "partly_dated": ", davon {undated} ohne Datum; die anderen{period}",
    },
    "fr": {
        "empty_library": "La bibliothèque ne contient pas encore d'articles.",
        "outside_dates": "Pour la période ou les sources demandées, les articles n'en disent rien ; ailleurs peut-être.",
        "outside_period": "Pour la période demandée, les articles n'en disent rien ; en dehors peut-être.",
        "outside_sources": "Dans les sources demandées, les articles n'en disent rien ; ailleurs peut-être.",
        "no_such_source": "Aucun journal ni fichier de la bibliothèque ne porte un nom comme {sources}.",
        "off_topic": "Les articles n'en parlent pas.",
        "no_evidence": "Les articles ne le disent pas.",
        "missing": "Les articles ne le disent pas : je n'y trouve rien sur {missing}.",
        "false_premise": "Les articles ne le présentent pas ainsi : {missing}, comme dans la question, n'y figure pas.",
        "left_open": "Les articles ne répondent pas à ceci : {missing}",
        "refused_by_model": "Le modèle de langage ne trouve pas de réponse à ceci dans les articles.",
        "covers": "La bibliothèque compte {articles} articles{period}.",
        "period": " du {first} au {last}",
        "partly_dated": ", dont {undated} sans date ; les autres{period}",
    },
}


def abstain(
    answer: Answer,
    evidence: Evidence,
    counts: Counts,
    *,
    filters: Filters = NO_LIMITS,
    sources_known: bool = True,
    found_without_limits: bool = False,
    refused_by_model: bool = False,
) -> Answer:
    """The answer as an abstention with its reason, the nearest evidence and what the library covers.

    Args:
        filters: what was asked to look at only.
        sources_known: whether any article has an outlet or a path that `filters` names.
        found_without_limits: whether there is evidence outside the dates and outlets that were asked for.
        refused_by_model: the evidence seemed enough, but a language model that read it found no answer.
    """
    reason: Reason = "no_evidence" if refused_by_model else reason_for(evidence, counts, found_without_limits)
    texts = _TEXTS.get(answer.language, _TEXTS["en"])
    missing = _named(evidence.missing)
    key: str = (
        "refused_by_model"
        if refused_by_model
        else (
            "missing"
            if missing and (reason == "no_evidence" or (reason == "outside_dates" and not found_without_limits))
            else reason
        )
    )
    if not sources_known and reason != "empty_library":
        key = "no_such_source"
    elif key == "outside_dates":
        key = _limits(filters)
    sources = ", ".join(f"“{source}”" for source in filters.sources)
    said = texts[key].format(missing=missing, sources=sources)
    message = " ".join(filter(None, (said, coverage(counts, answer.language))))
    nearest = tuple(Citation.of(number, source) for number, source in enumerate(evidence.candidates[:NEAREST], start=1))
    return replace(answer, status="abstained", reason=reason, message=message, nearest=nearest)


def _limits(filters: Filters) -> str:
    """The key of the text that says within which limits nothing was found."""
    dated = filters.since or filters.until or filters.as_of
    if dated and filters.sources:
        return "outside_dates"
    return "outside_period" if dated or not filters.sources else "outside_sources"


def _named(missing: Sequence[str]) -> str:
    """What is missing, each once, and of much only the first."""
    unique = list(dict.fromkeys(missing))
    return ", ".join([*unique[:MOST_MISSING], *(["…"] if len(unique) > MOST_MISSING else [])])


def left_open(unanswered: Sequence[str], language: str) -> str:
    """What is said of the parts of a question that the articles don't answer; "" where there are none."""
    if not unanswered:
        return ""
    return _TEXTS.get(language, _TEXTS["en"])["left_open"].format(missing=" ".join(unanswered))


def reason_for(evidence: Evidence, counts: Counts, found_without_limits: bool) -> Reason:
    if not counts.articles:
        return "empty_library"
    if found_without_limits:
        return "outside_dates"
    if not evidence.related:
        return "off_topic"
    missing = set(evidence.missing)
    if missing and missing <= _words_of(evidence, evidence.shape.times):
        return "outside_dates"
    if missing and missing <= _words_of(evidence, evidence.shape.numbers):
        return "false_premise"
    return "no_evidence"


def _words_of(evidence: Evidence, parts: Sequence[CalendarTerm] | Sequence[Quantity]) -> set[str]:
    return {evidence.shape.text[part.start : part.end] for part in parts}


def coverage(counts: Counts, language: str) -> str:
    """One sentence on what the library holds."""
    if not counts.articles:
        return ""
    texts = _TEXTS.get(language, _TEXTS["en"])
    period = ""
    if counts.first_published and counts.last_published:
        period = texts["period"].format(
            first=in_words(counts.first_published, language), last=in_words(counts.last_published, language)
        )
        if counts.undated:
            period = texts["partly_dated"].format(undated=counts.undated, period=period)
    return texts["covers"].format(articles=counts.articles, period=period)
