"""What the program says to its user, in Dutch and English.

Errors are not here: their cause and remedy are written where they are raised, in English; `qa.dutch_errors` has the
Dutch of the common ones.
"""

from __future__ import annotations

import os
import string
from collections.abc import Mapping
from typing import Final

__all__ = ["LANGUAGES", "Messages", "language_of_environment"]

LANGUAGES: Final = ("nl", "en")


def language_of_environment(environment: Mapping[str, str] | None = None) -> str:
    """The user's locale as far as it matters here: "nl" where it is Dutch, else "en"."""
    environment = os.environ if environment is None else environment
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if environment.get(name):
            return "nl" if environment[name].lower().startswith("nl") else "en"
    return "en"


class Messages:
    """The messages of one language, found by key and strict about it.

    Calling it raises KeyError for an unknown key or a missing variable, and TypeError for a variable that the
    message does not use.
    """

    def __init__(self, language: str = "auto") -> None:
        self.language = language if language in LANGUAGES else language_of_environment()
        self._column = LANGUAGES.index(self.language)

    def __call__(self, key: str, **variables: object) -> str:
        text = _TABLE[key][self._column]
        if unused := set(variables) - variables_of(text):
            raise TypeError(f"the message {key} does not use {', '.join(sorted(unused))}")
        return text.format(**variables)

    def translated(self, text: str) -> str:
        """An error or a note of the core, which speaks English, in this language as far as it is known."""
        if self.language != "nl":
            return text
        from qa.dutch_errors import in_dutch

        return in_dutch(text)

    def get(self, key: str, otherwise: str) -> str:
        """A message without variables, or what to say where there is none of that key."""
        return _TABLE[key][self._column] if key in _TABLE else otherwise

    def number(self, value: int) -> str:
        """A whole number with the language's separator of thousands."""
        return f"{value:,}".replace(",", "." if self.language == "nl" else ",")

    def decimal(self, value: float) -> str:
        """A number with one decimal, behind the language's separator."""
        return f"{value:.1f}".replace(".", "," if self.language == "nl" else ".")

    def size(self, amount: int) -> str:
        """A size on disk, as "3.1 MB"."""
        value, unit = float(amount), "B"
        for larger in ("kB", "MB", "GB", "TB"):
            if value < 1000:
                break
            value, unit = value / 1000, larger
        return f"{value:.0f} {unit}" if unit == "B" or value >= 100 else f"{self.decimal(value)} {unit}"

    def count(self, key: str, value: int) -> str:
        """The message `key` for a number of things: its part before the bar for one, behind it for others."""
        one, many = _TABLE[key][self._column].split("|")
        return (one if value == 1 else many).format(count=self.number(value))

    def date(self, iso: str) -> str:
        """A date in words, as precise as it is: "2 februari 2022", "februari 2022", "2022"."""
        parts = iso.split("-")
        if len(parts) > 1:
            parts[1] = self("months").split()[int(parts[1]) - 1]
        if len(parts) > 2:
            parts[2] = str(int(parts[2]))
        return " ".join(reversed(parts))


