"""Words by which an article says that something changed, is disputed, holds for a part only, or is somebody's view.

Each pattern joins the four languages: an article's language may be unknown, and none of these words means something
else in another of them.
"""

from __future__ import annotations

import re

from qa.word_lists import words

__all__ = [
    "BY",
    "CAUSE",
    "CHANGED",
    "DISPUTED",
    "DOUBTED",
    "EARLIER",
    "ELIDED",
    "EVALUATED",
    "FIGURE",
    "FIRST_PERSON",
    "JUDGEMENT",
    "LEANS_BACK",
    "MEASURED",
    "ON_SOMEONES_WORD",
    "OVERALL",
    "PEOPLE",
    "QUESTION_WORD",
    "RESUMED",
    "REVERSED",
    "SHARE_OF",
    "replacement_order",
]


def _any(*phrases: str) -> re.Pattern[str]:
    """Phrases as whole words; a star stands for any ending and a space for any white space."""
    alternatives = "|".join(re.escape(phrase).replace(r"\*", r"\w*").replace(r"\ ", r"\s+") for phrase in phrases)
    return re.compile(rf"(?<![\w-])(?:{alternatives})(?!\w)", re.IGNORECASE)


CHANGED = _any(
    "bijgesteld*", "herzien", "gecorrigeerd*", "opgelopen", "gestegen", "gedaald", "gegroeid", "gezakt", "verhoogd",
    "verlaagd", "uitgesteld", "vervroegd", "verschoven", "inmiddels", "intussen", "ondertussen", "vastgesteld op",
    "steeg", "stegen", "daalde", "daalden", "groeide", "zakte", "liep op", "liepen op", "valt hoger uit", "valt lager uit",
    "duurder uit", "teruggebracht", "opgetrokken", "uitgekomen op", "komt uit op", "kwam uit op", "staat nu op", "telt nu",
    "dan gedacht", "dan eerder", "dan gemeld", "dan verwacht", "dan gepland", "nieuwe telling", "hertelling", "doorgeschoven",
    "alsnog", "nog maar", "niet langer", "voortaan", "uiteindelijk", "definitief", "komt nu", "komen nu", "is nu", "zijn nu",
    "wordt nu", "worden nu", "omlaag", "omhoog", "geschrapt", "op tot", "worden het er", "het worden er", "het zijn er nu",
    "nieuwe schatting", "nieuwe berekening", "nieuwe raming", "nieuwe cijfers", "bij nader inzien",
    "rose", "fell", "grew", "dropped", "than thought", "than reported", "than planned", "than previously", "recount", "pushed back",
    "revised", "corrected", "risen", "fallen", "grown", "postponed", "delayed", "brought forward", "by now",
    "no longer", "after all", "meanwhile", "since then", "eventually", "now stands",
    "korrigiert*", "gestiegen", "gesunken", "gewachsen", "verschoben", "inzwischen", "mittlerweile", "nicht mehr",
    "doch noch", "letztlich", "nunmehr",
    "révisé*", "corrigé*", "augmenté", "reporté*", "désormais", "entre-temps", "finalement",
)  # fmt: skip
"""A sentence with one of these says how things stand after a change."""

REVERSED = _any(
    "alsnog", "toch", "uiteindelijk", "afgeblazen", "ingetrokken", "geschrapt", "teruggedraaid", "ziet af", "zien af",
    "zag af", "afgezien", "gaat niet door", "niet door", "van de baan", "overleden", "vrijgesproken", "teruggevonden",
    "after all", "walked away", "called off", "cancelled", "withdrawn", "reversed", "died", "abandoned",
    "doch noch", "abgesagt", "zurückgezogen", "zurückgenommen", "gestorben", "verzichtet",
    "finalement", "annulé*", "retiré*", "renonc*", "abandonné*",
)  # fmt: skip
"""What was so, or was planned, is so no more."""

EARLIER = _any(
    "eerder*", "aanvankelijk", "eerst", "oorspronkelijk", "destijds", "vorig jaar nog", "tot nu toe",
    "earlier", "previously", "initially", "originally", "at first", "so far",
    "zunächst", "ursprünglich", "zuvor", "bisher", "anfangs",
    "d'abord", "initialement", "auparavant", "jusqu'ici",
)  # fmt: skip

