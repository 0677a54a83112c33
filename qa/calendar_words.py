"""The words by which the four languages name days, months and spans of time."""

from __future__ import annotations

from datetime import date

from qa.word_lists import words

__all__ = [
    "EDGES",
    "MONTHS",
    "NEXT",
    "PREVIOUS",
    "QUARTERS",
    "RELATIVE",
    "ROLLING",
    "SEASONS",
    "THIS",
    "UNITS",
    "WEEKDAYS",
    "YEAR_LEADS",
    "in_words",
]


def _numbered(text: str, first: int) -> dict[str, int]:
    """Names separated by spaces, the variants of one by slashes."""
    return {name: place for place, names in enumerate(text.split(), start=first) for name in names.split("/")}


MONTHS: dict[str, dict[str, int]] = {
    "nl": _numbered("januari/jan februari/feb maart/mrt april/apr mei juni/jun juli/jul augustus/aug "
                    "september/sept/sep oktober/okt november/nov december/dec", 1),
    "en": _numbered("january/jan february/feb march/mar april/apr may june/jun july/jul august/aug "
                    "september/sept/sep october/oct november/nov december/dec", 1),
    "de": _numbered("januar/jänner/jan februar/feb märz/mär april/apr mai juni/jun juli/jul august/aug "
                    "september/sept/sep oktober/okt november/nov dezember/dez", 1),
    "fr": _numbered("janvier/janv février/févr mars avril/avr mai juin juillet/juil août "
                    "septembre/sept octobre/oct novembre/nov décembre/déc", 1),
}  # fmt: skip
WEEKDAYS: dict[str, dict[str, int]] = {
    "nl": _numbered("maandag dinsdag woensdag donderdag vrijdag zaterdag zondag", 0),
    "en": _numbered("monday tuesday wednesday thursday friday saturday sunday", 0),
    "de": _numbered("montag dienstag mittwoch donnerstag freitag samstag/sonnabend sonntag", 0),
    "fr": _numbered("lundi mardi mercredi jeudi vendredi samedi dimanche", 0),
}
EDGES: dict[str, dict[str, str]] = {
    "nl": {"begin": "early", "midden": "middle", "half": "middle", "medio": "middle", "eind": "late", "einde": "late"},
    "en": {"early": "early", "mid": "middle", "late": "late", "end of": "late", "beginning of": "early",
           "the end of": "late", "start of": "early"},
    "de": {"anfang": "early", "mitte": "middle", "ende": "late"},
    "fr": {"début": "early", "mi": "middle", "fin": "late", "à la fin de": "late"},
}  # fmt: skip
PREVIOUS = {
    "nl": ("vorige", "vorig", "afgelopen", "voorbije", "laatste"),
    "en": ("last", "previous", "past"),
    "de": ("letzte", "letzten", "letztes", "letzter", "vergangene", "vergangenen", "vergangenes", "vorige", "vorigen"),
    "fr": ("dernier", "dernière", "passé", "passée"),
}
THIS = {"nl": ("deze", "dit"), "en": ("this",), "de": ("diese", "dieser", "dieses", "diesen", "diesem"),
        "fr": ("cette", "cet", "ce")}  # fmt: skip