def variables_of(text: str) -> set[str]:
    """The names of the variables of a message."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


_TABLE: Final[dict[str, tuple[str, str]]] = {
    "months": (
        "januari februari maart april mei juni juli augustus september oktober november december",
        "January February March April May June July August September October November December",
    ),
    # Answers
    "sources": ("Bronnen", "Sources"),
    "nearest": ("Wat er het dichtst bij komt", "The nearest there is"),
    "undated": ("datum onbekend", "date unknown"),
    "untitled": ("zonder titel", "untitled"),
    "same_article": ("zelfde artikel als [{number}]", "same article as [{number}]"),
    "unverified": ("niet bevestigd", "not verified"),
    "withheld": (
        "1 zin is weggelaten omdat geen bron hem volledig dekt.|"
        "{count} zinnen zijn weggelaten omdat geen bron ze volledig dekt.",
        "1 sentence was withheld because no source fully supports it.|"
        "{count} sentences were withheld because no source fully supports them.",
    ),
    "withheld_hint_ask": (
        "--show-unverified toont wat is weggelaten.",
        "--show-unverified shows what was withheld.",
    ),
    "withheld_hint_chat": ("/why zegt wat en waarom.", "/why says what and why."),
    "incomplete": (
        "Het antwoord brak af voordat het klaar was.",
        "The answer broke off before it was finished.",
    ),
    "independent": (
        "1 onafhankelijke bron|{count} onafhankelijke bronnen",
        "1 independent source|{count} independent sources",
    ),
    "passages_used": ("{used} van {found} passages gebruikt", "{used} of {found} passages used"),
    "invalid_markers": (
        "1 verwijzing naar een bron die er niet is, is weggelaten.|"
        "{count} verwijzingen naar bronnen die er niet zijn, zijn weggelaten.",
        "1 reference to a source that is not there was left out.|"
        "{count} references to sources that are not there were left out.",
    ),
    "model_problem": ("taalmodel: {problem}", "language model: {problem}"),
    "newest": ("de nieuwste van {date}", "the newest of {date}"),
    "note": ("Let op", "Note"),
    "doubtful": (
        "Niet zeker: misschien geeft geen artikel hier antwoord op.",
        "Not certain: perhaps no article answers this.",
    ),
    "understood_as": ("Opgevat als: {question}", "Understood as: {question}"),
    "stopped": ("Gestopt.", "Stopped."),
    # Progress and notes
    "progress": ("{done} van {total} ({percent} %)", "{done} of {total} ({percent} %)"),
    "progress_rate": (", {rate}/s, nog {left}", ", {rate}/s, {left} left"),
    "indexing": ("Indexeren", "Indexing"),
    "loading": ("Laden…", "Loading…"),
    "loading_model": ("Het taalmodel wordt geladen…", "Loading the language model…"),
    "reading": ("Het taalmodel leest de bronnen…", "The language model is reading the sources…"),
    "searching": ("Zoeken…", "Searching…"),
    "writing": ("Schrijven…", "Writing…"),
    "checking": ("Controleren…", "Checking…"),
    # Collections
    "articles": ("1 artikel|{count} artikelen", "1 article|{count} articles"),
    "passages": ("1 passage|{count} passages", "1 passage|{count} passages"),
    "sentences": ("1 zin|{count} zinnen", "1 sentence|{count} sentences"),
    "added": ("1 toegevoegd|{count} toegevoegd", "1 added|{count} added"),
    "updated": ("1 vernieuwd|{count} vernieuwd", "1 updated|{count} updated"),
    "unchanged": ("1 ongewijzigd|{count} ongewijzigd", "1 unchanged|{count} unchanged"),
    "removed": ("1 verwijderd|{count} verwijderd", "1 removed|{count} removed"),
    "passed_over": ("1 overgeslagen|{count} overgeslagen", "1 passed over|{count} passed over"),
    "failed": ("1 mislukt|{count} mislukt", "1 failed|{count} failed"),
    "empty": ("1 zonder tekst|{count} zonder tekst", "1 without text|{count} without text"),
    "unread": ("1 nog niet gelezen|{count} nog niet gelezen", "1 not read yet|{count} not read yet"),
    "not_there": ("is er nu niet", "not there at the moment"),
    "more_failures": ("en nog {count}; --json noemt ze alle", "and {count} more; --json names them all"),
    "total": ("samen", "together"),
    "column_read": ("gelezen", "read"),
    "column_added": ("toegevoegd", "added"),
    "column_updated": ("vernieuwd", "updated"),
    "column_unchanged": ("ongewijzigd", "unchanged"),
    "column_removed": ("verwijderd", "removed"),
    "column_empty": ("leeg", "empty"),
    "column_failed": ("mislukt", "failed"),
    "column_passed_over": ("overgeslagen", "passed over"),
    "watching": ("Ik houd {sources} bij; Ctrl-C stopt", "Keeping {sources} in step; Ctrl-C stops"),
    "watching_stopped": ("Gestopt; wat gelezen was blijft.", "Stopped; what was read stays."),
    "nothing_found": ("Niets gevonden.", "Nothing found."),
    "no_such_source": (
        "Geen krant of bestand in de bibliotheek heet zoals “{source}”.",
        "No outlet or file in the library has a name like “{source}”.",
    ),
    "no_articles": ("Er zijn nog geen artikelen.", "There are no articles yet."),
    "nothing_followed": (
        "Er wordt nog niets gevolgd; voeg eerst mappen of bestanden toe: bronvast add MAP",
        "Nothing is followed yet; first add folders or files: bronvast add FOLDER",
    ),
    "still_followed": (
        "{source} wordt gevolgd; zolang de artikelen daar staan voegt sync ze weer toe",
        "{source} is followed; as long as the articles lie there, sync adds them again",
    ),
    "check_clean": ("Alles klopt: {articles}, {passages}.", "All is well: {articles}, {passages}."),
    "repaired": ("hersteld", "repaired"),
    "left_out": ("niet te redden, weggelaten", "beyond repair, left out"),
    "left_out_hint": (
        "bronvast sync leest wat is weggelaten opnieuw uit de gevolgde bronnen; voeg het andere weer toe met bronvast add",
        "bronvast sync reads what was left out again from the sources that are followed; add the rest with bronvast add",
    ),
    "suspicious": (
        "1 verdachte plaats|{count} verdachte plaatsen",
        "1 suspicious place|{count} suspicious places",
    ),
    "suspicious_smuggled": (
        "{where}: tekens die onzichtbare tekst dragen",
        "{where}: characters that carry invisible text",
    ),
    "suspicious_turned": (
        "{where}: tekens die de leesrichting omkeren",
        "{where}: characters that turn the order of reading round",
    ),
    "suspicious_unseen": ("{where}: onzichtbare tekens in woorden", "{where}: invisible characters within words"),
    "suspicious_control": ("{where}: stuurtekens", "{where}: control characters"),
    "suspicious_lookalike": (
        "{where}: een woord met letters van een ander schrift die er net zo uitzien",
        "{where}: a word with letters of another script that look the same",
    ),
    "suspicious_token": ("{where}: stuurteken van een taalmodel", "{where}: a control token of a language model"),
    "suspicious_order": ("{where}: spreekt een taalmodel toe", "{where}: addresses a language model"),
    "suspicious_hidden": (
        "staat op de pagina maar is niet te zien ({where})",
        "is on the page and cannot be seen ({where})",
    ),
    "check_hint": (
        "bronvast check --repair herstelt wat te herstellen is",
        "bronvast check --repair mends what can be mended",
    ),
    "receipt": ("Gemaakt met bronvast op {date}.", "Made with bronvast on {date}."),
    # Chat
    "chat_hint": ("/help toont de opdrachten, Ctrl-D sluit af", "/help lists the commands, Ctrl-D leaves"),
    "questions": ("1 vraag|{count} vragen", "1 question|{count} questions"),
    "resumed": ("Verder met “{title}” ({questions})", "Going on with “{title}” ({questions})"),
    "quoting": ("letterlijke zinnen", "exact sentences"),
    "no_sources": ("Het laatste antwoord heeft geen bronnen.", "The last answer has no sources."),
    "nothing_withheld": ("Er is niets weggelaten.", "Nothing was withheld."),
    "reason_no_evidence": (
        "De artikelen gaan hierover, maar geen zin geeft het antwoord.",
        "The articles are about this, but no sentence gives the answer.",
    ),
    "reason_off_topic": ("Geen artikel gaat hierover.", "No article is about this."),
    "reason_false_premise": (
        "De vraag gaat uit van iets wat de artikelen tegenspreken.",
        "The question assumes something that the articles contradict.",
    ),
    "reason_outside_dates": (
        "Binnen de gekozen periode is er niets over.",
        "There is nothing about it in that period.",
    ),
    "reason_empty_library": ("Er zijn geen artikelen om in te zoeken.", "There are no articles to look in."),
    "how_found": (
        "{used} van {considered} bekeken passages gebruikt, in {seconds} s.",
        "{used} of {considered} passages looked at were used, in {seconds} s.",
    ),
    "no_filters": ("Geen filters: alle artikelen tellen mee.", "No filters: all articles count."),
    "none": ("geen", "none"),
    "filter_since": ("vanaf {date}", "since {date}"),
    "filter_until": ("tot en met {date}", "until {date}"),
    "filter_as_of": ("zoals bekend op {date}", "as known on {date}"),
    "filter_source": ("alleen {source}", "only {source}"),
    "new_conversation": ("Een nieuw gesprek.", "A new conversation."),
    "written": ("Geschreven: {path}", "Written: {path}"),
    "copied": ("Gekopieerd.", "Copied."),
    "filters": ("Filters", "Filters"),
    "conversation": ("Gesprek", "Conversation"),
    "keys": (
        "Tab vult aan, Alt-Enter begint een nieuwe regel, Ctrl-C stopt een antwoord, Ctrl-D sluit af.",
        "Tab completes, Alt-Enter begins a new line, Ctrl-C stops an answer, Ctrl-D leaves.",
    ),
    "argument_number": ("N", "N"),
    "argument_words": ("WOORDEN", "WORDS"),
    "argument_some_words": ("[WOORDEN]", "[WORDS]"),
    "argument_date": ("DATUM", "DATE"),
    "argument_source": ("NAAM", "NAME"),
    "argument_model": ("SOORT [NAAM]", "KIND [NAME]"),
    "argument_conversation": ("NUMMER", "NUMBER"),
    "argument_title": ("[TITEL]", "[TITLE]"),
    "argument_file": ("BESTAND", "FILE"),
    "slash_open": ("toont het artikel bij bron N", "show the article of source N"),
    "slash_sources": ("toont de bronnen van het laatste antwoord", "show the sources of the last answer"),
    "slash_why": ("zegt wat is weggelaten en waarom", "say what was withheld, and why"),
    "slash_search": ("zoekt passages", "find passages"),
    "slash_since": ("alleen artikelen vanaf deze datum", "only articles of this date or later"),
    "slash_until": ("alleen artikelen tot en met deze datum", "only articles of this date or earlier"),
    "slash_as_of": ("alleen wat toen al gepubliceerd was", "only what had been published by then"),
    "slash_source": ("alleen dit medium of pad", "only this outlet or path"),
    "slash_model": ("toont of kiest het taalmodel", "show or choose the language model"),
    "slash_new": ("begint een nieuw gesprek", "begin a new conversation"),
    "slash_sessions": ("toont of doorzoekt bewaarde gesprekken", "list or search conversations kept"),
    "slash_resume": ("gaat verder met een gesprek", "go on with a conversation"),
    "slash_save": ("bewaart het gesprek onder een titel", "keep the conversation under a title"),
    "slash_export": (
        "schrijft het gesprek als .md, .html of .json",
        "write the conversation as .md, .html or .json",
    ),
    "slash_copy": ("kopieert het laatste antwoord", "copy the last answer"),
    "slash_status": ("toont bibliotheek, model en filters", "show library, model and filters"),
    "slash_help": ("toont deze opdrachten", "list these commands"),
    "slash_quit": ("sluit af", "leave"),
    # Doctor
    "check_python": ("Python", "Python"),
    "check_packages": ("Pakketten", "Packages"),
    "check_settings": ("Instellingen", "Settings"),
    "check_terminal": ("Terminal", "Terminal"),
    "check_disk": ("Schijf", "Disk"),
    "check_library": ("Bibliotheek", "Library"),
    "check_encoder": ("Encoder", "Encoder"),
    "check_reading": ("Lezen", "Reading"),
    "check_language_model": ("Taalmodel", "Model"),
    "check_advice": ("Advies", "Advice"),
    # Why a sentence was not shown
    "discarded": (
        "Wat het taalmodel schreef, stond niet zo in de artikelen; daarom zijn zij zelf geciteerd:",
        "What the language model wrote was not what the articles say, so they are quoted themselves:",
    ),
    "problem_no_content": ("zegt niets dat na te gaan is", "says nothing that could be checked"),
    "problem_number": ("getal dat niet in de bronnen staat", "a number that is not in the sources"),
    "problem_date": ("datum die niet in de bronnen staat", "a date that is not in the sources"),
    "problem_name": ("naam die niet in de bronnen staat", "a name that is not in the sources"),
    "problem_quotation": ("citaat dat niet letterlijk in de bronnen staat", "a quotation that is not verbatim"),
    "problem_attribution_lost": ("zegt niet wie dit beweert", "leaves out who says so"),
    "problem_other_speaker": ("legt het een ander in de mond", "puts it into another's mouth"),
    "problem_negation": ("de bron ontkent, of juist niet", "the source denies it, or does not"),
    "problem_denial": ("de bron spreekt dit tegen", "the source contradicts this"),
    "problem_modality": ("de bron is minder stellig", "the source is less certain"),
    "problem_roles": ("wie wat doet is verwisseld", "who does what is exchanged"),
    "problem_misplaced_number": ("getal dat bij iets anders hoort", "a number that belongs to something else"),
    "problem_scattered": ("bijeengeraapt uit losse stukken", "put together from separate pieces"),
    "problem_cause": ("de bron noemt geen reden", "the source gives no reason"),
    "problem_replaced": ("getal dat volgens de bron niet meer geldt", "a number that the source says holds no more"),
    "problem_not_entailed": ("volgt niet uit de bron", "does not follow from the source"),
    "problem_not_covered": ("niet gedekt door een bron", "not covered by a source"),
    "problem_beside_the_question": ("geen antwoord op de vraag", "no answer to the question"),
    # Receipts
    "receipt_holds": ("klopt", "holds"),
    "receipt_moved": ("artikel veranderd, citaat staat er nog", "article changed, quotation still there"),
    "receipt_changed": (
        "artikel veranderd, citaat staat er niet meer",
        "article changed, quotation no longer there",
    ),
    "receipt_gone": ("artikel niet meer in de bibliotheek", "article no longer in the library"),
    "receipt_false": ("citaat heeft hier nooit gestaan", "quotation was never there"),
    "receipt_nothing": ("Er zijn geen citaten om na te gaan.", "There are no citations to check."),
    # Overview
    "library": ("Bibliotheek", "Library"),
    "contents": ("Inhoud", "Contents"),
    "period": ("Periode", "Period"),
    "without_date": ("1 zonder datum|{count} zonder datum", "1 without a date|{count} without a date"),
    "partly_dated": ("{articles}, waarvan {undated}; de andere {period}", "{articles}, {undated}; the others {period}"),
    "period_value": ("{first} tot en met {last}", "{first} to {last}"),
    "outlets": ("Media", "Outlets"),
    "languages": ("Talen", "Languages"),
    "disk": ("Schijfruimte", "On disk"),
    "remembered": ("Gevolgd", "Followed"),
    "encoder": ("Encoder", "Encoder"),
    "language_model": ("Taalmodel", "Model"),
    "no_language_model": (
        "geen; antwoorden zijn letterlijke zinnen uit de artikelen",
        "none; answers are the articles' own sentences",
    ),
    "settings_file": ("Instellingen", "Settings"),
    "no_library": ("nog niets", "nothing yet"),
    "next": ("Hierna", "Next"),
    "next_add": ("bronvast add MAP_OF_BESTAND…", "bronvast add FOLDER_OR_FILE…"),
    "next_ask": ('bronvast ask "Uw vraag"', 'bronvast ask "Your question"'),
    "next_chat": ("bronvast chat", "bronvast chat"),
    "next_help": ("bronvast --help", "bronvast --help"),
    "tagline": (
        "vragen over uw eigen nieuwsartikelen, elke zin met zijn bron",
        "questions about your own news articles, every sentence with its source",
    ),
    "mcp_by_hand": (
        "Dit is voor andere programma's: ze starten `bronvast mcp` zelf en praten ermee via stdin en stdout. Ctrl-C stopt.",
        "This is for other programs: they start `bronvast mcp` and talk to it over stdin and stdout. Ctrl-C stops it.",
    ),
    "available": ("Beschikbaar", "Available"),
    "better": ("Toelichting", "Note"),
    "to_fetch": ("Te halen", "To fetch"),
    "model_fetched": (
        "{path} is er; gebruik het met: bronvast models use {name} --llm local",
        "{path} is here; use it with: bronvast models use {name} --llm local",
    ),
    "setting_written": ("{name} = {value} staat nu in {path}", "{name} = {value} is now in {path}"),
}