DISPUTED = _any(
    "ontken*", "bestrijd*", "bestreed", "betwist*", "weersprak*", "weerspreek*", "spreekt tegen", "spreekt dat tegen",
    "sprak tegen", "houdt vol", "hielden vol", "hield vol", "houden vol", "niet mee eens", "oneens", "streep door",
    "wijst van de hand", "wees van de hand", "van de hand", "tegengesproken", "houdt het bij", "houden het bij",
    "trekt in twijfel", "twijfelt aan", "klopt niet", "klopt niets van", "klopt wel", "wel degelijk", "dementeer*",
    "kan niet kloppen", "niet kan kloppen", "kunnen niet kloppen", "in werkelijkheid", "houdt het op", "houden het op",
    "denies", "denied", "disputes", "disputed", "contradicts", "contradicted", "insists", "insisted", "rejects",
    "maintains", "stands by", "disagrees", "contests",
    "bestreitet", "bestritt", "dementiert*", "widerspricht", "widersprach", "beharrt", "zurückgewiesen",
    "dément", "démenti", "conteste", "contestent", "réfute", "maintient", "nie",
)  # fmt: skip
"""Somebody says that it is otherwise."""

CAUSE = _any(
    "omdat", "doordat", "want", "daarom", "daardoor", "vanwege", "wegens", "dankzij", "ten gevolge van", "als gevolg van",
    "waardoor", "because", "since", "therefore", "due to", "owing to", "thanks to", "as a result of",
    "weil", "denn", "deshalb", "daher", "wegen", "aufgrund", "infolge", "parce que", "car", "donc", "grâce à", "en raison de",
    "à cause de",
)  # fmt: skip
"""What follows, or what came before, is the reason."""

BY = _any("door", "reden", "oorzaak", "namelijk", "immers", "by", "after", "reason", "following", "durch", "grund", "ursache",
          "nämlich", "par", "après", "puisque", "cause")  # fmt: skip
"""In a source enough for a reason, though by itself none."""

JUDGEMENT = _any(
    "vindt", "vinden", "vind ik", "vond", "vonden", "meent", "menen", "denkt", "noemt", "noemen", "oordeelt", "acht",
    "gelooft", "te hoog", "te laag", "volgens analist", "analist", "columnist", "werkelijke waarde",
    "thinks", "believes", "considers", "argues", "put the true value", "true value", "analyst", "in the view of",
    "findet", "meint", "glaubt", "hält für", "analyst",
    "estime", "juge", "pense", "trouve", "analyste",
)  # fmt: skip
"""What follows is a view, not a count."""

FIRST_PERSON = re.compile(r"(?<![\w'’-])(?:ik|mijn|mij|I|my|ich|meine[rnms]?|je|mon)(?!\w)")
"""Outside quotations only a column or a letter uses it."""

ON_SOMEONES_WORD = _any(
    "volgens", "aldus", "zegt", "zeggen", "stelt", "stellen", "meldt", "melden", "sprak van", "spreekt van", "claimt",
    "beweert", "houdt het", "schat", "schatten", "raamt", "zelf", "according to", "says", "said", "claims", "puts",
    "estimates", "laut", "zufolge", "sagt", "spricht von", "schätzt", "selon", "affirme", "dit", "estime", "évalue",
)  # fmt: skip

DOUBTED = re.compile(
    r"(?<!\w)(?:(?:het|mee|over|erover|daarover) (?:\w+ )?(?:eens|oneens)|oneens|klopt dat(?=\W*$)|betwist|omstreden|tegenspraak|"
    r"agree|disagree|disputed|einig|uneinig|umstritten|stimmt das|d'accord)(?!\w)",
    re.IGNORECASE,
)
"""The question itself asks whether people agree on something."""

PEOPLE = words("mensen mens personen persoon inwoners people persons menschen personen personnes gens")
"""What is counted where nothing is said about what sets it apart."""

EVALUATED = _any(
    "genoeg", "voldoende", "slecht", "slechter", "goed", "beter", "terecht", "onterecht", "reëel", "realistisch",
    "verstandig", "onverstandig", "eerlijk", "oneerlijk", "zinvol", "nuttig", "haalbaar", "te veel", "te weinig", "te duur",
    "te hoog", "te laag", "overdreven", "een goed idee", "schadelijk", "wenselijk", "rechtvaardig", "de moeite waard",
    "enough", "bad", "worse", "good", "better", "fair", "unfair", "realistic", "sensible", "worthwhile", "harmful", "too much",
    "too little", "too high", "justified", "genug", "schlecht", "gut", "besser", "gerecht", "sinnvoll", "vernünftig", "zu hoch",
    "assez", "mauvais*", "bon", "bonne", "mieux", "juste", "injuste", "réaliste*", "raisonnable*", "trop",
)  # fmt: skip
"""In a question that asks whether something is so: it asks for a judgement."""

