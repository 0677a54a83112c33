"""Words by which a question asks for a value and a source gives one: what is counted, what a sum of money is, how long.

Each pattern joins the four languages, as those in `qa.change_cues` do.
"""

from __future__ import annotations

import re
from typing import Literal, TypeAlias

Dimension: TypeAlias = Literal["money", "percent", "measure", "level", "count", "day", "degree", "state"]

HOW_MANY = re.compile(
    r"(?<!\w)(?:hoe ?veel|how many|how much|wie ?viele?|combien(?: de| d['’])?|aantal|number of|nombre de|anzahl der)(?!\w)",
    re.IGNORECASE,
)
PATTERNS: tuple[tuple[Dimension, str], ...] = (
    ("money", r"kost(?:en|te|ten)?|prijs|prijzen|bedrag|geld|waard|waarde|duur|\w*opbrengst|opgebracht|betaal\w*|betaalt|"
                  r"boete|budget|begroting|omzet|winst|verlies|schade|subsidie|investering|euro|dollar|costs?|price|worth|money|"
                  r"lever(?:t|de|en) [^?]*\bop|br(?:engt|acht) [^?]*\bop|pay|paid|raised|kostet|kosten|preis|wert|geld|coût\w*|coûté|prix|argent|vaut|valeur"),
    ("percent", r"procent|percentage|\w*aandeel|welke? deel|percent|share|prozent|anteil|pourcentage|part"),
)  # fmt: skip
DIMENSIONS = tuple(
    (dimension, re.compile(rf"(?<!\w)(?:{pattern})(?!\w)", re.IGNORECASE)) for dimension, pattern in PATTERNS
)
FAMILIES = tuple(
    re.compile(rf"(?<!\w)(?:{pattern})(?!\w)", re.IGNORECASE)
    for pattern in (
        r"dode(?:n|lijke)?|dodental|dodelijk\w*|omgekomen|overled\w+|slachtoffers?|gestorven|st[ie]+r(?:f|ft|ven)|kw?a?[ao]m(?:en)? om|om het leven|"
        r"dead|deaths?|died|killed|death toll|fatalities|tote[nr]?|todesopfer|getötet|ums leben|morts?|décès|tués?",
        r"gewond\w*|injur\w+|wounded|hurt|verletzt\w*|blessés?",
        r"\w*banen|arbeidsplaats(?:en)?|voltijdbanen|\w*plekken|jobs?|positions?|arbeitsplätze|stellen|emplois?|postes?",
        r"bezoekers?|deelnemers?|demonstranten|betogers|toeschouwers|aanwezigen|visitors|participants|protesters|attendees|"
        r"spectators|besucher|teilnehmer|zuschauer|visiteurs|manifestants|spectateurs",
        r"leden|lid|opgezegd|members?|mitglieder|membres",
        r"huishoudens?|gezinnen|adressen|households|families|haushalte|familien|foyers|ménages",
        r"vluchtelingen|asielzoekers|statushouders|refugees|asylum seekers|flüchtlinge|asylbewerber|réfugiés|demandeurs d'asile",
        r"\w*leerlingen|scholieren|kinderen|pupils|students|schüler\w*|élèves",
        r"werknemers|\w*medewerkers|personeelsleden|arbeiders|employees|workers|staff|mitarbeiter\w*|beschäftigte\w*|salariés",
        r"\w*woningen|\w*huizen|homes?|houses?|wohnungen|logements?",
    )
)
OF_PEOPLE = frozenset(place for place, pattern in enumerate(FAMILIES) if pattern.search("leden bezoekers werknemers"))
"""Families of words for people, who may also be called just that."""
# What a sum of money is: a price is neither a profit nor a fine. "Betaalt" may be any of them.
ROLES: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (role, re.compile(rf"(?<!\w)(?:{pattern})(?!\w)", re.IGNORECASE))
    for role, pattern in (
        ("price", r"kost(?:en|te|ten)?|kostprijs|\w*prijs|koopsom|waard\w*|getaxeerd|taxaties?|costs?|prices?|worth|value|"
                  r"kostet\w*|preis|wert|coût\w*|coûté|prix|vaut|valeur"),
        ("profit", r"\w*winst|profits?|gewinn|bénéfices?"),
        ("loss", r"\w*verlies|loss(?:es)?|verlust|pertes?|benadeel\w*|schade\w*|damages?|schaden|dommages?|dégâts"),
        ("revenue", r"\w*omzet|turnover|revenues?|umsatz|chiffre d'affaires"),
        ("fine", r"boetes?|fine[ds]?|bußgeld|geldstrafe|amendes?|dwangsom"),
        ("reward", r"\w*beloning|\w*premie|rewards?|bonus|belohnung|récompense|prime"),
        ("raised", r"\w*opbrengst|opgebracht|br(?:engt|acht)(?: [^?]*)? op|lever(?:t|de)(?: [^?]*)? op|opgehaald|ingezameld|raised|gesammelt|récolté\w*|collecté\w*"),
        ("support", r"subsidies?|\w*steun|grants?|subsid(?:y|ies)|zuschuss|subventions?|lening|loan"),
        ("wage", r"\w*salaris|\w*loon|wages?|salary|gehalt|lohn|salaire|per uur|per hour|pro stunde"),
    )
)  # fmt: skip
LIMIT = re.compile(
    r"(?<!\w)(?:norm|grens|grenswaarde|maximum|limiet|doel|limit|target|grenzwert|norme|seuil)(?!\w)[^,;]*$", re.I
)
OF_WHOM = re.compile(
    r"(?<!\w)(?:hoe ?veel|how many|wie ?viele|combien de) (?:mensen|personen|people|menschen|personnes)(?!\w)", re.I
)
FURTHER = re.compile(r"(?<!\w)(?:per|pro|par|van|in|voor|bij|of|for|von|für|pour)(?!\w)", re.I)
HOW_LONG = re.compile(
    r"(?<!\w)(?:hoe ?lang|how long|wie lange|combien de temps|hoeveel (?:jaar|maanden|weken|dagen|uur|minuten))(?!\w)",
    re.I,
)
# A tower, a fine, a rate: only the answer says in what it is measured.
HOW_HIGH = re.compile(r"(?<!\w)(?:hoe (?:hoog|laag)|how (?:high|low)|wie (?:hoch|niedrig))(?!\w)", re.I)
EXTRA = re.compile(
    r"(?<!\w)(?:extra|meer|minder|more|fewer|additional|mehr|weniger|zusätzlich\w*|de plus|supplémentaires?)(?!\w)",
    re.I,
)
DIFFERENCE = re.compile(
    r"\s*(?:\w+\s+)?(?:duurder|goedkoper|meer|minder|hoger|lager|extra|geschrapt|erbij|eraf|more|less|higher|lower|fewer|extra|mehr|weniger|höher|"
    r"niedriger|teurer|de plus|de moins)(?!\w)",
    re.I,
)
SCALED = re.compile(
    r"\D{0,2}(\d{1,3}(?:[.,]\d{1,2})?)\s+(?:duizend|miljoen|miljard|mln|mld|thousand|million|billion|Tausend|Millionen|"
    r"Milliarden|Mio|Mrd|mille|millions?|milliards?)(?!\w)",
    re.IGNORECASE,
)
DEGREE = re.compile(
    r"\W*(?:hoe|how|wie|comment)\s+(?!(?:veel|gaa[tn]|ging|heet|heten|komt|kwam|is|was|zijn|werd|wordt|kan|kon|moet|wil|did|does|do|are|were|can|ist|hat|est|ont)\b)\w+",
    re.I,
)