NEXT = {
    "nl": ("volgende", "volgend", "komende", "komend", "aanstaande"),
    "en": ("next", "coming", "upcoming"),
    "de": ("nächste", "nächsten", "nächster", "nächstes", "kommende", "kommenden", "kommender", "kommendes"),
    "fr": ("prochain", "prochaine"),
}
ROLLING: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "nl": (("afgelopen", "voorbije", "laatste"), ("komende",)),
    "en": (("last", "past", "previous", "recent"), ("next", "coming")),
    "de": (("letzten", "vergangenen", "letzte", "vergangene"), ("nächsten", "kommenden")),
    "fr": (("derniers", "dernières", "dernieres"), ("prochains", "prochaines")),
}
"""Words before a number of units that is reckoned back from today, and on from it."""
QUARTERS = {
    "nl": _numbered("eerste/1e tweede/2e derde/3e vierde/4e", 1),
    "en": _numbered("first/1st second/2nd third/3rd fourth/4th", 1),
    "de": _numbered(
        "erste/ersten/erstes/1. zweite/zweiten/zweites/2. dritte/dritten/drittes/3. vierte/vierten/viertes/4.", 1
    ),
    "fr": _numbered("premier/1er deuxième/2e troisième/3e quatrième/4e", 1),
}
_SPRING, _SUMMER, _AUTUMN, _WINTER = 3, 6, 9, 12
SEASONS = {
    "nl": {"lente": _SPRING, "voorjaar": _SPRING, "zomer": _SUMMER, "herfst": _AUTUMN, "najaar": _AUTUMN,
           "winter": _WINTER},
    "en": {"spring": _SPRING, "summer": _SUMMER, "autumn": _AUTUMN, "winter": _WINTER},
    "de": {"frühling": _SPRING, "frühjahr": _SPRING, "sommer": _SUMMER, "herbst": _AUTUMN, "winter": _WINTER},
    "fr": {"printemps": _SPRING, "été": _SUMMER, "automne": _AUTUMN, "hiver": _WINTER},
}  # fmt: skip
"""The month in which a season of three begins."""
UNITS: dict[str, dict[str, str]] = {
    "nl": {"dag": "day", "dagen": "day", "week": "week", "weken": "week", "weekend": "weekend", "weekeinde": "weekend",
           "maand": "month", "maanden": "month", "jaar": "year", "jaren": "year", "uur": "hour", "minuten": "minute"},
    "en": {"day": "day", "days": "day", "week": "week", "weeks": "week", "weekend": "weekend", "month": "month",
           "months": "month", "year": "year", "years": "year", "hours": "hour", "minutes": "minute"},
    "de": {"tag": "day", "tage": "day", "tagen": "day", "woche": "week", "wochen": "week", "wochenende": "weekend",
           "monat": "month", "monate": "month", "monaten": "month", "jahr": "year", "jahre": "year", "jahren": "year",
           "jahres": "year", "stunden": "hour", "minuten": "minute"},
    "fr": {"jour": "day", "jours": "day", "semaine": "week", "semaines": "week", "week-end": "weekend",
           "mois": "month", "an": "year", "ans": "year", "année": "year", "années": "year", "heures": "hour"},
}  # fmt: skip
_TODAY, _YESTERDAY, _TOMORROW = ("today", 0), ("yesterday", -1), ("tomorrow", 1)
RELATIVE: dict[str, dict[str, tuple[str, int]]] = {
    "nl": {"eergisteren": ("two days before", -2), "gister(?:en)?(?:ochtend|middag|avond|nacht)?": _YESTERDAY,
           "overmorgen": ("two days after", 2), "(?:vandaag|vanavond|vanochtend|vanmorgen|vanmiddag|vannacht)": _TODAY,
           "morgen(?:ochtend|middag|avond)": _TOMORROW, "morgen": _TOMORROW},
    "en": {"yesterday": _YESTERDAY, "last night": _YESTERDAY, "(?:today|tonight|this "
    "(?:morning|afternoon|evening))": _TODAY,
           "tomorrow": _TOMORROW},
    "de": {"vorgestern": ("two days before", -2), "gestern": _YESTERDAY, "heute": _TODAY,
           "übermorgen": ("two days after", 2)},
    "fr": {"avant-hier": ("two days before", -2), "hier": _YESTERDAY, "aujourd['’]hui": _TODAY, "demain": _TOMORROW},
}  # fmt: skip
YEAR_LEADS = {
    "strong": words("in sinds since anno depuis en seit zomer winter herfst najaar voorjaar lente summer spring "
        "autumn fall sommer fruhjahr herbst eind begin midden half medio januari februari maart april mei juni juli "
        "augustus september oktober november december january february march may june july august october "
        "spelen verkiezingen"),
    "weak": words("van voor uit tot na vanaf tegen of by until from before after bis von vor ab nach de avant jusqu"),
    "counting": words("circa ca ongeveer zo'n zo’n zowat ruim bijna dan dus naar etwa rund knapp uber environ "
    "about around nearly almost "
        "over some hooguit minstens maximaal krap pakweg"),
    "followers": words("en of is was werd werden wordt toen had hebben heeft tot maar om te the a and or to when "
    "it was were had has "
        "by und oder ist war wurde bis et ou est il elle de het een hij zij ze er naar in op der die das"),
}  # fmt: skip


def in_words(day: date, language: str, precision: str = "day") -> str:
    """A date as it is written in running text ("22 april 2024"), to the day, the month or the year; in English where
    the language is not one of the four."""
    language = language if language in MONTHS else "en"
    if precision == "year":
        return f"{day.year}"
    month = next(name for name, number in MONTHS[language].items() if number == day.month)
    month = month.capitalize() if language in ("en", "de") else month
    if precision == "month":
        return f"{month} {day.year}"
    number = f"{day.day}." if language == "de" else "1er" if language == "fr" and day.day == 1 else str(day.day)
    return f"{number} {month} {day.year}"