QUESTION_WORD = re.compile(
    r"(?<!\w)(?:wat|welke?|hoe|hoeveel|waar\w*|wie|wanneer|what|which|how|where|when|why|who|welche[rsnm]?|quels?|quelles?|"
    r"que|qu['’]\w+|comment|combien|quoi)(?!\w)|^\W*was(?=\s(?:hat|ist|sagt|kostet|macht|passiert\w*)\s)",
    re.IGNORECASE,
)

FIGURE = _any(
    "cijfer*", "getal*", "bedrag*", "aantal*", "schatting*", "berekening*", "telling*", "figure*", "number*", "estimate*",
    "calculation*", "zahl*", "angabe*", "schätzung*", "chiffre*", "estimation*", "calcul*",
)  # fmt: skip

LEANS_BACK = re.compile(
    r"(?<!\w)(?:dat|dit|daar|daarvan|daarmee|hiervan|that|this|it|das|dies|dem|cela|ce)(?!\w)", re.IGNORECASE
)

OVERALL = _any(
    "wereldwijd", "landelijk", "nationaal", "in totaal", "totaal", "hele land", "heel nederland", "in nederland", "europees",
    "mondiaal",
    "worldwide", "globally", "nationwide", "national", "in total", "overall",
    "weltweit", "bundesweit", "landesweit", "insgesamt",
    "mondial*", "national*", "au total",
)  # fmt: skip
"""Words for the whole, or for a measure that is not the only one."""

MEASURED = _any(
    "bruto", "netto", "inclusief", "exclusief", "na aftrek", "kale", "meegerekend", "meegeteld",
    "op papier", "betaalde", "betalende", "alleen al",
    "gross", "net of", "including", "excluding", "paying", "brutto", "einschließlich", "abzüglich",
    "brut", "net", "y compris", "hors",
)  # fmt: skip
"""How a value was measured; where only one of two says it, they need not contradict each other."""

ELIDED = re.compile(
    r"(?<!\w)(?:er|ervan|het aantal|dat aantal|het totaal|of them|the number|the total|davon|die zahl|le nombre)(?!\w)"
    r"[^.,;:]{0,24}$",
    re.IGNORECASE,
)
"""Before a number without a noun of its own: it counts what the sentence before it named."""

RESUMED = re.compile(
    r"(?<!\w)(?:is|zijn|was|waren|ligt|lag|blijft|bleef|zou|gaat) (?:dat|dit|het daar|er daar)(?!\w)|"
    r"(?<!\w)(?:it is|it was|that is|that was|ist es|sind es|waren es|liegt (?:er|sie|es)|c['’]est|c['’]était)(?!\w)",
    re.IGNORECASE,
)
"""The verb that takes up what was measured before, for another place, time or part."""

SHARE_OF = re.compile(
    r"(?<!\w)(?:(?:waarvan|van wie|onder wie|van hen|daarvan|of whom|of which|of them|davon|dont|parmi lesquels)(?!\w)[^.;]{0,12}|"
    r"van de\s+)$",
    re.IGNORECASE,
)
"""At the end of what stands before a number: it is a part of another."""

_GAP = r"[^.;]{0,40}?"
CORRECTIONS = (
    (re.compile(rf"(?<!\w)(?:niet|geen|not|nicht|kein\w*|pas){_GAP}$", re.I),
     re.compile(r"^[^.;]{0,60}?(?<!\w)(?:maar|but|sondern|mais)(?!\w)[^.;]{0,40}$", re.I), "old first"),
    (re.compile(r"", re.I),
     re.compile(r"^[^.;]{0,40}?(?:,|(?<!\w)(?:en|and|und|et))\s*(?:niet|geen|not|nicht|pas)(?!\w)[^.;]{0,20}$", re.I),
     "new first"),
    (re.compile(r"(?<!\w)(?:van|from|von|de)\s*$", re.I),
     re.compile(r"^[^.;]{0,30}?(?<!\w)(?:naar|to|auf|à)\s*$", re.I), "old first"),
    (re.compile(r"", re.I),
     re.compile(r"^[^.;]{0,60}?(?<!\w)(?:in plaats van|dan de|instead of|rather than|than the|statt|anstelle von|"
                r"au lieu de)(?!\w)[^.;]{0,20}$", re.I), "new first"),
)  # fmt: skip
"""What stands before the first of two values and between them where a sentence sets one right by the other."""


def replacement_order(text: str, first: tuple[int, int], second: tuple[int, int]) -> str:
    """Which of two values of a sentence it sets in the place of the other: "old first", "new first", or "" for neither.

    Args:
        first, second: where the values stand, as start and end.
    """
    before, between = text[: first[0]], text[first[1] : second[0]]
    return next((order for lead, middle, order in CORRECTIONS if lead.search(before) and middle.search(between)), "")
