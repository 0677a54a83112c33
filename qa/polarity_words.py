"""Words that deny, and words that say that something is planned, possible or wished for rather than done."""

from __future__ import annotations

import re

from embeddings.patterns import lazily

__all__ = [
    "ABILITY",
    "CAN_BE",
    "CLAUSE_BREAKS",
    "CONDITION",
    "DENIAL",
    "DETERMINERS",
    "DONE",
    "FUTURE",
    "INTENT",
    "NEGATION",
    "NOT_NEGATING",
    "OPPOSED",
    "OPPOSITE",
    "POSSIBILITY",
    "SETTLED",
    "UNIVERSAL",
]


def _any(words: str) -> re.Pattern[str]:
    """Words separated by spaces; an underscore stands for a space, a star for any ending."""
    alternatives = sorted(words.split(), key=len, reverse=True)
    escaped = [re.escape(word).replace("_", r"\s+").replace(r"\*", r"\w*") for word in alternatives]
    return lazily(r"(?<![\w’'])(?:" + "|".join(escaped) + r")(?![\w])", re.IGNORECASE)


NEGATION: dict[str, re.Pattern[str]] = {
    "nl": _any("niet geen nooit niemand niets nergens noch zonder geenszins evenmin geen_enkele nauwelijks amper"),
    "en": _any("not no never nobody nothing nowhere neither nor without cannot can't don't doesn't didn't isn't "
    "aren't wasn't "
               "weren't won't wouldn't couldn't shouldn't hasn't haven't hadn't don’t doesn’t didn’t isn’t aren’t "
               "wasn’t "
               "weren’t won’t wouldn’t couldn’t hasn’t haven’t hadn’t can’t n't n’t none hardly scarcely"),
    "de": _any("nicht kein keine keinen keinem keiner keines nie niemals niemand nichts nirgends ohne weder noch kaum"),
    "fr": _any("pas jamais aucun aucune rien personne_ne ne_*_pas sans ni non"),
}  # fmt: skip
# Phrases that hold a negative word and deny nothing of what their clause says.
NOT_NEGATING: dict[str, re.Pattern[str]] = {
    "nl": _any("niet_alleen niet_enkel niet_slechts niet_zozeer nog_niet_zo_lang_geleden al_dan_niet of_niet zo_niet "
               "niet_minder_dan niet_in_het_minst waar_of_niet niet-* nietes zonder_meer zonder_twijfel"),
    "en": _any("not_only not_just not_least no_fewer_than no_less_than no_more_than no_later_than whether_or_not "
    "or_not "
               "no_doubt no_longer_than nothing_but no. not_merely"),
    "de": _any("nicht_nur nicht_zuletzt nicht_weniger_als ob_oder_nicht ohne_zweifel nicht_bloß noch"),
    "fr": _any("non_seulement pas_seulement pas_moins_de sans_doute ou_non le_pas un_pas non_plus"),
}  # fmt: skip
DENIAL: dict[str, re.Pattern[str]] = {
    "nl": _any("ontken* ontkracht* weiger* weerleg* verwerp* verwierp* wijst_*_van_de_hand wijzen_*_van_de_hand "
    "van_de_hand weersprak* "
               "weerspreek* spreekt_*_tegen sprak_*_tegen tegengesproken dement* betwist*"),
    "en": _any("deny denies denied denying refuse* reject* refut* dismiss* disput* rebuff*"),
    "de": _any("bestreit* bestritt* dementier* weiger* verweiger* widersprach* widerspricht zurückgewiesen leugne*"),
    "fr": _any("dément démentent démenti nie nient nié refus* rejet* réfut* conteste*"),
}  # fmt: skip
POSSIBILITY: dict[str, re.Pattern[str]] = {
    "nl": _any("mogelijk misschien wellicht zou zouden vermoedelijk waarschijnlijk naar_verluidt kennelijk eventueel "
               "mogelijkerwijs mogelijks schijnt schijnen lijkt lijken vermeende beweerdelijk zou_kunnen "
               "verwacht verwachten verwachtte verwachtten verwachting onduidelijk onzeker ongewis onderzoek*_of onderzocht_of onderzocht_wordt_of wordt_of "
               "nagaan_of nagegaan_of kijkt_of kijken_of bekijkt_of bekijken_of vraag_of afwachten_of bekend_of duidelijk_of weet_of weten_of zeker_of"),
    "en": _any("may might could possibly perhaps maybe allegedly reportedly likely probably purportedly would alleged "
               "suspected seems seem appears apparently presumably potentially whether unclear uncertain expect expects"),
    "de": _any("möglicherweise vielleicht könnte könnten dürfte dürften angeblich vermutlich wahrscheinlich wohl "
    "mutmaßlich* "
               "eventuell soll sollen scheint würde würden voraussichtlich unklar ungewiss erwartet erwarten"),
    "fr": _any("peut-être pourrait pourraient aurait auraient serait seraient probablement éventuellement semble "
    "semblent "
               "apparemment possible présumé* incertain s’attend s'attend"),
}  # fmt: skip
INTENT: dict[str, re.Pattern[str]] = {
    "nl": _any("wil willen wilde wilden van_plan plan plannen plant planden gepland geplande voornemen voornemens "
    "overweegt "
               "overwegen overwoog hoopt hopen dreigt dreigen dreigde eist eisen eiste poogt probeert proberen "
               "probeerde "
               "beoogt beoogde streeft streven bereid belooft beloven beloofde voorstel bedoeling voorgenomen"),
    "en": _any("want wants wanted plan plans planned planning intend intends intended consider considers considering "
               "considered hope hopes hoped threaten threatens threatened seek seeks sought aim aims aimed try "
               "tries tried "
               "trying promise promises promised propose proposes proposed proposal demand demands demanded vow "
               "vows vowed "
               "pledge pledges pledged intention"),
    "de": _any("will wollen wollte wollten plant planen plante planten geplant plan pläne absicht beabsichtig* "
    "erwägt erwägen "
               "hofft hoffen droht drohen drohte fordert fordern versucht versuchen verspricht vorhaben"),
    "fr": _any("veut veulent voulait voulaient prévoit prévoient projet projette* envisage* compte comptent "
    "menace* espère* "
               "souhaite* cherche* tente* promet* propose* exige* intention"),
}  # fmt: skip
FUTURE: dict[str, re.Pattern[str]] = {
    "nl": _any("zal zullen gaat gaan moet moeten mag mogen komt_er binnenkort"),
    "en": _any("will shall going_to won't won’t 'll ’ll is_to are_to set_to due_to_be expected must should soon"),
    "de": _any("wird werden soll sollen muss müssen darf"),
    "fr": _any("va vont sera seront doit doivent devrait devraient"),
}  # fmt: skip
# What can be done; enough to keep a possibility, no sign of one by itself.
ABILITY: dict[str, re.Pattern[str]] = {
    "nl": _any("kan kunnen kon konden"), "en": _any("can"), "de": _any("kann können konnte "
    "konnten"), "fr": _any("peut peuvent"),
}  # fmt: skip
# Phrases with a word of possibility or wish that leave nothing open.
SETTLED: dict[str, re.Pattern[str]] = {
    "nl": lazily(r"\b(?:zo \w+ mogelijk|niet mogelijk|mogelijk (?:om|te|maakt?|maken|gemaakt)\b|(?:het"
    r"|maak\w*) mogelijk|wil (?:je|u|jij)\b|zou (?:je|u) )", re.I),
    "en": lazily(r"\b(?:as \w+ as possible|if you want|would like|in May)\b", re.I),
    "de": lazily(r"\bso \w+ wie möglich\b", re.I),
    "fr": lazily(r"\baussi \w+ que possible\b", re.I),
}  # fmt: skip
# The perfect and the simple past where their form shows.
DONE: dict[str, re.Pattern[str]] = {
    "nl": lazily(
        r"\b(?:heeft|hebben|had|hadden|is|zijn|was|waren|werd|werden)\b(?=[^.;]{0,90}\b(?:ge\w{2,}(?:d|t|en)|ver\w{2,}(?:d|t)|"
        r"be\w{3,}(?:d|t)|ont\w{2,}(?:d|t)|her\w{2,}(?:d|t)|\w+ge\w{2,}(?:d|t|en))\b)|\b(?:werd|werden)\b",
        re.IGNORECASE,
    ),
    "en": lazily(r"\b(?:has|have|had|was|were|did)\b|\b\w{3,}ed\b|\b(?:sent|went|took|made|gave|came|won|lost"
    r"|fell|rose|left|began|killed)\b", re.I),
    "de": lazily(r"\b(?:hat|haben|hatte|hatten|ist|sind|wurde|wurden|war"
    r"|waren)\b(?=[^.;]{0,90}\b(?:\w*ge\w{2,}(?:t|en)|ver\w+t|be\w+t)\b)|\b(?:wurde|wurden)\b", re.I),
    "fr": lazily(r"\b(?:a|ont|est|sont|avait|avaient|était|étaient)\s+(?:\w+\s+){0,2}\w+(?:é|ée|és|ées|i|is"
    r"|it|u|us)\b", re.I),
}  # fmt: skip
_OPPOSITES = (
    ("voor", "tegen"), ("na", "voor"), ("onder", "boven"), ("sinds", "tot"), ("vanaf", "tot"), ("met", "zonder"), ("before", "after"),
    ("for", "against"), ("above", "below"), ("since", "until"), ("with", "without"), ("für", "gegen"), ("vor", "nach"), ("seit", "bis"),
    ("mit", "ohne"), ("pour", "contre"), ("avant", "après"), ("avec", "sans"),
)  # fmt: skip
OPPOSITE: dict[str, str] = {}
"""Of a preposition the words, as a pattern, that turn round what it says."""
for _one, _other in _OPPOSITES:
    for _word, _turned in ((_one, _other), (_other, _one)):
        OPPOSITE[_word] = f"{OPPOSITE[_word][:-1]}|{_turned})" if _word in OPPOSITE else f"(?:{_turned})"
