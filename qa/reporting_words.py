"""Words by which the four languages pass on what somebody said, and nouns for those who say it.

`REPORTING` holds verbs of statement, `OPINION` verbs that mark an opinion or an unproved claim, `SOURCES` the
words that
stand before a source.
"""

from __future__ import annotations

from qa.word_lists import words

__all__ = ["OPINION", "PRONOUNS", "REPORTING", "SOURCES", "SPEAKERS"]

REPORTING: dict[str, frozenset[str]] = {
    "nl": words("zegt zei zeggen zeiden gezegd stelt stelde stellen stelden meldt meldde melden meldden verklaart "
    "verklaarde "
        "verklaarden benadrukt benadrukte benadrukken bevestigt bevestigde bevestigen ontkent ontkende ontkennen "
        "ontkend "
        "schrijft schreef schrijven vertelt vertelde vertellen waarschuwt waarschuwde waarschuwen antwoordt "
        "antwoordde reageert reageerde noemt noemde noemen concludeert concludeerde oordeelt oordeelde "
        "verzekert verzekerde erkent erkende")
    | {"laat weten", "liet weten", "laten weten", "klinkt het"},
    "en": words("says said say saying states stated tells told reports reported reportedly writes wrote added "
    "adds confirms "
        "confirmed denies denied warns warned explains explained insists insisted announced announces notes noted "
        "replied "
        "stressed emphasised emphasized acknowledged admitted"),
    "de": words("sagt sagte sagen sagten erklärt erklärte erklärten berichtet berichtete teilte betont betonte "
    "bestätigt bestätigte "
        "bestreitet bestritt dementiert dementierte warnt warnte schreibt schrieb meint meinte hieß"),
    "fr": words("dit disent déclare déclaré affirme affirmé affirment annonce annoncé confirme confirmé dément "
    "démenti avertit "
        "explique expliqué souligne souligné précise précisé ajoute ajouté écrit indique indiqué rapporte"),
}  # fmt: skip
OPINION: dict[str, frozenset[str]] = {
    "nl": words("vindt vond vinden vonden meent meende menen meenden gelooft geloofde denkt dacht denken dachten "
    "beweert beweerde "
        "beweren beweerden claimt claimde claimen claimden beschuldigt beschuldigde beschuldigen verwijt verweet "
        "verwijten "
        "vermoedt vermoedde vermoeden vreest vreesde vrezen hoopt hoopte bekritiseert bekritiseerde"),
    "en": words("claims claimed claim alleges alleged allegedly believes believed believe thinks thought argues "
    "argued argue accuses "
        "accused suggests suggested fears feared hopes hoped"),
    "de": words("behauptet behauptete behaupten glaubt glaubte glauben denkt wirft findet fürchtet fürchtete "
    "hofft angeblich"),
    "fr": words("prétend prétendent estime estimé croit pense pensent accuse accusé craint juge espère"),
}  # fmt: skip
SOURCES: dict[str, frozenset[str]] = {
    "nl": frozenset({"volgens", "aldus", "naar eigen zeggen", "in de woorden van", "zo zegt", "naar verluidt"}),
    "en": frozenset({"according to", "in the words of", "in the view of"}),
    "de": frozenset({"laut", "zufolge", "nach angaben", "nach aussage", "so der", "so die"}),
    "fr": frozenset({"selon", "d'après", "d’après", "aux dires de"}),
}
SPEAKERS = words(
    "woordvoerder woordvoerster spokesman spokeswoman spokesperson sprecher sprecherin porte-parole parole president "
    "premier minister ministerie onderminister staatssecretaris burgemeester politie police polizei justitie officier "
    "aanklager prosecutor staatsanwalt rechter court hof gericht onderzoeker onderzoekers researcher researchers "
    "experts "
    "expert deskundige deskundigen analist analisten analyst analysts directeur director voorzitter chairman "
    "chief leider "
    "leader regering government regierung gouvernement kabinet oppositie partij party partei advocaat lawyer "
    "anwalt avocat "
    "verdachte suspect getuige witness bewoner bewoners residents buurman buurvrouw auteur author schrijver hoogleraar "
    "professor wetenschapper wetenschappers scientists bron bronnen source sources krant newspaper zeitung journal "
    "persbureau agency agentur officials official functionaris functionarissen autoriteiten authorities behorden "
    "vakbond "
    "union bedrijf company unternehmen organisatie organisation organization coach trainer manager secretary kanzler "
    "bundeskanzler generaal general commandant rapport report bericht studie study onderzoek survey"
)
PRONOUNS = words("hij zij ze he she they er sie il elle ils elles ik i ich je we wij wir nous")