DETERMINERS = "(?:de|het|een|the|a|an|der|die|das|den|dem|ein|eine|le|la|les|un|une)"
OPPOSED = lazily(rf"\b(?P<word>{'|'.join(OPPOSITE)})\s+(?:{DETERMINERS}\s+)?(?P<next>[\w.]+)", re.IGNORECASE)
UNIVERSAL = lazily(
    rf"\b(?:alle|elke|elk|ieder|iedere|all|every|each|alle|jeder|jede|jedes|tous|toutes|chaque)\s+(?:{DETERMINERS}\s+)?(?P<next>[^\W\d_]+)",
    re.IGNORECASE,
)
# What holds only if something else does.
CONDITION = lazily(
    r"(?:^|[,;:–—]\s|\s)(?:indien|tenzij|mits|op voorwaarde dat|unless|provided that|provided|sofern|falls|es sei denn|à condition|sauf si)\s"
    r"|^(?:Als|If|Wenn|Si)\s(?=[^.;]{3,120},\s)|,\s(?:wenn|si)\s|,\sals\s(?:de|het|een|er|hij|zij|ze|dat|dit|die|we|wij|ik|je|u|men)\s|(?<!as)(?<!asked)(?<!see)(?<!even)(?<!know)(?<!what),?\s(?:if)\s(?!any\b)"
    r"|\s(?:als)\s(?:de|het|een|er|hij|zij|ze|dat|dit|die|we|wij|ik)\s(?=[^.;,]{2,60}\b(?:gaat|gaan|is|zijn|wordt|worden|komt|komen|blijft|blijven|wint|lukt|daalt|stijgt|krijgt|doet|geeft|instemt|heeft)\b)",
    re.IGNORECASE,
)
# "Kan dodelijk zijn" is not "is dodelijk".
CAN_BE = lazily(
    r"\b(?:kan|kunnen)\b[^.,;]{1,60}\bzijn\b|\bcan be\b|\b(?:kann|können)\b[^.,;]{1,60}\bsein\b|\bpeu(?:t|vent) être\b",
    re.IGNORECASE,
)
CLAUSE_BREAKS = lazily(
    r"[;:–—()]|,(?=\s)|\s(?=-\s)|\s(?=(?:maar|terwijl|hoewel|ofschoon|omdat|aangezien|zodat|doordat|nadat|voordat|totdat|indien|als|toen|"
    r"want|en\s+(?:\S+\s+){0,2}(?:is|was|zijn|waren|heeft|hebben|had|hadden|wordt|worden|werd|werden|zal|zullen|mag|mogen|kan|kunnen|wil|willen|moet|moeten)|"
    r"and\s+(?:\S+\s+){0,2}(?:is|are|was|were|has|have|had|will|may|can|did|does)|"
    r"und\s+(?:\S+\s+){0,2}(?:ist|sind|war|waren|hat|haben|hatte|hatten|wird|werden|wurde|wurden|darf|kann|will|muss)|"
    r"tenzij|mits|but|while|although|though|because|whereas|after|before|until|unless|when|if|aber|während|obwohl|weil|nachdem|bevor|"
    r"wenn|mais|tandis|bien\s+que|parce\s+que|alors|quand|si)\s)",
    re.IGNORECASE,
)
